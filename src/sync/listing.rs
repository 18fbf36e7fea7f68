//! The folders: what the cache knows of them, and what the server lists and counts.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

use crate::imap::session::{Counts, Listed, Status};
use crate::mail::FolderId;
use crate::mail::folder::{Namespace, Role, ServerFolder};
use crate::protocol::Event;
use crate::store::SyncState;
use crate::sync::account::Trouble;
use crate::sync::desk::Urgency;
use crate::sync::roles;
use crate::sync::worker::{Folder, Lane, Worker};

impl Worker {
    /// Takes the folders and how far each is from the cache.
    pub(super) async fn read_folders(&mut self, urgency: Urgency) -> Result<(), Trouble> {
        let account = self.account.id;
        let rows = self
            .account
            .on_desk(urgency, move |files| {
                let mut all = Vec::new();
                for row in files.cache.reader().folders()? {
                    if row.account == account
                        && row.selectable
                        && !row.pending
                        && let Some(info) = files.cache.reader().folder(row.id)?
                    {
                        all.push((row.id, info.raw, row, files.cache.sync_state(info.row.id)?));
                    }
                }
                Ok::<_, crate::store::Error>(all)
            })
            .await?;
        let mut folders = BTreeMap::new();
        let work = self.lane == Lane::Work;
        for (id, raw, row, state) in rows {
            let fresh = Folder {
                raw: raw.clone(),
                name: row.path.as_str().to_owned(),
                role: row.role,
                namespace: row.namespace,
                dirty: work && state.uid_validity.is_none(),
                gaps: state.gaps.clone(),
                density: 1.0,
                progressing: false,
                failures: 0,
                status: None,
                exists: state.exists.unwrap_or_default(),
                terms: None,
            };
            let folder = match self.folders.remove(&id) {
                Some(known) if known.raw == raw => {
                    Folder { role: row.role, namespace: row.namespace, gaps: state.gaps, ..known }
                }
                Some(_) | None => fresh,
            };
            folders.insert(id, folder);
        }
        self.folders = folders;
        Ok(())
    }

    /// LIST and the counts of every folder. Of an account that is new the counts come later, when the inbox shows its
    /// first rows: a server looks into every folder to count.
    pub(super) async fn list_folders(&mut self) -> Result<(), Trouble> {
        let first = self.listed.is_none();
        let counts = if first && self.folders.is_empty() { Counts::Later } else { Counts::Told };
        let (listed, namespaces, quotas) = self.session.list_with_quota(counts).await?;
        let folders = self.server_folders(&listed);
        let account = self.account.id;
        let changed =
            self.account.on_desk(Urgency::Now, move |files| files.cache.put_folders(account, &folders)).await?;
        let known: BTreeSet<FolderId> = if first { BTreeSet::new() } else { self.folders.keys().copied().collect() };
        self.read_folders(Urgency::Now).await?;
        let mut counted = self.take_manners(&namespaces, &listed, quotas, &known).await?;
        let ids: BTreeMap<String, FolderId> =
            self.folders.iter().map(|(id, folder)| (folder.raw.clone(), *id)).collect();
        let to_count = if counts == Counts::Told { listed } else { Vec::new() };
        for one in to_count.into_iter().filter(|one| one.selectable) {
            let Some(id) = ids.get(&one.raw).copied() else { continue };
            let status = match one.status {
                Some(status) => Some(status),
                None => self.count(&one.raw).await?,
            };
            if let Some(status) = status {
                counted |= self.counted(id, status).await?;
            }
        }
        self.listed = Some(Instant::now());
        self.counts = counts;
        if first {
            self.prefetched = false;
        }
        if changed || counted {
            self.account.outlet.send(Event::FoldersChanged(self.account.id));
        }
        Ok(())
    }

    /// STATUS, where LIST did not bring it. A folder that refuses is left out.
    async fn count(&mut self, raw: &str) -> Result<Option<Status>, Trouble> {
        match self.session.status(raw).await {
            Ok(status) => Ok(Some(status)),
            Err(error) if !error.fatal() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes down a folder's counts and marks it when something changed since its last sync.
    async fn counted(&mut self, id: FolderId, status: Status) -> Result<bool, Trouble> {
        let (messages, unread) = (status.messages.map(u64::from), status.unseen.map(u64::from));
        let (state, changed) = self
            .account
            .on_desk(Urgency::Background, move |files| {
                let changed = match (messages, unread) {
                    (Some(messages), Some(unread)) => files.cache.put_counts(id, messages, unread)?,
                    _ => false,
                };
                Ok::<_, crate::store::Error>((files.cache.sync_state(id)?, changed))
            })
            .await?;
        let selected = self.session.selected().map(str::to_owned);
        if let Some(folder) = self.folders.get_mut(&id) {
            let changed_there = stale(&state, &status)
                || folder.status.as_ref().is_some_and(|old| old.unseen != status.unseen && state.highest_modseq.is_none())
                // Without mod-sequences a count cannot say that a star changed: look once a session where it matters. It
                // was looked at already where the list before this one left the counts for later.
                || (folder.status.is_none()
                    && self.counts == Counts::Told
                    && state.highest_modseq.is_none()
                    && folder.role == Some(Role::Inbox));
            let look = changed_there || (status.messages.is_none() && selected.as_deref() != Some(&folder.raw));
            folder.status = Some(status);
            if look {
                self.soil(id);
            }
        }
        Ok(changed)
    }

    /// The server's list with the roles decided: SPECIAL-USE, the config, well-known names.
    fn server_folders(&self, listed: &[Listed]) -> Vec<ServerFolder> {
        let roles = roles::assign(listed, &self.account.config.folders);
        listed
            .iter()
            .map(|one| ServerFolder {
                raw: one.raw.clone(),
                name: one.name.clone(),
                delimiter: one.delimiter,
                role: if one.namespace == Namespace::Personal { roles.get(&one.raw).copied() } else { None },
                selectable: one.selectable,
                subscribed: one.subscribed,
                namespace: one.namespace,
            })
            .collect()
    }
}

/// Whether the counts say that the folder changed since its last sync.
pub(super) fn stale(state: &SyncState, status: &Status) -> bool {
    let differs = |known: Option<u64>, told: Option<u64>| told.is_some() && known != told;
    differs(state.uid_validity.map(|v| u64::from(v.0)), status.uid_validity.map(|v| u64::from(v.0)))
        || differs(state.uid_next.map(|v| u64::from(v.0)), status.uid_next.map(|v| u64::from(v.0)))
        || differs(state.exists.map(u64::from), status.messages.map(u64::from))
        || (state.highest_modseq.is_some() && differs(state.highest_modseq, status.highest_modseq))
}
