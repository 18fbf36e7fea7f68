//! Drafts on their way: of one letter the last wish counts, and what is on its way is not forgotten.

use super::{draft, open, undraft};
use crate::journal::{Journal, NewOp, NewStep, SentMark, StepId, StepState, Verb};
use crate::letter::LetterId;
use crate::mail::UnixTime;
use crate::mail::flags::Flags;
use crate::protocol::{OpId, OpState, Origin};

fn about(verbs: Vec<Verb>, journal: &Journal) -> NewOp {
    let step = |verb| NewStep {
        account: "work".to_owned(),
        verb,
        local: None,
        generation: 5,
        place: None,
        prior: Flags::default(),
    };
    NewOp {
        op: journal.next_own(UnixTime(100)).unwrap(),
        created: UnixTime(100),
        summary: "Keep a draft".to_owned(),
        undo_of: None,
        redo_of: None,
        undoable: true,
        origin: Origin::Silent,
        steps: verbs.into_iter().map(step).collect(),
    }
}

/// Queues a revision of a letter; gives its operation, and the files of what it took the place of.
fn put(journal: &mut Journal, letter: i64, revision: u64) -> (OpId, Vec<String>) {
    let make = Verb::CreateFolder { raw: "Drafts".to_owned() };
    let new = about(vec![make, Verb::Draft(Box::new(draft(letter, revision)))], journal);
    let dropped = journal.replace_draft(LetterId(letter), &new).unwrap();
    let file = |verb: Verb| if let Verb::Draft(draft) = verb { draft.file } else { "none".to_owned() };
    (new.op, dropped.into_iter().map(|step| file(step.verb)).collect())
}

fn waiting(journal: &Journal, letter: i64) -> Vec<(StepState, Verb)> {
    let steps = journal.drafts_of(LetterId(letter)).unwrap();
    steps.into_iter().map(|step| (step.state, step.verb)).collect()
}

fn state(journal: &Journal, op: OpId) -> OpState {
    journal.op(op).unwrap().unwrap().0.state
}

/// An hour of typing without a network is one step of the queue, and one file; other letters are not touched.
#[test]
fn the_last_draft_counts() {
    let (_dir, mut journal) = open();
    put(&mut journal, 2, 1);
    let (first, dropped) = put(&mut journal, 3, 1);
    assert!(dropped.is_empty());
    for revision in 2..100 {
        let (_, dropped) = put(&mut journal, 3, revision);
        assert_eq!(dropped, [format!("outbox/draft-3-{}.eml", revision - 1)]);
    }
    assert_eq!(state(&journal, first), OpState::Dropped);
    assert_eq!(waiting(&journal, 3), [(StepState::Queued, Verb::Draft(Box::new(draft(3, 99))))]);
    assert_eq!(journal.counts().unwrap(), (2, 0));
    let files: Vec<String> = journal.mails().unwrap().0.into_iter().collect();
    assert_eq!(files, ["outbox/draft-2-1.eml", "outbox/draft-3-99.eml"]);
    // Each with the folder that it needs.
    assert_eq!(journal.pending("work", 100).unwrap().len(), 4);
    assert_eq!(journal.drop_drafts(LetterId(3)).unwrap().len(), 1);
    assert_eq!((waiting(&journal, 3), journal.counts().unwrap()), (Vec::new(), (1, 0)));
}

fn step_of(journal: &Journal, letter: i64) -> StepId {
    journal.drafts_of(LetterId(letter)).unwrap()[0].id
}

/// What is on its way may be on the server: it stays, and is known to be overtaken. What was refused goes.
#[test]
fn what_is_on_its_way_stays() {
    let (_dir, mut journal) = open();
    let (first, _) = put(&mut journal, 3, 1);
    let step = step_of(&journal, 3);
    journal.mark_sending(&[step], &SentMark::default()).unwrap();
    assert!(!journal.is_overtaken("work", LetterId(3), step).unwrap());
    let (_, dropped) = put(&mut journal, 3, 2);
    assert!(dropped.is_empty());
    let states: Vec<StepState> = waiting(&journal, 3).into_iter().map(|(state, _)| state).collect();
    assert_eq!(states, [StepState::Sending, StepState::Queued]);
    assert!(journal.is_overtaken("work", LetterId(3), step).unwrap());
    assert!(!journal.is_overtaken("home", LetterId(3), step).unwrap());
    assert!(!journal.is_overtaken("work", LetterId(4), step).unwrap());
    journal.mark_failed(&[step], "full").unwrap();
    let (last, dropped) = put(&mut journal, 3, 3);
    assert_eq!(dropped.len(), 2);
    assert_eq!((state(&journal, first), state(&journal, last)), (OpState::Dropped, OpState::Queued));
    assert_eq!(journal.counts().unwrap(), (1, 0));
}

/// The end of a draft that follows from a sent mail is a part of what follows: dropped, it leaves the rest.
#[test]
fn the_rest_of_what_follows_stays() {
    let (_dir, mut journal) = open();
    let keep = Verb::Keep {
        to: "Sent".to_owned(),
        message_id: "m3@x".to_owned(),
        file: "outbox/3.eml".to_owned(),
        letter: LetterId(3),
        resent: false,
    };
    let make = Verb::CreateFolder { raw: "Sent".to_owned() };
    let new = about(vec![make, keep, undraft(3)], &journal);
    journal.append(&new).unwrap();
    assert_eq!(journal.drop_drafts(LetterId(3)).unwrap().len(), 1);
    assert_eq!((journal.pending("work", 10).unwrap().len(), state(&journal, new.op)), (2, OpState::Queued));
    let steps: Vec<_> = journal.pending("work", 10).unwrap().iter().map(|step| (step.id, None)).collect();
    let ended = journal.mark_done(&steps).unwrap();
    assert_eq!((ended.len(), ended[0].state), (1, OpState::Done));
}
