//! Colours by meaning: a theme gives every role a style; what the terminal cannot show falls back.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

/// What a colour means. The drawing code names roles, never colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Window background.
    Bg,
    /// Background of the top and bottom bar.
    Surface,
    /// Background of what floats.
    Overlay,
    /// Background of the selected row in the focused pane.
    Sel,
    /// Background of the selected row in the other panes.
    SelDim,
    /// Body text, read mail.
    Fg,
    /// Secondary text, hints.
    Muted,
    /// Group heads, counts, snippets.
    Faint,
    /// Hairlines.
    Rule,
    /// Focus, unread dot, active account.
    Accent,
    /// Unread sender and subject.
    Unread,
    /// Star.
    Star,
    /// Links.
    Link,
    /// Quote level 1, your own name.
    Q1,
    /// Quote level 2, tags.
    Q2,
    /// Quote level 3, tags.
    Q3,
    /// Success.
    Ok,
    /// Running.
    Info,
    /// Needs attention.
    Warn,
    /// Failed.
    Error,
    /// Letters that matched what was typed.
    Match,
    /// Key names in hints.
    Key,
    /// Text on the accent colour: sets both.
    OnAccent,
    /// Background of an error banner.
    ErrBg,
    /// Background of a notice.
    WarnBg,
}

impl Role {
    /// Every role with the name that theme files use.
    const NAMES: [(&'static str, Self); 25] = [
        ("bg", Self::Bg),
        ("surface", Self::Surface),
        ("overlay", Self::Overlay),
        ("sel", Self::Sel),
        ("sel_dim", Self::SelDim),
        ("fg", Self::Fg),
        ("muted", Self::Muted),
        ("faint", Self::Faint),
        ("rule", Self::Rule),
        ("accent", Self::Accent),
        ("unread", Self::Unread),
        ("star", Self::Star),
        ("link", Self::Link),
        ("q1", Self::Q1),
        ("q2", Self::Q2),
        ("q3", Self::Q3),
        ("ok", Self::Ok),
        ("info", Self::Info),
        ("warn", Self::Warn),
        ("error", Self::Error),
        ("match", Self::Match),
        ("key", Self::Key),
        ("onaccent", Self::OnAccent),
        ("errbg", Self::ErrBg),
        ("warnbg", Self::WarnBg),
    ];

    /// Whether its colour is a background.
    const fn is_ground(self) -> bool {
        matches!(self, Self::Bg | Self::Surface | Self::Overlay | Self::Sel | Self::SelDim | Self::ErrBg | Self::WarnBg)
    }
}

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Depth {
    /// None: `NO_COLOR` is set, or the terminal has none.
    None,
    /// The sixteen that every terminal has.
    Sixteen,
    /// The 256 of xterm.
    Indexed,
    /// 24 bits.
    True,
}

impl Depth {
    /// What the environment says: `NO_COLOR` (set and not empty), then `COLORTERM`, then `TERM`.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let has = |name: &str| variable(name).filter(|value| !value.is_empty());
        if has("NO_COLOR").is_some() {
            return Self::None;
        }
        let term = has("TERM").unwrap_or_default();
        if matches!(term.as_str(), "dumb" | "vt100" | "vt220") {
            return Self::None;
        }
        match has("COLORTERM").as_deref() {
            Some("truecolor" | "24bit") => Self::True,
            _ if term.ends_with("-direct") => Self::True,
            _ if term.contains("256color") => Self::Indexed,
            _ => Self::Sixteen,
        }
    }
}

/// Why a theme file was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// It is no TOML, or not in the shape of a theme.
    #[error("{0}")]
    Shape(String),
    /// It names a role that there is not.
    #[error("there is no role `{0}`")]
    UnknownRole(String),
    /// It leaves a role out.
    #[error("the role `{0}` is missing")]
    MissingRole(&'static str),
    /// A colour that cannot be read: `#rrggbb`, or a name of the sixteen.
    #[error("`{0}` is no colour")]
    BadColor(String),
    /// A modifier that there is not.
    #[error("`{0}` is no modifier")]
    BadModifier(String),
}

/// A theme file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    roles: BTreeMap<String, Entry>,
}

/// A role's line in a theme file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rgb: Option<String>,
    index: Option<u8>,
    color: Option<String>,
    #[serde(default)]
    modifiers: Vec<String>,
}

/// A style for every role.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Theme {
    name: String,
    styles: [Style; Role::NAMES.len()],
    background: Background,
}

/// Who paints the window's background.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Background {
    /// The terminal: its own colour, image or transparency stays.
    #[default]
    Terminal,
    /// The theme.
    Painted,
}

impl Theme {
    /// The dark theme in 24-bit colour.
    pub fn dusk() -> Self {
        Self::embedded(include_str!("../../assets/themes/dusk.toml"), Depth::True)
    }

    /// The light theme in 24-bit colour.
    pub fn paper() -> Self {
        Self::embedded(include_str!("../../assets/themes/paper.toml"), Depth::True)
    }

    /// The sixteen colours of the terminal.
    pub fn terminal() -> Self {
        Self::embedded(include_str!("../../assets/themes/terminal16.toml"), Depth::Sixteen)
    }

    /// No colour: modifiers alone.
    pub fn no_color() -> Self {
        Self::embedded(include_str!("../../assets/themes/plain.toml"), Depth::None)
    }

    /// The built-in theme of this name (`dusk`, `paper`, `terminal`) as far as the terminal can show it; `None` when
    /// there is none of that name.
    pub fn named(name: &str, depth: Depth) -> Option<Self> {
        let text = match name {
            "dusk" => include_str!("../../assets/themes/dusk.toml"),
            "paper" => include_str!("../../assets/themes/paper.toml"),
            "terminal" => return Some(if depth == Depth::None { Self::no_color() } else { Self::terminal() }),
            _ => return None,
        };
        Some(match depth {
            Depth::None => Self::no_color(),
            Depth::Sixteen => Self::terminal(),
            Depth::Indexed | Depth::True => Self::embedded(text, depth),
        })
    }

    /// A theme that is part of the program: a test proves that each of them parses.
    fn embedded(text: &str, depth: Depth) -> Self {
        Self::parse(text, depth).unwrap_or_default()
    }

    /// Reads a theme file. Every role must be there, so that a theme never has holes.
    pub fn parse(text: &str, depth: Depth) -> Result<Self, ThemeError> {
        let file: File = toml::from_str(text).map_err(|error| ThemeError::Shape(error.to_string()))?;
        if let Some(unknown) = file.roles.keys().find(|key| Role::NAMES.iter().all(|(name, _)| name != key)) {
            return Err(ThemeError::UnknownRole(unknown.clone()));
        }
        let mut styles = [Style::new(); Role::NAMES.len()];
        for (slot, (name, role)) in styles.iter_mut().zip(Role::NAMES) {
            let entry = file.roles.get(name).ok_or(ThemeError::MissingRole(name))?;
            *slot = entry.style(role, depth)?;
        }
        let mut theme = Self { name: file.name, styles, background: Background::Terminal };
        // Text on the accent needs both colours; where there are none, its own `reverse` does it.
        if let Some(accent) = theme.style(Role::Accent).fg
            && let Some(slot) = theme.styles.get_mut(Role::OnAccent as usize)
            && slot.fg.is_some()
        {
            *slot = slot.bg(accent);
        }
        Ok(theme)
    }

    /// The same theme with the window's background painted or left to the terminal.
    #[must_use]
    pub const fn with_background(mut self, background: Background) -> Self {
        self.background = background;
        self
    }

    /// The name in its file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The style of a role: a foreground, a background, or modifiers alone.
    pub fn style(&self, role: Role) -> Style {
        if role == Role::Bg && self.background == Background::Terminal {
            return Style::new();
        }
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// Whether the theme shows meaning without any colour, so that shapes must say it.
    pub fn is_plain(&self) -> bool {
        self.styles.iter().all(|style| style.fg.is_none() && style.bg.is_none())
    }
}

impl Entry {
    fn style(&self, role: Role, depth: Depth) -> Result<Style, ThemeError> {
        let mut style = Style::new();
        if let Some(color) = self.color(depth)? {
            style = if role.is_ground() { style.bg(color) } else { style.fg(color) };
        }
        for word in &self.modifiers {
            style = style.add_modifier(modifier(word)?);
        }
        Ok(style)
    }

    /// The best colour that the terminal can show; all three are read, so that a mistake shows everywhere.
    fn color(&self, depth: Depth) -> Result<Option<Color>, ThemeError> {
        let rgb = self.rgb.as_deref().map(rgb).transpose()?;
        let named = self.color.as_deref().map(named_color).transpose()?;
        let indexed = self.index.map(Color::Indexed);
        Ok(match depth {
            Depth::None => None,
            Depth::Sixteen => named,
            Depth::Indexed => indexed.or(named),
            Depth::True => rgb.or(indexed).or(named),
        })
    }
}

fn rgb(text: &str) -> Result<Color, ThemeError> {
    text.strip_prefix('#')
        .filter(|hex| hex.len() == 6)
        .and_then(|hex| u32::from_str_radix(hex, 16).ok())
        .map(Color::from_u32)
        .ok_or_else(|| ThemeError::BadColor(text.to_owned()))
}

fn named_color(text: &str) -> Result<Color, ThemeError> {
    Ok(match text {
        "default" => Color::Reset,
        "black" => Color::Black,
        "red" => Color::Red,
        "green" => Color::Green,
        "yellow" => Color::Yellow,
        "blue" => Color::Blue,
        "magenta" => Color::Magenta,
        "cyan" => Color::Cyan,
        "white" => Color::Gray,
        "bright black" => Color::DarkGray,
        "bright red" => Color::LightRed,
        "bright green" => Color::LightGreen,
        "bright yellow" => Color::LightYellow,
        "bright blue" => Color::LightBlue,
        "bright magenta" => Color::LightMagenta,
        "bright cyan" => Color::LightCyan,
        "bright white" => Color::White,
        _ => return Err(ThemeError::BadColor(text.to_owned())),
    })
}

fn modifier(word: &str) -> Result<Modifier, ThemeError> {
    Ok(match word {
        "bold" => Modifier::BOLD,
        "dim" => Modifier::DIM,
        "italic" => Modifier::ITALIC,
        "underline" => Modifier::UNDERLINED,
        "reverse" => Modifier::REVERSED,
        _ => return Err(ThemeError::BadModifier(word.to_owned())),
    })
}

#[cfg(test)]
mod tests;
