//! Tests of the journal: what they share. Each file tests one promise.

use tempfile::TempDir;

use super::{Access, Drafting, Journal, NewOp, NewStep, Outgoing, SentMark, Undrafting, Verb};
use crate::letter::{DraftCopy, LetterId, Relation};
use crate::mail::flags::{Flag, FlagChange, Flags};
use crate::mail::message::ServerPlace;
use crate::mail::{MessageId, Uid, UidValidity, UnixTime};
use crate::protocol::{OpId, Origin};

mod account;
mod drafts;
mod files;
mod kill;
mod letters;
mod model;
mod queue;
mod upgrade;

fn open() -> (TempDir, Journal) {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path(), Access::Owner).unwrap();
    (dir, journal)
}

fn place(folder: &str, uid: Option<u32>) -> ServerPlace {
    ServerPlace {
        account: "work".to_owned(),
        folder: folder.to_owned(),
        uid_validity: UidValidity(7),
        uid: uid.map(Uid),
        message_id: "m@example.org".to_owned(),
        size: 1000,
    }
}

fn step(verb: Verb, uid: u32) -> NewStep {
    NewStep {
        account: "work".to_owned(),
        verb,
        local: Some(MessageId(i64::from(uid))),
        generation: 5,
        place: Some(place("INBOX", Some(uid))),
        prior: Flags::parse(["\\Flagged", "$Work"]),
    }
}

fn archive() -> Verb {
    Verb::Move { to: "Archive".to_owned() }
}

fn op(number: i64, uids: &[u32]) -> NewOp {
    NewOp {
        op: OpId(number),
        created: UnixTime(number * 100),
        summary: format!("Archive {} messages", uids.len()),
        undo_of: None,
        redo_of: None,
        undoable: true,
        origin: Origin::User,
        steps: uids.iter().map(|uid| step(archive(), *uid)).collect(),
    }
}

fn mail(number: i64) -> Outgoing {
    Outgoing {
        letter: LetterId(number),
        message_id: format!("m{number}@x"),
        from: "dana@example.org".to_owned(),
        to: vec!["ada@example.org".to_owned()],
        file: format!("outbox/{number}.eml"),
        skip: 0,
        at: 100,
        unreached: false,
        resent: false,
        kin: vec![(7, Relation::Forward)],
    }
}

fn draft(letter: i64, revision: u64) -> Drafting {
    Drafting {
        letter: LetterId(letter),
        to: "Drafts".to_owned(),
        message_id: format!("m{letter}@x"),
        stem: "00ff.".to_owned(),
        revision,
        file: format!("outbox/draft-{letter}-{revision}.eml"),
        holds: u64::MAX - revision,
        clear: true,
        at: 100,
    }
}

fn undraft(letter: i64) -> Verb {
    let copy = DraftCopy { folder: "Drafts".to_owned(), validity: 7, uid: 4 };
    Verb::Undraft(Box::new(Undrafting {
        letter: LetterId(letter),
        from: "Drafts".to_owned(),
        message_id: format!("m{letter}@x"),
        stem: "00ff.".to_owned(),
        copies: vec![copy],
    }))
}

fn every_verb() -> Vec<Verb> {
    let change = FlagChange {
        add: vec![Flag::parse("\\Seen").unwrap(), Flag::parse("$Junk").unwrap()],
        remove: vec![Flag::parse("\\Flagged").unwrap()],
    };
    let text = |text: &str| text.to_owned();
    vec![
        Verb::Flag(change),
        archive(),
        Verb::Copy { to: text("&AOk-\"\\ x") },
        Verb::Append { to: text("Drafts"), message_id: text("a@x"), mail: text("From: a\r\n\r\nä\0") },
        Verb::Send(Box::new(mail(3))),
        Verb::Keep {
            to: text("Sent"),
            message_id: text("a@x"),
            file: text("outbox/3.eml"),
            letter: LetterId(3),
            resent: true,
        },
        Verb::Draft(Box::new(draft(3, 1))),
        undraft(3),
        Verb::Delete,
        Verb::CreateFolder { raw: text("new\0\n") },
        Verb::RenameFolder { from: text("a"), to: text("b") },
        Verb::DeleteFolder { raw: text("") },
    ]
}

fn mark() -> SentMark {
    SentMark { to_uid_next: Some(Uid(40)), to_uid_validity: Some(UidValidity(9)), phase: 1 }
}
