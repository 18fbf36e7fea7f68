//! `rule list`, `rule add`, `rule remove`: the file of rules, which a running screen reads whenever mail arrives.

use serde::Serialize;

use super::Failure;
use super::args::{DeedChoice, NewRule, RuleCommand};
use super::context::Context;
use super::exit::Code;
use super::output::Format;
use crate::mail::rule::{Deed, Rule, Whom};
use crate::sync::account::now;
use crate::sync::rules::{Error, Rules, day};

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// A rule, as JSON.
#[derive(Serialize)]
struct Row<'a> {
    number: usize,
    from: Option<&'a str>,
    list: Option<&'a str>,
    account: Option<&'a str>,
    #[serde(rename = "do")]
    deed: &'static str,
    folder: Option<&'a str>,
}

/// Runs the command.
pub(super) fn run(context: &mut Context<'_>, command: &RuleCommand) -> Result<Code, Failure> {
    let paths = context.paths()?;
    let rules = Rules::new(&paths.data);
    match command {
        RuleCommand::List => list(context, &rules.read()?),
        RuleCommand::Add(wanted) => {
            let rule = new(context, wanted)?;
            paths.create()?;
            rules.add(&rule)?;
            context.out.line(&format!("added: {rule}"))?;
            Ok(Code::Done)
        }
        RuleCommand::Remove { number } => {
            let all = rules.read()?;
            let place = usize::try_from(*number).unwrap_or(usize::MAX).saturating_sub(1);
            let Some(rule) = all.get(place) else {
                return Err(Failure::Usage(format!("there is no rule {number}: \"posthaste rule list\" lists them")));
            };
            rules.remove(rule)?;
            context.out.line(&format!("removed: {rule}"))?;
            Ok(Code::Done)
        }
    }
}

fn new(context: &mut Context<'_>, wanted: &NewRule) -> Result<Rule, Failure> {
    let whom = match (&wanted.from, &wanted.list) {
        (Some(address), _) => Whom::From(address.trim().to_lowercase()),
        (None, Some(id)) => Whom::List(id.trim().trim_matches(['<', '>']).to_lowercase()),
        (None, None) => return Err(Failure::Usage("whose mail? Write --from ADDRESS or --list LIST-ID".to_owned())),
    };
    if let Some(account) = &wanted.account
        && !context.config()?.accounts.iter().any(|known| known.name == *account)
    {
        return Err(Failure::Usage(format!("there is no account {account} in the config")));
    }
    let deed = match (wanted.deed, &wanted.folder) {
        (DeedChoice::Archive, None) => Deed::Archive,
        (DeedChoice::Trash, None) => Deed::Trash,
        (DeedChoice::Read, None) => Deed::Read,
        (DeedChoice::Move, Some(folder)) => Deed::Move(folder.clone()),
        (DeedChoice::Move, None) => return Err(Failure::Usage("where to? Write move FOLDER".to_owned())),
        (DeedChoice::Archive | DeedChoice::Trash | DeedChoice::Read, Some(_)) => {
            return Err(Failure::Usage("a folder goes with move alone".to_owned()));
        }
    };
    Ok(Rule { whom, account: wanted.account.clone(), deed, since: day(now()) })
}

fn list(context: &mut Context<'_>, rules: &[Rule]) -> Result<Code, Failure> {
    let rows: Vec<Row<'_>> = (1..)
        .zip(rules)
        .map(|(number, rule)| {
            let (from, list) = match &rule.whom {
                Whom::From(address) => (Some(address.as_str()), None),
                Whom::List(id) => (None, Some(id.as_str())),
            };
            let folder = if let Deed::Move(folder) = &rule.deed { Some(folder.as_str()) } else { None };
            Row { number, from, list, account: rule.account.as_deref(), deed: rule.deed.word(), folder }
        })
        .collect();
    match context.out.format() {
        Format::Json => context.out.json(&rows)?,
        Format::Text => {
            for (number, rule) in (1..).zip(rules) {
                context.out.line(&format!("{number}: {rule}"))?;
            }
        }
    }
    Ok(Code::Done)
}
