//! The config's file: read, changed, and put in its place whole.

use std::fs::{File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::{Edit, Error, apply, check};
use crate::config::Config;
use crate::config::env::Env;

/// How many links are followed from a config to its file: as many as Linux follows (`path_resolution(7)`).
const LINKS: usize = 40;

/// The mode of a file that is made, and of one with a password in it.
const PRIVATE: u32 = 0o600;

/// [`super::edit`], with something that happens between reading and writing: for tests.
///
/// # Errors
/// Why nothing was written.
pub(super) fn edit_between(
    path: &Path,
    env: &Env,
    changes: &[Edit],
    meanwhile: impl FnOnce(),
) -> Result<Config, Error> {
    let target = target(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
    let old = read(&target, path)?;
    let mut new = old.clone().unwrap_or_default();
    for change in changes {
        new = apply(&new, path, change)?;
    }
    let config = check(old.as_deref().unwrap_or_default(), &new, path, env)?;
    if old.as_deref() == Some(new.as_str()) {
        return Ok(config);
    }
    let failed = |source| Error::Unwritable { path: path.to_owned(), source };
    let temporary = write(&target, &new, config.holds_password()).map_err(failed)?;
    meanwhile();
    // An editor may have saved it since. What is left is the moment between this and the next line.
    if read(&target, path)? != old {
        return Err(Error::Changed { path: path.to_owned() });
    }
    temporary.persist(&target).map_err(|error| failed(error.error))?;
    // The name is on the disk as well.
    if let Some(directory) = target.parent() {
        let synced = File::open(directory).and_then(|directory| directory.sync_all());
        synced.map_err(failed)?;
    }
    Ok(config)
}

/// The file that is meant, behind links; it need not be there.
fn target(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        match std::fs::read_link(&path) {
            // A relative link starts where it lies.
            Ok(link) => path = path.parent().map_or(link.clone(), |directory| directory.join(&link)),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many links"))
}

fn read(target: &Path, named: &Path) -> Result<Option<String>, Error> {
    match std::fs::read_to_string(target) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Unreadable { path: named.to_owned(), source }),
    }
}

/// The new text beside the old one, on the disk.
fn write(target: &Path, text: &str, holds_password: bool) -> io::Result<tempfile::NamedTempFile> {
    let directory = target.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let mode = match std::fs::metadata(target) {
        Ok(meta) if holds_password => meta.permissions().mode() & PRIVATE,
        Ok(meta) => meta.permissions().mode() & 0o7777,
        Err(_) => PRIVATE,
    };
    let mut file = tempfile::Builder::new().prefix(".posthaste-config.").tempfile_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(Permissions::from_mode(mode))?;
    file.as_file().sync_all()?;
    Ok(file)
}
