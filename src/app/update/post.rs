//! Mails that are written without the composer, answers to invitations and what leaves a mailing: each is an operation, sent
//! by the outbox and called back by `z` as any mail. Nobody typed it, so that nothing of it is left then.

use super::{Effects, compose, sync, toast, triage};
use crate::app::compose::order::Stand;
use crate::app::cursor::account_name;
use crate::app::model::Model;
use crate::app::msg::Effect;
use crate::app::work::{Shown, Stage};
use crate::letter::LetterId;
use crate::mail::{AccountId, UnixTime};
use crate::protocol::{Command, Event, OpId};
use crate::safe_text::SafeText;

/// Has a letter written, and sent by an operation of its own; or that done which leaves a mailing, after as many seconds as a
/// mail of this account.
pub(crate) fn start(
    model: &mut Model,
    fx: &mut Effects,
    account: Option<AccountId>,
    write: impl FnOnce(OpId) -> Effect,
) {
    if let Some(why) = model.options.read_only {
        return toast::warn(model, fx, SafeText::from_static(why.sentence()));
    }
    let op = triage::number(model, Vec::new(), true, Shown::Toast);
    let undo = account.map(|account| compose::send::undo_seconds(model, account_name(model, account)));
    wait(model, op, undo);
    fx.push(write(op));
}

fn wait(model: &mut Model, op: OpId, seconds: Option<u32>) {
    if let Some(started) = model.work.ops.get_mut(&op) {
        started.seconds = seconds.map(|seconds| u16::try_from(seconds).unwrap_or(u16::MAX));
    }
}

/// The letter is on the disk, or could not be written.
pub(crate) fn written(model: &mut Model, fx: &mut Effects, op: OpId, outcome: Result<(LetterId, UnixTime), SafeText>) {
    let wanted = model.work.ops.get(&op).is_some_and(|started| started.stage != Stage::Undoing);
    match outcome {
        Ok((letter, at)) if wanted => {
            model.letters.posted.insert(op, letter);
            wait(model, op, Some(u32::try_from(at.0.saturating_sub(model.clock.now.0)).unwrap_or(0)));
            fx.push(Effect::Sync(Command::Send { op, letter, at: Some(at) }));
        }
        // It was taken back before it was there.
        Ok((letter, _)) => fx.push(Effect::Sync(Command::DiscardLetter(letter))),
        Err(_) if !wanted => {}
        Err(reason) => sync::event(model, fx, Event::OpFailed { op, reason, kept: false }),
    }
}

/// Whether this is such a mail, and waits to be sent: then `z` takes it back as it takes back everything else. One that was
/// refused, or of which nobody knows whether it was sent, is called back to be looked at.
pub(crate) fn goes_quietly(model: &Model, op: OpId) -> bool {
    let stand = model.letters.shelf.outbox.iter().find(|mail| mail.op == op).map(|mail| &mail.stand);
    model.letters.posted.contains_key(&op) && stand.is_none_or(|stand| matches!(stand, Stand::Waits { .. }))
}

/// Such a mail was taken back: its letter goes, too.
pub(crate) fn undone(model: &mut Model, fx: &mut Effects, op: OpId) {
    let Some(letter) = model.letters.posted.remove(&op) else { return };
    fx.push(Effect::Sync(Command::DiscardLetter(letter)));
}
