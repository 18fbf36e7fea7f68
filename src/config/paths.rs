//! Where the files lie: config, cache, journal, log.

use std::path::{Path, PathBuf};

use super::env::Env;
use super::error::Error;

/// The directories of one user; made with mode 0700 by [`Paths::create`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The config file, whether or not it is there.
    pub config: PathBuf,
    /// The cache: may be deleted at any time.
    pub cache: PathBuf,
    /// The journal: never deleted.
    pub data: PathBuf,
    /// The log.
    pub state: PathBuf,
}

impl Paths {
    /// The places by the rules of this system (on Linux the XDG base directories). `POSTHASTE_HOME=DIR` puts cache,
    /// journal and log under DIR; `config` (`--config`), else `POSTHASTE_CONFIG`, names the config file.
    ///
    /// # Errors
    /// [`Error::NoHome`] when the system knows no home directory.
    pub fn find(config: Option<&Path>, env: &Env) -> Result<Self, Error> {
        let config = match config {
            Some(path) => path.to_path_buf(),
            None => config_file(env)?,
        };
        if let Some(home) = env.path("POSTHASTE_HOME") {
            return Ok(Self { config, ..Self::under(&home) });
        }
        let system = System::of(env)?;
        Ok(Self { config, cache: system.cache, data: system.data, state: system.state })
    }

    /// Everything under one directory: for the demo and for tests.
    pub fn under(home: &Path) -> Self {
        Self {
            config: home.join("config.toml"),
            cache: home.join("cache"),
            data: home.join("data"),
            state: home.join("state"),
        }
    }

    /// Makes the directories for cache, journal and log, readable by their owner alone. An existing one keeps its mode.
    ///
    /// # Errors
    /// The directory that could not be made, and the system's reason.
    pub fn create(&self) -> Result<(), Error> {
        use std::os::unix::fs::DirBuilderExt;
        for dir in [&self.cache, &self.data, &self.state] {
            std::fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(dir)
                .map_err(|source| Error::Directory { path: dir.clone(), source })?;
        }
        Ok(())
    }

    /// The keys that were changed on the screen: beside the config, by its name where that is another one.
    pub fn keys(&self) -> PathBuf {
        match self.config.file_stem().filter(|stem| *stem != "config") {
            Some(stem) => self.config.with_file_name(format!("{}.keys.toml", stem.to_string_lossy())),
            None => self.config.with_file_name("keys.toml"),
        }
    }

    /// The log file.
    pub fn log(&self) -> PathBuf {
        self.state.join("posthaste.log")
    }

    /// The protocol trace, written when a trace is asked for.
    pub fn trace(&self) -> PathBuf {
        self.state.join("trace.log")
    }
}

/// The config file's place: `POSTHASTE_CONFIG`, else the system's config directory, else under `POSTHASTE_HOME` when
/// there is no home directory.
pub(super) fn config_file(env: &Env) -> Result<PathBuf, Error> {
    if let Some(path) = env.path("POSTHASTE_CONFIG") {
        return Ok(path);
    }
    match System::of(env) {
        Ok(system) => Ok(system.config.join("config.toml")),
        Err(no_home) => env.path("POSTHASTE_HOME").map(|home| home.join("config.toml")).ok_or(no_home),
    }
}

/// The system's directories for this program.
struct System {
    config: PathBuf,
    cache: PathBuf,
    data: PathBuf,
    state: PathBuf,
}

impl System {
    fn of(env: &Env) -> Result<Self, Error> {
        let dirs = directories::ProjectDirs::from("", "", "posthaste");
        // The crate reads the process's own environment; the variables of `env` come first, so that both agree.
        let home = env.path("HOME");
        let xdg = |name: &str, below: &str| {
            let base = env.path(name).filter(|path| path.is_absolute());
            base.or_else(|| home.as_ref().map(|home| home.join(below))).map(|base| base.join("posthaste"))
        };
        if cfg!(target_os = "linux") {
            let found = (
                xdg("XDG_CONFIG_HOME", ".config"),
                xdg("XDG_CACHE_HOME", ".cache"),
                xdg("XDG_DATA_HOME", ".local/share"),
                xdg("XDG_STATE_HOME", ".local/state"),
            );
            if let (Some(config), Some(cache), Some(data), Some(state)) = found {
                return Ok(Self { config, cache, data, state });
            }
        }
        let dirs = dirs.ok_or(Error::NoHome)?;
        Ok(Self {
            config: dirs.config_dir().to_path_buf(),
            cache: dirs.cache_dir().to_path_buf(),
            data: dirs.data_dir().to_path_buf(),
            state: dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_path_buf(),
        })
    }
}

#[cfg(test)]
mod tests;
