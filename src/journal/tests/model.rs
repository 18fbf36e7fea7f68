//! The journal against a model in memory: after any sequence of calls both say the same.

use std::collections::BTreeMap;

use proptest::prelude::{Strategy, prop_oneof, proptest};
use proptest::test_runner::Config;

use super::{mark, op, open, place};
use crate::journal::{Ended, Journal, StepId, StepState};
use crate::mail::message::ServerPlace;
use crate::protocol::{OpId, OpState};

#[derive(Debug, Clone)]
enum Call {
    Append(Vec<u32>),
    Sending(Vec<usize>),
    Done(Vec<usize>, Option<u32>),
    Gone(Vec<usize>),
    Failed(Vec<usize>),
    PutBack(Vec<usize>),
    Requeue(usize),
    Drop(usize),
    Relocate(u32, u32),
    Reopen,
}

fn call() -> impl Strategy<Value = Call> {
    let steps = || proptest::collection::vec(0_usize..12, 1..4);
    prop_oneof![
        4 => proptest::collection::vec(1_u32..5, 1..4).prop_map(Call::Append),
        4 => steps().prop_map(Call::Sending),
        4 => (steps(), proptest::option::of(1_u32..5)).prop_map(|(steps, uid)| Call::Done(steps, uid)),
        2 => steps().prop_map(Call::Gone),
        3 => steps().prop_map(Call::Failed),
        1 => steps().prop_map(Call::PutBack),
        2 => (0_usize..5).prop_map(Call::Requeue),
        1 => (0_usize..5).prop_map(Call::Drop),
        2 => (1_u32..5, 1_u32..5).prop_map(|(from, to)| Call::Relocate(from, to)),
        1 => proptest::strategy::Just(Call::Reopen),
    ]
}

#[derive(Debug, Clone)]
struct ModelStep {
    id: StepId,
    op: i64,
    state: StepState,
    place: ServerPlace,
    result: Option<ServerPlace>,
}

/// What the journal should hold, and how often each operation's end was told since it was queued (again).
#[derive(Debug, Default)]
struct Model {
    steps: Vec<ModelStep>,
    ends: BTreeMap<i64, Vec<OpState>>,
}

impl Model {
    fn open(state: &StepState) -> bool {
        matches!(state, StepState::Queued | StepState::Sending)
    }

    fn pick(&self, picks: &[usize]) -> Vec<StepId> {
        picks.iter().filter_map(|pick| self.steps.get(*pick)).map(|step| step.id).collect()
    }

    fn change(&mut self, ids: &[StepId], when: impl Fn(&StepState) -> bool, to: &StepState) {
        for step in self.steps.iter_mut().filter(|step| ids.contains(&step.id) && when(&step.state)) {
            step.state = to.clone();
        }
    }

    /// Every operation that is over and whose end was not told must be among those that were just told, and no other.
    fn expect(&mut self, told: &[Ended]) {
        let mut told: Vec<_> = told.iter().map(|ended| (ended.op.0, ended.state)).collect();
        told.sort_by_key(|(op, _)| *op);
        let due: Vec<_> = self
            .ends
            .iter()
            .filter(|(op, ends)| ends.is_empty() && !self.steps.iter().any(|s| s.op == **op && Self::open(&s.state)))
            .map(|(op, _)| (*op, self.outcome(*op)))
            .collect();
        assert_eq!(told, due);
        for (op, state) in told {
            self.ends.get_mut(&op).unwrap().push(state);
        }
    }

    fn outcome(&self, op: i64) -> OpState {
        let failed = |step: &&ModelStep| step.op == op && matches!(step.state, StepState::Failed { .. });
        if self.steps.iter().any(|step| failed(&step)) { OpState::Failed } else { OpState::Done }
    }
}

fn apply(dir: &std::path::Path, journal: &mut Option<Journal>, model: &mut Model, call: &Call) {
    let failed = StepState::Failed { reason: "no".to_owned() };
    let queue = journal.as_mut().unwrap();
    match call {
        Call::Append(uids) => {
            let number = queue.next_op().unwrap().0;
            queue.append(&op(number, uids)).unwrap();
            for step in queue.op(OpId(number)).unwrap().unwrap().1 {
                let place = step.place.unwrap();
                model.steps.push(ModelStep { id: step.id, op: number, state: StepState::Queued, place, result: None });
            }
            model.ends.insert(number, Vec::new());
        }
        Call::Sending(picks) => {
            let ids = model.pick(picks);
            queue.mark_sending(&ids, &mark()).unwrap();
            model.change(&ids, Model::open, &StepState::Sending);
        }
        Call::Done(picks, uid) => {
            let ids = model.pick(picks);
            let result = uid.map(|uid| place("Archive", Some(uid)));
            let done: Vec<_> = ids.iter().map(|id| (*id, result.clone())).collect();
            let told = queue.mark_done(&done).unwrap();
            for step in model.steps.iter_mut().filter(|step| ids.contains(&step.id) && Model::open(&step.state)) {
                step.state = StepState::Done;
                step.result.clone_from(&result);
            }
            model.expect(&told);
        }
        Call::Gone(picks) => {
            let ids = model.pick(picks);
            let told = queue.mark_gone(&ids).unwrap();
            model.change(&ids, Model::open, &StepState::Gone);
            model.expect(&told);
        }
        Call::Failed(picks) => {
            let ids = model.pick(picks);
            let told = queue.mark_failed(&ids, "no").unwrap();
            model.change(&ids, Model::open, &failed);
            model.expect(&told);
        }
        Call::PutBack(picks) => {
            let ids = model.pick(picks);
            queue.put_back(&ids).unwrap();
            model.change(&ids, |state| *state == StepState::Sending, &StepState::Queued);
        }
        Call::Requeue(at) => {
            let Some(number) = model.ends.keys().nth(*at).copied() else { return };
            let again = queue.requeue(OpId(number)).unwrap();
            let ids: Vec<_> =
                model.steps.iter().filter(|s| s.op == number && s.state == failed).map(|s| s.id).collect();
            assert_eq!(usize::try_from(again).unwrap(), ids.len());
            model.change(&ids, |_| true, &StepState::Queued);
            if again > 0 {
                model.ends.insert(number, Vec::new());
            }
        }
        Call::Drop(at) => {
            let Some(number) = model.ends.keys().nth(*at).copied() else { return };
            let dropped: Vec<_> = queue.drop_op(OpId(number)).unwrap().iter().map(|step| step.id).collect();
            let wanted = |s: &&ModelStep| s.op == number && (s.state == StepState::Queued || s.state == failed);
            let ids: Vec<_> = model.steps.iter().filter(wanted).map(|step| step.id).collect();
            assert_eq!(dropped, ids);
            model.change(&ids, |_| true, &StepState::Dropped);
            let over = !model.steps.iter().any(|step| step.op == number && Model::open(&step.state));
            if over && !ids.is_empty() {
                // Dropping is the end; if a failure was told before, the user has just answered it.
                model.ends.insert(number, vec![OpState::Dropped]);
            }
        }
        Call::Relocate(from, to) => {
            let (from, to) = (place("INBOX", Some(*from)), place("Archive", Some(*to)));
            queue.relocate(&[(from.clone(), to.clone())]).unwrap();
            for step in &mut model.steps {
                if (Model::open(&step.state) || step.state == failed) && step.place == from {
                    step.place = to.clone();
                }
                if step.state == StepState::Done && step.result.as_ref() == Some(&from) {
                    step.result = Some(to.clone());
                }
            }
        }
        Call::Reopen => {
            drop(journal.take());
            *journal = Some(Journal::open(dir, crate::journal::Access::Owner).unwrap());
        }
    }
}

fn compare(journal: &Journal, model: &Model) {
    for (number, ends) in &model.ends {
        assert!(ends.len() <= 1, "operation {number} ended as {ends:?}");
        let (row, steps) = journal.op(OpId(*number)).unwrap().unwrap();
        let wanted: Vec<_> = model.steps.iter().filter(|step| step.op == *number).collect();
        assert_eq!(steps.len(), wanted.len());
        for (step, wanted) in steps.iter().zip(&wanted) {
            assert_eq!((step.id, &step.state), (wanted.id, &wanted.state));
            assert_eq!((step.place.as_ref(), &step.result), (Some(&wanted.place), &wanted.result));
        }
        if let [end] = ends.as_slice() {
            assert_eq!(row.state, *end, "operation {number}");
        } else {
            assert!(matches!(row.state, OpState::Queued | OpState::Sending), "operation {number}: {row:?}");
        }
    }
    let open = model.steps.iter().filter(|step| Model::open(&step.state)).map(|step| step.id);
    let pending: Vec<_> = journal.pending("work", 1000).unwrap().iter().map(|step| step.id).collect();
    assert_eq!(pending, open.collect::<Vec<_>>());
    let ended_as = |state: OpState| model.ends.values().filter(|ends| ends.first() == Some(&state)).count();
    let running = model.ends.values().filter(|ends| ends.is_empty()).count();
    let counts = (u32::try_from(running).unwrap(), u32::try_from(ended_as(OpState::Failed)).unwrap());
    assert_eq!(journal.counts().unwrap(), counts);
}

proptest! {
    #![proptest_config(Config { cases: 48, failure_persistence: None, ..Config::default() })]

    /// DESIGN, invariant 9: whatever happens to its steps, in whatever order, also across restarts, the end of each
    /// operation is told exactly once; and nothing of a step is lost (P1, P3).
    #[test]
    fn every_operation_ends_exactly_once(calls in proptest::collection::vec(call(), 1..40)) {
        let (dir, journal) = open();
        let mut journal = Some(journal);
        let mut model = Model::default();
        for call in &calls {
            apply(dir.path(), &mut journal, &mut model, call);
            compare(journal.as_ref().unwrap(), &model);
        }
    }
}
