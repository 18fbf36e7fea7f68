//! What the composer asks of the runtime, and what it is told.
//!
//! Orders about one letter are done in the order in which they were given: what was kept last is what is sent.

use std::collections::BTreeMap;

use crate::app::model::Ticket;
use crate::compose::Answer;
use crate::compose::checks::Facts;
use crate::letter::style::{Style, Writer};
use crate::letter::{Attachment, Letter, LetterId, Mailbox, Seal};
use crate::mail::{MessageId, UnixTime};
use crate::protocol::OpId;
use crate::safe_text::SafeText;

/// What a letter is begun with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// With nothing.
    New,
    /// With what a `mailto:` link says (RFC 6068).
    Link(String),
    /// It answers a message.
    Answer(MessageId, Answer),
    /// It hands a message on within its text.
    Forward(MessageId),
    /// It hands messages on, attached.
    ForwardAttached(Vec<MessageId>),
    /// It sends a message again, as it is.
    Bounce(MessageId),
    /// It says the same as a message.
    Anew(MessageId),
    /// It is the draft that this message is, whichever program and device wrote it.
    Draft(MessageId),
    /// It is on this disk already.
    Kept(LetterId),
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    /// Begin a letter, or go on with one: answered by `Begun` or `NotBegun`.
    Begin {
        /// Which request this is.
        ticket: Ticket,
        /// With what.
        how: How,
        /// The account that the user is in, by its name in the config.
        account: String,
    },
    /// Keep the letter as it is now: answered by `Kept` or `NotKept`.
    Keep(Box<Letter>),
    /// Keep it, and have it sent, not before `at`: what comes of it is told of the operation.
    Send {
        /// The operation's number.
        op: OpId,
        /// The letter.
        letter: Box<Letter>,
        /// Not before this time.
        at: Option<UnixTime>,
    },
    /// It is not wanted any more; it can be brought back.
    Discard(LetterId),
    /// Bring a discarded letter back, and open it: answered by `Begun` or `NotBegun`.
    Restore(Ticket, LetterId),
    /// The letter was closed: from now on its copy on the server is the newest. It is kept already.
    Closed(LetterId),
    /// Attach the file of this path, which may begin with `~/`: answered by `Attached` or `NotAttached`.
    AttachFile(LetterId, String),
    /// Attach this message: answered by `Attached` or `NotAttached`.
    AttachMessage(LetterId, MessageId),
    /// Attach what is attached to a message, by its place in the document's parts: answered by `Attached` or `NotAttached`.
    AttachPart(LetterId, MessageId, usize),
    /// Say whether this pasted text is the path of a file that is there, be it quoted, with escaped spaces or as a `file:`
    /// link: answered by `Dropped`.
    Drop(LetterId, String),
    /// People whose name or address this text begins, or begins a word of: answered by `People`.
    People {
        /// Which request this is; what answers an older one is dropped.
        turn: u64,
        /// What was typed of a name or an address.
        text: String,
        /// The account that is written from.
        account: String,
    },
    /// Files that this beginning of a path may mean: answered by `Paths`.
    Paths {
        /// Which request this is; what answers an older one is dropped.
        turn: u64,
        /// What was typed of a path.
        text: String,
    },
    /// Keep the letter, and give the terminal to `$EDITOR` with its text: answered by `Edited`.
    Edit {
        /// The letter.
        letter: Box<Letter>,
        /// Where the cursor is in the text, in bytes.
        cursor: usize,
    },
    /// Say with which keys this letter would be sealed: answered by `Prospect`.
    Prospect(Box<Letter>),
    /// What is on its way, and the letters on the disk: answered by `Shelf`.
    Shelf,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// Who writes, and how: at the start, and when the config changed.
    Desk(Box<Habits>),
    /// Whoever started the program wants such a letter: it is to be begun in the account that the user is in.
    Wanted(How),
    /// A letter was begun or found; what comes with it is attached already, and it is on the disk.
    Begun(Ticket, Box<Begun>),
    /// It was not.
    NotBegun(Ticket, SafeText),
    /// The letter is on the disk as it was given.
    Kept(LetterId, UnixTime),
    /// It is not; what was there before still is.
    NotKept(LetterId, SafeText),
    /// Its copy on the server is as new as this, or waits for the link.
    Copied(LetterId, UnixTime),
    /// A file was attached: its bytes are copied.
    Attached(LetterId, Attachment),
    /// It was not.
    NotAttached(LetterId, SafeText),
    /// A pasted text is the path of this file; `None`: it is a text.
    Dropped {
        /// Into which letter.
        letter: LetterId,
        /// The text as it was pasted.
        text: String,
        /// The file.
        path: Option<String>,
    },
    /// People, the likeliest first.
    People {
        /// Which request this answers.
        turn: u64,
        /// They.
        people: Vec<Mailbox>,
    },
    /// Paths, directories with a slash at their end.
    Paths {
        /// Which request this answers.
        turn: u64,
        /// They.
        paths: Vec<String>,
    },
    /// What the editor saved, even if it ended badly.
    Edited {
        /// Of which letter.
        letter: LetterId,
        /// The text; `None`: it was not changed.
        text: Option<String>,
        /// What went wrong.
        trouble: Option<SafeText>,
    },
    /// How a letter would be sealed.
    Prospect(LetterId, Prospect),
    /// What is on its way and waits for the user, and letters that were not sent.
    Shelf {
        /// Mails, in the order in which they are sent.
        outbox: Vec<Waiting>,
        /// Letters, the newest first; those that are on their way are not among them.
        letters: Vec<Unsent>,
    },
}

/// Who writes, and how.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Habits {
    /// The accounts that can be written from.
    pub writers: Vec<Writer>,
    /// How answers are begun.
    pub style: Style,
    /// For how many seconds a mail can be called back before it is sent, by account.
    pub undo: BTreeMap<String, u32>,
    /// Whether the config has letters signed or encrypted whose writer does not say so.
    pub seals: bool,
    /// Names of templates, and their texts.
    pub templates: BTreeMap<String, String>,
}

/// How a letter would be sealed if it were sent now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prospect {
    /// In words; empty: it would not be.
    pub words: SafeText,
    /// It cannot be sent like this; the words say why.
    pub blocking: bool,
    /// The address of the first who gets it for whom no key was found.
    pub keyless: Option<String>,
    /// A command for a shell that has the passphrase typed, with the terminal for itself.
    pub unlock: Option<String>,
    /// How that is.
    pub seal: Seal,
}

/// A letter that was begun.
#[derive(Debug, Clone, PartialEq)]
pub struct Begun {
    /// The letter.
    pub letter: Letter,
    /// Where in the text one begins to write, in bytes.
    pub cursor: usize,
    /// What the user should know of it.
    pub hints: Vec<SafeText>,
    /// What is known besides it.
    pub facts: Facts,
}

/// A letter that was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsent {
    /// Its number.
    pub letter: LetterId,
    /// The account's name.
    pub account: SafeText,
    /// Its subject.
    pub subject: SafeText,
    /// To whom, by names.
    pub to: SafeText,
    /// When it was begun.
    pub begun: UnixTime,
}

/// A mail on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The operation that sends it.
    pub op: OpId,
    /// Its letter.
    pub letter: LetterId,
    /// The account's name.
    pub account: SafeText,
    /// Its subject.
    pub subject: SafeText,
    /// To whom, by names.
    pub to: SafeText,
    /// Its size in bytes.
    pub size: u64,
    /// How it stands.
    pub stand: Stand,
}

/// How a mail on its way stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stand {
    /// It is sent at this time, or tried again then because of this.
    Waits {
        /// When.
        at: UnixTime,
        /// What the last try came to.
        why: Option<SafeText>,
    },
    /// It is being sent.
    Sending,
    /// Nobody knows whether it was sent, and why; and whether it was looked for among what was sent.
    Unknown {
        /// What happened.
        why: SafeText,
        /// It was looked for, and not found.
        looked: bool,
    },
    /// It was refused, with the server's words.
    Refused(SafeText),
}
