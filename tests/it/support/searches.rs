//! Searches for tests: what is asked, and what was told of it.

use std::sync::Arc;

use posthaste::mail::{AccountId, FolderId, MessageId, SearchId};
use posthaste::protocol::{Command, Event, ServerSearch};
use posthaste::query::{Edge, Field, Node, Phrase, Query, Term};

use super::engine::mail;

/// Words in a field, each from its beginning.
pub fn words_in(field: Field, text: &str) -> Node {
    Node::Term(Term::Text(field, Phrase::of(text, Edge::Whole, Edge::Part).unwrap()))
}

/// Looks for this, everywhere.
pub fn look_for(search: u64, root: Node) -> Command {
    look_within(search, root, None)
}

/// Looks for this in one folder.
pub fn look_within(search: u64, root: Node, within: Option<FolderId>) -> Command {
    Command::Search { search: SearchId(search), query: Arc::new(Query { root }), within }
}

/// A mail that says this, in its text alone.
pub fn saying(id: &str, text: &str) -> Vec<u8> {
    [mail(id), format!("{text}\r\n").into_bytes()].concat()
}

/// What was told of a search on an account's server, or on that of any.
pub fn told<'a>(events: impl Iterator<Item = &'a Event>, search: u64, account: Option<AccountId>) -> Vec<ServerSearch> {
    let of_this = |event: &Event| {
        let Event::SearchProgress { search: of, account: on, state } = event else { return None };
        (*of == SearchId(search) && account.is_none_or(|account| account == *on)).then(|| state.clone())
    };
    events.filter_map(of_this).collect()
}

/// Those of them that are ends.
pub fn ends(states: Vec<ServerSearch>) -> Vec<ServerSearch> {
    states.into_iter().filter(|state| !matches!(state, ServerSearch::Running { .. })).collect()
}

/// The messages that a search found, in the order in which they were told.
pub fn hits<'a>(events: impl Iterator<Item = &'a Event>, search: u64) -> Vec<MessageId> {
    let of_this = |event: &Event| {
        let Event::SearchHits { search: of, messages } = event else { return None };
        (*of == SearchId(search)).then(|| messages.clone())
    };
    events.filter_map(of_this).flatten().collect()
}
