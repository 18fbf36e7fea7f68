//! Which bodies are wanted, and which comes next. Pure: no clock, no network, no files.

use std::collections::BTreeMap;

use crate::mail::MessageId;
use crate::protocol::Priority;

/// Up to this many bytes a message is fetched whole at once.
pub const SMALL: u64 = 256 * 1024;
/// How many bytes of a larger one are fetched before its text is shown.
pub const PREFIX: u32 = 96 * 1024;
/// How many bytes are asked for at a time after that, so that other work gets its turn between.
pub const SLICE: u32 = 512 * 1024;
/// How many wishes are kept; beyond that the least urgent are forgotten.
const MAX_WISHES: usize = 500;

/// A body that somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Which message.
    pub message: MessageId,
    /// Why.
    pub priority: Priority,
    /// All of it, attachments included.
    pub whole: bool,
}

/// The wishes of the screen and of the prefetch policy.
#[derive(Debug, Clone, Default)]
pub struct WantList {
    wishes: BTreeMap<MessageId, (Priority, u64, bool)>,
    counter: u64,
}

impl WantList {
    /// Adds a wish, or makes one more urgent. The newest `Open` is served first: it is what the user looks at now.
    pub fn want(&mut self, wish: Wish) {
        self.counter += 1;
        let order = self.counter;
        let entry = self.wishes.entry(wish.message).or_insert((wish.priority, order, wish.whole));
        if wish.priority < entry.0 {
            entry.0 = wish.priority;
        }
        if wish.priority == Priority::Open {
            entry.1 = order;
        }
        entry.2 |= wish.whole;
        if self.wishes.len() > MAX_WISHES
            && let Some(least) = self.sorted().last().map(|wish| wish.message)
        {
            self.wishes.remove(&least);
        }
    }

    /// The most urgent wish.
    pub fn next(&self) -> Option<Wish> {
        self.wishes
            .iter()
            .min_by_key(|(_, (priority, order, _))| Self::rank(*priority, *order))
            .map(|(message, (priority, _, whole))| Wish { message: *message, priority: *priority, whole: *whole })
    }

    /// All wishes, the most urgent first.
    pub fn sorted(&self) -> Vec<Wish> {
        let mut all: Vec<_> = self.wishes.iter().collect();
        all.sort_by_key(|(_, (priority, order, _))| Self::rank(*priority, *order));
        all.into_iter()
            .map(|(message, (priority, _, whole))| Wish { message: *message, priority: *priority, whole: *whole })
            .collect()
    }

    /// Among opened ones the last comes first; others keep their order.
    fn rank(priority: Priority, order: u64) -> (Priority, u64) {
        (priority, if priority == Priority::Open { u64::MAX - order } else { order })
    }

    /// What this wish asked for is here. One that grew meanwhile, from the beginning of a message to all of it, stays.
    pub fn fulfilled(&mut self, wish: Wish) {
        if self.wishes.get(&wish.message).is_some_and(|(_, _, whole)| wish.whole || !whole) {
            self.wishes.remove(&wish.message);
        }
    }

    /// Forgets a wish that cannot be fulfilled, or of which all is here.
    pub fn done(&mut self, message: MessageId) {
        self.wishes.remove(&message);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.wishes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.wishes.is_empty()
    }
}

/// What to ask the server for next of one body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// All of it in one literal.
    Whole,
    /// This many bytes from this offset on.
    Range(u64, u32),
    /// Nothing: what is here is enough.
    Enough,
}

/// The next piece of a body of `size` bytes of which `have` bytes are here.
pub fn next_piece(size: u64, have: Option<u64>, whole: bool) -> Piece {
    match have {
        None if size <= SMALL => Piece::Whole,
        None => Piece::Range(0, PREFIX),
        Some(_) if !whole => Piece::Enough,
        Some(have) => Piece::Range(have, SLICE),
    }
}

#[cfg(test)]
mod tests {
    use super::{PREFIX, Piece, SLICE, SMALL, WantList, Wish, next_piece};
    use crate::mail::MessageId;
    use crate::protocol::Priority;

    fn wish(id: i64, priority: Priority) -> Wish {
        Wish { message: MessageId(id), priority, whole: false }
    }

    /// Protects the order open, neighbour, visible, policy, and that the message opened last comes first of all.
    #[test]
    fn what_the_user_looks_at_comes_first() {
        let mut list = WantList::default();
        for (id, priority) in [
            (1, Priority::Policy),
            (2, Priority::Open),
            (3, Priority::Visible),
            (4, Priority::Neighbour),
            (5, Priority::Open),
            (1, Priority::Neighbour),
        ] {
            list.want(wish(id, priority));
        }
        let order: Vec<i64> = list.sorted().iter().map(|w| w.message.0).collect();
        assert_eq!(order, [5, 2, 1, 4, 3]);
        assert_eq!(list.next().map(|w| w.message), Some(MessageId(5)));
        list.done(MessageId(5));
        assert_eq!(list.next().map(|w| w.message), Some(MessageId(2)));
    }

    /// Protects a wish for all of a message that comes while its beginning is on its way.
    #[test]
    fn a_wish_that_grew_stays() {
        let mut list = WantList::default();
        let (beginning, all) = (wish(1, Priority::Open), Wish { whole: true, ..wish(1, Priority::Open) });
        list.want(beginning);
        list.want(all);
        list.fulfilled(beginning);
        assert_eq!(list.next(), Some(all));
        list.fulfilled(all);
        assert!(list.is_empty());
    }

    /// Protects the memory: wishes are forgotten from the least urgent end.
    #[test]
    fn the_list_is_bounded() {
        let mut list = WantList::default();
        list.want(wish(0, Priority::Open));
        for id in 1..5_000 {
            list.want(wish(id, Priority::Visible));
        }
        assert_eq!(list.len(), 500);
        assert_eq!(list.next().map(|w| w.message), Some(MessageId(0)));
    }

    /// Protects large messages: text before attachments, the rest only when asked for, in slices.
    #[test]
    fn large_bodies_come_in_pieces() {
        assert_eq!(next_piece(SMALL, None, false), Piece::Whole);
        assert_eq!(next_piece(SMALL + 1, None, true), Piece::Range(0, PREFIX));
        assert_eq!(next_piece(SMALL + 1, Some(u64::from(PREFIX)), false), Piece::Enough);
        assert_eq!(next_piece(20 << 20, Some(u64::from(PREFIX)), true), Piece::Range(u64::from(PREFIX), SLICE));
    }
}
