//! Four files of the user's in the data directory: what was searched for, a query a line; the searches that were saved
//! from the screen; how lists are arranged; and where the hairlines between the panes are. The config, which the user writes, is never touched.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::app::dividers::{Dividers, Hairline, Split};
use crate::app::search::{HISTORY, Saved};
use crate::mail::list::{Arrangement, Order};

const HISTORY_FILE: &str = "search-history";
const SAVED_FILE: &str = "searches.toml";
const LISTS_FILE: &str = "lists.toml";
const DIVIDERS_FILE: &str = "dividers.toml";
/// Searches that are read.
const MOST_SAVED: usize = 100;

/// The files, where they lie.
#[derive(Debug, Clone)]
pub struct SearchFiles {
    data: PathBuf,
    /// The number of the latest writing of each file: an older one that comes late writes nothing.
    latest: Arc<Mutex<(u64, u64, u64, u64)>>,
}

/// A saved search in its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSearch {
    /// Its name.
    pub name: String,
    /// Its query.
    pub query: String,
    /// The digit that opens it after `g`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<u8>,
}

/// How a list is arranged, in its file.
#[derive(Debug, Serialize, Deserialize)]
struct List {
    conversations: bool,
    order: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct File {
    #[serde(default)]
    searches: Vec<SavedSearch>,
}

/// What is to be written.
#[derive(Debug, Clone)]
pub enum Keep {
    /// Queries, the latest last.
    History(Vec<String>),
    /// Searches with a name.
    Saved(Vec<Saved>),
    /// How lists are arranged, by account and folder.
    Arrangements(BTreeMap<String, Arrangement>),
    /// Where the hairlines between the panes are.
    Dividers(Dividers),
}

/// What is to be written, with its place among the writings of its file.
#[derive(Debug)]
pub struct Due(Keep, u64);

impl SearchFiles {
    /// The files in this data directory.
    pub fn new(data: &Path) -> Self {
        Self { data: data.to_owned(), latest: Arc::default() }
    }

    /// What was searched for, the latest last.
    pub fn history(&self) -> Vec<String> {
        let text = self.read(HISTORY_FILE);
        let lines: Vec<String> = text.lines().map(str::to_owned).filter(|line| !line.trim().is_empty()).collect();
        lines.into_iter().rev().take(HISTORY).rev().collect()
    }

    /// The searches that were saved; a file that cannot be read is logged, and has none.
    pub fn saved(&self) -> Vec<SavedSearch> {
        let text = self.read(SAVED_FILE);
        match toml::from_str::<File>(&text) {
            Ok(file) => file.searches.into_iter().take(MOST_SAVED).collect(),
            Err(error) => {
                tracing::warn!("{} cannot be read: {}", self.data.join(SAVED_FILE).display(), error.message());
                Vec::new()
            }
        }
    }

    /// How lists are arranged for which another way was chosen; a file that cannot be read is logged, and says nothing.
    pub fn arrangements(&self) -> BTreeMap<String, Arrangement> {
        let text = self.read(LISTS_FILE);
        let lists = toml::from_str::<BTreeMap<String, List>>(&text).unwrap_or_else(|error| {
            tracing::warn!("{} cannot be read: {}", self.data.join(LISTS_FILE).display(), error.message());
            BTreeMap::new()
        });
        let one = |list: &List| Arrangement {
            conversations: list.conversations,
            order: Order::parse(&list.order).unwrap_or_default(),
        };
        lists.iter().map(|(name, list)| (name.clone(), one(list))).collect()
    }

    /// Where the hairlines are that were moved; a file that cannot be read is logged, and says nothing.
    pub fn dividers(&self) -> Dividers {
        let text = self.read(DIVIDERS_FILE);
        let file = toml::from_str::<BTreeMap<String, BTreeMap<String, u16>>>(&text).unwrap_or_else(|error| {
            tracing::warn!("{} cannot be read: {}", self.data.join(DIVIDERS_FILE).display(), error.message());
            BTreeMap::new()
        });
        let size = |split: Split, line: Hairline| file.get(split.as_str())?.get(line.as_str()).copied();
        let all = Split::ALL.into_iter().flat_map(|split| Hairline::ALL.map(|line| (split, line)));
        Dividers { moved: all.filter_map(|at| Some((at, size(at.0, at.1)?))).collect() }
    }

    fn read(&self, name: &str) -> String {
        match std::fs::read_to_string(self.data.join(name)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                tracing::warn!("{} cannot be read: {error}", self.data.join(name).display());
                String::new()
            }
        }
    }

    /// Gives a writing its place; [`SearchFiles::write`] may then run on any thread.
    pub fn due(&self, keep: Keep) -> Due {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let number = match &keep {
            Keep::History(_) => &mut latest.0,
            Keep::Saved(_) => &mut latest.1,
            Keep::Arrangements(_) => &mut latest.2,
            Keep::Dividers(_) => &mut latest.3,
        };
        *number += 1;
        Due(keep, *number)
    }

    /// Writes a file: the new one takes the place of the old one whole.
    ///
    /// # Errors
    /// The system's; the old file then stays.
    pub fn write(&self, Due(keep, number): &Due) -> io::Result<()> {
        // Held while it is written, so that two writings of one file come one after the other.
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let (name, text, newest) = match keep {
            Keep::History(lines) => {
                let lines = lines.iter().skip(lines.len().saturating_sub(HISTORY));
                let one = |line: &String| line.replace(char::is_control, " ") + "\n";
                (HISTORY_FILE, lines.map(one).collect::<String>(), latest.0)
            }
            Keep::Saved(saved) => {
                let one =
                    |saved: &Saved| SavedSearch { name: saved.name.clone(), query: saved.text.clone(), key: saved.key };
                let file = File { searches: saved.iter().map(one).collect() };
                (SAVED_FILE, toml::to_string(&file).map_err(io::Error::other)?, latest.1)
            }
            Keep::Arrangements(all) => {
                let one = |arrangement: &Arrangement| List {
                    conversations: arrangement.conversations,
                    order: arrangement.order.as_str().to_owned(),
                };
                let lists: BTreeMap<&str, List> = all.iter().map(|(name, list)| (name.as_str(), one(list))).collect();
                (LISTS_FILE, toml::to_string(&lists).map_err(io::Error::other)?, latest.2)
            }
            Keep::Dividers(dividers) => {
                let mut file: BTreeMap<&str, BTreeMap<&str, u16>> = BTreeMap::new();
                for ((split, line), size) in &dividers.moved {
                    file.entry(split.as_str()).or_default().insert(line.as_str(), *size);
                }
                (DIVIDERS_FILE, toml::to_string(&file).map_err(io::Error::other)?, latest.3)
            }
        };
        if *number != newest {
            return Ok(());
        }
        let (path, new) = (self.data.join(name), self.data.join(format!("{name}.new")));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, &path)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::{Keep, SearchFiles};
    use crate::app::dividers::{Dividers, Hairline, Split};
    use crate::app::search::{HISTORY, Kept, Saved};
    use crate::mail::SearchId;

    fn saved(name: &str, text: &str) -> Saved {
        let (name, text) = (name.to_owned(), text.to_owned());
        Saved { id: SearchId(1), name, text, key: Some(3), place: Kept::Own, tally: None }
    }

    /// Protects what was searched for and saved: it is there at the next start, for its owner alone, whatever letters it
    /// has, and no more of it than is wanted.
    #[test]
    fn searches_are_kept() {
        let home = tempfile::tempdir().unwrap();
        let files = SearchFiles::new(home.path());
        assert!(files.history().is_empty() && files.saved().is_empty());
        let lines = (0..HISTORY + 5).map(|number| format!("query {number}")).collect();
        files.write(&files.due(Keep::History(lines))).unwrap();
        files.write(&files.due(Keep::Saved(vec![saved("Bills \"due\"", "from:\"a\\b\" è 東京")]))).unwrap();
        let again = SearchFiles::new(home.path());
        assert_eq!((again.history().len(), again.history()[0].as_str()), (HISTORY, "query 5"));
        let kept = again.saved();
        assert_eq!((kept[0].name.as_str(), kept[0].query.as_str()), ("Bills \"due\"", "from:\"a\\b\" è 東京"));
        for name in ["search-history", "searches.toml"] {
            let mode = std::fs::metadata(home.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    /// Protects the hairlines: they stand where they were left, each screen's by itself, and a file that somebody broke costs
    /// them their places and no more.
    #[test]
    fn hairlines_are_kept() {
        let home = tempfile::tempdir().unwrap();
        let files = SearchFiles::new(home.path());
        assert_eq!(files.dividers(), Dividers::default());
        let mut dividers = Dividers::default();
        dividers.set((Split::M, Hairline::List), 120, 50);
        dividers.set((Split::Stacked, Hairline::Reader), 40, 20);
        files.write(&files.due(Keep::Dividers(dividers.clone()))).unwrap();
        assert_eq!(SearchFiles::new(home.path()).dividers(), dividers);
        for broken in ["m = 3", "[m]\nlist = -4", "[m]\nlist = 70000", "\u{0}"] {
            std::fs::write(home.path().join("dividers.toml"), broken).unwrap();
            assert_eq!(files.dividers(), Dividers::default(), "{broken}");
        }
    }

    /// Protects from threads that overtake each other: what was to be kept last is kept.
    #[test]
    fn the_latest_wins() {
        let home = tempfile::tempdir().unwrap();
        let files = SearchFiles::new(home.path());
        let first = files.due(Keep::History(vec!["old".into()]));
        let second = files.due(Keep::History(vec!["old".into(), "new".into()]));
        files.write(&second).unwrap();
        files.write(&first).unwrap();
        assert_eq!(files.history(), ["old", "new"]);
    }
}
