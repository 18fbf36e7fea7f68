//! What a reader is told of a message beside its text: what was not loaded, whom it is from, what it asks.

use crate::render::trust::domain::organisation;
use crate::safe_text::SafeText;

/// Content on the net that a message names. Nothing of it is loaded unless the reader asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remote {
    /// The images that are there to be seen, by their URLs, each once, at most [`MAX_REMOTE`].
    pub images: Vec<SafeText>,
    /// How many there are, those beyond the limit included.
    pub count: usize,
    /// The hosts that they would be loaded from, each once, in the order of the message.
    pub hosts: Vec<SafeText>,
    /// The trackers whose pixels report that the message was opened, by name or host, each once.
    pub trackers: Vec<SafeText>,
    /// Whether anything else was named to be loaded: style sheets, fonts, frames, sounds.
    pub other: bool,
    /// How many of the images are here, because the reader asked for them.
    pub loaded: usize,
}

impl Remote {
    /// What was not loaded, in words; `None` when there was nothing.
    pub fn words(&self) -> Option<String> {
        let counted = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
        let mut words = Vec::new();
        if self.count > 0 {
            words.push(format!("{} blocked from {}", counted(self.count, "image"), self.host_words()));
        }
        if !self.trackers.is_empty() {
            // A host is no name that anybody knows, and is long.
            let known = self.trackers.iter().map(SafeText::as_str).filter(|name| !name.contains('.'));
            let names: Vec<&str> = known.take(3).collect();
            let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
            words.push(format!("{}{names}", counted(self.trackers.len(), "tracker")));
        }
        if words.is_empty() && self.other {
            words.push("Remote content blocked".to_owned());
        }
        (!words.is_empty()).then(|| words.join(", "))
    }

    /// "img.acme.example", "a.example and b.example", "a.example and 3 more hosts".
    fn host_words(&self) -> String {
        match self.hosts.as_slice() {
            [] => "the net".to_owned(),
            [one] => one.to_string(),
            [one, two] => format!("{one} and {two}"),
            [one, rest @ ..] => format!("{one} and {} more hosts", rest.len()),
        }
    }
}

/// The end of a host that its owner has registered, by the public suffix list: "acme.co.uk" of "mx.acme.co.uk". All of what
/// is no name.
pub fn registered(host: &str) -> &str {
    if host.chars().all(|c| !c.is_alphabetic()) || host.starts_with('[') {
        return host;
    }
    let lower = host.to_ascii_lowercase();
    let kept = organisation(&lower).len();
    host.get(host.len().saturating_sub(kept)..).unwrap_or(host)
}

/// Images on the net that are kept of one message.
pub const MAX_REMOTE: usize = 200;

/// A picture that can be shown in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Where its bytes are.
    pub source: PictureSource,
    /// Columns and rows of pixels, as its header says.
    pub size: (u32, u32),
}

/// Where the bytes of a picture are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PictureSource {
    /// A part of the message, by its place in [`crate::render::Document::parts`].
    Part(usize),
    /// This URL, loaded because the reader asked for it.
    Remote(SafeText),
}

/// Whether the message comes from whom it says, by the word of the reader's own server (RFC 8601).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Trust {
    /// The server says nothing.
    #[default]
    Unknown,
    /// The server says something, and it proves nothing.
    Unproved,
    /// It comes from this domain.
    Proved(SafeText),
    /// It does not.
    Failed(SafeText),
}

/// How a message is protected (RFC 3156, RFC 8551, RFC 9580).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Seal {
    /// Not at all.
    #[default]
    None,
    /// Signed: the signature can be checked.
    Signed,
    /// Encrypted: it can be opened.
    Encrypted,
}

/// What is known of the reader's mail server, to tell its word from a sender's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MailServer {
    /// The IMAP host.
    pub host: String,
    /// The reader's address there.
    pub address: String,
    /// The names that it signs its results with, as the reader configured them; empty: they follow from host and address.
    pub authserv_ids: Vec<String>,
}

/// What is known of a sender from mail that came before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Acquaintance {
    /// Whether no mail from this address came before.
    pub first_time: bool,
    /// The address that the person of this display name usually writes from, when it is another one.
    pub usual: Option<String>,
}

/// Whether links are shown and opened without their trackers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LinkStyle {
    /// Redirectors whose target is known are left out, and parameters that only track.
    #[default]
    Clean,
    /// As the message has them.
    AsSent,
}

impl LinkStyle {
    /// As the config says it.
    pub const fn of(as_sent: bool) -> Self {
        if as_sent { Self::AsSent } else { Self::Clean }
    }
}

/// An answer to an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Comes.
    Yes,
    /// Perhaps.
    Maybe,
    /// Does not come.
    No,
}

/// An answer to an invitation, to be sent (RFC 5546, RFC 6047). Free of controls, but for the line breaks in `text` and `ics`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Who answers: the address that was invited.
    pub from: String,
    /// The organizer's address.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// The answer for people.
    pub text: String,
    /// The answer for calendars: `text/calendar; method=REPLY; charset=utf-8`, with CRLF.
    pub ics: String,
}

/// What search knows of a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Gist {
    /// Its text without its looks, not sanitised: it is for an index, not for a screen.
    pub body: String,
    /// The names of its files, a line each.
    pub files: String,
    /// Its first words, as [`crate::render::snippet`] tells them.
    pub snippet: String,
    /// Whether it has attachments, as [`crate::render::has_attachments`] says.
    pub attachments: bool,
    /// Whether there is more text than was read.
    pub cut: bool,
    /// Whether there is a link to the net in it.
    pub link: bool,
    /// Whether there is an invitation in it.
    pub invite: bool,
}
