//! Counters never drift: after any sequence of operations they are what counting gives.

use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::test_runner::Config;

use super::{Fixture, message, server_folder, server_folders, with_flags};
use crate::mail::flags::{Flag, FlagChange, Flags};
use crate::mail::{FolderId, MessageId, Uid, UidValidity};
use crate::store::Overlay;

const FOLDERS: [&str; 5] = ["INBOX", "Archive", "Trash", "Sent", "Projects"];

#[derive(Debug, Clone)]
enum Operation {
    Put { folder: usize, uid: u32, flags: u8, reply_to: u32 },
    Placeholder { folder: usize, uid: u32 },
    Flags { folder: usize, uid: u32, flags: u8 },
    Remove { folder: usize, uid: u32 },
    Bind { message: i64, folder: usize, uid: Option<u32> },
    Overlay { message: i64, folder: Option<usize>, gone: bool, add: u8, remove: u8 },
    ClearOverlays,
    Reset { folder: usize },
    DropProjects,
    Body { message: i64, size: usize },
    Evict { max: u64 },
}

fn operation() -> impl Strategy<Value = Operation> {
    let (folder, uid, flags) = (0..FOLDERS.len(), 1_u32..12, 0_u8..8);
    prop_oneof![
        6 => (folder.clone(), uid.clone(), flags.clone(), uid.clone())
            .prop_map(|(folder, uid, flags, reply_to)| Operation::Put { folder, uid, flags, reply_to }),
        1 => (folder.clone(), uid.clone()).prop_map(|(folder, uid)| Operation::Placeholder { folder, uid }),
        3 => (folder.clone(), uid.clone(), flags.clone())
            .prop_map(|(folder, uid, flags)| Operation::Flags { folder, uid, flags }),
        1 => (folder.clone(), uid.clone()).prop_map(|(folder, uid)| Operation::Remove { folder, uid }),
        3 => (1_i64..20, folder.clone(), proptest::option::of(uid))
            .prop_map(|(message, folder, uid)| Operation::Bind { message, folder, uid }),
        4 => (1_i64..20, proptest::option::of(folder.clone()), any::<bool>(), flags.clone(), flags)
            .prop_map(|(message, folder, gone, add, remove)| Operation::Overlay { message, folder, gone, add, remove }),
        1 => Just(Operation::ClearOverlays),
        1 => folder.prop_map(|folder| Operation::Reset { folder }),
        1 => Just(Operation::DropProjects),
        2 => (1_i64..20, 0_usize..50).prop_map(|(message, size)| Operation::Body { message, size }),
        1 => (0_u64..100).prop_map(|max| Operation::Evict { max }),
    ]
}

fn system(bits: u8) -> Flags {
    Flags { system: bits, ..Flags::default() }
}

fn list(bits: u8) -> Vec<Flag> {
    system(bits).iter().collect()
}

fn apply(fixture: &mut Fixture, operation: &Operation) {
    let account = fixture.account;
    let folder = |fixture: &Fixture, at: usize| -> Option<FolderId> {
        fixture.writer.folder_by_raw(account, FOLDERS[at]).unwrap()
    };
    match operation.clone() {
        Operation::Put { folder: at, uid, flags, reply_to } => {
            let Some(folder) = folder(fixture, at) else { return };
            let mut put = message(uid);
            put.flags = system(flags);
            put.envelope.references = vec![format!("m{reply_to}@example.org")];
            fixture.writer.put_messages(folder, &[put]).unwrap();
        }
        Operation::Placeholder { folder: at, uid } => {
            let Some(folder) = folder(fixture, at) else { return };
            fixture.writer.put_placeholders(folder, &[Uid(uid)]).unwrap();
        }
        Operation::Flags { folder: at, uid, flags } => {
            let Some(folder) = folder(fixture, at) else { return };
            fixture.writer.put_flags(folder, &[(Uid(uid), system(flags), None)]).unwrap();
        }
        Operation::Remove { folder: at, uid } => {
            let Some(folder) = folder(fixture, at) else { return };
            fixture.writer.remove_uids(folder, &[Uid(uid)]).unwrap();
        }
        Operation::Bind { message, folder: at, uid } => {
            let Some(folder) = folder(fixture, at) else { return };
            fixture.writer.bind_moved(&[(MessageId(message), folder, uid.map(Uid))]).unwrap();
        }
        Operation::Overlay { message, folder: at, gone, add, remove } => {
            let overlay = Overlay {
                message: MessageId(message),
                folder: at.and_then(|at| folder(fixture, at)),
                gone,
                flags: FlagChange { add: list(add), remove: list(remove) },
                pending: add > remove,
            };
            fixture.writer.set_overlay(&[overlay]).unwrap();
        }
        Operation::ClearOverlays => fixture.writer.clear_overlays().unwrap(),
        Operation::Reset { folder: at } => {
            let Some(folder) = folder(fixture, at) else { return };
            fixture.writer.reset_folder(folder, UidValidity(8)).unwrap();
        }
        Operation::DropProjects => {
            let without: Vec<_> = server_folders().into_iter().filter(|folder| folder.raw != "Projects").collect();
            fixture.writer.put_folders(account, &without).unwrap();
            fixture.writer.put_folders(account, &server_folders()).unwrap();
        }
        Operation::Body { message, size } => {
            fixture.writer.put_body(MessageId(message), &vec![0; size], true, None, None).unwrap();
        }
        Operation::Evict { max } => {
            fixture.writer.evict(account, max).unwrap();
            assert!(fixture.writer.body_bytes(account).unwrap() <= max);
        }
    }
}

/// Each of these statements finds what is wrong; none may find anything.
const CONTRADICTIONS: &[&str] = &[
    "SELECT COUNT(*) FROM folders WHERE base_messages <> (SELECT COUNT(*) FROM messages WHERE folder = folders.id)",
    "SELECT COUNT(*) FROM folders WHERE base_unread <>
         (SELECT COUNT(*) FROM messages WHERE folder = folders.id AND flags & 1 = 0)",
    "SELECT COUNT(*) FROM folders WHERE shown_messages <>
         (SELECT COUNT(*) FROM messages WHERE shown_folder = folders.id)",
    "SELECT COUNT(*) FROM folders WHERE shown_unread <>
         (SELECT COUNT(*) FROM messages WHERE shown_folder = folders.id AND shown_flags & 1 = 0)",
    "SELECT COUNT(*) FROM folders WHERE starred <>
         (SELECT COUNT(*) FROM messages WHERE shown_folder = folders.id AND shown_flags & 4 <> 0)",
    "SELECT COUNT(*) FROM folders WHERE starred_unread <>
         (SELECT COUNT(*) FROM messages WHERE shown_folder = folders.id AND shown_flags & 5 = 4)",
    "SELECT COUNT(*) FROM messages WHERE folder NOT IN (SELECT id FROM folders)",
    "SELECT COUNT(*) FROM messages WHERE shown_folder NOT IN (SELECT id FROM folders)",
    "SELECT COUNT(*) FROM messages WHERE overlaid <> (id IN (SELECT message FROM overlays))",
    "SELECT COUNT(*) FROM overlays WHERE message NOT IN (SELECT id FROM messages)",
    "SELECT COUNT(*) FROM messages WHERE NOT overlaid AND (shown_folder IS NOT folder OR shown_flags <> flags)",
    "SELECT COUNT(*) FROM messages WHERE overlaid AND shown_flags <> (SELECT (flags | add_flags) & ~remove_flags
         FROM overlays WHERE message = messages.id)",
    "SELECT COUNT(*) FROM messages WHERE overlaid AND shown_folder IS NOT
         (SELECT CASE WHEN gone THEN NULL ELSE COALESCE(overlays.folder, messages.folder) END
          FROM overlays WHERE message = messages.id)",
    "SELECT COUNT(*) FROM bodies WHERE message NOT IN (SELECT id FROM messages)",
    "SELECT COUNT(*) FROM messages WHERE (body <> 0) <> (id IN (SELECT message FROM bodies))",
    "SELECT COUNT(*) FROM accounts WHERE body_bytes <>
         (SELECT COALESCE(SUM(size), 0) FROM bodies WHERE account = accounts.id)",
    "SELECT COUNT(*) FROM threads WHERE members <>
         (SELECT COUNT(DISTINCT message_id) FROM messages WHERE thread = threads.id AND message_id <> '')
         + (SELECT COUNT(*) FROM messages WHERE thread = threads.id AND message_id = '')",
    "SELECT COUNT(*) FROM messages WHERE thread NOT IN (SELECT id FROM threads WHERE merged_into IS NULL)",
];

proptest! {
    #![proptest_config(Config { cases: 60, failure_persistence: None, ..Config::default() })]

    /// Whatever is done to the cache, counters, overlays, threads and body sizes stay what the rows say (P11: they are
    /// shown instead of being counted).
    #[test]
    fn counters_are_what_counting_gives(operations in proptest::collection::vec(operation(), 1..60)) {
        let mut fixture = Fixture::new();
        for operation in operations {
            apply(&mut fixture, &operation);
            for sql in CONTRADICTIONS {
                assert_eq!(fixture.number(sql), 0, "after {operation:?}: {sql}");
            }
        }
    }
}

/// Until a folder is synced the server's counts show, moved by what is queued; afterwards our own do.
#[test]
fn counts_before_and_after_the_first_sync() {
    let mut fixture = Fixture::new();
    let account = fixture.account;
    let mut folders = server_folders();
    folders.push(server_folder("Old", None));
    fixture.writer.put_folders(account, &folders).unwrap();
    let (old, archive) = (fixture.folder("Old"), fixture.folder("Archive"));
    assert!(fixture.writer.put_counts(old, 500, 20).unwrap());
    assert!(!fixture.writer.put_counts(old, 500, 20).unwrap());
    assert!(!fixture.writer.put_counts(archive, 9, 9).unwrap());
    let id = fixture.put("Old", message(1));
    assert_eq!((fixture.counts("Old"), fixture.counts("Archive")), ((500, 20), (0, 0)));
    fixture.writer.set_overlay(&[super::moved(id, archive)]).unwrap();
    assert_eq!((fixture.counts("Old"), fixture.counts("Archive")), ((499, 19), (1, 1)));
    fixture.writer.set_overlay(&[Overlay::none(id)]).unwrap();
    // The server confirms a change: the counts follow at once, though no STATUS came.
    fixture.writer.put_flags(old, &[(Uid(1), with_flags(&["\\Seen"]), None)]).unwrap();
    assert_eq!(fixture.counts("Old"), (500, 19));
    fixture.writer.remove_uids(old, &[Uid(1)]).unwrap();
    assert_eq!(fixture.counts("Old"), (499, 19));
    let mut state = fixture.writer.sync_state(old).unwrap();
    state.complete = true;
    fixture.writer.put_sync_state(old, &state).unwrap();
    assert_eq!(fixture.counts("Old"), (0, 0));
    assert!(fixture.writer.is_complete(old).unwrap());
}
