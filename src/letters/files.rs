//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write as _};
use std::path::Path;

use crate::dir_lock::{private_file, sync_dir};

/// Puts these bytes in the place of a file, by way of another one beside it: on the disk when it returns.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(path, |file| file.write_all(bytes))
}

/// Copies at most so many bytes into a new file; its size. `None`: there were more, and nothing was kept.
pub(super) fn copy(from: impl Read, to: &Path, most: u64) -> io::Result<Option<u64>> {
    let mut size = 0;
    let written = put(to, |file| {
        size = io::copy(&mut from.take(most.saturating_add(1)), file)?;
        if size > most { Err(ErrorKind::FileTooLarge.into()) } else { Ok(()) }
    });
    match written {
        Ok(()) => Ok(Some(size)),
        Err(error) if error.kind() == ErrorKind::FileTooLarge && size > most => Ok(None),
        Err(error) => Err(error),
    }
}

fn put(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let building = path.with_file_name(name);
    let written = (|| {
        let mut file = private_file(&building)?;
        file.set_len(0)?;
        write(&mut file)?;
        file.sync_all()?;
        fs::rename(&building, path)
    })();
    if written.is_err() {
        drop(fs::remove_file(&building));
    }
    written?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// The bytes of a file.
///
/// # Errors
/// `InvalidData`: it is larger than that.
pub(super) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(ErrorKind::InvalidData.into()) } else { Ok(bytes) }
}
