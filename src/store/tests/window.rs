//! Windows of lists.

use super::{Fixture, message, server_folders, with_flags};
use crate::mail::list::{Anchor, Source};
use crate::mail::message::{Address, MessageRow, RowKey};
use crate::mail::{MessageId, UnixTime};

fn key(received: i64, id: MessageId) -> RowKey {
    RowKey { place: received, id }
}

fn subjects(window: &crate::mail::list::Window) -> Vec<String> {
    window.rows.iter().map(|row| row.subject.to_string().replace("Subject ", "")).collect()
}

fn hundred() -> Fixture {
    let mut fixture = Fixture::new();
    let inbox = fixture.folder("INBOX");
    let messages: Vec<_> = (1..=100).map(message).collect();
    fixture.writer.put_messages(inbox, &messages).unwrap();
    fixture
}

/// A list shows the newest first, and a window says where it lies and how much there is.
#[test]
fn windows_at_both_ends_and_in_the_middle() {
    let fixture = hundred();
    let inbox = Source::Folder(fixture.folder("INBOX"));
    let newest = fixture.writer.window(inbox, Anchor::Newest, 3).unwrap();
    assert_eq!(subjects(&newest), ["100", "99", "98"]);
    assert_eq!((newest.first, newest.total, newest.unread), (0, 100, 100));
    let oldest = fixture.writer.window(inbox, Anchor::Oldest, 3).unwrap();
    assert_eq!(subjects(&oldest), ["3", "2", "1"]);
    assert_eq!(oldest.first, 97);
    let middle = fixture.writer.window(inbox, Anchor::Around(newest.rows[2].key()), 1).unwrap();
    assert_eq!(subjects(&middle), ["99", "98", "97"]);
    assert_eq!(middle.first, 1);
    let end = fixture.writer.window(inbox, Anchor::Around(oldest.rows[2].key()), 2).unwrap();
    assert_eq!(subjects(&end), ["3", "2", "1"]);
    assert_eq!(end.first, 97);
}

/// S8: all of a list, to be marked: each once, newest first, as it is shown, and no more than asked for.
#[test]
fn everything_names_each_message_once() {
    let mut fixture = hundred();
    let inbox = fixture.folder("INBOX");
    fixture.writer.remove_uids(inbox, &[crate::mail::Uid(50)]).unwrap();
    let all = fixture.writer.everything(Source::Folder(inbox), 1_000).unwrap();
    let window = fixture.writer.window(Source::Folder(inbox), Anchor::Newest, 1_000).unwrap();
    let keys = |rows: &[MessageRow]| rows.iter().map(MessageRow::key).collect::<Vec<_>>();
    assert_eq!(keys(&all), keys(&window.rows));
    assert!(all.iter().zip(&window.rows).all(|(one, other)| one.flags == other.flags && one.folder == other.folder));
    assert_eq!(fixture.writer.everything(Source::AllInboxes, 7).unwrap().len(), 7);
}

/// A window around a message that went stays where it was.
#[test]
fn a_window_around_a_key_that_is_gone() {
    let mut fixture = hundred();
    let inbox = fixture.folder("INBOX");
    fixture.writer.remove_uids(inbox, &[crate::mail::Uid(50)]).unwrap();
    let window = fixture.writer.window(Source::Folder(inbox), Anchor::Around(key(50 * 60, MessageId(50))), 1).unwrap();
    assert_eq!(subjects(&window), ["51", "49", "48"]);
    assert_eq!((window.first, window.total), (49, 99));
}

/// Messages of one second keep one order, and none is shown twice or left out between two windows.
#[test]
fn equal_times_are_ordered_by_local_number() {
    let mut fixture = Fixture::new();
    let inbox = fixture.folder("INBOX");
    let messages: Vec<_> =
        (1..=9).map(|uid| crate::mail::message::NewMessage { received: UnixTime(5), ..message(uid) }).collect();
    fixture.writer.put_messages(inbox, &messages).unwrap();
    let first = fixture.writer.window(Source::Folder(inbox), Anchor::Newest, 5).unwrap();
    let second = fixture.writer.window(Source::Folder(inbox), Anchor::Around(first.rows[4].key()), 4).unwrap();
    assert_eq!(subjects(&first), ["9", "8", "7", "6", "5"]);
    assert_eq!(subjects(&second), ["9", "8", "7", "6", "5", "4", "3", "2", "1"]);
}

/// "All inboxes" merges the inboxes of all accounts by time, with the counts of all.
#[test]
fn all_inboxes_merges_accounts() {
    let mut fixture = hundred();
    let home = fixture.writer.account("home").unwrap();
    fixture.writer.put_folders(home, &server_folders()).unwrap();
    let inbox = fixture.writer.folder_by_raw(home, "INBOX").unwrap().unwrap();
    let mut between = message(1);
    between.received = UnixTime(99 * 60 + 30);
    between.flags = with_flags(&["\\Seen"]);
    between.envelope.subject = "home".to_owned();
    fixture.writer.put_messages(inbox, &[between]).unwrap();
    let window = fixture.writer.window(Source::AllInboxes, Anchor::Newest, 3).unwrap();
    assert_eq!(subjects(&window), ["100", "home", "99"]);
    assert_eq!((window.total, window.unread), (101, 100));
    let around = fixture.writer.window(Source::AllInboxes, Anchor::Around(window.rows[1].key()), 1).unwrap();
    assert_eq!(subjects(&around), ["100", "home", "99"]);
    let later = fixture.writer.window(Source::AllInboxes, Anchor::Around(window.rows[2].key()), 1).unwrap();
    assert_eq!((later.first, subjects(&later)), (1, vec!["home".to_owned(), "99".into(), "98".into()]));
    let oldest = fixture.writer.window(Source::AllInboxes, Anchor::Oldest, 2).unwrap();
    assert_eq!((subjects(&oldest), oldest.first), (vec!["2".to_owned(), "1".to_owned()], 99));
}

/// Starred messages of all folders stand in one list, with counts of their own.
#[test]
fn starred_is_a_list() {
    let mut fixture = hundred();
    let inbox = fixture.folder("INBOX");
    let starred = |uid: u32, words: &[&str]| (crate::mail::Uid(uid), with_flags(words), None);
    fixture.writer.put_flags(inbox, &[starred(3, &["\\Flagged"]), starred(9, &["\\Flagged", "\\Seen"])]).unwrap();
    let mut archived = message(4);
    archived.flags = with_flags(&["\\Flagged"]);
    fixture.put("Archive", archived);
    let window = fixture.writer.window(Source::Starred, Anchor::Newest, 10).unwrap();
    assert_eq!(subjects(&window), ["9", "4", "3"]);
    assert_eq!((window.total, window.unread, fixture.writer.starred().unwrap()), (3, 2, 3));
}

/// `n` and `p` find the next unread message in both directions, and nothing where there is none.
#[test]
fn next_unread_in_both_directions() {
    let mut fixture = hundred();
    let inbox = fixture.folder("INBOX");
    let seen: Vec<_> = (1..=100)
        .filter(|uid| *uid != 20 && *uid != 80)
        .map(|uid| (crate::mail::Uid(uid), with_flags(&["\\Seen"]), None))
        .collect();
    fixture.writer.put_flags(inbox, &seen).unwrap();
    let next = |from: Option<i64>, older| {
        let from = from.map(|uid| key(uid * 60, MessageId(uid)));
        fixture.writer.next_unread(Source::Folder(inbox), from, older).unwrap().map(|key| key.place / 60)
    };
    assert_eq!(next(None, true), Some(80));
    assert_eq!(next(None, false), Some(20));
    assert_eq!(next(Some(80), true), Some(20));
    assert_eq!(next(Some(20), true), None);
    assert_eq!(next(Some(20), false), Some(80));
    assert_eq!(fixture.writer.next_unread(Source::AllInboxes, None, true).unwrap().unwrap().place, 80 * 60);
}

/// From names people, "you" for oneself; in Sent it is who the mail went to.
#[test]
fn the_from_column() {
    let mut fixture = Fixture::new();
    let account = fixture.account;
    fixture.writer.set_own_addresses(vec![(account, "ADA@example.org".to_owned())]);
    let mut own = message(1);
    own.envelope.from = vec![
        Address { name: "Ada Lovelace".to_owned(), address: "ada@example.org".to_owned() },
        Address { name: String::new(), address: "bare@example.org".to_owned() },
        Address::default(),
    ];
    own.envelope.to = vec![Address { name: "Tom\u{1b}[2J".to_owned(), address: "tom@example.org".to_owned() }];
    let received = fixture.put("INBOX", own.clone());
    let sent = fixture.put("Sent", own);
    let row = fixture.writer.row(received).unwrap().unwrap();
    assert_eq!((row.from.as_str(), row.address.as_str()), ("you, bare@example.org", "ada@example.org"));
    let row = fixture.writer.row(sent).unwrap().unwrap();
    assert!(row.from.as_str().starts_with("Tom") && !row.from.as_str().contains('\u{1b}'));
    assert_eq!(fixture.writer.rows(&[sent, MessageId(999), received]).unwrap().len(), 2);
}

/// The rank of a window far from both ends is an estimate within the list; near an end it is exact.
#[test]
fn the_rank_in_a_large_folder() {
    let mut fixture = Fixture::new();
    let inbox = fixture.folder("INBOX");
    let messages: Vec<_> = (1..=6_000).map(message).collect();
    for chunk in messages.chunks(2000) {
        fixture.writer.put_messages(inbox, chunk).unwrap();
    }
    let first = |uid: i64| {
        let anchor = Anchor::Around(key(uid * 60, MessageId(uid)));
        fixture.writer.window(Source::Folder(inbox), anchor, 0).unwrap().first
    };
    assert_eq!(first(6_000), 0);
    assert_eq!(first(3_501), 2_499);
    assert_eq!(first(2_000), 4_000);
    assert_eq!(first(3_000), 3_000);
    assert_eq!(first(1), 5_999);
}
