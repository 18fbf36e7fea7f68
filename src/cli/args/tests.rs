//! Tests of the command line.

use clap::CommandFactory;

use super::*;

fn parse(line: &str) -> Result<Args, clap::Error> {
    Args::try_parse_from(prepare(line.split(' ').map(OsString::from)))
}

/// clap's own check of the whole tree: no two options with one letter, no impossible positionals.
#[test]
fn the_tree_is_sound() {
    Args::command().debug_assert();
}

/// `flag 12 -seen` is what DESIGN.md promises; options still work before and behind it.
#[test]
fn flags_may_start_with_a_hyphen() {
    let args = parse("posthaste --config flag flag 12 +seen -flagged --json -$Junk --offline").unwrap();
    let Some(Command::Flag(flag)) = args.command else { panic!() };
    assert_eq!(flag.words, ["12", "+seen", "\u{2212}flagged", "\u{2212}$Junk"]);
    assert!(args.json && args.offline);
    assert_eq!(args.config, Some(PathBuf::from("flag")));
    assert!(parse("posthaste flag 12 -h").unwrap_err().to_string().contains("Set and clear flags"));
}

/// A query may begin with a hyphen, and options stand before and behind it.
#[test]
fn queries_may_start_with_a_hyphen() {
    let args = parse("posthaste search -from:ada invoice -(draft or old) --limit 3 --json").unwrap();
    let Some(Command::Search(search)) = args.command else { panic!() };
    assert_eq!((search.text().as_str(), search.limit), ("-from:ada invoice -(draft or old)", 3));
    assert!(args.json && !args.offline);
    let args = parse("posthaste --offline search a -n5 -c").unwrap();
    let Some(Command::Search(search)) = args.command else { panic!() };
    assert_eq!((search.text().as_str(), search.limit, search.conversations), ("a", 5, true));
    assert!(parse("posthaste search").is_err());
    let args = parse("posthaste list -q -draft").unwrap();
    assert!(matches!(args.command, Some(Command::List(list)) if list.query.as_deref() == Some("-draft")));
}

/// `move` takes several messages, and the folder last.
#[test]
fn move_takes_the_folder_last() {
    let args = parse("posthaste move 1 2 3 Projects/atlas --json").unwrap();
    let Some(Command::Move(moved)) = args.command else { panic!() };
    assert_eq!((moved.ids.as_slice(), moved.folder.as_str()), ([1, 2, 3].as_slice(), "Projects/atlas"));
    assert!(parse("posthaste move 1").is_err());
    assert!(parse("posthaste archive 0").is_err());
    assert!(parse("posthaste archive").is_err());
}
