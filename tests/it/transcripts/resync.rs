//! ENABLE, CONDSTORE and QRESYNC (RFC 5161, RFC 7162), and what is sent ahead of its turn.

use posthaste::imap::connect::greet;
use posthaste::imap::session::{Mode, Opening, Session, Since};
use posthaste::imap::trace::Trace;
use posthaste::imap::uid_set::UidSet;
use posthaste::mail::UidValidity;
use posthaste::sasl::Wanted;
use rstest::rstest;
use tokio::task::JoinHandle;

use super::{kind, uids};
use crate::support::script::script;

const CAPABILITIES: &str = "IMAP4rev1 ID ENABLE CONDSTORE QRESYNC";

/// A session on which QRESYNC was asked for, and answered in this way before the NOOP that follows.
async fn enabled(answer: &str, transcript: &str) -> (Session, JoinHandle<String>) {
    let text = format!(
        "S: * OK [CAPABILITY IMAP4rev1] hello\nC* LOGIN\nS: $1 OK [CAPABILITY {CAPABILITIES}] in\n\
         C* ID\nC: ENABLE QRESYNC CONDSTORE\nC: NOOP\nS: * ID NIL\nS: $2 OK ID\n{answer}\nS: $4 OK NOOP\n--\n{transcript}"
    );
    let (stream, server) = script(&text);
    let greeted = greet(stream, "mail.example.org", &Trace::default()).await.unwrap();
    let mut session = greeted.login("ada", &"secret".into(), Wanted::Automatic).await.unwrap();
    session.noop().await.unwrap();
    session.take_unsolicited();
    (session, server)
}

const YES: &str = "S: * ENABLED QRESYNC CONDSTORE\nS: $3 OK";

fn since(modseq: u64) -> Opening {
    Opening { since: Some(Since { uid_validity: UidValidity(7), modseq }), headers: UidSet::new() }
}

/// What changed comes with SELECT: flags, and what is gone, whether it was ever there or not (RL21).
#[tokio::test]
async fn select_tells_what_changed() {
    let (mut session, _server) = enabled(
        YES,
        "C: SELECT \"INBOX\" (QRESYNC (7 90))
         S: * 3 EXISTS
         S: * OK [UIDVALIDITY 7] x
         S: * OK [UIDNEXT 9] x
         S: * OK [HIGHESTMODSEQ 95] x
         S: * VANISHED (EARLIER) 1:4294967295
         S: * 2 FETCH (UID 5 FLAGS (\\Seen) MODSEQ (93))
         S: $ OK [READ-WRITE] open",
    )
    .await;
    let changes = session.open("INBOX", Mode::ReadWrite, &since(90)).await.unwrap().changes.unwrap();
    assert_eq!(changes.vanished.ranges(), [(1, u32::MAX)]);
    assert_eq!(changes.flags.len(), 1);
    assert_eq!((changes.flags[0].0.0, changes.flags[0].2), (5, Some(93)));
    assert!(session.take_unsolicited().is_empty());
}

/// RL21: other UIDs, a MODSEQ that went down, 0, none: nothing that was told is believed, and all is looked at anew.
#[rstest]
#[case("S: * OK [UIDVALIDITY 8] x\nS: * OK [HIGHESTMODSEQ 95] x")]
#[case("S: * OK [UIDVALIDITY 7] x\nS: * OK [HIGHESTMODSEQ 89] x")]
#[case("S: * OK [UIDVALIDITY 7] x\nS: * OK [HIGHESTMODSEQ 0] x")]
#[case("S: * OK [UIDVALIDITY 7] x\nS: * OK [NOMODSEQ] x")]
#[case("S: * OK [UIDVALIDITY 7] x")]
#[tokio::test]
async fn doubtful_changes_are_not_taken(#[case] lines: &str) {
    let transcript = format!("C: SELECT \"x\" (QRESYNC (7 90))\n{lines}\nS: * VANISHED (EARLIER) 1:9\nS: $ OK open");
    let (mut session, _server) = enabled(YES, &transcript).await;
    assert_eq!(session.open("x", Mode::ReadWrite, &since(90)).await.unwrap().changes, None);
}

/// What is still said of the folder that was open means nothing for the new one; without CLOSED nobody can tell.
#[rstest]
#[case("S: * OK [CLOSED] x", Some(1))]
#[case("S: * OK nothing", None)]
#[tokio::test]
async fn news_of_the_old_folder_are_not_the_new_ones(#[case] closed: &str, #[case] expected: Option<usize>) {
    let transcript = format!(
        "C: SELECT \"x\"\nS: * OK [UIDVALIDITY 3] x\nS: $ OK open
         C: SELECT \"y\" (QRESYNC (7 90))
         S: * VANISHED 4
         S: * 2 FETCH (UID 9 FLAGS (\\Seen))
         {closed}
         S: * OK [UIDVALIDITY 7] x
         S: * OK [HIGHESTMODSEQ 95] x
         S: * 2 FETCH (UID 5 FLAGS (\\Seen) MODSEQ (93))
         S: $ OK open"
    );
    let (mut session, _server) = enabled(YES, &transcript).await;
    session.select("x", Mode::ReadWrite).await.unwrap();
    session.take_unsolicited();
    let selected = session.open("y", Mode::ReadWrite, &since(90)).await.unwrap();
    assert_eq!(selected.changes.map(|changes| changes.flags.len()), expected);
    let told = session.take_unsolicited();
    assert!(!told.iter().any(|one| matches!(one, posthaste::imap::session::Unsolicited::Flags { .. })), "{told:?}");
}

/// Where ENABLE is refused, or not answered yet, CONDSTORE is asked for folder by folder and QRESYNC is not.
#[rstest]
#[case("S: $3 NO no")]
#[case("S: $3 BAD what")]
#[case("S: * ENABLED\nS: $3 OK")]
#[tokio::test]
async fn not_enabled(#[case] answer: &str) {
    let transcript = "C: SELECT \"x\" (CONDSTORE)\nS: * OK [UIDVALIDITY 7] x\nS: $ OK open";
    let (mut session, _server) = enabled(answer, transcript).await;
    assert_eq!(session.open("x", Mode::ReadWrite, &since(90)).await.unwrap().changes, None);
}

const HEADERS: &str = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (DATE FROM REPLY-TO TO CC SUBJECT \
    MESSAGE-ID IN-REPLY-TO REFERENCES CONTENT-TYPE LIST-ID)])";
const OPEN: &str = "S: * 1 EXISTS\nS: * OK [UIDVALIDITY 7] x\nS: $1 OK open";
const ROW: &str =
    "S: * 1 FETCH (UID 4 FLAGS () RFC822.SIZE 9 BODY[HEADER.FIELDS (SUBJECT)] {14}\nS! Subject: a\\r\\n\\r\\n)\\r\\n";

fn ahead() -> Opening {
    Opening { since: None, headers: uids("1:4") }
}

/// The headers come in the turn of SELECT, and are not asked for twice.
#[tokio::test]
async fn headers_come_with_select() {
    let transcript =
        format!("C: SELECT \"x\"\nC: UID FETCH 1:4 {HEADERS}\n{OPEN}\n{ROW}\nS: $2 OK done\nC: NOOP\nS: $ OK done");
    let (mut session, _server) = enabled(YES, &transcript).await;
    session.open("x", Mode::ReadWrite, &ahead()).await.unwrap();
    let mut seen = Vec::new();
    session.fetch_headers(&uids("1:4"), &mut |message| seen.push(message.uid.0)).await.unwrap();
    assert_eq!(seen, [4]);
    session.noop().await.unwrap();
}

/// Headers that turn out not to be wanted are read and forgotten; so is their refusal where the folder was not opened.
#[rstest]
#[case(&format!("{OPEN}\n{ROW}\nS: $2 OK done"), None)]
#[case("S: $1 NO [NONEXISTENT] none\nS: $2 BAD nothing is open", Some("rejected"))]
#[tokio::test]
async fn headers_that_are_not_wanted(#[case] lines: &str, #[case] expected: Option<&str>) {
    let transcript = format!("C: SELECT \"x\"\nC: UID FETCH 1:4 {HEADERS}\n{lines}\nC: NOOP\nS: $ OK done");
    let (mut session, _server) = enabled(YES, &transcript).await;
    let opened = session.open("x", Mode::ReadWrite, &ahead()).await;
    assert_eq!(opened.as_ref().err().map(kind), expected);
    session.noop().await.unwrap();
}
