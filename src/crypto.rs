//! Verifies and opens messages with the user's own `gpg` and `gpgsm`, and signs and encrypts with them: their keys, their
//! trust, their passphrase prompt.
//!
//! No shell, no network, no option that a message could choose. What the programs say is read from a channel of its own
//! and never from what they print for people. A message that was encrypted without a check against changes is not
//! opened (EFAIL, CVE-2017-17688). Everything blocks: it is for a worker thread.
//!
//! Strings in what is given out hold names that strangers chose: the caller passes them through `SafeText`.

pub mod keys;
mod listing;
pub mod make;
mod run;
mod status;
pub mod terminal;
mod words;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::render::protected::{self, Announced, Covers, Protected};

use listing::Listing;
use run::{Runner, Stop};
use status::{Hindrance, Signature, Status, Verdict};

/// Signed and encrypted layers that are opened one inside of the other; three is what S/MIME programs make.
const MAX_LAYERS: usize = 4;

/// The programs, and what they may use up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    /// `gpg`, looked for in PATH unless it is a path.
    pub gpg: PathBuf,
    /// `gpgsm`, likewise.
    pub gpgsm: PathBuf,
    /// GNUPGHOME; `None`: as the environment has it.
    pub home: Option<PathBuf>,
    /// Time that one run may take; a passphrase is typed within it.
    pub time: Duration,
    /// Bytes that one run may give out.
    pub output: usize,
    /// Whether a passphrase may be asked for on the terminal (`GPG_TTY`). Only while nothing else is drawn there.
    pub terminal: bool,
}

impl Default for Programs {
    fn default() -> Self {
        Self {
            gpg: "gpg".into(),
            gpgsm: "gpgsm".into(),
            home: None,
            time: Duration::from_mins(2),
            output: 64 << 20,
            terminal: false,
        }
    }
}

/// How far the owner of the keyring trusts that a key belongs to its name; the most comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    /// The reader's own key.
    Ultimate,
    /// Certified by the reader or by whom the reader trusts.
    Full,
    /// Certified by too few.
    Marginal,
    /// Nobody whom the reader trusts has certified it: anybody may have made it.
    Unknown,
    /// Marked as not to be trusted.
    Never,
}

/// What has expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expiry {
    /// The key or certificate.
    Key,
    /// The signature itself.
    Signature,
}

/// What became of a signature. With several signatures, the worst of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Right, and by a key that has the sender's address.
    Good {
        /// The user id with the sender's address.
        signer: String,
        /// Of the primary key or the certificate, in hexadecimal.
        fingerprint: String,
        /// Trust in that user id, not in other ones of the same key.
        trust: Trust,
    },
    /// Right, but by somebody else than the sender.
    NotSender {
        /// The main user id of the key.
        signer: String,
        /// Of the primary key or the certificate, in hexadecimal.
        fingerprint: String,
    },
    /// The key is not in the keyring: nothing is known.
    UnknownKey {
        /// Its key id or fingerprint in hexadecimal; empty if the signature does not say.
        key: String,
    },
    /// Right when it was made, but the key or the signature has expired.
    Expired {
        /// The main user id of the key.
        signer: String,
        /// Which of both.
        what: Expiry,
    },
    /// The key was revoked.
    Revoked {
        /// The main user id of the key.
        signer: String,
    },
    /// The message is not what was signed.
    Bad,
    /// It could not be checked; why, in words.
    Failed(String),
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The signature, if there is one.
    pub signature: Option<State>,
    /// What an encryption or an opaque signature held.
    /// `None` where the bytes of the message are to be shown as they are, or nothing can be shown.
    pub decrypted: Option<Vec<u8>>,
    /// `None`: `decrypted` is a part with its header. Else it is text alone, in this charset; empty if none is named.
    pub text_charset: Option<String>,
    /// Whether it was encrypted.
    pub encrypted: bool,
    /// Whether the encryption itself shows changes. S/MIME's commonly does not: what it held must fetch nothing.
    pub authenticated: bool,
    /// Key ids that it was encrypted to, in hexadecimal; at most 64 of each layer.
    pub encrypted_to: Vec<String>,
    /// How much of the message this is about.
    pub covers: Covers,
    /// What can be opened once a passphrase was typed at the terminal.
    pub locked: Option<Locked>,
    /// All of this for people.
    pub words: String,
}

/// An encryption whose passphrase can be asked for at the terminal alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    /// The program that opens it.
    pub kind: Kind,
    /// What is encrypted, as the program takes it.
    pub data: Vec<u8>,
}

impl Locked {
    fn of(status: &Status, kind: Kind, data: &[u8]) -> Option<Self> {
        let is_locked = status.decryption.hindrance == Some(Hindrance::Terminal);
        is_locked.then(|| Self { kind, data: data.to_vec() })
    }
}

impl Outcome {
    fn new(covers: Covers) -> Self {
        Self {
            signature: None,
            decrypted: None,
            text_charset: None,
            encrypted: false,
            authenticated: false,
            encrypted_to: Vec::new(),
            covers,
            locked: None,
            words: String::new(),
        }
    }

    fn failed(covers: Covers, signed: bool, words: String) -> Self {
        Self { signature: signed.then(|| State::Failed(words.clone())), words, ..Self::new(covers) }
    }
}

/// Reads a whole message with all layers of it: a signature inside of an encryption and the like. `None`: nothing in it
/// is signed or encrypted. `from` as in [`check`].
///
/// Parses: to be called on a thread with a large stack.
pub fn read(programs: &Programs, message: &[u8], from: &str, cancel: &AtomicBool) -> Option<Outcome> {
    let mut next = protected::find(message)?;
    let mut outcome = check(programs, &next, from, cancel);
    for _ in 1..MAX_LAYERS {
        let inner = match (&next, &outcome.decrypted) {
            (Protected::InlinePgp { .. }, _) => None,
            (Protected::PgpSigned { signed, .. } | Protected::SmimeSigned { signed, .. }, _) => protected::find(signed),
            (Protected::PgpEncrypted { .. } | Protected::SmimeOpaque { .. }, held) => {
                held.as_deref().and_then(protected::find)
            }
        };
        // Armour in a text is opened only where it is the message itself: it has no header to be shown by.
        let Some(inner) = inner.filter(|inner| !matches!(inner, Protected::InlinePgp { .. })) else { break };
        outcome = join(outcome, check(programs, &inner, from, cancel));
        next = inner;
    }
    Some(outcome)
}

/// Whether all of a message is encrypted, as it says itself: it is not opened.
///
/// Parses: to be called on a thread with a large stack.
pub fn is_encrypted(message: &[u8]) -> bool {
    match protected::find(message) {
        Some(Protected::PgpEncrypted { covers, .. }) => covers == Covers::All,
        Some(Protected::InlinePgp { covers, signed_only, .. }) => covers == Covers::All && !signed_only,
        Some(Protected::SmimeOpaque { covers, der }) => {
            covers == Covers::All && matches!(cms_type(&der), Some(Cms::Enveloped { .. }))
        }
        Some(Protected::PgpSigned { .. } | Protected::SmimeSigned { .. }) | None => false,
    }
}

/// One outcome of two layers: the worse signature, the smaller cover, the innermost content.
fn join(outer: Outcome, inner: Outcome) -> Outcome {
    let signature = match (outer.signature, inner.signature) {
        (Some(one), Some(other)) => Some(if rank(&other) >= rank(&one) { other } else { one }),
        (one, other) => one.or(other),
    };
    let mut encrypted_to = outer.encrypted_to;
    encrypted_to.extend(inner.encrypted_to);
    let part = outer.covers == Covers::Part || inner.covers == Covers::Part;
    Outcome {
        signature,
        decrypted: inner.decrypted.or(outer.decrypted),
        text_charset: None,
        encrypted: outer.encrypted || inner.encrypted,
        authenticated: outer.authenticated || inner.authenticated,
        encrypted_to,
        locked: inner.locked.or(outer.locked),
        covers: if part { Covers::Part } else { Covers::All },
        words: format!("{}. {}", outer.words, inner.words),
    }
}

/// Verifies or opens one layer. `from` is the one address of the From field; pass an empty one if there are several:
/// nobody is their sender. `cancel` ends the programs at once when it becomes true.
pub fn check(programs: &Programs, protected: &Protected, from: &str, cancel: &AtomicBool) -> Outcome {
    let runner = Runner { programs, cancel };
    match protected {
        Protected::PgpSigned { signed, signature, covers } => {
            let run = runner.verify_detached(Kind::Pgp, signed, signature);
            from_detached(&runner, Kind::Pgp, run, from, *covers)
        }
        Protected::SmimeSigned { signed, signature, covers } => {
            let run = runner.verify_detached(Kind::Smime, signed, signature);
            from_detached(&runner, Kind::Smime, run, from, *covers)
        }
        Protected::PgpEncrypted { data, covers } => from_pgp(&runner, data, Expect::Encrypted, from, *covers),
        Protected::InlinePgp { text, signed_only, charset, covers } => {
            let expect = if *signed_only { Expect::Signed } else { Expect::Either };
            let outcome = from_pgp(&runner, text, expect, from, *covers);
            Outcome { text_charset: Some(charset.clone()), ..outcome }
        }
        Protected::SmimeOpaque { der, covers } => match cms_type(der) {
            Some(Cms::Signed) => {
                let run = runner.verify_opaque(der);
                from_opaque(&runner, run, from, *covers)
            }
            Some(Cms::Enveloped { authenticated }) => from_enveloped(&runner, der, authenticated, *covers),
            None => Outcome::failed(*covers, false, words::UNKNOWN_CMS.to_owned()),
        },
    }
}

/// The user id among a key's that has an address, if there is one: the letters' case does not matter. Whoever signs
/// need not be the one whom the From field names.
pub fn check_signer<'a>(user_ids: &'a [String], from_address: &str) -> Option<&'a String> {
    let from = from_address.trim();
    user_ids
        .iter()
        .find(|id| !from.is_empty() && listing::address(id).is_some_and(|own| own.eq_ignore_ascii_case(from)))
}

/// Which of both programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `gpg`: PGP/MIME (RFC 3156).
    Pgp,
    /// `gpgsm`: S/MIME (RFC 8551).
    Smime,
}

/// What a PGP message was announced as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    Encrypted,
    Signed,
    Either,
}

enum Cms {
    Signed,
    Enveloped { authenticated: bool },
}

/// What a CMS object is (RFC 5652, section 3; RFC 5083): its object identifier stands in its first bytes.
fn cms_type(der: &[u8]) -> Option<Cms> {
    let start = der.get(..32.min(der.len()))?;
    let has = |id: &[u8]| start.windows(id.len()).any(|window| window == id);
    if has(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02") {
        Some(Cms::Signed)
    } else if has(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03") {
        Some(Cms::Enveloped { authenticated: false })
    } else if has(b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17") {
        Some(Cms::Enveloped { authenticated: true })
    } else {
        None
    }
}

/// By which of both a mail is encrypted, be it below signatures that hide nothing. `None`: it is not, or within a signature that
/// only `gpgsm` can look into. Of one that is cut off its header is believed.
///
/// Parses: to be called on a thread with a large stack.
pub fn encryption(message: &[u8]) -> Option<Kind> {
    let Some(mut next) = protected::find(message) else {
        return protected::announced(message).map(|announced| match announced {
            Announced::Pgp => Kind::Pgp,
            Announced::Smime => Kind::Smime,
        });
    };
    for _ in 0..MAX_LAYERS {
        match next {
            Protected::PgpSigned { signed, .. } | Protected::SmimeSigned { signed, .. } => {
                next = protected::find(&signed)?;
            }
            Protected::PgpEncrypted { .. } | Protected::InlinePgp { signed_only: false, .. } => return Some(Kind::Pgp),
            Protected::InlinePgp { signed_only: true, .. } => return None,
            Protected::SmimeOpaque { der, .. } => {
                return matches!(cms_type(&der), Some(Cms::Enveloped { .. })).then_some(Kind::Smime);
            }
        }
    }
    None
}

type Ran = Result<run::Run, Stop>;

fn from_detached(runner: &Runner<'_>, kind: Kind, run: Ran, from: &str, covers: Covers) -> Outcome {
    let run = match run {
        Ok(run) => run,
        Err(stop) => return Outcome::failed(covers, true, words::stopped(&stop, kind)),
    };
    let status = Status::parse(&run.status);
    // A signature with content of its own would be checked against that, not against the message.
    let state = if status.plaintexts > 0 || status.decryption.begun > 0 {
        State::Failed(words::NOT_DETACHED.to_owned())
    } else {
        judge(runner, kind, &status, run.success, from).unwrap_or_else(|| State::Failed(words::NO_SIGNATURE.to_owned()))
    };
    let words = words::signature(&state, kind, covers);
    Outcome { signature: Some(state), words, ..Outcome::new(covers) }
}

/// An PGP message: signed, encrypted or both.
fn from_pgp(runner: &Runner<'_>, data: &[u8], expect: Expect, from: &str, covers: Covers) -> Outcome {
    let run = match runner.open(Kind::Pgp, data) {
        Ok(run) => run,
        Err(stop) => {
            let failed = Outcome::failed(covers, expect == Expect::Signed, words::stopped(&stop, Kind::Pgp));
            return Outcome { encrypted: expect == Expect::Encrypted, ..failed };
        }
    };
    let status = Status::parse(&run.status);
    let encrypted = status.decryption.begun > 0 || !status.encrypted_to.is_empty() || expect == Expect::Encrypted;
    if encrypted && expect == Expect::Signed {
        return Outcome::failed(covers, true, words::NO_SIGNATURE.to_owned());
    }
    if encrypted && !status.opened() {
        let words = words::not_opened(&status).to_owned();
        let locked = Locked::of(&status, Kind::Pgp, data);
        return Outcome { encrypted, encrypted_to: status.encrypted_to, locked, words, ..Outcome::new(covers) };
    }
    // Only what was signed before it was encrypted is signed by somebody who knew what it says.
    let outside = encrypted && status.signatures.iter().any(|signature| !signature.inside);
    let signature = if outside || status.plaintexts != 1 {
        Some(State::Failed(words::NO_SIGNATURE.to_owned()))
    } else {
        judge(runner, Kind::Pgp, &status, run.success, from)
    };
    let signature = signature.or_else(|| (!encrypted).then(|| State::Failed(words::NO_SIGNATURE.to_owned())));
    let shown = encrypted || signature.as_ref().is_some_and(holds_content);
    let words = words::both(encrypted.then_some(&status), signature.as_ref(), Kind::Pgp, covers);
    let decrypted = shown.then_some(run.output);
    let encrypted_to = status.encrypted_to;
    let authenticated = encrypted;
    Outcome { signature, decrypted, encrypted, authenticated, encrypted_to, words, ..Outcome::new(covers) }
}

fn from_opaque(runner: &Runner<'_>, run: Ran, from: &str, covers: Covers) -> Outcome {
    let run = match run {
        Ok(run) => run,
        Err(stop) => return Outcome::failed(covers, true, words::stopped(&stop, Kind::Smime)),
    };
    let status = Status::parse(&run.status);
    let state = judge(runner, Kind::Smime, &status, run.success, from)
        .unwrap_or_else(|| State::Failed(words::NO_SIGNATURE.to_owned()));
    let decrypted = holds_content(&state).then_some(run.output);
    let words = words::signature(&state, Kind::Smime, covers);
    Outcome { signature: Some(state), decrypted, words, ..Outcome::new(covers) }
}

fn from_enveloped(runner: &Runner<'_>, der: &[u8], authenticated: bool, covers: Covers) -> Outcome {
    let run = match runner.open(Kind::Smime, der) {
        Ok(run) => run,
        Err(stop) => {
            return Outcome { encrypted: true, ..Outcome::failed(covers, false, words::stopped(&stop, Kind::Smime)) };
        }
    };
    let status = Status::parse(&run.status);
    let opened = run.success && status.decryption.okay && !status.decryption.failed && !status.garbled;
    let words = if opened {
        words::both(Some(&status), None, Kind::Smime, covers)
    } else {
        words::not_opened(&status).to_owned()
    };
    let locked = if opened { None } else { Locked::of(&status, Kind::Smime, der) };
    Outcome {
        decrypted: opened.then_some(run.output),
        encrypted: true,
        locked,
        authenticated,
        encrypted_to: status.encrypted_to,
        words,
        ..Outcome::new(covers)
    }
}

/// Whether what a signature was made over may be shown in place of the message's own bytes.
fn holds_content(state: &State) -> bool {
    match state {
        State::Good { .. }
        | State::NotSender { .. }
        | State::UnknownKey { .. }
        | State::Expired { .. }
        | State::Revoked { .. } => true,
        State::Bad | State::Failed(_) => false,
    }
}

/// How bad a state is: of several signatures the worst one counts.
fn rank(state: &State) -> u8 {
    match state {
        State::Good { .. } => 0,
        State::NotSender { .. } => 1,
        State::UnknownKey { .. } => 2,
        State::Expired { .. } => 3,
        State::Revoked { .. } => 4,
        State::Failed(_) => 5,
        State::Bad => 6,
    }
}

/// The state of all signatures. `None`: there is none.
fn judge(runner: &Runner<'_>, kind: Kind, status: &Status, success: bool, from: &str) -> Option<State> {
    if status.garbled {
        return Some(State::Failed(words::GARBLED.to_owned()));
    }
    let all: Vec<State> =
        status.signatures.iter().map(|signature| state_of(runner, kind, signature, success, from)).collect();
    let worst = all.iter().map(rank).max()?;
    // A right signature ends with 0, but for S/MIME's whose issuer is not trusted.
    if worst <= 1 && !success && kind == Kind::Pgp {
        return Some(State::Failed(words::NOT_CHECKED.to_owned()));
    }
    // Right ones by the sender and by others: the sender's is what matters.
    let good = all.iter().find(|state| rank(state) == 0);
    let chosen = if worst <= 1 { good } else { None };
    chosen.or_else(|| all.iter().find(|state| rank(state) == worst)).cloned()
}

fn state_of(runner: &Runner<'_>, kind: Kind, signature: &Signature, success: bool, from: &str) -> State {
    let signer = signature.user.clone();
    match signature.verdict {
        Some(Verdict::Good) if signature.is_valid(kind == Kind::Pgp) => good(runner, kind, signature, success, from),
        Some(Verdict::Bad) => State::Bad,
        Some(Verdict::ExpiredSignature) => State::Expired { signer, what: Expiry::Signature },
        Some(Verdict::ExpiredKey) => State::Expired { signer, what: Expiry::Key },
        Some(Verdict::RevokedKey) => State::Revoked { signer },
        Some(Verdict::NoKey) => State::UnknownKey { key: signature.key.clone() },
        Some(Verdict::Good | Verdict::Unchecked) | None => State::Failed(words::NOT_CHECKED.to_owned()),
    }
}

/// A right signature: whose is it, and is that the sender?
fn good(runner: &Runner<'_>, kind: Kind, signature: &Signature, success: bool, from: &str) -> State {
    let fingerprint = signature.primary.clone();
    let listing = match runner.list(kind, &fingerprint) {
        Ok(run) => Listing::parse(&run.output, &fingerprint),
        Err(stop) => return State::Failed(words::stopped(&stop, kind)),
    };
    let Some(id) = check_signer(&listing.user_ids, from) else {
        return State::NotSender { signer: signature.user.clone(), fingerprint };
    };
    match kind {
        Kind::Pgp => State::Good { signer: id.clone(), fingerprint, trust: listing.trust(id) },
        // The certificate's issuer vouches for all names in it: trust is that in the chain.
        Kind::Smime => {
            let name = signature.user.trim_start_matches('/');
            let trust = if success { signature.trust } else { signature.trust.max(Trust::Unknown) };
            State::Good { signer: format!("{name} {id}"), fingerprint, trust }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
