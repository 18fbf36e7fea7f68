//! Trying the way out of an account: everything that sending needs, without a mail.

use std::future::Future;
use std::time::Duration;

use tokio::time::timeout;

use super::plan::checks::Outcome;
use crate::config::Account;
use crate::imap::connect::dialer::Dialer;
use crate::imap::trace::Trace;
use crate::safe_text::SafeText;
use crate::sasl::Credential;
use crate::send::error::{Error, Next};
use crate::send::{Outlet, SignIn, check, not_set_up};
use crate::sync::way_out::way_out;

/// Tries the way out, for no longer than this after the sign-in is known: somebody waits for it. The credential is asked for
/// where one is needed.
pub async fn sending<C>(account: &Account, credential: impl FnOnce() -> C, trace: &Trace, limit: Duration) -> Outcome
where
    C: Future<Output = Result<Credential, String>>,
{
    let Some(outlet) = way_out(account, &Dialer::Network) else {
        let (words, next) = not_set_up(&account.name);
        return Outcome::Fair { words: SafeText::new(words), next: SafeText::new(&next) };
    };
    let credential = if signs_in(&outlet) { credential().await } else { Ok(Credential::None) };
    let credential = match credential {
        Ok(credential) => credential,
        Err(words) => return bad(&words, "see that the secret is where the config says", false),
    };
    match timeout(limit, check(&outlet, &credential, trace)).await {
        Ok(Ok(found)) => Outcome::Good(SafeText::new(&format!("{}{}", place(&outlet), found.words()))),
        Ok(Err(error)) => failure(&error),
        Err(_) => {
            let words = format!("the server did not answer in {} seconds", limit.as_secs());
            bad(&words, "check smtp.host, smtp.port and smtp.security; a firewall may stand between", true)
        }
    }
}

fn signs_in(outlet: &Outlet) -> bool {
    match outlet {
        Outlet::Smtp(smtp) => smtp.sign_in != SignIn::Not,
        Outlet::Command(_) => false,
    }
}

/// "smtp.example.org port 465, signed in as ada; "
fn place(outlet: &Outlet) -> String {
    let Outlet::Smtp(smtp) = outlet else { return String::new() };
    let who = match smtp.sign_in {
        SignIn::Not => "without sign-in".to_owned(),
        SignIn::Auth(_) => format!("signed in as {}", smtp.user),
    };
    format!("{} port {}, {who}; ", smtp.endpoint.host, smtp.endpoint.port)
}

fn failure(error: &Error) -> Outcome {
    let next = match (error, error.next()) {
        (_, Next::SignIn | Next::Token) => {
            "check smtp.user and the password; some providers want sending switched on in their settings"
        }
        // Its own text says what to do.
        (Error::Tls { .. }, _) => "nothing was sent; certificates are always verified, or compared with smtp.pin",
        (_, Next::Soon) => "check smtp.host, smtp.port and smtp.security; a firewall may stand between",
        (_, Next::Later) => "wait: the server asks for it",
        (Error::Command { .. }, _) => "check send.command in the config",
        (_, Next::Edit | Next::Ask) => "run with POSTHASTE_LOG=trace and see \"posthaste log --trace\"",
    };
    let away =
        !matches!(error, Error::Tls { .. } | Error::Protocol(_)) && matches!(error.next(), Next::Soon | Next::Later);
    bad(&error.to_string(), next, away)
}

fn bad(words: &str, next: &str, unreachable: bool) -> Outcome {
    Outcome::Bad { words: SafeText::new(words), next: SafeText::new(next), unreachable }
}
