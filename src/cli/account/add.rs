//! `account add`: servers are found or named, the account is tried, and then it is saved.

use super::save::{self, Candidate};
use super::way::{self, About};
use crate::cli::args::account::{Add, SecurityChoice, Sending, Settings};
use crate::cli::context::Context;
use crate::cli::exit::Code;
use crate::cli::output::Format;
use crate::cli::{Failure, ask, discover};
use crate::config::edit::sending::{NewSend, NewSmtp};
use crate::config::edit::{NewAccount, NewImap, NewSecret};
use crate::config::outgoing::Smtp;
use crate::config::{Account, Security};
use crate::setup::plan::{Address, Draft, Server, Way, name};
use crate::setup::providers::{self, Known};

/// Runs it.
pub(in crate::cli) fn run(context: &mut Context<'_>, wanted: &Add) -> Result<Code, Failure> {
    let known = save::known(context)?;
    let used = save::used(context, &known);
    let taken: Vec<&str> = used.iter().map(String::as_str).collect();
    if let Some(name) = &wanted.name {
        save::free(context, name)?;
    }
    let address = address(context, wanted.address.as_deref())?;
    let mut new = NewAccount {
        name: wanted.name.clone().unwrap_or_else(|| name::for_account(&address.domain, None, &taken)),
        email: address.whole.clone(),
        display_name: wanted.settings.display_name.clone().filter(|name| !name.is_empty()),
        imap: wanted.settings.imap()?,
        send: wanted.settings.send()?,
        ..NewAccount::default()
    };
    let mut ways = vec![Way::Password];
    if let Some((draft, known)) = draft(context, wanted, &address, &taken)? {
        take(&mut new, draft, wanted.name.is_none());
        ways = known;
    }
    name_to_sign_in(context, &mut new.imap)?;
    let about =
        About { who: &address.whole, by_command: new.imap.command.is_some(), tries: !wanted.no_check, ways: &ways };
    let way = way::find(context, &wanted.secret, &about)?;
    new.imap.secret = way.secret;
    known_sending(&mut new, &address.domain);
    let candidate = Candidate { new, password: way.password, device: wanted.device };
    match candidate.save(context, !wanted.no_check) {
        Ok(saved) => save::report(context, &saved),
        Err((saved, failure)) => {
            if let (Format::Json, Some(saved)) = (context.out.format(), saved) {
                context.out.json(&saved)?;
            }
            Err(failure)
        }
    }
}

fn address(context: &mut Context<'_>, given: Option<&str>) -> Result<Address, Failure> {
    let text = match given {
        Some(text) => text.to_owned(),
        None if ask::is_somebody_there(context) => ask::line(context, "Your address", None)?,
        None => return Err(Failure::Usage("whose account? Say ADDRESS: posthaste account add ADDRESS".to_owned())),
    };
    Address::parse(&text).map_err(|wrong| Failure::Usage(format!("{text}: {wrong}")))
}

/// What discovery found, and the user took, with the ways to sign in there; `None` where the command line names the server.
fn draft(
    context: &mut Context<'_>,
    wanted: &Add,
    address: &Address,
    taken: &[&str],
) -> Result<Option<(Draft, Vec<Way>)>, Failure> {
    if wanted.settings.host.is_some() || wanted.settings.command.is_some() {
        return Ok(None);
    }
    if wanted.no_discover {
        return Err(Failure::Usage("which server? Say --host, or leave --no-discover out".to_owned()));
    }
    let plan = discover::look(context, address.clone(), false)?;
    if let Some(failure) = discover::nothing(&plan) {
        if plan.closed.is_some() || !ask::is_somebody_there(context) {
            return Err(failure);
        }
        context.out.note(&failure.to_string());
        let host = server(&ask::line(context, "Its IMAP server", None)?)?;
        let receive = Server { port: Account::default_port(Security::Tls), host, security: Security::Tls };
        return Ok(Some((by_hand(address, receive, taken), vec![Way::Password])));
    }
    let Some(best) = plan.best() else { return Ok(None) };
    if context.out.format() == Format::Text {
        context.out.line("")?;
        for line in discover::offer(best, &plan) {
            context.out.line(&line)?;
        }
        context.out.flush()?;
    }
    // What nobody vouches for is not taken by a --yes that was said before it was known.
    let question = best.question(address);
    if ask::is_somebody_there(context) && (!wanted.yes || question.is_some()) {
        let default = if question.is_some() { ask::Default::No } else { ask::Default::Yes };
        let text = question.map_or_else(|| "Take this?".to_owned(), |question| question.to_string());
        if !ask::confirm(context, &text, default)? {
            return Err(Failure::Failed("nothing was saved; --host names another server".to_owned()));
        }
    } else if let Some(question) = question {
        return Err(Failure::Usage(format!("{question} If it is, say so: --host {}", best.receive.host)));
    } else if !wanted.yes {
        return Err(Failure::Usage("say --yes to take what was found, or --host to name the server".to_owned()));
    }
    Ok(Some((plan.draft(best, taken), best.ways.clone())))
}

/// What is known where nobody but the user knows the server.
fn by_hand(address: &Address, receive: Server, taken: &[&str]) -> Draft {
    Draft {
        name: name::for_account(&address.domain, None, taken),
        email: address.whole.clone(),
        display_name: None,
        receive,
        send: None,
        user: address.whole.clone(),
        way: Way::Password,
    }
}

/// Fills in what the command line does not say.
fn take(new: &mut NewAccount, draft: Draft, names: bool) {
    if names {
        new.name = draft.name;
    }
    new.send = new.send.take().or_else(|| draft.send.map(through));
    let imap = &mut new.imap;
    let security = imap.security.unwrap_or(draft.receive.security);
    let port = imap.port.unwrap_or(draft.receive.port);
    imap.host = imap.host.take().or(Some(draft.receive.host));
    imap.port = Some(port).filter(|port| *port != Account::default_port(security));
    imap.security = Some(security).filter(|security| *security != Security::Tls);
    imap.user = imap.user.take().or(Some(draft.user)).filter(|user| *user != new.email);
}

/// Takes the way out from the table of providers where nobody said one: by the server's name, or by the address where a
/// command is in place of a server.
fn known_sending(new: &mut NewAccount, domain: &str) {
    let by_command = new.imap.command.is_some();
    // Behind a command there may be nothing that the server for sending could be signed in to with.
    if new.send.is_some() || (by_command && matches!(new.imap.secret, NewSecret::None)) {
        return;
    }
    let server = match &new.imap.host {
        Some(host) => providers::sending(host, Some(domain)),
        None => match providers::of_domain(domain) {
            Some(Known::Offer(offer)) => offer.send,
            Some(Known::Closed(_)) | None => None,
        },
    };
    new.send = server.map(through);
}

/// Sending through this server.
fn through(server: Server) -> NewSend {
    NewSend::Server(NewSmtp {
        port: Some(server.port).filter(|port| *port != Smtp::default_port(server.security)),
        security: Some(server.security).filter(|security| *security != Security::Tls),
        host: server.host,
        ..NewSmtp::default()
    })
}

/// Has the user say the name to sign in with where only he has it: discovery then gives an empty one.
fn name_to_sign_in(context: &mut Context<'_>, imap: &mut NewImap) -> Result<(), Failure> {
    if imap.user.as_deref() != Some("") {
        return Ok(());
    }
    if !ask::is_somebody_there(context) {
        let text = "your provider gave you a name of its own to sign in with: say --user";
        return Err(Failure::Usage(text.to_owned()));
    }
    imap.user = Some(ask::line(context, "The name that your provider gave you to sign in with", None)?);
    Ok(())
}

impl Settings {
    /// The server that the options name.
    fn imap(&self) -> Result<NewImap, Failure> {
        let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        Ok(NewImap {
            host: text(&self.host).as_deref().map(server).transpose()?,
            port: self.port.filter(|port| *port != 0),
            security: self.security.map(Security::from),
            user: text(&self.user),
            command: text(&self.command),
            pin: text(&self.pin),
            ca_file: text(&self.ca_file),
            auth: text(&self.auth),
            client_cert: text(&self.client_cert),
            client_key: text(&self.client_key),
            ..NewImap::default()
        })
    }

    /// The way out that the options name.
    fn send(&self) -> Result<Option<NewSend>, Failure> {
        let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let Sending { smtp_host, smtp_port, smtp_security, smtp_user, send_command } = &self.sending;
        if let Some(command) = text(send_command) {
            return Ok(Some(NewSend::Command(command)));
        }
        let Some(host) = text(smtp_host) else {
            if smtp_port.is_some() || smtp_security.is_some() || smtp_user.is_some() {
                return Err(Failure::Usage("which server takes your mail? Say --smtp-host".to_owned()));
            }
            return Ok(None);
        };
        Ok(Some(NewSend::Server(NewSmtp {
            host: server(&host)?,
            port: smtp_port.filter(|port| *port != 0),
            security: smtp_security.map(Security::from),
            user: text(smtp_user),
            ..NewSmtp::default()
        })))
    }
}

/// A host as the command line names it, in the letters that it is looked up with.
pub(super) fn server(typed: &str) -> Result<String, Failure> {
    // An address of version 6 may stand in brackets.
    let host = typed.trim_matches(['[', ']']);
    name::of_server(host)
        .ok_or_else(|| Failure::Usage(format!("{typed}: this is no host: imap.example.org would be one")))
}

impl From<SecurityChoice> for Security {
    fn from(choice: SecurityChoice) -> Self {
        match choice {
            SecurityChoice::Tls => Self::Tls,
            SecurityChoice::Starttls => Self::StartTls,
            SecurityChoice::None => Self::None,
        }
    }
}
