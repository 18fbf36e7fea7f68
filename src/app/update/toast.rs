//! Toasts and timers.

use super::Effects;
use crate::app::model::{Model, Toast, Tone};
use crate::app::msg::{Effect, Timer};
use crate::mail::UnixTime;
use crate::protocol::OpId;
use crate::safe_text::SafeText;

/// How long an action can be undone from its toast (UX.md, rule 3).
const UNDO_SECONDS: u16 = 10;
const NEWS_SECONDS: u16 = 4;
const WARN_SECONDS: u16 = 8;

/// Starts a timer unless the same one runs.
pub(crate) fn arm(model: &mut Model, fx: &mut Effects, millis: u64, timer: Timer) {
    if model.work.timers.insert(timer) {
        fx.push(Effect::After(millis, timer));
    }
}

fn show(model: &mut Model, fx: &mut Effects, toast: (SafeText, Tone, u16), undo: Option<OpId>) {
    let (text, tone, seconds) = toast;
    let until = UnixTime(model.clock.now.0.saturating_add(i64::from(seconds)));
    model.toast = Some(Toast { text, undo, until, seconds, tone });
    arm(model, fx, 1000, Timer::Toast);
}

/// An action is in the journal.
pub(crate) fn queued(model: &mut Model, fx: &mut Effects, text: SafeText, undo: Option<OpId>) {
    show(model, fx, (text, Tone::Ok, if undo.is_some() { UNDO_SECONDS } else { NEWS_SECONDS }), undo);
}

/// A mail waits for second thoughts for so many seconds.
pub(crate) fn countdown(model: &mut Model, fx: &mut Effects, text: SafeText, (undo, seconds): (Option<OpId>, u16)) {
    show(model, fx, (text, Tone::Ok, seconds), undo);
}

/// Something that the user asked for is done.
pub(crate) fn done(model: &mut Model, fx: &mut Effects, text: SafeText) {
    show(model, fx, (text, Tone::Ok, NEWS_SECONDS), None);
}

/// Something to know.
pub(crate) fn info(model: &mut Model, fx: &mut Effects, text: &str) {
    show(model, fx, (SafeText::new(text), Tone::Info, NEWS_SECONDS), None);
}

/// Something failed or was refused.
pub(crate) fn warn(model: &mut Model, fx: &mut Effects, text: SafeText) {
    show(model, fx, (text, Tone::Warn, WARN_SECONDS), None);
}

/// A second has gone by.
pub(crate) fn tick(model: &mut Model, fx: &mut Effects) {
    let Some(toast) = &model.toast else { return };
    if model.options.face.is_linear() {
        // It stays until the next key: nobody is raced.
        return;
    }
    if model.clock.now >= toast.until {
        model.toast = None;
    } else {
        arm(model, fx, 1000, Timer::Toast);
    }
}
