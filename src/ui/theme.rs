//! What roles look like on this terminal: the paints of a theme as styles; what the terminal cannot show falls back.

use ratatui::style::{Color, Modifier, Style};

use crate::theme::color::{self, Basic, Rgb};
use crate::theme::library::built_in;
use crate::theme::{Ink, Modifiers, Paint, ROLES, Scheme};

/// What a colour means. The drawing code names roles, never colours.
pub type Role = crate::theme::Role;

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Depth {
    /// None: `NO_COLOR` is set, or the terminal has none.
    #[default]
    None,
    /// The sixteen that every terminal has.
    Sixteen,
    /// The 256 of xterm.
    Indexed,
    /// 24 bits.
    True,
}

impl Depth {
    /// What the environment says: `NO_COLOR` (set and not empty), then `COLORTERM`, then `TERM`. In GNU screen `COLORTERM` is
    /// that of the terminal outside, and version 4 takes the numbers of 24 bits for other orders.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let has = |name: &str| variable(name).filter(|value| !value.is_empty());
        if has("NO_COLOR").is_some() {
            return Self::None;
        }
        let term = has("TERM").unwrap_or_default();
        if matches!(term.as_str(), "dumb" | "vt100" | "vt220") {
            return Self::None;
        }
        match has("COLORTERM").filter(|_| !is_gnu_screen(&variable)).as_deref() {
            Some("truecolor" | "24bit") => Self::True,
            _ if term.ends_with("-direct") => Self::True,
            _ if term.contains("256color") => Self::Indexed,
            _ => Self::Sixteen,
        }
    }
}

/// Whether GNU screen is what the program runs in, by the environment: not a tmux that was started in it.
pub fn is_gnu_screen(variable: impl Fn(&str) -> Option<String>) -> bool {
    let has = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    let term = variable("TERM").unwrap_or_default();
    has("STY") && !term.starts_with("tmux") || term.starts_with("screen") && !has("TMUX")
}

/// A style for every role.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Theme {
    name: String,
    styles: [Style; ROLES],
    background: Background,
    depth: Depth,
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
        Self::of(&built_in("dusk"), Depth::True)
    }

    /// The light theme in 24-bit colour.
    pub fn paper() -> Self {
        Self::of(&built_in("paper"), Depth::True)
    }

    /// The sixteen colours of the terminal.
    pub fn terminal() -> Self {
        Self::of(&built_in("terminal"), Depth::Sixteen)
    }

    /// No colour: modifiers alone.
    pub fn no_color() -> Self {
        Self::of(&built_in("plain"), Depth::None)
    }

    /// A theme as far as the terminal can show it: of a role that it has no colour of the sixteen for, what the theme
    /// `terminal` has; and without any colour, the one for that, whatever the theme.
    pub fn of(scheme: &Scheme, depth: Depth) -> Self {
        let scheme = match depth {
            Depth::None => &built_in("plain"),
            Depth::Indexed => &scheme.clone().numbered(),
            Depth::Sixteen | Depth::True => scheme,
        };
        let sixteen = if depth == Depth::Sixteen { built_in("terminal") } else { Scheme::default() };
        let mut theme =
            Self { name: scheme.name.clone(), styles: [Style::new(); ROLES], background: Background::Terminal, depth };
        for (slot, (_, role)) in theme.styles.iter_mut().zip(Role::NAMES) {
            let own = scheme.paint(role);
            let too_fine = own.basic.is_none() && (own.rgb.is_some() || own.index.is_some());
            let paint = if depth == Depth::Sixteen && too_fine { sixteen.paint(role) } else { own };
            *slot = style(&paint, role, depth);
        }
        // Text on the accent needs both colours; where there are none, its own `reverse` does it.
        if let Some(accent) = theme.style(Role::Accent).fg
            && let Some(slot) = theme.styles.get_mut(Role::OnAccent as usize)
            && slot.fg.is_some()
        {
            *slot = slot.bg(accent);
        }
        theme
    }

    /// The same theme with the window's background painted or left to the terminal.
    #[must_use]
    pub const fn with_background(mut self, background: Background) -> Self {
        self.background = background;
        self
    }

    /// Its name.
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

    /// The colour that a name is written with; none where the terminal has none. Of a colour of the user's own the nearest
    /// that the terminal can show, among sixteen one that is neither black nor white.
    pub fn ink(&self, ink: Ink) -> Style {
        let rgb = match ink {
            Ink::Role(role) => return self.style(role),
            Ink::Rgb(rgb) => rgb,
        };
        let color = match self.depth {
            Depth::None => return Style::new(),
            Depth::Sixteen => {
                let hues = 1..=6_u8;
                let distance = |hue: &u8| color::of_index(*hue).distance(rgb);
                basic(Basic::Of(hues.min_by_key(distance).unwrap_or(6)))
            }
            Depth::Indexed => Color::Indexed(color::nearest(rgb, |_| true)),
            Depth::True => Color::Rgb(rgb.0, rgb.1, rgb.2),
        };
        Style::new().fg(color)
    }

    /// Whether the theme shows meaning without any colour, so that shapes must say it.
    pub fn is_plain(&self) -> bool {
        self.styles.iter().all(|style| style.fg.is_none() && style.bg.is_none())
    }
}

fn style(paint: &Paint, role: Role, depth: Depth) -> Style {
    let mut style = Style::new();
    if let Some(color) = color(paint, depth) {
        style = if role.is_ground() { style.bg(color) } else { style.fg(color) };
    }
    for (name, modifier) in Modifiers::NAMES {
        if paint.modifiers.has(modifier) {
            style = style.add_modifier(shape(name));
        }
    }
    style
}

/// The best colour that the terminal can show.
fn color(paint: &Paint, depth: Depth) -> Option<Color> {
    let rgb = paint.rgb.map(|Rgb(red, green, blue)| Color::Rgb(red, green, blue));
    let indexed = paint.index.map(Color::Indexed);
    let basic = paint.basic.map(basic);
    match depth {
        Depth::None => None,
        Depth::Sixteen => basic,
        Depth::Indexed => indexed.or(basic),
        Depth::True => rgb.or(indexed).or(basic),
    }
}

const fn basic(color: Basic) -> Color {
    match color {
        Basic::Default => Color::Reset,
        Basic::Of(0) => Color::Black,
        Basic::Of(1) => Color::Red,
        Basic::Of(2) => Color::Green,
        Basic::Of(3) => Color::Yellow,
        Basic::Of(4) => Color::Blue,
        Basic::Of(5) => Color::Magenta,
        Basic::Of(6) => Color::Cyan,
        Basic::Of(7) => Color::Gray,
        Basic::Of(8) => Color::DarkGray,
        Basic::Of(9) => Color::LightRed,
        Basic::Of(10) => Color::LightGreen,
        Basic::Of(11) => Color::LightYellow,
        Basic::Of(12) => Color::LightBlue,
        Basic::Of(13) => Color::LightMagenta,
        Basic::Of(14) => Color::LightCyan,
        Basic::Of(_) => Color::White,
    }
}

fn shape(name: &str) -> Modifier {
    match name {
        "bold" => Modifier::BOLD,
        "dim" => Modifier::DIM,
        "italic" => Modifier::ITALIC,
        "underline" => Modifier::UNDERLINED,
        "reverse" => Modifier::REVERSED,
        _ => Modifier::empty(),
    }
}

#[cfg(test)]
mod tests;
