//! Lists of conversations.

use std::sync::Arc;

use posthaste::app::model::{Body, Model};
use posthaste::app::reading::{Conversation, Section};
use posthaste::mail::flags::SEEN;
use posthaste::mail::list::{Arrangement, Order};
use posthaste::mail::message::{Bundle, MessageRow};
use posthaste::mail::{FolderId, MessageId, ThreadId};

use super::sample::{at, inbox, reading, row, safe};

/// A conversation of six messages: two branches, one message of the user's own from Sent, an unread one.
fn lunch() -> Vec<MessageRow> {
    let said = |id: i64, parent: Option<i64>, from: &str, words: &str, hour: i64, seen: bool| {
        let mut row = row(id, from, "Re: Lunch on Thursday?", words, at(0, hour, 10));
        row.flags.system = if seen { SEEN } else { 0 };
        row.parent = parent.map(MessageId);
        row.thread = 6;
        row
    };
    let mut own = said(42, Some(41), "Lena Ortiz", "Thursday is fine for me, where?", 8, true);
    own.folder = FolderId(3);
    own.address = safe("dana@work.example");
    vec![
        said(41, None, "Lena Ortiz", "Lunch on Thursday? I know a place", 7, true),
        own,
        said(43, Some(42), "Tom Becker", "Can I come too?", 9, true),
        said(44, Some(43), "Lena Ortiz", "Of course, the more the merrier", 10, true),
        said(45, Some(42), "Noor Haddad", "I bring the cake", 11, true),
        said(18, Some(42), "Lena Ortiz", "Thursday works, the ramen place?", 12, false),
    ]
}

/// The inbox as conversations, the third of them unfolded, the cursor on a message below it.
pub fn threads(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    let all = lunch();
    let bundle = Bundle {
        thread: ThreadId(7),
        people: safe("Lena Ortiz, Tom Becker, Noor Haddad, you"),
        unread: 1,
        starred: false,
        attachments: false,
        others: all.iter().filter(|row| row.id != MessageId(18)).cloned().collect(),
    };
    let head = model.list.rows.iter_mut().find(|row| row.id == MessageId(18)).unwrap();
    (head.bundle, head.thread) = (Some(Arc::new(bundle)), 6);
    let key = head.key();
    let tree = posthaste::app::tree::tree(&all).into_iter().map(|branch| branch.row.clone()).collect();
    model.list.unfolded.insert(ThreadId(7), tree);
    (model.list.cursor, model.list.child) = (Some(key), Some((MessageId(18), MessageId(43))));
    model
}

/// The inbox by size, as single messages: no days, and the title says so.
pub fn sorted(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    model.list.arrangement = Arrangement { conversations: false, order: Order::Size };
    model
}

/// A conversation that is read; on very wide screens its tree stands beside it.
pub fn thread(width: u16, height: u16) -> Model {
    let mut model = reading(width, height);
    let all = lunch();
    let focus = all.len() - 1;
    model.reader.message = all.last().cloned();
    let section = |row: MessageRow| Section { open: !row.flags.seen(), row, late: false, body: Body::None };
    let sections = all.into_iter().map(section).collect();
    model.reader.conversation = Some(Conversation { sections, focus, seek: false });
    model
}
