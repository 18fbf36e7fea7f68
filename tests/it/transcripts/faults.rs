//! Half answers, refusals and silence, for every verb (P5).

use posthaste::imap::error::Error;
use posthaste::imap::session::{Mode, Search, Session, StoreChange, Unsolicited};
use posthaste::mail::flags::{Flag, Flags, SEEN};
use posthaste::sasl::Wanted;
use rstest::rstest;

use super::{kind, opened, signed_in_by_pieces, uid, uids};

const VERBS: [&str; 18] = [
    "noop",
    "list",
    "status",
    "select",
    "headers",
    "flags",
    "identity",
    "search",
    "bodies",
    "body",
    "range",
    "store",
    "move",
    "copy",
    "uid expunge",
    "expunge",
    "append",
    "create",
];

async fn call(session: &mut Session, verb: &str) -> Result<(), Error> {
    let set = uids("1:9");
    match verb {
        "noop" => session.noop().await,
        "list" => session.list().await.map(drop),
        "status" => session.status("x").await.map(drop),
        "select" => session.select("x", Mode::ReadWrite).await.map(drop),
        "headers" => session.fetch_headers(&set, &mut |_| {}).await.map(drop),
        "flags" => session.fetch_flags(&set, None, &mut |_, _, _| {}).await,
        "identity" => session.fetch_identity(&set).await.map(drop),
        "search" => session.search(&Search::All).await.map(drop),
        "bodies" => session.fetch_bodies(&set, 1_000, &mut |_, _| {}).await,
        "body" => session.fetch_body(uid(1), &mut |_| {}).await.map(drop),
        "range" => session.fetch_range(uid(1), 0, 9, &mut |_| {}).await.map(drop),
        "store" => session.store(&set, StoreChange::Add, &[Flag::System(SEEN)]).await,
        "move" => session.uid_move(&set, "x").await.map(drop),
        "copy" => session.uid_copy(&set, "x").await.map(drop),
        "uid expunge" => session.uid_expunge(&set).await,
        "expunge" => session.expunge().await,
        "append" => session.append("x", &Flags::default(), None, b"a").await.map(drop),
        _ => session.create("x").await,
    }
}

/// RL02-RL07, RL43, RL50, PS11: for every verb, EOF, BYE, BAD, a throttle, a foreign tag and silence are errors of the
/// right kind, also after part of an answer; the session is dead afterwards.
#[rstest]
#[case("EOF", "closed")]
#[case("S: * 5 EXISTS\nEOF", "closed")]
#[case("S: * BYE\nEOF", "closed")]
#[case("S: * BYE [UNAVAILABLE] restart\nEOF", "throttled")]
#[case("S: $ BAD\nHANG", "bad")]
#[case("S: $ BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds\nHANG", "throttled")]
#[case("S: $ BAD User is authenticated but not connected.\nHANG", "throttled")]
#[case("S: $0 OK again\nHANG", "protocol")]
#[case("S: x9 OK done\nHANG", "protocol")]
#[case("S: what is this\nHANG", "protocol")]
#[case("S!* 1 FETCH (UID 1 FLAGS (\nHANG", "timeout")]
#[case("HANG", "timeout")]
#[tokio::test(start_paused = true)]
async fn every_verb_survives(#[case] lines: &str, #[case] expected: &str) {
    for verb in VERBS {
        // Of the commands of a list that go out together, it is LIST that counts.
        let all = "C* LIST\nC* LSUB\nS: $1 BAD\nS: $2 BAD\nS: $3 BAD";
        let lines = if verb == "list" { lines.replace("S: $ BAD\n", &format!("{all}\n")) } else { lines.to_owned() };
        let (mut session, _server) = opened("NAMESPACE LITERAL+", &format!("C* {verb}\n{lines}")).await;
        let error = call(&mut session, verb).await.expect_err(verb);
        assert_eq!(kind(&error), expected, "{verb}: {error}");
        assert_eq!(kind(&session.noop().await.unwrap_err()), "closed", "{verb}");
    }
}

/// RL03, RL04, RL06: NO is a failure for every verb, never an empty answer, and the session goes on.
#[tokio::test]
async fn no_is_never_success() {
    for verb in VERBS {
        let twice = if matches!(verb, "list" | "append") { "C* second line\n" } else { "" };
        let refusal = if verb == "list" { "S: $1 NO no\nS: $2 NO no" } else { "S: $1 NO [SERVERBUG] no" };
        let after = "C* NOOP\nS: $ OK done";
        let (mut session, _server) = opened("LITERAL+", &format!("C* x\n{twice}{refusal}\n{after}")).await;
        let error = call(&mut session, verb).await.expect_err(verb);
        assert_eq!(kind(&error), "rejected", "{verb}: {error}");
        session.noop().await.unwrap();
    }
}

/// RL02, RL03: rows that came before the cut are passed on, and the call still fails.
#[rstest]
#[case("EOF", "closed")]
#[case("S: $ NO [EXPUNGEISSUED] gone\nHANG", "rejected")]
#[case("S: $ NO [LIMIT] slowly\nHANG", "throttled")]
#[tokio::test]
async fn half_a_fetch_is_no_fetch(#[case] end: &str, #[case] expected: &str) {
    let row = |uid: u32| format!("S: * {uid} FETCH (UID {uid} FLAGS ())\n");
    let (mut session, _server) = opened("", &format!("C* x\n{}{}{end}", row(1), row(2))).await;
    let mut rows = 0;
    let result = session.fetch_flags(&uids("1:5"), None, &mut |_, _, _| rows += 1).await;
    assert_eq!((kind(&result.unwrap_err()), rows), (expected, 2));
}

/// RL10: a body that trickles in for an hour is no timeout while bytes flow.
#[tokio::test(start_paused = true)]
async fn slow_is_not_dead() {
    let (client, server) = tokio::io::duplex(64);
    let trickle = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut read, mut write) = tokio::io::split(server);
        let mut buffer = [0; 256];
        write.write_all(b"* OK [CAPABILITY IMAP4rev1] hello\r\n").await.unwrap();
        let mut tag = String::new();
        for answer in [" OK [CAPABILITY IMAP4rev1] in\r\n", ""] {
            let count = read.read(&mut buffer).await.unwrap();
            tag = String::from_utf8_lossy(&buffer[..count]).split(' ').next().unwrap().to_owned();
            if !answer.is_empty() {
                write.write_all(format!("{tag}{answer}").as_bytes()).await.unwrap();
            }
        }
        write.write_all(b"* 1 FETCH (UID 1 BODY[] {100}\r\n").await.unwrap();
        for _ in 0..100 {
            tokio::time::advance(std::time::Duration::from_secs(40)).await;
            write.write_all(b"x").await.unwrap();
        }
        write.write_all(format!(")\r\n{tag} OK done\r\n").as_bytes()).await.unwrap();
        drop(read.read(&mut buffer).await);
    });
    let greeted =
        posthaste::imap::connect::greet(client, "x", &posthaste::imap::trace::Trace::default()).await.unwrap();
    let mut session = greeted.login("ada", &"secret".into(), Wanted::Automatic).await.unwrap();
    assert_eq!(session.fetch_body(uid(1), &mut |_| {}).await.unwrap().unwrap().len(), 100);
    drop(session);
    trickle.await.unwrap();
}

/// RL18: 500 EXPUNGEs during one command are all kept, in order; a flood ends in one Overflow.
#[tokio::test]
async fn no_news_are_lost() {
    let expunges: String = (0..500).fold(String::new(), |text, n| text + &format!("S: * {} EXPUNGE\n", 500 - n));
    let flood = "S: * 1 EXPUNGE\n".repeat(100_500);
    let (mut session, _server) =
        opened("", &format!("C: NOOP\n{expunges}S: $ OK done\nC: NOOP\n{flood}S: $ OK done")).await;
    session.noop().await.unwrap();
    let news = session.take_unsolicited();
    assert_eq!(news.len(), 500);
    assert_eq!((&news[0], &news[499]), (&Unsolicited::Expunge(500), &Unsolicited::Expunge(1)));
    session.noop().await.unwrap();
    let news = session.take_unsolicited();
    assert_eq!((news.len(), &news[100_000]), (100_001, &Unsolicited::Overflow));
}

/// RL51: one byte at a time gives the same as all at once, also with a buffer that ends in ` UID `.
#[rstest]
#[case(1)]
#[case(7)]
#[case(4096)]
#[case(usize::MAX)]
#[tokio::test]
async fn segments_do_not_matter(#[case] piece: usize) {
    let transcript = "C: SELECT \"INBOX\"
         S: * 3 EXISTS
         S: * OK [UIDVALIDITY 7] x
         S: $ OK open
         C: UID FETCH 1:3 (UID BODY.PEEK[])
         S: * 1 FETCH (BODY[] {6}
         S!  UID 1
         S:  UID 1)
         S: * XFOO UID
         S: * 2 FETCH (UID 2 BODY[] {5}
         S! \\r\\n* 2)\\r\\n
         S: $ OK done
         HANG";
    let (mut session, _server) = signed_in_by_pieces("", transcript, piece).await;
    session.select("INBOX", Mode::ReadWrite).await.unwrap();
    let mut bodies = Vec::new();
    session.fetch_bodies(&uids("1:3"), 100, &mut |uid, body| bodies.push((uid.0, body))).await.unwrap();
    assert_eq!(bodies, [(1, b" UID 1".to_vec()), (2, b"\r\n* 2".to_vec())]);
}

/// A call that was given up half way leaves answers in the pipe: the session is not used again.
#[tokio::test]
async fn a_dropped_call_ends_the_session() {
    let (mut session, _server) = opened("", "C: NOOP\nHANG").await;
    {
        let mut noop = std::pin::pin!(session.noop());
        assert!(futures::poll!(noop.as_mut()).is_pending());
    }
    assert_eq!(kind(&session.noop().await.unwrap_err()), "closed");
}

/// LOGOUT expects the BYE and waits for nobody.
#[rstest]
#[case("S: * BYE see you\nS: $ OK done")]
#[case("EOF")]
#[case("HANG")]
#[tokio::test(start_paused = true)]
async fn logs_out(#[case] lines: &str) {
    let (session, _server) = opened("", &format!("C: LOGOUT\n{lines}")).await;
    session.logout().await;
}
