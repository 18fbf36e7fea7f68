//! A click that leaves a mailing becomes an operation (RFC 8058).

use super::send::{account_of, applied};
use super::{Applied, Refusal};
use crate::journal::{Click, NewOp, NewStep, Verb};
use crate::mail::UnixTime;
use crate::mail::flags::Flags;
use crate::protocol::{OpId, Origin};
use crate::safe_text::SafeText;
use crate::sync::account::now;
use crate::sync::desk::Files;

/// Writes it down that a mailing is to be left by this link, not before that time.
pub fn queue(
    files: &mut Files,
    generation: i64,
    op: OpId,
    account: &str,
    (url, host): (&str, &str),
    at: UnixTime,
) -> Result<Applied, Refusal> {
    let id = account_of(files, account)?;
    let step = NewStep {
        account: account.to_owned(),
        verb: Verb::Click(Click { url: url.to_owned(), at: at.0 }),
        local: None,
        generation,
        place: None,
        prior: Flags::default(),
    };
    let summary = format!("Unsubscribe at {} by one click", SafeText::new(host).cut(60));
    files.journal.append(&NewOp {
        op,
        created: now(),
        summary: summary.clone(),
        undo_of: None,
        redo_of: None,
        undoable: true,
        origin: Origin::User,
        steps: vec![step],
    })?;
    Ok(applied(summary, true, Some(id)))
}
