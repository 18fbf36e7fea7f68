//! Putting messages off, and the marks that are toggled: reply later, pin.

use super::{Effects, overlay, toast, triage};
use crate::app::cursor::{flags_to_be, ids, role_of, targets};
use crate::app::model::{Model, Overlay, Picker};
use crate::app::snooze::{Deed, offers, problem};
use crate::app::when::words_of;
use crate::mail::MessageId;
use crate::mail::folder::Role;
use crate::mail::marks::Mark;
use crate::protocol::Action;
use crate::safe_text::SafeText;

/// Asks until when.
pub(crate) fn ask(model: &mut Model) {
    let (messages, back) = (ids(targets(model)), are_off(model));
    overlay::open(model, Overlay::Snooze { messages, back, picker: Picker::default() });
}

/// Whether all that would be put off is so already.
fn are_off(model: &Model) -> bool {
    let rows = targets(model);
    let off = |row: &&crate::mail::message::MessageRow| {
        role_of(model, row) == Some(Role::Snoozed) || Mark::Snoozed.is_on(&flags_to_be(model, row))
    };
    !rows.is_empty() && rows.iter().all(off)
}

/// What can be typed, and what is typed if that is a time: what is meant first.
pub(crate) fn names(model: &Model, text: &str) -> Vec<String> {
    offers(model, text, are_off(model)).into_iter().map(|offer| offer.name).collect()
}

/// What is meant by this text, as enter in the box takes it.
///
/// # Errors
/// Why it is no time to come, in a sentence.
pub(crate) fn means(model: &Model, text: &str) -> Result<Deed, SafeText> {
    let meant = offers(model, text, are_off(model)).into_iter().next();
    meant.map(|offer| offer.deed).ok_or_else(|| problem(model, text))
}

/// Puts the targets off until this time.
///
/// # Errors
/// As [`means`].
pub(crate) fn until(model: &mut Model, fx: &mut Effects, text: &str) -> Result<(), SafeText> {
    let action = action(model, means(model, text)?);
    triage::on_targets(model, fx, action);
    Ok(())
}

fn action(model: &Model, deed: Deed) -> Action {
    match deed {
        Deed::BringBack => Action::BringBack(model.clock.now),
        Deed::Until(until) => {
            let words = SafeText::new(&words_of(until, crate::app::snooze::now(model)));
            Action::Snooze { until, words }
        }
    }
}

/// How many lines there are to choose from.
pub(crate) fn count(model: &Model, picker: &Picker, back: bool) -> usize {
    offers(model, &picker.text, back).len()
}

/// A line was chosen.
pub(crate) fn accept(model: &mut Model, fx: &mut Effects, messages: Vec<MessageId>, back: bool, picker: Picker) {
    let Some(offer) = offers(model, &picker.text, back).into_iter().nth(picker.cursor) else {
        toast::warn(model, fx, problem(model, &picker.text));
        model.overlay = Some(Overlay::Snooze { messages, back, picker });
        return;
    };
    let action = action(model, offer.deed);
    triage::on_messages(model, fx, action, &messages);
}

/// Sets a mark on all if one lacks it, else takes it from all.
pub(crate) fn toggle(model: &mut Model, fx: &mut Effects, mark: Mark) {
    let on = targets(model).iter().any(|row| !mark.is_on(&flags_to_be(model, row)));
    triage::on_targets(model, fx, Action::Flag(mark.change(on)));
}
