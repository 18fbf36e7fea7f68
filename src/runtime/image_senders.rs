//! The senders whose images are loaded unasked: a file of the user's in the data directory, an address a line.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Its name.
const NAME: &str = "image-senders";
/// Addresses that are kept.
const MAX: usize = 10_000;

/// The list, where it lies.
#[derive(Debug, Clone)]
pub struct ImageSenders {
    path: PathBuf,
}

impl ImageSenders {
    /// The list in this data directory.
    pub fn new(data: &Path) -> Self {
        Self { path: data.join(NAME) }
    }

    /// The addresses, in lower case. A file that is not there has none; one that cannot be read is logged.
    pub fn read(&self) -> BTreeSet<String> {
        match std::fs::read_to_string(&self.path) {
            Ok(text) => {
                text.lines().take(MAX).map(|line| line.trim().to_lowercase()).filter(|a| !a.is_empty()).collect()
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeSet::new(),
            Err(error) => {
                tracing::warn!("{} cannot be read: {error}", self.path.display());
                BTreeSet::new()
            }
        }
    }

    /// Adds an address, or takes it away: the new list takes the place of the old one whole.
    ///
    /// # Errors
    /// The system's; the old list then stays.
    pub fn set(&self, address: &str, on: bool) -> io::Result<()> {
        let mut all = self.read();
        let address = address.trim().to_lowercase();
        if on {
            all.insert(address)
        } else {
            all.remove(&address)
        };
        let new = self.path.with_extension("new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        for address in all.iter().take(MAX).filter(|address| !address.contains(char::is_whitespace)) {
            writeln!(file, "{address}")?;
        }
        file.sync_all()?;
        std::fs::rename(&new, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::ImageSenders;

    /// Protects the user's choice: it is there at the next start, whatever the case of the letters, until it is taken back.
    #[test]
    fn choices_are_kept() {
        let home = tempfile::tempdir().unwrap();
        let list = ImageSenders::new(home.path());
        assert!(list.read().is_empty());
        list.set("News@Acme.example", true).unwrap();
        list.set("b@x", true).unwrap();
        list.set("b@x", false).unwrap();
        let again = ImageSenders::new(home.path()).read();
        assert_eq!(again.into_iter().collect::<Vec<_>>(), ["news@acme.example"]);
    }
}
