//! Which protocol the terminal draws pictures with, by what the environment says.

use crate::config::Pictures;
use crate::ui::theme::Depth;

/// What a cell measures where the terminal does not say: columns and rows in pixels.
pub const ASSUMED_CELL: (u16, u16) = (8, 16);

/// A way to draw a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// kitty's graphics protocol, with Unicode placeholders.
    Kitty,
    /// iTerm2's inline images (OSC 1337).
    Iterm2,
    /// Sixel (DEC STD 070).
    Sixel,
    /// `▀` in two colours.
    Blocks,
}

/// How the terminal draws pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Graphics {
    /// The protocol.
    pub protocol: Protocol,
    /// Whether half blocks have the 256 colours of xterm instead of 24 bits.
    pub indexed: bool,
    /// Width and height of a cell in pixels.
    pub cell: (u16, u16),
    /// Whether tmux must pass kitty's sequences through.
    pub tmux: bool,
    /// What shows through a picture's transparent parts: red, green, blue.
    pub ground: [u8; 3],
}

impl Graphics {
    /// What this setting and this environment give; none: no pictures. Without colours there are none. A terminal that
    /// is known by name and draws pixels has its colours though ssh did not pass `COLORTERM` on; half blocks need 256.
    pub fn detect(
        setting: Pictures,
        depth: Depth,
        cell: (u16, u16),
        variable: impl Fn(&str) -> Option<String>,
    ) -> Option<Self> {
        let has = |name: &str| variable(name).filter(|value| !value.is_empty());
        let tmux = has("TMUX").is_some();
        let protocol = match setting {
            Pictures::Off => return None,
            Pictures::Auto => from_environment(&has),
            Pictures::Iterm2 if tmux => Protocol::Blocks,
            Pictures::Kitty => Protocol::Kitty,
            Pictures::Iterm2 => Protocol::Iterm2,
            Pictures::Sixel => Protocol::Sixel,
            Pictures::Blocks => Protocol::Blocks,
        };
        let enough = match depth {
            Depth::None => false,
            Depth::Sixteen => protocol != Protocol::Blocks,
            Depth::Indexed | Depth::True => true,
        };
        enough.then_some(Self { protocol, indexed: depth != Depth::True, cell, tmux, ground: [255; 3] })
    }
}

/// The terminal by its names. `TERM` comes first: it crosses ssh, and a terminal that was started within another one
/// inherits the other's variables, but sets its own `TERM`.
fn from_environment(has: &impl Fn(&str) -> Option<String>) -> Protocol {
    let term = has("TERM").unwrap_or_default();
    let multiplexed = ["TMUX", "STY", "ZELLIJ"].iter().any(|name| has(name).is_some());
    if multiplexed || term.starts_with("tmux") || term.starts_with("screen") {
        return Protocol::Blocks;
    }
    by_term(&term).or_else(|| by_program(&has("TERM_PROGRAM")?)).unwrap_or_else(|| by_variables(has))
}

fn by_term(term: &str) -> Option<Protocol> {
    match term {
        "xterm-kitty" | "xterm-ghostty" | "ghostty" => Some(Protocol::Kitty),
        "wezterm" => Some(Protocol::Iterm2),
        "foot" | "foot-direct" | "foot-extra" | "mlterm" | "mlterm-256color" | "contour" => Some(Protocol::Sixel),
        _ if term.starts_with("alacritty") || term.starts_with("st-") => Some(Protocol::Blocks),
        _ => None,
    }
}

/// `WezTerm` has kitty's protocol without placeholders, so it is iTerm2's there. A program with a name that is not
/// known here says nothing about its pictures, but that no inherited variable speaks for it.
fn by_program(program: &str) -> Option<Protocol> {
    match program {
        "ghostty" | "kitty" => Some(Protocol::Kitty),
        "iTerm.app" | "WezTerm" | "mintty" | "rio" => Some(Protocol::Iterm2),
        // A login shell of the multiplexer's host may leave it behind.
        "tmux" => None,
        _ => Some(Protocol::Blocks),
    }
}

fn by_variables(has: &impl Fn(&str) -> Option<String>) -> Protocol {
    let any = |names: &[&str]| names.iter().any(|name| has(name).is_some());
    // VTE says its version where kitty's or WezTerm's variable may be inherited; it draws sixels in few builds alone.
    if any(&["VTE_VERSION"]) {
        return Protocol::Blocks;
    }
    if any(&["KITTY_WINDOW_ID", "GHOSTTY_RESOURCES_DIR", "GHOSTTY_BIN_DIR"]) {
        return Protocol::Kitty;
    }
    let konsole = has("KONSOLE_VERSION").and_then(|version| version.parse::<u32>().ok());
    let iterm = has("LC_TERMINAL").is_some_and(|name| name == "iTerm2");
    // Konsole draws iTerm2's images from 22.04 on; its sixels are faulty.
    if any(&["WEZTERM_EXECUTABLE", "WEZTERM_PANE"]) || iterm || konsole.is_some_and(|version| version >= 220_400) {
        return Protocol::Iterm2;
    }
    Protocol::Blocks
}

/// A cell's width and height in pixels, as the terminal's driver says (TIOCGWINSZ), or [`ASSUMED_CELL`].
pub fn cell_size() -> (u16, u16) {
    crossterm::terminal::window_size()
        .map_or(ASSUMED_CELL, |size| cell_of((size.width, size.height), (size.columns, size.rows)))
}

/// A cell's size from the window's in pixels and in cells.
fn cell_of(pixels: (u16, u16), cells: (u16, u16)) -> (u16, u16) {
    let part = |pixels: u16, cells: u16| pixels.checked_div(cells).filter(|part| (2..=128).contains(part));
    part(pixels.0, cells.0).zip(part(pixels.1, cells.1)).unwrap_or(ASSUMED_CELL)
}

#[cfg(test)]
mod tests;
