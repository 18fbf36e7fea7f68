//! Errors and what to do next.

use std::time::Duration;

use rstest::rstest;

use super::{Denied, Error, Pause, Refusal, Retry, throttled};

/// RL43: every known way of asking for patience is understood, with the time where one is named.
#[rstest]
#[case(
    None,
    "Request is throttled. Suggested Backoff Time: 299961 milliseconds",
    Some(Pause::For(Duration::from_millis(299_961)))
)]
#[case(None, "User is authenticated but not connected.", Some(Pause::AsLongAsItTakes))]
#[case(Some("LIMIT"), "too many commands", Some(Pause::AsLongAsItTakes))]
#[case(Some("INUSE"), "mailbox in use", Some(Pause::AsLongAsItTakes))]
#[case(Some("UNAVAILABLE"), "back end is away", Some(Pause::AsLongAsItTakes))]
#[case(Some("ALERT"), "Account exceeded command or bandwidth limits. (Failure)", Some(Pause::AsLongAsItTakes))]
#[case(Some("ALERT"), "Too many simultaneous connections. (Failure)", Some(Pause::AsLongAsItTakes))]
#[case(None, "[THROTTLED] slow down", Some(Pause::AsLongAsItTakes))]
#[case(None, "Suggested Backoff Time: 12 seconds", Some(Pause::For(Duration::from_secs(12))))]
#[case(None, "Suggested Backoff Time: 99999999999999 milliseconds", Some(Pause::For(Duration::from_hours(24))))]
#[case(None, "Suggested Backoff Time: -5", None)]
#[case(Some("TRYCREATE"), "no such mailbox", None)]
#[case(None, "throttle valve not found", None)]
fn reads_throttle_hints(#[case] code: Option<&str>, #[case] text: &str, #[case] expected: Option<Pause>) {
    assert_eq!(throttled(code, text), expected);
}

/// A plain NO leaves the session alone; everything else drops it.
#[test]
fn only_a_plain_no_keeps_the_session() {
    let no = Error::refused("UID MOVE", Refusal::No, Some("OVERQUOTA".to_owned()), "full");
    assert!(!no.fatal() && no.retry() == Retry::Never);
    let bad = Error::refused("UID MOVE", Refusal::Bad, None, "what?");
    assert!(bad.fatal() && bad.retry() == Retry::Soon);
    let throttled = Error::refused("UID FETCH", Refusal::No, Some("LIMIT".to_owned()), "Backoff Time: 5 seconds");
    assert!(throttled.fatal() && throttled.retry() == Retry::After(Duration::from_secs(5)));
    assert_eq!(Error::Auth { text: String::new(), denied: Denied::Password }.retry(), Retry::WhenUserAsks);
}

/// PS09, PS33: no more than 300 characters of a server's text are kept.
#[test]
fn bounds_server_text() {
    let Error::Rejected { text, .. } = Error::refused("NOOP", Refusal::No, None, &"é".repeat(5_000)) else {
        panic!("not a refusal")
    };
    assert_eq!(text.chars().count(), 300);
}
