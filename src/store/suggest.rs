//! Who and what was seen lately: for what a search line offers while it is typed.

use std::collections::HashMap;

use super::{Reader, Result, columns};
use crate::mail::labels::{decode, is_label};
use crate::mail::message::Address;

/// People and labels, the most frequent first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Who wrote, and in folders for sent mail who was written to.
    pub people: Vec<Address>,
    /// Labels, as people read them.
    pub labels: Vec<String>,
}

/// Folders whose newest messages are looked at: where people write, before where lists do.
const FOLDERS: &str =
    "SELECT id, role IS 'sent' FROM folders WHERE selectable = 1 AND role IS NOT 'junk' AND role IS NOT 'trash'
        AND is_shown(account) ORDER BY role IS NULL, shown_messages DESC LIMIT 40";

const NEWEST: &str = "SELECT senders, recipients, shown_keywords FROM messages WHERE shown_folder = ?1
    ORDER BY received DESC LIMIT ?2";

/// Messages of one folder that are looked at.
const OF_A_FOLDER: u32 = 500;

impl Reader {
    /// People and labels of the newest messages, so many messages at most.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn seen_lately(&self, limit: u32) -> Result<Seen> {
        self.read("read who wrote lately", |connection| {
            let mut folders = connection.prepare_cached(FOLDERS)?;
            let folders = folders.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let folders = folders.collect::<rusqlite::Result<Vec<(i64, bool)>>>()?;
            let mut people: HashMap<String, (Address, usize)> = HashMap::new();
            let mut labels: HashMap<String, usize> = HashMap::new();
            let mut left = limit;
            for (folder, sent) in folders {
                let mut statement = connection.prepare_cached(NEWEST)?;
                let mut rows = statement.query([folder, i64::from(left.min(OF_A_FOLDER))])?;
                while let Some(row) = rows.next()? {
                    left = left.saturating_sub(1);
                    let written = columns::read_addresses(row.get_ref(usize::from(sent))?.as_str()?);
                    for address in written {
                        add(&mut people, address);
                    }
                    for label in row.get_ref(2)?.as_str()?.split_ascii_whitespace().filter(|word| is_label(word)) {
                        *labels.entry(decode(label)).or_default() += 1;
                    }
                }
            }
            Ok(Seen { people: by_count(people.into_values()), labels: by_count(labels) })
        })
    }
}

fn add(people: &mut HashMap<String, (Address, usize)>, address: Address) {
    if address.address.is_empty() {
        return;
    }
    let known = people.entry(address.address.to_lowercase()).or_insert_with(|| (address.clone(), 0));
    known.1 += 1;
    if known.0.name.is_empty() {
        known.0.name = address.name;
    }
}

/// The most frequent first; where two are as frequent, in the order of their letters.
fn by_count<T: Label>(counted: impl IntoIterator<Item = (T, usize)>) -> Vec<T> {
    let mut counted: Vec<_> = counted.into_iter().collect();
    counted.sort_by(|(a, many), (b, few)| few.cmp(many).then_with(|| a.label().cmp(b.label())));
    counted.into_iter().map(|(one, _)| one).collect()
}

/// What has a text to be sorted by.
trait Label {
    fn label(&self) -> &str;
}

impl Label for String {
    fn label(&self) -> &str {
        self
    }
}

impl Label for Address {
    fn label(&self) -> &str {
        &self.address
    }
}
