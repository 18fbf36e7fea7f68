//! Hairlines that are moved: by keys, or with the pointer.

use super::{Effects, toast};
use crate::app::dividers::{Hairline, Split};
use crate::app::geometry::{Panes, panes};
use crate::app::model::{Model, Motion, Overlay};
use crate::app::msg::Effect;
use crate::safe_text::SafeText;

/// Columns of a step, and rows.
const STEP: (u16, u16) = (4, 2);

/// Whether a hairline is on the screen that the keys can move.
pub(crate) fn can(model: &Model) -> Result<(), SafeText> {
    line(model).map(|_| ()).ok_or_else(|| SafeText::new("There is one pane here, and no divider; {layout} shows more"))
}

fn line(model: &Model) -> Option<(Split, Hairline, u16)> {
    let hidden = matches!(model.overlay, Some(Overlay::Tasks { .. }));
    if hidden { None } else { panes(model).line_of(model.focus) }
}

/// A step back or on.
pub(crate) fn step(model: &mut Model, fx: &mut Effects, by: i16) {
    let Some((split, line, whole)) = line(model) else { return };
    let columns = if line == Hairline::Reader { STEP.1 } else { STEP.0 };
    let size = model.dividers.size(line, whole).saturating_add_signed(by.saturating_mul(columns.cast_signed()));
    if model.dividers.set((split, line), whole, size) {
        fx.push(Effect::KeepDividers(model.dividers.clone()));
    } else {
        toast::info(model, fx, "The divider goes no further");
    }
}

/// Panes become lines of words, or lines panes. Nothing moves there by itself.
pub(crate) fn linear(model: &mut Model, fx: &mut Effects) {
    model.options.face = model.options.face.other();
    if model.options.face.is_linear() {
        model.options.motion = Motion::Reduced;
    }
    toast::info(model, fx, if model.options.face.is_linear() { "Linear screen" } else { "Screen with panes" });
}

/// Puts back what was moved on screens like this one.
pub(crate) fn reset_all(model: &mut Model, fx: &mut Effects) {
    let panes = panes(model);
    let mut moved = false;
    for (split, line, _) in Hairline::ALL.into_iter().filter_map(|line| panes.line(line)) {
        moved |= model.dividers.reset(split, line);
    }
    if moved {
        fx.push(Effect::KeepDividers(model.dividers.clone()));
    } else {
        toast::info(model, fx, "The dividers are in their places");
    }
}

/// The button was pressed: whether that was on a hairline, which the pointer then holds; twice puts it back.
pub(crate) fn grab(model: &mut Model, fx: &mut Effects, panes: &Panes, at: (u16, u16), twice: bool) -> bool {
    let Some(line) = panes.line_at(at.0, at.1) else { return false };
    if !twice {
        model.work.drag = Some((line, false));
    } else if let Some((split, line, _)) = panes.line(line)
        && model.dividers.reset(split, line)
    {
        fx.push(Effect::KeepDividers(model.dividers.clone()));
    }
    true
}

/// The pointer was moved.
pub(crate) fn drag(model: &mut Model, at: (u16, u16)) {
    let Some((line, moved)) = model.work.drag else { return };
    let panes = panes(model);
    let Some((split, line, whole)) = panes.line(line) else { return };
    let now = model.dividers.set((split, line), whole, panes.size_at(line, at));
    model.work.drag = Some((line, moved || now));
}

/// The button was let go.
pub(crate) fn release(model: &mut Model, fx: &mut Effects) {
    if let Some((_, true)) = model.work.drag.take() {
        fx.push(Effect::KeepDividers(model.dividers.clone()));
    }
}
