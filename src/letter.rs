//! A mail that the user writes, from the first key until it is sent: plain data, kept on the disk as it stands here.
//!
//! A leaf. [`Letter`] is what the composer edits and what `letters/` in the data directory holds as JSON; it becomes bytes
//! once, when it is queued, and from then on nobody changes it.

pub mod style;

use serde::{Deserialize, Serialize};

use crate::mail::MessageId;

/// The number of a letter on this device: unique for the life of the data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LetterId(pub i64);

/// A name and an address, as the user sees them. Not checked: a letter may hold what is only half typed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Mailbox {
    /// The display name, empty when there is none.
    pub name: String,
    /// `local@domain`, Unicode allowed on both sides (RFC 6531).
    pub address: String,
}

/// A mail that is being written, or was queued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Its number here.
    pub id: LetterId,
    /// The account's name in the config.
    pub account: String,
    /// The identity: From.
    pub from: Mailbox,
    /// To.
    #[serde(default)]
    pub to: Vec<Mailbox>,
    /// Cc.
    #[serde(default)]
    pub cc: Vec<Mailbox>,
    /// Bcc: gets the mail, and stands in no copy but the writer's own.
    #[serde(default)]
    pub bcc: Vec<Mailbox>,
    /// Reply-To, where it is not the sender.
    #[serde(default)]
    pub reply_to: Vec<Mailbox>,
    /// Subject.
    #[serde(default)]
    pub subject: String,
    /// The text, with line feeds; its signature and what is quoted included.
    #[serde(default)]
    pub text: String,
    /// Whether the text is Markdown that becomes HTML beside the text (multipart/alternative).
    #[serde(default)]
    pub markdown: bool,
    /// How it is sealed.
    #[serde(default)]
    pub seal: Seal,
    /// What is attached, in the order of the mail.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// What it answers or hands on.
    #[serde(default)]
    pub kin: Kin,
    /// Message-ID without angle brackets: made when the letter is begun, the same in Drafts, on the wire and in Sent, so that
    /// each copy can be found (RFC 5322, section 3.6.4). It does not say the name of this computer.
    pub message_id: String,
    /// The copy in the server's Drafts folder that the next one takes the place of.
    #[serde(default)]
    pub draft: Option<DraftCopy>,
    /// The file, by name in the letter's own directory, of a mail that is sent again as it is (RFC 5322, section 3.6.6): then
    /// only From and the recipients of this letter count.
    #[serde(default)]
    pub resend: Option<String>,
    /// When it was begun, in seconds since 1970.
    pub begun: i64,
}

/// How a mail is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a wish of its own, kept in letters by its name")]
pub struct Seal {
    /// Signed.
    pub sign: bool,
    /// Encrypted to everybody who gets it and to the sender.
    pub encrypt: bool,
    /// By S/MIME (RFC 8551), not by PGP/MIME (RFC 3156).
    pub smime: bool,
    /// Neither, though the config would have it so by itself. What it always wants encrypted is.
    pub plain: bool,
}

/// What is attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its name in the mail.
    pub name: String,
    /// Its type: `application/pdf`.
    pub media_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// The file that holds its bytes, by name, in the letter's own directory: copied when it was attached, so that what is
    /// sent is what was seen (SN08).
    pub stored: String,
    /// Where it came from, for people: a path, or the subject of a mail.
    #[serde(default)]
    pub origin: String,
    /// Shown within the text (Content-Disposition: inline).
    #[serde(default)]
    pub inline: bool,
}

/// What a letter answers or hands on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Kin {
    /// In-Reply-To, without angle brackets.
    pub in_reply_to: Option<String>,
    /// References, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// The messages in the cache, and what is set on them when the letter was sent.
    pub of: Vec<(i64, Relation)>,
}

impl Kin {
    /// The messages that this is about, with what it is to them.
    pub fn messages(&self) -> impl Iterator<Item = (MessageId, Relation)> {
        self.of.iter().map(|(id, relation)| (MessageId(*id), *relation))
    }
}

/// What a letter is to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Its answer: `\Answered` (RFC 9051, section 2.3.2).
    Answer,
    /// It hands it on: `$Forwarded` (RFC 5550, section 5.9).
    Forward,
}

/// A copy in the server's Drafts folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftCopy {
    /// The folder's raw name.
    pub folder: String,
    /// Its UIDVALIDITY.
    pub validity: u32,
    /// Its UID.
    pub uid: u32,
}

/// Who a mail is from and to on the way (RFC 5321, section 2.3.1), and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// MAIL FROM.
    pub from: String,
    /// RCPT TO: To, Cc and Bcc, each once.
    pub to: Vec<String>,
    /// The mail, CRLF lines, without Bcc.
    pub bytes: Vec<u8>,
    /// Its Message-ID, without angle brackets.
    pub message_id: String,
}
