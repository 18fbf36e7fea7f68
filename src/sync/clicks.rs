//! Leaves mailings for an account (RFC 8058): the task that clicks what is due, one after the other, beside the connections.
//!
//! A click does no harm twice, so one whose answer was lost is made again; what its server refuses is the user's to see.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::journal::WaitingClick;
use crate::mail::UnixTime;
use crate::protocol::{Event, OpState};
use crate::safe_text::SafeText;
use crate::sync::account::{Account, Mode, Trouble};
use crate::sync::desk::{Files, Urgency};
use crate::sync::mailer::{LOOK, backoff};
use crate::sync::post::Missed;

/// How often a server is tried that nobody reaches: a week, by then once an hour.
const UNREACHED: u32 = 170;
/// How often one is that cannot take it now.
const BUSY: u32 = 12;

/// Clicks what is due until the engine ends; in a run that ends by itself, what is due now, once.
pub async fn run(account: Arc<Account>) {
    let name = account.name().to_owned();
    if let Err(trouble) = account.on_desk(Urgency::Background, move |files| files.journal.recover_clicks(&name)).await {
        account.activity(&format!("leaving a mailing waits: {trouble}"));
    }
    loop {
        let next = match look(&account).await {
            Ok(next) => next,
            Err(Trouble::Gone(_)) => return,
            Err(trouble) => {
                account.activity(&format!("leaving a mailing waits: {trouble}"));
                Some(LOOK)
            }
        };
        if account.mode != Mode::Live || account.desires().stop {
            return;
        }
        let rung = account.clicks.notified();
        match next {
            Some(wait) => drop(tokio::time::timeout_at(Instant::now() + wait.min(LOOK), rung).await),
            None => rung.await,
        }
    }
}

/// Clicks what is due. Gives how long it is until the next is; `None`: nothing waits.
async fn look(account: &Account) -> Result<Option<Duration>, Trouble> {
    let hurry = std::mem::take(&mut account.desires().hurry_clicks);
    let name = account.name().to_owned();
    let waiting = account.on_desk(Urgency::Background, move |files| files.journal.clicks(&name)).await?;
    let mut next: Option<i64> = None;
    for one in waiting {
        let now = account.now().0;
        let due = if hurry && one.tries > 0 { now.min(one.click.at) } else { one.click.at };
        let again = if due > now {
            Some(due)
        } else if account.desires().stop {
            return Ok(None);
        } else {
            make(account, one).await?
        };
        next = [next, again].into_iter().flatten().min();
    }
    let now = account.now().0;
    Ok(next.map(|at| Duration::from_secs(u64::try_from(at.saturating_sub(now)).unwrap_or(0))))
}

/// Makes one click and writes down what became of it. Gives when it is to be tried again.
async fn make(account: &Account, one: WaitingClick) -> Result<Option<i64>, Trouble> {
    let step = one.step;
    let begun = account.on_desk(Urgency::Background, move |files| files.journal.begin_try(step)).await?;
    let Some(of) = begun else { return Ok(None) };
    let (clicker, url) = (Arc::clone(&account.post.clicker), one.click.url);
    let outcome = tokio::task::spawn_blocking(move || clicker.click(&url)).await;
    let missed = match outcome.unwrap_or_else(|_| Err(Missed::Refused("a mistake of the program".to_owned()))) {
        Ok(()) => {
            let ended = account.on_desk(Urgency::Background, move |files| files.journal.sent(of, "", None)).await?;
            for end in ended {
                account.outlet.send(Event::OpDone(end.op));
            }
            return Ok(None);
        }
        Err(missed) => missed,
    };
    let (why, again) = match missed {
        Missed::Unreached(why) => (why, of.number < UNREACHED),
        Missed::Busy(why) => (why, of.number < BUSY),
        Missed::Refused(why) => (why, false),
    };
    let why = SafeText::squeezed(&format!("Not unsubscribed: {why}")).cut(200);
    let words = why.to_string();
    if again {
        let next = account.now().0.saturating_add(backoff(of.number));
        account.activity(&format!("{words}; it is tried again"));
        let noted = move |files: &mut Files| files.journal.not_yet(of, &words, UnixTime(next));
        account.on_desk(Urgency::Background, noted).await?;
        return Ok(Some(next));
    }
    let ended = account.on_desk(Urgency::Background, move |files| files.journal.refuse_mail(of, &words)).await?;
    for end in ended.iter().filter(|end| end.state == OpState::Failed) {
        account.outlet.send(Event::OpFailed { op: end.op, reason: why.clone(), kept: true });
    }
    Ok(None)
}
