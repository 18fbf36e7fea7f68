//! The text of a letter goes to the user's own editor, as a file beside the letter, and comes back: whatever becomes of the
//! editor, and of this program meanwhile, no word of either is lost.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::Wish;
use super::clerk::{Clerk, Lack};
use crate::app::compose::order::News;
use crate::config::env::Env;
use crate::letter::{Letter, LetterId};
use crate::letters::{self, MAX_LETTER};
use crate::runtime::Request;
use crate::safe_text::SafeText;

/// What the file is called: editors wrap and colour mails, and Markdown, by its ending.
const NAMES: [&str; 2] = ["text.eml", "text.md"];
/// Editors that take the line to begin at as `+7`.
const TAKE_LINES: [&str; 14] =
    ["vi", "vim", "nvim", "nvi", "vis", "nano", "pico", "micro", "emacs", "emacsclient", "mg", "joe", "kak", "ne"];

/// A text that an editor has.
pub(super) struct Editing {
    path: PathBuf,
    /// The text as it was given.
    given: String,
}

/// What an editor left.
#[derive(Debug, PartialEq, Eq)]
enum Left {
    /// The text as it was given.
    Same,
    /// Another one.
    Text(String),
    /// None.
    Nothing,
    /// No text; where it is now.
    Aside(String),
}

impl Clerk {
    /// Keeps a letter, and has its text edited.
    pub(super) fn edit(&mut self, letter: &Letter, cursor: usize) -> Result<(), Lack> {
        self.keep(letter)?;
        let [mail, markdown] = NAMES;
        let name = if letter.markdown { markdown } else { mail };
        let path = self.materials.letters.place(letter.id).join(name);
        letters::freeze(&path, as_file(&letter.text).as_bytes())?;
        let (program, arguments) = command(&self.materials.env, &path, line(&letter.text, cursor));
        self.editing.insert(letter.id, Editing { path, given: letter.text.clone() });
        self.materials.wish(Wish::Request(Request::Edit { letter: letter.id, program, arguments }));
        Ok(())
    }

    /// The editor has ended: what it saved is the letter's text, even if it ended badly.
    pub(super) fn edited(&mut self, id: LetterId, trouble: Option<String>) {
        let Some(Editing { path, given }) = self.editing.remove(&id) else { return };
        let (text, more) = match read(&path, &given) {
            Ok(Left::Same) => (None, None),
            Ok(Left::Text(text)) => (Some(text), None),
            Ok(Left::Nothing) => (None, Some("it left no file".to_owned())),
            Ok(Left::Aside(place)) => {
                (None, Some(format!("what it saved is no text in UTF-8, and is kept as {place}")))
            }
            Err(error) => (None, Some(format!("what it saved cannot be read: {error}"))),
        };
        // The letter on the disk has it before the file goes.
        let kept = text.as_ref().is_none_or(|text| self.keep_text(id, text));
        if kept && more.is_none() {
            drop(fs::remove_file(&path));
        }
        let trouble: Vec<String> = trouble.into_iter().chain(more).collect();
        let trouble = (!trouble.is_empty()).then(|| SafeText::squeezed(&trouble.join("; ")).cut(300));
        self.materials.say(News::Edited { letter: id, text, trouble });
    }

    fn keep_text(&self, id: LetterId, text: &str) -> bool {
        let letters = &self.materials.letters;
        let Ok(Some(letter)) = letters.load(id) else { return false };
        self.keep(&Letter { text: text.to_owned(), ..letter }).is_ok()
    }

    /// Takes over what an editor saved while nobody was there to hear of it: the program had been killed, or the editor did
    /// not wait.
    pub(super) fn take_over(&self, letter: &mut Letter, hints: &mut Vec<SafeText>) -> Result<(), Lack> {
        if self.editing.contains_key(&letter.id) {
            return Ok(());
        }
        let letters = &self.materials.letters;
        let dir = letters.place(letter.id);
        let rescued = rescued(&dir, letters.kept_at(letter.id));
        for name in NAMES {
            let path = dir.join(name);
            let Ok(meta) = fs::metadata(&path) else { continue };
            let newer = meta.modified().ok().zip(letters.kept_at(letter.id)).is_none_or(|(text, kept)| text >= kept);
            match read(&path, &letter.text).map_err(|error| error.to_string())? {
                Left::Same | Left::Nothing => {}
                Left::Text(text) if newer => {
                    letter.text = text;
                    letters.keep(letter)?;
                    hints.push(SafeText::from_static("Your editor saved this text after posthaste had ended"));
                }
                // What was typed here since is the newer one.
                Left::Text(_) => {
                    let place = aside(&path).map_err(|error| error.to_string())?;
                    hints.push(SafeText::new(&format!("An older text of your editor's is kept as {place}")));
                    continue;
                }
                Left::Aside(place) => {
                    hints.push(SafeText::new(&format!("What your editor saved is no text, and is kept as {place}")));
                    continue;
                }
            }
            drop(fs::remove_file(&path));
        }
        self.take_rescued(letter, hints, rescued)
    }

    /// Takes over what editors put aside that were ended in the middle: the newest is the text, if nothing was kept since.
    fn take_rescued(&self, letter: &mut Letter, hints: &mut Vec<SafeText>, rescued: Vec<Rescued>) -> Result<(), Lack> {
        let words = |error: std::io::Error| error.to_string();
        let mut taken = false;
        for Rescued { path, newer } in rescued {
            match read(&path, &letter.text).map_err(words)? {
                Left::Same | Left::Nothing => {}
                Left::Text(text) if text.trim().is_empty() => {}
                Left::Text(text) if newer && !taken => {
                    let mut hint = "Your editor was ended before it saved: this is what it had".to_owned();
                    if !letter.text.trim().is_empty() {
                        let before = free(&path).map_err(words)?;
                        letters::freeze(&before, as_file(&letter.text).as_bytes())?;
                        hint = format!("{hint}; the text before that is kept as {}", before.display());
                    }
                    letter.text = text;
                    self.materials.letters.keep(letter)?;
                    hints.push(SafeText::new(&hint));
                    taken = true;
                }
                Left::Text(_) => {
                    let place = aside(&path).map_err(words)?;
                    hints.push(SafeText::new(&format!("An older text that your editor put aside is kept as {place}")));
                    continue;
                }
                Left::Aside(place) => {
                    hints
                        .push(SafeText::new(&format!("What your editor put aside is no text, and is kept as {place}")));
                    continue;
                }
            }
            drop(fs::remove_file(&path));
        }
        Ok(())
    }
}

/// A file that an editor wrote when it was ended.
struct Rescued {
    path: PathBuf,
    /// Whether that was after the letter was kept, and after the editor saved, the last time.
    newer: bool,
}

/// What editors put aside beside a letter, the newest first: nano on a hangup (`text.eml.save`, `text.eml.save.1`), Emacs
/// (`#text.eml#`). `kept`: when the letter was kept the last time.
fn rescued(dir: &Path, kept: Option<SystemTime>) -> Vec<Rescued> {
    let files: Vec<(String, SystemTime)> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.file_name().into_string().ok()?, entry.metadata().ok()?.modified().ok()?))
        })
        .collect();
    let is_of = |name: &String| {
        NAMES.iter().any(|file| *name == format!("#{file}#") || name.starts_with(&format!("{file}.save")))
    };
    let saved = files.iter().filter(|(name, _)| NAMES.contains(&name.as_str())).map(|(_, at)| *at);
    let last = saved.chain(kept).max();
    let mut found: Vec<&(String, SystemTime)> = files.iter().filter(|(name, _)| is_of(name)).collect();
    found.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
    let newer = |at: SystemTime| last.is_none_or(|last| at >= last);
    found.into_iter().map(|(name, at)| Rescued { path: dir.join(name), newer: newer(*at) }).collect()
}

/// A text as editors want a file: its last line ends.
fn as_file(text: &str) -> String {
    if text.ends_with('\n') || text.is_empty() { text.to_owned() } else { format!("{text}\n") }
}

/// What an editor left of this text.
fn read(path: &Path, given: &str) -> std::io::Result<Left> {
    let meta = match fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Left::Nothing),
        Err(error) => return Err(error),
    };
    if !meta.is_file() || meta.len() > MAX_LETTER {
        return aside(path).map(Left::Aside);
    }
    let Ok(text) = String::from_utf8(fs::read(path)?) else { return aside(path).map(Left::Aside) };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n");
    if text == as_file(given) {
        return Ok(Left::Same);
    }
    // The line end that is an editor's, and was not the user's.
    let own = given.ends_with('\n');
    let text = if own { text.as_str() } else { text.strip_suffix('\n').unwrap_or(&text) };
    Ok(if text == given { Left::Same } else { Left::Text(text.to_owned()) })
}

/// A name beside a file that no other has.
fn free(path: &Path) -> std::io::Result<PathBuf> {
    let other = |number: u32| path.with_file_name(format!("editor-{number}.txt"));
    let free = (1..10_000).map(other).find(|path| !path.exists());
    Ok(free.ok_or(ErrorKind::AlreadyExists)?)
}

/// Gives a file another name beside it; says which.
fn aside(path: &Path) -> std::io::Result<String> {
    let free = free(path)?;
    fs::rename(path, &free)?;
    Ok(free.display().to_string())
}

/// The number of the line that this byte is in, from 1.
fn line(text: &str, cursor: usize) -> usize {
    let before = text.get(..text.floor_char_boundary(cursor)).unwrap_or(text);
    before.matches('\n').count() + 1
}

/// The program that edits a file, and its arguments: `$VISUAL`, else `$EDITOR`, else vi. Words without a sign that means
/// something to a shell are run as they are, so that the editor is this program's own child and ctrl-z finds it.
fn command(env: &Env, path: &Path, line: usize) -> (OsString, Vec<OsString>) {
    let words = ["VISUAL", "EDITOR"].into_iter().find_map(|name| env.get(name)).unwrap_or_else(|| "vi".into());
    let text = words.to_string_lossy().into_owned();
    let mut split = text.split_whitespace().map(OsString::from);
    let first = text.split_whitespace().next().unwrap_or("vi");
    let name = first.rsplit('/').next().unwrap_or(first);
    let place = (line > 1 && TAKE_LINES.contains(&name)).then(|| OsString::from(format!("+{line}")));
    let file = place.into_iter().chain([path.as_os_str().to_owned()]);
    let plain = text.chars().all(|c| c.is_alphanumeric() || " /._-+=:,@%".contains(c)) && !first.contains('=');
    match split.next() {
        Some(program) if plain => (program, split.chain(file).collect()),
        Some(_) | None => {
            // As git does it: the words are the shell's, the file is an argument that it does not read.
            let script = OsString::from(format!("{text} \"$@\""));
            let arguments = [OsString::from("-c"), script, words].into_iter().chain(file);
            ("sh".into(), arguments.collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::path::Path;

    use super::{Left, command, line, read};
    use crate::config::env::Env;

    /// Whichever way an editor is named it gets the file, as an argument that no shell reads.
    #[test]
    fn editors_are_named_in_many_ways() {
        let run = |variables: &[(&str, &str)], line: usize| {
            let (program, arguments) = command(&Env::from(variables), Path::new("/l/1/text.eml"), line);
            let all: Vec<OsString> = std::iter::once(program).chain(arguments).collect();
            all.into_iter().map(|word| word.into_string().unwrap()).collect::<Vec<_>>().join("|")
        };
        assert_eq!(run(&[], 1), "vi|/l/1/text.eml");
        assert_eq!(run(&[("EDITOR", "/usr/bin/vim -u NONE")], 7), "/usr/bin/vim|-u|NONE|+7|/l/1/text.eml");
        assert_eq!(run(&[("EDITOR", "vim"), ("VISUAL", "code --wait")], 7), "code|--wait|/l/1/text.eml");
        assert_eq!(run(&[("EDITOR", "emacs -nw")], 2), "emacs|-nw|+2|/l/1/text.eml");
        let quoted = "'/opt/my editor/ed' -x";
        assert_eq!(run(&[("EDITOR", quoted)], 1), format!("sh|-c|{quoted} \"$@\"|{quoted}|/l/1/text.eml"));
        assert_eq!(run(&[("EDITOR", "$HOME/ed")], 1), "sh|-c|$HOME/ed \"$@\"|$HOME/ed|/l/1/text.eml");
        assert_eq!(run(&[("EDITOR", "TERM=x vi")], 1), "sh|-c|TERM=x vi \"$@\"|TERM=x vi|/l/1/text.eml");
    }

    /// What was saved is the text; the line end that editors add is not, and bytes that are no text are put aside.
    #[test]
    fn what_was_saved_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("text.eml");
        assert_eq!(read(&path, "x").unwrap(), Left::Nothing);
        for (given, saved, left) in [
            ("a", "a\n", Left::Same),
            ("a\n", "a\n", Left::Same),
            ("a", "a", Left::Same),
            ("a", "b\n", Left::Text("b".into())),
            ("a\n", "b\n", Left::Text("b\n".into())),
            ("a", "\u{feff}b\r\nc\r\n", Left::Text("b\nc".into())),
            ("a", "", Left::Text(String::new())),
        ] {
            std::fs::write(&path, saved).unwrap();
            assert_eq!(read(&path, given).unwrap(), left, "{given:?} {saved:?}");
        }
        std::fs::write(&path, b"Gr\xfc\xdfe").unwrap();
        let Left::Aside(place) = read(&path, "a").unwrap() else { panic!("it is no text") };
        assert_eq!(std::fs::read(place).unwrap(), b"Gr\xfc\xdfe");
        assert!(!path.exists());
    }

    /// The line of the cursor, wherever it is said to be.
    #[test]
    fn the_line_is_counted() {
        assert_eq!([0, 2, 3, 5, 99].map(|cursor| line("ab\nü\nc", cursor)), [1, 1, 2, 2, 3]);
    }
}
