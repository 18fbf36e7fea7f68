//! Narrow screens: what there is no room for gives way, and what stays is not cut.

use posthaste::app::model::{FolderPurpose, Model, Overlay, Picker, Tone};
use posthaste::app::sweep::Ways;
use posthaste::mail::list::Source;
use posthaste::mail::rights::Rights;
use posthaste::mail::{AccountId, MessageId};
use posthaste::protocol::ServerSearch;
use posthaste::render::unsubscribe::Unsubscribe;
use posthaste::ui::theme::Theme;

use super::cases::{linear, picker, sweep, tasks, toast};
use super::paint::{paint, text};
use super::sample::{inbox, safe};
use super::search::results;
use super::threads::threads;

fn seen(model: &Model) -> String {
    text(&paint(model, &Theme::dusk()).0)
}

/// The times of a snooze are whole at fifty columns; how far away they are has room at eighty.
#[test]
fn the_times_of_a_snooze_are_whole() {
    let snooze = |width, height| {
        let mut model = inbox(width, height);
        let picker = Picker { hits: (0..8).collect(), of: 8, ..Picker::default() };
        model.overlay = Some(Overlay::Snooze { messages: vec![model.list.rows[0].id], back: false, picker });
        let screen = seen(&model);
        let from = screen.find("Snooze until").unwrap();
        screen.get(from..).unwrap().to_owned()
    };
    let narrow = snooze(50, 15);
    for name in ["later today", "this evening", "tomorrow"] {
        let line =
            narrow.lines().skip(2).find(|line| line.contains(name)).unwrap_or_else(|| panic!("{name}:\n{narrow}"));
        assert!(line.contains(':') && !line.contains('…'), "{line}");
    }
    assert!(!narrow.contains(" in "), "{narrow}");
    assert!(snooze(80, 24).contains(" in "));
}

/// What a sweep says of the way out is read to its end.
#[test]
fn a_sweep_says_all_of_the_way_out() {
    let mut model = sweep(50, 24);
    let ways = |model: &mut Model, ways| {
        let Some(Overlay::Sweep(sweep)) = &mut model.overlay else { unreachable!() };
        sweep.ways = ways;
    };
    ways(&mut model, Ways::None);
    let screen = seen(&model);
    let words = screen.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
    assert!(words.contains("1 567 messages here, 980 unread, since"), "{screen}");
    assert!(words.contains("No way to unsubscribe"), "{screen}");
    assert!(screen.contains("Inbox 1 204"), "{screen}");
    ways(&mut model, Ways::Known(Unsubscribe { unproved: true, ..Unsubscribe::default() }));
    assert!(seen(&model).contains("It offers one click"));
}

/// A refusal that is longer than the screen is wide goes on below; the undo stays under it.
#[test]
fn a_long_toast_goes_on_below() {
    let mut model = toast(60, 24);
    let words =
        "Not undone: the server of Work says that the folder Archive is gone, and nothing of it can be moved back";
    let Some(told) = &mut model.toast else { unreachable!() };
    (told.text, told.tone) = (safe(words), Tone::Warn);
    let screen = seen(&model);
    for end in ["says that the", "be moved back", "undo"] {
        assert!(screen.contains(end), "{end}:\n{screen}");
    }
    let lines =
        screen.lines().filter(|line| ["Not undone", "Archive is", "undo  "].iter().any(|part| line.contains(part)));
    assert_eq!(lines.count(), 3, "{screen}");
    model.size = (60, 10);
    assert!(seen(&model).contains("Not undone"));
}

/// What is said of a search that is done says that it is done, without names where these do not fit; that it goes on is told
/// only while it does.
#[test]
fn a_search_that_is_done_looks_done() {
    let facts = |width, states: [ServerSearch; 3]| {
        let mut model = results(width, 24);
        let lookup = model.search.known.values_mut().next().unwrap();
        lookup.servers = [1, 2, 3].map(AccountId).into_iter().zip(states).collect();
        let screen = seen(&model);
        screen.lines().find(|line| line.contains("204 found")).unwrap_or_else(|| panic!("{screen}")).trim().to_owned()
    };
    let done = [ServerSearch::Needless, ServerSearch::Needless, ServerSearch::Needless];
    assert!(facts(80, done.clone()).contains("Work, Home, "), "{}", facts(80, done.clone()));
    let short = facts(40, done);
    assert!(short.contains("· all on disk") && !short.contains('…') && !short.contains("Work"), "{short}");
    let mixed = facts(40, [ServerSearch::Needless, ServerSearch::Done { folders: 4 }, ServerSearch::Needless]);
    assert!(!mixed.contains('…'), "{mixed}");
    let runs = facts(40, [ServerSearch::Needless, ServerSearch::Running { done: 3, of: 12 }, ServerSearch::Needless]);
    assert!(runs.contains('…') || runs.contains("asking"), "{runs}");
}

/// Where mail of several accounts lies in one list, a row says whose it is, with colours or without.
#[test]
fn all_inboxes_say_whose_mail_it_is() {
    let mut model = inbox(120, 40);
    model.list.source = Some(Source::AllInboxes);
    model.list.rows[0].account = AccountId(2);
    let screen = seen(&model);
    let row = screen.lines().find(|line| line.contains("Dana Whitfield")).unwrap();
    assert!(row.contains("Home"), "{screen}");
}

/// In a sweep over several accounts each inbox says whose it is; in one account that is known.
#[test]
fn a_sweep_over_accounts_names_them() {
    let mut model = sweep(100, 30);
    assert!(!seen(&model).contains("Work Inbox"), "{}", seen(&model));
    let inboxes: Vec<_> =
        model.folders.rows.iter().filter(|row| row.label.as_str() == "Inbox").map(|row| row.id).collect();
    let Some(Overlay::Sweep(box_of)) = &mut model.overlay else { unreachable!() };
    for swept in box_of.swept.iter_mut().flatten() {
        swept.folders = inboxes.iter().copied().zip([2, 3]).collect();
    }
    assert!(seen(&model).contains("Work Inbox 2 · Home Inbox 3"), "{}", seen(&model));
}

/// A long conversation says how long it is, where the column is two digits wide too.
#[test]
fn long_conversations_are_counted() {
    for (count, words) in [(42, " 42 "), (307, " 307 "), (4_000, " 1k+ ")] {
        for size in [(80, 24), (120, 40)] {
            let mut model = threads(size.0, size.1);
            model.list.rows[0].thread = count;
            model.list.rows[0].from = safe("A name that is longer than its column, and no mistake");
            let screen = seen(&model);
            assert!(screen.contains(words), "{words}:\n{screen}");
        }
    }
}

/// The linear screen has many people of a conversation by the first one, so that its subject is on the line.
#[test]
fn many_people_leave_room_for_the_subject() {
    let mut model = threads(80, 24);
    model.options.face = linear(80, 24).options.face;
    let screen = seen(&model);
    assert!(screen.contains("Lena Ortiz and others: Re: Lunch on Thursday?"), "{screen}");
}

/// What is about several accounts does not look as if it were about one.
#[test]
fn an_operation_of_two_accounts_says_so() {
    let mut model = tasks(80, 24);
    model.tasks.ops[0].account = safe("work, home");
    let screen = seen(&model);
    assert!(screen.lines().any(|line| line.contains("Work +1") && line.contains("Archive 3")), "{screen}");
}

/// A folder that is there and cannot be picked is not said not to be there.
#[test]
fn a_folder_that_cannot_be_picked_says_why() {
    let says = |text: &str, change: fn(&mut Model)| {
        let mut model = picker(80, 24);
        change(&mut model);
        let purpose = FolderPurpose::Move(vec![MessageId(20), MessageId(19)]);
        let picker = Picker { text: text.to_owned(), of: 14, ..Picker::default() };
        model.overlay = Some(Overlay::Folders { purpose, picker });
        seen(&model)
    };
    let screen = says("inbox", |_| {});
    assert!(screen.contains("They are in Inbox already"), "{screen}");
    let screen = says("archive", |model| {
        let archive = model.folders.rows.iter_mut().find(|row| row.path.as_str() == "Archive").unwrap();
        archive.rights = Rights::parse("lrs");
    });
    assert!(screen.contains("Archive is read only"), "{screen}");
    let screen = says("projects", |model| {
        let other = model.folders.rows.iter_mut().filter(|row| row.path.as_str().starts_with("Projects"));
        other.for_each(|row| row.account = AccountId(2));
    });
    assert!(screen.contains("is a folder of another account"), "{screen}");
    assert!(says("zzz", |_| {}).contains("nothing matches"));
}
