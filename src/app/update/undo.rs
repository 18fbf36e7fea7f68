//! Taking back and doing again: what this run did at once, and what the journal knows of earlier ones.
//!
//! The lists of this run are ahead of the journal's, which are read after each change; together they say what is next. An
//! operation done again is a new one: the one that was taken back stays so.

use super::triage::REMEMBERED;
use super::{Effects, compose, post, sync, toast, triage};
use crate::app::compose::order::Stand;
use crate::app::model::{Model, Overlay};
use crate::app::msg::Effect;
use crate::app::tasks::{self, Entry};
use crate::app::work::{Shown, Stage, Started};
use crate::protocol::{Command, OpId, OpRow, Origin, Reversal};
use crate::safe_text::SafeText;

/// Why `z` does nothing.
pub(crate) fn nothing_back(model: &Model) -> &'static str {
    if sync::selected(model).is_some() { "This cannot be taken back" } else { "There is nothing to undo" }
}

/// Why `Z` does nothing.
pub(crate) fn nothing_again(model: &Model) -> &'static str {
    if sync::selected(model).is_some() {
        "This was not taken back, or something was done since"
    } else {
        "There is nothing to redo"
    }
}

/// Takes an operation back, even one that the journal does not have yet.
pub(crate) fn back(model: &mut Model, fx: &mut Effects) {
    if compose::restorable(model, next(model)).is_some() {
        return compose::restore(model, fx);
    }
    let Some(op) = next(model) else { return };
    let mail = model.letters.shelf.outbox.iter().find(|mail| mail.op == op).map(|mail| mail.letter);
    if let Some(letter) = mail.filter(|_| !post::goes_quietly(model, op)) {
        return compose::send::call_back(model, fx, op, letter);
    }
    model.undo.retain(|other| *other != op);
    if let Some(started) = model.work.ops.get_mut(&op) {
        started.stage = Stage::Undoing;
    }
    if model.toast.as_ref().is_some_and(|toast| toast.undo == Some(op)) {
        model.toast = None;
    }
    model.work.taken_back.insert(op);
    let mail = compose::send::is_mail(model, op);
    if !mail && row(model, op).is_none_or(|row| row.origin == Origin::User) {
        push(&mut model.redo, op);
    }
    // Taking back may need a number of its own in the journal: the next one is left to it.
    model.next_op = OpId(model.next_op.0.saturating_add(1));
    fx.push(Effect::Sync(Command::Undo(op)));
    toast::info(model, fx, "Taking it back…");
}

/// Does what was taken back last once more.
pub(crate) fn again(model: &mut Model, fx: &mut Effects) {
    let Some(of) = next_again(model) else { return };
    model.redo.retain(|other| *other != of);
    let op = model.next_op;
    model.next_op = OpId(op.0.saturating_add(1));
    let summary = row(model, of).map(|row| row.summary.clone());
    let (shown, stage) = (Shown::Toast, Stage::Sent);
    let started = Started { messages: Vec::new(), undoable: true, shown, stage, summary, seconds: None };
    model.work.ops.insert(op, started);
    model.work.again.insert(of, op);
    triage::handled_again(model, op, of);
    fx.push(Effect::Sync(Command::Redo { op, of }));
    toast::info(model, fx, "Doing it again…");
}

/// Something new was done: what was taken back before stays so.
pub(crate) fn forget_again(model: &mut Model) {
    model.redo.clear();
    model.tasks.last_undone = None;
    for row in &mut model.tasks.ops {
        if row.reversal == Reversal::Redo {
            row.reversal = Reversal::None;
        }
    }
}

/// The operation that `z` would take back: on the tasks screen the selected one, else the newest.
pub(crate) fn next(model: &Model) -> Option<OpId> {
    if let Some(Entry::Mail(mail)) = tasks::selected(model) {
        return Some(mail.op).filter(|_| mail.stand != Stand::Sending);
    }
    if matches!(model.overlay, Some(Overlay::Tasks { .. })) && tasks::count(model) > 0 {
        return sync::selected(model).filter(|row| can_go_back(model, row)).map(|row| row.op);
    }
    let waiting = |started: &Started| started.undoable && started.shown == Shown::Toast && started.stage == Stage::Sent;
    let sent = model.work.ops.iter().rev().find(|(_, started)| waiting(started)).map(|(op, _)| *op);
    let listed = || {
        let rows = model.tasks.ops.iter().filter(|row| row.origin == Origin::User && can_go_back(model, row));
        rows.map(|row| row.op).max()
    };
    sent.max(model.undo.last().copied()).or_else(listed)
}

/// The operation that `Z` would do again: on the tasks screen the selected one, else the one taken back last.
pub(crate) fn next_again(model: &Model) -> Option<OpId> {
    if matches!(model.overlay, Some(Overlay::Tasks { .. })) && tasks::count(model) > 0 {
        return sync::selected(model).filter(|row| can_go_again(model, row)).map(|row| row.op);
    }
    let listed = || model.tasks.last_undone.filter(|op| !model.work.again.contains_key(op));
    model.redo.last().copied().or_else(listed)
}

/// Whether this operation can be taken back.
pub(crate) fn can_go_back(model: &Model, row: &OpRow) -> bool {
    row.reversal == Reversal::Undo && !model.work.taken_back.contains(&row.op)
}

/// Whether this operation can be done again.
pub(crate) fn can_go_again(model: &Model, row: &OpRow) -> bool {
    row.reversal == Reversal::Redo && !model.work.again.contains_key(&row.op)
}

/// The journal has an operation: it can be taken back.
pub(crate) fn remember(model: &mut Model, op: OpId) {
    push(&mut model.undo, op);
}

/// The words of an operation that was taken back, or refused.
pub(crate) fn words(model: &mut Model, op: OpId) -> Option<SafeText> {
    let known = row(model, op).map(|row| row.summary.clone());
    model.work.ops.remove(&op).and_then(|started| started.summary).or(known)
}

/// An operation, or taking it back or doing it again, was refused.
pub(crate) fn refused(model: &mut Model, op: OpId) {
    model.work.taken_back.remove(&op);
    model.work.again.retain(|_, new| *new != op);
    model.redo.retain(|other| *other != op);
}

fn row(model: &Model, op: OpId) -> Option<&OpRow> {
    model.tasks.ops.iter().find(|row| row.op == op)
}

fn push(list: &mut Vec<OpId>, op: OpId) {
    list.retain(|other| *other != op);
    list.push(op);
    if list.len() > REMEMBERED {
        list.remove(0);
    }
}
