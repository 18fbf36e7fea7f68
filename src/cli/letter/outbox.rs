//! `outbox`: the mails that are on their way, or wait for the user.

use serde::Serialize;

use super::super::Failure;
use super::super::args::letter::{Decision, OutboxCommand};
use super::super::context::Context;
use super::super::engine::{Outcome, State};
use super::super::exit::Code;
use super::super::list::{local_time, rfc3339};
use super::super::offline::Offline;
use super::super::output::Format;
use super::post::{deliver, print};
use crate::config::Config;
use crate::dir_lock::Access;
use crate::journal::{Journal, Post, Posting};
use crate::letters::Letters;
use crate::mail::UnixTime;
use crate::protocol::OpId;
use crate::safe_text::SafeText;
use crate::sync::account::now;
use crate::sync::apply;

/// A mail on its way, as JSON.
#[derive(Serialize)]
struct Row {
    change: i64,
    letter: i64,
    account: String,
    message_id: String,
    subject: String,
    to: Vec<String>,
    state: &'static str,
    /// When it is sent, or tried again.
    at: String,
    #[serde(skip)]
    at_here: String,
    tries: u32,
    reason: Option<String>,
}

/// Lists them, or does something about one.
pub(in crate::cli) fn run(context: &mut Context<'_>, command: Option<OutboxCommand>) -> Result<Code, Failure> {
    match command {
        None | Some(OutboxCommand::List) => list(context),
        Some(OutboxCommand::Decide(decision)) => decide(context, decision),
    }
}

fn list(context: &mut Context<'_>) -> Result<Code, Failure> {
    let data = context.paths()?.data;
    let posts =
        if data.join("journal.db").exists() { Journal::open(&data, Access::ReadOnly)?.posts()? } else { Vec::new() };
    let letters = Letters::of(&data);
    let rows: Vec<Row> = posts.into_iter().map(|post| row(&letters, post)).collect();
    match context.out.format() {
        Format::Json => context.out.json(&rows)?,
        Format::Text => {
            for row in &rows {
                let change = row.change.to_string();
                let to = row.to.join(", ");
                let state = match &row.reason {
                    Some(reason) => format!("{}: {reason}", row.state),
                    None => row.state.to_owned(),
                };
                context
                    .out
                    .fields([&change, &row.at_here, &row.account, &to, &row.subject, &state].map(String::as_str))?;
            }
        }
    }
    Ok(Code::Done)
}

fn row(letters: &Letters, post: Post) -> Row {
    let (state, reason) = match post.posting {
        Posting::Waits { why: None } => ("waits", None),
        Posting::Waits { why } => ("tried again later", why),
        Posting::Begun | Posting::Ending => ("sending", None),
        Posting::Unknown { why, .. } => ("unknown", Some(why)),
        Posting::Refused { why } => ("refused", Some(why)),
        Posting::Sent { said } => ("sent", Some(said)),
        Posting::CalledBack => ("called back", None),
    };
    let subject = letters.load(post.mail.letter).ok().flatten().map(|letter| letter.subject).unwrap_or_default();
    let at = UnixTime(post.mail.at);
    Row {
        change: post.op.0,
        letter: post.mail.letter.0,
        account: post.account,
        message_id: post.mail.message_id,
        subject,
        to: post.mail.to,
        state,
        at: rfc3339(at),
        at_here: local_time(at),
        tries: post.tries,
        reason,
    }
}

/// Does what the user decided about one, and sends it where that is it.
fn decide(context: &mut Context<'_>, decision: Decision) -> Result<Code, Failure> {
    let config = context.config()?;
    let paths = context.paths()?;
    let names: Vec<String> = config.accounts.iter().map(|account| account.name.clone()).collect();
    let Some(mut own) = Offline::try_open(&paths, &names)? else {
        let text = "posthaste is open: decide there (the tasks screen, w), or end it first";
        return Err(Failure::Unreachable(text.to_owned()));
    };
    let (op, done) = change(&mut own, &config, decision)?;
    let post = own.parts().0.journal.post(op)?;
    drop(own);
    let Some(post) = post else { return Err(Failure::Failed("this mail is gone".to_owned())) };
    let queued = Outcome { op, summary: SafeText::new(&done), state: State::Queued };
    match decision {
        Decision::Discard(_) => {
            context.out.line(&done)?;
            Ok(Code::Done)
        }
        Decision::Retry { .. } | Decision::SendNow(_) | Decision::WasSent(_) => {
            let outcome = if context.args.offline { queued } else { deliver(context, &config, queued) };
            print(context, (post.mail.letter, &post.mail.message_id), &outcome)
        }
    }
}

fn change(own: &mut Offline, config: &Config, decision: Decision) -> Result<(OpId, String), Failure> {
    let (files, generation) = own.parts();
    let refused = |refusal: apply::Refusal| Failure::Failed(refusal.to_string());
    let op = match decision {
        Decision::Retry { change: of, .. } | Decision::SendNow(of) | Decision::WasSent(of) | Decision::Discard(of) => {
            OpId(of.op)
        }
    };
    let Some(post) = files.journal.post(op)? else {
        return Err(Failure::Usage(format!("change {} sends no mail; \"posthaste outbox\" lists those that do", op.0)));
    };
    let summary = files.journal.op(op)?.map(|(row, _)| row.summary.to_string()).unwrap_or_default();
    let done = match decision {
        Decision::Retry { anyway: false, .. } if matches!(post.posting, Posting::Unknown { .. }) => {
            let text = "nobody knows whether this mail was sent: look whether it arrived, then say was-sent, or retry \
                        --anyway, with which it may arrive twice";
            return Err(Failure::Failed(text.to_owned()));
        }
        Decision::Retry { .. } => apply::retry(files, generation, op).map_err(refused)?.summary,
        Decision::Discard(_) => apply::discard(files, generation, op).map_err(refused)?.summary,
        Decision::SendNow(_) => {
            if !files.journal.send_at(op, now())? {
                return Err(Failure::Failed("this mail does not wait for its time".to_owned()));
            }
            summary
        }
        Decision::WasSent(_) => {
            if !matches!(post.posting, Posting::Unknown { .. } | Posting::Refused { .. }) {
                return Err(Failure::Failed("of this mail it is known whether it was sent".to_owned()));
            }
            let copy = config.account(&post.account).map(|account| account.outgoing.sent_copy).unwrap_or_default();
            apply::send::sent(files, generation, &post, copy, "by the word of the user")
                .map_err(|trouble| Failure::Failed(trouble.to_string()))?;
            summary
        }
    };
    Ok((op, done))
}
