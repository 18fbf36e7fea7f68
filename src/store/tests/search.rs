//! What a search finds is what a plain look at every message finds, whatever was done to the cache before.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_assert_eq, prop_oneof, proptest};

use super::Fixture;
use crate::mail::flags::{Flag, FlagChange, Flags};
use crate::mail::folder::Role;
use crate::mail::list::{Anchor, Search, Source};
use crate::mail::message::{Address, Envelope, NewMessage, RowKey};
use crate::mail::{MessageId, Uid, UnixTime, marks};
use crate::query::{Edge, Field, Node, Phrase, Query, State, Term, Thing};
use crate::store::index::Text;
use crate::store::{Arrived, Digest, Overlay};
use crate::words;

const FOLDERS: [&str; 4] = ["INBOX", "Archive", "Trash", "Projects"];
/// Words that begin with each other, with accents, and of a script without gaps.
const WORDS: [&str; 12] =
    ["an", "ann", "anna", "Annabel", "joanna", "Über", "uber", "東京", "京都", "q3", "report", "reports"];

/// Flags that are laid over messages: two of them move one in its list.
const LAID: [&str; 4] = ["\\Seen", "$Pinned", "$SnoozedUntil-19700102T0300Z", "$Snoozed"];

/// A message as the test knows it.
#[derive(Debug, Clone)]
struct Known {
    id: MessageId,
    folder: &'static str,
    flags: Flags,
    received: i64,
    envelope: Envelope,
    text: Option<Text>,
}

impl Known {
    fn key(&self) -> RowKey {
        RowKey { place: marks::sorted_at(UnixTime(self.received), &self.flags).0, id: self.id }
    }

    fn field(&self, field: Field) -> Vec<String> {
        let people = |list: &[Address]| {
            list.iter().map(|one| format!("{} {}", one.name, one.address)).collect::<Vec<_>>().join(" , ")
        };
        let text = self.text.clone().unwrap_or_default();
        match field {
            Field::Any => {
                let all = [Field::From, Field::To, Field::Cc, Field::Subject, Field::Body, Field::List, Field::File];
                all.into_iter().flat_map(|field| self.field(field)).collect()
            }
            Field::From => vec![people(&self.envelope.from)],
            Field::To => vec![people(&self.envelope.to)],
            Field::Cc => vec![people(&self.envelope.cc)],
            Field::Subject => vec![self.envelope.subject.clone()],
            Field::Body => vec![text.body],
            Field::List => vec![self.envelope.list_id.clone()],
            Field::File => vec![text.files],
        }
    }

    fn answers(&self, node: &Node) -> bool {
        match node {
            Node::All => true,
            Node::And(nodes) => nodes.iter().all(|node| self.answers(node)),
            Node::Or(nodes) => nodes.iter().any(|node| self.answers(node)),
            Node::Not(node) => !self.answers(node),
            Node::Term(Term::Text(field, phrase)) => {
                self.field(*field).iter().any(|text| !phrase.places(text).is_empty())
            }
            Node::Term(Term::Is(State::Unread)) => !self.flags.seen(),
            Node::Term(Term::Is(State::Flagged)) => self.flags.flagged(),
            Node::Term(Term::Has(Thing::Link)) => self.text.as_ref().is_some_and(|text| text.link),
            Node::Term(Term::In(name)) => name == "anywhere" || name.eq_ignore_ascii_case(self.folder),
            Node::Term(Term::Received { from, until }) => {
                from.is_none_or(|from| self.received >= from.0) && until.is_none_or(|until| self.received < until.0)
            }
            Node::Term(Term::Id(id)) => id.parse() == Ok(self.id.0),
            Node::Term(other) => panic!("the test makes no {other:?}"),
        }
    }
}

/// What happens to the cache.
#[derive(Debug, Clone)]
enum Deed {
    Come(usize, Vec<Made>),
    Index(u32),
    Read(usize, Vec<usize>, bool),
    Move(usize, usize),
    Flag(usize, usize),
    Expunge(usize),
    Rebuild,
    Trim,
}

#[derive(Debug, Clone)]
struct Made {
    subject: Vec<usize>,
    sender: usize,
    others: Vec<usize>,
    received: i64,
    flags: u8,
}

fn made() -> impl Strategy<Value = Made> {
    let word = 0..WORDS.len();
    // Many in one hour, some in the same second.
    let received = prop_oneof![0_i64..40, 0_i64..200_000, Just(1_700_000_000)];
    (prop::collection::vec(word.clone(), 0..4), word.clone(), prop::collection::vec(word, 0..3), received, 0_u8..8)
        .prop_map(|(subject, sender, others, received, flags)| Made { subject, sender, others, received, flags })
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => (0..FOLDERS.len(), prop::collection::vec(made(), 1..5)).prop_map(|(folder, made)| Deed::Come(folder, made)),
        3 => (1_u32..6).prop_map(Deed::Index),
        3 => (any::<usize>(), prop::collection::vec(0..WORDS.len(), 0..6), any::<bool>())
            .prop_map(|(at, words, link)| Deed::Read(at, words, link)),
        2 => (any::<usize>(), 0..FOLDERS.len()).prop_map(|(at, to)| Deed::Move(at, to)),
        2 => (any::<usize>(), 0..LAID.len()).prop_map(|(at, flag)| Deed::Flag(at, flag)),
        2 => any::<usize>().prop_map(Deed::Expunge),
        1 => Just(Deed::Rebuild),
        1 => Just(Deed::Trim),
    ]
}

fn phrase() -> impl Strategy<Value = Phrase> {
    let edge = prop_oneof![Just(Edge::Whole), Just(Edge::Part)];
    let part = (0..WORDS.len(), 0_usize..3, 1_usize..8)
        .prop_map(|(word, from, length)| WORDS[word].chars().skip(from).take(length).collect::<String>());
    (prop::collection::vec(part, 1..3), edge.clone(), edge).prop_filter_map("no word", |(parts, start, end)| {
        let words = words::split(&parts.join(" "));
        (!words.is_empty()).then_some(Phrase { words, spelled: Vec::new(), start, end })
    })
}

fn query() -> impl Strategy<Value = Query> {
    let field = prop_oneof![
        4 => Just(Field::Any), 1 => Just(Field::From), 1 => Just(Field::To), 1 => Just(Field::Cc),
        1 => Just(Field::Subject), 1 => Just(Field::Body), 1 => Just(Field::List), 1 => Just(Field::File)
    ];
    let time = prop::option::of((0_i64..200_000).prop_map(UnixTime));
    let leaf = prop_oneof![
        6 => (field, phrase()).prop_map(|(field, phrase)| Term::Text(field, phrase)),
        1 => Just(Term::Is(State::Unread)),
        1 => Just(Term::Is(State::Flagged)),
        1 => Just(Term::Has(Thing::Link)),
        1 => prop_oneof![Just("inbox"), Just("projects"), Just("trash"), Just("anywhere")]
            .prop_map(|name| Term::In(name.to_owned())),
        1 => (time.clone(), time).prop_map(|(from, until)| Term::Received { from, until }),
        1 => (0_i64..12).prop_map(|id| Term::Id(id.to_string())),
    ];
    let leaf = prop_oneof![9 => leaf.prop_map(Node::Term), 1 => Just(Node::All)];
    leaf.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Node::And),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Node::Or),
            inner.prop_map(|node| Node::Not(Box::new(node))),
        ]
    })
    .prop_map(|root| Query { root })
}

struct Lab {
    cache: Fixture,
    known: Vec<Known>,
    next_uid: u32,
}

impl Lab {
    fn new() -> Self {
        Self { cache: Fixture::new(), known: Vec::new(), next_uid: 1 }
    }

    fn at(&self, place: usize) -> Option<usize> {
        (!self.known.is_empty()).then(|| place % self.known.len())
    }

    fn happen(&mut self, deed: Deed) {
        match deed {
            Deed::Come(folder, made) => made.into_iter().for_each(|made| self.come(FOLDERS[folder], &made)),
            Deed::Index(most) => {
                self.cache.writer.index_headers(most).unwrap();
            }
            Deed::Read(at, words, link) => {
                let Some(at) = self.at(at) else { return };
                let body = words.iter().map(|word| WORDS[*word]).collect::<Vec<_>>().join(", ");
                let files = words.first().map_or(String::new(), |word| format!("{}.pdf", WORDS[*word]));
                let text = Text { body, files, link, ..Text::default() };
                let digest = Digest { text: text.clone(), ..Digest::default() };
                let message = self.known[at].id;
                let arrived = Arrived { message, bytes: b"a text".to_vec(), whole: true, digest };
                self.cache.writer.keep_bodies(&[arrived]).unwrap();
                self.known[at].text = Some(text);
            }
            Deed::Move(at, to) => {
                let Some(at) = self.at(at) else { return };
                let overlay =
                    Overlay { folder: Some(self.cache.folder(FOLDERS[to])), ..Overlay::none(self.known[at].id) };
                self.cache.writer.set_overlay(&[overlay]).unwrap();
                self.known[at].folder = FOLDERS[to];
                // An overlay takes the place of the one before.
                let before = self.known[at].key();
                let server = self.cache.writer.detail(self.known[at].id).unwrap().unwrap().server_flags;
                self.known[at].flags = server;
                self.moved_in_time(at, before);
            }
            Deed::Flag(at, flag) => {
                let Some(at) = self.at(at) else { return };
                let before = self.known[at].key();
                let flag = Flag::parse(LAID[flag]).unwrap();
                let change = FlagChange { add: vec![flag.clone()], remove: Vec::new() };
                let folder = self.cache.folder(self.known[at].folder);
                let overlay = Overlay { folder: Some(folder), flags: change, ..Overlay::none(self.known[at].id) };
                self.cache.writer.set_overlay(&[overlay]).unwrap();
                let server = self.cache.writer.detail(self.known[at].id).unwrap().unwrap().server_flags;
                self.known[at].flags = server;
                self.known[at].flags.set(&flag, true);
                self.moved_in_time(at, before);
            }
            Deed::Expunge(at) => {
                let Some(at) = self.at(at) else { return };
                let gone = self.known.remove(at);
                let detail = self.cache.writer.detail(gone.id).unwrap().unwrap();
                self.cache.writer.remove_uids(detail.folder, &[detail.uid.unwrap()]).unwrap();
            }
            Deed::Rebuild => {
                self.cache.writer.rebuild_index().unwrap();
                // Nobody reads the bodies in this test: nothing tells the texts again.
                self.known.iter_mut().for_each(|one| one.text = None);
            }
            Deed::Trim => {
                self.cache.writer.trim_index(0, 100).unwrap();
                self.known.iter_mut().for_each(|one| one.text = None);
            }
        }
    }

    /// A message that is sorted by another hour is read anew for the index, and nobody does that in this test.
    fn moved_in_time(&mut self, at: usize, before: RowKey) {
        let hour = |key: RowKey| crate::store::index::hour(key.place);
        if hour(before) != hour(self.known[at].key()) {
            self.known[at].text = None;
        }
    }

    fn come(&mut self, folder: &'static str, made: &Made) {
        let person =
            |word: usize| Address { name: format!("{} \\ X", WORDS[word]), address: format!("{}@ex.org", WORDS[word]) };
        let envelope = Envelope {
            subject: made.subject.iter().map(|word| WORDS[*word]).collect::<Vec<_>>().join(" "),
            from: vec![person(made.sender)],
            to: made.others.iter().map(|word| person(*word)).collect(),
            cc: made.others.iter().skip(1).map(|word| person(*word)).collect(),
            list_id: WORDS[made.sender].to_owned(),
            ..Envelope::default()
        };
        let flags = Flags { system: made.flags, ..Flags::default() };
        let message = NewMessage {
            uid: Uid(self.next_uid),
            flags: flags.clone(),
            received: UnixTime(made.received),
            size: 10,
            envelope: envelope.clone(),
            modseq: None,
        };
        self.next_uid += 1;
        let id = self.cache.put(folder, message);
        self.known.push(Known { id, folder, flags, received: made.received, envelope, text: None });
    }

    /// What a look at every message finds, newest first.
    fn oracle(&self, query: &Query) -> Vec<RowKey> {
        let named = query.names_folders();
        let mut keys: Vec<RowKey> = self
            .known
            .iter()
            .filter(|one| (named || one.folder != "Trash") && one.answers(&query.root))
            .map(Known::key)
            .collect();
        keys.sort_unstable_by(|one, other| other.cmp(one));
        keys
    }
}

fn search(query: Query) -> Search {
    Search { query: Arc::new(query), within: None, hits: Arc::new(BTreeSet::new()), conversations: false }
}

fn keys(rows: &[crate::mail::message::MessageRow]) -> Vec<RowKey> {
    rows.iter().map(crate::mail::message::MessageRow::key).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn the_index_finds_what_a_plain_look_finds(
        deeds in prop::collection::vec(deed(), 1..25),
        queries in prop::collection::vec(query(), 1..6),
    ) {
        let mut lab = Lab::new();
        for deed in deeds {
            lab.happen(deed);
        }
        let reader = lab.cache.writer.reader();
        for query in queries {
            let expected = lab.oracle(&query);
            let search = search(query);
            let all = reader.found(&search, Anchor::Newest, 1_000).unwrap();
            prop_assert_eq!(keys(&all.rows), expected.clone(), "{:?}", search.query);
            prop_assert_eq!(all.total, expected.len() as u64);
            prop_assert_eq!(reader.count_found(&search, &|| false).unwrap().total, expected.len() as u64);
            prop_assert_eq!(keys(&reader.everything_found(&search, 1_000).unwrap()), expected.clone());
            let oldest = reader.found(&search, Anchor::Oldest, 3).unwrap();
            prop_assert_eq!(keys(&oldest.rows), expected[expected.len().saturating_sub(3)..].to_vec());
            if let Some(middle) = expected.get(expected.len() / 2) {
                let around = reader.found(&search, Anchor::Around(*middle), 2).unwrap();
                let at = expected.len() / 2;
                let wanted = expected[at.saturating_sub(2)..(at + 3).min(expected.len())].to_vec();
                prop_assert_eq!(keys(&around.rows), wanted);
                prop_assert_eq!(around.first, at.saturating_sub(2) as u64);
            }
        }
    }
}

fn word(word: &str) -> Query {
    let phrase = Phrase::of(word, Edge::Whole, Edge::Part).unwrap();
    Query { root: Node::Term(Term::Text(Field::Any, phrase)) }
}

fn lab_of(count: i64) -> Lab {
    let mut lab = Lab::new();
    for number in 0..count {
        lab.come("INBOX", &Made { subject: vec![2], sender: 9, others: vec![], received: number * 7_200, flags: 0 });
    }
    lab
}

/// A crowd in one hour takes the numbers of the hours after it; the order stays.
#[test]
fn more_messages_than_an_hour_has_numbers() {
    let mut lab = Lab::new();
    let folder = lab.cache.folder("INBOX");
    let messages: Vec<NewMessage> = (1..=9_000_u32)
        .map(|uid| NewMessage {
            uid: Uid(uid),
            flags: Flags::default(),
            received: UnixTime(3_600 * i64::from(uid % 3)),
            size: 1,
            envelope: Envelope { subject: "crowd".into(), ..Envelope::default() },
            modseq: None,
        })
        .collect();
    lab.cache.writer.put_messages(folder, &messages).unwrap();
    while lab.cache.writer.index_headers(2_000).unwrap().more {}
    let search = search(word("crowd"));
    let all = lab.cache.writer.found(&search, Anchor::Newest, 10_000).unwrap();
    assert_eq!(all.rows.len(), 9_000);
    assert!(keys(&all.rows).is_sorted_by(|one, other| one > other));
    let page = lab.cache.writer.found(&search, Anchor::Around(all.rows[4_000].key()), 5).unwrap();
    assert_eq!(keys(&page.rows), keys(&all.rows[3_995..4_006]));
}

/// What servers found is listed though the cache does not know the words, unless what it knows speaks against it.
#[test]
fn what_a_server_found_is_in() {
    let lab = lab_of(5);
    let hit = |query: Query, id: MessageId| Search { hits: Arc::new(BTreeSet::from([id])), ..search(query) };
    let reader = lab.cache.writer.reader();
    let found = |search: &Search| keys(&reader.found(search, Anchor::Newest, 10).unwrap().rows);
    assert_eq!(found(&hit(word("elsewhere"), lab.known[3].id)), [lab.known[3].key()]);
    let read = Node::Not(Box::new(Node::Term(Term::Is(State::Unread))));
    let query = Query { root: Node::And(vec![word("elsewhere").root, read]) };
    assert_eq!(found(&hit(query, lab.known[3].id)), []);
    // Nor where all of the text is known, and says no.
    let mut lab = lab;
    lab.happen(Deed::Read(3, vec![10], false));
    let reader = lab.cache.writer.reader();
    let found = |search: &Search| keys(&reader.found(search, Anchor::Newest, 10).unwrap().rows);
    assert_eq!(found(&hit(word("elsewhere"), lab.known[3].id)), []);
    // Nor twice.
    assert_eq!(found(&hit(word("anna"), lab.known[3].id)).len(), 5);
}

/// Who asks something newer does not wait for the older answer.
#[test]
fn a_search_is_given_up() {
    let lab = lab_of(50);
    let asked = std::cell::Cell::new(0);
    let stop = || {
        asked.set(asked.get() + 1);
        asked.get() > 3
    };
    let found = lab.cache.writer.found_unless(&search(word("anna")), Anchor::Newest, 40, &stop);
    assert!(matches!(found, Err(crate::store::Error::Stopped)), "{found:?}");
    assert_eq!(asked.get(), 4);
}

/// Of a conversation the newest that was found.
#[test]
fn conversations_are_listed_once() {
    let mut lab = Lab::new();
    let folder = lab.cache.folder("INBOX");
    let message = |uid: u32, id: &str, reply: &[&str]| NewMessage {
        uid: Uid(uid),
        flags: Flags::default(),
        received: UnixTime(i64::from(uid) * 10_000),
        size: 1,
        envelope: Envelope {
            subject: "report".into(),
            message_id: id.into(),
            references: reply.iter().map(|id| (*id).to_owned()).collect(),
            ..Envelope::default()
        },
        modseq: None,
    };
    let messages = [message(1, "a", &[]), message(2, "b", &[]), message(3, "c", &["a"]), message(4, "d", &["b"])];
    let ids = lab.cache.writer.put_messages(folder, &messages).unwrap().ids;
    let grouped = Search { conversations: true, ..search(word("report")) };
    let found = lab.cache.writer.found(&grouped, Anchor::Newest, 10).unwrap();
    assert_eq!(found.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[3], ids[2]]);
    assert_eq!(lab.cache.writer.count_found(&grouped, &|| false).unwrap().total, 2);
    assert_eq!(lab.cache.writer.everything_found(&grouped, 10).unwrap().len(), 4);
}

/// A filter of a list of conversations lists conversations: the row of the newest message that was found stands for all that
/// the folder has of the conversation.
#[test]
fn a_filter_lists_conversations_whole() {
    let mut lab = Lab::new();
    let mut put = |uid: u32, subject: &str, folder: &str| {
        let envelope = Envelope {
            subject: subject.into(),
            message_id: format!("m{uid}@x"),
            references: vec!["root@x".to_owned()],
            ..Envelope::default()
        };
        lab.cache.put(folder, NewMessage { envelope, ..super::message(uid) })
    };
    let ids =
        [put(1, "report", "INBOX"), put(2, "report", "INBOX"), put(3, "other", "INBOX"), put(4, "report", "Sent")];
    let inbox = Some(Source::Folder(lab.cache.folder("INBOX")));
    let listed = |within, conversations| -> Vec<Vec<MessageId>> {
        let search = Search { within, conversations, ..search(word("report")) };
        let found = lab.cache.writer.found(&search, Anchor::Newest, 10).unwrap();
        found.rows.iter().map(|row| row.all().map(|one| one.id).collect()).collect()
    };
    assert_eq!(listed(inbox, true), [[ids[1], ids[2], ids[0]]]);
    assert_eq!(listed(inbox, false), [[ids[1]], [ids[0]]]);
    assert_eq!(listed(None, true), [[ids[3]]], "over all folders a row is what was found");
}

/// Gmail shows every message in All Mail once more: it is listed where it lies, and in All Mail what lies nowhere else.
#[test]
fn copies_of_a_view_are_listed_once() {
    let mut lab = Lab::new();
    let mut folders = super::server_folders();
    folders.push(super::server_folder("All Mail", Some(Role::All)));
    lab.cache.writer.put_folders(lab.cache.account, &folders).unwrap();
    let mut ids = Vec::new();
    for (raw, uid, id) in [("INBOX", 1, "a"), ("All Mail", 2, "a"), ("All Mail", 3, "b"), ("Trash", 4, "b")] {
        let envelope = Envelope { message_id: id.into(), subject: "report".into(), ..Envelope::default() };
        ids.push(lab.cache.put(raw, NewMessage { envelope, ..super::message(uid) }));
    }
    // What a server found in the view is listed where it lies, too, and once.
    let hits = Search { hits: Arc::new(BTreeSet::from([ids[1], ids[2]])), ..search(word("elsewhere")) };
    let found = lab.cache.writer.found(&hits, Anchor::Newest, 10).unwrap();
    assert_eq!(found.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[2], ids[0]]);
    for indexed in [false, true] {
        let found = |query: Query| {
            let found = lab.cache.writer.found(&search(query), Anchor::Newest, 10).unwrap();
            found.rows.iter().map(|row| row.id).collect::<Vec<_>>()
        };
        assert_eq!(found(word("report")), [ids[2], ids[0]], "indexed: {indexed}");
        let everywhere = Node::And(vec![word("report").root, Node::Term(Term::In("anywhere".into()))]);
        assert_eq!(found(Query { root: everywhere }).len(), 4);
        lab.cache.writer.index_headers(100).unwrap();
    }
    // A word that only the copy's text has.
    let text = Text { body: "deep".into(), ..Text::default() };
    let digest = Digest { text, ..Digest::default() };
    let arrived = Arrived { message: ids[1], bytes: b"x".to_vec(), whole: true, digest };
    lab.cache.writer.keep_bodies(&[arrived]).unwrap();
    let found = lab.cache.writer.found(&search(word("deep")), Anchor::Newest, 10).unwrap();
    assert_eq!(found.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[0]]);
}

/// Within one list alone.
#[test]
fn a_search_stays_in_its_list() {
    let mut lab = lab_of(3);
    lab.come("Trash", &Made { subject: vec![2], sender: 9, others: vec![], received: 5, flags: 0 });
    let reader = lab.cache.writer.reader();
    let count = |within| {
        let search = Search { within, ..search(word("anna")) };
        reader.found(&search, Anchor::Newest, 10).unwrap().rows.len()
    };
    assert_eq!(count(None), 3);
    assert_eq!(count(Some(Source::Folder(lab.cache.folder("Trash")))), 1);
    assert_eq!(count(Some(Source::Folder(lab.cache.folder("Archive")))), 0);
}

/// The index says how much it holds, and loses the oldest texts when it is to be smaller.
#[test]
fn the_index_is_bounded_and_says_its_size() {
    let mut lab = lab_of(20);
    for at in 0..20 {
        lab.happen(Deed::Read(at, vec![10, 11, 5], true));
    }
    while lab.cache.writer.index_headers(7).unwrap().more {}
    let full = lab.cache.writer.index_state().unwrap();
    assert_eq!((full.messages, full.indexed, full.texts), (20, 20, 20));
    assert!(full.bytes > 0 && full.text_bytes > 0);
    assert!(lab.cache.writer.trim_index(full.text_bytes / 2, 3).unwrap());
    while lab.cache.writer.trim_index(full.text_bytes / 2, 3).unwrap() {}
    let half = lab.cache.writer.index_state().unwrap();
    assert_eq!((half.indexed, half.texts), (20, 10));
    let found = lab.cache.writer.found(&search(word("reports")), Anchor::Newest, 100).unwrap();
    assert_eq!(keys(&found.rows), (10..20).rev().map(|at| lab.known[at].key()).collect::<Vec<_>>());
}
