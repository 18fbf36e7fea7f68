//! `theme list`, `theme show`, `theme import`.

use std::path::Path;

use serde::Serialize;

use super::Failure;
use super::context::Context;
use super::exit::Code;
use super::output::Format;
use crate::app::look::AUTO;
use crate::config::error::{Error, nearest};
use crate::config::themes::Themes;
use crate::config::{Config, ThemeChoice};
use crate::runtime::looks::ThemeFile;
use crate::theme::base16;

/// A theme, as JSON.
#[derive(Serialize)]
struct Row {
    name: String,
    kind: &'static str,
    /// The user's own file.
    file: Option<String>,
    /// When it is shown: "always", "on a dark terminal" …; `None`: not now.
    used: Option<&'static str>,
}

/// The themes, those beside the config too, whether or not that is right.
fn read(context: &Context<'_>) -> Result<Themes, Failure> {
    let path = context.paths()?.config;
    Ok(Themes::read(&path).map_err(|(path, source)| Error::Unreadable { path, source })?)
}

/// Lists the themes, and says which is shown; what is wrong with them, or with the config, goes to stderr.
pub(super) fn list(context: &mut Context<'_>) -> Result<Code, Failure> {
    let themes = read(context)?;
    let (config, trouble) = match Config::load(context.args.config.as_deref(), context.env) {
        Ok(config) => (config, None),
        Err(Error::Missing { .. }) => (Config::default(), None),
        Err(error) => (Config::default(), Some(error)),
    };
    let picked = ThemeFile::new(&context.paths()?.state).read();
    let chosen = match &config.ui.theme {
        ThemeChoice::Named(name) => name.clone(),
        ThemeChoice::Auto => {
            picked.filter(|name| themes.library.text(name).is_some()).unwrap_or_else(|| AUTO.to_owned())
        }
    };
    let used = |name: &str| match (chosen.as_str(), name) {
        (AUTO, name) if name == config.ui.theme_dark => Some("on a dark terminal"),
        (AUTO, name) if name == config.ui.theme_light => Some("on a light terminal"),
        (AUTO, "terminal") => Some("on a terminal that does not say which it is"),
        (chosen, name) => (chosen == name).then_some("always"),
    };
    let mut rows = Vec::new();
    for name in themes.library.names() {
        if let Some(Ok(scheme)) = themes.library.resolve(name) {
            let file = themes.file(name).map(|file| file.display().to_string());
            rows.push(Row { name: name.to_owned(), kind: scheme.kind(), file, used: used(name) });
        }
    }
    match context.out.format() {
        Format::Json => context.out.json(&rows)?,
        Format::Text => {
            for row in &rows {
                let file = row.file.as_deref().unwrap_or("built in");
                let used = row.used.map_or_else(String::new, |when| format!("in use {when}"));
                context.out.fields([row.name.as_str(), row.kind, file, used.trim_end_matches(" always")])?;
            }
        }
    }
    let shown = themes.check(&config).err();
    // What is wrong with the one that is to be shown is said once, as the error.
    for problem in themes.problems().iter().filter(|problem| shown.as_deref() != Some(*problem)) {
        context.out.note(&format!("warning: {problem}"));
    }
    match trouble.or(shown.map(Error::Invalid)) {
        Some(error) => Err(error.into()),
        None => Ok(Code::Done),
    }
}

/// Prints a theme as it is written.
pub(super) fn show(context: &mut Context<'_>, name: &str) -> Result<Code, Failure> {
    let themes = read(context)?;
    let Some(text) = themes.library.text(name) else {
        let words = format!("there is no theme \"{name}\"");
        return Err(Failure::Usage(match nearest(name, themes.library.names()) {
            Some(nearest) => format!("{words}; did you mean \"{nearest}\"?"),
            None => format!("{words}; \"posthaste theme list\" lists them"),
        }));
    };
    for line in text.lines() {
        context.out.line(line)?;
    }
    Ok(Code::Done)
}

/// Prints a base16 scheme as a theme of ours.
pub(super) fn import(context: &mut Context<'_>, file: &Path) -> Result<Code, Failure> {
    let place = file.display();
    let text =
        std::fs::read_to_string(file).map_err(|error| Failure::Failed(format!("cannot read {place}: {error}")))?;
    let scheme = base16::parse(&text).map_err(|(line, reason)| {
        Failure::Failed(match line {
            0 => format!("{place} is no base16 scheme: {reason}"),
            line => format!("{place}:{line}: {reason}"),
        })
    })?;
    for line in scheme.theme().lines() {
        context.out.line(line)?;
    }
    Ok(Code::Done)
}
