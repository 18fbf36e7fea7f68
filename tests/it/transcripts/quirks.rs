//! The habits of real servers (November 2026), one dialogue each: what they say in their own way, we understand or survive.
//!
//! Where one of them needs more than one session, the engine's tests have the rest: Gmail's labels and a message that
//! Yahoo never sends (`engine/habits.rs`, `engine/poison.rs`), Proton's refused UID EXPUNGE and a move of what is gone
//! (`engine/refused.rs`), names below `INBOX.` on a real Dovecot (`dovecot/engine.rs`), a server without UIDNEXT
//! (`engine/counts.rs`).

use std::time::Duration;

use posthaste::imap::error::Error;
use posthaste::imap::session::{Mode, Search, StoreChange, Unsolicited};
use posthaste::mail::flags::{DELETED, Flag, Flags};
use posthaste::mail::folder::{Namespace, Role};
use posthaste::mail::message::NewMessage;
use posthaste::mail::{Uid, UidValidity};
use rstest::rstest;

use super::{kind, opened, signed_in, uid, uids};

/// Our ID, as every server gets it that offers the extension.
const ID: &str = "C: ID (\"name\" \"posthaste\" \"version\" \"0.1.0\")";

/// Gmail: a search finds words, not the text, and what proves the message is asked for; the new UIDs stand in the tagged
/// answer of MOVE (RL29, RL55); All Mail is told by its attribute.
#[tokio::test]
async fn gmail() {
    let (mut session, _server) = signed_in(
        "ID MOVE UIDPLUS X-GM-EXT-1",
        &format!(
            "{ID}
             C: LIST \"\" \"*\"
             C: LSUB \"\" \"*\"
             S: * ID (\"name\" \"GImap\" \"vendor\" \"Google, Inc.\" \"support-url\" \"https://support.google.com/mail\")
             S: $1 OK Success 98e67ed59e1d1-fdb
             S: * LIST (\\HasNoChildren) \"/\" \"INBOX\"
             S: * LIST (\\HasChildren \\Noselect) \"/\" \"[Gmail]\"
             S: * LIST (\\All \\HasNoChildren) \"/\" \"[Gmail]/All Mail\"
             S: * LIST (\\HasNoChildren \\Important) \"/\" \"[Gmail]/Important\"
             S: $2 OK Success
             S: $3 OK Success
             C: SELECT \"INBOX\"
             S: * FLAGS (\\Answered \\Flagged \\Draft \\Deleted \\Seen $NotPhishing $Phishing)
             S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Draft \\Deleted \\Seen $NotPhishing $Phishing \\*)] Flags permitted.
             S: * OK [UIDVALIDITY 7] UIDs valid.
             S: * 2 EXISTS
             S: * 0 RECENT
             S: * OK [UIDNEXT 12] Predicted next UID.
             S: $4 OK [READ-WRITE] INBOX selected. (Success)
             C: UID SEARCH HEADER MESSAGE-ID \"a.b@x\"
             S: * SEARCH 3 11
             S: $5 OK SEARCH completed (Success)
             C: UID FETCH 3,11 (UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])
             S: * 1 FETCH (UID 3 RFC822.SIZE 10 INTERNALDATE \"01-Jan-2026 00:00:09 +0000\" BODY[HEADER.FIELDS (MESSAGE-ID)] {{25}}
             S! Message-ID: <x.a.b@x>\\r\\n\\r\\n
             S: )
             S: * 2 FETCH (UID 11 RFC822.SIZE 11 INTERNALDATE \"01-Jan-2026 00:00:09 +0000\" BODY[HEADER.FIELDS (MESSAGE-ID)] {{23}}
             S! Message-ID: <a.b@x>\\r\\n\\r\\n
             S: )
             S: $6 OK Success
             C: UID MOVE 11 \"[Gmail]/Trash\"
             S: * 2 EXPUNGE
             S: * 1 EXISTS
             S: $7 OK [COPYUID 9 11 44] (Success)"
        ),
    )
    .await;
    let listed = session.list().await.unwrap();
    assert_eq!((listed[2].special, listed[1].selectable), (Some(Role::All), false));
    session.select("INBOX", Mode::ReadWrite).await.unwrap();
    let hits = session.search(&Search::HeaderMessageId("a.b@x".to_owned())).await.unwrap();
    let identities = session.fetch_identity(&hits).await.unwrap();
    let meant: Vec<Uid> = identities.iter().filter(|one| one.message_id == "a.b@x").map(|one| one.uid).collect();
    assert_eq!(meant, [uid(11)]);
    let copied = session.uid_move(&uids("11"), "[Gmail]/Trash").await.unwrap().unwrap();
    assert_eq!((copied.uid_validity, copied.pairs), (UidValidity(9), vec![(uid(11), uid(44))]));
}

/// RL43: every way in which one of them asks to be left alone, in the middle of a session: the session ends, and the time
/// is the one that was named. (Each verb with Exchange's two: `faults.rs`; at the sign-in: `sign_in.rs`.)
#[rstest]
#[case::gmail("S: $ NO [THROTTLED] Rate limit hit.", None)]
#[case::gmail_bytes("S: $ NO [ALERT] Account exceeded command or bandwidth limits. (Failure)", None)]
#[case::gmail_goodbye("S: * BYE Account exceeded command or bandwidth limits. 98e67ed59e1d1", None)]
#[case::gmail_connections("S: $ NO [ALERT] Too many simultaneous connections. (Failure)", None)]
#[case::exchange("S: $ BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds", Some(299_961))]
#[case::exchange_back_end("S: $ BAD User is authenticated but not connected.", None)]
#[case::yahoo("S: $ NO [UNAVAILABLE] NOOP Server error - Please try again later", None)]
#[case::yahoo_limit("S: $ NO [LIMIT] NOOP Rate limit hit.", None)]
#[tokio::test]
async fn all_of_them_want_to_be_left_alone(#[case] answer: &str, #[case] milliseconds: Option<u64>) {
    let (mut session, _server) = opened("", &format!("C: NOOP\n{answer}\nHANG")).await;
    let error = session.noop().await.unwrap_err();
    let Error::Throttled { wait, .. } = error else { panic!("{error:?}") };
    assert_eq!(wait, milliseconds.map(Duration::from_millis));
    assert_eq!(kind(&session.noop().await.unwrap_err()), "closed");
}

/// Outlook and Exchange: COPYUID on a line of its own (2013), a disposition in lower case with a file name that no parser
/// takes, in an answer that nobody asked for; the rest of the answers counts.
#[tokio::test]
async fn exchange() {
    let (mut session, _server) = opened(
        "MOVE UIDPLUS",
        "C: UID FETCH 1:2 (UID FLAGS)
         S: * 1 FETCH (UID 1 FLAGS (\\Seen) BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 2 1 NIL (\"inline\" (\"filename\" \"a\"b.txt\")) NIL NIL))
         S: * 2 FETCH (UID 2 FLAGS () BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 2 1 NIL (\"inline\" NIL) NIL NIL))
         S: $ OK FETCH completed.
         C: UID MOVE 2 \"Archive\"
         S: [COPYUID 9 2 12]
         S: * 2 EXPUNGE
         S: $ OK MOVE completed.",
    )
    .await;
    let mut got = Vec::new();
    session.fetch_flags(&uids("1:2"), None, &mut |uid, _, _| got.push(uid)).await.unwrap();
    assert!(got.contains(&uid(2)), "{got:?}");
    let copied = session.uid_move(&uids("2"), "Archive").await.unwrap().unwrap();
    assert_eq!(copied.pairs, [(uid(2), uid(12))]);
}

/// iCloud: no MOVE, so COPY, mark, expunge; the body is asked for as BODY[], and RFC822 and ENVELOPE never are; a quote
/// that is not escaped, where a string comes quoted, costs the end of that string.
#[tokio::test]
async fn icloud() {
    let (mut session, server) = opened(
        "UIDPLUS",
        "C* UID FETCH
         S: * 1 FETCH (UID 1 FLAGS () INTERNALDATE \"01-Jan-2026 00:00:09 +0000\" RFC822.SIZE 9 BODY[HEADER.FIELDS (SUBJECT)] \"Subject: the \"best\" of\")
         S: * 2 FETCH (UID 2 FLAGS () INTERNALDATE \"01-Jan-2026 00:00:09 +0000\" RFC822.SIZE 9 BODY[HEADER.FIELDS (SUBJECT)] {14}
         S: Subject: two
         S: )
         S: * 3 FETCH (UID 3 ENVELOPE (NIL \"the \"best\" of\" NIL NIL NIL NIL NIL NIL NIL NIL))
         S: $ OK done
         C: UID FETCH 2 (UID BODY.PEEK[])
         S: * 2 FETCH (UID 2 BODY[] {3}
         S: abc)
         S: $ OK done
         C: UID COPY 2 \"Archive\"
         S: $ OK [COPYUID 9 2 12] done
         C: UID STORE 2 +FLAGS.SILENT (\\Deleted)
         S: $ OK done
         C: UID EXPUNGE 2
         S: * 2 EXPUNGE
         S: $ OK done
         HANG",
    )
    .await;
    let mut came = Vec::new();
    let mut sink = |message: NewMessage| came.push((message.uid, message.envelope.subject));
    let unreadable = session.fetch_headers(&uids("1:2"), &mut sink).await.unwrap();
    assert_eq!(came, [(uid(1), "the".to_owned()), (uid(2), "two".to_owned())]);
    assert!(unreadable.is_empty());
    assert_eq!(session.fetch_body(uid(2), &mut |_| {}).await.unwrap().unwrap(), b"abc");
    assert!(!session.capabilities().has("MOVE"));
    session.uid_copy(&uids("2"), "Archive").await.unwrap().unwrap();
    session.store(&uids("2"), StoreChange::Add, &[Flag::System(DELETED)]).await.unwrap();
    session.uid_expunge(&uids("2")).await.unwrap();
    drop(session);
    let heard = server.await.unwrap();
    assert!(!heard.contains("RFC822.HEADER") && !heard.contains("ENVELOPE") && !heard.contains("BODYSTRUCTURE"));
    assert!(!heard.contains("RFC822)") && !heard.contains("RFC822 "), "{heard}");
}

/// Yahoo and AOL: ID is sent as soon as we are in; one message that is refused is told from a server that is away.
#[tokio::test]
async fn yahoo() {
    let (mut session, _server) = signed_in(
        "ID UIDPLUS MOVE",
        &format!(
            "{ID}
             C: SELECT \"Inbox\"
             S: * ID (\"name\" \"YahooMail\" \"version\" \"10.0.1\")
             S: $1 OK ID completed
             S: * 3 EXISTS
             S: * OK [UIDVALIDITY 7] UIDs valid
             S: $2 OK [READ-WRITE] SELECT completed; now in selected state
             C* UID FETCH
             S: $ NO [SERVERBUG] UID FETCH Server error
             C: UID FETCH 2 (UID FLAGS)
             S: * 2 FETCH (UID 2 FLAGS ())
             S: $ OK done"
        ),
    )
    .await;
    session.select("Inbox", Mode::ReadWrite).await.unwrap();
    let refused = session.fetch_headers(&uids("2"), &mut |_| {}).await.unwrap_err();
    assert!(matches!(&refused, Error::Rejected { code: Some(code), .. } if code == "SERVERBUG"), "{refused:?}");
    let mut there = 0;
    session.fetch_flags(&uids("2"), None, &mut |_, _, _| there += 1).await.unwrap();
    assert_eq!(there, 1);
}

/// Proton Bridge: values in ID without quotes, and UID EXPUNGE refused though UIDPLUS is offered (RL26): the session goes
/// on, and looks whether a plain EXPUNGE would take anybody else's mail.
#[tokio::test]
async fn proton_bridge() {
    let (mut session, _server) = signed_in(
        "ID UIDPLUS MOVE",
        &format!(
            "{ID}
             C: SELECT \"INBOX\"
             S: * ID (name \"gluon\" version 3.12.0 os linux support-url https://proton.me/support)
             S: $1 OK ID
             S: * 3 EXISTS
             S: * OK [UIDVALIDITY 7] UIDs valid
             S: $2 OK [READ-WRITE] SELECT
             C: UID EXPUNGE 2
             S: $ NO UID EXPUNGE is not supported
             C: UID SEARCH DELETED
             S: * SEARCH 2
             S: $ OK SEARCH
             C: EXPUNGE
             S: * 2 EXPUNGE
             S: $ OK EXPUNGE"
        ),
    )
    .await;
    session.select("INBOX", Mode::ReadWrite).await.unwrap();
    assert_eq!(kind(&session.uid_expunge(&uids("2")).await.unwrap_err()), "rejected");
    assert_eq!(session.search(&Search::Deleted).await.unwrap(), uids("2"));
    session.expunge().await.unwrap();
}

/// Fastmail and Cyrus: an OK to a MOVE of a message that is not there proves nothing (RL27); everything lies below
/// `INBOX.`, which is nobody else's.
#[tokio::test]
async fn fastmail_and_cyrus() {
    let (mut session, _server) = opened(
        "NAMESPACE MOVE UIDPLUS",
        "C: UID MOVE 99 \"INBOX.Archive\"
         S: $ OK Completed
         C: NAMESPACE
         C: LIST \"\" \"*\"
         C: LSUB \"\" \"*\"
         S: * NAMESPACE ((\"INBOX.\" \".\")) ((\"user.\" \".\")) ((\"\" \".\"))
         S: $2 OK Completed
         S: * LIST (\\HasChildren) \".\" INBOX
         S: * LIST (\\HasNoChildren \\Archive) \".\" \"INBOX.Archive\"
         S: $3 OK Completed (0.000 secs)
         S: $4 OK Completed
         C: LIST \"\" \"user.*\"
         S: * LIST (\\HasNoChildren) \".\" \"user.bob.Team\"
         S: $5 OK Completed",
    )
    .await;
    assert_eq!(session.uid_move(&uids("99"), "INBOX.Archive").await.unwrap(), None);
    let listed = session.list().await.unwrap();
    let found: Vec<(&str, Namespace)> = listed.iter().map(|one| (one.raw.as_str(), one.namespace)).collect();
    assert_eq!(found[1..], [("INBOX.Archive", Namespace::Personal), ("user.bob.Team", Namespace::Other)]);
    assert_eq!(listed[1].special, Some(Role::Archive));
}

/// Dovecot: "Still here" every two minutes ends no IDLE and is no news; what comes after it does. A root that is empty
/// is no folder.
#[tokio::test]
async fn dovecot() {
    let (mut session, _server) = opened(
        "IDLE NAMESPACE",
        "C: IDLE
         S: + idling
         S: * OK Still here
         S: * OK Still here
         S: * 4 EXISTS
         C* DONE
         S: $1 OK Idle completed (0.120 + 0.000 secs).
         C: NAMESPACE
         C: LIST \"\" \"*\"
         C: LSUB \"\" \"*\"
         S: * NAMESPACE ((\"INBOX.\" \".\")) NIL NIL
         S: $3 OK Namespace completed.
         S: * LIST (\\Noselect) \".\" \"\"
         S: * LIST (\\HasChildren) \".\" INBOX
         S: * LIST (\\HasNoChildren \\Junk) \".\" INBOX.Junk
         S: $4 OK List completed.
         S: $5 OK Lsub completed.",
    )
    .await;
    let end = session.idle(std::future::pending(), Duration::from_secs(1_000)).await.unwrap();
    assert_eq!(end, posthaste::imap::session::IdleEnd::Changed);
    assert_eq!(session.take_unsolicited().last(), Some(&Unsolicited::Exists(4)));
    let listed = session.list().await.unwrap();
    assert_eq!(listed.iter().map(|one| one.raw.as_str()).collect::<Vec<_>>(), ["INBOX", "INBOX.Junk"]);
}

/// 163, 126 and QQ: "Unsafe Login" for whoever did not send ID, so it goes out before SELECT; no UIDNEXT, which a search
/// finds; a FETCH with a space before its bracket.
#[tokio::test]
async fn netease_and_qq() {
    let (mut session, server) = signed_in(
        "ID UIDPLUS",
        &format!(
            "{ID}
             C: SELECT \"INBOX\"
             S: * ID (\"name\" \"Coremail Imap\" \"vendor\" \"Mailtech\" \"TransID\" \"0\")
             S: $1 OK ID completed
             S: * 2 EXISTS
             S: * 0 RECENT
             S: * OK [UIDVALIDITY 1] UIDs valid
             S: * FLAGS (\\Answered \\Seen \\Deleted \\Draft \\Flagged)
             S: $2 OK [READ-WRITE] SELECT completed
             C: UID SEARCH ALL
             S: * SEARCH 1320001 1320007
             S: $ OK Search completed
             C: UID FETCH 1320001:1320007 (UID FLAGS)
             S: * 1 FETCH (UID 1320001 )
             S: * 1 FETCH (UID 1320001 FLAGS (\\Seen) )
             S: * 2 FETCH (UID 1320007 FLAGS ())
             S: $ OK Fetch completed
             HANG"
        ),
    )
    .await;
    let selected = session.select("INBOX", Mode::ReadWrite).await.unwrap();
    assert_eq!((selected.uid_next, selected.exists), (None, 2));
    assert_eq!(session.search(&Search::All).await.unwrap().last(), Some(uid(1_320_007)));
    let mut got = Vec::new();
    session.fetch_flags(&uids("1320001:1320007"), None, &mut |uid, flags, _| got.push((uid.0, flags))).await.unwrap();
    assert_eq!(got, [(1_320_001, Flags::parse(["\\Seen"])), (1_320_007, Flags::default())]);
    drop(session);
    let heard = server.await.unwrap();
    assert!(heard.find(" ID (") < heard.find(" SELECT "), "{heard}");
}

/// The same servers, where ID did not please them: the refusal is told in their words and the session goes on.
#[tokio::test]
async fn netease_refuses_a_stranger() {
    let refusal = "SELECT Unsafe Login. Please contact kefu@188.com for help";
    let text = format!("C: SELECT \"INBOX\"\nS: $ NO {refusal}\nC: NOOP\nS: $ OK done");
    let (mut session, _server) = signed_in("", &text).await;
    let error = session.select("INBOX", Mode::ReadWrite).await.unwrap_err();
    assert!(error.to_string().contains("Unsafe Login"), "{error}");
    session.noop().await.unwrap();
}

/// mail.de: ID is offered and not understood: nobody waited for it, and nothing ends (RL57).
#[tokio::test]
async fn mail_de() {
    let text = format!("{ID}\nC: NOOP\nS: $1 BAD Error in IMAP command ID: Unknown command.\nS: $2 OK done");
    let (mut session, _server) = signed_in("ID", &text).await;
    session.noop().await.unwrap();
}

/// hMailServer: all sessions of a folder share one numbering, so sequence numbers mean what another client did with them:
/// answers are told apart by UID alone, and ours name nothing else (RL19; each test of the engine looks at the wire).
#[tokio::test]
async fn hmailserver() {
    let (mut session, _server) = opened(
        "IDLE",
        "C: UID FETCH 11:13 (UID FLAGS)
         S: * 2 FETCH (UID 11 FLAGS (\\Seen))
         S: * 2 EXPUNGE
         S: * 2 FETCH (UID 13 FLAGS ())
         S: * 2 FETCH (FLAGS (\\Deleted))
         S: * 9 EXPUNGE
         S: * 0 EXPUNGE
         S: $ OK FETCH completed",
    )
    .await;
    let mut got = Vec::new();
    session.fetch_flags(&uids("11:13"), None, &mut |uid, flags, _| got.push((uid.0, flags))).await.unwrap();
    assert_eq!(got, [(11, Flags::parse(["\\Seen"])), (13, Flags::default())]);
    let news = session.take_unsolicited();
    assert!(news.iter().any(|one| matches!(one, Unsolicited::Flags { uid: None, .. })), "{news:?}");
}

/// Winmail: no UIDNEXT in SELECT and none in STATUS; the folder opens all the same (the engine finds it by a search).
#[tokio::test]
async fn winmail() {
    let (mut session, _server) = signed_in(
        "",
        "C: STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)
         S: * STATUS \"INBOX\" (MESSAGES 2 UIDVALIDITY 7 UNSEEN 0)
         S: $ OK STATUS Completed
         C: SELECT \"INBOX\"
         S: * 2 EXISTS
         S: * OK [UIDVALIDITY 7] UID validity status
         S: $ OK [READ-WRITE] SELECT complete",
    )
    .await;
    assert_eq!(session.status("INBOX").await.unwrap().uid_next, None);
    assert_eq!(session.select("INBOX", Mode::ReadWrite).await.unwrap().uid_next, None);
}
