//! The TLS handshake: TLS 1.2 or newer, the system's roots and the user's, the host's name; no way around it but a pin.

use std::net::IpAddr;
use std::path::Path;

use async_native_tls::{Protocol, TlsConnector, TlsStream};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::{CONNECT, Endpoint};
use crate::imap::error::Error;
use certificate::{Certificate, Fingerprint};
use flaw::Flaw;

pub mod certificate;
pub mod client;
pub(super) mod flaw;

/// The shortest RSA key that is taken (NIST SP 800-131A); a library may be set to take less.
const RSA_BITS: usize = 2048;

/// A handshake that did not lead to a safe connection.
#[derive(Debug)]
pub(super) struct Refused {
    /// Why.
    pub(super) flaw: Flaw,
    /// The server's certificate, if the handshake came so far that it could be read.
    pub(super) certificate: Option<Certificate>,
}

impl From<Flaw> for Refused {
    fn from(flaw: Flaw) -> Self {
        Self { flaw, certificate: None }
    }
}

/// Makes a connection safe. The certificate must be sound, in date, and name the host in its subjectAltName (PS15-PS18);
/// or, where the config pins one, be that very certificate, and then nothing else is asked of it but a strong key (PS19).
///
/// # Errors
/// What is wrong; nothing of IMAP was sent.
pub(super) async fn tls<T>(endpoint: &Endpoint, stream: T) -> Result<TlsStream<T>, Refused>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let mut connector = TlsConnector::new().min_protocol_version(Some(Protocol::Tlsv12));
    if endpoint.pin.is_some() {
        connector = connector.danger_accept_invalid_certs(true).danger_accept_invalid_hostnames(true);
    } else if let Some(path) = &endpoint.ca_file {
        for root in roots(&endpoint.host, path).await.map_err(Flaw::Other)? {
            connector = connector.add_root_certificate(root);
        }
    }
    if let Some(client) = &endpoint.client {
        connector = connector.identity(client::identity(&endpoint.host, client).await.map_err(Flaw::Other)?);
    }
    let (stream, certificate) = shake_hands(connector, &endpoint.host, stream).await?;
    let Some(certificate) = certificate else { return Err(Flaw::Unreadable.into()) };
    match flaw_of(endpoint, &certificate) {
        Some(flaw) => Err(Refused { flaw, certificate: Some(certificate) }),
        None => Ok(stream),
    }
}

/// The certificate of a server that was refused, for the words of the error: whoever is there, nothing is said to him.
pub(super) async fn look<T>(host: &str, stream: T) -> Option<Certificate>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let connector = TlsConnector::new()
        .min_protocol_version(Some(Protocol::Tlsv12))
        .danger_accept_invalid_certs(true)
        .danger_accept_invalid_hostnames(true);
    shake_hands(connector, host, stream).await.ok()?.1
}

async fn shake_hands<T>(
    connector: TlsConnector,
    host: &str,
    stream: T,
) -> Result<(TlsStream<T>, Option<Certificate>), Flaw>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let handshake = timeout(CONNECT, connector.connect(host, stream)).await;
    let handshake = handshake.map_err(|_| Flaw::Other(Error::Timeout { what: "TLS" }))?;
    let stream = handshake.map_err(|error| Flaw::of(&error.to_string()))?;
    let der = stream.peer_certificate().ok().flatten().and_then(|certificate| certificate.to_der().ok());
    let certificate = der.as_deref().and_then(Certificate::parse);
    Ok((stream, certificate))
}

/// What is wrong with a certificate that the library let pass.
fn flaw_of(endpoint: &Endpoint, certificate: &Certificate) -> Option<Flaw> {
    if certificate.rsa_bits.is_some_and(|bits| bits < RSA_BITS) {
        return Some(Flaw::WeakKey);
    }
    match endpoint.pin {
        Some(pin) => (pin != certificate.fingerprint).then_some(Flaw::Changed(pin)),
        // OpenSSL falls back to the common name, which RFC 9525, section 6.4.4, forbids.
        None => (!certificate.names(&endpoint.host)).then_some(Flaw::OtherName),
    }
}

async fn roots(host: &str, path: &Path) -> Result<Vec<async_native_tls::Certificate>, Error> {
    let wrong = |reason: String| Error::Tls {
        host: host.to_owned(),
        reason,
        advice: format!("Check ca_file = \"{}\": it must hold certificates in PEM form", path.display()),
        certificate: None,
    };
    let owned = path.to_owned();
    let pem = tokio::task::spawn_blocking(move || std::fs::read(owned)).await;
    let pem = pem.map_err(|error| wrong(error.to_string()))?;
    let pem = pem.map_err(|error| wrong(format!("the CA file cannot be read: {error}")))?;
    let roots = async_native_tls::Certificate::stack_from_pem(&pem);
    let roots = roots.map_err(|_| wrong("the CA file holds no certificate".to_owned()))?;
    if roots.is_empty() { Err(wrong("the CA file holds no certificate".to_owned())) } else { Ok(roots) }
}

/// Whether this host is this computer: a certificate of its own making is usual there.
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;
