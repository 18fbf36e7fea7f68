//! STORE, MOVE, COPY, EXPUNGE, APPEND.

use posthaste::imap::error::Error;
use posthaste::imap::session::StoreChange;
use posthaste::mail::flags::{Flag, Flags, SEEN};
use posthaste::mail::{Uid, UidValidity, UnixTime};
use rstest::rstest;

use super::{kind, opened, uids};

/// RL29: the new UIDs are read from the tagged OK (Gmail), from an untagged one (Dovecot) and from a line without any
/// status (Exchange 2013); pairs that were not asked for are left out.
#[rstest]
#[case("S: $ OK [COPYUID 9 1:2 11:12] moved", Some(vec![(1, 11), (2, 12)]))]
#[case("S: * OK [COPYUID 9 1:2 12,11] moved\nS: * 1 EXPUNGE\nS: $ OK done", Some(vec![(1, 12), (2, 11)]))]
#[case("S: * [COPYUID 9 2 12] moved\nS: $ OK done", Some(vec![(2, 12)]))]
#[case("S: [COPYUID 9 2 12] moved\nS: $ OK done", Some(vec![(2, 12)]))]
#[case("S: * OK [COPYUID 9 7 12] moved\nS: $ OK done", None)]
#[case("S: $ OK nothing of that kind", None)]
#[case("S: $ OK [COPYUID 9 1:2 11] odd", None)]
#[tokio::test]
async fn learns_the_new_uids(#[case] answer: &str, #[case] expected: Option<Vec<(u32, u32)>>) {
    let transcript = format!("C: UID MOVE 1:2 \"Archive\"\n{answer}\nC: UID COPY 1:2 \"Archive\"\n{answer}");
    let (mut session, _server) = opened("MOVE UIDPLUS", &transcript).await;
    for copied in [session.uid_move(&uids("1:2"), "Archive").await, session.uid_copy(&uids("1:2"), "Archive").await] {
        let copied = copied.unwrap();
        assert!(copied.as_ref().is_none_or(|copied| copied.uid_validity == UidValidity(9)));
        let pairs = copied.map(|copied| copied.pairs.iter().map(|(from, to)| (from.0, to.0)).collect());
        assert_eq!(pairs, expected);
    }
}

/// RL28, RL26: a refused change leaves the session alive, with the code that says why.
#[tokio::test]
async fn a_refusal_leaves_the_session_alive() {
    let (mut session, _server) = opened(
        "move uidplus",
        "C: UID MOVE 1 \"x\"
         S: * 1 EXPUNGE
         S: $ NO [TRYCREATE] no such folder
         C: UID EXPUNGE 1
         S: $ NO not supported
         C: UID STORE 1 -FLAGS.SILENT (\\Seen $Label1)
         S: $ OK done
         C: EXPUNGE
         S: $ OK done",
    )
    .await;
    let error = session.uid_move(&uids("1"), "x").await.unwrap_err();
    assert!(matches!(&error, Error::Rejected { verb: "UID MOVE", code: Some(code), .. } if code == "TRYCREATE"));
    assert_eq!(kind(&session.uid_expunge(&uids("1")).await.unwrap_err()), "rejected");
    let flags = [Flag::System(SEEN), Flag::parse("$Label1").unwrap()];
    session.store(&uids("1"), StoreChange::Remove, &flags).await.unwrap();
    session.expunge().await.unwrap();
    assert_eq!(session.take_unsolicited().len(), 1);
}

/// SN07: an untagged answer before the `+` changes nothing; the next command is not eaten as literal.
#[tokio::test]
async fn appends_in_step() {
    let (mut session, _server) = opened(
        "",
        "C: APPEND \"Sent\" (\\Seen $X) \"01-Jan-1970 00:00:09 +0000\" {9}
         S: * 4 EXISTS
         S: + go
         C: Subject:
         C*
         S: * 5 EXISTS
         S: $0 OK wrong
         HANG",
    )
    .await;
    let flags = Flags::parse(["\\Seen", "$X"]);
    let result = session.append("Sent", &flags, Some(UnixTime(9)), b"Subject:\n").await;
    assert_eq!(kind(&result.unwrap_err()), "protocol", "the first command's tag is no answer to this one");
}

/// APPEND with LITERAL+ does not wait; a refusal before or after the literal is the same; APPENDUID is read.
#[tokio::test]
async fn appends_and_refusals() {
    let (mut session, _server) = opened(
        "LITERAL+",
        "C: APPEND \"Sent\" {3+}
         C: abc
         S: $1 OK [APPENDUID 9 44] done
         C: APPEND \"Sent\" {3+}
         C: abc
         S: $2 NO [OVERQUOTA] full",
    )
    .await;
    let placed = session.append("Sent", &Flags::default(), None, b"abc").await.unwrap();
    assert_eq!(placed, Some((UidValidity(9), Uid(44))));
    assert_eq!(kind(&session.append("Sent", &Flags::default(), None, b"abc").await.unwrap_err()), "rejected");
    let (mut session, _server) = opened(
        "",
        "C: APPEND \"Sent\" {3}
         S: $ NO [TRYCREATE] no such folder
         C: NOOP
         S: $ OK done",
    )
    .await;
    assert_eq!(kind(&session.append("Sent", &Flags::default(), None, b"abc").await.unwrap_err()), "rejected");
    session.noop().await.unwrap();
}
