//! That the help is true, and that it is all.

use super::HELP;
use crate::mail::UnixTime;
use crate::query::field::{NAMES, STATES, THINGS};
use crate::query::parse::{Clock, parse};

const CLOCK: Clock = Clock { now: UnixTime(1_773_500_966), offset: 3600 };

/// Whoever types an example gets an answer, and one about what the line explains.
#[test]
fn examples_are_understood() {
    for line in HELP {
        let query = parse(line.example, CLOCK).unwrap_or_else(|error| panic!("{}: {error}", line.example));
        assert!(!query.terms().is_empty(), "{}", line.example);
        let names = line.form.split(", ").filter_map(|form| form.split_once(':')).map(|(name, _)| format!("{name}:"));
        let names: Vec<String> = names.collect();
        assert!(names.is_empty() || names.iter().any(|name| line.example.contains(name)), "{}", line.example);
    }
}

/// Every name of a field, and every word that one takes, is explained.
#[test]
fn nothing_is_left_out() {
    let forms: Vec<&str> = HELP.iter().flat_map(|line| line.form.split(", ")).collect();
    let states = STATES.iter().map(|(word, ..)| format!("is:{word}"));
    let things = THINGS.iter().map(|(word, _)| format!("has:{word}"));
    let names = NAMES.iter().filter(|name| !["is", "has"].contains(&name.name)).map(|name| format!("{}:", name.name));
    for form in states.chain(things).chain(names) {
        assert!(forms.contains(&form.as_str()), "{form}");
    }
}

/// It fits beside each other on a screen of eighty columns or wraps: no line is a page.
#[test]
fn lines_are_short() {
    for line in HELP {
        assert!(line.example.len() <= 40 && line.what.len() <= 110, "{}", line.form);
        assert!(!line.what.ends_with('.'), "{}", line.what);
    }
}
