//! A key's user ids from `--list-keys --with-colons` (`doc/DETAILS` of `GnuPG`, "Format of the colon listings").

use super::Trust;
use super::status::cut;

/// User ids that are looked at; a key may have thousands, and a stranger may have made it.
const MAX_USER_IDS: usize = 256;

/// The user ids of one key: those that are revoked or expired are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Listing {
    /// The most trusted first: of two names with one address that one counts.
    pub(super) user_ids: Vec<String>,
    /// Trust in each of them, in the same order.
    trusts: Vec<Trust>,
}

impl Listing {
    /// Reads the user ids of the key or certificate with this fingerprint, and no other one's.
    pub(super) fn parse(bytes: &[u8], fingerprint: &str) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let mut found = Vec::new();
        // A fingerprint follows the line of each key; the first one after `pub` or `crt` is the primary key's.
        let (mut awaited, mut ours) = (false, false);
        for line in text.lines() {
            let fields: Vec<&str> = line.split(':').take(10).collect();
            let field = |place: usize| fields.get(place).copied().unwrap_or("");
            match field(0) {
                "pub" | "crt" | "sec" | "crs" => (awaited, ours) = (true, false),
                "fpr" if awaited => (awaited, ours) = (false, field(9).eq_ignore_ascii_case(fingerprint)),
                "uid" if ours && found.len() < MAX_USER_IDS => {
                    found.extend(trust(field(1)).map(|trust| (trust, unescaped(field(9)))));
                }
                _ => {}
            }
        }
        found.sort_by_key(|(trust, _)| *trust);
        let (trusts, user_ids) = found.into_iter().unzip();
        Self { user_ids, trusts }
    }

    /// Trust in one of the user ids.
    pub(super) fn trust(&self, id: &str) -> Trust {
        let mut both = self.user_ids.iter().zip(&self.trusts);
        both.find(|(own, _)| *own == id).map_or(Trust::Unknown, |(_, trust)| *trust)
    }
}

/// Trust by the validity of a user id; none where it no longer counts.
pub(super) fn trust(validity: &str) -> Option<Trust> {
    match validity.chars().next() {
        Some('r' | 'e' | 'i' | 'd') => None,
        Some('u') => Some(Trust::Ultimate),
        Some('f') => Some(Trust::Full),
        Some('m') => Some(Trust::Marginal),
        Some('n') => Some(Trust::Never),
        _ => Some(Trust::Unknown),
    }
}

/// The address in a user id: what is between the last `<` and a `>` at the end, or all of it if it is an address alone.
pub(super) fn address(id: &str) -> Option<&str> {
    let id = id.trim();
    let address = match id.strip_suffix('>') {
        Some(start) => start.rsplit_once('<')?.1,
        None => id,
    };
    let odd = |letter: char| letter.is_whitespace() || letter.is_control() || letter == '<' || letter == '>';
    (address.contains('@') && !address.contains(odd)).then_some(address)
}

/// Colons, backslashes and control bytes are written as `\xHH`.
pub(super) fn unescaped(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = tail.get(..3).filter(|_| *first == b'\\').and_then(|code| code.strip_prefix(b"x"));
        let byte =
            code.and_then(|code| std::str::from_utf8(code).ok()).and_then(|code| u8::from_str_radix(code, 16).ok());
        out.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { tail.get(3..).unwrap_or_default() } else { tail };
    }
    cut(&String::from_utf8_lossy(&out))
}

#[cfg(test)]
mod tests {
    use super::{Listing, address};
    use crate::crypto::Trust;

    const FINGERPRINT: &str = "44E9CCF67CE0A0B71773081E5F81763939FDB5E3";

    /// Trust belongs to a user id, not to its key: a trusted name must not lend its trust to another one.
    #[test]
    fn trust_of_each_user_id() {
        let text = format!(
            "tru::1:1:0:3:1:5\npub:f:255:22:5F81763939FDB5E3:1:::-:::scESC:::::ed25519:::0:\nfpr:::::::::{FINGERPRINT}:\n\
             uid:f::::1::AA::Mallory <m@example.org>::::::::::0:\nuid:-::::1::AA::Dana \\x3a) <dana@example.org>:::::::::\n\
             uid:r::::1::AA::Old <old@example.org>::::::::::0:\nsub:f:255:18:14C9:1::::::e:::::cv25519::\n\
             fpr:::::::::3083BA1717CFD8F526ADF32E14C990945E822EC6:\n"
        );
        let listing = Listing::parse(text.as_bytes(), FINGERPRINT);
        assert_eq!(listing.user_ids, ["Mallory <m@example.org>", "Dana :) <dana@example.org>"]);
        assert_eq!(listing.trust("Mallory <m@example.org>"), Trust::Full);
        assert_eq!(listing.trust("Dana :) <dana@example.org>"), Trust::Unknown);
    }

    /// A program that lists other keys too must not add their names.
    #[test]
    fn other_keys_are_left_out() {
        let text = "pub:f:::\nfpr:::::::::AAAA:\nuid:f::::1::AA::Dana <dana@example.org>:\n";
        assert_eq!(Listing::parse(text.as_bytes(), FINGERPRINT), Listing::default());
    }

    /// A user id with the sender's address in its name is not the sender's.
    #[test]
    fn addresses_of_user_ids() {
        assert_eq!(address("Dana <dana@example.org>"), Some("dana@example.org"));
        assert_eq!(address("dana@example.org"), Some("dana@example.org"));
        assert_eq!(address("dana@example.org <eve@example.org>"), Some("eve@example.org"));
        assert_eq!(address("<dana@example.org> (Eve"), None);
        assert_eq!(address("dana@example.org Eve"), None);
        assert_eq!(address("CN=Dana"), None);
    }
}
