//! Actions on folders: CREATE, RENAME, DELETE.

use super::{End, all};
use crate::imap::error::Error;
use crate::journal::{SentMark, Step, StepId, Verb};
use crate::sync::account::Trouble;
use crate::sync::desk::Urgency;
use crate::sync::worker::Worker;

/// What is added to the name of a folder while it is deleted; people see it if the connection ends just then.
const ASIDE: &str = " (being deleted)";

impl Worker {
    /// Sends one action on a folder.
    pub(super) async fn send_folder(&mut self, batch: Vec<Step>) -> Result<(), Trouble> {
        let batch = self.mark(batch, &SentMark::default()).await?;
        let Some(step) = batch.first() else { return Ok(()) };
        let result = match &step.verb {
            Verb::CreateFolder { raw } => self.create_folder(raw).await,
            Verb::RenameFolder { from, to } => self.rename_folder(step.id, from, to).await?,
            Verb::DeleteFolder { raw } => self.delete_folder(raw).await?,
            Verb::Flag(_)
            | Verb::Move { .. }
            | Verb::Copy { .. }
            | Verb::Append { .. }
            | Verb::Send(_)
            | Verb::Click(_)
            | Verb::Rule(_)
            | Verb::Keep { .. }
            | Verb::Draft(_)
            | Verb::Undraft(_)
            | Verb::Delete => return Ok(()),
        };
        self.account.desires().refresh = true;
        match result {
            Ok(()) => self.settle(all(batch, &End::Done(None))).await,
            Err(error) if !error.fatal() => {
                self.take_back(batch.first()).await?;
                let reason = self.refused(&error);
                self.settle(all(batch, &End::Failed(reason))).await
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn create_folder(&mut self, raw: &str) -> Result<(), Error> {
        match self.session.create(raw).await {
            Ok(()) => {}
            // It exists: what was wanted is so, and a repeated command after a cut ends here.
            Err(Error::Rejected { code, .. }) if exists(code.as_deref()) => {}
            Err(error) if !error.fatal() && self.session.status(raw).await.is_ok() => drop(error),
            Err(error) => return Err(error),
        }
        ignore_refusal(self.session.subscribe(raw).await)
    }

    async fn rename_folder(&mut self, step: StepId, from: &str, to: &str) -> Result<Result<(), Error>, Trouble> {
        match self.session.rename(from, to).await {
            Ok(()) => {}
            Err(error) if !error.fatal() => {
                // After a cut the first command may have done it: the old name is gone and the new one is there.
                let done =
                    self.session.status(from).await.is_err_and(|e| !e.fatal()) && self.session.status(to).await.is_ok();
                if !done {
                    return Ok(Err(error));
                }
            }
            Err(error) => return Ok(Err(error)),
        }
        for outcome in [self.session.subscribe(to).await, self.session.unsubscribe(from).await] {
            if let Err(error) = ignore_refusal(outcome) {
                return Ok(Err(error));
            }
        }
        let (account, name) = (self.account.id, self.account.config.name.clone());
        let (from, to) = (from.to_owned(), to.to_owned());
        self.account
            .on_desk(Urgency::Now, move |files| {
                files.journal.rename_folder(&name, &from, &to, step)?;
                files.cache.rename_folder(account, &from, &to)?;
                Ok::<_, Trouble>(())
            })
            .await?;
        Ok(Ok(()))
    }

    /// Deletes a folder if it is empty. Nothing in IMAP says "delete it if it is empty", and what another client moves into
    /// it while the command is on its way would be deleted with it: so it is renamed first, to a name that nobody moves
    /// anything to, and counted there.
    async fn delete_folder(&mut self, raw: &str) -> Result<Result<(), Error>, Trouble> {
        // What was told of the folder that is open now would be taken for news of this one.
        self.unsolicited().await?;
        Ok(self.delete_if_empty(raw).await)
    }

    async fn delete_if_empty(&mut self, raw: &str) -> Result<(), Error> {
        let aside = format!("{raw}{ASIDE}");
        let (name, known) = match self.session.status(raw).await {
            Ok(status) if status.messages.unwrap_or(0) > 0 => return Err(not_empty()),
            Ok(_) => (self.set_aside(raw, &aside).await?, true),
            Err(error) if error.fatal() => return Err(error),
            // Renamed before a cut; else gone already, or refused for another reason.
            Err(_) => match self.session.status(&aside).await {
                Ok(_) => (aside.as_str(), true),
                Err(error) if error.fatal() => return Err(error),
                Err(_) => (self.set_aside(raw, &aside).await?, false),
            },
        };
        let error = match self.session.delete_empty(name).await {
            Ok(true) => return ignore_refusal(self.session.unsubscribe(raw).await),
            Ok(false) => not_empty(),
            Err(error) if error.fatal() => return Err(error),
            // It cannot be opened either.
            Err(Error::Rejected { verb: "EXAMINE", .. }) if !known && name == raw => return Ok(()),
            Err(error) => error,
        };
        // Its old name may be taken by now: then it keeps this one, with what is in it.
        if name != raw {
            ignore_refusal(self.session.rename(name, raw).await)?;
        }
        Err(error)
    }

    /// Renames a folder that is to be deleted, unless others lie below it. Gives the name that it has then: where the
    /// server refuses, its own, and what is left is one turnaround.
    async fn set_aside<'a>(&mut self, raw: &'a str, aside: &'a str) -> Result<&'a str, Error> {
        let below = |other: &str| other.strip_prefix(raw).is_some_and(|rest| rest.starts_with(['/', '.', '\\']));
        if self.folders.values().any(|folder| below(&folder.raw)) {
            return Ok(raw);
        }
        match self.session.rename(raw, aside).await {
            Ok(()) => Ok(aside),
            Err(error) if error.fatal() => Err(error),
            Err(_) => Ok(raw),
        }
    }

    /// Takes the picture of a refused action off the folder pane.
    pub(super) async fn take_back(&self, step: Option<&Step>) -> Result<(), Trouble> {
        let Some(step) = step else { return Ok(()) };
        let (account, verb) = (self.account.id, step.verb.clone());
        self.account
            .on_desk(Urgency::Now, move |files| crate::sync::apply::unshow(&mut files.cache, account, &verb))
            .await
    }
}

fn not_empty() -> Error {
    Error::Rejected { verb: "DELETE", code: None, text: "the folder is no longer empty".to_owned() }
}

fn exists(code: Option<&str>) -> bool {
    code.is_some_and(|code| code.eq_ignore_ascii_case("ALREADYEXISTS"))
}

/// A subscription is a nicety: a server that refuses it has still done what was asked.
fn ignore_refusal(outcome: Result<(), Error>) -> Result<(), Error> {
    match outcome {
        Err(error) if error.fatal() => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
