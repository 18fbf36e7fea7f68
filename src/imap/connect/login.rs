//! Signing in (RFC 9051, sections 6.2.2 and 6.2.3), and what comes right behind it.

use secrecy::{ExposeSecret, SecretString};

use super::ask_capabilities;
use crate::imap::answer::Answer;
use crate::imap::capability::Capabilities;
use crate::imap::command::Command;
use crate::imap::driver::{Done, Driver};
use crate::imap::error::{Denied, Error};
use crate::imap::session::Session;
use crate::sasl::choice::{after_scram, choose};
use crate::sasl::{Credential, Mechanism, Peer, Wanted};
use exchange::{Failed, authenticate, encoded};

mod exchange;

/// What a sign-in is made with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim<'a> {
    pub(super) user: &'a str,
    pub(super) credential: &'a Credential,
    pub(super) want: Wanted,
    pub(super) peer: &'a Peer,
}

pub(super) async fn login(mut driver: Driver, offered: &Capabilities, claim: Claim<'_>) -> Result<Session, Error> {
    sendable(claim)?;
    hide(&mut driver, claim);
    let mut told = None;
    let mut take = |answer: Answer| {
        let Answer::Capability(capabilities) = answer else { return Some(answer) };
        told = Some(capabilities);
        None
    };
    let done = prove(&mut driver, offered, claim, &mut take).await?;
    let told = done.code.and_then(|code| code.capabilities()).or(told).filter(|told| !told.is_empty());
    let capabilities = match told {
        Some(told) => told,
        None => ask_capabilities(&mut driver).await?,
    };
    begin(driver, capabilities).await
}

/// What is done with a fresh session before anything else: ID and ENABLE.
pub(super) async fn begin(mut driver: Driver, capabilities: Capabilities) -> Result<Session, Error> {
    driver.learn(&capabilities);
    if capabilities.has("ID") {
        // 163.com refuses every SELECT without it; mail.de answers BAD (RL57). Nobody waits for the answer.
        let version = env!("CARGO_PKG_VERSION");
        let command = Command::new(format!("ID (\"name\" \"posthaste\" \"version\" \"{version}\")"));
        driver.run_ignored("ID", command).await?;
    }
    if let Some(command) = enable(&capabilities) {
        driver.run_ignored("ENABLE", command).await?;
    }
    Ok(Session::new(driver, capabilities))
}

/// ENABLE (RFC 5161): what the server switched on comes untagged, and nobody waits for it: a folder that is opened
/// before it came is opened without.
fn enable(offered: &Capabilities) -> Option<Command> {
    let names: Vec<&str> = ["QRESYNC", "CONDSTORE"].into_iter().filter(|name| offered.has(name)).collect();
    (offered.has("ENABLE") && !names.is_empty()).then(|| Command::new(format!("ENABLE {}", names.join(" "))))
}

/// What ends a line or a string is refused before a byte of it is sent (PS23).
fn sendable(claim: Claim<'_>) -> Result<(), Error> {
    let broken = |text: &str| text.contains(['\r', '\n', '\0']);
    let secret = match claim.credential {
        Credential::Password(secret) | Credential::Token(secret) => secret.expose_secret(),
        Credential::None => "",
    };
    if broken(claim.user) || broken(secret) {
        return Err(unsent("The user name or the secret has a line break or a NUL in it".to_owned()));
    }
    Ok(())
}

/// Servers repeat what they did not understand, and decode it first: every form is hidden, whichever is sent (PS21).
fn hide(driver: &mut Driver, claim: Claim<'_>) {
    let (Credential::Password(secret) | Credential::Token(secret)) = claim.credential else { return };
    let plain = SecretString::from(format!("\0{}\0{}", claim.user, secret.expose_secret()));
    // The longest first: what is shorter may be a part of it.
    for form in [encoded(&plain), encoded(secret), secret.clone()] {
        driver.guard().hide(form);
    }
}

/// Signs in by the mechanism that is chosen.
///
/// Where that is SCRAM, not by the user's wish, and the server does not understand it though it offers it, the password is
/// told after all, once: over TLS to a server whose certificate is good, as to one that offers no SCRAM. An answer that can
/// mean a wrong password ends it, so that one wrong password is one failure, and no account is locked (RL45).
async fn prove(
    driver: &mut Driver,
    offered: &Capabilities,
    claim: Claim<'_>,
    take: crate::imap::driver::Take<'_>,
) -> Result<Done, Error> {
    let names = offered.mechanisms();
    let without_sasl = !offered.has("LOGINDISABLED");
    let bound = claim.peer.binding.is_some();
    let mechanism = choose(claim.want, claim.credential, &names, (bound, without_sasl)).map_err(unsent)?;
    let failed = match by(driver, offered, claim, mechanism, take).await {
        Ok(done) => return Ok(done),
        Err(failed) => failed,
    };
    let next = (claim.want == Wanted::Automatic && is_scram(mechanism) && failed.is_about_the_way())
        .then(|| after_scram(&names, without_sasl))
        .flatten();
    match next {
        Some(next) => by(driver, offered, claim, next, take).await.map_err(|failed| refused(failed, claim, next)),
        None => Err(refused(failed, claim, mechanism)),
    }
}

fn is_scram(mechanism: Mechanism) -> bool {
    matches!(mechanism, Mechanism::ScramSha256 | Mechanism::ScramSha256Plus)
}

async fn by(
    driver: &mut Driver,
    offered: &Capabilities,
    claim: Claim<'_>,
    mechanism: Mechanism,
    take: crate::imap::driver::Take<'_>,
) -> Result<Done, Failed> {
    if mechanism == Mechanism::Login
        && !offered.has("AUTH=LOGIN")
        && let Credential::Password(password) = claim.credential
    {
        let command = Command::new("LOGIN").string("LOGIN", claim.user).and_then(|command| command.secret(password));
        return driver.run("LOGIN", command?, take).await.map_err(Failed::from);
    }
    authenticate(driver, offered, claim, mechanism, take).await
}

/// A NO or BAD here means the sign-in: trying it again and again may lock the account (RL45).
fn refused(failed: Failed, claim: Claim<'_>, mechanism: Mechanism) -> Error {
    let denied = if matches!(claim.credential, Credential::Token(_)) { Denied::Token } else { Denied::Password };
    let text = match failed.error {
        Error::Rejected { code, text, .. } => with_code(code, text),
        Error::Bad { text, .. } => text,
        other @ (Error::Auth { .. }
        | Error::Unreachable { .. }
        | Error::Tls { .. }
        | Error::Timeout { .. }
        | Error::Throttled { .. }
        | Error::Protocol(_)
        | Error::Closed { .. }) => return other,
    };
    let text = match failed.said {
        Some(said) if text.is_empty() => said,
        Some(said) => format!("{said} ({text})"),
        // Servers that keep no password in clear, and no key for SCRAM, offer it all the same and then refuse.
        None if is_scram(mechanism) && claim.want == Wanted::Automatic => {
            format!("{text} (by {mechanism}; if the password is right, try auth = \"plain\")")
        }
        None => text,
    };
    Error::Auth { text, denied }
}

fn unsent(text: String) -> Error {
    Error::Auth { text, denied: Denied::Unsent }
}

fn with_code(code: Option<String>, text: String) -> String {
    match code {
        Some(code) if text.is_empty() => code,
        Some(code) if code != "AUTHENTICATIONFAILED" => format!("{text} [{code}]"),
        Some(_) | None => text,
    }
}
