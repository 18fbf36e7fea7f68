//! NAMESPACE, LIST, STATUS, SELECT and the rest that is about folders.

use posthaste::imap::session::Mode;
use posthaste::mail::folder::{Namespace, Role};
use posthaste::mail::{Uid, UidValidity};
use rstest::rstest;

use super::{kind, opened, signed_in};

/// One turn tells every folder, a second one those of other people, its role, and its counts (RL54, RL56: names of all kinds).
#[tokio::test]
async fn lists_everything_in_one_turn() {
    let (mut session, server) = signed_in(
        "NAMESPACE LIST-EXTENDED LIST-STATUS SPECIAL-USE CONDSTORE",
        "C: NAMESPACE
         C: LIST \"\" \"*\" RETURN (SUBSCRIBED SPECIAL-USE STATUS (MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ))
         S: * NAMESPACE ((\"\" \"/\")) ((\"~\" \"/\")) ((\"#public/\" \"/\"))
         S: $1 OK done
         S: * LIST (\\HasNoChildren \\Subscribed) \"/\" inbox
         S: * STATUS INBOX (MESSAGES 3 UIDNEXT 9 UIDVALIDITY 7 UNSEEN 1 HIGHESTMODSEQ 90 SIZE 5)
         S: * LIST (\\Sent) \"/\" \"Sent \\\"Items\\\"\"
         S: * LIST (\\Noselect) NIL {5}
         S! a\\r\\nbc
         S:
         S: * LIST () \"/\" \"Entw&APw-rfe\"
         S: * LIST () \"/\" \"Entw&APw-rfe\"
         S: * LIST () \"/\" \"&AAA\"
         S: * LIST (\\NonExistent) \"/\" Gone
         S! * LIST () \"/\" \"caf\\xE9\"\\r\\n
         S: $2 OK done
         C: LIST \"\" \"~*\" RETURN (SUBSCRIBED SPECIAL-USE STATUS (MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ))
         C: LIST \"\" \"#public/*\" RETURN (SUBSCRIBED SPECIAL-USE STATUS (MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ))
         S: * LIST () \"/\" \"~bob/Team\"
         S: $4 NO [NOPERM] not yours
         S: $3 OK done",
    )
    .await;
    let listed = session.list().await.unwrap();
    let names: Vec<(&str, &str, bool)> =
        listed.iter().map(|folder| (folder.raw.as_str(), folder.name.as_str(), folder.selectable)).collect();
    assert_eq!(
        names,
        [
            ("INBOX", "INBOX", true),
            ("Sent \"Items\"", "Sent \"Items\"", true),
            ("a\r\nbc", "a\r\nbc", false),
            ("Entw&APw-rfe", "Entwürfe", true),
            ("&AAA", "&AAA", true),
            ("Gone", "Gone", false),
            ("caf\u{fffd}", "caf\u{fffd}", false),
            ("~bob/Team", "~bob/Team", true),
        ]
    );
    assert_eq!((listed[0].special, listed[0].subscribed), (Some(Role::Inbox), true));
    let status = listed[0].status.clone().unwrap();
    assert_eq!((status.messages, status.unseen, status.highest_modseq), (Some(3), Some(1), Some(90)));
    assert_eq!((listed[1].special, listed[2].delimiter), (Some(Role::Sent), None));
    assert_eq!(listed[7].namespace, Namespace::Other);
    drop(session);
    server.await.unwrap();
}

/// Without extensions: LIST and LSUB together; a server without LSUB counts everything as subscribed.
#[rstest]
#[case("S: * LSUB () \".\" INBOX.b\nS: $2 OK done", [false, true])]
#[case("S: $2 NO no LSUB", [true, true])]
#[tokio::test]
async fn lists_the_old_way(#[case] lsub: &str, #[case] subscribed: [bool; 2]) {
    let transcript = format!(
        "C: LIST \"\" \"*\"
         C: LSUB \"\" \"*\"
         S: * LIST () \".\" INBOX
         S: * LIST () \".\" INBOX.b
         S: $1 OK done\n{lsub}"
    );
    let (mut session, _server) = signed_in("", &transcript).await;
    let listed = session.list().await.unwrap();
    assert_eq!(listed.iter().map(|folder| folder.subscribed).collect::<Vec<_>>(), subscribed);
}

/// RL05, RL26, RL52: SELECT with an untagged NO, without UIDNEXT, with CONDSTORE in lower case.
#[tokio::test]
async fn selects() {
    let (mut session, _server) = signed_in(
        "condstore",
        "C: SELECT \"a \\\\\"b\" (CONDSTORE)
         S: * NO [ALERT] almost full
         S: * FLAGS (\"a b\" \\Seen)
         S: * 4294967295 EXISTS
         S: * 0 RECENT
         S: * OK [UIDVALIDITY 4294967295] x
         S: * OK [NOMODSEQ] x
         S: * OK [PERMANENTFLAGS (\\Seen \\*)] x
         S: $ OK [READ-ONLY] open"
            .replace("\\\\\"", "\\\"")
            .as_str(),
    )
    .await;
    let selected = session.select("a \"b", Mode::ReadWrite).await.unwrap();
    assert_eq!((selected.uid_validity, selected.exists), (UidValidity(u32::MAX), u32::MAX));
    assert_eq!((selected.uid_next, selected.highest_modseq, selected.read_only), (None, None, true));
    assert_eq!(selected.permanent_flags.unwrap(), ["\\Seen", "\\*"]);
    assert_eq!(session.selected(), Some("a \"b"));
    assert_eq!(session.take_unsolicited().len(), 2, "the alert and the odd FLAGS");
}

/// RL15: without a UIDVALIDITY, or with one that cannot be, the folder is not opened and the session ends.
#[rstest]
#[case("S: * 3 EXISTS")]
#[case("S: * OK [UIDVALIDITY 0] x")]
#[case("S: * OK [UIDVALIDITY 4294967296] x")]
#[case("S: * OK [UIDVALIDITY abc] x")]
#[tokio::test]
async fn no_uidvalidity_no_folder(#[case] line: &str) {
    let (mut session, _server) = signed_in("", &format!("C: SELECT \"x\"\n{line}\nS: $ OK open\nHANG")).await;
    assert_eq!(kind(&session.select("x", Mode::ReadWrite).await.unwrap_err()), "protocol");
    assert_eq!(kind(&session.noop().await.unwrap_err()), "closed");
    assert_eq!(session.selected(), None);
}

/// RL15: a new UIDVALIDITY in the middle of a session makes every UID worthless: the session ends.
#[tokio::test]
async fn a_new_uidvalidity_ends_the_session() {
    let (mut session, _server) = opened("", "C: NOOP\nS: * OK [UIDVALIDITY 8] new\nS: $ OK done\nHANG").await;
    assert_eq!(kind(&session.noop().await.unwrap_err()), "closed");
}

/// A folder that is open for changes need not be opened again, unless it is another one, was opened to be read, or a
/// rename may have given its name to another.
#[tokio::test]
async fn what_is_open_for_changes() {
    let (mut session, _server) = opened(
        "",
        "C: RENAME \"INBOX\" \"Old\"
         S: $ OK done
         C: SELECT \"INBOX\"
         S: * OK [UIDVALIDITY 8] new
         S: $ OK [READ-ONLY] open
         C: EXAMINE \"y\"
         S: * OK [UIDVALIDITY 5] x
         S: $ OK open",
    )
    .await;
    assert_eq!((session.writable("INBOX"), session.writable("Old")), (Some(UidValidity(7)), None));
    session.rename("INBOX", "Old").await.unwrap();
    assert_eq!(session.writable("INBOX"), None);
    assert!(session.select("INBOX", Mode::ReadWrite).await.unwrap().read_only);
    assert_eq!(session.writable("INBOX"), None);
    session.select("y", Mode::ReadOnly).await.unwrap();
    assert_eq!(session.writable("y"), None);
}

/// A refused SELECT closes what was open (RFC 9051, section 6.3.2), and the next one works; CLOSED parts old from new.
#[tokio::test]
async fn selects_again() {
    let (mut session, _server) = opened(
        "",
        "C: SELECT \"x\"
         S: $ NO [NONEXISTENT] no such folder
         C: EXAMINE \"y\"
         S: * 9 EXISTS
         S: * OK [CLOSED] old one closed
         S: * 2 EXISTS
         S: * OK [UIDVALIDITY 5] x
         S: * OK [UIDNEXT 6] x
         S: $ OK open",
    )
    .await;
    assert_eq!(kind(&session.select("x", Mode::ReadWrite).await.unwrap_err()), "rejected");
    assert_eq!(session.selected(), None);
    let selected = session.select("y", Mode::ReadOnly).await.unwrap();
    assert_eq!((selected.exists, selected.uid_next, selected.read_only), (2, Some(Uid(6)), true));
}

/// PS24: a name with a line break is one literal, never a second command; one with NUL is refused unsent.
#[tokio::test]
async fn names_cannot_break_out() {
    let (mut session, server) = signed_in("", "HANG").await;
    assert_eq!(kind(&session.rename("a\0b", "c").await.unwrap_err()), "rejected");
    drop(session);
    assert!(!server.await.unwrap().contains("RENAME"));
    let (mut session, server) = signed_in(
        "LITERAL+",
        "C: CREATE {13+}\nC* literal\nC* rest\nS: $1 NO [CANNOT] no\nC: SUBSCRIBE \"{5}\"\nS: $ OK done\nHANG",
    )
    .await;
    assert_eq!(kind(&session.create("a\r\np LOGOUT x").await.unwrap_err()), "rejected");
    session.subscribe("{5}").await.unwrap();
    drop(session);
    let heard = server.await.unwrap();
    assert!(heard.contains("CREATE {13+}\r\na\r\np LOGOUT x\r\n"), "{heard}");
}

/// STATUS: the answer for this very folder counts, others are news; no answer is no status.
#[tokio::test]
async fn status_of_one_folder() {
    let (mut session, _server) = signed_in(
        "",
        "C: STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)
         S: * STATUS other (MESSAGES 9)
         S: * STATUS inbox (MESSAGES 3 UIDNEXT 0 UNSEEN 1)
         S: $ OK done
         C: STATUS \"x\" (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)
         S: $ OK done",
    )
    .await;
    let status = session.status("INBOX").await.unwrap();
    assert_eq!((status.messages, status.uid_next, status.uid_validity), (Some(3), None, None));
    assert_eq!(kind(&session.status("x").await.unwrap_err()), "rejected");
}
