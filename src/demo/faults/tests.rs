//! A scripted fault strikes when it says, and only then.

use super::{Fault, Script, Then, When};

/// Tests that cut at each step rely on the count of commands.
#[test]
fn a_fault_strikes_at_the_command_it_names() {
    let mut script = Script::default();
    script.arm(Fault::once(When::Command(2), Then::Close));
    script.arm(Fault::once(When::Verb("UID MOVE"), Then::DoThenClose));
    assert_eq!(script.command("NOOP", ""), None);
    assert_eq!(script.command("NOOP", ""), Some(Then::Close));
    assert_eq!(script.command("uid move", ""), Some(Then::DoThenClose));
    assert_eq!(script.command("UID MOVE", ""), None);
}

/// Tests that cut after each byte rely on the count of bytes: the last byte allowed is sent, the next is not.
#[test]
fn bytes_are_counted_to_the_last() {
    let mut script = Script::default();
    script.arm(Fault::once(When::Sent(5), Then::Close));
    assert_eq!(script.allow(3), 3);
    assert_eq!(script.allow(2), 2);
    assert_eq!(script.allow(4), 0);
    assert_eq!(script.allow(4), 4, "used up");
}

/// Tests of poison rely on it: the headers of that UID, alone or in a set, and nothing else.
#[test]
fn a_header_is_known_by_its_uid() {
    let mut script = Script::default();
    script.arm(Fault::always(When::Header(7), Then::Close));
    let mut strikes = |line: &str| script.command("UID FETCH", line).is_some();
    assert!(strikes("UID FETCH 1,5:9 (UID BODY.PEEK[HEADER.FIELDS (DATE FROM)])"));
    assert!(strikes("UID FETCH 7 (UID BODY.PEEK[HEADER.FIELDS (DATE FROM)])"));
    assert!(!strikes("UID FETCH 1:6,8 (UID BODY.PEEK[HEADER.FIELDS (DATE FROM)])"));
    assert!(!strikes("UID FETCH 1:9 (UID FLAGS)"));
}
