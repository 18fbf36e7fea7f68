//! Tests of letters on the disk.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime};

use super::copies::{Copies, Owner, digest};
use super::{Error, Letters, Source};
use crate::letter::{DraftCopy, Kin, Letter, LetterId, Mailbox, Seal};
use crate::mail::UnixTime;

const NOW: UnixTime = UnixTime(1_764_000_000);

fn letter(id: LetterId, text: &str) -> Letter {
    Letter {
        id,
        account: "work".to_owned(),
        from: Mailbox { name: "Dana".to_owned(), address: "dana@example.org".to_owned() },
        to: vec![Mailbox { name: String::new(), address: "half@".to_owned() }],
        cc: Vec::new(),
        bcc: Vec::new(),
        reply_to: Vec::new(),
        subject: "Grüße \u{7} \"x\"".to_owned(),
        text: text.to_owned(),
        markdown: false,
        seal: Seal::default(),
        attachments: Vec::new(),
        kin: Kin::default(),
        message_id: "a@example.org".to_owned(),
        draft: None,
        resend: None,
        begun: NOW.0,
    }
}

fn home() -> (tempfile::TempDir, Letters) {
    let dir = tempfile::tempdir().unwrap();
    let letters = Letters::of(dir.path());
    (dir, letters)
}

/// What was kept is there to the letter, for nobody but the user, and the last of it counts.
#[test]
fn a_letter_comes_back_as_it_was_kept() {
    let (dir, letters) = home();
    let id = letters.next(NOW).unwrap();
    assert_eq!(letters.load(id).unwrap(), None);
    for text in ["", "one\n\n two \0", "three"] {
        letters.keep(&letter(id, text)).unwrap();
        assert_eq!(letters.load(id).unwrap(), Some(letter(id, text)));
    }
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&letters.place(id)), 0o700);
    assert_eq!(mode(&letters.place(id).join("letter.json")), 0o600);
    let again = Letters::of(dir.path());
    assert_eq!(again.list().unwrap().letters, [letter(id, "three")]);
}

/// Numbers are never given twice, whatever became of the letter and whatever the clock says.
#[test]
fn numbers_are_given_once() {
    let (_dir, letters) = home();
    let first = letters.next(NOW).unwrap();
    let second = letters.next(NOW).unwrap();
    letters.keep(&letter(second, "x")).unwrap();
    letters.discard(second).unwrap();
    let third = letters.next(UnixTime(0)).unwrap();
    assert!(first < second && second < third, "{first:?} {second:?} {third:?}");
}

/// A letter that cannot be read is put aside with all its files and told once; the others are not touched.
#[test]
fn a_damaged_letter_costs_itself_alone() {
    let (_dir, letters) = home();
    let (good, bad) = (letters.next(NOW).unwrap(), letters.next(NOW).unwrap());
    letters.keep(&letter(good, "good")).unwrap();
    letters.keep(&letter(bad, "bad")).unwrap();
    letters.attach(bad, "a", "text/plain", &Source::Bytes(b"abc")).unwrap();
    fs::write(letters.place(bad).join("letter.json"), b"{\"id\":").unwrap();
    let shelf = letters.list().unwrap();
    assert_eq!(shelf.letters, [letter(good, "good")]);
    let [aside] = &shelf.damaged[..] else { panic!("{shelf:?}") };
    assert_eq!(fs::read(aside.join("1.part")).unwrap(), b"abc");
    assert_eq!(fs::read(aside.join("letter.json")).unwrap(), b"{\"id\":");
    assert!(letters.list().unwrap().damaged.is_empty());
}

/// SN08: what was attached is sent as it was then, whatever becomes of the file.
#[test]
fn what_is_attached_is_copied() {
    let (dir, letters) = home();
    let id = letters.next(NOW).unwrap();
    let path = dir.path().join("plan.txt");
    fs::write(&path, b"before").unwrap();
    let attached = letters.attach(id, "plan.txt", "text/plain", &Source::File(&path)).unwrap();
    let other = letters.attach(id, "x", "text/plain", &Source::Bytes(b"xx")).unwrap();
    assert_eq!((attached.size, other.size), (6, 2));
    assert_ne!(attached.stored, other.stored);
    fs::write(&path, b"afterwards").unwrap();
    assert_eq!(letters.parts(id).read(&attached.stored).unwrap(), b"before");
    fs::remove_file(&path).unwrap();
    assert_eq!(letters.parts(id).read(&attached.stored).unwrap(), b"before");
    assert_eq!(letters.parts(id).read("../../plan.txt"), None);
    let error = letters.attach(id, "d", "text/plain", &Source::File(dir.path())).unwrap_err();
    assert!(matches!(error, Error::NoFile { .. }), "{error}");
}

/// What was discarded can be brought back with its files, until it is pruned.
#[test]
fn a_discarded_letter_comes_back() {
    let (_dir, letters) = home();
    let id = letters.next(NOW).unwrap();
    letters.keep(&letter(id, "x")).unwrap();
    let attached = letters.attach(id, "a", "text/plain", &Source::Bytes(b"abc")).unwrap();
    assert!(letters.discard(id).unwrap());
    assert!(!letters.discard(id).unwrap());
    assert_eq!(letters.list().unwrap().letters, []);
    assert_eq!(letters.prune(SystemTime::now() - Duration::from_hours(1)).unwrap(), 0);
    assert!(letters.restore(id).unwrap());
    assert_eq!(letters.load(id).unwrap(), Some(letter(id, "x")));
    assert_eq!(letters.parts(id).read(&attached.stored).unwrap(), b"abc");
    // However long ago it was written last, it was discarded now.
    let old = fs::File::options().write(true).open(letters.place(id).join("letter.json")).unwrap();
    old.set_modified(SystemTime::now() - Duration::from_hours(31 * 24)).unwrap();
    letters.discard(id).unwrap();
    assert_eq!(letters.prune(SystemTime::now() - Duration::from_hours(1)).unwrap(), 0);
    assert_eq!(letters.prune(SystemTime::now() + Duration::from_hours(1)).unwrap(), 1);
    assert!(!letters.restore(id).unwrap());
}

/// Where the draft is on the server is the engine's to say: what the composer keeps does not undo it.
#[test]
fn the_place_of_the_draft_outlives_what_the_composer_keeps() {
    let (_dir, letters) = home();
    let id = letters.next(NOW).unwrap();
    let copy = |uid| DraftCopy { folder: "Drafts".to_owned(), validity: 1, uid };
    letters.keep(&Letter { draft: Some(copy(5)), ..letter(id, "found") }).unwrap();
    assert_eq!(letters.load(id).unwrap().unwrap().draft, Some(copy(5)));
    let old = vec![("work".to_owned(), copy(5))];
    letters.note_copies(id, &Copies { newest: Some(copy(6)), old: old.clone(), ..letters.copies(id) }).unwrap();
    letters.keep(&Letter { draft: Some(copy(5)), ..letter(id, "more") }).unwrap();
    let loaded = letters.load(id).unwrap().unwrap();
    assert_eq!((loaded.draft, loaded.text.as_str()), (Some(copy(6)), "more"));
    assert_eq!(letters.copies(id).old, old);
}

/// A draft is not opened as a second letter: the one that it is a copy of is known, whatever another device did to it
/// meanwhile.
#[test]
fn a_draft_belongs_to_one_letter() {
    let (_dir, letters) = home();
    let copy = |uid| DraftCopy { folder: "Drafts".to_owned(), validity: 1, uid };
    let owner = |id: &str, uid, there| letters.owner(("work", id), &copy(uid), |_| there);
    assert_eq!(owner("a@example.org", 5, true), None);
    let id = letters.next(NOW).unwrap();
    let found = Letter { draft: Some(copy(5)), ..letter(id, "found") };
    letters.keep(&found).unwrap();
    assert_eq!(letters.copies(id).holds, Some(digest(&found)));
    assert_eq!(owner("a@example.org", 5, true), Some(Owner::Letter(id)));
    assert_eq!(owner("b@example.org", 6, true), None);
    // Another device wrote it anew, and here it is as it was.
    assert_eq!(owner("a@example.org", 6, false), Some(Owner::Older(id)));
    // As it was found it is both the copy there and the letter here.
    assert_eq!(owner("a@example.org", 6, true), Some(Owner::Rival(id)));
    letters.keep(&letter(id, "changed")).unwrap();
    assert_eq!(owner("a@example.org", 6, false), Some(Owner::Rival(id)));
    assert_eq!(owner("a@example.org", 5, true), Some(Owner::Letter(id)));
    // What another device wrote is taken over under the same number, and is what the next copy takes the place of.
    let theirs = Letter { draft: Some(copy(6)), ..letter(id, "theirs") };
    letters.take_over(&theirs).unwrap();
    assert_eq!(letters.load(id).unwrap(), Some(theirs));
    assert_eq!(owner("a@example.org", 6, true), Some(Owner::Letter(id)));
    assert_eq!(letters.list().unwrap().letters.len(), 1);
    // The same in another account is another draft.
    assert_eq!(letters.owner(("home", "a@example.org"), &copy(6), |_| true), None);
}
