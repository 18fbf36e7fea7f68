//! The search line: what is typed into it, completed and recalled; each key makes a new search.

use super::{Effects, folders, list, overlay, results, toast};
use crate::app::model::{InputPurpose, Model, Overlay, Pane, ReaderPane};
use crate::app::msg::{Effect, Query, Timer};
use crate::app::search::{HISTORY, Line, Lookup, Offer, Origin, Selected};
use crate::mail::list::Source;
use crate::query::complete::{self, Known};
use crate::query::parse;
use crate::safe_text::SafeText;

/// How long nothing is typed before the servers are asked.
const PAUSE_MILLIS: u64 = 300;

/// Opens the line: over the results that are shown, with their text, which the next one takes the place of; else empty, for
/// everywhere. A filter searches what is shown, and asks no server; over results it goes on with their text.
pub(crate) fn open(model: &mut Model, fx: &mut Effects, filter: bool) {
    let shown = model.search.of(model.list.source);
    let text = shown.map(|shown| shown.text.clone());
    let filtered = shown.filter(|shown| shown.local).map(|shown| shown.conversations);
    let mode = shown.map_or((filter, filter), |shown| (shown.within.is_some(), shown.local));
    // A search from a filter is one for everywhere again.
    let (here, local) = if mode.1 && !filter { (false, false) } else { mode };
    if model.search.origin.is_none() && !model.search.is_passing(model.list.source) {
        model.search.origin = Some(Origin { list: model.list.clone(), kept: model.work.kept.clone() });
    }
    let mut arrangement = model.search.origin.as_ref().map_or(model.list.arrangement, |origin| origin.list.arrangement);
    arrangement.conversations = filtered.unwrap_or(arrangement.conversations);
    let passing = model.search.is_passing(model.list.source);
    let reset = text.clone().filter(|_| passing).map(|text| (text, mode.0, mode.1));
    let selected = if !filter && text.is_some() { Selected::All } else { Selected::Nothing };
    model.search.line = Line { here, local, arrangement, reset, selected, ..Line::default() };
    let mut text = text.unwrap_or_default();
    // To filter results is to say more of them.
    if filter && !text.is_empty() && !text.ends_with(' ') {
        text.push(' ');
    }
    model.focus = Pane::List;
    write(model, text, usize::MAX);
    if model.search.seen.is_none() && model.search.seeing.is_none() {
        model.search.seeing = Some(model.load(fx, Query::Seen));
    }
}

/// Whether the text is a query; else why not.
pub(crate) fn check(model: &Model, text: &str) -> Result<(), SafeText> {
    parse::parse(text, calendar(model)).map(|_| ()).map_err(|problem| SafeText::new(&problem.message))
}

/// Searches for this, as if it had been typed: the results have the keys.
///
/// # Errors
/// Why the text is no query; nothing has changed then.
pub(crate) fn run(model: &mut Model, fx: &mut Effects, filter: bool, text: &str) -> Result<(), SafeText> {
    check(model, text)?;
    open(model, fx, filter);
    if let Some(Overlay::Input { text: line, cursor, .. }) = &mut model.overlay {
        (*line, *cursor) = (text.to_owned(), text.chars().count());
    }
    typed(model, fx, text, text.chars().count());
    overlay::accept(model, fx);
    Ok(())
}

/// The text of the line and its cursor, while it has the keys.
pub(crate) fn line(model: &Model) -> Option<(&str, usize)> {
    match &model.overlay {
        Some(Overlay::Input { purpose: InputPurpose::Search, text, cursor }) => Some((text, *cursor)),
        _ => None,
    }
}

/// Whether the line has the keys.
pub(crate) fn is_typing(model: &Model) -> bool {
    line(model).is_some()
}

fn write(model: &mut Model, text: String, cursor: usize) {
    let cursor = cursor.min(text.chars().count());
    model.overlay = Some(Overlay::Input { purpose: InputPurpose::Search, text, cursor });
}

/// The text of the line was changed by hand.
pub(crate) fn typed(model: &mut Model, fx: &mut Effects, text: &str, cursor: usize) {
    (model.search.line.taken, model.search.line.recalled) = (None, None);
    model.search.line.selected = Selected::Nothing;
    renew_offers(model, text, cursor);
    evaluate(model, fx, text);
}

/// More is known of what could be offered, where nothing was taken yet.
pub(crate) fn offer(model: &mut Model) {
    let Some((text, cursor)) = line(model).map(|(text, cursor)| (text.to_owned(), cursor)) else { return };
    if model.search.line.taken.is_none() && model.search.line.recalled.is_none() {
        renew_offers(model, &text, cursor);
    }
}

fn renew_offers(model: &mut Model, text: &str, cursor: usize) {
    let offers = offers(model, text, cursor);
    let line = &mut model.search.line;
    line.popup = !offers.is_empty() && in_field(text, cursor);
    line.offers = offers;
}

/// The time, as a query needs it.
pub(crate) fn calendar(model: &Model) -> parse::Clock {
    parse::Clock { now: model.clock.now, offset: model.clock.offset }
}

fn offers(model: &Model, text: &str, cursor: usize) -> Vec<Offer> {
    let rows = model.folders.rows.iter().filter(|row| row.selectable);
    let mut folders: Vec<String> = rows.map(|row| row.path.to_string()).collect();
    folders.sort_unstable();
    folders.dedup();
    let accounts: Vec<String> = model.accounts.iter().map(|view| view.name.to_string()).collect();
    let (people, labels) = model.search.seen.as_ref().map_or((&[][..], &[][..]), |seen| (&seen.people, &seen.labels));
    let known = Known { folders: &folders, accounts: &accounts, labels, people };
    let safe = |offer: complete::Completion| Offer {
        replaced: offer.replaced,
        insert: SafeText::new(&offer.insert),
        label: SafeText::new(&offer.label),
    };
    complete::complete(text, cursor, &known).into_iter().map(safe).collect()
}

/// Whether the word at the cursor names a field: then what it could be is shown unasked.
fn in_field(text: &str, cursor: usize) -> bool {
    let before: String = text.chars().take(cursor).collect();
    let quoted = before.matches('"').count() % 2 == 1;
    let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    quoted && before.rsplit('"').nth(1).is_some_and(|head| head.ends_with(':')) || !quoted && word.contains(':')
}

/// Makes a new search of the text; what is no query leaves the results as they were.
fn evaluate(model: &mut Model, fx: &mut Effects, text: &str) {
    if text.trim().is_empty() {
        model.search.line.problem = None;
        if model.search.is_passing(model.list.source) {
            restore(model, fx);
        }
        return;
    }
    match parse::parse(text, calendar(model)) {
        Err(problem) => {
            let unfinished = problem.unfinished;
            model.search.line.problem = Some(problem);
            // Of `budget is:` the part that is finished is listed, and no longer the word "is".
            let head = text.trim_end().rsplit_once(char::is_whitespace).map_or("", |(head, _)| head.trim_end());
            if unfinished
                && !head.is_empty()
                && let Ok(query) = parse::parse(head, calendar(model))
            {
                show(model, fx, head, query);
            }
        }
        Ok(query) => {
            model.search.line.problem = None;
            show(model, fx, text, query);
        }
    }
}

/// Lists what the query finds, unless that is listed already.
fn show(model: &mut Model, fx: &mut Effects, text: &str, query: crate::query::Query) {
    let Line { here, local, .. } = model.search.line;
    let origin = model.search.origin.as_ref().and_then(|origin| origin.list.source);
    let within = match origin {
        Some(Source::Search(id)) => model.search.known.get(&id).and_then(|lookup| lookup.within),
        other => other.filter(|_| here),
    };
    let conversations = model.search.groups_typed();
    if let Some(Source::Search(id)) = model.list.source
        && let Some(shown) = model.search.known.get_mut(&id)
        && (*shown.query == query, shown.within, shown.local, shown.conversations)
            == (true, within, local, conversations)
    {
        text.clone_into(&mut shown.text);
        return;
    }
    let id = model.search.next_id();
    let lookup = Lookup {
        text: text.to_owned(),
        query: query.into(),
        within,
        local,
        hits: std::sync::Arc::default(),
        conversations,
        servers: std::collections::BTreeMap::new(),
        tally: None,
    };
    model.search.known.insert(id, lookup);
    list::retype(model, fx, Source::Search(id));
    if !local {
        toast::arm(model, fx, PAUSE_MILLIS, Timer::AskServers(id));
    }
}

/// Gives the keys to what was found, asks the servers at once, and remembers the text.
///
/// # Errors
/// What is wrong with the text.
pub(crate) fn accept(model: &mut Model, fx: &mut Effects, text: &str) -> Result<(), SafeText> {
    if text.trim().is_empty() {
        leave(model, fx);
        return Ok(());
    }
    if std::mem::take(&mut model.search.line.selected) == Selected::All {
        // The same words, but maybe no longer in a filter.
        evaluate(model, fx, text);
    }
    if let Some(problem) = &model.search.line.problem {
        return Err(SafeText::new(&problem.message));
    }
    model.focus = Pane::List;
    remember(model, fx, text);
    if let Some(Source::Search(id)) = model.list.source {
        results::ask_servers(model, fx, id);
    }
    Ok(())
}

fn remember(model: &mut Model, fx: &mut Effects, text: &str) {
    let text = text.trim();
    let history = &mut model.search.history;
    if history.back().is_some_and(|last| last == text) {
        return;
    }
    history.retain(|other| other != text);
    history.push_back(text.to_owned());
    while history.len() > HISTORY {
        history.pop_front();
    }
    fx.push(Effect::KeepHistory(history.iter().cloned().collect()));
}

/// The way out of the line: to the results over which it was opened, else to the list from where the search was begun.
pub(crate) fn cancel(model: &mut Model, fx: &mut Effects) {
    if let Some((text, here, local)) = model.search.line.reset.take() {
        let arrangement = model.search.line.arrangement;
        model.search.line = Line { here, local, arrangement, ..Line::default() };
        evaluate(model, fx, &text);
        return;
    }
    leave(model, fx);
}

/// Back to the list from where the search was begun, as it was.
pub(crate) fn leave(model: &mut Model, fx: &mut Effects) {
    if model.search.is_passing(model.list.source) && model.search.origin.is_none() {
        // Its name was taken away: there is no list that it was begun from.
        list::open_source(model, fx, Source::AllInboxes);
    } else if model.search.is_passing(model.list.source) {
        restore(model, fx);
    }
    model.search.origin = None;
}

/// Shows the list from where the search was begun, the line stays as it is.
fn restore(model: &mut Model, fx: &mut Effects) {
    let Some(origin) = model.search.origin.clone() else { return };
    if origin.list.source.is_none() {
        // Nothing was open yet: the folders say what is.
        folders::load(model, fx);
    }
    list::put_back(model, fx, origin);
    model.reader = ReaderPane::default();
}

/// Only what was shown before, or everything.
pub(crate) fn toggle_here(model: &mut Model, fx: &mut Effects) {
    let line = &mut model.search.line;
    line.here = !line.here;
    line.local = false;
    again(model, fx);
}

/// Results as messages, or as conversations; those of a filter apart from all others.
pub(crate) fn toggle_conversations(model: &mut Model, fx: &mut Effects) {
    let typing = is_typing(model);
    let shown = model.search.of(model.list.source).filter(|_| !typing);
    let filter = shown.map_or(model.search.line.local, |shown| shown.local);
    let before = shown.map_or_else(|| model.search.groups_typed(), |shown| shown.conversations);
    let which = if filter { &mut model.search.line.arrangement.conversations } else { &mut model.search.conversations };
    *which = !before;
    if typing {
        return again(model, fx);
    }
    results::regroup(model, fx, !before);
    toast::info(model, fx, if before { "Results as messages" } else { "Results as conversations" });
}

fn again(model: &mut Model, fx: &mut Effects) {
    if let Some(text) = line(model).map(|(text, _)| text.to_owned()) {
        evaluate(model, fx, &text);
    }
}

/// Puts an offer into the line: the first, then the next one with every further press.
pub(crate) fn complete(model: &mut Model, fx: &mut Effects, by: isize) {
    let Some((text, cursor)) = line(model).map(|(text, cursor)| (text.to_owned(), cursor)) else { return };
    let (at, text, cursor) = if let Some((at, text, cursor)) = model.search.line.taken.take() {
        let count = model.search.line.offers.len().cast_signed().max(1);
        ((at.cast_signed() + by).rem_euclid(count).cast_unsigned(), text, cursor)
    } else {
        model.search.line.offers = offers(model, &text, cursor);
        let last = model.search.line.offers.len().saturating_sub(1);
        (if by > 0 { 0 } else { last }, text, cursor)
    };
    let Some(offer) = model.search.line.offers.get(at).cloned() else { return };
    let chars: Vec<char> = text.chars().collect();
    let head: String = chars.iter().take(offer.replaced.start).copied().chain(offer.insert.as_str().chars()).collect();
    let tail: String = chars.iter().skip(offer.replaced.end).collect();
    let place = head.chars().count();
    let whole = head + &tail;
    model.search.line.popup = model.search.line.offers.len() > 1;
    model.search.line.taken = Some((at, text, cursor));
    model.search.line.selected = Selected::Nothing;
    evaluate(model, fx, &whole);
    write(model, whole, place);
}

/// An offer was clicked.
pub(crate) fn take(model: &mut Model, fx: &mut Effects, place: usize) {
    let now = model.search.line.taken.as_ref().map_or(-1, |(at, _, _)| at.cast_signed());
    if model.search.line.taken.is_none() {
        complete(model, fx, 1);
    }
    let from = now.max(0);
    complete(model, fx, place.cast_signed() - from);
    model.search.line.popup = false;
}

/// The query before in the history.
pub(crate) fn older(model: &mut Model, fx: &mut Effects) {
    let Some(text) = line(model).map(|(text, _)| text.to_owned()) else { return };
    let (at, draft) = model.search.line.recalled.clone().unwrap_or((model.search.history.len(), text));
    if let Some(text) = at.checked_sub(1).and_then(|at| model.search.history.get(at)).cloned() {
        recall(model, fx, Some((at - 1, draft)), text);
    }
}

/// The next query of the history; from the newest text on, to the results.
pub(crate) fn newer(model: &mut Model, fx: &mut Effects) {
    match model.search.line.recalled.clone() {
        None => super::act::run(model, fx, crate::app::action::Id::Open),
        Some((at, draft)) => match model.search.history.get(at + 1).cloned() {
            Some(text) => recall(model, fx, Some((at + 1, draft)), text),
            None => recall(model, fx, None, draft),
        },
    }
}

fn recall(model: &mut Model, fx: &mut Effects, place: Option<(usize, String)>, text: String) {
    let line = &mut model.search.line;
    line.recalled = place;
    (line.taken, line.popup, line.selected) = (None, false, Selected::Nothing);
    line.offers.clear();
    evaluate(model, fx, &text);
    write(model, text, usize::MAX);
}
