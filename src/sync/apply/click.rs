//! A click that leaves a mailing becomes an operation (RFC 8058).

use super::send::{account_of, append};
use super::{Applied, Refusal};
use crate::journal::{Click, Verb};
use crate::mail::UnixTime;
use crate::protocol::{OpId, Origin};
use crate::safe_text::SafeText;
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
    let verb = Verb::Click(Click { url: url.to_owned(), at: at.0 });
    let summary = format!("Unsubscribe at {} by one click", SafeText::new(host).cut(60));
    append(files, generation, (op, Origin::User), (id, account), verb, summary)
}
