//! How mail leaves an account that is added, and the lines of the step with the servers.

use super::{first, found, offer, orders, servers, trouble, wizard};
use crate::app::msg::Msg;
use crate::app::tests::Screen;
use crate::app::wizard::order::{News, Offered};
use crate::app::wizard::settings::{SecretFrom, Sending, Settings, Submission};
use crate::app::wizard::{Field, Step};
use crate::config::Security;
use crate::safe_text::SafeText;
use crate::setup::plan::{End, Progress, Server};

fn to(screen: &mut Screen, field: Field) {
    for _ in 0..20 {
        if wizard(screen).focus == field {
            return;
        }
        screen.press("tab");
    }
    panic!("{field:?}");
}

fn server(host: &str, port: u16, security: Security) -> Sending {
    Sending::through(Server { host: host.into(), port, security })
}

/// Nobody knows the servers: they are typed.
fn by_hand(receive: &str) -> Screen {
    let mut screen = first();
    screen.type_text("ada@example.org").press("enter");
    found(&mut screen, Progress::Ended(End::All));
    screen.type_text(receive);
    screen
}

/// Protects from an account that works and cannot send: where the server is typed, the way out is guessed, shown, and the
/// user's to change or to leave empty.
#[test]
fn the_way_out_is_guessed_and_changed() {
    let mut screen = by_hand("imap.host.example");
    assert_eq!(wizard(&screen).sending(), Ok(Some(server("smtp.host.example", 465, Security::Tls))));
    to(&mut screen, Field::SendSecurity);
    screen.press("right");
    assert_eq!(wizard(&screen).sending(), Ok(Some(server("smtp.host.example", 587, Security::StartTls))));
    to(&mut screen, Field::Receive);
    screen.press("ctrl-u").type_text("imap.other.example");
    assert_eq!(wizard(&screen).texts.send.text, "smtp.host.example:587", "what was changed stays");
    to(&mut screen, Field::Send);
    screen.press("ctrl-u");
    assert_eq!(wizard(&screen).sending(), Ok(None));
    screen.type_text("msmtp -a work").press("enter enter");
    assert_eq!(wizard(&screen).settings().unwrap().send, Some(Sending::Command("msmtp -a work".into())));
    assert_eq!(wizard(&screen).step, Step::SignIn);
}

/// Protects from a password at a server of another provider: one that was offered goes with the server it was offered with;
/// of this computer nothing is guessed.
#[test]
fn the_way_out_goes_with_the_way_in() {
    let mut screen = servers();
    screen.press("e ctrl-u").type_text("mail.other.example:143");
    assert_eq!(wizard(&screen).texts.send.text, "mail.other.example:465");
    screen.press("ctrl-u").type_text("127.0.0.1:1143");
    assert_eq!(wizard(&screen).sending(), Ok(None));
    to(&mut screen, Field::Send);
    screen.type_text("smtp.example.org:0").press("enter");
    assert!(trouble(&screen).contains("65535"), "{}", trouble(&screen));
}

/// Another program's way out stays what it is, with a name and a command of its own, until its line is changed.
#[test]
fn an_imported_way_out_stays() {
    let send = Sending::Server(Submission {
        server: Server { host: "smtp.example.org".into(), port: 587, security: Security::StartTls },
        user: Some("ada2".into()),
        from: SecretFrom::Command("pass smtp".into()),
        without_sign_in: false,
    });
    let settings = Settings {
        name: "work".into(),
        email: "ada@example.org".into(),
        receive: Some(Server { host: "imap.example.org".into(), port: 993, security: Security::Tls }),
        send: Some(send.clone()),
        from: SecretFrom::Command("pass show work".into()),
        ..Settings::default()
    };
    let mut screen = first();
    let offered = Offered { program: SafeText::new("aerc"), settings, ways: Vec::new(), notes: Vec::new() };
    screen.send(Msg::Wizard(News::Offered(vec![offered])));
    screen.press("enter");
    assert_eq!(wizard(&screen).step, Step::Servers, "with no address enter takes the one that was found");
    assert_eq!(wizard(&screen).sending(), Ok(Some(send)));
    to(&mut screen, Field::Send);
    screen.press("ctrl-u").type_text("smtp.other.example");
    assert_eq!(wizard(&screen).sending(), Ok(Some(server("smtp.other.example", 587, Security::StartTls))));
}

/// Protects from letters that run commands where the user types into a line: every line is typed at once.
#[test]
fn a_line_of_the_servers_is_typed_at_once() {
    let mut screen = by_hand("localhost:21202");
    screen.take();
    to(&mut screen, Field::User);
    screen.press("ctrl-u").type_text("above");
    assert_eq!((wizard(&screen).step, wizard(&screen).texts.user.text.as_str()), (Step::Servers, "above"));
    assert_eq!(orders(&screen.take()), []);
    screen.press("esc");
    assert_eq!((wizard(&screen).focus, wizard(&screen).is_typing()), (Field::Onward, false));
    screen.press("a");
    assert_eq!(wizard(&screen).step, Step::Servers, "nothing that was typed is thrown away");
}

/// What is found while an unchanged line has the focus is filled in when it is left.
#[test]
fn answers_wait_for_a_line() {
    let mut screen = first();
    screen.type_text("ada@example.org").press("enter");
    to(&mut screen, Field::User);
    let offers = vec![offer("imap.example.org")];
    found(&mut screen, Progress::Found { source: crate::setup::plan::Source::Autoconfig, offers });
    found(&mut screen, Progress::Ended(End::Enough));
    screen.press("tab");
    assert_eq!(wizard(&screen).texts.receive.text, "imap.example.org:993");
}
