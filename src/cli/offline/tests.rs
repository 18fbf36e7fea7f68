//! Tests of changes made without a network, on a real cache and journal in a temporary directory.

use super::*;
use crate::journal::Verb;
use crate::mail::flags::{FLAGGED, Flag, FlagChange, Flags, SEEN};
use crate::mail::folder::{Namespace, Role, ServerFolder};
use crate::mail::message::{Envelope, NewMessage, ServerPlace};
use crate::mail::{Uid, UidValidity, UnixTime};
use crate::store::SyncState;

/// An account with an inbox of two messages, and an archive.
fn filled(dir: &std::path::Path) -> (Paths, Vec<MessageId>) {
    let paths = Paths::under(dir);
    paths.create().unwrap();
    let cache = Cache::open(&paths.cache, Access::Owner).unwrap();
    let mut writer = cache.writer().unwrap();
    let account = writer.account("work").unwrap();
    let folder = |raw: &str, role| ServerFolder {
        raw: raw.to_owned(),
        name: raw.to_owned(),
        delimiter: Some('/'),
        role: Some(role),
        selectable: true,
        subscribed: true,
        namespace: Namespace::Personal,
    };
    writer.put_folders(account, &[folder("INBOX", Role::Inbox), folder("Old", Role::Archive)]).unwrap();
    let inbox = writer.reader().folder_by_role(account, Role::Inbox).unwrap().unwrap();
    let state = SyncState { uid_validity: Some(UidValidity(7)), ..SyncState::default() };
    writer.put_sync_state(inbox, &state).unwrap();
    let message = |uid: u32| NewMessage {
        uid: Uid(uid),
        flags: Flags::default(),
        received: UnixTime(1_700_000_000 + i64::from(uid)),
        size: 100,
        envelope: Envelope { message_id: format!("m{uid}@x"), ..Envelope::default() },
        modseq: None,
    };
    let ids = writer.put_messages(inbox, &[message(1), message(2)]).unwrap().ids;
    (paths, ids)
}

fn seen() -> Action {
    Action::Flag(FlagChange { add: vec![Flag::System(SEEN)], remove: Vec::new() })
}

/// Invariant 3: a queued change is in the journal, shows in the list, and is there for whoever opens the files next.
#[test]
fn a_change_is_in_the_journal_and_shows() {
    let dir = tempfile::tempdir().unwrap();
    let (paths, ids) = filled(dir.path());
    let mut offline = Offline::open(&paths).unwrap();
    let outcome = offline.apply(Action::Archive, ids.clone()).unwrap();
    assert_eq!((outcome.state, outcome.summary.as_str()), (State::Queued, "Archived 2 messages"));
    offline.apply(seen(), vec![ids[0]]).unwrap();
    drop(offline);

    let offline = Offline::open(&paths).unwrap();
    assert_eq!(offline.files.journal.pending("work", 10).unwrap().len(), 3);
    let row = offline.files.cache.reader().row(ids[0]).unwrap().unwrap();
    let folder = offline.files.cache.reader().folder(row.folder).unwrap().unwrap();
    assert_eq!((folder.raw.as_str(), row.flags.seen(), row.pending), ("Old", true, true), "both changes show");
    let row = offline.files.cache.reader().row(ids[1]).unwrap().unwrap();
    assert!(!row.flags.seen() && row.pending);
}

/// Undo of what was not sent drops it, and leaves what else waits for the message.
#[test]
fn undo_drops_what_was_not_sent() {
    let dir = tempfile::tempdir().unwrap();
    let (paths, ids) = filled(dir.path());
    let mut offline = Offline::open(&paths).unwrap();
    let archived = offline.apply(Action::Archive, ids.clone()).unwrap();
    offline.apply(seen(), vec![ids[0]]).unwrap();
    let outcome = offline.undo(archived.op).unwrap();
    assert_eq!((outcome.state, outcome.summary.as_str()), (State::Done, "Undone: Archived 2 messages"));
    assert_eq!(offline.files.journal.pending("work", 10).unwrap().len(), 1);
    let row = offline.files.cache.reader().row(ids[0]).unwrap().unwrap();
    let folder = offline.files.cache.reader().folder(row.folder).unwrap().unwrap();
    assert_eq!((folder.raw.as_str(), row.flags.seen(), row.pending), ("INBOX", true, true));
    assert!(!offline.files.cache.reader().row(ids[1]).unwrap().unwrap().pending);
    let again = offline.undo(archived.op).unwrap_err();
    assert_eq!(again.to_string(), "this was taken back already");
}

/// Undo of what the server has done queues the opposite, from where the message is now.
#[test]
fn undo_turns_round_what_was_done() {
    let dir = tempfile::tempdir().unwrap();
    let (paths, ids) = filled(dir.path());
    let mut offline = Offline::open(&paths).unwrap();
    let archived = offline.apply(Action::Archive, vec![ids[0]]).unwrap();
    let step = offline.files.journal.pending("work", 10).unwrap().remove(0);
    let old = step.place.clone().unwrap();
    let now = ServerPlace { folder: "Old".to_owned(), uid: Some(Uid(9)), ..old };
    offline.files.journal.mark_done(&[(step.id, Some(now.clone()))]).unwrap();
    let outcome = offline.undo(archived.op).unwrap();
    assert_eq!(outcome.state, State::Queued);
    let back = offline.files.journal.pending("work", 10).unwrap().remove(0);
    assert_eq!((back.verb, back.place), (Verb::Move { to: "INBOX".to_owned() }, Some(now)));
}

/// What is so already is not queued.
#[test]
fn nothing_to_do_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let (paths, ids) = filled(dir.path());
    let mut offline = Offline::open(&paths).unwrap();
    let clear = Action::Flag(FlagChange { add: Vec::new(), remove: vec![Flag::System(FLAGGED)] });
    assert_eq!(offline.apply(clear, ids.clone()).unwrap_err().to_string(), "there is nothing to do");
    assert!(offline.files.journal.pending("work", 10).unwrap().is_empty());
}

/// A screen that runs holds the files: the command says which process does.
#[test]
fn a_running_screen_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let (paths, _) = filled(dir.path());
    let _screen = Offline::open(&paths).unwrap();
    let Err(error) = Offline::open(&paths) else { panic!() };
    let text = format!(
        "posthaste is open (process {}): do it there, or try again when it has ended; nothing was changed",
        std::process::id()
    );
    assert_eq!((error.code(), error.to_string()), (crate::cli::exit::Code::Unreachable, text));
}
