//! What a draft cannot say in the words of a mail: a field of our own, so that another device goes on where this one
//! stopped. It never leaves with the mail.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::address;
use crate::letter::{Letter, Mailbox, Relation, Seal};

/// The name of the field.
pub(super) const FIELD: &str = "X-Posthaste-Letter";
/// The form that is written; another one is not read.
const VERSION: u32 = 1;
/// The longest field that is read, in letters.
const LONGEST: usize = 256 * 1024;
/// Letters of the field in a line.
const LINE: usize = 70;

/// What the field says: JSON in base64.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    #[serde(rename = "v")]
    version: u32,
    #[serde(default)]
    pub(super) markdown: bool,
    #[serde(default)]
    pub(super) seal: Seal,
    /// What the letter is to the last of its References.
    #[serde(default)]
    pub(super) relation: Option<Relation>,
    /// Recipients that are no addresses yet: To, Cc, Bcc.
    #[serde(default, skip_serializing_if = "nothing")]
    pub(super) loose: [Vec<Mailbox>; 3],
    /// A sender that is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<Mailbox>,
    /// The text, where the mail holds it in another form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<String>,
}

fn nothing(loose: &[Vec<Mailbox>; 3]) -> bool {
    loose.iter().all(Vec::is_empty)
}

impl Note {
    /// The note of a letter.
    pub(super) fn of(letter: &Letter) -> Self {
        let loose = |mailboxes: &[Mailbox]| -> Vec<Mailbox> {
            mailboxes.iter().filter(|mailbox| address::problem(&mailbox.address).is_some()).cloned().collect()
        };
        Self {
            version: VERSION,
            markdown: letter.markdown,
            seal: letter.seal,
            relation: letter.kin.of.first().map(|(_, relation)| *relation),
            loose: [loose(&letter.to), loose(&letter.cc), loose(&letter.bcc)],
            from: address::problem(&letter.from.address).is_some().then(|| letter.from.clone()),
            subject: (address::one_line(&letter.subject) != letter.subject).then(|| letter.subject.clone()),
        }
    }

    /// The field's value, folded at blanks.
    pub(super) fn written(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        let text = STANDARD.encode(json);
        let lines = text.as_bytes().chunks(LINE).map(String::from_utf8_lossy);
        lines.collect::<Vec<_>>().join(" ")
    }

    /// Reads the value.
    pub(super) fn read(value: &str) -> Option<Self> {
        let text: String = value.chars().filter(|c| !c.is_whitespace()).take(LONGEST).collect();
        let note: Self = serde_json::from_slice(&STANDARD.decode(text).ok()?).ok()?;
        (note.version == VERSION).then_some(note)
    }
}
