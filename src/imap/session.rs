//! A signed-in connection: a method for each IMAP verb, grouped in files below. Everything it says goes through the
//! driver, so that only a tagged OK completes a call.

use std::sync::Arc;

use super::answer::{Answer, FetchItem};
use super::capability::Capabilities;
use super::command::Command;
use super::driver::Driver;
use super::error::{Error, bounded};
use super::lines::Status as Outcome;
use super::trace::Counters;
use super::uid_set::UidSet;
use crate::mail::flags::{Flag, Flags};
use crate::mail::folder::{Namespace, Role};
use crate::mail::rights::Rights;
use crate::mail::{Uid, UidValidity, UnixTime};

mod acl;
mod append;
mod change;
mod compress;
mod fetch;
mod folders;
mod idle;
mod notify;
mod quota;
mod search;
mod select;

/// A signed-in connection. After a fatal error every call returns [`Error::Closed`]: drop it.
#[derive(Debug)]
pub struct Session {
    driver: Driver,
    capabilities: Capabilities,
    selected: Option<String>,
    /// Whether that folder was opened for changes and takes them.
    writable: bool,
    /// How often a folder was opened.
    openings: u64,
    /// Headers of the set that was asked for ahead, should a server send some of them before their turn.
    early: Vec<FetchItem>,
    /// Whether COMPRESS is still to be sent: at most once (RFC 4978, section 3).
    compress: bool,
}

/// Whether the list is to tell how much is in each folder: the server looks into every one of them for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// It is, where the server can (RFC 5819).
    Told,
    /// Not now.
    Later,
}

/// How a folder is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// SELECT: flags may be changed.
    ReadWrite,
    /// EXAMINE: nothing changes, `\Recent` included.
    ReadOnly,
}

/// What SELECT said of a folder (RFC 9051, section 6.3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// UIDVALIDITY; a folder without one is refused.
    pub uid_validity: UidValidity,
    /// The UID that the next message will have; some servers do not say.
    pub uid_next: Option<Uid>,
    /// How many messages there are.
    pub exists: u32,
    /// How many are `\Recent`.
    pub recent: Option<u32>,
    /// HIGHESTMODSEQ (RFC 7162); `None` without CONDSTORE or with NOMODSEQ.
    pub highest_modseq: Option<u64>,
    /// Whether changes will be refused.
    pub read_only: bool,
    /// The flags that can be changed for good, as text; `\*` means any keyword. `None`: the server did not say.
    pub permanent_flags: Option<Vec<String>>,
    /// All that changed since the time that was asked about; `None`: it was not asked, or the server did not tell.
    pub changes: Option<Changes>,
}

/// How far a folder was known when it was last in step (RFC 7162, section 3.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Since {
    /// Its UIDVALIDITY.
    pub uid_validity: UidValidity,
    /// Its HIGHESTMODSEQ.
    pub modseq: u64,
}

/// What is asked for when a folder is opened, in the same turn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Opening {
    /// Ask what changed since then, where QRESYNC is on.
    pub since: Option<Since>,
    /// Messages whose headers will be asked for next, in exactly this set: they come without another turn.
    pub headers: UidSet,
}

/// What changed in a folder since it was last in step, as SELECT told it (RFC 7162, section 3.2.5).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Messages that are gone; may name UIDs that never were.
    pub vanished: UidSet,
    /// Flags as they are now, with the MODSEQ.
    pub flags: Vec<(Uid, Flags, Option<u64>)>,
}

/// What STATUS said of a folder (RFC 9051, section 6.3.11).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// Messages in it.
    pub messages: Option<u32>,
    /// Messages without `\Seen`.
    pub unseen: Option<u32>,
    /// The UID that the next message will have.
    pub uid_next: Option<Uid>,
    /// UIDVALIDITY.
    pub uid_validity: Option<UidValidity>,
    /// HIGHESTMODSEQ.
    pub highest_modseq: Option<u64>,
}

/// A folder as LIST named it (RFC 9051, section 7.3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The name on the wire: for commands.
    pub raw: String,
    /// The name in Unicode, for people; not sanitised.
    pub name: String,
    /// The hierarchy delimiter.
    pub delimiter: Option<char>,
    /// What it is for, as SPECIAL-USE says (RFC 6154); INBOX is [`Role::Inbox`].
    pub special: Option<Role>,
    /// Whether SELECT can work.
    pub selectable: bool,
    /// Whether the user subscribed to it.
    pub subscribed: bool,
    /// Whose it is.
    pub namespace: Namespace,
    /// Its counts, where the server gives them with the list (RFC 5819).
    pub status: Option<Status>,
    /// What the user may do in it, where the server says it with the list (RFC 8440).
    pub rights: Option<Rights>,
}

/// The namespaces of a server (RFC 2342), personal first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Namespaces(pub Vec<NamespacePrefix>);

/// One namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamespacePrefix {
    /// Whose folders it holds.
    pub kind: Namespace,
    /// What their raw names start with; may be empty.
    pub prefix: String,
    /// The hierarchy delimiter in it.
    pub delimiter: Option<char>,
}

/// The UIDs that messages got in another folder (RFC 4315, section 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyUid {
    /// UIDVALIDITY of the folder they went to.
    pub uid_validity: UidValidity,
    /// The UID it had and the UID it got.
    pub pairs: Vec<(Uid, Uid)>,
}

/// What proves that a message is the one meant, before anything is done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its UID.
    pub uid: Uid,
    /// Message-ID without brackets; empty when it has none.
    pub message_id: String,
    /// RFC822.SIZE in bytes.
    pub size: u64,
    /// INTERNALDATE, if it can be read.
    pub internal_date: Option<UnixTime>,
}

/// What tells copies of one mail apart that have a field of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// Its UID.
    pub uid: Uid,
    /// Message-ID without brackets; empty when it has none.
    pub message_id: String,
    /// What stands in the field; empty when it is not there.
    pub mark: String,
    /// Whether it has `\Deleted`.
    pub deleted: bool,
    /// Whether it has `\Draft`.
    pub draft: bool,
}

/// What to search a folder for (RFC 9051, section 6.4.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Search {
    /// Every message.
    All,
    /// With `\Deleted`.
    Deleted,
    /// Without `\Seen`.
    Unseen,
    /// With `\Flagged`.
    Flagged,
    /// With `\Answered`.
    Answered,
    /// With `\Draft`.
    Draft,
    /// With this keyword.
    Keyword(Flag),
    /// Whose Message-ID holds this text.
    HeaderMessageId(String),
    /// That hold this text in this place, as the server compares letters.
    Text(Place, String),
    /// This, and what is like it, where the server can tell (RFC 6203); else exactly this.
    Fuzzy(Box<Search>),
    /// What Gmail's own search finds for this text (X-GM-EXT-1).
    Gmail(String),
    /// That the server got on the day of this time in UTC or later; the server's own zone decides on which day it got them.
    Since(UnixTime),
    /// That the server got before that day.
    Before(UnixTime),
    /// With more bytes than this.
    Larger(u32),
    /// With fewer bytes than this.
    Smaller(u32),
    /// With this UID or a higher one. Servers always add the last message, whatever its UID: that one is taken out.
    UidFrom(Uid),
    /// All of these.
    And(Vec<Search>),
    /// One of these.
    Or(Vec<Search>),
    /// Not this.
    Not(Box<Search>),
}

/// Where a server looks for a text (RFC 9051, section 6.4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// From.
    From,
    /// To.
    To,
    /// Cc.
    Cc,
    /// The subject.
    Subject,
    /// List-Id.
    List,
    /// The text.
    Body,
    /// Header and text.
    Anywhere,
}

/// Whether flags are set or cleared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreChange {
    /// `+FLAGS`.
    Add,
    /// `-FLAGS`.
    Remove,
}

/// Why IDLE ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdleEnd {
    /// Something changed: see [`Session::take_unsolicited`].
    Changed,
    /// The caller wanted it back.
    Woken,
    /// The longest time was over.
    TimedOut,
}

/// An untagged answer that no verb asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsolicited {
    /// The folder has so many messages.
    Exists(u32),
    /// So many are `\Recent`.
    Recent(u32),
    /// The message with this sequence number is gone. Never used for commands.
    Expunge(u32),
    /// These UIDs are gone (RFC 7162, section 3.2.10).
    Vanished {
        /// Whether they went before this session.
        earlier: bool,
        /// Which.
        uids: UidSet,
    },
    /// A message's flags changed.
    Flags {
        /// Its sequence number. Never used for commands.
        seq: u32,
        /// Its UID, if the server said it.
        uid: Option<Uid>,
        /// Its flags now.
        flags: Flags,
        /// Its MODSEQ.
        modseq: Option<u64>,
    },
    /// Text that the server wants the user to see; raw.
    Alert(String),
    /// The server says goodbye; raw.
    Bye(String),
    /// The capabilities may have changed.
    Capability,
    /// Counts of a folder that nobody asked for ([`Session::notify_all`]).
    Status {
        /// Its raw name.
        raw: String,
        /// The counts.
        status: Status,
    },
    /// A folder came, went or got another name, or is subscribed or no longer ([`Session::notify_all`]).
    List {
        /// Its raw name.
        raw: String,
    },
    /// The server tells nothing more, of the open folder neither: ask it anew with [`Session::notify_all`], and look
    /// at every folder (RFC 5465, section 5.8).
    NotifyOverflow,
    /// More came than is kept: look at the folder anew.
    Overflow,
    /// Something else, in a few words.
    Other(String),
}

impl Unsolicited {
    /// About how many bytes it holds beside itself.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Vanished { uids, .. } => size_of_val(uids.ranges()),
            Self::Flags { flags, .. } => flags.keywords.iter().map(|word| word.as_str().len() + 32).sum(),
            Self::Alert(text) | Self::Bye(text) | Self::Other(text) => text.len(),
            Self::Status { raw, .. } | Self::List { raw } => raw.len(),
            Self::Exists(_)
            | Self::Recent(_)
            | Self::Expunge(_)
            | Self::Capability
            | Self::NotifyOverflow
            | Self::Overflow => 0,
        }
    }

    /// What an answer means when no verb wants it; `None` if it means nothing to anybody.
    ///
    /// # Errors
    /// [`Error::Closed`] or [`Error::Throttled`] for BYE, [`Error::Closed`] for a new UIDVALIDITY of the selected
    /// folder: every UID that we hold has lost its meaning (RL15).
    pub(crate) fn from_answer(answer: Answer, uid_validity: Option<u32>) -> Result<Option<Self>, Error> {
        let event = match answer {
            Answer::Exists(count) => Self::Exists(count),
            Answer::Recent(count) => Self::Recent(count),
            Answer::Expunge(seq) => Self::Expunge(seq),
            Answer::Vanished { earlier, uids } => Self::Vanished { earlier, uids },
            Answer::Fetch(item) => match item.flags {
                Some(flags) if item.seq != 0 => {
                    Self::Flags { seq: item.seq, uid: item.uid, flags, modseq: item.modseq }
                }
                Some(_) | None => return Ok(None),
            },
            Answer::MailboxStatus { raw, status } => Self::Status { raw, status },
            Answer::Capability(_) => Self::Capability,
            Answer::Status { outcome: Outcome::Bye, code, text } => {
                return Err(Error::bye(code.as_ref().map(|code| code.name.as_str()), &text));
            }
            Answer::List(item) if !item.lsub => Self::List { raw: item.raw },
            Answer::Status { code, text, .. } => match code {
                Some(code) if code.name == "ALERT" => Self::Alert(text),
                Some(code) if code.name == "NOTIFICATIONOVERFLOW" => Self::NotifyOverflow,
                Some(code) if code.name == "CAPABILITY" => Self::Capability,
                Some(code)
                    if code.name == "UIDVALIDITY" && uid_validity.is_some() && code.nonzero() != uid_validity =>
                {
                    return Err(Error::Closed { what: "the folder was made anew (UIDVALIDITY changed)".to_owned() });
                }
                Some(code) => Self::Other(bounded(&format!("[{}] {text}", code.name))),
                None if text.is_empty() => return Ok(None),
                None => Self::Other(text),
            },
            Answer::Other(text) => Self::Other(text),
            Answer::List(_)
            | Answer::Search(_)
            | Answer::Enabled(_)
            | Answer::Namespace(_)
            | Answer::MyRights { .. }
            | Answer::Quota(_)
            | Answer::QuotaRoot
            | Answer::CopyUid(_) => {
                return Ok(None);
            }
            Answer::Done { .. } | Answer::Continue(_) | Answer::Garbage => {
                return Err(Error::Protocol("an answer out of turn".to_owned()));
            }
        };
        Ok(Some(event))
    }
}

impl Session {
    /// Takes over a connection that has just signed in.
    pub(crate) fn new(driver: Driver, capabilities: Capabilities) -> Self {
        Self { driver, capabilities, selected: None, writable: false, openings: 0, early: Vec::new(), compress: false }
    }

    /// What the server can do, as it said after the sign-in.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Everything untagged that no verb consumed, in order; at most 100,000 and 16 MiB, and then one
    /// [`Unsolicited::Overflow`].
    pub fn take_unsolicited(&mut self) -> Vec<Unsolicited> {
        self.driver.take_unsolicited()
    }

    /// Whether labels are no flags here, but an item of their own (X-GM-EXT-1): flags that are told unasked come without them.
    pub fn labels_apart(&self) -> bool {
        self.capabilities.has("X-GM-EXT-1")
    }

    /// The raw name of the folder that is open.
    pub fn selected(&self) -> Option<&str> {
        self.selected.as_deref()
    }

    /// The UIDVALIDITY of this folder if it is the one that is open, and takes changes: it stays so for as long as the
    /// folder is open (RFC 9051, section 2.3.1.1; one that changes all the same ends the session).
    pub fn writable(&self, raw: &str) -> Option<UidValidity> {
        let open = self.writable && self.selected() == Some(raw);
        self.driver.uid_validity.filter(|_| open).map(UidValidity)
    }

    /// How often a folder was opened: while this stays the same, so does the open one.
    pub fn openings(&self) -> u64 {
        self.openings
    }

    /// Bytes sent and received on the wire, TLS not counted.
    pub fn counters(&self) -> (u64, u64) {
        self.driver.counters().get()
    }

    /// Bytes sent and received as they were before they were compressed, TLS not counted.
    pub fn plain_counters(&self) -> (u64, u64) {
        self.driver.counters().plain()
    }

    /// What is counted while the session is at work.
    pub fn heard(&self) -> Arc<Counters> {
        self.driver.heard()
    }

    /// NOOP: lets the server report what changed (RFC 9051, section 6.1.2).
    pub async fn noop(&mut self) -> Result<(), Error> {
        self.driver.run_plain("NOOP", Command::new("NOOP")).await.map(drop)
    }

    /// LOGOUT (RFC 9051, section 6.1.3). The BYE is expected; the connection is gone in any case.
    pub async fn logout(mut self) {
        let mut take = |answer: Answer| {
            let expected = matches!(answer, Answer::Status { outcome: Outcome::Bye, .. });
            (!expected).then_some(answer)
        };
        let end = self.driver.run("LOGOUT", Command::new("LOGOUT"), &mut take);
        // Nothing depends on how it ends: the server drops the connection, or we do.
        drop(tokio::time::timeout(std::time::Duration::from_secs(5), end).await);
    }
}

/// Flags as a list in parentheses. [`Flag`]s hold nothing but atoms.
fn flag_list<'a>(flags: impl IntoIterator<Item = &'a Flag>) -> String {
    let words: Vec<String> = flags.into_iter().map(ToString::to_string).collect();
    format!("({})", words.join(" "))
}

/// Commands with a set longer than this are sent in pieces: many servers bound a line at 8 kB (RFC 7162, section 4).
const MAX_SET: usize = 4_000;
