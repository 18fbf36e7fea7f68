//! Trackers named, links cleaned, and every entry of the list by its own example.

use rstest::rstest;

use super::rules::{Asset, Names, Pattern, read};
use super::*;

/// The list as it is written; a mistake in it fails the test that reads it.
fn asset() -> Asset {
    read().expect("assets/trackers.toml is read without an error")
}

/// The fields that matter in most tests.
fn cleaned(target: &str) -> (String, usize) {
    let cleaned = clean(target);
    (cleaned.target, cleaned.removed)
}

/// A list that cannot be read would switch the whole of it off without a word.
#[test]
fn the_list_is_read_and_long() {
    let asset = asset();
    let products =
        |list: &[Pattern]| list.iter().map(|entry| entry.name.clone()).collect::<std::collections::HashSet<_>>();
    assert!(products(&asset.pixel).len() >= 60);
    assert!(asset.redirect.len() >= 40 && asset.click.len() >= 60);
    assert!(asset.parameters.has("utm_source") && asset.signatures.has("x-amz-signature"));
}

/// Each pixel of the list fits its own example, and by its own name.
#[test]
fn every_pixel_knows_its_example() {
    for entry in asset().pixel {
        let Some(Pixel::Named(name)) =
            pixel(&entry.example, entry.small.then_some(1).map_or((None, None), |side| (Some(side), None)))
        else {
            panic!("{}", entry.example)
        };
        assert_eq!(name, entry.name, "{}", entry.example);
    }
}

/// Each redirector of the list leads from its example to the target given there.
#[test]
fn every_redirector_leads_to_its_target() {
    for entry in asset().redirect {
        let found = clean(&entry.example);
        assert_eq!(Some(&found.target), entry.target.as_ref(), "{}", entry.example);
        assert_eq!((found.tracker, found.unwrapped), (Some(entry.name.as_str()), true), "{}", entry.example);
    }
}

/// Each redirector that hides its target is named and left alone.
#[test]
fn every_hidden_redirector_is_named() {
    for entry in asset().click {
        let found = clean(&entry.example);
        assert_eq!(found.tracker, Some(entry.name.as_str()), "{}", entry.example);
        assert_eq!((found.target, found.unwrapped, found.removed), (entry.example, false, 0));
    }
}

/// Entries that could never fit, or would fit everything, are mistakes.
#[test]
fn every_entry_can_fit() {
    let asset = asset();
    for entry in asset.pixel.iter().chain(&asset.redirect).chain(&asset.click) {
        assert!(
            entry.hosts.iter().all(|host| *host == host.to_ascii_lowercase() && !host.starts_with('.')),
            "{entry:?}"
        );
        assert!(entry.is_of_hosts() || entry.is_distinct(), "{entry:?}");
    }
    let lower = |names: &Names| {
        let all = names.whole.iter().chain(&names.prefixes).chain(&names.suffixes).chain(&names.hosts);
        all.for_each(|name| assert_eq!(*name, name.to_ascii_lowercase()));
    };
    lower(&asset.parameters);
    lower(&asset.signatures);
    asset.parameters_on.iter().for_each(lower);
    assert!(asset.personal.iter().all(|word| *word == word.to_ascii_lowercase() && word.len() > 3));
}

/// Each parameter of the list is removed, on its own hosts only.
#[test]
fn every_parameter_is_removed() {
    let asset = asset();
    let names = |names: &Names| -> Vec<String> {
        names.whole.iter().cloned().chain(names.prefixes.iter().map(|prefix| format!("{prefix}x"))).collect()
    };
    for name in names(&asset.parameters) {
        let target = format!("https://example.com/a?b=1&{name}=2");
        assert_eq!(cleaned(&target), ("https://example.com/a?b=1".to_owned(), 1), "{target}");
    }
    for entry in &asset.parameters_on {
        for name in names(entry) {
            let target = format!("https://www.{}/a?{name}=2&b=1", entry.hosts[0]);
            assert_eq!(cleaned(&target).1, 1, "{target}");
            let elsewhere = format!("https://example.com/a?{name}=2&b=1");
            assert_eq!(cleaned(&elsewhere).1, usize::from(asset.parameters.has(&name)), "{elsewhere}");
        }
    }
}

/// Hosts end in the listed one at a dot; anything else could be registered by anybody.
#[rstest]
#[case("https://us1.list-manage.com/track/open.php?id=1", true)]
#[case("https://list-manage.com/track/open.php?id=1", true)]
#[case("https://user@US1.List-Manage.com.:443/track/open.php?id=1", true)]
#[case("https://evillist-manage.com/track/open.php?id=1", false)]
#[case("https://list-manage.com.evil.example/track/open.php?id=1", false)]
#[case("https://list-manage.com@evil.example/track/open.php?id=1", false)]
#[case("https://us1.list-manage.com/logo.png", false)]
#[case("https://evil.example/https://list-manage.com/track/open.php", false)]
fn hosts_match_at_dots(#[case] target: &str, #[case] named: bool) {
    assert_eq!(pixel(target, (None, None)).is_some(), named);
}

/// A sign for numbers stands for numbers alone.
#[test]
fn numbers_in_hosts() {
    assert_eq!(pixel("https://t.sidekickopen07.com/e1t/o/1", (None, None)), Some(Pixel::Named("HubSpot")));
    assert_eq!(pixel("https://t.sidekickopen.com/e1t/o/1", (None, None)), None);
    assert_eq!(pixel("https://t.sidekickopenx.com/e1t/o/1", (None, None)), None);
}

/// Unknown trackers are found by their size; what could be seen or holds a layout together is none.
#[rstest]
#[case("https://shop.example/o/abc", (Some(1), Some(1)), true)]
#[case("https://shop.example/o/abc", (Some(0), Some(2)), true)]
#[case("https://shop.example/o/abc", (Some(1), None), true)]
#[case("https://shop.example/o/abc", (None, None), false)]
#[case("https://shop.example/line.png?x", (Some(1), Some(600)), false)]
#[case("https://shop.example/logo.png", (Some(3), Some(3)), false)]
#[case("https://shop.example/img/Spacer.GIF", (Some(1), Some(1)), false)]
#[case("https://shop.example/img/spacer.gif?id=42", (Some(1), Some(1)), true)]
#[case("https://shop.example/2002/spacer.gif", (Some(1), Some(1)), false)]
#[case("https://shop.example/850395/spacer.gif", (Some(1), Some(1)), true)]
#[case("https://shop.example/abcdefghijklmnop/spacer.gif", (Some(1), Some(1)), true)]
#[case("cid:part1@example", (Some(1), Some(1)), false)]
#[case("data:image/gif;base64,R0lGODlhAQABAAAAACw=", (Some(1), Some(1)), false)]
fn pixels_by_size(#[case] target: &str, #[case] size: (Option<u32>, Option<u32>), #[case] is_pixel: bool) {
    assert_eq!(pixel(target, size), is_pixel.then(|| Pixel::ByHost("shop.example".to_owned())));
}

/// Hosts that have pictures for the eye are trackers only where there is nothing to see.
#[test]
fn small_images_of_advertisers() {
    let target = "https://ad.linksynergy.com/fs-bin/show?id=1";
    assert_eq!(pixel(target, (Some(1), Some(1))), Some(Pixel::Named("Rakuten")));
    assert_eq!(pixel(target, (Some(468), Some(60))), None);
    assert_eq!(pixel(target, (None, None)), None);
}

/// Only what tracks goes; order, encoding, empty values, fragment and odd separators stay as they are.
#[rstest]
#[case("https://example.com/?a=1&utm_source=x&b", "https://example.com/?a=1&b", 1)]
#[case("https://example.com/a?utm_source=x", "https://example.com/a", 1)]
#[case("https://example.com/a?utm_source=x&UTM_Medium=y#top?utm_a=1", "https://example.com/a#top?utm_a=1", 2)]
#[case("https://example.com?fbclid=x&q=a+b%20c&&d=", "https://example.com?q=a+b%20c&&d=", 1)]
#[case("https://example.com/a?b=1&amp;utm_source=x&amp;c=2", "https://example.com/a?b=1&amp;c=2", 1)]
#[case("https://example.com/a?q=utm_source=x&xutm_source=1", "https://example.com/a?q=utm_source=x&xutm_source=1", 0)]
#[case("https://example.com/a?", "https://example.com/a?", 0)]
#[case("https://example.com/a?si=1&ref_=2", "https://example.com/a?si=1&ref_=2", 0)]
#[case("https://youtu.be/abc?si=1&t=20", "https://youtu.be/abc?t=20", 1)]
#[case("mailto:a@example.com?subject=x&utm_source=y", "mailto:a@example.com?subject=x&utm_source=y", 0)]
#[case("not a URL?utm_source=x", "not a URL?utm_source=x", 0)]
fn tracking_parameters(#[case] target: &str, #[case] expected: &str, #[case] removed: usize) {
    assert_eq!(cleaned(target), (expected.to_owned(), removed));
}

/// A query that is signed, and pages that act in the reader's name, need all that the sender wrote.
#[rstest]
#[case("https://bucket.s3.amazonaws.com/a?X-Amz-Signature=1&utm_source=x")]
#[case("https://example.com/a?utm_source=x&signature=abc")]
#[case("https://example.com/a?utm_source=x&my_sig=abc")]
#[case("https://example.com/a?hmac=1&fbclid=x")]
#[case("https://pages.example.com/UnsubscribePage.html?mkt_unsubscribe=1&mkt_tok=abc")]
#[case("https://example.com/account?action=optout&mc_eid=abc")]
#[case("https://login.example.com/?mkt_tok=abc")]
#[case("https://example.com/#/verify?a=b?utm_source=x")]
fn targets_that_stay_whole(#[case] target: &str) {
    assert_eq!(cleaned(target), (target.to_owned(), 0));
}

/// A campaign's name does not make a page one that acts in the reader's name.
#[test]
fn removed_values_protect_nothing() {
    assert_eq!(cleaned("https://example.com/a?utm_campaign=confirm").1, 1);
}

/// URL Defense 3 with single characters, runs of them, a slash too few and characters beyond ASCII.
#[rstest]
#[case("https://urldefense.com/v3/__https://example.com/a__;!!A!B$", Some("https://example.com/a"))]
#[case("https://urldefense.com/v3/__https:/example.com/a__;!!A!B$", Some("https://example.com/a"))]
#[case("https://urldefense.com/v3/__https://example.com/*a*b__;Iz8!!A!B$", Some("https://example.com/#a?b"))]
#[case(
    "https://urldefense.com/v3/__https://example.com/**Bx*__;5pel5pys6Kqe4oKs!!A!B$",
    Some("https://example.com/日本語x€")
)]
#[case("https://urldefense.com/v3/__https://example.com/a__no-end", None)]
#[case("https://urldefense.com/v3/__javascript:alert(1)__;!!A!B$", None)]
#[case("https://urldefense.com/v3/__https://example.com/**__;JSUl!!A!B$", None)]
#[case("https://urldefense.com/v3/__https://example.com/*__;%%%!!A!B$", None)]
fn proofpoint_3(#[case] target: &str, #[case] expected: Option<&str>) {
    let found = clean(target);
    assert_eq!(found.target, expected.unwrap_or(target));
    assert_eq!((found.tracker, found.unwrapped), (Some("Proofpoint"), expected.is_some()));
}

/// Redirectors inside of redirectors are followed, then the target itself is cleaned.
#[test]
fn nested_redirectors() {
    let found = clean(
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttps%253A%252F%252Fexample.com%252Fa%253Futm_source%253Dx%2526b%253D1&data=1",
    );
    assert_eq!(found.target, "https://example.com/a?b=1");
    assert_eq!((found.tracker, found.unwrapped, found.removed), (Some("Google"), true, 1));
}

/// A hidden redirector inside of one that is not: the name is the one that will count the click.
#[test]
fn a_hidden_redirector_inside() {
    let found = clean("https://www.google.com/url?q=https://x.us1.list-manage.com/track/click%3Fu%3D1%26utm_a%3D2");
    assert_eq!(found.target, "https://x.us1.list-manage.com/track/click?u=1&utm_a=2");
    assert_eq!((found.tracker, found.unwrapped, found.removed), (Some("Mailchimp"), true, 0));
}

/// Only so many are followed: a message cannot make this loop.
#[test]
fn nesting_is_bounded() {
    let nested = format!("{}https://example.com/", "https://href.li/?".repeat(12));
    assert_eq!(clean(&nested).target, format!("{}https://example.com/", "https://href.li/?".repeat(7)));
}

/// What comes out leads to the web, whatever was put in.
#[rstest]
#[case("javascript:alert(1)")]
#[case("java%0Ascript:alert(1)")]
#[case("file:///etc/passwd")]
#[case("data:text/html,x")]
#[case("https%3A%2F%2F")]
#[case("https://")]
#[case("/relative")]
#[case("example.com")]
#[case("")]
#[case("%ff%fe")]
fn no_other_targets(#[case] inner: &str) {
    let target = format!("https://www.google.com/url?q={inner}&sa=D");
    let found = clean(&target);
    assert_eq!((found.target, found.unwrapped), (target, false));
}

/// The fragment goes along unless the target has its own, as in a browser.
#[rstest]
#[case("https://www.google.com/url?q=https://example.com/a#b", "https://example.com/a#b")]
#[case("https://www.google.com/url?q=https://example.com/a%23c#b", "https://example.com/a#c")]
fn fragments_go_along(#[case] target: &str, #[case] expected: &str) {
    assert_eq!(clean(target).target, expected);
}

/// Hosts that are no redirectors keep targets in their parameters: sharing and translating need them.
#[rstest]
#[case("https://translate.example.com/translate?u=https%3A%2F%2Fexample.com%2F")]
#[case("https://translate.google.com/translate?u=https%3A%2F%2Fexample.com%2F")]
#[case("https://www.facebook.com/sharer/sharer.php?u=https%3A%2F%2Fexample.com%2F")]
#[case("https://evilgoogle.com/url?q=https://example.com/")]
#[case("https://www.google.com/search?q=https://example.com/")]
fn other_targets_in_parameters_stay(#[case] target: &str) {
    assert_eq!(clean(target), Cleaned { target: target.to_owned(), tracker: None, unwrapped: false, removed: 0 });
}

/// Whatever the bytes, nothing panics and nothing grows much.
#[test]
fn hostile_targets() {
    let heads = [
        "https://urldefense.com/v3/__",
        "https://urldefense.com/v2/url?u=",
        "https://www.google.com/url?q=",
        "https://mandrillapp.com/track/click/?p=",
        "https://url.avanan.click/",
        "https://www.google.com/amp/",
        "https://click.pstmrk.it/3s/",
        "https://secure-web.cisco.com/",
        "https://r.search.yahoo.com/",
        "https://",
    ];
    let parts =
        ["%", "%2", "*", "**_", "__;", "!", "http:/", "https%3A", "é", "eyJ", "aHR0c", "&", "?", "#", "/", "___", "."];
    for head in heads {
        for first in parts {
            for second in parts {
                let target = format!("{head}{}{second}{first}https://x.y/{first}", second.repeat(40));
                assert!(clean(&target).target.len() <= target.len() + 8, "{target}");
                let _known = pixel(&target, (Some(1), Some(1)));
            }
        }
    }
    let dots = format!("https://{}com/", "a.".repeat(4_000));
    assert_eq!(clean(&dots).target, dots);
    let long = format!("https://www.google.com/url?q=https://example.com/{}", "a".repeat(9_000));
    assert_eq!(clean(&long).target, long);
}
