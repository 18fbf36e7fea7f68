//! What the reader holds beside a text: places that were searched for, a selection, the messages of a conversation.

use std::sync::Arc;

use crate::app::model::{Body, Ticket};
use crate::mail::MessageId;
use crate::mail::message::MessageRow;
use crate::query::Query;
use crate::render::{Hit, Laid, Line, Span, SpanRole};
use crate::safe_text::SafeText;

/// A search within the message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Find {
    /// What is searched for.
    pub text: SafeText,
    /// What is searched for instead: the phrases of the search that the message was found by.
    pub query: Option<Arc<Query>>,
    /// Whether no place was gone to yet.
    pub fresh: bool,
    /// Where it stands, from the top.
    pub hits: Vec<Hit>,
    /// The hit that was gone to last.
    pub at: usize,
    /// The ticket of the search that is on its way.
    pub waiting: Option<Ticket>,
    /// Whether the view goes to the first hit when it comes: after typing, not when the text was laid out anew.
    pub seek: bool,
    /// How many more places there are in quotes that are folded.
    pub folded: usize,
    /// Whether quotes are opened for a place in them.
    pub folds: Folds,
}

/// What a search does with folded quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Folds {
    /// They are opened where that is the way to a place.
    #[default]
    MayOpen,
    /// They were opened, and are folded again when the search ends.
    Opened,
    /// The user folded or opened them since: they stay so.
    Left,
}

/// Where a text stands in a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Places {
    /// The places, from the top.
    pub hits: Vec<Hit>,
    /// How many more there are in quotes that are folded.
    pub folded: usize,
    /// It stands nowhere here; the first of the other messages that were asked for in which it does.
    pub elsewhere: Option<MessageId>,
}

impl Find {
    /// Whether there is something to say of it: a search whose words do not stand in this text is no news.
    pub fn says_something(&self) -> bool {
        self.query.is_none() || !self.hits.is_empty()
    }
}

/// Selected lines of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection {
    /// The line where it began.
    pub anchor: usize,
    /// The line where the cursor is.
    pub head: usize,
}

impl Selection {
    /// The first and the last selected line.
    pub fn lines(&self) -> (usize, usize) {
        (self.anchor.min(self.head), self.anchor.max(self.head))
    }

    /// Whether the line is selected.
    pub fn holds(&self, line: usize) -> bool {
        let (first, last) = self.lines();
        (first..=last).contains(&line)
    }
}

/// What is done with a part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Errand {
    /// Saved to the download directory.
    Save,
    /// Opened with the system's program for its kind.
    Open,
    /// Given to this program as a file: its name and arguments, separated by blanks, quotes as in a shell.
    OpenWith(String),
    /// Given to this command on its standard input.
    Pipe(String),
}

/// The messages of a conversation, oldest first: those that are open show their text, the others a line.
#[derive(Debug, Clone, Default)]
pub struct Conversation {
    /// The messages.
    pub sections: Vec<Section>,
    /// The one that keys act on: its text is the reader's own.
    pub focus: usize,
    /// Whether the view has yet to be brought to the focus: its text was not here.
    pub seek: bool,
}

/// A message of a conversation.
#[derive(Debug, Clone)]
pub struct Section {
    /// The message.
    pub row: MessageRow,
    /// Whether its text is shown.
    pub open: bool,
    /// It came while the conversation was read, and has not had the focus: what is done to the conversation is not done to it.
    pub late: bool,
    /// Its text, as far as it is here; that of the focused one is in [`crate::app::model::ReaderPane::body`].
    pub body: Body,
}

/// What stands on a line of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// Who, when, and the first words of what is folded.
    Head,
    /// A line of the text.
    Line(usize),
    /// That the text is on its way, or why it is not here.
    Note,
    /// Nothing.
    Gap,
}

impl Conversation {
    /// How many lines a message takes; `body` is the text of the focused one.
    fn rows(&self, place: usize, body: &Body) -> usize {
        let Some(section) = self.sections.get(place) else { return 0 };
        if !section.open {
            return 1;
        }
        let text = match self.body_of(place, body) {
            Body::Ready(laid) => laid.lines.len(),
            Body::None | Body::Loading { .. } | Body::Failed(_) => 1,
        };
        text + 3
    }

    /// The text of a message; `body` is that of the focused one.
    pub fn body_of<'a>(&'a self, place: usize, body: &'a Body) -> &'a Body {
        match self.sections.get(place) {
            Some(section) if place != self.focus => &section.body,
            Some(_) | None => body,
        }
    }

    /// How many lines there are in all.
    pub fn total(&self, body: &Body) -> usize {
        (0..self.sections.len()).map(|place| self.rows(place, body)).sum()
    }

    /// The line that a message begins at.
    pub fn start(&self, place: usize, body: &Body) -> usize {
        (0..place.min(self.sections.len())).map(|place| self.rows(place, body)).sum()
    }

    /// The message on a line, and what of it stands there.
    pub fn at(&self, line: usize, body: &Body) -> Option<(usize, Spot)> {
        let mut left = line;
        for place in 0..self.sections.len() {
            let rows = self.rows(place, body);
            if left >= rows {
                left -= rows;
                continue;
            }
            let spot = match left {
                0 => Spot::Head,
                1 => Spot::Gap,
                _ if left + 1 == rows => Spot::Gap,
                _ => match self.body_of(place, body) {
                    Body::Ready(_) => Spot::Line(left - 2),
                    Body::None | Body::Loading { .. } | Body::Failed(_) => Spot::Note,
                },
            };
            return Some((place, spot));
        }
        None
    }
}

/// Lines of a laid message as text to copy: bars of quotes as `> `, blanks at the ends gone.
pub fn plain_lines(laid: &Laid, (first, last): (usize, usize)) -> Vec<SafeText> {
    let lines = laid.lines.iter().take(last.saturating_add(1)).skip(first);
    let plain = |line: &Line| -> String {
        let text = |span: &Span| if matches!(span.role, SpanRole::Bar(_)) { ">".into() } else { span.text.to_string() };
        line.spans.iter().map(text).collect()
    };
    lines.map(|line| SafeText::new(plain(line).trim_end())).collect()
}

/// The words of each link of a message, as its sender wrote them and as far as they are shown; empty where they are its
/// target.
pub fn link_words(laid: &Laid) -> Vec<String> {
    let links = &laid.document.links;
    let mut words = vec![String::new(); links.len()];
    for line in &laid.lines {
        let mut before = None;
        for span in line.spans.iter().filter(|span| matches!(span.role, SpanRole::Link | SpanRole::Button)) {
            if let Some(words) = span.link.and_then(|place| words.get_mut(usize::from(place))) {
                // What is broken over two lines is two words.
                words.push_str(if before == span.link { "" } else { " " });
                words.push_str(span.text.as_str());
                before = span.link;
            }
        }
    }
    let bare = |text: &str| text.split("://").last().unwrap_or_default().trim_end_matches('/').to_lowercase();
    for (words, link) in words.iter_mut().zip(links) {
        let plain = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let same = bare(&plain.replace(' ', "")) == bare(link.target.as_str());
        *words = if same { String::new() } else { plain };
    }
    words
}
