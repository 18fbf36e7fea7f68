//! The parts of a sealed body (RFC 1847): their fields, and the lines between them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::crypto::Kind;
use crate::crypto::make::Signed;

/// A body and its signature. The body goes byte by byte as it was signed.
pub(super) fn signed(kind: Kind, entity: &[u8], signed: &Signed) -> Vec<u8> {
    let boundary = boundary();
    let (protocol, part) = match kind {
        Kind::Pgp => (
            "application/pgp-signature",
            [
                b"Content-Type: application/pgp-signature; name=\"signature.asc\"\r\n\
                  Content-Description: OpenPGP digital signature\r\n\r\n"
                    .as_slice(),
                &crlf(&signed.signature),
            ]
            .concat(),
        ),
        Kind::Smime => (
            "application/pkcs7-signature",
            [
                b"Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\n\
                  Content-Transfer-Encoding: base64\r\n\
                  Content-Disposition: attachment; filename=\"smime.p7s\"\r\n\r\n"
                    .as_slice(),
                &base64(&signed.signature),
            ]
            .concat(),
        ),
    };
    let head = format!(
        "Content-Type: multipart/signed; micalg={};\r\n protocol=\"{protocol}\";\r\n boundary=\"{boundary}\"\r\n\r\n\
         --{boundary}\r\n",
        signed.micalg
    );
    let between = format!("\r\n--{boundary}\r\n");
    let end = format!("\r\n--{boundary}--\r\n");
    [head.as_bytes(), entity, between.as_bytes(), &part, end.as_bytes()].concat()
}

/// What was encrypted.
pub(super) fn encrypted(kind: Kind, data: &[u8]) -> Vec<u8> {
    match kind {
        Kind::Pgp => {
            let boundary = boundary();
            let head = format!(
                "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\";\r\n \
                 boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\nContent-Type: application/pgp-encrypted\r\n\
                 Content-Description: PGP/MIME version identification\r\n\r\nVersion: 1\r\n\r\n--{boundary}\r\n\
                 Content-Type: application/octet-stream; name=\"encrypted.asc\"\r\n\
                 Content-Description: OpenPGP encrypted message\r\n\
                 Content-Disposition: inline; filename=\"encrypted.asc\"\r\n\r\n"
            );
            [head.as_bytes(), &crlf(data), format!("\r\n--{boundary}--\r\n").as_bytes()].concat()
        }
        Kind::Smime => {
            let head = b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data;\r\n name=\"smime.p7m\"\r\n\
                         Content-Transfer-Encoding: base64\r\n\
                         Content-Disposition: attachment; filename=\"smime.p7m\"\r\n\r\n";
            [head.as_slice(), &base64(data)].concat()
        }
    }
}

/// A line that stands in no body: nobody can guess it.
fn boundary() -> String {
    format!("seal-{:032x}", rand::random::<u128>())
}

/// Armour with the line ends of a mail.
fn crlf(armour: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(armour.len() + armour.len() / 32);
    for line in armour.split_inclusive(|byte| *byte == b'\n') {
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        out.extend_from_slice(content.strip_suffix(b"\r").unwrap_or(content));
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// Base64 in lines of 76 (RFC 2045, section 6.8).
fn base64(bytes: &[u8]) -> Vec<u8> {
    let text = STANDARD.encode(bytes);
    text.as_bytes().chunks(76).flat_map(|line| [line, b"\r\n"].concat()).collect()
}
