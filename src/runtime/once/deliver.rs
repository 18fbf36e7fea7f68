//! A mail of the journal, handed over by an engine that runs for that alone.

use std::time::Duration;

use super::{Once, failed, next, unreachable};
use crate::cli::engine::{Error, Outcome, State};
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

impl Once {
    /// See [`crate::cli::engine::Engine::deliver`].
    pub(super) fn hand_over(&self, op: OpId) -> Result<Outcome, Error> {
        let journal = Journal::open(&self.paths.data, Access::ReadOnly).map_err(|error| failed(&error))?;
        let post = journal.post(op).map_err(|error| failed(&error))?;
        let Some(post) = post else { return Err(Error::Failed(SafeText::from_static("this mail is gone"))) };
        drop(journal);
        let engine = self.start(Some(&post.account), Mode::Live)?;
        let outcome = self.runtime.block_on(follow(&engine, post));
        self.runtime.block_on(stop(&engine));
        outcome
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
    loop {
        let (post, open) = look(engine, &before).await?;
        match post.posting {
            Posting::Sent { .. } => {
                if open && tokio::time::timeout(COPY, copied(engine, &before)).await.is_err() {
                    tracing::info!("the copy of a mail that was sent waits in the queue");
                }
                return ended(State::Done);
            }
            Posting::Refused { why } | Posting::Unknown { why, .. } => {
                return ended(State::Refused { reason: SafeText::new(&why) });
            }
            // What the last run left there is no answer to this one.
            Posting::Waits { why: Some(why) } if post.tries > before.tries => {
                return ended(State::Unreachable { reason: SafeText::new(&why) });
            }
            Posting::CalledBack => return Err(Error::Failed(SafeText::from_static("the mail was called back"))),
            Posting::Waits { .. } | Posting::Begun | Posting::Ending => {}
        }
        // Whatever is told, it is looked at again.
        if let Err(Error::Unreachable(reason)) = next(engine).await {
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
