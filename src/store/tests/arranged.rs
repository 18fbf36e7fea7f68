//! Lists of conversations and lists in other orders are what a plain look at every message says.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::{ProptestConfig, Strategy, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::{Fixture, message, moved, with_flags};
use crate::mail::flags::{FLAGGED, SEEN};
use crate::mail::list::{Anchor, Arrangement, Order, Source, Window};
use crate::mail::message::{Address, NewMessage, RowKey};
use crate::mail::subject::Subject;
use crate::mail::{MessageId, Uid, UnixTime};
use crate::store::arranged::{Reach, next_head};

const FOLDERS: [&str; 3] = ["INBOX", "Sent", "Projects"];
const CONVERSATIONS: Arrangement = Arrangement { conversations: true, order: Order::Newest };

/// A message of conversation `about`, received at this second.
fn of_conversation(uid: u32, about: u32, received: i64, flags: u8) -> NewMessage {
    let mut one = message(uid);
    one.received = UnixTime(received);
    one.flags.system = flags;
    one.size = u64::from((uid * 7919) % 50);
    one.envelope.subject = format!("{}about {}", if uid.is_multiple_of(2) { "Re: " } else { "" }, (uid * 31) % 6);
    one.envelope.from = vec![Address { name: format!("P{}", (uid * 13) % 5), address: format!("p{uid}@x.example") }];
    if uid.is_multiple_of(3) {
        one.envelope.message_id = format!("same{}@x.example", about % 3);
    }
    one.envelope.references = vec![format!("root{about}@x.example")];
    one
}

/// A message as the test sees it, newest first.
#[derive(Debug, Clone)]
struct Plain {
    key: RowKey,
    thread: i64,
    message_id: String,
    size: i64,
    flags: u8,
    name: String,
    subject: String,
}

/// Every message that is shown in a folder.
fn plain(fixture: &Fixture, folder: &str) -> Vec<Plain> {
    let connection = &fixture.writer.reader.connection;
    let sql = "SELECT received, id, thread, size, shown_flags, senders, subject, message_id FROM messages INDEXED BY messages_shown
        WHERE shown_folder = ?1";
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([fixture.folder(folder).0], |row| {
        let senders: String = row.get(5)?;
        let subject: String = row.get(6)?;
        Ok(Plain {
            key: RowKey { place: row.get(0)?, id: MessageId(row.get(1)?) },
            thread: row.get(2)?,
            message_id: row.get(7)?,
            size: row.get(3)?,
            flags: row.get(4)?,
            name: super::super::columns::read_addresses(&senders)[0].name.to_lowercase(),
            subject: Subject::of(&subject).folded(),
        })
    });
    let mut rows: Vec<Plain> = rows.unwrap().map(Result::unwrap).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.key));
    rows
}

/// What each row is to be: the message that it shows, and all that it stands for.
fn expected(all: &[Plain], arrangement: Arrangement) -> Vec<(MessageId, BTreeSet<MessageId>)> {
    let mut groups: Vec<Vec<&Plain>> = Vec::new();
    for one in all {
        let same = |group: &&mut Vec<&Plain>| arrangement.conversations && group[0].thread == one.thread;
        // What shares its Message-ID with all that is newer cannot be told from it by name: it stands for itself.
        let newer = all.iter().take_while(|other| other.key != one.key).filter(|other| other.thread == one.thread);
        if newer.clone().count() > 0 && newer.clone().all(|other| other.message_id == one.message_id) {
            groups.push(vec![one]);
            continue;
        }
        match groups.iter_mut().find(same) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    let any = |group: &[&Plain], wanted: fn(&Plain) -> bool| group.iter().any(|one| wanted(one));
    match arrangement.order {
        Order::Newest | Order::Return => {}
        Order::Oldest => groups.sort_by_key(|group| (group[0].key.place, std::cmp::Reverse(group[0].key.id))),
        Order::Sender => groups.sort_by_key(|group| group[0].name.clone()),
        Order::Subject => groups.sort_by_key(|group| group[0].subject.clone()),
        Order::Size => groups.sort_by_key(|group| std::cmp::Reverse((group[0].size, group[0].key.id))),
        Order::Unread => groups.sort_by_key(|group| !any(group, |one| one.flags & SEEN == 0)),
        Order::Starred => groups.sort_by_key(|group| !any(group, |one| one.flags & FLAGGED != 0)),
    }
    groups.iter().map(|group| (group[0].key.id, group.iter().map(|one| one.key.id).collect())).collect()
}

fn shown(window: &Window) -> Vec<(MessageId, BTreeSet<MessageId>)> {
    window.rows.iter().map(|row| (row.id, row.all().map(|one| one.id).collect())).collect()
}

/// What happens to the cache.
#[derive(Debug, Clone)]
enum Deed {
    Come { folder: usize, about: u32, received: i64, flags: u8 },
    Move { which: usize, to: usize },
    Flag { which: usize, flags: u8 },
    Expunge { which: usize },
}

fn deed() -> impl Strategy<Value = Deed> {
    let flags = prop_oneof![
        proptest::prelude::Just(0_u8),
        proptest::prelude::Just(SEEN),
        proptest::prelude::Just(SEEN | FLAGGED)
    ];
    prop_oneof![
        6 => (0..FOLDERS.len(), 0_u32..8, 0_i64..30, flags.clone())
            .prop_map(|(folder, about, received, flags)| Deed::Come { folder, about, received, flags }),
        2 => (0_usize..60, 0..FOLDERS.len()).prop_map(|(which, to)| Deed::Move { which, to }),
        2 => (0_usize..60, flags).prop_map(|(which, flags)| Deed::Flag { which, flags }),
        1 => (0_usize..60).prop_map(|which| Deed::Expunge { which }),
    ]
}

/// Does it; `known` says where each message is.
fn perform(fixture: &mut Fixture, known: &mut Vec<(MessageId, &'static str, Uid)>, deed: &Deed) {
    match *deed {
        Deed::Come { folder, about, received, flags } => {
            let uid = known.iter().map(|(_, _, uid)| uid.0).max().unwrap_or(0) + 1;
            let id = fixture.put(FOLDERS[folder], of_conversation(uid, about, received, flags));
            known.push((id, FOLDERS[folder], Uid(uid)));
        }
        Deed::Move { which, to } if !known.is_empty() => {
            let (id, ..) = known[which % known.len()];
            let target = fixture.folder(FOLDERS[to]);
            fixture.writer.set_overlay(&[moved(id, target)]).unwrap();
        }
        Deed::Flag { which, flags } if !known.is_empty() => {
            let (_, folder, uid) = known[which % known.len()];
            let mut all = with_flags(&[]);
            all.system = flags;
            let folder = fixture.folder(folder);
            fixture.writer.put_flags(folder, &[(uid, all, None)]).unwrap();
        }
        Deed::Expunge { which } if !known.is_empty() => {
            // The last one stays known, so that no UID comes twice.
            let last = known.len() - 1;
            let at = which % known.len();
            let (_, folder, uid) = if at == last { return } else { known.remove(at) };
            let folder = fixture.folder(folder);
            fixture.writer.remove_uids(folder, &[uid]).unwrap();
        }
        Deed::Move { .. } | Deed::Flag { .. } | Deed::Expunge { .. } => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// P11: whatever came, moved, was marked or went: each list shows what a plain look at every message says, in windows
    /// of any size from any place, and the next unread row is the next one with an unread message.
    #[test]
    fn lists_are_what_they_should_be(
        deeds in prop::collection::vec(deed(), 1..60),
        conversations in proptest::prelude::any::<bool>(),
        order in prop::sample::select(Order::ALL.to_vec()),
        reach in 1_u32..6,
        at in 0_usize..40,
    ) {
        let mut fixture = Fixture::new();
        let mut known = Vec::new();
        for deed in &deeds {
            perform(&mut fixture, &mut known, deed);
        }
        let arrangement = Arrangement { conversations, order };
        for folder in FOLDERS {
            let source = Source::Folder(fixture.folder(folder));
            let all = plain(&fixture, folder);
            let wanted = expected(&all, arrangement);
            let whole = fixture.writer.arranged(source, arrangement, Anchor::Newest, 1000).unwrap();
            prop_assert_eq!(shown(&whole), wanted.clone(), "{} {:?}", folder, arrangement);
            prop_assert!(whole.rows.is_sorted_by(|a, b| a.key() > b.key()));
            prop_assert_eq!((whole.first, whole.total, whole.messages), (0, wanted.len() as u64, all.len() as u64));
            let last = fixture.writer.arranged(source, arrangement, Anchor::Oldest, reach).unwrap();
            let tail = wanted.len().saturating_sub(reach as usize);
            prop_assert_eq!((shown(&last), last.first), (wanted[tail..].to_vec(), tail as u64));
            if let Some(row) = whole.rows.get(at % whole.rows.len().max(1)) {
                let place = at % whole.rows.len();
                let low = place.saturating_sub(reach as usize);
                let high = (place + reach as usize + 1).min(wanted.len());
                let part = fixture.writer.arranged(source, arrangement, Anchor::Around(row.key()), reach).unwrap();
                prop_assert_eq!((shown(&part), part.first), (wanted[low..high].to_vec(), low as u64));
                prop_assert_eq!(part.total > part.first + part.rows.len() as u64, high < wanted.len());
                let flags: BTreeMap<MessageId, u8> = all.iter().map(|one| (one.key.id, one.flags)).collect();
                let unread = |row: &(MessageId, BTreeSet<MessageId>)| row.1.iter().any(|id| flags[id] & SEEN == 0);
                let below = wanted[place + 1..].iter().find(|row| unread(row)).map(|row| row.0);
                let above = wanted[..place].iter().rev().find(|row| unread(row)).map(|row| row.0);
                for (older, wanted) in [(true, below), (false, above)] {
                    let next = fixture.writer.next_unread_arranged(source, arrangement, Some(row.key()), older).unwrap();
                    prop_assert_eq!(next.map(|key| key.id), wanted);
                    if arrangement == CONVERSATIONS {
                        // As in a folder with very many unread ones.
                        let short = Reach { few: 0, rows: reach as usize - 1, unread: 1000 };
                        let connection = &fixture.writer.reader.connection;
                        let next = next_head(connection, source, Some(row.key()), older, &short).unwrap();
                        prop_assert_eq!(next.map(|key| key.id), wanted);
                    }
                }
            }
        }
    }
}

/// A conversation names who wrote, counts each message once, and says what is unread, starred and attached anywhere in it;
/// what was thrown away is not counted.
#[test]
fn a_conversation_sums_up() {
    let mut fixture = Fixture::new();
    fixture.writer.roll().set_own(vec![(fixture.account, "ada@example.org".to_owned())]);
    let by = |uid: u32, name: &str, address: &str, flags: u8| {
        let mut one = of_conversation(uid, 1, i64::from(uid), flags);
        one.envelope.from = vec![Address { name: name.to_owned(), address: address.to_owned() }];
        one
    };
    fixture.put("INBOX", by(1, "Lena Ortiz", "lena@x.example", SEEN));
    let mut own = by(2, "Ada", "ada@example.org", SEEN);
    own.envelope.attachments = true;
    // The same message, once sent and once in a project: one.
    fixture.put("Sent", own.clone());
    fixture.put("Projects", own);
    fixture.put("INBOX", by(3, "Lena Ortiz", "lena@x.example", FLAGGED));
    fixture.put("Trash", by(4, "Mallory", "m@x.example", 0));
    fixture.put("INBOX", by(5, "Tom", "tom@x.example", SEEN));
    fixture.put("INBOX", message(9));
    let inbox = Source::Folder(fixture.folder("INBOX"));
    let window = fixture.writer.arranged(inbox, CONVERSATIONS, Anchor::Newest, 10).unwrap();
    assert_eq!((window.rows.len(), window.total, window.messages, window.unread), (2, 2, 4, 2));
    assert!(window.rows[0].bundle.is_none(), "a message of its own is no conversation");
    let row = &window.rows[1];
    let bundle = row.bundle.as_ref().unwrap();
    assert_eq!((bundle.people.as_str(), row.thread, bundle.unread), ("Lena Ortiz, Tom, you", 4, 1));
    assert!(bundle.starred && bundle.attachments && !row.flags.flagged() && !row.attachments);
    // What is done to the row is done to what is in the inbox, and to nothing else.
    assert_eq!(row.all().count(), 3);
    let trash =
        fixture.writer.arranged(Source::Folder(fixture.folder("Trash")), CONVERSATIONS, Anchor::Newest, 9).unwrap();
    assert_eq!((trash.rows[0].all().count(), trash.rows[0].thread), (1, 5));
}

/// P11: a conversation of any length stands in the list at the cost of its newest message.
#[test]
fn the_newest_of_a_conversation_is_found_in_the_index() {
    let fixture = Fixture::new();
    for (sql, wanted) in [
        (super::super::arranged::MEMBERS.to_owned(), "messages_thread (thread=?)"),
        (super::super::window::HEAD_OF.to_owned(), "newest USING INDEX messages_thread (thread=?)"),
        (
            super::super::window::statements().into_iter().find(|sql| sql.contains("NOT EXISTS")).unwrap(),
            "newer USING INDEX messages_thread (thread=? AND received>?)",
        ),
    ] {
        let plan = super::plans::plan(&fixture, &sql);
        assert!(plan.contains(wanted) && !plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
    }
}
