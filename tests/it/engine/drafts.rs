//! Letters in the server's Drafts: the newest takes the place of the one before, whoever cuts what, and what another device
//! did is not undone.

use posthaste::compose::{self, Desk, Start};
use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::server::Options;
use posthaste::letter::style::{Identity, Style, Writer};
use posthaste::letter::{DraftCopy, Letter, LetterId, Mailbox, Seal};
use posthaste::letters::Letters;
use posthaste::letters::copies::Owner;
use posthaste::mail::UnixTime;
use posthaste::protocol::{Command, Connection, Event};
use rstest::rstest;

use super::posting::{letter, write};
use crate::support::engine::{Driver, Embedded, End, Home, account};

const FLAGS: [&str; 2] = ["\\Draft", "\\Seen"];

/// Writes a letter anew with this text.
pub fn retype(home: &Home, id: LetterId, text: &str) {
    let letters = Letters::of(&home.data());
    let letter = letters.load(id).unwrap().unwrap();
    letters.keep(&Letter { text: format!("{text}\n"), ..letter }).unwrap();
}

/// The last lines of all copies of `m9` in a folder that are not marked as deleted, and whether they are read drafts.
pub fn drafts_in(server: &Embedded, user: &str, folder: &str) -> Vec<String> {
    let rows = server.world.list(user, folder);
    let rows = rows.into_iter().filter(|row| row.message_id == "m9@x");
    let mut texts = Vec::new();
    for row in rows {
        let flags = crate::support::oracle::words(&row.flags);
        if flags.iter().any(|flag| flag == "\\Deleted") {
            continue;
        }
        assert_eq!(flags, FLAGS);
        let bytes = server.world.bytes(user, folder, row.uid).unwrap();
        texts.push(String::from_utf8_lossy(&bytes).trim_end().lines().last().unwrap_or_default().to_owned());
    }
    texts
}

fn drafts(server: &Embedded) -> Vec<String> {
    drafts_in(server, "dana", "Drafts")
}

fn poor() -> Options {
    Options::default().without("UIDPLUS").without("MOVE")
}

/// A server, files, a running engine, and the letter `m9` on the disk: nobody asked yet for a copy of it.
fn begin(options: Options) -> (Embedded, Home, LetterId, Driver) {
    let server = Embedded::start(options, &["m1"]);
    let home = server.home();
    let mut driver = home.start();
    driver.online();
    let id = write(&home, "m9");
    (server, home, id, driver)
}

/// Has the letter written into Drafts as it is, and waits until it is there alone.
#[track_caller]
pub fn keep(driver: &mut Driver, id: LetterId, text: &str, drafts: &dyn Fn() -> Vec<String>) {
    driver.send(Command::KeepDraft(id));
    driver.until(&format!("the draft is {text}"), |_| drafts() == [text]);
    driver.settle();
    assert_eq!((drafts(), driver.waiting()), (vec![text.to_owned()], (0, 0)));
}

fn kept(driver: &Driver) -> usize {
    driver.events.iter().filter(|event| matches!(event, Event::DraftKept { .. })).count()
}

fn outbox(home: &Home) -> usize {
    std::fs::read_dir(home.data().join("outbox")).map_or(0, Iterator::count)
}

/// P2: a draft is there once, read, with all that a draft says, in a folder that is made for it; the next one takes its
/// place, and one that says nothing new is not written.
#[rstest]
#[case::full(Options::default())]
#[case::poor(poor())]
#[case::no_uid_next(poor().without("ESEARCH").without("IDLE"))]
fn a_draft_is_replaced(#[case] options: Options) {
    let (server, home, id, mut driver) = begin(options);
    keep(&mut driver, id, "Here it is.", &|| drafts(&server));
    let uid = server.world.list("dana", "Drafts")[0].uid;
    let bytes = server.world.bytes("dana", "Drafts", uid).unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(text.contains("X-Posthaste-Draft: ") && text.contains("Bcc: <boss@example.org>"), "{text}");
    for version in ["two", "three"] {
        retype(&home, id, version);
        keep(&mut driver, id, version, &|| drafts(&server));
    }
    let before = (server.count("APPEND"), kept(&driver));
    driver.send(Command::KeepDraft(id));
    driver.until("it is answered", |driver| kept(driver) > before.1);
    assert_eq!(server.count("APPEND"), before.0, "nothing new is not written");
    driver.until("no file is left", |_| outbox(&home) == 0);
    let row = server.world.list("dana", "Drafts").pop().unwrap();
    let copies = Letters::of(&home.data()).copies(id);
    assert_eq!((copies.newest.map(|copy| copy.uid), copies.old.len()), (Some(row.uid), 0));
    assert_eq!(driver.message("m1"), driver.in_folder("m1", "INBOX"));
    driver.until("the list shows it once", |driver| driver.places("m9") == ["Drafts"]);
}

/// What is kept without a connection is one step of the queue, outlives a kill, and is written once.
#[test]
fn typing_offline_is_one_step() {
    let (server, home, id, mut driver) = begin(Options::default());
    driver.hurry = false;
    server.world.arm(Fault::always(When::Connect, Then::Close));
    server.world.kick();
    driver.until("the line is down", |d| d.states.values().all(|state| matches!(state, Connection::Offline { .. })));
    for number in 1..=20 {
        retype(&home, id, &format!("version {number}"));
        driver.send(Command::KeepDraft(id));
        driver.until("it waits", |driver| kept(driver) >= number);
        assert_eq!((driver.waiting().0, outbox(&home)), (1, 1));
    }
    driver.kill();
    server.world.disarm();
    let mut driver = home.start();
    driver.until("it is there", |_| drafts(&server) == ["version 20"]);
    driver.settle();
    driver.until("no file is left", |_| outbox(&home) == 0);
    assert_eq!(server.count("APPEND"), 1);
}

/// A letter that was changed after its last copy, in a run that was killed, is written by the next one, and so is one of which
/// there was no copy yet; not one in which nothing was written.
#[test]
fn the_next_run_goes_on() {
    let (server, home, id, mut driver) = begin(Options::default());
    keep(&mut driver, id, "Here it is.", &|| drafts(&server));
    driver.kill();
    retype(&home, id, "typed at last");
    write(&home, "m8");
    let (letters, blank) = (Letters::of(&home.data()), write(&home, "m7"));
    let (text, subject) = ("\n\n-- \nDana\n".to_owned(), String::new());
    letters.keep(&Letter { to: Vec::new(), bcc: Vec::new(), text, subject, ..letter(blank, "m7") }).unwrap();
    let mut driver = home.start();
    driver.until("it is there", |_| drafts(&server) == ["typed at last"] && server.places("m8") == ["Drafts"]);
    driver.settle();
    assert!(server.places("m7").is_empty(), "nothing was written in it");
    // What is there is not written again.
    let appends = server.count("APPEND");
    drop(driver);
    let mut driver = home.start();
    driver.until("all were looked at", |driver| kept(driver) == 2);
    driver.settle();
    assert_eq!(server.count("APPEND"), appends);
}

/// A draft that another device sent is no letter here any more, once nobody can have it open; what was written here since
/// stays.
#[rstest]
#[case::as_it_was(None)]
#[case::changed("mine alone")]
fn what_another_device_sent_goes(#[case] changed: impl Into<Option<&'static str>>) {
    let (server, first, id, mut driver) = begin(Options::default());
    server.world.add_folder("dana", "Sent", Some("\\Sent"));
    keep(&mut driver, id, "Here it is.", &|| drafts(&server));
    driver.shows("m9", "Drafts");
    let letters = Letters::of(&first.data());
    if let Some(text) = changed.into() {
        retype(&first, id, text);
    }
    let before = letters.load(id).unwrap().unwrap();
    // The second device.
    let mut second = server.home();
    second.post = super::posting::taken();
    let mut other = second.start();
    other.online();
    let (place, bytes) = copy_there(&server);
    let theirs = recalled(&second, &bytes, place);
    Letters::of(&second.data()).keep(&theirs).unwrap();
    let op = other.post(theirs.id, None);
    other.done(op);
    other.settle();
    assert_eq!(server.places("m9"), ["Sent"]);
    // The first one sees that the draft is gone.
    driver.send(Command::Refresh(None));
    driver.until("it is seen", |_| letters.copies(id).left);
    assert_eq!(letters.load(id).unwrap(), Some(before.clone()), "it may be open");
    let unchanged = letters.is_left(&before);
    drop(driver);
    let mut driver = first.start();
    driver.online();
    assert_eq!(letters.load(id).unwrap().is_none(), unchanged);
    if unchanged {
        assert!(letters.restore(id).unwrap(), "it can still be had");
    } else {
        driver.until("it is a draft again", |_| drafts(&server) == ["mine alone"]);
        assert!(!letters.copies(id).left);
    }
}

/// Quitting right after the last key: it is in the journal when the engine has ended.
#[test]
fn what_was_asked_for_last_is_queued() {
    let (server, home, id, mut driver) = begin(Options::default());
    server.world.arm(Fault::always(When::Connect, Then::Close));
    server.world.kick();
    driver.send(Command::KeepDraft(id));
    driver.send(Command::Shutdown);
    driver.until("it has ended", |driver| driver.events.contains(&Event::Stopped));
    assert_eq!(outbox(&home), 1);
    drop(driver);
    server.world.disarm();
    let mut driver = home.start();
    driver.until("it is there", |_| drafts(&server) == ["Here it is."]);
}

/// Whatever is refused or cut, there is one draft in the end and never none.
#[rstest]
fn there_is_one_draft(
    #[values(Options::default(), poor())] options: Options,
    #[values("APPEND", "UID STORE", "UID EXPUNGE", "EXPUNGE", "UID SEARCH", "STATUS")] verb: &'static str,
    #[values(Then::Close, Then::DoThenClose, Then::No("[SERVERBUG] not now".to_owned()))] then: Then,
) {
    let (server, home, id, mut driver) = begin(options);
    keep(&mut driver, id, "Here it is.", &|| drafts(&server));
    retype(&home, id, "two");
    server.world.arm(Fault::once(When::Verb(verb), then));
    driver.send(Command::KeepDraft(id));
    driver.until("it is there, or refused", |driver| {
        assert!(!drafts(&server).is_empty(), "never none");
        drafts(&server) == ["two"] || driver.waiting() == (0, 1)
    });
    server.world.disarm();
    if driver.waiting() == (0, 1) {
        // The next one takes its place.
        retype(&home, id, "three");
        keep(&mut driver, id, "three", &|| drafts(&server));
    }
    driver.settle();
    assert_eq!((drafts(&server).len(), driver.waiting()), (1, (0, 0)));
}

/// What another device made of the draft stays beside ours, and that is said once; what another device deleted comes back.
#[test]
fn another_device_changed_it() {
    let (server, home, id, mut driver) = begin(Options::default());
    keep(&mut driver, id, "Here it is.", &|| drafts(&server));
    let uid = server.world.list("dana", "Drafts")[0].uid;
    // Another program replaces it, under the same Message-ID.
    let flags = posthaste::mail::flags::Flags::parse(FLAGS);
    let theirs = b"Message-ID: <m9@x>\r\nSubject: Contract\r\n\r\ntheirs\r\n";
    server.world.deliver("dana", "Drafts", theirs, flags, UnixTime(1_700_000_000));
    server.world.remove("dana", "Drafts", &[uid]);
    for (number, text) in ["ours", "ours again"].into_iter().enumerate() {
        retype(&home, id, text);
        driver.send(Command::KeepDraft(id));
        driver.until("both are there", |_| drafts(&server) == ["theirs", text]);
        driver.settle();
        let told = |event: &&Event| matches!(event, Event::Activity { text, .. } if text.as_str().contains("changed here and on another device"));
        assert_eq!(driver.events.iter().filter(told).count(), 1, "after {number}");
    }
    for row in server.world.list("dana", "Drafts") {
        server.world.remove("dana", "Drafts", &[row.uid]);
    }
    retype(&home, id, "after all");
    keep(&mut driver, id, "after all", &|| drafts(&server));
}

/// The letter of a message in Drafts, as the runtime makes it.
pub fn recalled(home: &Home, bytes: &[u8], draft: DraftCopy) -> Letter {
    let mailbox = Mailbox { name: "Dana".to_owned(), address: "dana@example.org".to_owned() };
    let identities = vec![Identity { mailbox, signature: String::new() }];
    let writers = [Writer { account: "work".to_owned(), identities }];
    let style = Style::default();
    let id = Letters::of(&home.data()).next(UnixTime(1_764_000_000)).unwrap();
    let start = Start { id, now: UnixTime(1_764_000_000), chance: 7 };
    let desk = Desk { writers: &writers, account: "work", style: &style, zone: jiff::tz::TimeZone::UTC, start };
    Letter { draft: Some(draft), ..compose::recall(bytes, &desk).letter }
}

fn copy_there(server: &Embedded) -> (DraftCopy, Vec<u8>) {
    let row = server.world.list("dana", "Drafts").pop().unwrap();
    let validity = server.world.uid_validity("dana", "Drafts").unwrap();
    let bytes = server.world.bytes("dana", "Drafts", row.uid).unwrap().to_vec();
    (DraftCopy { folder: "Drafts".to_owned(), validity, uid: row.uid }, bytes)
}

/// Typed on one device, continued on another, taken over by the first: one draft at each time, and one letter on each disk.
#[rstest]
#[case::full(Options::default())]
#[case::poor(poor())]
fn two_devices_write_one_draft(#[case] options: Options) {
    let (server, first, id, mut driver) = begin(options);
    keep(&mut driver, id, "Here it is.", &|| drafts(&server));
    // The second device.
    let second = server.home();
    let mut other = second.start();
    other.online();
    let letters = Letters::of(&second.data());
    let (place, bytes) = copy_there(&server);
    assert_eq!(letters.owner(("work", "m9@x"), &place, |_| true), None);
    let letter = recalled(&second, &bytes, place.clone());
    assert_eq!((letter.text.trim_end(), letter.message_id.as_str()), ("Here it is.", "m9@x"));
    letters.keep(&letter).unwrap();
    assert_eq!(letters.owner(("work", "m9@x"), &place, |_| true), Some(Owner::Letter(letter.id)));
    let appends = server.count("APPEND");
    other.send(Command::KeepDraft(letter.id));
    other.until("nothing new is not written", |driver| kept(driver) == 1);
    assert_eq!(server.count("APPEND"), appends);
    retype(&second, letter.id, "from the second");
    keep(&mut other, letter.id, "from the second", &|| drafts(&server));
    // And back on the first, where nothing was typed meanwhile.
    let (place, bytes) = copy_there(&server);
    let letters = Letters::of(&first.data());
    assert_eq!(letters.owner(("work", "m9@x"), &place, |_| false), Some(Owner::Older(id)));
    letters.take_over(&Letter { id, ..recalled(&first, &bytes, place) }).unwrap();
    retype(&first, id, "and back");
    keep(&mut driver, id, "and back", &|| drafts(&server));
    assert!(!driver.told("another device"), "{}", driver.tail());
    assert_eq!(letters.list().unwrap().letters.len(), 1);
}

/// A draft of another program, without a Message-ID, is replaced by the first copy of the letter that is made of it.
#[test]
fn a_draft_without_a_message_id_is_replaced() {
    let (server, home, _, mut driver) = begin(Options::default());
    server.world.add_folder("dana", "Drafts", Some("\\Drafts"));
    let theirs = b"From: dana@example.org\r\nSubject: mine\r\n\r\nhalf a word\r\n";
    server.world.deliver("dana", "Drafts", theirs, posthaste::mail::flags::Flags::parse(FLAGS), UnixTime(1));
    let (place, bytes) = copy_there(&server);
    let letter = Letter { message_id: "m9@x".to_owned(), ..recalled(&home, &bytes, place) };
    Letters::of(&home.data()).keep(&letter).unwrap();
    retype(&home, letter.id, "a whole one");
    keep(&mut driver, letter.id, "a whole one", &|| drafts(&server));
    assert_eq!(server.world.list("dana", "Drafts").len(), 1);
}

/// A discarded letter takes its draft with it; brought back, it is there again. Without a connection neither goes out.
#[rstest]
#[case::full(Options::default())]
#[case::poor(poor())]
fn a_discarded_letter_leaves_drafts(#[case] options: Options) {
    let (server, home, id, mut driver) = begin(options);
    keep(&mut driver, id, "Here it is.", &|| drafts(&server));
    driver.send(Command::DiscardLetter(id));
    driver.until("it is gone", |_| drafts(&server).is_empty());
    driver.settle();
    assert!(Letters::of(&home.data()).load(id).unwrap().is_none());
    driver.send(Command::RestoreLetter(id));
    driver.until("it is back", |_| drafts(&server) == ["Here it is."]);
    driver.settle();
    assert!(Letters::of(&home.data()).load(id).unwrap().is_some());
    driver.hurry = false;
    server.world.arm(Fault::always(When::Connect, Then::Close));
    server.world.kick();
    driver.until("the line is down", |d| d.states.values().all(|state| matches!(state, Connection::Offline { .. })));
    for _ in 0..3 {
        driver.send(Command::DiscardLetter(id));
        driver.send(Command::RestoreLetter(id));
    }
    driver.until("one thing waits", |driver| driver.waiting().0 == 1 && outbox(&home) == 1);
    server.world.disarm();
    driver.send(Command::Refresh(None));
    driver.settle();
    driver.until("no file is left", |_| outbox(&home) == 0);
    assert_eq!(drafts(&server), ["Here it is."]);
}

/// What was sent is no draft any more, whatever of it waited.
#[rstest]
#[case::full(Options::default())]
#[case::poor(poor())]
fn what_is_sent_leaves_drafts(#[case] options: Options) {
    let server = Embedded::start(options, &["m1"]);
    server.world.add_folder("dana", "Sent", Some("\\Sent"));
    let mut home = server.home();
    home.post = super::posting::taken();
    let id = write(&home, "m9");
    let mut driver = home.start();
    driver.online();
    keep(&mut driver, id, "Here it is.", &|| drafts(&server));
    retype(&home, id, "the last word");
    driver.send(Command::KeepDraft(id));
    let op = driver.post(id, None);
    driver.until("it was sent", |driver| driver.ends(op).last() == Some(&End::Done));
    driver.settle();
    driver.until("the letter is done with", |_| !Letters::of(&home.data()).place(id).exists());
    let left: Vec<String> = server.places("m9");
    assert_eq!((drafts(&server).len(), left.iter().filter(|folder| *folder == "Sent").count()), (0, 1), "{left:?}");
    driver.send(Command::KeepDraft(id));
    driver.settle();
    driver.until("no file is left", |_| outbox(&home) == 0);
    assert!(drafts(&server).is_empty());
}

/// A letter that is to be encrypted is not written where others can read it, and what was written of it before goes.
#[test]
fn a_secret_letter_stays_here() {
    let (server, home, id, mut driver) = begin(Options::default());
    keep(&mut driver, id, "Here it is.", &|| drafts(&server));
    let letters = Letters::of(&home.data());
    let seal = Seal { encrypt: true, ..Seal::default() };
    letters.keep(&Letter { seal, text: "secret\n".to_owned(), ..letter(id, "m9") }).unwrap();
    driver.send(Command::KeepDraft(id));
    driver.until("nothing is left there", |_| drafts(&server).is_empty());
    driver.settle();
    assert!(driver.told("is to be encrypted"));
    assert_eq!(letters.load(id).unwrap().unwrap().text, "secret\n");
    driver.until("no file is left", |_| outbox(&home) == 0);
    assert_eq!(server.count("APPEND"), 1);
}

/// A letter that is written from another account lies in that one's Drafts, and in no other.
#[test]
fn a_draft_goes_to_another_account() {
    let server = Embedded::start(Options::default(), &["m1"]);
    server.world.add_user("ella", "secret");
    let home = Home::new(vec![server.account(), account("home", server.server.addr, "ella", "secret")]);
    let id = write(&home, "m9");
    let mut driver = home.start();
    driver.online();
    keep(&mut driver, id, "Here it is.", &|| drafts(&server));
    let letters = Letters::of(&home.data());
    for (account, there, left) in [("home", "ella", "dana"), ("work", "dana", "ella")] {
        letters.keep(&Letter { account: account.to_owned(), ..letters.load(id).unwrap().unwrap() }).unwrap();
        driver.send(Command::KeepDraft(id));
        driver.until("it went over", |_| {
            drafts_in(&server, there, "Drafts") == ["Here it is."] && drafts_in(&server, left, "Drafts").is_empty()
        });
        driver.settle();
        let copies = letters.copies(id);
        assert_eq!((copies.account.as_str(), copies.old.len()), (account, 0));
    }
    // An account that is gone keeps the letter on the disk.
    driver.set_accounts(vec![account("home", server.server.addr, "ella", "secret")]);
    driver.send(Command::KeepDraft(id));
    driver.settle();
    assert!(letters.load(id).unwrap().is_some());
    assert_eq!(drafts(&server), ["Here it is."]);
}

/// A letter that goes to another account while its own cannot be reached is written there once, and not again and again for
/// what it left behind, which waits.
#[test]
fn a_draft_leaves_an_account_that_is_away() {
    let server = Embedded::start(Options::default(), &["m1"]);
    server.world.add_user("ella", "secret");
    let other = account("home", server.server.addr, "ella", "secret");
    let home = Home::new(vec![server.account(), other.clone()]);
    let mut driver = home.start();
    driver.online();
    let id = write(&home, "m9");
    keep(&mut driver, id, "Here it is.", &|| drafts(&server));
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    driver.set_accounts(vec![account("work", nowhere, "dana", "secret"), other.clone()]);
    let letters = Letters::of(&home.data());
    letters.keep(&Letter { account: "home".to_owned(), ..letters.load(id).unwrap().unwrap() }).unwrap();
    for _ in 0..3 {
        let before = kept(&driver);
        driver.send(Command::KeepDraft(id));
        driver.until("it is answered", |driver| kept(driver) > before);
        driver.until("it is there", |_| drafts_in(&server, "ella", "Drafts") == ["Here it is."]);
        driver.until("what is left behind waits", |driver| driver.waiting() == (1, 0));
    }
    assert_eq!((server.count("APPEND"), drafts(&server)), (2, vec!["Here it is.".to_owned()]));
    driver.set_accounts(vec![server.account(), other]);
    driver.until("it has gone from there", |_| drafts(&server).is_empty());
    driver.settle();
    assert_eq!((server.count("APPEND"), drafts_in(&server, "ella", "Drafts").len()), (2, 1));
}
