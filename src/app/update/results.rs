//! What was found: which servers are asked, what they add, how many there are.

use std::sync::Arc;

use super::{Effects, list, saved, toast};
use crate::app::model::{Model, Ticket};
use crate::app::msg::{Effect, Query, Timer};
use crate::app::reading::Find;
use crate::app::search::{Lookup, Seen, Tally, Want};
use crate::mail::list::{Search, Source};
use crate::mail::{AccountId, MessageId, SearchId};
use crate::protocol::{Command, ServerSearch};

/// How long what was counted holds while things change.
const RECOUNT_MILLIS: u64 = 1000;

/// The search that the list shows, as the cache answers it.
pub(crate) fn shown(model: &Model) -> Option<Search> {
    model.search.of(model.list.source).map(Lookup::search)
}

/// Asks the servers for what the cache cannot answer, once.
pub(crate) fn ask_servers(model: &mut Model, fx: &mut Effects, search: SearchId) {
    let local = model.search.known.get(&search).is_none_or(|lookup| lookup.local);
    if local || model.search.asked == Some(search) || model.list.source != Some(Source::Search(search)) {
        return;
    }
    model.search.asked = Some(search);
    fx.extend(command(model).map(Effect::Sync));
}

/// Asks the servers once more for a search that is shown again, unless all of them have told what they know.
pub(crate) fn ask_again(model: &mut Model, fx: &mut Effects, search: SearchId) {
    let done = |state: &ServerSearch| matches!(state, ServerSearch::Done { .. } | ServerSearch::Needless);
    let all = |lookup: &Lookup| !lookup.servers.is_empty() && lookup.servers.values().all(done);
    if !model.search.known.get(&search).is_some_and(all) {
        ask_servers(model, fx, search);
    }
}

/// What the servers are asked now: an engine that joins later hears it too.
pub(crate) fn command(model: &Model) -> Option<Command> {
    let search = model.search.asked?;
    let lookup = model.search.known.get(&search)?;
    let within = match lookup.within {
        Some(Source::Folder(folder)) => Some(folder),
        Some(Source::AllInboxes | Source::Starred | Source::Marked(_) | Source::Search(_)) | None => None,
    };
    Some(Command::Search { search, query: Arc::clone(&lookup.query), within })
}

/// A server found these.
pub(crate) fn hits(model: &mut Model, fx: &mut Effects, search: SearchId, messages: Vec<MessageId>) {
    let Some(lookup) = model.search.known.get_mut(&search) else { return };
    Arc::make_mut(&mut lookup.hits).extend(messages);
    if model.list.source == Some(Source::Search(search)) {
        list::refresh(model, fx);
    }
}

/// A server is so far.
pub(crate) fn progress(model: &mut Model, search: SearchId, account: AccountId, state: ServerSearch) {
    if let Some(lookup) = model.search.known.get_mut(&search) {
        lookup.servers.insert(account, state);
    }
}

/// The list's window has come: it is counted, where it does not say itself how many there are.
pub(crate) fn windowed(model: &mut Model, fx: &mut Effects) {
    let Some(Source::Search(search)) = model.list.source else { return };
    let whole = model.list.first == 0 && model.list.total == model.list.rows.len() as u64;
    let Some(lookup) = model.search.known.get_mut(&search) else { return };
    if whole {
        let unread = model.list.rows.iter().filter(|row| !row.flags.seen()).count() as u64;
        lookup.tally = Some(Tally { total: model.list.total, unread, exact: true });
        saved::counted_here(model, search);
    } else if lookup.tally.is_none() {
        count(model, fx);
    } else {
        toast::arm(model, fx, RECOUNT_MILLIS, Timer::Recount);
    }
}

/// Counts what the list shows.
pub(crate) fn count(model: &mut Model, fx: &mut Effects) {
    if let (Some(Source::Search(id)), Some(search)) = (model.list.source, shown(model)) {
        let ticket = model.load(fx, Query::Search(search, Want::Count));
        model.search.counting = Some((ticket, id));
    }
}

/// A count has come. One that was ended early tells nothing that is not known better.
pub(crate) fn counted(model: &mut Model, fx: &mut Effects, ticket: Ticket, tally: Tally) {
    let here = model.search.counting.take_if(|(waiting, _)| *waiting == ticket);
    if let Some((_, search)) = here {
        if let Some(lookup) = model.search.known.get_mut(&search) {
            lookup.tally = Some(tally);
        }
        saved::counted_here(model, search);
    } else {
        saved::counted(model, fx, ticket, tally);
    }
}

/// People and labels have come.
pub(crate) fn seen(model: &mut Model, ticket: Ticket, seen: Seen) {
    if model.search.seeing.take_if(|waiting| *waiting == ticket).is_some() {
        model.search.seen = Some(seen);
        super::search::offer(model);
    }
}

/// The request with this ticket will not be answered.
pub(crate) fn failed(model: &mut Model, ticket: Ticket) {
    model.search.counting.take_if(|(waiting, _)| *waiting == ticket);
    model.search.saved_counting.take_if(|(waiting, _)| *waiting == ticket);
    model.search.seeing.take_if(|waiting| *waiting == ticket);
}

/// Lists the results of the same search in the other way.
pub(crate) fn regroup(model: &mut Model, fx: &mut Effects, conversations: bool) {
    let Some(source @ Source::Search(id)) = model.list.source else { return };
    let Some(lookup) = model.search.known.get_mut(&id) else { return };
    lookup.conversations = conversations;
    lookup.tally = None;
    list::retype(model, fx, source);
}

/// The places that a message opened from results is marked at.
pub(crate) fn marks(model: &Model) -> Option<Find> {
    let query = Arc::clone(&model.search.of(model.list.source)?.query);
    let wanted = !query.phrases().is_empty();
    wanted.then(|| Find { query: Some(query), fresh: true, ..Find::default() })
}

/// What follows from a change: a search that nobody looks at any more is given up and forgotten.
pub(crate) fn settle(model: &mut Model, fx: &mut Effects) {
    let shown = match model.list.source {
        Some(Source::Search(id)) => Some(id),
        Some(Source::Folder(_) | Source::AllInboxes | Source::Starred | Source::Marked(_)) | None => None,
    };
    if model.search.asked.is_some() && model.search.asked != shown {
        fx.push(Effect::Sync(Command::EndSearch));
        model.search.asked = None;
    }
    let origin = model.search.origin.as_ref().and_then(|origin| origin.list.source);
    model.search.known.retain(|id, _| Some(*id) == shown || Some(Source::Search(*id)) == origin);
    if !super::search::is_typing(model) && !model.search.is_passing(model.list.source) {
        model.search.origin = None;
    }
    // Nobody comes back to a search without a name.
    let search = &model.search;
    model.work.places.retain(|source, _| match source {
        Source::Search(id) => search.saved(*id).is_some(),
        Source::Folder(_) | Source::AllInboxes | Source::Starred | Source::Marked(_) => true,
    });
}
