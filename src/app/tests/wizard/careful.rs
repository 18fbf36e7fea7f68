//! What must not happen while an account is added: a password at a strange host, secrets of another account in its place,
//! what was taken over thrown away.

use rstest::rstest;

use super::{first, found, offer, orders, passes, servers, told, wizard};
use crate::app::accounts::Stock;
use crate::app::msg::Msg;
use crate::app::tests::Screen;
use crate::app::wizard::order::{News, Offered, Order};
use crate::app::wizard::settings::{Keep, Kept, Method, SecretFrom, Sending, Settings};
use crate::app::wizard::{Field, Step};
use crate::config::Security;
use crate::protocol::SignInStep;
use crate::safe_text::SafeText;
use crate::setup::plan::checks::{self, Outcome, Told};
use crate::setup::plan::{Offer, Progress, Server, Source, Way};

/// A host that the DNS alone names: asked of wherever the fields have it from.
fn strange() -> Offer {
    Offer { source: Source::Srv, confirm: true, ..offer("imap.hoster.example") }
}

/// Protects from a strange host that stays in a field which was changed, while a better offer takes the first place; and one
/// that was confirmed is that host alone, whatever else is changed.
#[test]
fn a_strange_host_is_confirmed_in_edited_fields_too() {
    let mut screen = first();
    screen.type_text("ada@example.org").press("enter");
    found(&mut screen, Progress::Found { source: Source::Srv, offers: vec![strange()] });
    // The name to sign in with is mended meanwhile.
    while wizard(&screen).focus != Field::User {
        screen.press("tab");
    }
    screen.press("e").type_text("x").press("enter");
    let better = Offer { source: Source::Autoconfig, ..offer("imap.example.org") };
    found(&mut screen, Progress::Found { source: Source::Autoconfig, offers: vec![better] });
    assert_eq!(wizard(&screen).filler().unwrap().receive.host, "imap.hoster.example", "what is shown is of the fields");
    screen.press("enter");
    assert_eq!((wizard(&screen).step, wizard(&screen).focus), (Step::Servers, Field::Confirm));
    screen.press("space enter");
    assert_eq!(wizard(&screen).step, Step::SignIn);
    screen.press("esc e ctrl-u").type_text("IMAP.Hoster.example").press("enter");
    assert!(wizard(&screen).must_confirm() && wizard(&screen).is_confirmed(), "it is the same one");
    screen.press("e ctrl-u").type_text("imap.example.org").press("enter");
    assert!(!wizard(&screen).must_confirm(), "somebody vouches for it");
}

/// Protects from a strange host whose offer is not the one that was taken: that it stands in the field is enough.
#[test]
fn a_strange_host_is_confirmed_whatever_was_taken() {
    let mut screen = servers();
    screen.press("esc").press("enter");
    let better = Offer { source: Source::Autoconfig, ..offer("imap.example.org") };
    found(&mut screen, Progress::Found { source: Source::Srv, offers: vec![strange()] });
    found(&mut screen, Progress::Found { source: Source::Autoconfig, offers: vec![better] });
    assert!(!wizard(&screen).must_confirm());
    screen.press("e ctrl-u").type_text("imap.hoster.example").press("enter enter");
    assert_eq!((wizard(&screen).step, wizard(&screen).focus), (Step::Servers, Field::Confirm));
}

/// Protects from a host that becomes known as a strange one after the password was typed; and after that nobody is heard.
#[test]
fn what_is_found_late_is_asked_before_the_check() {
    let mut screen = first();
    screen.type_text("ada@example.org").press("enter e ctrl-u").type_text("imap.hoster.example").press("enter enter");
    assert_eq!(wizard(&screen).step, Step::SignIn);
    found(&mut screen, Progress::Found { source: Source::Srv, offers: vec![strange()] });
    screen.take();
    screen.type_text("s3cret").press("enter");
    assert_eq!((wizard(&screen).focus, orders(&screen.take())), (Field::Confirm, Vec::new()));
    screen.press("space enter enter");
    assert!(matches!(&orders(&screen.take())[..], [Order::Check { .. }]));
    assert!(!wizard(&screen).is_looking(), "whoever has not answered is not waited for");
}

/// Protects from a password that is kept elsewhere than the user has seen: what is known of keyrings later changes nothing,
/// and saved is what was tried.
#[test]
fn what_was_tried_is_saved() {
    let mut screen = first();
    let keeps =
        |keeps: Vec<Keep>| Msg::Wizard(News::Keeps { keeps, oauth: true, path: SafeText::new("~/config.toml") });
    screen.send(keeps(vec![Keep::Ask, Keep::File]));
    screen.type_text("ada@example.org").press("enter");
    found(&mut screen, Progress::Found { source: Source::Autoconfig, offers: vec![offer("imap.example.org")] });
    screen.press("enter");
    screen.send(keeps(vec![Keep::Keyring, Keep::Ask, Keep::File]));
    assert_eq!(wizard(&screen).keep(), Keep::Ask);
    screen.type_text("s3cret").press("enter");
    screen.take();
    screen.model.wizard.as_deref_mut().unwrap().keep = 1;
    passes(&mut screen);
    let ordered = orders(&screen.take());
    let [Order::Save { settings, secret: Some(_), .. }] = &ordered[..] else { panic!("{ordered:?}") };
    assert_eq!(settings.from, SecretFrom::Typed(Kept::Nowhere));
}

/// Protects the secrets, the mail and the queue of accounts that are not shown: what is kept is found by the name.
#[test]
fn names_of_accounts_that_are_not_shown_are_taken() {
    let mut screen = Screen::new(1);
    screen.model.shelved.disabled = vec!["Example".to_owned()];
    let stock = Stock { name: "example2".to_owned(), messages: 1, bytes: 0, waiting: 0 };
    screen.send(Msg::Stock(vec![stock]));
    screen.press(":").type_text("add account").press("enter").type_text("ada@example.org").press("enter");
    assert_eq!(wizard(&screen).texts.account.text, "example3");
    let mut screen = first();
    assert!(wizard(&screen).first);
    screen.press("esc");
    assert!(screen.model.quitting);
}

fn imported(settings: Settings) -> Screen {
    let offered = Offered { program: SafeText::new("mbsync"), settings, ways: Vec::new(), notes: Vec::new() };
    let mut screen = first();
    screen.send(Msg::Wizard(News::Offered(vec![offered])));
    screen.press("tab tab enter");
    screen.take();
    screen
}

/// An account of another program whose file does not say the address: it is typed, and the rest is kept.
#[test]
fn an_address_is_added_to_an_imported_account() {
    let receive = Server { host: "imap.example.org".into(), port: 143, security: Security::StartTls };
    let from = SecretFrom::Command("pass show work".into());
    let settings = Settings { name: "work".into(), receive: Some(receive.clone()), from, ..Settings::default() };
    let mut screen = imported(settings.clone());
    assert_eq!((wizard(&screen).step, wizard(&screen).focus), (Step::Address, Field::Address));
    screen.type_text("ada@example.org").press("enter");
    assert_eq!((wizard(&screen).step, orders(&screen.take())), (Step::Servers, Vec::new()));
    screen.press("enter enter");
    let ordered = orders(&screen.take());
    let [Order::Check { settings: tried, .. }] = &ordered[..] else { panic!("{ordered:?}") };
    assert_eq!(**tried, Settings { email: "ada@example.org".into(), send: tried.send.clone(), ..settings });
}

/// What another program's account signs in with comes along as it is: a token from a command, a password behind a tunnel.
#[rstest]
#[case(None, SecretFrom::TokenCommand("oauth2 work".into()))]
#[case(Some("ssh host imap"), SecretFrom::Command("pass show work".into()))]
#[case(Some("ssh host imap"), SecretFrom::Nowhere)]
fn imported_secrets_stay_what_they_are(#[case] command: Option<&str>, #[case] from: SecretFrom) {
    let server = Server { host: "imap.example.org".into(), port: 993, security: Security::Tls };
    let settings = Settings {
        name: "work".into(),
        email: "ada@example.org".into(),
        receive: command.is_none().then_some(server),
        user: Some("ada".into()),
        command: command.map(str::to_owned),
        send: Some(Sending::Command("msmtp".into())),
        from,
        ..Settings::default()
    };
    let mut screen = imported(settings.clone());
    screen.press("enter enter");
    let ordered = orders(&screen.take());
    let [Order::Check { settings: tried, .. }] = &ordered[..] else { panic!("{ordered:?}") };
    assert_eq!(**tried, settings);
}

/// A bridge on this computer has a certificate of its own: it is shown, and taken when the user says so; for another server it
/// says nothing.
#[test]
fn a_bridges_certificate_is_taken_when_the_user_says_so() {
    let mut screen = first();
    screen.type_text("ada@proton.me").press("enter e ctrl-u").type_text("127.0.0.1:1143").press("enter enter");
    screen.type_text("s3cret").press("enter");
    screen.take();
    let bad = Outcome::Bad { words: SafeText::new("unknown"), next: SafeText::new("pin"), unreachable: false };
    told(&mut screen, Told::Certificate("sha256:ab".into()));
    told(&mut screen, Told::Ends(checks::Step::Tls, bad));
    told(&mut screen, Told::Ended);
    assert_eq!((wizard(&screen).step, wizard(&screen).focus), (Step::Servers, Field::Pin));
    assert_eq!(wizard(&screen).settings().unwrap().pin, None);
    screen.press("right enter enter");
    let ordered = orders(&screen.take());
    let [Order::Check { settings, .. }] = &ordered[..] else { panic!("{ordered:?}") };
    assert_eq!(settings.pin.as_deref(), Some("sha256:ab"));
    screen.press("esc esc e ctrl-u").type_text("127.0.0.1:1144").press("enter");
    assert_eq!(wizard(&screen).settings().unwrap().pin, None, "another server has another one");
}

/// A name in letters of any language is looked up by those that the DNS has.
#[rstest]
#[case("imap.bücher.example", "imap.xn--bcher-kva.example")]
#[case("IMAP.Example.org.:143", "imap.example.org")]
#[case("[::1]:1143", "::1")]
#[case("my_server", "my_server")]
fn hosts_are_written_as_they_are_looked_up(#[case] typed: &str, #[case] host: &str) {
    let mut screen = servers();
    screen.press("e ctrl-u").type_text(typed).press("enter");
    assert_eq!(wizard(&screen).receive().unwrap().host, host);
}

/// A browser on another computer ends at an address that nothing shows: it is pasted here.
#[test]
fn the_address_of_a_browser_elsewhere_is_pasted() {
    let mut screen = first();
    let keeps = vec![Keep::File];
    screen.send(Msg::Wizard(News::Keeps { keeps, oauth: true, path: SafeText::new("~/config.toml") }));
    screen.type_text("ada@gmail.com").press("enter");
    let ways = vec![Way::OAuth { provider: "google".into() }];
    found(
        &mut screen,
        Progress::Found { source: Source::Table, offers: vec![Offer { ways, ..offer("imap.gmail.com") }] },
    );
    screen.press("enter").type_text("client").press("enter");
    screen.take();
    let turn = wizard(&screen).turn;
    let step = SignInStep::Browser { url: SafeText::new("https://accounts.example/") };
    screen.send(Msg::Wizard(News::SignIn(turn, step)));
    screen.take();
    assert_eq!(wizard(&screen).focus, Field::Redirect);
    screen.press("enter");
    assert_eq!(orders(&screen.take()), [], "nothing to give");
    screen.send(Msg::Paste("http://127.0.0.1:4/?code=c0de\n".into())).press("enter");
    let ordered = orders(&screen.take());
    assert!(matches!(&ordered[..], [Order::Redirected(_)]) && !format!("{ordered:?}").contains("c0de"), "{ordered:?}");
    screen.send(Msg::Wizard(News::SignIn(turn, SignInStep::Done)));
    assert_eq!((wizard(&screen).awaits_browser(), wizard(&screen).focus), (false, Field::Onward));
    screen.press("esc");
    assert!(orders(&screen.take()).contains(&Order::Stop));
    assert_eq!((wizard(&screen).step, wizard(&screen).focus), (Step::SignIn, Field::Onward));
}

/// One step back and forward again loses nothing that was typed, and nothing that must be confirmed; another address begins
/// anew.
#[test]
fn what_was_typed_is_there_again() {
    let mut screen = first();
    screen.type_text("ada@example.org").press("enter");
    found(&mut screen, Progress::Found { source: Source::Srv, offers: vec![strange()] });
    screen.press("e ctrl-u").type_text("imap.hoster.example").press("enter").take();
    screen.press("esc");
    assert_eq!(wizard(&screen).step, Step::Address);
    screen.press("enter");
    assert_eq!(
        (wizard(&screen).step, wizard(&screen).texts.receive.text.as_str()),
        (Step::Servers, "imap.hoster.example")
    );
    assert!(wizard(&screen).must_confirm(), "whoever is asked for it vouches for nothing");
    screen.press("esc ctrl-u").type_text("bob@example.org").press("enter");
    assert!(matches!(orders(&screen.take()).last(), Some(Order::Discover { .. })));
    assert_eq!((wizard(&screen).texts.receive.text.as_str(), wizard(&screen).touched), ("", false));
}

/// An account that signs in with OAuth elsewhere is offered that first, where the provider is known, and nothing that its
/// server does not take.
#[test]
fn an_imported_account_signs_in_as_its_server_wants() {
    let receive = Server { host: "imap.gmail.com".into(), port: 993, security: Security::Tls };
    let from = SecretFrom::Nowhere;
    let email = "ada@gmail.com".to_owned();
    let settings = Settings { name: "gmail".into(), email, receive: Some(receive), from, ..Settings::default() };
    let ways = vec![Way::OAuth { provider: "google".into() }, Way::AppPassword];
    let offered = Offered { program: SafeText::new("himalaya"), settings, ways, notes: Vec::new() };
    let mut screen = first();
    let path = SafeText::new("~/x");
    screen.send(Msg::Wizard(News::Keeps { keeps: vec![Keep::Ask], oauth: true, path }));
    screen.send(Msg::Wizard(News::Offered(vec![offered])));
    screen.press("tab tab enter");
    let methods = [Method::OAuth("google".into()), Method::AppPassword, Method::Tunnel];
    assert_eq!((wizard(&screen).methods.as_slice(), wizard(&screen).method), (methods.as_slice(), 0));
}
