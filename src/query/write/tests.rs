//! What is written, and that it is read as what it was.

use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};
use rstest::rstest;

use super::value;
use crate::mail::UnixTime;
use crate::query::parse::{Clock, parse};
use crate::query::{Edge, Field, Node, Phrase, Query, State, Term, Thing};
use crate::words;

const CLOCK: Clock = Clock { now: UnixTime(1_773_500_966), offset: 3600 };

/// The canonical text: as bare as it can be, and the same for all that means the same.
#[rstest]
#[case("", "")]
#[case("  Budget ", "budget")]
#[case("budget*", "budget")]
#[case("\"budget\"", "\"budget\"")]
#[case("re", "re")]
#[case("\"re\"", "re")]
#[case("re*", "re*")]
#[case("*re", "*re")]
#[case("and* \"or\" not*", "and* \"or\" not*")]
#[case("from:and", "from:and")]
#[case("from:ada from:\"ada\" from:ada*", "from:ada from:\"ada\" from:ada*")]
#[case("ada@acme.example", "\"ada acme example\"*")]
#[case("東京 한글 \"東京 tower\"", "東京 한글 \"東京tower\"")]
#[case("a (b (c or d or (e)))", "a b (c or d or e)")]
#[case("(a b) or c", "a b or c")]
#[case("-(a b) -(c or -d) --e", "-(a b) -(c or -d) e")]
#[case("is:read is:unflagged is:starred -is:read", "is:read -is:flagged is:flagged is:unread")]
#[case("tag:x folder:\"My Folder\" in:\"a\\\"b\"", "label:x in:\"My Folder\" in:\"a\\\"b\"")]
#[case("id:<a@b>", "id:a@b")]
#[case("in:/ in://x in::", "in:/ in://x in::")]
#[case("larger:5120k smaller:1000 larger:1.5g larger:0", "larger:5M smaller:1000 larger:1536M larger:0")]
#[case("on:2026-03-14", "on:@1773442800..@1773529199")]
#[case("after:3d older:1h on:@5", "after:@1773241766 before:@1773497366 on:@5")]
fn canonical(#[case] typed: &str, #[case] written: &str) {
    let query = parse(typed, CLOCK).unwrap();
    assert_eq!(query.to_string(), written);
    assert_eq!(parse(written, CLOCK), Ok(query));
}

/// A saved search means the same tomorrow.
#[test]
fn times_are_absolute() {
    let query = parse("on:yesterday older:3d", CLOCK).unwrap();
    let later = Clock { now: UnixTime(CLOCK.now.0 + 100_000), offset: -7200 };
    assert_eq!(parse(&query.to_string(), later), Ok(query));
}

/// Trees that no text makes are still written as something that is read, and that finds the same.
#[test]
fn odd_trees_are_written_too() {
    let none = Node::Or(Vec::new());
    let ever = Node::Term(Term::Received { from: None, until: None });
    let never = Node::Term(Term::Received { from: Some(UnixTime(9)), until: Some(UnixTime(9)) });
    let root = Node::And(vec![Node::All, Node::And(Vec::new()), none, ever, never]);
    let written = Query { root }.to_string();
    assert_eq!(written, "in:anywhere in:anywhere -in:anywhere after:@-9223372036854775808 (after:@9 before:@9)");
    assert!(parse(&written, CLOCK).is_ok());
}

/// Values are bare if nothing in them has a meaning.
#[rstest]
#[case("inbox", "inbox")]
#[case("Work/2026", "Work/2026")]
#[case("a\\b", "a\\b")]
#[case("My Folder", "\"My Folder\"")]
#[case("-x", "\"-x\"")]
#[case("(x", "\"(x\"")]
#[case("a*", "\"a*\"")]
#[case("a\"b\\", "\"a\\\"b\\\\\"")]
#[case("“x”", "\"\\“x\\”\"")]
#[case("", "\"\"")]
fn values(#[case] plain: &str, #[case] written: &str) {
    assert_eq!(value(plain), written);
}

fn fields() -> impl Strategy<Value = Field> {
    let fields = [Field::Any, Field::From, Field::To, Field::Cc, Field::Subject, Field::Body, Field::List, Field::File];
    proptest::sample::select(fields.to_vec())
}

fn phrases() -> impl Strategy<Value = Phrase> {
    let texts = prop_oneof!["[a-z]{1,5}( [a-z]{1,5}){0,2}", "\\PC{1,8}", "(or|and|not|東|京|한|ก|ß|İ|é|x| ){1,4}",];
    (texts, any::<bool>(), any::<bool>()).prop_filter_map("no words", |(text, start, end)| {
        let edge = |part| if part { Edge::Part } else { Edge::Whole };
        Phrase::new(words::split(&text), edge(start), edge(end))
    })
}

fn names() -> impl Strategy<Value = String> {
    "[ -~]{1,8}|\\PC{1,8}|[\"“\\\\()*: -]{1,6}"
        .prop_map(|name| name.trim().to_owned())
        .prop_filter("empty", |name| !name.is_empty())
}

fn terms() -> impl Strategy<Value = Term> {
    let states = [State::Unread, State::Flagged, State::Answered, State::Draft, State::Snoozed, State::Muted];
    let things = [Thing::Attachment, Thing::Invite, Thing::Link];
    let ids = names().prop_filter("brackets", |name| !name.starts_with('<') && !name.ends_with('>')).boxed();
    let time = any::<i64>().prop_map(UnixTime);
    prop_oneof![
        4 => (fields(), phrases()).prop_map(|(field, phrase)| Term::Text(field, phrase)),
        1 => proptest::sample::select(states.to_vec()).prop_map(Term::Is),
        1 => proptest::sample::select(things.to_vec()).prop_map(Term::Has),
        1 => names().prop_map(Term::In),
        1 => names().prop_map(Term::Account),
        1 => names().prop_map(Term::Label),
        1 => ids.clone().prop_map(Term::Id),
        1 => ids.prop_map(Term::Thread),
        1 => any::<u64>().prop_map(Term::Larger),
        1 => (0_u64..5000, 0_u32..31).prop_map(|(count, unit)| Term::Smaller(count << unit)),
        1 => time.clone().prop_map(|from| Term::Received { from: Some(from), until: None }),
        1 => time.prop_map(|until| Term::Received { from: None, until: Some(until) }),
        1 => (any::<i64>(), 1_i64..1000).prop_filter_map("too late", |(from, length)| {
            let until = from.checked_add(length)?;
            Some(Term::Received { from: Some(UnixTime(from)), until: Some(UnixTime(until)) })
        }),
    ]
}

fn nodes() -> impl Strategy<Value = Node> {
    terms().prop_map(Node::Term).prop_recursive(5, 40, 4, |inner| {
        let several = proptest::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            several.clone().prop_map(Node::all_of),
            several.prop_map(Node::any_of),
            inner.prop_map(Node::negated)
        ]
    })
}

proptest! {
    /// Any query is written as a text that is that query.
    #[test]
    fn written_and_read_again(root in prop_oneof![9 => nodes(), 1 => Just(Node::All)]) {
        let query = Query { root };
        let written = query.to_string();
        prop_assert_eq!(parse(&written, CLOCK), Ok(query), "{}", written);
    }
}
