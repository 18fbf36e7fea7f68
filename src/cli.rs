//! The commands without a screen: each reads from the cache or changes through the engine, prints, and ends.
//!
//! `args` is the command line, `output` the only writer, `exit` the codes, `engine` what is needed of the sync engine.

use std::io;

pub mod args;
pub mod engine;
pub mod exit;
pub mod logging;
pub mod output;
pub mod prompt;
pub mod version;

mod account;
mod ask;
mod change;
mod config;
mod context;
mod discover;
mod docs;
mod doctor;
mod files;
pub mod letter;
mod list;
mod log;
mod offline;
mod read;
mod rule;
mod search;
mod snooze;
mod sync;
mod terminal;
mod theme;

use args::{AccountCommand, Args, Command, ConfigCommand, ThemeCommand};
use context::Context;
use exit::Code;
use output::{Format, Output};

use crate::config::edit::Error as EditError;
use crate::config::env::Env;
use crate::config::error::Error as ConfigError;
use crate::protocol::Action;

/// Why a command ended without a result.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Wrong use: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// A query that cannot be read: exit code 2.
    #[error("{message}")]
    Query {
        /// What is wrong.
        message: String,
        /// The query.
        text: String,
        /// Signs below the wrong part.
        pointer: String,
    },
    /// A wrong config or none: exit code 2.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Something failed: exit code 1.
    #[error("{0}")]
    Failed(String),
    /// The server could not be reached: exit code 75.
    #[error("{0}")]
    Unreachable(String),
    /// Nobody reads stdout any more, or it cannot be written to.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    fn code(&self) -> Code {
        match self {
            Self::Usage(_) | Self::Query { .. } | Self::Config(_) => Code::Usage,
            Self::Unreachable(_) => Code::Unreachable,
            // "posthaste list | head" is no failure.
            Self::Output(e) if e.kind() == io::ErrorKind::BrokenPipe => Code::Done,
            Self::Failed(_) | Self::Output(_) => Code::Failed,
        }
    }
}

impl From<EditError> for Failure {
    fn from(error: EditError) -> Self {
        match &error {
            EditError::Unreadable { .. } | EditError::Unwritable { .. } | EditError::Changed { .. } => {
                Self::Failed(error.to_string())
            }
            EditError::Invalid(_)
            | EditError::Refused(_)
            | EditError::Exists { .. }
            | EditError::Unknown { .. }
            | EditError::Shape { .. } => Self::Usage(error.to_string()),
        }
    }
}

impl From<engine::Error> for Failure {
    fn from(error: engine::Error) -> Self {
        match error {
            engine::Error::Unreachable(reason) => Self::Unreachable(reason.to_string()),
            engine::Error::Failed(reason) => Self::Failed(reason.to_string()),
        }
    }
}

/// Runs one command on the process's own streams. The screen (no command) and the demo are not run here: they are
/// [`Code::Usage`].
pub fn run(args: &Args, engine: &engine::Factory<'_>) -> Code {
    let format = if args.json { Format::Json } else { Format::Text };
    run_with(args, engine, &Env::process(), &mut Output::process(format))
}

/// [`run`] with the environment and the streams given.
pub fn run_with(args: &Args, engine: &engine::Factory<'_>, env: &Env, out: &mut Output) -> Code {
    let done = dispatch(args, engine, env, out).and_then(|code| out.flush().map(|()| code).map_err(Failure::from));
    match done {
        Ok(code) => code,
        Err(failure) => {
            let code = failure.code();
            if code != Code::Done {
                out.error(&failure.to_string());
                if let Failure::Query { text, pointer, .. } = &failure {
                    out.note(&format!("  {text}"));
                    out.note(&format!("  {pointer}"));
                }
            }
            code
        }
    }
}

fn dispatch(args: &Args, engine: &engine::Factory<'_>, env: &Env, out: &mut Output) -> Result<Code, Failure> {
    let Some(command) = &args.command else {
        return Err(Failure::Usage("the screen is not a command".to_owned()));
    };
    let mut context = Context { args, engine, env, out };
    match command {
        Command::Demo => Err(Failure::Usage("the demo is not a command".to_owned())),
        Command::Sync(wanted) => sync::run(&mut context, wanted.account.as_deref()),
        Command::Account { command } => account_command(&mut context, command),
        Command::Config { command: ConfigCommand::Path } => config::path(&mut context),
        Command::Config { command: ConfigCommand::Default } => config::default(&mut context),
        Command::Config { command: ConfigCommand::Schema } => config::schema(&mut context),
        Command::Config { command: ConfigCommand::Check } => config::check(&mut context),
        Command::Theme { command: ThemeCommand::List } => theme::list(&mut context),
        Command::Theme { command: ThemeCommand::Show { name } } => theme::show(&mut context, name),
        Command::Theme { command: ThemeCommand::Import { file } } => theme::import(&mut context, file),
        Command::Log(wanted) => log::run(&mut context, wanted),
        Command::Completions { shell } => docs::completions(&mut context, *shell),
        Command::Folders(wanted) => list::folders(&mut context, wanted),
        Command::List(wanted) => list::messages(&mut context, wanted),
        Command::Search(wanted) => search::run(&mut context, wanted),
        Command::Read(wanted) => read::run(&mut context, wanted),
        Command::Flag(wanted) => change::flag(&mut context, wanted),
        Command::Move(wanted) => change::move_to(&mut context, wanted),
        Command::Archive(wanted) => change::same(&mut context, &wanted.ids, &Action::Archive),
        Command::Trash(wanted) => change::same(&mut context, &wanted.ids, &Action::Trash),
        Command::Snooze(wanted) => snooze::run(&mut context, wanted),
        Command::Undo(wanted) => change::undo(&mut context, wanted),
        Command::Send(wanted) => letter::send::run(&mut context, wanted),
        Command::Compose(wanted) => letter::write::run(&mut context, wanted),
        Command::Outbox { command } => letter::outbox::run(&mut context, *command),
        Command::Rule { command } => rule::run(&mut context, command),
        Command::Doctor(wanted) => doctor::run(&mut context, wanted),
        Command::Keys(wanted) => docs::keys(&mut context, wanted),
        Command::Man => docs::man(&mut context),
    }
}

fn account_command(context: &mut Context<'_>, command: &AccountCommand) -> Result<Code, Failure> {
    match command {
        AccountCommand::List => account::list(context),
        AccountCommand::Add(wanted) => account::add::run(context, wanted),
        AccountCommand::Change(wanted) => account::change::run(context, wanted),
        AccountCommand::Enable { account } => account::change::enable(context, account, true),
        AccountCommand::Disable { account } => account::change::enable(context, account, false),
        AccountCommand::Move(wanted) => account::change::move_to(context, wanted),
        AccountCommand::Remove(wanted) => account::remove::run(context, wanted),
        AccountCommand::Import(wanted) => account::import::run(context, wanted),
        AccountCommand::Login(wanted) => account::login::run(context, wanted),
        AccountCommand::Check { account } => doctor::accounts(context, account.as_deref()),
        AccountCommand::Discover { address, domain_alone } => discover::run(context, address, *domain_alone),
    }
}
