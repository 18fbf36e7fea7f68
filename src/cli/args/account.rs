//! The arguments of `account add`, `change`, `move`, `remove` and `import`. No option takes a password: what stands in a
//! command line can be seen by everybody on the machine.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

/// What `account add --help` ends with.
pub const ADDING: &str = "\
Without --host the servers of the address are looked for: of it only the domain is sent to anybody. What was found is \
shown, and taken when you say so, or with --yes. Then the account is tried: only one that works is saved, unless \
--no-check is given. On a terminal, what is missing is asked for; without one it is an error.

  posthaste account add ada@example.org
  posthaste account add ada@example.org --password-command \"pass show mail/ada\" --yes
  pass show mail/ada | posthaste account add ada@example.org --keyring --password-stdin --yes
  posthaste account add ada@example.org --host imap.example.org --smtp-host smtp.example.org
  posthaste account add ada@example.org --command \"ssh host doveadm exec imap\" --send-command \"ssh host sendmail\"

Your config's comments and order stay as they are. A password never stands in it unless you say --plain.";

/// `account add`.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = ADDING)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub struct Add {
    /// Your address
    #[arg(value_name = "ADDRESS")]
    pub address: Option<String>,
    /// What the account is called here; default: made of the address
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Where mail comes from
    #[command(flatten)]
    pub settings: Settings,
    /// Where the password comes from
    #[command(flatten)]
    pub secret: SecretFlags,
    /// With --oauth: sign in with a code, in a browser on any computer
    #[arg(long, requires = "oauth")]
    pub device: bool,
    /// Look for no servers: --host says where mail is
    #[arg(long)]
    pub no_discover: bool,
    /// Save without trying
    #[arg(long)]
    pub no_check: bool,
    /// Take what was found, and ask nothing
    #[arg(short, long)]
    pub yes: bool,
}

/// `account change`.
#[derive(Debug, ClapArgs)]
pub struct Change {
    /// Which account
    #[arg(value_name = "NAME")]
    pub account: String,
    /// Your address
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
    /// Where mail comes from
    #[command(flatten)]
    pub settings: Settings,
    /// Where the password comes from
    #[command(flatten)]
    pub secret: SecretFlags,
    /// With --oauth: sign in with a code, in a browser on any computer
    #[arg(long, requires = "oauth")]
    pub device: bool,
    /// Save without trying
    #[arg(long)]
    pub no_check: bool,
}

/// Where mail comes from. With `change`, an empty text (and port 0) puts the default back.
#[derive(Debug, ClapArgs)]
pub struct Settings {
    /// Your name beside the address
    #[arg(long, value_name = "TEXT")]
    pub display_name: Option<String>,
    /// The IMAP server
    #[arg(long, value_name = "HOST")]
    pub host: Option<String>,
    /// Its port; default: 993 for tls, 143 otherwise
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
    /// How the connection is protected; default: tls
    #[arg(long, value_enum, value_name = "HOW")]
    pub security: Option<SecurityChoice>,
    /// The name to sign in with; default: the address
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// A command that is spoken to in place of a connection: a tunnel
    #[arg(long, value_name = "COMMAND")]
    pub command: Option<String>,
    /// The one certificate that is taken: its SHA-256, for a bridge on this computer
    #[arg(long, value_name = "SHA256")]
    pub pin: Option<String>,
    /// A file with one more root certificate that is trusted
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<String>,
    /// How to sign in: plain, login, scram-sha-256, external …; default: the best that the server offers
    #[arg(long, value_name = "MECHANISM")]
    pub auth: Option<String>,
    /// A file with a certificate of yours that is shown to the server
    #[arg(long, value_name = "FILE")]
    pub client_cert: Option<String>,
    /// A file with the key of that certificate; default: the same file
    #[arg(long, value_name = "FILE")]
    pub client_key: Option<String>,
    /// Where mail is sent to
    #[command(flatten)]
    pub sending: Sending,
}

/// Where mail is sent to.
#[derive(Debug, ClapArgs)]
pub struct Sending {
    /// The SMTP server that takes your mail
    #[arg(long, value_name = "HOST", conflicts_with = "send_command")]
    pub smtp_host: Option<String>,
    /// Its port; default: 465 for tls, 587 for starttls, 25 for none
    #[arg(long, value_name = "PORT", conflicts_with = "send_command")]
    pub smtp_port: Option<u16>,
    /// How the connection to it is protected; default: tls
    #[arg(long, value_enum, value_name = "HOW", conflicts_with = "send_command")]
    pub smtp_security: Option<SecurityChoice>,
    /// The name to sign in with to send; default: the same as for IMAP
    #[arg(long, value_name = "USER", conflicts_with = "send_command")]
    pub smtp_user: Option<String>,
    /// A command that takes the mail on its input, in place of a server: msmtp
    #[arg(long, value_name = "COMMAND")]
    pub send_command: Option<String>,
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SecurityChoice {
    /// TLS from the first byte
    Tls,
    /// TLS before anything else is said
    Starttls,
    /// Clear text, for this computer alone
    None,
}

/// Where the password comes from: one of these.
#[derive(Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub struct SecretFlags {
    /// A command that prints the password
    #[arg(long, value_name = "COMMAND", group = "way")]
    pub password_command: Option<String>,
    /// A command that prints an OAuth 2 access token
    #[arg(long, value_name = "COMMAND", group = "way")]
    pub token_command: Option<String>,
    /// The system's keyring: the password is asked for once and put there
    #[arg(long, group = "way")]
    pub keyring: bool,
    /// You type it at each start; it is kept in memory alone
    #[arg(long, group = "way")]
    pub prompt: bool,
    /// The config itself: works, and is warned of
    #[arg(long, group = "way")]
    pub plain: bool,
    /// OAuth 2 with this provider: google, microsoft, yahoo …
    #[arg(long, value_name = "PROVIDER", group = "way", requires = "client_id")]
    pub oauth: Option<String>,
    /// The id of your own OAuth client
    #[arg(long, value_name = "ID", requires = "oauth")]
    pub client_id: Option<String>,
    /// A command that prints the secret of your OAuth client, if it has one
    #[arg(long, value_name = "COMMAND", requires = "oauth")]
    pub client_secret_command: Option<String>,
    /// Keep the OAuth refresh token in a file of yours, where there is no keyring
    #[arg(long, requires = "oauth")]
    pub token_file: bool,
    /// Read the password from standard input, its first line
    #[arg(long, conflicts_with_all = ["password_command", "token_command", "oauth"])]
    pub password_stdin: bool,
}

/// `account move`.
#[derive(Debug, ClapArgs)]
pub struct Move {
    /// Which account
    #[arg(value_name = "NAME")]
    pub account: String,
    /// Where to
    #[command(flatten)]
    pub to: Direction,
}

/// Where an account goes among the others.
#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = false)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of the command line; clap lets one of them through"
)]
pub struct Direction {
    /// One place up
    #[arg(long)]
    pub up: bool,
    /// One place down
    #[arg(long)]
    pub down: bool,
    /// Before all others
    #[arg(long)]
    pub first: bool,
    /// Behind all others
    #[arg(long)]
    pub last: bool,
}

/// `account remove`.
#[derive(Debug, ClapArgs)]
pub struct Remove {
    /// Which account
    #[arg(value_name = "NAME")]
    pub account: String,
    /// Keep its mail on the disk
    #[arg(long)]
    pub keep_mail: bool,
    /// Discard the changes that wait for its server
    #[arg(long)]
    pub discard_queue: bool,
    /// Ask nothing
    #[arg(short, long)]
    pub yes: bool,
}

/// What `account import --help` ends with.
pub const IMPORTING: &str = "\
Read are aerc's accounts.conf, the files of mutt and neomutt, himalaya's config and that of mbsync, from their usual \
places or from FILE. Nothing in them is run: a password command is taken over as it stands, also from backquotes in a \
muttrc. A password that stands in a file is taken over only with --keyring or --plain.

On a terminal each account is offered; without one they are listed, and --all takes them.";

/// `account import`.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = IMPORTING)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub struct Import {
    /// Whose config; every program's when there is none
    #[arg(value_enum, value_name = "PROGRAM")]
    pub program: Option<ProgramChoice>,
    /// The file; its usual places when there is none
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Take all accounts that were found
    #[arg(long)]
    pub all: bool,
    /// Put passwords that stand in a file into the keyring
    #[arg(long, group = "keep")]
    pub keyring: bool,
    /// Write passwords that stand in a file into the config
    #[arg(long, group = "keep")]
    pub plain: bool,
    /// Have you type the password of accounts that bring none
    #[arg(long, group = "keep")]
    pub prompt: bool,
    /// Save without trying
    #[arg(long)]
    pub no_check: bool,
    /// Answer every question with yes
    #[arg(short, long)]
    pub yes: bool,
}

/// A program whose config is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProgramChoice {
    /// accounts.conf
    Aerc,
    /// muttrc, neomuttrc and what they name
    Mutt,
    /// config.toml, of every version
    Himalaya,
    /// isyncrc, .mbsyncrc
    Mbsync,
}
