//! Link targets: which ones are kept, where they really lead, and how they are found in plain text.

use std::collections::HashMap;
use std::fmt::Write as _;

use linkify::{LinkFinder, LinkKind};

use crate::render::Link;
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
}

impl Links {
    /// The place of a target, when it is one that may be opened.
    pub(crate) fn add(&mut self, target: &str) -> Option<u16> {
        let (target, host) = normalise(target)?;
        if let Some(place) = self.places.get(&target) {
            return Some(*place);
        }
        let place = u16::try_from(self.list.len()).ok().filter(|_| self.list.len() < MAX_LINKS)?;
        self.list.push(Link { target: SafeText::new(&target), host: SafeText::new(&host) });
        self.places.insert(target, place);
        Some(place)
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
            let label = if label.is_ascii() { label } else { format!("xn--{}", punycode(&label)) };
            percent_encode(&label)
        })
        .collect();
    labels.join(".")
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

/// RFC 3492, section 6.3.
fn punycode(label: &str) -> String {
    const BASE: u32 = 36;
    let input: Vec<u32> = label.chars().map(u32::from).take(64).collect();
    let mut out: String = input.iter().filter_map(|c| char::from_u32(*c)).filter(char::is_ascii).collect();
    let basic = out.len() as u32;
    let mut handled = basic;
    if basic > 0 {
        out.push('-');
    }
    let (mut n, mut delta, mut bias) = (128u32, 0u32, 72u32);
    while (handled as usize) < input.len() {
        let Some(next) = input.iter().copied().filter(|c| *c >= n).min() else { break };
        delta = delta.saturating_add((next - n).saturating_mul(handled + 1));
        n = next;
        for c in &input {
            if *c < n {
                delta = delta.saturating_add(1);
            }
            if *c == n {
                let mut q = delta;
                let mut k = BASE;
                loop {
                    let t = k.saturating_sub(bias).clamp(1, 26);
                    if q < t {
                        break;
                    }
                    out.push(digit(t + (q - t) % (BASE - t)));
                    q = (q - t) / (BASE - t);
                    k += BASE;
                }
                out.push(digit(q));
                bias = adapt(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.saturating_add(1);
        n = n.saturating_add(1);
    }
    out
}

fn digit(value: u32) -> char {
    char::from_digit(value, 36).map_or('?', |_| {
        let base = if value < 26 { u32::from('a') + value } else { u32::from('0') + value - 26 };
        char::from_u32(base).unwrap_or('?')
    })
}

fn adapt(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > 455 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
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
