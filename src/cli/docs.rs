//! `keys`, `completions` and `man`: made from the same tables that the program works by.

use std::fmt::Write;

use clap::CommandFactory;
use serde::Serialize;

use super::Failure;
use super::args::Args;
use super::context::Context;
use super::exit::Code;
use super::output::Format;
use crate::app::action::{Context as Place, Id};
use crate::app::keymap::{Binding, Keymap, Overrides, Problem};
use crate::config::{Config, KeyBinding};

/// A key and what it does, as JSON.
#[derive(Serialize)]
struct KeyJson {
    place: &'static str,
    keys: String,
    action: &'static str,
    name: &'static str,
}

/// Prints the keys with the user's choices over them; with no config, the defaults.
pub(super) fn keys(context: &mut Context<'_>) -> Result<Code, Failure> {
    let config = match Config::load(context.args.config.as_deref(), context.env) {
        Ok(config) => Some(config),
        Err(crate::config::error::Error::Missing { .. }) => None,
        Err(e) => return Err(e.into()),
    };
    let (keymap, problems) = Keymap::with(&overrides(config.as_ref()));
    for problem in &problems {
        context.out.note(&format!("warning: {problem}"));
    }
    let rows = rows(&keymap);
    match context.out.format() {
        Format::Json => context.out.json(&rows)?,
        Format::Text => {
            for row in &rows {
                context.out.fields([row.place, row.keys.as_str(), row.action, row.name])?;
            }
        }
    }
    Ok(Code::Done)
}

/// What is wrong with the config's keys, in the words of the keymap.
pub(super) fn key_problems(config: &Config) -> Vec<Problem> {
    Keymap::with(&overrides(Some(config))).1
}

/// The config's keys in the keymap's words.
fn overrides(config: Option<&Config>) -> Overrides {
    let binding = |binding: &KeyBinding| match binding {
        KeyBinding::Action(action) => Binding::Action(action.clone()),
        KeyBinding::Off => Binding::Off,
    };
    config
        .iter()
        .flat_map(|config| &config.keys)
        .map(|(place, keys)| (place.clone(), keys.iter().map(|(keys, to)| (keys.clone(), binding(to))).collect()))
        .collect()
}

fn rows(keymap: &Keymap) -> Vec<KeyJson> {
    let of_place = |place: Place| {
        keymap.bindings(place).into_iter().map(move |(keys, id): (String, Id)| {
            let entry = id.entry();
            KeyJson { place: place.as_str(), keys, action: entry.slug, name: entry.name }
        })
    };
    Place::ALL.into_iter().flat_map(of_place).collect()
}

/// Prints a completion script.
pub(super) fn completions(context: &mut Context<'_>, shell: clap_complete::Shell) -> Result<Code, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "posthaste", &mut script);
    context.out.own_text(&String::from_utf8_lossy(&script))?;
    Ok(Code::Done)
}

/// Prints the man page in roff, with every command's options and the table of keys.
pub(super) fn man(context: &mut Context<'_>) -> Result<Code, Failure> {
    context.out.own_text(&man_page()?)?;
    Ok(Code::Done)
}

fn man_page() -> Result<String, Failure> {
    let mut command = Args::command();
    command.build();
    let man = clap_mangen::Man::new(command.clone());
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    // Not the crate's list of subcommands: that refers to a page for each.
    page.push_str(".SH COMMANDS\n");
    for command in command.get_subcommands() {
        if command.has_subcommands() {
            command.get_subcommands().for_each(|command| write_command(&mut page, command));
        } else {
            write_command(&mut page, command);
        }
    }
    page.push_str(".SH KEYS\n");
    let mut place = "";
    for row in rows(&Keymap::defaults()) {
        if row.place != place {
            place = row.place;
            let _ = writeln!(page, ".SS {}", roff(place));
        }
        let _ = writeln!(page, ".TP\n\\fB{}\\fR\n{} ({})", roff(&row.keys), roff(row.name), roff(row.action));
    }
    page.push_str(".SH FILES\n");
    for (file, what) in [
        ("$XDG_CONFIG_HOME/posthaste/config.toml", "the config"),
        ("$XDG_CONFIG_HOME/posthaste/themes/NAME.toml", "themes of your own"),
        ("$XDG_CACHE_HOME/posthaste/", "the cache: may be deleted at any time"),
        ("$XDG_DATA_HOME/posthaste/", "the journal of changes that no server knows yet: keep it"),
        ("$XDG_STATE_HOME/posthaste/", "the log, and the theme that was picked on the screen"),
    ] {
        let _ = writeln!(page, ".TP\n\\fI{}\\fR\n{}", roff(file), roff(what));
    }
    Ok(page)
}

/// A command: how it is used, what it does, what it takes.
fn write_command(page: &mut String, command: &clap::Command) {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim();
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    // Writing to a String cannot fail.
    let _ = writeln!(page, ".TP\n\\fB{}\\fR\n{}", roff(usage), roff(&about));
    let own = |arg: &&clap::Arg| !arg.is_global_set() && arg.get_id() != "help";
    let _ = writeln!(page, ".RS");
    for arg in command.get_arguments().filter(own) {
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let short = arg.get_short().map(|letter| format!("-{letter}, ")).unwrap_or_default();
        let _ = writeln!(page, ".TP\n{}\n{}", roff(&format!("{short}{arg}")), roff(&help));
    }
    let _ = writeln!(page, ".RE");
}

/// Text as roff takes it: backslashes and hyphens escaped, no line that begins with a control character.
fn roff(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('-', "\\-").replace('\n', " ");
    if escaped.starts_with(['.', '\'']) { format!("\\&{escaped}") } else { escaped }
}

#[cfg(test)]
mod tests;
