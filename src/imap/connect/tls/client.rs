//! The certificate that this side shows to a server: PEM files, read anew at each connection, so that a renewed one counts.

use std::path::{Path, PathBuf};

use async_native_tls::Identity;

use crate::imap::error::Error;

/// Where the certificate of this side is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// A PEM file: the certificate, then those of its issuers.
    pub certificate: PathBuf,
    /// A PEM file with its private key (PKCS #8); may be the same file.
    pub key: PathBuf,
}

/// How a private key begins that the library takes (RFC 7468, section 10).
const PKCS8: &[u8] = b"-----BEGIN PRIVATE KEY-----";

/// Reads both files.
///
/// # Errors
/// [`Error::Tls`] in words: which file, and what is wrong with it. Nothing of the key is in it.
pub(super) async fn identity(host: &str, client: &ClientCertificate) -> Result<Identity, Error> {
    let owned = client.clone();
    let read = tokio::task::spawn_blocking(move || {
        let one = |path: &Path| std::fs::read(path).map_err(|error| error.to_string());
        (one(&owned.certificate), one(&owned.key))
    });
    let (certificate, key) = read.await.map_err(|error| wrong(host, "client_cert", client, error.to_string()))?;
    let certificate = certificate.map_err(|error| {
        wrong(host, "client_cert", client, format!("the client certificate cannot be read: {error}"))
    })?;
    let key = key.map_err(|error| {
        wrong(host, "client_key", client, format!("the key of the client certificate cannot be read: {error}"))
    })?;
    if !contains(&certificate, b"-----BEGIN CERTIFICATE-----") {
        let reason = "the client certificate is not in PEM form".to_owned();
        return Err(wrong(host, "client_cert", client, reason));
    }
    let Some(start) = key.windows(PKCS8.len()).position(|window| window == PKCS8) else {
        return Err(wrong(host, "client_key", client, unusable(&key).to_owned()));
    };
    let key = key.get(start..).unwrap_or_default();
    // The library's error says where in its source it is.
    Identity::from_pkcs8(&certificate, key)
        .map_err(|_| wrong(host, "client_key", client, "the client certificate or its key is damaged".to_owned()))
}

/// The error when the library finds, as it prepares the handshake, that the key is of another certificate.
pub(super) fn mismatched(host: &str) -> Error {
    Error::Tls {
        host: host.to_owned(),
        reason: "the key in client_key does not belong to the certificate in client_cert".to_owned(),
        advice: "Check both".to_owned(),
        certificate: None,
    }
}

/// What a key file is that the library does not take, and what makes it one that it does.
fn unusable(key: &[u8]) -> &'static str {
    if contains(key, b"-----BEGIN ENCRYPTED PRIVATE KEY-----") || contains(key, b"Proc-Type: 4,ENCRYPTED") {
        "the key of the client certificate is encrypted (openssl pkey -in KEY -out NEW writes it without a passphrase)"
    } else if contains(key, b" PRIVATE KEY-----") {
        "the key of the client certificate is not PKCS #8 (openssl pkey -in KEY -out NEW makes it so)"
    } else {
        "there is no private key in PEM form for the client certificate"
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn wrong(host: &str, key: &str, client: &ClientCertificate, reason: String) -> Error {
    let path = if key == "client_key" { &client.key } else { &client.certificate };
    Error::Tls {
        host: host.to_owned(),
        reason,
        advice: format!("Check {key} = \"{}\"", path.display()),
        certificate: None,
    }
}

/// Whether a library's words are that the server does not take this side's certificate, or asks for one (RFC 8446, section
/// 6.2). With TLS 1.3 that comes after the handshake, in the place of the greeting.
pub(in crate::imap) fn is_refusal(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    [
        "alert certificate required",
        "alert bad certificate",
        "alert unsupported certificate",
        "alert certificate revoked",
        "alert certificate expired",
        "alert certificate unknown",
        "alert unknown ca",
        // A signature, ours or that of our issuer, is wrong.
        "alert decrypt error",
        "alert access denied",
        "did not return a certificate",
    ]
    .iter()
    .any(|words| text.contains(words))
}

/// The error that it means.
pub(in crate::imap) fn refused(host: &str) -> Error {
    Error::Tls {
        host: host.to_owned(),
        reason: "the server does not take this side's certificate, or asks for one".to_owned(),
        advice:
            "Check client_cert and client_key: the certificate must be in date and signed by an issuer that the server \
                 trusts"
                .to_owned(),
        certificate: None,
    }
}
