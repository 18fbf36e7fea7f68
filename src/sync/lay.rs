//! Lays the journal's waiting steps over the cache: jobs for the desk.

use std::collections::{BTreeMap, BTreeSet};

use crate::journal::{NewStep, Step, Verb};
use crate::mail::{AccountId, FolderId, MessageId};
use crate::store::{Overlay, Reader};
use crate::sync::account::Trouble;
use crate::sync::desk::Files;
use crate::sync::plan::overlay::{Laid, lay, lay_verbs};

/// At the start: everything that waits, of every account. Gives the folders whose lists changed.
pub fn lay_all(files: &mut Files, generation: i64) -> Result<Vec<FolderId>, Trouble> {
    files.cache.clear_overlays()?;
    let accounts: BTreeMap<String, AccountId> =
        files.cache.reader().accounts()?.into_iter().map(|(id, name)| (name, id)).collect();
    settle_folders(files, &accounts)?;
    let mut by_message: BTreeMap<MessageId, (AccountId, Vec<Step>)> = BTreeMap::new();
    for step in files.journal.all_pending()? {
        let Some(account) = step.place.as_ref().and_then(|place| accounts.get(&place.account)).copied() else {
            continue;
        };
        if let Some(message) = local(files.cache.reader(), account, generation, &step)? {
            by_message.entry(message).or_insert_with(|| (account, Vec::new())).1.push(step);
        }
    }
    let mut entries = Vec::with_capacity(by_message.len());
    let mut names = Names::new(files.cache.reader());
    for (message, (account, steps)) in by_message {
        entries.push(names.entry(account, message, lay(&steps))?);
    }
    Ok(files.cache.set_overlay(&entries)?)
}

/// Folders that only the queue knew, and that it does not know any more: the program ended between writing the journal
/// and writing the cache.
fn settle_folders(files: &mut Files, accounts: &BTreeMap<String, AccountId>) -> Result<(), Trouble> {
    let pending: Vec<_> = files.cache.reader().folders()?.into_iter().filter(|row| row.pending).collect();
    if pending.is_empty() {
        return Ok(());
    }
    let queued: BTreeSet<(AccountId, String)> = files
        .journal
        .folders_to_make()?
        .into_iter()
        .filter_map(|(account, raw)| Some((*accounts.get(&account)?, raw)))
        .collect();
    for row in pending {
        if let Some(info) = files.cache.reader().folder(row.id)?
            && !queued.contains(&(row.account, info.raw.clone()))
        {
            files.cache.pending_folder_made(row.account, &info.raw)?;
        }
    }
    Ok(())
}

/// Lays anew what waits for these messages. Gives the folders whose lists changed.
pub fn lay_some(
    files: &mut Files,
    account: (AccountId, &str),
    generation: i64,
    messages: &BTreeSet<MessageId>,
) -> Result<Vec<FolderId>, Trouble> {
    let mut by_message: BTreeMap<MessageId, Vec<Step>> = messages.iter().map(|id| (*id, Vec::new())).collect();
    let (here, elsewhere) = files.journal.pending_of(account.1, generation, messages)?;
    for step in here.into_iter().chain(elsewhere) {
        if let Some(message) = local(files.cache.reader(), account.0, generation, &step)?
            && let Some(steps) = by_message.get_mut(&message)
        {
            steps.push(step);
        }
    }
    for steps in by_message.values_mut() {
        steps.sort_unstable_by_key(|step| step.id);
    }
    let mut entries = Vec::with_capacity(by_message.len());
    let mut names = Names::new(files.cache.reader());
    for (message, steps) in by_message {
        entries.push(names.entry(account.0, message, lay(&steps))?);
    }
    Ok(files.cache.set_overlay(&entries)?)
}

/// Lays steps that were just queued, where nothing else of the account waits: the journal need not be read for it. Gives
/// the folders whose lists changed.
pub fn lay_new(files: &mut Files, account: AccountId, steps: &[NewStep]) -> Result<Vec<FolderId>, Trouble> {
    let mut by_message: BTreeMap<MessageId, Vec<&Verb>> = BTreeMap::new();
    for step in steps {
        if let Some(message) = step.local {
            by_message.entry(message).or_default().push(&step.verb);
        }
    }
    let mut entries = Vec::with_capacity(by_message.len());
    let mut names = Names::new(files.cache.reader());
    for (message, verbs) in by_message {
        entries.push(names.entry(account, message, lay_verbs(verbs))?);
    }
    Ok(files.cache.set_overlay(&entries)?)
}

/// The message that a step means: by its local number while the cache is the one that gave it, else by its place.
pub fn local(cache: &Reader, account: AccountId, generation: i64, step: &Step) -> Result<Option<MessageId>, Trouble> {
    if step.generation == generation
        && let Some(message) = step.local
    {
        return Ok(Some(message));
    }
    let Some(place) = &step.place else { return Ok(None) };
    let Some(uid) = place.uid else { return Ok(None) };
    Ok(cache.find(account, &place.folder, place.uid_validity, uid)?)
}

/// The folders that the steps name, each looked up once: ten thousand messages go to one.
struct Names<'a> {
    cache: &'a Reader,
    known: BTreeMap<(AccountId, String), Option<FolderId>>,
}

impl<'a> Names<'a> {
    fn new(cache: &'a Reader) -> Self {
        Self { cache, known: BTreeMap::new() }
    }

    fn entry(&mut self, account: AccountId, message: MessageId, laid: Laid) -> Result<Overlay, Trouble> {
        let folder = match laid.folder {
            Some(raw) => self.folder((account, raw))?,
            None => None,
        };
        Ok(Overlay { message, folder, gone: laid.gone, flags: laid.flags, pending: laid.pending })
    }

    fn folder(&mut self, key: (AccountId, String)) -> Result<Option<FolderId>, Trouble> {
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        let found = self.cache.folder_by_raw(key.0, &key.1)?;
        self.known.insert(key, found);
        Ok(found)
    }
}
