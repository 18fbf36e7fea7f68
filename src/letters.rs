//! Letters on the disk: what the user writes, each in a directory of its own below `letters/` in the data directory.
//!
//! ```text
//! letters/1764/letter.json   the letter, replaced whole by a rename
//! letters/1764/1.part        an attachment, as it was when it was attached (SN08)
//! letters/1764/copies.json   its copies in the Drafts of servers
//! letters/gone/1764/         discarded; brought back by [`Letters::restore`] until it is pruned
//! letters/damaged/1764/      could not be read: kept as it was found, and told
//! letters/handed/            mails that another process hands to the owner of the directory ([`handed`])
//! ```
//!
//! Whatever returns `Ok` is on the disk, its name included. Files are made under another name and renamed, so that a kill
//! at any moment leaves the letter as it was before or as it is afterwards. One process writes a letter: the owner of the
//! data directory, or a command beside it that began this very letter and hands it over. No network here.

pub mod copies;
mod files;
pub mod handed;
pub mod kind;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use copies::Copies;

use crate::dir_lock::{private_dir, sync_dir};
use crate::letter::{Attachment, Letter, LetterId};
use crate::mail::UnixTime;
use crate::step::step;

/// Bytes of a letter without its attachments at most: a text of this size is no letter.
pub const MAX_LETTER: u64 = 16 * 1024 * 1024;
/// Bytes of an attachment at most: no server takes as much.
pub const MAX_ATTACHMENT: u64 = 256 * 1024 * 1024;
/// For how long a letter that was discarded can be brought back.
pub const KEPT: Duration = Duration::from_hours(30 * 24);

const LETTER: &str = "letter.json";
const COPIES: &str = "copies.json";
const GONE: &str = "gone";
const DAMAGED: &str = "damaged";

/// What can go wrong with letters. `task` says what was being done, for people.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk is full; nothing was changed.
    #[error("The disk is full: could not {task}")]
    Full {
        /// What was being done.
        task: &'static str,
    },
    /// The file system failed.
    #[error("Could not {task} ({}): {source}", path.display())]
    Io {
        /// What was being done.
        task: &'static str,
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Larger than is kept.
    #[error("{} has {size} bytes, more than the {most} that can be kept", path.display())]
    TooLarge {
        /// Which file.
        path: PathBuf,
        /// Its size.
        size: u64,
        /// The limit.
        most: u64,
    },
    /// What is to be attached is no file: a directory, a device.
    #[error("{} is no file", path.display())]
    NoFile {
        /// Which.
        path: PathBuf,
    },
    /// There is no such letter.
    #[error("This letter is not on the disk")]
    Missing,
}

impl Error {
    /// Whether the same may go well some other time: the disk was full, or failed. What is not there, or is no letter, will
    /// not be.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Full { .. } => true,
            Self::Io { source, .. } => !matches!(source.kind(), ErrorKind::NotFound | ErrorKind::InvalidData),
            Self::TooLarge { .. } | Self::NoFile { .. } | Self::Missing => false,
        }
    }
}

/// What the functions here return.
pub type Result<T> = std::result::Result<T, Error>;

/// The directory of letters. Cheap to make.
#[derive(Debug, Clone)]
pub struct Letters {
    dir: PathBuf,
}

/// What is on the disk.
#[derive(Debug, Default)]
pub struct Shelf {
    /// The letters, the oldest first.
    pub letters: Vec<Letter>,
    /// Where those are now that could not be read.
    pub damaged: Vec<PathBuf>,
}

/// What is attached.
#[derive(Debug)]
pub enum Source<'a> {
    /// A file; it is copied.
    File(&'a Path),
    /// These bytes.
    Bytes(&'a [u8]),
}

/// The files of one letter, for whoever makes a mail of it.
#[derive(Debug, Clone)]
pub struct Parts {
    dir: PathBuf,
}

impl Parts {
    /// The bytes of one, by its name in the letter's directory; `None` where it cannot be read.
    pub fn read(&self, stored: &str) -> Option<Vec<u8>> {
        if !is_plain(stored) {
            return None;
        }
        files::read(&self.dir.join(stored), MAX_ATTACHMENT).ok()
    }
}

impl Letters {
    /// The letters of this data directory. Nothing is made before something is kept.
    pub fn of(data: &Path) -> Self {
        Self { dir: data.join("letters") }
    }

    /// The directory of one letter; it need not be there.
    pub fn place(&self, id: LetterId) -> PathBuf {
        self.dir.join(id.0.to_string())
    }

    /// The files of a letter, wherever it lies.
    pub fn parts(&self, id: LetterId) -> Parts {
        let here = self.place(id);
        Parts { dir: if here.is_dir() { here } else { self.gone(id) } }
    }

    /// A number that no letter has or had, by the time and above all that are there. Its directory is made, so that it is
    /// given once.
    ///
    /// # Errors
    /// When the directory cannot be made.
    pub fn next(&self, now: UnixTime) -> Result<LetterId> {
        let task = "begin a letter";
        self.make_dir(task)?;
        let mut number = now.0.saturating_mul(1000);
        for dir in [self.dir.clone(), self.dir.join(GONE), self.dir.join(DAMAGED)] {
            number = ids(&dir).last().map_or(number, |last| number.max(last.0.saturating_add(1)));
        }
        loop {
            let id = LetterId(number);
            match fs::create_dir(self.place(id)) {
                Ok(()) => {
                    let place = self.place(id);
                    return private_dir(&place).map(|()| id).map_err(|source| failed(task, &place, source));
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number = number.saturating_add(1),
                Err(source) => return Err(failed(task, &self.place(id), source)),
            }
        }
    }

    /// Writes a letter in the place of what there was of it. Where its draft is, the engine says; a letter that was found on
    /// a server says it the first time, when it is as it was found: then nothing is written there until it is changed.
    ///
    /// # Errors
    /// `Full`, `Io`, `TooLarge`: then the letter is on the disk as it was before.
    pub fn keep(&self, letter: &Letter) -> Result<()> {
        let task = "keep the letter";
        let place = self.place(letter.id);
        self.make_dir(task)?;
        private_dir(&place).and_then(|()| sync_dir(&self.dir)).map_err(|source| failed(task, &place, source))?;
        let json = serde_json::to_vec(letter).map_err(|error| failed(task, &place, error.into()))?;
        let size = json.len() as u64;
        if size > MAX_LETTER {
            return Err(Error::TooLarge { path: place.join(LETTER), size, most: MAX_LETTER });
        }
        if letter.draft.is_some() && !place.join(COPIES).exists() {
            self.note_copies(letter.id, &copies::found(letter, Copies::default()))?;
        }
        step("letter: before", task);
        files::replace(&place.join(LETTER), &json).map_err(|source| failed(task, &place, source))?;
        step("letter: written:", task);
        Ok(())
    }

    /// A letter; `None` where there is none, or nothing of it was kept yet. One that cannot be read is put aside.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn load(&self, id: LetterId) -> Result<Option<Letter>> {
        Ok(self.look(id)?.ok().flatten())
    }

    /// When a letter was last kept; `None`: there is none.
    pub fn kept_at(&self, id: LetterId) -> Option<SystemTime> {
        fs::metadata(self.place(id).join(LETTER)).and_then(|meta| meta.modified()).ok()
    }

    /// All letters, and what had to be put aside. Directories in which nothing was kept are left alone.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn list(&self) -> Result<Shelf> {
        let mut all = Shelf::default();
        for id in ids(&self.dir) {
            match self.look(id)? {
                Ok(Some(letter)) => all.letters.push(letter),
                Ok(None) => {}
                Err(aside) => all.damaged.push(aside),
            }
        }
        Ok(all)
    }

    /// A letter, or where it is now that it could not be read.
    fn look(&self, id: LetterId) -> Result<std::result::Result<Option<Letter>, PathBuf>> {
        let path = self.place(id).join(LETTER);
        let bytes = match files::read(&path, MAX_LETTER) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Ok(None)),
            Err(error) if error.kind() == ErrorKind::InvalidData => return self.put_aside(id).map(Err),
            Err(source) => return Err(failed("read a letter", &path, source)),
        };
        match serde_json::from_slice::<Letter>(&bytes) {
            Ok(letter) if letter.id == id => {
                let draft = self.copies(id).newest;
                Ok(Ok(Some(Letter { draft, ..letter })))
            }
            Ok(_) | Err(_) => self.put_aside(id).map(Err),
        }
    }

    fn put_aside(&self, id: LetterId) -> Result<PathBuf> {
        self.shift(id, DAMAGED, "put a damaged letter aside")
    }

    /// Moves a letter's directory into a corner; one that lies there already gets company.
    fn shift(&self, id: LetterId, corner: &str, task: &'static str) -> Result<PathBuf> {
        let corner = self.dir.join(corner);
        private_dir(&corner).map_err(|source| failed(task, &corner, source))?;
        let mut to = corner.join(id.0.to_string());
        let mut number = 2;
        while to.exists() {
            to = corner.join(format!("{}-{number}", id.0));
            number += 1;
        }
        fs::rename(self.place(id), &to)
            .and_then(|()| sync_dir(&corner))
            .and_then(|()| sync_dir(&self.dir))
            .map_err(|source| failed(task, &to, source))?;
        Ok(to)
    }

    /// Discards a letter with all its files: it can be brought back for a while. False: there was none.
    ///
    /// # Errors
    /// When it cannot be moved; then it is where it was.
    pub fn discard(&self, id: LetterId) -> Result<bool> {
        if !self.place(id).is_dir() {
            return Ok(false);
        }
        // From now on, not from its last change on, it can be brought back for a while.
        drop(fs::File::open(self.place(id)).and_then(|dir| dir.set_modified(SystemTime::now())));
        self.shift(id, GONE, "discard the letter").map(|_| true)
    }

    /// Brings a discarded letter back. False: there was none, or one with its number is there.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub fn restore(&self, id: LetterId) -> Result<bool> {
        let (from, to) = (self.gone(id), self.place(id));
        if !from.is_dir() || to.exists() {
            return Ok(false);
        }
        fs::rename(&from, &to)
            .and_then(|()| sync_dir(&self.dir))
            .map_err(|source| failed("bring the letter back", &to, source))?;
        Ok(true)
    }

    /// Removes for ever what was discarded before this time. Returns how many letters went.
    ///
    /// # Errors
    /// When one cannot be removed.
    pub fn prune(&self, before: SystemTime) -> Result<u32> {
        let mut pruned = 0;
        let Ok(entries) = fs::read_dir(self.dir.join(GONE)) else { return Ok(0) };
        for entry in entries.flatten() {
            let path = entry.path();
            // To be discarded gives the directory its time; where that could not be set, what was written last counts.
            let times = [path.join(LETTER), path.clone()].map(|one| fs::metadata(one).and_then(|meta| meta.modified()));
            let when = times.into_iter().flatten().max();
            if when.is_some_and(|when| when < before) {
                fs::remove_dir_all(&path).map_err(|source| failed("remove an old letter", &path, source))?;
                pruned += 1;
            }
        }
        Ok(pruned)
    }

    /// Copies what is attached into the letter's directory. The letter itself is not changed: whoever adds the attachment
    /// to it keeps it.
    ///
    /// # Errors
    /// `NoFile`, `TooLarge`, and when it cannot be read or written: then nothing is left of it.
    pub fn attach(&self, id: LetterId, name: &str, media_type: &str, source: &Source<'_>) -> Result<Attachment> {
        let task = "attach";
        let place = self.place(id);
        self.make_dir(task)?;
        private_dir(&place).map_err(|source| failed(task, &place, source))?;
        let stored = unused(&place);
        let to = place.join(&stored);
        let (size, origin) = match source {
            Source::File(path) => {
                // Not a pipe or a device: to open one of those may wait for ever.
                let meta = fs::metadata(path).map_err(|source| failed(task, path, source))?;
                if !meta.is_file() {
                    return Err(Error::NoFile { path: (*path).to_owned() });
                }
                let file = fs::File::open(path).map_err(|source| failed(task, path, source))?;
                (copy(file, &to, path)?, path.display().to_string())
            }
            Source::Bytes(bytes) => (copy(*bytes, &to, &to)?, String::new()),
        };
        let name = name.to_owned();
        Ok(Attachment { name, media_type: media_type.to_owned(), size, stored, origin, inline: false })
    }

    fn gone(&self, id: LetterId) -> PathBuf {
        self.dir.join(GONE).join(id.0.to_string())
    }

    fn make_dir(&self, task: &'static str) -> Result<()> {
        private_dir(&self.dir).map_err(|source| failed(task, &self.dir, source))
    }
}

/// Writes bytes as a file in the data directory that is there whole or not at all, for whoever freezes a mail.
///
/// # Errors
/// `Full`, `Io`: then nothing is there that was not before.
pub fn freeze(path: &Path, bytes: &[u8]) -> Result<()> {
    let task = "write the mail";
    if let Some(dir) = path.parent() {
        private_dir(dir).map_err(|source| failed(task, dir, source))?;
    }
    step("mail: before", task);
    files::replace(path, bytes).map_err(|source| failed(task, path, source))?;
    step("mail: written:", task);
    Ok(())
}

fn copy(from: impl Read, to: &Path, named: &Path) -> Result<u64> {
    match files::copy(from, to, MAX_ATTACHMENT) {
        Ok(Some(size)) => Ok(size),
        Ok(None) => Err(Error::TooLarge {
            path: named.to_owned(),
            size: MAX_ATTACHMENT.saturating_add(1),
            most: MAX_ATTACHMENT,
        }),
        Err(source) => Err(failed("attach", named, source)),
    }
}

/// A name for an attachment that no file in this directory has.
fn unused(place: &Path) -> String {
    (1..=u32::MAX).map(|number| format!("{number}.part")).find(|name| !place.join(name).exists()).unwrap_or_default()
}

/// Whether this is the name of a file and no way out of the directory.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\0'])
}

/// The numbers of the letters in a directory, in order.
fn ids(dir: &Path) -> BTreeSet<LetterId> {
    let Ok(entries) = fs::read_dir(dir) else { return BTreeSet::new() };
    let id = |name: &str| name.split('-').next().and_then(|number| number.parse().ok()).map(LetterId);
    entries.flatten().filter_map(|entry| entry.file_name().to_str().and_then(id)).collect()
}

fn failed(task: &'static str, path: &Path, source: io::Error) -> Error {
    if matches!(source.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        return Error::Full { task };
    }
    Error::Io { task, path: path.to_owned(), source }
}
