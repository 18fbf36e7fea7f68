//! IDLE (RFC 2177). Our own: async-imap's waits for ever on NO, panics on a bare BAD and takes EOF for an interrupt.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::{IdleEnd, Session};
use crate::imap::answer::Answer;
use crate::imap::command::Command;
use crate::imap::driver::QUIET;
use crate::imap::error::{Error, UNBEGUN};

/// How long the server may take to begin.
const BEGIN: Duration = Duration::from_secs(30);
/// How long it may take to end: nothing is to be done for that, and whoever waits for it waits for the user or to know
/// whether the server is there at all (RL08).
const FINISH: Duration = Duration::from_secs(25);
/// Changes come in groups: wait this long for the rest of one.
const SETTLE: Duration = Duration::from_millis(50);

impl Session {
    /// Waits for a change in the open folder, for `wake`, or for `longest`; after [`Session::notify_all`], for a change
    /// in any folder.
    ///
    /// What changed is in [`Session::take_unsolicited`]. "Still here" alone ends nothing.
    ///
    /// # Errors
    /// [`Error::Rejected`] or [`Error::Bad`] when the server does not want to idle: poll instead. [`Error::Timeout`]
    /// when it does not begin within 30 seconds or does not answer DONE in 25 (RL47).
    pub async fn idle(&mut self, wake: impl Future<Output = ()> + Send, longest: Duration) -> Result<IdleEnd, Error> {
        self.driver.begin()?;
        let result = self.idle_to_the_end(wake, longest).await;
        self.driver.end(result)
    }

    async fn idle_to_the_end(
        &mut self,
        wake: impl Future<Output = ()> + Send,
        longest: Duration,
    ) -> Result<IdleEnd, Error> {
        let mut until = Instant::now() + longest;
        let tag = self.driver.send("IDLE", &Command::new("IDLE")).await?;
        self.driver.wait_for_continue("IDLE", &tag, BEGIN).await.map_err(unbegun)?;
        let mut end = IdleEnd::TimedOut;
        let mut wake = pin!(wake);
        loop {
            let mut deaf = |_| {};
            let answer = tokio::select! {
                biased;
                () = &mut wake, if end == IdleEnd::TimedOut => {
                    end = IdleEnd::Woken;
                    break;
                }
                answer = self.driver.answer("IDLE", longest + QUIET, &mut deaf) => answer?,
                () = sleep_until(until) => break,
            };
            if is_change(&answer) && end != IdleEnd::Changed {
                end = IdleEnd::Changed;
                until = until.min(Instant::now() + SETTLE);
            }
            if self.driver.judge("IDLE", &tag, answer, &mut Some)?.is_some() {
                return Err(Error::Protocol("IDLE was ended by the server".to_owned()));
            }
        }
        self.driver.write(b"DONE\r\n").await?;
        self.driver.flush().await?;
        loop {
            let answer = self.driver.answer("IDLE", FINISH, &mut |_| {}).await?;
            if is_change(&answer) {
                end = IdleEnd::Changed;
            }
            if self.driver.judge("IDLE", &tag, answer, &mut Some)?.is_some() {
                return Ok(end);
            }
        }
    }
}

/// A timeout that says that it was the beginning which did not come.
fn unbegun(error: Error) -> Error {
    if matches!(error, Error::Timeout { .. }) { Error::Timeout { what: UNBEGUN } } else { error }
}

/// What is worth looking at. Counts and names of other folders come only where NOTIFY asked for them.
fn is_change(answer: &Answer) -> bool {
    if let Answer::Status { code: Some(code), .. } = answer {
        return code.name == "NOTIFICATIONOVERFLOW";
    }
    matches!(
        answer,
        Answer::Exists(_)
            | Answer::Expunge(_)
            | Answer::Fetch(_)
            | Answer::Vanished { .. }
            | Answer::MailboxStatus { .. }
            | Answer::List(_)
    )
}
