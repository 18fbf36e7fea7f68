//! Domains: one spelling to compare, the organisation that holds them, and the honest way to show them.

use unicode_security::RestrictionLevel;
use unicode_security::confusable_detection::skeleton;
use unicode_security::restriction_level::RestrictionLevelDetection as _;

/// The longest domain in bytes (RFC 1035, section 2.3.4), as a limit for text that is not in ASCII yet as well.
const MAX_DOMAIN: usize = 253;

/// The longest label in bytes (RFC 1035, section 2.3.4).
const MAX_LABEL: usize = 63;

/// The domain in lower case ASCII without a final dot, other letters as punycode (RFC 5891, section 4).
///
/// `None` for everything that no mail server has as a name: IP literals, empty labels, signs, too many bytes.
pub(super) fn ascii(domain: &str) -> Option<String> {
    let domain = domain.trim();
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    if domain.is_empty() || domain.len() > MAX_DOMAIN {
        return None;
    }
    let name = idna::domain_to_ascii(domain).ok().filter(|name| name.len() <= MAX_DOMAIN)?;
    let label = |l: &str| {
        (1..=MAX_LABEL).contains(&l.len()) && l.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    let top = name.rsplit('.').next().unwrap_or_default();
    (name.split('.').all(label) && !top.bytes().all(|b| b.is_ascii_digit())).then_some(name)
}

/// The domain of an address, as [`ascii`] gives it.
pub(super) fn of_address(address: &str) -> Option<String> {
    let (local, domain) = address.trim().rsplit_once('@')?;
    if local.is_empty() { None } else { ascii(domain) }
}

/// The organisational domain (RFC 7489, section 3.2) of a domain that [`ascii`] made: the public suffix and one label.
pub(crate) fn organisation(domain: &str) -> &str {
    psl::domain_str(domain).unwrap_or(domain)
}

/// Whether two domains that [`ascii`] made belong to one organisation: DMARC's relaxed alignment.
pub(super) fn related(a: &str, b: &str) -> bool {
    a == b || organisation(a) == organisation(b)
}

/// Whether a domain that [`ascii`] made ends in a public suffix that exists, or in `.example` (RFC 2606, section 2).
pub(super) fn has_real_suffix(domain: &str) -> bool {
    psl::suffix(domain.as_bytes()).is_some_and(|suffix| suffix.is_known()) || domain.ends_with(".example")
}

/// A domain for the screen, and whether it could pass for another one.
///
/// `xn--` labels are shown in Unicode when each label sticks to one script (UTS 39, section 5.2) and does not look like
/// a name in Latin letters; else the whole domain stays in punycode. What is no domain at all comes back with its odd
/// characters replaced, and flagged. The caller still makes a `SafeText` of it. Longer text is cut at 253 characters.
pub fn display_domain(domain: &str) -> (String, bool) {
    let Some(name) = ascii(domain) else {
        let odd = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '[' | ']' | ':'));
        let shown: String =
            domain.trim().chars().take(MAX_DOMAIN).map(|c| if odd(c) { '\u{fffd}' } else { c }).collect();
        let literal = shown.starts_with('[') && shown.ends_with(']');
        return (shown.clone(), !shown.is_empty() && !literal);
    };
    if !name.split('.').any(|label| label.starts_with("xn--")) {
        return (name, false);
    }
    match readable(&name) {
        Some(shown) => (shown, false),
        None => (name, true),
    }
}

/// A domain in Unicode, when each of its labels is safe to show so.
fn readable(name: &str) -> Option<String> {
    let (shown, result) = idna::domain_to_unicode(name);
    result.ok()?;
    // One spelling each: a name that does not come back the same is not what it seems.
    if idna::domain_to_ascii(&shown).ok()? != name {
        return None;
    }
    let top = shown.rsplit('.').next().unwrap_or_default();
    let native = !top.is_ascii();
    let safe = |label: &str| label.is_ascii() || is_plain(label) && (native || !looks_latin(label));
    shown.split('.').all(safe).then_some(shown)
}

fn is_plain(label: &str) -> bool {
    matches!(label.detect_restriction_level(), RestrictionLevel::ASCIIOnly | RestrictionLevel::SingleScript)
}

/// Whether a label with other letters looks like one in ASCII. Letters that Western Europeans tell apart do not count:
/// Unicode has "æ" look like "ae".
fn looks_latin(label: &str) -> bool {
    !label.chars().any(|c| matches!(c, '\u{c0}'..='\u{ff}' | 'œ')) && skeleton(label).all(|c| c.is_ascii())
}

/// What a domain that [`ascii`] made looks like when it uses letters that pose as others.
pub(super) fn looks_like(name: &str) -> Option<String> {
    let (shown, _) = idna::domain_to_unicode(name);
    let plain: String = skeleton(&shown).take(MAX_DOMAIN).collect();
    // The skeleton of "m" is "rn": only what was not ASCII is worth a translation.
    let seen: String = shown.chars().map(|c| if c.is_ascii() { c } else { letter(c) }).collect();
    (plain.is_ascii() && seen.is_ascii()).then_some(seen)
}

fn letter(c: char) -> char {
    let mut text = [0; 4];
    skeleton(c.encode_utf8(&mut text)).next().unwrap_or(c)
}

/// Whether a letter is drawn like a Latin one.
pub(super) fn is_latin_twin(c: char) -> bool {
    !c.is_ascii() && letter(c).is_ascii_alphabetic()
}

/// How a text looks, for comparing: confusable letters become one (UTS 39, section 4), case and spacing do not matter.
pub(super) fn appearance(text: &str) -> String {
    let words: Vec<String> =
        text.split_whitespace().map(|word| skeleton(&word.to_lowercase()).collect::<String>()).collect();
    words.join(" ")
}

/// How a domain that [`ascii`] made looks on a screen that shows Unicode, as [`appearance`] puts it.
pub(super) fn shown_appearance(name: &str) -> String {
    appearance(&idna::domain_to_unicode(name).0)
}

#[cfg(test)]
mod tests;
