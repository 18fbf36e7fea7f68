//! The config while the program runs: read again when it changes, when the terminal gets the focus, and when the user says
//! so. A config with a mistake changes nothing.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind};
use notify::{EventKind, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::UnboundedSender;

use crate::app::accounts::Change;
use crate::app::keymap::Keymap;
use crate::app::keymap::problem::Kind;
use crate::app::look::{Fresh, rows};
use crate::app::msg::Msg;
use crate::auth::{self, Tools};
use crate::config::edit::{self, Edit};
use crate::config::env::Env;
use crate::config::error::{Error, Problem};
use crate::config::paths::Paths;
use crate::config::themes::{Themes, directory};
use crate::config::{Account, Config};
use crate::runtime::launch;
use crate::safe_text::SafeText;

/// How long nothing must happen to a file that is being written before it is read.
const REST: Duration = Duration::from_millis(80);
/// How long a file that somebody has open to write is waited for.
const WRITING: Duration = Duration::from_secs(2);
/// How many times that is waited for at most.
const RESTS: usize = 25;
/// What holds from the next start on: these keys at the top of the file.
const LATER: [&str; 2] = ["downloads", "index_mb"];

/// The config's file. Dropping it ends the watch.
pub struct ConfigFile {
    reading: Arc<Reading>,
    nudges: Option<Sender<Nudge>>,
}

/// What wakes the watch.
enum Nudge {
    /// A file changed, and whether who writes it will say when it is whole.
    Changed { writing: bool },
    /// The program ends.
    End,
}

/// What reads, on any thread.
struct Reading {
    path: PathBuf,
    env: Env,
    paths: Paths,
    reply: UnboundedSender<Msg>,
    last: Mutex<Last>,
    /// The config at the start, for what cannot change while the program runs.
    started: toml::Table,
    waiting: AtomicUsize,
}

/// What was read last.
struct Last {
    /// The config that holds.
    config: Arc<Config>,
    /// What the files looked like, without having been opened.
    prints: Vec<Print>,
    text: String,
    /// The file of the keys that were changed on the screen.
    keys: String,
    themes: Arc<Themes>,
    /// What was wrong with it.
    trouble: Option<SafeText>,
}

/// A file as it looks from outside: its path, times, length and number.
type Print = (PathBuf, (i64, i64), u64, u64);

impl ConfigFile {
    /// The file of a config that holds, with the themes beside it, and what is wrong with them.
    pub fn new(
        config: &Config,
        themes: Arc<Themes>,
        (env, paths): (&Env, &Paths),
        reply: UnboundedSender<Msg>,
        trouble: Option<SafeText>,
    ) -> Option<Self> {
        let path = config.path.clone()?;
        let prints = prints(&path, &paths.keys());
        let keys = own_keys(paths);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let started = text.parse().unwrap_or_default();
        let last = Mutex::new(Last { config: Arc::new(config.clone()), prints, text, keys, themes, trouble });
        let reading = Reading {
            path,
            env: env.clone(),
            paths: paths.clone(),
            reply,
            last,
            started,
            waiting: AtomicUsize::new(0),
        };
        Some(Self { reading: Arc::new(reading), nudges: None })
    }

    /// Reads it on a thread of its own, if it changed or if the user asked for it.
    pub fn read(&self, asked: bool) {
        let reading = Arc::clone(&self.reading);
        reading.waiting.fetch_add(1, Ordering::SeqCst);
        // The disk is not waited for: it may be far away.
        std::thread::spawn(move || {
            reading.answer(asked);
            reading.waiting.fetch_sub(1, Ordering::SeqCst);
        });
    }

    /// Changes the accounts in it, on a thread of its own, and reads it again. With an account its secrets go.
    pub fn change(&self, change: Change, tools: Tools) {
        let reading = Arc::clone(&self.reading);
        reading.waiting.fetch_add(1, Ordering::SeqCst);
        std::thread::spawn(move || {
            let edit = match change {
                Change::Enable(name) => Edit::Enable { name, enabled: true },
                Change::Disable(name) => Edit::Enable { name, enabled: false },
                Change::Remove(name) => Edit::Remove { name },
            };
            let done = edit::edit(&reading.path, &reading.env, std::slice::from_ref(&edit));
            let done = done.map(drop).map_err(|error| error.to_string());
            let done = done.and_then(|()| {
                let account = reading.account(edit.name());
                reading.answer(false);
                let removed = matches!(edit, Edit::Remove { .. });
                if removed { auth::forget(edit.name(), account.as_ref(), &tools) } else { Ok(()) }
            });
            if let Err(reason) = done {
                // Nobody hears it after the end.
                let _unheard = reading.reply.send(Msg::EffectFailed(SafeText::new(&reason)));
            }
            reading.waiting.fetch_sub(1, Ordering::SeqCst);
        });
    }

    /// How many readings are not done yet.
    pub fn waiting(&self) -> usize {
        self.reading.waiting.load(Ordering::SeqCst)
    }

    /// Reads it from now on whenever it changes: the system says so, nothing is polled. Where it cannot, the focus and the
    /// user still do.
    pub fn watch(&mut self) {
        let (nudges, inbox) = channel();
        self.nudges = Some(nudges.clone());
        let reading = Arc::clone(&self.reading);
        let begun = std::thread::Builder::new().name("config".into()).spawn(move || {
            if let Err(error) = reading.watch(&nudges, &inbox) {
                tracing::warn!("the config is not watched: {error}");
            }
        });
        if let Err(error) = begun {
            tracing::warn!("the config is not watched: {error}");
        }
    }
}

impl Drop for ConfigFile {
    fn drop(&mut self) {
        if let Some(nudges) = &self.nudges {
            // It may have ended by itself.
            let _ended = nudges.send(Nudge::End);
        }
    }
}

impl Reading {
    /// Reads, and tells the screen what came of it.
    fn answer(&self, asked: bool) {
        if let Some(msg) = self.read(asked) {
            // Nobody hears it after the end.
            let _unheard = self.reply.send(msg);
        }
    }

    /// The account of this name, as it was read last.
    fn account(&self, name: &str) -> Option<Account> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = last.config.accounts.iter().chain(&last.config.disabled);
        all.find(|account| account.name == name).cloned()
    }

    fn read(&self, asked: bool) -> Option<Msg> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let prints = prints(&self.path, &self.paths.keys());
        if prints == last.prints && !asked {
            return None;
        }
        last.prints = prints;
        let (text, themes) = match self.load() {
            Ok(loaded) => loaded,
            Err(trouble) => {
                // Whatever comes next is something new.
                last.text.clear();
                return Some(self.refuse(&mut last, trouble));
            }
        };
        let keys = own_keys(&self.paths);
        let rebound = std::mem::replace(&mut last.keys, keys) != last.keys;
        if text == last.text && themes == *last.themes {
            return match last.trouble.clone() {
                None if rebound => Some(self.rebound(&last)),
                _ if !asked => None,
                Some(trouble) => Some(Msg::ConfigRefused(trouble)),
                None => Some(Msg::ConfigSame),
            };
        }
        (last.text, last.themes) = (text, Arc::new(themes));
        Some(match self.check(&last) {
            Ok(config) => self.adopt(&mut last, config),
            Err(trouble) => self.refuse(&mut last, trouble),
        })
    }

    fn load(&self) -> Result<(String, Themes), SafeText> {
        let wrong = |path: &Path, error: &std::io::Error| SafeText::new(&format!("{}: {error}", self.short(path)));
        let text = std::fs::read_to_string(&self.path).map_err(|error| wrong(&self.path, &error))?;
        let themes = Themes::read(&self.path).map_err(|(path, error)| wrong(&path, &error))?;
        Ok((text, themes))
    }

    fn check(&self, last: &Last) -> Result<Config, SafeText> {
        let config = Config::parse_with(&last.text, &self.path, &self.env).map_err(|error| match &error {
            Error::Invalid(problem) => told(problem, &self.path),
            Error::Missing { .. } | Error::Unreadable { .. } | Error::NoHome | Error::Directory { .. } => {
                SafeText::new(&error.to_string())
            }
        })?;
        last.themes.check(&config).map_err(|problem| told(&problem, &self.path))?;
        Ok(config)
    }

    /// The keys alone changed: somebody wrote their file, or the screen did.
    fn rebound(&self, last: &Last) -> Msg {
        let (keymap, warning) = self.keymap(&last.config);
        Msg::Rebound(Arc::new(keymap), warning)
    }

    fn keymap(&self, config: &Config) -> (Keymap, Option<SafeText>) {
        let (keymap, problems) = launch::keymap(config, &self.paths);
        // Who takes the place of default keys means it.
        let mut wrong = problems.iter().filter(|problem| !matches!(problem.kind, Kind::Hides(_)));
        let warning = wrong.next().map(|problem| SafeText::new(&format!("{}: {problem}", self.short(&self.path))));
        (keymap, warning)
    }

    fn adopt(&self, last: &mut Last, config: Config) -> Msg {
        let config = Arc::new(config);
        let before = std::mem::replace(&mut last.config, Arc::clone(&config));
        last.trouble = None;
        let (keymap, warning) = self.keymap(&config);
        let rows = rows(&last.themes.library);
        let later = self.later(&last.text);
        let themes = Arc::clone(&last.themes);
        Msg::Configured(Box::new(Fresh { before, config, themes, rows, keymap: Arc::new(keymap), warning, later }))
    }

    fn refuse(&self, last: &mut Last, trouble: SafeText) -> Msg {
        tracing::warn!("{}: {trouble}", self.path.display());
        last.trouble = Some(trouble.clone());
        Msg::ConfigRefused(trouble)
    }

    /// What is not as it was at the start, and will not be until the next one.
    fn later(&self, text: &str) -> Vec<String> {
        let now: toml::Table = text.parse().unwrap_or_default();
        let changed = LATER.into_iter().filter(|key| self.started.get(*key) != now.get(*key)).map(str::to_owned);
        let pictures = |table: &toml::Table| table.get("ui").and_then(|ui| ui.get("pictures")).cloned();
        let pictures = (pictures(&self.started) != pictures(&now)).then(|| "ui.pictures".to_owned());
        changed.chain(pictures).collect()
    }

    /// A path as the screen has room for: from the config's directory on.
    fn short(&self, path: &Path) -> String {
        short(path, &self.path).display().to_string()
    }

    /// Waits for changes until the program ends.
    fn watch(&self, nudges: &Sender<Nudge>, inbox: &Receiver<Nudge>) -> notify::Result<()> {
        let (names, nudges) = (self.names(), nudges.clone());
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if let Ok(event) = event
                && concerns(&event, &names)
            {
                let _ended = nudges.send(Nudge::Changed { writing: is_being_written(event.kind) });
            }
        })?;
        for directory in self.directories() {
            watcher.watch(&directory, RecursiveMode::NonRecursive)?;
        }
        let mut themes = false;
        // What changed before the watch began may still be being written.
        if self.changed() && !rests(inbox, false) {
            return Ok(());
        }
        self.answer(false);
        loop {
            // They may be made while the program runs.
            let directory = directory(&self.path);
            if !directory.is_dir() {
                themes = false;
            } else if !themes {
                themes = watcher.watch(&directory, RecursiveMode::NonRecursive).is_ok();
                // What changed in it before.
                if self.changed() && !rests(inbox, false) {
                    return Ok(());
                }
                self.answer(false);
            }
            let Ok(Nudge::Changed { writing }) = inbox.recv() else { return Ok(()) };
            if !rests(inbox, writing) {
                return Ok(());
            }
            self.answer(false);
        }
    }

    /// Whether the files do not look as they did when they were read.
    fn changed(&self) -> bool {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        prints(&self.path, &self.paths.keys()) != last.prints
    }

    /// Where the config lies, and where the file is that it may be a link to.
    fn directories(&self) -> Vec<PathBuf> {
        let here = self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut directories = vec![here.to_path_buf()];
        let real = std::fs::canonicalize(&self.path).ok();
        if let Some(there) = real.as_deref().and_then(Path::parent)
            && std::fs::canonicalize(here).is_ok_and(|here| here != there)
        {
            directories.push(there.to_path_buf());
        }
        directories
    }

    /// Names of files that matter in those directories.
    fn names(&self) -> Vec<std::ffi::OsString> {
        let real = std::fs::canonicalize(&self.path).ok();
        let own = [Some(self.path.as_path()), real.as_deref()];
        let mut names: Vec<_> =
            own.into_iter().flatten().filter_map(Path::file_name).map(std::ffi::OsStr::to_owned).collect();
        names.push("themes".into());
        names.extend(self.paths.keys().file_name().map(std::ffi::OsStr::to_owned));
        names
    }
}

/// Whether an event is about the config or a theme; that one was read is none, or reading would wake itself.
fn concerns(event: &notify::Event, names: &[std::ffi::OsString]) -> bool {
    let changes = match event.kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        EventKind::Any | EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Other => true,
    };
    let ours = |path: &PathBuf| {
        let name = path.file_name().is_some_and(|name| names.iter().any(|own| own == name));
        name || path.parent().and_then(Path::file_name).is_some_and(|parent| parent == "themes")
    };
    changes && event.paths.iter().any(ours)
}

/// Whether a file is open to be written, and its closing will be told. Only Linux tells it.
const fn is_being_written(kind: EventKind) -> bool {
    cfg!(target_os = "linux")
        && matches!(kind, EventKind::Modify(ModifyKind::Data(_)) | EventKind::Create(CreateKind::File))
}

/// Waits until what is being written is whole. False when the program ends.
fn rests(inbox: &Receiver<Nudge>, mut writing: bool) -> bool {
    for _ in 0..RESTS {
        match inbox.recv_timeout(if writing { WRITING } else { REST }) {
            Ok(Nudge::Changed { writing: still }) => writing = still,
            Ok(Nudge::End) => return false,
            Err(_) => return true,
        }
    }
    true
}

/// The file of the keys that were changed on the screen, as it is; nothing where there is none.
fn own_keys(paths: &Paths) -> String {
    std::fs::read_to_string(paths.keys()).unwrap_or_default()
}

/// A problem in the words of the screen: its path from the config's directory on.
pub fn told(problem: &Problem, config: &Path) -> SafeText {
    let path = short(&problem.path, config).to_path_buf();
    SafeText::new(&Problem { path, ..problem.clone() }.to_string())
}

fn short<'p>(path: &'p Path, config: &Path) -> &'p Path {
    config.parent().and_then(|directory| path.strip_prefix(directory).ok()).unwrap_or(path)
}

/// How the config, the keys that were changed on the screen, and the themes look from outside.
fn prints(config: &Path, keys: &Path) -> Vec<Print> {
    let print = |path: PathBuf| {
        let of = |meta: Metadata| ((meta.mtime(), meta.mtime_nsec()), meta.len(), meta.ino());
        let (times, length, number) = std::fs::metadata(&path).map(of).unwrap_or_default();
        (path, times, length, number)
    };
    let themes = std::fs::read_dir(directory(config)).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut all: Vec<Print> = [config, keys].map(Path::to_path_buf).into_iter().chain(themes).map(print).collect();
    all.sort();
    all
}

#[cfg(test)]
mod tests;
