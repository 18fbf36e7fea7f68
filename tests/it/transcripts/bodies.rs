//! UID FETCH and UID SEARCH: headers, flags, bodies.

use posthaste::imap::session::{Search, StoreChange};
use posthaste::mail::Uid;
use posthaste::mail::flags::{Flag, Flags};

use super::{kind, opened, uid, uids};

const HEADERS: &str = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (DATE FROM REPLY-TO TO CC SUBJECT \
    MESSAGE-ID IN-REPLY-TO REFERENCES CONTENT-TYPE LIST-ID)])";

/// RL40, PS34, RL52, PS28: of a hundred kinds of answers only whole ones for UIDs that were asked for become messages,
/// each once; the unreadable become placeholders; the rest costs nothing.
#[tokio::test]
async fn only_sound_answers_become_messages() {
    let (mut session, _server) = opened(
        "",
        &format!(
            "C: UID FETCH 1:9 {HEADERS}
             S: * 1 FETCH (UID 1 FLAGS (\\Seen $X) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 4444 BODY[HEADER.FIELDS (SUBJECT)] {{14}}
             S: Subject: one
             S:  MODSEQ (12))
             S: * 1 FETCH (UID 1 FLAGS () BODY[HEADER.FIELDS (SUBJECT)] {{14}}
             S: Subject: two
             S: )
             S: * 2 FETCH (UID 2 FLAGS (\\Seen))
             S: * 3 FETCH (FLAGS () BODY[HEADER.FIELDS (SUBJECT)] {{14}}
             S: Subject: six
             S: )
             S: * 0 FETCH (UID 4 BODY[HEADER.FIELDS (SUBJECT)] {{0}}
             S: )
             S: * 5 FETCH (UID 77 BODY[HEADER.FIELDS (SUBJECT)] {{0}}
             S: )
             S: * 5 FETCH (UID 5 ENVELOPE (\"a \"b\" c\" NIL)
             S: * 6 FETCH (UID 6 INTERNALDATE NIL RFC822.SIZE 9999999999 FLAGS (\"a b\" \\Flagged) BODY[HEADER.FIELDS (\"SUBJECT\")] \"Subject: \\\\\"q\\\\\"\")
             S: * 7 FETCH (UID 7 BODY[HEADER.FIELDS (SUBJECT)] {{2000000}}
             S~ 2000000 x
             S: )
             S: * 8 FETCH (UID 4294967296 BODY[] {{0}}
             S: )
             S: * 9 FETCH (UID 9 BODYSTRUCTURE (\"ALTERNATIVE\") BODY[HEADER.FIELDS (SUBJECT)] {{15}}
             S: Subject: nine
             S: )
             S:
             S: * XFOO bar
             S: $ OK done"
        )
        .replace("\\\\\"", "\\\""),
    )
    .await;
    let mut messages = Vec::new();
    let unreadable = session.fetch_headers(&uids("1:9"), &mut |message| messages.push(message)).await.unwrap();
    let got: Vec<(u32, &str, u64, i64)> = messages
        .iter()
        .map(|message| (message.uid.0, message.envelope.subject.as_str(), message.size, message.received.0))
        .collect();
    assert_eq!(got, [(1, "one", 4444, 837_596_665), (6, "\"q\"", 9_999_999_999, 0), (9, "nine", 0, 0)]);
    assert_eq!(messages[0].modseq, Some(12));
    assert!(messages[0].flags.seen() && messages[1].flags.flagged());
    assert_eq!(unreadable, uids("5,7"));
}

/// Large sets go out in pieces that every server takes.
#[tokio::test]
async fn large_sets_go_out_in_pieces() {
    let (mut session, server) =
        opened("", "C* UID FETCH\nS: $ OK\nC* UID FETCH\nS: $ OK\nC* UID FETCH\nS: $ OK\nHANG").await;
    let odd = (1..2_000).map(|n| Uid(n * 2)).collect();
    session.fetch_flags(&odd, None, &mut |_, _, _| {}).await.unwrap();
    drop(session);
    let heard = server.await.unwrap();
    assert!(heard.lines().all(|line| line.len() < 5_000));
}

/// Flags by range and since a MODSEQ; flags of other messages are news (RL18).
#[tokio::test]
async fn flags_and_news_are_told_apart() {
    let (mut session, _server) = opened(
        "CONDSTORE",
        "C: UID FETCH 1:2 (UID FLAGS) (CHANGEDSINCE 18446744073709551615)
         S: * 1 FETCH (UID 1 FLAGS (\\Seen) MODSEQ (5))
         S: * 9 FETCH (UID 9 FLAGS (\\Deleted))
         S: * 4 FETCH (FLAGS ())
         S: * VANISHED (EARLIER) 1:4294967295
         S: $ OK done",
    )
    .await;
    let mut got: Vec<(Uid, Flags, Option<u64>)> = Vec::new();
    let mut sink = |uid, flags, modseq| got.push((uid, flags, modseq));
    session.fetch_flags(&uids("1:2"), Some(u64::MAX), &mut sink).await.unwrap();
    assert_eq!(got, [(uid(1), Flags::parse(["\\Seen"]), Some(5))]);
    assert_eq!(session.take_unsolicited().len(), 3);
}

/// A whole body, byte for byte, with its progress; a range; a message that is gone; one without a body (RL41).
#[tokio::test]
async fn bodies_come_byte_for_byte() {
    let (mut session, _server) = opened(
        "",
        "C: UID FETCH 1 (UID BODY.PEEK[])
         S: * 2 EXISTS
         S: * 1 FETCH (BODY[] {200008}
         S~ 200000 a
         S! \\0\\r\\n{9}\\r\\n
         S:  UID 1)
         S: $ OK done
         C: UID FETCH 1 (UID BODY.PEEK[]<5.3>)
         S: * 1 FETCH (UID 1 BODY[]<5> {4}
         S: abcd)
         S: $ OK done
         C: UID FETCH 1 (UID BODY.PEEK[])
         S: $ OK done
         C: UID FETCH 1 (UID BODY.PEEK[])
         S: * 1 FETCH (UID 1 BODY[] NIL FLAGS (\\Seen))
         S: $ OK done
         C: UID FETCH 1 (UID BODY.PEEK[])
         S: * 1 FETCH (UID 1 BODY[] \"\")
         S: $ OK done",
    )
    .await;
    let mut steps = Vec::new();
    let body = session.fetch_body(uid(1), &mut |bytes| steps.push(bytes)).await.unwrap().unwrap();
    assert_eq!(body, [vec![b'a'; 200_000], b"\0\r\n{9}\r\n".to_vec()].concat());
    assert!(steps.is_sorted() && steps.last().is_some_and(|last| *last >= 200_000), "{steps:?}");
    assert_eq!(session.fetch_range(uid(1), 5, 3, &mut |_| {}).await.unwrap().unwrap(), b"abc");
    assert_eq!(session.fetch_body(uid(1), &mut |_| {}).await.unwrap(), None);
    assert_eq!(kind(&session.fetch_body(uid(1), &mut |_| {}).await.unwrap_err()), "rejected");
    assert_eq!(session.fetch_body(uid(1), &mut |_| {}).await.unwrap(), Some(Vec::new()));
}

/// PS25: a body over the limit ends the session before its bytes are stored.
#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let (mut session, _server) =
        opened("", "C: UID FETCH 1:2 (UID BODY.PEEK[])\nS: * 1 FETCH (UID 1 BODY[] {101}\nHANG").await;
    let result = session.fetch_bodies(&uids("1:2"), 100, &mut |_, _| {}).await;
    assert_eq!(kind(&result.unwrap_err()), "protocol");
}

/// What proves a message's identity; one without a readable header proves nothing.
#[tokio::test]
async fn identities() {
    let (mut session, _server) = opened(
        "",
        "C: UID FETCH 1:3 (UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])
         S: * 1 FETCH (UID 1 RFC822.SIZE 10 INTERNALDATE \" 1-Jan-1970 00:00:09 +0000\" BODY[HEADER.FIELDS (MESSAGE-ID)] {21}
         S! Message-ID: <a@b>\\r\\n\\r\\n
         S:  )
         S: * 2 FETCH (UID 2 FLAGS ())
         S: $ OK done",
    )
    .await;
    let identities = session.fetch_identity(&uids("1:3")).await.unwrap();
    assert_eq!(identities.len(), 1);
    assert_eq!((identities[0].message_id.as_str(), identities[0].size), ("a@b", 10));
}

/// PS24, RL04: search text is one string; ESEARCH and SEARCH say the same; `n:*` never finds what is below n.
#[tokio::test]
async fn searches() {
    let (mut session, _server) = opened(
        "ESEARCH",
        "C: UID SEARCH RETURN (ALL) HEADER MESSAGE-ID \"a\\\\\"b\" UID 5:*
         S: * ESEARCH (TAG \"$\") UID ALL 3,5:7
         S: $ OK done
         C: UID SEARCH RETURN (ALL) ALL
         S: * ESEARCH (TAG \"$\") UID
         S: $ OK done
         C: UID SEARCH RETURN (ALL) DELETED
         S: * SEARCH 1 2 4294967295
         S: * SEARCH
         S: $ OK done"
            .replace("\\\\\"", "\\\"")
            .as_str(),
    )
    .await;
    let both = Search::And(vec![Search::HeaderMessageId("a\"b".to_owned()), Search::UidFrom(uid(5))]);
    assert_eq!(session.search(&both).await.unwrap(), uids("5:7"));
    assert!(session.search(&Search::All).await.unwrap().is_empty());
    assert_eq!(session.search(&Search::Deleted).await.unwrap(), uids("1:2,4294967295"));
    assert_eq!(kind(&session.search(&Search::HeaderMessageId("\0".to_owned())).await.unwrap_err()), "rejected");
}

/// Labels of Gmail come as atoms, quoted, as literals and with letters of other scripts; those that are folders or flags
/// under another name are none.
#[tokio::test]
async fn labels_are_flags() {
    let (mut session, _server) = opened(
        "X-GM-EXT-1",
        "C: UID FETCH 1:2 (UID FLAGS X-GM-LABELS)
         S: * 1 FETCH (X-GM-LABELS (\\Sent \"\\\\Important\" work \"to do\" \"sp&AOQ-ter\" \"[Imap]/Drafts\" {3}
         S: a\"b \"\\\\Starred\") UID 1 FLAGS (\\Seen NonJunk))
         S: * 2 FETCH (UID 2 FLAGS () X-GM-LABELS ())
         S: $ OK done
         C: UID STORE 1 +FLAGS.SILENT (NonJunk)
         S: $ OK done
         C: UID STORE 1 +X-GM-LABELS (\"sp&AOQ-ter\" \"to do\")
         S: * 1 FETCH (X-GM-LABELS (\"to do\") UID 1)
         S: $ OK done
         C: UID STORE 1 -FLAGS.SILENT (work)
         S: $ OK done
         C: UID STORE 1 -X-GM-LABELS (\"work\")
         S: $ OK done",
    )
    .await;
    let mut got = Vec::new();
    session.fetch_flags(&uids("1:2"), None, &mut |uid, flags, _| got.push((uid.0, flags))).await.unwrap();
    let wanted = ["\\Seen", "NonJunk", "work", "to=20do", "sp=C3=A4ter", "[Imap=5D/Drafts", "a=22b"];
    assert_eq!(got, [(1, Flags::parse(wanted)), (2, Flags::default())]);
    let flags: Vec<Flag> = Flags::parse(["NonJunk", "to=20do", "sp=C3=A4ter"]).iter().collect();
    session.store(&uids("1"), StoreChange::Add, &flags).await.unwrap();
    session.store(&uids("1"), StoreChange::Remove, &[Flag::parse("work").unwrap()]).await.unwrap();
}
