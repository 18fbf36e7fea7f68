//! Themes that are picked, and a config that is read while the program runs.

use std::sync::Arc;

use super::{Effects, arrange, overlay, reader, saved, sync, toast};
use crate::app::keymap::Keymap;
use crate::app::look::{AUTO, Fresh, ThemeRow, named};
use crate::app::model::{Model, Motion, Overlay, Picker};
use crate::app::msg::Effect;
use crate::config::{Config, Glyphs};
use crate::safe_text::SafeText;

/// Opens the picker of themes, its cursor on the one that is shown.
pub(crate) fn ask_theme(model: &mut Model) {
    overlay::open(model, Overlay::Themes(Picker::default()));
    let place = model.look.themes.iter().position(|row| row.name == model.look.chosen);
    overlay::select(model, place.unwrap_or_default());
}

/// A theme was picked. It is kept for the next start, unless the config names one: that comes first.
pub(crate) fn picked(model: &mut Model, fx: &mut Effects, place: Option<usize>) {
    let Some(row) = place.and_then(|place| model.look.themes.get(place)).cloned() else { return };
    model.look.chosen.clone_from(&row.name);
    match &model.look.config {
        Some(config) if *config == row.name => toast::done(model, fx, SafeText::new(&format!("Theme: {}", row.label))),
        Some(config) => {
            let text = format!("Theme: {}, until you quit: the config names {config}", row.label);
            toast::info(model, fx, &text);
        }
        None => {
            fx.push(Effect::KeepTheme(row.name));
            let what = if row.label.as_str() == AUTO { "by the terminal" } else { row.label.as_str() };
            toast::done(model, fx, SafeText::new(&format!("Theme: {what}")));
        }
    }
}

/// A config was read and holds from now on.
pub(crate) fn configured(model: &mut Model, fx: &mut Effects, fresh: Fresh) {
    let (before, now) = (&fresh.before.ui, &fresh.config.ui);
    model.options.glyphs = if model.options.utf8 { now.glyphs } else { Glyphs::Ascii };
    model.options.after_triage = now.after_triage;
    if before.face != now.face {
        model.options.face = now.face;
    }
    model.options.motion = Motion::of(now.reduced_motion || model.options.face.is_linear());
    model.options.hours = now.hours;
    // What was chosen on the screen stays while the config says nothing new.
    if before.layout != now.layout {
        model.options.layout = now.layout;
    }
    model.options.list = now.list;
    model.notices.clone_from(&fresh.config.notices);
    model.shelved.disabled = fresh.config.disabled.iter().map(|account| account.name.clone()).collect();
    arrange::configured(model, fx);
    model.keymap = fresh.keymap;
    model.prefix = None;
    overlay::again(model);
    saved::configured(model, fx, &fresh.config.searches);
    themes(model, &fresh.before, &fresh.config, fresh.rows);
    if before.links_as_sent != now.links_as_sent {
        reader::lay(model, fx);
    }
    model.work.config_trouble = None;
    sync::banner(model);
    match (fresh.warning, fresh.later.as_slice()) {
        (Some(warning), _) => toast::warn(model, fx, warning),
        (None, []) => toast::info(model, fx, "The config was read again"),
        (None, later) => {
            let text = format!("The config was read again; with the next start: {}", later.join(", "));
            toast::warn(model, fx, SafeText::new(&text));
        }
    }
}

/// The file with the keys that were changed on the screen is another one. What the screen wrote itself is nothing new.
pub(crate) fn rebound(model: &mut Model, fx: &mut Effects, keymap: Arc<Keymap>, wrong: Option<SafeText>) {
    let changed = !model.keymap.is_like(&keymap);
    if changed {
        (model.keymap, model.prefix) = (keymap, None);
        overlay::again(model);
    }
    match wrong {
        Some(wrong) => toast::warn(model, fx, wrong),
        None if changed => toast::info(model, fx, "The keys were read again"),
        None => {}
    }
}

fn themes(model: &mut Model, before: &Config, now: &Config, rows: Vec<ThemeRow>) {
    let (was, is) = (named(before), named(now));
    let there = |rows: &[ThemeRow], name: &str| rows.iter().any(|row| row.name == name);
    // One that the config names and that had a mistake until now.
    let mended = is.as_ref().is_some_and(|name| !there(&model.look.themes, name));
    model.look.themes = rows;
    model.look.config.clone_from(&is);
    if was != is || mended || !there(&model.look.themes, &model.look.chosen) {
        model.look.chosen = is.unwrap_or_else(|| AUTO.to_owned());
    }
    if matches!(model.overlay, Some(Overlay::Themes(_))) {
        ask_theme(model);
    }
}

/// A config has a mistake: what held before holds, and the banner says where it is.
pub(crate) fn refused(model: &mut Model, trouble: SafeText) {
    model.work.config_trouble = Some(trouble);
    sync::banner(model);
}
