//! What the reader should know of the open message, with the keys that do something about it: shared by geometry and
//! drawing.

use crate::app::action::Id;
use crate::app::model::{Body, Model};
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

/// The notices of the open message, what may be a trap first.
pub fn notices(model: &Model) -> Vec<Notice> {
    let Body::Ready(laid) = &model.reader.body else { return Vec::new() };
    let document = &laid.document;
    let key = |id: Id, word: &str| (id, SafeText::new(word));
    let told = |note: &&SafeText| !(document.partial && note.as_str() == PARTIAL);
    let mut list: Vec<Notice> =
        document.notes.iter().filter(told).map(|note| Notice { text: note.clone(), keys: Vec::new() }).collect();
    if let Some((done, total)) = model.reader.fetching {
        let words = format!("Fetching the rest: {} of {} MB", done / 1_000_000, total.div_ceil(1_000_000));
        list.insert(0, Notice { text: SafeText::new(&words), keys: vec![key(Id::Back, "cancel")] });
    }
    if document.partial && model.reader.fetching.is_none() {
        let text = SafeText::from_static(PARTIAL);
        list.push(Notice { text, keys: vec![key(Id::LoadWhole, "fetch the rest")] });
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
        list.push(Notice {
            text: SafeText::from_static("An answer is asked for"),
            keys: vec![key(Id::AnswerInvitation, "answer")],
        });
    }
    list
}
