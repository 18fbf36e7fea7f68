//! The IMAP room's sessions against Dovecot.

use std::future::pending;
use std::time::Duration;

use posthaste::imap::connect::{Endpoint, Security, connect};
use posthaste::imap::session::{IdleEnd, Mode, Session, Unsolicited};
use posthaste::imap::trace::Trace;

use crate::support::dovecot::{Dovecot, Options, PASSWORD, available};
use crate::support::engine::mail;

async fn sign_in(server: &Dovecot) -> Session {
    let endpoint =
        Endpoint { host: "127.0.0.1".to_owned(), port: server.port, security: Security::None, ca_file: None };
    let greeted = connect(&endpoint, &Trace::default()).await.unwrap();
    greeted.login("alice", &PASSWORD.into()).await.unwrap()
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
    let longest = Duration::from_secs(60);
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
