//! Screens of the search: the line, its mistakes, its offers, results, saved searches.

use std::collections::BTreeSet;
use std::sync::Arc;

use posthaste::app::model::{Glyphs, InputPurpose, Model, Overlay, Pane};
use posthaste::app::reading::Find;
use posthaste::app::search::{Kept, Line, Lookup, Offer, Origin, Saved, Tally};
use posthaste::mail::list::Source;
use posthaste::mail::{AccountId, FolderId, MessageId, SearchId};
use posthaste::protocol::ServerSearch;
use posthaste::query::parse::{Clock, parse};
use posthaste::render::{Hit, Piece};

use super::sample::{inbox, reading, safe};

const FOUND: SearchId = SearchId(7);

fn lookup(text: &str) -> Lookup {
    Lookup {
        text: text.to_owned(),
        query: parse(text, Clock::default()).unwrap().into(),
        within: None,
        local: false,
        hits: Arc::default(),
        conversations: false,
        servers: std::collections::BTreeMap::new(),
        tally: None,
    }
}

/// Results in the list of a model: some of its rows, in several folders.
fn show(model: &mut Model, text: &str) {
    let origin = Origin { list: model.list.clone(), kept: std::collections::BTreeMap::new() };
    model.search.origin = Some(origin);
    let mut lookup = lookup(text);
    lookup.tally = Some(Tally { total: 1204, unread: 2, exact: true });
    lookup.servers.insert(AccountId(1), ServerSearch::Running { done: 3, of: 12 });
    lookup.servers.insert(AccountId(2), ServerSearch::Offline);
    lookup.servers.insert(AccountId(3), ServerSearch::Needless);
    lookup.hits = Arc::new(BTreeSet::from([MessageId(14)]));
    model.search.known.insert(FOUND, lookup);
    model.list.source = Some(Source::Search(FOUND));
    model.list.rows.retain(|row| matches!(row.id.0, 20 | 18 | 16 | 14));
    for (row, (account, folder)) in model.list.rows.iter_mut().zip([(1, 1), (2, 10), (1, 4), (1, 8)]) {
        (row.account, row.folder) = (AccountId(account), FolderId(folder));
        row.cached = row.id.0 != 14;
    }
    model.list.cursor = model.list.rows.first().map(posthaste::mail::message::MessageRow::key);
    (model.list.total, model.list.unread) = (301, 2);
}

fn type_line(model: &mut Model, text: &str) {
    let cursor = text.chars().count();
    model.overlay = Some(Overlay::Input { purpose: InputPurpose::Search, text: text.to_owned(), cursor });
}

/// Something was typed, and is listed.
pub fn search(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    show(&mut model, "slide or lunch or statement");
    type_line(&mut model, "slide or lunch or statement");
    model
}

/// What is typed now cannot be understood; what was found before stays.
pub fn search_error(width: u16, height: u16) -> Model {
    let mut model = search(width, height);
    let text = "slide larger:lots";
    type_line(&mut model, text);
    model.search.line = Line { problem: parse(text, Clock::default()).err(), ..Line::default() };
    model
}

/// What could follow floats below the line.
pub fn search_offers(width: u16, height: u16) -> Model {
    let mut model = search(width, height);
    let offer = |name: &str, address: &str| Offer {
        replaced: 6..13,
        insert: safe(&format!("from:{address}")),
        label: safe(&format!("{name} <{address}>")),
    };
    let offers = vec![
        offer("Dana Whitfield", "dana@northwind.example"),
        offer("Daniel", "dan@acme.example"),
        offer("Danuta", "d@x"),
    ];
    let before = "slide from:da".to_owned();
    type_line(&mut model, "slide from:dana@northwind.example");
    model.search.line = Line { offers, popup: true, taken: Some((0, before, 13)), ..Line::default() };
    model
}

/// Nothing was found, and Trash and Junk were left out.
pub fn search_nothing(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    show(&mut model, "zebra");
    let lookup = model.search.known.get_mut(&FOUND).unwrap();
    lookup.tally = Some(Tally { total: 0, unread: 0, exact: true });
    lookup.servers = [1, 2, 3].map(|id| (AccountId(id), ServerSearch::Done { folders: 4 })).into();
    model.list.rows.clear();
    (model.list.total, model.list.cursor) = (0, None);
    model
}

/// The results have the keys.
pub fn results(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    show(&mut model, "slide or lunch or statement");
    model
}

/// The results in ASCII, as conversations.
pub fn results_ascii(width: u16, height: u16) -> Model {
    let mut model = results(width, height);
    model.options.glyphs = Glyphs::Ascii;
    model.search.known.get_mut(&FOUND).unwrap().conversations = true;
    model.search.conversations = true;
    model
}

/// A result that was opened: what it was found by is marked.
pub fn results_reader(width: u16, height: u16) -> Model {
    let mut model = reading(width, height);
    show(&mut model, "statement or hosting");
    model.list.cursor = model.list.rows.get(2).map(posthaste::mail::message::MessageRow::key);
    let query = Arc::clone(&model.search.known[&FOUND].query);
    let hit = |line, from, to| Hit { pieces: vec![Piece { line, from, to }] };
    let hits = vec![hit(0, 11, 20), hit(7, 0, 7)];
    model.reader.find = Some(Find { query: Some(query), hits, fresh: true, ..Find::default() });
    model
}

/// Saved searches: under the favourites, as tabs, and one of them in the list.
pub fn saved(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    show(&mut model, "has:attachment statement");
    let one = |id, name: &str, key, unread| Saved {
        id,
        name: name.to_owned(),
        text: "has:attachment statement".to_owned(),
        key: Some(key),
        place: Kept::Own,
        tally: Some(Tally { total: 40, unread, exact: true }),
    };
    model.search.saved = vec![one(FOUND, "Invoices", 1, 2), one(SearchId(8), "From the team", 2, 0)];
    model.search.origin = None;
    model.folders.cursor = Some(Source::Search(FOUND));
    model.focus = Pane::List;
    model
}
