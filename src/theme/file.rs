//! A theme file: TOML with the theme that it inherits, a palette, and roles; read by hand, so that every mistake has its
//! place.
//!
//! ```toml
//! inherits = "dusk"
//! [palette]
//! sea = "#2e8b9a"
//! night = { rgb = "#101820", index = 233 }
//! [roles]
//! bg = "night"
//! accent = { rgb = "sea", color = "cyan", modifiers = ["bold"] }
//! ```

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::color::{Basic, Rgb};
use super::{Modifiers, Role};

/// What is wrong in a theme's text, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The byte of the text at which it begins.
    pub at: usize,
    /// The key, parts joined by `.`; empty when the text is no TOML.
    pub key: String,
    /// What is wrong.
    pub text: String,
    /// The word that is not known, and those that are: the nearest may be meant.
    pub meant: Option<(String, Vec<String>)>,
}

impl Mistake {
    fn new(span: &Range<usize>, key: &str, text: impl Into<String>) -> Self {
        Self { at: span.start, key: key.to_owned(), text: text.into(), meant: None }
    }

    fn meant<'k>(self, word: &str, known: impl IntoIterator<Item = &'k str>) -> Self {
        Self { meant: Some((word.to_owned(), known.into_iter().map(str::to_owned).collect())), ..self }
    }
}

/// A theme file, read; what its names mean is looked up when it is put together with what it inherits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct File {
    /// The theme whose roles it changes, and where that stands.
    pub inherits: Option<(String, usize)>,
    /// Colours with a name.
    pub palette: Vec<(String, Swatch)>,
    /// What it says of roles.
    pub roles: Vec<Change>,
}

/// A colour of a palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swatch {
    /// In 24 bits.
    pub rgb: Rgb,
    /// Of xterm's 256, where the nearest is not meant.
    pub index: Option<u8>,
}

/// What a file says of a role; what it leaves out stays as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub role: Role,
    /// Its colour.
    pub color: Option<Color>,
    /// Its modifiers.
    pub modifiers: Option<Modifiers>,
    /// The byte of the text at which it stands.
    pub at: usize,
}

/// A role's colour as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Color {
    /// `#rrggbb`, or a name of the palette, or of the sixteen.
    pub tint: Option<Tint>,
    /// Of xterm's 256.
    pub index: Option<u8>,
    /// Of the sixteen.
    pub basic: Option<Basic>,
}

/// A colour by value or by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tint {
    /// `#rrggbb`.
    Rgb(Rgb),
    /// A name.
    Name(String),
}

/// Reads a theme file.
///
/// # Errors
/// The first mistake in it.
pub fn parse(text: &str) -> Result<File, Mistake> {
    let root = table(text)?;
    let mut file = File::default();
    for (key, value) in root.get_ref() {
        let (name, span) = (key.get_ref().as_ref(), value.span());
        match name {
            "inherits" => file.inherits = Some((string(value, name)?.to_owned(), span.start)),
            "palette" => {
                for (key, value) in inner(value, name)? {
                    file.palette
                        .push((key.get_ref().to_string(), swatch(value, &format!("palette.{}", key.get_ref()))?));
                }
            }
            "roles" => file.roles = roles(inner(value, name)?, name)?,
            _ => return Err(unknown(&key.span(), name, name, &["inherits", "palette", "roles"])),
        }
    }
    Ok(file)
}

/// Reads the roles in a table of another TOML text, such as a config, where names of a palette mean nothing.
///
/// # Errors
/// The first mistake in it.
pub fn overrides(text: &str, path: &[&str]) -> Result<Vec<Change>, Mistake> {
    let root = table(text)?;
    let mut at = root.get_ref();
    for part in path {
        match at.get(*part).map(Spanned::get_ref) {
            Some(DeValue::Table(inner)) => at = inner,
            _ => return Ok(Vec::new()),
        }
    }
    let key = path.join(".");
    let changes = roles(at, &key)?;
    for change in &changes {
        if let Some(Color { tint: Some(Tint::Name(name)), .. }) = &change.color
            && Basic::parse(name).is_none()
        {
            let role = Role::NAMES.iter().find(|(_, role)| *role == change.role).map_or("", |(name, _)| name);
            let text = format!("\"{name}\" is no colour: write \"#rrggbb\", or one of the sixteen of a terminal");
            let span = change.at..change.at;
            return Err(Mistake::new(&span, &format!("{key}.{role}"), text).meant(name, Basic::NAMES));
        }
    }
    Ok(changes)
}

fn table(text: &str) -> Result<Spanned<DeTable<'_>>, Mistake> {
    DeTable::parse(text).map_err(|error| Mistake::new(&error.span().unwrap_or_default(), "", error.message()))
}

fn roles(table: &DeTable<'_>, path: &str) -> Result<Vec<Change>, Mistake> {
    let mut changes = Vec::new();
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let key_path = format!("{path}.{name}");
        let Some(role) = Role::parse(name) else {
            let text = "there is no such role";
            return Err(Mistake::new(&key.span(), &key_path, text).meant(name, Role::NAMES.map(|(name, _)| name)));
        };
        changes.push(change(role, value, &key_path)?);
    }
    Ok(changes)
}

fn change(role: Role, value: &Spanned<DeValue<'_>>, path: &str) -> Result<Change, Mistake> {
    let at = value.span().start;
    if let DeValue::String(word) = value.get_ref() {
        let color = Color { tint: Some(tint(word, &value.span(), path)?), ..Color::default() };
        return Ok(Change { role, color: Some(color), modifiers: None, at });
    }
    let DeValue::Table(table) = value.get_ref() else {
        return Err(Mistake::new(
            &value.span(),
            path,
            "a role is a colour in quotes, or { rgb, index, color, modifiers }",
        ));
    };
    let (mut color, mut modifiers) = (Color::default(), None);
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let path = format!("{path}.{name}");
        match name {
            "rgb" => color.tint = Some(tint(string(value, &path)?, &value.span(), &path)?),
            "index" => color.index = Some(number(value, &path)?),
            "color" => {
                let word = string(value, &path)?;
                let wrong = || Mistake::new(&value.span(), &path, format!("\"{word}\" is none of the sixteen colours"));
                color.basic = Some(Basic::parse(word).ok_or_else(|| wrong().meant(word, Basic::NAMES))?);
            }
            "modifiers" => modifiers = Some(words(value, &path)?),
            _ => return Err(unknown(&key.span(), &path, name, &["rgb", "index", "color", "modifiers"])),
        }
    }
    // An empty table says: no colour and no modifiers.
    let empty = table.is_empty();
    let color = Some(color).filter(|color| empty || *color != Color::default());
    Ok(Change { role, color, modifiers: if empty { Some(Modifiers::default()) } else { modifiers }, at })
}

fn words(value: &Spanned<DeValue<'_>>, path: &str) -> Result<Modifiers, Mistake> {
    let DeValue::Array(list) = value.get_ref() else {
        return Err(Mistake::new(&value.span(), path, "modifiers are a list: [\"bold\"]"));
    };
    let mut modifiers = Modifiers::default();
    for item in list {
        let word = string(item, path)?;
        let Some((_, modifier)) = Modifiers::NAMES.iter().find(|(name, _)| *name == word) else {
            let names = Modifiers::NAMES.map(|(name, _)| name);
            let text = format!("\"{word}\" is none of {}", names.join(", "));
            return Err(Mistake::new(&item.span(), path, text).meant(word, names));
        };
        modifiers = modifiers.with(*modifier);
    }
    Ok(modifiers)
}

fn swatch(value: &Spanned<DeValue<'_>>, path: &str) -> Result<Swatch, Mistake> {
    let rgb = |word: &str, span: &Range<usize>| {
        Rgb::parse(word).ok_or_else(|| Mistake::new(span, path, format!("\"{word}\" is no colour: write \"#rrggbb\"")))
    };
    match value.get_ref() {
        DeValue::String(word) => Ok(Swatch { rgb: rgb(word, &value.span())?, index: None }),
        DeValue::Table(table) => {
            let (mut color, mut index) = (None, None);
            for (key, value) in table {
                match key.get_ref().as_ref() {
                    "rgb" => color = Some(rgb(string(value, path)?, &value.span())?),
                    "index" => index = Some(number(value, path)?),
                    name => return Err(unknown(&key.span(), &format!("{path}.{name}"), name, &["rgb", "index"])),
                }
            }
            let missing = || Mistake::new(&value.span(), path, "a colour of the palette needs rgb = \"#rrggbb\"");
            Ok(Swatch { rgb: color.ok_or_else(missing)?, index })
        }
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) => {
            Err(Mistake::new(&value.span(), path, "a colour of the palette is \"#rrggbb\""))
        }
    }
}

fn tint(word: &str, span: &Range<usize>, path: &str) -> Result<Tint, Mistake> {
    if word.starts_with('#') {
        let wrong = || Mistake::new(span, path, format!("\"{word}\" is no colour: write \"#rrggbb\""));
        return Rgb::parse(word).map(Tint::Rgb).ok_or_else(wrong);
    }
    Ok(Tint::Name(word.to_owned()))
}

fn string<'v>(value: &'v Spanned<DeValue<'_>>, path: &str) -> Result<&'v str, Mistake> {
    let wrong = || Mistake::new(&value.span(), path, "this must be a word in quotes");
    value.get_ref().as_str().ok_or_else(wrong)
}

fn number(value: &Spanned<DeValue<'_>>, path: &str) -> Result<u8, Mistake> {
    let number =
        value.get_ref().as_integer().and_then(|number| u8::from_str_radix(number.as_str(), number.radix()).ok());
    number.ok_or_else(|| Mistake::new(&value.span(), path, "this must be a number from 0 to 255"))
}

fn inner<'v, 'i>(value: &'v Spanned<DeValue<'i>>, path: &str) -> Result<&'v DeTable<'i>, Mistake> {
    value.get_ref().as_table().ok_or_else(|| Mistake::new(&value.span(), path, "this must be a table"))
}

fn unknown(span: &Range<usize>, path: &str, word: &str, known: &[&str]) -> Mistake {
    let text = format!("there is no such key here; known are {}", known.join(", "));
    Mistake::new(span, path, text).meant(word, known.iter().copied())
}
