//! What is known about tags and characters of HTML.

use html5ever::tokenizer::Tag;

/// What an element does to the flow of text.
#[derive(PartialEq, Eq)]
pub(super) enum Flow {
    Inline,
    /// On lines of its own.
    Block,
    /// On lines of its own, set apart.
    Apart,
}

pub(super) fn flow(name: &str) -> Flow {
    match name {
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "dl" | "blockquote" | "pre" | "table" | "hr" => {
            Flow::Apart
        }
        "div" | "li" | "tr" | "td" | "th" | "dt" | "dd" | "center" | "section" | "article" | "header" | "footer"
        | "main" | "aside" | "nav" | "address" | "figure" | "figcaption" | "form" | "fieldset" | "body" | "html"
        | "caption" | "tbody" | "thead" | "tfoot" | "details" | "summary" | "option" | "legend" => Flow::Block,
        _ => Flow::Inline,
    }
}

pub(super) fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "basefont"
            | "br"
            | "col"
            | "embed"
            | "frame"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

pub(super) fn attribute<'a>(tag: &'a Tag, name: &str) -> Option<&'a str> {
    tag.attrs.iter().find(|attr| &*attr.name.local == name).map(|attr| &*attr.value)
}

pub(super) fn is_remote(target: &str) -> bool {
    let target = target.trim_start().to_ascii_lowercase();
    target.starts_with("http:")
        || target.starts_with("https:")
        || target.starts_with("//")
        || target.starts_with("ftp:")
}

pub(super) fn has_class(tag: &Tag, class: &str) -> bool {
    attribute(tag, "class").is_some_and(|names| names.split_whitespace().any(|name| name == class))
}

/// White space that collapses, no-break spaces included, and fillers that only keep preview text away.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}' | '\u{a0}' | '\u{2000}'..='\u{200a}') || is_filler(c)
}

pub(super) fn is_filler(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{34f}' | '\u{ad}' | '\u{61c}')
}
