//! Adding an account: each step, each failure, changing fields, going back.

use rstest::rstest;

use super::{Screen, options};
use crate::app::action::Id;
use crate::app::model::Model;
use crate::app::msg::{Effect, Msg};
use crate::app::wizard::order::{News, Offered, Order};
use crate::app::wizard::settings::{Keep, Kept, Method, SecretFrom, Sending, Settings};
use crate::app::wizard::{Field, Step, Wizard};
use crate::config::Security;
use crate::protocol::OpId;
use crate::safe_text::SafeText;
use crate::setup::plan::checks::{self, Outcome, Told};
use crate::setup::plan::{Closed, End, Offer, Progress, Server, Source, Way};

mod careful;
mod sending;

/// A screen without an account: the wizard is open.
fn first() -> Screen {
    let (model, _) = Model::new(Vec::new(), options(), OpId(1), (80, 24));
    let mut screen = Screen { model, effects: Vec::new(), stored: Vec::new() };
    screen.send(Msg::AddAccount);
    assert_eq!(orders(&screen.take()), [Order::Look]);
    let keeps = vec![Keep::Keyring, Keep::Ask, Keep::Command, Keep::File];
    screen.send(Msg::Wizard(News::Keeps { keeps, oauth: false, path: SafeText::new("~/config.toml") }));
    screen
}

fn wizard(screen: &Screen) -> &Wizard {
    screen.model.wizard.as_deref().unwrap()
}

fn orders(effects: &[Effect]) -> Vec<Order> {
    let order = |effect: &Effect| match effect {
        Effect::Wizard(order) => Some(order.clone()),
        _ => None,
    };
    effects.iter().filter_map(order).collect()
}

fn trouble(screen: &Screen) -> &str {
    wizard(screen).trouble.as_ref().map_or("", SafeText::as_str)
}

fn offer(host: &str) -> Offer {
    Offer::plain(Source::Autoconfig, Server::named(host, 993, Security::Tls).unwrap(), None)
}

fn found(screen: &mut Screen, progress: Progress) {
    let turn = wizard(screen).turn;
    screen.send(Msg::Wizard(News::Found(turn, progress)));
}

fn told(screen: &mut Screen, told: Told) {
    let turn = wizard(screen).turn;
    screen.send(Msg::Wizard(News::Told(turn, told)));
}

/// An address, and one server found for it.
fn servers() -> Screen {
    let mut screen = first();
    screen.type_text("ada@example.org").press("enter");
    let ordered = orders(&screen.take());
    assert!(matches!(&ordered[..], [Order::Discover { address, .. }] if address.domain == "example.org"));
    found(&mut screen, Progress::Found { source: Source::Autoconfig, offers: vec![offer("imap.example.org")] });
    found(&mut screen, Progress::Ended(End::Enough));
    screen
}

/// The password is typed, and the account is tried.
fn checking() -> Screen {
    let mut screen = servers();
    screen.press("enter").type_text("s3cret word").press("enter");
    screen
}

fn passes(screen: &mut Screen) {
    for step in checks::Step::ALL {
        told(screen, Told::Ends(step, Outcome::Good(SafeText::new("fine"))));
    }
    told(screen, Told::Ended);
}

/// From nothing to the mail: address, connect, password, read; five keys beside what is typed.
#[test]
fn the_whole_way() {
    let mut screen = checking();
    let ordered = orders(&screen.take());
    let [Order::Check { settings, secret: Some(password), .. }] = &ordered[..] else { panic!("{ordered:?}") };
    assert_eq!(settings.receive, Some(Server { host: "imap.example.org".into(), port: 993, security: Security::Tls }));
    assert_eq!((settings.name.as_str(), &settings.from), ("example", &SecretFrom::Typed(Kept::Keyring)));
    assert_eq!(settings.user, None, "the address is the default");
    assert!(!format!("{password:?} {:?}", wizard(&screen)).contains("s3cret"), "no secret in a debug text");
    assert!(screen.take().is_empty(), "nothing is saved before it works");
    passes(&mut screen);
    let ordered = orders(&screen.take());
    assert!(matches!(&ordered[..], [Order::Save { .. }]), "{ordered:?}");
    let turn = wizard(&screen).turn;
    screen.send(Msg::Wizard(News::Saved(turn, Ok(()))));
    assert_eq!(wizard(&screen).step, Step::Done);
    assert!(screen.take().contains(&Effect::ReadConfig { asked: false }), "it starts at once");
    assert_eq!(wizard(&screen).texts.password.count(), 0, "the password is forgotten");
    screen.press("enter");
    assert!(screen.model.wizard.is_none());
}

/// What is typed or pasted around an address does no harm; what is no address is told, and nobody is asked.
#[rstest]
#[case("  ada@example.org \n", "ada@example.org", "")]
#[case("Ada Lovelace <ada@example.org>", "ada@example.org", "Ada Lovelace")]
#[case("\"Ada L.\" <ada@Example.ORG>\r\n", "ada@Example.ORG", "Ada L.")]
fn addresses_are_pasted(#[case] pasted: &str, #[case] address: &str, #[case] name: &str) {
    let mut screen = first();
    screen.send(Msg::Paste(pasted.into())).press("enter");
    let texts = &wizard(&screen).texts;
    assert_eq!((texts.address.text.as_str(), texts.display.text.as_str()), (address, name));
    assert_eq!(wizard(&screen).step, Step::Servers);
}

/// An address that is none stays where it can be mended.
#[rstest]
#[case("ada")]
#[case("ada@")]
#[case("ada lovelace@example.org")]
fn what_is_no_address_is_told(#[case] text: &str) {
    let mut screen = first();
    screen.type_text(text).press("enter");
    assert_eq!((wizard(&screen).step, wizard(&screen).focus), (Step::Address, Field::Address));
    assert!(!trouble(&screen).is_empty());
    assert_eq!(orders(&screen.take()), []);
    screen.press("backspace");
    assert_eq!(trouble(&screen), "", "it goes with the first key");
}

/// Letters are text while a line is typed; the demo is one key away all the same.
#[test]
fn letters_are_text_while_a_line_is_typed() {
    let mut screen = first();
    screen.type_text("Dowe?a");
    assert_eq!(wizard(&screen).texts.address.text, "Dowe?a");
    screen.press("ctrl-d");
    assert_eq!(orders(&screen.take()), [Order::Demo]);
    let mut screen = servers();
    screen.take();
    screen.press("D");
    assert_eq!(orders(&screen.take()), [Order::Demo]);
}

/// Who asks for the keys in an empty line gets them.
#[test]
fn help_is_there() {
    let mut screen = first();
    screen.press("?");
    assert!(screen.model.overlay.is_some());
    screen.press("esc");
    assert!(screen.model.overlay.is_none() && screen.model.wizard.is_some());
}

/// A better answer that comes later takes the place of a worse one, but never what the user changed.
#[test]
fn later_answers_do_not_undo_an_edit() {
    let mut screen = first();
    screen.type_text("ada@example.org").press("enter");
    let guess = Offer { source: Source::Guess, ..offer("mail.example.org") };
    found(&mut screen, Progress::Found { source: Source::Guess, offers: vec![guess] });
    assert_eq!(wizard(&screen).texts.receive.text, "mail.example.org:993");
    found(&mut screen, Progress::Found { source: Source::Autoconfig, offers: vec![offer("imap.example.org")] });
    assert_eq!(wizard(&screen).texts.receive.text, "imap.example.org:993");
    screen.press("e ctrl-u").type_text("other.example.org").press("enter");
    let best = Offer { source: Source::Table, ..offer("best.example.org") };
    found(&mut screen, Progress::Found { source: Source::Table, offers: vec![best] });
    assert_eq!(wizard(&screen).texts.receive.text, "other.example.org");
    assert_eq!(wizard(&screen).receive().unwrap().port, 993);
}

/// Esc takes an edit back, then a step, and at the first step it leaves, or ends the program where nothing is behind it.
#[test]
fn esc_leads_out() {
    let mut screen = servers();
    screen.press("e").type_text("xyz").press("esc");
    assert_eq!(wizard(&screen).texts.receive.text, "imap.example.org:993");
    screen.press("enter");
    assert_eq!(wizard(&screen).step, Step::SignIn);
    screen.press("esc");
    assert_eq!(wizard(&screen).step, Step::Servers);
    screen.press("esc");
    assert_eq!((wizard(&screen).step, wizard(&screen).texts.address.text.as_str()), (Step::Address, "ada@example.org"));
    assert!(wizard(&screen).is_typing());
    screen.press("esc");
    assert!(screen.model.quitting);
    let mut screen = Screen::new(3);
    screen.press(":").type_text("add account").press("enter");
    assert!(screen.model.wizard.is_some(), "from the palette");
    screen.press("esc");
    assert!(screen.model.wizard.is_none() && !screen.model.quitting);
}

/// What failed decides where the cursor goes: the server's field, or the password.
#[rstest]
#[case(checks::Step::Name, Step::Servers, Field::Receive)]
#[case(checks::Step::Tcp, Step::Servers, Field::Receive)]
#[case(checks::Step::Tls, Step::Servers, Field::Receive)]
#[case(checks::Step::Greeting, Step::Servers, Field::Receive)]
#[case(checks::Step::SignIn, Step::SignIn, Field::Password)]
#[case(checks::Step::Folders, Step::SignIn, Field::Onward)]
fn failures_lead_to_what_mends_them(#[case] failing: checks::Step, #[case] step: Step, #[case] field: Field) {
    let mut screen = checking();
    screen.take();
    let bad =
        Outcome::Bad { words: SafeText::new("no such thing"), next: SafeText::new("do that"), unreachable: false };
    told(&mut screen, Told::Ends(failing, bad));
    told(&mut screen, Told::Ended);
    assert_eq!((wizard(&screen).step, wizard(&screen).focus), (step, field));
    assert_eq!(orders(&screen.take()), [], "nothing is saved");
}

/// A password that was refused is typed anew, not mended unseen; enter alone tries it again.
#[test]
fn a_refused_password_is_typed_anew() {
    let mut screen = checking();
    let bad = Outcome::Bad { words: SafeText::new("refused"), next: SafeText::new("look"), unreachable: false };
    told(&mut screen, Told::Ends(checks::Step::SignIn, bad));
    told(&mut screen, Told::Ended);
    screen.take();
    screen.press("enter");
    assert!(matches!(&orders(&screen.take())[..], [Order::Check { .. }]));
    screen.press("esc").type_text("ab");
    assert_eq!(wizard(&screen).texts.password.count(), 2);
}

/// What answers an older request, or comes after the user went back, changes nothing.
#[test]
fn old_answers_are_dropped() {
    let mut screen = checking();
    let turn = wizard(&screen).turn;
    screen.press("esc");
    assert!(orders(&screen.take()).contains(&Order::Stop));
    assert_eq!(wizard(&screen).step, Step::SignIn);
    screen.press("enter");
    screen.take();
    screen.send(Msg::Wizard(News::Told(turn, Told::Ended)));
    assert!(wizard(&screen).is_checking());
    screen.send(Msg::Wizard(News::Saved(turn, Ok(()))));
    assert_eq!(wizard(&screen).step, Step::SignIn);
}

/// A host that only the DNS names is not taken before the user says that it is right.
#[test]
fn a_strange_host_is_confirmed() {
    let mut screen = first();
    screen.type_text("ada@example.org").press("enter");
    let strange = Offer { source: Source::Srv, confirm: true, ..offer("imap.hoster.example") };
    found(&mut screen, Progress::Found { source: Source::Srv, offers: vec![strange] });
    found(&mut screen, Progress::Ended(End::All));
    screen.press("enter");
    assert_eq!((wizard(&screen).step, wizard(&screen).focus), (Step::Servers, Field::Confirm));
    screen.press("space enter");
    assert_eq!(wizard(&screen).step, Step::SignIn);
}

/// A provider without IMAP says why; a server can be filled in all the same.
#[test]
fn a_closed_provider_says_why() {
    let mut screen = first();
    screen.type_text("ada@tuta.com").press("enter");
    let note = SafeText::new("Tuta has no IMAP");
    found(&mut screen, Progress::Closed(Closed { provider: SafeText::new("Tuta"), note, help: None }));
    found(&mut screen, Progress::Ended(End::Enough));
    assert_eq!(wizard(&screen).focus, Field::ByHand);
    screen.press("enter").type_text("imap.example.org").press("enter enter");
    assert_eq!(wizard(&screen).step, Step::SignIn);
}

/// Where nothing is found the server's field waits for it.
#[test]
fn nothing_found_is_filled_in_by_hand() {
    let mut screen = first();
    screen.type_text("ada@example.org").press("enter");
    found(&mut screen, Progress::Ended(End::All));
    assert_eq!(wizard(&screen).focus, Field::Receive);
    assert!(wizard(&screen).is_typing());
    screen.press("enter");
    assert!(!trouble(&screen).is_empty(), "an empty one is not taken");
    screen.type_text("mail.example.org:1143").press("enter");
    assert_eq!(wizard(&screen).focus, Field::Onward);
    screen.press("enter");
    assert_eq!(wizard(&screen).step, Step::SignIn);
}

/// The protections go round with their own ports; clear text is for this computer alone.
#[test]
fn protections_go_round() {
    let mut screen = servers();
    screen.press("tab tab tab");
    while wizard(&screen).focus != Field::Security {
        screen.press("tab");
    }
    screen.press("right");
    assert_eq!((wizard(&screen).security, wizard(&screen).receive().unwrap().port), (Security::StartTls, 143));
    screen.press("right");
    assert_eq!((wizard(&screen).security, wizard(&screen).receive().unwrap().port), (Security::Tls, 993));
    screen.press("e ctrl-u").type_text("localhost:1143").press("enter");
    while wizard(&screen).focus != Field::Security {
        screen.press("tab");
    }
    screen.press("left");
    assert_eq!((wizard(&screen).security, wizard(&screen).receive().unwrap().port), (Security::None, 1143));
}

/// A command in place of a server needs neither server nor password.
#[test]
fn a_command_takes_the_place_of_a_server() {
    let mut screen = servers();
    screen.take();
    while *wizard(&screen).method() != Method::Tunnel {
        screen.press("w");
    }
    screen.press("enter");
    assert_eq!(wizard(&screen).focus, Field::Tunnel);
    screen.type_text("ssh host imap").press("enter enter enter");
    let ordered = orders(&screen.take());
    let [Order::Check { settings, secret: None, .. }] = &ordered[..] else { panic!("{ordered:?}") };
    assert_eq!((settings.command.as_deref(), settings.receive.as_ref()), (Some("ssh host imap"), None));
}

/// An account of another program fills the fields in; one that is here already is not offered.
#[test]
fn accounts_of_other_programs_are_taken_over() {
    let settings = Settings {
        name: "work".into(),
        email: "ada@example.org".into(),
        receive: Some(Server { host: "imap.example.org".into(), port: 143, security: Security::StartTls }),
        from: SecretFrom::Command("pass show work".into()),
        pin: Some("sha256:ab".into()),
        ..Settings::default()
    };
    let offered =
        Offered { program: SafeText::new("aerc"), settings: settings.clone(), ways: Vec::new(), notes: Vec::new() };
    let mut screen = first();
    screen.send(Msg::Wizard(News::Offered(vec![offered.clone()])));
    screen.press("tab tab enter");
    assert_eq!(wizard(&screen).step, Step::Servers);
    assert_eq!(orders(&screen.take()), [], "nobody is asked");
    screen.press("enter enter");
    let ordered = orders(&screen.take());
    let [Order::Check { settings: tried, .. }] = &ordered[..] else { panic!("{ordered:?}") };
    let guessed = Server { host: "smtp.example.org".into(), port: 465, security: Security::Tls };
    assert_eq!(**tried, Settings { send: Some(Sending::through(guessed)), ..settings });
    let mut screen = Screen::new(1);
    screen.press(":").type_text("add account").press("enter");
    let mut known = offered;
    known.settings.email = "dana@work.example".into();
    screen.send(Msg::Wizard(News::Offered(vec![known])));
    assert!(wizard(&screen).offered.is_empty());
}

/// A name that is taken is told, and another one is offered from the beginning.
#[test]
fn names_are_not_taken_twice() {
    let mut screen = Screen::new(1);
    screen.press(":").type_text("add account").press("enter");
    screen.type_text("ada@work.example").press("enter");
    assert_eq!(wizard(&screen).texts.account.text, "work2");
    found(&mut screen, Progress::Found { source: Source::Srv, offers: vec![offer("imap.work.example")] });
    while wizard(&screen).focus != Field::Account {
        screen.press("tab");
    }
    screen.press("e ctrl-u").type_text("Home").press("enter enter");
    assert_eq!((wizard(&screen).focus, trouble(&screen)), (Field::Account, "there is an account of this name already"));
}

/// What a provider needs decides the ways that are offered.
#[test]
fn ways_are_the_providers() {
    let mut screen = first();
    screen.type_text("ada@gmail.com").press("enter");
    let ways = vec![Way::AppPassword, Way::OAuth { provider: "google".into() }];
    let help = Some("https://example.org/help".to_owned());
    found(
        &mut screen,
        Progress::Found { source: Source::Table, offers: vec![Offer { ways, help, ..offer("imap.gmail.com") }] },
    );
    assert_eq!(*wizard(&screen).method(), Method::AppPassword);
    screen.take();
    screen.press("o");
    let opens = |effect: &Effect| matches!(effect, Effect::OpenLink(url) if url.as_str() == "https://example.org/help");
    assert!(screen.take().iter().any(opens));
}

/// A config that cannot be written is told; enter tries the account and the saving again.
#[test]
fn what_cannot_be_saved_is_told() {
    let mut screen = checking();
    passes(&mut screen);
    let turn = wizard(&screen).turn;
    screen.send(Msg::Wizard(News::Saved(turn, Err(SafeText::new("the disk is full")))));
    assert_eq!((wizard(&screen).step, trouble(&screen)), (Step::SignIn, "the disk is full"));
    screen.take();
    screen.press("enter");
    assert!(matches!(&orders(&screen.take())[..], [Order::Check { .. }]));
}

/// Every action of the wizard says in the palette why it cannot run elsewhere.
#[test]
fn elsewhere_they_say_why_not() {
    let screen = Screen::new(1);
    for id in [Id::EditField, Id::OtherWay, Id::Demo, Id::Guide] {
        assert!(crate::app::action::available::available(&screen.model, id).is_err(), "{id:?}");
    }
}
