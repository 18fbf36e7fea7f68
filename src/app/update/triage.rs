//! What the user does to messages: started at once, shown as done when the journal has it, taken back by `z`.

use std::collections::BTreeSet;

use super::{Effects, list, reader, undo};
use crate::app::cursor::{chosen, flags_to_be, folder, is_marking, role_of, targets};
use crate::app::model::{AfterTriage, Model, Pane, ReaderPane};
use crate::app::msg::Effect;
use crate::app::work::{Shown, Stage, Started};
use crate::mail::flags::{FLAGGED, Flag, FlagChange, Flags, Keyword, MUTED, SEEN};
use crate::mail::folder::Role;
use crate::mail::list::Source;
use crate::mail::marks::Mark;
use crate::mail::message::MessageRow;
use crate::mail::rights::Rights;
use crate::mail::rule::Rule;
use crate::mail::{AccountId, MessageId};
use crate::protocol::{Action, Command, OpId, Origin};

/// How many operations are remembered.
pub(crate) const REMEMBERED: usize = 500;

/// An action on the targets.
pub(crate) fn on_targets(model: &mut Model, fx: &mut Effects, action: Action) {
    let turns = turns(model, &targets(model), &action);
    apply(model, fx, action, turns, Shown::Toast);
}

/// Archives the targets and goes on this way, whatever the config says; an open message is followed by the next one.
pub(crate) fn archive_and_go(model: &mut Model, fx: &mut Effects, way: AfterTriage) {
    model.work.way = Some(way);
    on_targets(model, fx, Action::Archive);
    model.work.way = None;
}

/// An action on messages that were chosen before, as far as the screen still knows them.
pub(crate) fn on_messages(model: &mut Model, fx: &mut Effects, action: Action, messages: &[MessageId]) {
    let turns = turns(model, &rows_of(model, messages), &action);
    apply(model, fx, action, turns, Shown::Toast);
}

/// An action on messages that need not be known to the screen, all of a sender's; with a rule, which is made in this account,
/// on what comes too.
pub(crate) fn on_many(
    model: &mut Model,
    fx: &mut Effects,
    (action, messages): (Action, Vec<MessageId>),
    rule: Option<(AccountId, Rule)>,
) {
    let known = turns(model, &rows_of(model, &messages), &action);
    let here: BTreeSet<MessageId> = known.iter().map(|turn| turn.id).collect();
    let rest = messages.into_iter().filter(|id| !here.contains(id) && !model.list.leaving.contains(id));
    let rest: Vec<Turn> = rest.map(|id| Turn { id, flags: None, leaves: false }).collect();
    let turns: Vec<Turn> = known.into_iter().chain(rest).collect();
    let Some((account, rule)) = rule else { return apply(model, fx, action, turns, Shown::Toast) };
    let messages: Vec<MessageId> = turns.iter().map(|turn| turn.id).collect();
    let op = number(model, messages.clone(), true, Shown::Toast);
    fx.push(Effect::Sync(Command::Always { op, action: action.clone(), messages, account, rule }));
    begun(model, fx, (op, action), turns, Shown::Toast);
}

/// The rows of these messages, as far as the screen still knows them.
pub(crate) fn rows_of<'a>(model: &'a Model, messages: &[MessageId]) -> Vec<&'a MessageRow> {
    let mut wanted: BTreeSet<MessageId> = messages.iter().copied().collect();
    let rows = model.list.rows.iter().chain(model.work.kept.values()).chain(&model.reader.message);
    let below = model.list.unfolded.values().flatten();
    let known = rows.flat_map(MessageRow::all).chain(below);
    known.filter(|row| wanted.remove(&row.id)).collect()
}

/// Junk; in Junk: no junk.
pub(crate) fn junk(model: &mut Model, fx: &mut Effects) {
    let not = all_in(model, &targets(model), Role::Junk);
    on_targets(model, fx, if not { Action::NotJunk } else { Action::Junk });
}

/// Stars all if one has no star, else takes all stars away. A conversation has one if a message of it has, and is starred at
/// the message that it shows.
pub(crate) fn star(model: &mut Model, fx: &mut Effects) {
    let starred = |row: &MessageRow| row.all().any(|message| flags_to_be(model, message).flagged());
    let on = chosen(model).into_iter().any(|row| !starred(row));
    flag(model, fx, FLAGGED, on);
}

/// Makes all read if one is unread, else all unread. A conversation is unread if a message of it is, and becomes unread at the
/// message that it shows.
pub(crate) fn unread(model: &mut Model, fx: &mut Effects) {
    let unread = |row: &MessageRow| row.all().any(|message| !flags_to_be(model, message).seen());
    let seen = chosen(model).into_iter().any(unread);
    flag(model, fx, SEEN, seen);
}

/// Sets or clears a flag where that changes something. What is more to look at is set on one message of a conversation, what
/// is less on all of them.
fn flag(model: &mut Model, fx: &mut Effects, bit: u8, on: bool) {
    // Of marks each message was meant.
    let more = (bit == FLAGGED) == on || (model.focus != Pane::Reader && is_marking(model));
    let action = Action::Flag(set(bit, on));
    let changes = |row: &MessageRow| (flags_to_be(model, row).system & bit != 0) != on;
    let rows: Vec<&MessageRow> = match chosen(model) {
        rows if more => rows,
        rows => {
            let staying = |row: &MessageRow| !model.list.leaving.contains(&row.id);
            // The row's own message is named whatever it is, as a single one is.
            let wanted = |row: &MessageRow, message: &&MessageRow| {
                message.id == row.id || (staying(message) && changes(message))
            };
            rows.into_iter().flat_map(|row| row.all().filter(move |message| wanted(row, message))).collect()
        }
    };
    let turns = turns(model, &rows, &action);
    apply(model, fx, action, turns, Shown::Toast);
}

/// Sets a flag on all targets, or clears it.
pub(crate) fn switch(model: &mut Model, fx: &mut Effects, bit: u8, on: bool) {
    flag(model, fx, bit, on);
}

/// Mutes the conversations, or ends it where all are muted.
pub(crate) fn mute(model: &mut Model, fx: &mut Effects) {
    let is_muted = |row: &&MessageRow| muted().is_some_and(|flag| flags_to_be(model, row).has(&flag));
    let all = targets(model).iter().all(is_muted);
    on_targets(model, fx, if all { Action::Unmute } else { Action::Mute });
}

/// The keyword of a muted message.
fn muted() -> Option<Flag> {
    Keyword::new(MUTED).map(Flag::Keyword)
}

fn set(bit: u8, on: bool) -> FlagChange {
    let flags = vec![Flag::System(bit)];
    if on { FlagChange { add: flags, remove: Vec::new() } } else { FlagChange { add: Vec::new(), remove: flags } }
}

/// Whether all rows lie in folders with this role.
pub(crate) fn all_in(model: &Model, rows: &[&MessageRow], role: Role) -> bool {
    !rows.is_empty() && rows.iter().all(|row| role_of(model, row) == Some(role))
}

/// Does the last action again.
pub(crate) fn repeat(model: &mut Model, fx: &mut Effects) {
    let Some(action) = model.last_action.clone() else { return };
    let plain = |bit: u8, on: bool| action == Action::Flag(set(bit, on));
    let same = [FLAGGED, SEEN].into_iter().flat_map(|bit| [(bit, true), (bit, false)]);
    match same.into_iter().find(|(bit, on)| plain(*bit, *on)) {
        // As the key did it: of a conversation, the message that it shows, or all.
        Some((bit, on)) => flag(model, fx, bit, on),
        None => on_targets(model, fx, action),
    }
}

/// Marks the messages as read because they were read: no toast, not in the way of `z`.
pub(crate) fn mark_seen(model: &mut Model, fx: &mut Effects, rows: &[&MessageRow]) {
    if model.options.read_only.is_none() {
        mark_read(model, fx, rows, Shown::Silent);
    }
}

/// Marks those of the messages as read that are unread and may be marked. Gives how many they are.
pub(crate) fn mark_read(model: &mut Model, fx: &mut Effects, rows: &[&MessageRow], shown: Shown) -> usize {
    let allowed = |row: &MessageRow| folder(model, row.folder).is_none_or(|folder| folder.rights.holds(Rights::SEEN));
    let staying = |row: &MessageRow| !model.list.leaving.contains(&row.id);
    let fresh = |row: &&&MessageRow| {
        allowed(row) && !flags_to_be(model, row).seen() && (shown == Shown::Silent || staying(row))
    };
    let rows: Vec<&MessageRow> = rows.iter().filter(fresh).copied().collect();
    let action = Action::Flag(set(SEEN, true));
    let turns = turns(model, &rows, &action);
    let count = turns.len();
    apply(model, fx, action, turns, shown);
    count
}

/// What an action does to one message: all that is kept of its row, so that ten thousand rows need not be copied.
struct Turn {
    id: MessageId,
    /// The flags it will have.
    flags: Option<Flags>,
    /// Whether it leaves the list.
    leaves: bool,
}

/// What the action does to these messages.
fn turns(model: &Model, rows: &[&MessageRow], action: &Action) -> Vec<Turn> {
    let change = match action {
        Action::Flag(change) => Some(change.clone()),
        Action::Mute => muted().map(|flag| FlagChange { add: vec![flag], remove: Vec::new() }),
        Action::Unmute => muted().map(|flag| FlagChange { add: Vec::new(), remove: vec![flag] }),
        Action::Move(_)
        | Action::Copy(_)
        | Action::Archive
        | Action::Trash
        | Action::Junk
        | Action::NotJunk
        | Action::DeleteForever
        | Action::Snooze { .. }
        | Action::BringBack(_)
        | Action::CreateFolder { .. }
        | Action::RenameFolder { .. }
        | Action::DeleteFolder { .. } => None,
    };
    let turn = |row: &&MessageRow| Turn {
        id: row.id,
        flags: change.as_ref().map(|change| flags_to_be(model, row).with(change)),
        leaves: leaves(model, row, action),
    };
    rows.iter().map(turn).collect()
}

/// Starts an operation on these messages.
fn apply(model: &mut Model, fx: &mut Effects, action: Action, turns: Vec<Turn>, shown: Shown) {
    if turns.is_empty() {
        return;
    }
    let messages = turns.iter().map(|turn| turn.id).collect();
    let op = start(model, fx, action.clone(), messages, shown);
    begun(model, fx, (op, action), turns, shown);
}

/// Shows what was started as it will be: what leaves is gone, and the cursor goes on.
fn begun(model: &mut Model, fx: &mut Effects, (op, action): (OpId, Action), turns: Vec<Turn>, shown: Shown) {
    let messages: Vec<MessageId> = turns.iter().map(|turn| turn.id).collect();
    let mut left = 0;
    for Turn { id, flags, leaves } in turns {
        if let Some(flags) = flags {
            model.work.assumed.insert(id, (op, flags));
        }
        if leaves {
            left += 1;
            model.work.leaving.insert(id, op);
            model.list.leaving.insert(id);
            model.list.marks.remove(&id);
            model.work.kept.remove(&id);
        }
    }
    if let Action::Move(id) | Action::Copy(id) = &action {
        list::remember(model, *id);
    }
    if left > 0 {
        count_handled(model, op, left);
        remember_left(model, op);
        model.list.range = None;
        advance(model, fx, &messages);
    }
    if shown == Shown::Toast {
        model.last_action = Some(action);
        model.work.last_count = model.work.count;
    }
}

/// Starts an operation: gives it its number and hands it to the engine.
pub(crate) fn start(
    model: &mut Model,
    fx: &mut Effects,
    action: Action,
    messages: Vec<MessageId>,
    shown: Shown,
) -> OpId {
    let op = number(model, messages.clone(), action != Action::DeleteForever, shown);
    let origin = match shown {
        Shown::Toast => Origin::User,
        Shown::Silent => Origin::Silent,
    };
    fx.push(Effect::Sync(Command::Apply { op, action, messages, origin }));
    op
}

/// Gives an operation its number, and remembers that it was started.
pub(crate) fn number(model: &mut Model, messages: Vec<MessageId>, undoable: bool, shown: Shown) -> OpId {
    let op = model.next_op;
    model.next_op = OpId(op.0.saturating_add(1));
    let started = Started { messages, undoable, shown, stage: Stage::Sent, summary: None, seconds: None };
    model.work.ops.insert(op, started);
    while model.work.ops.len() > REMEMBERED {
        model.work.ops.pop_first();
    }
    if shown == Shown::Toast {
        undo::forget_again(model);
    }
    op
}

/// Whether the action takes the message out of the list that is shown.
fn leaves(model: &Model, row: &MessageRow, action: &Action) -> bool {
    let Some(source) = model.list.source else { return false };
    let search = model.search.of(Some(source));
    // A search within a list loses what the list loses; Trash and Junk are left out of others, unless they say otherwise.
    let source = search.and_then(|search| search.within).unwrap_or(source);
    let hidden = search.is_some_and(|search| !search.query.names_folders());
    match action {
        Action::Trash | Action::Junk if hidden => true,
        Action::Flag(change) => {
            let gone = match source {
                Source::Starred => Some(Flag::System(FLAGGED)),
                Source::Marked(mark) => mark.flag(),
                Source::Folder(_) | Source::AllInboxes | Source::Search(_) => None,
            };
            gone.is_some_and(|flag| change.remove.contains(&flag))
        }
        Action::Move(to) => match source {
            Source::Folder(id) => id != *to,
            Source::AllInboxes => folder(model, *to).is_none_or(|folder| folder.role != Some(Role::Inbox)),
            Source::Starred | Source::Marked(_) | Source::Search(_) => false,
        },
        Action::Mute => {
            role_of(model, row) == Some(Role::Inbox) && source != Source::Starred && row_is_shown_by(source, row)
        }
        Action::Archive | Action::Trash | Action::Junk | Action::NotJunk => {
            source != Source::Starred && row_is_shown_by(source, row)
        }
        Action::Snooze { .. } => match source {
            Source::Folder(_) | Source::AllInboxes => {
                row_is_shown_by(source, row) && role_of(model, row) != Some(Role::Snoozed)
            }
            Source::Starred | Source::Marked(_) | Source::Search(_) => false,
        },
        Action::BringBack(_) => {
            let inbox = role_of(model, row) == Some(Role::Inbox);
            source == Source::Marked(Mark::Snoozed) || matches!(source, Source::Folder(_)) && !inbox
        }
        Action::DeleteForever => true,
        Action::Copy(_)
        | Action::Unmute
        | Action::CreateFolder { .. }
        | Action::RenameFolder { .. }
        | Action::DeleteFolder { .. } => false,
    }
}

fn row_is_shown_by(source: Source, row: &MessageRow) -> bool {
    match source {
        Source::Folder(id) => row.folder == id,
        Source::AllInboxes | Source::Starred | Source::Marked(Mark::Snoozed) => true,
        // It is found wherever it goes, unless the query says otherwise: the cache knows.
        Source::Marked(Mark::ReplyLater | Mark::Pinned) | Source::Search(_) => false,
    }
}

/// After messages left: the cursor goes on, and with it the reader if it showed one of them.
fn advance(model: &mut Model, fx: &mut Effects, gone: &[MessageId]) {
    list::pass_leaving(model);
    let sections = model.reader.conversation.iter().flat_map(|conversation| &conversation.sections);
    let mut read = sections.map(|section| section.row.id).chain(model.reader.message.iter().map(|row| row.id));
    let in_reader = model.focus == Pane::Reader && read.any(|id| gone.contains(&id));
    if !in_reader {
        return;
    }
    let next = model.list.cursor_row().filter(|row| !model.list.leaving.contains(&row.id)).cloned();
    match next {
        Some(row) if list::way(model) != AfterTriage::List => reader::pass_to(model, fx, &row),
        Some(_) | None => {
            model.reader = ReaderPane::default();
            model.focus = Pane::List;
        }
    }
}

/// Notes where the first message is that leaves the list with this operation.
fn remember_left(model: &mut Model, op: OpId) {
    let goes = |message: &MessageRow| model.work.leaving.get(&message.id) == Some(&op);
    let first = model.list.rows.iter().find(|row| row.all().any(goes));
    let (Some(source), Some(key)) = (model.list.source, first.map(MessageRow::key)) else { return };
    model.work.left.insert(op, (source, key));
    while model.work.left.len() > REMEMBERED {
        model.work.left.pop_first();
    }
}

/// So many messages left with this operation; it is known for as long as the operation can be taken back here.
fn count_handled(model: &mut Model, op: OpId, left: u32) {
    model.handled = model.handled.saturating_add(left);
    model.work.handled.insert(op, (left, true));
    while model.work.handled.len() > REMEMBERED {
        model.work.handled.pop_first();
    }
}

/// An operation is done again, by a new one: what left with it leaves once more.
pub(crate) fn handled_again(model: &mut Model, op: OpId, of: OpId) {
    if let Some((left, false)) = model.work.handled.get(&of).copied() {
        count_handled(model, op, left);
    }
}

/// The operation did not happen after all: its messages stay.
pub(crate) fn release(model: &mut Model, op: OpId) {
    let work = &mut model.work;
    work.leaving.retain(|_, other| *other != op);
    work.assumed.retain(|_, (other, _)| *other != op);
    if let Some((left, counted @ true)) = work.handled.get_mut(&op) {
        *counted = false;
        model.handled = model.handled.saturating_sub(*left);
    }
    model.list.leaving.retain(|id| work.leaving.contains_key(id));
    model.undo.retain(|other| *other != op);
}

/// Effects of a command on a refused operation.
pub(crate) fn command(fx: &mut Effects, command: Command) {
    fx.push(Effect::Sync(command));
}
