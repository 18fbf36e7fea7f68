//! Every action of the user, with undo, as one walk: run against servers of many kinds.

use posthaste::mail::UnixTime;
use posthaste::protocol::Action;
use posthaste::safe_text::SafeText;

use crate::support::engine::{Driver, End, set};
use crate::support::oracle::{census, places};
use crate::support::raw_client::Found;

/// The mails that the walk needs in the INBOX.
pub const IDS: [&str; 9] = ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9"];

type Server<'a> = &'a dyn Fn() -> Vec<Found>;

fn flags(all: &[Found], id: &str) -> Vec<String> {
    all.iter().find(|found| found.message_id == format!("{id}@x")).map(|found| found.flags.clone()).unwrap_or_default()
}

/// Walks through all actions; `prefix` is before the names of folders on the wire.
pub fn walk(driver: &mut Driver, server: Server<'_>, prefix: &str) {
    driver.online();
    let raw = |name: &str| format!("{prefix}{name}");
    let before = census(&server());
    driver.in_step(server);

    driver.act(set(&["\\Flagged", "\\Seen"]), &[driver.message("m1")]);
    driver.act(set(&["$Later"]), &[driver.message("m2")]);
    assert_eq!(flags(&server(), "m1"), ["\\Flagged", "\\Seen"]);
    assert_eq!(flags(&server(), "m2"), ["$Later"]);

    let op = driver.act(Action::Archive, &[driver.message("m3")]);
    assert_eq!(places(&server(), "m3"), [raw("Archive")]);
    driver.shows("m3", &raw("Archive"));
    driver.undo(op);
    assert_eq!(places(&server(), "m3"), ["INBOX"]);
    driver.shows("m3", "INBOX");
    let again = driver.redo(op);
    assert_eq!(places(&server(), "m3"), [raw("Archive")]);
    driver.undo(again);
    assert_eq!(places(&server(), "m3"), ["INBOX"]);

    let projects = driver.folder(&raw("Projects").replace('.', "/"));
    driver.act(Action::Move(projects), &[driver.message("m4")]);
    assert_eq!(places(&server(), "m4"), [raw("Projects")]);
    let op = driver.act(Action::Copy(projects), &[driver.message("m5")]);
    assert_eq!(places(&server(), "m5").len(), 2);
    driver.undo(op);
    assert_eq!(places(&server(), "m5"), ["INBOX"]);

    driver.act(Action::Trash, &[driver.message("m6")]);
    assert_eq!(places(&server(), "m6"), [raw("Trash")]);
    driver.shows("m6", &raw("Trash"));
    driver.act(Action::DeleteForever, &[driver.message("m6")]);
    assert_eq!(places(&server(), "m6"), Vec::<String>::new());

    let op = driver.act(Action::Junk, &[driver.message("m7")]);
    assert_eq!(places(&server(), "m7"), [raw("Junk")]);
    assert_eq!(flags(&server(), "m7"), ["$Junk"]);
    driver.undo(op);
    let op = driver.redo(op);
    assert_eq!((places(&server(), "m7"), flags(&server(), "m7")), (vec![raw("Junk")], vec!["$Junk".to_owned()]));
    driver.undo(op);
    assert_eq!(places(&server(), "m7"), ["INBOX"]);
    assert_eq!(flags(&server(), "m7"), Vec::<String>::new(), "what junk set is taken back where the message is now");

    let op = driver.act(Action::Junk, &[driver.message("m7")]);
    let back = driver.act(Action::NotJunk, &[driver.message("m7")]);
    assert_eq!(
        (places(&server(), "m7"), flags(&server(), "m7")),
        (vec!["INBOX".to_owned()], vec!["$NotJunk".to_owned()])
    );
    driver.undo(back);
    assert_eq!((places(&server(), "m7"), flags(&server(), "m7")), (vec![raw("Junk")], vec!["$Junk".to_owned()]));
    driver.undo(op);
    assert_eq!((places(&server(), "m7"), flags(&server(), "m7")), (vec!["INBOX".to_owned()], vec![]));

    snooze(driver, server, &raw);

    // Starred, archived, and both taken back in turn: the second undo has to find the message where it is now.
    let star = driver.act(set(&["\\Flagged"]), &[driver.message("m8")]);
    let archive = driver.act(Action::Archive, &[driver.message("m8")]);
    driver.undo(archive);
    driver.undo(star);
    let (star, archive) = (driver.redo(star), driver.redo(archive));
    assert_eq!((places(&server(), "m8"), flags(&server(), "m8")), (vec![raw("Archive")], vec!["\\Flagged".to_owned()]));
    driver.undo(archive);
    driver.undo(star);
    assert_eq!((places(&server(), "m8"), flags(&server(), "m8")), (vec!["INBOX".to_owned()], vec![]));

    // Taken back at once: whether or not it was sent, it ends where it was.
    let op = driver.queue(Action::Archive, &[driver.message("m9")]);
    driver.undo(op);
    driver.in_step(server);
    assert_eq!(places(&server(), "m9"), ["INBOX"]);

    folders(driver, prefix);
    driver.in_step(server);
    let mut expected = before;
    expected.retain(|(id, _), _| id != "m6@x");
    assert_eq!(census(&server()), expected);
    driver.each_ended_once();
}

/// Until the year 2099: nothing wakes it meanwhile.
pub fn until_2099() -> Action {
    Action::Snooze { until: UnixTime(4_070_908_800), words: SafeText::new("2099") }
}

/// The keywords of [`until_2099`].
pub const SNOOZED: [&str; 2] = ["$Snoozed", "$SnoozedUntil-20990101T0000Z"];

/// Put off and taken back; put off and brought back; and the keywords go with the next move.
fn snooze(driver: &mut Driver, server: Server<'_>, raw: &dyn Fn(&str) -> String) {
    let at = |folder: String, words: &[&str]| (vec![folder], words.iter().map(|word| (*word).to_owned()).collect());
    let now = || (places(&server(), "m7"), flags(&server(), "m7"));
    let op = driver.act(until_2099(), &[driver.message("m7")]);
    assert_eq!(now(), at(raw("Snoozed"), &SNOOZED));
    driver.shows("m7", &raw("Snoozed"));
    driver.undo(op);
    assert_eq!(now(), at("INBOX".to_owned(), &[]), "as if it had never been put off");
    driver.act(until_2099(), &[driver.message("m7")]);
    driver.act(Action::BringBack(UnixTime(1_796_025_600)), &[driver.message("m7")]);
    assert_eq!(now(), at("INBOX".to_owned(), &["$SnoozedUntil-20261130T0800Z"]), "since when it is back");
    let op = driver.act(Action::Archive, &[driver.message("m7")]);
    assert_eq!(now(), at(raw("Archive"), &[]), "nothing piles up");
    driver.undo(op);
    assert_eq!(now(), at("INBOX".to_owned(), &["$SnoozedUntil-20261130T0800Z"]));
    driver.act(until_2099(), &[driver.message("m7")]);
    assert_eq!(now(), at(raw("Snoozed"), &SNOOZED), "one time, the new one");
    driver.act(Action::Trash, &[driver.message("m7")]);
    assert_eq!(now(), at(raw("Trash"), &[]));
}

fn folders(driver: &mut Driver, prefix: &str) {
    let account = driver.id();
    let shown = |name: &str| format!("{}{name}", prefix.replace('.', "/"));
    driver.act(Action::CreateFolder { account, path: "Größe".to_owned() }, &[]);
    driver.until("the folder is there", |driver| driver.folders().contains(&shown("Größe")));
    let op = driver.act(Action::RenameFolder { folder: driver.folder(&shown("Größe")), path: "Ideen".to_owned() }, &[]);
    driver.until("it has another name", |driver| {
        driver.folders().contains(&shown("Ideen")) && !driver.folders().contains(&shown("Größe"))
    });
    driver.undo(op);
    driver.until("it has the old one", |driver| driver.folders().contains(&shown("Größe")));
    let op = driver.redo(op);
    driver.until("it has another name again", |driver| driver.folders().contains(&shown("Ideen")));
    driver.undo(op);
    driver.until("it has the old one again", |driver| driver.folders().contains(&shown("Größe")));
    let op = driver.act(Action::DeleteFolder { folder: driver.folder(&shown("Größe")) }, &[]);
    driver.until("it is gone", |driver| !driver.folders().contains(&shown("Größe")));
    driver.undo(op);
    driver.until("it is back", |driver| driver.folders().contains(&shown("Größe")));
    let op = driver.press(Action::CreateFolder { account, path: "Größe".to_owned() }, &[]);
    assert!(!driver.refused(op).1, "nothing is kept of what was never queued");
    assert!(driver.ends(op).iter().all(|end| matches!(end, End::Failed { .. })));
}
