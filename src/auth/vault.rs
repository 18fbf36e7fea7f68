//! The system's keyring, behind a trait: tests, and machines without one, have another.
//!
//! An entry's service is `posthaste`, its user the account's name and what it is: `work/password`. Everything here blocks,
//! and a locked keyring waits for its user: [`apart`] keeps it off the loop and gives up in time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::SecretString;

/// How long a keyring may take: its user may have to unlock it.
pub const LIMIT: Duration = Duration::from_mins(1);

/// What of an account is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Its password.
    Password,
    /// Its OAuth 2 refresh token.
    RefreshToken,
    /// The secret of its OAuth 2 client.
    ClientSecret,
}

impl Kind {
    /// Everything that may be kept of an account.
    pub const ALL: [Self; 3] = [Self::Password, Self::RefreshToken, Self::ClientSecret];

    /// As an entry of the keyring is named.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::RefreshToken => "refresh token",
            Self::ClientSecret => "client secret",
        }
    }
}

/// Keeps secrets. Every method may block for long; errors are sentences for people, without a secret in them.
pub trait Vault: Send + Sync {
    /// What is kept of this account, if anything.
    ///
    /// # Errors
    /// When there is no keyring, or it refuses.
    fn get(&self, account: &str, kind: Kind) -> Result<Option<SecretString>, String>;

    /// Keeps this, in the place of what was kept before.
    ///
    /// # Errors
    /// As [`Vault::get`].
    fn set(&self, account: &str, kind: Kind, secret: &SecretString) -> Result<(), String>;

    /// Forgets it; nothing happens where there is nothing.
    ///
    /// # Errors
    /// As [`Vault::get`].
    fn remove(&self, account: &str, kind: Kind) -> Result<(), String>;
}

/// Does this on a thread of its own, for at most a minute: the program's end does not wait for it.
///
/// # Errors
/// What it says, or that it took too long.
pub async fn apart<R: Send + 'static>(
    vault: &Arc<dyn Vault>,
    job: impl FnOnce(&dyn Vault) -> Result<R, String> + Send + 'static,
) -> Result<R, String> {
    let vault = Arc::clone(vault);
    off_the_loop(LIMIT, move || job(vault.as_ref()))
        .await
        .unwrap_or_else(|| Err("the keyring gave no answer in a minute: unlock it, and try again".to_owned()))
}

/// Whether there is a keyring that answers: it is asked for what it does not have, which unlocks nothing.
///
/// # Errors
/// Why there is none, or that it gave no answer in this time.
pub async fn probe(vault: &Arc<dyn Vault>, limit: Duration) -> Result<(), String> {
    let vault = Arc::clone(vault);
    // No account is called so: its name has a slash.
    off_the_loop(limit, move || vault.get("/", Kind::Password).map(drop))
        .await
        .unwrap_or_else(|| Err(format!("the keyring gave no answer in {} seconds", limit.as_secs())))
}

/// Runs what blocks on a thread of its own; `None`: it took longer than this, or could not be begun.
pub async fn off_the_loop<R: Send + 'static>(limit: Duration, job: impl FnOnce() -> R + Send + 'static) -> Option<R> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    let begun = std::thread::Builder::new().name("secrets".to_owned()).spawn(move || {
        // Nobody waits for it any more when it is late.
        let _unheard = answer.send(job());
    });
    begun.ok()?;
    tokio::time::timeout(limit, answered).await.ok()?.ok()
}

/// The system's keyring: the Secret Service, macOS' Keychain, Windows' credentials.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

#[cfg(feature = "keyring")]
mod system {
    use keyring::{Entry, Error};
    use secrecy::{ExposeSecret, SecretString};

    use super::{Kind, System, Vault};

    const SERVICE: &str = "posthaste";

    fn entry(account: &str, kind: Kind) -> Result<Entry, String> {
        Entry::new(SERVICE, &format!("{account}/{}", kind.name())).map_err(|error| words(&error))
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "not ours, and it grows")]
    fn words(error: &Error) -> String {
        // Only kinds are told: some of the errors carry what was found.
        match error {
            Error::NoStorageAccess(_) => "the keyring is locked, or refuses access".to_owned(),
            Error::NoDefaultStore => {
                let why = match Entry::store_status() {
                    Err(Error::PlatformFailure(why) | Error::NoStorageAccess(why)) => format!(" ({why})"),
                    Ok(()) | Err(_) => String::new(),
                };
                format!(
                    "there is no keyring here{why}: password_command and prompt = true work without one, and \
                         oauth.store = \"file\""
                )
            }
            Error::PlatformFailure(why) => format!("the keyring failed: {why}"),
            Error::BadEncoding(_) => "what the keyring has is no text".to_owned(),
            Error::TooLong(..) => "it is too long for this keyring".to_owned(),
            Error::Ambiguous(_) => "the keyring has several entries for this account: remove them but one".to_owned(),
            _ => "the keyring failed".to_owned(),
        }
    }

    impl Vault for System {
        fn get(&self, account: &str, kind: Kind) -> Result<Option<SecretString>, String> {
            match entry(account, kind)?.get_password() {
                Ok(secret) => Ok(Some(SecretString::from(secret))),
                Err(Error::NoEntry) => Ok(None),
                Err(error) => Err(words(&error)),
            }
        }

        fn set(&self, account: &str, kind: Kind, secret: &SecretString) -> Result<(), String> {
            entry(account, kind)?.set_password(secret.expose_secret()).map_err(|error| words(&error))
        }

        fn remove(&self, account: &str, kind: Kind) -> Result<(), String> {
            match entry(account, kind)?.delete_credential() {
                Ok(()) | Err(Error::NoEntry) => Ok(()),
                Err(error) => Err(words(&error)),
            }
        }
    }
}

#[cfg(not(feature = "keyring"))]
impl Vault for System {
    fn get(&self, _: &str, _: Kind) -> Result<Option<SecretString>, String> {
        Err(ABSENT.to_owned())
    }

    fn set(&self, _: &str, _: Kind, _: &SecretString) -> Result<(), String> {
        Err(ABSENT.to_owned())
    }

    fn remove(&self, _: &str, _: Kind) -> Result<(), String> {
        Err(ABSENT.to_owned())
    }
}

#[cfg(not(feature = "keyring"))]
const ABSENT: &str = "this posthaste was built without the keyring: password_command and prompt = true work without one, \
                      and oauth.store = \"file\"";

/// One in memory: for tests, and for whoever tries an account that is not saved yet.
#[derive(Debug, Default)]
pub struct Memory(Mutex<BTreeMap<(String, Kind), SecretString>>);

impl Vault for Memory {
    fn get(&self, account: &str, kind: Kind) -> Result<Option<SecretString>, String> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(kept.get(&(account.to_owned(), kind)).cloned())
    }

    fn set(&self, account: &str, kind: Kind, secret: &SecretString) -> Result<(), String> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert((account.to_owned(), kind), secret.clone());
        Ok(())
    }

    fn remove(&self, account: &str, kind: Kind) -> Result<(), String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(account.to_owned(), kind));
        Ok(())
    }
}
