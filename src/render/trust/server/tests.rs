//! Which fields the own server wrote.

use super::*;

const AR: &str = "Authentication-Results";

fn said(fields: &[(&str, &str)], expected: &Expected) -> Vec<String> {
    statements(fields, expected).into_iter().map(|s| format!("{}={}", s.method, s.result)).collect()
}

fn own() -> Expected {
    Expected::new(&[], "imap.own.example", "me@own.example")
}

const OUTSIDE: (&str, &str) =
    ("Received", "from b.test (b.test [192.0.2.9]) by mx.own.example (Postfix) with ESMTPS id 1; date");

/// Where the ids come from: the configuration, then the table, then the host names.
#[test]
fn ids_come_from_the_first_source_there_is() {
    let configured = Expected::new(&["Filter".to_owned()], "imap.gmail.com", "me@gmail.com");
    assert!(configured.takes(Some("filter")) && !configured.takes(Some("mx.google.com")));
    let gmail = Expected::new(&[], "imap.gmail.com", "me@acme.example");
    assert!(gmail.takes(Some("mx.google.com")) && !gmail.takes(Some("acme.example")) && !gmail.takes(None));
    let outlook = Expected::new(&[], "outlook.office365.com", "me@acme.example");
    assert!(outlook.takes(None) && !outlook.takes(Some("acme.example")));
    let bridge = Expected::new(&[], "127.0.0.1", "me@proton.me");
    assert!(bridge.takes(Some("mailin002.protonmail.ch")) && !bridge.takes(Some("protonmail.ch.evil.test")));
    assert_eq!(Expected::new(&[], "localhost", "me@proton.me"), bridge);
    let forwarded = Expected::new(&[], "imap.own.example", "me@gmail.com");
    assert!(forwarded.takes(Some("mx.own.example")) && !forwarded.takes(Some("mx.google.com")));
    let derived = own();
    for (id, taken) in
        [("own.example", true), ("mx.own.example", true), ("evilown.example", false), ("own.example.evil.test", false)]
    {
        assert_eq!(derived.takes(Some(id)), taken, "{id}");
    }
}

/// A shared suffix is no common organisation: hosts below co.uk belong to many.
#[test]
fn a_public_suffix_is_nobodys_id() {
    let expected = Expected::new(&[], "mail.acme.co.uk", "me@acme.co.uk");
    assert!(
        expected.takes(Some("mx.acme.co.uk")) && !expected.takes(Some("evil.co.uk")) && !expected.takes(Some("co.uk"))
    );
}

/// SP07, H55: Above the hop from outside only the own server writes; below it the sender does, whatever id he uses.
#[test]
fn only_fields_above_the_hop_from_outside_count() {
    let forged = (AR, "mx.own.example; dmarc=pass header.from=bank.example");
    assert_eq!(said(&[(AR, "mx.own.example; dmarc=fail"), OUTSIDE, forged], &own()), ["dmarc=fail"]);
    assert_eq!(said(&[OUTSIDE, forged], &own()), [""; 0]);
    assert_eq!(said(&[forged], &own()), [""; 0], "not delivered");
    let hop = ("Received", "from mx.own.example (localhost [127.0.0.1]) by mx.own.example (Postfix) with ESMTP id 2");
    assert_eq!(said(&[OUTSIDE, forged, hop, OUTSIDE], &own()), [""; 0], "an invented inner hop");
    assert_eq!(said(&[hop, forged, OUTSIDE], &own()), ["dmarc=pass"], "between a real inner hop and the outer one");
}

/// A client's greeting must not make its own hop an inner one.
#[test]
fn a_greeting_cannot_fake_an_inner_hop() {
    let forged = (AR, "mx.own.example; dmarc=pass header.from=bank.example");
    for received in [
        "from [127.0.0.1] (evil.test [192.0.2.6]) by mx.own.example (Postfix) with ESMTP id 1",
        "from a by b with lmtp (unknown [192.0.2.6]) by mx.own.example (Postfix) with SMTP id 1",
        "from localhost ([2001:db8::6]) by mx.own.example with esmtp (Exim 4.9)",
        "from unknown (HELO localhost) (192.0.2.6) by mx.own.example with SMTP; date",
        "from localhost by mx.own.example with SMTP",
        "from [::ffff:192.0.2.6] (helo=[10.0.0.1]) by mx.own.example with esmtp",
        "by mx.own.example (Postfix, from userid 33) id 4",
        "(qmail 17 invoked by uid 89); date",
    ] {
        assert_eq!(said(&[("Received", received), forged, OUTSIDE], &own()), [""; 0], "{received}");
    }
    let endless = format!("from localhost ([127.0.0.1]) by mx.own.example {}", "x".repeat(100_000));
    assert_eq!(said(&[("Received", &endless), forged, OUTSIDE], &own()), [""; 0]);
}

/// Inner hops as real servers write them: Dovecot's LMTP, private networks, qmail, no from clause.
#[test]
fn inner_hops_are_passed() {
    let real = (AR, "mx.own.example; spf=pass smtp.mailfrom=b.test");
    for received in [
        "from proxy02.own.example ([127.0.0.1])\r\n\tby dovecot16.own.example (Dovecot) with LMTP id GaxcARout2H\r\n\tfor <me@own.example>; Mon, 13 Dec 2021 12:35:32 +0100",
        "from mx.own.example by imap.own.example with LMTP id x",
        "from mx4 ([10.202.2.203]) by compute1.internal (LMTPProxy); Mon, 10 Oct 2022 01:37:22 -0400",
        "(qmail 17 invoked from network); date",
        "from a.own.example ([IPv6:fd00::1%3]) by b.own.example with esmtp (Exim 4.9)",
    ] {
        assert_eq!(said(&[("Received", received), real, OUTSIDE], &own()), ["spf=pass"], "{received}");
    }
}

/// Gmail writes below its own Received field; what stands below a foreign one is the sender's.
#[test]
fn gmail_counts_down_to_the_first_foreign_hop() {
    let gmail = Expected::new(&[], "imap.gmail.com", "me@gmail.com");
    let head = [
        ("Delivered-To", "me@gmail.com"),
        ("Received", "by 2002:a02:6629:0:0:0:0:0 with SMTP id k41csp368502jac; Wed, 10 Jun 2020 05:17:57 -0700 (PDT)"),
        ("ARC-Authentication-Results", "i=1; mx.google.com; dmarc=fail"),
        (
            "Received",
            "from b.test (b.test. [192.0.2.9]) by mx.google.com with SMTPS id w14sor16686480iow.23 for <me@gmail.com>",
        ),
    ];
    let real = (AR, "mx.google.com; dmarc=pass (p=REJECT) header.from=b.test");
    let foreign = ("Received", "from x.test by relay.b.test with ESMTP id 7");
    assert_eq!(said(&[&head[..], &[real, foreign]].concat(), &gmail), ["dmarc=pass"]);
    assert_eq!(said(&[&head[..], &[foreign, real]].concat(), &gmail), [""; 0]);
    assert_eq!(said(&[&head[..], &[(AR, "mx.b.test; dmarc=pass"), foreign]].concat(), &gmail), [""; 0]);
}

/// Fastmail writes four fields, the first without anything of interest; the block counts as one.
#[test]
fn a_block_of_fields_counts_as_one() {
    let fastmail = Expected::new(&[], "imap.fastmail.com", "me@fastmail.com");
    let hop = (
        "Received",
        "from mailmx.nyi.internal (localhost [127.0.0.1]) by mx4.messagingengine.com (Authentication Milter) with ESMTP id B",
    );
    let fields = [
        (
            "Received",
            "from compute1.internal (compute1.nyi.internal [10.202.2.41]) by sloti52n10 (Cyrus 3.7.0) with LMTPA; x",
        ),
        hop,
        (AR, "mx4.messagingengine.com; x-csa=none; x-ptr=pass"),
        (AR, "mx4.messagingengine.com; dkim=none (no signatures found); dmarc=pass header.from=b.test"),
        ("authentication-results", "mx4.messagingengine.com; spf=pass smtp.mailfrom=\"\""),
        ("Received", "from b.test (b.test [192.0.2.9]) by mx4.messagingengine.com (Postfix) with ESMTPS id 9"),
        (AR, "mx4.messagingengine.com; dmarc=fail"),
    ];
    assert_eq!(said(&fields, &fastmail), ["dkim=none", "dmarc=pass", "spf=pass"]);
}

/// Outlook names no id and hands mail over between its own hosts.
#[test]
fn outlook_counts_without_an_id() {
    let outlook = Expected::new(&[], "outlook.office365.com", "me@acme.example");
    let inner = (
        "Received",
        "from DB5.eurprd05.prod.outlook.com (2603:10a6::1) by AM0.eurprd05.prod.outlook.com with HTTPS; x",
    );
    let real = (
        AR,
        "spf=pass (sender IP is 192.0.2.9) smtp.mailfrom=b.test; dmarc=pass action=none header.from=b.test;compauth=pass reason=100",
    );
    let outer = (
        "Received",
        "from b.test (192.0.2.9) by AM0EUR02FT003.mail.protection.outlook.com (10.152.8.126) with Microsoft SMTP Server",
    );
    assert_eq!(said(&[inner, real, outer], &outlook), ["spf=pass", "dmarc=pass"]);
    assert_eq!(said(&[inner, real, outer], &own()), [""; 0]);
}

/// A configured id is taken below the own Received field as well: Postfix's filters write there.
#[test]
fn a_configured_id_counts_below_the_own_hop() {
    let expected = Expected::new(&["mx.own.example".to_owned()], "imap.own.example", "me@own.example");
    let real = (AR, "mx.own.example; dkim=pass header.d=b.test");
    let foreign = ("Received", "from x.test by relay.b.test with ESMTP id 7");
    assert_eq!(said(&[OUTSIDE, real, foreign], &expected), ["dkim=pass"]);
    assert_eq!(said(&[OUTSIDE, foreign, real], &expected), [""; 0]);
}

/// Ten thousand fields are read no further than the limit.
#[test]
fn the_number_of_fields_is_bounded() {
    let mut fields = vec![("X-Filler", "x"); 10_000];
    fields.insert(0, OUTSIDE);
    fields.push((AR, "mx.own.example; dmarc=pass"));
    let expected = Expected::new(&["mx.own.example".to_owned()], "imap.own.example", "");
    assert_eq!(said(&fields, &expected), [""; 0]);
}

/// A field that cannot be read may be the server's own: a forged one beside it must not take its place.
#[test]
fn an_unreadable_field_silences_the_rest() {
    let gmail = Expected::new(&[], "imap.gmail.com", "me@gmail.com");
    let hop = ("Received", "from b.test (b.test. [192.0.2.9]) by mx.google.com with SMTPS id w14");
    let forged = (AR, "mx.google.com; dmarc=pass header.from=bank.example");
    let many = format!("mx.google.com{}", "; dkim=pass header.d=b.test".repeat(200));
    for real in [many.as_str(), "mx.google.com; spf=pass smtp.mailfrom=\"a; dmarc=fail"] {
        assert_eq!(said(&[hop, (AR, real), forged], &gmail), [""; 0]);
    }
}
