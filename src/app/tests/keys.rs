//! Keys that say how many, that run several actions, and that are changed on the screen.

use std::path::Path;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};
use rstest::rstest;

use super::{ARCHIVE, ATLAS, Screen, applied, commands, options};
use crate::app::action::argument::Call;
use crate::app::action::available::available;
use crate::app::action::{Context, Id};
use crate::app::footer::{hints, pending};
use crate::app::help::{find, keyed, rows};
use crate::app::keymap::problem::Kind;
use crate::app::keymap::{Keymap, Sources};
use crate::app::model::{AfterTriage, Options, Overlay, Pane, Picker};
use crate::app::msg::Effect;
use crate::app::update::rebind::clashes;
use crate::config::keys::{Binding, Line, Preset, read, write};
use crate::mail::list::Source;
use crate::protocol::{Action, Command, OpId};

fn line(place: &str, keys: &str, actions: &[&str]) -> Line {
    let to = match actions {
        [] => Binding::Off,
        some => Binding::Actions(some.iter().map(ToString::to_string).collect()),
    };
    Line { place: place.into(), keys: keys.into(), to, at: None }
}

/// A screen whose config says this of keys.
fn screen(count: i64, config: Vec<Line>) -> Screen {
    let mut screen = Screen::new(count);
    screen.model.keymap = Arc::new(Keymap::build(Sources { config, ..Sources::default() }).0);
    screen
}

fn picker(screen: &Screen) -> &Picker {
    match &screen.model.overlay {
        Some(Overlay::Palette(picker) | Overlay::Help(picker)) => picker,
        other => panic!("no picker: {other:?}"),
    }
}

/// A count on a motion moves that far, and no further than there is.
#[rstest]
#[case("5 j", 6)]
#[case("1 0 j", 11)]
#[case("9 9 9 9 j", 30)]
#[case("5 j 3 k", 3)]
#[case("3 ctrl-d", 30)]
#[case("2 g n", 5)]
#[case("3 J", 4)]
#[case("5 esc j", 2)]
#[case("0 j", 2)]
#[case("5 Z j", 2)]
#[case("3 g g j", 2)]
fn counts_move(#[case] keys: &str, #[case] expected: i64) {
    let mut screen = Screen::new(30);
    screen.press(keys);
    assert_eq!((screen.cursor(), screen.model.count), (Some(expected), None));
}

/// A count on a triage key takes so many messages from the cursor on, as one operation; the cursor goes on after them.
#[test]
fn counts_take_messages() {
    let mut screen = Screen::new(10);
    screen.press("j 3 e");
    assert_eq!(applied(&screen.take()), [(Action::Archive, vec![2, 3, 4])]);
    assert_eq!(screen.cursor(), Some(5));
    screen.press("2 s 9 d");
    let ops = applied(&screen.take());
    assert_eq!((ops[0].1.clone(), ops[1].1.clone()), (vec![5, 6], vec![5, 6, 7, 8, 9, 10]), "as many as there are");
}

/// Folders are asked for once for all that are counted; in an open message it and those below are meant.
#[test]
fn counts_reach_pickers_and_the_reader() {
    let mut screen = Screen::new(10);
    screen.press("3 m").type_text("atlas").press("enter");
    assert_eq!(applied(&screen.take()), [(Action::Move(ATLAS), vec![1, 2, 3])]);
    screen.press("enter 2 e");
    assert_eq!(applied(&screen.take()).last().unwrap(), &(Action::Archive, vec![4, 5]));
    assert_eq!((screen.focus(), screen.open()), (Pane::Reader, Some(6)));
}

/// Marks say more than a count; `2 x` marks two, `2 z` takes the last two operations back.
#[test]
fn counts_beside_marks_and_undo() {
    let mut screen = Screen::new(10);
    screen.press("2 x");
    assert_eq!(screen.model.list.marks.len(), 2);
    screen.press("7 e");
    assert_eq!(applied(&screen.take()), [(Action::Archive, vec![1, 2])]);
    screen.press("e").take();
    screen.press("2 z");
    assert_eq!(commands(&screen.take()), [Command::Undo(OpId(101)), Command::Undo(OpId(100))]);
}

/// Fewer messages than were asked for are not acted on where there would be more: they are only not loaded.
#[test]
fn counts_never_take_fewer() {
    let mut screen = Screen::new(400);
    screen.press("3 0 0 e");
    assert_eq!(applied(&screen.take()), []);
    assert!(screen.toast().starts_with("Only 151 messages are loaded"), "{}", screen.toast());
    assert_eq!(screen.model.count, None);
    screen.press("2 0 e");
    assert_eq!(applied(&screen.take())[0].1.len(), 20);
}

/// The footer shows a count, with the keys that follow it; esc takes the count back and nothing else.
#[test]
fn counts_are_seen() {
    let mut screen = Screen::new(10);
    screen.press("x 1 2");
    assert_eq!(pending(&screen.model).as_deref(), Some("12"));
    assert_eq!(hints(&screen.model)[0].key, "12");
    screen.press("g");
    assert_eq!(pending(&screen.model).as_deref(), Some("12 g"));
    screen.press("esc");
    assert_eq!((pending(&screen.model), screen.model.list.marks.len()), (None, 1));
    screen.press("4 esc");
    assert_eq!((pending(&screen.model), screen.model.list.marks.len()), (None, 1));
}

/// A digit that is bound is no count; in pickers and lines digits are text.
#[test]
fn bound_digits_are_no_counts() {
    let mut screen = screen(10, vec![line("list", "2", &["archive"])]);
    screen.press("2");
    assert_eq!(applied(&screen.take()), [(Action::Archive, vec![1])]);
    screen.press(":").type_text("3");
    assert_eq!((picker(&screen).text.as_str(), screen.model.count), ("3", None));
    screen.press("esc t").type_text("4");
    assert_eq!(screen.model.count, None);
    screen.press("esc g 1");
    assert_eq!(screen.model.count, None, "g 1 is a sequence");
}

/// `]` archives and goes to the next message, `[` to the one before, in the list and in an open message, whatever the config
/// says of the way.
#[rstest]
#[case(AfterTriage::Next)]
#[case(AfterTriage::Previous)]
#[case(AfterTriage::List)]
fn brackets(#[case] after_triage: AfterTriage) {
    let mut screen = Screen::with(6, (80, 24), Options { after_triage, ..options() });
    screen.press("2 j ]");
    assert_eq!(screen.cursor(), Some(4));
    screen.press("[");
    assert_eq!(screen.cursor(), Some(2));
    screen.press("enter ]");
    assert_eq!((screen.focus(), screen.open()), (Pane::Reader, Some(5)));
    screen.press("[");
    assert_eq!((screen.focus(), screen.open()), (Pane::Reader, Some(1)));
    let archived: Vec<_> = applied(&screen.take()).into_iter().filter(|(a, _)| *a == Action::Archive).collect();
    assert_eq!(archived, [3, 4, 2, 5].map(|id| (Action::Archive, vec![id])));
}

/// `after_triage = "list"`: an action in an open message leads back to the list, on the next message.
#[test]
fn back_to_the_list_after_an_action() {
    let mut screen = Screen::with(6, (80, 24), Options { after_triage: AfterTriage::List, ..options() });
    screen.press("j e");
    assert_eq!(screen.cursor(), Some(3));
    screen.press("enter e");
    assert_eq!((screen.focus(), screen.cursor(), screen.open()), (Pane::List, Some(4), None));
    screen.press("enter s");
    assert_eq!(screen.focus(), Pane::Reader, "a star does not take the message away");
}

/// Several actions on a key run one after the other, the count is the first one's, and the first that cannot run or asks
/// something ends them.
#[test]
fn several_actions() {
    let mut screen = screen(
        10,
        vec![
            line("list", "ctrl-k", &["archive", "next-unread"]),
            line("list", "ctrl-j", &[]),
            line("list", "Z", &["delete-for-ever", "archive"]),
            line("list", "Y", &["move", "archive"]),
        ],
    );
    screen.press("2 ctrl-k");
    assert_eq!(applied(&screen.take()), [(Action::Archive, vec![1, 2])]);
    assert_eq!(screen.cursor(), Some(5), "the next one was unread, so it went on to the next unread below");
    screen.press("Z");
    assert_eq!(applied(&screen.take()), []);
    screen.press("Y esc");
    assert_eq!(applied(&screen.take()), []);
}

/// Keys with what the action is told: a folder by its whole name, its end, or enough of it; what does not fit says why.
#[rstest]
#[case("move Projects/atlas", Ok(ATLAS))]
#[case("move ATLAS", Ok(ATLAS))]
#[case("move atl", Ok(ATLAS))]
#[case("move archive", Ok(ARCHIVE))]
#[case("move nowhere", Err("There is no folder \"nowhere\" here"))]
#[case("move r", Err("\"r\" could be "))]
fn keys_with_folders(#[case] action: &str, #[case] expected: Result<crate::mail::FolderId, &str>) {
    let mut screen = screen(5, vec![line("list", "g w", &[action])]);
    screen.press("g w");
    match expected {
        Ok(folder) => assert_eq!(applied(&screen.take()), [(Action::Move(folder), vec![1])]),
        Err(reason) => {
            assert!(screen.toast().starts_with(reason), "{}", screen.toast());
            assert_eq!(applied(&screen.take()), []);
        }
    }
}

/// What else can be told: on or off, keywords, queries, accounts, layouts, a folder to go to.
#[test]
fn keys_with_arguments() {
    let told =
        ["unread off", "tag +later", "account home", "layout list", "folder home sent", "search subject:x", "star off"];
    let config = told.iter().zip("ABCDEFI".chars()).map(|(told, key)| line("list", &key.to_string(), &[told]));
    let mut screen = screen(5, config.collect());
    screen.press("2 A B I");
    let ops = applied(&screen.take());
    assert_eq!((ops[0].1.clone(), ops[1].1.clone(), ops.len()), (vec![1, 2], vec![1], 3));
    screen.press("C");
    assert_eq!(screen.model.list.source, Some(Source::Folder(super::HOME_INBOX)));
    screen.press("D");
    assert_eq!(screen.toast(), "Layout: list only");
    screen.press("E");
    assert_eq!(screen.model.list.source, Some(Source::Folder(crate::mail::FolderId(13))));
    screen.press("F");
    assert!(screen.model.search.is_passing(screen.model.list.source));
    assert!(screen.model.overlay.is_none(), "the results have the keys");
}

/// The palette: a name of the config with more behind it runs with that; a name for people that is like it comes first.
#[test]
fn palette_takes_arguments() {
    let mut screen = Screen::new(5);
    screen.press(":").type_text("move atl");
    assert!(picker(&screen).argument.as_ref().is_some_and(|argued| argued.id == Id::Move && !argued.asked));
    screen.press("enter");
    assert_eq!(applied(&screen.take()), [(Action::Move(ATLAS), vec![1])]);
    screen.press(":").type_text("copy link");
    assert!(picker(&screen).argument.is_none(), "Copy link… is an action of its own");
    // Whatever it is like, a name of the config with more behind it is that.
    for (text, id) in [("move mi", Id::Move), ("move no", Id::Move), ("copy mi", Id::Copy), ("tag to", Id::Tag)] {
        screen.press("esc :").type_text(text);
        assert_eq!(picker(&screen).argument.as_ref().map(|argued| argued.id), Some(id), "{text}");
    }
    screen.press("enter");
    assert_eq!(applied(&screen.take()).len(), 1);
    screen.press(":").type_text("move no").press("enter");
    assert_eq!(applied(&screen.take()), [], "there is no such folder, and nothing else is meant");
    screen.press("esc :").type_text("unread of").press("enter");
    assert_eq!(applied(&screen.take()).len(), 1);
    screen.press(":").type_text("tag \"\"").press("enter");
    assert!(screen.model.overlay.is_some(), "what does not fit leaves the box open");
    assert_eq!(applied(&screen.take()), []);
    screen.press("ctrl-u").type_text("tag +x").press("enter");
    assert_eq!(applied(&screen.take()).len(), 1);
}

/// A time is told as the box of snoozing takes it: in the palette and by a key; what is no time is not taken.
#[test]
fn snoozing_is_told_a_time() {
    let mut screen = screen(5, vec![line("list", "A", &["snooze tomorrow"]), line("list", "B", &["snooze nowhere"])]);
    let until = |effects: &[Effect]| match &applied(effects)[..] {
        [(Action::Snooze { until, .. }, ids)] => (*until, ids.clone()),
        other => panic!("{other:?}"),
    };
    screen.press("A");
    let (tomorrow, ids) = until(&screen.take());
    assert_eq!(ids, [1]);
    screen.press(":").type_text("snooze tom");
    assert_eq!(picker(&screen).argument.as_ref().unwrap().offers[0].as_str(), "tomorrow");
    screen.press("enter");
    assert_eq!(until(&screen.take()), (tomorrow, vec![2]));
    screen.press("B");
    assert_eq!(applied(&screen.take()), []);
    assert!(screen.toast().starts_with("\"nowhere\" is no time"), "{}", screen.toast());
}

/// Tab goes to what the chosen action is told and completes it; esc and backspace lead back to the actions; where there is
/// nothing to tell, tab goes down.
#[test]
fn palette_tab() {
    let mut screen = Screen::new(5);
    screen.press(":").type_text("move to").press("tab");
    let argued = picker(&screen).argument.clone().unwrap();
    assert_eq!((argued.id, argued.asked, argued.offers.len(), picker(&screen).text.as_str()), (Id::Move, true, 7, ""));
    screen.type_text("atl").press("tab");
    assert_eq!(picker(&screen).text, "Projects/atlas");
    screen.press("enter");
    assert_eq!(applied(&screen.take()), [(Action::Move(ATLAS), vec![1])]);
    screen.press(":").type_text("move to").press("tab backspace");
    assert!(picker(&screen).argument.is_none());
    screen.press("tab esc");
    assert!(screen.model.overlay.is_some() && picker(&screen).argument.is_none(), "esc leads one step back");
    screen.press("esc");
    assert!(screen.model.overlay.is_none());
    screen.press(": tab tab");
    assert_eq!(picker(&screen).cursor, 2);
}

/// What must be told something is asked for it.
#[test]
fn palette_asks() {
    let mut screen = Screen::new(5);
    screen.press(":").type_text("account…").press("enter").type_text("hom").press("enter");
    assert_eq!(screen.model.list.source, Some(Source::Folder(super::HOME_INBOX)));
}

/// The help finds keys, words of the names, of the config's names and of the help; what has no key can be found too.
#[test]
fn help_finds() {
    let screen = Screen::new(3);
    let rows = rows(&screen.model);
    let best = |text: &str| {
        let (hits, best) = find(&rows, text);
        hits.get(best).map(|place| rows[*place].calls[0].id)
    };
    assert_eq!(best("e"), Some(Id::Archive));
    assert_eq!(best("gi"), Some(Id::GoInbox));
    assert_eq!(best("delete ever"), Some(Id::DeleteForever));
    assert_eq!(best("go-junk"), Some(Id::GoJunk));
    assert_eq!(best("rebuild-index"), Some(Id::RebuildIndex));
    assert_eq!(best("offline undoes copies"), Some(Id::Copy));
    assert_eq!(best("zzz"), None);
    let (found, _) = find(&rows, "arch");
    assert!(found.iter().all(|place| rows[*place].calls[0].id != Id::Search), "a beginning says more than an inside");
    let (all, _) = find(&rows, "");
    assert!(all.iter().all(|place| !rows[*place].keys.is_empty()));
}

/// A key is changed in place: it holds at once, wherever the old one did, the old one is free, and it is kept.
#[test]
fn rebind() {
    let mut screen = Screen::new(5);
    screen.press("?").type_text("archive").press("ctrl-r Y");
    let Some(Overlay::Rebind(rebind)) = &screen.model.overlay else { panic!() };
    assert_eq!((rebind.old.as_deref(), &rebind.contexts), (Some("e"), &vec![Context::List, Context::Reader]));
    assert_eq!(clashes(&screen.model.keymap, rebind), [""; 0]);
    screen.press("enter");
    let kept = vec![
        line("list", "e", &[]),
        line("list", "Y", &["archive"]),
        line("reader", "e", &[]),
        line("reader", "Y", &["archive"]),
    ];
    assert_eq!(screen.take(), [Effect::KeepKeys(kept)]);
    assert!(matches!(screen.model.overlay, Some(Overlay::Help(_))), "back among the keys");
    screen.press("esc e");
    assert_eq!(applied(&screen.take()), []);
    screen.press("Y");
    assert_eq!(applied(&screen.take()), [(Action::Archive, vec![1])]);
    screen.press("?").type_text("archive").press("ctrl-x");
    assert_eq!(screen.take(), [Effect::KeepKeys(Vec::new())], "given back");
    screen.press("esc e");
    assert_eq!(applied(&screen.take()), [(Action::Archive, vec![2])]);
}

/// What the pressed keys mean now is said, in which places, and the beginning of others too.
#[test]
fn rebind_says_what_it_takes() {
    let mut screen = Screen::new(5);
    screen.press("?").type_text("archive").press("ctrl-r");
    let mut says = |keys: &str| {
        screen.press(keys);
        let Some(Overlay::Rebind(rebind)) = &screen.model.overlay else { panic!() };
        clashes(&screen.model.keymap, rebind)
    };
    assert_eq!(says("s"), ["now: Star, or unstar (list, reader)"]);
    assert_eq!(says("x"), ["now s: Star, or unstar (list, reader)"]);
    assert_eq!(says("backspace backspace x"), ["now: Mark (list)"]);
    assert!(says("backspace y")[0].starts_with("now: the beginning of 5 others"));
    assert_eq!(says("backspace e"), ["has these keys already (list, reader)"]);
    screen.press("enter esc esc");
    assert!(screen.model.overlay.is_none());
}

/// A new key beside the old one; a key for what has none; esc changes nothing; what not every terminal sends is refused.
#[test]
fn rebind_more() {
    let mut screen = Screen::new(5);
    screen.press("?").type_text("star unstar").press("ctrl-r tab Y enter");
    let keys = |screen: &Screen, id| screen.model.keymap.keys_of(Context::List, id).to_vec();
    assert_eq!(keys(&screen, Id::Star), ["Y", "s"]);
    screen.press("ctrl-u").type_text("rebuild-index").press("ctrl-r g y enter");
    assert_eq!(keys(&screen, Id::RebuildIndex), ["g y"]);
    screen.take();
    screen.press("ctrl-r Z esc");
    assert_eq!(screen.take(), []);
    screen.press("ctrl-r ctrl-enter");
    assert!(
        matches!(&screen.model.overlay, Some(Overlay::Rebind(rebind)) if rebind.refused.is_some() && rebind.keys.is_empty())
    );
}

/// The config stands above what is changed on the screen: that is said, and nothing is changed.
#[test]
fn the_config_has_the_last_word() {
    let mut screen = screen(5, vec![line("list", "Y", &["star"])]);
    screen.press("?").type_text("archive").press("ctrl-r Y enter");
    assert!(matches!(&screen.model.overlay, Some(Overlay::Rebind(rebind)) if rebind.refused.is_some()));
    assert_eq!(screen.take(), []);
    screen.press("esc ctrl-u").type_text("star unstar");
    assert_eq!(rows(&screen.model)[picker(&screen).hits[picker(&screen).cursor]].calls[0], Call::plain(Id::Star));
    screen.press("ctrl-x");
    assert!(screen.toast().starts_with("The config binds"), "{}", screen.toast());
}

/// What the config binds stays bound: the new key can only stand beside it.
#[test]
fn what_the_config_binds_is_kept() {
    let mut screen = screen(5, vec![line("list", "a", &["archive"]), line("list", "e", &[])]);
    screen.press("?").type_text("archive").press("ctrl-r Y enter");
    let refused = |screen: &Screen| match &screen.model.overlay {
        Some(Overlay::Rebind(rebind)) => rebind.refused.clone(),
        _ => None,
    };
    assert!(refused(&screen).is_some_and(|reason| reason.as_str().ends_with("press tab to keep it")));
    screen.press("tab enter");
    assert_eq!(screen.model.keymap.keys_of(Context::List, Id::Archive), ["Y", "a"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever is changed, in whatever order: what is kept holds no mistake, and does at the next start what it does now and
    /// nothing more.
    #[test]
    fn what_is_kept_is_what_holds(changes in vec((0..60_usize, 0..5_usize, any::<bool>()), 1..8)) {
        let mut screen = Screen::new(3);
        for (row, keys, away) in changes {
            screen.press("?");
            for _ in 0..row {
                screen.press("down");
            }
            if away {
                screen.press("ctrl-x");
            } else {
                screen.press("ctrl-r").press(["Y", "g y", "e", "y", "Y Y Z"][keys]).press("enter esc");
            }
            screen.press("esc");
        }
        let now = &screen.model.keymap;
        let text = write("", &now.sources().own);
        let own = read(&text, Path::new("keys.toml")).unwrap();
        let (next, problems) = Keymap::build(Sources { own, ..Sources::default() });
        let wrong: Vec<_> = problems.iter().filter(|problem| !matches!(problem.kind, Kind::Hides(_))).collect();
        prop_assert!(wrong.is_empty(), "{wrong:?}");
        for context in Context::ALL {
            prop_assert_eq!(now.bindings(context), next.bindings(context));
        }
    }
}

/// Keys are taken away, and given back; among all presets.
#[rstest]
#[case(Preset::Default)]
#[case(Preset::Mutt)]
fn unbind(#[case] preset: Preset) {
    let mut screen = Screen::new(5);
    screen.model.keymap = Arc::new(Keymap::preset(preset));
    let before = screen.model.keymap.keys_of(Context::List, Id::Trash).to_vec();
    screen.press("?").type_text("delete").press("ctrl-x");
    assert_eq!(screen.model.keymap.keys_of(Context::List, Id::Trash), [""; 0]);
    assert_eq!(screen.model.keymap.keys_of(Context::Reader, Id::Trash), [""; 0], "where the same key did the same");
    screen.press("ctrl-u");
    assert!(
        picker(&screen).hits.iter().any(|place| rows(&screen.model)[*place].calls[0].id == Id::Trash),
        "it stays in sight"
    );
    screen.type_text("delete").press("delete");
    assert_eq!(screen.model.keymap.keys_of(Context::List, Id::Trash), before);
    assert_eq!(screen.model.keymap.sources().own, []);
}

/// Texts of ours name the keys that the user has, not the default ones.
#[test]
fn texts_name_the_users_keys() {
    let mut screen = Screen::new(5);
    assert_eq!(keyed(&screen.model, "Works {offline; {undo} undoes it"), "Works {offline; z undoes it");
    screen.model.keymap = Arc::new(Keymap::preset(Preset::Mutt));
    assert_eq!(keyed(&screen.model, "{undo}, {mark-all} and {rebuild-index}"), "u, T and :rebuild-index");
    assert_eq!(
        available(&screen.model, Id::GoSaved).unwrap_err().as_str(),
        "No search was saved yet; / begins one, and B saves it"
    );
    assert_eq!(
        available(&screen.model, Id::DeleteForever).unwrap_err().as_str(),
        "Only what is in Trash or Junk is deleted for ever; d moves to Trash"
    );
    screen.model.keymap = Arc::new(Keymap::preset(Preset::Gmail));
    let reason = available(&screen.model, Id::DeleteForever).unwrap_err();
    assert!(reason.as_str().ends_with("; # moves to Trash"), "{reason}");
}
