//! The accounts of the config, as screen, reader and lists need them; they change while the program runs.

use std::path::PathBuf;

use crate::app::accounts::Stock;
use crate::app::lend::{Lend, Purpose};
use crate::app::model::AccountView;
use crate::config;
use crate::journal::Journal;
use crate::mail::AccountId;
use crate::render::facts::MailServer;
use crate::runtime::layout::Profile;
use crate::store::Reader;
use crate::store::roll::Roll;

/// The accounts that the config has now, and who is told which of them are shown.
#[derive(Debug, Clone)]
pub struct Roster {
    accounts: Vec<config::Account>,
    /// Their numbers in the cache.
    ids: Vec<(AccountId, String)>,
    roll: Roll,
    /// Whether they are others than those the engine was started with.
    changed: bool,
}

impl Roster {
    /// The accounts of a config, for the readers that share this.
    pub fn new(accounts: &[config::Account], roll: &Roll) -> Self {
        Self { accounts: accounts.to_vec(), ids: Vec::new(), roll: roll.clone(), changed: false }
    }

    /// The config has these accounts from now on. False: it had them before.
    pub fn adopt(&mut self, accounts: &[config::Account]) -> bool {
        let new = self.accounts != accounts;
        if new {
            self.accounts = accounts.to_vec();
            self.changed = true;
        }
        new
    }

    /// The accounts, if they are others than those the engine was started with.
    pub fn for_engine(&self) -> Option<Vec<config::Account>> {
        self.changed.then(|| self.accounts.clone())
    }

    /// The accounts have these numbers in the cache: tells the readers whose addresses are whose, and gives what the screen
    /// and the reader show of them.
    pub fn numbered(&mut self, ids: &[(AccountId, String)]) -> (Vec<AccountView>, Vec<Profile>) {
        self.ids = ids.to_vec();
        let known: Vec<(AccountId, &config::Account)> = ids
            .iter()
            .filter_map(|(id, name)| Some((*id, self.accounts.iter().find(|account| account.name == *name)?)))
            .collect();
        let own = known.iter().flat_map(|(id, account)| account.addresses().map(|own| (*id, own.to_owned())));
        self.roll.set_own(own.collect());
        let views = known.iter().map(|(id, account)| AccountView::new(*id, account)).collect();
        (views, known.into_iter().map(|(id, account)| profile(id, account)).collect())
    }

    /// The command that prints what this account signs in with, for the terminal.
    pub fn secret(&self, account: AccountId) -> Option<Lend> {
        let (_, name) = self.ids.iter().find(|(id, _)| *id == account)?;
        let command = self.accounts.iter().find(|one| one.name == *name)?.imap.secret.command()?.to_owned();
        Some(Lend { command, input: PathBuf::new(), purpose: Purpose::Secret(account) })
    }
}

/// An account that waits for its command has none.
pub const NO_COMMAND: &str = "the config has no command any more that this account signs in with";

/// An account, as far as reading its mail needs it.
fn profile(id: AccountId, account: &config::Account) -> Profile {
    let owned = |texts: &mut dyn Iterator<Item = &str>| texts.map(str::to_owned).collect();
    Profile {
        account: id,
        addresses: owned(&mut account.addresses()),
        names: owned(&mut account.names()),
        identities: account.mailboxes().collect(),
        server: MailServer {
            host: account.imap.host.clone(),
            address: account.email.clone(),
            authserv_ids: account.imap.authserv_ids.clone(),
        },
        name: account.name.clone(),
        undo_seconds: account.outgoing.undo_seconds,
        sends: account.outgoing.way.is_some(),
    }
}

/// What is on the disk of accounts that are not shown: in the cache, or in the queue alone.
///
/// # Errors
/// Why cache or queue could not be read, in a sentence.
pub fn stock(cache: &Reader, journal: Option<&Journal>) -> Result<Vec<Stock>, String> {
    let waiting = journal.map_or_else(|| Ok(Vec::new()), Journal::waiting_by_account);
    let mut waiting = waiting.map_err(|error| format!("the journal could not be read: {error}"))?;
    let mut stock = Vec::new();
    let on_disk = cache.on_disk().map_err(|error| format!("the cache could not be read: {error}"))?;
    for one in on_disk {
        let place = waiting.iter().position(|(name, _)| *name == one.name);
        let waits = place.map_or(0, |place| waiting.swap_remove(place).1);
        if !cache.roll().shows(one.id) && (one.messages > 0 || one.bytes > 0 || waits > 0) {
            stock.push(Stock { name: one.name, messages: one.messages, bytes: one.bytes, waiting: waits });
        }
    }
    // The cache may have been thrown away; what was asked for has not.
    stock.extend(waiting.into_iter().map(|(name, waiting)| Stock { name, messages: 0, bytes: 0, waiting }));
    Ok(stock)
}
