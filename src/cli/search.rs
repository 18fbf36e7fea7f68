//! `search`: what the cache knows at once, and what only the servers know, in one list.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Failure;
use super::args::Search as Wanted;
use super::context::Context;
use super::engine::Searched;
use super::exit::Code;
use super::files::{self, Files};
use super::list;
use crate::config::Config;
use crate::mail::MessageId;
use crate::mail::list::{Search, Source};
use crate::protocol::ServerSearch;
use crate::query::Query;
use crate::query::parse::{Clock, parse};
use crate::sync::account::now;

/// Prints what is found, newest first.
pub(super) fn run(context: &mut Context<'_>, wanted: &Wanted) -> Result<Code, Failure> {
    let query = Arc::new(read(&wanted.text())?);
    let config = context.config()?;
    let (mut hits, mut code) = (BTreeSet::new(), Code::Done);
    if context.args.offline {
        files::note_cached(context);
    } else {
        (hits, code) = ask_servers(context, &config, &query)?;
    }
    let files = Files::open(context, &config)?;
    let conversations = wanted.conversations;
    let found = list_found(&files, &query, None, wanted.limit, (hits, conversations))?;
    list::print(context, &files, &found)?;
    Ok(code)
}

/// Reads a query; what is wrong with it is pointed at.
pub(super) fn read(text: &str) -> Result<Query, Failure> {
    let offset = crate::runtime::clock().offset;
    parse(text, Clock { now: now(), offset }).map_err(|error| {
        let pointer = format!("{}{}", " ".repeat(error.column), "^".repeat(error.length.max(1)));
        Failure::Query { message: error.message, text: text.to_owned(), pointer }
    })
}

/// What is found of a query in one list, or everywhere, as it is printed.
pub(super) fn list_found(
    files: &Files,
    query: &Arc<Query>,
    within: Option<Source>,
    limit: u32,
    (hits, conversations): (BTreeSet<MessageId>, bool),
) -> Result<Vec<crate::store::Detail>, Failure> {
    let search = Search { query: Arc::clone(query), within, hits: Arc::new(hits), conversations };
    let mut found = files.reader.list_found(&search, limit)?;
    found.retain(|detail| files.account_name(detail.row.account).is_some());
    Ok(found)
}

/// Asks the servers, and says what they did; what they found.
fn ask_servers(
    context: &mut Context<'_>,
    config: &Config,
    query: &Arc<Query>,
) -> Result<(BTreeSet<MessageId>, Code), Failure> {
    let searched = context.engine(config).and_then(|mut engine| Ok(engine.search(Arc::clone(query))?));
    let searched = match searched {
        Ok(searched) => searched,
        // A screen that runs holds the files: it keeps them in step, and they can be read beside it.
        Err(failure @ (Failure::Failed(_) | Failure::Unreachable(_))) => {
            context.out.note(&format!("only the cache is searched: {failure}"));
            return Ok((BTreeSet::new(), Code::Done));
        }
        Err(other) => return Err(other),
    };
    let Searched { hits, accounts } = searched;
    let mut code = Code::Done;
    for (account, state) in accounts {
        if let Some((words, reached)) = sentence(&state) {
            context.out.note(&format!("{account}: {words}"));
            if !reached {
                code = Code::Unreachable;
            }
        }
    }
    Ok((hits.into_iter().collect(), code))
}

/// What became of the search on one server, and whether it was searched as far as it could be; nothing where the cache
/// knows everything.
fn sentence(state: &ServerSearch) -> Option<(String, bool)> {
    Some(match state {
        ServerSearch::Needless => return None,
        ServerSearch::Running { of: 0, .. } => {
            ("only the cache was searched: the server did not answer in time".to_owned(), false)
        }
        ServerSearch::Running { .. } => ("only the cache was searched: the server did not end".to_owned(), false),
        ServerSearch::Done { folders: 1 } => ("the server searched 1 folder as well".to_owned(), true),
        ServerSearch::Done { folders } => (format!("the server searched {folders} folders as well"), true),
        ServerSearch::Impossible => ("only the cache was searched: a server cannot be asked for this".to_owned(), true),
        ServerSearch::Offline => ("only the cache was searched: there is no connection".to_owned(), false),
        ServerSearch::Failed { reason, left } => {
            (format!("{left} folders were not searched on the server: {reason}"), false)
        }
    })
}
