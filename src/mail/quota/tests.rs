//! How full an account is.

use rstest::rstest;

use super::{Quota, Resource, warning};

fn quota(used: u64, limit: u64) -> Quota {
    Quota { root: "User quota".to_owned(), resource: Resource::Storage, used, limit }
}

/// Warned above nine tenths, and the number that is shown is never rounded up: 99.9 % is not full.
#[rstest]
#[case(899, 1_000, 89, None)]
#[case(900, 1_000, 90, None)]
#[case(901, 1_000, 90, Some(90))]
#[case(9_999, 10_000, 99, Some(99))]
#[case(1_200, 1_000, 120, Some(120))]
#[case(u64::MAX, u64::MAX, 100, Some(100))]
fn how_full(#[case] used: u64, #[case] limit: u64, #[case] percent: u64, #[case] warned: Option<u64>) {
    assert_eq!((quota(used, limit).percent(), warning(&[quota(1, 2), quota(used, limit)])), (percent, warned));
}

/// The fullest one counts.
#[test]
fn the_fullest_one_counts() {
    assert_eq!(warning(&[quota(95, 100), quota(99, 100), quota(1, 100)]), Some(99));
    assert_eq!(warning(&[]), None);
}
