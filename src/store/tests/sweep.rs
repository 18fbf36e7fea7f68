//! What there is of a sender and of a list; arrivals; what answers a muted message.

use super::{Fixture, change, message, moved};
use crate::mail::message::{Address, NewMessage};
use crate::mail::rule::Whom;
use crate::mail::{MessageId, Uid, UnixTime};
use crate::store::Overlay;

fn from(uid: u32, address: &str, list: &str) -> NewMessage {
    let mut mail = message(uid);
    mail.envelope.from = vec![Address { name: String::new(), address: address.to_owned() }];
    list.clone_into(&mut mail.envelope.list_id);
    mail
}

/// Counted by folder, with what waits laid over; neither Trash nor who only looks alike is taken along.
#[test]
fn what_there_is_of_a_sender() {
    let mut fixture = Fixture::new();
    let first = fixture.put("INBOX", from(1, "News@Shop.example", "deals.shop.example"));
    let second = fixture.put("INBOX", from(2, "news@shop.example", ""));
    fixture.put("Projects", from(3, "news@shop.example", "deals.shop.example"));
    fixture.put("Trash", from(4, "news@shop.example", ""));
    fixture.put("INBOX", from(5, "old-news@shop.example", "other-deals.shop.example"));
    fixture.put("INBOX", from(6, "news@shop.example.org", "deals.shop.example.org"));
    fixture.put("INBOX", from(7, "else@shop.example", "deals.shop.example"));
    let sent = fixture.put("Sent", from(8, "news@shop.example", ""));
    for indexed in [false, true] {
        if indexed {
            while fixture.writer.index_headers(100).unwrap().more {}
        }
        let all = fixture.writer.sweep(first, 100).unwrap();
        let [sender, list] = &all[..] else { panic!("{all:?}") };
        assert_eq!(sender.whom, Whom::From("news@shop.example".into()));
        assert_eq!((sender.total, sender.unread, sender.since), (4, 4, UnixTime(60)), "{indexed}");
        assert_eq!((&sender.inbox, sender.all.len()), (&vec![second, first], 3));
        assert!(!sender.all.contains(&sent));
        assert_eq!(sender.folders[0], (fixture.folder("INBOX"), 2));
        assert_eq!((&list.whom, list.total), (&Whom::List("deals.shop.example".into()), 3));
    }
    let archive = fixture.folder("Archive");
    fixture.writer.set_overlay(&[moved(first, archive)]).unwrap();
    assert_eq!(fixture.writer.sweep(second, 100).unwrap()[0].inbox, [second]);
    assert_eq!(fixture.writer.sweep(MessageId(999), 100).unwrap(), []);
}

/// Arrivals are what has a UID from where the folder was first synced on, in an inbox, once.
#[test]
fn arrivals() {
    let mut fixture = Fixture::new();
    let account = fixture.account;
    fixture.put("INBOX", message(1));
    for raw in ["INBOX", "Projects"] {
        let folder = fixture.folder(raw);
        let mut state = fixture.writer.sync_state(folder).unwrap();
        state.arrivals = Some(Uid(10));
        fixture.writer.put_sync_state(folder, &state).unwrap();
        assert_eq!(fixture.writer.sync_state(folder).unwrap(), state);
    }
    fixture.put("INBOX", message(9));
    fixture.put("Projects", message(11));
    let tenth = fixture.put("INBOX", message(10));
    let inbox = fixture.folder("INBOX");
    fixture.writer.put_messages(inbox, &[message(10), message(1)]).unwrap();
    assert_eq!(fixture.writer.unfiled(account).unwrap(), [tenth]);
    fixture.writer.filed(&[tenth]).unwrap();
    fixture.writer.put_messages(inbox, &[message(10)]).unwrap();
    assert_eq!(fixture.writer.unfiled(account).unwrap(), []);
}

/// A message is muted that answers one which is, or waits to be; neither by a stranger that names both its conversation and
/// a muted one, nor by what lies in Trash.
#[test]
fn what_answers_a_muted_message() {
    let mut fixture = Fixture::new();
    let answer = |uid: u32, to: &[u32]| {
        let mut one = message(uid);
        one.envelope.references = to.iter().map(|uid| format!("m{uid}@example.org")).collect();
        one
    };
    let first = fixture.put("Projects", message(1));
    let second = fixture.put("INBOX", answer(2, &[1]));
    let other = fixture.put("INBOX", message(3));
    fixture.put("INBOX", answer(4, &[1, 3]));
    let fifth = fixture.put("INBOX", answer(5, &[3]));
    let muted = |fixture: &Fixture| {
        [first, second, other, fifth].map(|id| {
            let detail = fixture.writer.detail(id).unwrap().unwrap();
            fixture.writer.answers_muted(id, &detail.envelope.references).unwrap()
        })
    };
    assert_eq!(muted(&fixture), [false; 4]);
    let silent = Overlay { flags: change(&["$MUTED"], &[]), pending: true, ..Overlay::none(first) };
    fixture.writer.set_overlay(std::slice::from_ref(&silent)).unwrap();
    assert_eq!(muted(&fixture), [false, true, false, false]);
    let trash = fixture.folder("Trash");
    fixture.writer.set_overlay(&[Overlay { folder: Some(trash), ..silent }]).unwrap();
    assert_eq!(muted(&fixture), [false; 4]);
    let other = fixture.put("INBOX", message(6));
    let (mut members, threads) = fixture.writer.conversations_of(&[second, other]).unwrap();
    members.sort_unstable();
    assert_eq!((members.len(), members.contains(&first), threads), (5, false, 2));
}
