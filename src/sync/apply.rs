//! An action of the user becomes an operation in the journal: which messages, where they are, what they were before.
//!
//! Jobs for the desk; nothing here knows the network. The journal is written before the overlay (invariant 3).

pub mod always;
pub mod arrivals;
pub mod back;
pub mod click;
pub mod drafts;
mod folders;
pub mod handed;
mod mute;
mod rights;
pub mod send;
pub mod snooze;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::imap::folder_name;
use crate::journal::{Journal, NewOp, NewStep, Step, Verb};
use crate::mail::flags::{Flag, FlagChange, Keyword};
use crate::mail::folder::{FolderRow, Role};
use crate::mail::{AccountId, FolderId, MessageId};
use crate::protocol::{Action, OpId, Origin};
use crate::store::{Placed, Reader, Writer};
use crate::sync::account::{Trouble, now};
use crate::sync::desk::Files;
use crate::sync::lay::{lay_new, lay_some};

/// What became of a command.
pub struct Applied {
    /// For the toast.
    pub summary: String,
    /// Whether it can be taken back.
    pub undoable: bool,
    /// Folders whose lists changed.
    pub folders: BTreeSet<FolderId>,
    /// Accounts whose queue has something to send, or whose folders changed.
    pub accounts: BTreeSet<AccountId>,
    /// Whether folders were added, renamed or removed.
    pub folders_changed: bool,
}

/// Why a command was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The user's doing: said in a toast.
    #[error("{0}")]
    Words(String),
    /// Disk.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

impl From<crate::store::Error> for Refusal {
    fn from(error: crate::store::Error) -> Self {
        Self::Trouble(error.into())
    }
}

impl From<crate::journal::Error> for Refusal {
    fn from(error: crate::journal::Error) -> Self {
        Self::Trouble(error.into())
    }
}

impl From<crate::letters::Error> for Refusal {
    /// What may go another time is the disk's doing, and what never will is told.
    fn from(error: crate::letters::Error) -> Self {
        if error.may_pass() { Self::Trouble(Trouble::Letters(error)) } else { Self::Words(error.to_string()) }
    }
}

fn refuse<T>(words: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Words(words.into()))
}

/// What is said of an action on an account that was disabled or removed.
pub const AWAY: &str = "this account is disabled or not in the config any more: nothing of it can be changed";

/// Refuses what is about an account that was disabled or removed.
fn here<'a>(files: &Files, steps: impl IntoIterator<Item = &'a Step>) -> Result<(), Refusal> {
    let accounts = accounts_by_name(files.cache.reader())?;
    let is_here = |name: &String| accounts.get(name).is_some_and(|id| files.cache.roll().shows(*id));
    let mut names = BTreeSet::new();
    for name in steps.into_iter().map(|step| &step.account).filter(|name| names.insert(*name)) {
        if !is_here(name) {
            return refuse(format!("{name} is disabled or not in the config any more: nothing of it can be changed"));
        }
    }
    Ok(())
}

/// Writes an action of the user into the journal and lays it over the cache.
pub fn apply(
    files: &mut Files,
    generation: i64,
    op: OpId,
    action: &Action,
    messages: &[MessageId],
) -> Result<Applied, Refusal> {
    apply_as(files, generation, (op, Origin::User), action, messages)
}

/// As [`apply`], of something that the user did, or that followed from it.
pub fn apply_as(
    files: &mut Files,
    generation: i64,
    (op, origin): (OpId, Origin),
    action: &Action,
    messages: &[MessageId],
) -> Result<Applied, Refusal> {
    if let Action::CreateFolder { account, .. } = action
        && !files.cache.roll().shows(*account)
    {
        return refuse(AWAY);
    }
    let plan = Planner::new(files.cache.reader(), generation)?.plan(files, action, messages)?;
    if plan.steps.is_empty() {
        return refuse(nothing(files, action, messages)?);
    }
    commit(files, generation, Entry { origin, ..Entry::of(op) }, plan)
}

/// Why nothing is to be done to these messages.
fn nothing(files: &Files, action: &Action, messages: &[MessageId]) -> Result<String, Refusal> {
    let cache = files.cache.reader();
    let items = cache.places(messages)?;
    if items.is_empty() && !messages.is_empty() {
        // It may be another one that is shown by now.
        let (gone, them) = if messages.len() == 1 { ("that message is", "it") } else { ("those messages are", "them") };
        return Ok(format!("{gone} no longer here: another program moved or deleted {them}"));
    }
    let moves = matches!(action, Action::Move(_) | Action::Archive | Action::Trash | Action::Junk | Action::NotJunk);
    let folders: BTreeSet<FolderId> = items.iter().filter(|_| moves).map(|item| item.folder).collect();
    if let (Some(folder), 1) = (folders.first(), folders.len())
        && let Some(info) = cache.folder(*folder)?
    {
        let they = if messages.len() == 1 { "it is" } else { "they are" };
        return Ok(format!("{they} in {} already", info.row.label));
    }
    Ok("there is nothing to do".to_owned())
}

/// How a plan stands in the journal.
#[derive(Clone, Copy)]
struct Entry {
    op: OpId,
    undo_of: Option<OpId>,
    redo_of: Option<OpId>,
    origin: Origin,
}

impl Entry {
    fn of(op: OpId) -> Self {
        Self { op, undo_of: None, redo_of: None, origin: Origin::User }
    }
}

/// Sends a refused operation again.
pub fn retry(files: &mut Files, generation: i64, op: OpId) -> Result<Applied, Refusal> {
    if let Some((_, steps)) = files.journal.op(op)? {
        here(files, &steps)?;
    }
    if files.journal.requeue(op)? == 0 {
        return refuse("this operation does not wait for a retry");
    }
    let Some((row, steps)) = files.journal.op(op)? else { return refuse("this operation is gone") };
    let touched = touched(files, generation, &steps)?;
    show(files, generation, format!("Trying again: {}", row.summary), false, touched)
}

/// Gives a refused operation up.
pub fn discard(files: &mut Files, generation: i64, op: OpId) -> Result<Applied, Refusal> {
    let Some((row, _)) = files.journal.op(op)? else { return refuse("this operation is gone") };
    if let Some(post) = files.journal.post(op)? {
        return send::call_back(files, &post, &row.summary);
    }
    let dropped = files.journal.drop_op(op)?;
    let touched = touched(files, generation, &dropped)?;
    unshow_all(files, &dropped)?;
    send::let_go(files, &dropped);
    show(files, generation, format!("Given up: {}", row.summary), false, touched)
}

/// Takes what these dropped steps showed off the folder pane again; a folder that another action still makes stays.
fn unshow_all(files: &mut Files, dropped: &[Step]) -> Result<(), Refusal> {
    let makes = |step: &Step| matches!(step.verb, Verb::CreateFolder { .. });
    let to_make = if dropped.iter().any(makes) { files.journal.folders_to_make()? } else { Vec::new() };
    let accounts = accounts_by_name(files.cache.reader())?;
    for step in dropped {
        let wanted = |(name, folder): &(String, String)| {
            *name == step.account && matches!(&step.verb, Verb::CreateFolder { raw } if raw == folder)
        };
        if let Some(account) = accounts.get(&step.account).copied()
            && !to_make.iter().any(wanted)
        {
            unshow(&mut files.cache, account, &step.verb)?;
        }
    }
    Ok(())
}

/// Takes what a queued action on a folder showed off the folder pane again.
pub fn unshow(cache: &mut Writer, account: AccountId, verb: &Verb) -> Result<(), crate::store::Error> {
    match verb {
        Verb::CreateFolder { raw } => {
            if let Some(folder) = cache.reader().folder_by_raw(account, raw)? {
                cache.drop_pending_folder(folder)?;
            }
            Ok(())
        }
        Verb::RenameFolder { from, .. } => match cache.reader().folder_by_raw(account, from)? {
            Some(folder) => cache.set_shown_name(folder, None),
            None => Ok(()),
        },
        Verb::Flag(_)
        | Verb::Move { .. }
        | Verb::Copy { .. }
        | Verb::Append { .. }
        | Verb::Send(_)
        | Verb::Click(_)
        | Verb::Rule(_)
        | Verb::Keep { .. }
        | Verb::Draft(_)
        | Verb::Undraft(_)
        | Verb::Delete
        | Verb::DeleteFolder { .. } => Ok(()),
    }
}

/// A folder that an action shows before the server has it.
struct Pending {
    account: AccountId,
    raw: String,
    name: String,
    delimiter: Option<char>,
    /// What it is for, so that the next action finds it before the server has named it.
    role: Option<Role>,
}

/// What an action comes to.
struct Plan {
    steps: Vec<NewStep>,
    summary: String,
    undoable: bool,
    created: Vec<Pending>,
}

fn commit(files: &mut Files, generation: i64, entry: Entry, plan: Plan) -> Result<Applied, Refusal> {
    commit_by(files, generation, entry, plan, Journal::append)
}

/// As [`commit`]; how the journal is written is said by `write`.
fn commit_by(
    files: &mut Files,
    generation: i64,
    entry: Entry,
    plan: Plan,
    write: impl FnOnce(&mut Journal, &NewOp) -> Result<(), crate::journal::Error>,
) -> Result<Applied, Refusal> {
    let Entry { op, undo_of, redo_of, origin } = entry;
    let new = NewOp {
        op,
        created: now(),
        summary: plan.summary.clone(),
        undo_of,
        redo_of,
        undoable: plan.undoable,
        origin,
        steps: plan.steps,
    };
    let alone = alone(files, generation, &new.steps)?;
    write(&mut files.journal, &new)?;
    for pending in plan.created {
        let Pending { account, raw, name, delimiter, role } = pending;
        files.cache.put_pending_folder(account, (&raw, &name), delimiter, role)?;
    }
    let mut touched: BTreeMap<AccountId, BTreeSet<MessageId>> = BTreeMap::new();
    let accounts = accounts_by_name(files.cache.reader())?;
    for step in &new.steps {
        if let Some(account) = accounts.get(&step.account).copied() {
            touched.entry(account).or_default().extend(step.local);
            if let Verb::RenameFolder { from, to } = &step.verb
                && let Some(folder) = files.cache.reader().folder_by_raw(account, from)?
            {
                files.cache.set_shown_name(folder, Some(&folder_name::decode(to)))?;
            }
        }
    }
    let mut folders = BTreeSet::new();
    if let Some(account) = alone.and_then(|name| accounts.get(&name).copied()) {
        folders.extend(lay_new(files, account, &new.steps)?);
        touched.remove(&account);
    }
    let mut shown = show(files, generation, plan.summary, plan.undoable, touched)?;
    shown.folders.extend(folders);
    shown.accounts.extend(new.steps.iter().filter_map(|step| accounts.get(&step.account)));
    Ok(shown)
}

/// The account of these steps, if they are of one, each about a message of this cache, and nothing else of it waits.
fn alone(files: &Files, generation: i64, steps: &[NewStep]) -> Result<Option<String>, Refusal> {
    let Some(account) = steps.first().map(|step| &step.account) else { return Ok(None) };
    let plain = |step: &NewStep| step.account == *account && step.generation == generation && step.local.is_some();
    Ok((steps.iter().all(plain) && files.journal.is_idle(account)?).then(|| account.clone()))
}

/// Lays the journal anew over the messages that were touched.
fn show(
    files: &mut Files,
    generation: i64,
    summary: String,
    undoable: bool,
    touched: BTreeMap<AccountId, BTreeSet<MessageId>>,
) -> Result<Applied, Refusal> {
    let names: HashMap<AccountId, String> = files.cache.reader().accounts()?.into_iter().collect();
    let mut folders = BTreeSet::new();
    let mut folders_changed = false;
    for (account, messages) in &touched {
        let Some(name) = names.get(account) else { continue };
        folders_changed |= messages.is_empty();
        folders.extend(lay_some(files, (*account, name), generation, messages)?);
    }
    let accounts = touched.into_keys().collect();
    Ok(Applied { summary, undoable, folders, accounts, folders_changed })
}

/// The messages that these steps are about, by account.
fn touched<'a>(
    files: &Files,
    generation: i64,
    steps: impl IntoIterator<Item = &'a Step>,
) -> Result<BTreeMap<AccountId, BTreeSet<MessageId>>, Refusal> {
    let mut touched: BTreeMap<AccountId, BTreeSet<MessageId>> = BTreeMap::new();
    let accounts = accounts_by_name(files.cache.reader())?;
    for step in steps {
        if let Some(account) = accounts.get(&step.account).copied() {
            let message = crate::sync::lay::local(files.cache.reader(), account, generation, step)?;
            touched.entry(account).or_default().extend(message);
        }
    }
    Ok(touched)
}

fn accounts_by_name(cache: &Reader) -> Result<HashMap<String, AccountId>, Refusal> {
    Ok(cache.accounts()?.into_iter().map(|(id, name)| (name, id)).collect())
}

/// Makes steps of an action.
struct Planner {
    generation: i64,
    accounts: HashMap<AccountId, String>,
    folders: HashMap<FolderId, FolderRow>,
    raws: HashMap<FolderId, (String, Option<char>)>,
}

impl Planner {
    fn new(cache: &Reader, generation: i64) -> Result<Self, Refusal> {
        let mut folders = HashMap::new();
        let mut raws = HashMap::new();
        for row in cache.folders()? {
            if let Some(info) = cache.folder(row.id)? {
                raws.insert(row.id, (info.raw, info.delimiter));
            }
            folders.insert(row.id, row);
        }
        Ok(Self { generation, accounts: cache.accounts()?.into_iter().collect(), folders, raws })
    }

    fn plan(&self, files: &Files, action: &Action, messages: &[MessageId]) -> Result<Plan, Refusal> {
        let items = files.cache.reader().places(messages)?;
        if items.iter().any(|item| !files.cache.roll().shows(item.account)) {
            return refuse(AWAY);
        }
        self.allow(action, &items)?;
        let mut plan = Plan { steps: Vec::new(), summary: String::new(), undoable: true, created: Vec::new() };
        let flag = |word: &str| Keyword::new(word).map(Flag::Keyword);
        self.forget_snoozing(&mut plan, action, &items);
        match action {
            Action::Flag(change) => {
                for item in &items {
                    self.flag(&mut plan, item, change);
                }
            }
            Action::Move(to) => self.to_folder(&mut plan, &items, *to, Go::Move)?,
            Action::Copy(to) => self.to_folder(&mut plan, &items, *to, Go::Copy)?,
            Action::Archive => self.to_role(&mut plan, &items, Role::Archive, "Archive")?,
            Action::Trash => self.to_role(&mut plan, &items, Role::Trash, "Trash")?,
            Action::Junk => {
                let change = FlagChange {
                    add: flag("$Junk").into_iter().collect(),
                    remove: flag("$NotJunk").into_iter().collect(),
                };
                for item in items.iter().filter(|item| self.may_flag(item)) {
                    self.flag(&mut plan, item, &change);
                }
                self.to_role(&mut plan, &items, Role::Junk, "Junk")?;
            }
            Action::NotJunk => {
                let change = FlagChange {
                    add: flag("$NotJunk").into_iter().collect(),
                    remove: flag("$Junk").into_iter().collect(),
                };
                for item in items.iter().filter(|item| self.may_flag(item)) {
                    self.flag(&mut plan, item, &change);
                }
                self.to_role(&mut plan, &items, Role::Inbox, "INBOX")?;
            }
            Action::Mute => return self.mute(files, messages),
            Action::Unmute => return self.unmute(files, messages),
            Action::Snooze { until, .. } => self.snooze(&mut plan, &items, *until)?,
            Action::BringBack(now) => self.bring_back(&mut plan, &items, *now)?,
            Action::DeleteForever => self.delete(&mut plan, &items)?,
            Action::CreateFolder { account, path } => self.create(&mut plan, *account, path)?,
            Action::RenameFolder { folder, path } => self.rename(&mut plan, *folder, path)?,
            Action::DeleteFolder { folder } => self.delete_folder(&mut plan, *folder)?,
        }
        let count = plan.steps.iter().filter_map(|step| step.local).collect::<BTreeSet<_>>().len();
        let target = match action {
            Action::Move(to) | Action::Copy(to) => self.folders.get(to).map(|folder| folder.label.to_string()),
            Action::Flag(_)
            | Action::Archive
            | Action::Trash
            | Action::Junk
            | Action::NotJunk
            | Action::Mute
            | Action::Unmute
            | Action::Snooze { .. }
            | Action::BringBack(_)
            | Action::DeleteForever
            | Action::CreateFolder { .. }
            | Action::RenameFolder { .. }
            | Action::DeleteFolder { .. } => None,
        };
        plan.summary = words::summary(action, count, target.as_deref());
        Ok(plan)
    }

    fn step(&self, item: &Placed, verb: Verb) -> NewStep {
        NewStep {
            account: item.place.account.clone(),
            verb,
            local: Some(item.id),
            generation: self.generation,
            place: Some(item.place.clone()),
            prior: item.flags.clone(),
        }
    }

    /// Only what changes something is written down.
    fn flag(&self, plan: &mut Plan, item: &Placed, change: &FlagChange) {
        let change = FlagChange {
            add: change.add.iter().filter(|flag| !item.flags.has(flag)).cloned().collect(),
            remove: change.remove.iter().filter(|flag| item.flags.has(flag)).cloned().collect(),
        };
        if !change.add.is_empty() || !change.remove.is_empty() {
            plan.steps.push(self.step(item, Verb::Flag(change)));
        }
    }

    fn to_folder(&self, plan: &mut Plan, items: &[Placed], to: FolderId, go: Go) -> Result<(), Refusal> {
        let (Some(folder), Some((raw, _))) = (self.folders.get(&to), self.raws.get(&to)) else {
            return refuse("this folder is gone");
        };
        if !folder.selectable {
            return refuse(format!("{} only holds folders", folder.path));
        }
        for item in items {
            if item.account != folder.account {
                return refuse("a message cannot go to a folder of another account");
            }
            match go {
                Go::Move if item.folder != to => {
                    plan.steps.push(self.step(item, Verb::Move { to: raw.clone() }));
                }
                Go::Move => {}
                Go::Copy => plan.steps.push(self.step(item, Verb::Copy { to: raw.clone() })),
            }
        }
        Ok(())
    }

    /// To the folder of a role, each message in its own account; the folder is made where there is none.
    fn to_role(&self, plan: &mut Plan, items: &[Placed], role: Role, name: &str) -> Result<(), Refusal> {
        let mut by_account: BTreeMap<AccountId, Vec<&Placed>> = BTreeMap::new();
        for item in items {
            by_account.entry(item.account).or_default().push(item);
        }
        for (account, items) in by_account {
            let (to, raw) = self.folder_for(plan, account, role, name)?;
            for item in items.iter().filter(|item| Some(item.folder) != to) {
                plan.steps.push(self.step(item, Verb::Move { to: raw.clone() }));
            }
        }
        Ok(())
    }

    /// The folder of a role, and how it is called on the wire. One that waits to be made is made by this action too: the
    /// one before it may be taken back, and the server makes it once.
    fn folder_for(
        &self,
        plan: &mut Plan,
        account: AccountId,
        role: Role,
        name: &str,
    ) -> Result<(Option<FolderId>, String), Refusal> {
        if let Some((id, raw)) = self.role_folder(account, role)
            && self.folders.get(&id).is_none_or(|row| !row.pending)
        {
            return Ok((Some(id), raw));
        }
        let found = match self.role_folder(account, role) {
            Some((id, raw)) => {
                self.raws.get(&id).map(|(_, delimiter)| (id, folder_name::decode(&raw), raw, *delimiter))
            }
            None => self.nameless(account, name)?,
        };
        let Some((id, name, raw, delimiter)) = found else {
            return Ok((None, self.make(plan, account, name, Some(role))?));
        };
        if self.folders.get(&id).is_some_and(|row| row.pending)
            && let Some(owner) = self.accounts.get(&account)
        {
            plan.steps.push(self.folder_step(owner, Verb::CreateFolder { raw: raw.clone() }));
            plan.created.push(Pending { account, raw: raw.clone(), name, delimiter, role: Some(role) });
        }
        Ok((Some(id), raw))
    }

    /// The folder of a role. Where mail is archived by leaving the inbox (Gmail), All Mail is the archive.
    fn role_folder(&self, account: AccountId, role: Role) -> Option<(FolderId, String)> {
        let find = |role: Role| {
            let row = self.folders.values().find(|row| row.account == account && row.role == Some(role))?;
            self.raws.get(&row.id).map(|(raw, _)| (row.id, raw.clone()))
        };
        find(role).or_else(|| if role == Role::Archive { find(Role::All) } else { None })
    }

    fn delete(&self, plan: &mut Plan, items: &[Placed]) -> Result<(), Refusal> {
        plan.undoable = false;
        for item in items {
            let role = self.folders.get(&item.folder).and_then(|folder| folder.role);
            if !matches!(role, Some(Role::Trash | Role::Junk)) {
                return refuse("only messages in Trash or Junk can be deleted for ever");
            }
            plan.steps.push(self.step(item, Verb::Delete));
        }
        Ok(())
    }
}

/// Move or copy.
#[derive(Clone, Copy)]
enum Go {
    Move,
    Copy,
}
