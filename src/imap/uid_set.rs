//! Sets of UIDs as sorted, merged ranges (RFC 9051, section 9, `sequence-set`). Pure.

use std::cmp::{max, min};
use std::fmt;

use crate::mail::Uid;

/// A set of UIDs: inclusive ranges, sorted, never touching each other; 0 is never in it.
///
/// Its cost is the number of ranges, not of UIDs, so that "everything" is as cheap as one.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct UidSet {
    ranges: Vec<(u32, u32)>,
}

impl UidSet {
    /// The empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// The set of one UID; empty for UID 0, which no message has.
    pub fn one(uid: Uid) -> Self {
        Self::range(uid, uid)
    }

    /// All UIDs from one to the other, both included, in whatever order they are given.
    pub fn range(a: Uid, b: Uid) -> Self {
        let mut set = Self::new();
        set.insert_range(a, b);
        set
    }

    /// Makes a set of ranges in any order.
    pub fn from_ranges(mut ranges: Vec<(u32, u32)>) -> Self {
        for range in &mut ranges {
            *range = (max(1, min(range.0, range.1)), max(range.0, range.1));
        }
        ranges.retain(|range| range.1 != 0);
        ranges.sort_unstable();
        ranges.dedup_by(|next, kept| {
            let touches = next.0 <= kept.1.saturating_add(1);
            if touches {
                kept.1 = max(kept.1, next.1);
            }
            touches
        });
        Self { ranges }
    }

    /// Adds one UID.
    pub fn insert(&mut self, uid: Uid) {
        self.insert_range(uid, uid);
    }

    /// Adds all UIDs from one to the other, both included.
    pub fn insert_range(&mut self, a: Uid, b: Uid) {
        let (low, high) = (max(1, min(a.0, b.0)), max(a.0, b.0));
        if high == 0 {
            return;
        }
        // UIDs mostly come in ascending order: append without a search.
        match self.ranges.last_mut() {
            None => return self.ranges.push((low, high)),
            Some(last) if low > last.1.saturating_add(1) => return self.ranges.push((low, high)),
            Some(last) if low >= last.0 => {
                last.1 = max(last.1, high);
                return;
            }
            Some(_) => {}
        }
        let start = self.ranges.partition_point(|range| range.1.saturating_add(1) < low);
        let end = self.ranges.partition_point(|range| range.0 <= high.saturating_add(1));
        let merged = self
            .ranges
            .get(start..end)
            .unwrap_or_default()
            .iter()
            .fold((low, high), |merged, range| (min(merged.0, range.0), max(merged.1, range.1)));
        self.ranges.splice(start..end, [merged]);
    }

    /// Takes one UID out.
    pub fn remove(&mut self, uid: Uid) {
        let at = self.ranges.partition_point(|range| range.1 < uid.0);
        let Some(&(low, high)) = self.ranges.get(at).filter(|range| range.0 <= uid.0) else { return };
        let left = (low < uid.0).then(|| (low, uid.0.saturating_sub(1)));
        let right = (high > uid.0).then(|| (uid.0.saturating_add(1), high));
        self.ranges.splice(at..=at, left.into_iter().chain(right));
    }

    /// Whether the UID is in the set.
    pub fn contains(&self, uid: Uid) -> bool {
        let at = self.ranges.partition_point(|range| range.1 < uid.0);
        self.ranges.get(at).is_some_and(|range| range.0 <= uid.0)
    }

    /// How many UIDs the set has.
    pub fn len(&self) -> u64 {
        self.ranges.iter().map(|range| u64::from(range.1 - range.0) + 1).sum()
    }

    /// Whether the set has no UID.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Every UID in ascending order, made one by one: a set may stand for four thousand million.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Uid> + '_ {
        self.ranges.iter().flat_map(|range| (range.0..=range.1).map(Uid))
    }

    /// The inclusive ranges in ascending order.
    pub fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    /// The lowest UID.
    pub fn first(&self) -> Option<Uid> {
        self.ranges.first().map(|range| Uid(range.0))
    }

    /// The highest UID.
    pub fn last(&self) -> Option<Uid> {
        self.ranges.last().map(|range| Uid(range.1))
    }

    /// What is in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::from_ranges(self.ranges.iter().chain(&other.ranges).copied().collect())
    }

    /// What is in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut ranges = Vec::new();
        let (mut ours, mut theirs) = (self.ranges.iter().peekable(), other.ranges.iter().peekable());
        while let (Some(&&a), Some(&&b)) = (ours.peek(), theirs.peek()) {
            let common = (max(a.0, b.0), min(a.1, b.1));
            if common.0 <= common.1 {
                ranges.push(common);
            }
            if a.1 <= b.1 {
                ours.next();
            } else {
                theirs.next();
            }
        }
        Self { ranges }
    }

    /// What is in this set and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut ranges = Vec::new();
        let mut others = other.ranges.iter().peekable();
        for &(low, high) in &self.ranges {
            let mut rest = Some((low, high));
            while let (Some((low, high)), Some(&&cut)) = (rest, others.peek()) {
                if cut.0 > high {
                    break;
                }
                if cut.0 > low {
                    ranges.push((low, cut.0 - 1));
                }
                rest = match cut.1 {
                    end if end < low => Some((low, high)),
                    end if end < high => Some((end + 1, high)),
                    _ => None,
                };
                if rest.is_some() {
                    others.next();
                }
            }
            ranges.extend(rest);
        }
        Self { ranges }
    }

    /// The set in pieces whose text is at most `max_chars` long each (servers bound their command lines, RFC 7162,
    /// section 4). A single range, at most 21 characters, is never cut.
    pub fn split_by_len(&self, max_chars: usize) -> Vec<Self> {
        let mut pieces: Vec<Self> = Vec::new();
        let mut length = 0;
        for &range in &self.ranges {
            let width = digits(range.0) + if range.0 == range.1 { 0 } else { 1 + digits(range.1) };
            match pieces.last_mut() {
                Some(piece) if length + 1 + width <= max_chars => {
                    piece.ranges.push(range);
                    length += 1 + width;
                }
                Some(_) | None => {
                    pieces.push(Self { ranges: vec![range] });
                    length = width;
                }
            }
        }
        pieces
    }

    /// The `n` highest UIDs of the set.
    #[must_use]
    pub fn newest(&self, n: u64) -> Self {
        let mut left = n;
        let mut ranges = Vec::new();
        for &(low, high) in self.ranges.iter().rev() {
            if left == 0 {
                break;
            }
            let width = u64::from(high - low) + 1;
            let taken = min(width, left);
            ranges.push((high - u32::try_from(taken - 1).unwrap_or(0), high));
            left -= taken;
        }
        ranges.reverse();
        Self { ranges }
    }

    /// Reads `1:3,7`. Refuses `*`, 0 and what is no sequence set: a set that we keep must mean the same tomorrow.
    pub fn parse(text: &str) -> Option<Self> {
        parse_ranges(text).map(Self::from_ranges)
    }
}

/// The ranges of a sequence set in the order in which they are written, which COPYUID gives a meaning (RFC 4315,
/// section 3).
pub(crate) fn parse_ranges(text: &str) -> Option<Vec<(u32, u32)>> {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<u32>().ok()).flatten().filter(|n| *n != 0)
    };
    text.split(',')
        .map(|part| match part.split_once(':') {
            Some((a, b)) => Some((number(a)?, number(b)?)),
            None => number(part).map(|n| (n, n)),
        })
        .collect()
}

fn digits(number: u32) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

impl FromIterator<Uid> for UidSet {
    fn from_iter<I: IntoIterator<Item = Uid>>(uids: I) -> Self {
        Self::from_ranges(uids.into_iter().map(|uid| (uid.0, uid.0)).collect())
    }
}

impl fmt::Display for UidSet {
    /// Writes the set as IMAP does: `1:3,7`; nothing for the empty set, which no command may be sent for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, &(low, high)) in self.ranges.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            if low == high {
                write!(f, "{low}")?;
            } else {
                write!(f, "{low}:{high}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
