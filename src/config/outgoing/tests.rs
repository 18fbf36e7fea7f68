//! The tables `smtp` and `send`: what they default to, and what is refused.

use std::path::Path;

use rstest::rstest;

use super::{Notices, Outgoing, SentCopy, Smtp, Way};
use crate::config::secret::Secret;
use crate::config::{Config, Security};
use crate::sasl::Wanted;

const IMAP: &str = "[accounts.work]\nemail = \"ada@example.org\"\n[accounts.work.imap]\nhost = \"imap.example.org\"\n\
                    user = \"ada\"\nca_file = \"/ca.pem\"\npassword_command = \"pass mail\"\n";

fn parse(rest: &str) -> Result<Config, String> {
    Config::parse(&format!("{IMAP}{rest}"), Path::new("/etc/ph/config.toml")).map_err(|error| error.to_string())
}

fn outgoing(rest: &str) -> Outgoing {
    parse(rest).unwrap().accounts.remove(0).outgoing
}

fn smtp(lines: &str) -> Smtp {
    let Some(Way::Smtp(smtp)) = outgoing(&format!("[accounts.work.smtp]\n{lines}\n")).way else { panic!() };
    *smtp
}

/// A host is enough: name, secret and root are those of IMAP, the port is the one for the protection.
#[test]
fn a_host_is_enough() {
    let plain = smtp("host = \"smtp.example.org\"");
    assert_eq!((plain.port, plain.security, plain.user.as_str()), (465, Security::Tls, "ada"));
    assert_eq!((plain.auth, plain.secret, plain.pin), (Some(Wanted::Automatic), None, None));
    assert_eq!(plain.ca_file.as_deref(), Some(Path::new("/ca.pem")));
    assert_eq!(smtp("host = \"h\"\nsecurity = \"starttls\"").port, 587);
    let relay = smtp("host = \"::1\"\nsecurity = \"none\"\nauth = \"none\"");
    assert_eq!((relay.port, relay.auth), (25, None));
    let own = smtp("host = \"h\"\nuser = \"ada2\"\npassword_command = \"pass smtp\"\nport = 2525\nca_file = \"b.pem\"");
    assert_eq!(
        (own.user.as_str(), own.port, own.secret),
        ("ada2", 2525, Some(Secret::Command("pass smtp".to_owned())))
    );
    assert_eq!(own.ca_file.as_deref(), Some(Path::new("/etc/ph/b.pem")));
}

/// Without a way nothing can be sent, and there are defaults all the same.
#[test]
fn there_may_be_no_way() {
    let notices = Notices::Server;
    assert_eq!(outgoing(""), Outgoing { way: None, undo_seconds: 10, sent_copy: SentCopy::Auto, notices });
    let more = "undo_seconds = 0\nsent_copy = \"never\"\nnotices = \"always\"\n";
    let all = outgoing(&format!("[accounts.work.send]\ncommand = \"msmtp -t\"\n{more}"));
    assert_eq!(all.notices, Notices::Always);
    assert_eq!(all.way, Some(Way::Command("msmtp -t".to_owned())));
    assert_eq!((all.undo_seconds, all.sent_copy), (0, SentCopy::Never));
}

/// What cannot work is refused, with its key.
#[rstest]
#[case("[accounts.work.smtp]\nhost = \"\"", "accounts.work.smtp.host: this is no host name")]
#[case("[accounts.work.smtp]\nport = 25", "host")]
#[case("[accounts.work.smtp]\nhost = \"h\"\nport = 0", "accounts.work.smtp.port: a port is")]
#[case("[accounts.work.smtp]\nhost = \"h\"\nsecurity = \"none\"", "accounts.work.smtp.security: \"none\" would send")]
#[case("[accounts.work.smtp]\nhost = \"h\"\nuser = \"\"", "accounts.work.smtp.user: the name")]
#[case("[accounts.work.smtp]\nhost = \"h\"\npassword_command = \" \"", "smtp.password_command: the command is empty")]
#[case("[accounts.work.smtp]\nhost = \"h\"\npassword = \"a\"\ntoken_command = \"b\"", "exclude each other")]
#[case("[accounts.work.smtp]\nhost = \"h\"\npin = \"sha256:1\"", "accounts.work.smtp.pin: a pin is")]
#[case("[accounts.work.smtp]\nhost = \"h\"\ncommand = \"x\"", "command")]
#[case("[accounts.work.smtp]\nhost = \"h\"\n[accounts.work.send]\ncommand = \"x\"", "keep one of the two")]
#[case("[accounts.work.send]\ncommand = \" \"", "accounts.work.send.command: the command is empty")]
#[case("[accounts.work.send]\nundo_seconds = 601", "accounts.work.send.undo_seconds: a mail can be called back")]
fn what_cannot_work_is_refused(#[case] rest: &str, #[case] told: &str) {
    let error = parse(rest).unwrap_err();
    assert!(error.contains(told), "{error}");
}

/// A password in the file is warned of, kept out of debug texts, and counts for the file's mode.
#[test]
fn a_password_in_the_file_is_warned_of() {
    let config = parse("[accounts.work.smtp]\nhost = \"h\"\npassword = \"hunter2\"\n").unwrap();
    assert!(config.warnings.iter().any(|warning| warning.contains("accounts.work.smtp.password")));
    assert!(config.holds_password() && !format!("{config:?}").contains("hunter2"));
}
