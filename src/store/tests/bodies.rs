//! Bodies: parts and whole ones, the limit, what prefetch wants.

use super::{Fixture, message};
use crate::mail::{MessageId, Uid, UnixTime};
use crate::store::Body;

/// A part shows before the rest arrives; what is here never gets worse.
#[test]
fn a_part_never_replaces_more() {
    let mut fixture = Fixture::new();
    let id = fixture.put("INBOX", message(1));
    let put = |fixture: &mut Fixture, bytes: &[u8], whole| {
        fixture.writer.put_body(id, bytes, whole, Some("first words"), Some(true)).unwrap();
        fixture.writer.body(id).unwrap().unwrap()
    };
    assert_eq!(put(&mut fixture, b"ab", false), Body { bytes: b"ab".to_vec(), whole: false });
    assert!(!fixture.writer.row(id).unwrap().unwrap().cached);
    assert_eq!(put(&mut fixture, b"a", false).bytes, b"ab");
    assert_eq!(put(&mut fixture, b"abcd", true), Body { bytes: b"abcd".to_vec(), whole: true });
    assert_eq!(put(&mut fixture, b"ab", false).bytes, b"abcd");
    // PS35: another length the next time is stored.
    assert_eq!(put(&mut fixture, b"abc", true).bytes, b"abc");
    let row = fixture.writer.row(id).unwrap().unwrap();
    assert!(row.cached && row.attachments);
    assert_eq!(row.snippet.as_str(), "first words");
    assert_eq!(fixture.writer.body_bytes(fixture.account).unwrap(), 3);
    fixture.writer.put_body(MessageId(99), b"x", true, None, None).unwrap();
    assert_eq!(fixture.writer.body(MessageId(99)).unwrap(), None);
}

/// The body cache keeps to its limit, per account; what was read longest ago goes first, and its snippet stays.
#[test]
fn the_least_recently_read_body_goes_first() {
    let mut fixture = Fixture::new();
    let home = fixture.writer.account("home").unwrap();
    let ids: Vec<_> = (1..=4).map(|uid| fixture.put("INBOX", message(uid))).collect();
    for (id, read) in ids.iter().zip([40, 10, 30, 20]) {
        fixture.writer.put_body(*id, &[0; 100], true, Some("words"), None).unwrap();
        fixture.writer.touch_body(*id, UnixTime(read)).unwrap();
    }
    assert_eq!(fixture.writer.evict(home, 0).unwrap(), 0);
    assert_eq!(fixture.writer.evict(fixture.account, 250).unwrap(), 200);
    let here: Vec<_> = ids.iter().map(|id| fixture.writer.row(*id).unwrap().unwrap().cached).collect();
    assert_eq!(here, [true, false, true, false]);
    assert_eq!(fixture.writer.row(ids[1]).unwrap().unwrap().snippet.as_str(), "words");
    assert_eq!(fixture.writer.body_bytes(fixture.account).unwrap(), 200);
}

/// Prefetch gets the newest first, of folders worth it, within its limits, and leaves alone what failed (RL40, RL41).
#[test]
fn what_prefetch_wants() {
    let mut fixture = Fixture::new();
    let inbox = fixture.folder("INBOX");
    for uid in 1..=5 {
        fixture.put("INBOX", message(uid));
    }
    let archived = fixture.put("Archive", message(4));
    fixture.put("Trash", message(5));
    let wanted = |fixture: &Fixture, limit| -> Vec<(MessageId, u32)> {
        let wanted = fixture.writer.wanted_bodies(fixture.account, UnixTime(120), 1004, limit).unwrap();
        wanted.into_iter().map(|(id, _, uid, _)| (id, uid.0)).collect()
    };
    let ids: Vec<_> = wanted(&fixture, 9);
    assert_eq!(ids.iter().map(|(_, uid)| *uid).collect::<Vec<_>>(), [4, 4, 3, 2]);
    assert_eq!(ids[0].0, archived);
    assert_eq!(wanted(&fixture, 2).len(), 2);
    fixture.writer.put_body(archived, b"x", true, None, None).unwrap();
    let now = UnixTime(fixture.number("SELECT unixepoch()"));
    fixture.writer.note_body_failure(ids[2].0, "NO Server error", now).unwrap();
    assert_eq!(wanted(&fixture, 9).iter().map(|(_, uid)| *uid).collect::<Vec<_>>(), [4, 2]);
    assert_eq!(fixture.writer.body_failure(ids[2].0).unwrap().as_deref(), Some("NO Server error"));
    let retry = |fixture: &Fixture| fixture.number("SELECT max(body_retry) FROM messages") - now.0;
    assert_eq!(retry(&fixture), 3600);
    fixture.writer.note_body_failure(ids[2].0, "NO Server error", now).unwrap();
    assert_eq!(retry(&fixture), 86_400);
    // RL12: noted by a clock that was ten years ahead, or behind.
    for years in [10, -10] {
        let wrong = UnixTime(now.0 + years * 365 * 86_400);
        fixture.writer.note_body_failure(ids[2].0, "NO Server error", wrong).unwrap();
        assert_eq!(wanted(&fixture, 9).iter().map(|(_, uid)| *uid).collect::<Vec<_>>(), [4, 3, 2]);
    }
    fixture.writer.put_body(ids[2].0, b"x", true, None, None).unwrap();
    assert_eq!(fixture.writer.body_failure(ids[2].0).unwrap(), None);
    assert_eq!(fixture.writer.uids_in(inbox, &[archived, ids[1].0]).unwrap(), [(ids[1].0, Uid(4))]);
}
