//! Mails that are written without the composer, answers to invitations and what leaves a mailing: each is an operation, sent
//! by the outbox and called back by `z` as any mail.

use super::{Effects, sync, toast, triage};
use crate::app::model::Model;
use crate::app::msg::Effect;
use crate::app::work::{Shown, Stage};
use crate::letter::LetterId;
use crate::mail::UnixTime;
use crate::protocol::{Command, Event, OpId};
use crate::safe_text::SafeText;

/// Why nothing is sent.
const READ_ONLY: &str = "Read only: another posthaste is running with the same files";

/// Has a letter written, and sent by an operation of its own.
pub(crate) fn start(model: &mut Model, fx: &mut Effects, write: impl FnOnce(OpId) -> Effect) {
    if model.options.read_only {
        return toast::warn(model, fx, SafeText::from_static(READ_ONLY));
    }
    let op = triage::number(model, Vec::new(), true, Shown::Toast);
    fx.push(write(op));
}

/// The letter is on the disk, or could not be written.
pub(crate) fn written(model: &mut Model, fx: &mut Effects, op: OpId, outcome: Result<(LetterId, UnixTime), SafeText>) {
    let wanted = model.work.ops.get(&op).is_some_and(|started| started.stage != Stage::Undoing);
    match outcome {
        Ok((letter, at)) if wanted => fx.push(Effect::Sync(Command::Send { op, letter, at: Some(at) })),
        // It was taken back before it was there.
        Ok((letter, _)) => fx.push(Effect::Sync(Command::DiscardLetter(letter))),
        Err(_) if !wanted => {}
        Err(reason) => sync::event(model, fx, Event::OpFailed { op, reason, kept: false }),
    }
}
