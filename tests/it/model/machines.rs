//! One machine of the user, or several with the same account (RL39).

use std::time::Duration;

use super::sim::Sim;
use super::steps::{Plan, Step};

/// Rounds of half a minute until all must be in step after the last fault.
const ROUNDS: u32 = 40;
/// A wait is shared out among the machines in so many turns.
const SLICES: u32 = 8;

/// The machines; each looks at the same server.
pub struct Machines(Vec<Sim>);

impl Machines {
    pub fn new(plan: &Plan) -> Self {
        let first = Sim::new(plan);
        let others: Vec<Sim> = (1..plan.machines).map(|number| first.beside(number)).collect();
        Self(std::iter::once(first).chain(others).collect())
    }

    pub fn step(&mut self, who: usize, step: &Step) {
        let Step::Wait(time) = step else { return self.0[who].step(step) };
        let slices = if self.0.len() > 1 { SLICES } else { 1 };
        for _ in 0..slices {
            self.0.iter_mut().for_each(|sim| sim.step(&Step::Wait(*time / slices)));
        }
    }

    /// The faults end; O2 on every machine.
    pub fn finish(&mut self) -> Result<(), String> {
        finish(&mut self.0)
    }

    /// O1, invariant 9, and the model of what was asked for.
    pub fn judge(&self) -> Result<(), String> {
        self.each(Sim::judge)
    }

    /// One more start of each sends nothing that changes anything.
    pub fn once_more(&mut self) -> Result<(), String> {
        self.0.iter_mut().try_for_each(Sim::once_more)
    }

    fn each(&self, holds: impl Fn(&Sim) -> Result<(), String>) -> Result<(), String> {
        each(&self.0, holds)
    }
}

impl Sim {
    /// The faults end; O2.
    pub fn finish(&mut self) -> Result<(), String> {
        finish(std::slice::from_mut(self))
    }
}

fn finish(sims: &mut [Sim]) -> Result<(), String> {
    sims[0].world.disarm();
    let mut told = Ok(());
    for round in 0..ROUNDS {
        for sim in sims.iter_mut() {
            sim.round(round);
        }
        // One more moment for each: what the last one did, the first has not heard of.
        for sim in sims.iter_mut() {
            sim.pass(Duration::from_secs(1));
        }
        told = each(sims, Sim::in_step);
        if told.is_ok() {
            break;
        }
    }
    told
}

fn each(sims: &[Sim], holds: impl Fn(&Sim) -> Result<(), String>) -> Result<(), String> {
    sims.iter().enumerate().try_for_each(|(who, sim)| holds(sim).map_err(|text| format!("machine {who}: {text}")))
}
