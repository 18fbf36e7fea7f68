//! The default keys, and the user's over them.

use std::collections::BTreeMap;

use rstest::rstest;

use super::{Binding, DEFAULTS, Keymap, Meaning, Overrides, ProblemKind};
use crate::app::action::{Context, Id, table};
use crate::app::key::{Key, parse_sequence, write_sequence};

fn meaning(keymap: &Keymap, context: Context, keys: &str) -> Meaning {
    keymap.meaning(context, &parse_sequence(keys).unwrap())
}

fn user(place: &str, keys: &str, binding: Binding) -> Overrides {
    BTreeMap::from([(place.to_owned(), BTreeMap::from([(keys.to_owned(), binding)]))])
}

/// The defaults hold no mistake: no unknown action, no key that hides another, none that needs the kitty protocol.
#[test]
fn defaults_have_no_problem() {
    let (_, problems) = Keymap::with(&Overrides::new());
    assert_eq!(problems, [], "{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
}

/// Every default key resolves to exactly the action that the file names, in each context that it is written for.
#[test]
fn every_default_key_resolves() {
    let keymap = Keymap::defaults();
    let file: BTreeMap<String, BTreeMap<String, String>> = toml::from_str(DEFAULTS).unwrap();
    for (place, keys) in file {
        for context in Context::ALL {
            let global = place == "global";
            if (global && !context.takes_global()) || (!global && context.as_str() != place) {
                continue;
            }
            for (keys, action) in &keys {
                let id = Id::parse(action).unwrap();
                if !id.entry().contexts.contains(&context) {
                    assert!(global, "{place}.{keys}");
                    continue;
                }
                assert_eq!(meaning(&keymap, context, keys), Meaning::Action(id), "{context} {keys}");
                for key in parse_sequence(keys).unwrap() {
                    assert!(key.is_legacy(), "{keys}");
                }
            }
        }
    }
}

/// A key is written as it is read.
#[rstest]
#[case("j", true)]
#[case("G", true)]
#[case("ctrl-d", true)]
#[case("alt-1", true)]
#[case("shift-tab", true)]
#[case("g i", true)]
#[case("pgdn", true)]
#[case("space", true)]
#[case("-", true)]
#[case("ctrl--", true)]
#[case("", false)]
#[case("hyper-x", false)]
#[case("shift-x", false)]
#[case("foo", false)]
#[case("ctrl-", false)]
fn keys_round_trip(#[case] text: &str, #[case] good: bool) {
    assert_eq!(parse_sequence(text).map(|keys| write_sequence(&keys)), good.then(|| text.to_owned()));
}

/// Keys that only the kitty protocol can tell apart are refused.
#[rstest]
#[case("ctrl-i", false)]
#[case("ctrl-m", false)]
#[case("ctrl-1", false)]
#[case("shift-enter", false)]
#[case("ctrl-enter", false)]
#[case("ctrl-d", true)]
#[case("alt-j", true)]
fn legacy(#[case] key: &str, #[case] expected: bool) {
    assert_eq!(Key::parse(key).unwrap().is_legacy(), expected);
}

/// A user's key takes the place of the default, in its context alone.
#[test]
fn override_one_context() {
    let (keymap, problems) = Keymap::with(&user("list", "j", Binding::Action("archive".into())));
    assert_eq!(problems, []);
    assert_eq!(meaning(&keymap, Context::List, "j"), Meaning::Action(Id::Archive));
    assert_eq!(meaning(&keymap, Context::Reader, "j"), Meaning::Action(Id::Down));
}

/// `false` frees a key; freeing a prefix frees what begins with it.
#[test]
fn off() {
    let (keymap, problems) = Keymap::with(&user("global", "g", Binding::Off));
    assert_eq!(problems, []);
    assert_eq!(meaning(&keymap, Context::List, "g i"), Meaning::Nothing);
    assert_eq!(meaning(&keymap, Context::List, "g"), Meaning::Nothing);
}

/// A key that hides sequences is reported with their names, and wins.
#[test]
fn conflicts_are_reported() {
    let (keymap, problems) = Keymap::with(&user("list", "y", Binding::Action("archive".into())));
    assert_eq!(meaning(&keymap, Context::List, "y"), Meaning::Action(Id::Archive));
    assert!(matches!(&problems[..], [problem] if matches!(&problem.kind, ProblemKind::Hides(all) if all.len() == 5)));
    let (keymap, problems) = Keymap::with(&user("list", "e x", Binding::Action("archive".into())));
    assert_eq!(meaning(&keymap, Context::List, "e"), Meaning::Prefix);
    assert!(matches!(&problems[..], [problem] if problem.kind == ProblemKind::Hides(vec!["e".into()])));
}

/// Mistakes are named, with the nearest action, and the other keys hold.
#[test]
fn mistakes_are_named() {
    let (keymap, problems) = Keymap::with(&user("list", "X", Binding::Action("archve".into())));
    assert_eq!(problems[0].to_string(), "keys.list: \"X\": there is no action \"archve\", did you mean \"archive\"?");
    assert_eq!(meaning(&keymap, Context::List, "e"), Meaning::Action(Id::Archive));
    let kind = |overrides| Keymap::with(&overrides).1[0].kind.clone();
    assert_eq!(kind(user("lisst", "X", Binding::Off)), ProblemKind::UnknownPlace);
    assert_eq!(kind(user("list", "hyper-q", Binding::Off)), ProblemKind::BadKeys);
    assert_eq!(kind(user("list", "ctrl-enter", Binding::Off)), ProblemKind::NeedsKitty);
    assert_eq!(kind(user("list", "X", Binding::Action("retry".into()))), ProblemKind::NotThere("retry"));
}

/// The popup after `g` offers everything that can follow.
#[test]
fn continuations() {
    let next = Keymap::defaults().continuations(Context::List, &[Key::char('g')]);
    assert!(next.contains(&("i".into(), Id::GoInbox)) && next.contains(&("g".into(), Id::Top)));
    assert_eq!(next.len(), 24);
}

/// Each action has one row, one name and words for people, so that palette and help miss none.
#[test]
fn table_is_whole() {
    let mut slugs: Vec<_> = table().iter().map(|entry| entry.slug).collect();
    slugs.sort_unstable();
    slugs.dedup();
    assert_eq!(slugs.len(), table().len());
    for entry in table() {
        assert_eq!(entry.id.entry(), entry);
        assert!(!entry.name.is_empty() && entry.help.ends_with('.') && !entry.contexts.is_empty(), "{}", entry.slug);
    }
}
