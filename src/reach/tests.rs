//! Which addresses a mail may make this machine connect to.

use rstest::rstest;
use ureq::http::Uri;

use super::*;

/// Protects the user's network, a cloud's metadata, and what stands for them in IPv6.
#[rstest]
#[case("127.0.0.1")]
#[case("0.0.0.0")]
#[case("10.1.2.3")]
#[case("172.31.0.1")]
#[case("192.168.1.1")]
#[case("169.254.169.254")]
#[case("100.100.100.200")]
#[case("192.0.0.192")]
#[case("198.18.0.1")]
#[case("203.0.113.1")]
#[case("224.0.0.1")]
#[case("255.255.255.255")]
#[case("::")]
#[case("::1")]
#[case("::127.0.0.1")]
#[case("::ffff:127.0.0.1")]
#[case("::ffff:169.254.169.254")]
#[case("64:ff9b::10.0.0.1")]
#[case("2002:7f00:1::")]
#[case("2001::1")]
#[case("2001:db8::1")]
#[case("fd00:ec2::254")]
#[case("fe80::1")]
#[case("fec0::1")]
#[case("ff02::1")]
fn a_private_address_is_refused(#[case] address: &str) {
    assert!(!public(address.parse().unwrap()));
}

/// Protects the web: what is public is reached.
#[rstest]
#[case("1.1.1.1")]
#[case("100.63.255.255")]
#[case("172.32.0.1")]
#[case("2606:4700::1111")]
#[case("2001:4860:4860::8888")]
#[case("64:ff9b::1.1.1.1")]
#[case("::ffff:1.1.1.1")]
fn a_public_address_is_allowed(#[case] address: &str) {
    assert!(public(address.parse().unwrap()));
}

/// Protects names behind a proxy, which resolves them without a guard.
#[test]
fn local_names_are_known_by_their_form() {
    assert!(global("img.acme.example") && global("IMG.acme.example."));
    for name in ["localhost", "LOCALHOST.", "router", "a.localhost", "printer.local", "metadata.google.internal"] {
        assert!(!global(name), "{name}");
    }
}

/// Protects the connection itself: the resolver gives out no address that is not allowed, however it is written.
#[rstest]
#[case("https://127.0.0.1/a.png")]
#[case("https://2130706433/a.png")]
#[case("https://[::1]/a.png")]
#[case("https://localhost/a.png")]
fn the_resolver_gives_out_no_private_address(#[case] uri: Uri) {
    let config = ureq::Agent::config_builder().proxy(None).build();
    let timeout = || NextTimeout {
        after: std::time::Duration::from_secs(5).into(),
        reason: ureq::Timeout::Global,
        ..NextTimeout::default()
    };
    let guard = Guard::new(Arc::new(public));
    let error = guard.resolve(&uri, &config, timeout()).unwrap_err();
    assert!(error.to_string().contains(PRIVATE), "{error}");
    let open = Guard::new(Arc::new(|_| true));
    assert!(!open.resolve(&uri, &config, timeout()).unwrap().is_empty(), "the same name, without a guard");
}
