//! What is odd about a sender, and what is not.

use super::*;

fn nobody(_: &str) -> Option<String> {
    None
}

fn mailbox<'a>(name: &'a str, address: &'a str) -> Mailbox<'a> {
    Mailbox { name, address }
}

const OWN: [Mailbox<'static>; 2] =
    [Mailbox { name: "Rita Reader", address: "rita@readers.example" }, Mailbox { name: "", address: "rita@gmail.com" }];

fn sender<'a>(from: &'a [Mailbox<'a>]) -> Sender<'a> {
    let (own, known_names, link_hosts) = (&OWN[..], &nobody, &[][..]);
    Sender { from, reply_to: &[], mailing_list: false, first_time: false, own, known_names, link_hosts }
}

fn found(name: &str, address: &str) -> Vec<String> {
    warnings(&sender(&[mailbox(name, address)])).iter().map(Warning::words).collect()
}

/// A name that claims another address or domain is told.
#[test]
fn a_name_with_another_address_is_told() {
    for (name, named) in [
        ("ceo@example.test", "ceo@example.test"),
        ("The CEO (ceo@example.test)", "ceo@example.test"),
        ("\"ceo@example.test\" <ceo@example.test>", "ceo@example.test"),
        ("acme.com", "acme.com"),
        ("Acme (www.acme.co.uk) Support", "www.acme.co.uk"),
        ("Support acme.example.", "acme.example"),
    ] {
        assert_eq!(
            found(name, "eve@attacker.test"),
            [format!("The name says {named}, the mail comes from eve@attacker.test")]
        );
    }
}

/// Honest names stay silent: own address or domain, "via" names, and words that merely hold a dot.
#[test]
fn honest_names_are_silent() {
    for (name, address) in [
        ("john@example.com", "john@example.com"),
        ("john.doe@example.com", "jdoe@mail.example.com"),
        ("Foo (foo.com)", "news@mail.foo.com"),
        ("'john@example.com' via Team", "team@groups.test"),
        ("jane@corp.example (Jane) via DocuSign", "dse@docusign.test"),
        ("J.R. Smith", "jr@b.test"),
        ("Dr.No", "no@b.test"),
        ("J.De", "j@b.test"),
        ("Node.js Weekly v1.2.com", "news@b.test"),
        ("[acme/repo] Ticket #1.2", "tickets@b.test"),
        ("me @ home", "x@b.test"),
        ("", "x@b.test"),
        ("root@localhost", "root@b.test"),
    ] {
        assert_eq!(found(name, address), [""; 0], "{name}");
    }
    let from = [mailbox("ceo@example.test", "list@lists.test")];
    assert_eq!(warnings(&Sender { mailing_list: true, ..sender(&from) }), []);
}

/// Somebody who goes by the reader's name, also in letters that only look so.
#[test]
fn the_readers_own_name_is_told() {
    for name in ["Rita Reader", " rita  READER", "Ritа Reader"] {
        let told = found(name, "eve@attacker.test");
        assert!(
            told.contains(&"The sender uses your name, the mail comes from eve@attacker.test".to_owned()),
            "{name}: {told:?}"
        );
    }
    let told = found("rita@gmail.com", "eve@attacker.test");
    assert_eq!(told, ["The name says rita@gmail.com, the mail comes from eve@attacker.test"]);
    assert_eq!(found("Rita Reader", "RITA@readers.example"), [""; 0]);
    assert_eq!(found("Rita", "eve@attacker.test"), [""; 0]);
}

/// A person the reader knows with another address; not another address of the same firm, a bounce or a single word.
#[test]
fn a_known_name_with_another_address_is_told() {
    let usual = |name: &str| (name != "Ann Other").then(|| "ann@acme.example".to_owned());
    let known = |name: &str, address: &str| {
        let from = [mailbox(name, address)];
        warnings(&Sender { known_names: &usual, ..sender(&from) }).len()
    };
    assert_eq!(known("Ann Acme", "ann@attacker.test"), 1);
    for (name, address) in [
        ("Ann Acme", "Ann@ACME.example"),
        ("Ann Acme", "ann.acme@mail.acme.example"),
        ("Ann Other", "ann@attacker.test"),
        ("Ann", "ann@attacker.test"),
        ("Mail Delivery System", "MAILER-DAEMON@attacker.test"),
    ] {
        assert_eq!(known(name, address), 0, "{name} {address}");
    }
    let public = |_: &str| Some("ann.acme@gmail.com".to_owned());
    let from = [mailbox("Ann Acme", "ann.acme99@gmail.com")];
    assert_eq!(warnings(&Sender { known_names: &public, ..sender(&from) }).len(), 1, "everybody may be at gmail.com");
}

/// Replies that leave the sender's organisation are told; lists and the reader's own address are not.
#[test]
fn replies_elsewhere_are_told() {
    let from = [mailbox("", "ann@acme.example")];
    let told = |reply: &str, mailing_list| {
        let reply_to = [mailbox("", "ann@mail.acme.example"), mailbox("", reply)];
        warnings(&Sender { reply_to: &reply_to, mailing_list, ..sender(&from) })
    };
    let words: Vec<String> = told("eve@attacker.test", false).iter().map(Warning::words).collect();
    assert_eq!(words, ["Replies go to eve@attacker.test, not to acme.example"]);
    assert_eq!(told("eve@attacker.test", true), []);
    assert_eq!(told("Rita@Readers.example", false), []);
    assert_eq!(told("not an address", false), []);
}

/// Domains with letters that pose as others are told with what they pose as.
#[test]
fn odd_domains_are_told() {
    assert_eq!(
        found("", "a@xn--80ak6aa92e.com"),
        ["The sender's domain looks like apple.com, but is xn--80ak6aa92e.com"]
    );
    assert_eq!(found("", "a@pаypal.test").len(), 1);
    assert_eq!(found("", "a@bücher.test"), [""; 0]);
    assert_eq!(found("", "почта@пример.рф"), [""; 0]);
}

/// A word that only looks Latin is told; names in other scripts, and signs, are not.
#[test]
fn odd_names_are_told() {
    for name in ["Pаypal", "Аррӏе", "Аррӏе Support", "ΡayΡal"] {
        assert_eq!(found(name, "a@b.test").len(), 1, "{name}");
    }
    for name in [
        "Сара",
        "Роса Оха",
        "Иван Петров",
        "Ελένη",
        "José Müller-Łódź",
        "山田 Taro",
        "IT部",
        "μTorrent",
        "Müller 😀",
        "ТОО Роса",
        "О'Брайен",
    ] {
        assert_eq!(found(name, "a@b.test"), [""; 0], "{name}");
    }
}

/// Domains one error away from the reader's own are told, in From and in links; public providers are not guarded.
#[test]
fn domains_near_the_own_are_told() {
    for near in ["reader5.example", "raeders.example", "reeders.example", "readers.exampl", "reаders.example"] {
        let told = warnings(&sender(&[mailbox("", &format!("a@mail.{near}"))]));
        assert!(
            matches!(told.first(), Some(Warning::NearOwnDomain { own, .. }) if own == "readers.example"),
            "{near}: {told:?}"
        );
    }
    for far in ["readers.example", "mail.readers.example", "leaderz.example", "ymail.com", "gmail.co"] {
        assert_eq!(found("", &format!("a@{far}")), [""; 0], "{far}");
    }
    let from = [mailbox("", "a@b.test")];
    let hosts = ["www.readers.example", "b.test", "login.reader5.example", "[::1]"];
    let told: Vec<String> =
        warnings(&Sender { link_hosts: &hosts, ..sender(&from) }).iter().map(Warning::words).collect();
    assert_eq!(told, ["A link leads to login.reader5.example, not to your readers.example"]);
}

/// A first mail is told when nothing graver is, and never on a list.
#[test]
fn a_first_mail_is_told_alone() {
    let from = [mailbox("Ann", "ann@acme.example")];
    let first = Sender { first_time: true, ..sender(&from) };
    assert_eq!(warnings(&first), [Warning::FirstTime]);
    assert_eq!(warnings(&Sender { mailing_list: true, ..first }), []);
    let odd = [mailbox("ceo@example.test", "eve@attacker.test")];
    assert!(!warnings(&Sender { first_time: true, ..sender(&odd) }).contains(&Warning::FirstTime));
}

/// Several From addresses are told with their number.
#[test]
fn several_senders_are_told() {
    let from = [mailbox("", "a@b.test"), mailbox("", "c@d.test")];
    assert_eq!(warnings(&sender(&from)), [Warning::SeveralSenders(2)]);
    assert_eq!(warnings(&sender(&[])), []);
}

/// Hostile names and lists neither hang nor panic.
#[test]
fn hostile_sizes_are_survived() {
    for unit in ["a@b.c ", "аa ", "\0", "\r\n", "(", "x.com ", "\u{301}", "via", "é"] {
        let long = unit.repeat(100_000);
        assert!(found(&long, &long).len() <= 4, "{unit:?}");
    }
    let many = vec![mailbox("Rita Reader", "a@b.test"); 20_000];
    let reply = vec![mailbox("", "c@d.test"); 20_000];
    assert_eq!(warnings(&Sender { reply_to: &reply, ..sender(&many) }).first(), Some(&Warning::SeveralSenders(20_000)));
}
