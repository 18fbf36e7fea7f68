//! Sets of numbers mean what RFC 9051, section 9 (`sequence-set`) says.

use imap_codec::imap_types::sequence::SequenceSet;

use super::ranges;

/// Ranges in any order and direction, overlapping ones, and `*` beyond the end.
#[test]
fn sets_become_ranges() {
    let of = |text: &str, last| ranges(&SequenceSet::try_from(text).unwrap(), last);
    assert_eq!(of("7,3:1,2:5", 9), [(1, 5), (7, 7)]);
    assert_eq!(of("12:*", 9), [(9, 12)], "n:* names the last one however large n is");
    assert_eq!(of("*", 9), [(9, 9)]);
    assert!(of("1:*", 0).is_empty());
}
