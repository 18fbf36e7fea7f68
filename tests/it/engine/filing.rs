//! Rules for arriving mail, and muted conversations: applied once, to what arrives alone, and taken back.

use posthaste::demo::server::Options;
use posthaste::dir_lock::Access;
use posthaste::journal::{Journal, NewOp, NewStep, Verb};
use posthaste::mail::flags::Flags;
use posthaste::mail::rule::{Deed, Rule, Whom};
use posthaste::mail::{MessageId, UnixTime};
use posthaste::protocol::{Action, Command, Event, OpId, Origin};
use posthaste::sync::rules::Rules;

use crate::support::engine::{Driver, Embedded, Home};
use crate::support::oracle::places;

/// The mails of Ada are archived.
pub const ARCHIVE: &str = "[[rule]]\nfrom = \"Ada@Example.org\"\ndo = \"archive\"\n";

pub fn rules(home: &Home, text: &str) {
    std::fs::create_dir_all(home.data()).unwrap();
    // At once, as editors and the program itself do: nobody reads half of it.
    let new = home.data().join("rules.new");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(&new, home.data().join("rules.toml")).unwrap();
}

/// A mail that answers another one.
pub fn answer(id: &str, to: &str) -> Vec<u8> {
    format!(
        "From: Bea <bea@example.org>\r\nTo: dana@example.org\r\nSubject: Re: about {to}\r\nMessage-ID: <{id}@x>\r\n\
         In-Reply-To: <{to}@x>\r\nReferences: <{to}@x>\r\n\r\nbody of {id}\r\n"
    )
    .into_bytes()
}

pub fn flags(server: &Embedded, id: &str) -> Vec<String> {
    let all = server.all();
    all.iter().find(|one| one.message_id == format!("{id}@x")).map(|one| one.flags.clone()).unwrap_or_default()
}

fn news(driver: &Driver) -> u32 {
    driver.events.iter().map(|event| if let Event::NewMail { count, .. } = event { *count } else { 0 }).sum()
}

/// What the engine did itself, as the tasks screen lists it.
fn own(home: &Home) -> Vec<(OpId, String)> {
    let journal = Journal::open(&home.data(), Access::ReadOnly).unwrap();
    let rows = journal.tasks(100).unwrap();
    rows.into_iter().filter(|row| row.origin == Origin::Engine).map(|row| (row.op, row.summary.to_string())).collect()
}

/// What was there before is left alone, what arrives is filed, without a notice; taken back, it stays where the user wants
/// it, after a restart, a lost cache and new numbers too.
#[test]
fn what_arrives_is_filed_once() {
    let server = Embedded::start(Options::default(), &["m1", "m2"]);
    let home = server.home();
    rules(&home, ARCHIVE);
    let mut driver = home.start();
    driver.online();
    assert_eq!((server.places("m1"), news(&driver)), (vec!["INBOX".to_owned()], 0));
    server.deliver("INBOX", "m3");
    driver.until("it is filed", |_| server.places("m3") == ["Archive"]);
    driver.until("nothing waits", |driver| driver.waiting().0 == 0);
    assert_eq!(news(&driver), 0, "nobody is told of what is not in the inbox");
    let (op, words) = own(&home).remove(0);
    assert_eq!(words, "By a rule, 1 message from ada@example.org: archived");
    assert!(driver.told("By a rule"));

    driver.undo(op);
    assert_eq!(server.places("m3"), ["INBOX"]);
    driver.in_step(&|| server.all());
    driver.kill();
    for lost in ["nothing", "cache", "numbers"] {
        match lost {
            "cache" => std::fs::remove_dir_all(home.cache()).unwrap(),
            "numbers" => server.world.set_uid_validity("dana", "INBOX", 77),
            _ => {}
        }
        let mut driver = home.start();
        driver.online();
        driver.in_step(&|| server.all());
        assert_eq!(server.places("m3"), ["INBOX"], "{lost}");
        assert_eq!(own(&home).len(), 1, "{lost}");
        driver.kill();
    }
    // And it goes on from there.
    let mut driver = home.start();
    driver.online();
    server.deliver("INBOX", "m4");
    driver.until("the next one is filed", |_| server.places("m4") == ["Archive"]);
}

/// What arrived while nobody looked is filed at the next start.
#[test]
fn what_came_meanwhile_is_filed() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let home = server.home();
    rules(&home, ARCHIVE);
    let mut driver = home.start();
    driver.online();
    driver.kill();
    server.deliver("INBOX", "m2");
    let mut driver = home.run_once();
    driver.until("the run ends", |driver| driver.events.contains(&Event::Stopped));
    assert_eq!((server.places("m1"), server.places("m2")), (vec!["INBOX".into()], vec!["Archive".into()]));
}

/// Somebody moves a filed message back by another client: it stays there. One that came before the rule is left alone too.
#[test]
fn another_client_has_the_last_word() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let home = server.home();
    rules(&home, &format!("{ARCHIVE}since = \"2023-11-14\"\n"));
    let mut driver = home.start();
    driver.online();
    server.deliver("INBOX", "m2");
    driver.until("it is filed", |_| server.places("m2") == ["Archive"]);
    driver.settle();
    server.world.deliver(
        "dana",
        "INBOX",
        &crate::support::engine::mail("old"),
        Flags::default(),
        UnixTime(1_699_000_000),
    );
    let uid = server.world.list("dana", "Archive").first().unwrap().uid;
    server.world.relocate("dana", "Archive", &[uid], "INBOX").unwrap();
    driver.until("both are here", |driver| {
        driver.try_message("old").is_some() && driver.all().iter().filter(|one| one.folder == "INBOX").count() == 3
    });
    driver.in_step(&|| server.all());
    assert_eq!(own(&home).len(), 1);
}

/// The first rule that takes a message out of the inbox wins; reading does not; a mistake in the file is told, and nothing
/// of it is applied.
#[test]
fn rules_in_their_order() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let home = server.home();
    let text = "[[rule]]\nfrom = \"ada@example.org\"\ndo = \"read\"\n\n[[rule]]\nfrom = \"ada@example.org\"\naccount = \"home\"\n\
        do = \"archive\"\n\n[[rule]]\nfrom = \"ada@example.org\"\ndo = \"move\"\nfolder = \"Projects\"\n\n";
    rules(&home, &format!("{text}{ARCHIVE}"));
    let mut driver = home.start();
    driver.online();
    server.deliver("INBOX", "m2");
    driver.until("it is filed", |_| server.places("m2") == ["Projects"]);
    driver.settle();
    assert_eq!(flags(&server, "m2"), ["\\Seen"]);
    rules(&home, &format!("{ARCHIVE}[[rule]]\nfrom = \"ada@example.org\"\n"));
    server.deliver("INBOX", "m3");
    driver.until("the mistake is told", |driver| driver.told("rules.toml, line 4: missing field"));
    driver.in_step(&|| server.all());
    assert_eq!(server.places("m3"), ["INBOX"]);
    // When it can be read again, what came meanwhile is looked at too.
    rules(&home, ARCHIVE);
    server.deliver("INBOX", "m5");
    driver.until("both are filed", |_| server.places("m3") == ["Archive"] && server.places("m5") == ["Archive"]);
    rules(&home, "[[rule]]\nfrom = \"ada@example.org\"\ndo = \"move\"\nfolder = \"Nowhere\"\n");
    server.deliver("INBOX", "m4");
    driver.until("the missing folder is told", |driver| driver.told("there is no folder Nowhere"));
    driver.in_step(&|| server.all());
    assert_eq!(server.places("m4"), ["INBOX"]);
}

/// A conversation is muted on the server: all of it, and what comes later, until that is ended.
#[test]
fn muted_conversations() {
    let server = Embedded::start(Options::default(), &["m1", "m9"]);
    let deliver = |folder: &str, id: &str| {
        server.world.deliver("dana", folder, &answer(id, "m1"), Flags::default(), UnixTime(1_700_000_000));
    };
    deliver("Projects", "m2");
    deliver("INBOX", "m3");
    let mut driver = server.home().start();
    driver.online();
    driver.until("all is here", |driver| driver.all().len() == 4);
    let op = driver.act(Action::Mute, &[driver.message("m3")]);
    let all = |server: &Embedded| ["m1", "m2", "m3"].map(|id| (places(&server.all(), id).remove(0), flags(server, id)));
    let muted = || vec!["$Muted".to_owned()];
    assert_eq!(all(&server), [("Archive".into(), muted()), ("Projects".into(), muted()), ("Archive".into(), muted())]);
    driver.undo(op);
    assert_eq!(all(&server), [("INBOX".into(), vec![]), ("Projects".into(), vec![]), ("INBOX".into(), vec![])]);
    let op = driver.redo(op);
    let before = news(&driver);
    deliver("INBOX", "m4");
    driver.until("it is silenced", |_| server.places("m4") == ["Archive"]);
    driver.settle();
    assert_eq!(flags(&server, "m4"), ["$Muted", "\\Seen"]);
    assert_eq!(news(&driver), before);
    assert_eq!(server.places("m9"), ["INBOX"]);
    let _ = op;
    driver.act(Action::Unmute, &[driver.message("m4")]);
    assert_eq!((flags(&server, "m1"), flags(&server, "m4")), (vec![], vec!["\\Seen".to_owned()]));
    deliver("INBOX", "m5");
    driver.until("it is news", |driver| news(driver) == before + 1);
    driver.in_step(&|| server.all());
    assert_eq!(server.places("m5"), ["INBOX"]);
}

/// A mute that is taken back leaves nothing of the conversation muted: what was silenced meanwhile comes back as it came, but
/// for what the user has put elsewhere since; and what answers it is news again. Done again, all of it is muted.
#[test]
fn a_mute_is_taken_back_whole() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let deliver = |id: &str, to: &str| {
        server.world.deliver("dana", "INBOX", &answer(id, to), Flags::default(), UnixTime(1_700_000_000));
    };
    let mut driver = server.home().start();
    driver.online();
    let op = driver.act(Action::Mute, &[driver.message("m1")]);
    deliver("m2", "m1");
    driver.until("it is silenced", |_| server.places("m2") == ["Archive"]);
    deliver("m3", "m1");
    driver.until("it is silenced", |_| server.places("m3") == ["Archive"]);
    driver.settle();
    let projects = driver.folder("Projects");
    driver.act(Action::Move(projects), &[driver.message("m3")]);
    driver.undo(op);
    driver.in_step(&|| server.all());
    let all = |server: &Embedded| ["m1", "m2", "m3"].map(|id| (places(&server.all(), id).remove(0), flags(server, id)));
    let seen = || vec!["\\Seen".to_owned()];
    assert_eq!(all(&server), [("INBOX".into(), vec![]), ("INBOX".into(), vec![]), ("Projects".into(), seen())]);
    deliver("m4", "m2");
    driver.until("it is here", |driver| driver.try_message("m4").is_some());
    driver.in_step(&|| server.all());
    assert_eq!((server.places("m4"), flags(&server, "m4")), (vec!["INBOX".to_owned()], vec![]));
    driver.act(Action::Mute, &[driver.message("m1")]);
    for id in ["m1", "m2", "m4"] {
        assert_eq!(server.places(id), ["Archive"], "{id}");
    }
}

/// A sweep with a rule is one operation: what takes it back takes the rule away, also after a restart, and what does it again
/// makes it again. A rule that was there before is not its own.
#[test]
fn a_rule_goes_with_its_sweep() {
    let server = Embedded::start(Options::default(), &["m1", "m2"]);
    let home = server.home();
    let mut driver = home.start();
    driver.online();
    let made = Rule {
        whom: Whom::From("ada@example.org".to_owned()),
        account: None,
        deed: Deed::Archive,
        since: UnixTime(1_699_920_000),
    };
    let rules = || Rules::new(&home.data()).read().unwrap();
    let sweep = |driver: &mut Driver, messages: Vec<MessageId>| {
        let (account, rule) = (driver.id(), made.clone());
        driver.ask(|op| Command::Always { op, action: Action::Archive, messages, account, rule })
    };
    let summary = |driver: &Driver, op: OpId| {
        let words = |event: &Event| {
            if let Event::OpQueued { op: told, summary, .. } = event {
                return (*told == op).then(|| summary.to_string());
            }
            None
        };
        driver.events.iter().find_map(words)
    };
    let both = vec![driver.message("m1"), driver.message("m2")];
    let op = sweep(&mut driver, both);
    driver.done(op);
    assert_eq!(summary(&driver, op).as_deref(), Some("Archived 2 messages, and from now on"));
    assert_eq!((rules(), server.places("m1")), (vec![made.clone()], vec!["Archive".to_owned()]));
    driver.kill();
    let mut driver = home.start();
    driver.online();
    driver.undo(op);
    assert_eq!((rules(), server.places("m1")), (vec![], vec!["INBOX".to_owned()]));
    server.deliver("INBOX", "m3");
    driver.until("it is here", |driver| driver.try_message("m3").is_some());
    driver.in_step(&|| server.all());
    assert_eq!(server.places("m3"), ["INBOX"]);
    let op = driver.redo(op);
    assert_eq!((rules(), server.places("m2")), (vec![made.clone()], vec!["Archive".to_owned()]));
    // There is one: what is swept away now is taken back without it.
    let third = vec![driver.message("m3")];
    let later = sweep(&mut driver, third);
    driver.done(later);
    driver.undo(later);
    assert_eq!(rules(), std::slice::from_ref(&made));
    driver.undo(op);
    assert_eq!(rules(), []);
    // Of nothing but a rule.
    let op = sweep(&mut driver, Vec::new());
    driver.until("it is made", |driver| summary(driver, op).is_some());
    assert_eq!(summary(&driver, op).as_deref(), Some("From now on mail from ada@example.org is archived"));
    assert_eq!(rules(), std::slice::from_ref(&made));
    driver.undo(op);
    assert_eq!(rules(), []);
    // With a mistake in the file nothing is done at all.
    std::fs::write(home.data().join("rules.toml"), "[[rule]]\n").unwrap();
    let message = vec![driver.message("m1")];
    let op = sweep(&mut driver, message);
    assert!(driver.refused(op).0.starts_with("rules.toml, line 1"), "{}", driver.tail());
    driver.in_step(&|| server.all());
    assert_eq!(server.places("m1"), ["INBOX"]);
}

/// What is there already, or is not here any more, is said to be so.
#[test]
fn nothing_to_do_says_why() {
    let server = Embedded::start(Options::default(), &["m1", "m2"]);
    let mut driver = server.home().start();
    driver.online();
    let (m1, m2) = (driver.message("m1"), driver.message("m2"));
    driver.act(Action::Archive, &[m1]);
    let op = driver.press(Action::Archive, &[driver.message("m1")]);
    assert_eq!(driver.refused(op).0, "it is in Archive already");
    let uid = server.world.list("dana", "INBOX").first().unwrap().uid;
    server.world.relocate("dana", "INBOX", &[uid], "Projects").unwrap();
    driver.until("it went", |driver| driver.places("m2") == ["Projects"]);
    let op = driver.press(Action::Archive, &[m2]);
    assert!(driver.refused(op).0.starts_with("that message is no longer here"), "{}", driver.tail());
}

/// Where the server keeps no keywords, it is said that a conversation cannot be muted; what is in the inbox is archived.
#[test]
fn muting_needs_keywords() {
    let server = Embedded::start(Options::default().without_keywords(), &["m1"]);
    let mut driver = server.home().start();
    driver.online();
    let op = driver.press(Action::Mute, &[driver.message("m1")]);
    let (reason, kept) = driver.refused(op);
    assert!(kept && reason.starts_with("the server keeps no tags in this folder"), "{reason}");
    driver.until("it is archived", |_| server.places("m1") == ["Archive"]);
    assert_eq!(flags(&server, "m1"), Vec::<String>::new());
}

/// A draft that an older version queued is written into Drafts once, also where the answer to it was lost, and taken back.
#[test]
fn a_draft_of_an_older_version_is_written_once() {
    let server = Embedded::start(Options::default(), &["m1"]);
    server.world.add_folder("dana", "Drafts", Some("\\Drafts"));
    let home = server.home();
    let mut driver = home.start();
    driver.online();
    drop(driver);
    let mut journal = Journal::open(&home.data(), Access::Owner).unwrap();
    let op = journal.next_op().unwrap();
    let mail = "From: dana@example.org\r\nTo: off@shop.example\r\nMessage-ID: <d1@x>\r\n\r\n".to_owned();
    let step = NewStep {
        account: "work".to_owned(),
        verb: Verb::Append { to: "Drafts".to_owned(), message_id: "d1@x".to_owned(), mail },
        local: None,
        generation: 1,
        place: None,
        prior: Flags::default(),
    };
    let new = NewOp {
        op,
        created: UnixTime(1_700_000_000),
        summary: "A draft is in Drafts".to_owned(),
        undo_of: None,
        redo_of: None,
        undoable: true,
        origin: Origin::User,
        steps: vec![step],
    };
    journal.append(&new).unwrap();
    drop(journal);
    let mut driver = home.start();
    driver.done(op);
    let drafts = || server.all().into_iter().filter(|one| one.folder == "Drafts").collect::<Vec<_>>();
    assert_eq!(drafts().len(), 1);
    assert_eq!(drafts()[0].flags, ["\\Draft", "\\Seen"]);
    driver.until("it is shown", |driver| driver.all().iter().any(|one| one.folder == "Drafts"));
    driver.undo(op);
    assert_eq!(drafts().len(), 0);
    driver.in_step(&|| server.all());
}
