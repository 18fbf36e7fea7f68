//! Tests of the cache: what they share. Each file tests one promise.

use tempfile::TempDir;

use super::{Access, Cache, Overlay, Writer};
use crate::mail::flags::{Flag, FlagChange, Flags};
use crate::mail::folder::{Namespace, Role, ServerFolder};
use crate::mail::message::{Address, Envelope, NewMessage};
use crate::mail::{AccountId, FolderId, MessageId, Uid, UidValidity, UnixTime};

mod arranged;
mod bodies;
mod counters;
mod coverage;
mod files;
mod folders;
mod leaving;
mod messages;
mod overlay;
pub(super) mod plans;
mod search;
mod strays;
mod suggest;
mod sweep;
mod window;

/// A cache with one account and its folders INBOX, Archive, Trash, Sent and Projects.
struct Fixture {
    dir: TempDir,
    cache: Cache,
    writer: Writer,
    account: AccountId,
    _plans: plans::Watched,
}

impl Fixture {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(dir.path(), Access::Owner).unwrap();
        let mut writer = cache.writer().unwrap();
        let account = writer.account("work").unwrap();
        assert!(writer.put_folders(account, &server_folders()).unwrap());
        let fixture = Self { dir, cache, writer, account, _plans: plans::Watched };
        fixture.with_state()
    }

    /// Gives each folder a UIDVALIDITY and marks it as synced completely.
    fn with_state(mut self) -> Self {
        for folder in server_folders() {
            let id = self.folder(&folder.raw);
            let state = super::SyncState {
                uid_validity: Some(UidValidity(7)),
                complete: true,
                gaps: Vec::new(),
                ..super::SyncState::default()
            };
            self.writer.put_sync_state(id, &state).unwrap();
        }
        self
    }

    fn folder(&self, raw: &str) -> FolderId {
        self.writer.folder_by_raw(self.account, raw).unwrap().unwrap()
    }

    /// Stores a message and tells its local number.
    fn put(&mut self, raw: &str, message: NewMessage) -> MessageId {
        let folder = self.folder(raw);
        self.writer.put_messages(folder, &[message]).unwrap().ids[0]
    }

    /// (messages, unread) as the pane shows them.
    fn counts(&self, raw: &str) -> (u64, u64) {
        let row = self.writer.folder(self.folder(raw)).unwrap().unwrap().row;
        (row.messages, row.unread)
    }

    fn number(&self, sql: &str) -> i64 {
        self.writer.reader.connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

fn server_folder(raw: &str, role: Option<Role>) -> ServerFolder {
    ServerFolder {
        raw: raw.to_owned(),
        name: raw.to_owned(),
        delimiter: Some('/'),
        role,
        selectable: true,
        subscribed: true,
        namespace: Namespace::Personal,
    }
}

fn server_folders() -> Vec<ServerFolder> {
    vec![
        server_folder("INBOX", Some(Role::Inbox)),
        server_folder("Archive", Some(Role::Archive)),
        server_folder("Trash", Some(Role::Trash)),
        server_folder("Sent", Some(Role::Sent)),
        server_folder("Projects", None),
    ]
}

/// A message received `uid` minutes into the epoch, unread, with a Message-ID of its own.
fn message(uid: u32) -> NewMessage {
    NewMessage {
        uid: Uid(uid),
        flags: Flags::default(),
        received: UnixTime(i64::from(uid) * 60),
        size: 1000 + u64::from(uid),
        envelope: Envelope {
            message_id: format!("m{uid}@example.org"),
            subject: format!("Subject {uid}"),
            from: vec![Address { name: "Dana".to_owned(), address: "dana@example.org".to_owned() }],
            to: vec![Address { name: "Ada".to_owned(), address: "ada@example.org".to_owned() }],
            ..Envelope::default()
        },
        modseq: None,
    }
}

fn with_flags(words: &[&str]) -> Flags {
    Flags::parse(words.iter().copied())
}

fn change(add: &[&str], remove: &[&str]) -> FlagChange {
    let list = |words: &[&str]| words.iter().filter_map(|word| Flag::parse(word)).collect();
    FlagChange { add: list(add), remove: list(remove) }
}

fn moved(message: MessageId, folder: FolderId) -> Overlay {
    Overlay { folder: Some(folder), pending: true, ..Overlay::none(message) }
}
