//! A server's side of SCRAM-SHA-256, made with a library that is not ours: it holds what a client sends to the RFC.

use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::hash::{MessageDigest, hash};
use openssl::pkey::PKey;
use openssl::sign::Signer;

/// How it behaves.
#[derive(Debug, Clone, Default)]
pub struct Scram {
    /// What it offers besides `IMAP4rev1`.
    pub offers: String,
    /// Its password.
    pub password: String,
    /// The data of the TLS connection that a bound sign-in must name.
    pub binding: Vec<u8>,
    /// How it is no sound server.
    pub lie: Option<Lie>,
}

/// How a server is no sound one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// Its proof is wrong.
    Proof,
    /// It has no proof, and says that all is well.
    NoProof,
    /// It asks for a billion rounds.
    Rounds,
}

fn mac(key: &[u8], data: &[u8]) -> Vec<u8> {
    let key = PKey::hmac(key).unwrap();
    let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
    signer.sign_oneshot_to_vec(data).unwrap()
}

fn line(stream: &mut impl Read, heard: &mut Vec<u8>) -> Option<String> {
    let from = heard.len();
    let mut byte = [0];
    while stream.read(&mut byte).is_ok_and(|count| count == 1) {
        heard.push(byte[0]);
        if byte[0] == b'\n' {
            return Some(String::from_utf8_lossy(&heard[from..]).trim_end().to_owned());
        }
    }
    None
}

impl Scram {
    /// Greets, signs one client in or refuses it, and listens to the end: every byte that the client sent.
    pub fn serve(&self, stream: &mut (impl Read + Write)) -> Vec<u8> {
        let mut heard = Vec::new();
        self.talk(stream, &mut heard);
        stream.read_to_end(&mut heard).ok();
        heard
    }

    fn talk(&self, stream: &mut (impl Read + Write), heard: &mut Vec<u8>) -> Option<()> {
        write!(stream, "* OK [CAPABILITY IMAP4rev1 SASL-IR {}] hello\r\n", self.offers).ok()?;
        let command = line(stream, heard)?;
        let words: Vec<&str> = command.split(' ').collect();
        let [tag, "AUTHENTICATE", name, first] = words[..] else { return None };
        let first = String::from_utf8(STANDARD.decode(first).ok()?).ok()?;
        let (header, bare) = first.split_at(first.find(",,")? + 2);
        let nonce = format!("{}server", bare.split_once(",r=")?.1);
        let rounds = if self.lie == Some(Lie::Rounds) { 1_000_000_000 } else { 4096 };
        let salt = b"0123456789abcdef";
        let challenge = format!("r={nonce},s={},i={rounds}", STANDARD.encode(salt));
        write!(stream, "+ {}\r\n", STANDARD.encode(&challenge)).ok()?;
        let last = String::from_utf8(STANDARD.decode(line(stream, heard)?).ok()?).ok()?;
        let (unproved, proof) = last.split_once(",p=")?;
        let mut input = header.as_bytes().to_vec();
        if name.ends_with("-PLUS") {
            input.extend_from_slice(&self.binding);
        }
        let offers_plus = self.offers.contains("-PLUS");
        let wrong = if header == "y,," && offers_plus {
            Some("server-does-support-channel-binding")
        } else if unproved != format!("c={},r={nonce}", STANDARD.encode(input)) {
            Some("channel-bindings-dont-match")
        } else {
            None
        };
        let mut salted = [0; 32];
        openssl::pkcs5::pbkdf2_hmac(self.password.as_bytes(), salt, 4096, MessageDigest::sha256(), &mut salted)
            .unwrap();
        let all = format!("{bare},{challenge},{unproved}");
        let client = mac(&salted, b"Client Key");
        let signature = mac(&hash(MessageDigest::sha256(), &client).unwrap(), all.as_bytes());
        let expected: Vec<u8> = client.iter().zip(signature).map(|(key, signature)| key ^ signature).collect();
        let wrong = wrong.or_else(|| (STANDARD.encode(expected) != proof).then_some("invalid-proof"));
        let mut server = mac(&mac(&salted, b"Server Key"), all.as_bytes());
        if self.lie == Some(Lie::Proof) {
            server[0] ^= 1;
        }
        let end = wrong.map_or_else(|| format!("v={}", STANDARD.encode(&server)), |wrong| format!("e={wrong}"));
        if self.lie != Some(Lie::NoProof) {
            write!(stream, "+ {}\r\n", STANDARD.encode(end)).ok()?;
            line(stream, heard)?;
        }
        let answer = if wrong.is_some() { "NO [AUTHENTICATIONFAILED] no" } else { "OK [CAPABILITY IMAP4rev1] in" };
        write!(stream, "{tag} {answer}\r\n").ok()
    }
}
