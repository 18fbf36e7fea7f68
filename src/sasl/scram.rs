//! SCRAM-SHA-256 (RFC 5802, RFC 7677): both sides prove that they know the password, and neither tells it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::{Error, Response};

/// Rounds that a server may ask for. Fewer than RFC 7677 allows would make a stolen proof cheap to guess from; more keep a
/// processor busy for seconds, and no server asks for a tenth of it.
const ROUNDS: std::ops::RangeInclusive<u32> = 4096..=4_000_000;
/// The kind of binding that native-tls can give.
const END_POINT: &str = "p=tls-server-end-point,,";

/// What is said of the TLS connection (RFC 5802, section 6).
#[derive(Debug)]
pub(super) enum Binding {
    /// We cannot bind, or the user does not want to.
    None,
    /// We can, but the server does not offer it: if it does after all, somebody took the offer out on the way.
    NotOffered,
    /// It is bound: the data of `tls-server-end-point` (RFC 5929, section 4).
    EndPoint(Vec<u8>),
}

impl Binding {
    /// The header in front of the first message.
    fn header(&self) -> &'static str {
        match self {
            Self::None => "n,,",
            Self::NotOffered => "y,,",
            Self::EndPoint(_) => END_POINT,
        }
    }

    /// The header and the data, as the last message repeats them.
    fn input(&self) -> Vec<u8> {
        let mut input = self.header().as_bytes().to_vec();
        if let Self::EndPoint(data) = self {
            input.extend_from_slice(data);
        }
        input
    }
}

/// An exchange under way.
#[derive(Debug)]
pub(super) struct Scram {
    password: SecretString,
    nonce: String,
    binding: Binding,
    bare: String,
    step: Step,
}

enum Step {
    /// The server's salt is to come.
    Salt,
    /// The server's proof is to come: it must be this one.
    Proof(Hmac<Sha256>),
    /// The server said why it refuses.
    Refused(String),
    /// The server has proved itself.
    Proved,
    /// Something was wrong.
    Broken,
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Salt => "Salt",
            Self::Proof(_) => "Proof",
            Self::Refused(_) => "Refused",
            Self::Proved => "Proved",
            Self::Broken => "Broken",
        })
    }
}

impl Scram {
    pub(super) fn new(user: &str, password: &SecretString, nonce: &str, binding: Binding) -> Self {
        let user = prepared(user).replace('=', "=3D").replace(',', "=2C");
        Self {
            password: prepared(password.expose_secret()).into(),
            nonce: nonce.to_owned(),
            binding,
            bare: format!("n={user},r={nonce}"),
            step: Step::Salt,
        }
    }

    pub(super) fn first(&mut self) -> String {
        format!("{}{}", self.binding.header(), self.bare)
    }

    pub(super) fn respond(&mut self, challenge: &[u8]) -> Result<Response, Error> {
        let Ok(challenge) = std::str::from_utf8(challenge) else { return Err(SENSELESS) };
        match (std::mem::replace(&mut self.step, Step::Broken), challenge.strip_prefix("e=")) {
            (Step::Salt | Step::Proof(_), Some(reason)) => Ok(self.refuse(reason)),
            (Step::Salt, None) => self.prove(challenge),
            (Step::Proof(expected), None) => {
                let proof = challenge.strip_prefix("v=").and_then(|rest| rest.split(',').next());
                let proof = proof.and_then(|proof| STANDARD.decode(proof).ok()).ok_or(SENSELESS)?;
                // In a time that does not depend on where they differ.
                let same = expected.verify_slice(&proof);
                same.map_err(|_| Error::Impostor("its proof that it knows your password is wrong"))?;
                self.step = Step::Proved;
                Ok(Response::open(""))
            }
            (Step::Refused(_) | Step::Proved | Step::Broken, _) => Err(SENSELESS),
        }
    }

    /// The answer to nonce, salt and number of rounds.
    fn prove(&mut self, challenge: &str) -> Result<Response, Error> {
        let mut parts = challenge.split(',');
        // An extension that must be understood would stand first, as `m=`, and is not.
        let mut part = |name: &str| parts.next().and_then(|part| part.strip_prefix(name)).ok_or(SENSELESS);
        let (nonce, salt, rounds) = (part("r=")?, part("s=")?, part("i=")?);
        if nonce.len() <= self.nonce.len() || !nonce.starts_with(&self.nonce) {
            return Err(Error::Impostor("it answers to another sign-in than this one"));
        }
        let salt = STANDARD.decode(salt).ok().filter(|salt| !salt.is_empty()).ok_or(SENSELESS)?;
        let rounds: u32 = rounds.parse().ok().filter(|rounds| ROUNDS.contains(rounds)).ok_or(UNREASONABLE)?;
        let salted = hi(self.password.expose_secret().as_bytes(), &salt, rounds);
        let client_key = mac(&salted, b"Client Key");
        let unproved = format!("c={},r={nonce}", STANDARD.encode(self.binding.input()));
        let all = format!("{},{challenge},{unproved}", self.bare);
        let signature = mac(&Sha256::digest(client_key), all.as_bytes());
        let proof: Vec<u8> = client_key.iter().zip(signature).map(|(key, signature)| key ^ signature).collect();
        let mut expected = keyed(&mac(&salted, b"Server Key"));
        expected.update(all.as_bytes());
        self.step = Step::Proof(expected);
        Ok(Response::secret(format!("{unproved},p={}", STANDARD.encode(proof))))
    }

    /// The server said why it refuses (RFC 5802, section 7, `server-error-value`); its protocol says so once more.
    fn refuse(&mut self, reason: &str) -> Response {
        let words = match reason.split(',').next().unwrap_or_default() {
            "invalid-proof" => "user name or password is wrong",
            "unknown-user" => "the server does not know this user",
            "channel-bindings-dont-match" => {
                "the sign-in is bound to another certificate than the server's: somebody ends TLS in between. If that is \
                 known and meant, set auth = \"scram-sha-256\""
            }
            "server-does-support-channel-binding" => {
                "the server offers to bind the sign-in to its certificate, and somebody in between hid that. If that is \
                 known and meant, set auth = \"plain\""
            }
            "no-resources" => "the server has no room for this now",
            other => other,
        };
        self.step = Step::Refused(words.to_owned());
        Response::open("")
    }

    pub(super) fn refused(&self) -> Option<String> {
        match &self.step {
            Step::Refused(words) => Some(words.clone()),
            Step::Salt | Step::Proof(_) | Step::Proved | Step::Broken => None,
        }
    }

    pub(super) fn finish(&self) -> Result<(), Error> {
        match self.step {
            Step::Proved => Ok(()),
            Step::Salt | Step::Proof(_) | Step::Refused(_) | Step::Broken => {
                Err(Error::Impostor("it did not prove that it knows your password"))
            }
        }
    }
}

const SENSELESS: Error = Error::Senseless("an answer to the sign-in that makes no sense");
const UNREASONABLE: Error = Error::Senseless("an unreasonable number of rounds for the sign-in");

/// `SASLprep` (RFC 4013). What it does not know, it refuses: signs newer than Unicode 3.2, above all. Then the text stands as
/// it was typed, as most servers that never heard of `SASLprep` have it too.
fn prepared(text: &str) -> String {
    stringprep::saslprep(text).map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}

/// HMAC under a key of any length (RFC 2104, section 2): one that is longer than a block is hashed, others are filled up.
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
    let hashed = (key.len() > block.len()).then(|| Sha256::digest(key));
    let key = hashed.as_deref().unwrap_or(key);
    block.iter_mut().zip(key).for_each(|(place, byte)| *place = *byte);
    Hmac::<Sha256>::new(&block)
}

fn mac(key: &[u8], data: &[u8]) -> [u8; 32] {
    let mut mac = keyed(key);
    mac.update(data);
    mac.finalize().into_bytes().into()
}

/// `Hi` (RFC 5802, section 2.2): PBKDF2 with one block.
fn hi(password: &[u8], salt: &[u8], rounds: u32) -> [u8; 32] {
    let start = keyed(password);
    let mut first = start.clone();
    first.update(salt);
    first.update(&1_u32.to_be_bytes());
    let mut last: [u8; 32] = first.finalize().into_bytes().into();
    let mut sum = last;
    for _ in 1..rounds {
        let mut next = start.clone();
        next.update(&last);
        last = next.finalize().into_bytes().into();
        for (sum, byte) in sum.iter_mut().zip(last) {
            *sum ^= byte;
        }
    }
    sum
}
