//! Tests of what `sync` says and how it ends.

use super::*;
use crate::safe_text::SafeText;

fn report(end: End, refused: u64) -> AccountReport {
    AccountReport { account: "work".to_owned(), end, new: 1, sent: 2, queued: 0, refused }
}

/// The sentence names what happened and nothing else.
#[test]
fn says_what_happened() {
    assert_eq!(sentence(&report(End::InStep, 0)), "work: synced, 1 new message, 2 changes sent");
    let reason = SafeText::new("no route to host");
    let report = AccountReport { queued: 3, new: 0, sent: 0, ..report(End::Unreachable { reason }, 0) };
    assert_eq!(sentence(&report), "work: cannot be reached: no route to host, 3 changes still queued");
}

/// DESIGN.md, section 6: 75 when the server could not be reached, 1 when something failed, the worse of several.
#[test]
fn ends_with_the_code_that_scripts_rely_on() {
    let reason = SafeText::new("x");
    let unreachable = code_of(&report(End::Unreachable { reason: reason.clone() }, 0));
    let failed = code_of(&report(End::Failed { reason }, 0));
    assert_eq!((unreachable, failed), (Code::Unreachable, Code::Failed));
    assert_eq!(code_of(&report(End::InStep, 1)), Code::Failed);
    assert_eq!(Code::Done.and(unreachable).and(Code::Done), Code::Unreachable);
    assert_eq!(unreachable.and(failed).number(), 1);
    assert_eq!(Code::Unreachable.number(), 75);
}
