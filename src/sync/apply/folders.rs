//! Actions on folders: making, renaming and deleting one.

use super::{Pending, Plan, Planner, Refusal, refuse};
use crate::imap::folder_name;
use crate::journal::{NewStep, Verb};
use crate::mail::flags::Flags;
use crate::mail::folder::Role;
use crate::mail::{AccountId, FolderId};

/// A folder: its number, its whole name decoded and raw, and the delimiter.
pub(super) type Found = (FolderId, String, String, Option<char>);

impl Planner {
    /// Adds the making of a folder; gives its raw name.
    pub(super) fn make(
        &self,
        plan: &mut Plan,
        account: AccountId,
        path: &str,
        role: Option<Role>,
    ) -> Result<String, Refusal> {
        let Some(name) = self.accounts.get(&account) else { return refuse("this account is gone") };
        let (full, delimiter) = self.name_of(account, path)?;
        let raw = folder_name::encode(&full);
        if self.by_raw(account, &raw).is_some() {
            return refuse(format!("{path} exists already"));
        }
        plan.steps.push(self.folder_step(name, Verb::CreateFolder { raw: raw.clone() }));
        plan.created.push(Pending { account, raw: raw.clone(), name: full, delimiter, role });
        Ok(raw)
    }

    /// A folder of this name that is there and that nobody said the use of, as while it waits to be made: its number, its
    /// name decoded and raw, and the delimiter.
    pub(super) fn nameless(&self, account: AccountId, path: &str) -> Result<Option<Found>, Refusal> {
        let (full, delimiter) = self.name_of(account, path)?;
        let raw = folder_name::encode(&full);
        let free = |id: &FolderId| self.folders.get(id).is_some_and(|row| row.role.is_none() && row.selectable);
        Ok(self.by_raw(account, &raw).filter(free).map(|id| (id, full, raw, delimiter)))
    }

    fn by_raw(&self, account: AccountId, raw: &str) -> Option<FolderId> {
        let mine = |id: &FolderId| self.folders.get(id).is_some_and(|row| row.account == account);
        self.raws.iter().find(|(id, (known, _))| known == raw && mine(id)).map(|(id, _)| *id)
    }

    /// The whole name, decoded, of a folder to be made, and the delimiter. Follows the account's habit of an `INBOX.` prefix.
    fn name_of(&self, account: AccountId, path: &str) -> Result<(String, Option<char>), Refusal> {
        let mine = || self.folders.values().filter(|row| row.account == account);
        let delimiter = mine().find_map(|row| self.raws.get(&row.id).and_then(|(_, delimiter)| *delimiter));
        let inside = delimiter.filter(|delimiter| {
            let prefix = format!("inbox{delimiter}");
            let mut others = mine().filter(|row| row.role != Some(Role::Inbox)).peekable();
            others.peek().is_some()
                && others.all(|row| {
                    self.raws.get(&row.id).is_some_and(|(raw, _)| raw.to_ascii_lowercase().starts_with(&prefix))
                })
        });
        let separator = delimiter.map_or_else(|| "/".to_owned(), String::from);
        let mut full =
            path.split('/').map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(&separator);
        if full.is_empty() || path.chars().any(char::is_control) {
            return refuse("a folder needs a name without control characters");
        }
        if delimiter.is_some_and(|d| d != '/') && path.contains(separator.as_str()) {
            return refuse(format!("a folder's name cannot hold {separator:?} on this server"));
        }
        if let Some(delimiter) = inside
            && !full.to_ascii_lowercase().starts_with(&format!("inbox{delimiter}"))
        {
            full = format!("INBOX{delimiter}{full}");
        }
        Ok((full, delimiter))
    }

    pub(super) fn folder_step(&self, account: &str, verb: Verb) -> NewStep {
        NewStep {
            account: account.to_owned(),
            verb,
            local: None,
            generation: self.generation,
            place: None,
            prior: Flags::default(),
        }
    }

    pub(super) fn create(&self, plan: &mut Plan, account: AccountId, path: &str) -> Result<(), Refusal> {
        self.make(plan, account, path, None).map(drop)
    }

    pub(super) fn rename(&self, plan: &mut Plan, folder: FolderId, path: &str) -> Result<(), Refusal> {
        let (Some(row), Some((raw, _))) = (self.folders.get(&folder), self.raws.get(&folder)) else {
            return refuse("this folder is gone");
        };
        if row.role == Some(Role::Inbox) {
            return refuse("the inbox cannot be renamed");
        }
        let Some(name) = self.accounts.get(&row.account) else { return refuse("this account is gone") };
        let mut made = Plan { steps: Vec::new(), summary: String::new(), undoable: true, created: Vec::new() };
        let to = self.make(&mut made, row.account, path, None)?;
        plan.steps.push(self.folder_step(name, Verb::RenameFolder { from: raw.clone(), to }));
        Ok(())
    }

    /// An empty folder is deleted; one with messages goes into Trash, so that it can come back.
    pub(super) fn delete_folder(&self, plan: &mut Plan, folder: FolderId) -> Result<(), Refusal> {
        let (Some(row), Some((raw, delimiter))) = (self.folders.get(&folder), self.raws.get(&folder)) else {
            return refuse("this folder is gone");
        };
        if row.role.is_some() {
            return refuse(format!("{} is needed: it has a part to play in this account", row.path));
        }
        let Some(name) = self.accounts.get(&row.account) else { return refuse("this account is gone") };
        let children = self
            .folders
            .values()
            .any(|other| other.account == row.account && other.path.as_str().starts_with(&format!("{}/", row.path)));
        if row.messages == 0 && !children {
            plan.steps.push(self.folder_step(name, Verb::DeleteFolder { raw: raw.clone() }));
            return Ok(());
        }
        let (Some((_, trash)), Some(delimiter)) = (self.role_folder(row.account, Role::Trash), delimiter) else {
            return refuse(format!("{} is not empty; move its messages first", row.path));
        };
        let to = format!("{trash}{delimiter}{}", folder_name::encode(row.label.as_str()));
        if row.path.as_str().starts_with("Trash/") || raw.starts_with(&format!("{trash}{delimiter}")) {
            return refuse(format!("{} lies in Trash already; delete its messages first", row.path));
        }
        plan.steps.push(self.folder_step(name, Verb::RenameFolder { from: raw.clone(), to }));
        Ok(())
    }
}
