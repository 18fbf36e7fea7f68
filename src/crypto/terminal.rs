//! Commands by which gpg-agent asks for a passphrase at the terminal, and remembers it. They are for a shell that has the
//! terminal for itself: the agent's prompt may be one that draws there, and it has to be told where that is.
//!
//! What they make goes nowhere. It must not go into `/dev/null` by name: `gpg` removes an output that it could not finish,
//! for root also that one.

use super::Kind;
use super::run::{GPG, GPGSM};
use super::status::is_hex;

/// Has a key unlocked by signing nothing with it. `None`: that is no fingerprint.
pub fn to_sign(kind: Kind, fingerprint: &str) -> Option<String> {
    is_hex(fingerprint).then(|| command(kind, &format!("--local-user 0x{fingerprint} --detach-sign")))
}

/// Has a key unlocked by opening what is on standard input.
pub fn to_read(kind: Kind) -> String {
    command(kind, "--decrypt")
}

/// What is drawn is drawn on standard output.
fn command(kind: Kind, deed: &str) -> String {
    let (program, own) = match kind {
        Kind::Pgp => ("gpg", GPG.join(" ")),
        Kind::Smime => ("gpgsm", GPGSM.join(" ")),
    };
    format!(
        "exec 3>&1; GPG_TTY=$(tty <&3); export GPG_TTY; \
         exec {program} --batch --quiet --no-verbose --disable-dirmngr {own} --output - {deed} >/dev/null"
    )
}
