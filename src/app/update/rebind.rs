//! Changing keys among the keys (`?`): the new ones are pressed, what they mean now is shown, enter takes them. They hold at
//! once, and are kept in a file beside the config, which is never touched.

use std::sync::Arc;

use super::{Effects, overlay, toast};
use crate::app::action::Context;
use crate::app::action::argument::{Call, names};
use crate::app::cursor::context_below;
use crate::app::help::{self, keys_of};
use crate::app::key::{Code, Key, parse_sequence, write_sequence};
use crate::app::keymap::{Keymap, Layer, Meaning, Sources};
use crate::app::model::{Model, Overlay, Rebind};
use crate::app::msg::Effect;
use crate::config::keys::{Binding, Line};
use crate::safe_text::SafeText;

/// The longest sequence that is taken.
const LONGEST: usize = 4;

/// The row under the cursor of the keys.
fn row(model: &Model) -> Option<help::Row> {
    let Some(Overlay::Help(picker)) = &model.overlay else { return None };
    let place = *picker.hits.get(picker.cursor)?;
    help::rows(model).into_iter().nth(place)
}

/// Where a change of this row holds: here, and wherever the same key runs the same; for what has no key, wherever it can be
/// run from a pane.
fn contexts(keymap: &Keymap, here: Context, calls: &[Call], key: Option<&str>) -> Vec<Context> {
    let can = |context: &Context| calls.iter().all(|call| call.id.entry().contexts.contains(context));
    let same = |context: &Context| key.is_none_or(|key| keys_of(keymap, *context, calls).iter().any(|own| own == key));
    let others = Context::ALL.into_iter().filter(|context| *context != here && context.takes_global());
    std::iter::once(here).chain(others.filter(|context| can(context) && same(context))).collect()
}

/// Asks for other keys for the row under the cursor.
pub(crate) fn open(model: &mut Model) {
    let Some(row) = row(model) else { return };
    let Some(Overlay::Help(help)) = model.overlay.take() else { return };
    let here = context_below(model);
    let old = row.keys.first().cloned();
    let contexts = contexts(&model.keymap, here, &row.calls, old.as_deref());
    let rebind = Rebind { calls: row.calls, old, contexts, keys: Vec::new(), beside: false, refused: None, help };
    model.overlay = Some(Overlay::Rebind(Box::new(rebind)));
}

/// A key while new keys are asked for; false when none are.
pub(crate) fn pressed(model: &mut Model, fx: &mut Effects, key: Key) -> bool {
    let Some(Overlay::Rebind(rebind)) = &mut model.overlay else { return false };
    rebind.refused = None;
    let is = |code| key == Key::plain(code);
    if is(Code::Esc) || key == (Key { ctrl: true, ..Key::char('c') }) {
        close(model);
    } else if is(Code::Backspace) {
        rebind.keys.pop();
    } else if is(Code::Tab) {
        rebind.beside = !rebind.beside && rebind.old.is_some();
    } else if is(Code::Enter) {
        if !rebind.keys.is_empty() {
            take(model, fx);
        }
    } else if key.is_legacy() {
        rebind.keys.push(key);
        rebind.keys.truncate(LONGEST);
    } else {
        rebind.refused = Some(SafeText::new(&format!("Not every terminal can send {key}")));
    }
    true
}

/// Back to the keys.
fn close(model: &mut Model) {
    let Some(Overlay::Rebind(rebind)) = model.overlay.take() else { return };
    let mut help = rebind.help;
    let (hits, _) = help::find(&help::rows(model), &help.text);
    help.cursor = help.cursor.min(hits.len().saturating_sub(1));
    help.hits = hits;
    model.overlay = Some(Overlay::Help(help));
}

/// What the pressed keys mean now, where that is something else: in words, context by context.
pub(crate) fn clashes(keymap: &Keymap, rebind: &Rebind) -> Vec<String> {
    let mut found: Vec<(String, Vec<&str>)> = Vec::new();
    for context in &rebind.contexts {
        let Some(words) = clash(keymap, *context, rebind) else { continue };
        match found.iter_mut().find(|(other, _)| *other == words) {
            Some((_, places)) => places.push(context.as_str()),
            None => found.push((words, vec![context.as_str()])),
        }
    }
    found.into_iter().map(|(words, places)| format!("{words} ({})", places.join(", "))).collect()
}

fn clash(keymap: &Keymap, context: Context, rebind: &Rebind) -> Option<String> {
    match keymap.meaning(context, &rebind.keys) {
        Meaning::Runs(calls) if *calls == *rebind.calls => Some("has these keys already".to_owned()),
        Meaning::Runs(calls) => Some(format!("now: {}", names(calls))),
        Meaning::Prefix => {
            let begun = keymap.continuations(context, &rebind.keys).len();
            Some(format!("now: the beginning of {begun} others, which would be gone"))
        }
        Meaning::Nothing => {
            let shorter = (1..rebind.keys.len()).filter_map(|end| rebind.keys.get(..end));
            let mut bound = shorter.filter_map(|keys| match keymap.meaning(context, keys) {
                Meaning::Runs(calls) => Some(format!("now {}: {}", write_sequence(keys), names(calls))),
                Meaning::Prefix | Meaning::Nothing => None,
            });
            bound.next()
        }
    }
}

fn line(context: Context, keys: &str, to: Binding) -> Line {
    Line { place: context.as_str().to_owned(), keys: keys.to_owned(), to, at: None }
}

fn binding(calls: &[Call]) -> Binding {
    Binding::Actions(calls.iter().map(ToString::to_string).collect())
}

/// Whether one of the sequences begins with the other.
fn related(one: &str, other: &[Key]) -> bool {
    parse_sequence(one).is_some_and(|one| one.starts_with(other) || other.starts_with(&one))
}

/// What would be kept, with the pressed keys in it.
fn changed(keymap: &Keymap, rebind: &Rebind) -> Vec<Line> {
    let keys = write_sequence(&rebind.keys);
    let mut own = keymap.sources().own.clone();
    for context in &rebind.contexts {
        own.retain(|line| line.place != context.as_str() || !related(&line.keys, &rebind.keys));
        let old = rebind.old.as_deref().filter(|old| !rebind.beside && *old != keys);
        if let Some(old) = old {
            own.retain(|line| line.place != context.as_str() || line.keys != old);
            let below =
                parse_sequence(old).is_some_and(|old| keymap.base().meaning(*context, &old) != Meaning::Nothing);
            // Freed where the layers below bind it; what hides it anyway need not.
            if below && !related(old, &rebind.keys) {
                own.push(line(*context, old, Binding::Off));
            }
        }
        let have = |base: &Keymap| base.meaning(*context, &rebind.keys) == Meaning::Runs(&rebind.calls);
        if !have(keymap.base()) {
            own.push(line(*context, &keys, binding(&rebind.calls)));
        }
    }
    own
}

/// Takes the keys that were pressed.
fn take(model: &mut Model, fx: &mut Effects) {
    let Some(Overlay::Rebind(rebind)) = &model.overlay else { return };
    let own = changed(&model.keymap, rebind);
    let keymap = Keymap::build(Sources { own: own.clone(), ..model.keymap.sources().clone() }).0;
    if let Some(reason) = overruled(&keymap, rebind) {
        if let Some(Overlay::Rebind(rebind)) = &mut model.overlay {
            rebind.refused = Some(SafeText::new(&reason));
        }
        return;
    }
    model.keymap = Arc::new(keymap);
    fx.push(Effect::KeepKeys(own));
    close(model);
}

/// Why the keys would not be as asked, with what would be kept in this keymap; `None` where they would.
fn overruled(keymap: &Keymap, rebind: &Rebind) -> Option<String> {
    let runs = |context: Context, keys: &[Key]| keymap.meaning(context, keys) == Meaning::Runs(&rebind.calls);
    let mut contexts = rebind.contexts.iter().copied();
    if let Some(context) = contexts.clone().find(|context| !runs(*context, &rebind.keys)) {
        return Some(says_config(keymap, context, &rebind.keys));
    }
    let old = rebind.old.as_deref().filter(|_| !rebind.beside).and_then(parse_sequence)?;
    if old == rebind.keys {
        return None;
    }
    let still = contexts.find(|context| runs(*context, &old))?;
    Some(says_config(keymap, still, &old) + ", or press tab to keep it")
}

/// Why keys do not do what was asked: the config stands above what is changed on the screen.
fn says_config(keymap: &Keymap, context: Context, keys: &[Key]) -> String {
    let shorter = (1..=keys.len()).filter_map(|end| keys.get(..end));
    let mut origin = shorter.filter_map(|keys| keymap.origin(context, keys));
    match origin.next() {
        Some((Layer::Config, Some(Line { keys, at: Some(at), .. }))) => {
            format!("The config says what \"{keys}\" does, in line {}: change it there", at.line)
        }
        _ => format!("The config has its own keys in \"{context}\" that stand above these: change them there"),
    }
}

/// Takes the keys of the row under the cursor away; where they were changed, gives it those that it had.
pub(crate) fn unbind(model: &mut Model, fx: &mut Effects) {
    let Some(row) = row(model) else { return };
    let here = context_below(model);
    let own = if row.changed { given_back(&model.keymap, here, &row) } else { taken(&model.keymap, here, &row) };
    let keymap = Keymap::build(Sources { own: own.clone(), ..model.keymap.sources().clone() }).0;
    if !row.changed && !keys_of(&keymap, here, &row.calls).is_empty() {
        toast::warn(model, fx, SafeText::new("The config binds these keys: take them away there"));
        return;
    }
    model.keymap = Arc::new(keymap);
    fx.push(Effect::KeepKeys(own));
    overlay::again(model);
}

fn taken(keymap: &Keymap, here: Context, row: &help::Row) -> Vec<Line> {
    let mut own = keymap.sources().own.clone();
    for key in &row.keys {
        for context in contexts(keymap, here, &row.calls, Some(key)) {
            own.push(line(context, key, Binding::Off));
        }
    }
    own
}

/// What would be kept without what was changed for this row: here, and where the same was changed.
fn given_back(keymap: &Keymap, here: Context, row: &help::Row) -> Vec<Line> {
    let before = keys_of(keymap.base(), here, &row.calls);
    let to = binding(&row.calls);
    let mine = |line: &Line| line.to == to || line.to == Binding::Off && before.contains(&line.keys);
    let own = keymap.sources().own.iter();
    let same = |context: &str| {
        // A key that runs something else there was not taken away for this row.
        let context = Context::ALL.into_iter().find(|other| other.as_str() == context);
        context.is_some_and(|context| {
            context == here || keys_of(keymap.base(), context, &row.calls).iter().any(|key| before.contains(key))
        }) || before.is_empty()
    };
    own.filter(|line| !(mine(line) && same(&line.place))).cloned().collect()
}
