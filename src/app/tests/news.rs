//! Notices of new mail, focus, and what the terminal's frame shows.

use super::{ARCHIVE, HOME_INBOX, INBOX, NOW, PROJECTS, Screen, commands, message};
use crate::app::model::Clock;
use crate::app::msg::{Effect, Msg, Notice, Query, Timer};
use crate::config::notices::{Notices, Place, Via};
use crate::mail::message::MessageRow;
use crate::mail::{AccountId, FolderId, UnixTime};
use crate::protocol::{Command, Connection, Event, Need};
use crate::safe_text::SafeText;

/// A screen that nobody looks at.
fn away() -> Screen {
    let mut screen = Screen::new(5);
    screen.send(Msg::Focus(false));
    screen.take();
    screen
}

fn unread(number: i64, sender: &str, address: &str, subject: &str) -> MessageRow {
    let (from, address, subject) = (SafeText::new(sender), SafeText::new(address), SafeText::new(subject));
    MessageRow { from, address, subject, ..message(number * 2 + 1) }
}

fn dana(number: i64) -> MessageRow {
    unread(number, "Dana", "dana@x.example", &format!("Lunch {number}"))
}

/// What has arrived in each folder is collected, read and told of.
fn arrive(screen: &mut Screen, news: &[(FolderId, u32, Vec<MessageRow>)]) -> Vec<Notice> {
    for (folder, count, _) in news {
        screen.event(Event::NewMail { folder: *folder, count: *count });
    }
    screen.send(Msg::Timer(Timer::News));
    let asked = screen.loads().into_iter().find_map(|(ticket, query)| match query {
        Query::News(folders) => Some((ticket, folders)),
        _ => None,
    });
    let Some((ticket, folders)) = asked else { return Vec::new() };
    let news = news.iter().filter(|(folder, ..)| folders.iter().any(|(asked, _)| asked == folder)).cloned().collect();
    screen.send(Msg::News { ticket, news });
    told(&screen.take())
}

fn told(effects: &[Effect]) -> Vec<Notice> {
    let notice = |effect: &Effect| match effect {
        Effect::Notify(notice) => Some(notice.clone()),
        _ => None,
    };
    effects.iter().filter_map(notice).collect()
}

fn words(notices: &[Notice]) -> Vec<String> {
    notices.iter().map(|notice| format!("{} | {}", notice.title, notice.text)).collect()
}

/// One mail says who and what; many are one notice, from several folders too.
#[test]
fn one_notice_for_all() {
    let mut screen = away();
    assert_eq!(words(&arrive(&mut screen, &[(INBOX, 1, vec![dana(1)])])), ["Dana | Lunch 1"]);
    let three = vec![dana(4), dana(3), dana(2)];
    assert_eq!(words(&arrive(&mut screen, &[(INBOX, 3, three)])), ["3 new in Inbox (work) | Dana: Lunch 4"]);
    let both = [(INBOX, 200, (10..110).map(dana).collect()), (HOME_INBOX, 1, vec![dana(200)])];
    assert_eq!(words(&arrive(&mut screen, &both)), ["201 new in 2 folders | Dana: Lunch 10"]);
}

/// Nobody is told of what he looks at: with the focus there is no notice, unless the config wants it; where the terminal says
/// nothing of its focus, whoever pressed a key within the last minute looks.
#[test]
fn quiet_while_somebody_looks() {
    let mut screen = away();
    screen.send(Msg::Focus(true));
    assert_eq!(arrive(&mut screen, &[(INBOX, 1, vec![dana(1)])]), []);
    screen.model.notices.quiet_while_focused = false;
    assert_eq!(arrive(&mut screen, &[(INBOX, 1, vec![dana(2)])]).len(), 1);
    let mut screen = Screen::new(5);
    assert_eq!(arrive(&mut screen, &[(INBOX, 1, vec![dana(1)])]), [], "just started");
    let later = |screen: &mut Screen, seconds: i64| {
        screen.send(Msg::Now(Clock { now: UnixTime(NOW + seconds), offset: 0 }));
    };
    later(&mut screen, 100);
    assert_eq!(arrive(&mut screen, &[(INBOX, 1, vec![dana(2)])]).len(), 1);
    screen.press("j");
    later(&mut screen, 130);
    assert_eq!(arrive(&mut screen, &[(INBOX, 1, vec![dana(3)])]), []);
}

/// The folders are those of the config; whose mail matters is told of wherever it is, but for Junk and the like, and named
/// before others.
#[test]
fn folders_and_people() {
    let boss = |number| unread(number, "The Boss", "Boss@Acme.example", "Now");
    let mum = |number| unread(number, "Mum", "mum@family.example", "Tulips");
    let mut screen = away();
    assert_eq!(arrive(&mut screen, &[(PROJECTS, 1, vec![dana(1)])]), []);
    screen.model.notices.vip = vec!["boss@acme.example".into(), "@family.example".into()];
    let news = [(PROJECTS, 3, vec![dana(2), boss(3), dana(4)])];
    assert_eq!(words(&arrive(&mut screen, &news)), ["The Boss | Now"]);
    assert_eq!(
        words(&arrive(&mut screen, &[(INBOX, 2, vec![dana(5), mum(6)])])),
        ["2 new in Inbox (work) | Mum: Tulips"]
    );
    assert_eq!(arrive(&mut screen, &[(FolderId(5), 1, vec![boss(7)])]), [], "junk");
    screen.model.notices.folders = vec![Place::Folder("work".into(), "Projects".into())];
    assert_eq!(arrive(&mut screen, &[(PROJECTS, 1, vec![dana(8)]), (INBOX, 1, vec![dana(9)])]).len(), 1);
    screen.model.notices = Notices { via: Via::Off, ..Notices::default() };
    assert_eq!(arrive(&mut screen, &[(INBOX, 1, vec![dana(10)])]), []);
}

/// What was told of and moved on by another program is not told of again.
#[test]
fn moved_mail_is_not_news() {
    let mut screen = away();
    screen.model.notices.vip = vec!["@x.example".into()];
    assert_eq!(arrive(&mut screen, &[(INBOX, 1, vec![dana(1)])]).len(), 1);
    assert_eq!(arrive(&mut screen, &[(ARCHIVE, 1, vec![dana(1)])]), []);
}

/// While an account brings itself up to date what arrives is collected on: mail of days is one notice. But not for ever.
#[test]
fn catching_up_is_one_notice() {
    let mut screen = away();
    screen.event(Event::Connection { account: AccountId(1), state: Connection::Syncing });
    assert_eq!(arrive(&mut screen, &[(INBOX, 500, Vec::new())]), []);
    assert!(screen.model.work.timers.contains(&Timer::News), "it looks again");
    screen.event(Event::Connection { account: AccountId(1), state: Connection::Online { synced: UnixTime(NOW) } });
    let notices = arrive(&mut screen, &[(INBOX, 20, (1..101).map(dana).collect())]);
    assert_eq!(notices.len(), 1);
    screen.event(Event::Connection { account: AccountId(1), state: Connection::Syncing });
    let mut turns = 0;
    while arrive(&mut screen, &[(INBOX, 1, vec![dana(300 + turns)])]).is_empty() {
        turns += 1;
        assert!(turns < 30, "it waits for ever");
    }
}

/// Protects from news that only look new: the servers are asked when the focus comes back after a while, and not each time.
#[test]
fn focus_after_a_while_asks_the_servers() {
    let mut screen = away();
    let refreshed = |effects: &[Effect]| commands(effects).contains(&Command::Refresh(None));
    screen.send(Msg::Now(Clock { now: UnixTime(NOW + 30), offset: 0 })).send(Msg::Focus(true));
    assert!(!refreshed(&screen.take()));
    screen.send(Msg::Focus(false)).send(Msg::Now(Clock { now: UnixTime(NOW + 200), offset: 0 })).send(Msg::Focus(true));
    assert!(refreshed(&screen.take()));
    screen.send(Msg::Focus(true));
    assert!(!refreshed(&screen.take()));
    // Nor is what asks for a passphrase brought back for it.
    let (need, reason) = (Need::Command, SafeText::from_static("it gave none"));
    screen.event(Event::Connection { account: AccountId(1), state: Connection::SignInNeeded { need, reason } });
    screen.send(Msg::Focus(false)).send(Msg::Now(Clock { now: UnixTime(NOW + 400), offset: 0 }));
    screen.take();
    screen.send(Msg::Focus(true));
    let asked = commands(&screen.take());
    assert!(!asked.contains(&Command::Refresh(None)) && !asked.contains(&Command::Refresh(Some(AccountId(1)))));
}

/// The terminal's frame shows what has run for a second, and is taken back when it ends.
#[test]
fn progress_after_a_second() {
    let mut screen = Screen::new(5);
    let shown = |effects: Vec<Effect>| -> Vec<Option<u8>> {
        let percent = |effect: &Effect| if let Effect::Progress(percent) = effect { Some(*percent) } else { None };
        effects.iter().filter_map(percent).collect()
    };
    let step = |screen: &mut Screen, done| {
        let what = SafeText::from_static("Archive: headers");
        screen.event(Event::Progress { account: AccountId(1), what, done, total: 1000 });
        shown(screen.take())
    };
    assert!(step(&mut screen, 100).is_empty());
    screen.send(Msg::Timer(Timer::Progress));
    assert_eq!(shown(screen.take()), [Some(10)]);
    assert_eq!((step(&mut screen, 105), step(&mut screen, 500)), (vec![], vec![Some(50)]));
    assert_eq!((step(&mut screen, 1000), step(&mut screen, 100)), (vec![None], vec![]));
}
