//! The little of CSS that decides whether text is seen at all: inline styles and the simple rules of a style sheet.

use std::collections::HashSet;

/// What an inline style says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent declarations, not a state")]
pub(super) struct Inline {
    /// The element and all in it are not shown.
    pub(super) hidden: bool,
    /// The font has a size: `Some(true)` when that is nothing.
    pub(super) font_zero: Option<bool>,
    /// It has a background: a link that looks like a button.
    pub(super) background: bool,
    /// No space above and below.
    pub(super) no_margin: bool,
    /// Bold.
    pub(super) bold: bool,
    /// White space is kept.
    pub(super) pre: bool,
    /// It names something on the net.
    pub(super) remote: bool,
}

/// Styles longer than this are not read.
const MAX_STYLE: usize = 16 << 10;

/// Reads an inline style.
pub(super) fn inline(style: &str) -> Inline {
    let mut out = Inline::default();
    if style.len() > MAX_STYLE {
        return out;
    }
    let (mut flat, mut clipped) = (false, false);
    for declaration in style.split(';') {
        let Some((name, value)) = declaration.split_once(':') else { continue };
        let name = name.trim().to_ascii_lowercase();
        let value = value.trim().to_ascii_lowercase();
        match name.as_str() {
            "display" => out.hidden |= value.starts_with("none"),
            "visibility" => out.hidden |= value.starts_with("hidden"),
            "mso-hide" => out.hidden |= value.starts_with("all"),
            "opacity" => out.hidden |= is_zero(&value),
            "max-height" | "height" => flat |= is_zero(&value),
            "overflow" => clipped |= value.starts_with("hidden"),
            "font-size" => out.font_zero = Some(is_zero(&value)),
            "background" | "background-color" => {
                out.background |= !matches!(value.as_str(), "none" | "transparent" | "inherit" | "initial");
            }
            "margin" => out.no_margin |= value.split_whitespace().next().is_some_and(is_zero),
            "margin-bottom" => out.no_margin |= is_zero(&value),
            "font-weight" => out.bold |= matches!(value.as_str(), "bold" | "bolder" | "600" | "700" | "800" | "900"),
            "white-space" => out.pre |= value.starts_with("pre") && value != "pre-line",
            _ => {}
        }
        out.remote |= value.contains("url(");
    }
    out.hidden |= flat && clipped;
    out
}

/// Zero with or without a unit.
fn is_zero(value: impl AsRef<str>) -> bool {
    let value = value.as_ref().trim_end_matches("!important").trim();
    let number = value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
    !number.is_empty() && number.parse::<f32>().is_ok_and(|number| number == 0.0)
}

/// Adds the classes (`.name`) and ids (`#name`) that a style sheet hides everywhere, not only on small screens.
pub(super) fn hidden_names(sheet: &str, names: &mut HashSet<String>) {
    let mut rest = sheet;
    while let Some((selector, after)) = rest.split_once('{') {
        let selector = selector.rsplit(['}', ';']).next().unwrap_or("").rsplit("*/").next().unwrap_or("");
        let selector = selector.trim_start_matches("<!--").trim();
        if selector.starts_with('@') {
            rest = after_block(after);
            continue;
        }
        let (body, next) = after.split_once('}').unwrap_or((after, ""));
        if inline(body).hidden {
            names.extend(selector.split(',').filter_map(simple_name));
        }
        rest = next;
    }
}

/// What follows a block of rules whose opening brace was read.
fn after_block(text: &str) -> &str {
    let mut depth = 1usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return text.get(at + 1..).unwrap_or("");
        }
    }
    ""
}

/// `.name` or `#name` of a selector that is no more than `tag.name`, `.name` or `#name`.
fn simple_name(selector: &str) -> Option<String> {
    let selector = selector.trim();
    let at = selector.find(['.', '#'])?;
    let name = selector.get(at..)?;
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    (plain(selector.get(..at)?) && plain(name.get(1..)?)).then(|| name.to_owned())
}
