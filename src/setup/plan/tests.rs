//! What a plan makes of answers: rank, merging, the end.

use rstest::rstest;

use super::*;

fn plan() -> Plan {
    Plan::new(Address::parse("ada@example.org").unwrap())
}

fn server(host: &str, security: Security) -> Server {
    Server::named(host, if security == Security::Tls { 993 } else { 143 }, security).unwrap()
}

fn offer(source: Source, host: &str) -> Offer {
    Offer::plain(source, server(host, Security::Tls), None)
}

fn found(source: Source, offers: Vec<Offer>) -> Progress {
    Progress::Found { source, offers }
}

#[rstest]
#[case(" ada@Example.ORG ", "ada", "example.org")]
#[case("ada+list@bücher.example", "ada+list", "xn--bcher-kva.example")]
#[case("ada@例え.テスト", "ada", "xn--r8jz45g.xn--zckzah")]
#[case("ada@example.org.", "ada", "example.org")]
#[case("ada@mailhost", "ada", "mailhost")]
fn an_address_is_split(#[case] text: &str, #[case] local: &str, #[case] domain: &str) {
    let address = Address::parse(text).unwrap();
    assert_eq!((address.local.as_str(), address.domain.as_str()), (local, domain));
}

#[rstest]
fn what_is_no_address_is_refused(
    #[values("", "ada", "@example.org", "ada@", "ada@exa mple.org", "ada@127.0.0.1", "a da@example.org", "ada@a..b")]
    text: &str,
    #[values("", "\u{1b}[2J", "/x")] tail: &str,
) {
    assert!(Address::parse(&format!("{text}{tail}")).is_err());
}

/// Nobody on the net may send a password in clear, to this computer, or to nowhere.
#[rstest]
#[case("imap.example.org", 993, Security::None)]
#[case("imap.example.org", 0, Security::Tls)]
#[case("localhost", 993, Security::Tls)]
#[case("imap.localhost", 993, Security::Tls)]
#[case("printer.local", 993, Security::Tls)]
#[case("127.0.0.1", 993, Security::Tls)]
#[case("[::1]", 993, Security::Tls)]
#[case("imap", 993, Security::Tls)]
#[case("imap.example.org\r\nx", 993, Security::Tls)]
#[case("imap.exa\u{0}mple.org", 993, Security::Tls)]
#[case("user@imap.example.org", 993, Security::Tls)]
fn a_server_that_makes_no_sense_is_not_taken(#[case] host: &str, #[case] port: u16, #[case] security: Security) {
    assert_eq!(Server::named(host, port, security), None);
}

/// RFC 8314, section 3: TLS from the first byte comes before STARTTLS, and the better source before both.
#[test]
fn the_best_offer_comes_first() {
    let mut plan = plan();
    let starttls = Offer::plain(Source::Srv, server("a.example.org", Security::StartTls), None);
    plan.take(found(Source::Guess, vec![offer(Source::Guess, "guess.example.org")]));
    plan.take(found(Source::Srv, vec![starttls, offer(Source::Srv, "b.example.org")]));
    let hosts = |plan: &Plan| plan.offers.iter().map(|o| o.receive.host.clone()).collect::<Vec<_>>();
    assert_eq!(hosts(&plan), ["b.example.org", "a.example.org", "guess.example.org"]);
    plan.take(found(Source::Autoconfig, vec![offer(Source::Autoconfig, "c.example.org")]));
    assert_eq!(plan.best().unwrap().receive.host, "c.example.org");
}

/// The same server from two sources is one offer: the better source keeps the word, gaps are filled, and one who can be
/// believed is enough.
#[test]
fn the_same_server_is_offered_once() {
    let mut plan = plan();
    let unsigned = Offer {
        confirm: true,
        send: Server::named("smtp.host.net", 465, Security::Tls),
        ..offer(Source::Srv, "imap.host.net")
    };
    plan.take(found(Source::Srv, vec![unsigned]));
    assert!(plan.best().unwrap().question(&plan.address).unwrap().as_str().contains("imap.host.net"));
    let signed = Offer { user: UserForm::LocalPart, ..offer(Source::Autoconfig, "imap.host.net") };
    plan.take(found(Source::Autoconfig, vec![signed]));
    let [one] = plan.offers.as_slice() else { panic!("{:?}", plan.offers) };
    assert_eq!((one.source, one.user, one.confirm), (Source::Autoconfig, UserForm::LocalPart, false));
    assert_eq!(one.send.as_ref().unwrap().host, "smtp.host.net");
    assert_eq!(one.question(&plan.address), None);
}

/// Nothing better can come once every source above has answered: then the rest is not waited for.
#[test]
fn a_good_answer_ends_the_search() {
    let mut plan = plan();
    plan.take(Progress::Nothing(Source::Table));
    plan.take(Progress::Asking(Source::Autoconfig));
    plan.take(found(Source::WellKnown, vec![offer(Source::WellKnown, "imap.example.org")]));
    assert!(!plan.enough(), "the file on autoconfig. may still come");
    plan.take(Progress::Failed { source: Source::Autoconfig, words: SafeText::from_static("no such host") });
    assert!(plan.enough());
    plan.take(Progress::Ended(End::Enough));
    let state = |source: Source| &plan.lookups.iter().find(|lookup| lookup.source == source).unwrap().state;
    assert_eq!(state(Source::Guess), &State::Unneeded);
    assert_eq!(state(Source::WellKnown).words().as_str(), "imap.example.org");
    let before = plan.clone();
    plan.take(found(Source::Table, vec![offer(Source::Table, "late.example.org")]));
    assert_eq!(plan, before, "what comes after the end changes nothing");
}

/// At the deadline a source that is silent is said to be silent.
#[test]
fn the_deadline_is_told() {
    let mut plan = plan();
    plan.take(Progress::Asking(Source::Srv));
    plan.take(Progress::Nothing(Source::Guess));
    plan.take(Progress::Ended(End::Deadline));
    let words: Vec<String> = plan.lookups.iter().map(|lookup| lookup.state.words().to_string()).collect();
    assert_eq!(words.iter().filter(|words| *words == "no answer in time").count(), 6, "{words:?}");
}

/// A provider without IMAP ends the search, whether its own domain or its mail servers tell of it.
#[test]
fn a_closed_provider_ends_the_search() {
    let closed = Closed { provider: SafeText::from_static("Tuta"), note: SafeText::default(), help: None };
    let mut plan = plan();
    plan.take(Progress::Nothing(Source::Table));
    plan.take(Progress::Closed(closed));
    assert!(plan.enough() && plan.best().is_none());
    assert_eq!(plan.lookups[4].state.words().as_str(), "Tuta");
}

/// The line of an answer is safe for the screen, whatever a server calls itself.
#[test]
fn a_provider_s_name_is_text() {
    let mut plan = plan();
    let provider = Some(SafeText::new("Evil\u{1b}]0;x\u{7}"));
    plan.take(found(Source::Ispdb, vec![Offer { provider, ..offer(Source::Ispdb, "imap.example.org") }]));
    assert!(!plan.lookups[3].state.words().as_str().contains('\u{1b}'));
}

/// The account as it would be saved has a name that is free.
#[rstest]
#[case("ada@gmail.com", Some("Gmail"), &[], "gmail")]
#[case("ada@gmail.com", Some("Gmail"), &["Gmail", "gmail2"], "gmail3")]
#[case("ada@mail.example.co.uk", Some("Gmail"), &[], "example")]
#[case("ada@mailhost", None, &[], "mailhost")]
fn a_draft_has_a_name(#[case] text: &str, #[case] provider: Option<&str>, #[case] taken: &[&str], #[case] name: &str) {
    let plan = Plan::new(Address::parse(text).unwrap());
    let offer = Offer { provider: provider.map(SafeText::new), ..offer(Source::Table, "imap.example.org") };
    let draft = plan.draft(&offer, taken);
    assert_eq!((draft.name.as_str(), draft.user.as_str()), (name, text));
}

/// The name of an account is read and typed: letters beyond ASCII are what they are.
#[test]
fn an_account_is_called_as_people_write_it() {
    assert_eq!(name::for_account("xn--exmple-cua.org", None, &[]), "exämple");
    assert_eq!(name::for_account("mail.example.co.uk", None, &["example"]), "example2");
}
