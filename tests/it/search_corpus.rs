//! Search over real mail: what the index finds is what a plain look at every message finds, for random queries in the words
//! of the corpora.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "helpers of tests fail and speak as tests do"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use posthaste::imap::convert;
use posthaste::mail::flags::{FLAGGED, Flags, SEEN};
use posthaste::mail::folder::{Namespace, Role, ServerFolder};
use posthaste::mail::list::{Anchor, Search};
use posthaste::mail::message::{Address, Envelope, MessageRow, NewMessage, RowKey};
use posthaste::mail::{MessageId, Uid, UnixTime};
use posthaste::query::parse::{Clock, parse};
use posthaste::query::{Field, Node, Phrase, Query, State, Term, Thing};
use posthaste::render;
use posthaste::store::index::TEXT_MAX;
use posthaste::store::{Access, Arrived, Cache, Digest, Writer};
use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::support::shared;

/// Every so many mails of the corpora are taken.
const EVERY: usize = 6;
/// Queries that are asked.
const QUERIES: usize = 250;

/// A mail as the test knows it.
struct Known {
    key: RowKey,
    folder: &'static str,
    flags: u8,
    size: u64,
    fields: BTreeMap<Field, String>,
    text: Option<(bool, bool)>,
}

impl Known {
    fn stands(&self, field: Field, phrase: &Phrase) -> bool {
        let stands = |text: &String| !phrase.places(text).is_empty();
        match field {
            Field::Any => self.fields.values().any(stands),
            one @ (Field::From | Field::To | Field::Cc | Field::Subject | Field::Body | Field::List | Field::File) => {
                self.fields.get(&one).is_some_and(stands)
            }
        }
    }

    fn answers(&self, node: &Node) -> bool {
        match node {
            Node::All => true,
            Node::And(nodes) => nodes.iter().all(|node| self.answers(node)),
            Node::Or(nodes) => nodes.iter().any(|node| self.answers(node)),
            Node::Not(node) => !self.answers(node),
            Node::Term(term) => self.holds(term),
        }
    }

    fn holds(&self, term: &Term) -> bool {
        match term {
            Term::Text(field, phrase) => self.stands(*field, phrase),
            Term::Is(State::Unread) => self.flags & SEEN == 0,
            Term::Is(State::Flagged) => self.flags & FLAGGED != 0,
            Term::Has(Thing::Link) => self.text.is_some_and(|(link, _)| link),
            Term::Has(Thing::Invite) => self.text.is_some_and(|(_, invite)| invite),
            Term::In(name) => name == "anywhere" || name.eq_ignore_ascii_case(self.folder),
            Term::Received { from, until } => {
                let at = UnixTime(self.key.place);
                from.is_none_or(|from| at >= from) && until.is_none_or(|until| at < until)
            }
            Term::Larger(bytes) => self.size > *bytes,
            Term::Smaller(bytes) => self.size < *bytes,
            Term::Is(_) | Term::Has(_) | Term::Account(_) | Term::Label(_) | Term::Id(_) | Term::Thread(_) => {
                unreachable!("the test makes no {term:?}")
            }
        }
    }
}

pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_none_or(|ending| ending != "jsonl") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn header(mail: &[u8], uid: u32) -> NewMessage {
    let ends = [b"\n\n".as_slice(), b"\r\n\r\n"].map(|end| mail.windows(end.len()).position(|piece| piece == end));
    let end = ends.into_iter().flatten().min().map_or(mail.len(), |end| end + 1);
    NewMessage {
        uid: Uid(uid),
        flags: Flags { system: u8::try_from(uid % 8).unwrap(), ..Flags::default() },
        // Some in one hour, all within some years.
        received: UnixTime(1_500_000_000 + i64::from(uid) * i64::from(uid) * 7 % 100_000_000),
        size: mail.len() as u64,
        envelope: convert::envelope(&mail[..end]),
        modseq: None,
    }
}

fn people(list: &[Address]) -> String {
    list.iter().take(100).map(|one| format!("{} {}", one.name, one.address)).collect::<Vec<_>>().join(" ")
}

fn fields(envelope: &Envelope) -> BTreeMap<Field, String> {
    BTreeMap::from([
        (Field::Subject, envelope.subject.clone()),
        (Field::From, people(&envelope.from)),
        (Field::To, people(&envelope.to)),
        (Field::Cc, people(&envelope.cc)),
        (Field::List, envelope.list_id.clone()),
    ])
}

struct Lab {
    _dir: tempfile::TempDir,
    writer: Writer,
    known: Vec<Known>,
}

/// Three folders of real mail: all indexed, half of it with its text, the last part of it not indexed at all.
fn lab(mails: &[PathBuf]) -> Lab {
    let dir = tempfile::tempdir().unwrap();
    let cache = Cache::open(dir.path(), Access::Owner).unwrap();
    let mut writer = cache.writer().unwrap();
    let account = writer.account("work").unwrap();
    let folder = |raw: &str, role| ServerFolder {
        raw: raw.to_owned(),
        name: raw.to_owned(),
        delimiter: Some('/'),
        role,
        selectable: true,
        subscribed: true,
        namespace: Namespace::Personal,
    };
    let folders = [("INBOX", Some(Role::Inbox)), ("Trash", Some(Role::Trash)), ("Lists", None)];
    writer.put_folders(account, &folders.map(|(raw, role)| folder(raw, role))).unwrap();
    let mut known = Vec::new();
    for (number, path) in mails.iter().enumerate() {
        let mail = std::fs::read(path).unwrap();
        let raw = folders[if number % 10 == 9 { 1 } else { number % 2 * 2 }].0;
        let message = header(&mail, u32::try_from(number).unwrap() + 1);
        let place = writer.reader().folder_by_raw(account, raw).unwrap().unwrap();
        let id = writer.put_messages(place, std::slice::from_ref(&message)).unwrap().ids[0];
        let mut one = Known {
            key: RowKey { place: message.received.0, id },
            folder: if raw == "INBOX" { "inbox" } else { raw },
            flags: message.flags.system,
            size: message.size,
            fields: fields(&message.envelope),
            text: None,
        };
        if number % 2 == 0 {
            read_text(&mut writer, &mut one, id, mail);
        }
        known.push(one);
        if number + 200 == mails.len() {
            while writer.index_headers(500).unwrap().more {}
        }
    }
    assert!(writer.reader().unindexed().unwrap() >= 199);
    Lab { _dir: dir, writer, known }
}

impl Lab {
    /// The first message that one finds and the other does not, with what is looked for in it.
    fn difference(&self, found: &[RowKey], expected: &[RowKey], query: &Query) -> String {
        let one = self.known.iter().find(|one| found.contains(&one.key) != expected.contains(&one.key));
        let Some(one) = one else { return "in another order".to_owned() };
        let mut told = format!("{:?}, expected: {}", one.key, expected.contains(&one.key));
        for (field, phrase) in query.phrases() {
            for (place, text) in &one.fields {
                for range in phrase.places(text).into_iter().take(3) {
                    write!(told, "; {field:?} {phrase:?} in {place:?}: {:?}", text.get(range)).unwrap();
                }
            }
        }
        told
    }
}

fn read_text(writer: &mut Writer, known: &mut Known, id: MessageId, bytes: Vec<u8>) {
    let gist = render::run(|| render::gist(&bytes, TEXT_MAX)).unwrap();
    let cut = gist.body.floor_char_boundary(TEXT_MAX);
    known.fields.insert(Field::Body, gist.body[..cut].to_owned());
    known.fields.insert(Field::File, gist.files.clone());
    known.text = Some((gist.link, gist.invite));
    let text = posthaste::store::index::Text {
        body: gist.body,
        cut: gist.cut,
        files: gist.files,
        link: gist.link,
        invite: gist.invite,
    };
    let digest = Digest { text, ..Digest::default() };
    writer.keep_bodies(&[Arrived { message: id, bytes, whole: true, digest }]).unwrap();
}

/// Words of the mails: common ones, rare ones, and what lies between.
fn vocabulary(known: &[Known]) -> Vec<String> {
    let mut words: BTreeSet<String> = BTreeSet::new();
    for one in known.iter().step_by(7) {
        for (number, word) in one.fields.values().flat_map(|text| posthaste::words::split(text)).enumerate() {
            if number % 5 == 0 && word.chars().count() < 20 {
                words.insert(word);
            }
        }
    }
    words.into_iter().collect()
}

/// A query as somebody types it.
fn typed(words: &[String]) -> impl Strategy<Value = String> + use<> {
    let word = proptest::sample::select(words.to_vec());
    let term = (word.clone(), word, 0_u8..16, 0_usize..9).prop_map(|(word, other, form, field)| {
        let field = ["", "", "", "from:", "to:", "cc:", "subject:", "body:", "list:"][field];
        let part = |from: usize, most: usize| word.chars().skip(from).take(most).collect::<String>();
        match form {
            0..=4 => format!("{field}{word}"),
            5 | 6 => format!("{field}\"{word}\""),
            7 => format!("{field}\"{word} {other}\""),
            8 => format!("{field}{}*", part(0, 3)),
            9 => format!("{field}*{}*", if part(1, 4).is_empty() { word.clone() } else { part(1, 4) }),
            10 => format!("{field}*{}", if part(2, 20).is_empty() { word.clone() } else { part(2, 20) }),
            11 => "is:unread".to_owned(),
            12 => "has:link".to_owned(),
            13 => "in:lists".to_owned(),
            14 => "larger:3k".to_owned(),
            _ => "after:2019-01-01".to_owned(),
        }
    });
    let joined = (proptest::collection::vec((term, 0_u8..8), 1..4)).prop_map(|terms| {
        let mut text = String::new();
        for (term, how) in terms {
            if !text.is_empty() {
                text.push_str(if how < 2 { " or " } else { " " });
            }
            if how == 7 {
                text.push('-');
            }
            text.push_str(&term);
        }
        text
    });
    (joined.clone(), joined, 0_u8..4).prop_map(|(one, other, how)| match how {
        0 => format!("({one}) or ({other})"),
        1 => format!("{one} -({other})"),
        _ => one,
    })
}

fn search(query: Query) -> Search {
    Search { query: Arc::new(query), within: None, hits: Arc::new(BTreeSet::new()), conversations: false }
}

/// The promise of search: no message is missed, none is found that is not meant, the newest come first.
#[test]
fn real_mail_is_found_as_by_a_plain_look() {
    let Some(folder) = shared("corpora/mail") else { return };
    let mails: Vec<PathBuf> = files(&folder).into_iter().step_by(EVERY).collect();
    let lab = lab(&mails);
    let words = vocabulary(&lab.known);
    assert!(words.len() > 1_000, "{} words", words.len());
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let clock = Clock { now: UnixTime(1_600_000_000), offset: 0 };
    let (mut some, mut phrases) = (0, 0);
    for _ in 0..QUERIES {
        let text = typed(&words).new_tree(&mut runner).unwrap().current();
        let query = parse(&text, clock).unwrap();
        let named = query.names_folders();
        let found = |one: &&Known| (named || one.folder != "Trash") && one.answers(&query.root);
        let mut expected: Vec<RowKey> = lab.known.iter().filter(found).map(|one| one.key).collect();
        expected.sort_unstable_by(|one, other| other.cmp(one));
        some += usize::from(!expected.is_empty());
        phrases += usize::from(text.contains('"'));
        let search = search(query);
        let rows = lab.writer.everything_found(&search, u32::MAX).unwrap();
        let keys: Vec<RowKey> = rows.iter().map(MessageRow::key).collect();
        assert!(keys == expected, "{text}: {}", lab.difference(&keys, &expected, &search.query));
        let page = lab.writer.found(&search, Anchor::Newest, 20).unwrap();
        assert!(page.rows.iter().map(MessageRow::key).eq(expected.iter().copied().take(20)), "{text}");
        if let Some(middle) = expected.get(expected.len() / 2) {
            let page = lab.writer.found(&search, Anchor::Around(*middle), 10).unwrap();
            let from = (expected.len() / 2).saturating_sub(10);
            let wanted = expected.iter().copied().skip(from).take(page.rows.len());
            assert!(page.rows.iter().map(MessageRow::key).eq(wanted), "{text}");
            assert_eq!(page.first, from as u64, "{text}");
        }
    }
    // The test would say nothing if the queries found nothing.
    assert!(some > QUERIES / 3 && phrases > QUERIES / 20, "{some} found something, {phrases} had phrases");
}
