//! What is offered while a time to put messages off is typed. Pure.

use crate::app::model::Model;
use crate::app::when::{self, Now};
use crate::mail::UnixTime;
use crate::safe_text::SafeText;

/// The word that brings back at once.
pub const NOW: &str = "now";

/// What an offer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Back to the inbox at once.
    BringBack,
    /// Put off until then.
    Until(UnixTime),
}

/// A line below what is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What it is called; what was typed, for the time that it means.
    pub name: String,
    /// What it does.
    pub deed: Deed,
}

/// The time, as times are read and written.
pub fn now(model: &Model) -> Now<'_> {
    Now { now: model.clock.now, zone: &model.zone, hours: model.options.hours }
}

/// What the text means, and what else begins with it; everything while nothing is typed. `back`: the messages are put off
/// already.
pub fn offers(model: &Model, text: &str, back: bool) -> Vec<Offer> {
    let now = now(model);
    let typed = text.trim().to_lowercase();
    let mut offers: Vec<Offer> = Vec::new();
    if back && NOW.starts_with(&typed) {
        offers.push(Offer { name: NOW.to_owned(), deed: Deed::BringBack });
    }
    let choices = when::choices(now);
    let meant = when::read(&typed, now).ok();
    // The names say better what is meant than what was typed of them.
    if let Some(at) = meant
        && !choices.iter().any(|choice| choice.at == at && choice.name.contains(&typed))
    {
        offers.push(Offer { name: text.trim().to_owned(), deed: Deed::Until(at) });
    }
    let mut named: Vec<Offer> = choices
        .into_iter()
        .filter(|choice| choice.name.split(' ').any(|word| word.starts_with(&typed)) || choice.name.starts_with(&typed))
        .map(|choice| Offer { name: choice.name.to_owned(), deed: Deed::Until(choice.at) })
        .collect();
    // What is meant comes first: enter takes it.
    named.sort_by_key(|offer| meant.is_some_and(|at| offer.deed != Deed::Until(at)));
    offers.extend(named);
    offers
}

/// The time of an offer and how far away it is; where it goes for one that is back at once.
pub fn about(model: &Model, offer: &Offer) -> (String, String) {
    let now = now(model);
    match offer.deed {
        Deed::BringBack => ("back to the inbox".to_owned(), String::new()),
        Deed::Until(at) => (when::words_of(at, now), when::distance(at, now)),
    }
}

/// Why what is typed offers nothing.
pub fn problem(model: &Model, text: &str) -> SafeText {
    let words = when::read(text, now(model)).err().unwrap_or_default();
    SafeText::new(&words)
}
