//! The keys that were changed on the screen: a file beside the config, which the user writes and nobody else touches.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::keys::{Line, read, write};

/// What stands above the bindings.
const HEAD: &str = "Keys that were changed on the screen, under \"?\". The program writes this file; what the config says of keys\n\
stands above it. Delete a line, or the file, to have the keys of the preset back.";

/// The file, where it lies.
#[derive(Debug, Clone)]
pub struct KeyFile {
    path: PathBuf,
    /// The number of the latest writing: an older one that comes late writes nothing.
    latest: Arc<Mutex<u64>>,
}

/// Bindings that are to be written, with their place among the writings.
#[derive(Debug)]
pub struct Due(Vec<Line>, u64);

impl KeyFile {
    /// The file at this path.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), latest: Arc::default() }
    }

    /// Its bindings, and why they cannot be read, where that is so. A file that is not there has none.
    pub fn read(&self) -> (Vec<Line>, Option<String>) {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return (Vec::new(), None),
            Err(error) => return (Vec::new(), Some(format!("{}: {error}", self.path.display()))),
        };
        match read(&text, &self.path) {
            Ok(lines) => (lines, None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        }
    }

    /// Gives a writing its place; [`KeyFile::write`] may then run on any thread.
    pub fn due(&self, lines: Vec<Line>) -> Due {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        *latest += 1;
        Due(lines, *latest)
    }

    /// Writes the file: the new one takes the place of the old one whole; without bindings there is none.
    ///
    /// # Errors
    /// The system's; the old file then stays.
    pub fn write(&self, Due(lines, number): &Due) -> io::Result<()> {
        // Held while it is written, so that two writings come one after the other.
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if *number != *latest {
            return Ok(());
        }
        if lines.is_empty() {
            return match std::fs::remove_file(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                Ok(()) | Err(_) => Ok(()),
            };
        }
        let new = self.path.with_extension("toml.new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(write(HEAD, lines).as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::KeyFile;
    use crate::config::keys::{Binding, Line};

    fn line(keys: &str) -> Line {
        let to = Binding::Actions(vec!["archive".into()]);
        Line { place: "list".into(), keys: keys.into(), to, at: None }
    }

    /// Protects what was changed: it is there at the next start, what was changed last, and the file goes with the last change.
    #[test]
    fn changes_are_kept() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("keys.toml");
        let file = KeyFile::new(&path);
        assert_eq!(file.read(), (Vec::new(), None));
        let (first, second) = (file.due(vec![line("a")]), file.due(vec![line("b")]));
        file.write(&second).unwrap();
        file.write(&first).unwrap();
        let (read, problem) = KeyFile::new(&path).read();
        assert_eq!((read[0].keys.as_str(), read.len(), problem), ("b", 1, None));
        file.write(&file.due(Vec::new())).unwrap();
        assert!(!path.exists());
        std::fs::write(&path, "[list]\nx = 3\n").unwrap();
        let (read, problem) = file.read();
        assert!(read.is_empty() && problem.is_some_and(|problem| problem.contains("keys.toml:2:5")));
    }
}
