//! The themes at hand: those of the program, and the user's own over them; and how one is put together with what it
//! inherits.

use std::borrow::Cow;

use super::color::Basic;
use super::file::{Change, Color, File, Mistake, Swatch, Tint, parse};
use super::{Ground, Paint, ROLES, Role, Scheme};

/// The themes of the program, in the order in which they are offered.
const BUILT_IN: [(&str, &str); 14] = [
    ("dusk", include_str!("../../assets/themes/dusk.toml")),
    ("paper", include_str!("../../assets/themes/paper.toml")),
    ("terminal", include_str!("../../assets/themes/terminal.toml")),
    ("contrast-dark", include_str!("../../assets/themes/contrast-dark.toml")),
    ("contrast-light", include_str!("../../assets/themes/contrast-light.toml")),
    ("catppuccin-mocha", include_str!("../../assets/themes/catppuccin-mocha.toml")),
    ("catppuccin-latte", include_str!("../../assets/themes/catppuccin-latte.toml")),
    ("gruvbox-dark", include_str!("../../assets/themes/gruvbox-dark.toml")),
    ("gruvbox-light", include_str!("../../assets/themes/gruvbox-light.toml")),
    ("nord", include_str!("../../assets/themes/nord.toml")),
    ("solarized-dark", include_str!("../../assets/themes/solarized-dark.toml")),
    ("solarized-light", include_str!("../../assets/themes/solarized-light.toml")),
    ("tokyo-night", include_str!("../../assets/themes/tokyo-night.toml")),
    ("tokyo-night-day", include_str!("../../assets/themes/tokyo-night-day.toml")),
];

/// The theme for no colour at all: nobody chooses it, `NO_COLOR` does.
const PLAIN: &str = include_str!("../../assets/themes/plain.toml");

/// The deepest chain of themes that inherit from each other.
const DEEPEST: usize = 16;

/// A theme as text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    name: String,
    text: Cow<'static, str>,
    own: bool,
}

/// The themes at hand. One of the user's takes the place of one of the program that has the same name, and may inherit it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    entries: Vec<Entry>,
}

/// A mistake, and the theme in whose text it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The theme.
    pub theme: String,
    /// What is wrong with it.
    pub mistake: Box<Mistake>,
}

impl Default for Library {
    fn default() -> Self {
        let entry = |(name, text): (&str, &'static str)| Entry { name: name.to_owned(), text: text.into(), own: false };
        Self { entries: BUILT_IN.into_iter().map(entry).collect() }
    }
}

impl Library {
    /// Adds a theme of the user's.
    pub fn add(&mut self, name: &str, text: String) {
        self.entries.push(Entry { name: name.to_owned(), text: text.into(), own: true });
    }

    /// The names, those of the program first, each once.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for entry in &self.entries {
            if !names.contains(&entry.name.as_str()) {
                names.push(&entry.name);
            }
        }
        names
    }

    /// The text of a theme.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.find(name, self.entries.len()).map(|(_, entry)| entry.text.as_ref())
    }

    /// Whether a theme is the user's own.
    pub fn is_own(&self, name: &str) -> bool {
        self.find(name, self.entries.len()).is_some_and(|(_, entry)| entry.own)
    }

    /// The theme of this name among the first `below` entries.
    fn find(&self, name: &str, below: usize) -> Option<(usize, &Entry)> {
        self.entries.iter().enumerate().take(below).rev().find(|(_, entry)| entry.name == name)
    }

    /// Puts a theme together with what it inherits; `None` when there is none of this name.
    ///
    /// # Errors
    /// The first mistake in it, or in a theme that it inherits.
    pub fn resolve(&self, name: &str) -> Option<Result<Scheme, Wrong>> {
        let place = self.find(name, self.entries.len())?.0;
        Some(self.chain(place).and_then(|chain| put_together(name, &chain)))
    }

    /// A theme and what it inherits, the ancestor first.
    fn chain(&self, place: usize) -> Result<Vec<(String, File)>, Wrong> {
        let (mut chain, mut seen, mut next) = (Vec::new(), Vec::new(), Some(place));
        while let Some(entry) = next.and_then(|place| self.entries.get(place)) {
            let wrong = |mistake| Wrong { theme: entry.name.clone(), mistake: Box::new(mistake) };
            let file = parse(&entry.text).map_err(wrong)?;
            let here = next.unwrap_or_default();
            seen.push(here);
            next = match &file.inherits {
                None => None,
                Some((parent, at)) => {
                    // Its own name means the program's theme below it.
                    let below = if *parent == entry.name { here } else { self.entries.len() };
                    let mistake =
                        |text: String, meant| wrong(Mistake { at: *at, key: "inherits".to_owned(), text, meant });
                    let Some((place, _)) = self.find(parent, below) else {
                        let known = self.names().into_iter().map(str::to_owned).collect();
                        let text = format!("there is no theme \"{parent}\"");
                        return Err(mistake(text, Some((parent.clone(), known))));
                    };
                    if seen.contains(&place) || seen.len() > DEEPEST {
                        return Err(mistake(format!("\"{parent}\" inherits this theme in turn"), None));
                    }
                    Some(place)
                }
            };
            chain.push((entry.name.clone(), file));
        }
        chain.reverse();
        Ok(chain)
    }
}

/// The program's theme of this name, `plain` included; a test proves that each of them can be read.
pub fn built_in(name: &str) -> Scheme {
    let mut library = Library::default();
    if name == "plain" {
        library.add(name, PLAIN.to_owned());
    }
    library.resolve(name).and_then(Result::ok).unwrap_or_default()
}

fn put_together(name: &str, chain: &[(String, File)]) -> Result<Scheme, Wrong> {
    let palette: Vec<&(String, Swatch)> = chain.iter().flat_map(|(_, file)| &file.palette).collect();
    let swatch = |name: &str| palette.iter().rev().find(|(own, _)| own == name).map(|(_, swatch)| *swatch);
    let mut scheme = Scheme { name: name.to_owned(), paints: [Paint::default(); ROLES] };
    let mut said = Vec::new();
    for (theme, file) in chain {
        for change in &file.roles {
            said.push(change.role);
            apply(&mut scheme, change, swatch).map_err(|name| {
                let (role, _) = Role::NAMES.iter().find(|(_, role)| *role == change.role).unwrap_or(&("", Role::Bg));
                let known =
                    palette.iter().map(|(name, _)| name.clone()).chain(Basic::NAMES.map(str::to_owned)).collect();
                let mistake = Mistake {
                    at: change.at,
                    key: format!("roles.{role}"),
                    text: format!("there is no colour \"{name}\" in the palette"),
                    meant: Some((name, known)),
                };
                Wrong { theme: theme.clone(), mistake: Box::new(mistake) }
            })?;
        }
    }
    if let Some((role, _)) = Role::NAMES.iter().find(|(_, role)| !said.contains(role)) {
        let text = format!("the role {role} is missing: give it a colour, or write inherits = \"dusk\" above all else");
        let mistake = Mistake { at: 0, key: format!("roles.{role}"), text, meant: None };
        return Err(Wrong { theme: name.to_owned(), mistake: Box::new(mistake) });
    }
    Ok(scheme)
}

/// Changes a role; gives the name back that is no colour.
fn apply(scheme: &mut Scheme, change: &Change, swatch: impl Fn(&str) -> Option<Swatch>) -> Result<(), String> {
    let mut paint = scheme.paint(change.role);
    if let Some(Color { tint, index, basic }) = &change.color {
        paint = Paint { rgb: None, index: *index, basic: *basic, modifiers: paint.modifiers };
        match tint {
            None => {}
            Some(Tint::Rgb(rgb)) => paint.rgb = Some(*rgb),
            Some(Tint::Name(name)) => match (swatch(name), Basic::parse(name)) {
                (Some(swatch), _) => {
                    paint.rgb = Some(swatch.rgb);
                    paint.index = paint.index.or(swatch.index);
                }
                (None, Some(basic)) => paint.basic = paint.basic.or(Some(basic)),
                (None, None) => return Err(name.clone()),
            },
        }
    }
    paint.modifiers = change.modifiers.unwrap_or(paint.modifiers);
    scheme.set(change.role, paint);
    Ok(())
}

impl Scheme {
    /// The theme with the user's changes over it.
    #[must_use]
    pub fn with(mut self, changes: &[Change]) -> Self {
        for change in changes {
            // Names of a palette were refused where the changes were read.
            let _unnamed = apply(&mut self, change, |_| None);
        }
        self
    }

    /// "dark", "light", or "16 colours".
    pub fn kind(&self) -> &'static str {
        self.ground().map_or("16 colours", Ground::as_str)
    }
}
