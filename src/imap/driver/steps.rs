//! Where a test may end the program: before and after each command that changes something (RL33).

use crate::step::step;

/// A step of a command, if it is one that changes something on the server.
pub(super) fn changing(what: &str, verb: &str) {
    const VERBS: [&str; 10] = [
        "UID STORE",
        "UID MOVE",
        "UID COPY",
        "UID EXPUNGE",
        "EXPUNGE",
        "APPEND",
        "CREATE",
        "RENAME",
        "DELETE",
        "SUBSCRIBE",
    ];
    if VERBS.contains(&verb) {
        step(what, verb);
    }
}
