//! Checks of one account's server, step by step: name, connection, TLS, password, sign-in, capabilities.

use crate::auth::{Failure, Keeper};
use crate::config::secret::Secret;
use crate::config::{Account, Imap, Security};
use crate::imap::capability::Capabilities;
use crate::imap::connect::{self, Greeted};
use crate::imap::error::Error;
use crate::imap::session::{Listed, Session};
use crate::imap::trace::Trace;
use crate::mail::folder::Namespace;
use crate::mail::quota::{self, Quota, Resource};
use crate::mail::rights::Rights;
use crate::protocol::Need;
use crate::sasl::Credential;
use crate::sync::connection::endpoint;

use super::{Finding, Verdict};

/// A capability, and what it is like without.
type Offer = (&'static str, &'static str);

/// What a server may offer.
const OFFERS: [Offer; 8] = [
    ("IDLE", "new mail shows when it is polled for, not at once"),
    ("NOTIFY", "only the inbox and the open folder are live, the others are counted every three minutes"),
    ("UIDPLUS", "moves are checked with more questions"),
    ("MOVE", "messages are moved by copy and removal"),
    ("SPECIAL-USE", "folders' roles are guessed by their names, or named in [accounts.….folders]"),
    ("CONDSTORE", "changes made elsewhere are found by asking for all flags"),
    ("QRESYNC", "removals made elsewhere are found by comparing lists"),
    ("COMPRESS=DEFLATE", "a first sync takes several times the bytes"),
];

/// Everything that can be said about the account's server; ends with the first thing that does not work.
pub(super) async fn check(account: &Account, keeper: &Keeper, trace: &Trace) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Err(failed) = steps(account, keeper, trace, &mut findings).await {
        findings.push(failed);
    }
    findings
}

async fn steps(account: &Account, keeper: &Keeper, trace: &Trace, findings: &mut Vec<Finding>) -> Result<(), Finding> {
    let imap = &account.imap;
    let greeted = if imap.sign_in.command.is_some() {
        run(imap, trace, findings).await
    } else {
        reach(imap, trace, findings).await
    }?;
    let credential = if greeted.is_signed_in() {
        Credential::None
    } else {
        keeper.credential().await.map_err(|failure| secret(account, &failure))?
    };
    let by_command = greeted.is_signed_in();
    let session = greeted.login(&imap.user, &credential, imap.sign_in.auth).await;
    let mut session = session.map_err(|e| failure("sign-in", &e))?;
    findings.push(Finding::ok(
        "sign-in",
        match imap.user.as_str() {
            _ if by_command => "by the command".to_owned(),
            "" => "by the certificate".to_owned(),
            user => format!("as {user}"),
        },
    ));
    findings.push(capabilities(session.capabilities()));
    if session.capabilities().has("QUOTA") {
        findings.push(match session.quota().await {
            Ok(quotas) => space(&quotas),
            Err(error) => Finding::warn("quota", error.to_string(), "the server offers to say how full the account is"),
        });
    }
    findings.extend(sharing(&mut session).await);
    session.logout().await;
    Ok(())
}

/// The server behind the user's own command.
async fn run(imap: &Imap, trace: &Trace, findings: &mut Vec<Finding>) -> Result<Greeted, Finding> {
    let greeted = connect::connect(&endpoint(imap), trace).await.map_err(|error| {
        let advice = "run imap.command yourself: it must greet with \"* PREAUTH\" or \"* OK\", and ask for nothing";
        Finding { advice: Some(advice.to_owned()), ..failure("command", &error) }
    })?;
    let greeting = if greeted.is_signed_in() { "it greets, and you are signed in" } else { "it greets" };
    findings.push(Finding::ok("command", greeting));
    Ok(greeted)
}

/// The server at the other end of a socket.
async fn reach(imap: &Imap, trace: &Trace, findings: &mut Vec<Finding>) -> Result<Greeted, Finding> {
    let addresses = connect::resolve(&imap.host, imap.port).await.map_err(|e| failure("dns", &e))?;
    let shown: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
    findings.push(Finding::ok("dns", format!("{} is {}", imap.host, shown.join(", "))));

    let greeted = connect::connect(&endpoint(imap), trace).await;
    let server = format!("{} port {}", imap.host, imap.port);
    let greeted = match greeted {
        Ok(greeted) => greeted,
        Err(e @ (Error::Unreachable { .. } | Error::Timeout { .. })) => return Err(failure("tcp", &e)),
        Err(e @ Error::Tls { .. }) => {
            findings.push(Finding::ok("tcp", server));
            return Err(failure("tls", &e));
        }
        Err(e) => {
            findings.push(Finding::ok("tcp", server));
            return Err(failure("greeting", &e));
        }
    };
    findings.push(Finding::ok("tcp", server));
    findings.push(match imap.security {
        Security::Tls | Security::StartTls if imap.pin.is_some() => {
            Finding::ok("tls", "the certificate is the pinned one")
        }
        Security::Tls => Finding::ok("tls", "the certificate is good"),
        Security::StartTls => Finding::ok("tls", "by STARTTLS, the certificate is good"),
        Security::None => Finding::warn("tls", "none: clear text on this machine", "fine for a bridge or a tunnel"),
    });
    Ok(greeted)
}

/// Folders of other people, with what the user may do in them; nothing where there are none.
async fn sharing(session: &mut Session) -> Option<Finding> {
    if !session.capabilities().has("NAMESPACE") {
        return None;
    }
    let shared = match others(session).await {
        Ok(shared) => shared,
        Err(error) => return Some(Finding::warn("shared", error.to_string(), "the list of folders could not be had")),
    };
    (!shared.is_empty()).then(|| Finding::ok("shared", told_of(&shared)))
}

async fn others(session: &mut Session) -> Result<Vec<(String, Option<Rights>)>, Error> {
    let listed = session.list().await?;
    let shared: Vec<Listed> =
        listed.into_iter().filter(|one| one.selectable && one.namespace != Namespace::Personal).collect();
    let raws: Vec<String> = shared.iter().filter(|one| one.rights.is_none()).map(|one| one.raw.clone()).collect();
    let mut asked = session.my_rights(&raws).await?.into_iter();
    Ok(shared.into_iter().map(|one| (one.name, one.rights.or_else(|| asked.next().flatten()))).collect())
}

/// Folders that are named in a line of the report.
const NAMED: usize = 10;

fn told_of(shared: &[(String, Option<Rights>)]) -> String {
    let count = match shared.len() {
        1 => "1 folder of others".to_owned(),
        many => format!("{many} folders of others"),
    };
    let one = |(name, rights): &(String, Option<Rights>)| match rights {
        Some(rights) if rights.read_only() => format!("{name} (read-only: {rights})"),
        Some(rights) => format!("{name} ({rights})"),
        None => format!("{name} (the server does not say what you may do there)"),
    };
    let named: Vec<String> = shared.iter().take(NAMED).map(one).collect();
    let more = shared.len().saturating_sub(NAMED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{count}: {}{rest}", named.join(", "))
}

/// How full the account is (RFC 9208): each resource that the server counts.
fn space(quotas: &[Quota]) -> Finding {
    if quotas.is_empty() {
        return Finding::ok("quota", "no limit");
    }
    let said: Vec<String> = quotas
        .iter()
        .map(|quota| {
            let (used, limit, percent) = (quota.used, quota.limit, quota.percent());
            match quota.resource {
                Resource::Storage => {
                    format!("{} of {} MB ({percent}%)", used.div_ceil(1024 * 1024), limit.div_ceil(1024 * 1024))
                }
                Resource::Messages => format!("{used} of {limit} messages ({percent}%)"),
                Resource::Folders => format!("{used} of {limit} folders ({percent}%)"),
            }
        })
        .collect();
    let said = said.join(", ");
    match quota::warning(quotas) {
        Some(_) => Finding::warn("quota", said, "delete mail or empty the trash: a full account takes no more mail"),
        None => Finding::ok("quota", said),
    }
}

fn capabilities(offered: &Capabilities) -> Finding {
    let (here, missing): (Vec<Offer>, Vec<Offer>) = OFFERS.into_iter().partition(|(name, _)| offered.has(name));
    let here: Vec<&str> = here.into_iter().map(|(name, _)| name).collect();
    let here = if here.is_empty() { "the basics alone".to_owned() } else { here.join(", ") };
    if missing.is_empty() {
        return Finding::ok("capabilities", here);
    }
    let without: Vec<String> = missing.into_iter().map(|(name, then)| format!("without {name} {then}")).collect();
    // All of it works, only more slowly: nothing that the user has to see to.
    Finding::ok("capabilities", format!("{here}; {}", without.join("; ")))
}

/// There is nothing to sign in with.
fn secret(account: &Account, failure: &Failure) -> Finding {
    let name = &account.name;
    let found = failure.to_string();
    match failure {
        Failure::Unreachable { .. } => {
            let advice = "check whether this machine is online; the token comes from there";
            Finding { state: Verdict::Unreachable, ..Finding::fail("token", found, advice) }
        }
        Failure::Needed(Need::SignIn, _) => {
            Finding::fail("token", found, format!("sign in: posthaste account login {name}"))
        }
        Failure::Needed(Need::Password, _) => {
            Finding::fail("password", found, format!("put it there: posthaste account login {name}"))
        }
        Failure::Failed(_) => match account.imap.secret {
            Secret::Command(_) => {
                Finding::fail("password", found, "run the command of password_command yourself to see what it says")
            }
            Secret::TokenCommand(_) => {
                Finding::fail("token", found, "run the command of token_command yourself to see what it says")
            }
            Secret::OAuth(_) => {
                Finding::fail("token", found, format!("check client_id and client_secret in [accounts.{name}.oauth]"))
            }
            Secret::Keyring => Finding::fail("password", found, "unlock the keyring, or use password_command"),
            Secret::Prompt | Secret::Plain(_) | Secret::None => {
                Finding::fail("password", found, "run it at a terminal, or use password_command or keyring = true")
            }
        },
    }
}

/// A failed step, with what to do by its class.
fn failure(check: &'static str, error: &Error) -> Finding {
    let advice = match error {
        Error::Auth { .. } => {
            "check user and password; many providers want an app password, or IMAP switched on in their settings"
        }
        Error::Unreachable { .. } if check == "dns" => "check host in the config, and whether this machine is online",
        Error::Unreachable { .. } | Error::Timeout { .. } => {
            "check host, port and security in the config; a firewall may stand between"
        }
        // Its own text says what to do.
        Error::Tls { .. } => "nothing was sent; certificates are always verified, or compared with imap.pin",
        Error::Throttled { .. } => "wait: the server asks for it",
        Error::Rejected { .. } | Error::Bad { .. } | Error::Protocol(_) | Error::Closed { .. } => {
            "run with POSTHASTE_LOG=trace and see \"posthaste log --trace\""
        }
    };
    let finding = Finding::fail(check, error.to_string(), advice);
    match error {
        Error::Unreachable { .. } | Error::Timeout { .. } | Error::Throttled { .. } | Error::Closed { .. } => {
            Finding { state: Verdict::Unreachable, ..finding }
        }
        Error::Auth { .. } | Error::Tls { .. } | Error::Rejected { .. } | Error::Bad { .. } | Error::Protocol(_) => {
            finding
        }
    }
}

#[cfg(test)]
mod tests;
