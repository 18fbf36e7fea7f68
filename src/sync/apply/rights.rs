//! What rights do not allow is refused before it is written down: the same words for the screen and the commands.

use std::collections::{BTreeMap, BTreeSet};

use super::{Planner, Refusal};
use crate::mail::folder::{FolderRow, Role};
use crate::mail::rights::{self, Need, Rights};
use crate::mail::{AccountId, FolderId};
use crate::protocol::Action;
use crate::store::Placed;

impl Planner {
    /// Refuses what the user may not do in the folders that this is about.
    pub(super) fn allow(&self, action: &Action, items: &[Placed]) -> Result<(), Refusal> {
        let find = |id: FolderId| self.folders.get(&id);
        let needs = rights::needs(action);
        // Once for each account: ten thousand messages are of a few.
        let mut targets: BTreeMap<AccountId, Option<FolderId>> = BTreeMap::new();
        for item in items {
            targets.entry(item.account).or_insert_with_key(|account| self.goes_to(action, *account));
        }
        let target = |item: &Placed| targets.get(&item.account).copied().flatten();
        // What is there already is not taken out.
        let leaving = items.iter().filter(|item| target(item) != Some(item.folder));
        let refused = rights::refusal_of_many(leaving.map(|item| item.folder), &needs, find);
        let refused = refused.or_else(|| {
            let folders: BTreeSet<FolderId> = targets.values().copied().flatten().collect();
            folders.into_iter().filter_map(find).find_map(|folder| rights::refusal(folder, &[rights::PUT_IN]))
        });
        match refused.or_else(|| self.refuses_folder(action)) {
            Some(words) => Err(Refusal::Words(words)),
            None => Ok(()),
        }
    }

    /// Whether flags of a message here can be changed; junk is moved all the same where they cannot.
    pub(super) fn may_flag(&self, item: &Placed) -> bool {
        self.folders.get(&item.folder).is_none_or(|folder| folder.rights.holds(Rights::WRITE))
    }

    /// Where an action puts an account's messages.
    pub(super) fn goes_to(&self, action: &Action, account: AccountId) -> Option<FolderId> {
        let role = |role: Role| self.role_folder(account, role).map(|(id, _)| id);
        match action {
            Action::Move(to) | Action::Copy(to) => Some(*to),
            Action::Archive => role(Role::Archive),
            Action::Trash => role(Role::Trash),
            Action::Junk => role(Role::Junk),
            Action::Snooze { .. } => role(Role::Snoozed),
            Action::NotJunk | Action::BringBack(_) => role(Role::Inbox),
            // What is archived of a conversation lies in an inbox of one's own.
            Action::Flag(_)
            | Action::Mute
            | Action::Unmute
            | Action::DeleteForever
            | Action::CreateFolder { .. }
            | Action::RenameFolder { .. }
            | Action::DeleteFolder { .. } => None,
        }
    }

    fn refuses_folder(&self, action: &Action) -> Option<String> {
        let in_place =
            |folder: &FolderId, need: Need| self.folders.get(folder).and_then(|row| rights::refusal(row, &[need]));
        match action {
            Action::CreateFolder { account, path } => self.refuses_below(*account, path),
            Action::RenameFolder { folder, path } => {
                in_place(folder, rights::RENAME).or_else(|| self.refuses_below(self.folders.get(folder)?.account, path))
            }
            Action::DeleteFolder { folder } => in_place(folder, rights::REMOVE),
            Action::Flag(_)
            | Action::Mute
            | Action::Unmute
            | Action::Move(_)
            | Action::Copy(_)
            | Action::Archive
            | Action::Trash
            | Action::Junk
            | Action::NotJunk
            | Action::Snooze { .. }
            | Action::BringBack(_)
            | Action::DeleteForever => None,
        }
    }

    /// Whether a folder of this path cannot be made: the nearest folder above it decides (RFC 4314, section 4).
    fn refuses_below(&self, account: AccountId, path: &str) -> Option<String> {
        let above = |row: &&FolderRow| {
            let rest = path.strip_prefix(row.path.as_str());
            row.account == account && rest.is_some_and(|rest| rest.starts_with('/'))
        };
        let parent = self.folders.values().filter(above).max_by_key(|row| row.path.as_str().len())?;
        rights::refusal(parent, &[rights::CREATE_BELOW])
    }
}
