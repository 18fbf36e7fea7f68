//! The keys that a letter needs, and what is said of them.

use std::sync::atomic::AtomicBool;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::compose::address::{folded, on_the_wire, without_tag};
use crate::crypto::keys::{self, Fitness, Key, Silent, Use};
use crate::crypto::make::Recipients;
use crate::crypto::{Kind, Programs, Trust};
use crate::letter::{Letter, Mailbox, Seal};
use crate::mail::UnixTime;

/// People whom the words name; the others are counted.
const NAMED: usize = 3;

/// Why there is no key, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lack {
    /// There is none that can be used.
    None(String),
    /// Nobody knows: the program that keeps them could not look.
    Unknown(String),
}

impl Lack {
    pub(super) fn words(&self) -> &str {
        let (Self::None(words) | Self::Unknown(words)) = self;
        words
    }
}

/// The keys of a letter.
#[derive(Debug, Clone, Default)]
pub(super) struct Ring {
    /// The sender's, to sign with.
    pub(super) signer: Option<Key>,
    /// The sender's, so that the own copy can be read.
    own: Option<Key>,
    /// Of those in To and Cc.
    shown: Vec<(String, Key)>,
    /// Of those in Bcc.
    hidden: Vec<(String, Key)>,
    /// What is wrong, a sentence each.
    lacks: Vec<Lack>,
    /// The first of those who get it for whom there is no key.
    pub(super) keyless: Option<String>,
}

impl Ring {
    /// Looks for all of them.
    pub(super) fn of(programs: &Programs, letter: &Letter, seal: Seal, now: UnixTime, cancel: &AtomicBool) -> Self {
        let kind = super::kind(seal);
        let mut ring = Self::default();
        let from = &letter.from.address;
        if seal.sign {
            match best(programs, kind, (from, Use::Sign), now, cancel) {
                Ok(key) => ring.signer = Some(key),
                Err(why) => ring.lacks.push(why),
            }
        }
        if !seal.encrypt {
            return ring;
        }
        match own(programs, from, kind, now, cancel) {
            Ok(key) => ring.own = Some(key),
            Err(why) => ring.lacks.push(why),
        }
        if kind == Kind::Smime && !letter.bcc.is_empty() {
            let words = "S/MIME cannot hide who else gets a mail: send it to those in Bcc by itself";
            ring.lacks.push(Lack::None(words.to_owned()));
        }
        let (mut seen, mut keyless) = (vec![folded(from)], None);
        let mut find = |people: &[Mailbox], lacks: &mut Vec<Lack>| {
            let mut found = Vec::new();
            for one in people {
                let address = folded(&one.address);
                if seen.contains(&address) {
                    continue;
                }
                seen.push(address);
                match best(programs, kind, (&one.address, Use::Encrypt), now, cancel) {
                    Ok(key) => found.push((one.address.clone(), key)),
                    Err(why) => {
                        lacks.push(why);
                        keyless.get_or_insert_with(|| one.address.clone());
                    }
                }
            }
            found
        };
        let mut lacks = Vec::new();
        ring.shown = find(&letter.to, &mut lacks);
        ring.shown.extend(find(&letter.cc, &mut lacks));
        ring.hidden = find(&letter.bcc, &mut lacks);
        ring.lacks.extend(lacks);
        ring.keyless = keyless;
        ring
    }

    /// Whether nothing is missing.
    pub(super) fn is_complete(&self) -> bool {
        self.lacks.is_empty()
    }

    /// Whether nothing is missing for certain.
    pub(super) fn may_be_complete(&self) -> bool {
        self.lacks.iter().all(|lack| matches!(lack, Lack::Unknown(_)))
    }

    /// Whether there is a key of somebody who gets it.
    pub(super) fn knows_somebody(&self) -> bool {
        !self.shown.is_empty() || !self.hidden.is_empty()
    }

    /// What is missing, in sentences.
    pub(super) fn lacks(&self) -> String {
        let named: Vec<&str> = self.lacks.iter().take(NAMED).map(Lack::words).collect();
        let more = match self.lacks.len() - named.len() {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        format!("{}{more}", named.join("; "))
    }

    pub(super) fn recipients(&self) -> Recipients {
        let of = |keys: &[(String, Key)]| keys.iter().map(|(_, key)| key.fingerprint.clone()).collect::<Vec<_>>();
        let mut shown = of(&self.shown);
        shown.extend(self.own.iter().map(|key| key.fingerprint.clone()));
        let hidden = of(&self.hidden).into_iter().filter(|key| !shown.contains(key)).collect();
        Recipients { shown, hidden }
    }

    /// What will happen, in words.
    pub(super) fn words(&self, seal: Seal) -> String {
        let by = match &self.signer {
            Some(key) => format!("Signed as {}", key.user_id.trim()),
            None => String::new(),
        };
        if !seal.encrypt {
            return by;
        }
        let count = self.shown.len() + self.hidden.len();
        let people = if count == 1 { "1 person".to_owned() } else { format!("{count} people") };
        let begin = if by.is_empty() { "Encrypted".to_owned() } else { format!("{by}, encrypted") };
        let mut words = format!("{begin} to {people} and to you");
        if !self.hidden.is_empty() {
            words.push_str("; those in Bcc are hidden, though their number is not");
        }
        // Of a certificate gpgsm asks its issuer, when it encrypts.
        let unsure: Vec<&str> = self
            .shown
            .iter()
            .chain(&self.hidden)
            .filter(|(_, key)| key.trust >= Trust::Unknown && !seal.smime)
            .map(|(address, _)| address.as_str())
            .collect();
        let unsure = match unsure.as_slice() {
            [] => String::new(),
            [one] => format!("; you have not certified the key of {one}"),
            many => format!("; you have not certified the keys of {} people", many.len()),
        };
        words.push_str(&unsure);
        words.push_str("; the subject can be read by anybody");
        words
    }
}

/// The sender's own key, to encrypt to.
pub(super) fn own(
    programs: &Programs,
    address: &str,
    kind: Kind,
    now: UnixTime,
    cancel: &AtomicBool,
) -> Result<Key, Lack> {
    best(programs, kind, (address, Use::Open), now, cancel)
}

/// The best key of an address, or why there is none.
fn best(
    programs: &Programs,
    kind: Kind,
    (address, purpose): (&str, Use),
    now: UnixTime,
    cancel: &AtomicBool,
) -> Result<Key, Lack> {
    let wire = on_the_wire(address.trim()).unwrap_or_else(|| address.to_owned());
    let find = |address: &str| {
        keys::keys(programs, kind, (address, purpose), now.0, cancel).map_err(|silent| match silent {
            Silent::NotInstalled(words) => Lack::None(words),
            Silent::Failed(words) => Lack::Unknown(words),
        })
    };
    let mut keys = find(&wire)?;
    // The user's own key is for the box, whatever tag is written behind its name.
    let bare = without_tag(&wire);
    if keys.is_empty() && purpose != Use::Encrypt && bare != folded(&wire) {
        keys = find(&bare)?;
    }
    if keys.is_empty() {
        return Err(Lack::None(missing(address, kind, purpose)));
    }
    let key = keys.swap_remove(0);
    let noun = noun(kind);
    let whose =
        if purpose == Use::Encrypt { format!("The {noun} of {address}") } else { format!("Your {noun} for {address}") };
    let why = match key.fitness {
        Fitness::Fit => return Ok(key),
        Fitness::Expired(Some(at)) => format!("{whose} has expired on {}", day(at)),
        Fitness::Expired(None) => format!("{whose} has expired"),
        Fitness::Revoked => format!("{whose} was revoked"),
        Fitness::Off => format!("{whose} is switched off, or marked as not to be trusted"),
        Fitness::Unfit => match purpose {
            Use::Sign => format!("{whose} cannot sign"),
            Use::Encrypt | Use::Open => format!("{whose} cannot be encrypted to"),
        },
    };
    Err(Lack::None(why))
}

fn missing(address: &str, kind: Kind, purpose: Use) -> String {
    let noun = noun(kind);
    match purpose {
        Use::Encrypt => format!("There is no {noun} of {address} in your keyring"),
        Use::Sign | Use::Open => format!("You have no secret {noun} for {address}"),
    }
}

fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Pgp => "key",
        Kind::Smime => "certificate",
    }
}

/// "3 Mar 2026".
fn day(at: i64) -> String {
    let at = Timestamp::from_second(at).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(TimeZone::system());
    at.strftime("%-d %b %Y").to_string()
}
