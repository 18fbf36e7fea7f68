//! What can be done with all mail of a sender or a list at once: plain data for the box that `W` opens.

use crate::app::model::Picker;
use crate::mail::rule::Whom;
use crate::mail::sweep::Swept;
use crate::mail::{AccountId, MessageId};
use crate::render::unsubscribe::Unsubscribe;
use crate::safe_text::SafeText;

/// The box.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// The message that it was opened on.
    pub message: MessageId,
    /// In which account.
    pub account: AccountId,
    /// Who that is from, as the list says it.
    pub name: SafeText,
    /// What there is of the sender, then of the list; `None`: it is being counted.
    pub swept: Option<Vec<Swept>>,
    /// Which of these is shown.
    pub at: usize,
    /// How one gets off the mailing.
    pub ways: Ways,
    /// The cursor; its hits are the choices.
    pub picker: Picker,
    /// Whether the user put the cursor where it is.
    pub moved: bool,
}

/// How one gets off a mailing, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ways {
    /// Its header is being read.
    Reading,
    /// Its header is fetched from the server.
    Fetching,
    /// The mail does not say, or its header cannot be had.
    None,
    /// These.
    Known(Unsubscribe),
}

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Archive what lies in inboxes.
    Archive,
    /// Move all of it to Trash.
    Trash,
    /// The first, and what comes.
    ArchiveAlways,
    /// The second, and what comes.
    TrashAlways,
    /// By a POST.
    OneClick,
    /// By a mail.
    Mail,
    /// Open the page.
    Open,
    /// Copy its link.
    Copy,
    /// Show the list instead of the sender, or the sender again.
    Other,
}

impl Sweep {
    /// What is shown.
    pub fn current(&self) -> Option<&Swept> {
        self.swept.as_ref().and_then(|all| all.get(self.at))
    }

    /// What can be done now, in order.
    pub fn choices(&self) -> Vec<Choice> {
        let mut choices = Vec::new();
        if let Some(swept) = self.current() {
            if !swept.inbox.is_empty() {
                choices.push(Choice::Archive);
            }
            if !swept.all.is_empty() {
                choices.push(Choice::Trash);
            }
            choices.extend([Choice::ArchiveAlways, Choice::TrashAlways]);
        }
        if let Ways::Known(ways) = &self.ways {
            choices.extend(ways.one_click.as_ref().map(|_| Choice::OneClick));
            choices.extend(ways.mail.as_ref().map(|_| Choice::Mail));
            if ways.link.is_some() {
                choices.extend([Choice::Open, Choice::Copy]);
            }
        }
        if self.swept.as_ref().is_some_and(|all| all.len() > 1) {
            choices.push(Choice::Other);
        }
        choices
    }

    /// The choice under the cursor. Before it is counted there is none unless the user goes to one: what comes first then
    /// leaves a mailing, and nobody has asked for that.
    pub fn chosen(&self) -> Option<Choice> {
        if self.swept.is_none() && !self.moved {
            return None;
        }
        self.choices().get(self.picker.cursor).copied()
    }

    /// A choice in words.
    pub fn words(&self, choice: Choice) -> String {
        let swept = self.current();
        let count = |inbox: bool| swept.map_or(0, |swept| if inbox { swept.inbox.len() } else { swept.all.len() });
        let host = |target: Option<&crate::render::unsubscribe::Target>| {
            target.map(|target| SafeText::new(&target.host).to_string()).unwrap_or_default()
        };
        let ways = if let Ways::Known(ways) = &self.ways { Some(ways) } else { None };
        match choice {
            Choice::Archive => format!("Archive {} in the inbox", messages(count(true))),
            Choice::Trash => format!("Move {} to Trash", messages(count(false))),
            Choice::ArchiveAlways => "Archive, and what comes from now on".to_owned(),
            Choice::TrashAlways => "Move to Trash, and what comes from now on".to_owned(),
            Choice::OneClick => {
                format!("Unsubscribe: one click, which {} gets", host(ways.and_then(|w| w.one_click.as_ref())))
            }
            Choice::Mail => {
                let to = ways.and_then(|ways| ways.mail.as_ref()).map(|mail| SafeText::new(&mail.to).to_string());
                format!("Unsubscribe: a mail to {}", to.unwrap_or_default())
            }
            Choice::Open => format!("Unsubscribe: open the page at {}", host(ways.and_then(|ways| ways.link.as_ref()))),
            Choice::Copy => "Copy that link".to_owned(),
            Choice::Other => {
                let other = self.swept.as_ref().and_then(|all| all.get((self.at + 1) % all.len().max(1)));
                match other.map(|swept| &swept.whom) {
                    Some(Whom::List(id)) => format!("The list {} instead", SafeText::new(id)),
                    Some(Whom::From(address)) => format!("The sender {} instead", SafeText::new(address)),
                    None => String::new(),
                }
            }
        }
    }
}

impl Choice {
    /// Its key in the box.
    pub const fn key(self) -> char {
        match self {
            Self::Archive => 'a',
            Self::Trash => 'd',
            Self::ArchiveAlways => 'A',
            Self::TrashAlways => 'D',
            Self::OneClick => 'u',
            Self::Mail => 'm',
            Self::Open => 'o',
            Self::Copy => 'y',
            Self::Other => 'l',
        }
    }
}

/// "all 3 messages"
fn messages(count: usize) -> String {
    if count == 1 { "1 message".to_owned() } else { format!("all {} messages", grouped(count)) }
}

/// "1 204": as the screen writes numbers.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let gap = |place: usize| place > 0 && (digits.len() - place).is_multiple_of(3);
    digits.chars().enumerate().flat_map(|(place, digit)| gap(place).then_some(' ').into_iter().chain([digit])).collect()
}
