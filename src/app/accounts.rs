//! Accounts as the screen knows them beside their folders: how they are written, and what is on the disk of those that are
//! not shown.

use std::collections::BTreeMap;

use crate::app::model::AccountView;
use crate::config::Account;
use crate::mail::AccountId;
use crate::protocol::Connection;
use crate::safe_text::SafeText;

/// What is on the disk of an account that is not shown: disabled, or in the config no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stock {
    /// Its name in the config.
    pub name: String,
    /// Messages.
    pub messages: u64,
    /// Bytes of their bodies.
    pub bytes: u64,
    /// Operations that wait for its server or for the user.
    pub waiting: u32,
}

/// A change of the accounts in the config's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The account of this name is shown and synced again.
    Enable(String),
    /// The account of this name is neither shown nor synced; what is on the disk of it stays.
    Disable(String),
    /// The account of this name is taken out of the config; what is on the disk of it stays.
    Remove(String),
}

/// The accounts that are in the cache or the queue and are not shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shelved {
    /// Names of those that the config disables.
    pub disabled: Vec<String>,
    /// What is on the disk.
    pub stock: Vec<Stock>,
    /// Messages of accounts that were let go and are still on the disk.
    pub leaving: u64,
}

impl Shelved {
    /// Those that the config does not name any more.
    pub fn left_behind(&self) -> impl Iterator<Item = &Stock> {
        self.stock.iter().filter(|stock| !self.is_disabled(&stock.name))
    }

    /// Whether the config disables an account of this name.
    pub fn is_disabled(&self, name: &str) -> bool {
        self.disabled.iter().any(|disabled| disabled == name)
    }
}

/// So many messages, and so much room.
pub fn words(messages: u64, bytes: u64) -> String {
    let megabytes = bytes.div_ceil(1_000_000);
    let size = if bytes == 0 { String::new() } else { format!(" ({megabytes} MB of texts)") };
    match messages {
        1 => format!("1 message{size}"),
        many => format!("{many} messages{size}"),
    }
}

impl AccountView {
    /// An account of the config that has not been heard of yet.
    pub fn new(id: AccountId, account: &Account) -> Self {
        Self {
            id,
            name: SafeText::new(&account.name),
            email: SafeText::new(&account.email),
            others: account.identities.iter().map(|one| SafeText::new(&one.email)).collect(),
            ink: account.color,
            state: Connection::Starting,
            progress: BTreeMap::new(),
        }
    }

    /// Whether an address is the user's own here.
    pub fn owns(&self, address: &str) -> bool {
        std::iter::once(&self.email).chain(&self.others).any(|own| own.as_str().eq_ignore_ascii_case(address))
    }
}
