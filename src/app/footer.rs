//! The hints of the footer: which, in which order, and at which column, so that they can be drawn and clicked.

use unicode_width::UnicodeWidthStr;

use crate::app::action::available::available;
use crate::app::action::{Context, Id, Place, table};
use crate::app::cursor::{context, marked};
use crate::app::geometry::panes;
use crate::app::key::parse_sequence;
use crate::app::model::{Model, Overlay};
use crate::app::rights::rule_out;
use crate::app::tasks::{self, Entry};
use crate::app::update::reader;
use crate::app::wizard::Step;

/// A hint at its place in the footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The first column of the key.
    pub x: u16,
    /// The key; empty for text without a key ("3 marked").
    pub key: String,
    /// The short word after it.
    pub word: String,
    /// What a click runs.
    pub action: Option<Id>,
    /// Whether it repairs an error: shown in `warn`.
    pub repairs: bool,
}

/// The footer of this model: hints from the left by rank, as many as fit, and `? help` at the right, which never drops.
///
/// Each hint is a column of space, the key, a space, the word; two spaces stand between hints. `…` as a word without a key
/// says that some did not fit.
pub fn hints(model: &Model) -> Vec<Hint> {
    let width = panes(model).footer.width;
    let context = context(model);
    let help_key = model.keymap.key_of(context, Id::Help);
    let help = Hint {
        x: 0,
        key: shown_key(help_key.unwrap_or("?")),
        word: "help".into(),
        action: Some(Id::Help),
        repairs: false,
    };
    let help_x = width.saturating_sub(help.width() + 1);
    let mut placed = Vec::new();
    let mut x = 1;
    let wanted = wanted(model, context);
    let count = wanted.len();
    for (index, hint) in wanted.into_iter().enumerate() {
        // Room for the mark that says that more would follow.
        let reserve = if index + 1 < count { 3 } else { 0 };
        if x + hint.width() + reserve + 2 > help_x {
            placed.push(Hint { x, key: String::new(), word: "…".into(), action: None, repairs: false });
            break;
        }
        let next = x + hint.width() + 2;
        placed.push(Hint { x, ..hint });
        x = next;
    }
    placed.push(Hint { x: help_x, ..help });
    placed
}

impl Hint {
    /// Columns that it takes.
    pub fn width(&self) -> u16 {
        let gap = usize::from(!self.key.is_empty() && !self.word.is_empty());
        u16::try_from(self.key.width() + gap + self.word.width()).unwrap_or(u16::MAX / 4)
    }
}

fn place(model: &Model, context: Context) -> Place {
    match context {
        Context::List if marked(model) > 0 => Place::Marked,
        Context::List if model.search.is_passing(model.list.source) => Place::Results,
        Context::List => Place::List,
        Context::Reader => reader_place(model),
        Context::Folders => Place::Folders,
        Context::Tasks => Place::Tasks,
        Context::Picker => Place::Picker,
        Context::Input => Place::Input,
        Context::Search => Place::Search,
        Context::Confirm => Place::Confirm,
        Context::Wizard => wizard_place(model),
        Context::Compose => Place::Compose,
    }
}

/// The wizard's own hints are those of its step.
pub fn wizard_place(model: &Model) -> Place {
    match model.wizard.as_deref().map(|wizard| wizard.step).unwrap_or_default() {
        Step::Address => Place::Address,
        Step::Servers => Place::Servers,
        Step::SignIn => Place::SignIn,
        Step::Done => Place::Saved,
    }
}

/// What was pressed and waits for more: a count, the beginning of a sequence.
pub fn pending(model: &Model) -> Option<String> {
    let count = model.count.map(|count| count.to_string());
    let keys = model.prefix.as_ref().map(|prefix| shown_key(&prefix.keys));
    match (count, keys) {
        (Some(count), Some(keys)) => Some(format!("{count} {keys}")),
        (count, keys) => count.or(keys),
    }
}

/// The reader's own hints are those of what it holds.
pub fn reader_place(model: &Model) -> Place {
    match (&model.reader.selection, &model.reader.conversation) {
        (Some(_), _) => Place::Selected,
        (None, Some(_)) => Place::Thread,
        (None, None) => Place::Reader,
    }
}

fn wanted(model: &Model, context: Context) -> Vec<Hint> {
    let place = place(model, context);
    let mut hints = Vec::new();
    let text = |word: String| Hint { x: 0, key: String::new(), word, action: None, repairs: false };
    if let Some(keys) = pending(model) {
        hints.push(Hint { key: keys, ..text("…".into()) });
        return hints;
    }
    // The repairing key first (UX.md, section 6).
    let banner = model.banner.as_ref().filter(|_| matches!(context, Context::List | Context::Folders));
    if let Some((id, word)) = banner.and_then(|banner| banner.keys.first()) {
        let key = model.keymap.key_of(context, *id).map(shown_key);
        hints.extend(key.map(|key| Hint { key, action: Some(*id), repairs: true, ..text(word.to_string()) }));
    }
    if place == Place::Marked {
        hints.push(text(format!("{} marked", marked(model))));
    }
    let mut ranked: Vec<_> = table()
        .iter()
        .flat_map(|entry| entry.hints.iter().map(move |hint| (hint, entry.id)))
        .filter(|(hint, id)| hint.place == place && !rule_out(model, *id))
        .filter(|(_, id)| is_apt(model, *id))
        .collect();
    ranked.sort_by_key(|(hint, _)| hint.rank);
    for (hint, id) in ranked {
        if let Some(key) = model.keymap.key_of(context, id) {
            let word = word(model, id, hint.word);
            hints.push(Hint { key: shown_key(key), action: Some(id), ..text(word) });
        }
    }
    hints
}

/// Whether the hint of an action says something now: what is about mails that wait where one is, what is about a letter where
/// it can be done.
pub fn is_apt(model: &Model, id: Id) -> bool {
    let on_letter = |entry: Entry<'_>| matches!(entry, Entry::Mail(_) | Entry::Letter(_));
    if id == Id::Open && matches!(model.overlay, Some(Overlay::Tasks { .. })) {
        return tasks::selected(model).is_some_and(on_letter);
    }
    !matches!(id, Id::SendNow | Id::WasSent | Id::Retry | Id::Discard | Id::Tool(_)) || available(model, id).is_ok()
}

fn word(model: &Model, id: Id, word: &str) -> String {
    let count = reader::document(model).map_or(0, |document| document.links.len() + document.parts.len());
    match (id, &model.overlay) {
        (Id::Links, None) if count > 0 => format!("{word} {count}"),
        (Id::Complete | Id::SearchHere | Id::GroupResults, _) => search_word(model, id, word),
        _ => word.to_owned(),
    }
}

/// What the keys of a search would do next.
pub fn search_word(model: &Model, id: Id, word: &str) -> String {
    let line = &model.search.line;
    if id == Id::Complete {
        let offer = line.offers.first().map_or("from:", |offer| offer.label.as_str());
        let offer = offer.split(" <").next().unwrap_or_default();
        return format!("{word} {}", offer.chars().take(20).collect::<String>());
    }
    if id == Id::SearchHere && line.here {
        return "everywhere".to_owned();
    }
    let shown = model.search.of(model.list.source);
    let grouped = || shown.map_or(model.search.groups_typed(), |shown| shown.conversations);
    let messages = id == Id::GroupResults && grouped();
    if messages { "messages".to_owned() } else { word.to_owned() }
}

/// A sequence as the screen writes it: `gi` for two letters, `^P` for ctrl-p.
pub fn shown_key(keys: &str) -> String {
    let Some(sequence) = parse_sequence(keys) else { return keys.to_owned() };
    let shown = sequence.iter().map(|key| {
        let text = key.to_string();
        match text.strip_prefix("ctrl-") {
            Some(letter) if letter.chars().count() == 1 => format!("^{}", letter.to_ascii_uppercase()),
            _ => text,
        }
    });
    let shown: Vec<_> = shown.collect();
    let letters = shown.iter().all(|key| key.chars().count() == 1);
    shown.join(if letters { "" } else { " " })
}
