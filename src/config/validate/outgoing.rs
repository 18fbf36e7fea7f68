//! How mail leaves an account: one way, and what it needs.

use secrecy::ExposeSecret;

use super::{Checker, PinKeys, path_of};
use crate::config::error::Error;
use crate::config::outgoing::{Notices, Outgoing, SentCopy, Smtp, Way};
use crate::config::raw::outgoing as raw;
use crate::config::secret::Secret;
use crate::config::{Imap, Security};
use crate::sasl::{Mechanism, Wanted};

/// The longest time for which a mail waits to be called back.
const UNDO_SECONDS: u16 = 600;

impl Checker<'_> {
    pub(super) fn outgoing(
        &self,
        smtp: Option<raw::Smtp>,
        send: raw::Send,
        (imap, email): (&Imap, &str),
        warnings: &mut Vec<String>,
    ) -> Result<Outgoing, Error> {
        let way = match (smtp, send.command) {
            (Some(_), Some(_)) => {
                let text = "a command sends in place of the server in smtp: keep one of the two";
                return Err(self.problem(&["send", "command"], text).into());
            }
            (None, Some(command)) if command.trim().is_empty() => {
                return Err(self.problem(&["send", "command"], "the command is empty").into());
            }
            (None, Some(command)) => Some(Way::Command(command)),
            (Some(smtp), None) => Some(Way::Smtp(Box::new(self.smtp(smtp, (imap, email), warnings)?))),
            (None, None) => None,
        };
        let undo_seconds = send.undo_seconds.unwrap_or(Outgoing::default().undo_seconds);
        if undo_seconds > UNDO_SECONDS {
            let text = "a mail can be called back for 600 seconds at most; to send it later, say when on the screen";
            return Err(self.problem(&["send", "undo_seconds"], text).into());
        }
        let sent_copy = match send.sent_copy {
            raw::SentCopy::Auto => SentCopy::Auto,
            raw::SentCopy::Always => SentCopy::Always,
            raw::SentCopy::Never => SentCopy::Never,
        };
        let notices = match send.notices {
            raw::Notices::Server => Notices::Server,
            raw::Notices::Failure => Notices::Failure,
            raw::Notices::Always => Notices::Always,
        };
        Ok(Outgoing { way, undo_seconds, sent_copy, notices })
    }

    fn smtp(&self, raw: raw::Smtp, (imap, email): (&Imap, &str), warnings: &mut Vec<String>) -> Result<Smtp, Error> {
        let host = self.host("smtp", &raw.host)?;
        let security = self.security("smtp", raw.security, &host, false)?;
        if raw.port == Some(0) {
            return Err(self.problem(&["smtp", "port"], "a port is a number from 1 to 65535").into());
        }
        if raw.user.as_deref() == Some("") {
            return Err(self.problem(&["smtp", "user"], "the name to sign in with is empty").into());
        }
        let own_root = match &raw.ca_file {
            Some(text) => {
                let key = ["accounts", self.name, "smtp", "ca_file"];
                Some(path_of(text, &key, self.document, self.env)?)
            }
            None => None,
        };
        let keys = PinKeys { pin: raw.pin.as_deref(), ca_file: own_root.is_some(), remote: raw.pin_remote };
        let pin = self.pin("smtp", &keys, &host, security)?;
        // Who signs for his own IMAP server signs for this one too.
        let ca_file = own_root.or_else(|| imap.ca_file.clone().filter(|_| pin.is_none()));
        let auth = auth(raw.auth);
        let secret = self.own_secret(&raw, warnings)?;
        let client = imap.sign_in.client.clone().filter(|_| secret.is_none() && security != Security::None);
        let by_certificate = auth == Some(Wanted::Only(Mechanism::External)) || client.is_some();
        if auth.is_some() && secret.is_none() && imap.secret == Secret::None && !by_certificate {
            let text = "imap needs no password, and sending does: add password_command, or auth = \"none\"";
            return Err(self.problem(&["smtp"], text).into());
        }
        let port = raw.port.unwrap_or(Smtp::default_port(security));
        let inherited = Some(imap.user.clone()).filter(|user| !user.is_empty());
        let user = raw.user.or(inherited).unwrap_or_else(|| email.to_owned());
        Ok(Smtp { host, port, security, user, auth, secret, ca_file, pin, client })
    }

    fn own_secret(&self, raw: &raw::Smtp, warnings: &mut Vec<String>) -> Result<Option<Secret>, Error> {
        let empty = |key: &str, what: &str| Err(self.problem(&["smtp", key], format!("the {what} is empty")).into());
        match (&raw.password_command, &raw.password, &raw.token_command) {
            (None, None, None) => Ok(None),
            (Some(command), None, None) if command.trim().is_empty() => empty("password_command", "command"),
            (None, None, Some(command)) if command.trim().is_empty() => empty("token_command", "command"),
            (None, Some(password), None) if password.expose_secret().is_empty() => empty("password", "password"),
            (Some(command), None, None) => Ok(Some(Secret::Command(command.clone()))),
            (None, None, Some(command)) => Ok(Some(Secret::TokenCommand(command.clone()))),
            (None, Some(password), None) => {
                warnings.push(format!(
                    "accounts.{}.smtp.password: the password stands in the config file; password_command keeps it out",
                    self.name
                ));
                Ok(Some(Secret::Plain(password.clone())))
            }
            (Some(_), _, _) | (None, Some(_), Some(_)) => {
                let text = "password_command, password and token_command exclude each other: keep one of them";
                Err(self.problem(&["smtp"], text).into())
            }
        }
    }
}

fn auth(auth: raw::Auth) -> Option<Wanted> {
    Some(match auth {
        raw::Auth::None => return None,
        raw::Auth::Auto => Wanted::Automatic,
        raw::Auth::Plain => Wanted::Only(Mechanism::Plain),
        raw::Auth::Login => Wanted::Only(Mechanism::Login),
        raw::Auth::ScramSha256 => Wanted::Only(Mechanism::ScramSha256),
        raw::Auth::ScramSha256Plus => Wanted::Only(Mechanism::ScramSha256Plus),
        raw::Auth::External => Wanted::Only(Mechanism::External),
        raw::Auth::Xoauth2 => Wanted::Only(Mechanism::XOauth2),
        raw::Auth::Oauthbearer => Wanted::Only(Mechanism::OAuthBearer),
    })
}
