//! `compose`: a letter begun on the command line, to be sent, to be kept, or to be written on the screen.

use std::io::IsTerminal as _;
use std::path::Path;

use jiff::tz::TimeZone;
use serde::Serialize;

use super::super::Failure;
use super::super::args::letter::Compose;
use super::super::args::{Args, Command};
use super::super::context::{Context, chosen};
use super::super::engine;
use super::super::exit::Code;
use super::super::output::{Format, Output};
use super::{bytes_of, on_large_stack, people, post, time, writers};
use crate::compose::address::folded;
use crate::compose::mailto::{self, Mailto};
use crate::compose::{self, Desk, Start};
use crate::config::Config;
use crate::config::env::Env;
use crate::crypto::Programs;
use crate::letter::style::{Identity, Writer};
use crate::letter::{Letter, LetterId, Seal};
use crate::letters::kind::media_type;
use crate::letters::{Letters, Source};
use crate::seal::Sealer;
use crate::sync::account::now;
use crate::sync::post::Scribe as _;

/// A letter that was kept, as JSON.
#[derive(Serialize)]
struct Kept<'k> {
    letter: i64,
    account: &'k str,
    subject: &'k str,
}

/// Whether this command line asks for the screen with a letter on it: `compose` at a terminal, unless it is sent.
pub fn opens_screen(args: &Args) -> bool {
    let terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    matches!(&args.command, Some(Command::Compose(wanted)) if !wanted.send && !args.json && terminal)
}

/// The letter that `compose` asks for, begun and kept on the disk, for the screen.
///
/// # Errors
/// The exit code: what is wrong was told.
pub fn begin(args: &Args, env: &Env, out: &mut Output) -> Result<LetterId, Code> {
    let Some(Command::Compose(wanted)) = &args.command else { return Err(Code::Usage) };
    let none: &engine::Factory<'_> = &|_, _| Err(engine::Error::Failed(crate::safe_text::SafeText::default()));
    let mut context = Context { args, engine: none, env, out };
    let letter = context.config().and_then(|config| letter(&mut context, &config, wanted));
    letter.map(|letter| letter.id).map_err(|failure| {
        context.out.error(&failure.to_string());
        failure.code()
    })
}

/// Sends the letter, or keeps it and prints its number.
pub(in crate::cli) fn run(context: &mut Context<'_>, wanted: &Compose) -> Result<Code, Failure> {
    let config = context.config()?;
    let at = time(&config, wanted.at.as_deref())?;
    let letter = letter(context, &config, wanted)?;
    if wanted.send {
        return send(context, &config, &letter, at);
    }
    match context.out.format() {
        Format::Json => {
            let kept = Kept { letter: letter.id.0, account: &letter.account, subject: &letter.subject };
            context.out.json(&kept)?;
        }
        Format::Text => context.out.line(&format!("kept as letter {}", letter.id.0))?,
    }
    Ok(Code::Done)
}

/// The letter, on the disk.
fn letter(context: &mut Context<'_>, config: &Config, wanted: &Compose) -> Result<Letter, Failure> {
    chosen(config, wanted.account.as_deref())?;
    let mut asked = match &wanted.link {
        None => Mailto::default(),
        Some(link) => mailto::parse(link).map_err(|refused| Failure::Usage(refused.to_string()))?,
    };
    asked.to.extend(people("--to", &wanted.to)?);
    asked.cc.extend(people("--cc", &wanted.cc)?);
    let hidden = people("--bcc", &wanted.bcc)?;
    if let Some(subject) = &wanted.subject {
        asked.subject.clone_from(subject);
    }
    match wanted.body.as_deref() {
        None => {}
        Some("-") => asked.body = String::from_utf8_lossy(&bytes_of(Path::new("-"))?).into_owned(),
        Some(text) => text.clone_into(&mut asked.body),
    }
    let mut writers = writers(context, config);
    let account = as_identity(&mut writers, wanted)?;
    let start = Start { id: LetterId(0), now: now(), chance: rand::random() };
    let zone = TimeZone::system();
    let desk = Desk { writers: &writers, account: &account, style: &config.compose.style, zone, start };
    let mut begun = compose::begin_from(&asked, &desk);
    // Not in what is asked of a link: of that the user is warned.
    begun.letter.bcc.extend(hidden);
    for hint in &begun.hints {
        context.out.note(hint.as_str());
    }
    let asked = wanted.sign || wanted.encrypt;
    let seal = Seal { sign: wanted.sign, encrypt: wanted.encrypt, smime: wanted.smime, plain: false };
    let letter = Letter { seal: if asked { seal } else { begun.letter.seal }, ..begun.letter };
    let paths = context.paths()?;
    let mut letter = post::keep(&paths, letter, Vec::new())?;
    let letters = Letters::of(&paths.data);
    for path in &wanted.attach {
        let attached = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = attached.unwrap_or_else(|| "file".to_owned());
        let attached = letters.attach(letter.id, &name, media_type(&name), &Source::File(path));
        match attached {
            Ok(attachment) => letter.attachments.push(attachment),
            Err(error) => {
                // Half a letter is none: it was never shown to anybody.
                drop(letters.discard(letter.id));
                return Err(error.into());
            }
        }
    }
    letters.keep(&letter)?;
    Ok(letter)
}

/// Puts the identity that was asked for first in its account. Gives the account's name.
fn as_identity(writers: &mut [Writer], wanted: &Compose) -> Result<String, Failure> {
    let Some(from) = &wanted.from else { return Ok(wanted.account.clone().unwrap_or_default()) };
    let is_it = |identity: &Identity| folded(&identity.mailbox.address) == folded(from);
    let of_account = |writer: &&mut Writer| wanted.account.as_ref().is_none_or(|name| *name == writer.account);
    for writer in writers.iter_mut().filter(of_account) {
        if let Some(place) = writer.identities.iter().position(is_it) {
            writer.identities.swap(0, place);
            return Ok(writer.account.clone());
        }
    }
    Err(Failure::Usage(format!("{from} is no identity of yours")))
}

fn send(
    context: &mut Context<'_>,
    config: &Config,
    letter: &Letter,
    at: Option<crate::mail::UnixTime>,
) -> Result<Code, Failure> {
    let parts = Letters::of(&context.paths()?.data).parts(letter.id);
    let scribe = scribe(config);
    let made = on_large_stack(|| scribe.mail(letter, &parts, now()))?;
    match made {
        Ok(built) => post::send(context, config, letter, &built, at),
        Err(why) => {
            Err(Failure::Failed(format!("{why}; the letter is kept among the drafts, as letter {}", letter.id.0)))
        }
    }
}

/// Who makes the mail. Nothing is drawn on the terminal: a passphrase can be typed there.
fn scribe(config: &Config) -> Sealer {
    Sealer { programs: Programs { terminal: true, ..Programs::default() }, habits: config.compose.clone() }
}
