//! Status lines of `GnuPG` (its `doc/DETAILS`, "Format of the --status-fd output").

use super::Trust;

/// Signatures of one message that are looked at; more of them count as a failure.
const MAX_SIGNATURES: usize = 16;

/// Recipients that are kept.
const MAX_RECIPIENTS: usize = 64;

/// Letters of a user id that are kept.
const MAX_USER_ID: usize = 200;

/// What became of one signature, as the program has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Good,
    ExpiredSignature,
    ExpiredKey,
    RevokedKey,
    Bad,
    NoKey,
    /// Not checked for another reason than a missing key.
    Unchecked,
}

/// One signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signature {
    pub(super) verdict: Option<Verdict>,
    /// Key id or fingerprint of the key that signed.
    pub(super) key: String,
    /// Main user id; anybody may have chosen it.
    pub(super) user: String,
    /// Fingerprint of the key that signed.
    pub(super) fingerprint: String,
    /// Fingerprint of its primary key, or of the certificate.
    pub(super) primary: String,
    /// Signature class in hexadecimal (RFC 9580, section 5.2.1).
    pub(super) class: String,
    pub(super) trust: Trust,
    /// Whether it stood inside of an encryption.
    pub(super) inside: bool,
}

impl Signature {
    fn new(inside: bool) -> Self {
        Self {
            verdict: None,
            key: String::new(),
            user: String::new(),
            fingerprint: String::new(),
            primary: String::new(),
            class: String::new(),
            trust: Trust::Unknown,
            inside,
        }
    }

    /// Whether a good verdict is borne out: both lines name one key, and it is a signature over a document, not over a
    /// key (classes 00 and 01; CMS has no classes).
    pub(super) fn is_valid(&self, pgp: bool) -> bool {
        let same =
            !self.key.is_empty() && (self.fingerprint.ends_with(&self.key) || self.fingerprint.starts_with(&self.key));
        same && is_hex(&self.fingerprint)
            && is_hex(&self.primary)
            && self.primary.len() >= 32
            && (!pgp || self.class == "00" || self.class == "01")
    }
}

/// What was missing to open a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hindrance {
    SecretKey,
    Passphrase,
    /// The prompt is one that needs a terminal, and had none.
    Terminal,
}

/// Whether a code of libgpg-error says that the program that asks for passphrases has no terminal: it is the prompt's own
/// (`GPG_ERR_SOURCE_PINENTRY`), and a system error as one has it of a terminal that cannot be opened.
pub(super) fn needs_terminal(code: u32) -> bool {
    code >> 24 & 0x7f == 5 && code & 0x8000 != 0
}

/// What is said of an encryption.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Decryption {
    pub(super) begun: usize,
    pub(super) ended: usize,
    pub(super) okay: bool,
    pub(super) failed: bool,
    /// Whether the message has a check against changes: a modification detection code or an AEAD cipher.
    pub(super) protected: bool,
    pub(super) hindrance: Option<Hindrance>,
    /// Fingerprint of the key that opened it.
    pub(super) key: String,
}

/// All that the status lines of one run say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Status {
    pub(super) signatures: Vec<Signature>,
    pub(super) decryption: Decryption,
    pub(super) encrypted_to: Vec<String>,
    pub(super) plaintexts: usize,
    pub(super) no_data: bool,
    /// Whether a line was there that is no status line, or too many signatures: nothing is believed then.
    pub(super) garbled: bool,
}

impl Status {
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let mut status = Self::default();
        let text = String::from_utf8_lossy(bytes);
        for line in text.split('\n').filter(|line| !line.is_empty()) {
            match line.strip_prefix("[GNUPG:] ") {
                Some(line) => status.line(line),
                None => status.garbled = true,
            }
        }
        status.garbled |= status.signatures.len() > MAX_SIGNATURES;
        status
    }

    /// Whether a PGP encryption was opened as a whole and shown to be unchanged.
    pub(super) fn opened(&self) -> bool {
        let state = &self.decryption;
        state.begun == 1
            && state.ended == 1
            && state.okay
            && !state.failed
            && state.protected
            && self.plaintexts == 1
            && !self.garbled
    }

    fn line(&mut self, line: &str) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let mut fields = rest.split(' ');
        match word {
            "NEWSIG" => self.new_signature(),
            "GOODSIG" => self.verdict(Verdict::Good, rest),
            "EXPSIG" => self.verdict(Verdict::ExpiredSignature, rest),
            "EXPKEYSIG" => self.verdict(Verdict::ExpiredKey, rest),
            "REVKEYSIG" => self.verdict(Verdict::RevokedKey, rest),
            "BADSIG" => self.verdict(Verdict::Bad, rest),
            "ERRSIG" => {
                // Keyid, algorithms, class, time, then the reason: 9 is a missing key.
                let verdict = if fields.nth(5) == Some("9") { Verdict::NoKey } else { Verdict::Unchecked };
                self.verdict(verdict, rest.split(' ').next().unwrap_or(""));
            }
            // gpgsm, when the certificate neither came along nor is known.
            "ERROR" if fields.next() == Some("verify.findkey") => self.verdict(Verdict::NoKey, ""),
            "VALIDSIG" => self.valid(rest),
            "PLAINTEXT" => self.plaintexts += 1,
            "ENC_TO" => self.recipient(fields.next().unwrap_or("")),
            "NODATA" => self.no_data = true,
            "BEGIN_DECRYPTION" => self.decryption.begun += 1,
            "END_DECRYPTION" => self.decryption.ended += 1,
            "DECRYPTION_OKAY" => self.decryption.okay = true,
            "DECRYPTION_FAILED" | "BADMDC" => self.decryption.failed = true,
            "DECRYPTION_INFO" => {
                let checks = [fields.next(), fields.nth(1)];
                self.decryption.protected = checks.iter().any(|check| check.is_some_and(|number| number != "0"));
            }
            "DECRYPTION_KEY" => self.decryption.key = hex(fields.next().unwrap_or("")),
            "ERROR" | "FAILURE" => {
                let code = rest.split(' ').find_map(|field| field.parse::<u32>().ok());
                if code.is_some_and(needs_terminal) {
                    self.decryption.hindrance = Some(Hindrance::Terminal);
                }
            }
            // Another of its keys may be here.
            "NO_SECKEY" if self.decryption.hindrance.is_none() => {
                self.decryption.hindrance = Some(Hindrance::SecretKey);
            }
            "CANCELED_BY_USER" => self.decryption.hindrance = Some(Hindrance::Passphrase),
            "TRUST_ULTIMATE" => self.trust(Trust::Ultimate),
            "TRUST_FULLY" => self.trust(Trust::Full),
            "TRUST_MARGINAL" => self.trust(Trust::Marginal),
            "TRUST_NEVER" => self.trust(Trust::Never),
            _ => {}
        }
    }

    fn new_signature(&mut self) {
        // One more than are looked at, so that too many are noticed.
        if self.signatures.len() <= MAX_SIGNATURES {
            let inside = self.decryption.begun > self.decryption.ended;
            self.signatures.push(Signature::new(inside));
        }
    }

    /// A second verdict on one signature is one on a further signature: it must be as good as the first.
    fn verdict(&mut self, verdict: Verdict, rest: &str) {
        if self.signatures.last().is_none_or(|signature| signature.verdict.is_some()) {
            self.new_signature();
        }
        let (key, user) = rest.split_once(' ').unwrap_or((rest, ""));
        if let Some(signature) = self.signatures.last_mut() {
            signature.verdict = Some(verdict);
            signature.key = hex(key);
            signature.user = unescaped(user);
        }
    }

    fn valid(&mut self, rest: &str) {
        let fields: Vec<&str> = rest.split(' ').take(10).collect();
        let field = |place: usize| fields.get(place).copied().unwrap_or("");
        if let Some(signature) = self.signatures.last_mut() {
            signature.fingerprint = hex(field(0));
            let primary = if field(9).is_empty() { field(0) } else { field(9) };
            signature.primary = hex(primary);
            field(8).clone_into(&mut signature.class);
        }
    }

    fn trust(&mut self, trust: Trust) {
        if let Some(signature) = self.signatures.last_mut() {
            signature.trust = trust;
        }
    }

    fn recipient(&mut self, key: &str) {
        // All zeros: a recipient who is not named.
        if self.encrypted_to.len() < MAX_RECIPIENTS && is_hex(key) && key.bytes().any(|digit| digit != b'0') {
            self.encrypted_to.push(hex(key));
        }
    }
}

/// Whether it is a key id or a fingerprint.
pub(super) fn is_hex(text: &str) -> bool {
    (8..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A key id or a fingerprint; empty if it is none.
fn hex(text: &str) -> String {
    if is_hex(text) { text.to_ascii_uppercase() } else { String::new() }
}

/// User ids have `%` and control bytes as `%XX`.
fn unescaped(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        let byte = code.filter(|_| *first == b'%').and_then(|code| u8::from_str_radix(code, 16).ok());
        out.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    cut(&String::from_utf8_lossy(&out))
}

/// The beginning of a user id.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(MAX_USER_ID).collect()
}

#[cfg(test)]
mod tests;
