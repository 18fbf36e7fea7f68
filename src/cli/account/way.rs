//! Where a new account's password comes from: by the command line's options, else by what the user answers.

use secrecy::SecretString;

use super::save::reactor;
use crate::auth::Tools;
use crate::auth::vault::{Kind, apart};
use crate::cli::args::account::SecretFlags;
use crate::cli::context::Context;
use crate::cli::{Failure, ask, prompt};
use crate::config::edit::{NewOAuth, NewSecret};
use crate::setup::plan::Way as Known;

/// The options by their names, for who forgot them.
const OPTIONS: &str = "--password-command, --token-command, --keyring, --prompt, --plain or --oauth";

/// A line that is offered where there is a keyring.
const KEYRING: &str = "in the system's keyring";
/// A line for who has a program that keeps passwords.
const COMMAND: &str = "where a command gets it, as: pass show mail/work";
/// A line for who types it.
const PROMPT: &str = "nowhere: you type it at each start";
/// A line for who has nothing against it.
const PLAIN: &str = "in the config file, where whoever reads it has it";
/// A line that is offered where there is OAuth 2.
const OAUTH: &str = "with OAuth 2 in your browser, by a client of your own";
/// A line that is offered where no password is taken.
const TOKEN: &str = "with an access token that a command prints";

/// Where the password comes from, and the password where it is known now.
pub(super) struct Way {
    pub(super) secret: NewSecret,
    pub(super) password: Option<SecretString>,
}

impl SecretFlags {
    /// What the options say; `None`: nothing.
    pub(super) fn named(&self) -> Option<NewSecret> {
        let oauth = |provider: &String| NewOAuth {
            provider: provider.clone(),
            client_id: self.client_id.clone(),
            client_secret_command: self.client_secret_command.clone(),
            in_file: self.token_file,
            ..NewOAuth::default()
        };
        let ways = [
            self.password_command.clone().map(NewSecret::Command),
            self.token_command.clone().map(NewSecret::TokenCommand),
            self.oauth.as_ref().map(oauth).map(NewSecret::OAuth),
            self.keyring.then_some(NewSecret::Keyring),
            self.prompt.then_some(NewSecret::Prompt),
            // The password itself is read later.
            self.plain.then(|| NewSecret::Plain(SecretString::default())),
        ];
        ways.into_iter().flatten().next()
    }
}

/// The account that is signed in to.
pub(super) struct About<'a> {
    /// The user's name there.
    pub(super) who: &'a str,
    /// Whether a command opens the connection.
    pub(super) by_command: bool,
    /// Whether it is tried.
    pub(super) tries: bool,
    /// How its provider lets people in, the best first; empty where nobody knows.
    pub(super) ways: &'a [Known],
}

/// Finds out where the password of this account comes from, and reads it where it is needed: to be kept, or to try the
/// account with it.
pub(super) fn find(context: &mut Context<'_>, flags: &SecretFlags, about: &About<'_>) -> Result<Way, Failure> {
    let there = ask::is_somebody_there(context);
    let (who, tries) = (about.who, about.tries);
    let secret = match (flags.named(), only_oauth(about.ways)) {
        (Some(secret), _) => secret,
        // Whoever opens the connection for us has mostly signed in already.
        (None, _) if about.by_command => NewSecret::None,
        (None, _) if there => chosen(context, about.ways)?,
        (None, Some(provider)) => {
            let text = format!("no password is taken there: say --oauth {provider} --client-id ID, or --token-command");
            return Err(Failure::Usage(text));
        }
        (None, None) => return Err(Failure::Usage(format!("where does the password come from? Say {OPTIONS}"))),
    };
    match secret {
        NewSecret::Plain(_) => {
            let password = typed(context, flags.password_stdin, who)?;
            Ok(Way { secret: NewSecret::Plain(password.clone()), password: Some(password) })
        }
        NewSecret::Keyring => {
            let password = typed(context, flags.password_stdin, who)?;
            Ok(Way { secret, password: Some(password) })
        }
        NewSecret::Prompt if tries => {
            let password = typed(context, flags.password_stdin, who)?;
            Ok(Way { secret, password: Some(password) })
        }
        NewSecret::None
        | NewSecret::Prompt
        | NewSecret::Command(_)
        | NewSecret::TokenCommand(_)
        | NewSecret::OAuth(_) => Ok(Way { secret, password: None }),
    }
}

/// Reads a password: from standard input if that is wanted, else from whoever is there.
pub(super) fn typed(context: &mut Context<'_>, piped: bool, who: &str) -> Result<SecretString, Failure> {
    if piped {
        return ask::piped();
    }
    if !ask::is_somebody_there(context) {
        let text = "there is no terminal to type the password at: pipe it in with --password-stdin";
        return Err(Failure::Usage(text.to_owned()));
    }
    context.out.flush()?;
    prompt::secret(&format!("Password of {who}: ")).map_err(Failure::Failed)
}

/// The provider of OAuth 2 where nothing else is taken.
fn only_oauth(ways: &[Known]) -> Option<&str> {
    let password = ways.iter().any(|way| matches!(way, Known::Password | Known::AppPassword));
    oauth(ways).filter(|_| !password)
}

fn oauth(ways: &[Known]) -> Option<&str> {
    ways.iter().find_map(|way| match way {
        Known::OAuth { provider } => Some(provider.as_str()),
        Known::Password | Known::AppPassword => None,
    })
}

/// Whether there is a keyring that can be asked: one that cannot keeps nothing.
pub(super) fn has_keyring(context: &Context<'_>) -> Result<bool, Failure> {
    let tools = Tools::system(&context.paths()?.data);
    let asked = apart(&tools.vault, |vault| vault.get("posthaste", Kind::Password));
    Ok(reactor()?.block_on(asked).is_ok())
}

/// What the user is asked: where a password is kept, and OAuth 2 where the provider has it; that alone where it takes no
/// passwords.
fn questions(ways: &[Known], keyring: bool) -> (String, Vec<&'static str>) {
    if only_oauth(ways).is_some() {
        return ("No password is taken there. How do you sign in?".to_owned(), vec![OAUTH, TOKEN]);
    }
    let word = if ways.first() == Some(&Known::AppPassword) { "app password" } else { "password" };
    let mut lines = Vec::new();
    lines.extend(keyring.then_some(KEYRING));
    lines.extend([COMMAND, PROMPT, PLAIN]);
    lines.extend(oauth(ways).map(|_| OAUTH));
    (format!("Where is the {word} kept?"), lines)
}

fn chosen(context: &mut Context<'_>, ways: &[Known]) -> Result<NewSecret, Failure> {
    let (question, lines) = questions(ways, has_keyring(context)?);
    let at = ask::choose(context, &question, &lines)?;
    Ok(match (lines.get(at).copied(), oauth(ways)) {
        (Some(OAUTH), Some(provider)) => NewSecret::OAuth(client(context, provider)?),
        (Some(TOKEN), _) => NewSecret::TokenCommand(ask::line(context, "The command that prints it", None)?),
        (Some(KEYRING), _) => NewSecret::Keyring,
        (Some(COMMAND), _) => NewSecret::Command(ask::line(context, "The command that prints it", None)?),
        (Some(PROMPT), _) => NewSecret::Prompt,
        _ => NewSecret::Plain(SecretString::default()),
    })
}

/// The user's own client, and where what it is given is kept.
fn client(context: &mut Context<'_>, provider: &str) -> Result<NewOAuth, Failure> {
    context.out.note(&format!(
        "{provider} lets in programs that are registered: register one of your own in its developer console, as a desktop \
         app."
    ));
    let id = ask::line(context, "The id of your own client", None)?;
    if id.is_empty() {
        return Err(Failure::Usage("without the id of a client nobody is let in; nothing was saved".to_owned()));
    }
    let command = ask::line(context, "A command that prints its secret, where it has one (else nothing)", None)?;
    let places = ["in the system's keyring", "in a file that you alone can read"];
    let in_file = ask::choose(context, "Where is it kept that you signed in?", &places)? == 1;
    Ok(NewOAuth {
        provider: provider.to_owned(),
        client_id: Some(id),
        client_secret_command: Some(command).filter(|command| !command.is_empty()),
        in_file,
        ..NewOAuth::default()
    })
}

#[cfg(test)]
mod tests {
    use super::{COMMAND, KEYRING, Known, OAUTH, only_oauth, questions};

    /// Protects from a keyring that is offered first where there is none: nothing could be saved.
    #[test]
    fn a_keyring_is_offered_where_there_is_one() {
        assert_eq!(questions(&[], true).1.first(), Some(&KEYRING));
        let without = questions(&[], false).1;
        assert!(without.first() == Some(&COMMAND) && without.len() == 3);
    }

    /// Protects from a password that is refused in any case: it is not asked for where the provider takes none.
    #[test]
    fn no_password_where_none_is_taken() {
        let google = || Known::OAuth { provider: "google".to_owned() };
        let (_, lines) = questions(&[google()], true);
        assert_eq!((lines[0], lines.len()), (OAUTH, 2));
        assert_eq!(only_oauth(&[google()]), Some("google"));
        let (question, lines) = questions(&[Known::AppPassword, google()], true);
        assert_eq!((question.as_str(), lines.last()), ("Where is the app password kept?", Some(&OAUTH)));
        assert_eq!(only_oauth(&[Known::AppPassword, google()]), None);
        assert!(!questions(&[Known::Password], true).1.contains(&OAUTH) && questions(&[], true).1.len() == 4);
    }
}
