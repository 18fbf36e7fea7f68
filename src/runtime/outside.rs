//! Programs and files outside: attachments saved, opened and piped, text copied. Only because the user asked for it, never
//! with a name or a byte of a mail in a command line that a shell reads (FL01-FL06).

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::TempDir;

use crate::config::env::Env;

/// What the directories for opened files are called, before the number of the process.
const PREFIX: &str = "posthaste-open-";

/// Files that are opened lie in here: readable by their owner alone, gone with the program.
#[derive(Debug)]
pub struct Workroom {
    dir: TempDir,
}

impl Workroom {
    /// A new one in the user's runtime directory, else where temporary files lie. What a program left behind that was
    /// killed is swept away first.
    ///
    /// # Errors
    /// The directory cannot be made.
    pub fn new(env: &Env) -> io::Result<Self> {
        let place = env.path("XDG_RUNTIME_DIR").filter(|dir| dir.is_dir()).unwrap_or_else(std::env::temp_dir);
        sweep(&place);
        let prefix = format!("{PREFIX}{}-", std::process::id());
        Ok(Self { dir: private().prefix(&prefix).tempdir_in(&place)? })
    }

    /// Writes a file that nobody else can read, in a directory of its own so that its name is its own.
    ///
    /// # Errors
    /// The system's.
    pub fn file(&self, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
        let dir = private().prefix("f").tempdir_in(self.dir.path())?.keep();
        let path = dir.join(name);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(bytes)?;
        Ok(path)
    }
}

/// The workroom of this run, made when the first file goes into it.
#[derive(Clone)]
pub struct Room {
    env: Env,
    made: Arc<Mutex<Option<Workroom>>>,
}

impl Room {
    /// Nothing is made yet.
    pub fn new(env: Env) -> Self {
        Self { env, made: Arc::default() }
    }

    /// Writes a file that nobody else can read; it goes with the program.
    ///
    /// # Errors
    /// Why it is not there, in words.
    pub fn file(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, String> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let room = match made.take() {
            Some(room) => room,
            None => Workroom::new(&self.env).map_err(|error| format!("there is no place for the file: {error}"))?,
        };
        made.insert(room).file(name, bytes).map_err(|error| format!("{name} could not be written: {error}"))
    }
}

/// Directories that nobody else can look into.
fn private<'a, 'b>() -> tempfile::Builder<'a, 'b> {
    let mut builder = tempfile::Builder::new();
    builder.permissions(std::fs::Permissions::from_mode(0o700));
    builder
}

/// Removes the directories of processes that are gone.
fn sweep(place: &Path) {
    let Ok(entries) = std::fs::read_dir(place) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('-').next()?.parse::<i32>().ok());
        let Some(process) = process.and_then(rustix::process::Pid::from_raw) else { continue };
        let gone = rustix::process::test_kill_process(process) == Err(rustix::io::Errno::SRCH);
        // A link of that name is not followed: it is no directory.
        let own = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if gone
            && own
            && let Err(error) = std::fs::remove_dir_all(entry.path())
        {
            tracing::warn!("a directory of opened files stays: {error}");
        }
    }
}

/// A file as it is opened: its name says what it is.
#[derive(Debug, PartialEq, Eq)]
pub struct Openable<'a> {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Cow<'a, [u8]>,
    /// What it is, where its name says something else.
    pub really: Option<&'static str>,
}

/// Makes a part fit to be opened by the system's program for its kind. What it is decides its bytes, not its name: a
/// program, a script or something unknown is never opened; a page only as a copy in which nothing is active.
///
/// # Errors
/// Why it is not opened, in a sentence.
pub fn openable<'a>(name: &str, bytes: &'a [u8]) -> Result<Openable<'a>, String> {
    let claimed = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let as_kind = |ending: &str, really: Option<&'static str>, bytes: Cow<'a, [u8]>| {
        let name = if claimed == ending { name.to_owned() } else { format!("{stem}.{ending}") };
        Openable { name, bytes, really }
    };
    if let Some(kind) = infer::get(bytes) {
        let ending = kind.extension();
        let opened = match kind.matcher_type() {
            infer::MatcherType::Image
            | infer::MatcherType::Audio
            | infer::MatcherType::Video
            | infer::MatcherType::Doc
            | infer::MatcherType::Book => true,
            infer::MatcherType::Archive => matches!(ending, "pdf" | "zip" | "tar" | "gz" | "bz2" | "xz" | "7z" | "zst"),
            infer::MatcherType::Text => false,
            infer::MatcherType::App | infer::MatcherType::Font | infer::MatcherType::Custom => {
                return Err(format!("{name} is a program or the like ({}): not opened; S saves it", kind.mime_type()));
            }
        };
        if opened {
            let alike = claimed == ending || ALIKE.contains(&(claimed.as_str(), ending));
            if alike {
                return Ok(Openable { name: name.to_owned(), bytes: Cow::Borrowed(bytes), really: None });
            }
            return Ok(as_kind(ending, Some(kind.mime_type()), Cow::Borrowed(bytes)));
        }
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(format!("{name} is of no kind that is known: not opened; S saves it, X opens it with a program"));
    };
    let start = text.trim_start().get(..200).unwrap_or(text.trim_start()).to_ascii_lowercase();
    if start.starts_with("<!doctype html") || start.contains("<html") || claimed == "html" || claimed == "htm" {
        let page = crate::render::clean_page(text).into_bytes();
        return Ok(as_kind("html", None, Cow::Owned(page)));
    }
    let active = start.starts_with("#!") || start.contains("[desktop entry]") || start.starts_with("<?xml");
    if active || text.contains('\0') {
        return Err(format!("{name} may be a program: not opened; S saves it, X opens it with a program"));
    }
    let ending = if TEXTS.contains(&claimed.as_str()) { claimed.as_str() } else { "txt" };
    let ending = ending.to_owned();
    Ok(as_kind(&ending, None, Cow::Borrowed(bytes)))
}

/// Endings for the same kind, and kinds that are others inside.
const ALIKE: [(&str, &str); 10] = [
    ("jpeg", "jpg"),
    ("tiff", "tif"),
    ("htm", "html"),
    ("m4v", "mp4"),
    ("m4a", "mp4"),
    ("oga", "ogg"),
    ("ogv", "ogg"),
    ("odg", "zip"),
    ("tgz", "gz"),
    ("pages", "zip"),
];

/// Endings of plain text that programs know.
const TEXTS: [&str; 10] = ["txt", "md", "csv", "tsv", "log", "ics", "vcf", "json", "patch", "diff"];

/// Programs that have the desktop open a file, and end at once.
const OPENERS: [&str; 8] = ["xdg-open", "open", "gio", "exo-open", "kde-open", "kde-open5", "kioclient", "wslview"];

/// The command of a program of the user's that opens a file, its words as a shell splits them. No shell reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opener {
    words: Vec<String>,
    beside: bool,
}

impl Opener {
    /// Reads a command. With `&` at its end it runs beside this program.
    ///
    /// # Errors
    /// It cannot be read, or there is none.
    pub fn read(command: &str) -> Result<Self, String> {
        let command = command.trim_end();
        let (command, beside) = command.strip_suffix('&').map_or((command, false), |command| (command, true));
        let words = shell_words::split(command).map_err(|error| format!("this command cannot be read: {error}"))?;
        if words.is_empty() { Err("there is no command".to_owned()) } else { Ok(Self { words, beside }) }
    }

    /// Whether it needs no terminal: the user says so, it has the desktop open the file, or the desktop knows it as a program
    /// with a window.
    pub fn is_beside(&self, env: &Env) -> bool {
        let Some(name) = self.words.first().and_then(|program| Path::new(program).file_name()?.to_str()) else {
            return false;
        };
        self.beside || OPENERS.contains(&name) || (has_desktop(env) && has_window(name, env))
    }

    /// The command with the file as its last argument.
    pub fn command(&self, file: &Path) -> Command {
        let (program, arguments) = self.words.split_first().map_or(("", &[][..]), |(first, rest)| (first, rest));
        let mut command = Command::new(program);
        command.args(arguments).arg(file);
        command
    }

    /// Starts it beside this program.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(&self, file: &Path) -> Result<(), String> {
        let mut command = self.command(file);
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let program = self.words.first().map_or("", String::as_str);
        let mut child = quiet.spawn().map_err(|error| format!("{program} cannot be started: {error}"))?;
        // Somebody has to take the news of its end.
        std::thread::spawn(move || child.wait());
        Ok(())
    }
}

/// Whether windows can be shown.
fn has_desktop(env: &Env) -> bool {
    env.get("WAYLAND_DISPLAY").is_some() || env.get("DISPLAY").is_some()
}

/// Whether the desktop has an entry for this program that does not ask for a terminal (Desktop Entry Specification, `Exec` and
/// `Terminal`).
fn has_window(program: &str, env: &Env) -> bool {
    let own = env.path("XDG_DATA_HOME").or_else(|| Some(env.path("HOME")?.join(".local/share")));
    let shared = env.get("XDG_DATA_DIRS").unwrap_or_else(|| "/usr/local/share:/usr/share".into());
    let dirs = own.into_iter().chain(std::env::split_paths(&shared)).map(|dir| dir.join("applications"));
    let entries = dirs.filter_map(|dir| std::fs::read_dir(dir).ok()).flatten().flatten().map(|entry| entry.path());
    let texts = entries.filter(|path| path.extension().is_some_and(|ending| ending == "desktop"));
    texts.filter_map(|path| Some((path.clone(), std::fs::read_to_string(path).ok()?))).any(|(path, text)| {
        let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='));
        let name = value("Exec").and_then(|exec| shell_words::split(exec).ok()?.into_iter().next());
        let runs = name.is_some_and(|name| Path::new(&name).file_name().is_some_and(|name| name == program));
        let called = path.file_stem().is_some_and(|stem| stem == program);
        (runs || called) && value("Terminal").is_none_or(|value| !value.trim().eq_ignore_ascii_case("true"))
    })
}

/// Has the desktop open a link or a file.
///
/// # Errors
/// It did not, in words.
pub fn launch(target: impl AsRef<OsStr>, what: &str) -> Result<(), String> {
    open::that_detached(target).map_err(|error| {
        tracing::debug!("the desktop opened nothing: {error}");
        format!("{what} was not opened: the desktop has no program for it, or that one failed")
    })
}

/// Gives text to the program that keeps the desktop's clipboard, where there is one here: the user's own, else the one of
/// the desktop that this runs on; over ssh only the terminal can do that.
pub fn copy(command: Option<&str>, env: &Env, text: String) {
    let words = match command {
        Some(command) => shell_words::split(command).unwrap_or_default(),
        None => desktop_clipboard(env).into_iter().map(str::to_owned).collect(),
    };
    let Some((program, arguments)) = words.split_first() else { return };
    let child =
        Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = child else { return };
    std::thread::spawn(move || {
        if let Some(mut input) = child.stdin.take()
            && let Err(error) = input.write_all(text.as_bytes())
        {
            tracing::debug!("the clipboard's program did not take it: {error}");
        }
        child.wait()
    });
}

/// The clipboard's program of the desktop that this runs on.
fn desktop_clipboard(env: &Env) -> Vec<&'static str> {
    let has = |name: &str| env.get(name).is_some_and(|value| !value.is_empty());
    if has("SSH_CONNECTION") || has("SSH_TTY") {
        Vec::new()
    } else if cfg!(target_os = "macos") {
        vec!["pbcopy"]
    } else if has("WAYLAND_DISPLAY") {
        vec!["wl-copy"]
    } else if has("DISPLAY") {
        vec!["xclip", "-selection", "clipboard"]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests;
