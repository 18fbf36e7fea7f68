//! Accounts come, change and go while the engine runs, and do not disturb each other.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use posthaste::config::Account;
use posthaste::demo::server::Options;
use posthaste::dir_lock::Access;
use posthaste::journal::Journal;
use posthaste::protocol::{Action, Connection};
use posthaste::store::Cache;

use crate::support::engine::{Driver, Embedded, Home, account, set};
use crate::support::proxy::{Mode, Proxy};

fn named(name: &str, server: &Embedded) -> Account {
    account(name, server.server.addr, "dana", "secret")
}

fn online(driver: &mut Driver, id: posthaste::mail::AccountId) {
    driver.until("it is online", |driver| matches!(driver.states.get(&id), Some(Connection::Online { .. })));
}

fn sign_ins(server: &Embedded) -> usize {
    server.count("LOGIN") + server.count("AUTHENTICATE")
}

/// Protects from a restart for each change of the config, and from accounts that disturb each other: one that comes is synced,
/// and one that goes ends; the one beside them keeps its connections and its work.
#[test]
fn accounts_come_and_go() {
    let (work, home) = (Embedded::start(Options::default(), &["w1"]), Embedded::start(Options::default(), &["h1"]));
    let files = work.home();
    let mut driver = files.start();
    driver.online();
    driver.until("it is watched", |_| work.count("IDLE") > 0);
    work.world.clear_commands();
    let ids = driver.set_accounts(vec![named("home", &home), named("work", &work)]);
    assert_eq!(ids[1], driver.id());
    online(&mut driver, ids[0]);
    driver.shows("h1", "INBOX");
    driver.act(Action::Archive, &[driver.message("h1")]);
    assert_eq!(home.places("h1"), ["Archive"]);
    let id = driver.message("h1");
    driver.set_accounts(vec![named("work", &work)]);
    driver.until("its connections are closed", |_| home.count("LOGOUT") > 0);
    // What is of it is not shown, and nothing of it can be changed.
    assert_eq!(driver.try_message("h1"), None);
    let op = driver.press(set(&["\\Flagged"]), &[id]);
    let (reason, kept) = driver.refused(op);
    assert!(reason.contains("disabled or not in the config") && !kept, "{reason}");
    // The other account did not sign in anew for any of that.
    driver.act(set(&["\\Flagged"]), &[driver.message("w1")]);
    assert_eq!(sign_ins(&work), 0, "{:?}", work.world.commands());
    driver.each_ended_once();
}

/// Protects P1 and P2: what waits of an account that is disabled waits on, through a restart too, is not sent meanwhile, and
/// is done once when the account is there again; what it did cannot be taken back meanwhile.
#[test]
fn what_waits_of_a_disabled_account_waits_on() {
    let (work, home) =
        (Embedded::start(Options::default(), &["w1"]), Embedded::start(Options::default(), &["h1", "h2"]));
    let mut files = Home::new(vec![named("work", &work), named("home", &home)]);
    let mut driver = files.start();
    driver.online();
    let done = driver.act(set(&["\\Flagged"]), &[driver.message("h2")]);
    // A server that is not there: what is asked for waits.
    let nowhere = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let both = vec![named("work", &work), account("home", nowhere, "dana", "secret")];
    driver.set_accounts(both);
    driver.queue(Action::Archive, &[driver.message("h1")]);
    driver.set_accounts(vec![named("work", &work)]);
    driver.send(posthaste::protocol::Command::Undo(done));
    let (reason, _) = driver.refused(done);
    assert_eq!(reason, "home is disabled or not in the config any more: nothing of it can be changed");
    driver.act(set(&["\\Flagged"]), &[driver.message("w1")]);
    assert_eq!(
        driver.remove("work", true),
        Err("work is still in the config, and nothing of it was removed".to_owned())
    );
    assert_eq!(driver.remove("home", false), Err("1 change waits for its server, and nothing was removed".to_owned()));
    drop(driver);
    files.accounts = vec![named("work", &work)];
    let mut driver = files.start();
    driver.online();
    assert_eq!(home.places("h1"), ["INBOX"]);
    driver.set_accounts(vec![named("work", &work), named("home", &home)]);
    driver.settle();
    assert_eq!(home.places("h1"), ["Archive"]);
}

/// Protects from mail that stays for ever, and from losing what was asked for: an account that is in the config no more goes
/// from the disk with what waits when the user says so, and nothing else does.
#[test]
fn what_is_left_of_an_account_is_removed() {
    let (work, home) = (Embedded::start(Options::default(), &["w1"]), Embedded::start(Options::default(), &["h1"]));
    let files = Home::new(vec![named("work", &work), named("home", &home)]);
    let mut driver = files.start();
    driver.online();
    let nowhere = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    driver.set_accounts(vec![named("work", &work), account("home", nowhere, "dana", "secret")]);
    driver.queue(Action::Trash, &[driver.message("h1")]);
    driver.set_accounts(vec![named("work", &work)]);
    assert_eq!(driver.reader().on_disk().unwrap().len(), 2);
    assert_eq!(driver.remove("home", true), Ok(()));
    driver.until("its mail is gone", |driver| driver.reader().on_disk().unwrap().len() == 1);
    driver.act(set(&["\\Flagged"]), &[driver.message("w1")]);
    drop(driver);
    let journal = Journal::open(&files.data(), Access::ReadOnly).unwrap();
    assert_eq!(journal.waiting("home").unwrap(), 0);
    let reader = Cache::open(&files.cache(), Access::ReadOnly).unwrap().reader().unwrap();
    assert_eq!(reader.accounts().unwrap().len(), 1);
    assert_eq!(home.places("h1"), ["INBOX"]);
}

/// Protects P2 where an account's server changes under what is on its way: the connections before end first, and what waits is
/// done once, on the server that the config names now.
#[test]
fn a_changed_server_takes_over() {
    // As after a move of the mailbox: what was there is there, and more has come.
    let old = Embedded::start(Options::default(), &["m1"]);
    let new = Embedded::start(Options::default(), &["m1", "n1"]);
    let files = old.home();
    let mut driver = files.start();
    driver.online();
    driver.set_accounts(vec![named("work", &new)]);
    driver.shows("n1", "INBOX");
    old.world.clear_commands();
    driver.act(Action::Archive, &[driver.message("n1")]);
    assert_eq!(new.places("n1"), ["Archive"]);
    assert_eq!(old.world.commands(), Vec::<String>::new());
    // What is written about an account and not about its server restarts nothing.
    new.world.clear_commands();
    let mut same = named("work", &new);
    "Dana".clone_into(same.display_name.get_or_insert_default());
    driver.set_accounts(vec![same]);
    driver.act(set(&["\\Flagged"]), &[driver.message("n1")]);
    assert_eq!(sign_ins(&new), 0, "{:?}", new.world.commands());
}

/// Protects the others from one whose server takes connections and says nothing: they sync and send as if it were not there.
#[test]
fn a_dead_server_holds_nobody_up() {
    let (work, home) = (Embedded::start(Options::default(), &["w1"]), Embedded::start(Options::default(), &["h1"]));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let dead = account("dead", silent.local_addr().unwrap(), "dana", "secret");
    let files = Home::new(vec![dead, named("work", &work), named("home", &home)]);
    let mut driver = files.start();
    driver.shows("w1", "INBOX");
    driver.shows("h1", "INBOX");
    driver.act(Action::Archive, &[driver.message("w1")]);
    driver.act(Action::Archive, &[driver.message("h1")]);
    assert_eq!((work.places("w1"), home.places("h1")), (vec!["Archive".to_owned()], vec!["Archive".to_owned()]));
    let dead = driver.id();
    assert!(!matches!(driver.states.get(&dead), Some(Connection::Online { .. })));
    // It goes without a goodbye that could be waited for.
    driver.set_accounts(vec![named("work", &work), named("home", &home)]);
    driver.act(set(&["\\Flagged"]), &[driver.message("w1")]);
}

/// Protects from an account that is sent twice what it waits for: one that comes back at once waits until the connections
/// that it had have ended, with a goodbye or without.
#[test]
fn one_that_comes_back_waits_for_its_end() {
    let (work, home) = (Embedded::start(Options::default(), &["w1"]), Embedded::start(Options::default(), &["h1"]));
    let proxy = Proxy::start(home.server.addr, 7);
    let through = || account("home", proxy.addr, "dana", "secret");
    let files = Home::new(vec![named("work", &work), through()]);
    let mut driver = files.start();
    driver.online();
    // Nothing passes any more: no goodbye either.
    proxy.set(Mode::BlackHole);
    let before = proxy.connections();
    let began = Instant::now();
    driver.set_accounts(vec![named("work", &work)]);
    driver.set_accounts(vec![named("work", &work), through()]);
    driver.until("it connects anew", |_| proxy.connections() > before);
    // Two seconds, less what a clock is coarse by.
    assert!(began.elapsed() >= Duration::from_millis(1500), "{:?}", began.elapsed());
}
