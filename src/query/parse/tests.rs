//! What is typed, what it means, and what is said when it means nothing.

use std::time::{Duration, Instant};

use proptest::prelude::{prop_assert, prop_assert_eq, proptest};
use rstest::rstest;

use super::{Clock, DEEPEST, Error, LONGEST, MOST_TERMS, parse};
use crate::mail::UnixTime;
use crate::query::{Edge, Node, Query, Term};

/// Saturday, 2026-03-14 16:09:26, one hour east of UTC.
const CLOCK: Clock = Clock { now: UnixTime(1_773_500_966), offset: 3600 };

/// A tree in one line; `|` is the edge of a word and `*` none, so that nothing here is written as the program writes it.
fn shown(node: &Node) -> String {
    let list =
        |name: &str, nodes: &[Node]| format!("{name}({})", nodes.iter().map(shown).collect::<Vec<_>>().join(", "));
    let edge = |edge| if edge == Edge::Whole { "|" } else { "*" };
    match node {
        Node::All => "all".to_owned(),
        Node::And(nodes) => list("and", nodes),
        Node::Or(nodes) => list("or", nodes),
        Node::Not(node) => format!("not({})", shown(node)),
        Node::Term(Term::Text(field, phrase)) => {
            let field = format!("{field:?}").to_lowercase();
            format!("{field}:{}{}{}", edge(phrase.start), phrase.words.join(" "), edge(phrase.end))
        }
        Node::Term(term) => format!("{term:?}"),
    }
}

fn read(text: &str) -> String {
    match parse(text, CLOCK) {
        Ok(query) => shown(&query.root),
        Err(error) => format!("{error:?}"),
    }
}

fn wrong(text: &str) -> Error {
    parse(text, CLOCK).expect_err(text)
}

/// Words: how long they are decides whether they are beginnings, and stars and quotes decide otherwise.
#[rstest]
#[case("", "all")]
#[case("   ", "all")]
#[case("\t\u{3000}\n", "all")]
#[case("budget", "any:|budget*")]
#[case("BÜDGET", "any:|budget*")]
#[case("re", "any:|re|")]
#[case("ﬁx", "any:|fix*")]
#[case("ox*", "any:|ox*")]
#[case("*end", "any:*end|")]
#[case("*part*", "any:*part*")]
#[case("**bold**", "any:*bold*")]
#[case("\"budget\"", "any:|budget|")]
#[case("\"q3  numbers!\"", "any:|q3 numbers|")]
#[case("“q3 numbers”", "any:|q3 numbers|")]
#[case("\"q3 numb\"*", "any:|q3 numb*")]
#[case("*\"q3 numb\"", "any:*q3 numb|")]
#[case("\"5*3 or 4\"", "any:|5 3 or 4|")]
#[case("\"a \\\" b\"", "any:|a b|")]
#[case("ada@acme.ex", "any:|ada acme ex|")]
#[case("ada@acme.example", "any:|ada acme example*")]
#[case("*da@acme.ex", "any:*da acme ex|")]
#[case("report,*", "any:|report*")]
#[case("don't", "any:|don t|")]
#[case("東京", "any:|東 京|")]
#[case("*東京*", "any:|東 京|")]
#[case("v東", "any:|v 東|")]
#[case("東tower", "any:|東 tower*")]
#[case("q3 numbers", "and(any:|q3|, any:|numbers*)")]
#[case("Tom & Jerry", "and(any:|tom*, any:|jerry*)")]
#[case("budget - q3 -> done -- now", "and(any:|budget*, any:|q3|, any:|done*, any:|now*)")]
#[case("say \"hello\"world", "and(any:|say*, any:|hello|, any:|world*)")]
#[case("f() fails", "and(any:|f|, any:|fails*)")]
fn words(#[case] text: &str, #[case] tree: &str) {
    assert_eq!(read(text), tree, "{text}");
}

/// Fields: their names in any case, their aliases, and how each looks for words.
#[rstest]
#[case("from:ad", "from:*ad*")]
#[case("FROM:Ada", "from:*ada*")]
#[case("to:ada cc:bob", "and(to:*ada*, cc:*bob*)")]
#[case("from:\"ada\"", "from:|ada|")]
#[case("from:ada*", "from:|ada*")]
#[case("from:*ada", "from:*ada|")]
#[case("from:東京", "from:|東 京|")]
#[case("from:ada@acme.ex", "from:*ada acme ex*")]
#[case("list:rust-users", "list:*rust users*")]
#[case("file:q3.pdf", "file:*q3 pdf*")]
#[case("filename:q3.pdf", "file:*q3 pdf*")]
#[case("subject:re", "subject:|re|")]
#[case("subject:\"q3 numbers\"", "subject:|q3 numbers|")]
#[case("body:number", "body:|number*")]
#[case("subject:re:budget", "subject:|re budget*")]
#[case("subject:or", "subject:|or|")]
#[case("from: ada", "from:*ada*")]
#[case("from:(ada or bob)", "or(from:*ada*, from:*bob*)")]
#[case("from:(ada -bob)", "and(from:*ada*, not(from:*bob*))")]
#[case("from: (ada)", "from:*ada*")]
#[case("from:(ada subject:q3 eve)", "and(from:*ada*, subject:|q3|, from:*eve*)")]
#[case("from:((ada) or (bob eve))", "or(from:*ada*, and(from:*bob*, from:*eve*))")]
#[case("is:(unread or flagged)", "or(Is(Unread), Is(Flagged))")]
#[case("in:inbox", "In(\"inbox\")")]
#[case("in:Work/2026", "In(\"Work/2026\")")]
#[case("in:\"My \\\"own\\\" C:\\new\"", "In(\"My \\\"own\\\" C:\\\\new\")")]
#[case("folder:Sent", "In(\"Sent\")")]
#[case("in:\"a*b\"", "In(\"a*b\")")]
#[case("account:work", "Account(\"work\")")]
#[case("label:$todo", "Label(\"$todo\")")]
#[case("tag:\"-x\"", "Label(\"-x\")")]
#[case("id:<a@b.example>", "Id(\"a@b.example\")")]
#[case("id:42", "Id(\"42\")")]
#[case("thread:a:b@c", "Thread(\"a:b@c\")")]
#[case("is:unread", "Is(Unread)")]
#[case("is:READ", "not(Is(Unread))")]
#[case("is:flagged", "Is(Flagged)")]
#[case("is:starred", "Is(Flagged)")]
#[case("is:unflagged", "not(Is(Flagged))")]
#[case("-is:read", "Is(Unread)")]
#[case("is:answered", "Is(Answered)")]
#[case("is:draft", "Is(Draft)")]
#[case("is:snoozed", "Is(Snoozed)")]
#[case("is:\"muted\"", "Is(Muted)")]
#[case("has:attachment", "Has(Attachment)")]
#[case("has:invite", "Has(Invite)")]
#[case("has:link", "Has(Link)")]
#[case("larger:500", "Larger(500)")]
#[case("larger:100k", "Larger(102400)")]
#[case("larger:5M", "Larger(5242880)")]
#[case("smaller:1g", "Smaller(1073741824)")]
#[case("smaller:5MB", "Smaller(5242880)")]
#[case("smaller:1.5KiB", "Smaller(1536)")]
#[case("smaller:0", "Smaller(0)")]
fn fields(#[case] text: &str, #[case] tree: &str) {
    assert_eq!(read(text), tree, "{text}");
}

/// What has a colon and is no field.
#[rstest]
#[case("http://x.example/a", "any:|http x example a|")]
#[case("file://home", "any:|file home*")]
#[case("http:/", "any:|http*")]
#[case("12:30", "any:|12 30|")]
#[case("re: budget", "and(any:|re|, any:|budget*)")]
#[case("RE:budget", "any:|re budget*")]
#[case("note: this", "and(any:|note*, any:|this*)")]
#[case("note:", "any:|note*")]
#[case("(note:)", "any:|note*")]
#[case("std::vec", "any:|std vec*")]
#[case("C:\\new", "any:|c new*")]
#[case("mailto:ada@acme.example", "any:|mailto ada acme example*")]
#[case("acme.example:8080", "any:|acme example 8080*")]
#[case("größe:5", "any:|grosse 5|")]
#[case("\"foo:bar\"", "any:|foo bar|")]
fn colons(#[case] text: &str, #[case] tree: &str) {
    assert_eq!(read(text), tree, "{text}");
}

/// How conditions are put together, and what is left of it.
#[rstest]
#[case("one two or three", "or(and(any:|one*, any:|two*), any:|three*)")]
#[case("one (two OR three)", "and(any:|one*, or(any:|two*, any:|three*))")]
#[case("one or (two or three)", "or(any:|one*, any:|two*, any:|three*)")]
#[case("one (two (three))", "and(any:|one*, any:|two*, any:|three*)")]
#[case("((one))", "any:|one*")]
#[case("one AND two", "and(any:|one*, any:|two*)")]
#[case("and one and", "any:|one*")]
#[case("-one two", "and(not(any:|one*), any:|two*)")]
#[case("not one two", "and(not(any:|one*), any:|two*)")]
#[case("Not one or two", "or(not(any:|one*), any:|two*)")]
#[case("-(one or two)", "not(or(any:|one*, any:|two*))")]
#[case("-from:ada", "not(from:*ada*)")]
#[case("-\"two words\"", "not(any:|two words|)")]
#[case("-*\"two words\"", "not(any:*two words|)")]
#[case("--one", "any:|one*")]
#[case("---one", "not(any:|one*)")]
#[case("not not one", "any:|one*")]
#[case("not -one", "any:|one*")]
#[case("-not -one", "not(any:|one*)")]
#[case("-(-(-one))", "not(any:|one*)")]
#[case("\"or\"", "any:|or|")]
#[case("or*", "any:|or*")]
#[case("and* \"not\"", "and(any:|and*, any:|not|)")]
#[case("one () two", "and(any:|one*, any:|two*)")]
fn trees(#[case] text: &str, #[case] tree: &str) {
    assert_eq!(read(text), tree, "{text}");
}

const FIELDS: &str = "There are from, to, cc, subject, body, list, file, is, has, in, account, label, before, after, on, older, \
                      newer, larger, smaller, id, thread. To look for the words themselves, use quotes.";

/// Every complaint, and the characters it is about.
#[rstest]
#[case("é foo:bar", 2, 3, "There is no field \"foo:\". {FIELDS}")]
#[case("-Form:ada", 1, 4, "There is no field \"Form:\". Did you mean \"from:\"? {FIELDS}")]
#[case("subjekt:ada", 0, 7, "There is no field \"subjekt:\". Did you mean \"subject:\"? {FIELDS}")]
#[case(
    "(is:unraed)",
    4,
    6,
    "\"is:\" does not know \"unraed\". Did you mean \"unread\"? It takes unread, read, flagged, answered, draft, snoozed, muted, replylater, pinned, unflagged, starred."
)]
#[case("has:love x", 4, 4, "\"has:\" does not know \"love\". It takes attachment, invite, link.")]
#[case("one or or two", 4, 2, "Nothing follows \"or\".")]
#[case("(one or) two", 5, 2, "Nothing follows \"or\".")]
#[case("one or & or x", 4, 2, "Nothing follows \"or\".")]
#[case("or one", 0, 2, "Nothing stands before \"or\".")]
#[case("not or one", 0, 3, "Nothing follows \"not\".")]
#[case("not ) one", 0, 3, "Nothing follows \"not\".")]
#[case("not & one", 0, 3, "Nothing follows \"not\".")]
#[case("one)", 3, 1, "There is no \"(\" that belongs to this. To look for a sign, use quotes.")]
#[case("from:() x", 0, 5, "Nothing stands in the parentheses after \"from:\".")]
#[case("(from:) x", 1, 5, "Nothing follows \"from:\".")]
#[case("from: or x", 0, 5, "Nothing follows \"from:\".")]
#[case("from: subject:x", 0, 5, "Nothing follows \"from:\".")]
#[case("filename: )", 0, 9, "Nothing follows \"file:\".")]
#[case("x from:& y", 7, 1, "There is no word to look for in \"&\".")]
#[case("from:\"\" y", 5, 2, "There is no word to look for in \"\"\"\".")]
#[case("in:\" \" y", 3, 3, "There is no word to look for in \"\" \"\".")]
#[case(":) wow", 1, 1, "There is no \"(\" that belongs to this. To look for a sign, use quotes.")]
#[case("id:<> y", 3, 2, "There is no word to look for in \"<>\".")]
#[case("x a*b", 2, 3, "A \"*\" stands before a word or behind it, not inside. To mean the sign, use quotes.")]
#[case("in:wor*", 3, 4, "\"in:\" takes no \"*\". To mean the sign, use quotes.")]
#[case("is:\"unread\"*", 3, 9, "\"is:\" takes no \"*\". To mean the sign, use quotes.")]
#[case("from:-ada", 0, 9, "To leave something out, write the \"-\" before \"from:\". To look for a \"-\", use quotes.")]
#[case("larger:5X", 7, 2, "\"5X\" is no size. Sizes are 500, 100k, 1.5M and 2G.")]
#[case("larger:.5M x", 7, 3, "\".5M\" is no size. Sizes are 500, 100k, 1.5M and 2G.")]
#[case("smaller:99999999999G", 8, 12, "\"99999999999G\" is more than any message has.")]
#[case("larger:99999999999999999999", 7, 20, "\"99999999999999999999\" is more than any message has.")]
#[case(
    "after:someday",
    6,
    7,
    "\"someday\" is no date. Dates are 2026-03-14, 14-mar, 2026-03, yesterday, last-week, 3d."
)]
#[case("on:3d", 3, 2, "\"on:\" takes a day, a month or a year. Use \"older:\" or \"newer:\" with a length of time.")]
#[case("on:2026-02..2026-01", 3, 16, "\"2026-02..2026-01\" ends before it begins.")]
#[case("on:..2026-01", 3, 9, "Nothing stands before \"..\".")]
#[case("before:2025..2026", 7, 10, "From one day to another is \"on:\", as in on:2026-01..2026-03.")]
#[case("on:3/14/2026", 3, 9, "\"3/14/2026\" can be read in two ways. Write 2026-03-14, or 14-mar-2026.")]
#[case("on:03-14-2026", 3, 10, "\"03-14-2026\" can be read in two ways. Write 2026-03-14, or 14-mar-2026.")]
#[case("on:14.3.26 x", 3, 7, "Write the year with four digits.")]
#[case("on:3d..3d", 3, 6, "\"3d..3d\" ends before it begins.")]
#[case("on:2026-13", 3, 7, "There is no month \"13\".")]
#[case("on:2026-02-30", 3, 10, "There is no day \"2026-02-30\".")]
#[case("on:30-feb", 3, 6, "There is no day \"30 february\".")]
fn complaints(#[case] text: &str, #[case] column: usize, #[case] length: usize, #[case] message: &str) {
    let error = wrong(text);
    assert_eq!((error.column, error.length), (column, length), "{text}: {error}");
    assert_eq!(error.message, message.replace("{FIELDS}", FIELDS), "{text}");
    assert_eq!(error.to_string(), error.message);
    assert!(!error.unfinished, "{text}: {error}");
}

/// What more letters can make right is no mistake yet.
#[rstest]
#[case("one \"two", 4, 4, "This quote is not closed.")]
#[case("\"", 0, 1, "This quote is not closed.")]
#[case("\"one\\\"", 0, 6, "This quote is not closed.")]
#[case("in:\"My", 3, 3, "This quote is not closed.")]
#[case("one (two or three", 4, 1, "This parenthesis is not closed.")]
#[case("(", 0, 1, "This parenthesis is not closed.")]
#[case("from:(", 5, 1, "This parenthesis is not closed.")]
#[case("one from:", 4, 5, "Nothing follows \"from:\".")]
#[case("(from: ", 1, 5, "Nothing follows \"from:\".")]
#[case("one or ", 4, 2, "Nothing follows \"or\".")]
#[case("(one or", 5, 2, "Nothing follows \"or\".")]
#[case("one not", 4, 3, "Nothing follows \"not\".")]
#[case("one -", 4, 1, "Nothing follows \"-\".")]
#[case("--", 0, 2, "Nothing follows \"-\".")]
#[case("not -", 4, 1, "Nothing follows \"-\".")]
#[case("*", 0, 1, "There is no word to look for in \"*\".")]
#[case("from:*", 5, 1, "There is no word to look for in \"*\".")]
#[case(
    "is:unr",
    3,
    3,
    "\"is:\" does not know \"unr\". It takes unread, read, flagged, answered, draft, snoozed, muted, replylater, pinned, unflagged, starred."
)]
#[case("larger:1.", 7, 2, "\"1.\" is no size. Sizes are 500, 100k, 1.5M and 2G.")]
#[case("on:2026-01..", 3, 9, "Nothing follows \"..\".")]
#[case("on:202", 3, 3, "\"202\" is no date. Dates are 2026-03-14, 14-mar, 2026-03, yesterday, last-week, 3d.")]
#[case("on:14-m", 3, 4, "\"14-m\" is no date. Dates are 2026-03-14, 14-mar, 2026-03, yesterday, last-week, 3d.")]
fn beginnings(#[case] text: &str, #[case] column: usize, #[case] length: usize, #[case] message: &str) {
    let error = wrong(text);
    assert_eq!((error.column, error.length), (column, length), "{text}: {error}");
    assert_eq!(error.message, message, "{text}");
    assert!(error.unfinished, "{text}");
}

/// What is wrong first is said first, also where the end is open.
#[test]
fn the_first_mistake_is_the_one_that_is_said() {
    assert_eq!(wrong("foo:bar \"open").column, 0);
    assert_eq!(wrong("is:unr now (").column, 3);
    assert!(!wrong("is:unr now (").unfinished);
    assert!(!wrong("is:\"unr\"").unfinished);
}

/// A message shows what was typed, but nothing that a terminal would obey, and not four thousand letters of it.
#[test]
fn messages_are_safe_to_print() {
    let error = wrong(&format!("is:\u{1b}[31m{}", "x".repeat(1000)));
    assert!(!error.message.contains('\u{1b}'), "{error}");
    assert!(error.message.chars().count() < 200, "{error}");
    assert!(wrong(&format!("{}:x", "f".repeat(1000))).message.len() < 400);
}

/// The limits: what is just within them is read, what is just beyond them is refused with its place.
#[test]
fn size_is_limited() {
    let limit =
        |text: String| parse(&text, CLOCK).map(drop).map_err(|error| (error.column, error.length, error.message));
    assert_eq!(limit("é".repeat(LONGEST)), Ok(()));
    let message = "A query has at most 4000 characters.".to_owned();
    assert_eq!(limit("é".repeat(LONGEST + 3)), Err((LONGEST, 3, message)));

    assert_eq!(limit("ab ".repeat(MOST_TERMS)), Ok(()));
    let message = "A query has at most 200 terms.".to_owned();
    assert_eq!(limit("ab ".repeat(MOST_TERMS + 1)), Err((MOST_TERMS * 3, 2, message)));

    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(limit(nested(DEEPEST)), Ok(()));
    let message = "There are at most 100 parentheses in parentheses.".to_owned();
    assert_eq!(limit(nested(DEEPEST + 1)), Err((DEEPEST, 1, message)));
    assert_eq!(limit("(a) ".repeat(DEEPEST + 1)), Ok(()));
}

/// The longest texts of the worst kinds take no longer than reading them: nothing is read over and over.
#[test]
fn long_texts_take_no_time() {
    for piece in [
        "-", "(", ")", "\"", "*", "a", "a:", "-a ", "- ", "not ", "\\\"", "\"\\", "from:(", "東", "*\"", "-*", "on:",
        "..", "1", "é",
    ] {
        // The letter at the end gives a meaning to signs before it.
        let text: String = piece.chars().cycle().take(LONGEST - 1).chain(['a']).collect();
        let quickest = (0..5).map(|_| {
            let start = Instant::now();
            drop(parse(&text, CLOCK));
            start.elapsed()
        });
        // Reading four thousand characters four thousand times would take longer, also on a slow machine.
        assert!(quickest.min().unwrap() < Duration::from_millis(20), "{piece}");
    }
}

/// Pieces of the language in any order.
const PIECES: &str =
    "(?s)(\\(|\\)|\"|-|\\*| |or|and|not|from:|is:|unread|on:|\\.\\.|2026|-03|@|5M|in:|:|\\\\|東|é|.){0,40}";

proptest! {
    /// Any text is understood or refused, with a place that lies in it.
    #[test]
    fn any_text_is_answered(text in PIECES) {
        if let Err(error) = parse(&text, CLOCK) {
            prop_assert!(error.column + error.length <= text.chars().count(), "{:?}", error);
            prop_assert!(error.length > 0, "{:?}", error);
            prop_assert!(error.message.ends_with(['.', '?']), "{:?}", error);
        }
    }

    /// Any clock gives an answer.
    #[test]
    fn any_clock_will_do(now in proptest::num::i64::ANY, offset in proptest::num::i32::ANY) {
        let clock = Clock { now: UnixTime(now), offset };
        for text in ["on:today", "after:3d", "older:99999999999999999999y", "before:6m", "on:last-year", "on:monday", "after:mar", "on:29-feb"] {
            let read = parse(text, clock);
            prop_assert!(read.is_ok() || now.unsigned_abs() > 100_000_000_000, "{}: {:?}", text, read);
        }
    }

    /// What was read and is written is read as the same, whatever was typed.
    #[test]
    fn what_was_read_can_be_written(text in PIECES) {
        if let Ok(query) = parse(&text, CLOCK) {
            let written = query.to_string();
            prop_assert_eq!(parse(&written, CLOCK), Ok::<Query, Error>(query), "{}", written);
        }
    }
}

/// While a query is typed letter by letter, nothing complains of what will be right in the end.
#[rstest]
#[case("from:ada -is:unread has:attachment")]
#[case("on:14.3.2026 or before:2026-03-04 or after:2026/03/14")]
#[case("after:14-mar-2026 on:yesterday on:last-week on:wed on:@-17")]
#[case("on:\"last week\" on:2026-01..2026-10-05 older:12h newer:3d")]
#[case("larger:1.5MiB not (subject:\"q3 numbers\"* or from:(*ada* or bob))")]
#[case("see http://acme.example/ -\"two words\" 12:30 re:budget C:\\new std::vec")]
#[case("in:\"My \\\"Folder\" id:<a@b> thread:<a@b>")]
fn typing_is_not_disturbed(#[case] text: &str) {
    assert!(parse(text, CLOCK).is_ok(), "{:?}", parse(text, CLOCK));
    for (end, _) in text.char_indices() {
        let typed = text.get(..end).unwrap();
        if let Err(error) = parse(typed, CLOCK) {
            assert!(error.unfinished, "{typed}: {error}");
        }
    }
}
