//! What every command has at hand: arguments, environment, streams; config and files when it asks for them.

use super::args::{Args, Command};
use super::output::Output;
use super::{Failure, engine};
use crate::config::env::Env;
use crate::config::error::nearest;
use crate::config::paths::Paths;
use crate::config::{Account, Config};

/// What a command has at hand.
pub(super) struct Context<'c> {
    pub(super) args: &'c Args,
    pub(super) engine: &'c engine::Factory<'c>,
    pub(super) env: &'c Env,
    pub(super) out: &'c mut Output,
}

impl Context<'_> {
    /// Where the files lie.
    pub(super) fn paths(&self) -> Result<Paths, Failure> {
        Ok(Paths::find(self.args.config.as_deref(), self.env)?)
    }

    /// The config. Its warnings go to stderr where a server is asked; a script that lists mail is not told every time.
    pub(super) fn config(&mut self) -> Result<Config, Failure> {
        let config = Config::load(self.args.config.as_deref(), self.env)?;
        let asks =
            matches!(self.args.command, Some(Command::Sync(_) | Command::Account { .. } | Command::Config { .. }));
        for warning in config.warnings.iter().filter(|_| asks) {
            self.out.note(&format!("warning: {warning}"));
        }
        if config.accounts.is_empty() {
            let path = self.paths()?.config;
            let text =
                format!("no account is configured in {}; \"posthaste config default\" shows how", path.display());
            return Err(Failure::Usage(text));
        }
        Ok(config)
    }

    /// The engine, for a command that may use the network.
    pub(super) fn engine(&mut self, config: &Config) -> Result<Box<dyn engine::Engine>, Failure> {
        let paths = self.paths()?;
        paths.create()?;
        Ok((self.engine)(config, &paths)?)
    }
}

/// The account of this name, or all of them.
pub(super) fn chosen<'a>(config: &'a Config, name: Option<&str>) -> Result<Vec<&'a Account>, Failure> {
    let Some(name) = name else { return Ok(config.accounts.iter().collect()) };
    if let Some(account) = config.account(name) {
        return Ok(vec![account]);
    }
    if config.disabled.iter().any(|account| account.name == name) {
        let text = format!(
            "the account \"{name}\" is disabled; \"posthaste account enable {}\" lets it sync again",
            shell_words::quote(name)
        );
        return Err(Failure::Usage(text));
    }
    let known: Vec<&str> = config.accounts.iter().map(|account| account.name.as_str()).collect();
    Err(Failure::Usage(match nearest(name, known.iter().copied()) {
        Some(nearest) => format!("there is no account \"{name}\"; did you mean \"{nearest}\"?"),
        None => format!("there is no account \"{name}\"; there are: {}", known.join(", ")),
    }))
}
