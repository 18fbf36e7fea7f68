//! The table's shape, and what is found in it.

use std::collections::BTreeSet;

use rstest::rstest;

use super::*;
use crate::setup::plan::name;

/// The table can be read; no domain is there twice; names are as they are looked up; every row says how to sign in, or why
/// nobody can; help is https; and a server elsewhere than on this computer has a public name.
#[test]
fn the_table_is_in_shape() {
    let providers = read(TABLE).unwrap();
    assert!(providers.len() >= 30, "{}", providers.len());
    let mut domains = BTreeSet::new();
    for provider in &providers {
        let name = &provider.name;
        assert!(!provider.domains.is_empty() || !provider.mx.is_empty(), "{name}");
        for domain in &provider.domains {
            assert!(domains.insert(domain.clone()), "{domain} is there twice");
        }
        for domain in provider.domains.iter().chain(&provider.mx) {
            assert_eq!(name::ascii(domain).as_ref(), Some(domain), "{name}");
        }
        if let Some(help) = &provider.help {
            assert!(help.starts_with("https://"), "{name}: {help}");
        }
        if let Some(note) = &provider.note {
            assert!(!note.ends_with('.') && note.len() < 160, "{name}: {note}");
        }
        let Some(servers) = &provider.servers else {
            assert!(provider.note.is_some(), "{name} says why it is closed");
            continue;
        };
        assert!(!servers.ways.is_empty(), "{name}");
        for server in [Some(&servers.receive), servers.send.as_ref()].into_iter().flatten() {
            let named = Server::named(&server.host, server.port, server.security);
            assert!(server.host == "127.0.0.1" || named.as_ref() == Some(server), "{name}: {server:?}");
        }
        let normal = servers.ways.contains(&Way::Password);
        assert!(normal || provider.note.is_some() || provider.help.is_some(), "{name} says what it wants instead");
    }
}

#[rstest]
#[case("gmail.com", "imap.gmail.com")]
#[case("hotmail.co.uk", "outlook.office365.com")]
#[case("yahoo.fr", "imap.mail.yahoo.com")]
#[case("proton.me", "127.0.0.1")]
#[case("web.de", "imap.web.de")]
fn a_domain_is_found(#[case] domain: &str, #[case] host: &str) {
    let Some(Known::Offer(offer)) = of_domain(domain) else { panic!("{domain}") };
    assert_eq!((offer.receive.host.as_str(), offer.source), (host, Source::Table));
}

/// A custom domain is known by who takes its mail, at the border of a label.
#[rstest]
#[case("aspmx.l.google.com", Some("imap.gmail.com"))]
#[case("example-org.mail.protection.outlook.com", Some("outlook.office365.com"))]
#[case("example-org.a-v1.mx.microsoft", Some("outlook.office365.com"))]
#[case("in1-smtp.messagingengine.com", Some("imap.fastmail.com"))]
#[case("mail.protonmail.ch", Some("127.0.0.1"))]
#[case("notgoogle.com", None)]
#[case("mx.google.com.evil.example", None)]
fn a_mail_server_is_found(#[case] mx: &str, #[case] host: Option<&str>) {
    let found = of_mail_server(mx).map(|known| match known {
        Known::Offer(offer) => offer.receive.host,
        Known::Closed(closed) => panic!("{closed:?}"),
    });
    assert_eq!(found.as_deref(), host);
}

#[test]
fn who_has_no_imap_says_so() {
    let Some(Known::Closed(closed)) = of_domain("tutanota.com") else { panic!() };
    assert!(closed.note.as_str().contains("no IMAP"));
}

/// What the DNS names is believed where the table has the host itself.
#[test]
fn the_table_vouches_for_its_hosts() {
    let server = Server::named("imap.fastmail.com", 993, Security::Tls).unwrap();
    let mut offer = Offer { confirm: true, ..Offer::plain(Source::Srv, server, None) };
    complete(&mut offer);
    assert!(!offer.confirm);
    assert_eq!(offer.ways, [Way::AppPassword]);
    assert!(needs("imap.gmail.com", None).unwrap().ends_with("https://support.google.com/accounts/answer/185833"));
    assert_eq!(needs("imap.example.org", None), None);
}

/// Protects from a bridge that is told of to whoever has another server on his computer.
#[test]
fn what_is_here_is_a_provider_s_by_the_address() {
    assert_eq!((needs("127.0.0.1", Some("example.org")), needs("127.0.0.1", None)), (None, None));
    assert!(needs("127.0.0.1", Some("proton.me")).unwrap().contains("Bridge"));
    assert_eq!(sending("127.0.0.1", Some("example.org")), None);
    assert_eq!(sending("127.0.0.1", Some("pm.me")).unwrap().port, 1025);
    assert_eq!(sending("imap.gmail.com", Some("example.org")).unwrap().host, "smtp.gmail.com");
}
