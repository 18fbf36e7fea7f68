//! Who is offered, and in which order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::cards::Entry;
use super::super::tests::Scene;
use super::known::Known;
use super::{Job, People};
use crate::app::compose::order::News;
use crate::letter::Mailbox;
use crate::mail::UnixTime;

const NOW: UnixTime = UnixTime(1_764_000_000);
const DAY: i64 = 86_400;

fn mailbox(name: &str, address: &str) -> Mailbox {
    Mailbox { name: name.into(), address: address.into() }
}

fn known(written: &[(&str, &str, i64)]) -> Known {
    let mut known = Known::new(&["dana@acme.example".into()], NOW);
    for (name, address, days) in written {
        known.wrote_to(&[mailbox(name, address)], UnixTime(NOW.0 - days * DAY));
    }
    known
}

fn offered(known: &Known, text: &str) -> Vec<String> {
    known.offer(text, &[], &[], 20).into_iter().map(|one| one.address).collect()
}

/// What is typed begins a word of the name or of the address, whatever its case and its accents; several words are all meant.
#[test]
fn any_word_is_begun() {
    let known = known(&[("Ada Lovelace", "countess@engine.example", 1), ("Søren Ångström", "s.a@x.example", 2)]);
    for text in ["ad", "ADA", "love", "lovelace a", "count", "engine", "Ada <count", "countess@en"] {
        assert_eq!(offered(&known, text), ["countess@engine.example"], "{text}");
    }
    for text in ["soren", "ang", "ÅNG", "s.a@"] {
        assert_eq!(offered(&known, text), ["s.a@x.example"], "{text}");
    }
    for text in ["velace", "ada ang", "zz"] {
        assert_eq!(offered(&known, text), Vec::<String>::new(), "{text}");
    }
    assert_eq!(offered(&known, "").len(), 2);
}

/// Often and lately both count, and half as much after ninety days; what is sent now counts at once, what no mail can be sent
/// to never does.
#[test]
fn often_and_lately_count() {
    let mut known = known(&[
        ("", "a-once-today@x.example", 0),
        ("", "a-thrice-long-ago@x.example", 400),
        ("", "a-thrice-long-ago@x.example", 400),
        ("", "a-thrice-long-ago@x.example", 400),
        ("", "a-twice-lately@x.example", 10),
        ("", "a-twice-lately@x.example", 10),
        ("", "a-half", 0),
    ]);
    let order = ["a-twice-lately@x.example", "a-once-today@x.example", "a-thrice-long-ago@x.example"];
    assert_eq!(offered(&known, "a"), order);
    for _ in 0..2 {
        known.wrote_to(&[mailbox("", "a-thrice-long-ago@x.example")], NOW);
    }
    assert_eq!(offered(&known, "a")[0], "a-thrice-long-ago@x.example");
}

/// Those of the address book stand behind those who were written to, and before oneself; their names are the book's, and the
/// user's command is believed in whom it finds.
#[test]
fn the_book_knows_names() {
    let known = known(&[("lovelace, a", "ada@x.example", 1), ("Dana", "dana@acme.example", 0)]);
    let book = [("Ada", "ADA@x.example"), ("Adam", "adam@x.example"), ("Bob", "bob@x.example")];
    let book = book.map(|(name, address)| Entry::new(mailbox(name, address)));
    let found = [mailbox("Zoe", "zoe@x.example"), mailbox("no", "no address")];
    let all = |text: &str| known.offer(text, &book, &found, 20);
    assert_eq!(
        all("ada"),
        [mailbox("Ada", "ada@x.example"), mailbox("Zoe", "zoe@x.example"), mailbox("Adam", "adam@x.example"),]
    );
    assert_eq!(all("dana").last(), Some(&mailbox("Dana", "dana@acme.example")));
    assert_eq!(known.offer("", &book, &[], 2).len(), 2);
}

/// The cache is read once and then kept up with: sent mail before what came, junk never, and nobody who cannot be answered.
#[test]
fn people_are_learnt_from_the_cache() {
    let mut scene = Scene::new();
    let dana = ("Dana", "dana@acme.example");
    // However often somebody wrote: whoever was written to stands before them.
    for uid in 1..=9 {
        scene.put("INBOX", uid, ("Anna Often", "anna@x.example"), dana);
    }
    scene.put("INBOX", 14, ("", "noreply-17@x.example"), dana);
    scene.put("Junk", 1, ("Anton Spam", "anton@x.example"), dana);
    scene.put("Sent", 1, dana, ("Andrea", "andrea@x.example"));
    let newest = Arc::new(AtomicU64::new(1));
    let mut people = People::new(scene.materials.clone(), Arc::clone(&newest));
    let ask = |people: &mut People, scene: &mut Scene, turn: u64, text: &str| {
        newest.store(turn, Ordering::SeqCst);
        people.work(Job::Ask(turn, text.into()));
        while people.is_reading() {
            people.read_on();
        }
        let said = scene.said();
        let Some(News::People { turn: of, people }) = said.last() else { panic!("{said:?}") };
        assert_eq!(*of, turn);
        people.iter().map(|one| one.address.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ask(&mut people, &mut scene, 1, "an"), ["andrea@x.example", "anna@x.example"]);
    assert_eq!(ask(&mut people, &mut scene, 2, "nor"), Vec::<String>::new());
    // An answer of one's own in another folder counts as one.
    scene.put("INBOX", 15, dana, ("Anselm", "anselm@x.example"));
    scene.put("Junk", 2, ("Anke", "anke@x.example"), dana);
    let all = ask(&mut people, &mut scene, 3, "an");
    assert_eq!(all.last().map(String::as_str), Some("anna@x.example"));
    assert!(all.len() == 3 && all.contains(&"anselm@x.example".to_owned()), "{all:?}");
    // What was found for an older request is of no use.
    people.work(Job::Found(2, vec![mailbox("Zoe", "zoe@x.example")]));
    assert!(scene.said().is_empty());
    people.work(Job::Found(3, vec![mailbox("Zoe", "zoe@x.example")]));
    assert!(matches!(&scene.said()[..], [News::People { turn: 3, people }] if people.len() == 4));
    // A letter that is sent here counts at once.
    people.work(Job::WroteTo(vec![mailbox("Anna", "anna@x.example")]));
    assert!(ask(&mut people, &mut scene, 4, "anna").contains(&"anna@x.example".to_owned()));
    assert_ne!(ask(&mut people, &mut scene, 5, "an").last().map(String::as_str), Some("anna@x.example"));
}
