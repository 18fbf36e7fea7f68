//! Tests of the pieces of a list's line.

use super::*;
use crate::mail::flags::{Flags, SEEN};
use crate::mail::{AccountId, MessageId};
use crate::safe_text::SafeText;

fn row() -> MessageRow {
    MessageRow {
        id: MessageId(1),
        account: AccountId(1),
        folder: FolderId(1),
        from: SafeText::new("Dana Whitfield"),
        address: SafeText::new("dana@acme.example"),
        subject: SafeText::new("Q3 Numbers"),
        snippet: SafeText::default(),
        received: UnixTime(0),
        place: 0,
        size: 1,
        flags: Flags::default(),
        attachments: false,
        thread: 1,
        pending: false,
        cached: false,
        parent: None,
        bundle: None,
    }
}

/// State is told in words, not by colour or glyph.
#[test]
fn marks_are_words() {
    let mut row = row();
    assert_eq!(marks(&row), "unread");
    row.flags = Flags::parse(["\\Seen", "\\Flagged", "$Work"]);
    row.pending = true;
    assert_eq!(marks(&row), "starred,$Work,pending");
    row.flags = Flags { system: SEEN, ..Flags::default() };
    row.pending = false;
    assert_eq!(marks(&row), "-");
}

/// Dates are RFC 3339 in UTC, also the ones that no calendar holds.
#[test]
fn dates_are_rfc_3339() {
    assert_eq!(rfc3339(UnixTime(1_700_000_000)), "2023-11-14T22:13:20Z");
    assert_eq!(rfc3339(UnixTime(i64::MAX)), "1970-01-01T00:00:00Z");
}
