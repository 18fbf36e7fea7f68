//! Checks of what the program works with here: config, keys, keyring, terminal. Files are in `files`.

use std::sync::Arc;
use std::time::Duration;

use super::Finding;
use crate::app::keymap::problem::Problem;
use crate::auth::vault::{self, Vault};
use crate::cli::docs;
use crate::cli::terminal;
use crate::config::env::Env;
use crate::config::error::Error;
use crate::config::notices::Via;
use crate::config::oauth::{ClientSecret, Store};
use crate::config::paths::Paths;
use crate::config::secret::Secret;
use crate::config::{Account, Config};
use crate::runtime::abilities::{Abilities, Between, Channel};
use crate::ui::theme::{Depth, is_gnu_screen};

/// How long the keyring may take to say that it is there.
const KEYRING: Duration = Duration::from_secs(5);

/// What to do where there is no account.
const BEGIN: &str = "run \"posthaste\": it asks for your address and does the rest; or \"posthaste account add ADDRESS\" without a screen";

/// Is there a config, and is it right?
pub(super) fn config(loaded: &Result<Config, Error>) -> Vec<Finding> {
    let config = match loaded {
        Ok(config) => config,
        Err(e) => {
            let advice = match e {
                Error::Missing { .. } => BEGIN,
                Error::Invalid(_) | Error::Unreadable { .. } | Error::NoHome | Error::Directory { .. } => {
                    "see \"posthaste config default\" and the README"
                }
            };
            return vec![Finding::fail("config", e.to_string(), advice)];
        }
    };
    let place = config.path.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    let mut findings = vec![match config.accounts.len() {
        0 => Finding::fail("config", format!("{place} has no account"), BEGIN),
        1 => Finding::ok("config", format!("{place}, 1 account{}", disabled(config))),
        many => Finding::ok("config", format!("{place}, {many} accounts{}", disabled(config))),
    }];
    findings.extend(config.warnings.iter().map(|warning| Finding::warn("config", warning, "mail works all the same")));
    findings
}

/// Keys that hide each other, and other mistakes in them.
pub(super) fn keys(loaded: &Result<Config, Error>, paths: &Paths) -> Vec<Finding> {
    let Ok(config) = loaded else { return Vec::new() };
    let problems = docs::key_problems(config, paths);
    let warn = |problem: &Problem| Finding::warn("keys", problem.to_string(), "the other keys hold all the same");
    problems.iter().map(warn).collect()
}

fn disabled(config: &Config) -> String {
    match config.disabled.len() {
        0 => String::new(),
        count => format!(" and {count} disabled"),
    }
}

/// Is there a keyring, and do the accounts want one?
pub(super) async fn keyring(config: &Config, vault: Arc<dyn Vault>) -> Finding {
    let wanting: Vec<&str> =
        config.accounts.iter().filter(|account| wants(account)).map(|account| account.name.as_str()).collect();
    match (vault::probe(&vault, KEYRING).await, wanting.len()) {
        (Ok(()), 0) => Finding::ok("keyring", "there is one; no account uses it"),
        (Ok(()), _) => Finding::ok("keyring", format!("there is one, used by {}", wanting.join(", "))),
        (Err(reason), 0) => Finding::ok("keyring", format!("no account uses one ({reason})")),
        (Err(reason), _) => {
            let found = format!("{reason}; {} cannot sign in without it", wanting.join(", "));
            let advice = "unlock or start it, or use password_command, prompt = true, or oauth.store = \"file\"";
            Finding::fail("keyring", found, advice)
        }
    }
}

/// Whether something of an account lies in the keyring.
fn wants(account: &Account) -> bool {
    match &account.imap.secret {
        Secret::Keyring => true,
        Secret::OAuth(oauth) => oauth.store == Store::Keyring || matches!(oauth.client_secret, ClientSecret::Keyring),
        Secret::Plain(_) | Secret::Command(_) | Secret::TokenCommand(_) | Secret::Prompt | Secret::None => false,
    }
}

/// How new mail will be told of in this terminal.
pub(super) fn notices(config: &Config, env: &Env) -> Finding {
    let abilities = Abilities::detect(|name| env.get(name).and_then(|value| value.into_string().ok()));
    let channel = match &config.notices.via {
        Via::Auto => abilities.notice,
        Via::Osc9 => Channel::Osc9,
        Via::Osc777 => Channel::Osc777,
        Via::Osc99 => Channel::Osc99,
        Via::Bell => Channel::Bell,
        Via::Command(_) => return Finding::ok("notices", "new mail is told by the command of [notices]"),
        Via::Off => return Finding::ok("notices", "off"),
    };
    let how = match channel {
        Channel::Osc9 => "through the terminal (OSC 9)",
        Channel::Osc777 => "through the terminal (OSC 777)",
        Channel::Osc99 => "through the terminal (OSC 99)",
        Channel::Bell => "with the terminal's bell",
    };
    let how = format!("new mail is told {how}");
    match abilities.between {
        Between::Tmux if channel != Channel::Bell => {
            Finding::ok("notices", format!("{how}; tmux needs \"set -g allow-passthrough on\" for it"))
        }
        Between::Other if channel != Channel::Bell => Finding::warn(
            "notices",
            format!("{how}, and the multiplexer between may let nothing through"),
            "via = \"bell\" or a command in [notices] works there",
        ),
        Between::Nothing | Between::Tmux | Between::Other => Finding::ok("notices", how),
    }
}

/// Can the screen be drawn here?
pub(super) fn terminal(config: Option<&Config>, env: &Env) -> Vec<Finding> {
    let mut findings = Vec::new();
    let name = env.get("TERM").and_then(|term| term.into_string().ok()).unwrap_or_default();
    findings.push(match terminal::size() {
        None => Finding::warn("terminal", "this is none", "the screen needs one; the commands do not"),
        Some(_) if name.is_empty() || name == "dumb" => {
            let found = format!("TERM is \"{name}\"");
            Finding::fail("terminal", found, "start in a terminal that sets TERM, for example xterm-256color")
        }
        Some((columns, rows)) if columns < 40 || rows < 10 => {
            Finding::warn("terminal", format!("{name}, {columns}x{rows}"), "the screen needs 40x10 and more")
        }
        Some((columns, rows)) => Finding::ok("terminal", format!("{name}, {columns}x{rows}, {}", colours(env))),
    });
    findings.extend(config.and_then(|config| mouse(config, env)));
    if !terminal::utf8(env) {
        let advice = "set LANG to a UTF-8 locale, or glyphs = \"ascii\" in [ui]";
        findings.push(Finding::warn("locale", "not UTF-8: marks and lines may show as ?", advice));
    }
    findings
}

/// What the mouse is for in GNU screen: it keeps an escape back until the next byte where it reports the mouse.
fn mouse(config: &Config, env: &Env) -> Option<Finding> {
    if !is_gnu_screen(|name| variable(env, name)) {
        return None;
    }
    Some(match config.ui.mouse {
        Some(true) => Finding::warn(
            "mouse",
            "on in GNU screen, which may keep esc back until the next key",
            "take \"mouse = true\" out of [ui]",
        ),
        Some(false) => Finding::ok("mouse", "left to the terminal"),
        None => Finding::ok(
            "mouse",
            "left to the terminal, for GNU screen keeps esc back with it; mouse = true in [ui] takes it",
        ),
    })
}

fn variable(env: &Env, name: &str) -> Option<String> {
    env.get(name).and_then(|value| value.into_string().ok())
}

fn colours(env: &Env) -> &'static str {
    match Depth::detect(|name| variable(env, name)) {
        Depth::None if env.get("NO_COLOR").is_some() => "no colours (NO_COLOR is set)",
        Depth::None => "no colours",
        Depth::True => "true colours",
        Depth::Indexed => "256 colours",
        Depth::Sixteen => "the terminal's own colours",
    }
}
