//! MYRIGHTS, GETQUOTAROOT and whose folders are whose.

use posthaste::imap::session::{Counts, Mode};
use posthaste::mail::folder::Namespace;
use posthaste::mail::quota::{Resource, warning};
use posthaste::mail::rights::Rights;
use rstest::rstest;

use super::{kind, opened, signed_in};

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Rights of many folders in one turn: by name whatever their order, names as literals and in any case of INBOX, letters
/// of RFC 2086; a refusal costs that folder alone, an answer about another is nobody's.
#[tokio::test]
async fn rights_of_many_folders_in_one_turn() {
    let (mut session, server) = signed_in(
        "ACL",
        "C: MYRIGHTS \"~bob/Team\"
         C: MYRIGHTS \"Entw&APw-rfe\"
         C: MYRIGHTS \"gone\"
         C: MYRIGHTS \"INBOX\"
         C: MYRIGHTS \"mute\"
         S: * MYRIGHTS Entw&APw-rfe lr
         S: * MYRIGHTS other lrswipkxtea
         S: * MYRIGHTS {9}
         S: ~bob/Team lrswite
         S: $3 NO [NOPERM] not yours
         S: * MYRIGHTS inbox \"lrswipcda\"
         S: $1 OK done
         S: $2 OK done
         S: $5 OK done
         S: $4 OK done",
    )
    .await;
    let told = session.my_rights(&strings(&["~bob/Team", "Entw&APw-rfe", "gone", "INBOX", "mute"])).await.unwrap();
    let told: Vec<Option<String>> = told.iter().map(|one| one.map(|rights| rights.to_string())).collect();
    let letters = |text: &str| Some(text.to_owned());
    assert_eq!(told, [letters("lrswite"), letters("lr"), None, letters("lrswipkxtea"), None]);
    drop(session);
    server.await.unwrap();
}

/// Rights that say little: no letters, unknown ones, none at all, too much. What cannot be read is not known; nothing ends
/// the session.
#[rstest]
#[case("S: * MYRIGHTS x \"\"", Some(""))]
#[case("S: * MYRIGHTS x lrZ9", Some("lr"))]
#[case("S: * MYRIGHTS x", None)]
#[case("S: * MYRIGHTS x (l r)", None)]
#[case("S: * MYRIGHTS x lr\nS: * MYRIGHTS x lrs", Some("lrs"))]
#[tokio::test]
async fn odd_rights(#[case] lines: &str, #[case] letters: Option<&str>) {
    let transcript = format!("C: MYRIGHTS \"x\"\n{lines}\nS: $ OK done\nC: NOOP\nS: $ OK done");
    let (mut session, _server) = signed_in("ACL", &transcript).await;
    let told = session.my_rights(&strings(&["x"])).await.unwrap();
    assert_eq!(told[0].map(|rights| rights.to_string()).as_deref(), letters);
    session.noop().await.unwrap();
}

/// Without ACL nothing is asked and nothing is known; a server that offers it and does not understand MYRIGHTS costs what it
/// would have told, not the session.
#[tokio::test]
async fn rights_that_nobody_tells() {
    let (mut session, server) = signed_in("", "HANG").await;
    assert_eq!(session.my_rights(&strings(&["x"])).await.unwrap(), [None]);
    drop(session);
    assert!(!server.await.unwrap().contains("MYRIGHTS"));
    let text = "C: MYRIGHTS \"x\"\nC: MYRIGHTS \"y\"\nS: $1 BAD what\nS: $2 BAD what\nC: NOOP\nS: $ OK done";
    let (mut session, _server) = signed_in("ACL", text).await;
    assert_eq!(session.my_rights(&strings(&["x", "y"])).await.unwrap(), [None, None]);
    session.noop().await.unwrap();
}

/// LIST-MYRIGHTS (RFC 8440): rights come with the list, and without another turn.
#[tokio::test]
async fn rights_with_the_list() {
    let (mut session, _server) = signed_in(
        "ACL LIST-EXTENDED LIST-MYRIGHTS",
        "C: LIST \"\" \"*\" RETURN (SUBSCRIBED MYRIGHTS)
         S: * LIST () \"/\" inbox
         S: * MYRIGHTS Inbox lrswipkxtea
         S: * LIST () \"/\" \"~bob/Team\"
         S: * MYRIGHTS \"~bob/Team\" lr
         S: * LIST () \"/\" mute
         S: * MYRIGHTS unlisted lrs
         S: $ OK done",
    )
    .await;
    let listed = session.list().await.unwrap();
    let told: Vec<Option<Rights>> = listed.iter().map(|one| one.rights).collect();
    assert_eq!(told, [Some(Rights::ALL), Some(Rights::parse("lr")), None]);
}

/// RL54: whose a folder is, with each part of NAMESPACE missing, and as Cyrus, Courier, Dovecot and Exchange write it. The
/// inbox is always one's own.
#[rstest]
#[case::nothing("NIL NIL NIL", &[], "PPPPP")]
#[case::dovecot(r#"(("" "/")) (("user." "/")) NIL"#, &["user."], "PPOPP")]
#[case::cyrus(r#"(("INBOX." ".")) (("user." ".")) (("" "."))"#, &["user."], "PPOSS")]
#[case::courier(r##"(("INBOX." ".")) NIL (("#shared." ".")("shared." "."))"##, &["#shared.", "shared."], "PPPSS")]
#[case::anonymous(r#"NIL NIL (("" "."))"#, &[], "PSSSS")]
#[case::extended(r##"(("" "." "X-PARAM" ("a" "b"))) (("user." NIL)) (("#shared." "."))"##, &["user.", "#shared."], "PPOSP")]
#[case::wildcard(r#"(("" ".")) (("us*" ".")) (("%" "."))"#, &[], "PPPPP")]
#[tokio::test]
async fn whose_folders(#[case] told: &str, #[case] asked: &[&str], #[case] whose: &str) {
    let more: Vec<String> = asked.iter().map(|prefix| format!("C: LIST \"\" \"{prefix}*\"")).collect();
    let ends: Vec<String> = (4..4 + asked.len()).map(|number| format!("S: ${number} OK done")).collect();
    let (more, ends) = (more.join("\n"), ends.join("\n"));
    let transcript = format!(
        "C: NAMESPACE
         C: LIST \"\" \"*\"
         C: LSUB \"\" \"*\"
         S: * NAMESPACE {told}
         S: $1 OK done
         S: * LIST () \".\" INBOX
         S: * LIST () \".\" INBOX.a
         S: * LIST () \".\" user.bob.b
         S: * LIST () \".\" #shared.c
         S: * LIST () \".\" shared.d
         S: $2 OK done
         S: $3 OK done\n{more}\n{ends}"
    );
    let (mut session, server) = signed_in("NAMESPACE", &transcript).await;
    let listed = session.list().await.unwrap();
    let letters = listed.iter().map(|one| match one.namespace {
        Namespace::Personal => 'P',
        Namespace::Other => 'O',
        Namespace::Shared => 'S',
    });
    assert_eq!(letters.collect::<String>(), whose);
    drop(session);
    server.await.unwrap();
}

/// The extras of a list cost nothing where a server offers them and does not understand, or refuses (invariant 8).
#[rstest]
#[case("BAD what?")]
#[case("NO [CANNOT] no")]
#[tokio::test]
async fn extras_of_the_list_may_fail(#[case] answer: &str) {
    let transcript = format!(
        "C: NAMESPACE
         C: LIST \"\" \"*\"
         C: LSUB \"\" \"*\"
         C: GETQUOTAROOT INBOX
         S: $1 {answer}
         S: * LIST () \"/\" INBOX
         S: $2 OK done
         S: $3 {answer}
         S: $4 {answer}
         C: NOOP
         S: $ OK done"
    );
    let (mut session, _server) = signed_in("NAMESPACE QUOTA", &transcript).await;
    let (listed, namespaces, quotas) = session.list_with_quota(Counts::Told).await.unwrap();
    assert_eq!((listed.len(), namespaces.0.len(), quotas.len()), (1, 0, 0));
    assert!(listed[0].subscribed, "nobody said otherwise");
    session.noop().await.unwrap();
}

/// Before the first rows the list asks for nothing that makes the server look into every folder.
#[tokio::test]
async fn a_list_without_counts() {
    let transcript = "C: LIST \"\" \"*\" RETURN (SUBSCRIBED SPECIAL-USE)
         S: * LIST () \"/\" INBOX
         S: $ OK done
         C: NOOP
         S: $ OK done";
    let (mut session, _server) = signed_in("LIST-EXTENDED LIST-STATUS SPECIAL-USE QUOTA", transcript).await;
    let (listed, _, quotas) = session.list_with_quota(Counts::Later).await.unwrap();
    assert_eq!((listed.len(), quotas.len()), (1, 0));
    session.noop().await.unwrap();
}

/// QUOTA (RFC 9208) with several roots, without STORAGE, and with what cannot be: more used than allowed, limits of 0, numbers
/// that no machine holds, halves of answers. Storage is told in KiB.
#[rstest]
#[case("S: * QUOTA \"\" (STORAGE 10 512)", &[(Resource::Storage, 10 << 10, 512 << 10)], None)]
#[case("S: * QUOTA {1}\nS: a (storage 95 100 MESSAGE 1 9)", &[(Resource::Storage, 95 << 10, 100 << 10), (Resource::Messages, 1, 9)], Some(95))]
#[case("S: * QUOTA \"User quota\" (MESSAGE 93 100 X-ODD 1 2)", &[(Resource::Messages, 93, 100)], Some(93))]
#[case("S: * QUOTA a (STORAGE 1 4)\nS: * QUOTA b (MAILBOX 99 100)", &[(Resource::Storage, 1 << 10, 4 << 10), (Resource::Folders, 99, 100)], Some(99))]
#[case("S: * QUOTA a (MESSAGE 1 4)\nS: * QUOTA a (MESSAGE 2 4)", &[(Resource::Messages, 2, 4)], None)]
#[case("S: * QUOTA a (MESSAGE 600 512)", &[(Resource::Messages, 600, 512)], Some(117))]
#[case("S: * QUOTA a (STORAGE 1 0 MESSAGE 0 0)", &[], None)]
#[case("S: * QUOTA a (STORAGE 18446744073709551615 1)", &[(Resource::Storage, u64::MAX, 1 << 10)], Some(1_801_439_850_948_198_399))]
#[case("S: * QUOTA a (STORAGE 99999999999999999999 5 MESSAGE 1 2)", &[(Resource::Messages, 1, 2)], None)]
#[case("S: * QUOTA a (STORAGE -1 5 MESSAGE x 5 MAILBOX 1)", &[], None)]
#[case("S: * QUOTA a ()", &[], None)]
#[case("S: * QUOTA a NIL", &[], None)]
#[case("S: * QUOTA", &[], None)]
#[case("", &[], None)]
#[tokio::test]
async fn quotas(#[case] lines: &str, #[case] kept: &[(Resource, u64, u64)], #[case] warned: Option<u64>) {
    let transcript = format!(
        "C: GETQUOTAROOT INBOX\nS: * QUOTAROOT INBOX \"\" a \"User quota\"\n{lines}\nS: $ OK done\nC: NOOP\nS: $ OK done"
    );
    let (mut session, _server) = signed_in("QUOTA", &transcript).await;
    let told = session.quota().await.unwrap();
    let seen: Vec<_> = told.iter().map(|quota| (quota.resource, quota.used, quota.limit)).collect();
    assert_eq!((seen.as_slice(), warning(&told)), (kept, warned));
    session.noop().await.unwrap();
}

/// A refusal is said where only the quota was asked for; without QUOTA nothing is asked; of a flood a hundred are kept.
#[tokio::test]
async fn quota_that_is_refused_or_floods() {
    let (mut session, _server) = signed_in("QUOTA", "C: GETQUOTAROOT INBOX\nS: $ NO [NOPERM] not for you").await;
    assert_eq!(kind(&session.quota().await.unwrap_err()), "rejected");
    let (mut session, server) = signed_in("", "HANG").await;
    assert_eq!(session.quota().await.unwrap(), []);
    drop(session);
    assert!(!server.await.unwrap().contains("QUOTA"));
    let flood: Vec<String> = (0..300).map(|number| format!("S: * QUOTA r{number} (MESSAGE 1 2)")).collect();
    let transcript = format!("C: GETQUOTAROOT INBOX\n{}\nS: $ OK done", flood.join("\n"));
    let (mut session, _server) = signed_in("QUOTA", &transcript).await;
    assert_eq!(session.quota().await.unwrap().len(), 100);
}

/// Rights and quota that come unasked, at any time, are no error.
#[tokio::test]
async fn manners_come_unasked() {
    let (mut session, _server) = opened(
        "",
        "C: EXAMINE \"y\"
         S: * MYRIGHTS y lr
         S: * QUOTA \"\" (STORAGE 1 2)
         S: * QUOTAROOT y \"\"
         S: * NAMESPACE NIL NIL NIL
         S: * 0 EXISTS
         S: * OK [UIDVALIDITY 5] x
         S: $ OK [READ-ONLY] open",
    )
    .await;
    assert!(session.select("y", Mode::ReadOnly).await.unwrap().read_only);
}
