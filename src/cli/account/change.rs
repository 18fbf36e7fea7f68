//! `account change`, `enable`, `disable` and `move`.

use super::add::server;
use super::save::{self, attempt, attempt_anew, refusal};
use super::way::{self, About};
use crate::cli::args::account::{Change as Wanted, Direction, Move, SecurityChoice, Sending, Settings};
use crate::cli::context::Context;
use crate::cli::exit::Code;
use crate::cli::{EditError, Failure};
use crate::config::edit::sending::SendChanges;
use crate::config::edit::{self, Change, Changes, Edit, NewSecret, Place};
use crate::config::error::{Error, nearest};
use crate::config::{Account, Config};

/// Runs `account change`.
pub(in crate::cli) fn run(context: &mut Context<'_>, wanted: &Wanted) -> Result<Code, Failure> {
    let config = save::known(context)?;
    let name = wanted.account.clone();
    let Some(before) = save::all(&config).find(|account| account.name == name) else {
        let nearest = nearest(&name, save::all(&config).map(|account| account.name.as_str()));
        return Err(EditError::Unknown { name, nearest }.into());
    };
    let login = before.imap.user.clone();
    let mut changes = wanted.settings.changes()?;
    changes.email.clone_from(&wanted.email);
    let mut password = None;
    let tries = !wanted.no_check && (changes_the_way(&changes) || wanted.secret.named().is_some());
    if wanted.secret.named().is_some() {
        let about = About { who: &login, by_command: false, tries, ways: &[] };
        let way = way::find(context, &wanted.secret, &about)?;
        (changes.secret, password) = (Some(way.secret), way.password);
    }
    if is_nothing(&changes) {
        let text = "what is to be changed? \"posthaste account change --help\" lists the options";
        return Err(Failure::Usage(text.to_owned()));
    }
    if tries {
        // Tried with the password that was typed, wherever it will be kept.
        let mut trial = changes.clone();
        if let Some(password) = &password {
            trial.secret = Some(NewSecret::Plain(password.clone()));
        }
        trial.secret.as_mut().map(save::keep_nothing);
        let signs_in_anew = trial.secret.is_some();
        if let Some(account) = after(context, &name, trial)? {
            let (keeper, code) = if signs_in_anew {
                let (keeper, code, _) = attempt_anew(context, &account, wanted.device)?;
                (Some(keeper), code)
            } else {
                (None, attempt(context, &account)?.0)
            };
            if let Some(failure) = refusal(code) {
                return Err(failure);
            }
            if let (Some(keeper), Some(account)) = (keeper, after(context, &name, changes.clone())?) {
                save::hand_over(context, &keeper, &account)?;
            }
        }
    }
    if let (Some(NewSecret::Keyring), Some(password)) = (&changes.secret, password) {
        save::keep(context, &name, password)?;
    }
    save::write(context, &[Edit::Change { name: name.clone(), changes: Box::new(changes) }])?;
    save::done(context, "changed", &name)
}

/// Uses an account again, or no more.
pub(in crate::cli) fn enable(context: &mut Context<'_>, name: &str, enabled: bool) -> Result<Code, Failure> {
    save::write(context, &[Edit::Enable { name: name.to_owned(), enabled }])?;
    save::done(context, if enabled { "enabled" } else { "disabled" }, name)
}

/// Changes an account's place.
pub(in crate::cli) fn move_to(context: &mut Context<'_>, wanted: &Move) -> Result<Code, Failure> {
    let to = match &wanted.to {
        Direction { up: true, .. } => Place::Up,
        Direction { down: true, .. } => Place::Down,
        Direction { first: true, .. } => Place::First,
        Direction { .. } => Place::Last,
    };
    save::write(context, &[Edit::Move { name: wanted.account.clone(), to }])?;
    save::done(context, "moved", &wanted.account)
}

/// The account as it would be.
fn after(context: &Context<'_>, name: &str, changes: Changes) -> Result<Option<Account>, Failure> {
    let change = Edit::Change { name: name.to_owned(), changes: Box::new(changes) };
    let path = context.paths()?.config;
    let text = std::fs::read_to_string(&path);
    let text = text.map_err(|source| EditError::Unreadable { path: path.clone(), source })?;
    let text = edit::apply(&text, &path, &change)?;
    let config = Config::parse_with(&text, &path, context.env).map_err(|error| match error {
        Error::Invalid(problem) => EditError::Refused(problem).into(),
        other @ (Error::Missing { .. } | Error::Unreadable { .. } | Error::NoHome | Error::Directory { .. }) => {
            Failure::from(other)
        }
    })?;
    Ok(save::all(&config).find(|account| account.name == name).cloned())
}

/// Whether the account is reached in another way: then it is tried.
fn changes_the_way(changes: &Changes) -> bool {
    let Changes { email: _, display_name: _, host, port, security, user, command, pin, ca_file, .. } = changes;
    let Changes { auth, client_cert, client_key, send, secret, .. } = changes;
    secret.is_some()
        || !send.is_nothing()
        || [auth, client_cert, client_key].into_iter().any(|change| *change != Change::Keep)
        || *host != Change::Keep
        || *port != Change::Keep
        || *security != Change::Keep
        || *user != Change::Keep
        || *command != Change::Keep
        || *pin != Change::Keep
        || *ca_file != Change::Keep
}

fn is_nothing(changes: &Changes) -> bool {
    !changes_the_way(changes) && changes.email.is_none() && changes.display_name == Change::Keep
}

impl Settings {
    /// What the options change: an empty text, and port 0, put the default back.
    fn changes(&self) -> Result<Changes, Failure> {
        let text = |text: &Option<String>| match text {
            None => Change::Keep,
            Some(text) if text.is_empty() => Change::Unset,
            Some(text) => Change::Set(text.clone()),
        };
        let host_of = |typed: &Option<String>| {
            Ok::<_, Failure>(match text(typed) {
                Change::Set(host) => Change::Set(server(&host)?),
                other @ (Change::Keep | Change::Unset) => other,
            })
        };
        let port_of = |port: Option<u16>| match port {
            None => Change::Keep,
            Some(0) => Change::Unset,
            Some(port) => Change::Set(port),
        };
        let Sending { smtp_host, smtp_port, smtp_security, smtp_user, send_command } = &self.sending;
        let keep_or = |security: Option<SecurityChoice>| security.map_or(Change::Keep, |how| Change::Set(how.into()));
        Ok(Changes {
            email: None,
            display_name: text(&self.display_name),
            host: host_of(&self.host)?,
            port: port_of(self.port),
            security: keep_or(self.security),
            user: text(&self.user),
            command: text(&self.command),
            pin: text(&self.pin),
            ca_file: text(&self.ca_file),
            auth: text(&self.auth),
            client_cert: text(&self.client_cert),
            client_key: text(&self.client_key),
            send: SendChanges {
                host: host_of(smtp_host)?,
                port: port_of(*smtp_port),
                security: keep_or(*smtp_security),
                user: text(smtp_user),
                command: text(send_command),
            },
            secret: None,
        })
    }
}
