//! A key press: text for what takes text, a digit of a count, else a step in the trie of the context.

use std::sync::Arc;

use super::{Effects, act, compose, count, overlay, rebind, toast, wizard};
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
        if let Some(id @ (Id::Quit | Id::Close)) = model.keymap.meaning(context, &[key]).id() {
            act::run(model, fx, if id == Id::Close { Id::Quit } else { id });
        }
        return;
    }
    if rebind::pressed(model, fx, key) {
        return;
    }
    if wizard::takes(model, key) {
        return wizard::typed(model, key);
    }
    if compose::keys::takes(model, fx, key) {
        return;
    }
    let before = model.prefix.take();
    if before.is_none() && count::pressed(model, context, key) {
        return;
    }
    let mut sequence = before.as_ref().and_then(|prefix| parse_sequence(&prefix.keys)).unwrap_or_default();
    sequence.push(key);
    let keymap = Arc::clone(&model.keymap);
    match keymap.meaning(context, &sequence) {
        Meaning::Runs(calls) => act::all(model, fx, calls),
        Meaning::Prefix => {
            let shown = before.is_some_and(|prefix| prefix.shown);
            model.prefix = Some(Prefix { keys: write_sequence(&sequence), shown });
            toast::arm(model, fx, POPUP_MILLIS, Timer::Prefix);
        }
        Meaning::Nothing => {
            model.count = None;
            match context {
                _ if before.is_some() => after_prefix(model, fx, context, key),
                Context::Picker | Context::Input | Context::Search => overlay::typed(model, fx, key),
                Context::Compose => compose::keys::raw(model, fx, key),
                Context::Confirm
                | Context::List
                | Context::Reader
                | Context::Folders
                | Context::Tasks
                | Context::Wizard => {}
            }
        }
    }
}

/// A key that ends a sequence without a meaning: it ends the sequence and does nothing more, so that a slip after `g`
/// never archives; but quit and help always work, and esc only leads out of the sequence.
fn after_prefix(model: &mut Model, fx: &mut Effects, context: Context, key: Key) {
    if key.code == Code::Esc {
        return;
    }
    if let Some(id @ (Id::Quit | Id::Help)) = model.keymap.meaning(context, &[key]).id() {
        act::run(model, fx, id);
    }
}
