//! Where a new account's password comes from: by the command line's options, else by what the user answers.

use secrecy::SecretString;

use crate::cli::args::account::SecretFlags;
use crate::cli::context::Context;
use crate::cli::{Failure, ask, prompt};
use crate::config::edit::{NewOAuth, NewSecret};

/// The options by their names, for who forgot them.
const OPTIONS: &str = "--password-command, --token-command, --keyring, --prompt, --plain or --oauth";

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

/// Finds out where the password of this account comes from, and reads it where it is needed: to be kept, or to try the
/// account with it.
pub(super) fn find(
    context: &mut Context<'_>,
    flags: &SecretFlags,
    (who, by_command, tries): (&str, bool, bool),
) -> Result<Way, Failure> {
    let there = ask::is_somebody_there(context);
    let secret = match flags.named() {
        Some(secret) => secret,
        // Whoever opens the connection for us has mostly signed in already.
        None if by_command => NewSecret::None,
        None if there => chosen(context)?,
        None => return Err(Failure::Usage(format!("where does the password come from? Say {OPTIONS}"))),
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

fn chosen(context: &mut Context<'_>) -> Result<NewSecret, Failure> {
    let ways = [
        "in the system's keyring",
        "where a command gets it, as: pass show mail/work",
        "nowhere: you type it at each start",
        "in the config file, where whoever reads it has it",
    ];
    Ok(match ask::choose(context, "Where is the password kept?", &ways)? {
        0 => NewSecret::Keyring,
        1 => NewSecret::Command(ask::line(context, "The command that prints it", None)?),
        2 => NewSecret::Prompt,
        _ => NewSecret::Plain(SecretString::default()),
    })
}
