//! How a letter would be sealed: asked of whoever knows the keys when people or seal change, and said among the checks.

use super::super::Effects;
use super::{look, order};
use crate::app::compose::Open;
use crate::app::compose::order::{Order, Prospect};
use crate::app::model::Model;
use crate::compose::checks::{Check, Kind, Weight};
use crate::letter::{Letter, LetterId};

/// Asks how the shown letter would be sealed, where that may have changed.
pub(crate) fn ask(model: &mut Model, fx: &mut Effects) {
    let seals = model.letters.habits.seals;
    let Some(open) = model.letters.open.last_mut() else { return };
    let seal = open.letter.seal;
    if !seals && !seal.sign && !seal.encrypt {
        if open.foreseen.take().is_some() {
            open.prospect = Prospect::default();
            look(model, true);
        }
        return;
    }
    // Its text says nothing of its keys.
    let letter = Letter { text: String::new(), subject: String::new(), ..open.letter.clone() };
    if open.foreseen.as_deref() != Some(&letter) {
        open.foreseen = Some(Box::new(letter.clone()));
        order(fx, Order::Prospect(Box::new(letter)));
    }
}

/// It is known.
pub(crate) fn heard(model: &mut Model, letter: LetterId, prospect: Prospect) {
    let open = model.letters.open.iter_mut().find(|open| open.letter.id == letter);
    let Some(open) = open.filter(|open| open.foreseen.is_some()) else { return };
    open.prospect = prospect;
    look(model, true);
}

/// The letter as it is sent: what was said to be encrypted is, or stays here, whatever became of its people and of the keyring
/// since. That it might be, where the config says so, is not enough then.
pub(crate) fn held_to(open: &Open, letter: Letter) -> Letter {
    let said = open.prospect.seal;
    let of_this = open.foreseen.as_ref().is_some_and(|foreseen| foreseen.seal == letter.seal);
    if said.encrypt && of_this { Letter { seal: said, ..letter } } else { letter }
}

/// Puts it among the checks, the weightiest first.
pub(crate) fn add(open: &mut Open) {
    let Prospect { words, blocking, unlock, keyless: _, seal: _ } = &open.prospect;
    if words.is_empty() {
        return;
    }
    let weight = match (blocking, unlock) {
        (true, _) => Weight::Blocks,
        (false, Some(_)) => Weight::Asks,
        (false, None) => Weight::Tells,
    };
    open.checks.push(Check { kind: Kind::Seal, weight, words: words.clone() });
    open.checks.sort_by_key(|check| check.weight);
}
