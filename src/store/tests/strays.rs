//! Replies that do not say what they reply to.

use rstest::rstest;

use super::{Fixture, message};
use crate::mail::message::{Address, NewMessage};
use crate::mail::{MessageId, UnixTime};

const DAY: i64 = 86_400;
/// When the first mail came.
const BEGIN: i64 = 1_700_000_000;

/// A mail with this subject from one person to another, so many days after the first.
fn mail(uid: u32, subject: &str, (from, to): (&str, &str), days: i64) -> NewMessage {
    let person = |name: &str| vec![Address { name: String::new(), address: format!("{name}@x.example") }];
    let mut mail = message(uid);
    mail.received = UnixTime(BEGIN + days * DAY);
    mail.envelope.subject = subject.to_owned();
    (mail.envelope.from, mail.envelope.to) = (person(from), person(to));
    mail
}

fn settle(fixture: &mut Fixture) -> u32 {
    while fixture.writer.index_headers(3).unwrap().more {}
    let mut joined = 0;
    loop {
        let adopted = fixture.writer.adopt_strays(3).unwrap();
        joined += adopted.joined;
        if !adopted.more {
            return joined;
        }
    }
}

fn conversation(fixture: &Fixture, id: MessageId) -> Vec<String> {
    let rows = fixture.writer.conversation(id).unwrap();
    rows.iter().map(|row| row.subject.to_string()).collect()
}

/// A reply without References belongs to what it answers by its subject: if that is not long past, and the two have to do
/// with each other. A mail that is no reply, or says what it replies to, does not.
#[rstest]
#[case("Re: Lunch on Thursday", ("tom", "ada"), 1, true)]
#[case("AW: lunch  on thursday", ("tom", "ada"), 29, true)]
#[case("[team] Re: Lunch on Thursday", ("tom", "ada"), 1, true)]
#[case("Re: Lunch on Thursday", ("tom", "ada"), 31, false)]
#[case("Re: Lunch on Thursday", ("tom", "ada"), -2, false)]
#[case("Re: Lunch on Thursday", ("eve", "zoe"), 1, false)]
#[case("Re: Lunch on Thursday, at last", ("tom", "ada"), 1, false)]
#[case("Lunch on Thursday", ("tom", "ada"), 1, false)]
#[case("Fwd: Lunch on Thursday", ("tom", "ada"), 1, false)]
fn by_subject(#[case] subject: &str, #[case] who: (&str, &str), #[case] days: i64, #[case] joined: bool) {
    // Whichever comes first, and whether or not they are looked at in between.
    for order in 0..4 {
        let mut fixture = Fixture::new();
        let root = mail(1, "Lunch on Thursday", ("ada", "tom"), 0);
        let reply = mail(2, subject, who, days);
        let (first, second) = if order % 2 == 0 { (root, reply) } else { (reply, root) };
        let (place, other) = ("Projects", fixture.put("Projects", first));
        if order >= 2 {
            settle(&mut fixture);
        }
        let id = fixture.put(place, second);
        settle(&mut fixture);
        assert_eq!(conversation(&fixture, id).len(), if joined { 2 } else { 1 }, "order {order}");
        assert_eq!(conversation(&fixture, other).len(), if joined { 2 } else { 1 }, "order {order}");
    }
}

/// A list makes strangers known to each other; without it the same subject says nothing.
#[test]
fn on_one_list() {
    for (list, together) in [("talk.x.example", 2), ("", 1)] {
        let mut fixture = Fixture::new();
        let on_list = |mut mail: NewMessage| {
            mail.envelope.list_id = list.to_owned();
            mail
        };
        fixture.put("INBOX", on_list(mail(1, "Release", ("ann", "all"), 0)));
        let reply = fixture.put("INBOX", on_list(mail(2, "Re: Release", ("bob", "everybody"), 2)));
        settle(&mut fixture);
        assert_eq!(conversation(&fixture, reply).len(), together);
    }
}

/// A stray brings those with it that refer to it, before and after it is adopted, and belongs to all that it may answer.
#[test]
fn a_stray_brings_its_own() {
    let mut fixture = Fixture::new();
    let stray = mail(2, "Re: Plan", ("tom", "ada"), 1);
    let mut before = mail(3, "Re: Plan", ("ada", "tom"), 2);
    before.envelope.references = vec![stray.envelope.message_id.clone()];
    let mut after = before.clone();
    after.uid = crate::mail::Uid(4);
    after.envelope.message_id = "after@x.example".to_owned();
    let mut elsewhere = mail(5, "Re: Plan", ("tom", "ada"), 1);
    elsewhere.envelope.references = vec!["another@x.example".to_owned()];
    fixture.put("INBOX", stray);
    fixture.put("Archive", before);
    let other = fixture.put("INBOX", elsewhere);
    let root = fixture.put("Sent", mail(1, "Plan", ("ada", "tom"), 0));
    assert_eq!(settle(&mut fixture), 2);
    let late = fixture.put("INBOX", after);
    assert_eq!(conversation(&fixture, root).len(), 5);
    assert_eq!(conversation(&fixture, late), conversation(&fixture, other));
    // Nothing is left of a stray that goes.
    let inbox = fixture.folder("INBOX");
    fixture.writer.remove_uids(inbox, &[crate::mail::Uid(2)]).unwrap();
    assert_eq!(fixture.number("SELECT COUNT(*) FROM strays"), 0);
    let members =
        format!("SELECT members FROM threads, messages WHERE messages.id = {} AND threads.id = thread", root.0);
    assert_eq!(fixture.number(&members), 4);
}
