//! Windows of lists.

use super::{Fixture, message, server_folders, with_flags};
use crate::mail::list::{Anchor, Arrangement, Order, Source};
use crate::mail::marks::Mark;
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

/// What is muted is passed over on the way to the next unread message, in every arrangement.
#[test]
fn muted_mail_is_passed_over() {
    let mut fixture = hundred();
    let inbox = fixture.folder("INBOX");
    let seen = |uid: u32| match uid {
        20 | 90 => &["$mUTED", "work"][..],
        50 => &[],
        _ => &["\\Seen"],
    };
    let flags: Vec<_> = (1..=100).map(|uid| (crate::mail::Uid(uid), with_flags(seen(uid)), None)).collect();
    fixture.writer.put_flags(inbox, &flags).unwrap();
    for (conversations, order) in [(false, Order::Newest), (true, Order::Newest), (true, Order::Size)] {
        let arrangement = Arrangement { conversations, order };
        let next = |older| {
            let source = Source::Folder(inbox);
            fixture.writer.next_unread_arranged(source, arrangement, None, older).unwrap().map(|key| key.id.0)
        };
        assert_eq!((next(true), next(false)), (Some(50), Some(50)), "{arrangement:?}");
    }
}

/// A conversation that was put off is one row; what comes back first stands first, in every account.
#[test]
fn put_off_conversations_are_rows() {
    let mut fixture = Fixture::new();
    let mut folders = server_folders();
    folders.push(super::server_folder("Snoozed", Some(crate::mail::folder::Role::Snoozed)));
    fixture.writer.put_folders(fixture.account, &folders).unwrap();
    let mut put = |uid: u32, about: &str, until: &str| {
        let mut one = message(uid);
        one.envelope.references = vec![about.to_owned()];
        one.flags = with_flags(&["$Snoozed", until]);
        fixture.put("Snoozed", one).0
    };
    let (soon, late) = ("$SnoozedUntil-19700102T0100Z", "$SnoozedUntil-19700103T0100Z");
    let ids = [put(1, "a@x", late), put(2, "b@x", soon), put(3, "a@x", late), put(4, "b@x", soon), put(5, "a@x", late)];
    let source = Source::Marked(Mark::Snoozed);
    let rows = |conversations: bool| -> Vec<Vec<i64>> {
        let arrangement = Arrangement { conversations, order: Order::Return };
        let window = fixture.writer.arranged(source, arrangement, Anchor::Newest, 10).unwrap();
        assert_eq!((window.total, window.messages), (window.rows.len() as u64, 5));
        window.rows.iter().map(|row| row.all().map(|one| one.id.0).collect()).collect()
    };
    assert_eq!(rows(true), [vec![ids[3], ids[1]], vec![ids[4], ids[2], ids[0]]]);
    assert_eq!(rows(false), [[ids[3]], [ids[1]], [ids[4]], [ids[2]], [ids[0]]]);
}

/// From names people, "you" for oneself; in Sent it is who the mail went to.
#[test]
fn the_from_column() {
    let mut fixture = Fixture::new();
    let account = fixture.account;
    fixture.writer.roll().set_own(vec![(account, "ADA@example.org".to_owned())]);
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

/// What came back stands where it came back, and what is pinned above all; it is told when each was received all the same,
/// and each mark has its list.
#[test]
fn marks_move_messages() {
    let mut fixture = hundred();
    let inbox = fixture.folder("INBOX");
    let flag = |fixture: &mut Fixture, uid: u32, words: &[&str]| {
        fixture.writer.put_flags(inbox, &[(crate::mail::Uid(uid), with_flags(words), None)]).unwrap();
    };
    let first = |fixture: &Fixture| {
        let window = fixture.writer.window(Source::Folder(inbox), Anchor::Newest, 3).unwrap();
        assert!(
            window
                .rows
                .iter()
                .all(|row| row.received.0 == row.subject.as_str().replace("Subject ", "").parse::<i64>().unwrap() * 60)
        );
        subjects(&window)
    };
    // 02:00 is later than all of them.
    let word = "$SnoozedUntil-19700101T0200Z";
    flag(&mut fixture, 5, &["$Snoozed", word]);
    flag(&mut fixture, 6, &[word]);
    assert_eq!(first(&fixture), ["6", "100", "99"], "the one is put off still");
    flag(&mut fixture, 7, &["$Pinned", "$ReplyLater"]);
    flag(&mut fixture, 3, &["$Pinned"]);
    assert_eq!(first(&fixture), ["7", "3", "6"]);
    let list =
        |fixture: &Fixture, mark| subjects(&fixture.writer.window(Source::Marked(mark), Anchor::Newest, 9).unwrap());
    // What has the keyword and lies elsewhere is not put off.
    assert_eq!(Mark::ALL.map(|mark| list(&fixture, mark)), [vec![], vec!["7"], vec!["7", "3"]]);
    assert_eq!(fixture.writer.marked().unwrap(), [(Mark::Snoozed, 0), (Mark::ReplyLater, 1), (Mark::Pinned, 2)]);
    // Around each key, and from both ends: nothing is there twice or missing.
    let all = fixture.writer.everything(Source::Folder(inbox), 1_000).unwrap();
    assert_eq!(all.len(), 100);
    assert!(all.windows(2).all(|pair| pair[0].key() > pair[1].key()));
    let around = fixture.writer.window(Source::Folder(inbox), Anchor::Around(all[2].key()), 2).unwrap();
    assert_eq!((subjects(&around).join(" ").as_str(), around.first), ("7 3 6 100 99", 0));
    for uid in [3, 5, 6, 7] {
        flag(&mut fixture, uid, &[]);
    }
    assert_eq!(first(&fixture), ["100", "99", "98"]);
    assert_eq!(fixture.number("SELECT COUNT(*) FROM messages WHERE arrived IS NOT NULL OR marks <> 0"), 0);
}

/// What is put off is known by its time, soonest first; what lies elsewhere is left alone, and what another machine began to
/// bring back gets ten minutes.
#[test]
fn what_is_due() {
    let mut fixture = hundred();
    let mut folders = server_folders();
    folders.push(super::server_folder("Snoozed", Some(crate::mail::folder::Role::Snoozed)));
    let account = fixture.writer.account("work").unwrap();
    fixture.writer.put_folders(account, &folders).unwrap();
    let flags = [
        ("Snoozed", &["$Snoozed", "$SnoozedUntil-19700101T0200Z"][..]),
        ("Snoozed", &["$Snoozed", "$SnoozedUntil-19700101T0100Z"]),
        ("Snoozed", &["$SnoozedUntil-19700101T0000Z"]),
        ("Snoozed", &["$Snoozed"]),
        ("Projects", &["$Snoozed", "$SnoozedUntil-19700101T0000Z"]),
    ];
    let ids: Vec<MessageId> = (200..)
        .zip(flags)
        .map(|(uid, (folder, words))| {
            let one = crate::mail::message::NewMessage { flags: with_flags(words), ..message(uid) };
            fixture.put(folder, one)
        })
        .collect();
    let due: Vec<(MessageId, i64)> =
        fixture.writer.put_off(10, 0).unwrap().iter().map(|one| (one.id, one.at.0)).collect();
    assert_eq!(due, [(ids[2], 600), (ids[1], 3600), (ids[0], 7200)]);
    assert_eq!(fixture.writer.put_off(2, 1).unwrap().iter().map(|one| one.id).collect::<Vec<_>>(), [ids[1], ids[0]]);
    let listed = fixture.writer.window(Source::Marked(Mark::Snoozed), Anchor::Newest, 9).unwrap();
    assert_eq!(listed.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[3], ids[1], ids[0]]);
    assert_eq!((listed.total, fixture.writer.marked().unwrap()[0]), (3, (Mark::Snoozed, 3)));
}
