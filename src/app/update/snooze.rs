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
    let rows = targets(model);
    let off = |row: &&crate::mail::message::MessageRow| {
        role_of(model, row) == Some(Role::Snoozed) || Mark::Snoozed.is_on(&flags_to_be(model, row))
    };
    let back = !rows.is_empty() && rows.iter().all(off);
    let messages = ids(rows);
    overlay::open(model, Overlay::Snooze { messages, back, picker: Picker::default() });
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
    let action = match offer.deed {
        Deed::BringBack => Action::BringBack(model.clock.now),
        Deed::Until(until) => {
            let words = SafeText::new(&words_of(until, crate::app::snooze::now(model)));
            Action::Snooze { until, words }
        }
    };
    triage::on_messages(model, fx, action, &messages);
}

/// Sets a mark on all if one lacks it, else takes it from all.
pub(crate) fn toggle(model: &mut Model, fx: &mut Effects, mark: Mark) {
    let on = targets(model).iter().any(|row| !mark.is_on(&flags_to_be(model, row)));
    triage::on_targets(model, fx, Action::Flag(mark.change(on)));
}
