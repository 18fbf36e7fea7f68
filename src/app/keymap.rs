//! Which keys run what: the default keys, a preset, what was changed on the screen and the config, laid over each other in
//! this order as a trie a context.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::action::argument::Call;
use crate::app::action::{Context, Id, table};
use crate::app::key::{Key, parse_sequence, write_sequence};
use crate::config::keys::{self, Binding, DEFAULTS, Line, Preset};

pub mod problem;

use problem::{Kind, Problem};

const GLOBAL: &str = "global";

/// What keys come from, besides the program's own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    /// The preset.
    pub preset: Preset,
    /// What was changed on the screen.
    pub own: Vec<Line>,
    /// What the config says: it stands above the others.
    pub config: Vec<Line>,
    /// The file that `own` came from and goes to.
    pub own_file: Option<PathBuf>,
    /// The file that `config` came from.
    pub config_file: Option<PathBuf>,
}

/// Where a binding comes from. A later one stands above an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// The default keys.
    Default,
    /// The preset.
    Preset,
    /// Changed on the screen.
    Own,
    /// The config.
    Config,
}

/// The keys of every context.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keymap {
    sources: Sources,
    contexts: BTreeMap<Context, Node>,
    /// The bindings of each context in the order of the table: the screen asks for them at every frame.
    bindings: BTreeMap<Context, Vec<Bound>>,
    /// The keys of each action that is told nothing, the one to show first.
    keys: BTreeMap<(Context, Id), Vec<String>>,
    /// The keys as they are without what was changed on the screen; `None` where nothing was.
    base: Option<Arc<Keymap>>,
}

/// A sequence of keys, and what it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The keys, as the config writes them.
    pub keys: String,
    /// What they run, one after the other; never empty.
    pub calls: Arc<[Call]>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Node {
    bound: Option<(Arc<[Call]>, Origin)>,
    next: BTreeMap<Key, Node>,
}

/// Which line of which layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Origin {
    layer: Layer,
    line: usize,
}

/// A binding that another one hides.
type Hidden = (String, Origin);

/// What keys mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning<'k> {
    /// These actions, one after the other.
    Runs(&'k [Call]),
    /// More keys must follow.
    Prefix,
    /// Nothing.
    Nothing,
}

impl Meaning<'_> {
    /// The one action that is meant, where it is one that is told nothing.
    pub fn id(self) -> Option<Id> {
        match self {
            Self::Runs([Call { id, argument: None }]) => Some(*id),
            Self::Runs(_) | Self::Prefix | Self::Nothing => None,
        }
    }
}

/// What a line binds: the keys, and what they run, `None` for nothing.
type Read = (Vec<Key>, Option<Arc<[Call]>>);

impl Keymap {
    /// Whether the same keys do the same, wherever they were written.
    pub fn is_like(&self, other: &Self) -> bool {
        self.bindings == other.bindings
    }

    /// The default keys.
    pub fn defaults() -> Self {
        Self::preset(Preset::Default)
    }

    /// The keys of a preset.
    pub fn preset(preset: Preset) -> Self {
        Self::build(Sources { preset, ..Sources::default() }).0
    }

    /// The default keys with the sources laid over them, and what is wrong with those. What is right in them holds all the
    /// same.
    ///
    /// A section `global` holds in list, reader, folders and tasks, below the section of the place itself.
    pub fn build(sources: Sources) -> (Self, Vec<Problem>) {
        let base =
            (!sources.own.is_empty()).then(|| Arc::new(Self::build(Sources { own: Vec::new(), ..sources.clone() }).0));
        let mut keymap = Self { base, ..Self::default() };
        let mut problems = Vec::new();
        for (layer, text) in [(Layer::Default, DEFAULTS), (Layer::Preset, sources.preset.text())] {
            match keys::embedded(text, sources.preset.as_str()) {
                Ok(lines) => keymap.apply(layer, &lines, None, &mut problems),
                Err(error) => problems.push(Problem::of_file(error.to_string())),
            }
        }
        keymap.apply(Layer::Own, &sources.own, sources.own_file.as_deref(), &mut problems);
        keymap.apply(Layer::Config, &sources.config, sources.config_file.as_deref(), &mut problems);
        keymap.sources = sources;
        keymap.index();
        (keymap, problems)
    }

    /// What these keys come from.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The keys as they are without what was changed on the screen.
    pub fn base(&self) -> &Self {
        self.base.as_deref().unwrap_or(self)
    }

    fn index(&mut self) {
        let ranks: BTreeMap<Id, usize> = table().iter().enumerate().map(|(rank, entry)| (entry.id, rank)).collect();
        let rank = |bound: &Bound| bound.calls.first().and_then(|call| ranks.get(&call.id));
        for (context, node) in &self.contexts {
            let mut found = Vec::new();
            node.collect(&mut Vec::new(), &mut |keys, calls, _| found.push(Bound { keys, calls: Arc::clone(calls) }));
            found.sort_by_key(|bound| (rank(bound).copied(), bound.calls.first().cloned()));
            for bound in &found {
                if let [Call { id, argument: None }] = &*bound.calls {
                    self.keys.entry((*context, *id)).or_default().push(bound.keys.clone());
                }
            }
            self.bindings.insert(*context, found);
        }
        for keys in self.keys.values_mut() {
            keys.sort_by_key(|keys| shown_first(keys));
        }
    }

    fn apply(&mut self, layer: Layer, lines: &[Line], file: Option<&Path>, problems: &mut Vec<Problem>) {
        let mut order: Vec<(usize, &Line)> = lines.iter().enumerate().collect();
        // What is freed is freed first, so that keys can be freed and bound anew; what is said of a place holds above what is
        // said of all.
        order.sort_by_key(|(_, line)| (line.place != GLOBAL, line.to != Binding::Off));
        for (at, line) in order {
            let contexts: Vec<_> = Context::ALL
                .into_iter()
                .filter(
                    |context| {
                        if line.place == GLOBAL { context.takes_global() } else { context.as_str() == line.place }
                    },
                )
                .collect();
            let mut report = |kind| problems.push(Problem::of_line(line, file, kind));
            if contexts.is_empty() {
                report(Kind::UnknownPlace);
                continue;
            }
            match read(line) {
                Ok(read) => self.bind_all(&contexts, &read, (Origin { layer, line: at }, lines, file), &mut report),
                Err(kind) => report(kind),
            }
        }
    }

    /// Binds in each context where the actions may run, and says what is wrong.
    fn bind_all(
        &mut self,
        contexts: &[Context],
        (sequence, calls): &Read,
        (origin, lines, file): (Origin, &[Line], Option<&Path>),
        report: &mut impl FnMut(Kind),
    ) {
        let bound = calls.clone().map(|calls| (calls, origin));
        let mut hidden: Vec<Hidden> = Vec::new();
        let mut bindable = false;
        let barred = |call: &&Call, context: &Context| !call.id.entry().contexts.contains(context);
        for context in contexts {
            if calls.iter().flat_map(|calls| calls.iter()).any(|call| barred(&call, context)) {
                continue;
            }
            bindable = true;
            let root = self.contexts.entry(*context).or_default();
            // "ctrl-a" and "ctrl-A" are one key: the second line would hide the first without a word.
            if let Some(twin) = root.at(sequence).and_then(|node| node.bound.as_ref()).map(|(_, twin)| *twin)
                && twin.layer == origin.layer
                && lines.get(twin.line).map(|line| &line.place) == lines.get(origin.line).map(|line| &line.place)
            {
                hidden.push((write_sequence(sequence), twin));
            }
            root.bind(sequence, bound.as_ref(), &mut Vec::new(), &mut hidden);
        }
        if !bindable {
            let call =
                calls.iter().flat_map(|calls| calls.iter()).find(|call| contexts.iter().all(|c| barred(call, c)));
            report(Kind::NotThere(call.map_or("", |call| call.id.entry().slug)));
            return;
        }
        hidden.sort();
        hidden.dedup();
        // Two lines of one file that hide each other, and what a line hides of the layers below.
        let same = |other: &Origin| other.layer == origin.layer && origin.layer >= Layer::Own;
        for (keys, other) in hidden.iter().filter(|(_, other)| same(other)) {
            let at = lines.get(other.line).and_then(|line| line.at);
            report(Kind::Conflict { keys: keys.clone(), at, file: file.map(Path::to_path_buf) });
        }
        let below = hidden.iter().filter(|(_, other)| !same(other)).map(|(keys, _)| keys.clone());
        let below: Vec<String> = below.collect();
        if !below.is_empty() {
            report(Kind::Hides(below));
        }
    }

    fn node(&self, context: Context, keys: &[Key]) -> Option<&Node> {
        self.contexts.get(&context)?.at(keys)
    }

    /// What these keys mean in this context.
    pub fn meaning(&self, context: Context, keys: &[Key]) -> Meaning<'_> {
        match self.node(context, keys) {
            Some(Node { bound: Some((calls, _)), .. }) => Meaning::Runs(calls),
            Some(Node { next, .. }) if !next.is_empty() => Meaning::Prefix,
            Some(_) | None => Meaning::Nothing,
        }
    }

    /// The layer that binds these keys, and its line, where they run something.
    pub fn origin(&self, context: Context, keys: &[Key]) -> Option<(Layer, Option<&Line>)> {
        let (_, origin) = self.node(context, keys)?.bound.as_ref()?;
        let line = match origin.layer {
            Layer::Default | Layer::Preset => None,
            Layer::Own => self.sources.own.get(origin.line),
            Layer::Config => self.sources.config.get(origin.line),
        };
        Some((origin.layer, line))
    }

    /// What can follow these keys: the rest of each sequence, in the order of the table.
    pub fn continuations(&self, context: Context, keys: &[Key]) -> Vec<(String, &[Call])> {
        let begin = write_sequence(keys) + " ";
        let rest = |bound: &Bound| bound.keys.strip_prefix(&begin).map(str::to_owned);
        self.bindings(context).iter().filter_map(|bound| Some((rest(bound)?, &*bound.calls))).collect()
    }

    /// Every sequence of this context and what it runs, in the order of the table.
    pub fn bindings(&self, context: Context) -> &[Bound] {
        self.bindings.get(&context).map_or(&[], Vec::as_slice)
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

/// The order in which the keys of one action are shown: letters before named keys, short before long.
pub fn shown_first(keys: &str) -> (bool, usize) {
    (keys.split(' ').any(|key| key.chars().count() > 1), keys.chars().count())
}

fn read(line: &Line) -> Result<Read, Kind> {
    let sequence = parse_sequence(&line.keys).ok_or(Kind::BadKeys)?;
    if !sequence.iter().all(|key| key.is_legacy()) {
        return Err(Kind::NeedsKitty);
    }
    match &line.to {
        Binding::Off => Ok((sequence, None)),
        Binding::Actions(texts) => {
            let calls: Result<Vec<Call>, Kind> = texts.iter().map(|text| Call::parse(text).map_err(Kind::of)).collect();
            Ok((sequence, Some(calls?.into())))
        }
    }
}

impl Node {
    fn at(&self, keys: &[Key]) -> Option<&Self> {
        keys.iter().try_fold(self, |node, key| node.next.get(key))
    }

    /// Binds the rest of a sequence, or with `None` frees it. Sequences that this one hides are removed and named.
    fn bind(
        &mut self,
        rest: &[Key],
        bound: Option<&(Arc<[Call]>, Origin)>,
        path: &mut Vec<Key>,
        hidden: &mut Vec<Hidden>,
    ) {
        let Some((key, after)) = rest.split_first() else {
            if bound.is_some() {
                for (next, node) in &self.next {
                    path.push(*next);
                    node.collect(path, &mut |keys, _, origin| hidden.push((keys, origin)));
                    path.pop();
                }
            }
            // Freeing a prefix frees what begins with it.
            self.next.clear();
            self.bound = bound.cloned();
            return;
        };
        if bound.is_some()
            && let Some((_, origin)) = self.bound.take()
        {
            hidden.push((write_sequence(path), origin));
        }
        path.push(*key);
        self.next.entry(*key).or_default().bind(after, bound, path, hidden);
        if bound.is_none() {
            self.next.retain(|_, node| node.bound.is_some() || !node.next.is_empty());
        }
        path.pop();
    }

    fn collect(&self, path: &mut Vec<Key>, found: &mut impl FnMut(String, &Arc<[Call]>, Origin)) {
        if let Some((calls, origin)) = &self.bound {
            found(write_sequence(path), calls, *origin);
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
