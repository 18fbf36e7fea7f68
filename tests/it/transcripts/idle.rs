//! IDLE (RL47).

use std::future::{pending, ready};
use std::time::Duration;

use posthaste::imap::session::{IdleEnd, Unsolicited};
use rstest::rstest;

use super::{kind, opened};

const LONGEST: Duration = Duration::from_mins(25);

/// News end it after a moment in which the rest of them comes; "still here" does not.
#[tokio::test(start_paused = true)]
async fn news_end_it() {
    let (mut session, _server) = opened(
        "IDLE",
        "C: IDLE
         S: * OK before
         S: + idling
         S: * OK Still here
         S: * 4 EXISTS
         S: * 1 EXPUNGE
         C* DONE
         S: * 3 EXISTS
         S: $1 OK done
         C: NOOP
         S: $ OK done",
    )
    .await;
    assert_eq!(session.idle(pending(), LONGEST).await.unwrap(), IdleEnd::Changed);
    let news = session.take_unsolicited();
    assert_eq!(news[2..], [Unsolicited::Exists(4), Unsolicited::Expunge(1), Unsolicited::Exists(3)]);
    session.noop().await.unwrap();
}

/// The caller can have it back at once; without anything it ends after the longest time.
#[tokio::test(start_paused = true)]
async fn ends_when_told() {
    let transcript = "C: IDLE\nS: + idling\nC* DONE\nS: $1 OK done\nC: IDLE\nS: + idling\nS: * OK Still here\nC* DONE\nS: $3 OK done";
    let (mut session, _server) = opened("IDLE", transcript).await;
    assert_eq!(session.idle(ready(()), LONGEST).await.unwrap(), IdleEnd::Woken);
    assert_eq!(session.idle(pending(), LONGEST).await.unwrap(), IdleEnd::TimedOut);
}

/// RL47, RL48: NO, BAD, a bare BAD, no `+`, DONE unanswered, EOF, BYE, an end that we did not ask for: each is what it
/// is, none hangs, none panics.
#[rstest]
#[case("S: $ NO not now", "rejected")]
#[case("S: $ BAD what?", "bad")]
#[case("S: $ BAD", "bad")]
#[case("HANG", "timeout")]
#[case("S: * OK wait\nHANG", "timeout")]
#[case("EOF", "closed")]
#[case("S: + idling\nEOF", "closed")]
#[case("S: + idling\nS: * BYE shutting down\nEOF", "closed")]
#[case("S: + idling\nS: $ OK enough", "protocol")]
#[case("S: + idling\nC* DONE\nHANG", "timeout")]
#[case("S: + idling\nC* DONE\nEOF", "closed")]
#[case("S: $ OK done already\nHANG", "protocol")]
#[tokio::test(start_paused = true)]
async fn rude_servers(#[case] lines: &str, #[case] expected: &str) {
    let (mut session, _server) = opened("IDLE", &format!("C: IDLE\n{lines}")).await;
    assert_eq!(kind(&session.idle(pending(), LONGEST).await.unwrap_err()), expected);
}
