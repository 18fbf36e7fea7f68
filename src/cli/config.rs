//! `config path`, `config default`, `config schema`, `config check`.

use serde::Serialize;

use super::context::Context;
use super::exit::Code;
use super::output::Format;
use super::{Failure, docs};
use crate::config::error::{Error, Problem};
use crate::config::themes::Themes;
use crate::config::{Config, EXAMPLE, schema};

/// Prints where the config is, whether or not it is there.
pub(super) fn path(context: &mut Context<'_>) -> Result<Code, Failure> {
    let path = context.paths()?.config;
    match context.out.format() {
        Format::Json => context.out.json(&Place { path: path.display().to_string() })?,
        Format::Text => context.out.line(&path.display().to_string())?,
    }
    Ok(Code::Done)
}

/// Where the config is, as JSON.
#[derive(Serialize)]
struct Place {
    path: String,
}

/// Prints the commented example.
pub(super) fn default(context: &mut Context<'_>) -> Result<Code, Failure> {
    context.out.own_text(EXAMPLE)?;
    Ok(Code::Done)
}

/// Prints the JSON schema.
pub(super) fn schema(context: &mut Context<'_>) -> Result<Code, Failure> {
    context.out.own_text(&schema::text())?;
    Ok(Code::Done)
}

/// What `config check --json` prints.
#[derive(Serialize)]
struct Checked<'c> {
    path: String,
    ok: bool,
    accounts: Vec<&'c str>,
    warnings: &'c [String],
    error: Option<Wrong<'c>>,
}

/// What is wrong, and where.
#[derive(Serialize)]
struct Wrong<'c> {
    line: usize,
    column: usize,
    key: &'c str,
    text: &'c str,
    nearest: Option<&'c str>,
}

/// Checks the config and says what is wrong, or that nothing is.
pub(super) fn check(context: &mut Context<'_>) -> Result<Code, Failure> {
    let path = context.paths()?.config;
    let loaded = Config::load(context.args.config.as_deref(), context.env);
    let mut warnings = Vec::new();
    let loaded = loaded.and_then(|config| {
        let themes = Themes::read(&path).map_err(|(path, source)| Error::Unreadable { path, source })?;
        themes.check(&config).map_err(Error::Invalid)?;
        warnings.extend(themes.problems());
        Ok(config)
    });
    if context.out.format() == Format::Json {
        let (ok, problem) = match &loaded {
            Ok(_) => (true, None),
            Err(Error::Invalid(problem)) => (false, Some(problem)),
            Err(Error::Missing { .. } | Error::Unreadable { .. } | Error::NoHome | Error::Directory { .. }) => {
                (false, None)
            }
        };
        let config = loaded.as_ref().ok();
        let mut warnings = config.map_or_else(Vec::new, |config| config.warnings.clone());
        if let Some(config) = config {
            warnings.extend(docs::key_problems(config, &context.paths()?).iter().map(ToString::to_string));
        }
        context.out.json(&Checked {
            path: path.display().to_string(),
            ok,
            accounts: config.iter().flat_map(|config| &config.accounts).map(|account| account.name.as_str()).collect(),
            warnings: &warnings,
            error: problem.map(|problem| wrong(problem)),
        })?;
        if problem.is_some() {
            return Ok(Code::Usage);
        }
        loaded?;
        return Ok(Code::Done);
    }
    let config = loaded?;
    for warning in &config.warnings {
        context.out.note(&format!("warning: {warning}"));
    }
    for problem in warnings {
        context.out.note(&format!("warning: {problem}"));
    }
    for problem in docs::key_problems(&config, &context.paths()?) {
        context.out.note(&format!("warning: {problem}"));
    }
    let names: Vec<&str> = config.accounts.iter().map(|account| account.name.as_str()).collect();
    let found = match names.as_slice() {
        [] => "no account yet".to_owned(),
        [one] => format!("1 account: {one}"),
        many => format!("{} accounts: {}", many.len(), many.join(", ")),
    };
    context.out.line(&format!("{} is right, {found}", path.display()))?;
    Ok(Code::Done)
}

fn wrong(problem: &Problem) -> Wrong<'_> {
    Wrong {
        line: problem.line,
        column: problem.column,
        key: &problem.key,
        text: &problem.text,
        nearest: problem.nearest.as_deref(),
    }
}
