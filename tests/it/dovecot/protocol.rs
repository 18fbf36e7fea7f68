//! The IMAP room's sessions against Dovecot.

use std::future::pending;
use std::time::Duration;

use posthaste::imap::connect::{Compress, Endpoint, Security, connect};
use posthaste::imap::session::{IdleEnd, Mode, Session, Unsolicited};
use posthaste::imap::trace::Trace;
use posthaste::imap::uid_set::UidSet;
use posthaste::mail::Uid;
use posthaste::mail::flags::Flags;
use posthaste::sasl::Wanted;

use rstest::rstest;

use crate::support::counted;
use crate::support::dovecot::{Dovecot, Options, PASSWORD, available};
use crate::support::engine::{Home, account, mail};
use crate::support::raw_client::RawClient;

async fn sign_in(server: &Dovecot) -> Session {
    sign_in_with(server, Compress::Auto).await
}

async fn sign_in_with(server: &Dovecot, compress: Compress) -> Session {
    let endpoint = Endpoint { compress, ..Endpoint::new("127.0.0.1", server.port, Security::None) };
    let greeted = connect(&endpoint, &Trace::default()).await.unwrap();
    greeted.login("alice", &PASSWORD.into(), Wanted::Automatic).await.unwrap()
}

/// NOTIFY on the real one: what happens in another folder, and to the names of folders, ends IDLE in the inbox.
#[tokio::test]
async fn every_folder_is_told_of() {
    if !available() {
        return;
    }
    let server = Dovecot::start(&Options::default());
    let mut other = server.client("alice");
    let mut session = sign_in(&server).await;
    session.select("INBOX", Mode::ReadOnly).await.unwrap();
    assert!(session.notify_all().await.unwrap(), "{:?}", session.capabilities());
    let first = session.take_unsolicited();
    let counted = |told: &[Unsolicited], name: &str, count: u32| {
        told.iter().any(
            |one| matches!(one, Unsolicited::Status { raw, status } if raw == name && status.messages == Some(count)),
        )
    };
    assert!(counted(&first, "Archive", 0), "{first:?}");
    let longest = Duration::from_mins(1);
    for step in 0..3 {
        match step {
            0 => {
                other.append("Archive", "", &mail("m1"));
            }
            1 => {
                other.select("Archive");
                other.command("UID STORE 1 +FLAGS (\\Seen)").ok();
            }
            _ => {
                other.command("CREATE Fresh").ok();
            }
        }
        let mut told = Vec::new();
        loop {
            assert_eq!(session.idle(pending(), longest).await.unwrap(), IdleEnd::Changed, "{step}: {told:?}");
            told.extend(session.take_unsolicited());
            let enough = match step {
                0 => counted(&told, "Archive", 1),
                1 => told.iter().any(|one| {
                    matches!(one, Unsolicited::Status { raw, status } if raw == "Archive" && status.unseen == Some(0))
                }),
                _ => told.iter().any(|one| matches!(one, Unsolicited::List { raw } if raw == "Fresh")),
            };
            if enough {
                break;
            }
        }
    }
    other.append("INBOX", "", &mail("m2"));
    assert_eq!(session.idle(pending(), longest).await.unwrap(), IdleEnd::Changed);
    let told = session.take_unsolicited();
    assert!(told.contains(&Unsolicited::Exists(1)), "{told:?}");
}

/// A change at random by one of three clients: flags, removals, moves and new mail in two folders.
fn change(clients: &mut [RawClient], dice: &mut u64) {
    let mut throw = |below: u64| {
        *dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*dice >> 33) % below
    };
    let client = &mut clients[usize::try_from(throw(3)).unwrap()];
    let uid = 1 + throw(200);
    let command = match throw(10) {
        0 => format!("UID STORE {uid} +FLAGS.SILENT (\\Deleted)"),
        1 => format!("UID EXPUNGE 1:{uid}"),
        2 => format!("UID MOVE {uid} Archive"),
        3 => {
            client.append("INBOX", "", &mail(&format!("new{}", throw(u64::MAX))));
            return;
        }
        4 => format!("UID STORE {uid}:{} +FLAGS.SILENT (\\Flagged)", uid + throw(20)),
        5 => format!("UID STORE {uid} +FLAGS.SILENT ($Work)"),
        6 => format!("UID STORE {uid} -FLAGS.SILENT (\\Seen \\Flagged)"),
        _ => format!("UID STORE {uid} +FLAGS.SILENT (\\Seen)"),
    };
    client.command(&command);
}

/// RL22: after many changes by three clients, between syncs and during them, a cache that was brought in step over and
/// over holds what the server holds and what a fresh cache holds. `POSTHASTE_CHANGES=10000` for more of them.
#[rstest]
#[case::qresync("CONDSTORE QRESYNC ENABLE")]
#[case::condstore("CONDSTORE ENABLE")]
#[case::neither("")]
fn many_changes_by_three_clients(#[case] extensions: &str) {
    if !available() {
        return;
    }
    let count: u32 = std::env::var("POSTHASTE_CHANGES").ok().map_or(600, |text| text.parse().unwrap());
    let capability = format!(
        "IMAP4rev1 LITERAL+ UIDPLUS MOVE IDLE NAMESPACE LIST-EXTENDED LIST-STATUS SPECIAL-USE ESEARCH {extensions}"
    );
    let server = Dovecot::start(&Options { capability: Some(capability), ..Options::default() });
    server.deliver_all("alice", "INBOX", (0..150).map(|number| (mail(&format!("m{number}")), String::new())));
    let alice = || account("work", server.addr(), "alice", PASSWORD);
    let home = Home::new(vec![alice()]);
    let mut clients = [server.client("alice"), server.client("alice"), server.client("alice")];
    for client in &mut clients {
        client.select("INBOX");
    }
    let mut dice = 7;
    let mut live = home.start();
    live.online();
    for _ in 0..count / 2 {
        change(&mut clients, &mut dice);
    }
    drop(live);
    // Changes while nobody looks: what QRESYNC and CONDSTORE are for.
    for _ in 0..5 {
        for _ in 0..count / 10 {
            change(&mut clients, &mut dice);
        }
        home.start().online();
    }
    let all = || {
        let mut all = server.client("alice").list_all();
        for found in &mut all {
            found.flags.retain(|flag| flag != "\\Recent");
        }
        all
    };
    home.start().in_step(&all);
    Home::new(vec![alice()]).start().in_step(&all);
    counted("changes", count as usize);
}

/// COMPRESS on the real one: asked for behind LIST in one packet, and after that all is understood on both sides, a
/// large answer and a large command included.
#[tokio::test]
async fn it_speaks_compressed() {
    if !available() {
        return;
    }
    let server = Dovecot::start(&Options { compress: true, ..Options::default() });
    let text = "a line that comes again and again\r\n".repeat(20_000);
    server.deliver("alice", "INBOX", &[mail("m1"), text.clone().into_bytes()].concat(), "");
    let mut session = sign_in_with(&server, Compress::Always).await;
    assert!(session.capabilities().has("COMPRESS=DEFLATE"), "{:?}", session.capabilities());
    assert!(session.list().await.unwrap().iter().any(|folder| folder.raw == "Archive"));
    session.select("INBOX", Mode::ReadWrite).await.unwrap();
    let mut bodies = Vec::new();
    let one = UidSet::range(Uid(1), Uid(1));
    session.fetch_bodies(&one, 1 << 20, &mut |_, bytes| bodies.push(bytes)).await.unwrap();
    assert!(String::from_utf8_lossy(&bodies[0]).ends_with(&text));
    session.append("Archive", &Flags::default(), None, &bodies[0]).await.unwrap();
    assert_eq!(session.status("Archive").await.unwrap().messages, Some(1));
    let ((sent, received), (plain_sent, plain_received)) = (session.counters(), session.plain_counters());
    assert!(received * 20 < plain_received, "{received} of {plain_received}");
    assert!(sent * 20 < plain_sent, "{sent} of {plain_sent}");
    session.logout().await;
}
