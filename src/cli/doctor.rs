//! `doctor` and `account check`: a line a check, what was found, and what to do about it. `report` makes it fit to paste.

use std::sync::Arc;

use serde::Serialize;

use super::args::Doctor;
use super::context::{Context, chosen};
use super::exit::Code;
use super::output::Format;
use super::{Failure, logging, prompt};
use crate::auth::{Keeper, Tools, vault};
use crate::config::{Account, Config};
use crate::imap::trace::Trace;
use crate::setup::check;

mod files;
mod local;
mod redact;
mod report;
mod server;

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    /// All is well.
    Ok,
    /// It works, and something should be seen to.
    Warn,
    /// It does not work.
    Fail,
    /// The server could not be reached: shown as a failure, ends with its own code.
    #[serde(rename = "fail")]
    Unreachable,
}

/// A line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    check: &'static str,
    account: Option<String>,
    state: Verdict,
    found: String,
    advice: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, account: None, state: Verdict::Ok, found: found.into(), advice: None }
    }

    fn warn(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { state: Verdict::Warn, advice: Some(advice.into()), ..Self::ok(check, found) }
    }

    fn fail(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { state: Verdict::Fail, advice: Some(advice.into()), ..Self::ok(check, found) }
    }

    fn of(self, account: &Account) -> Self {
        Self { account: Some(account.name.clone()), ..self }
    }
}

/// Checks everything, or one account and what is not an account's.
pub(super) fn run(context: &mut Context<'_>, wanted: &Doctor) -> Result<Code, Failure> {
    if wanted.report && context.out.format() == Format::Json {
        return Err(Failure::Usage("--report is a text to paste: leave --json out".to_owned()));
    }
    let mut report = Report { silent: wanted.report, ..Report::default() };
    let loaded = Config::load(context.args.config.as_deref(), context.env);
    for finding in local::config(&loaded) {
        report.add(context, finding)?;
    }
    let paths = context.paths()?;
    for finding in local::keys(&loaded, &paths) {
        report.add(context, finding)?;
    }
    for finding in files::all(&paths, loaded.as_ref().ok()) {
        report.add(context, finding)?;
    }
    if let Ok(config) = &loaded {
        let finding = runtime()?.block_on(local::keyring(config, Arc::new(vault::System)));
        report.add(context, finding)?;
        servers(context, &mut report, &chosen(config, wanted.account.as_deref())?)?;
    }
    for finding in local::terminal(loaded.as_ref().ok(), context.env) {
        report.add(context, finding)?;
    }
    if let Ok(config) = &loaded {
        report.add(context, local::notices(config, context.env))?;
    }
    if wanted.report {
        report::print(context, &report, loaded.as_ref().ok())?;
        return Ok(report.code());
    }
    report.end(context)
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|e| Failure::Failed(format!("cannot start: {e}")))
}

/// Checks accounts alone.
pub(super) fn accounts(context: &mut Context<'_>, account: Option<&str>) -> Result<Code, Failure> {
    let config = context.config()?;
    let mut report = Report::default();
    servers(context, &mut report, &chosen(&config, account)?)?;
    report.end(context)
}

fn servers(context: &mut Context<'_>, report: &mut Report, accounts: &[&Account]) -> Result<(), Failure> {
    if context.args.offline {
        return report
            .add(context, Finding::warn("network", "not checked", "leave --offline out to check the servers"));
    }
    let runtime = runtime()?;
    let tools = Tools { ask: Some(prompt::ask()), ..Tools::without_screen(&context.paths()?.data) };
    for account in accounts {
        one(context, report, account, (&Keeper::new(account, tools.clone()), &runtime))?;
    }
    Ok(())
}

fn one(
    context: &mut Context<'_>,
    report: &mut Report,
    account: &Account,
    (keeper, runtime): (&Keeper, &tokio::runtime::Runtime),
) -> Result<(), Failure> {
    let trace = trace(context, &account.name)?;
    let tools = Tools { ask: Some(prompt::ask()), ..Tools::without_screen(&context.paths()?.data) };
    let for_sending = Keeper::for_sending(account, tools);
    for finding in runtime.block_on(server::check(account, (keeper, for_sending.as_ref()), &trace)) {
        report.add(context, finding.of(account))?;
    }
    Ok(())
}

/// Tries an account, saved or not, with what this keeper has: what was found is printed for people, and given back for JSON.
pub(super) fn attempt(
    context: &mut Context<'_>,
    account: &Account,
    keeper: &Keeper,
) -> Result<(Code, Vec<Finding>), Failure> {
    let mut report = Report::default();
    one(context, &mut report, account, (keeper, &runtime()?))?;
    Ok((report.code(), report.findings))
}

/// Whether an account's server is there and greets.
pub(super) fn greets(context: &Context<'_>, account: &Account) -> Result<bool, Failure> {
    let trace = trace(context, &account.name)?;
    Ok(runtime()?.block_on(check::greets(account, &trace, &mut |_| ())))
}

/// The protocol trace, if `POSTHASTE_LOG` asks for it.
fn trace(context: &Context<'_>, account: &str) -> Result<Trace, Failure> {
    if !logging::wants_trace(context.env) {
        return Ok(Trace::default());
    }
    let paths = context.paths()?;
    paths.create()?;
    Ok(Trace::to(logging::trace_sink(&paths)?, account.to_owned()))
}

/// What was found; lines for people are printed as they come, since a server may take its time.
#[derive(Debug, Default)]
struct Report {
    findings: Vec<Finding>,
    /// Nothing is printed as it comes: it is to be made fit to paste first.
    silent: bool,
}

impl Report {
    fn add(&mut self, context: &mut Context<'_>, finding: Finding) -> Result<(), Failure> {
        if context.out.format() == Format::Text && !self.silent {
            context.out.line(&line(&finding))?;
            context.out.flush()?;
        }
        self.findings.push(finding);
        Ok(())
    }

    fn end(self, context: &mut Context<'_>) -> Result<Code, Failure> {
        if context.out.format() == Format::Json {
            context.out.json(&self.findings)?;
        }
        Ok(self.code())
    }

    /// How it all came out.
    fn code(&self) -> Code {
        self.findings.iter().fold(Code::Done, |code, finding| {
            code.and(match finding.state {
                Verdict::Ok | Verdict::Warn => Code::Done,
                Verdict::Fail => Code::Failed,
                Verdict::Unreachable => Code::Unreachable,
            })
        })
    }
}

/// "fail  work: tls: the certificate has expired. What to do: …"
fn line(finding: &Finding) -> String {
    let word = match finding.state {
        Verdict::Ok => "ok  ",
        Verdict::Warn => "warn",
        Verdict::Fail | Verdict::Unreachable => "fail",
    };
    let account = finding.account.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
    let advice = finding.advice.as_ref().map(|advice| format!(" -- {advice}")).unwrap_or_default();
    format!("{word}  {account}{}: {}{advice}", finding.check, finding.found)
}

#[cfg(test)]
mod tests;
