//! Tests of a report's lines.

use super::*;

/// One line a check: verdict, account, check, what was found, what to do.
#[test]
fn a_line_says_what_was_found_and_what_to_do() {
    assert_eq!(line(&Finding::ok("cache", "12 MB")), "ok    cache: 12 MB");
    let finding = Finding { account: Some("work".to_owned()), ..Finding::fail("tls", "expired", "ask them") };
    assert_eq!(line(&finding), "fail  work: tls: expired -- ask them");
}

/// JSON for scripts: an unreachable server is a failure like any other; its exit code tells it apart.
#[test]
fn json_has_three_states() {
    let finding = Finding { state: Verdict::Unreachable, ..Finding::ok("tcp", "x") };
    assert_eq!(serde_json::to_value(&finding).unwrap()["state"], "fail");
    assert_eq!(serde_json::to_value(Finding::warn("tcp", "x", "y")).unwrap()["state"], "warn");
}
