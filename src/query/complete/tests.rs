//! What is offered while a query is typed; `|` is the cursor.

use proptest::prelude::{prop_assert, proptest};
use rstest::rstest;

use super::{Completion, Known, MOST, complete};
use crate::mail::UnixTime;
use crate::query::parse::{Clock, parse};

fn offered(text: &str) -> Vec<Completion> {
    let strings = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let people = [
        ("Zoë Ada", "zoe@acme.example"),
        ("Ada Lovelace", "ada@love.example"),
        ("", "bob@adams.example"),
        ("Eve", "eve@ada.example"),
        ("Canada Post", "post@ca.example"),
    ];
    let people: Vec<(String, String)> = people.map(|(name, address)| (name.to_owned(), address.to_owned())).to_vec();
    let folders = strings(&["INBOX", "My Folder", "Work/Old plans", "Archive/2025"]);
    let known = Known {
        folders: &folders,
        accounts: &strings(&["work", "home"]),
        labels: &strings(&["$todo", "todo later", "Über"]),
        people: &people,
    };
    let cursor = text.chars().position(|letter| letter == '|').unwrap();
    complete(&text.replacen('|', "", 1), cursor, &known)
}

/// What the text becomes with each, the cursor behind what was put in.
fn after(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.replacen('|', "", 1).chars().collect();
    let put = |completion: Completion| {
        let before: String = letters[..completion.replaced.start].iter().collect();
        let behind: String = letters[completion.replaced.end..].iter().collect();
        format!("{before}{}|{behind}", completion.insert)
    };
    offered(text).into_iter().map(put).collect()
}

/// Fields, values, folders, accounts, labels, days and people; in groups, in quotes, in the middle.
#[rstest]
#[case("|", &[])]
#[case("one |", &[])]
#[case("fr|", &["from:|"])]
#[case("é -F|", &["é -from:|", "é -file:|", "é -folder:|", "é -filename:|"])]
#[case("(su| x)", &["(subject:| x)"])]
#[case("fr|om:ada", &[])]
#[case("i|n:x", &["is:|x", "id:|x"])]
#[case("rom|", &[])]
#[case("is:unr|", &["is:unread|"])]
#[case("is:READ|", &["is:read|"])]
#[case("is:un|read x", &["is:unflagged| x"])]
#[case("is:(unread fl|)", &["is:(unread flagged|)"])]
#[case("-has:|", &["-has:attachment|", "-has:invite|", "-has:link|"])]
#[case("is:unread|", &[])]
#[case("in:|", &["in:inbox|", "in:archive|", "in:sent|", "in:drafts|", "in:junk|", "in:trash|", "in:anywhere|", "in:\"My Folder\"|"])]
#[case("in:arch|", &["in:archive|", "in:Archive/2025|"])]
#[case("in:old|", &["in:\"Work/Old plans\"|", "in:\"My Folder\"|"])]
#[case("in:\"my f| x", &["in:\"My Folder\"|"])]
#[case("in:\"my f|\" x", &["in:\"My Folder\"| x"])]
#[case("in:\"my f\" in:pla|", &["in:\"my f\" in:\"Work/Old plans\"|"])]
#[case("in:\"a\\\" in:\" in:arch|", &["in:\"a\\\" in:\" in:archive|", "in:\"a\\\" in:\" in:Archive/2025|"])]
#[case("folder:plan|", &["folder:\"Work/Old plans\"|"])]
#[case("account:|", &["account:work|", "account:home|"])]
#[case("label:$|", &["label:$todo|"])]
#[case("label:to|", &["label:$todo|", "label:\"todo later\"|"])]
#[case("tag:ub|", &["tag:Über|"])]
#[case("before:la|", &["before:last-week|", "before:last-month|", "before:last-year|"])]
#[case("on:t|", &["on:today|", "on:this-week|", "on:this-month|", "on:this-year|", "on:tuesday|", "on:thursday|"])]
#[case("older:1|", &["older:1d|", "older:1w|", "older:1m|", "older:1y|"])]
#[case("from: ev|", &["from: eve@ada.example|"])]
#[case("from:(bob or lov|)", &["from:(bob or ada@love.example|)"])]
#[case("to:ada@l|", &["to:ada@love.example|"])]
// Who begins so, then who has a word that does, then who has it inside; else in the order of the caller.
#[case("cc:ada|", &["cc:ada@love.example|", "cc:zoe@acme.example|", "cc:bob@adams.example|", "cc:eve@ada.example|", "cc:post@ca.example|"])]
#[case("subject:ada|", &[])]
#[case("larger:|", &[])]
#[case("(is:unread) (is:fl|", &["(is:unread) (is:flagged|"])]
#[case("\"in:|", &[])]
fn offers(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(after(text), expected, "{text}");
}

/// What is shown says what is meant.
#[test]
fn labels_say_what_it_is() {
    let labels = |text: &str| offered(text).into_iter().map(|completion| completion.label).collect::<Vec<_>>();
    assert_eq!(labels("fr|"), ["from: who sent it"]);
    assert_eq!(labels("from:lov|"), ["Ada Lovelace <ada@love.example>"]);
    assert_eq!(labels("from:bob|"), ["bob@adams.example"]);
    assert_eq!(labels("in:my|"), ["My Folder"]);
    assert_eq!(labels("older:3|"), ["3d: three days"]);
}

/// Never more than a popup takes.
#[test]
fn there_are_few() {
    let labels: Vec<String> = (0..100).map(|number| format!("label{number}")).collect();
    let known = Known { labels: &labels, ..Known::default() };
    let found = complete("label:label7", 12, &known);
    assert_eq!(found.len(), MOST);
    assert_eq!(found[0].insert, "label70");
    assert_eq!(complete("label:", 6, &known).len(), MOST);
}

proptest! {
    /// Any text with a cursor anywhere is answered, and what is replaced lies in it.
    #[test]
    fn any_text_is_answered(
        text in "(?s)(\\(|\\)|\"|-|\\*| |or|from:|is:|in:|on:|label:|\\\\|é|.){0,20}",
        cursor in 0_usize..40,
    ) {
        let labels = ["a b".to_owned(), "\"(".to_owned()];
        let known = Known { labels: &labels, folders: &labels, ..Known::default() };
        for completion in complete(&text, cursor, &known) {
            prop_assert!(completion.replaced.start <= completion.replaced.end);
            prop_assert!(completion.replaced.end <= text.chars().count());
        }
    }

    /// What is put in is understood as what was meant.
    #[test]
    fn what_is_put_in_is_understood(label in "[ -~é“]{1,10}") {
        let labels = [label.trim().to_owned()];
        let known = Known { labels: &labels, ..Known::default() };
        for completion in complete("label:", 6, &known) {
            let query = parse(&format!("label:{}", completion.insert), Clock::default());
            prop_assert!(query.is_ok() || label.trim().is_empty(), "{:?}", query);
        }
    }
}

/// The time is of no account here.
#[test]
fn offered_days_are_dates() {
    let clock = Clock { now: UnixTime(1_773_500_966), offset: 0 };
    for field in ["before", "after", "on", "older", "newer"] {
        let text = format!("{field}:");
        let found = complete(&text, text.len(), &Known::default());
        assert!(!found.is_empty(), "{field}");
        for completion in found {
            assert!(parse(&format!("{text}{}", completion.insert), clock).is_ok(), "{completion:?}");
        }
    }
}
