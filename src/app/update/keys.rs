//! A key press: text for what takes text, else a step in the trie of the context.

use super::{Effects, act, overlay, toast};
use crate::app::action::{Context, Id};
use crate::app::cursor::context;
use crate::app::geometry::{Class, panes};
use crate::app::key::{Code, Key, parse_sequence, write_sequence};
use crate::app::keymap::Meaning;
use crate::app::model::{Model, Prefix};
use crate::app::msg::Timer;

/// How long after a prefix key the popup shows what can follow (UX.md, rule 1).
const POPUP_MILLIS: u64 = 250;

/// A key was pressed.
pub(crate) fn pressed(model: &mut Model, fx: &mut Effects, key: Key) {
    let context = context(model);
    if panes(model).class == Class::Tiny {
        // Nothing is shown, so nothing is done blindly.
        if let Meaning::Action(id @ (Id::Quit | Id::Close)) = model.keymap.meaning(context, &[key]) {
            act::run(model, fx, if id == Id::Close { Id::Quit } else { id });
        }
        return;
    }
    let before = model.prefix.take();
    let mut sequence = before.as_ref().and_then(|prefix| parse_sequence(&prefix.keys)).unwrap_or_default();
    sequence.push(key);
    match model.keymap.meaning(context, &sequence) {
        Meaning::Action(id) => act::run(model, fx, id),
        Meaning::Prefix => {
            let shown = before.is_some_and(|prefix| prefix.shown);
            model.prefix = Some(Prefix { keys: write_sequence(&sequence), shown });
            toast::arm(model, fx, POPUP_MILLIS, Timer::Prefix);
        }
        Meaning::Nothing if before.is_some() => after_prefix(model, fx, context, key),
        Meaning::Nothing => match context {
            Context::Picker | Context::Input | Context::Search => overlay::typed(model, fx, key),
            Context::Confirm | Context::List | Context::Reader | Context::Folders | Context::Tasks => {}
        },
    }
}

/// A key that ends a sequence without a meaning: it ends the sequence and does nothing more, so that a slip after `g`
/// never archives; but quit and help always work, and esc only leads out of the sequence.
fn after_prefix(model: &mut Model, fx: &mut Effects, context: Context, key: Key) {
    if key.code == Code::Esc {
        return;
    }
    if let Meaning::Action(id @ (Id::Quit | Id::Help)) = model.keymap.meaning(context, &[key]) {
        act::run(model, fx, id);
    }
}
