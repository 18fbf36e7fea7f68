//! The rows of the keys (`?`): what has keys where the user is, and what could have some. Pure questions.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::app::action::argument::{Call, names};
use crate::app::action::{Context, Group, Id, table};
use crate::app::cursor::context_below;
use crate::app::footer::shown_key;
use crate::app::keymap::{Keymap, shown_first};
use crate::app::model::Model;

/// A row of the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where.
    pub context: Context,
    /// What its keys run.
    pub calls: Arc<[Call]>,
    /// Its keys, the one to show first; none where it could have some.
    pub keys: Vec<String>,
    /// Whether its keys were changed on the screen.
    pub changed: bool,
}

impl Row {
    /// Its heading.
    pub fn group(&self) -> Group {
        self.calls.first().map_or(Group::App, |call| call.id.entry().group)
    }

    /// Its words.
    pub fn name(&self) -> String {
        let own = |id: Id| IN_A_LETTER.iter().find(|(one, _)| *one == id).map(|(_, words)| (*words).to_owned());
        let own = match &*self.calls {
            [call] if self.context == Context::Compose => own(call.id),
            _ => None,
        };
        own.unwrap_or_else(|| names(&self.calls))
    }
}

/// What actions do in a letter whose names say what they do in lists.
const IN_A_LETTER: [(Id, &str); 8] = [
    (Id::Open, "Next field, new line"),
    (Id::Back, "Keep, and close"),
    (Id::NextPane, "Next field"),
    (Id::PreviousPane, "Previous field"),
    (Id::Left, "A character back"),
    (Id::Right, "A character on"),
    (Id::Down, "A line down"),
    (Id::Up, "A line up"),
];

/// The keys that run this in this context, the one to show first.
pub fn keys_of(keymap: &Keymap, context: Context, calls: &[Call]) -> Vec<String> {
    let bound = keymap.bindings(context).iter().filter(|bound| *bound.calls == *calls);
    let mut keys: Vec<String> = bound.map(|bound| bound.keys.clone()).collect();
    keys.sort_by_key(|keys| shown_first(keys));
    keys
}

/// Every row for where the user is: in the order of the table, what is told nothing first.
pub fn rows(model: &Model) -> Vec<Row> {
    let mut rows = rows_of(&model.keymap, context_below(model));
    // Of the digits those that lead somewhere.
    rows.retain(|row| match &*row.calls {
        [Call { id: Id::Saved(digit), argument: None }] => {
            model.search.saved.iter().any(|saved| saved.key == Some(*digit))
        }
        [Call { id: Id::Account(number), argument: None }] => usize::from(*number) <= model.accounts.len(),
        _ => true,
    });
    rows
}

fn rows_of(keymap: &Keymap, context: Context) -> Vec<Row> {
    // By heading, then as the table has them; what is told nothing stands first.
    let places = table().iter().enumerate().map(|(place, entry)| {
        let group = Group::ORDER.iter().position(|group| *group == entry.group);
        (entry.id, (group, place))
    });
    let places: BTreeMap<Id, (Option<usize>, usize)> = places.collect();
    let place = |calls: &[Call]| calls.first().and_then(|call| places.get(&call.id).copied());
    let mut all: BTreeMap<Arc<[Call]>, Vec<String>> = BTreeMap::new();
    for entry in table().iter().filter(|entry| entry.contexts.contains(&context)) {
        all.insert([Call::plain(entry.id)].into(), Vec::new());
    }
    // What lost its keys has a row, so that it can have them back.
    for bound in keymap.base().bindings(context) {
        all.entry(Arc::clone(&bound.calls)).or_default();
    }
    for bound in keymap.bindings(context) {
        all.entry(Arc::clone(&bound.calls)).or_default().push(bound.keys.clone());
    }
    let mut rows = Vec::with_capacity(all.len());
    for (calls, mut keys) in all {
        keys.sort_by_key(|keys| shown_first(keys));
        let changed = keys_of(keymap.base(), context, &calls) != keys;
        rows.push(Row { context, calls, keys, changed });
    }
    rows.sort_by_cached_key(|row| (place(&row.calls), row.calls.clone()));
    rows
}

/// The places of the rows that the text finds, in their order, and which of them it means most; without a text those that
/// have keys, or had some.
pub fn find(rows: &[Row], text: &str) -> (Vec<usize>, usize) {
    let text = text.trim();
    if text.is_empty() {
        let shown = rows.iter().enumerate().filter(|(_, row)| !row.keys.is_empty() || row.changed);
        return (shown.map(|(place, _)| place).collect(), 0);
    }
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let mut found: Vec<(usize, u8)> =
        rows.iter().enumerate().filter_map(|(place, row)| Some((place, likeness(row, text, &words)?))).collect();
    // Who types "arch" means no search, where something begins with it.
    if found.iter().any(|(_, rank)| *rank < INSIDE) {
        found.retain(|(_, rank)| *rank != INSIDE);
    }
    let best = found.iter().enumerate().min_by_key(|(_, (_, rank))| *rank).map_or(0, |(at, _)| at);
    (found.into_iter().map(|(place, _)| place).collect(), best)
}

/// The words stand within words of the name.
const INSIDE: u8 = 2;

/// How much a row is what the text means: 0 is most. A key, else words of the name, the name in the config, the help.
fn likeness(row: &Row, text: &str, words: &[String]) -> Option<u8> {
    let plain = |keys: &String| keys.replace(' ', "");
    if row.keys.iter().any(|keys| keys == text || plain(keys) == text) {
        return Some(0);
    }
    let name = row.name().to_lowercase();
    let mut more = name.clone();
    for call in row.calls.iter() {
        let entry = call.id.entry();
        more.extend([" ", entry.slug, " ", &entry.help.to_lowercase()]);
    }
    more.extend(row.keys.iter().flat_map(|keys| [" ", keys.as_str()]));
    let begins = |text: &str, word: &str| text.split(|c: char| !c.is_alphanumeric()).any(|part| part.starts_with(word));
    if words.iter().all(|word| begins(&name, word)) {
        Some(1)
    } else if words.iter().all(|word| name.contains(word.as_str())) {
        Some(INSIDE)
    } else if words.iter().all(|word| begins(&more, word) || more.split(' ').any(|part| part == word)) {
        Some(3)
    } else {
        None
    }
}

/// A text of ours with the keys of the actions that it names: "{undo} undoes it" is "z undoes it", or ":undo undoes it"
/// where undo has no key.
pub fn keyed(model: &Model, text: &str) -> String {
    keyed_by(&model.keymap, context_below(model), text)
}

/// [`keyed`] for these keys in this context.
pub fn keyed_by(keymap: &Keymap, context: Context, text: &str) -> String {
    let mut pieces = text.split('{');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let named = piece.split_once('}').and_then(|(slug, rest)| Some((Id::parse(slug)?, rest)));
        let Some((id, rest)) = named else {
            out.extend(["{", piece]);
            continue;
        };
        // From the list where the action has no key here: it is where most of them have one.
        let key = keymap.key_of(context, id).or_else(|| keymap.key_of(Context::List, id));
        let key = key.or_else(|| keymap.key_of(Context::Reader, id));
        out.push_str(&key.map_or_else(|| format!(":{}", id.entry().slug), shown_key));
        out.push_str(rest);
    }
    out
}
