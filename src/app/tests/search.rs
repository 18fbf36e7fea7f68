//! Searching: the line, its results as a list, servers, saved searches.

use std::collections::BTreeSet;

use super::{INBOX, Screen, applied, commands, message};
use crate::app::model::Ticket;
use crate::app::msg::{Effect, Msg, Query, Timer};
use crate::app::search::{HISTORY, Kept, Saved, Seen, Tally, Want};
use crate::mail::list::{Anchor, Search, Source, Window};
use crate::mail::{AccountId, MessageId, SearchId};
use crate::protocol::{Command, Event, ServerSearch};

/// The searches that the cache was asked for since the last look.
fn asked(screen: &mut Screen) -> Vec<(Ticket, Search, Want)> {
    let search = |load: (Ticket, Query)| match load {
        (ticket, Query::Search(search, want)) => Some((ticket, search, want)),
        _ => None,
    };
    screen.loads().into_iter().filter_map(search).collect()
}

/// The search that the list shows.
fn shown(screen: &Screen) -> SearchId {
    let Some(Source::Search(id)) = screen.model.list.source else { panic!("the list shows no search") };
    id
}

fn ids(screen: &Screen) -> Vec<i64> {
    screen.model.list.rows.iter().map(|row| row.id.0).collect()
}

fn window(numbers: &[i64]) -> Window {
    Window {
        rows: numbers.iter().copied().map(message).collect(),
        first: 0,
        total: numbers.len() as u64,
        messages: numbers.len() as u64,
        unread: 0,
    }
}

/// Each key asks for a first window and for nothing else; what stood there stays until the newest answer comes, and an
/// answer to an older key changes nothing.
#[test]
fn each_key_asks_anew() {
    let mut screen = Screen::new(5);
    screen.press("/").answer().take();
    assert_eq!(screen.model.list.source, Some(Source::Folder(INBOX)), "nothing was typed yet");
    screen.type_text("q3 n");
    let asked = asked(&mut screen);
    let windows: Vec<_> = asked.iter().map(|(_, _, want)| *want).collect();
    assert_eq!(windows, [Want::Window(Anchor::Newest, 150); 3], "a blank changes nothing");
    assert_eq!(ids(&screen), [1, 2, 3, 4, 5], "the rows before stay");
    screen.send(Msg::Window { ticket: asked[0].0, window: window(&[4]) });
    assert_eq!(ids(&screen), [1, 2, 3, 4, 5], "an old answer");
    screen.send(Msg::Window { ticket: asked[2].0, window: window(&[3, 5]) });
    assert_eq!((ids(&screen), screen.cursor()), (vec![3, 5], Some(3)));
    assert_eq!(asked[2].1.query.to_string(), "q3 n");
}

/// What is marked before the results have come lies among the rows of an older query: it is not of this list.
#[test]
fn marks_of_older_rows_do_not_stay() {
    let mut screen = Screen::new(5);
    screen.press("/").type_text("a").answer().take();
    screen.type_text("da").press("enter x");
    assert!(!screen.model.list.marks.is_empty(), "the rows before can be marked");
    let newest = asked(&mut screen).pop().unwrap();
    screen.send(Msg::Window { ticket: newest.0, window: Window { total: 100, ..window(&[2]) } });
    assert!(screen.model.list.marks.is_empty() && screen.model.work.kept.is_empty());
}

/// A query that cannot be understood says so, with its column, and leaves the results; enter does not take it.
#[test]
fn an_error_keeps_the_results() {
    let mut screen = Screen::new(5);
    screen.press("/").type_text("report").answer();
    let before = screen.model.list.source;
    screen.type_text(" larger:lots");
    let problem = screen.model.search.line.problem.clone().unwrap();
    assert!(problem.column >= "report ".len(), "{problem:?}");
    screen.press("enter");
    assert_eq!(screen.toast(), problem.message);
    assert!(crate::app::update::search::is_typing(&screen.model));
    // What was understood before the mistake is still listed.
    assert!(
        matches!(screen.model.list.source, Some(Source::Search(_))) && !ids(&screen).is_empty() && before.is_some()
    );
}

/// What is not finished yet is left out, until it is.
#[test]
fn an_unfinished_word_is_left_out() {
    let mut screen = Screen::new(5);
    screen.press("/").type_text("report is");
    let query = |screen: &Screen| screen.model.search.of(screen.model.list.source).unwrap().query.to_string();
    assert_eq!(query(&screen), "report is");
    screen.type_text(":");
    assert_eq!(query(&screen), "report");
    assert!(screen.model.search.line.problem.as_ref().is_some_and(|problem| problem.unfinished));
    screen.type_text("unread");
    assert_eq!(query(&screen), "report is:unread");
}

/// Esc leads back to the list from where the search was begun, with its cursor, its marks and its place; from the line and
/// from the results.
#[test]
fn esc_leads_back() {
    for keys in ["esc", "enter esc"] {
        let mut screen = Screen::new(100);
        screen.press("x x j j");
        let (cursor, marks) = (screen.cursor(), screen.model.list.marks.clone());
        screen.press("/").type_text("report").answer();
        assert_ne!(screen.cursor(), cursor);
        screen.press(keys).answer();
        assert_eq!(screen.model.list.source, Some(Source::Folder(INBOX)), "{keys}");
        assert_eq!((screen.cursor(), &screen.model.list.marks), (cursor, &marks), "{keys}");
        assert!(screen.model.search.known.is_empty() && screen.model.search.origin.is_none());
    }
}

/// Esc in a line that was opened over results goes back to them.
#[test]
fn esc_leads_back_to_the_results() {
    let mut screen = Screen::new(5);
    screen.press("/").type_text("report").press("enter").answer().press("/").type_text("x");
    screen.answer().press("esc").answer();
    let lookup = screen.model.search.of(screen.model.list.source).unwrap();
    assert_eq!((lookup.text.as_str(), lookup.query.to_string().as_str()), ("report", "report"));
    screen.press("esc").answer();
    assert_eq!(screen.model.list.source, Some(Source::Folder(INBOX)));
}

/// Over results the line has their text, and what is typed takes its place; an arrow or ctrl key goes on with it, as a filter
/// does.
#[test]
fn typing_takes_the_place_of_the_text_before() {
    for (keys, expected) in [
        ("/ x", "x"),
        ("/ backspace x", "x"),
        ("/ delete x", "x"),
        ("/ end x", "word reportx"),
        ("/ left x", "word reporxt"),
        ("/ ctrl-w x", "word x"),
        ("/ up x", "word reportx"),
        ("F x", "word report x"),
    ] {
        let mut screen = Screen::new(5);
        screen.press("/").type_text("word report").press("enter").answer().press(keys);
        let (text, _) = crate::app::update::search::line(&screen.model).unwrap();
        assert_eq!(text, expected, "{keys}");
    }
    let mut screen = Screen::new(5);
    screen.press("/").type_text("report").press("enter").answer().press("/").send(Msg::Paste("from:ada".to_owned()));
    assert_eq!(crate::app::update::search::line(&screen.model).unwrap().0, "from:ada");
}

/// A search from a filter is for everywhere and asks the servers, also with the same words; esc brings the filter back.
#[test]
fn a_search_from_a_filter_is_for_everywhere() {
    let mode = |screen: &Screen| {
        let lookup = screen.model.search.of(screen.model.list.source).unwrap();
        (lookup.text.clone(), lookup.within, lookup.local)
    };
    let filtered = || {
        let mut screen = Screen::new(5);
        screen.press("F").type_text("report").press("enter").answer().take();
        screen
    };
    let within = Some(Source::Folder(INBOX));
    let mut screen = filtered();
    screen.press("/").type_text("from:a").answer();
    assert_eq!(mode(&screen), ("from:a".to_owned(), None, false));
    screen.press("esc").answer();
    assert_eq!(mode(&screen), ("report".to_owned(), within, true));
    screen.press("esc").answer();
    assert_eq!(screen.model.list.source, within);
    let mut screen = filtered();
    screen.press("/ enter");
    assert_eq!(mode(&screen), ("report".to_owned(), None, false));
    assert!(matches!(commands(&screen.take())[..], [Command::Search { within: None, .. }]));
    let mut screen = filtered();
    screen.press("F").type_text("x").answer();
    assert_eq!(mode(&screen), ("report x".to_owned(), within, true));
}

/// The servers are asked when nothing was typed for a while, or at once by enter, and once; leaving gives the search up.
#[test]
fn servers_are_asked_once() {
    let mut screen = Screen::new(5);
    screen.press("/").type_text("re");
    let effects = screen.take();
    let timers: Vec<Timer> = effects
        .iter()
        .filter_map(|effect| if let Effect::After(300, timer) = effect { Some(*timer) } else { None })
        .collect();
    assert_eq!(timers.len(), 2);
    screen.send(Msg::Timer(timers[0]));
    assert_eq!(commands(&screen.take()), [], "it is not shown any more");
    screen.send(Msg::Timer(timers[1]));
    let id = shown(&screen);
    assert!(matches!(commands(&screen.take())[..], [Command::Search { search, within: None, .. }] if search == id));
    screen.press("enter");
    assert_eq!(commands(&screen.take()), []);
    screen.press("esc");
    assert_eq!(commands(&screen.take()), [Command::EndSearch]);
    screen.press("F").type_text("re").press("enter");
    assert_eq!(commands(&screen.take()), [], "a filter asks nobody");
}

/// What a server found goes into the list at its place; what it says of another search is nobody's.
#[test]
fn hits_merge() {
    let mut screen = Screen::new(5);
    screen.press("/").type_text("report").press("enter").answer();
    screen.press("j").take();
    let (search, messages) = (shown(&screen), vec![MessageId(7), MessageId(9)]);
    screen.event(Event::SearchHits { search: SearchId(99), messages: vec![MessageId(8)] });
    assert!(asked(&mut screen).is_empty());
    screen.event(Event::SearchHits { search, messages });
    let asked = asked(&mut screen);
    assert_eq!(*asked[0].1.hits, BTreeSet::from([MessageId(7), MessageId(9)]));
    screen.stored.push(message(7));
    screen.send(Msg::Window { ticket: asked[0].0, window: window(&[1, 2, 7]) });
    assert_eq!(screen.cursor(), Some(2), "the cursor stays on its message");
    let lookup = screen.model.search.of(screen.model.list.source).unwrap();
    let row = |number| screen.model.list.rows.iter().find(|row| row.id.0 == number).unwrap();
    assert!(lookup.is_servers(row(7)) && !lookup.is_servers(row(2)));
    let state = ServerSearch::Running { done: 3, of: 12 };
    screen.event(Event::SearchProgress { search, account: AccountId(1), state: state.clone() });
    assert_eq!(screen.model.search.known[&search].servers[&AccountId(1)], state);
}

/// Marks, "all shown" and triage are those of every list: the count first, one operation, one undo.
#[test]
fn bulk_on_results() {
    let mut screen = Screen::new(400);
    screen.press("/").type_text("report").press("enter").answer();
    assert!(screen.model.list.rows.len() < 400);
    screen.press("*").answer();
    assert_eq!(screen.toast(), "Marked 400");
    screen.press("e");
    let done = applied(&screen.take());
    assert_eq!((done.len(), done[0].1.len()), (1, 400));
    screen.queued(100, "Archived 400 messages").press("z");
    assert!(commands(&screen.take()).iter().any(|command| matches!(command, Command::Undo(_))));
}

/// What was searched for is remembered, each once, no more than so many, and up and down go through it; down from what is
/// being typed goes to the results.
#[test]
fn history() {
    let mut screen = Screen::new(5);
    for text in ["one", "two", "one"] {
        screen.press("/").type_text(text).press("enter").answer().press("esc").answer();
    }
    assert_eq!(screen.model.search.history, ["two", "one"]);
    screen.press("/").type_text("dra").press("up");
    let text = |screen: &Screen| crate::app::update::search::line(&screen.model).map(|(text, _)| text.to_owned());
    assert_eq!(text(&screen).as_deref(), Some("one"));
    screen.press("up up");
    assert_eq!(text(&screen).as_deref(), Some("two"));
    screen.press("down down");
    assert_eq!(text(&screen).as_deref(), Some("dra"));
    screen.press("down");
    assert_eq!(text(&screen), None, "the results have the keys");
    screen.model.search.history = (0..HISTORY).map(|number| number.to_string()).collect();
    screen.take();
    screen.press("/ enter").answer();
    screen.press("/ end").type_text(" more").press("enter");
    let kept = screen.take().into_iter().rev().find_map(|effect| match effect {
        Effect::KeepHistory(lines) => Some(lines),
        _ => None,
    });
    let kept = kept.unwrap();
    assert_eq!((kept.len(), kept.last().map(String::as_str)), (HISTORY, Some("dra more")));
}

/// Tab completes what is at the cursor, the next press takes the next offer, and each one is searched for.
#[test]
fn completion() {
    let mut screen = Screen::new(5);
    screen.press("/");
    let loads = screen.loads();
    let Some((ticket, _)) = loads.into_iter().find(|(_, query)| *query == Query::Seen) else { panic!() };
    let person = |name: &str, address: &str| (name.to_owned(), address.to_owned());
    let people = vec![person("Ada Byron", "ada@x.example"), person("Adam", "adam@x.example")];
    screen.send(Msg::Seen { ticket, seen: Seen { people, labels: vec!["todo".to_owned()] } });
    screen.type_text("from:ada");
    assert!(screen.model.search.line.popup);
    assert_eq!(screen.model.search.line.offers.len(), 2);
    let before = screen.model.list.source;
    screen.press("tab");
    let first = crate::app::update::search::line(&screen.model).unwrap().0.to_owned();
    assert_ne!(screen.model.list.source, before);
    screen.press("tab");
    let second = crate::app::update::search::line(&screen.model).unwrap().0.to_owned();
    assert_ne!(first, second);
    screen.press("shift-tab");
    assert_eq!(crate::app::update::search::line(&screen.model).unwrap().0, first);
    assert!(first.starts_with("from:") && first.contains("ada"), "{first}");
}

/// The list alone, or everywhere: the key goes between the two, and F begins with the list.
#[test]
fn here_or_everywhere() {
    let mut screen = Screen::new(5);
    screen.press("F").type_text("a");
    assert_eq!(asked(&mut screen).pop().unwrap().1.within, Some(Source::Folder(INBOX)));
    screen.press("ctrl-f");
    assert_eq!(asked(&mut screen).pop().unwrap().1.within, None);
    screen.press("ctrl-f");
    assert_eq!(asked(&mut screen).pop().unwrap().1.within, Some(Source::Folder(INBOX)));
    screen.press("ctrl-o");
    assert!(asked(&mut screen).pop().unwrap().1.conversations);
}

/// Results that do not fit the window are counted, apart from it, and a later key ends the count of an older one.
#[test]
fn results_are_counted() {
    let mut screen = Screen::new(400);
    screen.press("/").type_text("a");
    let (ticket, _, _) = asked(&mut screen).pop().unwrap();
    let cut = screen.cut(&Query::Window {
        source: Source::Starred,
        arrangement: crate::mail::list::Arrangement::default(),
        anchor: Anchor::Newest,
        reach: 150,
    });
    screen.send(Msg::Window { ticket, window: cut });
    let asked = asked(&mut screen);
    assert!(matches!(asked[..], [(_, _, Want::Count)]));
    let tally = Tally { total: 1204, unread: 7, exact: true };
    screen.send(Msg::Counted { ticket: asked[0].0, tally });
    assert_eq!(screen.model.search.known[&shown(&screen)].tally, Some(tally));
}

fn with_saved(count: i64) -> Screen {
    let mut screen = Screen::new(count);
    for (number, place) in [(1, Kept::Config), (2, Kept::Own)] {
        let id = screen.model.search.next_id();
        let (name, text) = (format!("Saved {number}"), format!("word{number}"));
        screen.model.search.saved.push(Saved { id, name, text, key: Some(number), place, tally: None });
    }
    screen
}

/// `g` and a digit open a saved search as a list; the folder pane has it too.
#[test]
fn saved_searches_open() {
    let mut screen = with_saved(5);
    screen.press("g 2");
    let id = screen.model.search.saved[1].id;
    assert_eq!(screen.model.list.source, Some(Source::Search(id)));
    let effects = screen.take();
    assert!(commands(&effects).iter().any(|command| matches!(command, Command::Search { .. })));
    screen.effects = effects;
    screen.answer().press("esc");
    assert_eq!(screen.model.list.source, Some(Source::Search(id)), "it is a list like a folder");
    screen.press("g 7");
    assert_eq!(screen.toast(), "No search was saved for this digit");
    let lines = crate::app::lines::folder_lines(&screen.model);
    let sources: Vec<_> =
        lines.into_iter().filter_map(|line| crate::app::lines::source_of(&screen.model, line)).collect();
    assert!(sources.contains(&Source::Search(id)));
}

/// A search is saved under a name with the first free digit, kept in the program's own file, and forgotten again; one of
/// the config is the user's.
#[test]
fn saving_and_forgetting() {
    let mut screen = with_saved(5);
    screen.press("/").type_text("report").press("enter").answer();
    screen.press("B").type_text("Saved 1").press("enter");
    assert!(screen.toast().contains("is in the config"));
    screen.press("ctrl-u").type_text("Reports").press("enter").answer();
    let saved = screen.model.search.saved[2].clone();
    assert_eq!(
        (saved.name.as_str(), saved.text.as_str(), saved.key, saved.place),
        ("Reports", "report", Some(3), Kept::Own)
    );
    assert_eq!(screen.model.list.source, Some(Source::Search(saved.id)));
    let kept = |screen: &mut Screen| {
        let all = screen.take().into_iter().rev();
        all.into_iter()
            .find_map(|effect| if let Effect::KeepSearches(saved) = effect { Some(saved.len()) } else { None })
    };
    assert_eq!(kept(&mut screen), Some(2));
    crate::app::update::act::run(&mut screen.model, &mut screen.effects, crate::app::action::Id::ForgetSearch);
    assert_eq!((kept(&mut screen), screen.model.search.saved.len()), (Some(1), 2));
    screen.press("esc").answer();
    assert_ne!(screen.model.list.source, Some(Source::Search(saved.id)), "there is a way out");
    screen.press("g 1").answer();
    crate::app::update::act::run(&mut screen.model, &mut screen.effects, crate::app::action::Id::ForgetSearch);
    assert_eq!(screen.toast(), "This search is in the config: take it out there");
}

/// Counts of saved searches are made when something changed, one at a time, and at most once in a second.
#[test]
fn counts_are_throttled() {
    let mut screen = with_saved(5);
    screen.event(Event::FolderChanged(INBOX));
    screen.event(Event::FolderChanged(INBOX));
    let first = asked(&mut screen);
    let counts =
        |asked: &[(Ticket, Search, Want)]| asked.iter().filter(|(_, _, want)| *want == Want::CountAside).count();
    assert_eq!(counts(&first), 1);
    let tally = Tally { total: 9, unread: 4, exact: true };
    let ticket = first.iter().find(|(_, _, want)| *want == Want::CountAside).unwrap().0;
    screen.send(Msg::Counted { ticket, tally });
    assert_eq!(screen.model.search.saved[0].tally, Some(tally));
    assert_eq!(counts(&asked(&mut screen)), 0, "not before a second has gone by");
    screen.send(Msg::Timer(Timer::SavedCounts));
    assert_eq!(counts(&asked(&mut screen)), 1);
}

/// The places that a message was found by are marked when it is opened, n goes to the first of them, and esc leads out of
/// the message at once.
#[test]
fn hits_in_the_reader() {
    let mut screen = Screen::new(5);
    screen.press("/").type_text("report").press("enter").answer().press("enter").lay(Some(100));
    let found = screen.take().into_iter().find_map(|effect| match effect {
        Effect::Find { ticket, query, .. } => Some((ticket, query)),
        _ => None,
    });
    let (ticket, query) = found.unwrap();
    assert_eq!(query.unwrap().to_string(), "report");
    let piece = crate::render::Piece { line: 60, from: 0, to: 6 };
    let hits = vec![crate::render::Hit { pieces: vec![piece] }];
    screen.send(Msg::Found { ticket, places: crate::app::reading::Places { hits, ..Default::default() } });
    assert_eq!(screen.model.reader.scroll, 0, "a message begins at its beginning");
    screen.press("n");
    assert!(screen.model.reader.scroll > 0);
    screen.press("esc");
    assert!(matches!(screen.model.list.source, Some(Source::Search(_))));
    assert_eq!(screen.focus(), crate::app::model::Pane::List);
    screen.press("n");
    assert_eq!(screen.cursor(), Some(2), "n goes to the next result");
}
