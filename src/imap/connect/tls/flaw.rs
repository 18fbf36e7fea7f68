//! What is wrong with a TLS connection, in words: the reason, the certificate's dates and fingerprint, what to do.

use jiff::Timestamp;

use super::{Certificate, Fingerprint, Refused, client, is_loopback};
use crate::imap::error::Error;

/// Why a handshake was refused.
#[derive(Debug)]
pub(in crate::imap::connect) enum Flaw {
    /// The certificate, or one of its issuers', is out of date.
    Expired,
    /// It is not valid yet.
    Early,
    /// It is for another name.
    OtherName,
    /// It is signed by itself.
    SelfSigned,
    /// It is signed by somebody unknown.
    UnknownIssuer,
    /// Its key is too short.
    WeakKey,
    /// It cannot be read, or there is none.
    Unreadable,
    /// It is not the pinned one, which is this.
    Changed(Fingerprint),
    /// There is no TLS here.
    NoTls,
    /// Only old protocols or ciphers are offered.
    OldTls,
    /// The server wants another certificate of this side.
    Client,
    /// The certificate of this side and its key do not belong together.
    Mismatched,
    /// The connection broke.
    Broken,
    /// Something that has its own words.
    Other(Error),
}

impl Flaw {
    /// The meaning of a library's words: OpenSSL's.
    pub(super) fn of(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if client::is_refusal(&text) {
            Self::Client
        } else if has(&["key values mismatch"]) {
            Self::Mismatched
        } else if has(&["has expired"]) {
            Self::Expired
        } else if has(&["not yet valid"]) {
            Self::Early
        } else if has(&["hostname mismatch", "ip address mismatch", "email address mismatch"]) {
            Self::OtherName
        } else if has(&["self-signed", "self signed"]) {
            Self::SelfSigned
        } else if has(&["ee key too small", "ca key too small", "ca md too weak", "key too weak"]) {
            Self::WeakKey
        } else if has(&["unable to get", "unable to verify", "certificate verify failed"]) {
            Self::UnknownIssuer
        } else if has(&["wrong version number", "packet length too long", "http request", "record layer failure"]) {
            Self::NoTls
        } else if has(&[
            "unsupported protocol",
            "protocol version",
            "handshake failure",
            "no shared cipher",
            "cipher returned",
            "no ciphers available",
            "dh key too small",
            "insufficient security",
        ]) {
            Self::OldTls
        } else {
            Self::Broken
        }
    }

    /// Whether it lies in the certificate, so that looking at it again tells more.
    pub(in crate::imap::connect) fn is_of_certificate(&self) -> bool {
        match self {
            Self::Expired
            | Self::Early
            | Self::OtherName
            | Self::SelfSigned
            | Self::UnknownIssuer
            | Self::WeakKey
            | Self::Unreadable
            | Self::Changed(_) => true,
            Self::NoTls | Self::OldTls | Self::Client | Self::Mismatched | Self::Broken | Self::Other(_) => false,
        }
    }
}

impl Refused {
    /// The error of a connection to this host at this time of this computer's clock.
    pub(in crate::imap::connect) fn error(self, host: &str, now: Timestamp) -> Error {
        let seen = self.certificate.as_ref();
        let reason = match &self.flaw {
            Flaw::Expired => match seen.filter(|seen| seen.until < now) {
                Some(seen) => format!("its certificate has expired: {}", dates(seen, now)),
                None => format!("a certificate of its issuer has expired; this computer's clock says {}", day(now)),
            },
            Flaw::Early => match seen.filter(|seen| seen.from > now) {
                Some(seen) => format!("its certificate is not valid yet: {}", dates(seen, now)),
                None => {
                    format!("a certificate of its issuer is not valid yet; this computer's clock says {}", day(now))
                }
            },
            Flaw::OtherName => match seen {
                Some(seen) => format!("its certificate is for another name: {}", seen.shown()),
                None => "its certificate is for another name".to_owned(),
            },
            Flaw::SelfSigned => "its certificate is signed by an unknown issuer (self-signed)".to_owned(),
            Flaw::UnknownIssuer => "its certificate is signed by an unknown issuer".to_owned(),
            Flaw::WeakKey => "its certificate's key is too short to be safe".to_owned(),
            Flaw::Unreadable => "its certificate cannot be read".to_owned(),
            Flaw::Changed(pin) => format!("its certificate is not the pinned one, {pin}"),
            Flaw::NoTls => "there is no TLS on this port".to_owned(),
            Flaw::OldTls => "it only offers encryption that is no longer safe".to_owned(),
            Flaw::Broken => {
                let reason = "the connection broke during the TLS handshake".to_owned();
                return Error::Unreachable { host: host.to_owned(), reason, answered: true };
            }
            Flaw::Client => return client::refused(host),
            Flaw::Mismatched => return client::mismatched(host),
            Flaw::Other(_) => String::new(),
        };
        let certificate = seen.filter(|_| self.flaw.can_be_pinned()).map(|seen| seen.fingerprint.to_string());
        let mut advice = self.flaw.advice(host).to_owned();
        if let Some(seen) = seen {
            advice = format!("{advice}. Its certificate is {}", seen.fingerprint);
        }
        match self.flaw {
            Flaw::Other(error) => error,
            Flaw::Expired
            | Flaw::Early
            | Flaw::OtherName
            | Flaw::SelfSigned
            | Flaw::UnknownIssuer
            | Flaw::WeakKey
            | Flaw::Unreadable
            | Flaw::Changed(_)
            | Flaw::NoTls
            | Flaw::OldTls
            | Flaw::Client
            | Flaw::Mismatched
            | Flaw::Broken => Error::Tls { host: host.to_owned(), reason, advice, certificate },
        }
    }
}

impl Flaw {
    /// Whether a certificate that is pinned is taken all the same.
    fn can_be_pinned(&self) -> bool {
        self.is_of_certificate() && !matches!(self, Self::WeakKey | Self::Unreadable)
    }

    /// What the user can do.
    fn advice(&self, host: &str) -> &'static str {
        match self {
            Self::Expired => {
                "Check this computer's clock; if it is right, the server's owner must renew the certificate"
            }
            Self::Early => "Check this computer's clock: it may be behind",
            Self::OtherName => "Check imap.host: it must be the name that the provider tells",
            Self::SelfSigned | Self::UnknownIssuer if is_loopback(host) => {
                "If it is yours, a bridge on this computer, name its CA in ca_file, or set imap.pin to the certificate"
            }
            Self::SelfSigned => "If it is yours, name its CA in ca_file",
            Self::UnknownIssuer => "If the issuer is yours, name it in ca_file",
            Self::WeakKey => "Its owner must update it",
            // With TLS 1.2 that is also how a server says that it wants a certificate of this side.
            Self::OldTls => "Its owner must update it; or, if it asks for a certificate of yours, set client_cert",
            Self::Unreadable => "Its owner must replace it",
            Self::Changed(_) => {
                "If you know why it changed (a bridge that was set up anew), write the new one to imap.pin; if not, \
                 somebody else may be answering"
            }
            Self::NoTls => "Check imap.port and imap.security: 993 is \"tls\", 143 is \"starttls\"",
            Self::Client | Self::Mismatched | Self::Broken | Self::Other(_) => "",
        }
    }
}

fn dates(seen: &Certificate, now: Timestamp) -> String {
    format!("it is valid from {} to {}, and this computer's clock says {}", day(seen.from), day(seen.until), day(now))
}

fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
