//! Rules and muted conversations against Dovecot.

use posthaste::protocol::{Action, Command};

use super::engine::alice;
use crate::engine::filing::{ARCHIVE, answer, rules};
use crate::support::dovecot::{Dovecot, Options, PASSWORD, available};
use crate::support::engine::{Home, account, mail};
use crate::support::oracle::places;
use crate::support::raw_client::Found;

fn all(server: &Dovecot, user: &str) -> Vec<Found> {
    let mut all = server.client(user).list_all();
    for found in &mut all {
        found.flags.retain(|flag| flag != "\\Recent");
    }
    all
}

fn flags(server: &Dovecot, id: &str) -> Vec<String> {
    let all = all(server, "alice");
    all.iter().find(|one| one.message_id == format!("{id}@x")).map(|one| one.flags.clone()).unwrap_or_default()
}

/// A rule of one account is applied there and nowhere else, to what arrives and nothing else, once.
#[test]
fn a_rule_in_one_of_two_accounts() {
    if !available() {
        return;
    }
    let server = Dovecot::start(&Options::default());
    server.deliver("alice", "INBOX", &mail("m1"), "");
    let home = Home::new(vec![alice(&server), account("home", server.addr(), "bob", PASSWORD)]);
    rules(&home, &format!("{ARCHIVE}account = \"work\"\n"));
    let mut driver = home.start();
    driver.online();
    for user in ["alice", "bob"] {
        server.deliver(user, "INBOX", &mail("m2"), "");
    }
    driver.send(Command::Refresh(None));
    driver.until("it is filed", |_| places(&all(&server, "alice"), "m2") == ["Archive"]);
    driver.settle();
    driver.kill();
    let mut driver = home.start();
    driver.online();
    driver.settle();
    assert_eq!(places(&all(&server, "alice"), "m1"), ["INBOX"]);
    assert_eq!(
        (places(&all(&server, "alice"), "m2"), places(&all(&server, "bob"), "m2")),
        (vec!["Archive".to_owned()], vec!["INBOX".to_owned()])
    );
}

/// Muted is muted on the server, and what comes later goes the same way; a second device that only knows the server does so
/// too.
#[test]
fn a_muted_conversation_on_two_devices() {
    if !available() {
        return;
    }
    let server = Dovecot::start(&Options::default());
    server.deliver("alice", "INBOX", &mail("m1"), "");
    let mut driver = Home::new(vec![alice(&server)]).start();
    driver.online();
    let op = driver.act(Action::Mute, &[driver.message("m1")]);
    assert_eq!(
        (places(&all(&server, "alice"), "m1"), flags(&server, "m1")),
        (vec!["Archive".to_owned()], vec!["$Muted".to_owned()])
    );
    driver.undo(op);
    assert_eq!((places(&all(&server, "alice"), "m1"), flags(&server, "m1")), (vec!["INBOX".to_owned()], vec![]));
    driver.redo(op);
    driver.kill();
    let mut driver = Home::new(vec![alice(&server)]).start();
    driver.online();
    driver.until("the archive is here", |driver| driver.try_message("m1").is_some());
    server.deliver("alice", "INBOX", &answer("m2", "m1"), "");
    driver.until("it is silenced", |_| places(&all(&server, "alice"), "m2") == ["Archive"]);
    driver.settle();
    assert_eq!(flags(&server, "m2"), ["$Muted", "\\Seen"]);
}
