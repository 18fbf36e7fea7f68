//! The default keys, the presets, and the user's over them.

use std::path::{Path, PathBuf};

use rstest::rstest;

use super::problem::{Kind, Problem};
use super::{Keymap, Meaning, Sources};
use crate::app::action::argument::{Argument, Call};
use crate::app::action::{Context, Id, table};
use crate::app::key::{Key, parse_sequence, write_sequence};
use crate::config::keys::{Binding, DEFAULTS, Line, Preset, read};

fn calls<'k>(keymap: &'k Keymap, context: Context, keys: &str) -> Meaning<'k> {
    keymap.meaning(context, &parse_sequence(keys).unwrap())
}

fn id(keymap: &Keymap, context: Context, keys: &str) -> Option<Id> {
    calls(keymap, context, keys).id()
}

fn action(name: &str) -> Binding {
    Binding::Actions(vec![name.into()])
}

/// The default keys with this text of a config's table `keys` over them.
fn with(text: &str) -> (Keymap, Vec<Problem>) {
    let file = PathBuf::from("/c.toml");
    let config = read(text, &file).unwrap();
    Keymap::build(Sources { config, config_file: Some(file), ..Sources::default() })
}

fn user(place: &str, keys: &str, to: Binding) -> (Keymap, Vec<Problem>) {
    let config = vec![Line { place: place.into(), keys: keys.into(), to, at: None }];
    Keymap::build(Sources { config, ..Sources::default() })
}

fn words(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

/// The defaults and the presets hold no mistake: no unknown action, no key that hides another, none that needs the kitty
/// protocol; and what a preset changes it changes to something else.
#[test]
fn presets_have_no_problem() {
    for preset in Preset::ALL {
        let (keymap, problems) = Keymap::build(Sources { preset, ..Sources::default() });
        assert_eq!(words(&problems), [""; 0], "{}", preset.as_str());
        for context in Context::ALL {
            for bound in keymap.bindings(context) {
                let keys = parse_sequence(&bound.keys).unwrap();
                assert!(keys.iter().all(|key| key.is_legacy()), "{} {}", preset.as_str(), bound.keys);
                let digit = keys.first().and_then(|key| key.text()).is_some_and(|c| c.is_ascii_digit());
                assert!(!digit, "{} begins with a digit of a count", bound.keys);
                assert_eq!(keymap.meaning(context, &keys), Meaning::Runs(&bound.calls));
            }
        }
    }
}

/// Every key of the file resolves to exactly the action that it names, in each context that it is written for
/// (check 1 of UX.md).
#[test]
fn every_key_resolves() {
    for preset in Preset::ALL {
        let keymap = Keymap::preset(preset);
        let text = if preset == Preset::Default { DEFAULTS } else { preset.text() };
        let lines = read(text, Path::new("x")).unwrap();
        for line in &lines {
            let Binding::Actions(actions) = &line.to else { continue };
            let call = Call::parse(&actions[0]).unwrap();
            for context in Context::ALL {
                let global = line.place == "global";
                if (global && !context.takes_global()) || (!global && context.as_str() != line.place) {
                    continue;
                }
                let own = |other: &&Line| other.place == context.as_str() && other.keys == line.keys;
                if global && (!call.id.entry().contexts.contains(&context) || lines.iter().any(|other| own(&other))) {
                    continue;
                }
                let expected = [call.clone()];
                assert_eq!(calls(&keymap, context, &line.keys), Meaning::Runs(&expected), "{context} {}", line.keys);
            }
        }
    }
}

/// No preset loses an action: what has a key by default has one in every preset, in the same place.
#[test]
fn presets_reach_everything() {
    let default = Keymap::defaults();
    let mut lost = Vec::new();
    for preset in Preset::ALL {
        let keymap = Keymap::preset(preset);
        for (context, entry) in Context::ALL.into_iter().flat_map(|context| table().iter().map(move |e| (context, e))) {
            let keys = |keymap: &Keymap| keymap.keys_of(context, entry.id).len();
            if keys(&default) > 0 && keys(&keymap) == 0 {
                lost.push(format!("{} {context} {}", preset.as_str(), entry.slug));
            }
        }
    }
    assert_eq!(lost, [""; 0]);
}

/// What people know of other programs does here what they expect.
#[rstest]
#[case(
    Preset::Vim,
    "list: j down, k up, g g top, G bottom, ctrl-d half-page-down, ctrl-f page-down, ctrl-b page-up, / \
       search, n find-next, N find-previous, d d delete, u undo, . repeat, v range, V range, : commands, Z Z quit, \
       ctrl-w w next-pane"
)]
#[case(Preset::Vim, "reader: j down, / find, n find-next, ctrl-e down, ctrl-y up, d d delete, u undo, z a quotes")]
#[case(
    Preset::Mutt,
    "list: j down, k up, d delete, u undo, s move, C copy, t mark, F star, N unread, n find-next, / search, \
       l filter, c folder, tab next-unread, = top, * bottom, z page-down, Z page-up, [ half-page-up, ] half-page-down, \
       $ sync, v links, m compose, r reply, L reply-list, f forward, b bounce, R edit-draft, | pipe, q close, x close, enter open, ? help, : commands, ctrl-l redraw"
)]
#[case(
    Preset::Mutt,
    "reader: j next-message, k previous-message, J next-message, K previous-message, enter open, \
       backspace up, space read-on, - page-up, ^ top, h headers, i back, q close, v links, d delete, u undo, s move, \
       T quotes, N unread, F star, | pipe, / find, n find-next"
)]
#[case(
    Preset::Gmail,
    "list: j down, k up, o open, enter open, e archive, # delete, ! junk, s star, x mark, z undo, / search, \
       l tag, v move, [ archive-previous, ] archive-next, { archive-previous, } archive-next, g i inbox, g s starred, \
       c compose, r reply, a reply-all, f forward, g t sent, g d drafts, g a go-archive, * a mark-all, * n back, ? help"
)]
#[case(
    Preset::Gmail,
    "reader: j next-message, k previous-message, n down, p up, u back, e archive, # delete, v move, l tag, \
       [ archive-previous, ] archive-next"
)]
#[case(
    Preset::Aerc,
    "list: j down, k up, J next-message, K previous-message, g g top, G bottom, ctrl-d half-page-down, \
       ctrl-f page-down, enter open, d delete, D delete, A archive, a archive, c folder, / search, \\ filter, n find-next, N \
       find-previous, v mark, space mark, C compose, m compose, r r reply-all, R r reply, f forward, b bounce, V range, T conversation, | pipe, q close, ctrl-n next-pane, ctrl-p previous-pane"
)]
#[case(
    Preset::Aerc,
    "reader: q close, o links, O links, S save, | pipe, D delete, A archive, H headers, J next-message, K \
       previous-message, ctrl-y copy-link, ctrl-l links"
)]
#[case(
    Preset::Emacs,
    "list: ctrl-n down, ctrl-p up, n down, p up, ctrl-v page-down, alt-v page-up, alt-< top, alt-> bottom, \
       ctrl-s search, ctrl-g back, alt-x commands, ctrl-x ctrl-c quit, ctrl-x o next-pane, ctrl-x u undo, ctrl-x h mark-all"
)]
#[case(
    Preset::Emacs,
    "compose: ctrl-c ctrl-c send, ctrl-c ctrl-k discard-draft, ctrl-x ctrl-c quit, ctrl-k kill-line, ctrl-y yank"
)]
#[case(Preset::Emacs, "reader: ctrl-s find, ctrl-n down, alt-w copy-text, ctrl-g back")]
fn presets_are_familiar(#[case] preset: Preset, #[case] expected: &str) {
    let keymap = Keymap::preset(preset);
    let (place, expected) = expected.split_once(": ").unwrap();
    let context = Context::ALL.into_iter().find(|context| context.as_str() == place).unwrap();
    for pair in expected.split(", ") {
        let (keys, slug) = pair.rsplit_once(' ').unwrap();
        assert_eq!(id(&keymap, context, keys), Id::parse(slug), "{} {place} {keys}", preset.as_str());
    }
}

/// Gmail's keys for read and unread say which, and do not toggle.
#[test]
fn presets_may_tell_actions_something() {
    let unread = |text: &str| [Call { id: Id::Unread, argument: Some(text.into()) }];
    let keymap = Keymap::preset(Preset::Gmail);
    assert_eq!(calls(&keymap, Context::List, "U"), Meaning::Runs(&unread("on")));
    assert_eq!(calls(&keymap, Context::Reader, "I"), Meaning::Runs(&unread("off")));
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
    let (keymap, problems) = user("list", "j", action("archive"));
    assert_eq!(problems, []);
    assert_eq!(id(&keymap, Context::List, "j"), Some(Id::Archive));
    assert_eq!(id(&keymap, Context::Reader, "j"), Some(Id::Down));
}

/// `false` frees a key; freeing a prefix frees what begins with it.
#[test]
fn off() {
    let (keymap, problems) = user("global", "g", Binding::Off);
    assert_eq!(problems, []);
    assert_eq!(calls(&keymap, Context::List, "g i"), Meaning::Nothing);
    assert_eq!(calls(&keymap, Context::List, "g"), Meaning::Nothing);
}

/// Freed first, then bound: whatever the order in the file, what is freed does not take what is bound with it.
#[test]
fn freeing_comes_first() {
    let (keymap, problems) =
        with("[list]\n\"y a\" = \"archive\"\n\"y\" = false\n\"d d\" = \"delete\"\n\"d\" = false\n");
    assert_eq!(problems, []);
    assert_eq!(id(&keymap, Context::List, "y a"), Some(Id::Archive));
    assert_eq!(id(&keymap, Context::List, "d d"), Some(Id::Trash));
    assert_eq!(calls(&keymap, Context::List, "y s"), Meaning::Nothing);
}

/// A key that hides sequences is reported with their names, and wins.
#[test]
fn hidden_defaults_are_reported() {
    let (keymap, problems) = user("list", "y", action("archive"));
    assert_eq!(id(&keymap, Context::List, "y"), Some(Id::Archive));
    assert!(matches!(&problems[..], [problem] if matches!(&problem.kind, Kind::Hides(all) if all.len() == 5)));
    let (keymap, problems) = user("list", "e x", action("archive"));
    assert_eq!(calls(&keymap, Context::List, "e"), Meaning::Prefix);
    assert!(matches!(&problems[..], [problem] if problem.kind == Kind::Hides(vec!["e".into()])));
}

/// Two lines of the user's that hide each other are reported with both places; one of them holds.
#[rstest]
#[case(
    "[list]\n\"E\" = \"archive\"\n\n  \"E x\" = \"delete\"\n",
    "/c.toml:4:3: keys.list: \"E x\" takes the place of \
       \"E\" (/c.toml:2:1): only one of them can hold"
)]
#[case(
    "[global]\n\"Z\" = \"sync\"\n[list]\n\"Z a\" = \"archive\"\n",
    "/c.toml:4:1: keys.list: \"Z a\" takes the place \
       of \"Z\" (/c.toml:2:1): only one of them can hold"
)]
#[case(
    "[list]\n\"ctrl-K\" = \"archive\"\n\"ctrl-k\" = \"delete\"\n",
    "/c.toml:3:1: keys.list: \"ctrl-k\" takes the \
       place of \"ctrl-k\" (/c.toml:2:1): only one of them can hold"
)]
fn conflicts_name_both_lines(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(words(&with(text).1), [expected]);
}

/// A place's own key stands above the same key for all places: that is no conflict.
#[test]
fn places_stand_above_all() {
    let (keymap, problems) = with("[global]\n\"Z\" = \"sync\"\n[list]\n\"Z\" = \"archive\"\n");
    assert_eq!(problems, []);
    assert_eq!(
        (id(&keymap, Context::List, "Z"), id(&keymap, Context::Reader, "Z")),
        (Some(Id::Archive), Some(Id::SyncNow))
    );
}

/// Several actions to a key, and actions that are told something.
#[test]
fn several_actions_and_arguments() {
    let (keymap, problems) = with(
        "[list]\n\"ctrl-k\" = [\"archive\", \"next-unread\"]\n\"g w\" = \"move Work/Done\"\n\"T l\" = \"tag +later -x\"\n",
    );
    assert_eq!(words(&problems), [""; 0]);
    let plain = [Call::plain(Id::Archive), Call::plain(Id::NextUnread)];
    assert_eq!(calls(&keymap, Context::List, "ctrl-k"), Meaning::Runs(&plain));
    let told = [Call { id: Id::Move, argument: Some("Work/Done".into()) }];
    assert_eq!(calls(&keymap, Context::List, "g w"), Meaning::Runs(&told));
    assert_eq!(keymap.key_of(Context::List, Id::Move), Some("m"), "what is told something is not the action's own key");
    assert_eq!(told[0].to_string(), "move Work/Done");
}

/// The layers: what was changed on the screen stands above the preset, and the config above that.
#[test]
fn layers() {
    let line = |keys: &str, to: &str| Line { place: "list".into(), keys: keys.into(), to: action(to), at: None };
    let own = vec![line("ctrl-e", "archive"), line("J", "archive")];
    let sources = Sources { preset: Preset::Vim, own, config: vec![line("J", "star")], ..Sources::default() };
    let (keymap, problems) = Keymap::build(sources);
    assert_eq!(problems, []);
    let of = |keys| id(&keymap, Context::List, keys);
    assert_eq!((of("ctrl-e"), of("J"), of("u")), (Some(Id::Archive), Some(Id::Star), Some(Id::Undo)));
    assert_eq!(id(keymap.base(), Context::List, "ctrl-e"), Some(Id::Down));
}

/// Mistakes are named, with the nearest action, and the other keys hold.
#[test]
fn mistakes_are_named() {
    let (keymap, problems) = user("list", "X", action("archve"));
    assert_eq!(words(&problems), ["keys.list: \"X\": there is no action \"archve\", did you mean \"archive\"?"]);
    assert_eq!(id(&keymap, Context::List, "e"), Some(Id::Archive));
    let kind = |place: &str, keys: &str, to| user(place, keys, to).1[0].kind.clone();
    assert_eq!(kind("lisst", "X", Binding::Off), Kind::UnknownPlace);
    assert_eq!(kind("list", "hyper-q", Binding::Off), Kind::BadKeys);
    assert_eq!(kind("list", "ctrl-enter", Binding::Off), Kind::NeedsKitty);
    assert_eq!(kind("list", "X", action("retry")), Kind::NotThere("retry"));
    let problem = |name: &str| words(&user("list", "X", action(name)).1).join("");
    assert_eq!(problem("archive now"), "keys.list: \"X\": \"archive\": it takes nothing behind its name");
    assert_eq!(
        problem("layout wide"),
        "keys.list: \"X\": \"layout\": it takes one of auto, three, stacked, list, reader"
    );
}

/// The popup after `g` offers everything that can follow.
#[test]
fn continuations() {
    let keymap = Keymap::defaults();
    let next = keymap.continuations(Context::List, &[Key::char('g')]);
    let has = |keys: &str, id| next.iter().any(|(rest, calls)| rest == keys && *calls == [Call::plain(id)]);
    assert!(has("i", Id::GoInbox) && has("g", Id::Top));
    assert_eq!(next.len(), 25);
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
        assert!(!entry.slug.contains(' '), "an argument stands behind the first blank");
        for name in entry.help.split('{').skip(1) {
            let slug = name.split('}').next().unwrap();
            assert!(Id::parse(slug).is_some(), "{}: there is no action {slug}", entry.slug);
        }
        let told = entry.argument != Argument::None;
        assert_eq!(told, !entry.argument.placeholder().is_empty(), "{}", entry.slug);
    }
}

/// Keys have words for all that they can hold: a table of them by context is what the screen and the man page show.
#[test]
fn bindings_are_in_the_order_of_the_table() {
    let keymap = Keymap::defaults();
    for context in Context::ALL {
        let ranks: Vec<_> = keymap
            .bindings(context)
            .iter()
            .map(|bound| table().iter().position(|entry| entry.id == bound.calls[0].id).unwrap())
            .collect();
        assert!(ranks.is_sorted(), "{context}");
    }
}
