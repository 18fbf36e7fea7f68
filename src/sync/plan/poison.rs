//! The hunt for a message whose headers a server cannot send: it refuses, or it ends the connection, for as long as that
//! message is asked for (RL40, P6). Pure: it says which UIDs to ask for next; the folder's sync does so.
//!
//! A range that failed is halved: what comes is stored and is out of suspicion, what fails is halved again, until one UID
//! is left that fails alone. Before it is given up, its flags are asked for: a server that refuses those too has another
//! trouble, and no message is to blame. In a range of n UIDs that takes log2(n) + 3 commands at most. Where each failure
//! costs a connection, a third is asked for and not a half: more commands that work, fewer that end in a new sign-in.
//!
//! After a few in a row without a header between them, a header that came before is asked for once more: a server that
//! still sends it is sound, and its bad messages just lie side by side.

use crate::mail::Uid;

/// So many UIDs in a row that fail alone, and not one header between them, may be a server's trouble, not a message's.
const MOST_IN_A_ROW: u32 = 4;

/// How asking for a range failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// NO: something in this range is at fault, or the server is in trouble for a moment.
    Refusal,
    /// BAD, or an answer that no client can take: something in this range is at fault.
    Answer,
    /// The connection ended, as connections do: only the second time in a row says something of the range.
    Silence,
}

/// What to ask for next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Headers of this range.
    Headers((u32, u32)),
    /// The flags of this UID, whose headers cannot be had: if they come, it becomes a placeholder.
    Flags(Uid),
    /// Headers of this UID, which came before: does the server still send any?
    Proof(Uid),
}

/// What is known of the poison in one folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Poison {
    /// The range that ended the connection once.
    doubted: Option<(u32, u32)>,
    /// The range that holds a bad UID, and how it failed when it was a single one.
    hunted: Option<((u32, u32), Option<Failure>)>,
    /// Whether what fails in the hunt ends the connection.
    silent: bool,
    /// UIDs given up since the last header came.
    in_a_row: u32,
    /// A UID whose header came.
    good: Option<Uid>,
    /// Whether its header is to be asked for once more.
    proving: bool,
}

impl Poison {
    /// What to ask for, where the next ordinary chunk would be `chunk`. `gaps` are the UIDs that were never asked for: a
    /// hunt outside of them is over, for somebody else brought its headers, or the folder was numbered anew.
    pub fn next(&mut self, chunk: (u32, u32), gaps: &[(u32, u32)]) -> Ask {
        if let (true, Some(good)) = (self.proving, self.good) {
            return Ask::Proof(good);
        }
        let part = if self.silent { 3 } else { 2 };
        let open = |range: (u32, u32)| gaps.iter().any(|gap| gap.0 <= range.0 && range.1 <= gap.1);
        match self.hunted.filter(|(range, _)| open(*range)) {
            Some(((low, _), Some(_))) => Ask::Flags(Uid(low)),
            Some(((low, high), None)) => Ask::Headers((low, low + (high - low) / part)),
            None => {
                self.hunted = None;
                Ask::Headers(chunk)
            }
        }
    }

    /// Whether nothing is suspected.
    pub fn is_clear(&self) -> bool {
        self.doubted.is_none() && self.hunted.is_none()
    }

    /// Headers of this range came: `one` is the UID of one of them, if there was any.
    pub fn came(&mut self, asked: (u32, u32), one: Option<Uid>) {
        self.doubted = None;
        if one.is_some() {
            (self.in_a_row, self.good) = (0, one);
        }
        self.hunted = match self.hunted {
            Some(((low, high), _)) if asked.0 == low && asked.1 < high => Some(((asked.1 + 1, high), None)),
            Some(_) | None => None,
        };
    }

    /// Headers of this range did not come. True: the failure is dealt with here, and what to ask for next has changed.
    pub fn failed(&mut self, asked: (u32, u32), failure: Failure) -> bool {
        let hunted = self.hunted.is_some_and(|(range, _)| range.0 <= asked.0 && asked.1 <= range.1);
        if !hunted && failure == Failure::Silence && self.doubted != Some(asked) {
            self.doubted = Some(asked);
            return false;
        }
        self.doubted = None;
        if self.in_a_row >= MOST_IN_A_ROW {
            if self.good.is_none() {
                // Until a header comes: hunting on would ask such a server for ever, and find everything bad.
                self.hunted = None;
                return false;
            }
            self.proving = true;
        }
        self.hunted = Some((asked, (asked.0 == asked.1).then_some(failure)));
        self.silent = failure == Failure::Silence;
        true
    }

    /// The header that was asked for once more came: the server is sound, and the hunt goes on.
    pub fn proved(&mut self) {
        (self.proving, self.in_a_row) = (false, 0);
    }

    /// Whether a bad message is being looked for.
    pub fn is_hunting(&self) -> bool {
        self.hunted.is_some()
    }

    /// The flags of the last UID came: it is given up, and the hunt is over. Gives how its headers failed.
    pub fn found(&mut self) -> Option<Failure> {
        self.in_a_row += 1;
        self.hunted.take().and_then(|(_, failure)| failure)
    }

    /// The flags, or a header that was good, did not come either: no message is to blame, and none is suspected until a
    /// header comes again.
    pub fn acquit(&mut self) {
        *self = Self { in_a_row: MOST_IN_A_ROW, ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::{Just, proptest};

    use super::{Ask, Failure, Poison};
    use crate::mail::Uid;
    use crate::sync::plan::folder::close_gap;

    /// Plays a folder of UIDs 1 to `n` with these bad ones to its end: (given up, commands beyond the first, retries of
    /// the same range and flags included).
    /// How often one failed is the third.
    fn play(n: u32, bad: &BTreeSet<u32>, failure: Failure) -> (BTreeSet<u32>, u32, u32) {
        let (mut poison, mut gaps) = (Poison::default(), vec![(1, n)]);
        let (mut given_up, mut commands, mut failures) = (BTreeSet::new(), 0, 0);
        while let Some(chunk) = gaps.last().copied() {
            commands += 1;
            assert!(commands < 100_000, "no end");
            match poison.next(chunk, &gaps) {
                Ask::Flags(uid) => {
                    given_up.insert(uid.0);
                    gaps = close_gap(&gaps, (uid.0, uid.0));
                    assert_eq!(poison.found(), Some(failure));
                }
                Ask::Proof(uid) => {
                    assert!(!bad.contains(&uid.0), "a header that came");
                    poison.proved();
                }
                Ask::Headers(range) if bad.range(range.0..=range.1).next().is_some() => {
                    failures += 1;
                    poison.failed(range, failure);
                }
                Ask::Headers(range) => {
                    gaps = close_gap(&gaps, range);
                    poison.came(range, Some(Uid(range.1)));
                }
            }
        }
        (given_up, commands - 1, failures)
    }

    /// RL40: one bad row of 1,000, wherever it is, refused or deadly: it alone is given up, for 2·log2(1000) + 2 commands
    /// more than without it at most. The rows above the bad one are fetched by one ordinary chunk more.
    #[test]
    fn one_bad_row_costs_what_is_promised() {
        for failure in [Failure::Refusal, Failure::Answer, Failure::Silence] {
            for n in [1_u32, 2, 3, 4, 7, 200, 1_000, 2_000] {
                let bound = 2 * n.next_power_of_two().ilog2() + 2;
                for bad in (1..=n).step_by(if n > 200 { 37 } else { 1 }).chain([n]) {
                    let (given_up, commands, failures) = play(n, &BTreeSet::from([bad]), failure);
                    assert_eq!(given_up, BTreeSet::from([bad]));
                    assert!(commands <= bound + 1, "{failure:?}: {bad} of {n}: {commands} > {bound}");
                    // With the sign-in before the first and after the last, a run of `posthaste sync` has ten.
                    assert!(failure != Failure::Silence || failures <= 9, "{bad} of {n}: {failures} deaths");
                }
            }
        }
    }

    /// A connection that was cut once says nothing of the range: it is asked for again as it was.
    #[test]
    fn a_cut_is_no_poison() {
        let (mut poison, gaps) = (Poison::default(), [(1, 100)]);
        assert_eq!(poison.next((1, 100), &gaps), Ask::Headers((1, 100)));
        assert!(!poison.failed((1, 100), Failure::Silence));
        assert_eq!(poison.next((1, 100), &gaps), Ask::Headers((1, 100)));
        poison.came((1, 100), Some(Uid(100)));
        assert!(!poison.failed((1, 100), Failure::Silence), "and the counting begins anew");
    }

    /// A server that sends no header at all does not turn a folder into placeholders.
    #[test]
    fn a_sick_server_is_not_a_folder_of_poison() {
        let (mut poison, mut gaps, mut given_up) = (Poison::default(), vec![(1, 1_000)], 0);
        for _ in 0..1_000 {
            match poison.next(gaps[0], &gaps) {
                Ask::Flags(uid) => {
                    given_up += 1;
                    gaps = close_gap(&gaps, (uid.0, uid.0));
                    poison.found();
                }
                Ask::Proof(_) => panic!("no header came"),
                Ask::Headers(range) => {
                    if !poison.failed(range, Failure::Answer) {
                        assert_eq!(given_up, 4);
                        return;
                    }
                }
            }
        }
        panic!("given up: {given_up}");
    }

    /// P6: neighbours that are bad, more than are believed in a row, at either end and in the middle: as long as a header
    /// that came before still comes, the hunt goes on.
    #[test]
    fn many_bad_rows_side_by_side() {
        for (low, high) in [(2, 12), (40, 60), (90, 100)] {
            for failure in [Failure::Answer, Failure::Silence] {
                let (mut poison, mut gaps, mut given_up) = (Poison::default(), vec![(1, 100)], Vec::new());
                poison.came((101, 101), Some(Uid(101)));
                let bad: BTreeSet<u32> = (low..=high).collect();
                while let Some(chunk) = gaps.last().copied() {
                    match poison.next(chunk, &gaps) {
                        Ask::Flags(uid) => {
                            given_up.push(uid.0);
                            gaps = close_gap(&gaps, (uid.0, uid.0));
                            poison.found();
                        }
                        Ask::Proof(_) => poison.proved(),
                        Ask::Headers(range) if bad.range(range.0..=range.1).next().is_some() => {
                            let dealt = poison.failed(range, failure);
                            assert!(dealt || failure == Failure::Silence, "{range:?}");
                        }
                        Ask::Headers(range) => {
                            gaps = close_gap(&gaps, range);
                            poison.came(range, Some(Uid(range.1)));
                        }
                    }
                }
                assert_eq!(given_up, (low..=high).collect::<Vec<_>>());
            }
        }
    }

    /// A server that fell sick after the first headers is let alone after one more question.
    #[test]
    fn a_server_that_fell_sick_is_asked_once() {
        let (mut poison, gaps) = (Poison::default(), [(1, 1_000)]);
        poison.came((1_001, 1_001), Some(Uid(1_001)));
        poison.in_a_row = super::MOST_IN_A_ROW;
        assert!(poison.failed((1, 1_000), Failure::Answer));
        assert_eq!(poison.next((1, 1_000), &gaps), Ask::Proof(Uid(1_001)));
        poison.acquit();
        assert_eq!(poison.next((1, 1_000), &gaps), Ask::Headers((1, 1_000)));
        assert!(!poison.failed((1, 1_000), Failure::Answer));
    }

    /// A hunt in UIDs that are not missing any more is over.
    #[test]
    fn a_hunt_ends_with_its_gap() {
        let mut poison = Poison::default();
        assert!(poison.failed((1, 100), Failure::Answer));
        assert_eq!(poison.next((200, 300), &[(1, 50), (200, 300)]), Ask::Headers((200, 300)));
    }

    proptest! {
        /// P6: whichever rows are bad, those and no others are given up, and it ends.
        #[test]
        fn all_that_is_bad_and_nothing_else(
            n in Just(300_u32),
            bad in proptest::collection::btree_set(1_u32..=300, 0..5),
            deadly in proptest::bool::ANY,
        ) {
            let failure = if deadly { Failure::Silence } else { Failure::Answer };
            let (given_up, commands, _) = play(n, &bad, failure);
            assert_eq!(given_up, bad);
            assert!(commands <= 21 * u32::try_from(bad.len()).unwrap());
        }
    }
}
