//! Trying an account before it is saved, against Dovecot: each step, what stands in the way, what to do.

use std::net::{SocketAddr, TcpListener};

use posthaste::config::{Account, Security};
use posthaste::imap::trace::Trace;
use posthaste::mail::folder::Role;
use posthaste::setup::check::{check, greets};
use posthaste::setup::plan::checks::{Checks, Outcome, Stand, Step};
use rstest::rstest;

use crate::support::dovecot::{Dovecot, Options, PASSWORD, available};
use crate::support::engine::account;
use crate::support::tls::{GOOD, Issued, TlsServer};

/// All that a check told. It signs out.
async fn tried(account: &Account, password: &str) -> Checks {
    let mut checks = Checks::default();
    let mut tell = |told| checks.take(told);
    let credential = || async { Ok(password.into()) };
    let session = check(account, credential, &Trace::default(), &mut tell).await;
    if let Some(session) = session {
        session.logout().await;
    }
    assert!(checks.ended);
    checks
}

fn safe(server: &Dovecot) -> Account {
    let mut account = account("work", SocketAddr::from(([127, 0, 0, 1], server.tls_port)), "alice", PASSWORD);
    account.imap.host = "localhost".to_owned();
    account.imap.security = Security::Tls;
    account.imap.ca_file = Some(server.ca_pem.clone());
    account
}

/// A good account passes every step: the ways to sign in are those that the server takes, each folder is found.
#[rstest]
#[case::tls(Security::Tls)]
#[case::starttls(Security::StartTls)]
#[tokio::test]
async fn a_good_account_passes(#[case] security: Security) {
    if !available() {
        return;
    }
    let server = Dovecot::start(&Options::default());
    let mut account = safe(&server);
    if security == Security::StartTls {
        (account.imap.port, account.imap.security) = (server.port, security);
    }
    let checks = tried(&account, PASSWORD).await;
    assert!(checks.passed(), "{checks:#?}");
    assert!(checks.ways.contains(&"PLAIN".to_owned()), "{:?}", checks.ways);
    let roles: Vec<Role> = checks.roles.iter().map(|(role, _)| *role).collect();
    assert_eq!(
        (roles, checks.folders),
        (vec![Role::Inbox, Role::Drafts, Role::Sent, Role::Archive, Role::Junk, Role::Trash], 6)
    );
    let fair = checks.steps.iter().any(|(_, stand)| matches!(stand, Stand::Over(Outcome::Fair { .. })));
    assert!(!fair, "{checks:#?}");
}

/// A wrong password fails at the sign-in, in the server's words, and says what many providers want; nothing after it is tried.
#[tokio::test]
async fn a_wrong_password_is_told() {
    if !available() {
        return;
    }
    let server = Dovecot::start(&Options::default());
    let checks = tried(&safe(&server), "wrong").await;
    let (step, words, next) = checks.failure().unwrap();
    assert_eq!(step, Step::SignIn);
    assert!(words.as_str().starts_with("Sign-in refused") && next.as_str().contains("app password"), "{checks:#?}");
    assert!(checks.steps.iter().skip(5).all(|(_, stand)| *stand == Stand::Waiting), "{checks:#?}");
    assert!(!checks.passed());
}

/// Nobody listens there.
#[tokio::test]
async fn a_wrong_port_is_told() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let checks = tried(&account("work", free, "alice", PASSWORD), PASSWORD).await;
    let (step, _, next) = checks.failure().unwrap();
    assert_eq!((step, next.as_str().contains("firewall")), (Step::Tcp, true), "{checks:#?}");
}

/// A certificate that nobody vouches for: nothing was said, the password is not even asked for.
#[tokio::test]
async fn a_self_signed_certificate_is_told() {
    if !available() {
        return;
    }
    let server = Dovecot::start(&Options::default());
    let mut account = safe(&server);
    account.imap.ca_file = None;
    let mut checks = Checks::default();
    let mut asked = false;
    let credential = || {
        asked = true;
        async { Ok(PASSWORD.into()) }
    };
    let session = check(&account, credential, &Trace::default(), &mut |told| checks.take(told)).await;
    assert!(session.is_none() && !asked);
    assert_eq!(checks.failure().unwrap().0, Step::Tls, "{checks:#?}");
    assert!(matches!(checks.steps[1].1, Stand::Over(Outcome::Good(_))), "{checks:#?}");
}

/// A server without special folders: the account can be used, and what is missing is named.
#[tokio::test]
async fn missing_special_folders_are_told() {
    if !available() {
        return;
    }
    let none = |name: &str| format!(" mailbox {name} {{\n  auto = no\n }}\n");
    let folders: String = ["Archive", "Drafts", "Sent", "Trash", "Junk"].into_iter().map(none).collect();
    let extra = format!("namespace inbox {{\n{folders}}}\n");
    let server = Dovecot::start(&Options { extra, ..Options::default() });
    let checks = tried(&safe(&server), PASSWORD).await;
    assert!(checks.passed(), "{checks:#?}");
    let special = checks.steps.iter().find(|(step, _)| *step == Step::SpecialFolders);
    let Some((_, Stand::Over(Outcome::Fair { words, next }))) = special else { panic!("{checks:#?}") };
    assert_eq!(words.as_str(), "none for archive, sent, drafts, trash, junk");
    assert!(next.as_str().contains("[accounts.work.folders]"));
}

/// Behind a command that has signed in already nobody is asked for a password; and there is no name, no TCP and no TLS.
#[tokio::test]
async fn an_account_behind_a_command_passes() {
    if !available() {
        return;
    }
    let server = Dovecot::start(&Options::default());
    let mut account = safe(&server);
    account.imap.sign_in.command = Some(server.mail_command("alice"));
    let mut checks = Checks::default();
    let credential = || async { Err("nobody is to be asked".to_owned()) };
    check(&account, credential, &Trace::default(), &mut |told| checks.take(told)).await;
    assert!(checks.passed(), "{checks:#?}");
    let steps: Vec<Step> = checks.steps.iter().map(|(step, _)| *step).collect();
    assert_eq!(steps, Step::BEHIND_A_COMMAND);
}

/// No password is to be had: the server was reached, and the words are those of whoever was asked.
#[tokio::test]
async fn a_missing_secret_is_told() {
    if !available() {
        return;
    }
    let server = Dovecot::start(&Options::default());
    let mut checks = Checks::default();
    let credential = || async { Err("pass: no such entry".to_owned()) };
    check(&safe(&server), credential, &Trace::default(), &mut |told| checks.take(told)).await;
    let (step, words, _) = checks.failure().unwrap();
    assert_eq!((step, words.as_str()), (Step::SignIn, "pass: no such entry"));
}

/// A bridge on this computer has a certificate of its own: it is told in the form that the config takes, and with it the
/// check goes on. Of a server elsewhere it is not offered.
#[tokio::test(flavor = "multi_thread")]
async fn the_certificate_of_a_bridge_is_told() {
    let own = Issued::by_itself(&GOOD);
    let server = TlsServer::greeting(own.context());
    let mut account = account("work", server.addr, "alice", PASSWORD);
    account.imap.security = Security::Tls;
    let told = async |account: &Account| {
        let mut checks = Checks::default();
        let greets = greets(account, &Trace::default(), &mut |told| checks.take(told)).await;
        (greets, checks)
    };
    let (refused, checks) = told(&account).await;
    let shown = checks.certificate.clone().unwrap();
    assert!(!refused && shown.starts_with("sha256:"), "{checks:#?}");
    let (step, _, next) = checks.failure().unwrap();
    assert_eq!(step, Step::Tls);
    assert!(next.as_str().contains("imap.pin or --pin"), "{next}");
    account.imap.pin = Some(own.sha256());
    assert!(told(&account).await.0);
    let hex = own.sha256().map(|byte| format!("{byte:02x}")).concat();
    assert_eq!(shown, format!("sha256:{hex}"));
}
