//! Names of hosts and domains, and of an account that has none yet.

use crate::safe_text::SafeText;

/// The longest name in bytes (RFC 1035, section 2.3.4).
const MAX_NAME: usize = 253;

/// The longest label in bytes (RFC 1035, section 2.3.4).
const MAX_LABEL: usize = 63;

/// The name in lower case ASCII without a final dot, other letters as A-labels (RFC 5891, section 4). `None` for what no
/// host has as a name: an address in digits, an empty label, signs, too many bytes.
pub fn ascii(name: &str) -> Option<String> {
    let name = name.trim();
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.is_empty() || name.len() > MAX_NAME {
        return None;
    }
    let name = idna::domain_to_ascii(name).ok().filter(|name| name.len() <= MAX_NAME)?;
    let label = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = name.rsplit('.').next().unwrap_or_default();
    (name.split('.').all(label) && !top.bytes().all(|byte| byte.is_ascii_digit())).then_some(name)
}

/// The name of a server as a person typed it: as [`ascii`] makes it, or the address that it is. Signs that no host should have
/// and some do (`_`) stay. `None` for what cannot be looked up.
pub fn of_server(name: &str) -> Option<String> {
    if name.parse::<std::net::IpAddr>().is_ok() {
        return Some(name.to_owned());
    }
    ascii(name).or_else(|| name.is_ascii().then(|| name.to_owned()))
}

/// Whether a name may stand for a public host by its form: more than one label, none of those that are local (RFC 6761,
/// RFC 6762, RFC 8375).
pub fn is_public(name: &str) -> bool {
    const LOCAL: [&str; 6] = [".localhost", ".local", ".internal", ".home.arpa", ".lan", ".localdomain"];
    name.contains('.') && !LOCAL.iter().any(|suffix| name.ends_with(suffix))
}

/// The domain that an organisation registered: the public suffix and one label.
pub fn organisation(name: &str) -> &str {
    psl::domain_str(name).unwrap_or(name)
}

/// Whether two names, as [`ascii`] makes them, belong to one organisation.
pub fn related(one: &str, other: &str) -> bool {
    one == other || organisation(one) == organisation(other)
}

/// A name for an account: the provider's, or the domain's first word, with a number where that is taken.
pub fn for_account(domain: &str, provider: Option<&SafeText>, taken: &[&str]) -> String {
    let own = organisation(domain).split('.').next().unwrap_or(domain);
    // As people read it: the name is typed, and shown.
    let own = if own.starts_with("xn--") { idna::domain_to_unicode(own).0 } else { own.to_owned() };
    let provider = provider.map(|provider| provider.as_str().to_lowercase());
    // Only a provider that is called like its domain: the mail of example.org at Gmail is "example".
    let base = provider.filter(|provider| *provider == own).unwrap_or(own);
    let base = if base.is_empty() { "mail".to_owned() } else { base };
    let free = |name: &String| !taken.iter().any(|other| other.eq_ignore_ascii_case(name));
    if free(&base) {
        return base;
    }
    // One of so many is free.
    (2..=taken.len() + 2).map(|number| format!("{base}{number}")).find(free).unwrap_or(base)
}
