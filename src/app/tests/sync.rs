//! What the engine says, and what the screen makes of it.

use rstest::rstest;

use super::{NOW, Screen, commands};
use crate::app::action::Id;
use crate::app::model::Options;
use crate::app::msg::{Effect, Msg, Query, Timer};
use crate::app::rights::ReadOnly;
use crate::mail::{AccountId, UnixTime};
use crate::protocol::{Command, Connection, Event};
use crate::safe_text::SafeText;

fn offline(since: i64) -> Connection {
    Connection::Offline { since: UnixTime(since), retry: None, reason: SafeText::new("connection reset") }
}

fn state(screen: &mut Screen, account: i64, state: Connection) {
    screen.event(Event::Connection { account: AccountId(account), state });
}

/// A banner says what failed in the server's words, what still works, and the repairing key first; a short offline has none.
#[rstest]
#[case(Connection::SignInRefused { reason: SafeText::new("token expired") }, Some("work cannot sign in: token expired"))]
#[case(Connection::Blocked { reason: SafeText::new("certificate expired") }, Some("work is not connected: certificate expired"))]
#[case(offline(NOW - 10), None)]
#[case(offline(NOW - 400), Some("work is offline: connection reset"))]
#[case(Connection::Syncing, None)]
fn banner(#[case] new: Connection, #[case] expected: Option<&str>) {
    let mut screen = Screen::new(3);
    state(&mut screen, 1, new);
    let banner = screen.model.banner.as_ref();
    assert_eq!(banner.map(|banner| banner.title.as_str()), expected);
    assert!(banner.is_none_or(|banner| banner.keys[0].0 == Id::SyncNow));
}

/// R connects the accounts that wait, and asks all for news; the banner goes when the account is back.
#[test]
fn repair() {
    let mut screen = Screen::new(3);
    state(&mut screen, 1, Connection::SignInRefused { reason: SafeText::new("no") });
    screen.take();
    screen.press("R");
    assert_eq!(commands(&screen.take()), [Command::Reconnect(AccountId(1)), Command::Refresh(None)]);
    state(&mut screen, 1, Connection::Online { synced: UnixTime(NOW) });
    assert!(screen.model.banner.is_none());
}

/// A banner sent away stays away while the trouble is the same, and the next account's shows; after it was online it may
/// come back.
#[test]
fn later() {
    let mut screen = Screen::new(3);
    let refused = || Connection::SignInRefused { reason: SafeText::new("no") };
    state(&mut screen, 1, refused());
    screen.press("esc");
    state(&mut screen, 1, refused());
    assert!(screen.model.banner.is_none());
    state(&mut screen, 2, refused());
    assert_eq!(screen.model.banner.as_ref().unwrap().account, Some(AccountId(2)));
    state(&mut screen, 1, Connection::Online { synced: UnixTime(NOW) });
    state(&mut screen, 1, refused());
    assert_eq!(screen.model.banner.as_ref().unwrap().account, Some(AccountId(1)));
}

/// Check 5 of UX.md, S7: the spinner turns at most eight times a second while an account works, and its timer stops with it.
#[test]
fn spinner() {
    let mut screen = Screen::new(3);
    state(&mut screen, 1, Connection::Syncing);
    assert_eq!(screen.take(), [Effect::After(150, Timer::Spinner)]);
    screen.send(Msg::Timer(Timer::Spinner));
    assert_eq!((screen.model.spinner, screen.take().len()), (1, 1));
    state(&mut screen, 1, Connection::Online { synced: UnixTime(NOW) });
    screen.send(Msg::Timer(Timer::Spinner));
    assert_eq!(screen.take(), []);
}

/// Progress is kept by what it is and ends at its total; going offline ends it too.
#[test]
fn progress() {
    let mut screen = Screen::new(3);
    let progress =
        |done| Event::Progress { account: AccountId(1), what: SafeText::new("Archive: headers"), done, total: 10 };
    screen.event(progress(4));
    assert_eq!(screen.model.accounts[0].progress.values().collect::<Vec<_>>(), [&(4, 10)]);
    screen.event(progress(10));
    assert!(screen.model.accounts[0].progress.is_empty());
    screen.event(progress(5));
    state(&mut screen, 1, offline(NOW));
    assert!(screen.model.accounts[0].progress.is_empty());
}

/// Activity: the newest first, a hundred at most.
#[test]
fn activity() {
    let mut screen = Screen::new(3);
    for number in 0..150 {
        let text = SafeText::new(&format!("line {number}"));
        screen.event(Event::Activity { at: UnixTime(NOW), account: None, text });
    }
    assert_eq!(screen.model.tasks.recent.len(), 100);
    assert_eq!(screen.model.tasks.recent[0].text.as_str(), "line 149");
}

/// A screen beside another program: what that one changed is read anew, and that it has ended is said, with what to do.
#[test]
fn another_program_is_followed() {
    let mut screen = Screen::with(5, (80, 24), Options { read_only: Some(ReadOnly::Another), ..super::options() });
    screen.take();
    screen.send(Msg::ChangedElsewhere);
    let effects = screen.take();
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Load(_, Query::Folders))), "{effects:?}");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Load(_, Query::Window { .. }))), "{effects:?}");
    screen.send(Msg::ReadOnly(ReadOnly::Left));
    assert!(screen.toast().contains("has ended; quit and start again"), "{}", screen.toast());
    screen.press("R");
    assert!(screen.toast().contains("quit and start again"), "{}", screen.toast());
    screen.press("e");
    assert!(super::applied(&screen.take()).is_empty());
}
