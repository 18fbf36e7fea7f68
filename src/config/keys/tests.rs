//! Bindings, as files write them.

use std::path::Path;

use super::*;

fn config(text: &str) -> Result<Keys, String> {
    super::super::Config::parse(text, Path::new("/etc/ph/config.toml"))
        .map(|config| config.keys)
        .map_err(|e| e.to_string())
}

fn line(place: &str, keys: &str, to: Binding, at: Option<Spot>) -> Line {
    Line { place: place.into(), keys: keys.into(), to, at }
}

fn actions(all: &[&str]) -> Binding {
    Binding::Actions(all.iter().map(ToString::to_string).collect())
}

/// Protects the places that problems are reported at: each binding knows its line and column, however its table is written.
#[test]
fn bindings_know_their_lines() {
    let text = "[keys]\npreset = \"mutt\"\nreader.\"T l\" = \"tag +later\"\n\n[keys.list]\n\"x\" = false\n  \"ctrl-k\" = \
                [\"archive\", \"next-unread\"]\n";
    let keys = config(text).unwrap();
    assert_eq!(keys.preset, Preset::Mutt);
    let at = |line, column| Some(Spot { line, column });
    assert_eq!(
        keys.lines,
        [
            line("list", "ctrl-k", actions(&["archive", "next-unread"]), at(7, 3)),
            line("list", "x", Binding::Off, at(6, 1)),
            line("reader", "T l", actions(&["tag +later"]), at(3, 8)),
        ]
    );
}

/// A preset that there is not is refused with the nearest; so is what is no binding.
#[test]
fn mistakes_are_located() {
    let error = config("[keys]\npreset = \"mut\"\n").unwrap_err();
    assert!(error.starts_with("/etc/ph/config.toml:2:10: keys.preset: \"mut\" is none of \"default\","), "{error}");
    assert!(error.ends_with("did you mean \"mutt\"?"), "{error}");
    let error = config("[keys.list]\nx = [1]\n").unwrap_err();
    assert!(error.contains("a list of them, or false"), "{error}");
}

/// What is written is read again, whatever keys and words it holds.
#[test]
fn writing_is_reading() {
    let lines = [
        line("global", "\\", Binding::Off, None),
        line("list", "\"", actions(&["tag +a \"b\""]), None),
        line("list", "g w", actions(&["archive", "move Büro/ü"]), None),
    ];
    let text = write("Two lines\nabove", &lines);
    assert!(text.starts_with("# Two lines\n# above\n"));
    let mut read = read(&text, Path::new("keys.toml")).unwrap();
    assert!(read.iter().all(|line| line.at.is_some_and(|at| at.line > 3)));
    for line in &mut read {
        line.at = None;
    }
    assert_eq!(read, lines);
}
