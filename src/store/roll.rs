//! Whose mail is shown, and which addresses are the user's: shared by all readers of a cache, and changed while they read.
//!
//! What is in the cache may be of accounts that are disabled, or that the config does not name any more. It stays where it
//! is; lists that show several accounts leave it out.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use crate::mail::AccountId;

/// Who is on it. Cheap to share; the default shows every account.
#[derive(Debug, Clone, Default)]
pub struct Roll(Arc<RwLock<Names>>);

#[derive(Debug, Default)]
struct Names {
    /// The accounts that are shown; every one when `None`.
    shown: Option<BTreeSet<AccountId>>,
    own: Vec<(AccountId, String)>,
}

impl Roll {
    /// These accounts alone are shown from now on.
    pub fn show(&self, accounts: impl IntoIterator<Item = AccountId>) {
        let shown = Some(accounts.into_iter().collect());
        self.0.write().unwrap_or_else(PoisonError::into_inner).shown = shown;
    }

    /// These addresses are the user's own from now on, each in its account.
    pub fn set_own(&self, addresses: Vec<(AccountId, String)>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).own = addresses;
    }

    /// Whether this account is shown.
    pub fn shows(&self, account: AccountId) -> bool {
        let names = self.0.read().unwrap_or_else(PoisonError::into_inner);
        names.shown.as_ref().is_none_or(|shown| shown.contains(&account))
    }

    /// Whether an address is the user's own in this account.
    pub(super) fn is_own(&self, account: AccountId, address: &str) -> bool {
        let names = self.0.read().unwrap_or_else(PoisonError::into_inner);
        names.own.iter().any(|(owner, own)| *owner == account && own.eq_ignore_ascii_case(address))
    }

    /// Gives statements of this connection the function `is_shown(account)`.
    pub(super) fn join(&self, connection: &Connection) -> rusqlite::Result<()> {
        let roll = self.clone();
        // Not deterministic: it may answer otherwise the next time, though not within a statement that matters.
        connection.create_scalar_function("is_shown", 1, FunctionFlags::SQLITE_UTF8, move |context| {
            Ok(roll.shows(AccountId(context.get(0)?)))
        })
    }
}
