//! `keys`, `completions` and `man`: made from the same tables that the program works by.

use std::fmt::Write;

use clap::CommandFactory;
use serde::Serialize;

use super::Failure;
use super::args::{Args, Keys};
use super::context::Context;
use super::exit::Code;
use super::output::Format;
use crate::app::action::argument::{Argument, names};
use crate::app::action::{Context as Place, table};
use crate::app::help::keyed_by;
use crate::app::keymap::Keymap;
use crate::app::keymap::problem::Problem;
use crate::config::Config;
use crate::config::keys::Preset;
use crate::config::paths::Paths;
use crate::runtime::key_test;
use crate::runtime::launch::keymap;

/// A key and what it does, as JSON.
#[derive(Serialize)]
struct KeyJson {
    place: &'static str,
    keys: String,
    action: String,
    name: String,
}

/// Prints the keys with the user's choices over them; with no config, the defaults.
pub(super) fn keys(context: &mut Context<'_>, wanted: &Keys) -> Result<Code, Failure> {
    let place = wanted.context.as_deref().map(place_named).transpose()?;
    let (keymap, problems) = match wanted.preset.as_deref() {
        Some(name) => (Keymap::preset(preset_named(name)?), Vec::new()),
        None => configured(context)?,
    };
    for problem in &problems {
        context.out.note(&format!("warning: {problem}"));
    }
    if wanted.test {
        let out = &mut *context.out;
        key_test::run(&keymap, place.unwrap_or(Place::List), &mut |line| {
            out.line(line)?;
            // The terminal is raw: a line feed does not lead to the left edge.
            out.own_text("\r")?;
            out.flush()
        })?;
        return Ok(Code::Done);
    }
    let rows: Vec<KeyJson> =
        rows(&keymap).into_iter().filter(|row| place.is_none_or(|place| row.place == place.as_str())).collect();
    match context.out.format() {
        Format::Json => context.out.json(&rows)?,
        Format::Text if wanted.markdown => context.out.own_text(&markdown(&rows))?,
        Format::Text => {
            for row in &rows {
                context.out.fields([row.place, row.keys.as_str(), row.action.as_str(), row.name.as_str()])?;
            }
        }
    }
    Ok(Code::Done)
}

/// The keys that the config and what was changed on the screen make; without a config, those without it.
fn configured(context: &Context<'_>) -> Result<(Keymap, Vec<Problem>), Failure> {
    let config = match Config::load(context.args.config.as_deref(), context.env) {
        Ok(config) => config,
        Err(crate::config::error::Error::Missing { .. }) => Config::default(),
        Err(e) => return Err(e.into()),
    };
    Ok(keymap(&config, &context.paths()?))
}

fn place_named(name: &str) -> Result<Place, Failure> {
    let names = Place::ALL.map(Place::as_str);
    Place::ALL
        .into_iter()
        .find(|place| place.as_str() == name)
        .ok_or_else(|| Failure::Usage(format!("there is no context \"{name}\"; there are: {}", names.join(", "))))
}

fn preset_named(name: &str) -> Result<Preset, Failure> {
    let names = Preset::ALL.map(Preset::as_str);
    Preset::parse(name)
        .ok_or_else(|| Failure::Usage(format!("there is no preset \"{name}\"; there are: {}", names.join(", "))))
}

/// What is wrong with the keys of the config and with those that were changed on the screen.
pub(super) fn key_problems(config: &Config, paths: &Paths) -> Vec<Problem> {
    keymap(config, paths).1
}

fn rows(keymap: &Keymap) -> Vec<KeyJson> {
    let of_place = |place: Place| {
        keymap.bindings(place).iter().map(move |bound| {
            let action = bound.calls.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            KeyJson { place: place.as_str(), keys: bound.keys.clone(), action, name: names(&bound.calls) }
        })
    };
    Place::ALL.into_iter().flat_map(of_place).collect()
}

/// The keys as tables, an action a row.
fn markdown(rows: &[KeyJson]) -> String {
    let cell = |text: &str| text.replace('\\', "\\\\").replace('|', "\\|");
    // A backtick within backticks needs two around it.
    let code = |text: &str| {
        if text.contains('`') { format!("`` {text} ``") } else { format!("`{}`", text.replace('|', "\\|")) }
    };
    let mut text = String::new();
    let mut place = "";
    let mut before: Option<&KeyJson> = None;
    let mut keys: Vec<String> = Vec::new();
    let end = |text: &mut String, before: Option<&KeyJson>, keys: &mut Vec<String>| {
        if let Some(row) = before {
            let _ = writeln!(text, "| {} | {} | {} |", keys.join(" "), code(&row.action), cell(&row.name));
        }
        keys.clear();
    };
    for row in rows {
        if before.is_some_and(|before| (before.place, &before.action) != (row.place, &row.action)) {
            end(&mut text, before, &mut keys);
        }
        if row.place != place {
            let gap = if place.is_empty() { "" } else { "\n" };
            place = row.place;
            let _ = writeln!(text, "{gap}## {place}\n\n| Keys | Action | |\n|---|---|---|");
        }
        keys.push(code(&row.keys));
        before = Some(row);
    }
    end(&mut text, before, &mut keys);
    text
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
    // What prints help on the others is none of them.
    let is_own = |command: &&clap::Command| command.get_name() != "help";
    for command in command.get_subcommands().filter(is_own) {
        if command.has_subcommands() {
            command.get_subcommands().filter(is_own).for_each(|command| write_command(&mut page, command));
        } else {
            write_command(&mut page, command);
        }
    }
    page.push_str(".SH KEYS\n");
    let presets = Preset::ALL.map(Preset::as_str).join(", ");
    let _ = writeln!(
        page,
        "These are the default keys. {} {}",
        roff(&format!(
            "keys.preset in the config takes others: {presets}; \"posthaste keys --preset NAME\" prints them."
        )),
        roff("A number before a key moves that far, or acts on that many messages."),
    );
    let mut place = "";
    for row in rows(&Keymap::defaults()) {
        if row.place != place {
            place = row.place;
            let _ = writeln!(page, ".SS {}", roff(place));
        }
        let _ = writeln!(page, ".TP\n\\fB{}\\fR\n{} ({})", roff(&row.keys), roff(&row.name), roff(&row.action));
    }
    write_arguments(&mut page);
    page.push_str(".SH FILES\n");
    for (file, what) in [
        ("$XDG_CONFIG_HOME/posthaste/config.toml", "the config"),
        ("$XDG_CONFIG_HOME/posthaste/themes/NAME.toml", "themes of your own"),
        ("$XDG_CONFIG_HOME/posthaste/keys.toml", "keys that were changed on the screen"),
        ("$XDG_CACHE_HOME/posthaste/", "the cache: may be deleted at any time"),
        ("$XDG_DATA_HOME/posthaste/", "the journal of changes that no server knows yet: keep it"),
        (
            "$XDG_DATA_HOME/posthaste/tokens/NAME.token",
            "the OAuth 2 refresh token of an account with oauth.store = \"file\": who has it can sign in as you; without it \
             you sign in again",
        ),
        ("$XDG_STATE_HOME/posthaste/", "the log, and the theme that was picked on the screen"),
    ] {
        let _ = writeln!(page, ".TP\n\\fI{}\\fR\n{}", roff(file), roff(what));
    }
    Ok(page)
}

/// The actions that can be told something: in the palette and behind their names in the config.
fn write_arguments(page: &mut String) {
    page.push_str(".SS with arguments\n");
    let keymap = Keymap::defaults();
    for entry in table().iter().filter(|entry| entry.argument != Argument::None) {
        let used = format!("{} {}", entry.slug, entry.argument.placeholder());
        let _ = writeln!(page, ".TP\n\\fB{}\\fR\n{}", roff(&used), roff(&keyed_by(&keymap, Place::List, entry.help)));
    }
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
