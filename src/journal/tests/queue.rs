//! What happens to operations on their way.

use super::{archive, every_verb, mark, op, open, place, step};
use crate::journal::{Ended, Error, Journal, NewOp, StepId, StepState, Verb};
use crate::mail::flags::{Flag, FlagChange};
use crate::mail::message::ServerPlace;
use crate::mail::rule::{Deed, Rule, Whom};
use crate::mail::{Uid, UnixTime};
use crate::protocol::{OpId, OpState, Origin, Reversal};

fn ids(journal: &Journal, number: i64) -> Vec<StepId> {
    journal.op(OpId(number)).unwrap().unwrap().1.iter().map(|step| step.id).collect()
}

fn ended(number: i64, state: OpState) -> Vec<Ended> {
    vec![Ended { op: OpId(number), state }]
}

fn state(journal: &Journal, number: i64) -> OpState {
    journal.op(OpId(number)).unwrap().unwrap().0.state
}

/// Every verb and every field comes back as it was queued, whatever is in the names (PS24: nothing is lost or changed).
#[test]
fn what_is_queued_comes_back() {
    let (_dir, mut journal) = open();
    let steps: Vec<_> = every_verb().into_iter().zip(1..).map(|(verb, uid)| step(verb, uid)).collect();
    let queued = NewOp { steps, ..op(1, &[]) };
    journal.append(&queued).unwrap();
    let pending = journal.pending("work", 100).unwrap();
    for ((new, step), seq) in queued.steps.iter().zip(&pending).zip(0..) {
        assert_eq!((&step.verb, &step.place, &step.prior), (&new.verb, &new.place, &new.prior));
        assert_eq!((step.seq, step.local, step.generation, &step.state), (seq, new.local, 5, &StepState::Queued));
    }
    assert_eq!(pending.len(), 12);
    assert_eq!(journal.pending("work", 3).unwrap(), pending[..3]);
    assert!(journal.pending("home", 3).unwrap().is_empty());
    assert_eq!(journal.all_pending().unwrap(), pending);
    assert!(matches!(journal.append(&queued), Err(Error::OpExists { op: OpId(1) })));
}

/// A rule is done once it is written down: no server is asked, an operation of nothing else has ended, and each can be taken
/// back.
#[test]
fn a_rule_is_done_at_once() {
    let (_dir, mut journal) = open();
    let list = Whom::List("l.x".to_owned());
    let deed = Deed::Move("a/b".to_owned());
    let rule = Rule { whom: list, account: Some("work".to_owned()), deed, since: UnixTime(86_400) };
    let verb = Verb::Rule(Box::new(rule));
    journal.append(&NewOp { steps: vec![step(verb.clone(), 1)], ..op(1, &[]) }).unwrap();
    assert_eq!((state(&journal, 1), journal.counts().unwrap()), (OpState::Done, (0, 0)));
    assert_eq!(journal.last_undoable().unwrap(), Some(OpId(1)));
    journal.append(&NewOp { steps: vec![step(archive(), 2), step(verb.clone(), 3)], ..op(2, &[]) }).unwrap();
    assert_eq!((state(&journal, 2), journal.pending("work", 100).unwrap().len()), (OpState::Queued, 1));
    let steps = ids(&journal, 2);
    assert_eq!(journal.mark_done(&[(steps[0], None)]).unwrap(), ended(2, OpState::Done));
    let (_, steps) = journal.op(OpId(2)).unwrap().unwrap();
    assert_eq!((&steps[1].verb, &steps[1].state), (&verb, &StepState::Done));
}

/// Numbers of operations are never given twice, also after the newest was pruned.
#[test]
fn numbers_are_not_reused() {
    let (dir, mut journal) = open();
    assert_eq!(journal.next_op().unwrap(), OpId(1));
    journal.append(&op(7, &[1])).unwrap();
    let steps = ids(&journal, 7);
    journal.mark_done(&[(steps[0], None)]).unwrap();
    assert_eq!(journal.prune(UnixTime(700)).unwrap(), 0);
    assert_eq!(journal.prune(UnixTime(701)).unwrap(), 1);
    drop(journal);
    let journal = Journal::open(dir.path(), crate::journal::Access::Owner).unwrap();
    assert_eq!((journal.next_op().unwrap(), journal.rows(9).unwrap().len()), (OpId(8), 0));
}

/// A step's way: sending with what is known, put back, sent again, done with its new place.
#[test]
fn the_way_of_a_step() {
    let (_dir, mut journal) = open();
    journal.append(&op(1, &[1, 2])).unwrap();
    let steps = ids(&journal, 1);
    journal.mark_sending(&steps, &mark()).unwrap();
    let sent = journal.pending("work", 9).unwrap();
    assert_eq!((sent[0].state.clone(), sent[0].sent, sent[0].attempts), (StepState::Sending, Some(mark()), 1));
    assert_eq!(state(&journal, 1), OpState::Sending);
    let plain = crate::journal::SentMark { phase: 0, ..mark() };
    journal.mark_sending(&steps[1..], &plain).unwrap();
    journal.put_back(&steps).unwrap();
    let back = journal.pending("work", 9).unwrap();
    // A copy that the server made must be found again, whatever else happens (P2).
    assert_eq!((back[0].sent, back[1].sent, back[1].attempts), (Some(mark()), None, 1));
    journal.mark_sending(&steps, &mark()).unwrap();
    let there = place("Archive", Some(41));
    assert!(journal.mark_done(&[(steps[0], Some(there.clone()))]).unwrap().is_empty());
    assert_eq!(journal.mark_gone(&steps[1..]).unwrap(), ended(1, OpState::Done));
    let (row, done) = journal.op(OpId(1)).unwrap().unwrap();
    assert_eq!((row.state, row.account.as_str(), done[0].attempts), (OpState::Done, "work", 2));
    assert_eq!((done[0].result.clone(), done[1].state.clone()), (Some(there), StepState::Gone));
    assert!(journal.mark_done(&[(steps[0], None)]).unwrap().is_empty());
    assert!(journal.mark_failed(&steps, "late").unwrap().is_empty());
}

/// An operation of which one step was refused first and the last is done later has failed, and that is told (once).
#[test]
fn a_failure_is_told_whichever_step_comes_last() {
    let (_dir, mut journal) = open();
    journal.append(&op(1, &[1, 2])).unwrap();
    let steps = ids(&journal, 1);
    assert!(journal.mark_failed(&steps[..1], "NO\u{1b}[2J [OVERQUOTA] full").unwrap().is_empty());
    assert_eq!(state(&journal, 1), OpState::Queued);
    assert_eq!(journal.mark_done(&[(steps[1], None)]).unwrap(), ended(1, OpState::Failed));
    let row = journal.rows(1).unwrap().remove(0);
    assert_eq!(row.state, OpState::Failed);
    assert!(row.error.unwrap().as_str().ends_with("[OVERQUOTA] full"));
    assert_eq!(journal.counts().unwrap(), (0, 1));
    // Pruning never takes what waits for the user.
    assert_eq!(journal.prune(UnixTime(i64::MAX)).unwrap(), 0);

    assert_eq!(journal.requeue(OpId(1)).unwrap(), 1);
    assert_eq!(journal.counts().unwrap(), (1, 0));
    assert_eq!(journal.mark_done(&[(steps[0], None)]).unwrap(), ended(1, OpState::Done));
    assert_eq!(journal.requeue(OpId(1)).unwrap(), 0);
}

/// Giving up takes what was not sent and leaves what may have been done.
#[test]
fn giving_up() {
    let (_dir, mut journal) = open();
    journal.append(&op(1, &[1, 2, 3])).unwrap();
    let steps = ids(&journal, 1);
    journal.mark_sending(&steps[..1], &mark()).unwrap();
    journal.mark_failed(&steps[1..2], "no").unwrap();
    let dropped = journal.drop_op(OpId(1)).unwrap();
    assert_eq!(dropped.iter().map(|step| step.id).collect::<Vec<_>>(), steps[1..]);
    assert_eq!(dropped[0].state, StepState::Failed { reason: "no".to_owned() });
    assert_eq!(state(&journal, 1), OpState::Sending);
    assert_eq!(journal.mark_done(&[(steps[0], None)]).unwrap(), ended(1, OpState::Done));

    journal.append(&op(2, &[1])).unwrap();
    assert_eq!(journal.drop_op(OpId(2)).unwrap().len(), 1);
    assert_eq!(state(&journal, 2), OpState::Dropped);
    assert!(journal.drop_op(OpId(2)).unwrap().is_empty());
    assert!(journal.mark_failed(&ids(&journal, 2), "late").unwrap().is_empty());
}

/// RL32: after a move every step that waits, every refused one and every result finds the message at its new place.
#[test]
fn steps_follow_their_message() {
    let (_dir, mut journal) = open();
    journal.append(&op(1, &[1])).unwrap();
    journal.append(&op(2, &[1])).unwrap();
    journal.append(&op(3, &[1, 2])).unwrap();
    let archived = place("Archive", Some(41));
    journal.mark_done(&[(ids(&journal, 1)[0], Some(archived.clone()))]).unwrap();
    journal.mark_failed(&ids(&journal, 2), "no").unwrap();
    let nameless = ServerPlace { message_id: String::new(), size: 0, ..archived.clone() };
    journal.relocate(&[(place("INBOX", Some(1)), nameless.clone())]).unwrap();
    let at = |journal: &Journal, number: i64| journal.op(OpId(number)).unwrap().unwrap().1.remove(0).place.unwrap();
    assert_eq!(at(&journal, 1), place("INBOX", Some(1)));
    assert_eq!((at(&journal, 2), at(&journal, 3)), (archived.clone(), archived.clone()));
    let other = journal.op(OpId(3)).unwrap().unwrap().1.remove(1).place;
    assert_eq!(other, Some(place("INBOX", Some(2))));

    // To a place whose UID nobody told, and on to one that was found: told apart by Message-ID and size.
    let unknown = place("Trash", None);
    journal.relocate(&[(archived.clone(), unknown.clone())]).unwrap();
    let stranger = ServerPlace { message_id: "other@example.org".to_owned(), ..unknown.clone() };
    journal.relocate(&[(stranger.clone(), place("Wrong", Some(1)))]).unwrap();
    journal.relocate(&[(unknown.clone(), place("Trash", Some(5)))]).unwrap();
    assert_eq!(at(&journal, 3).uid, Some(Uid(5)));
    let result = journal.op(OpId(1)).unwrap().unwrap().1.remove(0).result.unwrap();
    assert_eq!(result, place("Trash", Some(5)));
}

/// RL32: many moves noted at once are worth as much as each by itself, whoever else names the places.
#[test]
fn many_moves_at_once() {
    let moves: Vec<_> = (1..=40).map(|uid| (place("INBOX", Some(uid)), place("Archive", Some(100 + uid)))).collect();
    let noted = |size: usize| {
        let (_dir, mut journal) = open();
        let all: Vec<u32> = (1..=40).collect();
        journal.append(&op(1, &all)).unwrap();
        journal.append(&op(2, &[3, 7, 50])).unwrap();
        journal.append(&op(3, &[60])).unwrap();
        let came = vec![(ids(&journal, 3)[0], Some(place("INBOX", Some(9))))];
        journal.mark_done(&came).unwrap();
        let done: Vec<_> = ids(&journal, 1).into_iter().zip(moves.iter().map(|(_, to)| Some(to.clone()))).collect();
        for (done, moves) in done.chunks(size).zip(moves.chunks(size)) {
            journal.finish(done, moves).unwrap();
        }
        (1..=3).map(|number| journal.op(OpId(number)).unwrap().unwrap().1).collect::<Vec<_>>()
    };
    let together = noted(40);
    assert_eq!(together, noted(1));
    assert_eq!(together[1][1].place, Some(place("Archive", Some(107))));
    assert_eq!(together[2][0].result, Some(place("Archive", Some(109))));
}

/// `posthaste undo` takes back the newest that can be: not twice, not an undo, not what never happened.
#[test]
fn what_undo_takes_back() {
    let (_dir, mut journal) = open();
    journal.append(&op(1, &[1])).unwrap();
    journal.append(&op(2, &[1])).unwrap();
    journal.append(&NewOp { undoable: false, ..op(3, &[1]) }).unwrap();
    journal.append(&op(4, &[1])).unwrap();
    journal.append(&op(5, &[1])).unwrap();
    journal.drop_op(OpId(5)).unwrap();
    assert_eq!(journal.last_undoable().unwrap(), Some(OpId(4)));
    // What is known not to be taken back any more is not offered, and stands.
    journal.no_longer_undoable(OpId(4)).unwrap();
    assert_eq!(journal.op(OpId(4)).unwrap().unwrap().0.state, OpState::Queued);
    assert_eq!(journal.last_undoable().unwrap(), Some(OpId(2)));
    journal.mark_undone(OpId(2)).unwrap();
    assert_eq!(journal.last_undoable().unwrap(), Some(OpId(1)));
    // The undoing and the note that it was undone are one.
    journal.append(&NewOp { undo_of: Some(OpId(1)), ..op(6, &[1]) }).unwrap();
    assert_eq!(journal.last_undoable().unwrap(), None);
    assert_eq!(journal.undo_state(OpId(1)).unwrap(), Some((false, None)));
    assert_eq!(journal.undo_state(OpId(6)).unwrap(), Some((true, Some(OpId(1)))));
    assert_eq!(journal.undo_state(OpId(2)).unwrap(), Some((false, None)));
    assert_eq!(journal.undo_state(OpId(9)).unwrap(), None);
    let rows: Vec<_> = journal.rows(2).unwrap().iter().map(|row| row.op.0).collect();
    assert_eq!(rows, [6, 5]);
}

/// What was taken back can be done again, the last first, until something new is done; what was done silently or by the
/// engine is no news, and what nothing takes back is not done again.
#[test]
fn what_redo_does_again() {
    let (_dir, mut journal) = open();
    for number in 1..=4 {
        journal.append(&op(number, &[1])).unwrap();
    }
    journal.append(&NewOp { undoable: false, ..op(5, &[1]) }).unwrap();
    for number in [3, 5, 2] {
        journal.drop_op(OpId(number)).unwrap();
        journal.mark_undone(OpId(number)).unwrap();
    }
    let reversal = |journal: &Journal, number: i64| journal.op(OpId(number)).unwrap().unwrap().0.reversal;
    let all = |journal: &Journal| [1, 2, 3, 4, 5].map(|number| reversal(journal, number));
    let (none, undo, redo) = (Reversal::None, Reversal::Undo, Reversal::Redo);
    assert_eq!((journal.last_undone().unwrap(), all(&journal)), (Some(OpId(2)), [undo, redo, redo, undo, none]));
    journal.append(&NewOp { redo_of: Some(OpId(2)), ..op(6, &[1]) }).unwrap();
    journal.append(&NewOp { origin: Origin::Silent, ..op(7, &[1]) }).unwrap();
    let own = journal.next_own(UnixTime(1)).unwrap();
    journal.append(&NewOp { op: own, origin: Origin::Engine, ..op(0, &[1]) }).unwrap();
    assert_eq!((journal.last_undone().unwrap(), all(&journal)), (Some(OpId(3)), [undo, none, redo, undo, none]));
    assert_eq!(journal.last_undoable().unwrap(), Some(OpId(6)));
    journal.append(&op(8, &[1])).unwrap();
    assert_eq!((journal.last_undone().unwrap(), all(&journal)), (None, [undo, none, none, undo, none]));
    assert_eq!(reversal(&journal, own.0), undo);
}

/// The numbers of the engine's own operations never meet a screen's, nor those of what takes either back.
#[test]
fn own_numbers_stay_apart() {
    let (_dir, mut journal) = open();
    let mut all = std::collections::BTreeSet::new();
    for at in [0, 0, 1_800_000_000, 5] {
        let own = journal.next_own(UnixTime(at)).unwrap();
        journal.append(&NewOp { op: own, ..op(0, &[1]) }).unwrap();
        let back = Journal::undo_number(own);
        journal.append(&NewOp { op: back, undo_of: Some(own), ..op(0, &[1]) }).unwrap();
        assert!(all.insert(own) && all.insert(back) && back < own && own.0 < -999_999_999_999);
    }
    assert_eq!(journal.next_op().unwrap(), OpId(1));
}

/// What the engine filed once is known by its Message-ID and size, also after it was taken back.
#[test]
fn what_was_filed_is_known() {
    let (_dir, mut journal) = open();
    journal.append(&op(1, &[1])).unwrap();
    let known = ("m@example.org".to_owned(), 1000);
    let ids = [known.clone(), ("m@example.org".to_owned(), 1001), ("other".to_owned(), 1000)].into_iter().collect();
    assert!(journal.filed("work", &ids).unwrap().is_empty());
    let own = journal.next_own(UnixTime(1)).unwrap();
    journal.append(&NewOp { op: own, ..op(0, &[1]) }).unwrap();
    journal.mark_undone(own).unwrap();
    assert_eq!(journal.filed("work", &ids).unwrap().into_iter().collect::<Vec<_>>(), [known]);
    assert!(journal.filed("home", &ids).unwrap().is_empty());
}

/// A later operation that moved the same message, or changed the same flag, is in the way of taking back; one of another
/// kind, of another message, or that was itself taken back is not.
#[test]
fn what_came_later_is_in_the_way() {
    let (_dir, mut journal) = open();
    journal.append(&op(1, &[1, 2])).unwrap();
    let star = Verb::Flag(FlagChange { add: vec![Flag::parse("\\Flagged").unwrap()], remove: Vec::new() });
    journal.append(&NewOp { steps: vec![step(star.clone(), 1)], ..op(2, &[]) }).unwrap();
    journal.append(&op(3, &[3])).unwrap();
    journal.append(&NewOp { origin: Origin::Silent, ..op(4, &[1]) }).unwrap();
    let way = |journal: &Journal, number: i64| {
        let (_, steps) = journal.op(OpId(number)).unwrap().unwrap();
        journal.in_the_way(&steps).unwrap().map(|later| (later.summary, later.undoable))
    };
    assert_eq!(way(&journal, 1), None);
    journal.append(&NewOp { summary: "later".into(), ..op(5, &[2]) }).unwrap();
    journal.append(&NewOp { steps: vec![step(star, 1)], ..op(6, &[]) }).unwrap();
    assert_eq!((way(&journal, 1), way(&journal, 3)), (Some(("later".into(), true)), None));
    assert_eq!(way(&journal, 2), Some(("Archive 0 messages".into(), true)));
    journal.append(&NewOp { summary: "for ever".into(), undoable: false, ..op(7, &[1]) }).unwrap();
    journal.append(&NewOp { summary: "newest".into(), ..op(8, &[1]) }).unwrap();
    assert_eq!(way(&journal, 1), Some(("for ever".into(), false)));
    journal.drop_op(OpId(7)).unwrap();
    journal.drop_op(OpId(8)).unwrap();
    journal.drop_op(OpId(5)).unwrap();
    journal.mark_undone(OpId(5)).unwrap();
    assert_eq!(way(&journal, 1), None);
}

/// The tasks screen lists what waits before what ended, without what happened silently and what only took back.
#[test]
fn tasks_in_their_order() {
    let (_dir, mut journal) = open();
    for number in 1..=6 {
        journal.append(&op(number, &[u32::try_from(number).unwrap()])).unwrap();
    }
    journal.append(&NewOp { origin: Origin::Silent, ..op(7, &[7]) }).unwrap();
    journal.append(&NewOp { op: OpId(-1), undo_of: Some(OpId(1)), ..op(8, &[8]) }).unwrap();
    let done = |journal: &mut Journal, numbers: &[i64]| {
        for number in numbers {
            let (_, steps) = journal.op(OpId(*number)).unwrap().unwrap();
            journal.mark_done(&[(steps[0].id, None)]).unwrap();
        }
    };
    let listed = |journal: &Journal| journal.tasks(3).unwrap().iter().map(|row| row.op.0).collect::<Vec<_>>();
    assert_eq!(listed(&journal), [-1, 7, 6]);
    done(&mut journal, &[7, -1, 1, 2, 3, 4]);
    assert_eq!(listed(&journal), [6, 5, 4, 3, 2]);
}

/// What is asked for before each batch, and at the start, costs what waits, not what was ever done.
#[test]
fn pending_steps_come_from_an_index() {
    let (_dir, journal) = open();
    let plan = |filter: &str| {
        let sql = format!("EXPLAIN QUERY PLAN SELECT id FROM steps {filter}");
        let mut statement = journal.connection.prepare(&sql).unwrap();
        let parameters = vec![1; statement.parameter_count()];
        let steps = statement.query_map(rusqlite::params_from_iter(parameters), |row| row.get::<_, String>(3)).unwrap();
        steps.collect::<Result<Vec<_>, _>>().unwrap().join("; ")
    };
    let pending = plan(crate::journal::steps::PENDING);
    assert!(pending.contains("steps_pending (account=?)") && !pending.contains("TEMP"), "{pending}");
    let all = plan(crate::journal::steps::ALL_PENDING);
    assert!(all.contains("INDEX steps_pending"), "{all}");
    let of_message = plan(crate::journal::steps::OF_MESSAGE);
    assert!(of_message.contains("steps_message (account=? AND generation=? AND local=?)"), "{of_message}");
    for condition in crate::journal::steps::OF_OTHERS {
        let others = plan(condition);
        assert!(others.contains("steps_message (account=? AND generation"), "{others}");
    }
}

/// RL53: what waits behind a rename names the folder's new name; what came before it, and the rename itself, do not.
#[test]
fn steps_follow_a_renamed_folder() {
    let (_dir, mut journal) = open();
    let queue = |journal: &mut Journal, number: i64, verb: Verb| {
        journal.append(&NewOp { steps: vec![step(verb, 1)], ..op(number, &[]) }).unwrap();
    };
    let rename = |from: &str, to: &str| Verb::RenameFolder { from: from.to_owned(), to: to.to_owned() };
    queue(&mut journal, 1, Verb::Move { to: "A".to_owned() });
    queue(&mut journal, 2, rename("A", "B"));
    queue(&mut journal, 3, Verb::Move { to: "A".to_owned() });
    queue(&mut journal, 4, rename("A", "C"));
    queue(&mut journal, 5, Verb::DeleteFolder { raw: "A".to_owned() });
    queue(&mut journal, 6, Verb::DeleteFolder { raw: "Apart".to_owned() });
    journal.rename_folder("work", "A", "B", ids(&journal, 2)[0]).unwrap();
    let verbs: Vec<Verb> = journal.pending("work", 10).unwrap().into_iter().map(|step| step.verb).collect();
    let expected = [
        Verb::Move { to: "A".to_owned() },
        rename("A", "B"),
        Verb::Move { to: "B".to_owned() },
        rename("B", "C"),
        Verb::DeleteFolder { raw: "B".to_owned() },
        Verb::DeleteFolder { raw: "Apart".to_owned() },
    ];
    assert_eq!(verbs, expected);
}

/// What was gone stands in the words of the operation, or of the one that it took back, however often it ends; what was not
/// wanted any more was not gone.
#[test]
fn what_was_gone_stands_in_the_words() {
    let (_dir, mut journal) = open();
    journal.append(&op(1, &[1, 2, 3])).unwrap();
    let steps = ids(&journal, 1);
    journal.mark_done(&[(steps[0], None)]).unwrap();
    journal.mark_moot(&steps[2..]).unwrap();
    journal.mark_gone(&steps[1..2]).unwrap();
    let summary = |journal: &Journal, number: i64| journal.op(OpId(number)).unwrap().unwrap().0.summary.to_string();
    for _ in 0..2 {
        let short = journal.note_gone(OpId(1)).unwrap().unwrap();
        assert_eq!((short.gone, short.of, short.asked), (1, 3, true));
        assert_eq!(short.from, Some(("work".into(), "INBOX".into())));
        assert_eq!(short.words(Some("Inbox")), "Archive 3 messages; 1 of them was gone");
    }
    let again = crate::journal::gone::bare(&summary(&journal, 1)).to_owned();
    assert_eq!(again, "Archive 3 messages");
    journal.append(&NewOp { op: OpId(-1), undo_of: Some(OpId(1)), ..op(2, &[1, 3]) }).unwrap();
    let back = ids(&journal, -1);
    journal.mark_gone(&back).unwrap();
    let short = journal.note_gone(OpId(-1)).unwrap().unwrap();
    assert_eq!(short.words(Some("Archive")), "Not taken back: the messages are no longer in Archive");
    assert_eq!(summary(&journal, 1), "Archive 3 messages; they did not come back");
    journal.append(&op(3, &[9])).unwrap();
    let steps = ids(&journal, 3);
    journal.mark_moot(&steps).unwrap();
    assert_eq!(journal.note_gone(OpId(3)).unwrap(), None);
}
