//! Which keys run which action: the defaults of `assets/keys.toml` with the user's choices over them, as a trie a context.

use std::collections::BTreeMap;
use std::fmt;

use crate::app::action::{Context, Id, table};
use crate::app::key::{Key, parse_sequence, write_sequence};

const DEFAULTS: &str = include_str!("../../assets/keys.toml");
const GLOBAL: &str = "global";

/// What the config says of keys: place -> keys -> action.
pub type Overrides = BTreeMap<String, BTreeMap<String, Binding>>;

/// What the config binds keys to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binding {
    /// The name of an action.
    Action(String),
    /// `false`: the keys do nothing.
    Off,
}

/// The keys of every context.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keymap {
    contexts: BTreeMap<Context, Node>,
    /// The keys of each action, the one to show first: the footer asks for them at every frame.
    keys: BTreeMap<(Context, Id), Vec<String>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Node {
    action: Option<Id>,
    next: BTreeMap<Key, Node>,
}

/// What keys mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// This action.
    Action(Id),
    /// More keys must follow.
    Prefix,
    /// Nothing.
    Nothing,
}

/// Something wrong in what the config says of keys. What is right in it holds all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The place, as the config spells it.
    pub place: String,
    /// The keys, as the config spells them.
    pub keys: String,
    /// What is wrong.
    pub kind: ProblemKind,
}

/// What is wrong with a binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// The file cannot be read as TOML of the right shape.
    File(String),
    /// There is no such place.
    UnknownPlace,
    /// These are no keys.
    BadKeys,
    /// Not every terminal can send this key.
    NeedsKitty,
    /// There is no such action; the nearest one, if any is near.
    UnknownAction(String, Option<&'static str>),
    /// The action cannot be run from there.
    NotThere(&'static str),
    /// Longer sequences begin with these keys (or these keys begin with a shorter one): the others are gone.
    Hides(Vec<String>),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, keys, kind } = self;
        match kind {
            ProblemKind::File(reason) => write!(f, "The keys cannot be read: {reason}"),
            ProblemKind::UnknownPlace => write!(f, "keys.{place}: there is no such place"),
            ProblemKind::BadKeys => write!(f, "keys.{place}: \"{keys}\" is no key"),
            ProblemKind::NeedsKitty => write!(f, "keys.{place}: not every terminal can send \"{keys}\""),
            ProblemKind::UnknownAction(name, nearest) => {
                write!(f, "keys.{place}: \"{keys}\": there is no action \"{name}\"")?;
                nearest.map_or(Ok(()), |near| write!(f, ", did you mean \"{near}\"?"))
            }
            ProblemKind::NotThere(name) => write!(f, "keys.{place}: \"{keys}\": \"{name}\" cannot be run there"),
            ProblemKind::Hides(others) => {
                write!(f, "keys.{place}: \"{keys}\" takes the place of {}", others.join(", "))
            }
        }
    }
}

impl Keymap {
    /// The default keys.
    pub fn defaults() -> Self {
        Self::with(&Overrides::new()).0
    }

    /// The default keys with the user's over them, and what is wrong with those.
    ///
    /// A section `global` holds in list, reader, folders and tasks, below the section of the place itself.
    pub fn with(overrides: &Overrides) -> (Self, Vec<Problem>) {
        let mut keymap = Self::default();
        let mut problems = Vec::new();
        match toml::from_str::<BTreeMap<String, BTreeMap<String, String>>>(DEFAULTS) {
            Ok(defaults) => {
                let own = |text: String| Binding::Action(text);
                let defaults = defaults
                    .into_iter()
                    .map(|(place, keys)| (place, keys.into_iter().map(|(k, a)| (k, own(a))).collect()));
                keymap.apply(&defaults.collect(), &mut problems);
            }
            Err(error) => problems.push(Problem {
                place: String::new(),
                keys: String::new(),
                kind: ProblemKind::File(error.to_string()),
            }),
        }
        keymap.apply(overrides, &mut problems);
        keymap.index();
        (keymap, problems)
    }

    fn index(&mut self) {
        for context in Context::ALL {
            for (keys, id) in self.bindings(context) {
                self.keys.entry((context, id)).or_default().push(keys);
            }
        }
        for keys in self.keys.values_mut() {
            keys.sort_by_key(|keys| (keys.split(' ').any(|key| key.chars().count() > 1), keys.chars().count()));
        }
    }

    fn apply(&mut self, layer: &Overrides, problems: &mut Vec<Problem>) {
        let global = layer.iter().filter(|(place, _)| *place == GLOBAL);
        for (place, keys) in global.chain(layer.iter().filter(|(place, _)| *place != GLOBAL)) {
            let contexts: Vec<_> = Context::ALL
                .into_iter()
                .filter(|context| if place == GLOBAL { context.takes_global() } else { context.as_str() == place })
                .collect();
            let problem = |keys: &str, kind| Problem { place: place.clone(), keys: keys.into(), kind };
            if contexts.is_empty() {
                problems.push(problem("", ProblemKind::UnknownPlace));
                continue;
            }
            for (keys, binding) in keys {
                match read(keys, binding) {
                    Ok((sequence, action)) => {
                        problems.extend(self.bind_all(&contexts, &sequence, action).map(|kind| problem(keys, kind)));
                    }
                    Err(kind) => problems.push(problem(keys, kind)),
                }
            }
        }
    }

    /// Binds in each context where the action may run; says what is wrong, the worst first.
    fn bind_all(&mut self, contexts: &[Context], sequence: &[Key], action: Option<Id>) -> Option<ProblemKind> {
        let mut hidden = Vec::new();
        let mut bound = false;
        for context in contexts {
            if action.is_some_and(|id| !id.entry().contexts.contains(context)) {
                continue;
            }
            bound = true;
            self.contexts.entry(*context).or_default().bind(sequence, action, &mut Vec::new(), &mut hidden);
        }
        match action {
            Some(id) if !bound => Some(ProblemKind::NotThere(id.entry().slug)),
            Some(_) | None if hidden.is_empty() => None,
            Some(_) | None => {
                hidden.sort();
                hidden.dedup();
                Some(ProblemKind::Hides(hidden))
            }
        }
    }

    /// What these keys mean in this context.
    pub fn meaning(&self, context: Context, keys: &[Key]) -> Meaning {
        let Some(mut node) = self.contexts.get(&context) else { return Meaning::Nothing };
        for key in keys {
            let Some(next) = node.next.get(key) else { return Meaning::Nothing };
            node = next;
        }
        match node.action {
            Some(id) => Meaning::Action(id),
            None if node.next.is_empty() => Meaning::Nothing,
            None => Meaning::Prefix,
        }
    }

    /// What can follow these keys, for the popup: the rest of the sequence and its action, in the order of the table.
    pub fn continuations(&self, context: Context, keys: &[Key]) -> Vec<(String, Id)> {
        let mut node = self.contexts.get(&context);
        for key in keys {
            node = node.and_then(|node| node.next.get(key));
        }
        let mut found = Vec::new();
        if let Some(node) = node {
            node.collect(&mut Vec::new(), &mut found);
        }
        let rank = |id: &Id| table().iter().position(|entry| entry.id == *id);
        found.sort_by_key(|(_, id)| rank(id));
        found
    }

    /// Every sequence of this context and its action, in the order of the table.
    pub fn bindings(&self, context: Context) -> Vec<(String, Id)> {
        self.continuations(context, &[])
    }

    /// The keys of this action here, letters and short ones first.
    pub fn keys_of(&self, context: Context, id: Id) -> &[String] {
        self.keys.get(&(context, id)).map_or(&[], Vec::as_slice)
    }

    /// The one key to show for this action here.
    pub fn key_of(&self, context: Context, id: Id) -> Option<&str> {
        self.keys_of(context, id).first().map(String::as_str)
    }
}

fn read(keys: &str, binding: &Binding) -> Result<(Vec<Key>, Option<Id>), ProblemKind> {
    let sequence = parse_sequence(keys).ok_or(ProblemKind::BadKeys)?;
    if !sequence.iter().all(|key| key.is_legacy()) {
        return Err(ProblemKind::NeedsKitty);
    }
    match binding {
        Binding::Off => Ok((sequence, None)),
        Binding::Action(name) => match Id::parse(name) {
            Some(id) => Ok((sequence, Some(id))),
            None => Err(ProblemKind::UnknownAction(name.clone(), nearest(name))),
        },
    }
}

fn nearest(name: &str) -> Option<&'static str> {
    let closest = table().iter().map(|entry| (strsim::damerau_levenshtein(entry.slug, name), entry.slug)).min()?;
    (closest.0 <= 3).then_some(closest.1)
}

impl Node {
    /// Binds the rest of a sequence, or with `None` frees it. Sequences that this one hides are removed and named.
    fn bind(&mut self, rest: &[Key], action: Option<Id>, path: &mut Vec<Key>, hidden: &mut Vec<String>) {
        let Some((key, after)) = rest.split_first() else {
            let mut gone = Vec::new();
            for (next, node) in &self.next {
                path.push(*next);
                node.collect(path, &mut gone);
                path.pop();
            }
            if action.is_some() {
                hidden.extend(gone.into_iter().map(|(keys, _)| keys));
            }
            // Freeing a prefix frees what begins with it.
            self.next.clear();
            self.action = action;
            return;
        };
        if action.is_some() && self.action.take().is_some() {
            hidden.push(write_sequence(path));
        }
        path.push(*key);
        self.next.entry(*key).or_default().bind(after, action, path, hidden);
        if action.is_none() {
            self.next.retain(|_, node| node.action.is_some() || !node.next.is_empty());
        }
        path.pop();
    }

    fn collect(&self, path: &mut Vec<Key>, found: &mut Vec<(String, Id)>) {
        if let Some(id) = self.action {
            found.push((write_sequence(path), id));
        }
        for (key, node) in &self.next {
            path.push(*key);
            node.collect(path, found);
            path.pop();
        }
    }
}

#[cfg(test)]
mod tests;
