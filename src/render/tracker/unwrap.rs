//! Finds the target that a redirector carries in its own URL.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::render::tracker::rules::{Pattern, Way};
use crate::render::tracker::url::Url;

/// Targets that were percent-encoded more often than once are decoded at most this often.
const MAX_DECODED: usize = 3;

/// Base64 as it is found in links: padded or not, and cut carelessly.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The http or https target that a redirector's URL carries. Not normalised, and never much longer than that URL.
pub(super) fn inner(pattern: &Pattern, url: &Url<'_>) -> Option<String> {
    let found = match pattern.way {
        Way::Query => values(pattern, url).find_map(|value| web(&percent_decode(value)?)),
        Way::Base64 => encoded(pattern, url, "aHR0c").find_map(|text| web(&String::from_utf8(base64(text)?).ok()?)),
        Way::Json => encoded(pattern, url, "eyJ").find_map(|text| web(&json_target(&base64(text)?)?)),
        Way::Segment => url.path.split('/').filter(|part| is_encoded_web(part)).find_map(web),
        Way::Rest => rest(pattern, url),
        Way::Amp => amp(pattern, url),
        Way::Place => place(pattern, url),
        Way::Proofpoint2 => {
            values(pattern, url).find_map(|value| web(&percent_decode(&value.replace('-', "%").replace('_', "/"))?))
        }
        Way::Proofpoint3 => proofpoint3(pattern, url),
    }?;
    // Browsers carry the fragment over when the target has none.
    let fragment = if found.contains('#') { "" } else { url.fragment };
    Some(format!("{found}{fragment}"))
}

/// The values of the parameters that may hold the target.
fn values<'a>(pattern: &'a Pattern, url: &'a Url<'_>) -> impl Iterator<Item = &'a str> {
    pattern.keys.iter().filter_map(|key| url.value(key))
}

/// The parameters that may hold the target in Base64 or, when the pattern names none, the path segments that start so.
fn encoded<'a>(pattern: &'a Pattern, url: &'a Url<'_>, start: &'a str) -> impl Iterator<Item = &'a str> {
    let in_path = pattern.keys.is_empty().then(|| url.path.split('/').filter(move |part| part.starts_with(start)));
    // Some put a mark of their own before it.
    let cut = move |value: &'a str| value.find(start).and_then(|at| value.get(at..));
    values(pattern, url).filter_map(cut).chain(in_path.into_iter().flatten())
}

/// A text as an http or https URL with a host, decoded further where it was encoded more than once.
fn web(text: &str) -> Option<String> {
    // Browsers leave out tabs and line breaks inside of a URL.
    let mut text: String = text.trim().chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
    for _ in 0..MAX_DECODED {
        // Servers on the way make one slash of two.
        if let Some((scheme, after)) = text.split_once(":/").filter(|(_, after)| !after.starts_with('/')) {
            text = format!("{scheme}://{after}");
        }
        if Url::parse(&text).is_some() {
            return Some(text);
        }
        if !is_encoded_web(&text) {
            return None;
        }
        text = percent_decode(&text)?;
    }
    None
}

/// Whether a text starts like a URL with its `://` partly or fully percent-encoded.
fn is_encoded_web(text: &str) -> bool {
    let start: String = text.chars().take(14).collect::<String>().to_ascii_lowercase();
    let rest = start.strip_prefix("https").or_else(|| start.strip_prefix("http"));
    let after_colon = rest.and_then(|rest| {
        rest.strip_prefix("%3a").or_else(|| rest.strip_prefix("%253a")).or_else(|| rest.strip_prefix(':'))
    });
    after_colon.is_some_and(|after| after.starts_with("%2f") || after.starts_with("%252f") || after.starts_with("//"))
}

/// A text with its %XX taken as bytes of UTF-8; nothing when they are none. A `%` without two digits stays.
fn percent_decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let digits = after.split_at_checked(2).filter(|_| *byte == b'%');
        let decoded = digits.and_then(|(digits, after)| Some((hex(digits)?, after)));
        let (byte, after) = decoded.unwrap_or((*byte, after));
        out.push(byte);
        rest = after;
    }
    String::from_utf8(out).ok()
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok()?;
    // A sign is a digit to the parser.
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u8::from_str_radix(digits, 16).ok())?
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let text = percent_decode(text)?.replace('+', "-").replace('/', "_");
    BASE64.decode(text).ok()
}

/// The member `href` or `url` of a JSON object, or of one written as text into its member `p`.
fn json_target(bytes: &[u8]) -> Option<String> {
    let object: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    let inner = object.get("p").and_then(serde_json::Value::as_str);
    let inner: Option<serde_json::Value> = inner.and_then(|text| serde_json::from_str(text).ok());
    let member = |object: &serde_json::Value| -> Option<String> {
        object.get("href").or_else(|| object.get("url"))?.as_str().map(str::to_owned)
    };
    member(&object).or_else(|| member(&inner?))
}

/// Everything from `http` on; where that is encoded, up to the next separator.
fn rest(pattern: &Pattern, url: &Url<'_>) -> Option<String> {
    let tail = url.tail.strip_prefix(&pattern.path).unwrap_or(url.tail);
    // Positions are the same in both: only ASCII letters change.
    let lower = tail.to_ascii_lowercase();
    let plain = ["http:/", "https:/"].iter().filter_map(|start| lower.find(start)).min();
    let coded = ["http%3a", "https%3a", "http:%2f", "https:%2f"].iter().filter_map(|start| lower.find(start)).min();
    if let Some(at) = coded.filter(|at| plain.is_none_or(|plain| *at < plain)) {
        let text = tail.get(at..)?;
        return web(text.split(['/', '&', '?', ';']).next()?);
    }
    let text = tail.get(plain?..)?;
    let stop = pattern.stop.as_ref().and_then(|stop| text.find(stop.as_str())).unwrap_or(text.len());
    web(text.get(..stop)?)
}

/// Host and path after the pattern's path, https when `s/` stands before them.
fn amp(pattern: &Pattern, url: &Url<'_>) -> Option<String> {
    let after = url.tail.strip_prefix(&pattern.path)?;
    let (scheme, place) = after.strip_prefix("s/").map_or(("http", after), |place| ("https", place));
    let host = place.split(['/', '?']).next()?;
    (host.contains('.') && !host.contains(['%', '\\'])).then(|| web(&format!("{scheme}://{place}")))?
}

/// The path segment after the pattern's path.
fn place(pattern: &Pattern, url: &Url<'_>) -> Option<String> {
    let place = percent_decode(url.path.strip_prefix(&pattern.path)?.split('/').next()?)?;
    let scheme = if pattern.path.ends_with("s/") { "https" } else { "http" };
    let host = place.split(['/', '?']).next()?;
    host.contains('.').then(|| web(&format!("{scheme}://{place}")))?
}

/// URL Defense 3: `__URL__;BASE64!…`, where each `*` stands for one of the characters in the Base64 text and `**X` for
/// as many of them as the letter says, from 2 for `A` on.
fn proofpoint3(pattern: &Pattern, url: &Url<'_>) -> Option<String> {
    const LENGTHS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (text, after) = url.tail.strip_prefix(&pattern.path)?.split_once("__;")?;
    let replaced = String::from_utf8(base64(after.split('!').next()?)?).ok()?;
    let mut replaced = replaced.chars();
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '*' {
            out.push(c);
            continue;
        }
        let length = if chars.next_if_eq(&'*').is_some() { LENGTHS.find(chars.next()?)?.checked_add(2)? } else { 1 };
        out.extend(replaced.by_ref().take(length));
    }
    web(&out)
}
