//! The user's own themes, beside the config: `themes/NAME.toml`. They are read whole; which of them is shown is not
//! decided here.

use std::io;
use std::path::{Path, PathBuf};

use super::error::{Located, Problem, nearest};
use super::{Config, ThemeChoice};
use crate::theme::library::{Library, Wrong};

/// The longest theme that is read, in bytes.
const LONGEST: u64 = 64 * 1024;
/// The most themes that are read.
const MOST: usize = 200;

/// The themes at hand, and where the user's own lie.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Themes {
    /// The program's and the user's own.
    pub library: Library,
    directory: Option<PathBuf>,
}

/// The directory of the user's own themes, whether or not it is there.
pub fn directory(config: &Path) -> PathBuf {
    config.with_file_name("themes")
}

impl Themes {
    /// The program's themes and those beside this config.
    ///
    /// # Errors
    /// The system's, and which file it is about. A directory that is not there is none.
    pub fn read(config: &Path) -> Result<Self, (PathBuf, io::Error)> {
        let directory = directory(config);
        let mut themes = Self { library: Library::default(), directory: Some(directory.clone()) };
        let entries = match std::fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(themes),
            Err(error) => return Err((directory, error)),
        };
        let files = entries.flatten().map(|entry| entry.path());
        let mut files: Vec<PathBuf> =
            files.filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect();
        files.sort();
        for path in files.into_iter().take(MOST) {
            let Some(name) = path.file_stem().and_then(|name| name.to_str()) else { continue };
            // An editor keeps what is not saved yet under such a name.
            if name.starts_with('.') || name == "auto" {
                continue;
            }
            let text = std::fs::metadata(&path).and_then(|meta| {
                if !meta.is_file() || meta.len() > LONGEST {
                    return Err(io::Error::other("this is no theme: too long, or no file"));
                }
                std::fs::read_to_string(&path)
            });
            match text {
                Ok(text) => themes.library.add(name, text),
                Err(error) => return Err((path, error)),
            }
        }
        Ok(themes)
    }

    /// The file of a theme of the user's own.
    pub fn file(&self, name: &str) -> Option<PathBuf> {
        let own = self.library.is_own(name);
        self.directory.as_ref().filter(|_| own).map(|directory| directory.join(format!("{name}.toml")))
    }

    /// A mistake in a theme as a problem in its file.
    pub fn problem(&self, wrong: Wrong) -> Problem {
        let path = self.file(&wrong.theme).unwrap_or_else(|| PathBuf::from(format!("{}.toml", wrong.theme)));
        let text = self.library.text(&wrong.theme).unwrap_or_default();
        Located::new(text, &path).mistake(*wrong.mistake)
    }

    /// What is wrong with the user's own themes, whether or not one of them is shown.
    pub fn problems(&self) -> Vec<Problem> {
        let resolved = self.library.names().into_iter().filter_map(|name| self.library.resolve(name));
        let mut problems = Vec::new();
        for problem in resolved.filter_map(Result::err).map(|wrong| self.problem(wrong)) {
            // One that others inherit is told once.
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        problems
    }

    /// Checks the themes that the config names.
    ///
    /// # Errors
    /// The first that there is not, or that has a mistake.
    pub fn check(&self, config: &Config) -> Result<(), Box<Problem>> {
        let ui = &config.ui;
        let named = match &ui.theme {
            ThemeChoice::Auto => None,
            ThemeChoice::Named(name) => Some(("theme", name)),
        };
        for (key, name) in named.into_iter().chain([("theme_dark", &ui.theme_dark), ("theme_light", &ui.theme_light)]) {
            match self.library.resolve(name) {
                Some(Ok(_)) => {}
                Some(Err(wrong)) => return Err(Box::new(self.problem(wrong))),
                None => return Err(Box::new(self.unknown(config, key, name))),
            }
        }
        Ok(())
    }

    fn unknown(&self, config: &Config, key: &str, name: &str) -> Problem {
        let path = config.path.clone().unwrap_or_default();
        // The file is read again for the place alone: this is an error's way.
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let names = self.library.names();
        let words = match self.directory.as_deref() {
            Some(directory) => format!("there is no theme \"{name}\" here or in {}", directory.display()),
            None => format!("there is no theme \"{name}\""),
        };
        let nearest = nearest(name, names);
        Problem { nearest, ..Located::new(&text, &path).problem(&["ui", key], words) }
    }
}

#[cfg(test)]
mod tests;
