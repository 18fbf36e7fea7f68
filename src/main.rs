//! The program: arguments, config, log, runtime, exit code.

use std::process::ExitCode;

use clap::Parser;
use posthaste::cli::engine::{Engine, Error};
use posthaste::cli::{self, args};
use posthaste::config::Config;
use posthaste::config::env::Env;
use posthaste::config::paths::Paths;
use posthaste::safe_text::SafeText;

fn main() -> ExitCode {
    let args = args::Args::parse_from(args::prepare(std::env::args_os()));
    let log = cli::logging::for_command(&args, &Env::process());
    let code = cli::run(&args, &engine);
    // Writes what is still in the log's queue.
    drop(log);
    code.into()
}

fn engine(_: &Config, _: &Paths) -> Result<Box<dyn Engine>, Error> {
    Err(Error::Failed(SafeText::new("this build cannot reach a server")))
}
