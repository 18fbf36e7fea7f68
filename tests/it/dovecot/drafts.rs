//! Drafts on Dovecot, with UIDPLUS and without: typed here, continued there.

use posthaste::letter::{DraftCopy, Letter};
use posthaste::letters::Letters;
use posthaste::letters::copies::Owner;
use posthaste::protocol::{Command, Event};
use rstest::rstest;

use super::engine::alice;
use crate::engine::drafts::{keep, recalled, retype};
use crate::engine::posting::{taken, write};
use crate::support::dovecot::{Dovecot, Options, available};
use crate::support::engine::{Driver, End, Home};

/// The drafts there: their UIDs and their last lines, those that are marked as deleted not counted.
fn drafts(server: &Dovecot) -> Vec<(u32, String)> {
    let mut client = server.client("alice");
    if !client.folders().iter().any(|folder| folder == "Drafts") {
        return Vec::new();
    }
    let found = client.list("Drafts");
    let mut all = Vec::new();
    for one in found.into_iter().filter(|one| !one.flags.iter().any(|flag| flag == "\\Deleted")) {
        assert!(one.flags.contains(&"\\Draft".to_owned()) && one.flags.contains(&"\\Seen".to_owned()), "{one:?}");
        let body = client.command(&format!("UID FETCH {} BODY.PEEK[TEXT]", one.uid)).ok();
        let text = body.lines.join("\n").trim_end_matches([')', '\r', '\n']).to_owned();
        all.push((one.uid, text.lines().last().unwrap_or_default().to_owned()));
    }
    all
}

fn texts(server: &Dovecot) -> Vec<String> {
    drafts(server).into_iter().map(|(_, text)| text).collect()
}

/// The one draft, whole, and where it is.
fn copy_there(server: &Dovecot) -> (DraftCopy, Vec<u8>) {
    let (uid, _) = drafts(server).remove(0);
    let mut client = server.client("alice");
    let selected = client.select("Drafts");
    let validity =
        selected.line("UIDVALIDITY").split_whitespace().find_map(|word| word.trim_end_matches(']').parse().ok());
    let whole = client.command(&format!("UID FETCH {uid} BODY.PEEK[]")).ok().lines.join("\n");
    let (_, message) = whole.split_once('}').unwrap();
    let message = message.trim_start().trim_end_matches([')', '\r', '\n']);
    let bytes = message.replace("\r\n", "\n").replace('\n', "\r\n").into_bytes();
    (DraftCopy { folder: "Drafts".to_owned(), validity: validity.unwrap(), uid }, bytes)
}

/// Waits until the list of drafts shows this one and no other.
fn alone(driver: &mut Driver, uid: u32) {
    driver.until("it sees one draft alone", |driver| {
        let shown = driver.all().into_iter().filter(|found| found.folder == "Drafts");
        shown.map(|found| found.uid).collect::<Vec<_>>() == [uid]
    });
}

fn files(server: &Dovecot) -> Home {
    let mut home = Home::new(vec![alice(server)]);
    home.post = taken();
    home
}

/// SN05: a letter is typed on one device, found and continued on a second, seen by the first, and sent from there: one draft
/// at each time, none at the end. What is discarded goes, and comes back.
#[rstest]
#[case("UIDPLUS MOVE")]
#[case("")]
fn a_draft_goes_from_device_to_device(#[case] offered: &str) {
    if !available() {
        return;
    }
    let capability = Some(format!("IMAP4rev1 LITERAL+ IDLE NAMESPACE UNSELECT SPECIAL-USE LIST-STATUS {offered}"));
    let server = Dovecot::start(&Options { capability, ..Options::default() });
    let (first, second) = (files(&server), files(&server));
    let id = write(&first, "m9");
    let (mut driver, mut other) = (first.start(), second.start());
    driver.online();
    other.online();
    for text in ["Here it is.", "here", "and here"] {
        if text != "Here it is." {
            retype(&first, id, text);
        }
        keep(&mut driver, id, text, &|| texts(&server));
    }
    // The first has looked at it: a mark alone, set while it still looks, no plain server tells of.
    alone(&mut driver, copy_there(&server).0.uid);
    driver.online();
    // Found on the second.
    other.send(Command::Refresh(None));
    other.until("the second sees it", |other| other.places("m9") == ["Drafts"]);
    let (place, bytes) = copy_there(&server);
    let letters = Letters::of(&second.data());
    let found = recalled(&second, &bytes, place);
    assert_eq!((found.text.trim_end(), found.message_id.as_str()), ("and here", "m9@x"));
    letters.keep(&found).unwrap();
    retype(&second, found.id, "from the second");
    keep(&mut other, found.id, "from the second", &|| texts(&server));
    // Seen by the first, which had changed nothing since.
    let (place, bytes) = copy_there(&server);
    driver.send(Command::Refresh(None));
    alone(&mut driver, place.uid);
    let letters = Letters::of(&first.data());
    assert_eq!(letters.owner(("work", "m9@x"), &place, |copy| copy.uid == place.uid), Some(Owner::Older(id)));
    letters.take_over(&Letter { id, ..recalled(&first, &bytes, place) }).unwrap();
    retype(&first, id, "back on the first");
    keep(&mut driver, id, "back on the first", &|| texts(&server));
    // Discarded and brought back.
    driver.send(Command::DiscardLetter(id));
    driver.until("it is gone", |_| texts(&server).is_empty());
    driver.settle();
    driver.send(Command::RestoreLetter(id));
    driver.until("it is back", |_| texts(&server) == ["back on the first"]);
    driver.settle();
    // And sent.
    let op = driver.post(id, None);
    driver.until("it was sent", |driver| driver.ends(op).last() == Some(&End::Done));
    driver.until("no draft is left", |_| texts(&server).is_empty());
    driver.settle();
    driver.until("the letter is done with", |_| !letters.place(id).exists());
    let all = server.client("alice").list_all();
    let places: Vec<&str> = all
        .iter()
        .filter(|one| one.message_id == "m9@x" && !one.flags.iter().any(|flag| flag == "\\Deleted"))
        .map(|one| one.folder.as_str())
        .collect();
    assert_eq!(places, ["Sent"]);
    assert!(!driver.told("another device") && !other.told("another device"));
    assert!(driver.events.iter().any(|event| matches!(event, Event::DraftKept { .. })));
}
