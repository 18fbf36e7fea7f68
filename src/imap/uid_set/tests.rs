//! Sets of UIDs.

use std::collections::BTreeSet;

use proptest::prelude::{Strategy, prop_assert, prop_assert_eq, proptest};

use super::UidSet;
use crate::mail::Uid;

fn model(set: &UidSet) -> BTreeSet<u32> {
    set.iter().map(|uid| uid.0).collect()
}

fn uids() -> impl Strategy<Value = BTreeSet<u32>> {
    proptest::collection::btree_set(1_u32..200, 0..60)
}

fn set(uids: &BTreeSet<u32>) -> UidSet {
    uids.iter().copied().map(Uid).collect()
}

proptest! {
    /// What is written is read again, and the ranges are sorted and do not touch.
    #[test]
    fn text_round_trips(uids in uids()) {
        let set = set(&uids);
        prop_assert!(set.ranges().windows(2).all(|pair| pair[0].1 + 1 < pair[1].0));
        if !set.is_empty() {
            prop_assert_eq!(UidSet::parse(&set.to_string()), Some(set.clone()));
        }
        prop_assert_eq!(set.len(), uids.len() as u64);
        prop_assert_eq!(model(&set), uids);
    }

    /// Inserting and removing in any order equals a plain set.
    #[test]
    fn behaves_like_a_plain_set(steps in proptest::collection::vec((0_u8..3, 1_u32..80, 0_u32..9), 0..120)) {
        let (mut set, mut plain) = (UidSet::new(), BTreeSet::new());
        for (what, uid, width) in steps {
            match what {
                0 => { set.insert(Uid(uid)); plain.insert(uid); }
                1 => { set.remove(Uid(uid)); plain.remove(&uid); }
                _ => { set.insert_range(Uid(uid + width), Uid(uid)); plain.extend(uid..=uid + width); }
            }
            prop_assert_eq!(set.contains(Uid(uid)), plain.contains(&uid));
        }
        prop_assert_eq!(&model(&set), &plain);
        prop_assert!(set.ranges().windows(2).all(|pair| pair[0].1 + 1 < pair[1].0));
    }

    /// Union, difference and intersection are those of plain sets.
    #[test]
    fn algebra_is_that_of_sets(a in uids(), b in uids()) {
        let (left, right) = (set(&a), set(&b));
        prop_assert_eq!(model(&left.union(&right)), a.union(&b).copied().collect::<BTreeSet<_>>());
        prop_assert_eq!(model(&left.difference(&right)), a.difference(&b).copied().collect::<BTreeSet<_>>());
        prop_assert_eq!(model(&left.intersection(&right)), a.intersection(&b).copied().collect::<BTreeSet<_>>());
    }

    /// Pieces are short enough, lose nothing and share nothing.
    #[test]
    fn pieces_make_the_whole(uids in uids(), width in 21_usize..60) {
        let set = set(&uids);
        let pieces = set.split_by_len(width);
        prop_assert!(pieces.iter().all(|piece| piece.to_string().len() <= width));
        prop_assert_eq!(pieces.iter().map(UidSet::len).sum::<u64>(), set.len());
        prop_assert_eq!(pieces.iter().fold(UidSet::new(), |all, piece| all.union(piece)), set);
    }

    /// The newest are the highest.
    #[test]
    fn newest_takes_from_the_top(uids in uids(), n in 0_u64..70) {
        let newest = set(&uids).newest(n);
        let expected: BTreeSet<u32> = uids.iter().rev().take(n as usize).copied().collect();
        prop_assert_eq!(model(&newest), expected);
    }
}

/// RL21: a range over all UIDs costs one range, not four thousand million steps.
#[test]
fn everything_is_one_range() {
    let mut all = UidSet::range(Uid(0), Uid(u32::MAX));
    assert_eq!(all.len(), u64::from(u32::MAX));
    all.remove(Uid(7));
    assert_eq!(all.to_string(), "1:6,8:4294967295");
    assert_eq!(all.newest(2).to_string(), "4294967294:4294967295");
    all.insert(Uid(7));
    all.remove(Uid(u32::MAX));
    assert_eq!(all.to_string(), "1:4294967294");
    assert!(UidSet::one(Uid(0)).is_empty());
}

/// RL52: what no UID can be is refused, and so is `*`, which means something else every day.
#[test]
fn refuses_what_is_no_set() {
    for text in ["", "*", "1:*", "0", "1,,2", "4294967296", "-1", "+1", " 1", "1:2:3", "a"] {
        assert_eq!(UidSet::parse(text), None, "{text:?}");
    }
    assert_eq!(UidSet::parse("5:2,9,3").map(|set| set.to_string()).as_deref(), Some("2:5,9"));
}
