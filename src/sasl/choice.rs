//! Which mechanism is taken: the best that both sides know, or the one that the user wants.

use super::{Credential, Mechanism, Wanted};

/// The mechanisms for a credential, the best first.
pub const fn ladder(credential: &Credential) -> &'static [Mechanism] {
    match credential {
        Credential::Password(_) => {
            &[Mechanism::ScramSha256Plus, Mechanism::ScramSha256, Mechanism::Plain, Mechanism::Login]
        }
        Credential::Token(_) => &[Mechanism::OAuthBearer, Mechanism::XOauth2],
        Credential::None => &[Mechanism::External],
    }
}

/// Chooses among what the server offers, by name in upper case; `bound` says whether there is a TLS connection that a
/// proof can be bound to. `without_sasl` says that a password can also go by the protocol's own command, which then stands
/// for LOGIN.
///
/// # Errors
/// A sentence that names what the server offers (PS14).
pub fn choose(
    want: Wanted,
    credential: &Credential,
    offered: &[&str],
    (bound, without_sasl): (bool, bool),
) -> Result<Mechanism, String> {
    let fits = |mechanism: Mechanism| match mechanism {
        Mechanism::ScramSha256Plus => bound && offered.contains(&mechanism.name()),
        Mechanism::Login => without_sasl || offered.contains(&mechanism.name()),
        Mechanism::Plain
        | Mechanism::ScramSha256
        | Mechanism::External
        | Mechanism::XOauth2
        | Mechanism::OAuthBearer => offered.contains(&mechanism.name()),
    };
    let ladder = ladder(credential);
    let names = if offered.is_empty() { "none".to_owned() } else { offered.join(", ") };
    let mechanism = match want {
        Wanted::Automatic => ladder.iter().copied().find(|mechanism| fits(*mechanism)),
        Wanted::Only(mechanism) if mechanism != Mechanism::External && !ladder.contains(&mechanism) => {
            let (needs, has) = (needed(mechanism), held(credential));
            return Err(format!("{mechanism}, which auth asks for, needs {needs}, and there is {has}"));
        }
        Wanted::Only(Mechanism::ScramSha256Plus) if !bound => {
            return Err(
                "SCRAM-SHA-256-PLUS, which auth asks for, needs a TLS connection that it can be bound to".to_owned()
            );
        }
        Wanted::Only(mechanism) => Some(mechanism).filter(|mechanism| fits(*mechanism)),
    };
    mechanism.ok_or_else(|| match (want, credential) {
        (Wanted::Only(mechanism), _) => {
            format!("The server does not offer {mechanism}, which auth asks for; the ways it offers: {names}")
        }
        (Wanted::Automatic, Credential::Password(_)) => {
            format!("The server takes no password here; the ways it offers: {names}")
        }
        (Wanted::Automatic, Credential::Token(_)) => {
            format!("The server takes no access token here; the ways it offers: {names}")
        }
        (Wanted::Automatic, Credential::None) => {
            format!("The server takes no certificate in place of a password; the ways it offers: {names}")
        }
    })
}

/// The way after SCRAM was not understood: the next that tells the password.
pub fn after_scram(offered: &[&str], without_sasl: bool) -> Option<Mechanism> {
    [Mechanism::Plain, Mechanism::Login]
        .into_iter()
        .find(|mechanism| offered.contains(&mechanism.name()) || (*mechanism == Mechanism::Login && without_sasl))
}

fn needed(mechanism: Mechanism) -> &'static str {
    match mechanism {
        Mechanism::Plain | Mechanism::Login | Mechanism::ScramSha256 | Mechanism::ScramSha256Plus => "a password",
        Mechanism::XOauth2 | Mechanism::OAuthBearer => "an access token",
        Mechanism::External => "a client certificate",
    }
}

fn held(credential: &Credential) -> &'static str {
    match credential {
        Credential::Password(_) => "a password",
        Credential::Token(_) => "an access token",
        Credential::None => "none",
    }
}
