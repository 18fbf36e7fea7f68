//! What is said to people.

use super::run::Stop;
use super::status::{Hindrance, Status};
use super::{Covers, Expiry, Kind, State, Trust};

pub(super) const UNKNOWN_CMS: &str = "This S/MIME message is of a kind that cannot be opened here";
pub(super) const NOT_DETACHED: &str = "The signature does not belong to this message";
pub(super) const NO_SIGNATURE: &str = "There is no signature that could be checked";
pub(super) const NOT_CHECKED: &str = "The signature could not be checked";
pub(super) const GARBLED: &str = "The signature could not be checked: the program's answer was not understood";

/// Why a run was ended.
pub(super) fn stopped(stop: &Stop, kind: Kind) -> String {
    let program = match kind {
        Kind::Pgp => "gpg",
        Kind::Smime => "gpgsm",
    };
    match stop {
        Stop::NotInstalled => format!("{program} is not installed"),
        Stop::TimedOut => format!("{program} took too long and was stopped"),
        Stop::Cancelled => format!("{program} was stopped"),
        Stop::TooLarge => format!("What {program} unpacks from this message is too large: nothing of it is shown"),
        Stop::Io(error) => format!("{program} could not be run: {error}"),
    }
}

/// Why an encryption was not opened.
pub(super) fn not_opened(status: &Status) -> &'static str {
    let state = &status.decryption;
    if state.hindrance == Some(Hindrance::NoPassphrase) {
        "Encrypted; not opened: the passphrase was not given"
    } else if state.hindrance == Some(Hindrance::NoSecretKey) && !state.okay {
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
