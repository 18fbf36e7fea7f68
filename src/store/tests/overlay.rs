//! What waits in the queue, laid over what the server says.

use super::{Fixture, change, message, moved, with_flags};
use crate::mail::list::{Anchor, Source};
use crate::mail::{FolderId, MessageId, Uid, UidValidity};
use crate::store::Overlay;

fn shown_in(fixture: &Fixture, folder: FolderId) -> Vec<MessageId> {
    let window = fixture.writer.window(Source::Folder(folder), Anchor::Newest, 50).unwrap();
    window.rows.iter().map(|row| row.id).collect()
}

/// A queued move shows at once in both lists and counts, and taking it back leaves no trace (P3).
#[test]
fn a_queued_move_shows_and_goes() {
    let mut fixture = Fixture::new();
    let (inbox, archive) = (fixture.folder("INBOX"), fixture.folder("Archive"));
    let id = fixture.put("INBOX", message(1));
    let touched = fixture.writer.set_overlay(&[moved(id, archive)]).unwrap();
    assert_eq!(touched, [inbox, archive]);
    assert_eq!((shown_in(&fixture, inbox), shown_in(&fixture, archive)), (vec![], vec![id]));
    assert_eq!((fixture.counts("INBOX"), fixture.counts("Archive")), ((0, 0), (1, 1)));
    let row = fixture.writer.row(id).unwrap().unwrap();
    assert!(row.pending && row.folder == archive);
    assert_eq!(fixture.writer.detail(id).unwrap().unwrap().folder, inbox);

    assert_eq!(fixture.writer.set_overlay(&[Overlay::none(id)]).unwrap(), [inbox, archive]);
    assert_eq!(shown_in(&fixture, inbox), [id]);
    assert_eq!((fixture.counts("INBOX"), fixture.counts("Archive")), ((1, 1), (0, 0)));
    assert_eq!(fixture.number("SELECT COUNT(*) FROM overlays"), 0);
    assert!(fixture.writer.set_overlay(&[Overlay::none(id)]).unwrap().is_empty());
}

/// New flags from the server do not take away what the user just did (RL30): the overlay stays on top.
#[test]
fn server_flags_change_under_an_overlay() {
    let mut fixture = Fixture::new();
    let inbox = fixture.folder("INBOX");
    let id = fixture.put("INBOX", message(1));
    let overlay = Overlay { flags: change(&["\\Seen", "$Work"], &["\\Flagged"]), pending: true, ..Overlay::none(id) };
    fixture.writer.set_overlay(&[overlay]).unwrap();
    let flags = with_flags(&["\\Flagged", "\\Answered", "$Other"]);
    assert_eq!(fixture.writer.put_flags(inbox, &[(Uid(1), flags.clone(), Some(9))]).unwrap(), 1);
    let detail = fixture.writer.detail(id).unwrap().unwrap();
    assert_eq!(detail.row.flags, with_flags(&["\\Seen", "\\Answered", "$Work", "$Other"]));
    assert_eq!(detail.server_flags, flags);
    assert_eq!((fixture.counts("INBOX"), fixture.writer.starred().unwrap()), ((1, 0), 0));
    // The same flags by a header fetch: nothing changes, nothing is new.
    let mut again = message(1);
    again.flags = flags.clone();
    assert_eq!(fixture.writer.put_messages(inbox, &[again]).unwrap().new, 0);
    assert_eq!(fixture.writer.put_flags(inbox, &[(Uid(1), flags, Some(9))]).unwrap(), 0);
    fixture.writer.clear_overlays().unwrap();
    assert_eq!((fixture.counts("INBOX"), fixture.writer.starred().unwrap()), ((1, 1), 1));
    assert!(!fixture.writer.row(id).unwrap().unwrap().pending);
}

/// RL32: a message moved A, B, C while offline: the server has done the first move, the second is still shown.
#[test]
fn bind_moved_while_the_overlay_points_elsewhere() {
    let mut fixture = Fixture::new();
    let (archive, projects) = (fixture.folder("Archive"), fixture.folder("Projects"));
    let id = fixture.put("INBOX", message(1));
    fixture.writer.put_body(id, b"body", true, Some("body"), None).unwrap();
    fixture.writer.set_overlay(&[moved(id, projects)]).unwrap();
    fixture.writer.bind_moved(&[(id, archive, Some(Uid(41)))]).unwrap();
    assert_eq!(shown_in(&fixture, projects), [id]);
    assert_eq!((fixture.counts("INBOX"), fixture.counts("Archive")), ((0, 0), (0, 0)));
    let detail = fixture.writer.detail(id).unwrap().unwrap();
    assert_eq!((detail.folder, detail.uid), (archive, Some(Uid(41))));
    assert_eq!(fixture.writer.find(fixture.account, "Archive", UidValidity(7), Uid(41)).unwrap(), Some(id));
    fixture.writer.bind_moved(&[(id, projects, None)]).unwrap();
    fixture.writer.set_overlay(&[Overlay::none(id)]).unwrap();
    assert_eq!(shown_in(&fixture, projects), [id]);
    assert_eq!(fixture.writer.body(id).unwrap().unwrap().bytes, b"body");
}

/// The target folder was synced before the answer to the move was read: one row is left, with body and newest flags.
#[test]
fn bind_moved_onto_a_row_that_sync_made() {
    let mut fixture = Fixture::new();
    let archive = fixture.folder("Archive");
    let id = fixture.put("INBOX", message(1));
    let mut copy = message(41);
    copy.flags = with_flags(&["\\Seen"]);
    copy.envelope.message_id = "m1@example.org".to_owned();
    let twin = fixture.put("Archive", copy);
    fixture.writer.put_body(twin, b"body", true, Some("words"), Some(true)).unwrap();
    fixture.writer.bind_moved(&[(id, archive, Some(Uid(41)))]).unwrap();
    assert_eq!(shown_in(&fixture, archive), [id]);
    assert_eq!(fixture.writer.row(twin).unwrap(), None);
    let row = fixture.writer.row(id).unwrap().unwrap();
    assert!(row.flags.seen() && row.cached && row.attachments && row.thread == 1);
    assert_eq!(row.snippet.as_str(), "words");
    assert_eq!(fixture.writer.body(id).unwrap().unwrap().bytes, b"body");
    assert_eq!(fixture.counts("Archive"), (1, 0));
    assert_eq!(fixture.writer.body_bytes(fixture.account).unwrap(), 4);
}

/// A batch of moves is one transaction: one onto a row that sync made, one onto nothing, one of a message that is gone.
#[test]
fn bind_moved_takes_a_batch() {
    let mut fixture = Fixture::new();
    let archive = fixture.folder("Archive");
    let (first, second) = (fixture.put("INBOX", message(1)), fixture.put("INBOX", message(2)));
    let twin = fixture.put("Archive", message(41));
    let gone = MessageId(9_999);
    let moves = [(first, archive, Some(Uid(41))), (gone, archive, Some(Uid(42))), (second, archive, Some(Uid(43)))];
    fixture.writer.bind_moved(&moves).unwrap();
    let mut there = shown_in(&fixture, archive);
    there.sort();
    assert_eq!(there, [first, second]);
    assert_eq!(fixture.writer.row(twin).unwrap(), None);
    assert_eq!(fixture.writer.uids(archive).unwrap(), [(41, 41), (43, 43)]);
    assert_eq!((fixture.counts("INBOX").0, fixture.counts("Archive").0), (0, 2));
}

/// A move whose new UID nobody told: the message is bound when the folder is synced, and stays the same message.
#[test]
fn a_message_without_uid_is_bound_by_its_message_id() {
    let mut fixture = Fixture::new();
    let archive = fixture.folder("Archive");
    let id = fixture.put("INBOX", message(1));
    fixture.writer.bind_moved(&[(id, archive, None)]).unwrap();
    let place = fixture.writer.places(&[id]).unwrap().remove(0).place;
    assert_eq!((place.folder.as_str(), place.uid, place.message_id.as_str()), ("Archive", None, "m1@example.org"));
    assert!(fixture.writer.uids(archive).unwrap().is_empty());
    let mut other_size = message(1);
    other_size.uid = Uid(40);
    other_size.size += 1;
    let mut arrived = message(1);
    arrived.uid = Uid(41);
    arrived.flags = with_flags(&["\\Seen"]);
    let report = fixture.writer.put_messages(archive, &[other_size, arrived]).unwrap();
    assert_eq!(report.new, 1);
    assert_eq!(fixture.writer.detail(id).unwrap().unwrap().uid, Some(Uid(41)));
    assert_eq!(fixture.counts("Archive"), (2, 1));
    assert_eq!(fixture.writer.find_by_message_id(fixture.account, archive, "m1@example.org", 1001).unwrap(), Some(id));
}

/// Gone messages are shown nowhere; an expunge by another client takes row, body and overlay.
#[test]
fn gone_and_expunged() {
    let mut fixture = Fixture::new();
    let inbox = fixture.folder("INBOX");
    let id = fixture.put("INBOX", message(1));
    fixture.writer.put_body(id, b"body", true, None, None).unwrap();
    fixture.writer.set_overlay(&[Overlay { gone: true, pending: true, ..Overlay::none(id) }]).unwrap();
    assert_eq!((fixture.counts("INBOX"), shown_in(&fixture, inbox)), ((0, 0), vec![]));
    assert!(fixture.writer.row(id).unwrap().is_some());
    assert_eq!(fixture.writer.remove_uids(inbox, &[Uid(1), Uid(1), Uid(2)]).unwrap(), 1);
    for table in ["messages", "bodies", "overlays"] {
        assert_eq!(fixture.number(&format!("SELECT COUNT(*) FROM {table}")), 0, "{table}");
    }
    assert_eq!(fixture.writer.body_bytes(fixture.account).unwrap(), 0);
}

/// An overlay that names a folder or a message which is not there hides nothing.
#[test]
fn overlays_that_name_nothing() {
    let mut fixture = Fixture::new();
    let inbox = fixture.folder("INBOX");
    let id = fixture.put("INBOX", message(1));
    fixture.writer.set_overlay(&[moved(id, FolderId(999)), moved(MessageId(999), inbox)]).unwrap();
    assert_eq!(shown_in(&fixture, inbox), [id]);
}
