//! Tests of the table of Windows names.

use super::{ZONES, iana, order};

/// Guards the binary search: the table is in the order it is searched in, without doubles.
#[test]
fn is_sorted() {
    assert!(ZONES.windows(2).all(|pair| order(pair[0].0, pair[1].0).is_lt()));
    assert!(ZONES.iter().all(|(windows, zone)| iana(windows) == Some(zone)));
}

/// Guards that case does not matter and that unknown names are unknown.
#[test]
fn finds() {
    assert_eq!(iana("w. europe standard time"), Some("Europe/Berlin"));
    assert_eq!(iana("Customized Time Zone"), None);
    assert_eq!(iana(""), None);
}
