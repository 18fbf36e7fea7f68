//! Saving attachments: a name that cannot leave the directory, nothing overwritten, no link followed (FL01, FL04).

use std::fs::{File, OpenOptions};
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
    save_with(directory, name, |file| file.write_all(bytes))
}

/// [`save_new`] with what writes the bytes.
fn save_with(directory: &Path, name: &str, mut write: impl FnMut(&mut File) -> io::Result<()>) -> io::Result<PathBuf> {
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
        if let Err(error) = write(&mut file).and_then(|()| file.sync_all()) {
            drop(file);
            if let Err(left) = std::fs::remove_file(&path) {
                tracing::warn!(%left, "a part of a file is left behind");
            }
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
    use std::io::{Error, ErrorKind, Write as _};
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::{save_new, save_with};

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

    fn names(directory: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(directory).unwrap().map(Result::unwrap);
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    /// FL04: a disk that is full leaves no part of a file behind, and says what it was.
    #[test]
    fn a_full_disk_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let outcome = save_with(dir.path(), "film.mp4", |file| {
            file.write_all(b"the first half")?;
            Err(Error::from(ErrorKind::StorageFull))
        });
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::StorageFull);
        assert!(names(dir.path()).is_empty());
    }

    /// FL04: what is in the way - a pipe, a socket, a device, a link to nothing - is left alone and never opened, and where
    /// no file can be made, that is said.
    #[test]
    fn what_is_no_file_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("target");
        std::os::unix::fs::symlink(&target, dir.path().join("dangling.txt")).unwrap();
        std::os::unix::fs::symlink("/dev/full", dir.path().join("device.txt")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket.txt")).unwrap();
        // Opening a pipe that nobody reads from would wait for ever.
        let pipe = dir.path().join("pipe.txt");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        for name in ["dangling", "device", "socket", "pipe"] {
            let path = save_new(dir.path(), &format!("{name}.txt"), b"x").unwrap();
            assert_eq!(path, dir.path().join(format!("{name} (2).txt")));
        }
        assert!(!target.exists());
        for no_directory in [pipe.as_path(), Path::new("/dev/full"), Path::new("/proc/self/status")] {
            save_new(no_directory, "a.pdf", b"x").unwrap_err();
        }
        save_new(Path::new("/proc/self"), "a.pdf", b"x").unwrap_err();
        let locked = dir.path().join("locked");
        std::fs::create_dir(&locked).unwrap();
        std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o500)).unwrap();
        match save_new(&locked, "a.pdf", b"x") {
            Err(error) => assert_eq!((error.kind(), names(&locked).len()), (ErrorKind::PermissionDenied, 0)),
            // Root may write everywhere.
            Ok(path) => assert!(path.starts_with(&locked)),
        }
    }
}
