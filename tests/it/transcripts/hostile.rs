//! Servers that send what async-imap or imap-proto cannot stand (STACK.md): the session goes on, or ends with an error.

use posthaste::imap::session::Unsolicited;
use rstest::rstest;

use super::{kind, opened, uids};

/// RL56, PS28: none of these ends the session, and the command they came in succeeds.
#[rstest]
#[case("S! * OK [ALERT]\\xE9 x\\r\\n")]
#[case("S! * OK [ALERT]\u{e9}\\r\\n")]
#[case("S: * 1 FETCH (INTERNALDATE NIL)")]
#[case("S: * 1 FETCH (UID 1 INTERNALDATE NIL FLAGS ())")]
#[case("S! * METADATA \"\\xff\" (/private/\\xff \"x\")\\r\\n")]
#[case("S! * METADATA \"INBOX\" (/shared/comment {2}\\r\\n\\xff\\xff)\\r\\n")]
#[case("S: * ESEARCH (TAG \"x\") UID ALL 1:3")]
#[case("S: * NAMESPACE ((\"\" \"/\")) NIL NIL")]
#[case("S: * THREAD (1)(2 3)")]
#[case("S: * STATUS INBOX (MESSAGES 1 SIZE 99)")]
#[case("S: * XFOO (bar {3})")]
#[case("S: * JMAPACCESS \"https://example.org\"")]
#[case("S: * 3 UIDFETCH (FLAGS ())")]
#[case("S:")]
#[case("S: * FLAGS (\"a b\")")]
#[case("S: * [COPYUID 1 2 3]")]
#[case("S: [COPYUID 1 2 3]")]
#[case("S: * ID (name x)")]
#[case("S: * 1 FETCH (UID 1 )")]
#[case("S: * 1 FETCH (UID 1 BODYSTRUCTURE (\"ALTERNATIVE\"))")]
#[case("S: * 1 FETCH (UID 1 FLAGS (\"a b\"))")]
#[case("S: * 1 FETCH (UID 1 ENVELOPE (\"a \"b\" c\")")]
#[case("S: * 1 FETCH (UID 1))")]
#[case("S: * SEARCH 99999999999")]
#[case("S: * VANISHED 1:*")]
#[case("S: * CAPABILITY")]
#[case("S: *")]
#[case("S: * ")]
#[case("S! * 4294967296 EXISTS\\n")]
#[case("S! * OK bare line feed\\n")]
#[case("S! * OK \\0\\r\\n")]
#[case("S! * LIST () \"/\" \\0\\r\\n")]
#[tokio::test]
async fn odd_answers_cost_nothing(#[case] line: &str) {
    let (mut session, _server) =
        opened("", &format!("C: NOOP\n{line}\nS: * 4 EXISTS\nS: $ OK done\nC: NOOP\nS: $ OK done")).await;
    session.noop().await.unwrap();
    assert_eq!(session.take_unsolicited().last(), Some(&Unsolicited::Exists(4)));
    session.noop().await.unwrap();
}

/// PS25-PS27: what is bounded by the guard ends the session with an error, in no time and little memory.
#[rstest]
#[case("S! * OK \nS~ 1100000 x\nHANG")]
#[case("S! * X \nS~ 1000000 (\nS:\nHANG")]
#[case("S! * 1 FETCH (BODYSTRUCTURE \nS~ 400 (\nS:\nHANG")]
#[case("S! * 1 FETCH (ENVELOPE \nS~ 10000 (\nS:\nHANG")]
#[case("S: * 1 FETCH (UID 1 BODY[] {99999999999}\nHANG")]
#[case("S: * 1 FETCH (UID 1 BODY[] {536870911}\nHANG")]
#[case("S: * LIST () \"/\" {2000000}\nHANG")]
#[tokio::test]
async fn bounds_end_the_session(#[case] lines: &str) {
    let (mut session, _server) = opened("", &format!("C: NOOP\n{lines}")).await;
    assert_eq!(kind(&session.noop().await.unwrap_err()), "protocol");
}

/// PS25: `{10}` with three bytes and then silence is a timeout.
#[tokio::test(start_paused = true)]
async fn a_literal_that_never_ends() {
    let (mut session, _server) = opened("", "C* x\nS: * 1 FETCH (UID 1 BODY[] {10}\nS! abc\nHANG").await;
    let result = session.fetch_bodies(&uids("1"), 100, &mut |_, _| {}).await;
    assert_eq!(kind(&result.unwrap_err()), "timeout");
}

/// PS33, PS09: server text in an error is raw, and never longer than 300 characters.
#[tokio::test]
async fn server_text_is_bounded() {
    let (mut session, _server) = opened("", "C: NOOP\nS! $ NO \\x1b[2J\nS~ 5000 e\nS:\nHANG").await;
    let error = session.noop().await.unwrap_err();
    let posthaste::imap::error::Error::Rejected { text, .. } = error else { panic!("{error}") };
    assert_eq!(text.chars().count(), 300);
}
