//! How mail leaves the account that is added: a line that is found, guessed or typed, as the one for receiving.

use super::settings::{Method, SecretFrom, Sending};
use super::{Field, Wizard};
use crate::config::Security;
use crate::config::outgoing::Smtp;
use crate::setup::plan::{self, Server};

impl Wizard {
    /// The fields of the way out.
    pub(super) fn send_fields(&self) -> Vec<Field> {
        let mut fields = vec![Field::Send];
        fields.extend(self.send_is_server().then_some(Field::SendSecurity));
        fields
    }

    /// Whether a server stands in the line, not a command, and not nothing.
    pub fn send_is_server(&self) -> bool {
        let typed = self.texts.send.trimmed();
        !typed.is_empty() && !is_command(typed) && !matches!(self.taken_sending(), Some(Sending::Command(_)))
    }

    /// The way out of another program's account, while the line still says it.
    fn taken_sending(&self) -> Option<&Sending> {
        let taken = self.taken.as_ref().and_then(|taken| taken.settings.send.as_ref())?;
        let same = match taken {
            Sending::Server(taken) => self.send_security == taken.server.security,
            Sending::Command(_) => true,
        };
        (same && self.texts.send.trimmed() == line(taken)).then_some(taken)
    }

    /// How mail leaves, as the fields say it; `None` where it does not.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn sending(&self) -> Result<Option<Sending>, &'static str> {
        if let Some(taken) = self.taken_sending() {
            return Ok(Some(taken.clone()));
        }
        let typed = self.texts.send.trimmed();
        if typed.is_empty() {
            return Ok(None);
        }
        if is_command(typed) {
            return Ok(Some(Sending::Command(typed.to_owned())));
        }
        let default = Smtp::default_port(self.send_security);
        let shape = "a server looks like smtp.example.org:465; without one the line is empty";
        let server = server(typed, self.send_security, default).map_err(|why| why.unwrap_or(shape))?;
        if self.send_security == Security::None && !is_here(&server.host) {
            return Err("clear text is for this computer alone");
        }
        // Who signs in behind a command leaves nothing to sign in with elsewhere.
        let secret = self.taken.as_ref().is_some_and(|taken| taken.settings.from != SecretFrom::Nowhere);
        if *self.method() == Method::Tunnel && !secret {
            return Err("behind a command a command sends, too: ssh host sendmail; without one the line is empty");
        }
        Ok(Some(Sending::through(server)))
    }

    /// Fills the line in: with what was offered for the server of the fields, else with a guess. What was typed stays.
    pub(crate) fn guess_sending(&mut self) {
        if self.send_touched {
            return;
        }
        let taken = self.taken.as_ref().and_then(|taken| taken.settings.send.clone());
        let found = if *self.method() == Method::Tunnel { None } else { self.offered_sending() };
        self.set_sending(taken.or_else(|| found.map(Sending::through)).as_ref());
    }

    fn offered_sending(&self) -> Option<Server> {
        let receive = self.receive().ok()?;
        let mut offers = self.offers().iter().filter(|offer| offer.receive.host == receive.host);
        let offered = offers.find_map(|offer| offer.send.clone());
        offered.or_else(|| plan::guessed_sending(&receive))
    }

    fn set_sending(&mut self, sending: Option<&Sending>) {
        let text = sending.map(line).unwrap_or_default();
        self.texts.send = super::Text::of(&text);
        self.send_security = match sending {
            Some(Sending::Server(submission)) => submission.server.security,
            Some(Sending::Command(_)) | None => Security::Tls,
        };
    }
}

/// What stands in the line.
fn line(sending: &Sending) -> String {
    match sending {
        Sending::Server(submission) => match (submission.server.host.contains(':'), &submission.server) {
            (true, Server { host, port, .. }) => format!("[{host}]:{port}"),
            (false, Server { host, port, .. }) => format!("{host}:{port}"),
        },
        Sending::Command(command) => command.clone(),
    }
}

/// Whether this is a command: no server's name has a space or a slash in it.
fn is_command(typed: &str) -> bool {
    typed.contains([' ', '/'])
}

/// Whether a name stands for this computer, where nobody listens in.
pub(crate) fn is_here(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A server as it is typed; with what is wrong where that is more than its shape.
pub(super) fn server(typed: &str, security: Security, default: u16) -> Result<Server, Option<&'static str>> {
    let (host, port) = match typed.rsplit_once(':') {
        // An address of version 6 has colons of its own, and stands in brackets.
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
        Some(_) | None => (typed, None),
    };
    let host = host.trim_matches(['[', ']']);
    if host.is_empty() || host.chars().any(|c| c.is_whitespace() || c.is_control() || "/@".contains(c)) {
        return Err(None);
    }
    let host = plan::name::of_server(host).ok_or(None)?;
    let wrong = Some("a port is a number from 1 to 65535");
    let port = match port {
        None => default,
        Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or(wrong)?,
    };
    Ok(Server { host, port, security })
}
