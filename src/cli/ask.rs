//! Questions to whoever sits at the terminal, where there is one: a line, yes or no, one of several. Secrets are
//! asked for by `prompt`, or come through a pipe.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use secrecy::SecretString;
use secrecy::zeroize::Zeroize as _;

use super::Failure;
use super::context::Context;

/// The longest password that is read.
const LONGEST: u64 = 4096;

/// Whether somebody can be asked: questions go to stderr, answers come from stdin.
pub(super) fn is_somebody_there(context: &Context<'_>) -> bool {
    !context.args.json && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// A line, without the space around it; the default when it is empty.
pub(super) fn line(context: &mut Context<'_>, question: &str, default: Option<&str>) -> Result<String, Failure> {
    let shown = match default.filter(|default| !default.is_empty()) {
        Some(default) => format!("{question} [{default}]:"),
        None => format!("{question}:"),
    };
    context.out.flush()?;
    context.out.question(&shown);
    let mut text = String::new();
    let read = io::stdin().lock().take(LONGEST).read_line(&mut text);
    if read.map_err(|error| unreadable(&error))? == 0 {
        return Err(Failure::Failed("there was no answer; nothing was changed".to_owned()));
    }
    let text = text.trim();
    Ok(if text.is_empty() { default.unwrap_or_default().to_owned() } else { text.to_owned() })
}

/// What an empty line means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Default {
    Yes,
    No,
}

/// Yes or no.
pub(super) fn confirm(context: &mut Context<'_>, question: &str, default: Default) -> Result<bool, Failure> {
    let shown = match default {
        Default::Yes => format!("{question} [Y/n]"),
        Default::No => format!("{question} [y/N]"),
    };
    loop {
        match line(context, &shown, None)?.to_lowercase().as_str() {
            "" => return Ok(default == Default::Yes),
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => context.out.note("please answer y or n"),
        }
    }
}

/// One of several ways, by its number; the first one when nothing is typed.
pub(super) fn choose(context: &mut Context<'_>, question: &str, ways: &[&str]) -> Result<usize, Failure> {
    context.out.note(question);
    for (at, way) in ways.iter().enumerate() {
        context.out.note(&format!("  {}  {way}", at + 1));
    }
    loop {
        let answer = line(context, "Number", Some("1"))?;
        match answer.parse::<usize>().ok().and_then(|number| number.checked_sub(1)) {
            Some(at) if at < ways.len() => return Ok(at),
            Some(_) | None => context.out.note(&format!("please type a number from 1 to {}", ways.len())),
        }
    }
}

/// The first line of standard input as a password.
pub(super) fn piped() -> Result<SecretString, Failure> {
    read(&mut io::stdin().lock())
}

fn read(input: &mut impl io::BufRead) -> Result<SecretString, Failure> {
    // Room from the start, so that no copy of it is left behind where it grew.
    let mut bytes = Vec::with_capacity(usize::try_from(LONGEST).unwrap_or_default());
    let read = input.take(LONGEST).read_until(b'\n', &mut bytes);
    let text = read.map_err(|error| unreadable(&error)).and_then(|_| {
        let line = std::str::from_utf8(&bytes).map_err(|_| Failure::Usage("the password is not UTF-8".to_owned()))?;
        let line = line.trim_end_matches(['\r', '\n']);
        if line.is_empty() { Err(Failure::Usage("the password is empty".to_owned())) } else { Ok(line.into()) }
    });
    bytes.zeroize();
    text
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::Failed(format!("standard input cannot be read: {error}"))
}
