//! `sync`: cache and server in step once, the queue included.

use serde::Serialize;

use super::Failure;
use super::context::{Context, chosen};
use super::engine::{AccountReport, End};
use super::exit::Code;
use super::output::Format;

/// What happened to an account, as JSON.
#[derive(Serialize)]
struct Row<'a> {
    account: &'a str,
    state: &'static str,
    reason: Option<&'a str>,
    new: u64,
    sent: u64,
    queued: u64,
    failed: u64,
}

/// Syncs one account, or all.
pub(super) fn run(context: &mut Context<'_>, account: Option<&str>) -> Result<Code, Failure> {
    if context.args.offline {
        return Err(Failure::Usage("sync needs the network: leave --offline out".to_owned()));
    }
    let config = context.config()?;
    chosen(&config, account)?;
    let mut engine = context.engine(&config)?;
    // A line as each ends: one that holds everything up does not keep the others' to itself.
    let (out, mut told) = (&mut *context.out, Ok(()));
    let lines = out.format() == Format::Text;
    let report = engine.sync(account, &mut |account| {
        if lines && told.is_ok() {
            told = out.line(&sentence(account)).and_then(|()| out.flush());
        }
    })?;
    told?;
    if !lines {
        context.out.json(&report.accounts.iter().map(row).collect::<Vec<_>>())?;
    }
    // Behind the report: nothing waits for it, and everything is found without it, only slower.
    context.out.flush()?;
    if let Err(error) = engine.index() {
        tracing::warn!("the index is not filled: {error}");
    }
    Ok(report.accounts.iter().fold(Code::Done, |code, account| code.and(code_of(account))))
}

fn code_of(account: &AccountReport) -> Code {
    match &account.end {
        End::InStep if account.refused > 0 => Code::Failed,
        End::InStep => Code::Done,
        End::Unreachable { .. } => Code::Unreachable,
        End::Failed { .. } => Code::Failed,
    }
}

fn row(account: &AccountReport) -> Row<'_> {
    let (state, reason) = match &account.end {
        End::InStep => ("synced", None),
        End::Unreachable { reason } => ("unreachable", Some(reason.as_str())),
        End::Failed { reason } => ("failed", Some(reason.as_str())),
    };
    Row {
        account: &account.account,
        state,
        reason,
        new: account.new,
        sent: account.sent,
        queued: account.queued,
        failed: account.refused,
    }
}

/// "work: synced, 3 new messages, 2 changes sent".
fn sentence(account: &AccountReport) -> String {
    let end = match &account.end {
        End::InStep => format!("{}: synced", account.account),
        End::Unreachable { reason } => format!("{}: cannot be reached: {reason}", account.account),
        End::Failed { reason } => format!("{}: failed: {reason}", account.account),
    };
    let counts = [
        (account.new, "new message", ""),
        (account.sent, "change", " sent"),
        (account.queued, "change", " still queued"),
        (account.refused, "change", " refused by the server"),
    ];
    let told = counts.into_iter().filter(|(count, _, _)| *count > 0).map(|(count, what, then)| {
        let plural = if count == 1 { "" } else { "s" };
        format!("{count} {what}{plural}{then}")
    });
    std::iter::once(end).chain(told).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
