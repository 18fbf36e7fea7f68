//! Keys as the screen writes them: `^P` for ctrl-p, `gi` for a sequence, looked up in the model's keymap.

use crate::app::action::{Context, Id};
use crate::app::keymap::Keymap;
use crate::app::model::{InputPurpose, Model, Overlay, Pane};
use crate::ui::format;

/// The keys of one context.
#[derive(Debug)]
pub struct Labels<'m> {
    keymap: &'m Keymap,
    context: Context,
}

impl<'m> Labels<'m> {
    /// The keys of this context.
    pub fn of(model: &'m Model, context: Context) -> Self {
        Self { keymap: &model.keymap, context }
    }

    /// The key to show for an action: the shortest, letters first.
    pub fn key(&self, id: Id) -> Option<String> {
        self.keymap.key_of(self.context, id).map(written)
    }
}

/// A sequence as people write it: `ctrl-p` is `^P`, keys of one letter stand side by side.
pub fn written(keys: &str) -> String {
    let parts: Vec<String> = keys.split(' ').map(one).collect();
    let tight = parts.iter().all(|part| part.chars().count() == 1);
    parts.join(if tight { "" } else { " " })
}

fn one(key: &str) -> String {
    match key.strip_prefix("ctrl-") {
        Some(letter) => format!("^{}", letter.to_uppercase()),
        None => key.to_owned(),
    }
}

/// The context that the keys of the panes are looked up in, whatever floats above them.
pub fn base_context(model: &Model) -> Context {
    match (&model.overlay, model.focus) {
        (Some(Overlay::Tasks { .. }), _) => Context::Tasks,
        (Some(Overlay::Input { purpose: InputPurpose::Search, .. }), _) => Context::Search,
        _ if model.wizard.is_some() => Context::Wizard,
        _ if !model.letters.open.is_empty() => Context::Compose,
        (_, Pane::Folders) => Context::Folders,
        (_, Pane::List) => Context::List,
        (_, Pane::Reader) => Context::Reader,
    }
}

/// The key of one action where the user is.
pub fn label(model: &Model, id: Id) -> Option<String> {
    model.keymap.key_of(base_context(model), id).map(written)
}

/// What to do when the inbox is empty: action, key, words, and a number where it calls for it.
pub fn empty_inbox(model: &Model) -> Vec<(Id, String, &'static str, String)> {
    let labels = Labels::of(model, Context::List);
    let unread = match model.folders.all_unread {
        0 => String::new(),
        unread => format!("{} unread", format::count(unread)),
    };
    let undo = (!model.undo.is_empty()).then_some((Id::Undo, "undo the last action", String::new()));
    let all = (model.accounts.len() > 1).then_some((Id::GoAllInboxes, "all inboxes", unread));
    let rest = [(Id::GoFolder, "go to a folder", String::new()), (Id::Palette, "all commands", String::new())];
    all.into_iter()
        .chain(rest)
        .chain(undo)
        .filter_map(|(id, words, more)| Some((id, labels.key(id)?, words, more)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::written;

    /// Protects hints: keys look the way people write them.
    #[test]
    fn keys_are_written_short() {
        assert_eq!(written("ctrl-p"), "^P");
        assert_eq!(written("g i"), "gi");
        assert_eq!(written("enter"), "enter");
        assert_eq!(written("g enter"), "g enter");
    }
}
