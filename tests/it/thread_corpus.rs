//! Conversations of real mailing lists: those that a plain look at all headers at once finds, in whatever order mail comes.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail as tests do")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use posthaste::imap::convert;
use posthaste::mail::flags::Flags;
use posthaste::mail::folder::{Namespace, Role, ServerFolder};
use posthaste::mail::list::{Anchor, Arrangement, Order, Source};
use posthaste::mail::message::{Envelope, NewMessage};
use posthaste::mail::{MessageId, Uid, UnixTime};
use posthaste::store::{Access, Cache, Writer};

use crate::search_corpus::files;
use crate::support::shared;

/// The lists among the corpora.
const LISTS: [&str; 4] = ["aerc-jwz", "notmuch", "ponymail-archives", "usrp-users-2019-2021"];

fn header(mail: &[u8]) -> Envelope {
    let ends = [b"\n\n".as_slice(), b"\r\n\r\n"].map(|end| mail.windows(end.len()).position(|piece| piece == end));
    convert::envelope(&mail[..ends.into_iter().flatten().min().map_or(mail.len(), |end| end + 1)])
}

/// What belongs together by Message-ID, In-Reply-To and References, all of it seen at once (RFC 5256, section 2.2, without
/// its last step).
fn together(envelopes: &[Envelope]) -> BTreeSet<BTreeSet<usize>> {
    let mut groups: Vec<BTreeSet<usize>> = (0..envelopes.len()).map(|at| BTreeSet::from([at])).collect();
    let mut group_of: Vec<usize> = (0..envelopes.len()).collect();
    let mut by_id: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, envelope) in envelopes.iter().enumerate() {
        let own = std::iter::once(&envelope.message_id).chain(&envelope.references);
        for id in own.filter(|id| !id.is_empty()) {
            let other = *by_id.entry(id).or_insert(at);
            let (to, from) = (group_of[at], group_of[other]);
            if to != from {
                let moved = std::mem::take(&mut groups[from]);
                for one in &moved {
                    group_of[*one] = to;
                }
                groups[to].extend(moved);
            }
        }
    }
    groups.into_iter().filter(|group| !group.is_empty()).collect()
}

/// A cache with these mails in this order, and which local number each has.
fn stored(envelopes: &[Envelope], order: &[usize]) -> (tempfile::TempDir, Writer, Vec<MessageId>, Source) {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Cache::open(dir.path(), Access::Owner).unwrap().writer().unwrap();
    let account = writer.account("work").unwrap();
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
    let mut ids = vec![MessageId(0); envelopes.len()];
    for (uid, at) in (1..).zip(order) {
        let message = NewMessage {
            uid: Uid(uid),
            flags: Flags::default(),
            // As they were sent, as far as they say.
            received: envelopes[*at].sent.unwrap_or(UnixTime(0)),
            size: 1000,
            envelope: envelopes[*at].clone(),
            modseq: None,
        };
        ids[*at] = writer.put_messages(folder, &[message]).unwrap().ids[0];
    }
    (dir, writer, ids, Source::Folder(folder))
}

fn listed(writer: &Writer, source: Source, ids: &[MessageId]) -> BTreeSet<BTreeSet<usize>> {
    let arrangement = Arrangement { conversations: true, order: Order::Newest };
    let window = writer.reader().arranged(source, arrangement, Anchor::Newest, 10_000).unwrap();
    let place = |id: MessageId| ids.iter().position(|other| *other == id).unwrap();
    window.rows.iter().map(|row| row.all().map(|one| place(one.id)).collect()).collect()
}

/// The lists of the corpora fall into the conversations that their headers say, in any order of arrival; what the
/// subject adds joins conversations with one subject, and nothing else.
#[test]
fn real_lists_fall_into_their_conversations() {
    let Some(corpora) = shared("corpora/mail") else { return };
    for list in LISTS {
        let folder = corpora.join(list);
        let mut envelopes: Vec<Envelope> =
            files(Path::new(&folder)).iter().map(|path| header(&std::fs::read(path).unwrap())).collect();
        // Copies, and mails without a Message-ID, are another test's.
        let mut seen = BTreeSet::new();
        envelopes.retain(|envelope| !envelope.message_id.is_empty() && seen.insert(envelope.message_id.clone()));
        let count = envelopes.len();
        let wanted = together(&envelopes);
        assert!(count > 50 && wanted.len() > 10 && wanted.len() < count, "{list}: {count} in {}", wanted.len());
        let mut settled: Option<BTreeSet<BTreeSet<usize>>> = None;
        for step in [1, 7, 31] {
            // Strides that meet each number once.
            let stride = (step..step + count).find(|stride| gcd(*stride, count) == 1).unwrap();
            let order: Vec<usize> = (0..count).map(|at| at * stride % count).collect();
            let (_dir, mut writer, ids, source) = stored(&envelopes, &order);
            assert_eq!(listed(&writer, source, &ids), wanted, "{list} in steps of {stride}");
            while writer.index_headers(1000).unwrap().more {}
            while writer.adopt_strays(1000).unwrap().more {}
            let after = listed(&writer, source, &ids);
            by_subject(&envelopes, &wanted, &after, list);
            assert!(settled.is_none_or(|other| other == after), "{list}: another order, other conversations");
            settled = Some(after);
        }
    }
}

/// Protects `e` on a conversation: in all mail of the corpora what is answered is no address of somebody, nor a word that was
/// typed at a question. Conversations do change their subject, seldom.
#[test]
fn strangers_stay_strangers() {
    let Some(corpora) = shared("corpora/mail") else { return };
    let envelopes: Vec<Envelope> = files(&corpora).iter().map(|path| header(&std::fs::read(path).unwrap())).collect();
    let from: BTreeSet<&str> =
        envelopes.iter().flat_map(|envelope| &envelope.from).map(|one| one.address.as_str()).collect();
    let references: Vec<&String> = envelopes.iter().flat_map(|envelope| &envelope.references).collect();
    assert!(references.iter().all(|id| id.contains('@')));
    let named: Vec<_> = references.into_iter().filter(|id| from.contains(id.as_str())).collect();
    // Two stand in References, of strangers to the message: there nothing tells them from ids.
    assert!(named.len() <= 2, "{named:?}");
    let subject = |at: &usize| posthaste::mail::subject::Subject::of(&envelopes[*at].subject).folded();
    let groups = together(&envelopes);
    let mixed = groups.iter().filter(|group| group.iter().map(subject).collect::<BTreeSet<String>>().len() > 1).count();
    assert!(mixed <= 100, "{mixed} of {} conversations have more than one subject", groups.len());
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// What the subject joined was whole conversations, each with one of the same subject.
fn by_subject(
    envelopes: &[Envelope],
    before: &BTreeSet<BTreeSet<usize>>,
    after: &BTreeSet<BTreeSet<usize>>,
    list: &str,
) {
    let subject = |at: &usize| posthaste::mail::subject::Subject::of(&envelopes[*at].subject).folded();
    for joined in after.difference(before) {
        let parts: Vec<&BTreeSet<usize>> = before.iter().filter(|part| part.is_subset(joined)).collect();
        assert_eq!(parts.iter().map(|part| part.len()).sum::<usize>(), joined.len(), "{list}: part of a conversation");
        for part in &parts {
            let own: BTreeSet<String> = part.iter().map(subject).collect();
            let others: BTreeSet<String> = joined.difference(part).map(subject).collect();
            assert!(!own.is_disjoint(&others), "{list}: {own:?} beside {others:?}");
        }
    }
}
