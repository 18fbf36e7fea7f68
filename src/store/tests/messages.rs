//! Storing messages: known ones, hostile ones, conversations, removals.

use super::{Fixture, message, with_flags};
use crate::mail::flags::Flags;
use crate::mail::list::{Anchor, Source};
use crate::mail::message::{Address, NewMessage};
use crate::mail::{FolderId, Uid, UidValidity, UnixTime};
use crate::store::Error;
use rstest::rstest;

/// A chunk that is stored again changes flags and makes nothing twice (P2); of two with one UID the first counts (PS34).
#[test]
fn a_known_uid_is_never_stored_twice() {
    let mut fixture = Fixture::new();
    let inbox = fixture.folder("INBOX");
    let mut changed = message(1);
    changed.flags = with_flags(&["\\Seen"]);
    changed.envelope.subject = "another".to_owned();
    let report = fixture.writer.put_messages(inbox, &[message(1), message(5), changed]).unwrap();
    assert_eq!((report.new, report.new_unread, report.ids.len()), (2, 2, 2));
    let row = fixture.writer.row(report.ids[0]).unwrap().unwrap();
    assert_eq!((row.subject.as_str(), row.flags.seen()), ("Subject 1", true));
    // UIDs far apart take another way to the same result.
    let report = fixture.writer.put_messages(inbox, &[message(5), message(4_000_000_000)]).unwrap();
    assert_eq!(report.new, 1);
    assert_eq!(fixture.writer.uids(inbox).unwrap(), [(1, 1), (5, 5), (4_000_000_000, 4_000_000_000)]);
}

/// RL40: a message that cannot be read is a row beside its neighbours, and becomes the message once it can be read.
#[test]
fn placeholders_stand_for_unreadable_messages() {
    let mut fixture = Fixture::new();
    let inbox = fixture.folder("INBOX");
    fixture.writer.put_messages(inbox, &[message(1), message(3)]).unwrap();
    fixture.writer.put_placeholders(inbox, &[Uid(1), Uid(2)]).unwrap();
    let rows = fixture.writer.window(Source::Folder(inbox), Anchor::Newest, 9).unwrap().rows;
    let subjects: Vec<_> = rows.iter().map(|row| row.subject.as_str()).collect();
    assert_eq!(subjects, ["Subject 3", "(this message could not be read)", "Subject 1"]);
    let report = fixture.writer.put_messages(inbox, &[message(2)]).unwrap();
    assert_eq!(report.new, 0);
    let row = fixture.writer.row(rows[1].id).unwrap().unwrap();
    assert_eq!((row.subject.as_str(), row.received, row.size), ("Subject 2", UnixTime(120), 1002));
    assert_eq!(fixture.counts("INBOX"), (3, 3));
}

/// RL40: what cannot be read is tried again after an hour, then after a day, and not at all once it is read or gone.
#[test]
fn the_unreadable_is_left_alone_for_a_while() {
    let mut fixture = Fixture::new();
    let inbox = fixture.folder("INBOX");
    let uids = [Uid(2), Uid(3), Uid(4)];
    fixture.writer.put_placeholders(inbox, &uids).unwrap();
    fixture.writer.note_poison(inbox, &[Uid(2), Uid(3), Uid(4), Uid(9)], UnixTime(0)).unwrap();
    let due = |fixture: &Fixture, at| fixture.writer.poison_due(inbox, UnixTime(at), 10).unwrap();
    assert!(due(&fixture, 3_599).is_empty());
    let unread = |fixture: &Fixture, uid| {
        let rows = fixture.writer.list(Source::Folder(inbox), 10).unwrap();
        let detail = rows.into_iter().find(|detail| detail.uid == Some(Uid(uid))).unwrap();
        fixture.writer.is_placeholder(detail.row.id).unwrap()
    };
    assert!(unread(&fixture, 4));
    assert_eq!(due(&fixture, 3_600), [Uid(4), Uid(3), Uid(2)]);
    fixture.writer.put_messages(inbox, &[message(4)]).unwrap();
    assert!(!unread(&fixture, 4));
    fixture.writer.remove_uids(inbox, &[Uid(3)]).unwrap();
    fixture.writer.note_poison(inbox, &uids, UnixTime(3_600)).unwrap();
    assert!(due(&fixture, 3_600 + 86_399).is_empty());
    assert_eq!(due(&fixture, 3_600 + 86_400), [Uid(2)]);
    assert_eq!(fixture.number("SELECT COUNT(*) FROM poison"), 1, "no note outlives its placeholder");
    let archive = fixture.folder("Archive");
    assert!(fixture.writer.poison_due(archive, UnixTime(i64::MAX / 2), 10).unwrap().is_empty());
}

/// Hostile values are bounded and come back as something that can be shown (RL52, RS11, RS12, RS13, SP02).
#[test]
fn hostile_values_are_bounded() {
    let mut fixture = Fixture::new();
    let mut hostile = message(u32::MAX);
    hostile.size = u64::MAX;
    hostile.received = UnixTime(i64::MAX);
    hostile.modseq = Some(u64::MAX);
    let envelope = &mut hostile.envelope;
    envelope.sent = Some(UnixTime(i64::MIN));
    envelope.subject = "\u{0}é".repeat(500_000);
    envelope.message_id = "x".repeat(1_000_000);
    envelope.references = (0..5000).map(|number| format!("r{number}\0'\"")).collect();
    envelope.list_id = "l".repeat(100_000);
    let address = Address { name: "n\",\0".repeat(10_000), address: "a@\u{0}".repeat(10_000) };
    envelope.from = vec![address.clone(); 5000];
    envelope.to = vec![address; 200];
    let id = fixture.put("INBOX", hostile);
    let detail = fixture.writer.detail(id).unwrap().unwrap();
    let envelope = &detail.envelope;
    assert_eq!(envelope.subject, "\u{0}é".repeat(1000));
    assert!(!detail.row.subject.as_str().contains('\0'));
    assert_eq!((envelope.from.len(), envelope.to.len(), envelope.references.len()), (100, 100, 100));
    assert_eq!(envelope.from[99].name.chars().count(), 200);
    assert_eq!(envelope.references[99], "r4999\0'\"");
    assert_eq!((envelope.message_id.as_str(), envelope.list_id.len()), ("", 2000));
    assert_eq!((detail.row.size, detail.uid), (u64::try_from(i64::MAX).unwrap(), Some(Uid(u32::MAX))));
    assert_eq!(detail.row.received, UnixTime(253_402_300_799));
    let bytes =
        fixture.number("SELECT length(subject) + length(senders) + length(recipients) + length(refs) FROM messages");
    assert!(bytes < 400_000, "{bytes}");
    assert_eq!(fixture.writer.places(&[id]).unwrap()[0].place.size, u64::try_from(i64::MAX).unwrap());
}

fn reply(uid: u32, id: &str, references: &[&str]) -> NewMessage {
    let mut message = message(uid);
    message.envelope.message_id = id.to_owned();
    message.envelope.references = references.iter().map(|id| (*id).to_owned()).collect();
    message
}

/// Conversations come together in whatever order their messages arrive, and across folders; copies count once. So they do
/// where few Message-IDs are looked up.
#[rstest]
fn conversations_come_together(#[values(false, true)] filtered: bool) {
    let mut fixture = Fixture::new();
    if filtered {
        let writer = &mut fixture.writer;
        writer.seen.learn(&writer.reader.connection, usize::MAX).unwrap();
    }
    let answer = fixture.put("INBOX", reply(9, "c", &["a", "b"]));
    let alone = fixture.put("INBOX", reply(8, "z", &[]));
    let root = fixture.put("Archive", reply(1, "a", &[]));
    let size = |fixture: &Fixture, id| fixture.writer.row(id).unwrap().unwrap().thread;
    assert_eq!((size(&fixture, answer), size(&fixture, root), size(&fixture, alone)), (2, 2, 1));
    fixture.put("Projects", reply(1, "c", &["a", "b"]));
    assert_eq!(size(&fixture, root), 2);
    // One that knows both conversations joins them, also for messages that come later.
    fixture.put("INBOX", reply(7, "j", &["z", "b"]));
    assert_eq!((size(&fixture, alone), size(&fixture, answer)), (4, 4));
    let late = fixture.put("Sent", reply(1, "k", &["z"]));
    assert_eq!(size(&fixture, late), 5);
    let inbox = fixture.folder("INBOX");
    fixture.writer.remove_uids(inbox, &[Uid(9)]).unwrap();
    assert_eq!(size(&fixture, root), 5);
    let projects = fixture.folder("Projects");
    fixture.writer.remove_uids(projects, &[Uid(1)]).unwrap();
    assert_eq!(size(&fixture, root), 4);
    let found = fixture.writer.find_by_message_id(fixture.account, inbox, "z", 1008).unwrap();
    assert_eq!(found, Some(alone));
}

/// A new UIDVALIDITY empties the folder and begins its sync anew; others keep theirs (P4).
#[test]
fn a_reset_folder_begins_anew() {
    let mut fixture = Fixture::new();
    let inbox = fixture.folder("INBOX");
    let archived = fixture.put("Archive", message(1));
    fixture.put("INBOX", message(1));
    fixture.writer.set_overlay(&[super::moved(archived, inbox)]).unwrap();
    fixture.writer.reset_folder(inbox, UidValidity(8)).unwrap();
    let state = fixture.writer.sync_state(inbox).unwrap();
    assert_eq!((state.uid_validity, state.complete, state.gaps), (Some(UidValidity(8)), false, Vec::new()));
    assert_eq!(fixture.writer.find(fixture.account, "INBOX", UidValidity(7), Uid(1)).unwrap(), None);
    let window = fixture.writer.window(Source::Folder(inbox), Anchor::Newest, 9).unwrap();
    assert_eq!((window.rows[0].id, window.total), (archived, 1));
}

/// What hangs on a folder that is not there is refused, not lost in silence.
#[test]
fn an_unknown_folder_is_an_error() {
    let mut fixture = Fixture::new();
    let put = fixture.writer.put_messages(FolderId(99), &[message(1)]);
    assert!(matches!(put, Err(Error::NoFolder)));
    assert!(matches!(fixture.writer.sync_state(FolderId(99)), Err(Error::NoFolder)));
}

/// Local numbers are never given twice, so that a queued action never finds another message under the old number (P4).
#[test]
fn local_numbers_are_not_reused() {
    let mut fixture = Fixture::new();
    let inbox = fixture.folder("INBOX");
    let first = fixture.put("INBOX", message(1));
    fixture.writer.remove_uids(inbox, &[Uid(1)]).unwrap();
    assert_ne!(fixture.put("INBOX", message(2)), first);
}

/// Flags that are told beside another connection: what is newer is taken and nothing older; what cannot be taken is said.
#[test]
fn flags_that_are_heard_never_go_back_in_time() {
    let mut fixture = Fixture::new();
    let inbox = fixture.folder("INBOX");
    let id = fixture.put("INBOX", message(1));
    let told = |word: &str, modseq| (Uid(1), with_flags(&[word]), modseq);
    let mut hear = |validity, told: (Uid, Flags, Option<u64>)| {
        let heard = fixture.writer.hear_flags(inbox, UidValidity(validity), &[told]).unwrap();
        let flags = fixture.writer.row(id).unwrap().unwrap().flags;
        (heard.altered, heard.all, flags)
    };
    assert_eq!(hear(7, told("\\Seen", Some(20))), (1, true, with_flags(&["\\Seen"])));
    assert_eq!(hear(7, told("\\Seen", Some(20))), (0, true, with_flags(&["\\Seen"])));
    assert_eq!(hear(7, told("\\Flagged", Some(19))), (0, false, with_flags(&["\\Seen"])));
    assert_eq!(hear(7, told("\\Flagged", None)), (0, false, with_flags(&["\\Seen"])));
    assert_eq!(hear(8, told("\\Flagged", Some(21))), (0, false, with_flags(&["\\Seen"])));
    assert_eq!(hear(7, (Uid(2), with_flags(&["\\Seen"]), Some(22))), (0, false, with_flags(&["\\Seen"])));
    assert_eq!(hear(7, told("\\Flagged", Some(21))), (1, true, with_flags(&["\\Flagged"])));
    assert_eq!(fixture.counts("INBOX"), (1, 1));
}
