//! What the user does to messages: started at once, shown as done when the journal has it, taken back by `z`.

use std::collections::BTreeSet;

use super::{Effects, list, reader, toast};
use crate::app::cursor::{flags_to_be, folder, role_of, targets};
use crate::app::model::{Model, Pane, ReaderPane};
use crate::app::msg::Effect;
use crate::app::work::{Shown, Stage, Started};
use crate::mail::MessageId;
use crate::mail::flags::{FLAGGED, Flag, FlagChange, Flags, SEEN};
use crate::mail::folder::Role;
use crate::mail::list::Source;
use crate::mail::marks::Mark;
use crate::mail::message::MessageRow;
use crate::mail::rights::Rights;
use crate::protocol::{Action, Command, OpId};

/// How many operations are remembered.
const REMEMBERED: usize = 500;

/// An action on the targets.
pub(crate) fn on_targets(model: &mut Model, fx: &mut Effects, action: Action) {
    let turns = turns(model, &targets(model), &action);
    apply(model, fx, action, turns, Shown::Toast);
}

/// An action on messages that were chosen before, as far as the screen still knows them.
pub(crate) fn on_messages(model: &mut Model, fx: &mut Effects, action: Action, messages: &[MessageId]) {
    let turns = turns(model, &rows_of(model, messages), &action);
    apply(model, fx, action, turns, Shown::Toast);
}

/// The rows of these messages, as far as the screen still knows them.
pub(crate) fn rows_of<'a>(model: &'a Model, messages: &[MessageId]) -> Vec<&'a MessageRow> {
    let mut wanted: BTreeSet<MessageId> = messages.iter().copied().collect();
    let known = model.list.rows.iter().chain(model.work.kept.values()).chain(&model.reader.message);
    known.filter(|row| wanted.remove(&row.id)).collect()
}

/// Junk; in Junk: no junk.
pub(crate) fn junk(model: &mut Model, fx: &mut Effects) {
    let not = all_in(model, &targets(model), Role::Junk);
    on_targets(model, fx, if not { Action::NotJunk } else { Action::Junk });
}

/// Stars all if one has no star, else takes all stars away.
pub(crate) fn star(model: &mut Model, fx: &mut Effects) {
    let on = targets(model).iter().any(|row| !flags_to_be(model, row).flagged());
    on_targets(model, fx, Action::Flag(set(FLAGGED, on)));
}

/// Makes all unread if one is read, else all read.
pub(crate) fn unread(model: &mut Model, fx: &mut Effects) {
    let seen = targets(model).iter().all(|row| !flags_to_be(model, row).seen());
    on_targets(model, fx, Action::Flag(set(SEEN, seen)));
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
    if let Some(action) = model.last_action.clone() {
        on_targets(model, fx, action);
    }
}

/// Marks the message as read because it was read: no toast, not in the way of `z`.
pub(crate) fn mark_seen(model: &mut Model, fx: &mut Effects, row: &MessageRow) {
    let allowed = folder(model, row.folder).is_none_or(|folder| folder.rights.holds(Rights::SEEN));
    if allowed && !model.options.read_only && !flags_to_be(model, row).seen() {
        let action = Action::Flag(set(SEEN, true));
        let turns = turns(model, &[row], &action);
        apply(model, fx, action, turns, Shown::Silent);
    }
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
    let turn = |row: &&MessageRow| Turn {
        id: row.id,
        flags: if let Action::Flag(change) = action { Some(flags_to_be(model, row).with(change)) } else { None },
        leaves: leaves(model, row, action),
    };
    rows.iter().map(turn).collect()
}

/// Starts an operation on these messages.
fn apply(model: &mut Model, fx: &mut Effects, action: Action, turns: Vec<Turn>, shown: Shown) {
    if turns.is_empty() {
        return;
    }
    let messages: Vec<MessageId> = turns.iter().map(|turn| turn.id).collect();
    let op = start(model, fx, action.clone(), messages.clone(), shown);
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
        model.handled = model.handled.saturating_add(left);
        model.list.range = None;
        advance(model, fx, &messages);
    }
    if shown == Shown::Toast {
        model.last_action = Some(action);
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
    let op = model.next_op;
    model.next_op = OpId(op.0.saturating_add(1));
    let undoable = action != Action::DeleteForever;
    let started = Started { messages: messages.clone(), undoable, shown, stage: Stage::Sent, summary: None };
    model.work.ops.insert(op, started);
    while model.work.ops.len() > REMEMBERED {
        model.work.ops.pop_first();
    }
    fx.push(Effect::Sync(Command::Apply { op, action, messages }));
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
        Action::Copy(_) | Action::CreateFolder { .. } | Action::RenameFolder { .. } | Action::DeleteFolder { .. } => {
            false
        }
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
    let in_reader =
        model.focus == Pane::Reader && model.reader.message.as_ref().is_some_and(|row| gone.contains(&row.id));
    if !in_reader {
        return;
    }
    let next = model.list.cursor_row().filter(|row| !model.list.leaving.contains(&row.id)).cloned();
    if let Some(row) = next {
        reader::pass_to(model, fx, &row);
    } else {
        model.reader = ReaderPane::default();
        model.focus = Pane::List;
    }
}

/// Takes the newest operation back, even one that the journal does not have yet.
pub(crate) fn undo(model: &mut Model, fx: &mut Effects) {
    let Some(op) = newest(model) else { return };
    model.undo.retain(|other| *other != op);
    if let Some(started) = model.work.ops.get_mut(&op) {
        started.stage = Stage::Undoing;
    }
    if model.toast.as_ref().is_some_and(|toast| toast.undo == Some(op)) {
        model.toast = None;
    }
    // Taking back may need a number of its own in the journal: the next one is left to it.
    model.next_op = OpId(model.next_op.0.saturating_add(1));
    fx.push(Effect::Sync(Command::Undo(op)));
    toast::info(model, fx, "Taking it back…");
}

/// The operation that `z` would take back.
pub(crate) fn newest(model: &Model) -> Option<OpId> {
    let waiting = |started: &Started| started.undoable && started.shown == Shown::Toast && started.stage == Stage::Sent;
    let sent = model.work.ops.iter().rev().find(|(_, started)| waiting(started)).map(|(op, _)| *op);
    sent.max(model.undo.last().copied())
}

/// The operation did not happen after all: its messages stay.
pub(crate) fn release(model: &mut Model, op: OpId) {
    let work = &mut model.work;
    let before = work.leaving.len();
    work.leaving.retain(|_, other| *other != op);
    work.assumed.retain(|_, (other, _)| *other != op);
    let back = u32::try_from(before - work.leaving.len()).unwrap_or(0);
    model.handled = model.handled.saturating_sub(back);
    model.list.leaving.retain(|id| work.leaving.contains_key(id));
    model.undo.retain(|other| *other != op);
}

/// Puts an operation on the undo list.
pub(crate) fn remember(model: &mut Model, op: OpId) {
    model.undo.retain(|other| *other != op);
    model.undo.push(op);
    if model.undo.len() > REMEMBERED {
        model.undo.remove(0);
    }
}

/// Effects of a command on a refused operation.
pub(crate) fn command(fx: &mut Effects, command: Command) {
    fx.push(Effect::Sync(command));
}
