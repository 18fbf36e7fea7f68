//! Certificate errors in words.

use rstest::rstest;

use super::explain;
use crate::imap::error::Error;

/// PS15-PS18: each kind of bad certificate has its own reason and advice; a broken connection is no TLS error.
#[rstest]
#[case("error:0A000086:SSL routines: certificate verify failed (certificate has expired)", Some("expired"))]
#[case("certificate verify failed (certificate is not yet valid)", Some("not valid yet"))]
#[case("certificate verify failed (hostname mismatch)", Some("another name"))]
#[case("certificate verify failed (self-signed certificate)", Some("self-signed"))]
#[case("certificate verify failed (unable to get local issuer certificate)", Some("unknown issuer"))]
#[case("error:0A00010B:SSL routines:ssl3_get_record:wrong version number", Some("no TLS"))]
#[case("error:0A000102:SSL routines::unsupported protocol", Some("no longer safe"))]
#[case("unexpected EOF", None)]
#[case("Connection reset by peer (os error 104)", None)]
fn explains(#[case] text: &str, #[case] expected: Option<&str>) {
    match (explain("mail.example.org", text), expected) {
        (Error::Tls { host, reason, advice }, Some(expected)) => {
            assert!(reason.contains(expected), "{reason}");
            assert!(host == "mail.example.org" && !advice.is_empty());
        }
        (Error::Unreachable { .. }, None) => {}
        (error, _) => panic!("{error}"),
    }
}
