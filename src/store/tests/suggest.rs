//! Who and what was seen lately.

use super::{Fixture, message, with_flags};
use crate::mail::message::{Address, Envelope, NewMessage};

/// Protects what a search line offers: those who write most first, each address once and by its name, and labels without
/// those of the system; from another reader of the same cache too.
#[test]
fn people_and_labels_are_seen() {
    let mut store = Fixture::new().with_state();
    let from = |uid: u32, name: &str, address: &str| NewMessage {
        flags: with_flags(&["todo", "$Forwarded"]),
        envelope: Envelope {
            from: vec![Address { name: name.to_owned(), address: address.to_owned() }],
            ..message(uid).envelope
        },
        ..message(uid)
    };
    store.put("INBOX", from(1, "", "ada@x.example"));
    store.put("INBOX", from(2, "Ada Byron", "Ada@x.example"));
    store.put("INBOX", from(3, "Bob", "bob@x.example"));
    let seen = store.writer.readers().reader().unwrap().seen_lately(100).unwrap();
    let people: Vec<_> = seen.people.iter().map(|person| (person.name.as_str(), person.address.as_str())).collect();
    assert_eq!(people.len(), 2);
    assert_eq!((people[0].0, people[0].1.to_lowercase()), ("Ada Byron", "ada@x.example".to_owned()));
    assert_eq!(seen.labels, ["todo"]);
}
