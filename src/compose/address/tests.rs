//! Addresses as people type and paste them.

use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use rstest::rstest;

use super::{Typed, folded, for_people, on_the_wire, parse, problem, shown, without_tag};
use crate::letter::Mailbox;

fn read(text: &str) -> String {
    let Typed { mailboxes, unread } = parse(text);
    let mut all: Vec<String> = mailboxes.iter().map(|one| format!("{}|{}", one.name, one.address)).collect();
    all.extend(unread.iter().map(|text| format!("?{text}")));
    all.join(" ; ")
}

#[rstest]
#[case("ada@x.example", "|ada@x.example")]
#[case("Ada <ada@x.example>, bob@y.example", "Ada|ada@x.example ; |bob@y.example")]
#[case("\"Lovelace, Ada\" <ada@x.example>;b@y", "Lovelace, Ada|ada@x.example ; |b@y")]
#[case("\"a \\\"b\\\" c\" <ada@x.example>", "a \"b\" c|ada@x.example")]
#[case("ada@x.example (Ada L.)", "Ada L.|ada@x.example")]
#[case("a@x b@y\nc@z", "|a@x ; |b@y ; |c@z")]
#[case("Friends: a@x, B <b@y>;", "|a@x ; B|b@y")]
#[case("mailto:a@x", "|a@x")]
#[case("Ada Lovelace ada@x.example", "Ada Lovelace|ada@x.example")]
#[case("Jö <jö@bücher.example>", "Jö|jö@bücher.example")]
#[case("\"odd one\"@x, \"a,b\"@x", "|\"a,b\"@x ; ?\"odd one\"@x")]
#[case("ada, a@b@c, <a@x", "|a@x ; ?ada ; ?a@b@c")]
#[case("\"open a@x\nb@y", "|b@y ; ?\"open a@x")]
#[case("a@x <b@y>", "a@x|b@y")]
#[case("Müller, Jürgen <j@x.example>; Doe, Jo <d@x>", "Müller, Jürgen|j@x.example ; Doe, Jo|d@x")]
#[case("a@x, Müller, Jürgen <j@x>, b@y", "|a@x ; Müller, Jürgen|j@x ; |b@y")]
#[case("Müller; Jürgen <j@x>", "Jürgen|j@x ; ?Müller")]
#[case("Müller,\nJürgen <j@x>", "Jürgen|j@x ; ?Müller")]
#[case("ada, <b@y>", "|b@y ; ?ada")]
#[case("ada, \"B, C\" <b@y>", "B, C|b@y ; ?ada")]
#[case(",;, \n", "")]
fn lines_are_read(#[case] typed: &str, #[case] expected: &str) {
    assert_eq!(read(typed), expected);
}

/// Each of these would be refused by a server, or be taken for something else on the way.
#[rstest]
#[case("")]
#[case("ada")]
#[case("@x")]
#[case("a@")]
#[case("a b@x")]
#[case("a@x y")]
#[case("a@x\r\nBcc: b@y")]
#[case("a\u{202e}@x")]
#[case("a@b@c")]
#[case(".a@x")]
#[case("a..b@x")]
#[case("a@x..y")]
#[case("a@-x")]
#[case("a,b@x")]
#[case("a<b@x")]
#[case("\"a\"b\"@x")]
#[case("\"a\\\"@x")]
#[case("a@[300.1.1.1]")]
#[case("a@[x]")]
#[case("=?utf-8?q?a?=@x")]
#[case("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@x")]
fn what_is_no_address_says_why(#[case] address: &str) {
    assert!(problem(address).is_some());
    assert_eq!(on_the_wire(address), None);
}

#[test]
fn domains_go_in_ascii_and_come_back() {
    assert_eq!(on_the_wire("Jo@BÜCHER.example").as_deref(), Some("Jo@xn--bcher-kva.example"));
    assert_eq!(for_people("jo@xn--bcher-kva.example"), "jo@bücher.example");
    assert_eq!(on_the_wire("a@[IPv6:2001:db8::1]").as_deref(), Some("a@[IPv6:2001:db8::1]"));
    assert_eq!(folded("Jo+A@Bücher.example"), "jo+a@xn--bcher-kva.example");
    assert_eq!((without_tag("Jo+A@x").as_str(), without_tag("+a@x").as_str()), ("jo@x", "+a@x"));
}

proptest! {
    /// A mailbox that is shown reads back; no text breaks the reader.
    #[test]
    fn what_is_shown_reads_back(name in any::<String>(), line in any::<String>()) {
        let mailbox = Mailbox { name: super::one_line(&name), address: "a@x.example".into() };
        let back = parse(&shown(&mailbox));
        prop_assert_eq!(back.mailboxes, vec![mailbox]);
        for one in parse(&line).mailboxes {
            prop_assert!(problem(&one.address).is_none() && !one.name.contains(['\r', '\n']));
        }
    }
}
