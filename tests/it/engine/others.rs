//! What another client does shows here, without a restart.

use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::mailbox::Change;
use posthaste::demo::server::Options;
use posthaste::dir_lock::Access;
use posthaste::mail::flags::Flags;
use posthaste::protocol::{Action, Command, Event};
use posthaste::store::Cache;
use rstest::rstest;

use crate::support::engine::{Embedded, set};

/// New mail, flags and removals in the watched folder are pushed; nobody asks for them.
#[test]
fn pushed_changes_are_shown() {
    let server = Embedded::start(Options::default(), &["m1", "m2"]);
    let mut driver = server.home().start();
    driver.online();
    server.deliver("INBOX", "new");
    driver.shows("new", "INBOX");
    driver.until("it is told as news", |driver| {
        driver.events.iter().any(|event| matches!(event, Event::NewMail { count: 1, .. }))
    });
    server.world.store("dana", "INBOX", 1, Change::Add, &Flags::parse(["\\Seen", "$Later"]));
    server.world.remove("dana", "INBOX", &[2]);
    let all = || server.all();
    driver.until("flags and removal are shown", |driver| driver.all() == all());
}

/// Flags that are pushed with all that belongs to them cost no command: a large folder is not read anew for each, and what
/// the user opens does not wait for that.
#[test]
fn pushed_flags_cost_no_command() {
    let server = Embedded::start(Options::default(), &["m1", "m2"]);
    let mut driver = server.home().start();
    driver.until("it is watched", |_| {
        let log = server.world.commands();
        let watched = log.iter().position(|line| line.contains(": EXAMINE")).unwrap_or(log.len());
        let after = |verb: &str| log.iter().skip(watched).any(|line| line.contains(verb));
        after(": IDLE") && after(": SELECT \"INBOX\"")
    });
    driver.online();
    server.world.clear_commands();
    server.world.store("dana", "INBOX", 1, Change::Add, &Flags::parse(["\\Seen", "$Later"]));
    let all = || server.all();
    driver.until("the flags are shown", |driver| driver.all() == all());
    driver.act(set(&["\\Flagged"]), &[driver.message("m2")]);
    driver.until("ours is there", |driver| driver.all() == all());
    // The folder is opened once more, for this.
    server.deliver("INBOX", "m3");
    driver.shows("m3", "INBOX");
    assert_eq!(server.count("SELECT"), 1, "{:?}", server.world.commands());
}

/// The open folder is watched too, and what came while it was not selected is not missed.
#[test]
fn the_open_folder_is_watched() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let mut driver = server.home().start();
    driver.online();
    driver.send(Command::Open(driver.folder("Projects")));
    driver.online();
    for number in 0..5 {
        let id = format!("p{number}");
        server.deliver("Projects", &id);
        driver.shows(&id, "Projects");
    }
}

/// Folders that another client makes, renames and deletes, and a folder made anew under its old name (RL14, RL53).
#[rstest]
#[case(Options::default())]
#[case(Options::default().without("LIST-STATUS").without("IDLE"))]
fn folders_of_others_are_followed(#[case] options: Options) {
    let server = Embedded::start(options, &["m1"]);
    server.deliver("Projects", "old");
    let mut driver = server.home().start();
    driver.online();
    server.world.add_folder("dana", "Fresh", None);
    server.world.rename("dana", "Projects", "Work").unwrap();
    driver.in_step(&|| server.all());
    assert!(driver.folders().contains(&"Fresh".to_owned()) && !driver.folders().contains(&"Projects".to_owned()));
    assert_eq!(driver.places("old"), ["Work"]);
    server.world.delete("dana", "Work").unwrap();
    server.world.add_folder("dana", "Work", None);
    server.deliver("Work", "anew");
    server.world.delete("dana", "Fresh").unwrap();
    driver.in_step(&|| server.all());
    assert_eq!((driver.places("old"), driver.places("anew")), (vec![], vec!["Work".to_owned()]));
    assert!(!driver.folders().contains(&"Fresh".to_owned()));
}

/// RL30: both sides changed flags of one message meanwhile: differences are sent, and both survive.
#[test]
fn flags_of_both_sides_survive() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let mut driver = server.home().start();
    driver.online();
    driver.hurry = false;
    server.world.arm(Fault::always(When::Connect, Then::Close));
    server.world.kick();
    driver.queue(set(&["\\Seen"]), &[driver.message("m1")]);
    server.world.store("dana", "INBOX", 1, Change::Add, &Flags::parse(["\\Flagged", "$Theirs"]));
    server.world.disarm();
    driver.send(Command::Refresh(None));
    driver.in_step(&|| server.all());
    assert_eq!(server.all()[0].flags, ["$Theirs", "\\Flagged", "\\Seen"]);
}

/// News of one folder is not taken for news of another: flags of UID 1 change in both while moves select one after the
/// other.
#[test]
fn news_belongs_to_its_folder() {
    let server = Embedded::start(Options::default(), &["m1", "m2", "m3"]);
    server.deliver("Projects", "p1");
    let mut driver = server.home().start();
    driver.online();
    for (number, id) in ["m2", "m3"].iter().enumerate() {
        let word = format!("$Word{number}");
        server.world.store("dana", "INBOX", 1, Change::Add, &Flags::parse([word.as_str()]));
        driver.act(Action::Copy(driver.folder("Projects")), &[driver.message(id)]);
        driver.act(set(&[&format!("$Ours{number}")]), &[driver.message("p1")]);
    }
    driver.in_step(&|| server.all());
}

/// RL04: a search that the server refuses removes nothing here.
#[test]
fn a_refused_search_removes_nothing() {
    let ids: Vec<String> = (0..30).map(|number| format!("m{number}")).collect();
    let names: Vec<&str> = ids.iter().map(String::as_str).collect();
    let server = Embedded::start(Options::default(), &names);
    let mut driver = server.home().start();
    driver.online();
    server.world.arm(Fault::always(When::Verb("UID SEARCH"), Then::No("[SERVERBUG] no".to_owned())));
    let some: Vec<u32> = (1..=10).collect();
    server.world.remove("dana", "INBOX", &some);
    driver.until("the refusal is told", |driver| driver.told("refused"));
    assert_eq!(driver.all().len(), 30);
    // A folder that was refused three times is left alone until the user asks for it.
    server.world.disarm();
    driver.in_step(&|| server.all());
    // Everything gone is believed when the counts say the same.
    let uids: Vec<u32> = server.world.list("dana", "INBOX").iter().map(|row| row.uid).collect();
    server.world.remove("dana", "INBOX", &uids);
    driver.in_step(&|| server.all());
}

/// A folder that was made here and goes again before the next list is not shown for ever.
#[test]
fn a_folder_that_goes_as_soon_as_it_is_made_goes_here_too() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let mut driver = server.home().start();
    driver.online();
    server.world.arm(Fault::always(When::Connect, Then::Close));
    server.world.kick();
    let account = driver.id();
    driver.queue(Action::CreateFolder { account, path: "Brief".to_owned() }, &[]);
    driver.queue(Action::Move(driver.folder("Brief")), &[driver.message("m1")]);
    server.world.disarm();
    server.world.arm(Fault::always(When::Verb("LIST"), Then::Hang));
    driver.send(Command::Refresh(None));
    driver.settle();
    server.world.rename("dana", "Brief", "Lasting").unwrap();
    server.world.disarm();
    server.world.kick();
    driver.in_step(&|| server.all());
    assert!(!driver.folders().contains(&"Brief".to_owned()), "{:?}", driver.folders());
    assert_eq!(driver.places("m1"), ["Lasting"]);
}

/// As when the program ended after the journal said that a folder was made, and before the cache did.
#[test]
fn a_folder_that_nobody_is_to_make_is_not_shown() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let home = server.home();
    let mut driver = home.start();
    driver.online();
    driver.kill();
    let mut cache = Cache::open(&home.cache(), Access::Owner).unwrap().writer().unwrap();
    let account = cache.accounts().unwrap()[0].0;
    cache.put_pending_folder(account, ("Nobody", "Nobody"), Some('/'), None).unwrap();
    drop(cache);
    let mut driver = home.start();
    driver.online();
    driver.until("it is gone", |driver| !driver.folders().contains(&"Nobody".to_owned()));
}
