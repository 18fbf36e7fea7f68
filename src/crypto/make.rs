//! Signs and encrypts with the user's own `gpg` and `gpgsm`. What is said of it comes from status lines alone.

use std::sync::atomic::AtomicBool;

use super::run::Runner;
use super::{Kind, Programs, words};

/// Status words by which a program says that it did not do what it was asked to.
const REFUSALS: [&str; 4] = ["FAILURE", "INV_RECP", "INV_SGNR", "NO_RECP"];

/// A signature that stands apart from what it signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Armoured (PGP) or DER (CMS).
    pub signature: Vec<u8>,
    /// The hash, as the parameter micalg names it (RFC 3156, section 5; RFC 8551, section 3.5.3.2).
    pub micalg: String,
}

/// Who gets what is encrypted, by fingerprints.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recipients {
    /// Everybody who is named.
    pub shown: Vec<String>,
    /// Everybody who is not: PGP alone can do that.
    pub hidden: Vec<String>,
}

/// Whether a secret key can be used without a passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lock {
    /// It can: it has none, or gpg-agent remembers it.
    Open,
    /// It will be asked for.
    Locked,
    /// gpg-agent does not say.
    Unknown,
}

/// Signs these bytes with the key of this fingerprint. Blocks: a passphrase may be asked for.
///
/// # Errors
/// Why there is no signature, in a sentence.
pub fn sign(programs: &Programs, kind: Kind, key: &str, data: &[u8], cancel: &AtomicBool) -> Result<Signed, String> {
    let run = Runner { programs, cancel }.sign(kind, key, data).map_err(|stop| words::stopped(&stop, kind))?;
    let status = String::from_utf8_lossy(&run.status);
    let made = fields(&status, "SIG_CREATED");
    let refused = fields(&status, "FAILURE").is_some();
    match made.as_ref().and_then(|made| micalg(kind, made.get(2)?)) {
        Some(micalg) if run.success && !refused && !run.output.is_empty() => {
            Ok(Signed { signature: run.output, micalg })
        }
        _ => Err(words::not_signed(&said(&status), kind)),
    }
}

/// Encrypts these bytes, and signs them inside of the encryption with the key of this fingerprint, if there is one (RFC
/// 3156, section 6.2); `gpgsm` does one of both at a time. Blocks.
///
/// # Errors
/// Why it is not encrypted, in a sentence.
pub fn encrypt(
    programs: &Programs,
    kind: Kind,
    to: &Recipients,
    signer: Option<&str>,
    data: &[u8],
    cancel: &AtomicBool,
) -> Result<Vec<u8>, String> {
    if to.shown.is_empty() && to.hidden.is_empty() || kind == Kind::Smime && (!to.hidden.is_empty() || signer.is_some())
    {
        return Err(words::not_encrypted(&[], kind));
    }
    let runner = Runner { programs, cancel };
    let run =
        runner.encrypt(kind, (&to.shown, &to.hidden), signer, data).map_err(|stop| words::stopped(&stop, kind))?;
    let status = String::from_utf8_lossy(&run.status);
    let said = said(&status);
    // A recipient that the program left out would get what cannot be read.
    let refused = said.iter().any(|line| REFUSALS.iter().any(|word| line.starts_with(word)));
    let ended = kind == Kind::Smime || fields(&status, "END_ENCRYPTION").is_some();
    let unsigned = signer.is_some() && fields(&status, "SIG_CREATED").is_none();
    if run.success && !refused && ended && !unsigned && !run.output.is_empty() {
        Ok(run.output)
    } else if unsigned {
        Err(words::not_signed(&said, kind))
    } else {
        Err(words::not_encrypted(&said, kind))
    }
}

/// Whether the secret key that gpg-agent calls so can be used without asking. Asks nothing.
pub fn lock(programs: &Programs, grip: &str, cancel: &AtomicBool) -> Lock {
    let Ok(run) = (Runner { programs, cancel }).key_info(grip) else { return Lock::Unknown };
    let text = String::from_utf8_lossy(&run.output);
    // S KEYINFO grip type serial id cached protection fingerprint ttl flags
    let line = text.lines().find_map(|line| line.strip_prefix("S KEYINFO "));
    let fields: Vec<&str> = line.map(|line| line.split(' ').collect()).unwrap_or_default();
    match (fields.get(1).copied(), fields.get(4).copied(), fields.get(5).copied()) {
        // On a card there is a PIN, of which nothing is said.
        (Some("T"), _, _) => Lock::Unknown,
        (_, Some("1"), _) | (_, _, Some("C")) => Lock::Open,
        (_, _, Some("P")) => Lock::Locked,
        _ => Lock::Unknown,
    }
}

/// What stands behind a status word.
fn fields<'s>(status: &'s str, word: &str) -> Option<Vec<&'s str>> {
    let line = status.lines().filter_map(|line| line.strip_prefix("[GNUPG:] ")).find_map(|line| {
        let rest = line.strip_prefix(word)?;
        (rest.is_empty() || rest.starts_with(' ')).then_some(rest)
    })?;
    Some(line.split_whitespace().collect())
}

/// The status lines without what marks them.
fn said(status: &str) -> Vec<&str> {
    status.lines().filter_map(|line| line.strip_prefix("[GNUPG:] ")).collect()
}

/// The name of a hash by its number (RFC 9580, section 9.5; libgcrypt's are the same).
fn micalg(kind: Kind, number: &str) -> Option<String> {
    let (pgp, cms) = match number {
        "2" => ("sha1", "sha-1"),
        "8" => ("sha256", "sha-256"),
        "9" => ("sha384", "sha-384"),
        "10" => ("sha512", "sha-512"),
        "11" => ("sha224", "sha-224"),
        _ => return None,
    };
    Some(match kind {
        Kind::Pgp => format!("pgp-{pgp}"),
        Kind::Smime => cms.to_owned(),
    })
}
