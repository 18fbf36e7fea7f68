//! Flags: reading, writing, differences.

use super::{FLAGGED, Flag, FlagChange, Flags, Keyword, SEEN};

/// Protects against treating `$Junk` and `$junk` as two keywords.
#[test]
fn keywords_ignore_case() {
    let flags = Flags::parse(["\\Seen", "$Junk", "\\Recent", "\\*"]);
    assert_eq!(flags.system, SEEN);
    assert!(flags.has(&Flag::Keyword(Keyword::new("$junk").unwrap())));
}

/// Protects against a keyword that would break out of the command line (PS24).
#[test]
fn keywords_are_atoms() {
    for bad in ["", "a b", "a\r\nX", "{5}", "a\"", "(x)", "é", "\\Seen"] {
        assert!(Keyword::new(bad).is_none(), "{bad:?}");
    }
}

/// Protects the rule that a change is a difference: flags it does not name stay (RL30).
#[test]
fn change_keeps_other_flags() {
    let flags = Flags::parse(["\\Seen", "work"]);
    let change = FlagChange { add: vec![Flag::System(FLAGGED)], remove: vec![Flag::System(SEEN)] };
    let changed: Vec<String> = flags.with(&change).iter().map(|f| f.to_string()).collect();
    assert_eq!(changed, ["\\Flagged", "work"]);
}
