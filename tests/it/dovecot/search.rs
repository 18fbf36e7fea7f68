//! Searching on a real Dovecot: text that the cache does not have, in letters of all kinds.

use posthaste::mail::UnixTime;
use posthaste::protocol::ServerSearch;
use posthaste::query::{Edge, Field, Node, Phrase, State, Term};
use rstest::rstest;

use super::engine::{FULL, alice};
use crate::support::dovecot::{Dovecot, Options, available};
use crate::support::engine::{Driver, Home, mail};
use crate::support::searches::{ends, hits, look_for, told, words_in};

/// A mail whose text is in this charset, coded in base64.
fn coded(id: &str, subject: &str, charset: &str, base64: &str) -> Vec<u8> {
    format!(
        "From: Ada <ada@example.org>\r\nSubject: {subject}\r\nMessage-ID: <{id}@x>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: base64\r\n\r\n{base64}\r\n"
    )
    .into_bytes()
}

fn search(driver: &mut Driver, number: u64, root: Node) -> (Vec<String>, ServerSearch) {
    driver.send(look_for(number, root));
    driver.until("a search ends", |driver| !ends(told(driver.events.iter(), number, None)).is_empty());
    let found = hits(driver.events.iter(), number);
    let details = found.iter().map(|id| driver.reader().detail(*id).unwrap().unwrap());
    let mut ids: Vec<String> = details.map(|detail| detail.envelope.message_id.replace("@x", "")).collect();
    ids.sort();
    let mut ends = ends(told(driver.events.iter(), number, None));
    assert_eq!(ends.len(), 1, "{}", driver.tail());
    (ids, ends.remove(0))
}

/// Texts in other letters, whatever they are coded in, are found in every folder; and so is all else that can be asked.
#[rstest]
#[case::full(None)]
#[case::without_esearch(Some("ESEARCH"))]
#[case::without_literals(Some("LITERAL+"))]
fn other_letters_are_found(#[case] missing: Option<&str>) {
    if !available() {
        return;
    }
    let capability = missing.map(|name| FULL.split(' ').filter(|one| *one != name).collect::<Vec<_>>().join(" "));
    let server = Dovecot::start(&Options { capability, ..Options::default() });
    server.client("alice").command("CREATE Projects").ok();
    server.deliver("alice", "INBOX", &mail("plain"), "");
    for (folder, id, subject, charset, text) in [
        // «Привет, мир» in KOI8-R, 東京タワー in Shift_JIS and 한국어 in UTF-8.
        ("INBOX", "russian", "one", "koi8-r", "8NLJ18XULCDNydIK"),
        ("INBOX", "japanese", "two", "shift_jis", "k4yLnoNeg4+BWwo="),
        ("Projects", "korean", "three", "utf-8", "7ZWc6rWt7Ja0Cg=="),
        ("Projects", "needle", "four =?utf-8?q?=D1=81=D0=BB=D0=BE=D0=BD?=", "utf-8", "YSBuZWVkbGUK"),
    ] {
        server.deliver("alice", folder, &coded(id, subject, charset, text), "");
    }
    let mut driver = Home::new(vec![alice(&server)]).start();
    driver.online();
    let done = |driver: &mut Driver, number, root| {
        let (found, end) = search(driver, number, root);
        assert!(matches!(end, ServerSearch::Done { .. }), "{number}: {end:?}");
        found
    };
    assert_eq!(done(&mut driver, 1, words_in(Field::Any, "привет")), ["russian"]);
    assert_eq!(done(&mut driver, 2, words_in(Field::Body, "東京")), ["japanese"]);
    assert_eq!(done(&mut driver, 3, words_in(Field::Body, "한국")), ["korean"]);
    assert_eq!(done(&mut driver, 4, words_in(Field::Any, "СЛОН needle")), ["needle"]);
    assert_eq!(done(&mut driver, 5, words_in(Field::Body, "body of plain")), ["plain"]);
    let either = Node::Or(vec![words_in(Field::Body, "мир"), words_in(Field::Body, "needle")]);
    assert_eq!(done(&mut driver, 6, either.clone()), ["needle", "russian"]);
    let not_ada =
        Node::Not(Box::new(Node::Term(Term::Text(Field::From, Phrase::of("ada", Edge::Part, Edge::Part).unwrap()))));
    assert_eq!(done(&mut driver, 7, Node::And(vec![either.clone(), not_ada])), Vec::<String>::new());
    let all = [
        either,
        Node::Term(Term::Is(State::Unread)),
        Node::Not(Box::new(Node::Term(Term::Is(State::Flagged)))),
        Node::Not(Box::new(Node::Term(Term::Label("$Work".to_owned())))),
        Node::Term(Term::Received { from: Some(UnixTime(0)), until: Some(UnixTime(4_000_000_000)) }),
        Node::Term(Term::Larger(10)),
        Node::Term(Term::Smaller(10_000)),
        words_in(Field::From, "ada"),
    ];
    assert_eq!(done(&mut driver, 8, Node::And(all.to_vec())), ["needle", "russian"]);
    assert_eq!(search(&mut driver, 9, words_in(Field::From, "ada")).1, ServerSearch::Needless);
}
