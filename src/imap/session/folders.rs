//! Folders: NAMESPACE, LIST, STATUS, SELECT, CREATE and the like.

use std::collections::HashMap;

use super::{Listed, Mode, NamespacePrefix, Namespaces, Selected, Session, Status};
use crate::imap::answer::{Answer, ListItem};
use crate::imap::command::Command;
use crate::imap::driver::Take;
use crate::imap::error::Error;
use crate::imap::folder_name;
use crate::imap::lines::Code;
use crate::mail::folder::{Namespace, Role};
use crate::mail::rights::Rights;
use crate::mail::{Uid, UidValidity};

/// More folders than this are not listed.
const MAX_FOLDERS: usize = 100_000;

impl Session {
    /// NAMESPACE (RFC 2342). Without the extension, or when it fails: one's own folders, at the top.
    pub async fn namespaces(&mut self) -> Result<Namespaces, Error> {
        let own =
            || Namespaces(vec![NamespacePrefix { kind: Namespace::Personal, prefix: String::new(), delimiter: None }]);
        if !self.capabilities.has("NAMESPACE") {
            return Ok(own());
        }
        let mut namespaces = Namespaces::default();
        let mut take = |answer: Answer| {
            let Answer::Namespace(told) = answer else { return Some(answer) };
            namespaces = told;
            None
        };
        match self.driver.run("NAMESPACE", Command::new("NAMESPACE"), &mut take).await {
            Err(error) if error.fatal() => return Err(error),
            Ok(_) | Err(_) => {}
        }
        Ok(if namespaces.0.is_empty() { own() } else { namespaces })
    }

    /// Every folder in every namespace, in one turn; counts too, where the server gives them (RFC 5258, 5819, 6154).
    pub async fn list(&mut self, namespaces: &Namespaces) -> Result<Vec<Listed>, Error> {
        self.list_and(namespaces, Vec::new(), &mut Some).await
    }

    /// The same, with more commands in the same turn. Their answers go to `take_also`; whether they succeed is nobody's
    /// concern.
    pub(super) async fn list_and(
        &mut self,
        namespaces: &Namespaces,
        also: Vec<Command>,
        take_also: Take<'_>,
    ) -> Result<Vec<Listed>, Error> {
        let returned = self.list_options();
        let mut patterns = vec!["*".to_owned()];
        // A prefix with a wildcard in it would list something else.
        let others = namespaces.0.iter().filter(|namespace| namespace.kind != Namespace::Personal);
        patterns.extend(others.map(|namespace| namespace.prefix.clone()).filter(|prefix| !prefix.contains(['*', '%'])));
        patterns.iter_mut().skip(1).for_each(|pattern| pattern.push('*'));
        patterns.dedup();
        let mut commands = Vec::new();
        for pattern in &patterns {
            commands.push(Command::new("LIST \"\"").string("LIST", pattern)?.word(&returned));
        }
        commands.extend(also);
        let asks_lsub = returned.is_empty();
        if asks_lsub {
            commands.push(Command::new("LSUB \"\" \"*\""));
        }
        let mut folders = Folders::default();
        let mut take = |answer: Answer| {
            if let Answer::MailboxStatus { raw, status } = answer {
                return folders.count(raw, status);
            }
            if let Answer::MyRights { raw, rights } = answer {
                return folders.allow(raw, rights);
            }
            let Answer::List(item) = answer else { return take_also(answer) };
            folders.add(item, namespaces);
            None
        };
        let results = self.driver.run_all("LIST", commands, &mut take).await?;
        let mut results = results.into_iter();
        // The first one is the list; a namespace that we may not see, or no LSUB, loses nothing else.
        results.next().transpose()?;
        let subscriptions_known = !asks_lsub || matches!(results.next_back(), Some(Ok(_)));
        Ok(folders.finish(subscriptions_known))
    }

    fn list_options(&self) -> String {
        let offers = |name| self.capabilities.has(name);
        if !offers("LIST-EXTENDED") && !offers("LIST-STATUS") {
            return String::new();
        }
        let mut options = vec!["SUBSCRIBED".to_owned()];
        if offers("SPECIAL-USE") {
            options.push("SPECIAL-USE".to_owned());
        }
        if offers("LIST-STATUS") {
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

    /// SELECT or EXAMINE (RFC 9051, sections 6.3.2 and 6.3.3). An open folder is closed by it, whatever the outcome.
    ///
    /// # Errors
    /// [`Error::Protocol`] for a folder without a sound UIDVALIDITY: its UIDs would mean nothing (RL15).
    pub async fn select(&mut self, raw: &str, mode: Mode) -> Result<Selected, Error> {
        let verb = match mode {
            Mode::ReadWrite => "SELECT",
            Mode::ReadOnly => "EXAMINE",
        };
        let mut command = Command::new(verb).string(verb, raw)?;
        if self.capabilities.has("CONDSTORE") || self.capabilities.has("QRESYNC") {
            command = command.word(" (CONDSTORE)");
        }
        self.selected = None;
        self.driver.uid_validity = None;
        let mut facts = Facts::default();
        let mut take = |answer: Answer| facts.take(answer);
        let done = self.driver.run(verb, command, &mut take).await?;
        if let Some(code) = &done.code {
            facts.learn(code);
        }
        let uid_validity = facts.uid_validity.map(UidValidity);
        let Some(uid_validity) = uid_validity else {
            let error = Error::Protocol("the folder has no UIDVALIDITY".to_owned());
            self.driver.begin()?;
            return self.driver.end(Err(error));
        };
        self.selected = Some(raw.to_owned());
        self.driver.uid_validity = Some(uid_validity.0);
        Ok(Selected {
            uid_validity,
            uid_next: facts.uid_next,
            exists: facts.exists,
            recent: facts.recent,
            highest_modseq: facts.highest_modseq,
            read_only: facts.read_only || mode == Mode::ReadOnly,
            permanent_flags: facts.permanent_flags,
        })
    }

    /// CREATE (RFC 9051, section 6.3.4).
    pub async fn create(&mut self, raw: &str) -> Result<(), Error> {
        self.on_folder("CREATE", raw).await
    }

    /// DELETE (RFC 9051, section 6.3.5).
    pub async fn delete(&mut self, raw: &str) -> Result<(), Error> {
        self.on_folder("DELETE", raw).await
    }

    /// RENAME (RFC 9051, section 6.3.6).
    pub async fn rename(&mut self, from: &str, to: &str) -> Result<(), Error> {
        let command = Command::new("RENAME").string("RENAME", from)?.string("RENAME", to)?;
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

/// What comes in while a folder is opened.
#[derive(Default)]
struct Facts {
    uid_validity: Option<u32>,
    uid_next: Option<Uid>,
    exists: u32,
    recent: Option<u32>,
    highest_modseq: Option<u64>,
    read_only: bool,
    permanent_flags: Option<Vec<String>>,
}

impl Facts {
    fn take(&mut self, answer: Answer) -> Option<Answer> {
        if let Answer::Exists(count) = answer {
            self.exists = count;
        } else if let Answer::Recent(count) = answer {
            self.recent = Some(count);
        } else {
            let learnt = matches!(&answer, Answer::Status { code: Some(code), .. } if self.learn(code));
            return (!learnt).then_some(answer);
        }
        None
    }

    fn learn(&mut self, code: &Code) -> bool {
        match code.name.as_str() {
            "UIDVALIDITY" => self.uid_validity = code.nonzero(),
            "UIDNEXT" => self.uid_next = code.nonzero().map(Uid),
            "HIGHESTMODSEQ" => self.highest_modseq = code.number().filter(|modseq| *modseq != 0),
            "NOMODSEQ" => self.highest_modseq = None,
            "PERMANENTFLAGS" => self.permanent_flags = Some(code.words()),
            "READ-ONLY" => self.read_only = true,
            // Everything before it was said of the folder that was open until now (RFC 7162, section 3.2.11).
            "CLOSED" => *self = Self::default(),
            "READ-WRITE" | "UNSEEN" => {}
            _ => return false,
        }
        true
    }
}

#[derive(Default)]
struct Folders {
    listed: Vec<Listed>,
    places: HashMap<String, usize>,
    subscribed: Vec<String>,
}

impl Folders {
    fn add(&mut self, item: ListItem, namespaces: &Namespaces) {
        let raw = inbox_or(item.raw);
        if item.lsub {
            if self.subscribed.len() < MAX_FOLDERS {
                self.subscribed.push(raw);
            }
            return;
        }
        if raw.is_empty() || self.places.contains_key(&raw) || self.listed.len() >= MAX_FOLDERS {
            return;
        }
        let has = |name: &str| item.attributes.iter().any(|attribute| attribute.eq_ignore_ascii_case(name));
        let special = [
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
            namespace: namespace_of(&raw, namespaces),
            status: None,
            rights: None,
            raw,
        });
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

/// The namespace with the longest prefix of the name; `~peter` itself belongs to the one of `~peter/`.
fn namespace_of(raw: &str, namespaces: &Namespaces) -> Namespace {
    let within = |namespace: &&NamespacePrefix| {
        let prefix = namespace.prefix.as_str();
        raw.starts_with(prefix) || namespace.delimiter.is_some_and(|d| prefix.strip_suffix(d) == Some(raw))
    };
    let longest = namespaces.0.iter().filter(within).max_by_key(|namespace| namespace.prefix.len());
    longest.map_or(Namespace::Personal, |namespace| namespace.kind)
}
