//! Tests of the words of `flag`.

use super::*;
use crate::mail::flags::{FLAGGED, Keyword, SEEN};

fn words(line: &str) -> Result<(Vec<i64>, FlagChange), String> {
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    flag_words(&words).map_err(|e| e.to_string())
}

/// Several messages and several flags in one go, in any order.
#[test]
fn reads_numbers_and_flags() {
    let (ids, change) = words("12 +seen 13 \u{2212}flagged +$Work -Later").unwrap();
    assert_eq!(ids, [12, 13]);
    assert_eq!(change.add, [Flag::System(SEEN), Flag::Keyword(Keyword::new("$Work").unwrap())]);
    assert_eq!(change.remove, [Flag::System(FLAGGED), Flag::Keyword(Keyword::new("Later").unwrap())]);
}

/// What makes no sense is refused before anything is changed. `\Deleted` is no flag to set by hand: it removes mail.
#[test]
fn refuses_what_makes_no_sense() {
    for (line, text) in [
        ("+seen", "which message? flag needs at least one number"),
        ("12", "which flag? Write +seen, -flagged, +keyword …"),
        ("12 seen", "\"seen\" is neither a message's number nor +FLAG nor -FLAG"),
        ("0 +seen", "\"0\" is neither a message's number nor +FLAG nor -FLAG"),
        ("12 +deleted", "\"deleted\" is no flag: use seen, flagged, answered, draft or a keyword"),
        ("12 +a(b", "\"a(b\" is no flag: use seen, flagged, answered, draft or a keyword"),
        ("12 +x -X", "x cannot be set and cleared at once"),
    ] {
        assert_eq!(words(line).unwrap_err(), text, "{line}");
    }
}
