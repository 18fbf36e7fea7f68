//! Where a refresh token is kept: in the keyring, or in a file of mode 0600 below the data directory.
//!
//! The file is for servers, which have no keyring: without it a sign-in would last for one run. Whoever can read the
//! user's files can read it, as a private key of ssh without a passphrase; `account login` says so.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::vault::{Kind, Vault, apart};
use crate::config::oauth::Store;

/// The longest token that is read.
const LONGEST: u64 = 64 * 1024;

/// Keeps an account's refresh token.
#[derive(Clone)]
pub struct Tokens {
    account: String,
    store: Store,
    vault: Arc<dyn Vault>,
    dir: Option<PathBuf>,
}

impl Tokens {
    /// Of this account; `dir` is where files go.
    pub fn new(account: &str, store: Store, vault: Arc<dyn Vault>, dir: Option<&Path>) -> Self {
        Self { account: account.to_owned(), store, vault, dir: dir.map(Path::to_path_buf) }
    }

    /// The token that is kept, if one is.
    ///
    /// # Errors
    /// A sentence: no keyring, a file that cannot be read.
    pub async fn get(&self) -> Result<Option<SecretString>, String> {
        match self.store {
            Store::Keyring => {
                let account = self.account.clone();
                apart(&self.vault, move |vault| vault.get(&account, Kind::RefreshToken)).await
            }
            Store::File => self.file().and_then(|file| read(&file).map_err(|error| unreadable(&file, &error))),
        }
    }

    /// Keeps this token, on disk before it returns.
    ///
    /// # Errors
    /// A sentence, as above.
    pub async fn set(&self, token: &SecretString) -> Result<(), String> {
        match self.store {
            Store::Keyring => {
                let (account, token) = (self.account.clone(), token.clone());
                apart(&self.vault, move |vault| vault.set(&account, Kind::RefreshToken, &token)).await
            }
            Store::File => self.file().and_then(|file| write(&file, token).map_err(|error| unreadable(&file, &error))),
        }
    }

    /// The file that is used.
    ///
    /// # Errors
    /// When no place for files is known.
    pub fn file(&self) -> Result<PathBuf, String> {
        let dir = self.dir.as_ref().ok_or_else(|| "there is no place for a file with a token".to_owned())?;
        Ok(dir.join(format!("{}.token", file_name(&self.account))))
    }
}

/// Removes the file of this account, if there is one.
///
/// # Errors
/// The system's.
pub fn remove(dir: &Path, account: &str) -> io::Result<()> {
    match fs::remove_file(dir.join(format!("{}.token", file_name(account)))) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn unreadable(file: &Path, error: &io::Error) -> String {
    format!("{}: {error}", file.display())
}

/// An account's name as a file's: two names never make the same one.
fn file_name(account: &str) -> String {
    use std::fmt::Write as _;
    let mut name = String::new();
    for byte in account.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            name.push(char::from(byte));
        } else {
            // Infallible: it is written into memory.
            let _infallible = write!(name, "%{byte:02x}");
        }
    }
    name
}

fn read(path: &Path) -> io::Result<Option<SecretString>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = String::new();
    io::Read::read_to_string(&mut io::Read::take(file, LONGEST), &mut text)?;
    let text = SecretString::from(text);
    let token = text.expose_secret().trim();
    Ok((!token.is_empty()).then(|| SecretString::from(token.to_owned())))
}

/// Written beside it and moved there: a crash leaves the old one or the new one.
fn write(path: &Path, token: &SecretString) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let beside = path.with_extension("new");
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    // It may lie there from a crash.
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(token.expose_secret().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests;
