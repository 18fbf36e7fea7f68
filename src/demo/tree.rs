//! The mailboxes of one account: create, delete, rename, list. Pure data, no I/O.

use std::collections::BTreeMap;

use crate::demo::mailbox::{Copied, Mailbox, Message};

/// Why the server refuses a command: the response code, if any, and the text (RFC 9051, section 7.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// `TRYCREATE`, `NONEXISTENT` …
    pub code: &'static str,
    /// For people.
    pub text: &'static str,
}

/// There is no such mailbox.
pub const NONEXISTENT: Refusal = Refusal { code: "NONEXISTENT", text: "Mailbox doesn't exist" };
/// There is no such mailbox to put messages into, and the client may create it.
pub const TRYCREATE: Refusal = Refusal { code: "TRYCREATE", text: "Mailbox doesn't exist" };
/// The mailbox is there already.
pub const EXISTS: Refusal = Refusal { code: "ALREADYEXISTS", text: "Mailbox already exists" };
/// INBOX stays.
pub const INBOX_STAYS: Refusal = Refusal { code: "CANNOT", text: "INBOX can't be deleted" };
/// A name that no mailbox can have.
pub const BAD_NAME: Refusal = Refusal { code: "CANNOT", text: "Invalid mailbox name" };

/// Every mailbox of an account by its raw name (modified UTF-7).
#[derive(Debug, Clone)]
pub struct Tree {
    /// By raw name; INBOX is spelled in capitals.
    pub mailboxes: BTreeMap<String, Mailbox>,
    /// What stands between the levels of a name.
    pub delimiter: char,
    last_validity: u32,
}

/// INBOX is one name however it is spelled (RFC 9051, section 5.1).
pub fn canonical(name: &str) -> String {
    if name.eq_ignore_ascii_case("INBOX") { "INBOX".to_owned() } else { name.to_owned() }
}

impl Tree {
    /// An account with an empty INBOX.
    pub fn new(delimiter: char) -> Self {
        let mut tree = Self { mailboxes: BTreeMap::new(), delimiter, last_validity: 1_600_000_000 };
        let validity = tree.next_validity();
        tree.mailboxes.insert("INBOX".to_owned(), Mailbox::new(validity));
        tree
    }

    fn next_validity(&mut self) -> u32 {
        self.last_validity = self.last_validity.saturating_add(1);
        self.last_validity
    }

    /// A mailbox that can be selected.
    pub fn get(&self, name: &str) -> Option<&Mailbox> {
        self.mailboxes.get(&canonical(name)).filter(|mailbox| mailbox.selectable)
    }

    /// A mailbox that can be selected, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Mailbox> {
        self.mailboxes.get_mut(&canonical(name)).filter(|mailbox| mailbox.selectable)
    }

    /// Creates a mailbox and the names above it that are not there yet (RFC 9051, section 6.3.4).
    ///
    /// # Errors
    /// When it is there already, or the name is empty.
    pub fn create(&mut self, name: &str) -> Result<(), Refusal> {
        let name = canonical(name.trim_end_matches(self.delimiter));
        if name.is_empty() || name.starts_with(self.delimiter) {
            return Err(BAD_NAME);
        }
        if self.mailboxes.get(&name).is_some_and(|mailbox| mailbox.selectable) {
            return Err(EXISTS);
        }
        let mut above = String::new();
        for level in name.split(self.delimiter) {
            if !above.is_empty() {
                above.push(self.delimiter);
            }
            above.push_str(level);
            let above = canonical(&above);
            if !self.mailboxes.contains_key(&above) {
                let mut mailbox = Mailbox::new(self.next_validity());
                mailbox.selectable = above == name;
                mailbox.subscribed = false;
                self.mailboxes.insert(above, mailbox);
            }
        }
        if let Some(mailbox) = self.mailboxes.get_mut(&name) {
            mailbox.selectable = true;
        }
        Ok(())
    }

    /// Deletes a mailbox; one with children stays as a bare name (RFC 9051, section 6.3.5).
    ///
    /// # Errors
    /// For INBOX, and when there is none.
    pub fn delete(&mut self, name: &str) -> Result<(), Refusal> {
        let name = canonical(name);
        if name == "INBOX" {
            return Err(INBOX_STAYS);
        }
        if self.get(&name).is_none() {
            return Err(NONEXISTENT);
        }
        if self.has_children(&name) {
            let mut bare = Mailbox::new(self.next_validity());
            bare.selectable = false;
            self.mailboxes.insert(name, bare);
        } else {
            self.mailboxes.remove(&name);
        }
        Ok(())
    }

    /// Renames a mailbox with all under it; INBOX is emptied into the new one (RFC 9051, section 6.3.6).
    ///
    /// # Errors
    /// When there is none, or the new name is taken.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), Refusal> {
        let (from, to) = (canonical(from), canonical(to));
        if !self.mailboxes.contains_key(&from) {
            return Err(NONEXISTENT);
        }
        let inside = format!("{from}{}", self.delimiter);
        if to.starts_with(&inside) {
            return Err(BAD_NAME);
        }
        self.create(&to)?;
        if from == "INBOX" {
            let everything = |inbox: &mut Mailbox| {
                let uids: Vec<u32> = inbox.messages.iter().map(|message| message.uid).collect();
                inbox.take(&uids)
            };
            let messages = self.get_mut("INBOX").map(everything).unwrap_or_default();
            if let Some(mailbox) = self.get_mut(&to) {
                for message in messages {
                    mailbox.add(message.bytes, message.flags, message.date);
                }
            }
            return Ok(());
        }
        let moving: Vec<String> =
            self.mailboxes.keys().filter(|name| **name == from || name.starts_with(&inside)).cloned().collect();
        for old in moving {
            if let (Some(mailbox), Some(rest)) = (self.mailboxes.remove(&old), old.strip_prefix(&from)) {
                self.mailboxes.insert(format!("{to}{rest}"), mailbox);
            }
        }
        Ok(())
    }

    /// Whether other mailboxes stand under this name.
    pub fn has_children(&self, name: &str) -> bool {
        let inside = format!("{name}{}", self.delimiter);
        self.mailboxes.keys().any(|other| other.starts_with(&inside))
    }

    /// The names that a LIST pattern covers (`*` everything, `%` one level; RFC 9051, section 6.3.9).
    pub fn matching(&self, pattern: &str) -> Vec<String> {
        let pattern: Vec<char> = canonical(pattern).chars().collect();
        self.mailboxes
            .keys()
            .filter(|name| covers(&pattern, &name.chars().collect::<Vec<_>>(), self.delimiter))
            .cloned()
            .collect()
    }

    /// Copies messages to another mailbox (RFC 9051, section 6.4.7).
    ///
    /// # Errors
    /// When either mailbox is not there.
    pub fn copy(&mut self, from: &str, uids: &[u32], to: &str) -> Result<Copied, Refusal> {
        let source = self.get(from).ok_or(NONEXISTENT)?;
        let messages: Vec<Message> = uids.iter().filter_map(|uid| source.get(*uid).cloned()).collect();
        let target = self.get_mut(to).ok_or(TRYCREATE)?;
        let pairs = messages
            .into_iter()
            .map(|message| (message.uid, target.add(message.bytes, message.flags, message.date)))
            .collect();
        Ok(Copied { uid_validity: target.uid_validity, pairs })
    }
}

fn covers(pattern: &[char], name: &[char], delimiter: char) -> bool {
    // Rows of a table, as for any wildcard: `reach[i]` says whether the pattern so far covers the first i characters.
    let mut reach = vec![false; name.len() + 1];
    if let Some(first) = reach.first_mut() {
        *first = true;
    }
    for token in pattern {
        let mut next = vec![false; name.len() + 1];
        let mut running = false;
        for (at, slot) in next.iter_mut().enumerate() {
            let before = reach.get(at).copied().unwrap_or(false);
            let previous = at.checked_sub(1);
            let letter = previous.and_then(|at| name.get(at)).copied();
            match token {
                '*' => running |= before,
                '%' => running = before || (running && letter != Some(delimiter)),
                exact => {
                    running = letter == Some(*exact) && previous.and_then(|at| reach.get(at)).copied().unwrap_or(false);
                }
            }
            *slot = running;
        }
        reach = next;
    }
    reach.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests;
