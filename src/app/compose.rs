//! Letters on the screen: plain data that `update::compose` changes and `ui::compose` draws.

pub mod editor;
pub mod order;
pub mod place;
pub mod seal;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use editor::Editor;
use order::{Habits, How, Prospect, Unsent, Waiting};

use crate::app::key::Key;
use crate::app::model::{Model, Ticket, Toast};
use crate::compose::checks::{Check, Facts, Kind, Weight};
use crate::compose::{Answer, address};
use crate::letter::{Attachment, Letter, LetterId, Mailbox, Relation};
use crate::mail::{MessageId, UnixTime};
use crate::protocol::OpId;
use crate::safe_text::SafeText;

/// A letter that is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Write {
    /// With nothing.
    New,
    /// An answer to whoever wrote.
    Reply,
    /// An answer to everybody.
    ReplyAll,
    /// An answer to the list.
    ReplyList,
    /// A message is handed on within the text.
    Forward,
    /// Messages are handed on, attached.
    ForwardAttached,
    /// A message is sent again, as it is.
    Bounce,
    /// A letter that says the same.
    Anew,
    /// A draft is gone on with.
    Draft,
    /// A message is attached to the letter that was closed last.
    AttachTo,
    /// What is attached to a message is.
    AttachPart,
}

/// What is brought along to a letter, to be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bring {
    /// A message, as it came.
    Message(MessageId),
    /// What is attached to a message: the place among its attachments.
    Part(MessageId, usize),
}

/// What is done with a letter besides writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tool {
    /// It is sent.
    Send,
    /// It is sent later.
    Later,
    /// Its text is given to `$EDITOR`.
    Editor,
    /// A file is attached.
    Attach,
    /// Signed or not, encrypted or not.
    Seal,
    /// Markdown or not.
    Markdown,
    /// A text that was prepared is put in.
    Template,
    /// The field Cc.
    Cc,
    /// The field Bcc.
    Bcc,
    /// Long quotes are shown whole, or folded.
    Quotes,
    /// It is not wanted any more.
    Discard,
    /// Another letter that is open.
    Next,
}

/// What has the focus in a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// Who writes.
    From,
    /// To.
    To,
    /// Cc.
    Cc,
    /// Bcc.
    Bcc,
    /// The subject.
    Subject,
    /// What is attached.
    Attached,
    /// The path of a file to be attached.
    Path,
    /// The text.
    Body,
}

impl Field {
    /// Whether it holds people.
    pub const fn is_people(self) -> bool {
        matches!(self, Self::To | Self::Cc | Self::Bcc)
    }

    /// Its name before it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::From => "From",
            Self::To => "To",
            Self::Cc => "Cc",
            Self::Bcc => "Bcc",
            Self::Subject => "Subject",
            Self::Attached => "Attached",
            Self::Path => "Attach",
            Self::Body => "",
        }
    }
}

/// How far a letter is on the disk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Kept {
    /// It is there as it is shown.
    #[default]
    Saved,
    /// It is on its way there.
    Saving,
    /// It is not; why.
    Failed(SafeText),
}

/// What may be put in the place of what is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offers {
    /// People.
    People(Vec<Mailbox>),
    /// Paths, directories with a slash at their end.
    Paths(Vec<String>),
}

impl Offers {
    /// How many.
    pub const fn len(&self) -> usize {
        match self {
            Self::People(people) => people.len(),
            Self::Paths(paths) => paths.len(),
        }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The list below a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What it offers.
    pub offers: Offers,
    /// Which of them enter takes; `None`: what is typed is whole, and none is meant yet.
    pub cursor: Option<usize>,
    /// The request that they answer.
    pub turn: u64,
    /// Whether the user went to one of them since.
    pub chosen: bool,
}

/// A pasted text that may be a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// As it was pasted.
    pub text: String,
    /// The file, once it is known that there is one.
    pub path: Option<String>,
}

/// The lines and the text that are typed.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    /// To.
    pub to: Editor,
    /// Cc.
    pub cc: Editor,
    /// Bcc.
    pub bcc: Editor,
    /// The subject.
    pub subject: Editor,
    /// The path of a file.
    pub path: Editor,
    /// The text.
    pub body: Editor,
}

/// A letter that is open.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and none follows from another")]
#[derive(Debug, Clone)]
pub struct Open {
    /// The letter without its text, which is taken from the lines when it is kept or sent.
    pub letter: Letter,
    /// What is known besides it.
    pub facts: Facts,
    /// What the user should know of it.
    pub hints: Vec<SafeText>,
    /// What kind of letter it is: "Reply all".
    pub title: &'static str,
    /// Whether it was begun just now: then it goes if nothing was written.
    pub fresh: bool,
    /// What has the focus.
    pub field: Field,
    /// The lines.
    pub lines: Lines,
    /// Whether Cc is shown though it is empty.
    pub shows_cc: bool,
    /// Whether Bcc is.
    pub shows_bcc: bool,
    /// Which attachment is chosen.
    pub chosen: usize,
    /// What was taken off, the latest last, with its place.
    pub removed: Vec<(usize, Attachment)>,
    /// How far it is on the disk.
    pub kept: Kept,
    /// Goes up with each change.
    pub revision: u64,
    /// The revisions that are on their way to the disk, the oldest first.
    pub keeping: VecDeque<u64>,
    /// The revision that is on the disk.
    pub safe: u64,
    /// How new its copy on the server is.
    pub copied: Option<UnixTime>,
    /// What to look at before it is sent.
    pub checks: Vec<Check>,
    /// The revision that they are about.
    pub checked: Option<u64>,
    /// How it would be sealed.
    pub prospect: Prospect,
    /// The letter that this was asked about, without its text.
    pub foreseen: Option<Box<Letter>>,
    /// Whether it was tried to send it: then everything that stands in the way is said.
    pub tried: bool,
    /// Whether sending again sends all the same.
    pub asked: bool,
    /// The list below the field.
    pub completion: Option<Completion>,
    /// The request for it whose answer is wanted; 0: none is.
    pub turn: u64,
    /// How many files and messages are on their way into it.
    pub coming: usize,
    /// A pasted text that may be a path.
    pub dropped: Option<Dropped>,
}

/// A letter on its way to be sent.
#[derive(Debug, Clone)]
pub struct Sending {
    /// Which.
    pub letter: LetterId,
    /// To whom, for people.
    pub to: SafeText,
    /// When it is sent at the earliest.
    pub at: UnixTime,
    /// Whether the user chose that time.
    pub later: bool,
    /// For how many seconds it waits for second thoughts.
    pub seconds: u16,
    /// As it was open, until the journal has it.
    pub open: Option<Box<Open>>,
    /// Whether it is let go: it is a draft again, and does not open.
    pub let_go: bool,
    /// Whether it may have been sent before that.
    pub unknown: bool,
}

/// What was typed or pasted for a letter that is not here yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// A key.
    Key(Key),
    /// A pasted text.
    Paste(String),
}

/// A letter that was asked for and is not here yet.
#[derive(Debug, Clone)]
pub struct Awaited {
    /// The request.
    pub ticket: Ticket,
    /// What is done for it: "Fetching the mail".
    pub what: &'static str,
    /// What was typed for it, in this order.
    pub held: Vec<Held>,
    /// How much that is: keys, and bytes of what was pasted.
    pub size: usize,
    /// Whether more was typed than is held.
    pub full: bool,
    /// Whether it is said that it is waited for.
    pub said: bool,
    /// The toast that gave way to that.
    pub toast: Option<Toast>,
}

/// Letters.
#[derive(Debug, Clone, Default)]
pub struct Letters {
    /// Who writes, and how.
    pub habits: Habits,
    /// Those that are open; the last one is shown.
    pub open: Vec<Open>,
    /// Those that are being begun.
    pub begun: BTreeMap<Ticket, How>,
    /// The letters that were shown when those were asked for, and their revisions.
    pub over: BTreeMap<Ticket, (LetterId, u64)>,
    /// The one that is waited for: it gets what is typed.
    pub awaited: Option<Awaited>,
    /// Those that were called off before they were here.
    pub called_off: BTreeSet<Ticket>,
    /// Whether the one that is shown came up because the one above it was sent, and no key was pressed since.
    pub risen: bool,
    /// Those that were closed before the disk had them, or what was to be attached.
    pub closing: Vec<Open>,
    /// The one that was closed last.
    pub last: Option<LetterId>,
    /// What is to be attached to it once it is open.
    pub bring: Vec<Bring>,
    /// Those that are on their way, by operation.
    pub sending: BTreeMap<OpId, Sending>,
    /// Those of them that were written without the composer.
    pub posted: BTreeMap<OpId, LetterId>,
    /// What those were refused with that are called back, until they are open.
    pub refused: BTreeMap<LetterId, SafeText>,
    /// Mails that wait after a try that failed, until they go or the user has to see to them.
    pub stuck: BTreeSet<OpId>,
    /// Those that were discarded, the latest last, each with a number that tells what was done before and after.
    pub discarded: Vec<(OpId, LetterId)>,
    /// Mails on their way, and letters that were not sent.
    pub shelf: Shelf,
    /// Counts the requests.
    pub turn: u64,
}

/// Mails on their way and letters that were not sent, as the disk has them.
#[derive(Debug, Clone, Default)]
pub struct Shelf {
    /// Mails, in the order in which they are sent.
    pub outbox: Vec<Waiting>,
    /// Letters, the newest first.
    pub letters: Vec<Unsent>,
    /// Whether it is on its way.
    pub waiting: bool,
    /// Whether it changed meanwhile.
    pub dirty: bool,
}

/// The letter that is shown.
pub fn shown(model: &Model) -> Option<&Open> {
    model.letters.open.last().filter(|_| model.wizard.is_none())
}

/// Mailboxes as a line.
pub fn people_line(people: &[Mailbox]) -> String {
    people.iter().map(address::shown).collect::<Vec<_>>().join(", ")
}

/// A line as mailboxes; what is no address stands there as it was typed.
pub fn people_of(line: &str) -> Vec<Mailbox> {
    let typed = address::parse(line);
    let unread = typed.unread.into_iter().map(|address| Mailbox { name: String::new(), address });
    typed.mailboxes.into_iter().chain(unread).collect()
}

/// What somebody is called in a chip.
pub fn chip(person: &Mailbox) -> SafeText {
    let name = if person.name.trim().is_empty() { address::for_people(&person.address) } else { person.name.clone() };
    SafeText::squeezed(&name)
}

/// An address as people read it.
pub fn readable(person: &Mailbox) -> SafeText {
    SafeText::squeezed(&address::for_people(&person.address))
}

/// Whether no mail can be sent to this address.
pub fn is_wrong(person: &Mailbox) -> bool {
    address::problem(&person.address).is_some()
}

/// "Priya Raman and 2 more"
pub fn recipients(letter: &Letter) -> SafeText {
    let mut all = letter.to.iter().chain(&letter.cc).chain(&letter.bcc);
    let first = all.next().map(chip).unwrap_or_default();
    match all.count() {
        0 => first,
        more => SafeText::new(&format!("{} and {more} more", first.cut(40))),
    }
}

/// What kind of letter was begun.
fn title(how: Option<&How>, letter: &Letter, facts: &Facts) -> &'static str {
    let answers = letter.kin.of.iter().any(|(_, relation)| *relation == Relation::Answer);
    match how {
        _ if letter.resend.is_some() => "Send again",
        Some(How::Answer(_, Answer::List)) => "Reply to list",
        _ if facts.to_all => "Reply all",
        Some(How::Answer(..)) => "Reply",
        Some(How::New | How::Link(_) | How::Anew(_) | How::Bounce(_)) => "New mail",
        Some(How::Draft(_) | How::Kept(_)) | None if answers || letter.kin.in_reply_to.is_some() => "Reply",
        Some(How::Draft(_) | How::Kept(_)) | None if letter.kin.of.is_empty() => "New mail",
        Some(How::Forward(_) | How::ForwardAttached(_) | How::Draft(_) | How::Kept(_)) | None => "Forward",
    }
}

impl Open {
    /// A letter that was begun like this.
    pub fn new(begun: order::Begun, how: Option<&How>) -> Self {
        let order::Begun { letter, cursor, hints, facts } = begun;
        let people = |people: &[Mailbox]| Editor::line(&people_line(people));
        let lines = Lines {
            to: people(&letter.to),
            cc: people(&letter.cc),
            bcc: people(&letter.bcc),
            subject: Editor::line(&letter.subject),
            path: Editor::default(),
            body: Editor::new(&letter.text, cursor),
        };
        let written = matches!(how, Some(How::Answer(..) | How::Draft(_) | How::Kept(_)) | None);
        let field = if letter.to.is_empty() || letter.resend.is_some() || !written { Field::To } else { Field::Body };
        Self {
            title: title(how, &letter, &facts),
            fresh: !matches!(how, Some(How::Draft(_) | How::Kept(_)) | None),
            letter,
            facts,
            hints,
            field,
            lines,
            shows_cc: false,
            shows_bcc: false,
            chosen: 0,
            removed: Vec::new(),
            kept: Kept::Saved,
            revision: 0,
            keeping: VecDeque::new(),
            safe: 0,
            copied: None,
            checks: Vec::new(),
            checked: None,
            prospect: Prospect::default(),
            foreseen: None,
            tried: false,
            asked: false,
            completion: None,
            turn: 0,
            coming: 0,
            dropped: None,
        }
    }

    /// What can have the focus, in the order of the screen.
    pub fn fields(&self, identities: usize) -> Vec<Field> {
        let text = self.letter.resend.is_none();
        let wanted = [
            (Field::From, identities > 1),
            (Field::To, true),
            (Field::Cc, self.has_cc()),
            (Field::Bcc, self.has_bcc()),
            (Field::Subject, text),
            (Field::Attached, text && (!self.letter.attachments.is_empty() || self.field == Field::Attached)),
            (Field::Path, self.field == Field::Path),
            (Field::Body, text),
        ];
        wanted.into_iter().filter(|(_, there)| *there).map(|(field, _)| field).collect()
    }

    /// Whether Cc is shown.
    pub fn has_cc(&self) -> bool {
        self.shows_cc || self.field == Field::Cc || self.lines.cc.bytes() > 0
    }

    /// Whether Bcc is shown.
    pub fn has_bcc(&self) -> bool {
        self.shows_bcc || self.field == Field::Bcc || self.lines.bcc.bytes() > 0
    }

    /// The line or text of a field.
    pub const fn line(&self, field: Field) -> Option<&Editor> {
        match field {
            Field::To => Some(&self.lines.to),
            Field::Cc => Some(&self.lines.cc),
            Field::Bcc => Some(&self.lines.bcc),
            Field::Subject => Some(&self.lines.subject),
            Field::Path => Some(&self.lines.path),
            Field::Body => Some(&self.lines.body),
            Field::From | Field::Attached => None,
        }
    }

    /// As above, to be changed.
    pub(crate) const fn line_mut(&mut self, field: Field) -> Option<&mut Editor> {
        match field {
            Field::To => Some(&mut self.lines.to),
            Field::Cc => Some(&mut self.lines.cc),
            Field::Bcc => Some(&mut self.lines.bcc),
            Field::Subject => Some(&mut self.lines.subject),
            Field::Path => Some(&mut self.lines.path),
            Field::Body => Some(&mut self.lines.body),
            Field::From | Field::Attached => None,
        }
    }

    /// The people of a field, as they stand in the letter.
    pub fn people(&self, field: Field) -> &[Mailbox] {
        match field {
            Field::To => &self.letter.to,
            Field::Cc => &self.letter.cc,
            Field::Bcc => &self.letter.bcc,
            Field::From | Field::Subject | Field::Attached | Field::Path | Field::Body => &[],
        }
    }

    /// Which of what is offered enter takes: none while the list is about what stood there before, unless the user went to it.
    pub fn meant(&self) -> Option<usize> {
        let list = self.completion.as_ref().filter(|list| list.turn == self.turn || list.chosen)?;
        list.cursor
    }

    /// The list below the field goes, and what is on its way for it is not wanted any more.
    pub(crate) fn close_list(&mut self) {
        (self.completion, self.turn) = (None, 0);
    }

    /// Whether nothing was written or attached since it was begun: then it leaves no draft.
    pub const fn is_untouched(&self) -> bool {
        self.fresh && self.revision == 0 && self.coming == 0
    }

    /// Whether it is on the disk, with all that was to be attached.
    pub fn is_settled(&self) -> bool {
        self.is_safe() && self.keeping.is_empty() && self.coming == 0
    }

    /// Whether everything is on the disk.
    pub const fn is_safe(&self) -> bool {
        self.safe == self.revision
    }

    /// What is said of the letter above the footer. What is missing in a letter that was just begun is said when it is tried
    /// to send it.
    pub fn said(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| match check.kind {
            Kind::Nobody | Kind::Subject | Kind::Empty | Kind::Coming => self.tried,
            Kind::Address => self.tried || !self.field.is_people(),
            Kind::Sender
            | Kind::Forgotten
            | Kind::Attached
            | Kind::Identity
            | Kind::Many
            | Kind::People
            | Kind::Big
            | Kind::Seal
            | Kind::Sealed => true,
        })
    }

    /// The weightiest thing that stands in the way of sending it.
    pub fn obstacle(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.weight != Weight::Tells)
    }
}
