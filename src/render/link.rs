//! Link targets: which ones are kept, where they really lead, and how they are found in plain text.

use std::collections::HashMap;
use std::fmt::Write as _;

use linkify::{LinkFinder, LinkKind};

use crate::render::facts::LinkStyle;
use crate::render::{Link, tracker};
use crate::safe_text::SafeText;

/// Links beyond this number are shown as plain text.
const MAX_LINKS: usize = 2_000;

/// Targets longer than this are no links: nothing opens them.
const MAX_TARGET: usize = 8_192;

/// Lines longer than this are not searched for links.
const MAX_SEARCHED: usize = 20_000;

/// The links of a document in the order of their numbers; the same target has one number.
#[derive(Debug, Default)]
pub(crate) struct Links {
    list: Vec<Link>,
    places: HashMap<String, u16>,
    style: LinkStyle,
}

impl Links {
    /// No links yet.
    pub(crate) fn new(style: LinkStyle) -> Self {
        Self { style, ..Self::default() }
    }

    /// The place of a target, when it is one that may be opened.
    pub(crate) fn add(&mut self, target: &str) -> Option<u16> {
        let (target, host) = normalise(target)?;
        if let Some(place) = self.places.get(&target) {
            return Some(*place);
        }
        let place = u16::try_from(self.list.len()).ok().filter(|_| self.list.len() < MAX_LINKS)?;
        self.list.push(self.link(&target, &host));
        self.places.insert(target, place);
        Some(place)
    }

    /// The link to this normalised target, without trackers if that is wished.
    fn link(&self, target: &str, host: &str) -> Link {
        let cleaned = tracker::clean(target);
        let name = SafeText::from_static(cleaned.tracker.unwrap_or_default());
        let as_sent = |host: &str| Link {
            target: SafeText::new(target),
            host: SafeText::new(host),
            sent: SafeText::default(),
            tracker: name.clone(),
        };
        if self.style == LinkStyle::AsSent || cleaned.target == target {
            return as_sent(host);
        }
        // What a redirector leads to is only taken where it is a link that we would take by itself.
        let Some((clean, host)) = normalise(&cleaned.target) else { return as_sent(host) };
        Link { target: SafeText::new(&clean), host: SafeText::new(&host), sent: SafeText::new(target), tracker: name }
    }

    /// The host that the link at a place leads to.
    pub(crate) fn host(&self, place: u16) -> &str {
        self.list.get(usize::from(place)).map_or("", |link| link.host.as_str())
    }

    /// The links found.
    pub(crate) fn into_list(self) -> Vec<Link> {
        self.list
    }
}

/// The target with its bytes in 0x21-0x7E, and its host. Only what leads to the web or to a new mail is a link.
fn normalise(target: &str) -> Option<(String, String)> {
    // Browsers leave out tabs and line breaks inside of a URL.
    let target: String = target.trim().chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
    if target.is_empty() || target.len() > MAX_TARGET {
        return None;
    }
    let full = if target.starts_with("//") { format!("https:{target}") } else { target };
    let (scheme, rest) = full.split_once(':')?;
    let scheme = scheme.to_ascii_lowercase();
    match scheme.as_str() {
        "mailto" => Some((format!("mailto:{}", percent_encode(rest)), String::new())),
        "http" | "https" => {
            let rest = rest.trim_start_matches(['/', '\\']);
            let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
            let (authority, path) = rest.split_at_checked(end)?;
            let (user, place) = authority.rsplit_once('@').map_or(("", authority), |(user, place)| (user, place));
            let (host, port) = match place.rsplit_once(':') {
                Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (host, port),
                _ => (place, ""),
            };
            let host = ascii_host(host);
            if host.is_empty() {
                return None;
            }
            let user = if user.is_empty() { String::new() } else { format!("{}@", percent_encode(user)) };
            let port = if port.is_empty() { String::new() } else { format!(":{port}") };
            Some((format!("{scheme}://{user}{host}{port}{}", percent_encode(path)), host))
        }
        _ => None,
    }
}

/// The normalised URL and the host of something on the web; nothing else is loaded.
pub(crate) fn web_host(target: &str) -> Option<(String, String)> {
    normalise(target).filter(|(_, host)| !host.is_empty())
}

/// Everything outside 0x21-0x7E as %XX.
fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if (0x21..=0x7e).contains(&byte) && !matches!(byte, b'"' | b'<' | b'>' | b'`') {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A host in lower case ASCII: labels with other letters as punycode (RFC 3492), so that no letter can pose as another.
pub(crate) fn ascii_host(host: &str) -> String {
    let labels: Vec<String> = host
        .trim_end_matches('.')
        .split(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'])
        .map(|label| {
            let label = label.to_lowercase();
            percent_encode(&ascii_label(&label))
        })
        .collect();
    labels.join(".")
}

/// A label as the DNS has it (UTS 46); where that forbids it, its letters in punycode all the same: it must look odd.
fn ascii_label(label: &str) -> String {
    if label.is_ascii() {
        return label.to_owned();
    }
    let mapped = idna::domain_to_ascii(label).ok().filter(|ascii| !ascii.is_empty());
    let raw = || idna::punycode::encode_str(label).map(|code| format!("xn--{code}"));
    mapped.or_else(raw).unwrap_or_else(|| label.to_owned())
}

/// An address whose domain uses letters that can pose as others, with that domain in punycode.
///
/// Latin letters up to U+00FF and scripts without look-alikes stay as they are when they stand alone in their label.
pub(crate) fn honest_address(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) if !domain.is_ascii() && !domain.split('.').all(is_plain_label) => {
            format!("{local}@{}", ascii_host(domain))
        }
        _ => address.to_owned(),
    }
}

fn is_plain_label(label: &str) -> bool {
    let latin = |c: char| c.is_ascii() || matches!(c, '\u{c0}'..='\u{ff}');
    let distinct = |c: char| matches!(c, '0'..='9' | '-' | '\u{5d0}'..='\u{e7f}' | '\u{3040}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}');
    label.chars().all(latin) || label.chars().all(distinct)
}

/// A piece of a line of plain text: a URL or what is between two of them.
pub(crate) enum Piece<'a> {
    /// Text.
    Text(&'a str),
    /// A URL as written.
    Url(&'a str),
}

/// Takes a line of plain text apart at its URLs.
pub(crate) fn pieces(line: &str) -> Vec<Piece<'_>> {
    if line.len() > MAX_SEARCHED || !(line.contains("://") || line.contains("mailto:")) {
        return vec![Piece::Text(line)];
    }
    LinkFinder::new()
        .kinds(&[LinkKind::Url])
        .spans(line)
        .map(|span| match span.kind() {
            Some(_) => Piece::Url(span.as_str()),
            None => Piece::Text(span.as_str()),
        })
        .collect()
}

/// The host that a visible text names, when it looks like an address on the web.
pub(crate) fn shown_host(text: &str) -> Option<String> {
    let text = text.trim();
    let word = text.split_whitespace().find(|word| word.contains('.'))?;
    let bare = word
        .trim_start_matches(|c: char| !c.is_alphanumeric())
        .trim_start_matches("https://")
        .trim_start_matches("http://");
    let end = bare.find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '@'))).unwrap_or(bare.len());
    let host = bare.get(..end)?;
    if host.contains('@') {
        return None;
    }
    let host = ascii_host(host.trim_end_matches(['.', '-']));
    let (name, top) = host.rsplit_once('.')?;
    let known = text.contains("://") || text.starts_with("www.") || KNOWN_TOPS.contains(&top);
    (known && !name.is_empty() && top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
        .then_some(host)
}

/// Top-level domains that a word with a dot in it is taken to name when nothing else says that it is a host.
const KNOWN_TOPS: [&str; 32] = [
    "com", "org", "net", "edu", "gov", "io", "co", "de", "uk", "fr", "eu", "us", "ch", "at", "nl", "it", "es", "pl",
    "se", "no", "dk", "fi", "jp", "cn", "in", "br", "ru", "info", "biz", "app", "dev", "example",
];

/// Whether two hosts belong together: equal, or one a subdomain of the other.
pub(crate) fn same_site(shown: &str, real: &str) -> bool {
    let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_owned();
    let (shown, real) = (bare(shown), bare(real));
    let below = |a: &str, b: &str| a.strip_suffix(b).is_some_and(|head| head.ends_with('.'));
    shown == real || below(&shown, &real) || below(&real, &shown)
}

/// The number of a link as superscript digits.
pub(crate) fn superscript(place: u16) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    (u32::from(place) + 1)
        .to_string()
        .bytes()
        .filter_map(|b| DIGITS.get(usize::from(b.wrapping_sub(b'0'))).copied())
        .collect()
}

#[cfg(test)]
mod tests;
