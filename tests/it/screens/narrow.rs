//! Narrow screens: what there is no room for gives way, and what stays is not cut.

use posthaste::app::model::{Model, Overlay, Picker, Tone};
use posthaste::app::sweep::Ways;
use posthaste::mail::AccountId;
use posthaste::mail::list::Source;
use posthaste::protocol::ServerSearch;
use posthaste::render::unsubscribe::Unsubscribe;
use posthaste::ui::theme::Theme;

use super::cases::{sweep, toast};
use super::paint::{paint, text};
use super::sample::{inbox, safe};
use super::search::results;

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
