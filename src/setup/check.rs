//! Trying an account step by step, before it is saved and whenever `doctor` is asked: each step is told as it ends, with what
//! is wrong and what to do.

use std::future::Future;
use std::net::IpAddr;

use super::plan::checks::{Outcome, Step, Told};
use super::providers;
use crate::config::{Account, Security};
use crate::imap::capability::Capabilities;
use crate::imap::connect::{self, Greeted};
use crate::imap::error::{self, Error};
use crate::imap::session::{Listed, Session};
use crate::imap::trace::Trace;
use crate::mail::folder::{Namespace, Role};
use crate::safe_text::SafeText;
use crate::sasl::Credential;
use crate::sync::connection::endpoint;
use crate::sync::roles;

/// Folders that a mail program uses, and what each is called in the report.
const SPECIAL: [(Role, &str); 5] = [
    (Role::Archive, "archive"),
    (Role::Sent, "sent"),
    (Role::Drafts, "drafts"),
    (Role::Trash, "trash"),
    (Role::Junk, "junk"),
];

/// Tries an account. Its credential is asked for once the server is there: a command is not run and nobody is asked for a
/// password that cannot be used. Gives back the session, for whoever has more to ask; it is not signed out yet.
///
/// Cancelled by dropping it: then the connection is closed.
pub async fn check<C>(
    account: &Account,
    credential: impl FnOnce() -> C,
    trace: &Trace,
    tell: &mut impl FnMut(Told),
) -> Option<Session>
where
    C: Future<Output = Result<Credential, String>>,
{
    let done = steps(account, credential, trace, tell).await;
    tell(Told::Ended);
    done
}

async fn steps<C>(
    account: &Account,
    credential: impl FnOnce() -> C,
    trace: &Trace,
    tell: &mut impl FnMut(Told),
) -> Option<Session>
where
    C: Future<Output = Result<Credential, String>>,
{
    let greeted = greeting(account, trace, tell).await?;
    tell(Told::Ways(ways(greeted.capabilities())));
    tell(Told::Begins(Step::SignIn));
    let by_command = greeted.is_signed_in();
    let credential = if by_command { Ok(Credential::None) } else { credential().await };
    let credential = match credential {
        Ok(credential) => credential,
        Err(words) => {
            let next = "see that the secret is where the config says: run its command yourself, or unlock the keyring";
            tell(Told::Ends(Step::SignIn, bad(&words, next)));
            return None;
        }
    };
    let mut session = match greeted.login(&account.imap.user, &credential, account.imap.sign_in.auth).await {
        Ok(session) => session,
        Err(error) => {
            tell(Told::Ends(Step::SignIn, failure(Step::SignIn, account, &error)));
            return None;
        }
    };
    let words = match account.imap.user.as_str() {
        _ if by_command => "by the command".to_owned(),
        "" => "by the certificate".to_owned(),
        user => format!("as {user}"),
    };
    tell(Told::Ends(Step::SignIn, good(&words)));
    tell(Told::Begins(Step::Folders));
    let listed = match session.list().await {
        Ok(listed) => listed,
        Err(error) => {
            tell(Told::Ends(Step::Folders, failure(Step::Folders, account, &error)));
            return None;
        }
    };
    folders(account, &listed, tell).then_some(session)
}

/// Whether the account's server is there and greets. Nobody signs in, and the connection is closed again.
pub async fn greets(account: &Account, trace: &Trace, tell: &mut impl FnMut(Told)) -> bool {
    greeting(account, trace, tell).await.is_some()
}

async fn greeting(account: &Account, trace: &Trace, tell: &mut impl FnMut(Told)) -> Option<Greeted> {
    if account.imap.sign_in.command.is_some() {
        run(account, trace, tell).await
    } else {
        reach(account, trace, tell).await
    }
}

/// The server behind the user's own command.
async fn run(account: &Account, trace: &Trace, tell: &mut impl FnMut(Told)) -> Option<Greeted> {
    tell(Told::Begins(Step::Command));
    match connect::connect(&endpoint(&account.imap), trace).await {
        Ok(greeted) => {
            let words = if greeted.is_signed_in() { "it greets, and you are signed in" } else { "it greets" };
            tell(Told::Ends(Step::Command, good(words)));
            Some(greeted)
        }
        Err(error) => {
            let next = "run imap.command yourself: it must greet with \"* PREAUTH\" or \"* OK\", and ask for nothing";
            let unreachable = is_away(&error);
            let (words, next) = (SafeText::new(&error.to_string()), SafeText::from_static(next));
            tell(Told::Ends(Step::Command, Outcome::Bad { words, next, unreachable }));
            None
        }
    }
}

/// Name, TCP, TLS, greeting.
async fn reach(account: &Account, trace: &Trace, tell: &mut impl FnMut(Told)) -> Option<Greeted> {
    let imap = &account.imap;
    let server = format!("{} port {}", imap.host, imap.port);
    tell(Told::Begins(Step::Name));
    match connect::resolve(&imap.host, imap.port).await {
        Ok(addresses) => {
            let shown: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
            tell(Told::Ends(Step::Name, good(&format!("{} is {}", imap.host, shown.join(", ")))));
        }
        Err(error) => {
            tell(Told::Ends(Step::Name, failure(Step::Name, account, &error)));
            return None;
        }
    }
    tell(Told::Begins(Step::Tcp));
    let done = connect::connect(&endpoint(imap), trace).await;
    let failed_at = done.as_ref().err().map(step_of);
    if failed_at.is_none_or(|step| step > Step::Tcp) {
        tell(Told::Ends(Step::Tcp, good(&server)));
    }
    if failed_at.is_none_or(|step| step > Step::Tls) {
        tell(Told::Ends(Step::Tls, safe(account)));
    }
    match done {
        Ok(greeted) => {
            tell(Told::Ends(Step::Greeting, good("an IMAP server")));
            Some(greeted)
        }
        Err(error) => {
            let step = step_of(&error);
            if let Error::Tls { certificate: Some(certificate), .. } = &error
                && is_here(&imap.host)
            {
                tell(Told::Certificate(certificate.clone()));
            }
            tell(Told::Ends(step, failure(step, account, &error)));
            None
        }
    }
}

/// How the connection is protected.
fn safe(account: &Account) -> Outcome {
    match account.imap.security {
        Security::Tls | Security::StartTls if account.imap.pin.is_some() => good("the certificate is the pinned one"),
        Security::Tls => good("the certificate is good"),
        Security::StartTls => good("by STARTTLS, the certificate is good"),
        Security::None => Outcome::Fair {
            words: SafeText::from_static("none: clear text on this machine"),
            next: SafeText::from_static("fine for a bridge or a tunnel"),
        },
    }
}

/// The step that a failure to connect belongs to.
fn step_of(error: &Error) -> Step {
    match error {
        Error::Unreachable { .. } => Step::Tcp,
        Error::Timeout { what } if *what != error::GREETING => Step::Tcp,
        Error::Tls { .. } => Step::Tls,
        Error::Timeout { .. }
        | Error::Auth { .. }
        | Error::Rejected { .. }
        | Error::Bad { .. }
        | Error::Throttled { .. }
        | Error::Protocol(_)
        | Error::Closed { .. } => Step::Greeting,
    }
}

/// What the server takes before the sign-in.
fn ways(offered: &Capabilities) -> Vec<String> {
    let mut ways: Vec<String> = offered.mechanisms().into_iter().map(str::to_owned).collect();
    if !offered.has("LOGINDISABLED") {
        ways.push("LOGIN".to_owned());
    }
    ways.dedup();
    ways
}

/// Tells of the folders; whether there is an inbox, without which there is no mail.
fn folders(account: &Account, listed: &[Listed], tell: &mut impl FnMut(Told)) -> bool {
    let own: Vec<&Listed> = listed.iter().filter(|one| one.selectable).collect();
    let assigned = roles::assign(listed, &account.folders);
    let shown = |raw: &str| {
        let one = own.iter().find(|one| one.raw == raw);
        SafeText::new(one.map_or(raw, |one| one.name.as_str()))
    };
    let mut found: Vec<(Role, SafeText)> = assigned.iter().map(|(raw, role)| (*role, shown(raw))).collect();
    found.sort_by_key(|(role, _)| *role);
    let others = own.iter().filter(|one| one.namespace != Namespace::Personal).count();
    let has = |role: Role| found.iter().any(|(known, _)| *known == role);
    let inbox = has(Role::Inbox);
    let count = own.len();
    let words = match (count, others) {
        (1, _) => "1 folder".to_owned(),
        (_, 0) => format!("{count} folders"),
        (_, others) => format!("{count} folders, {others} of them of others"),
    };
    tell(Told::Folders { roles: found.clone(), count });
    if !inbox {
        let next = "the account may not be set up yet: sign in to it on the provider's web page once";
        tell(Told::Ends(Step::Folders, bad("there is no inbox", next)));
        return false;
    }
    tell(Told::Ends(Step::Folders, good(&words)));
    tell(Told::Begins(Step::SpecialFolders));
    tell(Told::Ends(Step::SpecialFolders, special(&found, &account.name)));
    true
}

fn special(found: &[(Role, SafeText)], account: &str) -> Outcome {
    // Gmail has no archive: what is taken out of the inbox is in All Mail.
    let folder = |role: Role| {
        let of = |role: Role| found.iter().find(|(known, _)| *known == role);
        of(role).or_else(|| if role == Role::Archive { of(Role::All) } else { None })
    };
    let here: Vec<String> =
        SPECIAL.iter().filter_map(|(role, word)| Some(format!("{word} is {}", folder(*role)?.1))).collect();
    let missing: Vec<&str> =
        SPECIAL.iter().filter(|(role, _)| folder(*role).is_none()).map(|(_, word)| *word).collect();
    if missing.is_empty() {
        return good(&here.join(", "));
    }
    let here = if here.is_empty() { String::new() } else { format!("{}; ", here.join(", ")) };
    Outcome::Fair {
        words: SafeText::new(&format!("{here}none for {}", missing.join(", "))),
        next: SafeText::new(&format!(
            "if such a folder is called otherwise, name it in [accounts.{account}.folders]; else make it"
        )),
    }
}

fn good(words: &str) -> Outcome {
    Outcome::Good(SafeText::new(words))
}

fn bad(words: &str, next: &str) -> Outcome {
    Outcome::Bad { words: SafeText::new(words), next: SafeText::new(next), unreachable: false }
}

/// A step that failed, in the error's words, with what to do by its class; of a provider in the table what it needs.
pub fn failure(step: Step, account: &Account, error: &Error) -> Outcome {
    let host = &account.imap.host;
    let domain = account.email.rsplit_once('@').map(|(_, domain)| domain);
    let next = match error {
        Error::Auth { .. } => providers::needs(host, domain).unwrap_or_else(|| {
            let next = if is_here(host) {
                "check user and password; a bridge on this computer shows one of its own, others want an app password"
            } else {
                "check user and password; many providers want an app password, or IMAP switched on in their settings"
            };
            next.to_owned()
        }),
        Error::Unreachable { .. } if step == Step::Name => {
            "check the host's name, and whether this machine is online".to_owned()
        }
        Error::Unreachable { .. } | Error::Timeout { .. } => {
            "check host, port and security; a firewall may stand between".to_owned()
        }
        Error::Tls { certificate: Some(_), .. } if is_here(host) => {
            "nothing was sent; a bridge of yours has a certificate of its own: take just this one, with imap.pin or --pin"
                .to_owned()
        }
        // Its own text says what to do.
        Error::Tls { .. } => "nothing was sent; certificates are always verified, or compared with imap.pin".to_owned(),
        Error::Throttled { .. } => "wait: the server asks for it".to_owned(),
        Error::Protocol(_) | Error::Closed { .. } if step == Step::Greeting => {
            "check host, port and security: another service may answer there".to_owned()
        }
        Error::Rejected { .. } | Error::Bad { .. } | Error::Protocol(_) | Error::Closed { .. } => {
            "run with POSTHASTE_LOG=trace and see \"posthaste log --trace\"".to_owned()
        }
    };
    let (words, next) = (SafeText::new(&error.to_string()), SafeText::new(&next));
    Outcome::Bad { words, next, unreachable: is_away(error) }
}

/// Whether a host is this computer.
fn is_here(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether the server is away, which may be over soon.
fn is_away(error: &Error) -> bool {
    match error {
        Error::Unreachable { .. } | Error::Timeout { .. } | Error::Throttled { .. } | Error::Closed { .. } => true,
        Error::Auth { .. } | Error::Tls { .. } | Error::Rejected { .. } | Error::Bad { .. } | Error::Protocol(_) => {
            false
        }
    }
}

#[cfg(test)]
mod tests;
