//! Domains: organisations, and what may be shown in its own letters.

use super::*;

/// One spelling to compare, and nothing that is no domain.
#[test]
fn ascii_is_one_spelling() {
    assert_eq!(ascii("Mail.ACME.example.").as_deref(), Some("mail.acme.example"));
    assert_eq!(ascii("bücher.example").as_deref(), Some("xn--bcher-kva.example"));
    assert_eq!(ascii("acme。example").as_deref(), Some("acme.example"));
    assert_eq!(ascii("_dmarc.acme.example").as_deref(), Some("_dmarc.acme.example"));
    let long = format!("{}.example", "a".repeat(64));
    for odd in [
        "",
        ".",
        "a..b",
        "[192.0.2.1]",
        "192.0.2.1",
        "a b.example",
        "a\0.example",
        "a\r\n.example",
        "a/b.example",
        &long,
    ] {
        assert_eq!(ascii(odd), None, "{odd:?}");
    }
    assert_eq!(ascii(&"ä.".repeat(100_000)), None);
}

/// Relaxed alignment follows the public suffix list: tenants of one suffix are strangers.
#[test]
fn organisations_follow_the_suffix_list() {
    assert!(related("mail.acme.co.uk", "acme.co.uk"));
    assert!(related("a.acme.test", "b.acme.test"));
    assert!(!related("acme.co.uk", "evil.co.uk"));
    assert!(!related("a.github.io", "b.github.io"));
    assert!(!related("notacme.example", "acme.example"));
    assert!(!related("co.uk", "acme.co.uk"));
}

/// Names in one script are shown; the ones that could pass for others stay in punycode.
#[test]
fn shows_unicode_only_where_it_is_safe() {
    for (name, shown, flagged) in [
        ("acme.example", "acme.example", false),
        ("XN--BCHER-KVA.example", "bücher.example", false),
        ("xn--ls-1ia.example", "læs.example", false),
        ("xn--e1afmkfd.xn--p1ai", "пример.рф", false),
        ("xn--fsqu00a.example", "例子.example", false),
        // "аррӏе" in Cyrillic alone, and "pаypal" with one Cyrillic letter.
        ("xn--80ak6aa92e.com", "xn--80ak6aa92e.com", true),
        ("pаypal.example", "xn--pypal-4ve.example", true),
        // A Latin letter that Unicode keeps out of names.
        ("ɡoogle.example", "xn--oogle-qmc.example", true),
        ("xn--.example", "xn--.example", true),
        ("[192.0.2.1]", "[192.0.2.1]", false),
        ("", "", false),
        ("a\0b\r\nc", "a\u{fffd}b\u{fffd}\u{fffd}c", true),
    ] {
        assert_eq!(display_domain(name), (shown.to_owned(), flagged), "{name:?}");
    }
}

/// What a name in another script is taken for is told in ASCII.
#[test]
fn tells_what_a_name_looks_like() {
    assert_eq!(looks_like("xn--80ak6aa92e.com").as_deref(), Some("apple.com"));
    assert_eq!(looks_like("xn--pypal-4ve.example").as_deref(), Some("paypal.example"));
    assert_eq!(looks_like("xn--fsqu00a.example"), None);
}

/// Hostile input is cut, not worked on.
#[test]
fn long_names_are_cut() {
    let (shown, flagged) = display_domain(&"xn--a.".repeat(20_000));
    assert!(flagged && shown.chars().count() <= MAX_DOMAIN);
    let (shown, _) = display_domain(&"é".repeat(100_000));
    assert!(shown.chars().count() <= MAX_DOMAIN);
}
