//! The TLS handshake: TLS 1.2 or newer, the system's roots and the user's, the host's name; no way around it.

use std::path::Path;

use async_native_tls::{Certificate, Protocol, TlsConnector, TlsStream};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::CONNECT;
use crate::imap::error::Error;

/// The DER form of the object identifier 2.5.29.17, subjectAltName.
const SUBJECT_ALT_NAME: [u8; 5] = [0x06, 0x03, 0x55, 0x1D, 0x11];

/// Makes a connection safe. The certificate must be sound, in date, and name `host` in its subjectAltName (PS15-PS18).
///
/// # Errors
/// [`Error::Tls`] with what is wrong and what to do; [`Error::Unreachable`] when the connection broke.
pub async fn tls<T>(host: &str, stream: T, ca_file: Option<&Path>) -> Result<TlsStream<T>, Error>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let mut connector = TlsConnector::new().min_protocol_version(Some(Protocol::Tlsv12));
    if let Some(path) = ca_file {
        for root in roots(host, path).await? {
            connector = connector.add_root_certificate(root);
        }
    }
    let handshake = timeout(CONNECT, connector.connect(host, stream)).await;
    let handshake = handshake.map_err(|_| Error::Timeout { what: "TLS" })?;
    let stream = handshake.map_err(|error| explain(host, &error.to_string()))?;
    // OpenSSL falls back to the common name, which RFC 9525, section 6.4.4, forbids.
    let certificate = stream.peer_certificate().ok().flatten().and_then(|certificate| certificate.to_der().ok());
    let names = certificate.is_some_and(|der| der.windows(SUBJECT_ALT_NAME.len()).any(|part| part == SUBJECT_ALT_NAME));
    if names { Ok(stream) } else { Err(explain(host, "hostname mismatch")) }
}

async fn roots(host: &str, path: &Path) -> Result<Vec<Certificate>, Error> {
    let wrong = |reason: String| Error::Tls {
        host: host.to_owned(),
        reason,
        advice: format!("Check ca_file = \"{}\": it must hold certificates in PEM form", path.display()),
    };
    let owned = path.to_owned();
    let pem = tokio::task::spawn_blocking(move || std::fs::read(owned)).await;
    let pem = pem.map_err(|error| wrong(error.to_string()))?;
    let pem = pem.map_err(|error| wrong(format!("the CA file cannot be read: {error}")))?;
    let roots = Certificate::stack_from_pem(&pem);
    let roots = roots.map_err(|_| wrong("the CA file holds no certificate".to_owned()))?;
    if roots.is_empty() { Err(wrong("the CA file holds no certificate".to_owned())) } else { Ok(roots) }
}

/// What a failed handshake means, from the words of OpenSSL.
fn explain(host: &str, text: &str) -> Error {
    let text = text.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let (reason, advice) = if has(&["has expired"]) {
        ("its certificate has expired", "Check this computer's clock; if it is right, the server's owner must renew it")
    } else if has(&["not yet valid"]) {
        ("its certificate is not valid yet", "Check this computer's clock: it may be behind")
    } else if has(&["hostname mismatch", "ip address mismatch", "email address mismatch"]) {
        ("its certificate is for another name", "Check imap.host: it must be the name that the provider tells")
    } else if has(&["self-signed", "self signed"]) {
        ("its certificate is signed by an unknown issuer (self-signed)", "If it is yours, name its CA in ca_file")
    } else if has(&["unable to get", "unable to verify", "certificate verify failed"]) {
        ("its certificate is signed by an unknown issuer", "If the issuer is yours, name it in ca_file")
    } else if has(&["wrong version number", "packet length too long", "http request", "record layer failure"]) {
        ("there is no TLS on this port", "Check imap.port and imap.security: 993 is \"tls\", 143 is \"starttls\"")
    } else if has(&[
        "unsupported protocol",
        "protocol version",
        "handshake failure",
        "no shared cipher",
        "ee key too small",
        "dh key too small",
        "ca md too weak",
    ]) {
        ("it only offers encryption that is no longer safe", "Its owner must update it")
    } else {
        return Error::Unreachable {
            host: host.to_owned(),
            reason: "the connection broke during the TLS handshake".to_owned(),
            answered: true,
        };
    };
    Error::Tls { host: host.to_owned(), reason: reason.to_owned(), advice: advice.to_owned() }
}

#[cfg(test)]
mod tests;
