//! The cache as the commands read it: opened beside a running screen, folders found by name or role.

use super::Failure;
use super::context::Context;
use crate::config::Config;
use crate::dir_lock::Access;
use crate::mail::folder::{FolderRow, Role};
use crate::mail::{AccountId, FolderId};
use crate::store::{Cache, Error as StoreError, Reader};

/// The cache, opened to be read, and its small tables.
pub(super) struct Files {
    pub(super) reader: Reader,
    /// Accounts of the cache that are in the config.
    accounts: Vec<(AccountId, String)>,
    /// Their folders.
    pub(super) folders: Vec<FolderRow>,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        super::engine::Error::from(error).into()
    }
}

impl Files {
    /// Opens the cache without its lock: a running screen is not disturbed.
    pub(super) fn open(context: &Context<'_>, config: &Config) -> Result<Self, Failure> {
        let paths = context.paths()?;
        if !paths.cache.join("cache.db").exists() {
            return Err(Failure::Failed("nothing is cached yet: \"posthaste sync\" fetches the mail".to_owned()));
        }
        let reader = Cache::open(&paths.cache, Access::ReadOnly)?.reader()?;
        let mut accounts = reader.accounts()?;
        accounts.retain(|(_, name)| config.account(name).is_some());
        let own = accounts.iter().filter_map(|(id, name)| Some((*id, config.account(name)?)));
        reader
            .roll()
            .set_own(own.flat_map(|(id, account)| account.addresses().map(move |own| (id, own.to_owned()))).collect());
        reader.roll().show(accounts.iter().map(|(id, _)| *id));
        let folders = reader.folders()?;
        Ok(Self { reader, accounts, folders })
    }

    /// An account by its name in the config; `None` when it was never synced.
    pub(super) fn account(&self, name: &str) -> Option<AccountId> {
        self.accounts.iter().find(|(_, known)| known == name).map(|(id, _)| *id)
    }

    /// An account's name; `None` when it is not in the config any more.
    pub(super) fn account_name(&self, id: AccountId) -> Option<&str> {
        self.accounts.iter().find(|(known, _)| *known == id).map(|(_, name)| name.as_str())
    }

    /// A folder's whole name.
    pub(super) fn path(&self, id: FolderId) -> &str {
        self.folders.iter().find(|row| row.id == id).map_or("-", |row| row.path.as_str())
    }

    /// A folder of this account, by its whole name, else its role, else its whole name without regard to case.
    pub(super) fn folder_named(&self, account: AccountId, name: &str) -> Option<FolderId> {
        let role = Role::parse(&name.to_lowercase());
        let find = |test: &dyn Fn(&FolderRow) -> bool| {
            self.folders.iter().find(|row| row.account == account && row.selectable && test(row)).map(|row| row.id)
        };
        find(&|row| row.path.as_str() == name)
            .or_else(|| find(&|row| role.is_some() && row.role == role))
            .or_else(|| find(&|row| row.path.as_str().to_lowercase() == name.to_lowercase()))
    }
}

/// Says on stderr that what is printed is what the cache holds.
pub(super) fn note_cached(context: &mut Context<'_>) {
    let text = if context.args.offline {
        "offline: this is what the cache holds"
    } else {
        "this is what the cache holds; \"posthaste sync\" brings it up to date"
    };
    context.out.note(text);
}

/// The sentence for a folder that is not there.
pub(super) fn no_folder<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> String {
    match crate::config::error::nearest(name, known) {
        Some(nearest) => format!("there is no folder \"{name}\"; did you mean \"{nearest}\"?"),
        None => format!("there is no folder \"{name}\"; \"posthaste folders\" lists them"),
    }
}
