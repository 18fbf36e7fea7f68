//! Signing in (RFC 9051, sections 6.2.2 and 6.2.3; RFC 4616; RFC 4959).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::ask_capabilities;
use crate::imap::answer::Answer;
use crate::imap::capability::Capabilities;
use crate::imap::command::Command;
use crate::imap::driver::{Done, Driver, QUIET};
use crate::imap::error::{Denied, Error};
use crate::imap::session::Session;
use crate::sasl::{Credential, Mechanism, Wanted};

pub(super) async fn login(
    mut driver: Driver,
    offered: &Capabilities,
    user: &str,
    credential: &Credential,
    want: Wanted,
) -> Result<Session, Error> {
    let Credential::Password(password) = credential else {
        return Err(Error::Auth { text: no_way(offered), denied: Denied::Unsent });
    };
    match want {
        Wanted::Automatic | Wanted::Only(Mechanism::Plain) => {}
        Wanted::Only(_) => return Err(Error::Auth { text: no_way(offered), denied: Denied::Unsent }),
    }
    let broken = |text: &str| text.contains(['\r', '\n', '\0']);
    if broken(user) || broken(password.expose_secret()) {
        let text = "The user name or password has a line break or a NUL in it".to_owned();
        return Err(Error::Auth { text, denied: Denied::Unsent });
    }
    // Servers repeat what they did not understand, and decode it first: every form is hidden, whichever is sent.
    let plain = SecretString::from(STANDARD.encode(format!("\0{user}\0{}", password.expose_secret())));
    let encoded = SecretString::from(STANDARD.encode(password.expose_secret()));
    for secret in [&plain, &encoded, password] {
        driver.guard().hide(secret.clone());
    }
    let mut told = None;
    let mut take = |answer: Answer| {
        let Answer::Capability(capabilities) = answer else { return Some(answer) };
        told = Some(capabilities);
        None
    };
    let done = if offered.has("AUTH=PLAIN") {
        let verb = "AUTHENTICATE";
        if offered.has("SASL-IR") {
            let command = Command::new("AUTHENTICATE PLAIN ").raw_secret(plain);
            driver.run(verb, command, &mut take).await
        } else {
            authenticate(&mut driver, plain, &mut take).await
        }
    } else if offered.has("LOGINDISABLED") {
        return Err(Error::Auth { text: no_way(offered), denied: Denied::Unsent });
    } else {
        let command = Command::new("LOGIN").string("LOGIN", user)?.secret(password)?;
        driver.run("LOGIN", command, &mut take).await
    };
    let done = done.map_err(refused)?;
    let told = done.code.and_then(|code| code.capabilities()).or(told).filter(|told| !told.is_empty());
    let capabilities = match told {
        Some(told) => told,
        None => ask_capabilities(&mut driver).await?,
    };
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

/// AUTHENTICATE without an initial response: the server asks with an empty `+` first.
async fn authenticate(
    driver: &mut Driver,
    plain: SecretString,
    take: crate::imap::driver::Take<'_>,
) -> Result<Done, Error> {
    const VERB: &str = "AUTHENTICATE";
    driver.begin()?;
    let result = async {
        let tag = driver.send(VERB, &Command::new("AUTHENTICATE PLAIN")).await?;
        driver.wait_for_continue(VERB, &tag, QUIET).await?;
        driver.write(format!("{}\r\n", plain.expose_secret()).as_bytes()).await?;
        driver.flush().await?;
        loop {
            let answer = driver.answer(VERB, QUIET, &mut |_| {}).await?;
            if let Some(done) = driver.judge(VERB, &tag, answer, take)? {
                return Ok(done);
            }
        }
    }
    .await;
    driver.end(result)
}

/// A NO or BAD here means the sign-in: trying it again and again may lock the account (RL45).
fn refused(error: Error) -> Error {
    match error {
        Error::Rejected { code, text, .. } => Error::Auth { text: with_code(code, text), denied: Denied::Password },
        Error::Bad { text, .. } => Error::Auth { text, denied: Denied::Password },
        other @ (Error::Auth { .. }
        | Error::Unreachable { .. }
        | Error::Tls { .. }
        | Error::Timeout { .. }
        | Error::Throttled { .. }
        | Error::Protocol(_)
        | Error::Closed { .. }) => other,
    }
}

fn with_code(code: Option<String>, text: String) -> String {
    match code {
        Some(code) if text.is_empty() => code,
        Some(code) if code != "AUTHENTICATIONFAILED" => format!("{text} [{code}]"),
        Some(_) | None => text,
    }
}

fn no_way(offered: &Capabilities) -> String {
    let mechanisms = offered.mechanisms();
    let offered = if mechanisms.is_empty() { "none".to_owned() } else { mechanisms.join(", ") };
    format!("The server takes no password here; the ways it offers: {offered}")
}
