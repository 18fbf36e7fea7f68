//! The command line, as clap reads it. Help texts here are also the man page.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use super::version::LONG;
use crate::query::help::HELP;

pub mod account;
pub mod letter;

/// A terminal email client that opens at once, works offline and never loses an action.
///
/// Without a command, the screen opens. The other commands do the same line by line, for scripts and screen readers.
#[derive(Debug, Parser)]
#[command(
    name = "posthaste",
    version,
    long_version = LONG.as_str(),
    after_long_help = EXITS
)]
pub struct Args {
    /// Read this config instead of the default one.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help = "Read this config instead of the default one (also: POSTHASTE_CONFIG)"
    )]
    pub config: Option<PathBuf>,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Open no connection: read from the cache, queue changes
    #[arg(long, global = true)]
    pub offline: bool,
    /// Show one thing at a time in lines of words: for screen readers and braille
    #[arg(long)]
    pub linear: bool,
    /// What to do; the screen when there is none
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What `--help` ends with.
const EXITS: &str = "\
Exit codes: 0 done; 1 something failed (stderr says what); 2 wrong use or config; 75 nothing is lost, but the server \
could not be reached (changes are queued).

Environment: POSTHASTE_CONFIG names the config; POSTHASTE_HOME puts cache, journal and log under one directory; \
POSTHASTE_LOG sets the log's level (error, warn, info, debug, trace); POSTHASTE_OAUTH_PROVIDERS names a file of more \
OAuth providers.";

/// What `theme --help` ends with.
const THEME_FILE: &str = "\
A theme of your own is a file themes/NAME.toml beside the config. It is shown as you save it:

  inherits = \"dusk\"                # what is not said here is as there
  [palette]
  sea = \"#2e8b9a\"                  # or { rgb = \"#2e8b9a\", index = 66 }: its number of 256
  [roles]
  accent = \"sea\"                   # a name of the palette, #rrggbb, or one of the sixteen: \"bright blue\"
  unread = { rgb = \"#ffffff\", color = \"bright white\", modifiers = [\"bold\"] }

\"posthaste theme show dusk\" has every role; ui.theme, ui.theme_dark and ui.theme_light choose, ui.roles changes single \
roles of any theme.";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the screen on a built-in server with sample mail: no account needed, nothing left behind
    Demo,
    /// Bring cache and server together once, queued changes included
    Sync(InAccount),
    /// List the folders
    Folders(InAccount),
    /// List messages, newest first
    List(List),
    /// Find messages in all folders and accounts: posthaste search from:ada invoice
    #[command(after_long_help = language())]
    Search(Search),
    /// Print a message
    Read(Read),
    /// Set and clear flags: posthaste flag 12 13 +seen -flagged +keyword
    Flag(Flag),
    /// Move messages to a folder of their account
    Move(Move),
    /// Move messages to their account's archive
    Archive(Messages),
    /// Move messages to their account's trash
    Trash(Messages),
    /// Put messages off until a time, then they are back in the inbox: posthaste snooze 12 13 "tomorrow 9"
    Snooze(Snooze),
    /// Take the last change back, whether or not the server has made it yet
    Undo(Undo),
    /// Send a mail that is written already, header and all: posthaste send mail.eml; posthaste send - <mail.eml
    ///
    /// Date, Message-ID and From are added where they are missing, line ends mended, Bcc taken out. It is neither signed nor
    /// encrypted here: that is for whoever wrote it ("posthaste compose --send" does what the config says). The mail is on the
    /// disk before anybody is asked: 75 says that it waits there, and goes out by the running screen, the next one, or
    /// "posthaste sync"; 1 that it was refused, or that nobody knows whether it was sent (--json has "unknown" for that).
    Send(letter::Send),
    /// Write a mail: on the screen, or with --send at once: posthaste compose --to ada@example.org -s Hi -b - --send <text
    ///
    /// "posthaste mailto:ada@example.org" does the same. Where there is no terminal, the letter is kept among the drafts and
    /// its number printed.
    Compose(Box<letter::Compose>),
    /// The mails that are on their way, or wait for you: list them, try again, give up
    Outbox {
        /// What about them; without, they are listed
        #[command(subcommand)]
        command: Option<letter::OutboxCommand>,
    },
    /// Rules for arriving mail: list them, add one, remove one
    Rule {
        /// What about them
        #[command(subcommand)]
        command: RuleCommand,
    },
    /// Accounts: add, change, list, check and remove them, and take them over from other programs
    Account {
        /// What about them
        #[command(subcommand)]
        command: AccountCommand,
    },
    /// The config file: where it is, what it may hold, whether it is right
    Config {
        /// What about it
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// The themes of the screen: list them, print one, make one of a base16 scheme
    #[command(after_long_help = THEME_FILE)]
    Theme {
        /// What about them
        #[command(subcommand)]
        command: ThemeCommand,
    },
    /// Check config, files, network, servers and terminal, a line each, with what to do
    Doctor(Doctor),
    /// Print the keys of the screen, by context
    Keys(Keys),
    /// Print the log's place and its end
    Log(Log),
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the man page
    Man,
}

/// For commands that may be kept to one account.
#[derive(Debug, ClapArgs)]
pub struct InAccount {
    /// Only this account
    #[arg(short, long, value_name = "ACCOUNT")]
    pub account: Option<String>,
}

/// `doctor`.
#[derive(Debug, ClapArgs)]
pub struct Doctor {
    /// Only this account
    #[arg(short, long, value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// Print all of it to paste into a report of a problem: without names, addresses, servers and secrets
    #[arg(long)]
    pub report: bool,
}

/// `list`.
#[derive(Debug, ClapArgs)]
pub struct List {
    /// Only this account
    #[arg(short, long, value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// This folder, by its whole name or its role (inbox, snoozed, drafts, sent, archive, junk, trash, all, flagged)
    #[arg(short, long, value_name = "FOLDER", default_value = "inbox")]
    pub folder: String,
    /// At most so many messages
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 50)]
    pub limit: u32,
    /// Only messages that this query finds; "posthaste search --help" has its language
    #[arg(short, long, value_name = "QUERY", allow_hyphen_values = true)]
    pub query: Option<String>,
}

/// `search`.
#[derive(Debug, ClapArgs)]
pub struct Search {
    /// What to find: its words are one query
    #[arg(value_name = "QUERY", required = true)]
    pub query: Vec<String>,
    /// At most so many messages
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 50)]
    pub limit: u32,
    /// Of each conversation only the newest message
    #[arg(short, long)]
    pub conversations: bool,
}

impl Search {
    /// The query as one text.
    pub fn text(&self) -> String {
        let word = |word: &String| word.strip_prefix(MINUS).map_or_else(|| word.clone(), |rest| format!("-{rest}"));
        self.query.iter().map(word).collect::<Vec<_>>().join(" ")
    }
}

/// The language of queries, for the help and the man page.
fn language() -> String {
    let mut text = "The language, here, in list --query and on the screen:\n".to_owned();
    for line in HELP {
        // Infallible: it is written into memory.
        let _infallible = write!(text, "\n  {}\n      {}: {}", line.form, line.what, line.example);
    }
    text
}

/// `read`.
#[derive(Debug, ClapArgs)]
pub struct Read {
    /// The message's number, as list prints it
    #[arg(value_name = "ID", value_parser = clap::value_parser!(i64).range(1..))]
    pub id: i64,
    /// Which view of it
    #[arg(long, value_enum, default_value_t = ViewChoice::Best)]
    pub view: ViewChoice,
}

/// Which view of a message is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ViewChoice {
    /// Its text, or its HTML as text where there is no text of its own
    Best,
    /// Its text part
    Plain,
    /// Its HTML part as text
    Html,
    /// All header fields, then the text
    Headers,
    /// The message as it came, made safe for a terminal
    Source,
}

/// `keys`.
#[derive(Debug, ClapArgs)]
pub struct Keys {
    /// Only this context: list, reader, folders, tasks, picker, input, search, confirm, wizard
    #[arg(short, long, value_name = "CONTEXT")]
    pub context: Option<String>,
    /// The keys of this preset, without config: default, vim, mutt, gmail, aerc, emacs
    #[arg(short, long, value_name = "PRESET")]
    pub preset: Option<String>,
    /// Print tables in Markdown
    #[arg(long)]
    pub markdown: bool,
    /// Read keys from the terminal, and say what each is called and does
    #[arg(long)]
    pub test: bool,
}

/// Commands on messages.
#[derive(Debug, ClapArgs)]
pub struct Messages {
    /// The messages' numbers, as list prints them
    #[arg(value_name = "ID", required = true, value_parser = clap::value_parser!(i64).range(1..))]
    pub ids: Vec<i64>,
}

/// `flag`.
#[derive(Debug, ClapArgs)]
pub struct Flag {
    /// The messages' numbers, then +FLAG to set and -FLAG to clear: seen, flagged, answered, draft, or any keyword
    #[arg(value_name = "ID|+FLAG|-FLAG", required = true)]
    pub words: Vec<String>,
}

/// `move`.
#[derive(Debug, ClapArgs)]
pub struct Move {
    /// The messages' numbers, as list prints them
    #[arg(value_name = "ID", required = true, value_parser = clap::value_parser!(i64).range(1..))]
    pub ids: Vec<i64>,
    /// The folder, by its whole name or its role
    #[arg(value_name = "FOLDER", required = true)]
    pub folder: String,
}

/// `snooze`.
#[derive(Debug, ClapArgs)]
pub struct Snooze {
    /// The messages' numbers, as list prints them
    #[arg(value_name = "ID", required = true, value_parser = clap::value_parser!(i64).range(1..))]
    pub ids: Vec<i64>,
    /// Until when: 3h, "tomorrow 9", mon, 18:30, "next week", "30 nov"; or now, to bring them back
    #[arg(value_name = "WHEN", required = true)]
    pub when: String,
}

/// `undo`.
#[derive(Debug, ClapArgs)]
pub struct Undo {
    /// The change's number, as it was printed; the last one when there is none
    #[arg(value_name = "CHANGE", value_parser = clap::value_parser!(i64).range(1..))]
    pub op: Option<i64>,
}

/// `rule`.
#[derive(Debug, Subcommand)]
pub enum RuleCommand {
    /// List the rules, each with its number
    List,
    /// Add a rule for mail that arrives in an inbox from now on
    Add(NewRule),
    /// Remove the rule with this number
    Remove {
        /// As list prints it
        #[arg(value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
        number: u32,
    },
}

/// `rule add`.
#[derive(Debug, ClapArgs)]
pub struct NewRule {
    /// Mail from this address
    #[arg(long, value_name = "ADDRESS", conflicts_with = "list", required_unless_present = "list")]
    pub from: Option<String>,
    /// Mail of the list with this List-Id
    #[arg(long, value_name = "LIST-ID")]
    pub list: Option<String>,
    /// Only in this account
    #[arg(short, long, value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// What is done with it
    #[arg(value_enum, value_name = "DO")]
    pub deed: DeedChoice,
    /// Where to, with move: the folder's whole name
    #[arg(value_name = "FOLDER")]
    pub folder: Option<String>,
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DeedChoice {
    /// To the archive
    Archive,
    /// To Trash
    Trash,
    /// Marked as read
    Read,
    /// To a folder
    Move,
}

/// `account`.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// List the accounts of the config, in their order, and how each stands
    List,
    /// Add an account: its servers are found, it is tried, and saved when it works
    Add(Box<account::Add>),
    /// Change an account's settings; what is changed is tried first
    Change(Box<account::Change>),
    /// Use an account again
    Enable {
        /// Which
        #[arg(value_name = "NAME")]
        account: String,
    },
    /// Neither show nor sync an account; its mail on the disk and what waits stay
    Disable {
        /// Which
        #[arg(value_name = "NAME")]
        account: String,
    },
    /// Change an account's place among the others
    Move(account::Move),
    /// Remove an account, its mail on this disk and its password from the keyring; on the server nothing changes
    Remove(account::Remove),
    /// Take accounts over from aerc, mutt, neomutt, himalaya or mbsync
    Import(account::Import),
    /// Sign in with a browser (OAuth 2), or put a password into the keyring
    Login(Login),
    /// Sign in to an account, or to all, and say what was found
    Check {
        /// Which; all when there is none
        account: Option<String>,
    },
    /// Find the servers of an address: of it the domain alone is sent to anybody
    Discover {
        /// The address
        address: String,
        /// Ask no third party: leave out the database of Thunderbird's makers
        #[arg(long)]
        domain_alone: bool,
    },
}

/// `account login`.
#[derive(Debug, ClapArgs)]
pub struct Login {
    /// Which account
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
    /// Type a code in a browser on any computer: for servers, where the provider has that
    #[arg(long)]
    pub device: bool,
    /// Put the secret of the OAuth 2 client into the keyring
    #[arg(long, conflicts_with = "device")]
    pub client_secret: bool,
}

/// `config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print where the config is
    Path,
    /// Print a commented config to start from
    Default,
    /// Print the JSON schema of the config, for editors
    Schema,
    /// Check the config
    Check,
}

/// `theme`.
#[derive(Debug, Subcommand)]
pub enum ThemeCommand {
    /// List the themes, your own too, and say which is in use
    List,
    /// Print a theme as it is written: the beginning of your own
    Show {
        /// Which
        name: String,
    },
    /// Print a base16 scheme (YAML or TOML) as a theme: put it into themes/ beside the config
    Import {
        /// The scheme's file
        file: PathBuf,
    },
}

/// `log`.
#[derive(Debug, ClapArgs)]
pub struct Log {
    /// The protocol trace instead of the log; passwords are never in it
    #[arg(long)]
    pub trace: bool,
    /// Print what is added, until ctrl-c
    #[arg(long)]
    pub follow: bool,
    /// So many lines
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 40)]
    pub lines: usize,
}

/// The minus that stands for `-` before a flag's name once the line is past [`prepare`].
pub const MINUS: char = '\u{2212}';

/// Makes `flag 12 -seen` and `search -draft` readable for clap, which would take `-seen` for five options: a single hyphen
/// and a name of two letters or more, behind the word `flag` or `search`, becomes a minus sign.
pub fn prepare(line: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut in_flag = false;
    let mut first = true;
    let mut value = false;
    let mut line: Vec<OsString> = line.into_iter().collect();
    // A browser gives the program the link and nothing else.
    let is_link = |word: &OsString| {
        word.to_str().and_then(|word| word.get(..7)).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"))
    };
    if line.get(1).is_some_and(is_link) {
        line.insert(1, "compose".into());
    }
    for word in line.iter_mut().skip(1) {
        let Some(text) = word.to_str() else { continue };
        if in_flag {
            // `-n5` is an option as well.
            let is_count =
                |name: &str| name.strip_prefix('n').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
            let is_name = |name: &&str| name.len() > 1 && !name.starts_with('-') && !is_count(name);
            if let Some(name) = text.strip_prefix('-').filter(is_name) {
                *word = format!("{MINUS}{name}").into();
            }
        } else if value {
            value = false;
        } else if text == "--config" {
            value = true;
        } else if first && !text.starts_with('-') {
            first = false;
            in_flag = text == "flag" || text == "search";
        }
    }
    line
}

#[cfg(test)]
mod tests;
