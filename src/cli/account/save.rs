//! An account that is to be saved: tried first, then written.

use secrecy::SecretString;
use serde::Serialize;

use super::disk::Disk;
use super::{login, word};
use crate::auth::vault::{Kind, apart};
use crate::auth::{Keeper, Tools};
use crate::cli::context::Context;
use crate::cli::doctor::{self, Finding};
use crate::cli::exit::Code;
use crate::cli::output::Format;
use crate::cli::{EditError, Failure, prompt};
use crate::config::edit::{self, Edit, NewAccount, NewSecret};
use crate::config::error::Error;
use crate::config::secret::Secret;
use crate::config::{Account, Config};
use crate::send::not_set_up;

/// An account that is to be saved.
pub(super) struct Candidate {
    pub(super) new: NewAccount,
    /// Its password, where it is known now and not by a command.
    pub(super) password: Option<SecretString>,
    /// Whether a sign-in in a browser is done on any computer, with a code.
    pub(super) device: bool,
}

/// What became of it, as JSON.
#[derive(Serialize)]
pub(super) struct Saved {
    pub(super) name: String,
    email: String,
    host: String,
    port: u16,
    security: &'static str,
    user: String,
    /// What was found when it was tried.
    checks: Vec<Finding>,
    #[serde(rename = "saved")]
    done: bool,
}

/// Why it was not saved, and what had been found by then.
pub(super) type NotSaved = (Option<Box<Saved>>, Failure);

impl Candidate {
    /// The account as it is tried: it signs in with the password that is known, and keeps no token.
    fn tried(&self, context: &Context<'_>) -> Result<Account, Failure> {
        let mut new = self.new.clone();
        if let Some(password) = &self.password {
            new.imap.secret = NewSecret::Plain(password.clone());
        }
        keep_nothing(&mut new.imap.secret);
        Self::account(context, new)
    }

    fn account(context: &Context<'_>, new: NewAccount) -> Result<Account, Failure> {
        let path = context.paths()?.config;
        let name = new.name.clone();
        let text = edit::apply("", &path, &Edit::Add(Box::new(new)))?;
        // The text is not the user's: of a mistake the key alone says anything.
        let config = Config::parse_with(&text, &path, context.env).map_err(|error| match error {
            Error::Invalid(problem) => Failure::from(EditError::Refused(problem)),
            other @ (Error::Missing { .. } | Error::Unreadable { .. } | Error::NoHome | Error::Directory { .. }) => {
                other.into()
            }
        })?;
        let account = config.accounts.into_iter().find(|account| account.name == name);
        account.ok_or_else(|| Failure::Failed(format!("the account \"{name}\" could not be made")))
    }

    /// Tries the account, if that is wanted, and saves it. JSON is for the caller to print.
    pub(super) fn save(self, context: &mut Context<'_>, tries: bool) -> Result<Saved, NotSaved> {
        let early = |failure: Failure| (None, failure);
        free(context, &self.new.name).map_err(early)?;
        let account = self.tried(context).map_err(early)?;
        let mut saved = Saved::of(&account);
        if tries {
            let (keeper, code, checks) = attempt_anew(context, &account, self.device).map_err(early)?;
            saved.checks = checks;
            if let Some(failure) = refusal(code) {
                return Err((Some(Box::new(saved)), failure));
            }
            // Trying took its time: it may have come by another process.
            free(context, &self.new.name).map_err(early)?;
            let account = Self::account(context, self.new.clone()).map_err(early)?;
            hand_over(context, &keeper, &account).map_err(early)?;
        }
        if let (NewSecret::Keyring, Some(password)) = (&self.new.imap.secret, self.password) {
            keep(context, &self.new.name, password).map_err(early)?;
        }
        // Who tried it was told.
        let silent = !tries && self.new.send.is_none();
        write(context, &[Edit::Add(Box::new(self.new))]).map_err(early)?;
        if silent {
            let (words, next) = not_set_up(&saved.name);
            context.out.note(&format!("{words}: {next}"));
        }
        saved.done = true;
        Ok(saved)
    }
}

impl Saved {
    fn of(account: &Account) -> Self {
        Self {
            name: account.name.clone(),
            email: account.email.clone(),
            host: account.imap.host.clone(),
            port: account.imap.port,
            security: word(account.imap.security),
            user: account.imap.user.clone(),
            checks: Vec::new(),
            done: false,
        }
    }
}

/// What waits for keyrings and servers.
pub(super) fn reactor() -> Result<tokio::runtime::Runtime, Failure> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|error| Failure::Failed(format!("cannot start: {error}")))
}

/// Puts a password into the keyring.
pub(super) fn keep(context: &Context<'_>, name: &str, password: SecretString) -> Result<(), Failure> {
    let tools = Tools::without_screen(&context.paths()?.data);
    let runtime = reactor()?;
    let owner = name.to_owned();
    let kept = apart(&tools.vault, move |vault| vault.set(&owner, Kind::Password, &password));
    let kept = runtime.block_on(kept);
    kept.map_err(|reason| Failure::Failed(format!("the password could not be kept in the keyring: {reason}")))
}

/// Of an account that is tried no token lasts.
pub(super) fn keep_nothing(secret: &mut NewSecret) {
    if let NewSecret::OAuth(oauth) = secret {
        oauth.in_file = false;
    }
}

/// Keeps what was signed in with, for an account that works.
pub(super) fn hand_over(context: &Context<'_>, keeper: &Keeper, account: &Account) -> Result<(), Failure> {
    let tools = Tools::without_screen(&context.paths()?.data);
    let kept = reactor()?.block_on(keeper.hand_over(account, &tools));
    kept.map_err(|reason| Failure::Failed(format!("what you signed in with could not be kept: {reason}")))
}

/// That no account has this name, and no mail or queue of one that was removed: what is kept of an account is found by it.
pub(super) fn free(context: &Context<'_>, name: &str) -> Result<(), Failure> {
    let text = match used(context, &known(context)?).into_iter().find(|used| used.eq_ignore_ascii_case(name)) {
        None => return Ok(()),
        Some(used) if all(&known(context)?).any(|account| account.name == used) => {
            let quoted = shell_words::quote(&used);
            format!("there is an account \"{used}\" already: change it with \"posthaste account change {quoted}\"")
        }
        Some(used) => format!(
            "something of an account \"{used}\" is still on the disk: \"posthaste account remove {}\" removes it; or call this \
             one otherwise, with --name",
            shell_words::quote(&used)
        ),
    };
    Err(Failure::Usage(text))
}

/// Names that no new account may have. A cache that cannot be read says nothing of them.
pub(super) fn used(context: &Context<'_>, known: &Config) -> Vec<String> {
    let disk = context.paths().and_then(|paths| Disk::read(&paths)).unwrap_or_default();
    let mut names: Vec<String> = all(known).map(|account| account.name.clone()).collect();
    names.extend(disk.names().into_iter().map(str::to_owned));
    names
}

/// Tries an account with what is kept of it; the steps are printed for people.
pub(super) fn attempt(context: &mut Context<'_>, account: &Account) -> Result<(Code, Vec<Finding>), Failure> {
    need_network(context)?;
    doctor::attempt(context, account, &keeper(context, account)?)
}

fn keeper(context: &Context<'_>, account: &Account) -> Result<Keeper, Failure> {
    let tools = Tools { ask: Some(prompt::ask()), ..Tools::without_screen(&context.paths()?.data) };
    Ok(Keeper::new(account, tools))
}

fn need_network(context: &Context<'_>) -> Result<(), Failure> {
    if context.args.offline {
        let text = "an account is tried on the network: leave --offline out, or save it untried with --no-check";
        return Err(Failure::Usage(text.to_owned()));
    }
    Ok(())
}

/// As [`attempt`], of an account that signs in with something new. With OAuth 2 the user is asked once the server greets;
/// nothing of it is kept.
pub(super) fn attempt_anew(
    context: &mut Context<'_>,
    account: &Account,
    device: bool,
) -> Result<(Keeper, Code, Vec<Finding>), Failure> {
    need_network(context)?;
    let keeper = if matches!(account.imap.secret, Secret::OAuth(_)) {
        let keeper = Keeper::new(account, Tools::in_memory());
        // One that is not there is told of below.
        if doctor::greets(context, account)? {
            login::sign_in(context, &reactor()?, &keeper, device)?;
        }
        keeper
    } else {
        keeper(context, account)?
    };
    let (code, findings) = doctor::attempt(context, account, &keeper)?;
    Ok((keeper, code, findings))
}

/// Why an account is not saved that was tried.
pub(super) fn refusal(code: Code) -> Option<Failure> {
    let text = |why: &str| format!("{why}; nothing was saved (--no-check saves it all the same)");
    match code {
        Code::Done => None,
        Code::Unreachable => Some(Failure::Unreachable(text("the server could not be reached"))),
        Code::Failed | Code::Usage => Some(Failure::Failed(text("the account does not work yet"))),
    }
}

/// Changes the config; what is to be said against the account as it is then goes to stderr.
pub(super) fn write(context: &mut Context<'_>, edits: &[Edit]) -> Result<Config, Failure> {
    let path = context.paths()?.config;
    let config = edit::edit(&path, context.env, edits)?;
    let about = |warning: &&String| edits.iter().any(|edit| warning.contains(&format!("accounts.{}.", edit.name())));
    for warning in config.warnings.iter().filter(about) {
        context.out.note(&format!("warning: {warning}"));
    }
    Ok(config)
}

/// The config as it is; one without accounts where there is no file.
pub(super) fn known(context: &Context<'_>) -> Result<Config, Failure> {
    match Config::load(context.args.config.as_deref(), context.env) {
        Err(Error::Missing { .. }) => Ok(Config::default()),
        other => Ok(other?),
    }
}

/// All accounts of a config, the disabled ones too.
pub(super) fn all(config: &Config) -> impl Iterator<Item = &Account> {
    config.accounts.iter().chain(&config.disabled)
}

/// Says what was done to an account that was there already: "changed: account work".
pub(super) fn done(context: &mut Context<'_>, deed: &'static str, name: &str) -> Result<Code, Failure> {
    match context.out.format() {
        Format::Json => context.out.json(&serde_json::json!({ "name": name, "done": deed }))?,
        Format::Text => context.out.line(&format!("{deed}: account {name}"))?,
    }
    Ok(Code::Done)
}

/// Says what was saved, and where.
pub(super) fn report(context: &mut Context<'_>, saved: &Saved) -> Result<Code, Failure> {
    match context.out.format() {
        Format::Json => context.out.json(saved)?,
        Format::Text => {
            let path = context.paths()?.config;
            context.out.line(&format!("saved: account {} in {}", saved.name, path.display()))?;
        }
    }
    Ok(Code::Done)
}
