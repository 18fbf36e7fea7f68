//! `completions` and `man`: made from the same tables that the program works by.

use clap::CommandFactory;

use super::Failure;
use super::args::Args;
use super::context::Context;
use super::exit::Code;

/// Prints a completion script.
pub(super) fn completions(context: &mut Context<'_>, shell: clap_complete::Shell) -> Result<Code, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "posthaste", &mut script);
    context.out.own_text(&String::from_utf8_lossy(&script))?;
    Ok(Code::Done)
}

/// Prints the man page, in roff.
pub(super) fn man(context: &mut Context<'_>) -> Result<Code, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Args::command()).render(&mut page)?;
    context.out.own_text(&String::from_utf8_lossy(&page))?;
    Ok(Code::Done)
}
