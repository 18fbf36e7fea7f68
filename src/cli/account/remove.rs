//! `account remove`: out of the config, off the disk, out of the keyring. On the server nothing changes.

use super::disk::{Disk, words};
use super::save;
use crate::auth::{self, Tools};
use crate::cli::args::account::Remove;
use crate::cli::context::Context;
use crate::cli::exit::Code;
use crate::cli::{Failure, ask};
use crate::config::edit::{Edit, Error as EditError};
use crate::config::error::nearest;
use crate::config::paths::Paths;
use crate::dir_lock::Access;
use crate::journal::{Error as JournalError, Journal};
use crate::store::{Cache, Error as StoreError};

/// Runs it.
pub(in crate::cli) fn run(context: &mut Context<'_>, wanted: &Remove) -> Result<Code, Failure> {
    let name = wanted.account.as_str();
    let config = save::known(context)?;
    let account = config.accounts.iter().chain(&config.disabled).find(|account| account.name == name).cloned();
    let paths = context.paths()?;
    let disk = Disk::read(&paths)?;
    let (mail, waiting) = (disk.of(name), disk.waiting(name));
    if account.is_none() && !disk.names().contains(&name) {
        let known = config.accounts.iter().map(|account| account.name.as_str()).chain(disk.names());
        return Err(EditError::Unknown { name: name.to_owned(), nearest: nearest(name, known) }.into());
    }
    if waiting > 0 && !wanted.discard_queue {
        return Err(Failure::Failed(format!(
            "{name} has {}: \"posthaste sync -a {}\" sends them, --discard-queue gives them up; nothing was removed",
            words(mail, waiting),
            shell_words::quote(name)
        )));
    }
    if !wanted.yes {
        if !ask::is_somebody_there(context) {
            return Err(Failure::Usage("say --yes to remove the account without being asked".to_owned()));
        }
        let kept = if wanted.keep_mail { "; its mail stays on the disk" } else { "" };
        let question =
            format!("Remove account {name}, with {}? On the server nothing changes{kept}.", words(mail, waiting));
        if !ask::confirm(context, &question, ask::Default::No)? {
            return Err(Failure::Failed("nothing was removed".to_owned()));
        }
    }
    // The files first: whoever holds them would write into what is removed.
    let files = Files::take(&paths, mail != (0, 0) && !wanted.keep_mail, waiting > 0 || mail != (0, 0))?;
    if account.is_some() {
        save::write(context, &[Edit::Remove { name: name.to_owned() }])?;
    }
    files.remove(name, wanted.discard_queue)?;
    // The account is gone all the same; what is left is for the user to see to.
    if let Err(reason) = auth::forget(name, account.as_ref(), &Tools::system(&paths.data)) {
        context.out.note(&format!("warning: {reason}"));
    }
    save::done(context, "removed", name)
}

/// Cache and queue, owned while an account goes.
struct Files {
    cache: Option<Cache>,
    journal: Option<Journal>,
}

impl Files {
    fn take(paths: &Paths, cache: bool, journal: bool) -> Result<Self, Failure> {
        let busy = || {
            let text = "posthaste is running: remove the account from its screen, or end it first; nothing was removed";
            Failure::Failed(text.to_owned())
        };
        let there = |there: bool, place: &std::path::Path| there && place.exists();
        let journal =
            if there(journal, &paths.data.join("journal.db")) {
                Some(Journal::open(&paths.data, Access::Owner).map_err(|error| {
                    if matches!(error, JournalError::Locked { .. }) { busy() } else { error.into() }
                })?)
            } else {
                None
            };
        let cache = if there(cache, &paths.cache.join("cache.db")) {
            Some(
                Cache::open(&paths.cache, Access::Owner)
                    .map_err(|error| if matches!(error, StoreError::Locked { .. }) { busy() } else { error.into() })?,
            )
        } else {
            None
        };
        Ok(Self { cache, journal })
    }

    fn remove(self, name: &str, discard: bool) -> Result<(), Failure> {
        if let Some(mut journal) = self.journal
            && journal.remove_account(name, discard)?.is_none()
        {
            let text = format!("something waits for {name} since just now: its queue and its mail stay on the disk");
            return Err(Failure::Failed(text));
        }
        if let Some(cache) = &self.cache {
            cache.writer()?.remove_account(name)?;
        }
        Ok(())
    }
}
