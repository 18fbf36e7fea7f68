//! What the screen looks like, by name: which themes there are, and which one is shown. What a name looks like is the
//! runtime's to know.

use std::sync::Arc;

use crate::app::keymap::Keymap;
use crate::app::model::{Model, Overlay};
use crate::config::themes::Themes;
use crate::config::{Config, ThemeChoice};
use crate::safe_text::SafeText;
use crate::theme::library::Library;

/// The name that stands for "by the terminal's background".
pub const AUTO: &str = "auto";

/// The themes, and which one is chosen.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// What can be chosen; the first is [`AUTO`].
    pub themes: Vec<ThemeRow>,
    /// The name of the one that is chosen.
    pub chosen: String,
    /// The one that the config names: another one then lasts until the end.
    pub config: Option<String>,
}

/// A theme to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeRow {
    /// Its name.
    pub name: String,
    /// Its name for the screen.
    pub label: SafeText,
    /// "dark", "light", "16 colours".
    pub kind: &'static str,
    /// Whether it is the user's own.
    pub own: bool,
}

/// A config that was read while the program runs.
#[derive(Debug, Clone)]
pub struct Fresh {
    /// What held until now.
    pub before: Arc<Config>,
    /// What holds now.
    pub config: Arc<Config>,
    /// The themes beside it.
    pub themes: Arc<Themes>,
    /// What can be chosen of them.
    pub rows: Vec<ThemeRow>,
    /// The keys.
    pub keymap: Arc<Keymap>,
    /// What is wrong with a key: the others hold.
    pub warning: Option<SafeText>,
    /// What changed and holds from the next start on: names of keys.
    pub later: Vec<String>,
}

/// The themes of a library as they are offered; those with a mistake are left out.
pub fn rows(library: &Library) -> Vec<ThemeRow> {
    let auto = ThemeRow { name: AUTO.to_owned(), label: SafeText::new(AUTO), kind: "by the terminal", own: false };
    let row = |name: &str| {
        let kind = library.resolve(name)?.ok()?.kind();
        Some(ThemeRow { name: name.to_owned(), label: SafeText::new(name), kind, own: library.is_own(name) })
    };
    std::iter::once(auto).chain(library.names().into_iter().filter_map(row)).collect()
}

/// The theme that a config names.
pub fn named(config: &Config) -> Option<String> {
    match &config.ui.theme {
        ThemeChoice::Auto => None,
        ThemeChoice::Named(name) => Some(name.clone()),
    }
}

/// The name of the theme that is to be seen: the one under the picker's cursor, else the one that is chosen.
pub fn shown(model: &Model) -> &str {
    if let Some(Overlay::Themes(picker)) = &model.overlay
        && let Some(row) = picker.hits.get(picker.cursor).and_then(|hit| model.look.themes.get(*hit))
    {
        return &row.name;
    }
    &model.look.chosen
}
