//! The tree of a conversation: who answered whom.

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
    let mut branches = Vec::with_capacity(rows.len());
    let mut placed = vec![false; rows.len()];
    for (place, row) in rows.iter().enumerate() {
        if parent_of(rows, row).is_none() {
            plant(rows, place, (0, 0), &mut placed, &mut branches);
        }
    }
    // Messages that answer each other in a circle hang from no root.
    for place in 0..rows.len() {
        plant(rows, place, (0, 0), &mut placed, &mut branches);
    }
    branches
}

fn parent_of(rows: &[MessageRow], row: &MessageRow) -> Option<MessageId> {
    row.parent.filter(|parent| *parent != row.id && rows.iter().any(|other| other.id == *parent))
}

fn plant<'r>(
    rows: &'r [MessageRow],
    place: usize,
    (depth, open): (usize, u64),
    placed: &mut [bool],
    branches: &mut Vec<Branch<'r>>,
) {
    let (Some(row), Some(done)) = (rows.get(place), placed.get_mut(place)) else { return };
    if std::mem::replace(done, true) {
        return;
    }
    branches.push(Branch { row, depth, open });
    let answers: Vec<usize> =
        rows.iter().enumerate().filter(|(_, other)| parent_of(rows, other) == Some(row.id)).map(|(at, _)| at).collect();
    let below = depth.saturating_add(1).min(DEEPEST);
    for (at, answer) in answers.iter().enumerate() {
        let more = answers.iter().skip(at + 1).any(|later| placed.get(*later) == Some(&false));
        let open = open & !(1 << below) | if more { 1 << below } else { 0 };
        plant(rows, *answer, (below, open), placed, branches);
    }
}

#[cfg(test)]
mod tests;
