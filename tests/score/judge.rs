//! A page as it is shown, held against what is to be seen of it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use similar::{Algorithm, DiffTag, capture_diff_slices};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::Score;
use super::reference::Reference;
use super::shown::Shown;

/// Columns of the measure.
pub const MEASURE: usize = 84;
/// A longer word may be cut at the end of a line; its letters are compared.
const LONG: usize = 40;

/// The words of a text: letters and digits. Where words are not set apart by blanks, each letter is one.
pub fn words(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        let invisible = c.width().unwrap_or(0) == 0 && !c.is_control() || c == '\u{ad}';
        if invisible {
            continue;
        }
        let wide = c.width() == Some(2);
        if c.is_alphanumeric() && !is_raised(c) && !wide {
            word.push(c);
            continue;
        }
        finish(&mut word, &mut all);
        if wide && c.is_alphanumeric() {
            all.push(c.to_string());
        }
    }
    finish(&mut word, &mut all);
    all
}

fn finish(word: &mut String, all: &mut Vec<String>) {
    if word.is_empty() {
        return;
    }
    if word.chars().count() > LONG {
        all.extend(word.drain(..).map(String::from));
    } else {
        all.push(std::mem::take(word));
    }
}

/// Digits of the numbers beside links.
fn is_raised(c: char) -> bool {
    matches!(c, '⁰'..='⁹' | '¹' | '²' | '³')
}

/// Holds what is shown against what is to be seen.
pub fn score(reference: &Reference, shown: &Shown) -> Score {
    let (wanted, seen) = (words(&reference.text), words(&shown.text));
    let mut kept = 0;
    for op in capture_diff_slices(Algorithm::Myers, &wanted, &seen) {
        if op.tag() == DiffTag::Equal {
            kept += op.old_range().len();
        }
    }
    let told: BTreeSet<String> = shown.links.iter().map(|link| plain(link)).collect();
    let links: BTreeSet<String> = reference.links.iter().map(|link| plain(link)).collect();
    Score {
        wanted: wanted.len(),
        kept,
        shown: seen.len(),
        links: links.len(),
        links_kept: links.iter().filter(|link| told.contains(*link)).count(),
        over: shown.lines.iter().filter(|(line, fixed)| !fixed && line.width() > MEASURE).count(),
        leaks: {
            let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            let written = bare(&reference.text);
            leaks(&shown.text).filter(|leak| !written.contains(&bare(leak))).count()
        },
        took: shown.took,
    }
}

/// What is lost and added, a line for each.
pub fn differences(reference: &Reference, shown: &Shown) -> Vec<String> {
    let (wanted, seen) = (words(&reference.text), words(&shown.text));
    let mut all = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &wanted, &seen) {
        if op.tag() != DiffTag::Equal {
            let (wanted, seen) = (wanted.get(op.old_range()), seen.get(op.new_range()));
            all.push(format!("wanted {:?}, shown {:?}", wanted.unwrap_or_default(), seen.unwrap_or_default()));
        }
    }
    let told: BTreeSet<String> = shown.links.iter().map(|link| plain(link)).collect();
    let lost = reference.links.iter().filter(|link| !told.contains(&plain(link)));
    all.extend(lost.map(|link| format!("link lost: {link:?}")));
    let wide = shown.lines.iter().filter(|(line, fixed)| !fixed && line.width() > MEASURE);
    all.extend(wide.map(|(line, _)| format!("too wide: {line}")));
    all.extend(leaks(&shown.text).map(|leak| format!("markup: {leak}")));
    all
}

/// A target without what readers write in different ways: case, white space, letters beyond ASCII, the last slash.
fn plain(link: &str) -> String {
    let mut out = String::new();
    for c in link.chars().filter(|c| !c.is_whitespace() && !c.is_control()) {
        if c.is_ascii() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}') {
            out.push(c.to_ascii_lowercase());
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                let _ = write!(out, "%{byte:02x}");
            }
        }
    }
    for blank in ["%20", "%09", "%0a", "%0d", "%c2%a0"] {
        out = out.replace(blank, "");
    }
    out.trim_end_matches('/').to_owned()
}

/// What looks like a tag, an entity or a rule of a style sheet.
pub fn leaks(text: &str) -> impl Iterator<Item = &str> {
    let tags = text.match_indices('<').filter_map(|(at, _)| {
        let rest = text.get(at..)?;
        let name = rest.trim_start_matches('<').trim_start_matches('/');
        let letters = name.chars().take_while(char::is_ascii_alphanumeric).count();
        let next = name.chars().nth(letters);
        let tag = letters > 0 && name.starts_with(|c: char| c.is_ascii_alphabetic());
        (tag && matches!(next, Some('>' | ' ' | '/'))).then(|| cut(rest, rest.len() - name.len() + letters + 1))
    });
    let entities = text.match_indices('&').filter_map(|(at, _)| {
        let rest = text.get(at..)?;
        let end = rest.find(';').filter(|end| (3..12).contains(end))?;
        let name = rest.get(1..end)?;
        name.chars().all(|c| c.is_ascii_alphanumeric() || c == '#').then(|| cut(rest, end + 1))
    });
    let rules = text.match_indices('{').filter_map(|(at, _)| {
        let rest = text.get(at..)?;
        let end = rest.find('}').filter(|end| *end < 300)?;
        let body = rest.get(1..end)?;
        (body.contains(':') && body.contains(';')).then(|| cut(rest, end + 1))
    });
    tags.chain(entities).chain(rules)
}

fn cut(text: &str, end: usize) -> &str {
    text.get(..end).unwrap_or(text)
}
