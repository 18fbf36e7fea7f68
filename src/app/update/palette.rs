//! The palette: actions by name, and what they are told: typed behind the name (`move work`), or asked for by tab.

use super::act::{self, Step};
use super::{Effects, argument, overlay, snooze};
use crate::app::action::argument::Argument;
use crate::app::action::available::available;
use crate::app::action::{Id, table};
use crate::app::model::{Argued, Model, Overlay, Picker};
use crate::app::pick::hits;
use crate::safe_text::SafeText;

/// Opens the palette where it asks what this action is told.
pub(crate) fn open_at(model: &mut Model, id: Id) {
    let argument = Some(Argued { id, asked: true, offers: Vec::new() });
    overlay::open(model, Overlay::Palette(Picker { argument, ..Picker::default() }));
}

/// The action that the text begins with, where something is typed behind it.
fn typed(text: &str) -> Option<(Id, &str)> {
    let (slug, rest) = text.trim_start().split_once(char::is_whitespace)?;
    let id = Id::parse(slug).filter(|id| id.entry().argument != Argument::None)?;
    Some((id, rest.trim()))
}

/// What is typed of the argument.
pub(crate) fn told(picker: &Picker) -> &str {
    match &picker.argument {
        Some(argued) if argued.asked => picker.text.trim(),
        Some(_) => typed(&picker.text).map_or("", |(_, rest)| rest),
        None => "",
    }
}

/// Actions that the text means: by their names, and behind those by what the config calls them.
fn found(text: &str) -> Vec<usize> {
    let mut found = hits(text, table().iter().map(|entry| entry.name.to_owned()).enumerate());
    let slug = text.trim().to_lowercase();
    if !slug.is_empty() {
        let by_slug = (0..).zip(table()).filter(|(_, entry)| entry.slug.contains(&slug)).map(|(place, _)| place);
        let more: Vec<usize> = by_slug.filter(|place| !found.contains(place)).collect();
        found.extend(more);
    }
    found
}

/// Where the first cannot run here, the first that can and is called so stands before it.
fn runnable_first(model: &Model, text: &str, found: &mut [usize]) {
    let runs = |place: &usize| table().get(*place).is_some_and(|entry| available(model, entry.id).is_ok());
    let text = text.trim().to_lowercase();
    if text.is_empty() || found.first().is_none_or(runs) {
        return;
    }
    let named = |place: &usize| {
        let entry = table().get(*place);
        entry.is_some_and(|entry| entry.name.to_lowercase().contains(&text) || entry.slug.contains(&text))
    };
    if let Some(at) = found.iter().position(|place| named(place) && runs(place))
        && let Some(before) = found.get_mut(..=at)
    {
        before.rotate_right(1);
    }
}

/// Whether the text is rather a part of an action's name than an action that is told this.
fn is_named(model: &Model, id: Id, rest: &str, text: &str) -> bool {
    let text = text.trim().to_lowercase();
    table().iter().any(|entry| entry.name.to_lowercase().contains(&text))
        && argument::fits(model, id, rest).is_err()
        && hits(rest, argument::offers(model, id).into_iter().enumerate()).is_empty()
}

/// Finds the hits anew: actions by name; where the text begins with an action's name in the config and something is typed
/// behind it, what that can be told. Only where it can be told nothing like it and the text stands so in the name of an
/// action ("move to f"), that is what is meant.
pub(crate) fn refilter(model: &Model, picker: &mut Picker) {
    picker.cursor = 0;
    let asked = picker.argument.take().filter(|argued| argued.asked).map(|argued| argued.id);
    let id = match (asked, typed(&picker.text)) {
        (Some(id), _) => id,
        (None, Some((id, rest))) if !rest.is_empty() && !is_named(model, id, rest, &picker.text) => id,
        (None, _) => {
            picker.of = table().len();
            picker.hits = found(&picker.text);
            runnable_first(model, &picker.text, &mut picker.hits);
            return;
        }
    };
    let said = if asked.is_some() { picker.text.trim() } else { typed(&picker.text).map_or("", |(_, rest)| rest) };
    // What a time can be is made of what is typed, and in its order.
    let time = id.entry().argument == Argument::Time;
    let offers = if time { snooze::names(model, said) } else { argument::offers(model, id) };
    picker.hits = if time { (0..offers.len()).collect() } else { hits(said, offers.iter().cloned().enumerate()) };
    picker.of = offers.len();
    picker.argument =
        Some(Argued { id, asked: asked.is_some(), offers: offers.iter().map(|offer| SafeText::new(offer)).collect() });
}

/// Tab: asks what the chosen action is told, or completes that; where there is nothing to tell, and in other pickers, down.
pub(crate) fn tab(model: &mut Model) {
    let Some(Overlay::Palette(mut picker)) = model.overlay.take_if(|overlay| matches!(overlay, Overlay::Palette(_)))
    else {
        return overlay::step(model, Step::Lines(1));
    };
    let under = picker.hits.get(picker.cursor).copied();
    match &mut picker.argument {
        Some(argued) => {
            if let Some(offer) = under.and_then(|place| argued.offers.get(place)) {
                (picker.text, argued.asked) = (offer.to_string(), true);
                refilter(model, &mut picker);
            }
        }
        None => match under.and_then(|place| table().get(place)) {
            Some(entry) if entry.argument != Argument::None => {
                picker.text.clear();
                picker.argument = Some(Argued { id: entry.id, asked: true, offers: Vec::new() });
                refilter(model, &mut picker);
            }
            Some(_) | None => {
                model.overlay = Some(Overlay::Palette(picker));
                return overlay::step(model, Step::Lines(1));
            }
        },
    }
    model.overlay = Some(Overlay::Palette(picker));
}

/// One step back, from what an action is told to the actions; false where there is none.
pub(crate) fn back(model: &Model, picker: &mut Picker) -> bool {
    let asked = picker.argument.take_if(|argued| argued.asked);
    let Some(asked) = asked else { return false };
    picker.text.clear();
    refilter(model, picker);
    let entry = table().iter().position(|entry| entry.id == asked.id);
    picker.cursor = picker.hits.iter().position(|hit| Some(*hit) == entry).unwrap_or(0);
    true
}

/// What the action would be told now: the offer under the cursor, else what is typed.
///
/// # Errors
/// Why that cannot be.
pub(crate) fn verdict(model: &Model, picker: &Picker) -> Result<String, SafeText> {
    let Some(argued) = &picker.argument else { return Ok(String::new()) };
    let offer = picker.hits.get(picker.cursor).and_then(|place| argued.offers.get(*place));
    if let Some(offer) = offer {
        return Ok(offer.to_string());
    }
    let text = told(picker);
    argument::fits(model, argued.id, text).map(|()| text.to_owned())
}

/// Enter.
pub(crate) fn accept(model: &mut Model, fx: &mut Effects, picker: Picker) {
    let Some(argued) = &picker.argument else {
        let entry = picker.hits.get(picker.cursor).and_then(|index| table().get(*index));
        model.overlay = model.work.under.take();
        if let Some(entry) = entry {
            act::run(model, fx, entry.id);
        }
        return;
    };
    let (id, text) = (argued.id, verdict(model, &picker));
    match text {
        Ok(text) => {
            model.overlay = model.work.under.take();
            argument::run(model, fx, id, &text);
        }
        // The box says why.
        Err(_) => model.overlay = Some(Overlay::Palette(picker)),
    }
}
