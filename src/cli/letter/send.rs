//! `send`: a mail that a program wrote.

use jiff::tz::TimeZone;

use super::super::Failure;
use super::super::args::letter::Send;
use super::super::context::{Context, chosen};
use super::super::exit::Code;
use super::{bytes_of, on_large_stack, people, post, time, writers};
use crate::compose::address::folded;
use crate::compose::{self, Desk, Problem, Stamp, Start, Written};
use crate::config::Config;
use crate::config::compose::Encrypt;
use crate::crypto;
use crate::letter::LetterId;
use crate::letter::style::{Style, Writer};
use crate::sync::account::now;

/// Sends it.
pub(in crate::cli) fn run(context: &mut Context<'_>, wanted: &Send) -> Result<Code, Failure> {
    let config = context.config()?;
    chosen(&config, wanted.account.as_deref())?;
    let at = time(&config, wanted.at.as_deref())?;
    let to = people("--to", &wanted.to)?;
    let mail = bytes_of(&wanted.file)?;
    let writers = writers(context, &config);
    let first = wanted.account.clone().or_else(|| config.accounts.first().map(|account| account.name.clone()));
    let read = |account: &str| {
        let style = Style::default();
        let zone = TimeZone::system();
        let start = Start { id: LetterId(0), now: now(), chance: rand::random() };
        let desk = Desk { writers: &writers, account, style: &style, zone: zone.clone(), start };
        let stamp = stamp(&config, zone);
        let to = (!to.is_empty()).then_some(to.as_slice());
        on_large_stack(|| compose::written(&mail, to, &desk, &stamp))
    };
    let mut written = read(first.as_deref().unwrap_or_default())?.map_err(|problem| refused(&problem))?;
    let account = match &wanted.account {
        Some(account) => account.clone(),
        None => sender(&writers, &written)?,
    };
    written.letter.account = account;
    let bytes = &written.built.parcel.bytes;
    let keeps = config.compose.sealing.encrypt == Encrypt::Always && !wanted.clear;
    if keeps && !on_large_stack(|| crypto::is_encrypted(bytes))? {
        let words = "your config encrypts all mails, and this one is not encrypted: --clear sends it as it is";
        return Err(Failure::Usage(words.to_owned()));
    }
    let Written { letter, carried, built } = written;
    let letter = post::keep(&context.paths()?, letter, carried)?;
    post::send(context, &config, &letter, &built, at)
}

/// What a mail of this config is stamped with.
pub(super) fn stamp(config: &Config, zone: TimeZone) -> Stamp {
    let agent = config.compose.user_agent.then(|| concat!("posthaste/", env!("CARGO_PKG_VERSION")).to_owned());
    Stamp { now: now(), zone: if config.compose.utc_dates { TimeZone::UTC } else { zone }, agent }
}

/// The account of which the mail's sender is an identity.
fn sender(writers: &[Writer], written: &Written) -> Result<String, Failure> {
    let from = folded(&written.letter.from.address);
    let owns = |writer: &&Writer| writer.identities.iter().any(|own| folded(&own.mailbox.address) == from);
    match writers.iter().find(owns) {
        Some(writer) => Ok(writer.account.clone()),
        None => Err(Failure::Usage(format!(
            "the mail is from {}, which is no identity of yours; --account says by which account it is sent",
            written.letter.from.address
        ))),
    }
}

/// What is wrong with the mail is wrong use.
fn refused(problem: &Problem) -> Failure {
    Failure::Usage(if *problem == Problem::Nobody {
        "the mail names nobody to send it to; --to does".to_owned()
    } else {
        problem.to_string()
    })
}
