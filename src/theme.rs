//! Colours by meaning, as data: the roles, what a theme paints them with, and the themes themselves. No terminal and no
//! file is here: `ui` makes styles of them, and `config` reads the user's own.

use std::fmt;

pub mod base16;
pub mod color;
pub mod file;
pub mod library;

use color::{Basic, Rgb};

/// What a colour means. The drawing code names roles, never colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

/// How many roles there are.
pub const ROLES: usize = 25;

impl Role {
    /// Every role with the name that theme files use, in the order of the enum.
    pub const NAMES: [(&'static str, Self); ROLES] = [
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

    /// The role of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(own, _)| *own == name).map(|(_, role)| *role)
    }

    /// Whether its colour is a background.
    pub const fn is_ground(self) -> bool {
        matches!(self, Self::Bg | Self::Surface | Self::Overlay | Self::Sel | Self::SelDim | Self::ErrBg | Self::WarnBg)
    }

    /// Whether its colour is that of text on one of the backgrounds.
    pub const fn is_text(self) -> bool {
        !self.is_ground() && !matches!(self, Self::Rule | Self::OnAccent)
    }

    /// The least contrast of its text on a background for the eyes of most (WCAG 2, 1.4.3: 4.5 to 1); faint text, which
    /// repeats what is said elsewhere, may have less on any but the window's own.
    pub const fn least_contrast(self, ground: Self) -> f64 {
        match (self, ground) {
            (Self::Faint, Self::Bg) => 4.5,
            (Self::Faint, _) => 3.4,
            _ => 4.5,
        }
    }
}

/// What a name is written with: an account's, by the user's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ink {
    /// As text of this role is in the theme.
    Role(Role),
    /// This colour in every theme.
    Rgb(Rgb),
}

impl Ink {
    /// The name of a role that is for text, or `#rrggbb`.
    pub fn parse(text: &str) -> Option<Self> {
        let role = Role::parse(text).filter(|role| role.is_text()).map(Self::Role);
        role.or_else(|| Rgb::parse(text).map(Self::Rgb))
    }
}

/// Weight and shape of a role's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Modifiers(u8);

impl Modifiers {
    /// Every modifier by its name in theme files.
    pub const NAMES: [(&'static str, Self); 5] =
        [("bold", Self(1)), ("dim", Self(2)), ("italic", Self(4)), ("underline", Self(8)), ("reverse", Self(16))];

    /// These and those.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of those are among these.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What a role is painted with: colours for each kind of terminal, and modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Paint {
    /// In 24 bits.
    pub rgb: Option<Rgb>,
    /// Of xterm's 256.
    pub index: Option<u8>,
    /// Of the sixteen that every terminal has.
    pub basic: Option<Basic>,
    /// Weight and shape.
    pub modifiers: Modifiers,
}

/// Whether a background is dark or light.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ground {
    /// Dark: light text stands on it.
    Dark,
    /// Light: dark text stands on it.
    Light,
}

impl Ground {
    /// "dark" or "light".
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
        }
    }
}

impl fmt::Display for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A theme that is ready: a paint for every role.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scheme {
    /// Its name.
    pub name: String,
    paints: [Paint; ROLES],
}

impl Scheme {
    /// What a role is painted with.
    pub fn paint(&self, role: Role) -> Paint {
        self.paints.get(role as usize).copied().unwrap_or_default()
    }

    /// Whether its own background is dark or light; `None` where it has none, as the terminal's sixteen colours.
    pub fn ground(&self) -> Option<Ground> {
        let bg = self.paint(Role::Bg).rgb?;
        Some(if bg.luminance() < color::MIDDLE { Ground::Dark } else { Ground::Light })
    }

    fn set(&mut self, role: Role, paint: Paint) {
        if let Some(slot) = self.paints.get_mut(role as usize) {
            *slot = paint;
        }
    }

    /// Gives every 24-bit colour that has no number among xterm's 256 the nearest one. Text keeps its contrast: where the
    /// nearest number would be hard to read on one of the backgrounds, the nearest that is not.
    #[must_use]
    pub fn numbered(mut self) -> Self {
        let missing = |paint: &Paint| paint.index.is_none() && paint.rgb.is_some();
        let nearest = |rgb: Option<Rgb>| rgb.map(|rgb| color::nearest(rgb, |_| true));
        for (_, role) in Role::NAMES.into_iter().filter(|(_, role)| role.is_ground()) {
            let paint = self.paint(role);
            if missing(&paint) {
                self.set(role, Paint { index: nearest(paint.rgb), ..paint });
            }
        }
        let grounds = Role::NAMES.into_iter().filter(|(_, role)| role.is_ground());
        let grounds: Vec<(Role, Rgb)> =
            grounds.filter_map(|(_, role)| Some((role, color::of_index(self.paint(role).index?)))).collect();
        for (_, role) in Role::NAMES.into_iter().filter(|(_, role)| !role.is_ground()) {
            let paint = self.paint(role);
            let Some(rgb) = paint.rgb.filter(|_| missing(&paint)) else { continue };
            let fine = |other: Rgb| {
                // A theme that is faint on purpose stays as faint as it is.
                let wanted = |(ground, on): &(Role, Rgb)| {
                    let own = self.paint(*ground).rgb.map_or(f64::MAX, |bg| rgb.contrast(bg));
                    other.contrast(*on) >= role.least_contrast(*ground).min(own)
                };
                !role.is_text() || grounds.iter().all(wanted)
            };
            let index = Some(color::nearest(rgb, fine));
            self.set(role, Paint { index, ..paint });
        }
        self
    }
}

#[cfg(test)]
mod tests;
