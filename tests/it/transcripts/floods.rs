//! Servers that never stop: a line without an end, and answers without number. What the whole program makes of them is in
//! `pty/floods.rs`.

use std::time::Duration;

use posthaste::imap::session::{Search, Unsolicited};
use rstest::rstest;

use super::{kind, opened, signed_in, signed_in_by_pieces, uids};

/// The processor time of this thread so far; the client of a test runs in it, and the server beside it.
#[cfg(target_os = "linux")]
fn worked() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
    // Behind the name, which may hold anything: the 14th and 15th word are hundredths of a second.
    let after = text.rsplit(')').next().unwrap();
    let ticks = |at: usize| after.split_ascii_whitespace().nth(at).unwrap().parse::<u64>().unwrap();
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}

#[cfg(not(target_os = "linux"))]
fn worked() -> Duration {
    Duration::ZERO
}

/// PS26: a line without an end is given up after a MiB, whatever it begins like and in whatever pieces it comes, and no
/// byte of it was looked at again for each that followed.
#[rstest]
#[case::status("* OK ", "x")]
#[case::code("* OK [", "x")]
#[case::tagged("p1 OK ", "x")]
#[case::nothing("", "x")]
#[case::list("* LIST () \"/\" ", "x")]
#[case::quoted("* LIST () \"/\" \"", "x")]
#[case::fetch("* 1 FETCH (UID 1 FLAGS (", "x")]
#[case::spaces("* ", "\\x20")]
#[case::search("* SEARCH ", "1")]
#[case::esearch("* ESEARCH (TAG \"x\") UID ALL ", "1,")]
#[tokio::test]
async fn an_endless_line_is_given_up(#[case] head: &str, #[case] rest: &str) {
    for piece in [13, 1_500, 1 << 16] {
        let text = format!("C: NOOP\nS! {head}\nS~ 3000000 {rest}\nHANG");
        let (mut session, _server) = signed_in_by_pieces("", &text, piece).await;
        let before = (worked(), session.counters().1);
        assert_eq!(kind(&session.noop().await.unwrap_err()), "protocol");
        let (time, bytes) = (worked().saturating_sub(before.0), session.counters().1 - before.1);
        assert!(bytes <= 1024 * 1024 + 128 * 1024, "{bytes} bytes were read");
        assert!(time < Duration::from_secs(1), "{time:?} for pieces of {piece}");
    }
}

/// PS26: the same in a greeting, before anything is known of the server.
#[tokio::test]
async fn an_endless_greeting_is_given_up() {
    let (stream, _server) = crate::support::script::script_in_pieces("S! * OK \nS~ 3000000 x\nHANG", 1_500);
    let greeted = posthaste::imap::connect::greet(stream, "x", &posthaste::imap::trace::Trace::default()).await;
    assert_eq!(kind(&greeted.unwrap_err()), "protocol");
}

/// PS26: an answer to SEARCH may be long, and is not endless: it is handed on in pieces up to eight million numbers.
#[tokio::test]
async fn an_endless_search_is_given_up() {
    let (mut session, _server) = opened("", "C: UID SEARCH ALL\nS! * SEARCH\nS~ 7000000 \\x20123456789\nHANG").await;
    assert_eq!(kind(&session.search(&Search::All).await.unwrap_err()), "protocol");
}

/// PS29: a flood of answers that nobody asked for ends the session, whatever they are; what a command asked for does not,
/// and is kept once for each message.
#[rstest]
#[case::oks("* OK\\r\\n")]
#[case::counts("* 7 EXISTS\\r\\n")]
#[case::removals("* 1 EXPUNGE\\r\\n")]
#[case::flags("* 1 FETCH (FLAGS ())\\r\\n")]
#[case::known_flags("* 1 FETCH (UID 1 FLAGS ())\\r\\n")]
#[tokio::test]
async fn a_flood_ends_the_session(#[case] row: &str) {
    let (mut session, _server) = opened("", &format!("C* x\nS~ 300002 {row}\nS: $ OK done\nHANG")).await;
    let mut rows = 0;
    let result = session.fetch_flags(&uids("1"), None, &mut |_, _, _| rows += 1).await;
    assert_eq!(kind(&result.unwrap_err()), "protocol");
    assert!(rows <= 1, "{rows}");
}

/// PS29: news that are long take up room until 16 MiB are full; then one word says that there was more.
#[tokio::test]
async fn long_news_are_bounded() {
    let line = "S! * LIST () \"/\" \"\nS~ 200000 x\nS: \"\n";
    let (mut session, _server) =
        opened("", &format!("C: NOOP\n{}S: * 7 EXISTS\nS: $ OK done\nHANG", line.repeat(120))).await;
    session.noop().await.unwrap();
    let news = session.take_unsolicited();
    assert!(news.len() < 100, "{}", news.len());
    assert_eq!(news.last(), Some(&Unsolicited::Overflow));
}

/// PS29: a list of folders whose names are no names stops to grow, and the session goes on.
#[tokio::test]
async fn a_list_is_bounded() {
    let row = |n| format!("S! * LIST () \"/\" \"{n}\nS~ 900000 x\nS: \"\n");
    let rows = (0..30).map(row).collect::<Vec<_>>().concat();
    let text = format!("C: LIST \"\" \"*\"\nC: LSUB \"\" \"*\"\n{rows}S: $1 OK done\nS: $2 OK done\nC: NOOP\nS: $ OK");
    let (mut session, _server) = signed_in("", &text).await;
    let listed = session.list().await.unwrap();
    assert_eq!(listed.len(), 9, "8 MiB");
    session.noop().await.unwrap();
}
