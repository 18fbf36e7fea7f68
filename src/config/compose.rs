//! How mails are written: the table `[compose]`, signatures, and the templates that lie beside the config.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::env::Env;
use super::error::{Error, Located};
use super::{Account, Config};
use crate::letter::Mailbox;
use crate::letter::style::{Identity, Quote, Style, Writer};

/// The longest signature or template that is read, in bytes.
const LONGEST: u64 = 64 * 1024;
/// The most templates that are read.
const MOST: usize = 200;

/// How mails are written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Compose {
    /// How answers are begun.
    pub style: Style,
    /// Whether the dates of what is sent are in UTC, and do not say where the user is.
    pub utc_dates: bool,
    /// Whether what is sent says which program wrote it.
    pub user_agent: bool,
    /// Files of vCards, and directories of them, whose people are offered.
    pub vcards: Vec<PathBuf>,
    /// A command for `sh -c` that finds people; `%s` in it is what was typed.
    pub address_command: Option<String>,
    /// How mails are sealed where their writer says nothing.
    pub sealing: Sealing,
}

/// How mails are sealed where their writer says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sealing {
    /// Whether they are signed.
    pub sign: bool,
    /// Whether they are encrypted.
    pub encrypt: Encrypt,
    /// By S/MIME, not by PGP/MIME.
    pub smime: bool,
}

/// Whether mails are encrypted whose writer does not say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encrypt {
    /// They are not.
    #[default]
    Never,
    /// Those are that everybody who gets them has a key for.
    WhenPossible,
    /// They are, or are not sent.
    Always,
}

/// What stands below a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// These words.
    Text(String),
    /// What the file says when a mail is begun.
    File(PathBuf),
}

/// How mails are written.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Compose")]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own")]
pub(super) struct Raw {
    /// Where what you answer stands.
    quote: RawQuote,
    /// The line above it. {date}, {time}, {day}, {name}, {first}, {address}, {subject} and {me} stand for what they say; "":
    /// no line. Default: "On {date} at {time}, {name} wrote:".
    attribution: Option<String>,
    /// true: what you write is Markdown, and goes out as a page beside its text; a key switches it for each mail.
    markdown: bool,
    /// true: the dates of your mails are in UTC, and do not say your time zone.
    utc_dates: bool,
    /// true: your mails say that this program wrote them.
    user_agent: bool,
    /// Address books: files of vCards, or directories of them. Their people are offered when you write to somebody.
    vcards: Vec<String>,
    /// A command that finds people, run by "sh -c": %s in it is what you typed. It prints a line with a message, and then
    /// lines of address, tab, name, as the `query_command` of mutt does.
    address_command: Option<String>,
    /// true: your mails are signed, by gpg, or by gpgsm with `smime`; a key signs a single one. What "posthaste send" gets is
    /// sent as it is.
    sign: bool,
    /// Whether your mails are encrypted. "when-possible": those that everybody who gets them has a key for; "always": a mail
    /// without a key for everybody is not sent. Drafts of what may be encrypted are encrypted to you. "posthaste send" encrypts
    /// nothing, and refuses with "always" what is not encrypted yet.
    encrypt: Encrypt,
    /// true: by S/MIME in place of PGP/MIME.
    smime: bool,
}

/// Where what is answered stands.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum RawQuote {
    /// Below your answer.
    #[default]
    Below,
    /// Above your answer.
    Above,
    /// Nowhere.
    None,
}

/// Checks the table.
pub(super) fn check(raw: Raw, document: &Located<'_>, env: &Env) -> Result<Compose, Error> {
    let attribution = raw.attribution.unwrap_or_else(|| Style::default().attribution);
    if attribution.chars().any(|c| c.is_control() && c != '\n') {
        return Err(document
            .problem(&["compose", "attribution"], "there is a character in it that cannot be seen")
            .into());
    }
    let quote = match raw.quote {
        RawQuote::Below => Quote::Below,
        RawQuote::Above => Quote::Above,
        RawQuote::None => Quote::None,
    };
    let style = Style { quote, attribution, markdown: raw.markdown };
    let base = document.path().parent();
    let place = |text: String| {
        let path = env.expand(text.trim()).map_err(|reason| document.problem(&["compose", "vcards"], reason))?;
        Ok(base.filter(|_| path.is_relative()).map_or_else(|| path.clone(), |base| base.join(&path)))
    };
    let vcards = raw.vcards.into_iter().map(place).collect::<Result<_, Error>>()?;
    let address_command = raw.address_command.filter(|command| !command.trim().is_empty());
    let sealing = Sealing { sign: raw.sign, encrypt: raw.encrypt, smime: raw.smime };
    let Raw { utc_dates, user_agent, .. } = raw;
    Ok(Compose { style, utc_dates, user_agent, vcards, address_command, sealing })
}

/// What `signature` says: a single line that begins as a path is one, all else are the words.
pub(super) fn signature(text: String, document: &Located<'_>, env: &Env) -> Result<Signature, String> {
    let is_path =
        !text.trim().contains('\n') && ["~/", "/", "./", "../", "$"].iter().any(|start| text.starts_with(start));
    if !is_path {
        return Ok(Signature::Text(text));
    }
    let path = env.expand(text.trim())?;
    let base = document.path().parent().filter(|_| path.is_relative());
    Ok(Signature::File(base.map_or_else(|| path.clone(), |base| base.join(&path))))
}

/// Who the user is in each account, with signatures; and what could not be read, a sentence each. Reads the files of
/// signatures.
pub fn writers(config: &Config) -> (Vec<Writer>, Vec<String>) {
    let mut wrong = Vec::new();
    let writers = config.accounts.iter().map(|account| writer(account, &mut wrong)).collect();
    (writers, wrong)
}

fn writer(account: &Account, wrong: &mut Vec<String>) -> Writer {
    let mut words = |signature: Option<&Signature>| match signature {
        None => String::new(),
        Some(Signature::Text(text)) => text.clone(),
        Some(Signature::File(path)) => short_file(path).unwrap_or_else(|error| {
            wrong.push(format!("The signature {} cannot be read: {error}", path.display()));
            String::new()
        }),
    };
    let own = words(account.signature.as_ref());
    let name = account.display_name.clone().unwrap_or_default();
    let first =
        Identity { mailbox: Mailbox { name: name.clone(), address: account.email.clone() }, signature: own.clone() };
    let others = account.identities.iter().map(|identity| Identity {
        mailbox: Mailbox {
            name: identity.name.clone().unwrap_or_else(|| name.clone()),
            address: identity.email.clone(),
        },
        signature: identity.signature.as_ref().map_or_else(|| own.clone(), |signature| words(Some(signature))),
    });
    let identities = std::iter::once(first).chain(others).collect();
    Writer { account: account.name.clone(), identities }
}

/// A template for a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The name of its file, without the ending.
    pub name: String,
    /// Its text, with fields in braces.
    pub text: String,
}

/// The templates beside the config: `templates/NAME.txt`, by name. Those that cannot be read are left out; a directory
/// that is not there has none.
pub fn templates(config: &Path) -> Vec<Template> {
    let Ok(entries) = std::fs::read_dir(config.with_file_name("templates")) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|ending| ending == "txt")).collect();
    paths.sort();
    let template = |path: PathBuf| {
        let name = path.file_stem()?.to_str().filter(|name| !name.starts_with('.'))?.to_owned();
        Some(Template { name, text: short_file(&path).ok()? })
    };
    paths.into_iter().take(MOST).filter_map(template).collect()
}

/// A file of text that is not long; a pipe or a device is none.
fn short_file(path: &Path) -> io::Result<String> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut text = String::new();
    let read = std::fs::File::open(path)?.take(LONGEST + 1).read_to_string(&mut text)?;
    if read as u64 > LONGEST { Err(io::Error::other("it is longer than 64 KB")) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::Config;
    use super::super::env::Env;
    use super::{Encrypt, Quote, Sealing, templates, writers};

    const ACCOUNT: &str = "[accounts.a]\nemail = \"ada@x.example\"\nname = \"Ada\"\n";
    const IMAP: &str = "[accounts.a.imap]\nhost = \"h\"\npassword_command = \"p\"\n";

    /// Each identity has its own signature, else the account's; a file that is gone is told of.
    #[test]
    fn identities_have_signatures() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(folder.path().join("sig.txt"), "Ada\nin the file\n").unwrap();
        let keys = "signature = \"Best\"\nidentities = [{ email = \"b@x.example\", signature = \"./sig.txt\" }, \
                    { email = \"c@x.example\", name = \"C\" }, { email = \"d@x.example\", signature = \"\" }, \
                    { email = \"e@x.example\", signature = \"./gone\" }]\n";
        let config = Config::parse_with(&format!("{ACCOUNT}{keys}{IMAP}"), &path, &Env::process()).unwrap();
        let (writers, wrong) = writers(&config);
        let all: Vec<[&str; 3]> = writers[0]
            .identities
            .iter()
            .map(|one| [one.mailbox.name.as_str(), one.mailbox.address.as_str(), one.signature.as_str()])
            .collect();
        assert_eq!(
            all,
            [
                ["Ada", "ada@x.example", "Best"],
                ["Ada", "b@x.example", "Ada\nin the file\n"],
                ["C", "c@x.example", "Best"],
                ["Ada", "d@x.example", ""],
                ["Ada", "e@x.example", ""],
            ]
        );
        assert!(wrong.len() == 1 && wrong[0].contains("gone"), "{wrong:?}");
    }

    /// The table says how answers look; a wrong word is named.
    #[test]
    fn the_table_is_read() {
        let read =
            |table: &str| Config::parse_with(&format!("{ACCOUNT}{IMAP}{table}"), Path::new("/c.toml"), &Env::process());
        let config = read(
            "[compose]\nquote = \"above\"\nattribution = \"{name}:\"\nmarkdown = true\nutc_dates = true\n\
                  sign = true\nencrypt = \"when-possible\"\n",
        )
        .unwrap();
        assert_eq!(config.compose.sealing, Sealing { sign: true, encrypt: Encrypt::WhenPossible, smime: false });
        let style = &config.compose.style;
        assert_eq!((style.quote, style.attribution.as_str(), style.markdown), (Quote::Above, "{name}:", true));
        assert!(config.compose.utc_dates && !config.compose.user_agent);
        let env = Env::of([("HOME", "/home/ada")]);
        let table =
            "[compose]\nvcards = [\"~/contacts\", \"book.vcf\"]\naddress_command = \"khard email --parsable %s\"\n";
        let config = Config::parse_with(&format!("{ACCOUNT}{IMAP}{table}"), Path::new("/etc/c.toml"), &env).unwrap();
        assert_eq!(config.compose.vcards, [Path::new("/home/ada/contacts"), Path::new("/etc/book.vcf")]);
        assert_eq!(config.compose.address_command.as_deref(), Some("khard email --parsable %s"));
        let error = read("[compose]\nquote = \"top\"\n").unwrap_err().to_string();
        assert!(error.contains("compose.quote: \"top\" is none of \"below\", \"above\", \"none\""), "{error}");
    }

    /// Templates have the names of their files.
    #[test]
    fn templates_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        assert!(templates(&config).is_empty());
        std::fs::create_dir(folder.path().join("templates")).unwrap();
        for (name, text) in [("b.txt", "B"), ("a.txt", "A"), ("c.toml", "C"), (".d.txt", "D")] {
            std::fs::write(folder.path().join("templates").join(name), text).unwrap();
        }
        let found = templates(&config);
        let found: Vec<(&str, &str)> = found.iter().map(|one| (one.name.as_str(), one.text.as_str())).collect();
        assert_eq!(found, [("a", "A"), ("b", "B")]);
    }
}
