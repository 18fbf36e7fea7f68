//! Notices of new mail: the table `[notices]`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Account;
use super::error::{Error, Located, nearest};

/// Which new mail is told of, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notices {
    /// How.
    pub via: Via,
    /// For which folders: `inbox` for every inbox, else an account and the path of a folder in it.
    pub folders: Vec<Place>,
    /// Whose mail is told of wherever it arrives: addresses, and domains that begin with `@`, in lower case.
    pub vip: Vec<String>,
    /// Whether nothing is told while the terminal has the focus.
    pub quiet_while_focused: bool,
}

/// A folder that is named in the config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The inbox of every account.
    Inboxes,
    /// A folder by the name of its account and its path.
    Folder(String, String),
}

/// How new mail is told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// As the terminal can.
    Auto,
    /// OSC 9, as iTerm2 has it.
    Osc9,
    /// OSC 777, as rxvt has it.
    Osc777,
    /// OSC 99, as kitty has it.
    Osc99,
    /// The terminal's bell.
    Bell,
    /// A program and its arguments.
    Command(Vec<String>),
    /// Not at all.
    Off,
}

impl Default for Notices {
    fn default() -> Self {
        Self { via: Via::Auto, folders: vec![Place::Inboxes], vip: Vec::new(), quiet_while_focused: true }
    }
}

/// Notices of new mail.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Notices")]
pub(super) struct Raw {
    /// How. "auto": as the terminal can, else its bell.
    via: Option<RawVia>,
    /// A program that is run instead, with its arguments, without a shell. `$POSTHASTE_TITLE`, `$POSTHASTE_TEXT`,
    /// `$POSTHASTE_SENDER`, `$POSTHASTE_SUBJECT`, `$POSTHASTE_FOLDER` and `$POSTHASTE_COUNT` stand for what is told, and are
    /// in its environment.
    command: Option<String>,
    /// For which folders: "inbox" for every inbox, else an account and a folder: "work/Lists/rust". Default: the inboxes.
    folders: Option<Vec<String>>,
    /// Whose mail is told of wherever it arrives: addresses, or "@family.example" for all of a domain.
    vip: Vec<String>,
    /// false tells of new mail while the terminal has the focus, too.
    quiet_while_focused: Option<bool>,
}

/// How new mail is told of.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Via")]
enum RawVia {
    /// As the terminal can.
    Auto,
    /// OSC 9: iTerm2, `WezTerm`.
    Osc9,
    /// OSC 777: rxvt, foot, Ghostty.
    Osc777,
    /// OSC 99: kitty.
    Osc99,
    /// The bell.
    Bell,
    /// Not at all.
    Off,
}

/// Checks the table.
pub(super) fn check(raw: Raw, accounts: &[Account], document: &Located<'_>) -> Result<Notices, Error> {
    let via = match (raw.command.as_deref(), raw.via) {
        (Some(_), Some(_)) => {
            let text = "via and command exclude each other: keep one of them";
            return Err(document.problem(&["notices", "command"], text).into());
        }
        (Some(command), None) => {
            Via::Command(words(command).map_err(|reason| document.problem(&["notices", "command"], reason))?)
        }
        (None, None | Some(RawVia::Auto)) => Via::Auto,
        (None, Some(RawVia::Osc9)) => Via::Osc9,
        (None, Some(RawVia::Osc777)) => Via::Osc777,
        (None, Some(RawVia::Osc99)) => Via::Osc99,
        (None, Some(RawVia::Bell)) => Via::Bell,
        (None, Some(RawVia::Off)) => Via::Off,
    };
    let folders = match raw.folders {
        None => vec![Place::Inboxes],
        Some(names) => names.iter().map(|name| place(name, accounts, document)).collect::<Result<_, _>>()?,
    };
    let mut vip = Vec::new();
    for address in raw.vip {
        let whole = address.trim().to_lowercase();
        let domain = whole.rsplit_once('@').map_or("", |(_, domain)| domain);
        if domain.is_empty() || whole.chars().any(|c| c.is_control() || c.is_whitespace()) {
            let text = format!(
                "\"{address}\" is no address and no domain: it should look like boss@acme.example or @acme.example"
            );
            return Err(document.problem(&["notices", "vip"], text).into());
        }
        vip.push(whole);
    }
    Ok(Notices { via, folders, vip, quiet_while_focused: raw.quiet_while_focused != Some(false) })
}

fn place(name: &str, accounts: &[Account], document: &Located<'_>) -> Result<Place, Error> {
    if name.eq_ignore_ascii_case("inbox") {
        return Ok(Place::Inboxes);
    }
    // An account's name has no slash.
    let Some((account, folder)) = name.split_once('/').filter(|(_, folder)| !folder.is_empty()) else {
        let text = format!("\"{name}\" is neither \"inbox\" nor an account and a folder, as in \"work/Lists/rust\"");
        return Err(document.problem(&["notices", "folders"], text).into());
    };
    if !accounts.iter().any(|known| known.name == account) {
        let mut problem = document.problem(&["notices", "folders"], format!("there is no account \"{account}\""));
        problem.nearest = nearest(account, accounts.iter().map(|known| known.name.as_str()));
        return Err(problem.into());
    }
    Ok(Place::Folder(account.to_owned(), folder.to_owned()))
}

/// A command's words: parted by spaces, quoted by `'` or `"`, after `\` any character is itself.
fn words(command: &str) -> Result<Vec<String>, &'static str> {
    let (mut words, mut word, mut begun) = (Vec::new(), String::new(), false);
    let mut quote = None;
    let mut letters = command.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\\', None | Some('"')) => {
                word.push(letters.next().ok_or("there is nothing behind the last \\")?);
                begun = true;
            }
            ('\'' | '"', None) => (quote, begun) = (Some(letter), true),
            (_, Some(open)) if letter == open => quote = None,
            (_, None) if letter.is_whitespace() => {
                if std::mem::take(&mut begun) {
                    words.push(std::mem::take(&mut word));
                }
            }
            _ => {
                word.push(letter);
                begun = true;
            }
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed");
    }
    if begun {
        words.push(word);
    }
    if words.is_empty() { Err("the command is empty") } else { Ok(words) }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Notices, Place, Via, words};
    use crate::config::Config;
    use crate::config::env::Env;

    const ACCOUNT: &str =
        "[accounts.work]\nemail = \"a@b.example\"\n[accounts.work.imap]\nhost = \"localhost\"\npassword = \"x\"\n";

    fn read(text: &str) -> Result<Notices, String> {
        let whole = format!("{ACCOUNT}[notices]\n{text}\n");
        let config = Config::parse_with(&whole, Path::new("/x/config.toml"), &Env::from(&[("HOME", "/h")][..]));
        config.map(|config| config.notices).map_err(|error| error.to_string())
    }

    /// Protects what the table means, and its defaults.
    #[test]
    fn the_table_is_read() {
        assert_eq!(read("").unwrap(), Notices::default());
        let all = "via = \"osc99\"\nfolders = [\"Inbox\", \"work/Lists/rust\"]\nvip = [\"Boss@Acme.example\", \"@family.example\"]\nquiet_while_focused = false";
        let notices = read(all).unwrap();
        assert_eq!(notices.via, Via::Osc99);
        assert_eq!(notices.folders, [Place::Inboxes, Place::Folder("work".into(), "Lists/rust".into())]);
        assert_eq!(notices.vip, ["boss@acme.example", "@family.example"]);
        assert!(!notices.quiet_while_focused);
        assert_eq!(
            read("command = \"notify-send -- 'a b'\"").unwrap().via,
            Via::Command(vec!["notify-send".into(), "--".into(), "a b".into()])
        );
    }

    /// Protects who mistypes: what is wrong is said with its place.
    #[test]
    fn mistakes_are_named() {
        for (text, said) in [
            ("via = \"osc8\"", "osc9"),
            ("via = \"bell\"\ncommand = \"x\"", "exclude each other"),
            ("command = \"a 'b\"", "not closed"),
            ("command = \" \"", "empty"),
            ("folders = [\"Lists\"]", "work/Lists/rust"),
            ("folders = [\"wrok/Lists\"]", "work"),
            ("vip = [\"boss\"]", "no address"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(said) && error.contains("config.toml:"), "{text}: {error}");
        }
    }

    /// Protects arguments: they are parted as a shell would part them, and nothing else of a shell is there.
    #[test]
    fn commands_are_parted() {
        let parted = |text| words(text).unwrap();
        assert_eq!(parted("a  b\tc"), ["a", "b", "c"]);
        assert_eq!(parted("a 'b c' \"d \\\" e\" f\\ g ''"), ["a", "b c", "d \" e", "f g", ""]);
        assert_eq!(parted("a $(b) `c`;d"), ["a", "$(b)", "`c`;d"]);
    }
}
