//! What is said to people.

use super::run::Stop;
use super::status::{Hindrance, Status, needs_terminal};
use super::{Covers, Expiry, Kind, State, Trust};

pub(super) const UNKNOWN_CMS: &str = "This S/MIME message is of a kind that cannot be opened here";
pub(super) const NOT_DETACHED: &str = "The signature does not belong to this message";
pub(super) const NO_SIGNATURE: &str = "There is no signature that could be checked";
pub(super) const NOT_CHECKED: &str = "The signature could not be checked";
pub(super) const GARBLED: &str = "The signature could not be checked: the program's answer was not understood";

/// Why a run was ended.
pub(super) fn stopped(stop: &Stop, kind: Kind) -> String {
    let program = program(kind);
    match stop {
        Stop::NotInstalled => format!("{program} is not installed"),
        Stop::TimedOut => format!("{program} took too long and was stopped"),
        Stop::Cancelled => format!("{program} was stopped"),
        Stop::TooLarge => format!("What {program} unpacks from this message is too large: nothing of it is shown"),
        Stop::Io(error) => format!("{program} could not be run: {error}"),
    }
}

/// Why a mail was not signed, by the status lines.
pub(super) fn not_signed(said: &[&str], kind: Kind) -> String {
    why(said, kind).map_or_else(
        || format!("It could not be signed: {} does not say why", program(kind)),
        |why| format!("It could not be signed: {why}"),
    )
}

/// Why a mail was not encrypted, by the status lines.
pub(super) fn not_encrypted(said: &[&str], kind: Kind) -> String {
    why(said, kind).map_or_else(
        || format!("It could not be encrypted: {} does not say why", program(kind)),
        |why| format!("It could not be encrypted: {why}"),
    )
}

/// Why nothing is known of keys, where the program says no more.
pub(super) fn not_listed(kind: Kind) -> String {
    format!("{} could not look for keys", program(kind))
}

fn program(kind: Kind) -> &'static str {
    match kind {
        Kind::Pgp => "gpg",
        Kind::Smime => "gpgsm",
    }
}

/// What a status line complains of.
fn why(said: &[&str], kind: Kind) -> Option<String> {
    said.iter().find_map(|line| {
        let mut fields = line.split_whitespace();
        match fields.next()? {
            word @ ("INV_RECP" | "INV_SGNR") => {
                let reason = fields.next()?;
                let whose = if word == "INV_RECP" { "a key" } else { "your key" };
                let key = fields.next().map(|key| format!(" {}", short(key))).unwrap_or_default();
                Some(format!("{whose}{key} {}", unfit(reason, kind)))
            }
            "NO_RECP" => Some("there is no key to encrypt it to".to_owned()),
            "FAILURE" | "ERROR" => {
                let code = fields.last()?.parse::<u32>().ok()?;
                let why = if needs_terminal(code) { Some(AT_TERMINAL) } else { failure(code & 0xffff) };
                why.map(str::to_owned)
            }
            _ => None,
        }
    })
}

/// Why a key is not taken (`doc/DETAILS` of `GnuPG`, `INV_RECP`).
fn unfit(reason: &str, kind: Kind) -> &'static str {
    match reason {
        "1" => "is not there",
        "2" => "cannot be told from another one",
        "3" => "was made for other things",
        "4" => "was revoked",
        "5" => "has expired",
        "9" => "has no secret part here",
        "10" if kind == Kind::Smime => "is of an issuer whom you do not trust",
        "10" => "is not trusted",
        "11" | "12" => "comes without the certificate of its issuer",
        "13" => "is switched off",
        _ => "is not taken",
    }
}

/// Why a prompt that needs the terminal did not ask.
const AT_TERMINAL: &str = "the passphrase has to be typed at the terminal";

/// Codes of libgpg-error that a user can do something about.
fn failure(code: u32) -> Option<&'static str> {
    match code {
        11 => Some("the passphrase was wrong"),
        17 => Some("the secret key is not here"),
        62 => Some("it took too long to type the passphrase"),
        85 | 86 => Some("there is no way to ask for the passphrase here"),
        87 => Some("the PIN was wrong"),
        99 | 198 => Some("the passphrase was not given"),
        77 => Some("gpg-agent does not run"),
        _ => None,
    }
}

/// Why an encryption was not opened.
pub(super) fn not_opened(status: &Status) -> &'static str {
    let state = &status.decryption;
    if state.hindrance == Some(Hindrance::Passphrase) {
        "Encrypted; not opened: the passphrase was not given"
    } else if state.hindrance == Some(Hindrance::Terminal) {
        "Encrypted; not opened: the passphrase has to be typed at the terminal"
    } else if state.hindrance == Some(Hindrance::SecretKey) && !state.okay {
        "No secret key for this message"
    } else if state.begun == 1 && !state.protected && status.plaintexts > 0 {
        "Encrypted without protection against changes: not opened, it may have been tampered with"
    } else if state.failed && state.begun == 0 && status.encrypted_to.is_empty() {
        // All that gpgsm says where it has no certificate of any recipient.
        "Encrypted; not opened: there is no secret key for this message, or it is damaged"
    } else if status.no_data {
        "This is no encrypted message that can be read"
    } else {
        "Encrypted; it could not be opened"
    }
}

/// Words on an encryption that was opened and on a signature.
pub(super) fn both(opened: Option<&Status>, state: Option<&State>, kind: Kind, covers: Covers) -> String {
    let mut out = String::new();
    if let Some(status) = opened {
        out.push_str(match covers {
            Covers::All => "Encrypted; opened with your ",
            Covers::Part => "A part of this message was encrypted; opened with your ",
        });
        let by_key = !status.encrypted_to.is_empty() || !status.decryption.key.is_empty();
        out.push_str(if by_key { "key" } else { "passphrase" });
        let only = if let [key] = status.encrypted_to.as_slice() { key } else { "" };
        let key = if status.decryption.key.is_empty() { only } else { &status.decryption.key };
        if !key.is_empty() {
            out.push(' ');
            out.push_str(&short(key));
        }
    }
    if let Some(state) = state {
        if !out.is_empty() {
            out.push_str(". ");
        }
        out.push_str(&signature(state, kind, covers));
    }
    out
}

/// Words on a signature.
pub(super) fn signature(state: &State, kind: Kind, covers: Covers) -> String {
    let signed = match covers {
        Covers::All => "Signed",
        Covers::Part => "A part of this message is signed",
    };
    match state {
        State::Good { signer, fingerprint, trust } => {
            format!("{signed} by {signer}, key {}{}", short(fingerprint), trusted(*trust, kind))
        }
        State::NotSender { signer, fingerprint } => {
            format!("{signed} by {signer}, who is not the sender, key {}", short(fingerprint))
        }
        State::UnknownKey { key } if key.is_empty() => format!("{signed} with a key that is not in your keyring"),
        State::UnknownKey { key } => format!("{signed} with a key that is not in your keyring: 0x{key}"),
        State::Expired { signer, what: Expiry::Key } => format!("{signed} by {signer} with a key that has expired"),
        State::Expired { signer, what: Expiry::Signature } => {
            format!("{signed} by {signer}; the signature has expired")
        }
        State::Revoked { signer } => format!("{signed} with a revoked key of {signer}: do not rely on it"),
        State::Bad => match covers {
            Covers::All => "The signature is BAD: the message was changed".to_owned(),
            Covers::Part => "The signature of a part of this message is BAD: it was changed".to_owned(),
        },
        State::Failed(words) => words.clone(),
    }
}

fn trusted(trust: Trust, kind: Kind) -> &'static str {
    match (trust, kind) {
        (Trust::Ultimate, _) => " (your own)",
        (Trust::Full, _) => "",
        (Trust::Marginal, _) => "; it is only partly certified",
        (Trust::Unknown, Kind::Pgp) => "; you have not certified this key",
        (Trust::Unknown, Kind::Smime) => "; you do not trust who issued this certificate",
        (Trust::Never, _) => "; it is marked as not to be trusted",
    }
}

/// The end of a fingerprint that tells keys apart; shorter ones can be forged in minutes.
fn short(fingerprint: &str) -> String {
    let skip = fingerprint.len().saturating_sub(16);
    let end: String = fingerprint.chars().skip(skip).collect();
    if skip > 0 { format!("…{end}") } else { end }
}
