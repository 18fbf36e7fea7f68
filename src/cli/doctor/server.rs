//! Checks of one account's server: the steps of `setup::check`, then what the server can do, its space, others' folders.

use std::cell::RefCell;
use std::time::Duration;

use crate::auth::{Failure, Keeper};
use crate::config::Account;
use crate::config::secret::Secret;
use crate::imap::capability::Capabilities;
use crate::imap::error::Error;
use crate::imap::session::{Listed, Session};
use crate::imap::trace::Trace;
use crate::mail::folder::Namespace;
use crate::mail::quota::{self, Quota, Resource};
use crate::mail::rights::Rights;
use crate::protocol::Need;
use crate::setup::check;
use crate::setup::plan::checks::{Outcome, Step, Told};
use crate::setup::sending::sending;

use super::{Finding, Verdict};

/// How long the way out may take: shorter than the patience of a real sending, since somebody waits for it.
const PATIENCE: Duration = Duration::from_mins(1);

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
pub(super) async fn check(account: &Account, keepers: (&Keeper, Option<&Keeper>), trace: &Trace) -> Vec<Finding> {
    let (keeper, for_sending) = keepers;
    let mut findings = Vec::new();
    let missing = RefCell::new(None);
    let credential = || async {
        keeper.credential().await.map_err(|failure| {
            let words = failure.to_string();
            missing.replace(Some(failure));
            words
        })
    };
    let mut tell = |told: Told| findings.extend(finding(told));
    let session = check::check(account, credential, trace, &mut tell).await;
    // Where there is nothing to sign in with, what to do is for the way in which the config says where it is.
    if let Some(failure) = missing.into_inner() {
        findings.pop();
        findings.push(secret(account, &failure));
    }
    let Some(mut session) = session else { return findings };
    findings.push(capabilities(session.capabilities()));
    if session.capabilities().has("QUOTA") {
        findings.push(match session.quota().await {
            Ok(quotas) => space(&quotas),
            Err(error) => Finding::warn("quota", error.to_string(), "the server offers to say how full the account is"),
        });
    }
    findings.extend(sharing(&mut session).await);
    session.logout().await;
    let for_sending = for_sending.unwrap_or(keeper);
    let credential = || async { for_sending.credential().await.map_err(|failure| failure.to_string()) };
    findings.push(outcome("smtp", sending(account, credential, trace, PATIENCE).await));
    findings
}

/// The line of a step that ended.
fn finding(told: Told) -> Option<Finding> {
    let Told::Ends(step, ended) = told else { return None };
    match ended {
        // That it is an IMAP server is said by everything that follows.
        Outcome::Good(_) if step == Step::Greeting => None,
        ended @ (Outcome::Good(_) | Outcome::Fair { .. } | Outcome::Bad { .. }) => Some(outcome(step.as_str(), ended)),
    }
}

fn outcome(check: &'static str, outcome: Outcome) -> Finding {
    match outcome {
        Outcome::Good(words) => Finding::ok(check, words.to_string()),
        Outcome::Fair { words, next } => Finding::warn(check, words.to_string(), next.to_string()),
        Outcome::Bad { words, next, unreachable } => {
            let state = if unreachable { Verdict::Unreachable } else { Verdict::Fail };
            Finding { state, ..Finding::fail(check, words.to_string(), next.to_string()) }
        }
    }
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
            Finding::fail("token", found, format!("sign in: posthaste account login {}", shell_words::quote(name)))
        }
        Failure::Needed(Need::Password, _) if account.imap.secret == Secret::Prompt => {
            Finding::fail("password", found, "run it at a terminal, or use password_command or keyring = true")
        }
        Failure::Needed(Need::Password, _) => Finding::fail(
            "password",
            found,
            format!("put it there: posthaste account login {}", shell_words::quote(name)),
        ),
        Failure::Needed(Need::Command, _) => {
            let (what, key) = match account.imap.secret {
                Secret::TokenCommand(_) => ("token", "token_command"),
                Secret::OAuth(_) => ("token", "client_secret_command"),
                Secret::Command(_) | Secret::Keyring | Secret::Prompt | Secret::Plain(_) | Secret::None => {
                    ("password", "password_command")
                }
            };
            Finding::fail(what, found, format!("run the command of {key} yourself to see what it says"))
        }
        Failure::Needed(Need::Unlock, _) if matches!(account.imap.secret, Secret::OAuth(_)) => {
            Finding::fail("token", found, "unlock the keyring, or see to the file that keeps the token")
        }
        Failure::Needed(Need::Unlock, _) => {
            Finding::fail("password", found, "unlock the keyring, or use password_command")
        }
        Failure::Failed(_) => {
            Finding::fail("token", found, format!("check client_id and client_secret in [accounts.{name}.oauth]"))
        }
    }
}

#[cfg(test)]
mod tests;
