//! A mail of the journal, handed over by an engine that runs for that alone.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use super::{Of, Once, failed, next, unreachable};
use crate::cli::engine::{Error, NO_ANSWER, Outcome, State};
use crate::journal::{Journal, Post, Posting};
use crate::protocol::{Event, OpId};
use crate::runtime::launch::stop;
use crate::safe_text::SafeText;
use crate::store::Access;
use crate::sync::Engine;
use crate::sync::account::Mode;
use crate::sync::desk::Urgency;

/// How long the copy in Sent is waited for: the mail itself has gone out, and the copy is queued.
const COPY: Duration = Duration::from_secs(20);
/// How long a server may look through a mail that it has (RFC 5321, section 4.5.3.2.6), and somewhat more: whoever carries it
/// gives up by himself before.
const ANSWER: Duration = Duration::from_mins(11);

impl Once {
    /// See [`crate::cli::engine::Engine::deliver`].
    pub(super) fn hand_over(&self, op: OpId) -> Result<Outcome, Error> {
        let journal = Journal::open(&self.paths.data, Access::ReadOnly).map_err(|error| failed(&error))?;
        let post = journal.post(op).map_err(|error| failed(&error))?;
        let Some(post) = post else { return Err(Error::Failed(SafeText::from_static("this mail is gone"))) };
        drop(journal);
        let engine = self.start(&Of::These(BTreeSet::from([post.account.clone()])), Mode::Live)?;
        let outcome = self.runtime.block_on(follow(&engine, post));
        self.runtime.block_on(stop(&engine));
        let Ok(Outcome { state: State::Unreachable { .. }, .. }) = &outcome else { return outcome };
        // How it was left counts: between the last look and the end it may have come to its own.
        let journal = Journal::open(&self.paths.data, Access::ReadOnly).map_err(|error| failed(&error))?;
        let state = journal.post(op).map_err(|error| failed(&error))?.and_then(|post| left(post.posting));
        outcome.map(|outcome| Outcome { state: state.unwrap_or(outcome.state), ..outcome })
    }
}

/// What is to be said of a mail that this run leaves so; `None`: that it waits. One whose end may have gone out does not go
/// out again by itself.
fn left(posting: Posting) -> Option<State> {
    match posting {
        Posting::Sent { .. } => Some(State::Done),
        Posting::Refused { why } => Some(State::Refused { reason: SafeText::new(&why) }),
        Posting::Unknown { why, .. } => Some(State::Unknown { reason: SafeText::new(&why) }),
        Posting::Ending => Some(State::Unknown { reason: SafeText::from_static(NO_ANSWER) }),
        Posting::Waits { .. } | Posting::Begun | Posting::CalledBack => None,
    }
}

/// Since when a server has all of a mail and says nothing, where it does.
#[derive(Debug, Default)]
struct Silence(Option<Instant>);

impl Silence {
    /// Whether to wait on for a mail that stands so, though nothing was heard for as long as anything else takes.
    fn may_last(&mut self, posting: &Posting) -> bool {
        if *posting != Posting::Ending {
            self.0 = None;
            return false;
        }
        self.0.get_or_insert_with(Instant::now).elapsed() < ANSWER
    }
}

/// How a mail stands now, and whether its copy is still to be kept.
async fn look(engine: &Engine, before: &Post) -> Result<(Post, bool), Error> {
    let (op, letter) = (before.op, before.mail.letter);
    let read = move |files: &mut crate::sync::desk::Files| {
        Ok::<_, crate::journal::Error>((files.journal.post(op)?, files.journal.post_of(letter)?.is_some()))
    };
    let read = engine.desk().run(Urgency::Now, read).await.map_err(|error| failed(&error))?;
    match read.map_err(|error| failed(&error))? {
        (Some(post), open) => Ok((post, open)),
        (None, _) => Err(Error::Failed(SafeText::from_static("this mail is gone"))),
    }
}

/// Waits until it was sent, or will not be now.
async fn follow(engine: &Engine, before: Post) -> Result<Outcome, Error> {
    let ended = |state| Ok(Outcome { op: before.op, summary: SafeText::default(), state });
    let mut silence = Silence::default();
    loop {
        let (post, open) = look(engine, &before).await?;
        let goes_on = silence.may_last(&post.posting);
        match post.posting {
            Posting::Sent { .. } => {
                if open && tokio::time::timeout(COPY, copied(engine, &before)).await.is_err() {
                    tracing::info!("the copy of a mail that was sent waits in the queue");
                }
                return ended(State::Done);
            }
            Posting::Refused { why } => return ended(State::Refused { reason: SafeText::new(&why) }),
            Posting::Unknown { why, .. } => return ended(State::Unknown { reason: SafeText::new(&why) }),
            // What the last run left there is no answer to this one.
            Posting::Waits { why: Some(why) } if post.tries > before.tries => {
                return ended(State::Unreachable { reason: SafeText::new(&why) });
            }
            Posting::CalledBack => return Err(Error::Failed(SafeText::from_static("the mail was called back"))),
            Posting::Waits { .. } | Posting::Begun | Posting::Ending => {}
        }
        // Whatever is told, it is looked at again.
        if let Err(Error::Unreachable(reason)) = next(engine).await
            && !goes_on
        {
            return ended(State::Unreachable { reason });
        }
    }
}

/// Waits until the copy is kept, or its server cannot be reached.
async fn copied(engine: &Engine, post: &Post) {
    while let Ok((_, true)) = look(engine, post).await {
        let Ok(events) = next(engine).await else { return };
        let away = |event: &Event| matches!(event, Event::Connection { state, .. } if unreachable(state).is_some());
        if events.iter().any(away) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ANSWER, Duration, Posting, SafeText, Silence, State, left};

    /// A server that has all of a mail is waited for longer than one that has not; what it leaves without an answer is not
    /// said to go out by itself (SN04).
    #[tokio::test(start_paused = true)]
    async fn a_mail_at_its_end_is_waited_for() {
        let mut silence = Silence::default();
        assert!(!silence.may_last(&Posting::Begun) && silence.may_last(&Posting::Ending));
        tokio::time::advance(ANSWER.saturating_sub(Duration::from_secs(1))).await;
        assert!(silence.may_last(&Posting::Ending));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(!silence.may_last(&Posting::Ending));
        assert!(!silence.may_last(&Posting::Waits { why: None }) && silence.may_last(&Posting::Ending), "another try");
        assert!(matches!(left(Posting::Ending), Some(State::Unknown { .. })));
        let why = "the connection was cut".to_owned();
        let unknown = State::Unknown { reason: SafeText::new(&why) };
        assert_eq!(left(Posting::Unknown { why, looked: false }), Some(unknown));
        assert_eq!((left(Posting::Begun), left(Posting::Sent { said: String::new() })), (None, Some(State::Done)));
    }
}
