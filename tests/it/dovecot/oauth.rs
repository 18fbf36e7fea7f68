//! OAuth 2 from end to end: an authorization server, Dovecot that asks it about every token, and the engine between them.

use std::os::unix::fs::PermissionsExt as _;

use posthaste::auth::vault::Kind;
use posthaste::config::Account;
use posthaste::config::oauth::Store;
use posthaste::config::secret::Secret;
use posthaste::protocol::{Action, Command, Connection, Event, Need, SignInStep, SignInWay};
use rstest::rstest;

use crate::support::dovecot::{Dovecot, Options, available};
use crate::support::engine::{Driver, Home, account, mail};
use crate::support::oracle::places;
use crate::support::provider::{Provider, browse};
use crate::support::proxy::Proxy;

/// A server that takes tokens by these mechanisms and asks the provider about each.
pub fn start(provider: &Provider, mechanisms: &str) -> (Dovecot, tempfile::TempDir) {
    let dir = tempfile::Builder::new().prefix("oauth").tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let file = dir.path().join("oauth2.conf.ext");
    let text = format!(
        "introspection_mode = post\nintrospection_url = {}\nusername_attribute = username\nactive_attribute = active\n\
         active_value = true\n",
        provider.url("/introspect")
    );
    std::fs::write(&file, text).unwrap();
    let extra = format!(
        "auth_mechanisms = plain login {mechanisms}\n\
         passdb {{\n driver = oauth2\n mechanisms = xoauth2 oauthbearer\n args = {}\n}}\n",
        file.display()
    );
    let server = Dovecot::start(&Options { extra, ..Options::default() });
    server.deliver("alice", "INBOX", &mail("m1"), "");
    server.deliver("alice", "INBOX", &mail("m2"), "");
    (server, dir)
}

fn alice(provider: &Provider, server: std::net::SocketAddr) -> Account {
    let mut account = account("work", server, "alice", "");
    account.imap.secret = Secret::OAuth(Box::new(provider.oauth(Store::Keyring)));
    account
}

fn sign_in_before(home: &Home, provider: &Provider) {
    home.tools.vault.set("work", Kind::RefreshToken, &provider.grant().into()).unwrap();
}

fn until_it_needs(driver: &mut Driver, need: Need) -> String {
    driver.until("it waits for the user", |driver| {
        driver.states.values().any(|state| matches!(state, Connection::SignInNeeded { need: n, .. } if *n == need))
    });
    let Some(Connection::SignInNeeded { reason, .. }) = driver.states.values().next() else { panic!() };
    reason.to_string()
}

/// The dialect of 2.4 for this passdb is another one.
pub fn ready() -> bool {
    if !available() {
        return false;
    }
    let version = std::process::Command::new("sh").arg("-c").arg("PATH=$PATH:/usr/sbin dovecot --version").output();
    let old = version.is_ok_and(|out| out.stdout.starts_with(b"2.3"));
    if !old {
        println!("skipped: the OAuth 2 passdb is configured here for Dovecot 2.3 alone");
    }
    old
}

/// Both mechanisms: signed in with a refreshed token; an action waits in the queue while what was granted is taken back, and
/// is sent once the user has signed in again with his browser. Each token is refused once, never tried on and on (PS22).
#[rstest]
#[case::xoauth2("xoauth2")]
#[case::oauthbearer("oauthbearer")]
fn a_sign_in_that_is_taken_back_loses_nothing(#[case] mechanism: &str) {
    if !ready() {
        return;
    }
    let provider = Provider::start();
    let (server, _dir) = start(&provider, mechanism);
    let home = Home::new(vec![alice(&provider, server.addr())]);
    sign_in_before(&home, &provider);
    let mut driver = home.start();
    driver.online();
    driver.act(Action::Archive, &[driver.message("m1")]);
    driver.kill();

    provider.revoke();
    let mut driver = home.start();
    let reason = until_it_needs(&mut driver, Need::SignIn);
    assert_eq!(reason, "127.0.0.1 says: *** was revoked (invalid_grant)");
    let op = driver.queue(Action::Archive, &[driver.message("m2")]);
    let introspections = provider.state().heard.iter().filter(|(path, _)| path == "/introspect").count();
    assert_eq!(places(&server.client("alice").list_all(), "m2"), ["INBOX"]);

    driver.send(Command::SignIn { account: driver.id(), way: SignInWay::Browser });
    let mut url = None;
    driver.until("an address for the browser", |driver| {
        url = driver.events.iter().rev().find_map(|event| {
            let Event::SignIn { step: SignInStep::Browser { url }, .. } = event else { return None };
            Some(url.to_string())
        });
        url.is_some()
    });
    assert!(browse(&provider.yes(&url.unwrap())).starts_with("HTTP/1.1 200"));
    driver.until("it is told", |driver| {
        driver.events.iter().any(|event| matches!(event, Event::SignIn { step: SignInStep::Done, .. }))
    });
    driver.done(op);
    driver.each_ended_once();
    assert_eq!(places(&server.client("alice").list_all(), "m2"), ["Archive"]);
    let after = provider.state().heard.iter().filter(|(path, _)| path == "/introspect").count();
    assert!(after > introspections);
}

/// RL46: the token is over while the connection is up, in IDLE or at work. The server refuses it at the next sign-in, one
/// refresh follows, and the work goes on; a provider that is away meanwhile is waited for.
#[test]
fn a_token_that_expires_is_refreshed_once() {
    if !ready() {
        return;
    }
    let provider = Provider::start();
    let (server, _dir) = start(&provider, "xoauth2 oauthbearer");
    let proxy = Proxy::start(server.addr(), 1);
    let home = Home::new(vec![alice(&provider, proxy.addr)]);
    sign_in_before(&home, &provider);
    let mut driver = home.start();
    driver.online();
    let before = provider.asked("refresh_token");
    provider.expire();
    proxy.cut_now();
    let op = driver.queue(Action::Archive, &[driver.message("m1")]);
    driver.done(op);
    driver.online();
    assert_eq!(provider.asked("refresh_token"), before + 1);

    // A provider that is not well: offline, not refused; nothing is lost.
    provider.expire();
    provider.state().instead.extend((0..3).map(|_| (503, "{}".to_owned())));
    proxy.cut_now();
    let op = driver.queue(Action::Archive, &[driver.message("m2")]);
    driver.until("it is offline because of the provider", |driver| {
        driver.events.iter().any(|event| {
            let Event::Connection { state: Connection::Offline { reason, .. }, .. } = event else { return false };
            reason.as_str().contains("503")
        })
    });
    driver.done(op);
    let needed = |event: &Event| matches!(event, Event::Connection { state: Connection::SignInNeeded { .. }, .. });
    assert!(!driver.events.iter().any(needed), "{}", driver.tail());
}

/// A password that is typed: asked for, refused, asked for again, right; nothing was locked by trying it twice.
#[test]
fn a_typed_password() {
    if !available() {
        return;
    }
    let server = Dovecot::start(&Options::default());
    server.deliver("alice", "INBOX", &mail("m1"), "");
    let mut alice = account("work", server.addr(), "alice", "");
    alice.imap.secret = Secret::Prompt;
    let home = Home::new(vec![alice]);
    let mut driver = home.start();
    until_it_needs(&mut driver, Need::Password);
    let typed = |text: &str| posthaste::protocol::Typed(text.into());
    driver.send(Command::Secret { account: driver.id(), secret: typed("wrong") });
    driver.until("it was refused", |driver| {
        driver.states.values().any(|state| {
            let Connection::SignInNeeded { reason, .. } = state else { return false };
            reason.as_str().starts_with("Sign-in refused: ")
        })
    });
    driver.send(Command::Secret { account: driver.id(), secret: typed(crate::support::dovecot::PASSWORD) });
    driver.online();
    driver.shows("m1", "INBOX");
    drop(driver);
    assert!(home.tools.vault.get("work", Kind::Password).unwrap().is_none());
}
