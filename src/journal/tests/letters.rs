//! Mails on their way out: a try that is not the last one changes nothing, and what a kill leaves is sorted.

use rstest::rstest;

use super::{mail, op, open};
use crate::journal::{Journal, NewOp, NewStep, Posting, Try, Verb};
use crate::letter::LetterId;
use crate::mail::UnixTime;
use crate::mail::flags::Flags;
use crate::protocol::{OpId, OpState, Origin};

fn queue(journal: &mut Journal, number: i64) -> OpId {
    let step = NewStep {
        account: "work".to_owned(),
        verb: Verb::Send(Box::new(mail(number))),
        local: None,
        generation: 5,
        place: None,
        prior: Flags::default(),
    };
    journal.append(&NewOp { steps: vec![step], ..op(number, &[]) }).unwrap();
    OpId(number)
}

fn posting(journal: &Journal, op: OpId) -> Posting {
    journal.post(op).unwrap().unwrap().posting
}

/// SN09: whoever drains the outbox twice sends each mail once: one try begins, and an earlier one of it that was thought
/// dead can neither let the end of the mail out nor write anything down.
#[test]
fn an_earlier_try_changes_nothing() {
    let (_dir, mut journal) = open();
    let op = queue(&mut journal, 1);
    let step = journal.post(op).unwrap().unwrap().step;
    let first = journal.begin_try(step).unwrap().unwrap();
    assert_eq!(journal.begin_try(step).unwrap(), None);
    // It is taken for dead, and another one begins.
    journal.recover_mails("work", ("killed", "cut off")).unwrap();
    let second = journal.begin_try(step).unwrap().unwrap();
    assert!(!journal.dot(first).unwrap());
    assert!(journal.sent(first, "x", None).unwrap().is_empty());
    journal.not_yet(first, "x", UnixTime(1)).unwrap();
    assert!(journal.refuse_mail(first, "x").unwrap().is_empty());
    assert_eq!(posting(&journal, op), Posting::Begun);
    assert!(journal.dot(second).unwrap());
    assert!(!journal.dot(second).unwrap(), "the gate is passed once");
    let ended = journal.sent(second, "250", None).unwrap();
    assert_eq!((ended[0].op, ended[0].state), (op, OpState::Done));
    assert!(journal.sent(second, "250", None).unwrap().is_empty(), "and told once");
    assert_eq!(posting(&journal, op), Posting::Sent { said: "250".to_owned() });
}

/// SN05: what a kill leaves: before the end it waits and can be called back, after it nobody knows.
#[rstest]
#[case::before(false)]
#[case::after(true)]
fn a_kill_is_sorted(#[case] dot: bool) {
    let (_dir, mut journal) = open();
    let op = queue(&mut journal, 1);
    let of = journal.begin_try(journal.post(op).unwrap().unwrap().step).unwrap().unwrap();
    assert_eq!(journal.last_undoable().unwrap(), None, "it is not called back any more");
    if dot {
        assert!(journal.dot(of).unwrap());
    }
    let ended = journal.recover_mails("work", ("killed", "cut off")).unwrap();
    let why = if dot { "cut off" } else { "killed" }.to_owned();
    if dot {
        assert_eq!(ended.len(), 1);
        assert_eq!(posting(&journal, op), Posting::Unknown { why, looked: false });
        assert_eq!(journal.not_looked_for("work").unwrap().len(), 1);
        journal.looked_for(of).unwrap();
        assert!(matches!(posting(&journal, op), Posting::Unknown { looked: true, .. }));
        assert_eq!(journal.last_undoable().unwrap(), None);
        assert_eq!(journal.requeue(op).unwrap(), 1);
        assert!(matches!(posting(&journal, op), Posting::Waits { .. }));
    } else {
        assert!(ended.is_empty());
        assert_eq!(posting(&journal, op), Posting::Waits { why: Some(why) });
        assert_eq!(journal.last_undoable().unwrap(), Some(op));
    }
    assert_eq!(journal.counts().unwrap(), (1, 0));
}

/// What was sent leads to what follows in one transaction; its letter is needed until that is done.
#[test]
fn what_follows_comes_with_it() {
    let (_dir, mut journal) = open();
    let op = queue(&mut journal, 1);
    let of = journal.begin_try(journal.post(op).unwrap().unwrap().step).unwrap().unwrap();
    let keep = Verb::Keep {
        to: "Sent".to_owned(),
        message_id: "m1@x".to_owned(),
        file: "outbox/1.eml".to_owned(),
        letter: LetterId(1),
        resent: false,
    };
    let step = NewStep { verb: keep, ..super::step(Verb::Delete, 1) };
    let own = journal.next_own(UnixTime(100)).unwrap();
    let follows = NewOp { op: own, origin: Origin::Silent, undoable: false, steps: vec![step], ..super::op(2, &[]) };
    journal.dot(of).unwrap();
    journal.sent(of, "250", Some(&follows)).unwrap();
    assert_eq!(journal.post_of(LetterId(1)).unwrap(), Some(own));
    assert_eq!(journal.mails().unwrap().0.into_iter().collect::<Vec<_>>(), ["outbox/1.eml"]);
    let pending = journal.pending("work", 10).unwrap();
    journal.mark_done(&[(pending[0].id, None)]).unwrap();
    assert_eq!(journal.post_of(LetterId(1)).unwrap(), None);
    assert!(journal.sent_letters().unwrap().contains(&LetterId(1)));
}

/// A mail that failed waits for the next try at its time.
#[test]
fn a_try_that_failed_waits() {
    let (_dir, mut journal) = open();
    let op = queue(&mut journal, 1);
    let of = journal.begin_try(journal.post(op).unwrap().unwrap().step).unwrap().unwrap();
    journal.not_yet(of, "451 later", UnixTime(777)).unwrap();
    let post = journal.outgoing("work").unwrap().remove(0);
    assert_eq!((post.mail.at, post.tries), (777, 1));
    assert_eq!(post.posting, Posting::Waits { why: Some("451 later".to_owned()) });
    assert!(journal.send_at(op, UnixTime(5)).unwrap());
    assert_eq!(journal.posts().unwrap().remove(0).mail.at, 5);
    assert!(!journal.drop_op(op).unwrap().is_empty());
    assert!(!journal.send_at(op, UnixTime(5)).unwrap());
    assert_eq!(posting(&journal, op), Posting::CalledBack);
    assert_eq!(journal.begin_try(Try { ..of }.step).unwrap(), None);
}
