//! The environment as a value, so that tests need not change the process's own.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// Environment variables.
#[derive(Debug, Clone, Default)]
pub struct Env {
    vars: BTreeMap<OsString, OsString>,
}

impl From<&[(&str, &str)]> for Env {
    fn from(vars: &[(&str, &str)]) -> Self {
        Self { vars: vars.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect() }
    }
}

impl Env {
    /// The environment of this process.
    pub fn process() -> Self {
        Self { vars: std::env::vars_os().collect() }
    }

    /// An environment of these variables alone.
    pub fn of<const N: usize>(vars: [(&str, &str); N]) -> Self {
        Self { vars: vars.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }

    /// A variable's value; an empty one counts as not set.
    pub fn get(&self, name: &str) -> Option<OsString> {
        self.vars.get(std::ffi::OsStr::new(name)).filter(|value| !value.is_empty()).cloned()
    }

    /// A variable's value as a path.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from)
    }

    /// Whether text goes to the terminal as UTF-8: the locale names no other charset, nor is it the C locale (POSIX,
    /// chapter 8.2: `LC_ALL`, then `LC_CTYPE`, then `LANG`). Without any, as in many containers, terminals are UTF-8.
    pub fn is_utf8(&self) -> bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| self.get(name));
        let Some(locale) = locale.and_then(|locale| locale.into_string().ok()) else { return true };
        match locale.split_once('.') {
            Some((_, charset)) => {
                let charset = charset.split('@').next().unwrap_or_default().to_ascii_lowercase();
                matches!(charset.as_str(), "utf-8" | "utf8")
            }
            None => !matches!(locale.as_str(), "C" | "POSIX"),
        }
    }

    /// A path as a config file writes it: `~` or `~/…` is the home directory, `$NAME` and `${NAME}` are variables.
    ///
    /// # Errors
    /// A sentence that names the variable that is not set.
    pub fn expand(&self, text: &str) -> Result<PathBuf, String> {
        let mut out = String::new();
        let mut rest = text;
        if let Some(tail) = text.strip_prefix('~')
            && (tail.is_empty() || tail.starts_with('/'))
        {
            out.push_str(&self.word("HOME")?);
            rest = tail;
        }
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let (name, tail) = split_name(after).ok_or_else(|| format!("\"{text}\" has a \"${{\" without \"}}\""))?;
            if name.is_empty() {
                out.push('$');
            } else {
                out.push_str(&self.word(name)?);
            }
            rest = tail;
        }
        out.push_str(rest);
        Ok(PathBuf::from(out))
    }

    fn word(&self, name: &str) -> Result<String, String> {
        self.get(name)
            .and_then(|value| value.into_string().ok())
            .ok_or_else(|| format!("the environment variable {name} is not set"))
    }
}

/// Splits what follows a `$` into the variable's name and the rest; `None` when a brace is not closed.
fn split_name(after: &str) -> Option<(&str, &str)> {
    if let Some(braced) = after.strip_prefix('{') {
        return braced.split_once('}');
    }
    let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
    Some(after.split_at(end))
}

#[cfg(test)]
mod tests;
