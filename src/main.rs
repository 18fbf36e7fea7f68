//! The program: arguments, config, log, runtime, exit code.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use posthaste::app::compose::order::How;
use posthaste::cli::args::{self, Args, Command};
use posthaste::cli::engine::{Engine, Error};
use posthaste::cli::exit::Code;
use posthaste::cli::letter::write as letter;
use posthaste::cli::output::{Format, Output};
use posthaste::cli::{self, logging, prompt, version};
use posthaste::config::env::Env;
use posthaste::config::paths::Paths;
use posthaste::config::{self, Config, Face};
use posthaste::imap::trace::Sink;
use posthaste::runtime::launch::{self, Launch};
use posthaste::runtime::once::Once;

/// Headers are decoded on one thread and stored by another: this one frees what another thread allocated without a lock.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let line = args::prepare(std::env::args_os());
    let args = match Args::try_parse_from(&line) {
        Ok(args) => args,
        Err(asked) if asked.kind() == ErrorKind::DisplayVersion && line.iter().any(|word| word == "--json") => {
            let mut out = Output::process(Format::Json);
            return finish(out.json(&version::json()).map(|()| Code::Done).map_err(anyhow::Error::from)).into();
        }
        Err(error) => error.exit(),
    };
    let env = Env::process();
    let log = logging::for_command(&args, &env);
    let code = match &args.command {
        None => finish(screen(&args, env)),
        Some(Command::Demo) => finish(demo(&args, env)),
        Some(Command::Compose(_)) if letter::opens_screen(&args) => finish(write_on_screen(&args, env)),
        Some(_) => cli::run(&args, &engine),
    };
    prompt::end();
    // Writes what is still in the log's queue.
    drop(log);
    code.into()
}

fn screen(args: &Args, env: Env) -> anyhow::Result<Code> {
    screen_with(args, env, None)
}

/// The screen, with this letter on it.
fn screen_with(args: &Args, env: Env, letter: Option<How>) -> anyhow::Result<Code> {
    let paths = Paths::find(args.config.as_deref(), &env)?;
    let mut config = match Config::load(args.config.as_deref(), &env) {
        Ok(config) => config,
        // Who has no config yet is led to one; there is nothing on the disk before it works.
        Err(config::error::Error::Missing { path }) if std::io::stdin().is_terminal() => {
            Config { path: Some(path), ..Config::default() }
        }
        Err(error) => {
            complain(&error.to_string());
            return Ok(Code::Usage);
        }
    };
    if args.linear {
        config.ui.face = Face::Linear;
    }
    let trace = sink(&paths, &env);
    launch::run(Launch { config, paths, env, trace, demo: false, hall: None, letter })?;
    Ok(Code::Done)
}

/// The screen with a letter that the command line began: it is on the disk before the screen is there.
fn write_on_screen(args: &Args, env: Env) -> anyhow::Result<Code> {
    match letter::begin(args, &env, &mut Output::process(Format::Text)) {
        Ok(letter) => screen_with(args, env, Some(How::Kept(letter))),
        Err(code) => Ok(code),
    }
}

fn demo(args: &Args, env: Env) -> anyhow::Result<Code> {
    launch::run_demo(env, args.linear)?;
    Ok(Code::Done)
}

fn finish(outcome: anyhow::Result<Code>) -> Code {
    outcome.unwrap_or_else(|error| {
        complain(&format!("{error:#}"));
        Code::Failed
    })
}

/// An error of the whole program, on stderr.
fn complain(text: &str) {
    Output::process(Format::Text).error(text);
}

fn engine(config: &Config, paths: &Paths) -> Result<Box<dyn Engine>, Error> {
    let trace = sink(paths, &Env::process());
    Ok(Box::new(Once::new(config, paths, trace, Some(prompt::ask()))?))
}

/// The protocol trace, where it was asked for.
fn sink(paths: &Paths, env: &Env) -> Option<Sink> {
    if !logging::wants_trace(env) {
        return None;
    }
    match paths.create().map_err(anyhow::Error::from).and_then(|()| Ok(logging::trace_sink(paths)?)) {
        Ok(sink) => Some(sink),
        Err(error) => {
            tracing::warn!("no protocol trace is written: {error:#}");
            None
        }
    }
}
