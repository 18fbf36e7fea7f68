//! Folders as the folder pane shows them: names, order, counts.

use std::collections::{HashMap, HashSet};

use rusqlite::{OptionalExtension as _, Row, params};

use super::{FolderInfo, Reader, Result, columns};
use crate::mail::folder::{FolderRow, Namespace, Role};
use crate::mail::rights::Rights;
use crate::mail::{AccountId, FolderId};
use crate::safe_text::SafeText;

/// Characters of a folder's name that are shown.
const NAME_MAX: usize = 1000;

/// A folder as it is stored.
struct Record {
    id: FolderId,
    account: AccountId,
    raw: String,
    name: String,
    shown_name: Option<String>,
    delimiter: Option<char>,
    role: Option<Role>,
    selectable: bool,
    namespace: Namespace,
    pending: bool,
    messages: u64,
    unread: u64,
    rights: Rights,
}

/// By what a folder is sorted: its namespace, then for each part of its name the place of its role and its name.
type SortKey = (AccountId, Namespace, Vec<(usize, String)>, String);

impl Record {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let delimiter: Option<String> = row.get(5)?;
        let role: Option<String> = row.get(6)?;
        let rights = |letters: Option<&str>| letters.map_or(Rights::ALL, Rights::parse);
        Ok(Self {
            id: FolderId(row.get(0)?),
            account: AccountId(row.get(1)?),
            raw: row.get(2)?,
            name: row.get(3)?,
            shown_name: row.get(4)?,
            delimiter: delimiter.and_then(|text| text.chars().next()),
            role: role.as_deref().and_then(Role::parse),
            selectable: row.get(7)?,
            namespace: match row.get::<_, i64>(8)? {
                1 => Namespace::Other,
                2 => Namespace::Shared,
                _ => Namespace::Personal,
            },
            pending: row.get(9)?,
            messages: columns::count(row.get(10)?),
            unread: columns::count(row.get(11)?),
            rights: rights(row.get_ref(12)?.as_str_or_null()?).common(rights(row.get_ref(13)?.as_str_or_null()?)),
        })
    }

    fn parts<'a>(&self, name: &'a str) -> Vec<&'a str> {
        match self.delimiter {
            Some(delimiter) => name.split(delimiter).filter(|part| !part.is_empty()).collect(),
            None => vec![name],
        }
    }

    /// How many leading parts of the name are its namespace's, and not the folder's: `shared` of `shared/team`, but
    /// nothing of `~peter/team`.
    fn stem(&self, name: &str, prefixes: &[(AccountId, String)]) -> usize {
        let Some(delimiter) = self.delimiter else { return 0 };
        let mine = prefixes.iter().filter(|(account, prefix)| {
            let root = prefix.strip_suffix(delimiter);
            *account == self.account && (name.starts_with(prefix.as_str()) || root == Some(name))
        });
        let longest = mine.max_by_key(|(_, prefix)| prefix.len());
        longest.map_or(0, |(_, prefix)| prefix.matches(delimiter).count())
    }

    /// Whether this is the root of a namespace alone: the pane's head says what it would say.
    fn is_root(&self, name: &str, stem: usize) -> bool {
        self.namespace != Namespace::Personal && !self.selectable && self.parts(name).len() <= stem
    }

    fn path(&self, name: &str) -> String {
        columns::cut(&self.parts(name).join("/"), NAME_MAX).to_owned()
    }
}

/// Before the folder is synced the server's counts, with what is laid over; afterwards our own.
const SELECT: &str = "SELECT id, account, raw, name, shown_name, delimiter, role, selectable, namespace, pending,
    CASE WHEN complete THEN shown_messages
         ELSE max(shown_messages, status_messages + shown_messages - base_messages, 0) END,
    CASE WHEN complete THEN shown_unread
         ELSE max(0, status_unread + shown_unread - base_unread) END,
    rights, select_rights
    FROM folders WHERE is_shown(account)";

impl Reader {
    /// Accounts in the cache.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn accounts(&self) -> Result<Vec<(AccountId, String)>> {
        self.read("read the accounts", |connection| {
            connection
                .prepare_cached("SELECT id, name FROM accounts WHERE substr(name, 1, 1) <> '/' ORDER BY id")?
                .query_map([], |row| Ok((AccountId(row.get(0)?), row.get(1)?)))?
                .collect()
        })
    }

    /// A number that is another one when somebody else has changed something since: `data_version` of SQLite, which counts
    /// what other connections wrote, in whatever process.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn changes(&self) -> Result<i64> {
        self.read("look for changes", |connection| {
            connection.query_row("SELECT data_version FROM pragma_data_version", [], |row| row.get(0))
        })
    }

    /// Every folder, sorted as the pane shows them: account by account; folders with a role first, in
    /// [`Role::ORDER`]; then the others by name without regard to case; other users' and shared ones last; children after
    /// their parent.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn folders(&self) -> Result<Vec<FolderRow>> {
        self.pane().map(|pane| pane.into_iter().map(|info| info.row).collect())
    }

    /// One folder.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn folder(&self, id: FolderId) -> Result<Option<FolderInfo>> {
        // A name depends on renames that are queued for the folders above it.
        self.pane().map(|pane| pane.into_iter().find(|info| info.row.id == id))
    }

    /// The folder with this raw name.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn folder_by_raw(&self, account: AccountId, raw: &str) -> Result<Option<FolderId>> {
        self.read("find a folder", |connection| {
            connection
                .prepare_cached("SELECT id FROM folders WHERE account = ?1 AND raw = ?2")?
                .query_row(params![account.0, raw], |row| row.get(0).map(FolderId))
                .optional()
        })
    }

    /// The folder with this role; the first that was seen, should the server give it to several.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn folder_by_role(&self, account: AccountId, role: Role) -> Result<Option<FolderId>> {
        self.read("find a folder", |connection| {
            connection
                .prepare_cached("SELECT id FROM folders WHERE account = ?1 AND role = ?2 ORDER BY id LIMIT 1")?
                .query_row(params![account.0, role.as_str()], |row| row.get(0).map(FolderId))
                .optional()
        })
    }

    /// Starred messages of all accounts, as shown.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn starred(&self) -> Result<u64> {
        self.read("count the starred messages", |connection| {
            connection
                .prepare_cached("SELECT COALESCE(SUM(starred), 0) FROM folders WHERE is_shown(account)")?
                .query_row([], |row| row.get(0).map(columns::count))
        })
    }

    fn pane(&self) -> Result<Vec<FolderInfo>> {
        let records: Vec<Record> = self.read("read the folders", |connection| {
            connection.prepare_cached(SELECT)?.query_map([], Record::read)?.collect()
        })?;
        let names = shown_names(&records);
        let below_inbox = inbox_prefixed(&records);
        let prefixes = self.prefixes()?;
        let stem = |record: &Record, name: &str| match record.namespace {
            Namespace::Personal => usize::from(below_inbox.contains(&record.account)),
            Namespace::Other | Namespace::Shared => record.stem(name, &prefixes),
        };
        let listed: HashSet<(AccountId, String)> = records
            .iter()
            .zip(&names)
            .filter(|(record, _)| record.namespace != Namespace::Personal)
            .map(|(record, name)| (record.account, record.path(name)))
            .collect();
        let roles: HashMap<(AccountId, String), Role> = records
            .iter()
            .zip(&names)
            .filter_map(|(record, name)| record.role.map(|role| ((record.account, record.path(name)), role)))
            .collect();
        let mut pane: Vec<(SortKey, FolderInfo)> = records
            .into_iter()
            .zip(&names)
            .filter(|(record, name)| !record.is_root(name, stem(record, name)))
            .map(|(record, name)| {
                let stem = stem(&record, name);
                let shared = record.namespace != Namespace::Personal;
                let (key, mut info) = place(record, name, &roles, stem);
                if shared {
                    hang(&mut info.row, stem, &listed);
                }
                (key, info)
            })
            .collect();
        pane.sort_by(|(left, _), (right, _)| left.cmp(right));
        Ok(pane.into_iter().map(|(_, info)| info).collect())
    }
}

/// The whole name of each folder, with renames that are queued for it or a folder above it.
fn shown_names(records: &[Record]) -> Vec<String> {
    let renamed: Vec<(&Record, &str)> =
        records.iter().filter_map(|record| record.shown_name.as_deref().map(|name| (record, name))).collect();
    let shown = |record: &Record| {
        if let Some(name) = &record.shown_name {
            return name.clone();
        }
        let below = |parent: &Record| {
            let rest = record.name.strip_prefix(parent.name.as_str())?;
            (parent.account == record.account && rest.starts_with(record.delimiter?)).then(|| rest.to_owned())
        };
        // The nearest one above it: the longest name.
        let nearest = renamed
            .iter()
            .filter_map(|(parent, name)| below(parent).map(|rest| (parent.name.len(), format!("{name}{rest}"))))
            .max();
        nearest.map_or_else(|| record.name.clone(), |(_, name)| name)
    };
    records.iter().map(shown).collect()
}

/// Accounts whose server puts every personal folder below INBOX (an `INBOX.` prefix): there that level says nothing.
fn inbox_prefixed(records: &[Record]) -> Vec<AccountId> {
    let mut accounts: HashMap<AccountId, (u32, u32)> = HashMap::new();
    for record in records.iter().filter(|record| record.namespace == Namespace::Personal) {
        let parts = record.parts(&record.name);
        let counts = accounts.entry(record.account).or_default();
        match parts.as_slice() {
            [first, _, ..] if first.eq_ignore_ascii_case("INBOX") => counts.0 += 1,
            [only] if only.eq_ignore_ascii_case("INBOX") => {}
            _ => counts.1 += 1,
        }
    }
    accounts.into_iter().filter(|(_, (below, beside))| *below > 1 && *beside == 0).map(|(account, _)| account).collect()
}

/// Where a folder stands in the pane, and how it looks there.
fn place(record: Record, name: &str, roles: &HashMap<(AccountId, String), Role>, stem: usize) -> (SortKey, FolderInfo) {
    let parts = record.parts(name);
    let mut above = String::new();
    let mut levels: Vec<(usize, String)> = Vec::with_capacity(parts.len());
    for (depth, part) in parts.iter().enumerate() {
        if !above.is_empty() {
            above.push('/');
        }
        above.push_str(part);
        let last = depth + 1 == parts.len();
        let role = if last { record.role } else { roles.get(&(record.account, above.clone())).copied() };
        let rank = role.and_then(|role| Role::ORDER.iter().position(|one| *one == role));
        if depth < stem && !last {
            continue;
        }
        match rank {
            // A folder with a role stands at the top, wherever it lies, and takes what is below it along.
            Some(rank) => levels = vec![(rank, part.to_lowercase())],
            None => levels.push((Role::ORDER.len(), part.to_lowercase())),
        }
    }
    let label = if record.role == Some(Role::Inbox) { "Inbox" } else { parts.last().copied().unwrap_or(name) };
    let row = FolderRow {
        id: record.id,
        account: record.account,
        path: SafeText::new(&record.path(name)),
        label: SafeText::new(columns::cut(label, NAME_MAX)),
        depth: u16::try_from(levels.len().saturating_sub(1)).unwrap_or(u16::MAX),
        role: record.role,
        selectable: record.selectable,
        namespace: record.namespace,
        rights: record.rights,
        messages: record.messages,
        unread: record.unread,
        pending: record.pending,
    };
    let key = (record.account, record.namespace, levels, record.raw.clone());
    (key, FolderInfo { row, raw: record.raw, delimiter: record.delimiter })
}

/// Hangs a folder of other people below the nearest folder above it that is listed. Whose it is is always said: where no
/// folder above it is listed, its name is told whole but for its namespace.
fn hang(row: &mut FolderRow, stem: usize, listed: &HashSet<(AccountId, String)>) {
    let parts: Vec<&str> = row.path.as_str().split('/').collect();
    let stem = stem.min(parts.len().saturating_sub(1));
    let (mut depth, mut from) = (0_u16, stem);
    for end in stem + 1..parts.len() {
        let above = parts.iter().take(end).copied().collect::<Vec<_>>().join("/");
        if listed.contains(&(row.account, above)) {
            (depth, from) = (depth.saturating_add(1), end);
        }
    }
    let label = parts.iter().skip(from).copied().collect::<Vec<_>>().join("/");
    row.label = SafeText::new(columns::cut(&label, NAME_MAX));
    row.depth = depth;
}
