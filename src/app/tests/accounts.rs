//! Accounts that come and go under the screen.

use super::{HOME_INBOX, INBOX, Screen, account, laid, message};
use crate::app::accounts::{Change, Stock};
use crate::app::model::{Body, Overlay, Pane};
use crate::app::msg::{Effect, Msg, Query};
use crate::mail::AccountId;
use crate::mail::list::Source;
use crate::protocol::{Connection, Event};
use crate::safe_text::SafeText;

fn said(screen: &Screen) -> String {
    screen.model.toast.as_ref().map(|toast| toast.text.to_string()).unwrap_or_default()
}

/// The second account goes, and its folders are read no more.
fn home_goes(screen: &mut Screen) {
    screen.send(Msg::Accounts(vec![account(1, "work")]));
}

/// Protects invariant 7 of the screen, that nothing jumps: an account that goes takes nothing along that is another's.
#[test]
fn the_cursor_stays_on_what_still_exists() {
    let mut screen = Screen::new(20);
    screen.press("j j j");
    let cursor = screen.model.list.cursor;
    home_goes(&mut screen);
    assert_eq!((screen.model.list.source, screen.model.list.cursor), (Some(Source::Folder(INBOX)), cursor));
    assert!(screen.model.folders.rows.iter().all(|row| row.account == AccountId(1)));
    assert_eq!(said(&screen), "home is not in the config any more");
    // It comes back.
    screen.send(Msg::Accounts(vec![account(1, "work"), account(2, "home")]));
    assert_eq!(said(&screen), "home: a new account");
    assert!(screen.effects.iter().any(|effect| matches!(effect, Effect::Load(_, Query::Folders))));
    assert_eq!(screen.model.list.cursor, cursor);
}

/// Protects from a message that nobody can act on: the open one of an account that goes is closed, and a line says why; a
/// list of its folder gives way to another.
#[test]
fn what_was_open_of_it_is_closed() {
    let mut screen = Screen::new(5);
    screen.model.shelved.disabled = vec!["home".to_owned()];
    screen.model.list.source = Some(Source::Folder(HOME_INBOX));
    screen.model.folders.cursor = Some(Source::Folder(HOME_INBOX));
    let mut open = message(3);
    open.account = AccountId(2);
    screen.model.reader.message = Some(open);
    screen.model.reader.body = Body::Ready(laid(3));
    screen.model.focus = Pane::Reader;
    home_goes(&mut screen);
    assert!(screen.model.reader.message.is_none());
    assert_eq!(screen.model.focus, Pane::List);
    assert_eq!(screen.model.list.source, Some(Source::Folder(INBOX)));
    assert_eq!(screen.model.folders.cursor, Some(Source::Folder(INBOX)));
    assert_eq!(said(&screen), "home is disabled; its message was closed");
}

/// Protects what another account shows: the trouble of one that went is not shown any more, that of another stays, and news
/// of one that is not there changes nothing.
#[test]
fn trouble_is_an_accounts_own() {
    let mut screen = Screen::new(5);
    let refused = |text: &str| Connection::SignInRefused { reason: SafeText::new(text) };
    screen.event(Event::Connection { account: AccountId(2), state: refused("no") });
    assert_eq!(screen.model.banner.as_ref().and_then(|banner| banner.account), Some(AccountId(2)));
    assert!(matches!(screen.model.accounts[0].state, Connection::Online { .. }));
    home_goes(&mut screen);
    assert!(screen.model.banner.is_none());
    screen.event(Event::Connection { account: AccountId(2), state: refused("still no") });
    assert!(screen.model.banner.is_none());
    // What an account was doing goes on under its new place.
    screen.event(Event::Connection { account: AccountId(1), state: refused("no") });
    screen.send(Msg::Accounts(vec![account(3, "uni"), account(1, "work")]));
    assert_eq!(screen.model.accounts[1].state, refused("no"));
}

/// Protects from losing mail by mistake: the question says what is on the disk and what waits, and an account that is still
/// in the config is taken out of that first.
#[test]
fn a_removal_says_what_goes() {
    let mut screen = Screen::new(5);
    let stock = Stock { name: "uni".to_owned(), messages: 1200, bytes: 411_400_000, waiting: 3 };
    screen.send(Msg::Stock(vec![stock]));
    let asked = |screen: &mut Screen, name: &str| {
        screen.press(":");
        screen.send(Msg::Paste(format!("remove-account {name}")));
        screen.press("enter");
        let Some(Overlay::Confirm { question, .. }) = &screen.model.overlay else {
            panic!("{:?}", screen.model.overlay)
        };
        question.to_string()
    };
    assert_eq!(
        asked(&mut screen, "uni"),
        "Remove 1200 messages (412 MB of texts) of uni from this disk, and give up 3 changes that wait for its server?"
    );
    screen.effects.clear();
    screen.press("y");
    assert!(screen.effects.contains(&Effect::RemoveAccount { name: "uni".to_owned(), discard: true }));
    screen.event(Event::AccountRemoved { name: "uni".to_owned(), outcome: Ok(()) });
    assert_eq!(screen.model.shelved.left_behind().count(), 0);
    assert!(asked(&mut screen, "home").starts_with("Take home out of the config? Its mail stays on this disk"));
    screen.press("y");
    assert!(screen.effects.contains(&Effect::EditAccounts(Change::Remove("home".to_owned()))));
}

/// Accounts of the config are disabled and enabled by name.
#[test]
fn accounts_are_disabled_and_enabled() {
    let mut screen = Screen::new(5);
    let tell = |screen: &mut Screen, text: &str| {
        screen.press(":");
        screen.send(Msg::Paste(text.to_owned()));
        screen.press("enter");
    };
    tell(&mut screen, "disable-account home");
    assert!(screen.effects.contains(&Effect::EditAccounts(Change::Disable("home".to_owned()))));
    screen.model.shelved.disabled = vec!["uni".to_owned()];
    tell(&mut screen, "enable-account uni");
    assert!(screen.effects.contains(&Effect::EditAccounts(Change::Enable("uni".to_owned()))));
}
