//! The state behind the embedded server, shared by its sessions and by the tests that watch and change it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::demo::faults::{Fault, Script};
use crate::demo::mailbox::{Change, Mailbox};
use crate::demo::tree::{Refusal, Tree};
use crate::mail::UnixTime;
use crate::mail::flags::Flags;

/// Commands kept in the log; older ones are forgotten.
const LOG_LIMIT: usize = 20_000;

/// All accounts of the server. Clones share one state.
#[derive(Debug, Clone)]
pub struct World {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

/// What the lock guards.
#[derive(Debug, Default)]
pub struct State {
    accounts: BTreeMap<String, Account>,
    log: Vec<String>,
    /// Scripted faults.
    pub faults: Script,
    kicked: u64,
}

/// One user of the server.
#[derive(Debug)]
pub struct Account {
    password: String,
    /// The user's mailboxes.
    pub tree: Tree,
}

/// A message as [`World::list`] tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// UID.
    pub uid: u32,
    /// Flags.
    pub flags: Flags,
    /// Message-ID without angle brackets.
    pub message_id: String,
    /// Size in bytes.
    pub size: usize,
}

impl State {
    /// The mailboxes of a user.
    pub fn tree(&self, user: &str) -> Option<&Tree> {
        self.accounts.get(user).map(|account| &account.tree)
    }

    /// The mailboxes of a user, to be changed.
    pub fn tree_mut(&mut self, user: &str) -> Option<&mut Tree> {
        self.accounts.get_mut(user).map(|account| &mut account.tree)
    }

    /// Whether this is the user's password.
    pub fn admits(&self, user: &str, password: &str) -> bool {
        self.accounts.get(user).is_some_and(|account| account.password == password)
    }

    /// How often the connections were cut by [`World::kick`].
    pub fn kicks(&self) -> u64 {
        self.kicked
    }

    /// Writes a command to the log.
    pub fn record(&mut self, line: String) {
        if self.log.len() >= LOG_LIMIT {
            self.log.drain(..LOG_LIMIT / 2);
        }
        self.log.push(line);
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// A server without users.
    pub fn new() -> Self {
        Self { shared: Arc::new(Shared { state: Mutex::default(), changed: watch::Sender::new(0) }) }
    }

    /// The state, to look at. Never held across an await.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and wakes every session to look.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.shared.changed.send_modify(|version| *version += 1);
        result
    }

    /// Told of each change.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.shared.changed.subscribe()
    }

    /// Adds a user with an empty INBOX; folder names have levels divided by `/`.
    pub fn add_user(&self, user: &str, password: &str) {
        self.add_user_with_delimiter(user, password, '/');
    }

    /// Adds a user with an empty INBOX and another divider of levels, such as `.`.
    pub fn add_user_with_delimiter(&self, user: &str, password: &str, delimiter: char) {
        let account = Account { password: password.to_owned(), tree: Tree::new(delimiter) };
        self.change(|state| state.accounts.insert(user.to_owned(), account));
    }

    /// Changes a user's password; open sessions go on.
    pub fn set_password(&self, user: &str, password: &str) {
        self.change(|state| {
            if let Some(account) = state.accounts.get_mut(user) {
                password.clone_into(&mut account.password);
            }
        });
    }

    /// Creates a folder by its raw name, subscribed, with a SPECIAL-USE attribute such as `\Archive` or none.
    pub fn add_folder(&self, user: &str, folder: &str, special: Option<&str>) {
        self.with_tree(user, |tree| {
            if tree.get(folder).is_none() {
                // A refusal can only be a name nothing can have: the test that asked sees no folder.
                tree.create(folder).ok();
            }
            if let Some(mailbox) = tree.get_mut(folder) {
                mailbox.subscribed = true;
                mailbox.special = special.map(str::to_owned);
            }
        });
    }

    /// Puts a message into a folder, which is created if need be, and returns its UID; 0 when there is no such user.
    pub fn deliver(&self, user: &str, folder: &str, bytes: &[u8], flags: Flags, date: UnixTime) -> u32 {
        self.with_tree(user, |tree| {
            if tree.get(folder).is_none() {
                tree.create(folder).ok();
            }
            tree.get_mut(folder).map_or(0, |mailbox| mailbox.add(bytes.into(), flags, date))
        })
        .unwrap_or(0)
    }

    /// What a folder holds, by ascending UID; empty when it is not there.
    pub fn list(&self, user: &str, folder: &str) -> Vec<Row> {
        let state = self.lock();
        let Some(mailbox) = state.tree(user).and_then(|tree| tree.get(folder)) else {
            return Vec::new();
        };
        mailbox
            .messages
            .iter()
            .map(|message| Row {
                uid: message.uid,
                flags: message.flags.clone(),
                message_id: message.message_id(),
                size: message.bytes.len(),
            })
            .collect()
    }

    /// The raw names of all folders that can be selected.
    pub fn folders(&self, user: &str) -> Vec<String> {
        let state = self.lock();
        state.tree(user).map_or_else(Vec::new, |tree| {
            tree.mailboxes.iter().filter(|(_, mailbox)| mailbox.selectable).map(|(name, _)| name.clone()).collect()
        })
    }

    /// A message's bytes.
    pub fn bytes(&self, user: &str, folder: &str, uid: u32) -> Option<Arc<[u8]>> {
        let state = self.lock();
        Some(Arc::clone(&state.tree(user)?.get(folder)?.get(uid)?.bytes))
    }

    /// UIDVALIDITY of a folder.
    pub fn uid_validity(&self, user: &str, folder: &str) -> Option<u32> {
        self.lock().tree(user)?.get(folder).map(|mailbox| mailbox.uid_validity)
    }

    /// Gives the folder a new UIDVALIDITY and every message in it a new UID from 1 on; sessions in it are put out.
    pub fn set_uid_validity(&self, user: &str, folder: &str, uid_validity: u32) {
        self.with_mailbox(user, folder, |mailbox| mailbox.renumber(uid_validity));
    }

    /// Sets the UID that the next message gets; smaller than the present one is not taken.
    pub fn set_uid_next(&self, user: &str, folder: &str, uid_next: u32) {
        self.with_mailbox(user, folder, |mailbox| mailbox.uid_next = mailbox.uid_next.max(uid_next));
    }

    /// Sets HIGHESTMODSEQ of a folder, up or down; what changed after it is forgotten.
    pub fn set_modseq(&self, user: &str, folder: &str, modseq: u64) {
        self.with_mailbox(user, folder, |mailbox| mailbox.set_modseq(modseq));
    }

    /// Whether a folder has mod-sequences; one without says NOMODSEQ.
    pub fn count_changes(&self, user: &str, folder: &str, counts: bool) {
        self.with_mailbox(user, folder, |mailbox| mailbox.counts_changes = counts);
    }

    /// HIGHESTMODSEQ of a folder.
    pub fn modseq(&self, user: &str, folder: &str) -> Option<u64> {
        self.lock().tree(user)?.get(folder).map(|mailbox| mailbox.modseq)
    }

    /// Removes messages as another client's EXPUNGE would.
    pub fn remove(&self, user: &str, folder: &str, uids: &[u32]) {
        self.with_mailbox(user, folder, |mailbox| {
            mailbox.take(uids);
        });
    }

    /// Changes flags as another client's STORE would.
    pub fn store(&self, user: &str, folder: &str, uid: u32, change: Change, flags: &Flags) {
        self.with_mailbox(user, folder, |mailbox| {
            mailbox.store(uid, change, flags);
        });
    }

    /// Moves messages as another client would.
    ///
    /// # Errors
    /// When either folder is not there.
    pub fn relocate(&self, user: &str, from: &str, uids: &[u32], to: &str) -> Result<(), Refusal> {
        self.with_tree(user, |tree| {
            tree.copy(from, uids, to)?;
            if let Some(mailbox) = tree.get_mut(from) {
                mailbox.take(uids);
            }
            Ok(())
        })
        .unwrap_or(Ok(()))
    }

    /// Renames a folder as another client would.
    ///
    /// # Errors
    /// When it is not there, or the new name is taken.
    pub fn rename(&self, user: &str, from: &str, to: &str) -> Result<(), Refusal> {
        self.with_tree(user, |tree| tree.rename(from, to)).unwrap_or(Ok(()))
    }

    /// Deletes a folder as another client would.
    ///
    /// # Errors
    /// For INBOX, and when it is not there.
    pub fn delete(&self, user: &str, folder: &str) -> Result<(), Refusal> {
        self.with_tree(user, |tree| tree.delete(folder)).unwrap_or(Ok(()))
    }

    /// Arms a fault.
    pub fn arm(&self, fault: Fault) {
        self.lock().faults.arm(fault);
    }

    /// Disarms every fault.
    pub fn disarm(&self) {
        self.lock().faults.clear();
    }

    /// Cuts every open connection, without a word, at once.
    pub fn kick(&self) {
        self.change(|state| state.kicked += 1);
    }

    /// Every command so far, as `user: VERB arguments`, without tags and secrets, literals as `{n}`.
    pub fn commands(&self) -> Vec<String> {
        self.lock().log.clone()
    }

    /// Forgets the commands so far.
    pub fn clear_commands(&self) {
        self.lock().log.clear();
    }

    fn with_tree<T>(&self, user: &str, change: impl FnOnce(&mut Tree) -> T) -> Option<T> {
        self.change(|state| state.tree_mut(user).map(change))
    }

    fn with_mailbox(&self, user: &str, folder: &str, change: impl FnOnce(&mut Mailbox)) {
        self.with_tree(user, |tree| tree.get_mut(folder).map(change));
    }
}
