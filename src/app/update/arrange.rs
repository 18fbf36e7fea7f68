//! How the list is arranged: conversations or messages, what stands first, and which conversations are unfolded.

use super::{Effects, list, reader, toast};
use crate::app::cursor::{account_name, folder};
use crate::app::model::{Model, Pane, Ticket};
use crate::app::msg::{Effect, Query};
use crate::app::tree::tree;
use crate::mail::list::{Arrangement, Order, Source, bundles};
use crate::mail::marks::Mark;
use crate::mail::message::MessageRow;

/// How this list is arranged: as it was left the last time, else as the config says.
pub(crate) fn of(model: &Model, source: Source) -> Arrangement {
    match source {
        Source::Search(_) => {
            let lookup = model.search.of(Some(source));
            let conversations = lookup.is_some_and(|lookup| bundles(lookup.within, lookup.conversations));
            Arrangement { conversations, order: Order::Newest }
        }
        Source::Starred | Source::Marked(Mark::ReplyLater | Mark::Pinned) => {
            Arrangement { conversations: false, ..kept(model, source).unwrap_or_default() }
        }
        Source::Folder(_) | Source::AllInboxes | Source::Marked(Mark::Snoozed) => {
            kept(model, source).unwrap_or_else(|| plain(model, source))
        }
    }
}

/// How it is arranged as long as the user chooses no other way.
fn plain(model: &Model, source: Source) -> Arrangement {
    Arrangement { order: Order::of(source), ..model.options.arrangement() }
}

fn kept(model: &Model, source: Source) -> Option<Arrangement> {
    model.arrangements.get(&name(model, source)?).copied()
}

/// The name under which it is kept: numbers of folders live no longer than the cache.
fn name(model: &Model, source: Source) -> Option<String> {
    match source {
        Source::Folder(id) => folder(model, id).map(|row| format!("{}/{}", account_name(model, row.account), row.path)),
        Source::AllInboxes => Some("*".to_owned()),
        Source::Starred => Some("*starred".to_owned()),
        Source::Marked(mark) => Some(format!("*{}", mark.keyword())),
        Source::Search(_) => None,
    }
}

/// Arranges the list that is shown in another way, and keeps that.
fn change(model: &mut Model, fx: &mut Effects, arrangement: Arrangement) {
    let Some(source) = model.list.source else { return };
    if let Some(name) = name(model, source) {
        if arrangement == plain(model, source) {
            model.arrangements.remove(&name);
        } else {
            model.arrangements.insert(name, arrangement);
        }
        fx.push(Effect::KeepArrangements(model.arrangements.clone()));
    }
    list::rearrange(model, fx, arrangement);
}

/// The config says how lists are arranged: so is the one that is shown, unless another way was chosen for it.
pub(crate) fn configured(model: &mut Model, fx: &mut Effects) {
    let Some(source) = model.list.source else { return };
    let arrangement = of(model, source);
    if arrangement != model.list.arrangement {
        list::rearrange(model, fx, arrangement);
    }
}

/// Conversations become messages, and messages conversations.
pub(crate) fn toggle(model: &mut Model, fx: &mut Effects) {
    let arrangement = model.list.arrangement;
    if matches!(model.list.source, Some(Source::Starred | Source::Marked(Mark::ReplyLater | Mark::Pinned))) {
        return toast::info(model, fx, "In this list messages stand for themselves");
    }
    let conversations = !arrangement.conversations;
    change(model, fx, Arrangement { conversations, ..arrangement });
    toast::info(model, fx, if conversations { "Conversations" } else { "Single messages" });
}

/// Another order; the same one again: the list's own, mostly the newest first.
pub(crate) fn sort(model: &mut Model, fx: &mut Effects, order: Order) {
    let Some(source) = model.list.source.filter(|source| !matches!(source, Source::Search(_))) else {
        return toast::info(model, fx, "Results stand with the newest first");
    };
    let arrangement = model.list.arrangement;
    let order = if arrangement.order == order || order == Order::Newest { Order::of(source) } else { order };
    change(model, fx, Arrangement { order, ..arrangement });
    toast::info(model, fx, &format!("Sorted: {}", order.words()));
}

/// Shows the messages of the conversation under the cursor below its row. False if there is nothing to unfold.
pub(crate) fn unfold(model: &mut Model, fx: &mut Effects) -> bool {
    let Some(row) = model.list.head_row() else { return false };
    let Some(thread) = row.bundle.as_ref().map(|bundle| bundle.thread) else { return false };
    if model.list.cursor_child().is_some() || model.list.unfolded.contains_key(&thread) {
        return false;
    }
    let message = row.id;
    model.list.unfolded.insert(thread, Vec::new());
    let ticket = model.load(fx, Query::Conversation(message));
    model.work.unfolds.insert(ticket, thread);
    true
}

/// Folds the conversation under the cursor again. False if it is folded.
pub(crate) fn fold(model: &mut Model) -> bool {
    let thread = model.list.head_row().and_then(|row| row.bundle.as_ref()).map(|bundle| bundle.thread);
    let folded = thread.and_then(|thread| model.list.unfolded.remove(&thread));
    if folded.is_some() {
        model.list.child = None;
    }
    folded.is_some()
}

/// Unfolds, or folds.
pub(crate) fn toggle_fold(model: &mut Model, fx: &mut Effects) {
    if !fold(model) && !unfold(model, fx) {
        let words = if model.list.arrangement.conversations {
            "There is no other message in this conversation"
        } else {
            "The list shows single messages"
        };
        toast::info(model, fx, words);
    }
}

/// The messages of a conversation that is unfolded have come. False if it was asked for by somebody else.
pub(crate) fn loaded(model: &mut Model, ticket: Ticket, rows: &[MessageRow]) -> bool {
    let Some(thread) = model.work.unfolds.remove(&ticket) else { return false };
    let fresh: Vec<MessageRow> = tree(rows).into_iter().map(|branch| branch.row.clone()).collect();
    let Some(before) = model.list.unfolded.get_mut(&thread).map(|children| std::mem::replace(children, fresh)) else {
        return true;
    };
    // The message under the cursor may be gone: the one in its place has the cursor, not the whole conversation.
    let Some((head, message)) = model.list.child else { return true };
    let children = model.list.unfolded.get(&thread).map_or(&[][..], Vec::as_slice);
    if let Some(place) = before.iter().position(|row| row.id == message)
        && !children.iter().any(|row| row.id == message)
    {
        model.list.child = children.get(place).or(children.last()).map(|row| (head, row.id));
    }
    true
}

/// What was to be unfolded could not be read.
pub(crate) fn failed(model: &mut Model, ticket: Ticket) {
    if let Some(thread) = model.work.unfolds.remove(&ticket)
        && model.list.unfolded.get(&thread).is_some_and(Vec::is_empty)
    {
        model.list.unfolded.remove(&thread);
    }
}

/// The list was read again: what is unfolded is read too, as far as it is still there.
pub(crate) fn refreshed(model: &mut Model, fx: &mut Effects) {
    if model.list.unfolded.is_empty() {
        return;
    }
    let rows = &model.list.rows;
    let heads: Vec<_> =
        rows.iter().filter_map(|row| row.bundle.as_ref().map(|bundle| (bundle.thread, row.id))).collect();
    model.list.unfolded.retain(|thread, _| heads.iter().any(|(other, _)| other == thread));
    model.work.unfolds.clear();
    for (thread, message) in heads {
        if model.list.unfolded.contains_key(&thread) {
            let ticket = model.load(fx, Query::Conversation(message));
            model.work.unfolds.insert(ticket, thread);
        }
    }
}

/// To the left in the list: folds the conversation; else nothing.
pub(crate) fn left(model: &mut Model) -> bool {
    model.focus == Pane::List && fold(model)
}

/// To the right in the list: unfolds the conversation; else opens.
pub(crate) fn right(model: &mut Model, fx: &mut Effects) {
    if !unfold(model, fx) {
        reader::open(model, fx);
    }
}
