//! Folders: NAMESPACE, LIST, STATUS, CREATE and the like.

use std::collections::HashMap;

use super::{Counts, Listed, Mode, NamespacePrefix, Namespaces, Session, Status};
use crate::imap::answer::{Answer, ListItem};
use crate::imap::command::Command;
use crate::imap::driver::Take;
use crate::imap::error::Error;
use crate::imap::folder_name;
use crate::mail::folder::{Namespace, Role};
use crate::mail::rights::Rights;

/// More folders than this are not listed.
const MAX_FOLDERS: usize = 50_000;
/// Nor are folders whose names together are longer than this, in bytes (PS29).
const MAX_NAMES: usize = 8 * 1024 * 1024;

impl Session {
    /// Every folder in every namespace; counts too, where the server gives them (RFC 2342, 5258, 5819, 6154).
    ///
    /// It takes one turn, and a second one where there are folders of other people. Without NAMESPACE, or when it
    /// fails, all folders are one's own.
    pub async fn list(&mut self) -> Result<Vec<Listed>, Error> {
        Ok(self.list_and(Counts::Told, Vec::new(), &mut Some).await?.0)
    }

    /// The same, with more commands in the same turn. Their answers go to `take_also`; whether they succeed is nobody's
    /// concern.
    pub(super) async fn list_and(
        &mut self,
        counts: Counts,
        also: Vec<Command>,
        take_also: Take<'_>,
    ) -> Result<(Vec<Listed>, Namespaces), Error> {
        let returned = self.list_options(counts);
        let mut commands = Vec::new();
        if self.capabilities.has("NAMESPACE") {
            commands.push(Command::new("NAMESPACE"));
        }
        let own = commands.len();
        commands.push(Command::new("LIST \"\"").string("LIST", "*")?.word(&returned));
        let asks_lsub = returned.is_empty();
        if asks_lsub {
            commands.push(Command::new("LSUB \"\" \"*\""));
        }
        commands.extend(also);
        // The next command waits for the list in any case: the answer to COMPRESS behind it costs no turn.
        commands.extend(self.take_compress());
        let mut folders = Folders::default();
        let mut take = |answer: Answer| folders.take(answer).and_then(&mut *take_also);
        let mut results = self.driver.run_all("LIST", commands, &mut take).await?.into_iter();
        // A server without NAMESPACE after all, a namespace that we may not see, or no LSUB, loses nothing else.
        if let Some(Err(error)) = results.nth(own) {
            return self.driver.end(Err(error));
        }
        let subscriptions_known = !asks_lsub || matches!(results.next(), Some(Ok(_)));
        let others = folders.prefixes_of_others();
        if !others.is_empty() {
            let mut commands = Vec::new();
            for prefix in others {
                commands.push(Command::new("LIST \"\"").string("LIST", &format!("{prefix}*"))?.word(&returned));
            }
            self.driver.run_all("LIST", commands, &mut |answer| folders.take(answer)).await?;
        }
        let namespaces = folders.namespaces.clone();
        Ok((folders.finish(subscriptions_known), namespaces))
    }

    fn list_options(&self, counts: Counts) -> String {
        let offers = |name| self.capabilities.has(name);
        if !offers("LIST-EXTENDED") && !offers("LIST-STATUS") {
            return String::new();
        }
        let mut options = vec!["SUBSCRIBED".to_owned()];
        if offers("SPECIAL-USE") {
            options.push("SPECIAL-USE".to_owned());
        }
        if counts == Counts::Told && offers("LIST-STATUS") {
            options.push(format!("STATUS {}", self.status_items()));
        }
        if offers("LIST-MYRIGHTS") {
            options.push("MYRIGHTS".to_owned());
        }
        format!(" RETURN ({})", options.join(" "))
    }

    fn status_items(&self) -> &'static str {
        if self.capabilities.has("CONDSTORE") || self.capabilities.has("QRESYNC") {
            "(MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ)"
        } else {
            "(MESSAGES UIDNEXT UIDVALIDITY UNSEEN)"
        }
    }

    /// STATUS: the counts of a folder that is not open (RFC 9051, section 6.3.11).
    ///
    /// # Errors
    /// [`Error::Rejected`] too when the server said OK but nothing about this folder.
    pub async fn status(&mut self, raw: &str) -> Result<Status, Error> {
        let command = Command::new("STATUS").string("STATUS", raw)?.word(" ").word(self.status_items());
        let mut told = None;
        let mut take = |answer: Answer| {
            let Answer::MailboxStatus { raw: named, status } = answer else { return Some(answer) };
            if !same_folder(&named, raw) {
                return Some(Answer::MailboxStatus { raw: named, status });
            }
            told = Some(status);
            None
        };
        self.driver.run("STATUS", command, &mut take).await?;
        told.ok_or_else(|| Error::Rejected { verb: "STATUS", code: None, text: "The server told nothing".to_owned() })
    }

    /// CREATE (RFC 9051, section 6.3.4).
    pub async fn create(&mut self, raw: &str) -> Result<(), Error> {
        self.on_folder("CREATE", raw).await
    }

    /// DELETE (RFC 9051, section 6.3.5).
    pub async fn delete(&mut self, raw: &str) -> Result<(), Error> {
        self.writable = false;
        self.on_folder("DELETE", raw).await
    }

    /// DELETE of a folder without messages; false: it has some, and stays. It is opened to be counted, and left in the
    /// same turn in which it is deleted: not every server deletes an open one. It is opened read-only, so that CLOSE,
    /// where there is no UNSELECT, removes nothing (RFC 9051, section 6.4.1).
    pub async fn delete_empty(&mut self, raw: &str) -> Result<bool, Error> {
        if self.select(raw, Mode::ReadOnly).await?.exists > 0 {
            return Ok(false);
        }
        let leave = if self.capabilities.has("UNSELECT") { "UNSELECT" } else { "CLOSE" };
        let commands = vec![Command::new(leave), Command::new("DELETE").string("DELETE", raw)?];
        (self.selected, self.driver.uid_validity) = (None, None);
        let mut results = self.driver.run_all("DELETE", commands, &mut Some).await?;
        results.pop().transpose().map(|_| true)
    }

    /// RENAME (RFC 9051, section 6.3.6).
    pub async fn rename(&mut self, from: &str, to: &str) -> Result<(), Error> {
        let command = Command::new("RENAME").string("RENAME", from)?.string("RENAME", to)?;
        // The one that is open may have this name or lie below it: what bears its name afterwards is another.
        self.writable = false;
        self.driver.run_plain("RENAME", command).await.map(drop)
    }

    /// SUBSCRIBE (RFC 9051, section 6.3.7).
    pub async fn subscribe(&mut self, raw: &str) -> Result<(), Error> {
        self.on_folder("SUBSCRIBE", raw).await
    }

    /// UNSUBSCRIBE (RFC 9051, section 6.3.8).
    pub async fn unsubscribe(&mut self, raw: &str) -> Result<(), Error> {
        self.on_folder("UNSUBSCRIBE", raw).await
    }

    async fn on_folder(&mut self, verb: &'static str, raw: &str) -> Result<(), Error> {
        let command = Command::new(verb).string(verb, raw)?;
        self.driver.run_plain(verb, command).await.map(drop)
    }
}

#[derive(Default)]
struct Folders {
    listed: Vec<Listed>,
    places: HashMap<String, usize>,
    subscribed: Vec<String>,
    /// How long the names are that are kept.
    bytes: usize,
    namespaces: Namespaces,
}

impl Folders {
    fn take(&mut self, answer: Answer) -> Option<Answer> {
        match answer {
            Answer::MailboxStatus { raw, status } => return self.count(raw, status),
            Answer::Namespace(told) => self.namespaces = told,
            Answer::List(item) => self.add(item),
            Answer::MyRights { raw, rights } => return self.allow(raw, rights),
            other @ (Answer::Done { .. }
            | Answer::Status { .. }
            | Answer::Continue(_)
            | Answer::Fetch(_)
            | Answer::Exists(_)
            | Answer::Recent(_)
            | Answer::Expunge(_)
            | Answer::Vanished { .. }
            | Answer::Search(_)
            | Answer::Capability(_)
            | Answer::Enabled(_)
            | Answer::CopyUid(_)
            | Answer::Quota(_)
            | Answer::QuotaRoot
            | Answer::Other(_)
            | Answer::Garbage) => return Some(other),
        }
        None
    }

    /// The namespaces that `*` does not reach. A prefix with a wildcard in it would list something else.
    fn prefixes_of_others(&self) -> Vec<String> {
        let others = self.namespaces.0.iter().filter(|namespace| namespace.kind != Namespace::Personal);
        let mut prefixes: Vec<String> =
            others.map(|namespace| namespace.prefix.clone()).filter(|prefix| !prefix.contains(['*', '%'])).collect();
        prefixes.retain(|prefix| !prefix.is_empty());
        prefixes.dedup();
        prefixes
    }

    fn add(&mut self, item: ListItem) {
        let raw = inbox_or(item.raw);
        if item.lsub {
            if self.subscribed.len() < MAX_FOLDERS && self.has_room(&raw) {
                self.subscribed.push(raw);
            }
            return;
        }
        if raw.is_empty() || self.places.contains_key(&raw) || self.listed.len() >= MAX_FOLDERS {
            return;
        }
        if !self.has_room(&raw) {
            return;
        }
        let has = |name: &str| item.attributes.iter().any(|attribute| attribute.eq_ignore_ascii_case(name));
        let special = [
            ("\\Snoozed", Role::Snoozed),
            ("\\Drafts", Role::Drafts),
            ("\\Sent", Role::Sent),
            ("\\Archive", Role::Archive),
            ("\\Junk", Role::Junk),
            ("\\Trash", Role::Trash),
            ("\\All", Role::All),
            ("\\Flagged", Role::Flagged),
        ];
        let special = special.into_iter().find(|(name, _)| has(name)).map(|(_, role)| role);
        self.places.insert(raw.clone(), self.listed.len());
        self.listed.push(Listed {
            name: folder_name::decode(&raw),
            delimiter: item.delimiter,
            special: if raw == "INBOX" { Some(Role::Inbox) } else { special },
            selectable: !has("\\Noselect") && !has("\\NonExistent") && !item.mangled,
            subscribed: has("\\Subscribed"),
            namespace: Namespace::Personal,
            status: None,
            rights: None,
            raw,
        });
    }

    /// Whether a name may still be kept; it is then counted.
    fn has_room(&mut self, raw: &str) -> bool {
        let bytes = self.bytes.saturating_add(raw.len());
        let fits = bytes <= MAX_NAMES;
        if fits {
            self.bytes = bytes;
        }
        fits
    }

    fn allow(&mut self, raw: String, rights: Rights) -> Option<Answer> {
        let raw = inbox_or(raw);
        match self.places.get(&raw).and_then(|place| self.listed.get_mut(*place)) {
            Some(listed) => listed.rights = Some(rights),
            None => return Some(Answer::MyRights { raw, rights }),
        }
        None
    }

    fn count(&mut self, raw: String, status: Status) -> Option<Answer> {
        let raw = inbox_or(raw);
        match self.places.get(&raw).and_then(|place| self.listed.get_mut(*place)) {
            Some(listed) => listed.status = Some(status),
            None => return Some(Answer::MailboxStatus { raw, status }),
        }
        None
    }

    fn finish(mut self, subscriptions_known: bool) -> Vec<Listed> {
        for raw in std::mem::take(&mut self.subscribed) {
            if let Some(listed) = self.places.get(&raw).and_then(|place| self.listed.get_mut(*place)) {
                listed.subscribed = true;
            }
        }
        if !subscriptions_known {
            self.listed.iter_mut().for_each(|listed| listed.subscribed = true);
        }
        for listed in &mut self.listed {
            listed.namespace = namespace_of(&listed.raw, &self.namespaces);
        }
        self.listed
    }
}

/// INBOX is the one name whose case means nothing (RFC 9051, section 5.1).
fn inbox_or(raw: String) -> String {
    if raw.eq_ignore_ascii_case("INBOX") { "INBOX".to_owned() } else { raw }
}

pub(super) fn same_folder(a: &str, b: &str) -> bool {
    a == b || (a.eq_ignore_ascii_case("INBOX") && b.eq_ignore_ascii_case("INBOX"))
}

/// The namespace with the longest prefix of the name; `~peter` itself belongs to the one of `~peter/`. The inbox is one's
/// own whatever the prefixes say (RFC 9051, section 5.1).
fn namespace_of(raw: &str, namespaces: &Namespaces) -> Namespace {
    if raw == "INBOX" {
        return Namespace::Personal;
    }
    let within = |namespace: &&NamespacePrefix| {
        let prefix = namespace.prefix.as_str();
        raw.starts_with(prefix) || namespace.delimiter.is_some_and(|d| prefix.strip_suffix(d) == Some(raw))
    };
    let longest = namespaces.0.iter().filter(within).max_by_key(|namespace| namespace.prefix.len());
    longest.map_or(Namespace::Personal, |namespace| namespace.kind)
}
