//! What the reader should know of the open message, with the keys that do something about it: shared by geometry and
//! drawing.

use unicode_width::UnicodeWidthStr as _;

use crate::app::action::Id;
use crate::app::cursor::unconnected;
use crate::app::model::{Body, Model};
use crate::app::snooze::now;
use crate::app::when::words_of;
use crate::mail::flags::{ANSWERED, Flag};
use crate::mail::marks::{self, Mark};
use crate::mail::message::MessageRow;
use crate::render::PARTIAL;
use crate::render::facts::Seal;
use crate::safe_text::SafeText;

/// A line above the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it says.
    pub text: SafeText,
    /// What can be done: action and words.
    pub keys: Vec<(Id, SafeText)>,
}

/// Why the message is here: put off, back from that, to be answered.
fn marks(model: &Model, row: &MessageRow, key: impl Fn(Id, &str) -> (Id, SafeText)) -> Vec<Notice> {
    let mut list = Vec::new();
    let words = |at| words_of(at, now(model));
    if let Some(until) = marks::wakes(&row.flags) {
        let text = SafeText::new(&format!("Snoozed until {}", words(until)));
        list.push(Notice { text, keys: vec![key(Id::Snooze, "another time, or now")] });
    } else if let Some(since) = marks::back_since(&row.flags) {
        let text = SafeText::new(&format!("Was snoozed, back since {}", words(since)));
        list.push(Notice { text, keys: vec![key(Id::Snooze, "snooze again")] });
    }
    if Mark::ReplyLater.is_on(&row.flags) {
        let text = SafeText::from_static("To be answered later");
        list.push(Notice { text, keys: vec![key(Id::ReplyLater, "done")] });
    }
    list
}

/// "120 of 940 KB", "12 of 25 MB": a slow line moves it too.
fn so_far(done: u64, total: u64) -> String {
    let (one, unit) = if total < 10_000_000 { (1_000, "KB") } else { (1_000_000, "MB") };
    format!("{} of {} {unit}", done / one, total.div_ceil(one))
}

/// The notices of the open message, what may be a trap first.
pub fn notices(model: &Model) -> Vec<Notice> {
    let Body::Ready(laid) = &model.reader.body else { return Vec::new() };
    let document = &laid.document;
    let key = |id: Id, word: &str| (id, SafeText::new(word));
    let told = |note: &&SafeText| !(document.partial && note.as_str() == PARTIAL);
    let mut list: Vec<Notice> =
        document.notes.iter().filter(told).map(|note| Notice { text: note.clone(), keys: Vec::new() }).collect();
    if let Some((done, total)) = model.reader.fetching {
        let offline = model.reader.message.as_ref().and_then(|row| unconnected(model, row.account));
        let words = match offline {
            Some(view) => format!("The rest comes when {} is connected", view.name),
            None => format!("Fetching the rest: {}", so_far(done, total)),
        };
        list.insert(0, Notice { text: SafeText::new(&words), keys: vec![key(Id::Back, "cancel")] });
    }
    if document.partial && model.reader.fetching.is_none() {
        let text = SafeText::from_static(PARTIAL);
        list.push(Notice { text, keys: vec![key(Id::LoadWhole, "fetch the rest")] });
    }
    if let Some(row) = &model.reader.message {
        list.splice(0..0, marks(model, row, key));
    }
    if let Some(words) = &model.reader.busy {
        list.insert(0, Notice { text: words.clone(), keys: Vec::new() });
    }
    if let Some(words) = document.opened.as_ref() {
        list.insert(0, Notice { text: words.clone(), keys: Vec::new() });
    } else {
        match document.seal {
            Seal::None => {}
            Seal::Signed => {
                let text = SafeText::from_static("Signed, not checked yet");
                list.push(Notice { text, keys: vec![key(Id::Unseal, "check")] });
            }
            Seal::Encrypted => {
                let text = SafeText::from_static("Encrypted");
                list.push(Notice { text, keys: vec![key(Id::Unseal, "open")] });
            }
        }
    }
    if let Some(words) = document.remote.words() {
        let sender = document.head.from.first().map(|person| person.address.to_string()).unwrap_or_default();
        let always = if sender.is_empty() { "always".to_owned() } else { format!("always for {sender}") };
        let keys = match document.remote.count {
            0 => Vec::new(),
            _ => vec![key(Id::Images, "show"), key(Id::ImagesAlways, &always)],
        };
        list.push(Notice { text: SafeText::new(&words), keys });
    }
    if document.invitation {
        // To whom it went, and what it said, is not known here: it may have been a mail in answer.
        let answered = model.reader.message.as_ref().is_some_and(|row| row.flags.has(&Flag::System(ANSWERED)));
        let (text, word) = if answered {
            ("You answered this", "answer the invitation again")
        } else {
            ("An answer is asked for", "answer")
        };
        let (text, keys) = (SafeText::from_static(text), vec![key(Id::AnswerInvitation, word)]);
        list.push(Notice { text, keys });
    }
    list
}

/// Lines that the words of one notice may take.
const MOST_LINES: usize = 4;

/// The notices in lines of so many columns. The words of one that has no keys go on in lines of their own: what is said of a
/// seal or a trap counts to its end.
pub fn lines(model: &Model, columns: u16) -> Vec<Notice> {
    let broken = |notice: Notice| {
        if notice.keys.is_empty() { wrapped(&notice.text, usize::from(columns)) } else { vec![notice] }
    };
    notices(model).into_iter().flat_map(broken).collect()
}

fn wrapped(text: &SafeText, columns: usize) -> Vec<Notice> {
    let mut lines = vec![String::new()];
    for word in text.as_str().split(' ') {
        let most = lines.len() >= MOST_LINES;
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if most || line.width() + 1 + word.width() <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines.into_iter().map(|line| Notice { text: SafeText::new(&line), keys: Vec::new() }).collect()
}
