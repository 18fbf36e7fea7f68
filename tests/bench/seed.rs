//! A cache made without a server: for more messages than a server gives in a reasonable time.
#![cfg(test)]

use std::time::{Duration, Instant};

use posthaste::mail::flags::Flags;
use posthaste::mail::folder::{Namespace, Role, ServerFolder};
use posthaste::mail::message::{Address, Envelope, NewMessage};
use posthaste::mail::{Uid, UidValidity, UnixTime};
use posthaste::store::{Access, Cache, SyncState};

use crate::mailbox;
use crate::program::{ACCOUNT, Home};

/// How many headers sync stores at once.
const CHUNK: usize = posthaste::sync::plan::folder::CHUNK as usize;

/// Puts so many messages into INBOX, the newest first, as sync does. Told is what the last tenth cost, for each message.
pub fn seed(home: &Home, messages: u64) -> Duration {
    std::fs::create_dir_all(home.cache()).unwrap();
    let cache = Cache::open(&home.cache(), Access::Owner).unwrap();
    let mut writer = cache.writer().unwrap();
    let account = writer.account(ACCOUNT).unwrap();
    let inbox = ServerFolder {
        raw: "INBOX".to_owned(),
        name: "INBOX".to_owned(),
        delimiter: Some('/'),
        role: Some(Role::Inbox),
        selectable: true,
        subscribed: true,
        namespace: Namespace::Personal,
    };
    writer.put_folders(account, &[inbox]).unwrap();
    let folder = writer.reader().folder_by_raw(account, "INBOX").unwrap().unwrap();
    let all: Vec<u64> = (0..messages).collect();
    let mut last = Duration::ZERO;
    for chunk in all.rchunks(CHUNK) {
        let chunk: Vec<NewMessage> = chunk.iter().map(|number| header(*number)).collect();
        let (began, oldest) = (Instant::now(), chunk.first().map_or(0, |message| u64::from(message.uid.0)));
        writer.put_messages(folder, &chunk).unwrap();
        if oldest < messages / 10 {
            last += began.elapsed();
        }
    }
    let count = u32::try_from(messages).unwrap();
    let state = SyncState {
        uid_validity: Some(UidValidity(1)),
        uid_next: Some(Uid(count + 1)),
        highest_modseq: None,
        exists: Some(count),
        gaps: Vec::new(),
        complete: true,
        arrivals: None,
    };
    writer.put_sync_state(folder, &state).unwrap();
    last / u32::try_from(messages / 10).unwrap_or(1)
}

/// Fills the index of words, as the engine does in the background.
pub fn index(home: &Home) {
    let mut writer = Cache::open(&home.cache(), Access::Owner).unwrap().writer().unwrap();
    while writer.index_headers(1_000).unwrap().more {}
}

fn header(number: u64) -> NewMessage {
    let bare = |id: String| id.trim_matches(['<', '>']).to_owned();
    let envelope = Envelope {
        message_id: bare(mailbox::message_id(number)),
        references: mailbox::ancestors(number).into_iter().map(|one| bare(mailbox::message_id(one))).collect(),
        subject: mailbox::subject(number),
        from: vec![Address {
            name: format!("Person {}", number % 2_000),
            address: format!("p{}@example.org", number % 2_000),
        }],
        to: vec![Address { name: "Alice Example".to_owned(), address: "alice@example.org".to_owned() }],
        ..Envelope::default()
    };
    let received = i64::try_from(mailbox::received(number)).unwrap();
    NewMessage {
        uid: Uid(u32::try_from(number).unwrap() + 1),
        flags: Flags::default(),
        received: UnixTime(received),
        size: 4_000,
        envelope,
        modseq: None,
    }
}
