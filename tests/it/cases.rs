//! The table of all cases of reliability and protocol security, held against the tests that name them.
//!
//! The table is `cases/table.txt`. A case that has no test says why; a test that names a case in its doc comment is
//! listed there, and what is listed names the case. README shows the counts.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::tidy::{root, sources};

/// The last case of each kind.
const KINDS: [(&str, u32); 9] =
    [("DC", 7), ("FL", 7), ("PS", 35), ("PV", 7), ("RL", 62), ("RS", 15), ("SN", 9), ("SP", 7), ("TM", 21)];

/// What each kind is about.
const KINDS_IN_WORDS: [(&str, &str); 9] = [
    ("RL", "reliability"),
    ("PS", "protocol security"),
    ("SN", "sending"),
    ("TM", "terminal"),
    ("SP", "spoofing"),
    ("RS", "resources"),
    ("DC", "decoding"),
    ("FL", "files"),
    ("PV", "privacy"),
];

/// How a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    /// A test holds it to its criterion.
    Proved,
    /// Tests hold part of it.
    Partly,
    /// No test yet.
    Later,
}

/// A row of the table.
#[derive(Debug)]
struct Case {
    id: String,
    state: State,
    tests: BTreeSet<String>,
}

/// The table's rows, and what is wrong with its lines.
fn table(text: &str) -> (Vec<Case>, Vec<String>) {
    let (mut cases, mut wrong) = (Vec::<Case>::new(), Vec::new());
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some(test) = line.strip_prefix("    ") {
            if !cases.last_mut().is_some_and(|case| case.tests.insert(test.to_owned())) {
                wrong.push(format!("a test without a case, or twice: {line}"));
            }
            continue;
        }
        let fields: Vec<&str> = line.split(" | ").collect();
        let (id, state) = match fields.as_slice() {
            [id, "proved", _] => (*id, State::Proved),
            [id, "partly", _, _] => (*id, State::Partly),
            [id, "later", _, _] => (*id, State::Later),
            _ => {
                wrong.push(format!("no row: {line}"));
                continue;
            }
        };
        cases.push(Case { id: id.to_owned(), state, tests: BTreeSet::new() });
    }
    (cases, wrong)
}

/// The cases that a comment names: `RL02`, and `PS05-PS07` for three.
fn named(comment: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let words = comment.split(|c| !word(c) && c != '-').flat_map(|word| {
        let (first, last) = word.split_once('-').unwrap_or((word, word));
        [(first, last), (last, last)]
    });
    for (first, last) in words {
        let (Some((kind, from)), Some((other, to))) = (id(first), id(last)) else {
            found.extend(id(first).map(|(kind, number)| format!("{kind}{number:02}")));
            continue;
        };
        if kind == other {
            found.extend((from..=to).map(|number| format!("{kind}{number:02}")));
        }
    }
    found
}

fn id(word: &str) -> Option<(&str, u32)> {
    let (kind, number) = word.split_at_checked(2)?;
    let known = KINDS.iter().any(|(known, _)| *known == kind) && number.len() == 2;
    known.then(|| number.parse().ok()).flatten().map(|number| (kind, number))
}

/// The tests of a file, each with its doc comment.
fn tests(text: &str) -> Vec<(String, String)> {
    let (mut found, mut comment, mut is_test) = (Vec::new(), String::new(), false);
    for line in text.lines().map(str::trim) {
        if let Some(words) = line.strip_prefix("///") {
            comment.push_str(words);
        } else if ["#[test]", "#[tokio::test", "#[rstest"].iter().any(|mark| line.starts_with(mark)) {
            is_test = true;
        } else if let Some((before, rest)) = line.split_once("fn ")
            && ["", "async ", "pub ", "pub async "].contains(&before)
        {
            let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            if is_test {
                found.push((name.to_owned(), std::mem::take(&mut comment)));
            }
            (comment, is_test) = (String::new(), false);
        } else if line.is_empty() || line.ends_with(';') {
            (comment, is_test) = (String::new(), false);
        }
    }
    found
}

/// What is wrong with a table before the tests of these files; with what is to be written in it.
fn complaints(text: &str, files: &[(String, String)]) -> Vec<String> {
    let (cases, mut wrong) = table(text);
    let ids: Vec<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    let all: Vec<String> =
        KINDS.iter().flat_map(|(kind, last)| (1..=*last).map(move |number| format!("{kind}{number:02}"))).collect();
    if ids != all {
        let missing: Vec<&String> = all.iter().filter(|id| !ids.contains(&id.as_str())).collect();
        wrong.push(format!("the table has not every case once and in order; missing: {missing:?}"));
    }
    let mut all_tests = BTreeSet::new();
    let mut by_case = BTreeMap::<String, BTreeSet<String>>::new();
    for (path, source) in files {
        for (name, comment) in tests(source) {
            let found = format!("{path} {name}");
            for case in named(&comment) {
                by_case.entry(case).or_default().insert(found.clone());
            }
            all_tests.insert(found);
        }
    }
    for case in &cases {
        let told = by_case.remove(&case.id).unwrap_or_default();
        for test in case.tests.difference(&told) {
            let why = if all_tests.contains(test) { "does not name it" } else { "does not exist" };
            wrong.push(format!("{}: listed, and {why}: {test}", case.id));
        }
        if case.tests != told {
            let rows = told.iter().fold(String::new(), |rows, test| rows + "\n    " + test);
            wrong.push(format!("{}: the tests that name it are{rows}", case.id));
        }
        if (case.state == State::Later) != told.is_empty() {
            wrong.push(format!("{}: {:?} with {} tests", case.id, case.state, told.len()));
        }
    }
    wrong.extend(by_case.into_keys().map(|id| format!("{id}: named by a test, and no case")));
    wrong
}

/// The counts, as README shows them.
fn counts(cases: &[Case]) -> String {
    let mut text = "| cases | all | proved | partly | later |\n|---|---|---|---|---|\n".to_owned();
    for (kind, what) in KINDS_IN_WORDS {
        let of = |wanted: Option<State>| {
            cases
                .iter()
                .filter(|case| case.id.starts_with(kind) && wanted.is_none_or(|state| case.state == state))
                .count()
        };
        let (proved, partly, later) = (of(Some(State::Proved)), of(Some(State::Partly)), of(Some(State::Later)));
        writeln!(text, "| {what} ({kind}) | {} | {proved} | {partly} | {later} |", of(None)).unwrap();
    }
    text
}

fn stored() -> String {
    std::fs::read_to_string(root().join("tests/it/cases/table.txt")).unwrap()
}

/// Every case is in the table; every test that it names exists and names the case; no test names one in silence.
#[test]
fn the_table_is_what_the_tests_say() {
    let wrong = complaints(&stored(), &sources());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// README's counts are the table's.
#[test]
fn the_readme_counts_right() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, rest) = readme.split_once("<!-- cases: begin -->\n").expect("the beginning of the counts");
    let (shown, _) = rest.split_once("<!-- cases: end -->").expect("the end of the counts");
    let expected = counts(&table(&stored()).0);
    assert!(shown == expected, "README is to say:\n{expected}");
}

/// The rules can fail: each on a table or a file that breaks it.
#[test]
fn the_rules_on_cases_bite() {
    let text = stored();
    let files = sources();
    let breaks = |table: &str, files: &[(String, String)], what: &str| {
        let wrong = complaints(table, files).join("\n");
        assert!(wrong.contains(what), "{what}: {wrong}");
    };
    breaks(&text.replacen("RL02 |", "RL99 |", 1), &files, "missing: [\"RL02\"]");
    breaks(&text.replacen(" | proved | ", " | well | ", 1), &files, "no row");
    breaks(&text.replacen("tricks_end_it", "no_such_test", 1), &files, "does not exist");
    breaks(
        &text.replacen("RL61 | proved", "RL61 | later", 1).replace("RL61 | later | ", "RL61 | later | x | "),
        &files,
        "Later with",
    );
    let mut more = files.clone();
    let fresh = "//! x\n\n/// RL62 and RL63: a new one.\n#[test]\nfn fresh() {}\n";
    more.push(("tests/it/fresh.rs".to_owned(), fresh.to_owned()));
    breaks(&text, &more, "RL62: the tests that name it are");
    breaks(&text, &more, "RL63: named by a test, and no case");
    let silent: Vec<(String, String)> =
        files.iter().map(|(path, text)| (path.clone(), text.replace("PS14", "it"))).collect();
    breaks(&text, &silent, "PS14: listed, and does not name it");
}

/// What counts as a name of a case, and what as a test.
#[test]
fn cases_and_tests_are_found() {
    let ids = |text: &str| named(text).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(ids("PS05-PS07, RL02: x (RL61) and P1, RL1, XRL02, RL023"), "PS05 PS06 PS07 RL02 RL61");
    assert_eq!(ids("nothing here-RL03"), "RL03");
    let text = "/// One.\n/// More.\n#[rstest]\n#[case(\"a\")]\n#[tokio::test]\nasync fn one(#[case] x: &str) {\n    let y = 1;\n\
                }\n\n/// No test.\nfn two() {}\n\n/// A value.\nconst X: u8 = 1;\n/// Three.\n#[test]\nfn three() {}\n";
    let found: Vec<(String, String)> = tests(text);
    assert_eq!(found, [("one".to_owned(), " One. More.".to_owned()), ("three".to_owned(), " Three.".to_owned())]);
}
