//! Keys and certificates by address, from `--list-keys --with-colons` (`doc/DETAILS` of `GnuPG`): which of them can be used,
//! and why the others cannot.

use std::sync::atomic::AtomicBool;

use super::listing::{address, trust, unescaped};
use super::run::{Runner, Stop};
use super::{Kind, Programs, Trust, words};

/// Keys of one address that are looked at.
const MOST: usize = 64;
/// Codes of libgpg-error that say that there is no such key: no public key, no secret key, not found.
const NOTHING: [u32; 3] = [9, 17, 27];

/// What a key is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Use {
    /// To sign: the secret key.
    Sign,
    /// To encrypt to its owner.
    Encrypt,
    /// To open what was encrypted: the secret key.
    Open,
}

/// Whether a key can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fitness {
    /// It can.
    Fit,
    /// It has expired, at this time where that is known, in seconds since 1970.
    Expired(Option<i64>),
    /// Its owner revoked it.
    Revoked,
    /// The user switched it off, or marked it as not to be trusted.
    Off,
    /// It was made for other things, or is damaged.
    Unfit,
}

/// A key or certificate that bears an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Of the primary key or the certificate, in hexadecimal.
    pub fingerprint: String,
    /// The user id with the address; anybody may have chosen it.
    pub user_id: String,
    /// Trust in that user id.
    pub trust: Trust,
    /// Whether it can be used.
    pub fitness: Fitness,
    /// What gpg-agent calls its secret part that signs; empty where it was not asked for.
    pub grip: String,
    created: i64,
}

/// Why the program does not say which keys there are, each in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silent {
    /// It is not installed: there are none that it could use.
    NotInstalled(String),
    /// It may know some.
    Failed(String),
}

/// The keys with this address, the best first: those that can be used before the others, the most trusted first, the newest
/// first. `now` is in seconds since 1970.
///
/// # Errors
/// The program could not be asked, or could not look.
pub fn keys(
    programs: &Programs,
    kind: Kind,
    wanted: (&str, Use),
    now: i64,
    cancel: &AtomicBool,
) -> Result<Vec<Key>, Silent> {
    let (of, purpose) = wanted;
    let plain = of.contains('@') && !of.contains(|c: char| c.is_whitespace() || c.is_control() || "<>".contains(c));
    if !plain {
        return Ok(Vec::new());
    }
    let runner = Runner { programs, cancel };
    let run = runner.find(kind, of, purpose != Use::Encrypt).map_err(|stop| match stop {
        Stop::NotInstalled => Silent::NotInstalled(words::stopped(&stop, kind)),
        Stop::TimedOut | Stop::Cancelled | Stop::TooLarge | Stop::Io(_) => Silent::Failed(words::stopped(&stop, kind)),
    })?;
    let mut keys = parse(&run.output, of, purpose, now);
    if keys.is_empty() && !run.success && has_failed(&run.status) {
        return Err(Silent::Failed(words::not_listed(kind)));
    }
    keys.sort_by_key(|key| (key.fitness != Fitness::Fit, key.trust, std::cmp::Reverse(key.created)));
    Ok(keys)
}

/// Whether a program that found nothing could not look. That there is no such key ends a listing as an error as well.
fn has_failed(status: &[u8]) -> bool {
    let text = String::from_utf8_lossy(status);
    text.lines().filter_map(|line| line.strip_prefix("[GNUPG:] ")).any(|line| {
        let code = line.split_whitespace().last().and_then(|code| code.parse::<u32>().ok());
        let nothing = code.is_some_and(|code| NOTHING.contains(&(code & 0xffff)));
        line.starts_with("FAILURE ") || line.starts_with("ERROR ") && !nothing
    })
}

/// What is read of one key until the next begins.
#[derive(Debug, Default)]
struct Draft {
    validity: String,
    capabilities: String,
    created: i64,
    expires: i64,
    /// The secret part is not here.
    stub: bool,
    fingerprint: String,
    /// What [`Key::grip`] says: of the first key that signs.
    grip: String,
    /// Whether the key that was read last signs.
    signs: bool,
    user_ids: Vec<(String, String)>,
}

fn parse(listing: &[u8], of: &str, purpose: Use, now: i64) -> Vec<Key> {
    let text = String::from_utf8_lossy(listing);
    let mut drafts: Vec<Draft> = Vec::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(':').take(16).collect();
        let field = |place: usize| fields.get(place).copied().unwrap_or("");
        let number = |place: usize| field(place).parse().unwrap_or(0);
        if matches!(field(0), "pub" | "sec" | "crt" | "crs") {
            if drafts.len() >= MOST {
                break;
            }
            drafts.push(Draft {
                validity: field(1).to_owned(),
                capabilities: field(11).to_owned(),
                created: number(5),
                expires: number(6),
                stub: field(14) == "#",
                signs: field(11).contains('s'),
                ..Draft::default()
            });
            continue;
        }
        let Some(draft) = drafts.last_mut() else { continue };
        match field(0) {
            "sub" | "ssb" => draft.signs = field(11).contains('s') && !field(1).starts_with(['r', 'e', 'i', 'd']),
            "fpr" if draft.fingerprint.is_empty() => field(9).clone_into(&mut draft.fingerprint),
            // gpg signs with the newest key that can.
            "grp" if draft.signs => field(9).clone_into(&mut draft.grip),
            "uid" => draft.user_ids.push((field(1).to_owned(), unescaped(field(9)))),
            _ => {}
        }
    }
    drafts.into_iter().filter_map(|draft| draft.finish(of, purpose, now)).collect()
}

impl Draft {
    /// The key, if it bears this address.
    fn finish(self, of: &str, purpose: Use, now: i64) -> Option<Key> {
        let bears = |id: &str| address(id).is_some_and(|own| own.eq_ignore_ascii_case(of));
        let mut user_ids = self.user_ids.iter().filter(|(_, id)| bears(id));
        let living = user_ids.clone().find(|(validity, _)| trust(validity).is_some());
        let (validity, user_id) = living.or_else(|| user_ids.next())?;
        let trust = trust(validity).unwrap_or(Trust::Unknown);
        let wanted = if purpose == Use::Sign { 'S' } else { 'E' };
        let expired = (self.expires > 0).then_some(self.expires);
        let fitness = match self.validity.chars().next() {
            Some('r') => Fitness::Revoked,
            Some('e') => Fitness::Expired(expired),
            Some('d') => Fitness::Off,
            Some('i') => Fitness::Unfit,
            _ if expired.is_some_and(|expires| expires <= now) => Fitness::Expired(expired),
            _ if living.is_none() => Fitness::Revoked,
            _ if self.capabilities.contains('D') || trust == Trust::Never => Fitness::Off,
            _ if self.stub && purpose == Use::Sign && self.grip.is_empty() => Fitness::Unfit,
            _ if self.capabilities.contains(wanted) => Fitness::Fit,
            _ => Fitness::Unfit,
        };
        let Self { fingerprint, grip, created, .. } = self;
        Some(Key { fingerprint, user_id: user_id.clone(), trust, fitness, grip, created })
    }
}

#[cfg(test)]
mod tests {
    use super::{Fitness, Trust, Use, parse};

    fn listing(validity: &str, capabilities: &str, expires: &str, ids: &[(&str, &str)]) -> String {
        let ids = ids.iter().map(|(validity, id)| format!("uid:{validity}::::1::AA::{id}::::::::::0:\n"));
        let ids = ids.collect::<Vec<_>>().concat();
        format!(
            "tru::1:1:0:3:1:5\npub:{validity}:255:22:5F81763939FDB5E3:100:{expires}::-:::{capabilities}:::::ed25519:::0:\n\
             fpr:::::::::44E9CCF67CE0A0B71773081E5F81763939FDB5E3:\n{ids}\
             sub:{validity}:255:18:14C9:1::::::e:::::cv25519::\nfpr:::::::::3083BA1717CFD8F526ADF32E14C990945E822EC6:\n"
        )
    }

    /// A key is used only where it is fit for what is asked of it, and never by a name that is not the address.
    #[test]
    fn keys_are_fit_or_say_why() {
        let bob = [("f", "Bob <Bob@example.org>")];
        let fit =
            |text: &str| parse(text.as_bytes(), "bob@example.org", Use::Encrypt, 1_000).first().map(|key| key.fitness);
        assert_eq!(fit(&listing("f", "scESC", "", &bob)), Some(Fitness::Fit));
        assert_eq!(fit(&listing("f", "scSC", "", &bob)), Some(Fitness::Unfit));
        assert_eq!(fit(&listing("e", "sc", "900", &bob)), Some(Fitness::Expired(Some(900))));
        assert_eq!(fit(&listing("f", "scESC", "900", &bob)), Some(Fitness::Expired(Some(900))));
        assert_eq!(fit(&listing("r", "scESC", "", &bob)), Some(Fitness::Revoked));
        assert_eq!(fit(&listing("f", "scESCD", "", &bob)), Some(Fitness::Off));
        assert_eq!(fit(&listing("n", "scESC", "", &[("n", "bob@example.org")])), Some(Fitness::Off));
        assert_eq!(fit(&listing("f", "scESC", "", &[("f", "bob@example.org <eve@example.org>")])), None);
        assert_eq!(
            fit(&listing("f", "scESC", "", &[("r", "bob@example.org"), ("f", "eve@example.org")])),
            Some(Fitness::Revoked)
        );
        let two = [("-", "Bob <bob@example.org>")];
        let keys = parse(listing("-", "scESC", "", &two).as_bytes(), "bob@example.org", Use::Encrypt, 1_000);
        assert_eq!(
            (keys[0].trust, keys[0].fingerprint.as_str()),
            (Trust::Unknown, "44E9CCF67CE0A0B71773081E5F81763939FDB5E3")
        );
    }
}
