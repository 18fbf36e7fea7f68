//! The tree of a conversation: who answered whom.

use std::collections::HashMap;

use crate::mail::MessageId;
use crate::mail::message::MessageRow;

/// Steps from a message to what it answers that are followed: more are not drawn.
const DEEPEST: usize = 40;

/// A message in its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Branch<'r> {
    /// The message.
    pub row: &'r MessageRow,
    /// How many messages stand above it: 0 for one that answers nothing that is here.
    pub depth: usize,
    /// For each of its depths but 0, from the left: whether another branch follows below.
    pub open: u64,
}

impl Branch<'_> {
    /// Whether a line goes on at this depth, counted from 1; at its own: whether it is not the last of its siblings.
    pub fn goes_on(&self, depth: usize) -> bool {
        depth < 64 && self.open & (1 << depth) != 0
    }
}

/// The messages of a conversation as a tree, from its root on: each below what it answers, in the order in which they are
/// given. Whatever the headers claim, each message comes once.
pub fn tree(rows: &[MessageRow]) -> Vec<Branch<'_>> {
    let places: HashMap<MessageId, usize> = rows.iter().enumerate().map(|(place, row)| (row.id, place)).collect();
    let mut answers = vec![Vec::new(); rows.len()];
    let mut roots = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        let parent = row.parent.filter(|parent| *parent != row.id).and_then(|parent| places.get(&parent));
        match parent.and_then(|parent| answers.get_mut(*parent)) {
            Some(answers) => answers.push(place),
            None => roots.push(place),
        }
    }
    // Messages that answer each other in a circle hang from no root.
    roots.extend(0..rows.len());
    let mut grove = Grove { rows, answers, placed: vec![false; rows.len()], branches: Vec::with_capacity(rows.len()) };
    for root in roots {
        grove.plant(root, 0, 0);
    }
    grove.branches
}

/// A tree that grows.
struct Grove<'r> {
    rows: &'r [MessageRow],
    /// For each message, those that answer it.
    answers: Vec<Vec<usize>>,
    placed: Vec<bool>,
    branches: Vec<Branch<'r>>,
}

impl Grove<'_> {
    fn plant(&mut self, place: usize, depth: usize, open: u64) {
        let (Some(row), Some(done)) = (self.rows.get(place), self.placed.get_mut(place)) else { return };
        if std::mem::replace(done, true) {
            return;
        }
        self.branches.push(Branch { row, depth, open });
        let answers = self.answers.get_mut(place).map(std::mem::take).unwrap_or_default();
        let below = depth.saturating_add(1).min(DEEPEST);
        for (at, answer) in answers.iter().enumerate() {
            let more = answers.iter().skip(at + 1).any(|later| self.placed.get(*later) == Some(&false));
            let open = open & !(1 << below) | if more { 1 << below } else { 0 };
            self.plant(*answer, below, open);
        }
    }
}

#[cfg(test)]
mod tests;
