//! Saving attachments: a name that cannot leave the directory, nothing overwritten, no link followed (FL01, FL04).

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// How many numbered names are tried.
const TRIES: u32 = 999;

/// Writes bytes into a new file in this directory; gives the path. A name that is taken gets a number: `a (2).pdf`.
///
/// # Errors
/// The system's; no file is left behind by a write that failed.
pub fn save_new(directory: &Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    std::fs::create_dir_all(directory)?;
    let (stem, extension) = split(name);
    for number in 1..=TRIES {
        let name = if number == 1 { format!("{stem}{extension}") } else { format!("{stem} ({number}){extension}") };
        let path = directory.join(&name);
        // create_new follows no link and opens no device that is already there.
        let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(error),
        };
        if let Err(error) = file.write_all(bytes).and_then(|()| file.sync_all()) {
            drop(file);
            std::fs::remove_file(&path)?;
            return Err(error);
        }
        return Ok(path);
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many files of this name"))
}

/// A name without anything that could be a path, and its extension with the dot.
fn split(name: &str) -> (String, String) {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).take(150).collect();
    let clean = clean.trim().trim_start_matches('.').to_owned();
    match clean.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && extension.len() <= 10 => {
            (stem.to_owned(), format!(".{extension}"))
        }
        _ if clean.is_empty() => ("attachment".to_owned(), String::new()),
        _ => (clean, String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::save_new;

    /// FL01, FL04: a name cannot leave the directory, a file is never overwritten, a link is not followed.
    #[test]
    fn saving_is_safe() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("target");
        std::fs::write(&target, "precious").unwrap();
        let downloads = dir.path().join("downloads");
        std::fs::create_dir(&downloads).unwrap();
        std::os::unix::fs::symlink(&target, downloads.join("link.txt")).unwrap();
        for (name, expected) in [
            ("../../.ssh/authorized_keys", "authorized_keys"),
            ("a.pdf", "a.pdf"),
            ("a.pdf", "a (2).pdf"),
            ("..", "attachment"),
            (".bashrc", "bashrc"),
            ("C:\\x\\evil.exe", "evil.exe"),
            ("link.txt", "link (2).txt"),
        ] {
            let path = save_new(&downloads, name, b"x").unwrap();
            assert_eq!(path, downloads.join(expected), "{name}");
        }
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "precious");
    }
}
