//! Colours: 24 bits, xterm's 256, the sixteen; and how well one is read on another.

use std::fmt;

/// The luminance between dark and light: on a grey of it, black and white are read equally well.
pub const MIDDLE: f64 = 0.179;

/// A colour in 24 bits: red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

impl Rgb {
    /// Reads `#rrggbb`.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let [_, red, green, blue] = u32::from_str_radix(hex, 16).ok()?.to_be_bytes();
        Some(Self(red, green, blue))
    }

    /// Relative luminance from 0 (black) to 1 (white) (WCAG 2, "relative luminance").
    pub fn luminance(self) -> f64 {
        let part = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(self.0) + 0.7152 * part(self.1) + 0.0722 * part(self.2)
    }

    /// The contrast to another colour from 1 to 21 (WCAG 2, "contrast ratio").
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// This colour with so many hundredths of another.
    #[must_use]
    pub fn mix(self, other: Self, hundredths: u16) -> Self {
        let part = hundredths.min(100);
        let mixed = |one: u8, other: u8| {
            let sum = u16::from(one) * (100 - part) + u16::from(other) * part;
            u8::try_from((sum + 50) / 100).unwrap_or(u8::MAX)
        };
        Self(mixed(self.0, other.0), mixed(self.1, other.1), mixed(self.2, other.2))
    }

    /// This colour, or the nearest on the way to white or black (whichever `pole` is) that satisfies.
    #[must_use]
    pub fn towards(self, pole: Self, fine: impl Fn(Self) -> bool) -> Self {
        (0..=100).map(|part| self.mix(pole, part)).find(|color| fine(*color)).unwrap_or(pole)
    }

    /// How far another colour is, as a square in the cube of colours.
    pub fn distance(self, other: Self) -> u32 {
        [(self.0, other.0), (self.1, other.1), (self.2, other.2)]
            .into_iter()
            .map(|(one, other)| u32::from(one.abs_diff(other)).pow(2))
            .sum()
    }
}

/// One of the sixteen colours that every terminal has, in whatever shade it shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Basic {
    /// The terminal's own.
    Default,
    /// From 0, black, to 7, white; from 8 on the bright ones.
    Of(u8),
}

impl Basic {
    /// The names that theme files use, the sixteen in their order first.
    pub const NAMES: [&'static str; 17] = [
        "black",
        "red",
        "green",
        "yellow",
        "blue",
        "magenta",
        "cyan",
        "white",
        "bright black",
        "bright red",
        "bright green",
        "bright yellow",
        "bright blue",
        "bright magenta",
        "bright cyan",
        "bright white",
        "default",
    ];

    /// The colour of this name.
    pub fn parse(name: &str) -> Option<Self> {
        let place = Self::NAMES.iter().position(|own| *own == name)?;
        Some(u8::try_from(place).ok().filter(|place| *place < 16).map_or(Self::Default, Self::Of))
    }
}

/// The levels of a channel in xterm's colours 16 to 231.
const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// One of xterm's colours 16 to 255: a cube of six levels a channel, then 24 greys. Those below 16 are the user's own and
/// are nobody's nearest.
pub fn of_index(index: u8) -> Rgb {
    if index >= 232 {
        let grey = (index - 232) * 10 + 8;
        return Rgb(grey, grey, grey);
    }
    let place = usize::from(index.saturating_sub(16));
    let level = |at: usize| LEVELS.get(at % 6).copied().unwrap_or_default();
    Rgb(level(place / 36), level(place / 6), level(place))
}

/// The number of the nearest colour that satisfies; the nearest of all where none does.
pub fn nearest(color: Rgb, fine: impl Fn(Rgb) -> bool) -> u8 {
    let mut all: Vec<u8> = (16..=255).collect();
    all.sort_by_key(|index| of_index(*index).distance(color));
    let best = all.iter().find(|index| fine(of_index(**index))).or(all.first());
    best.copied().unwrap_or(16)
}
