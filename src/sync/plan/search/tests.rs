//! What is asked, in which folders, and what becomes of the answer.

use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::strategy::BoxedStrategy;
use rstest::rstest;

use super::verdict::{Hit, Verdict, verdict};
use super::{Question, Scope, Shelf, Tongue, criteria, scope};
use crate::imap::session::{Place, Search};
use crate::mail::flags::Flags;
use crate::mail::folder::Role;
use crate::mail::message::{Address, Envelope};
use crate::mail::{FolderId, MessageId, UnixTime};
use crate::query::{Edge, Field, Node, Phrase, Query, State, Term, Thing};

fn phrase(text: &str, start: Edge, end: Edge) -> Phrase {
    Phrase::of(text, start, end).unwrap()
}

/// Words as a query line has them: parts at both ends in names and addresses, else from their beginning.
fn text(field: Field, words: &str) -> Node {
    let start = if matches!(field, Field::Any | Field::Subject | Field::Body) { Edge::Whole } else { Edge::Part };
    Node::Term(Term::Text(field, phrase(words, start, Edge::Part)))
}

fn is(state: State) -> Node {
    Node::Term(Term::Is(state))
}

fn not(node: Node) -> Node {
    Node::Not(Box::new(node))
}

fn received(from: Option<i64>, until: Option<i64>) -> Node {
    Node::Term(Term::Received { from: from.map(UnixTime), until: until.map(UnixTime) })
}

fn within(name: &str) -> Node {
    Node::Term(Term::In(name.to_owned()))
}

fn shelf(id: i64, path: &str, role: Option<Role>) -> Shelf {
    Shelf { id: FolderId(id), role, path: path.to_owned(), messages: 10, headers: true, texts: false }
}

fn question(query: &Query, tongue: Tongue) -> Question<'_> {
    Question { query, account: "work", within: None, tongue }
}

/// Search keys as they would go out, with days as days since 1970.
fn written(key: &Search) -> String {
    let each = |keys: &[Search]| keys.iter().map(written).collect::<Vec<_>>();
    match key {
        Search::And(keys) => format!("({})", each(keys).join(" ")),
        Search::Or(keys) => format!("[{}]", each(keys).join(" | ")),
        Search::Not(key) => format!("NOT {}", written(key)),
        Search::Fuzzy(key) => format!("~{}", written(key)),
        Search::Text(place, text) => format!("{place:?}:{text}"),
        Search::Gmail(text) => format!("<{text}>"),
        Search::Keyword(flag) => flag.to_string(),
        Search::Since(time) => format!("SINCE {}", time.0.div_euclid(86_400)),
        Search::Before(time) => format!("BEFORE {}", time.0.div_euclid(86_400)),
        Search::All
        | Search::Deleted
        | Search::Unseen
        | Search::Flagged
        | Search::Answered
        | Search::Draft
        | Search::HeaderMessageId(_)
        | Search::Larger(_)
        | Search::Smaller(_)
        | Search::UidFrom(_) => format!("{key:?}"),
    }
}

fn asked(root: Node, tongue: Tongue) -> String {
    let query = Query { root };
    let inbox = shelf(1, "INBOX", Some(Role::Inbox));
    criteria(&question(&query, tongue), &inbox).map_or_else(|| "-".to_owned(), |key| written(&key))
}

/// What must hold is asked for widely, word by word; what must not hold narrowly or not at all; what no server knows is
/// left out.
#[rstest]
#[case(text(Field::Any, "Invoice"), "~Anywhere:invoice")]
#[case(text(Field::Body, "two words"), "(~Body:two ~Body:words)")]
#[case(text(Field::From, "ada@acme.example"), "(From:ada From:acme From:example)")]
#[case(text(Field::To, "ada"), "To:ada")]
#[case(text(Field::Cc, "ada"), "Cc:ada")]
#[case(text(Field::Subject, "Müller"), "[Subject:müller | Subject:muller]")]
#[case(text(Field::List, "rust"), "List:rust")]
#[case(text(Field::Body, "東京 tower"), "(~Body:東京 ~Body:tower)")]
#[case(text(Field::Body, "한국어 책"), "~Body:한국어책")]
#[case(text(Field::File, "report"), "-")]
#[case(Node::Term(Term::Text(Field::Any, phrase("art", Edge::Part, Edge::Whole))), "Anywhere:art")]
#[case(is(State::Unread), "Unseen")]
#[case(Node::And(vec![is(State::Flagged), is(State::Answered), is(State::Draft)]), "(Flagged Answered Draft)")]
#[case(Node::And(vec![is(State::Snoozed), is(State::Muted)]), "($Snoozed $Muted)")]
#[case(Node::Term(Term::Label("Work".to_owned())), "Work")]
#[case(Node::Term(Term::Label("two words".to_owned())), "two=20words")]
#[case(received(Some(100 * 86_400), None), "SINCE 99")]
#[case(received(None, Some(100 * 86_400)), "BEFORE 101")]
#[case(received(Some(100 * 86_400 + 5), Some(101 * 86_400 + 5)), "(SINCE 99 BEFORE 103)")]
#[case(not(received(Some(100 * 86_400), None)), "NOT SINCE 101")]
#[case(not(received(None, Some(100 * 86_400))), "NOT BEFORE 99")]
#[case(Node::Term(Term::Larger(1_000)), "Larger(1000)")]
#[case(Node::Term(Term::Larger(1 << 40)), "Larger(4294967295)")]
#[case(not(Node::Term(Term::Larger(1 << 40))), "-")]
#[case(Node::Term(Term::Smaller(1_000)), "Smaller(1000)")]
#[case(Node::Term(Term::Smaller(1 << 40)), "-")]
#[case(Node::Or(vec![text(Field::From, "ada"), text(Field::To, "ada")]), "[From:ada | To:ada]")]
#[case(Node::Or(vec![text(Field::From, "ada"), Node::Term(Term::Has(Thing::Link))]), "-")]
#[case(Node::And(vec![text(Field::From, "ada"), Node::Term(Term::Has(Thing::Link))]), "From:ada")]
#[case(Node::And(vec![text(Field::From, "ada"), not(is(State::Unread))]), "(From:ada NOT Unseen)")]
#[case(not(not(text(Field::From, "ada"))), "From:ada")]
#[case(not(text(Field::Any, "spam")), "-")]
#[case(Node::And(vec![text(Field::Any, "ham"), not(text(Field::Any, "spam"))]), "~Anywhere:ham")]
#[case(not(text(Field::Subject, "spam")), "-")]
#[case(not(text(Field::From, "ada")), "NOT From:ada")]
#[case(not(text(Field::From, "ada lovelace")), "-")]
#[case(Node::And(vec![text(Field::Any, "a"), within("Inbox")]), "~Anywhere:a")]
#[case(Node::And(vec![text(Field::Any, "a"), within("work")]), "-")]
#[case(Node::And(vec![text(Field::Any, "a"), not(within("work"))]), "~Anywhere:a")]
#[case(Node::And(vec![text(Field::Any, "a"), Node::Term(Term::Account("WORK".to_owned()))]), "~Anywhere:a")]
#[case(Node::And(vec![text(Field::Any, "a"), Node::Term(Term::Account("home".to_owned()))]), "-")]
#[case(Node::All, "-")]
fn the_question_is_wide_enough(#[case] root: Node, #[case] expected: &str) {
    assert_eq!(asked(root, Tongue::Standard), expected);
}

/// Gmail gets the words of its own search line, in one piece as far as they stand together.
#[rstest]
#[case(text(Field::Any, "two words"), "<two words>")]
#[case(text(Field::From, "ada"), "<from:ada>")]
#[case(text(Field::Subject, "two words"), "<subject:(two words)>")]
#[case(text(Field::File, "report"), "<filename:report>")]
#[case(text(Field::List, "rust"), "<list:rust>")]
#[case(Node::Term(Term::Has(Thing::Attachment)), "<has:attachment>")]
#[case(Node::Term(Term::Has(Thing::Link)), "-")]
#[case(Node::And(vec![text(Field::Any, "a"), is(State::Unread), text(Field::To, "b")]), "(<a to:b> Unseen)")]
#[case(Node::Or(vec![text(Field::Any, "a b"), text(Field::To, "c")]), "<((a b) OR to:c)>")]
#[case(
    Node::Or(vec![Node::And(vec![text(Field::Any, "a"), text(Field::From, "b c")]), text(Field::Any, "d")]),
    "<((a from:(b c)) OR d)>"
)]
#[case(Node::Or(vec![text(Field::Any, "a"), is(State::Unread)]), "[<a> | Unseen]")]
#[case(Node::And(vec![text(Field::Any, "a"), not(text(Field::Any, "b"))]), "<a>")]
fn gmail_is_asked_in_its_own_words(#[case] root: Node, #[case] expected: &str) {
    assert_eq!(asked(root, Tongue::Gmail), expected);
}

fn folders() -> Vec<Shelf> {
    let big = Shelf { messages: 99, ..shelf(4, "Lists/Rust", None) };
    let known = Shelf { texts: true, ..shelf(3, "Sent", Some(Role::Sent)) };
    vec![
        shelf(2, "Projects", None),
        known,
        big,
        shelf(1, "INBOX", Some(Role::Inbox)),
        shelf(5, "Trash", Some(Role::Trash)),
        shelf(6, "Spam", Some(Role::Junk)),
        shelf(7, "All Mail", Some(Role::All)),
        shelf(8, "Starred", Some(Role::Flagged)),
    ]
}

fn asked_in(root: Node, tongue: Tongue) -> Vec<i64> {
    let query = Query { root };
    match scope(&question(&query, tongue), None, &folders()) {
        Scope::Folders(folders) => folders.into_iter().map(|folder| folder.0).collect(),
        Scope::Needless => vec![],
        Scope::Impossible => vec![-1],
    }
}

/// Only what the cache does not know is asked, the inbox first, then the largest; Trash, Junk and copies when they are named.
#[rstest]
#[case(text(Field::Any, "a"), &[1, 4, 2], &[7])]
#[case(not(text(Field::Any, "a")), &[-1], &[-1])]
#[case(text(Field::From, "a"), &[], &[])]
#[case(is(State::Unread), &[], &[])]
#[case(Node::All, &[], &[])]
#[case(Node::And(vec![text(Field::Any, "a"), within("anywhere")]), &[1, 4, 2, 5, 6], &[5, 6, 7])]
#[case(Node::And(vec![text(Field::Any, "a"), within("rust")]), &[4], &[4])]
#[case(Node::And(vec![text(Field::Any, "a"), within("LISTS/RUST")]), &[4], &[4])]
#[case(Node::And(vec![text(Field::Any, "a"), within("junk")]), &[6], &[6])]
#[case(Node::And(vec![text(Field::Any, "a"), within("all")]), &[7], &[7])]
#[case(Node::And(vec![text(Field::Any, "a"), within("flagged")]), &[8], &[8])]
#[case(Node::And(vec![text(Field::Any, "a"), not(within("rust"))]), &[1, 2, 5, 6], &[1, 2, 5, 6])]
#[case(Node::And(vec![text(Field::Any, "a"), within("sent")]), &[], &[])]
#[case(Node::And(vec![text(Field::Any, "a"), within("nowhere")]), &[], &[])]
#[case(Node::Term(Term::Account("home".to_owned())), &[], &[])]
fn the_right_folders_are_asked(#[case] root: Node, #[case] standard: &[i64], #[case] gmail: &[i64]) {
    assert_eq!(asked_in(root.clone(), Tongue::Standard), standard);
    assert_eq!(asked_in(root, Tongue::Gmail), gmail);
}

/// A folder whose headers are not all here is asked whatever the query is about; what cannot be asked is said to be so.
#[test]
fn headers_that_are_not_here_are_asked_for() {
    let half = Shelf { headers: false, texts: true, ..shelf(2, "Projects", None) };
    let ask = |root: Node, within: Option<FolderId>, open| {
        let query = Query { root };
        let shelves =
            [shelf(3, "Other", None), half.clone(), Shelf { headers: false, ..shelf(5, "Trash", Some(Role::Trash)) }];
        scope(&Question { within, ..question(&query, Tongue::Standard) }, open, &shelves)
    };
    let folders = |ids: &[i64]| Scope::Folders(ids.iter().copied().map(FolderId).collect());
    assert_eq!(ask(text(Field::From, "a"), None, None), folders(&[2]));
    assert_eq!(ask(is(State::Unread), None, None), folders(&[2]));
    assert_eq!(ask(text(Field::Any, "a"), None, None), folders(&[2, 3]));
    assert_eq!(ask(text(Field::Any, "a"), None, Some(FolderId(3))), folders(&[3, 2]), "the open one goes first");
    assert_eq!(ask(text(Field::From, "a"), Some(FolderId(5)), None), folders(&[5]), "whatever the folder is for");
    assert_eq!(ask(text(Field::From, "a"), Some(FolderId(3)), None), Scope::Needless);
    assert_eq!(ask(text(Field::File, "a"), None, None), Scope::Impossible);
    assert_eq!(ask(Node::Term(Term::Thread("7".to_owned())), None, None), Scope::Impossible);
    assert_eq!(ask(Node::Term(Term::Has(Thing::Link)), Some(FolderId(3)), None), Scope::Needless);
    assert_eq!(ask(within("projects"), None, None), Scope::Needless, "the sync brings it anyhow");
}

/// What the server names and the cache knows better is taken out; what only the server can tell stays.
#[rstest]
#[case(text(Field::Any, "nothing"), Verdict::Open)]
#[case(text(Field::Any, "tower"), Verdict::Yes)]
#[case(text(Field::Subject, "paris tower"), Verdict::Yes)]
#[case(text(Field::Subject, "tower paris"), Verdict::No)]
#[case(text(Field::From, "LOVE"), Verdict::Yes)]
#[case(text(Field::Cc, "ada"), Verdict::No)]
#[case(not(text(Field::Any, "nothing")), Verdict::Open)]
#[case(not(text(Field::Any, "paris")), Verdict::No)]
#[case(received(Some(1_000), None), Verdict::Yes)]
#[case(received(Some(1_001), None), Verdict::No)]
#[case(received(None, Some(1_000)), Verdict::No)]
#[case(received(None, Some(1_001)), Verdict::Yes)]
#[case(Node::Term(Term::Larger(500)), Verdict::No)]
#[case(Node::Term(Term::Smaller(501)), Verdict::Yes)]
#[case(is(State::Unread), Verdict::No)]
#[case(Node::Term(Term::Label("WORK".to_owned())), Verdict::Yes)]
#[case(Node::Term(Term::Id("9".to_owned())), Verdict::Yes)]
#[case(Node::Term(Term::Id("m@x".to_owned())), Verdict::Yes)]
#[case(Node::Term(Term::Id("8".to_owned())), Verdict::No)]
#[case(Node::Term(Term::Has(Thing::Link)), Verdict::Open)]
#[case(within("inbox"), Verdict::Yes)]
#[case(within("other"), Verdict::No)]
#[case(Node::Or(vec![text(Field::Body, "a"), is(State::Unread)]), Verdict::Open)]
#[case(Node::And(vec![text(Field::Body, "a"), is(State::Unread)]), Verdict::No)]
#[case(Node::And(vec![]), Verdict::Yes)]
#[case(Node::Or(vec![]), Verdict::No)]
fn the_cache_has_the_last_word(#[case] root: Node, #[case] expected: Verdict) {
    assert_eq!(judged(&Query { root }), expected);
}

fn judged(query: &Query) -> Verdict {
    let inbox = shelf(1, "INBOX", Some(Role::Inbox));
    let address = Address { name: "Ada Lovelace".to_owned(), address: "ada@acme.example".to_owned() };
    let envelope = Envelope {
        subject: "A Paris tower".to_owned(),
        message_id: "m@x".to_owned(),
        from: vec![address],
        ..Envelope::default()
    };
    let flags = Flags::parse(["\\Seen", "work"]);
    let hit = Hit {
        id: MessageId(9),
        shelf: Some(&inbox),
        received: UnixTime(1_000),
        size: 500,
        flags: &flags,
        envelope: &envelope,
    };
    verdict(&question(query, Tongue::Standard), &hit)
}

/// A server in miniature that holds one message: the one of [`judged`], received in a zone of its own.
fn server_finds(key: &Search, zone: i64) -> bool {
    let day = |time: i64| time.div_euclid(86_400);
    let holds = |text: &str, hay: &str| hay.to_lowercase().contains(&text.to_lowercase());
    let (from, subject) = ("Ada Lovelace <ada@acme.example>", "A Paris tower");
    match key {
        Search::And(keys) => keys.iter().all(|key| server_finds(key, zone)),
        Search::Or(keys) => keys.iter().any(|key| server_finds(key, zone)),
        Search::Not(key) => !server_finds(key, zone),
        Search::Fuzzy(key) => server_finds(key, zone),
        Search::Text(Place::From, text) => holds(text, from),
        Search::Text(Place::Subject, text) => holds(text, subject),
        Search::Text(Place::Anywhere, text) => holds(text, &format!("{from} {subject} Received: from elsewhere")),
        Search::Text(..) | Search::Unseen | Search::Flagged => false,
        Search::Since(time) => day(1_000 + zone) >= day(time.0),
        Search::Before(time) => day(1_000 + zone) < day(time.0),
        Search::Larger(bytes) => 500 > *bytes,
        Search::Smaller(bytes) => 500 < *bytes,
        Search::All
        | Search::Deleted
        | Search::Answered
        | Search::Draft
        | Search::Keyword(_)
        | Search::HeaderMessageId(_)
        | Search::Gmail(_)
        | Search::UidFrom(_) => panic!("{key:?} is not asked for here"),
    }
}

fn nodes() -> BoxedStrategy<Node> {
    let edge = || prop_oneof![Just(Edge::Whole), Just(Edge::Part)];
    let field = prop_oneof![Just(Field::Any), Just(Field::From), Just(Field::Subject), Just(Field::Cc)];
    let word = prop_oneof![
        Just("paris tower"),
        Just("ris"),
        Just("ada"),
        Just("lovelace ada acme"),
        Just("tow"),
        Just("elsewhere"),
        Just("nothing")
    ];
    let leaf = prop_oneof![
        (field, word, edge(), edge())
            .prop_map(|(field, words, start, end)| { Node::Term(Term::Text(field, phrase(words, start, end))) }),
        (-200_000_i64..200_000, any::<bool>())
            .prop_map(|(at, since)| { if since { received(Some(at), None) } else { received(None, Some(at)) } }),
        (400_u64..600).prop_map(|bytes| Node::Term(Term::Larger(bytes))),
        (400_u64..600).prop_map(|bytes| Node::Term(Term::Smaller(bytes))),
        Just(is(State::Unread)),
        Just(within("inbox")),
        Just(within("other")),
        Just(Node::Term(Term::Has(Thing::Link))),
        Just(Node::All),
    ];
    let several = |inner: BoxedStrategy<Node>| proptest::collection::vec(inner, 1..4);
    leaf.prop_recursive(4, 24, 3, move |inner| {
        prop_oneof![
            several(inner.clone().boxed()).prop_map(Node::And),
            several(inner.clone().boxed()).prop_map(Node::Or),
            inner.prop_map(not),
        ]
    })
    .boxed()
}

proptest! {
    /// Whatever is asked: a message that surely answers the query is found by the question, in whatever zone the server
    /// counts its days; and if none is asked, none could have been.
    #[test]
    fn no_message_is_missed(root in nodes(), hours in -12_i64..=14) {
        let query = Query { root };
        let inbox = shelf(1, "INBOX", Some(Role::Inbox));
        if judged(&query) == Verdict::Yes && let Some(key) = criteria(&question(&query, Tongue::Standard), &inbox) {
            assert!(server_finds(&key, hours * 3_600), "{query:?} was asked as {}", written(&key));
        }
    }
}
