//! Keys as the files write them: the preset to start from, and bindings by place, each with its line. Which actions there
//! are is known elsewhere (`app::action`), and so is what is wrong with a binding.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use schemars::JsonSchema;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::error::{Error, Located, Spot};

/// What keys there are before anything is bound: `keys.preset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// The program's own: letters as in Gmail, moves as in vim, and arrows.
    #[default]
    Default,
    /// As in vim.
    Vim,
    /// As in mutt.
    Mutt,
    /// As in Gmail.
    Gmail,
    /// As in aerc.
    Aerc,
    /// As in Emacs.
    Emacs,
}

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 6] = [Self::Default, Self::Vim, Self::Mutt, Self::Gmail, Self::Aerc, Self::Emacs];

    /// Its name in the config.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Vim => "vim",
            Self::Mutt => "mutt",
            Self::Gmail => "gmail",
            Self::Aerc => "aerc",
            Self::Emacs => "emacs",
        }
    }

    /// The preset of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.as_str() == name)
    }

    /// What it changes of the default keys, in the shape that [`read`] reads; nothing for the default.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Default => "",
            Self::Vim => include_str!("../../assets/presets/vim.toml"),
            Self::Mutt => include_str!("../../assets/presets/mutt.toml"),
            Self::Gmail => include_str!("../../assets/presets/gmail.toml"),
            Self::Aerc => include_str!("../../assets/presets/aerc.toml"),
            Self::Emacs => include_str!("../../assets/presets/emacs.toml"),
        }
    }
}

/// The default keys, in the shape that [`read`] reads.
pub const DEFAULTS: &str = include_str!("../../assets/keys.toml");

/// What the config says of keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keys {
    /// Where it starts from.
    pub preset: Preset,
    /// What it binds and takes away.
    pub lines: Vec<Line>,
}

/// A binding as a file writes it. Places, keys and actions are checked where they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The place: `global`, `list`, `reader` …
    pub place: String,
    /// The keys: `g i`.
    pub keys: String,
    /// What they do.
    pub to: Binding,
    /// Where it stands; `None` for what stands in no file of the user's.
    pub at: Option<Spot>,
}

/// What keys are bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binding {
    /// These actions one after the other, each with what it is told: `move Work/Done`.
    Actions(Vec<String>),
    /// Nothing: what the layers below bind is taken away.
    Off,
}

/// Bindings by place, as serde sees them.
type Places = BTreeMap<String, BTreeMap<String, Target>>;

/// The table `keys` of the config.
#[derive(Debug, Default)]
pub(super) struct Raw {
    preset: Preset,
    places: Places,
}

/// [`Raw`] as the JSON schema shows it.
#[derive(JsonSchema)]
#[schemars(inline)]
#[expect(dead_code, reason = "the schema is made from its shape")]
pub(super) struct Shape {
    /// What keys there are before anything is bound here. Default: "default".
    #[serde(default)]
    preset: Preset,
    #[serde(flatten)]
    places: BTreeMap<String, BTreeMap<String, Target>>,
}

/// An action with what it is told ("move Work/Done"), several in a list, or false.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "the name of an action in quotes, a list of them, or false")]
pub(super) enum Target {
    /// The name of an action, and what it is told.
    Action(String),
    /// Several actions, one after the other.
    Several(Vec<String>),
    /// False: the key does nothing.
    Off(bool),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // By hand: a flattened table would lose where in the file a mistake stands.
        struct Table;
        impl<'de> Visitor<'de> for Table {
            type Value = Raw;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
                let mut raw = Raw::default();
                while let Some(name) = map.next_key::<String>()? {
                    if name == "preset" {
                        raw.preset = map.next_value()?;
                    } else {
                        raw.places.insert(name, map.next_value()?);
                    }
                }
                Ok(raw)
            }
        }
        deserializer.deserialize_map(Table)
    }
}

/// The table `keys` of the config, with the lines of what is in it.
pub(super) fn check(raw: Raw, document: &Located<'_>) -> Result<Keys, Error> {
    let root = ["keys"];
    Ok(Keys { preset: raw.preset, lines: lines(raw.places, document, &root, &document.key_spots(&root))? })
}

/// Reads a file of bindings alone: a table a place, as under `keys` in the config.
///
/// # Errors
/// [`Error::Invalid`] when it is no TOML of that shape.
pub fn read(text: &str, path: &Path) -> Result<Vec<Line>, Error> {
    let document = Located::new(text, path);
    let places: Places = super::raw::read_as(&document)?;
    lines(places, &document, &[], &document.key_spots(&[]))
}

/// As [`read`], for what is in the program: nobody asks for its lines, and the start does not wait for them.
///
/// # Errors
/// [`Error::Invalid`] when it is no TOML of that shape: a test sees to it that it is.
pub fn embedded(text: &str, name: &str) -> Result<Vec<Line>, Error> {
    let document = Located::new(text, Path::new(name));
    lines(super::raw::read_as(&document)?, &document, &[], &Spots::new())
}

/// Writes bindings as [`read`] reads them; `head` stands above them.
pub fn write(head: &str, lines: &[Line]) -> String {
    let mut places: BTreeMap<&str, toml::Table> = BTreeMap::new();
    for line in lines {
        let value = match &line.to {
            Binding::Off => toml::Value::Boolean(false),
            Binding::Actions(actions) => match actions.as_slice() {
                [one] => toml::Value::String(one.clone()),
                several => several.iter().cloned().map(toml::Value::String).collect::<Vec<_>>().into(),
            },
        };
        places.entry(&line.place).or_default().insert(line.keys.clone(), value);
    }
    // A table of tables of text is always TOML.
    let body = toml::to_string(&places).unwrap_or_default();
    let head: String = head.lines().flat_map(|line| ["# ", line, "\n"]).collect();
    format!("{head}\n{body}")
}

/// Where the keys of a file stand, by place and keys.
type Spots = BTreeMap<(String, String), Spot>;

fn lines(places: Places, document: &Located<'_>, root: &[&str], spots: &Spots) -> Result<Vec<Line>, Error> {
    let mut lines = Vec::new();
    for (place, bindings) in places {
        for (keys, target) in bindings {
            let to = match target {
                Target::Action(action) => Binding::Actions(vec![action]),
                Target::Several(actions) if actions.is_empty() => Binding::Off,
                Target::Several(actions) => Binding::Actions(actions),
                Target::Off(false) => Binding::Off,
                Target::Off(true) => {
                    let key: Vec<&str> = root.iter().copied().chain([place.as_str(), &keys]).collect();
                    let text = "true means nothing here: write the name of an action, or false to take the key away";
                    return Err(document.problem(&key, text).into());
                }
            };
            let at = spots.get(&(place.clone(), keys.clone())).copied();
            lines.push(Line { place: place.clone(), keys, to, at });
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests;
