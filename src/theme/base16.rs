//! Schemes of sixteen colours (base16, github.com/tinted-theming/home), in YAML or TOML, as a theme of ours.
//!
//! Of YAML only what those files hold is read: a key and a value a line.

use std::fmt::Write as _;

use super::Role;
use super::color::{MIDDLE, Rgb};

/// The colours that a scheme has.
const COLORS: usize = 16;
const WHITE: Rgb = Rgb(0xff, 0xff, 0xff);
const BLACK: Rgb = Rgb(0, 0, 0);

/// A scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheme16 {
    /// Its name, as its file says it.
    pub name: String,
    colors: [Rgb; COLORS],
}

/// Reads a scheme.
///
/// # Errors
/// What is wrong with it, and in which line, counted from 1; 0 when it is not about one line.
pub fn parse(text: &str) -> Result<Scheme16, (usize, String)> {
    let mut name = String::new();
    let mut colors = [None; COLORS];
    for (number, line) in (1..).zip(text.lines()) {
        let Some((key, value)) = line.trim_start().split_once([':', '=']) else { continue };
        let (key, value) = (key.trim().trim_matches(['"', '\'']), unquote(value));
        let wanted = |prefix: &str| key.strip_prefix(prefix).filter(|digits| digits.len() == 2);
        if matches!(key, "scheme" | "name") && !value.is_empty() {
            value.clone_into(&mut name);
        } else if let Some(digits) = wanted("base").or_else(|| wanted("color")) {
            let place = usize::from_str_radix(digits, 16).ok();
            let Some(slot) = place.and_then(|place| colors.get_mut(place)) else { continue };
            let hash = if value.starts_with('#') { value.to_owned() } else { format!("#{value}") };
            let wrong = || (number, format!("\"{value}\" is no colour: six hex digits are wanted"));
            *slot = Some(Rgb::parse(&hash).ok_or_else(wrong)?);
        }
    }
    let mut all = [BLACK; COLORS];
    for (place, (slot, color)) in all.iter_mut().zip(colors).enumerate() {
        *slot = color.ok_or_else(|| (0, format!("the colour base{place:02X} is missing")))?;
    }
    let name = if name.is_empty() { "Imported".to_owned() } else { name };
    Ok(Scheme16 { name, colors: all })
}

/// A value without its quotes and what is said behind it.
fn unquote(value: &str) -> &str {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some((inside, _)) = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return inside.trim();
        }
    }
    value.split(" #").next().unwrap_or_default().trim()
}

impl Scheme16 {
    fn color(&self, place: usize) -> Rgb {
        self.colors.get(place).copied().unwrap_or(BLACK)
    }

    /// The scheme as a theme file. Its colours keep their names; text that could not be read on one of the backgrounds is
    /// made lighter or darker until it can.
    pub fn theme(&self) -> String {
        let (ground, text) = (self.color(0), self.color(5));
        let dark = ground.luminance() < text.luminance();
        let pole = if dark { WHITE } else { BLACK };
        // The marked row must leave room between itself and the text.
        let row =
            (0..=80).step_by(5).map(|part| self.color(2).mix(ground, part)).find(|row| text.contrast(*row) >= 5.5);
        let row = row.unwrap_or_else(|| ground.mix(self.color(2), 20));
        let bar =
            (0..=80).step_by(5).map(|part| self.color(1).mix(ground, part)).find(|bar| text.contrast(*bar) >= 5.5);
        let bar = bar.unwrap_or(ground);
        let grounds = [
            (Role::Bg, ground),
            (Role::Surface, bar),
            (Role::Overlay, ground.mix(bar, 50)),
            (Role::Sel, row),
            (Role::SelDim, ground.mix(row, 50)),
            (Role::ErrBg, ground.mix(self.color(8), 14)),
            (Role::WarnBg, ground.mix(self.color(10), 12)),
        ];
        let brightest = if self.color(7).contrast(ground) > text.contrast(ground) { 7 } else { 5 };
        let texts = [
            (Role::Fg, 5),
            (Role::Muted, 4),
            (Role::Faint, 3),
            (Role::Accent, 13),
            (Role::Unread, brightest),
            (Role::Star, 10),
            (Role::Link, 12),
            (Role::Q1, 11),
            (Role::Q2, 14),
            (Role::Q3, 9),
            (Role::Ok, 11),
            (Role::Info, 12),
            (Role::Warn, 10),
            (Role::Error, 8),
            (Role::Match, 10),
            (Role::Key, 13),
        ];
        let mut out = String::new();
        let parent = if dark { "dusk" } else { "paper" };
        // Infallible: it is written into memory.
        let _infallible = write!(
            out,
            "# {}: made from a base16 scheme. Text that was too faint was made {}.\ninherits = \"{parent}\"\n\n[palette]\n",
            self.name.replace(char::is_control, " "),
            if dark { "lighter" } else { "darker" },
        );
        for (place, color) in self.colors.iter().enumerate() {
            let _infallible = writeln!(out, "base{place:02X} = \"{color}\"");
        }
        out.push_str("\n[roles]\n");
        let mut line = |role: Role, color: Rgb, place: Option<usize>| {
            let name = Role::NAMES.iter().find(|(_, other)| *other == role).map_or("", |(name, _)| name);
            let _infallible = match place.filter(|place| self.color(*place) == color) {
                Some(place) => writeln!(out, "{name} = \"base{place:02X}\""),
                None => writeln!(out, "{name} = \"{color}\""),
            };
        };
        for (role, color) in grounds {
            line(role, color, (role == Role::Bg).then_some(0));
        }
        line(Role::Rule, ground.mix(text, 25), None);
        let mut accent = self.color(13);
        for (role, place) in texts {
            let fine =
                |color: Rgb| grounds.iter().all(|(ground, on)| color.contrast(*on) >= role.least_contrast(*ground));
            let color = self.color(place).towards(pole, fine);
            if role == Role::Accent {
                accent = color;
            }
            line(role, color, Some(place));
        }
        line(Role::OnAccent, if accent.luminance() < MIDDLE { WHITE } else { BLACK }, None);
        out
    }
}
