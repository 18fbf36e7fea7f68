//! Certificate errors in words.

use jiff::Timestamp;
use rstest::rstest;

use super::certificate::{Certificate, Fingerprint};
use super::flaw::Flaw;
use super::{Refused, flaw_of};
use crate::imap::connect::{Endpoint, Security};
use crate::imap::error::Error;

/// PS15, PS16, PS17, PS18: each kind of bad certificate has its own reason and advice; a broken connection is no TLS
/// error.
#[rstest]
#[case("error:0A000086:SSL routines: certificate verify failed (certificate has expired)", Some("expired"))]
#[case("certificate verify failed (certificate is not yet valid)", Some("not valid yet"))]
#[case("certificate verify failed (hostname mismatch)", Some("another name"))]
#[case("certificate verify failed (self-signed certificate)", Some("self-signed"))]
#[case("certificate verify failed (unable to get local issuer certificate)", Some("unknown issuer"))]
#[case("certificate verify failed (EE certificate key too weak)", Some("too short"))]
#[case("error:0A00010B:SSL routines:ssl3_get_record:wrong version number", Some("no TLS"))]
#[case("error:0A000102:SSL routines::unsupported protocol", Some("no longer safe"))]
#[case("error:0A000105:SSL routines:set_client_ciphersuite:wrong cipher returned", Some("no longer safe"))]
#[case("unexpected EOF", None)]
#[case("Connection reset by peer (os error 104)", None)]
fn explains(#[case] text: &str, #[case] expected: Option<&str>) {
    match (Refused::from(Flaw::of(text)).error("mail.example.org", Timestamp::now()), expected) {
        (Error::Tls { host, reason, advice, .. }, Some(expected)) => {
            assert!(reason.contains(expected), "{reason}");
            assert!(host == "mail.example.org" && !advice.is_empty());
        }
        (Error::Unreachable { .. }, None) => {}
        (error, _) => panic!("{error}"),
    }
}

fn certificate(names: &[&[u8]]) -> Certificate {
    Certificate {
        fingerprint: Fingerprint([7; 32]),
        from: "2020-01-02T03:04:05Z".parse().unwrap(),
        until: "2021-01-02T03:04:05Z".parse().unwrap(),
        names: names.iter().map(|name| name.to_vec()).collect(),
        addresses: vec![vec![192, 0, 2, 1]],
        rsa_bits: Some(2048),
    }
}

/// PS17: a certificate out of date is told with its dates and this computer's clock, whichever of the two is wrong.
#[test]
fn dates_are_told() {
    for (flaw, now) in [(Flaw::Expired, "2026-05-06T07:08:09Z"), (Flaw::Early, "2016-05-06T07:08:09Z")] {
        let refused = Refused { flaw, certificate: Some(certificate(&[b"mail.example.org"])) };
        let text = refused.error("mail.example.org", now.parse().unwrap()).to_string();
        let clock = now.replace('T', " ").replace(":09Z", " UTC");
        for told in ["2020-01-02 03:04 UTC", "2021-01-02 03:04 UTC", &clock, "clock", &"07".repeat(32)] {
            assert!(text.contains(told), "{told}: {text}");
        }
    }
}

/// PS16: only an exact name of the subjectAltName counts, with one label for a leading star.
#[rstest]
#[case(b"mail.example.org", "mail.example.org", true)]
#[case(b"MAIL.example.ORG", "mail.Example.org", true)]
#[case(b"*.example.org", "mail.example.org", true)]
#[case(b"*.example.org", "a.mail.example.org", false)]
#[case(b"*.example.org", "example.org", false)]
#[case(b"*.example.org", ".example.org", false)]
#[case(b"*.com", "example.com", false)]
#[case(b"*", "localhost", false)]
#[case(b"m*.example.org", "mail.example.org", false)]
#[case(b"mail.*.org", "mail.example.org", false)]
#[case(b"mail.example.org\0.evil.example", "mail.example.org", false)]
#[case(b"mail.example.org.", "mail.example.org", false)]
#[case(b"mail.example.org", "mail.example.org.", false)]
#[case(b"192.0.2.1", "192.0.2.1", true)]
#[case(b"192.0.2.2", "192.0.2.2", false)]
#[case(b"", "", true)]
fn only_exact_names_count(#[case] name: &[u8], #[case] host: &str, #[case] expected: bool) {
    assert_eq!(certificate(&[name]).names(host), expected);
}

/// PS18, PS19: a short key is refused also when it is pinned; a pin asks for the one certificate, whatever its name.
#[test]
fn a_pin_asks_for_one_certificate() {
    let endpoint = |pin: Option<Fingerprint>| Endpoint { pin, ..Endpoint::new("127.0.0.1", 993, Security::Tls) };
    let seen = certificate(&[b"other"]);
    assert!(matches!(flaw_of(&endpoint(None), &seen), Some(Flaw::OtherName)));
    assert!(flaw_of(&endpoint(Some(seen.fingerprint)), &seen).is_none());
    assert!(matches!(flaw_of(&endpoint(Some(Fingerprint([8; 32]))), &seen), Some(Flaw::Changed(_))));
    let short = Certificate { rsa_bits: Some(1024), ..seen };
    assert!(matches!(flaw_of(&endpoint(Some(short.fingerprint)), &short), Some(Flaw::WeakKey)));
}

/// P10: bytes that are no certificate, and every beginning of something like one, are none.
#[test]
fn what_is_no_certificate_is_none() {
    for bytes in [&b""[..], b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\x30\x89", b"\x30\x02\x30\x00", b"hello, server"] {
        assert_eq!(Certificate::parse(bytes), None);
    }
}
