//! Signing in on the screen: what waits for the user, a password that is not shown, and where to go with a browser.

use std::path::PathBuf;

use secrecy::ExposeSecret;

use super::{Screen, commands};
use crate::app::action::Id;
use crate::app::lend::{Lend, Purpose};
use crate::app::model::Overlay;
use crate::app::msg::{Effect, Msg};
use crate::app::sign_in::Stage;
use crate::mail::AccountId;
use crate::protocol::{Command, Connection, Event, Need, SignInStep, SignInWay, Typed};
use crate::safe_text::SafeText;

const WORK: AccountId = AccountId(1);

fn needs(need: Need) -> Screen {
    let mut screen = Screen::new(3);
    // Somebody is at work already.
    screen.model.work.presses = 1;
    let reason = SafeText::new("it is time");
    screen.event(Event::Connection { account: WORK, state: Connection::SignInNeeded { need, reason } });
    screen.take();
    screen
}

fn stage(screen: &Screen) -> &Stage {
    let Some(Overlay::SignIn(panel)) = &screen.model.overlay else { panic!("{:?}", screen.model.overlay) };
    &panel.stage
}

fn step(screen: &mut Screen, step: SignInStep) {
    screen.event(Event::SignIn { account: WORK, step });
}

/// Nothing opens by itself: a banner says what waits, and its key opens the panel; without anything that waits the key says
/// so.
#[test]
fn nothing_opens_by_itself() {
    let mut screen = needs(Need::Password);
    assert!(screen.model.overlay.is_none());
    let banner = screen.model.banner.as_ref().unwrap();
    assert_eq!(banner.title.as_str(), "work waits for you to sign in: it is time");
    assert_eq!((banner.keys[0].0, banner.keys[0].1.as_str()), (Id::SignIn, "type the password"));
    screen.press("g o");
    assert!(matches!(stage(&screen), Stage::Password(_)));
    let mut screen = Screen::new(3);
    screen.press("g o");
    assert_eq!((screen.toast(), screen.model.overlay.is_none()), ("No account waits for you to sign in", true));
}

/// The password goes to the engine and stays nowhere: not in the model, not in what is drawn, not in a debug text.
#[test]
fn a_password_is_typed_and_gone() {
    let mut screen = needs(Need::Password);
    screen.press("g o").type_text("huntx r2").press("backspace").send(Msg::Paste("\u{e9}\n\u{1b}\"\\".to_owned()));
    let Stage::Password(hidden) = stage(&screen) else { panic!() };
    assert_eq!(hidden.count(), 10);
    assert!(!format!("{:?}", screen.model).contains("hunt"));
    screen.take();
    screen.press("enter");
    let commands = commands(&screen.take());
    let [Command::Secret { account: WORK, secret }] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!(secret.0.expose_secret(), "huntx r\u{e9}\"\\");
    assert!(screen.model.overlay.is_none());
    assert!(!format!("{:?} {commands:?}", screen.model).contains("hunt"));
}

/// Enter on nothing does nothing; esc leaves and sends nothing.
#[test]
fn a_password_may_wait() {
    let mut screen = needs(Need::Password);
    screen.press("g o enter");
    assert!(matches!(stage(&screen), Stage::Password(_)));
    screen.type_text("abc").press("esc");
    assert!(screen.model.overlay.is_none());
    assert!(commands(&screen.take()).is_empty());
}

/// The browser opens by a key, not by itself; what the provider says ends the panel, or shows why not.
#[test]
fn with_a_browser() {
    let mut screen = needs(Need::SignIn);
    screen.press("g o");
    let begin = |way| Command::SignIn { account: WORK, way };
    assert_eq!(commands(&screen.take()), [begin(SignInWay::Browser)]);
    let url = SafeText::new("https://auth.example.org/?state=x");
    step(&mut screen, SignInStep::Browser { url: url.clone() });
    assert!(screen.take().iter().all(|effect| !matches!(effect, Effect::OpenLink(_))));
    screen.press("y enter");
    let effects = screen.take();
    assert!(effects.contains(&Effect::Copy(url.clone())) && effects.contains(&Effect::OpenLink(url)));
    screen.press("d");
    assert_eq!(commands(&screen.take()), [begin(SignInWay::Device)]);
    let (url, code) = (SafeText::new("https://x.example"), SafeText::new("ABC"));
    step(&mut screen, SignInStep::Device { url, code: code.clone() });
    screen.press("c");
    assert!(screen.take().contains(&Effect::Copy(code)));
    step(&mut screen, SignInStep::Failed { reason: SafeText::new("too late") });
    assert!(matches!(stage(&screen), Stage::Failed(reason) if reason.as_str() == "too late"));
    screen.press("enter");
    assert_eq!(commands(&screen.take()), [begin(SignInWay::Browser)]);
    step(&mut screen, SignInStep::Done);
    assert_eq!((screen.toast(), screen.model.overlay.is_none()), ("Signed in to work", true));
}

/// A command that could not ask for anything behind the screen is given the terminal by a key, and never by itself; what it
/// printed signs in, and is nowhere but there. Where it printed nothing the account waits on.
#[test]
fn a_command_is_run_at_the_terminal() {
    let mut screen = needs(Need::Command);
    assert!(screen.take().iter().all(|effect| !matches!(effect, Effect::RunSecret(_))));
    let banner = screen.model.banner.as_ref().unwrap();
    assert_eq!((banner.keys[0].0, banner.keys[0].1.as_str()), (Id::SignIn, "run it here"));
    screen.press("g o");
    assert!(screen.model.overlay.is_none());
    assert!(screen.take().contains(&Effect::RunSecret(WORK)));
    let lend = || Lend { command: "pass x".to_owned(), input: PathBuf::new(), purpose: Purpose::Secret(WORK) };
    screen.send(Msg::Unlocked { lend: lend(), done: false, said: None });
    assert_eq!(screen.toast(), "Not signed in to work: its command gave nothing to sign in with");
    assert!(commands(&screen.take()).is_empty());
    screen.send(Msg::Unlocked { lend: lend(), done: true, said: Some(Typed("hunter2".into())) });
    let commands = commands(&screen.take());
    let [Command::Secret { account: WORK, secret }] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!(secret.0.expose_secret(), "hunter2");
    assert!(!format!("{:?} {commands:?}", screen.model).contains("hunter2"));
}

/// A keyring that is locked is asked again by a key: its own window asks for what opens it.
#[test]
fn a_keyring_is_tried_again() {
    let mut screen = needs(Need::Unlock);
    let banner = screen.model.banner.as_ref().unwrap();
    assert_eq!((banner.keys[0].0, banner.keys[0].1.as_str()), (Id::SignIn, "try again"));
    screen.press("g o");
    assert_eq!(commands(&screen.take()), [Command::Reconnect(WORK)]);
    assert!(screen.model.overlay.is_none());
}

/// Esc calls it off; what comes after that is not shown as a panel again.
#[test]
fn called_off() {
    let mut screen = needs(Need::SignIn);
    screen.press("g o");
    screen.take();
    screen.press("esc");
    assert_eq!(commands(&screen.take()), [Command::EndSignIn(WORK)]);
    step(&mut screen, SignInStep::Browser { url: SafeText::new("https://x.example") });
    assert!(screen.model.overlay.is_none());
}

/// On the tasks screen enter signs in where that is what waits, and leads back there.
#[test]
fn from_the_tasks() {
    let mut screen = needs(Need::SignIn);
    screen.press("w enter");
    assert!(matches!(stage(&screen), Stage::Starting(SignInWay::Browser)));
    screen.press("esc");
    assert!(matches!(screen.model.overlay, Some(Overlay::Tasks { .. })));
}

/// Who has chosen to type the password at each start is asked for it at the start; once a key was pressed nothing comes under
/// the fingers, and what waits for something else than a word opens nothing by itself.
#[test]
fn a_password_is_asked_for_at_the_start() {
    let state = |need| {
        let reason = SafeText::new("it is time");
        Event::Connection { account: WORK, state: Connection::SignInNeeded { need, reason } }
    };
    let mut screen = Screen::new(3);
    screen.event(state(Need::SignIn));
    assert!(screen.model.overlay.is_none() && commands(&screen.take()).is_empty());
    screen.event(state(Need::Password));
    assert!(matches!(stage(&screen), Stage::Password(_)));
    let mut screen = Screen::new(3);
    screen.press("j");
    screen.event(state(Need::Password));
    assert!(screen.model.overlay.is_none() && screen.model.banner.is_some());
}
