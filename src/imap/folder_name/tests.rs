//! Mailbox names in modified UTF-7.

use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use rstest::rstest;

use super::{decode, encode};

/// RL54: names as servers send them; the last ones are broken and stay readable as they are.
#[rstest]
#[case("INBOX", "INBOX")]
#[case("Entw&APw-rfe", "Entwürfe")]
#[case("~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語")]
#[case("Tom &- Jerry", "Tom & Jerry")]
#[case("&2D3eAA-", "😀")]
#[case("&Jjo-!", "☺!")]
#[case("&AAA", "&AAA")]
#[case("&AAA-", "\0")]
#[case("&AA-", "&AA-")]
#[case("&!!-x", "&!!-x")]
#[case("&2D0-", "&2D0-")]
#[case("&", "&")]
#[case("a&b&-c", "a&b&c")]
#[case("&ä-&APw-", "&ä-ü")]
#[case("Prêt", "Prêt")]
fn decodes(#[case] raw: &str, #[case] name: &str) {
    assert_eq!(decode(raw), name);
}

/// The wire form is the one of RFC 3501's examples, and a control character never goes out as it is (PS24).
#[rstest]
#[case("Entwürfe", "Entw&APw-rfe")]
#[case("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-")]
#[case("A & B", "A &- B")]
#[case("a\r\nb", "a&AA0ACg-b")]
fn encodes(#[case] name: &str, #[case] raw: &str) {
    assert_eq!(encode(name), raw);
}

proptest! {
    /// Every name survives the way to the server and back, and the way is printable ASCII.
    #[test]
    fn round_trips(name in any::<String>()) {
        let raw = encode(&name);
        prop_assert!(raw.bytes().all(|b| (0x20..0x7F).contains(&b)));
        prop_assert_eq!(decode(&raw), name);
    }

    /// Whatever a server sends, decoding ends and keeps plain text.
    #[test]
    fn never_fails(raw in "[&,+A-Za-z0-9 -]{0,40}") {
        let name = decode(&raw);
        if !raw.contains('&') {
            prop_assert_eq!(name, raw);
        }
    }
}
