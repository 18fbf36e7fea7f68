//! `account login`: signs in with OAuth 2, or puts a password into the keyring. For terminals; the screen has a key for it.

use std::io::{self, BufRead as _, IsTerminal as _};

use secrecy::SecretString;

use super::save;
use crate::auth::vault::Kind;
use crate::auth::{Keeper, Tools};
use crate::cli::args::Login;
use crate::cli::context::{Context, chosen};
use crate::cli::exit::Code;
use crate::cli::{Failure, prompt};
use crate::config::Account;
use crate::config::env::Env;
use crate::config::oauth::{ClientSecret, Store};
use crate::config::secret::Secret;
use crate::protocol::{SignInStep, SignInWay};

/// Runs it.
pub(in crate::cli) fn run(context: &mut Context<'_>, wanted: &Login) -> Result<Code, Failure> {
    if context.args.offline {
        return Err(Failure::Usage("signing in needs the network: leave --offline out".to_owned()));
    }
    let config = context.config()?;
    let accounts = chosen(&config, Some(&wanted.account))?;
    let [account] = accounts.as_slice() else {
        return Err(Failure::Usage(format!("there is no account \"{}\"", wanted.account)));
    };
    let paths = context.paths()?;
    paths.create()?;
    let (keeper, runtime) = (Keeper::new(account, Tools::without_screen(&paths.data)), save::reactor()?);
    match &account.imap.secret {
        Secret::OAuth(oauth) if wanted.client_secret => {
            if !matches!(oauth.client_secret, ClientSecret::Keyring) {
                let text = format!("accounts.{}.oauth has no client_secret_keyring = true", account.name);
                return Err(Failure::Usage(text));
            }
            keep(context, &runtime, (&keeper, account), Kind::ClientSecret)
        }
        Secret::OAuth(oauth) => {
            sign_in(context, &runtime, &keeper, wanted.device)?;
            let place = keeper.place().unwrap_or_default();
            context.out.note(&format!("signed in; the refresh token is kept in {place}"));
            if oauth.store == Store::File {
                context.out.note("whoever can read your files can read your mail with it: keep that file to yourself");
            }
            Ok(Code::Done)
        }
        Secret::Keyring => keep(context, &runtime, (&keeper, account), Kind::Password),
        other @ (Secret::Plain(_) | Secret::Command(_) | Secret::TokenCommand(_) | Secret::Prompt | Secret::None) => {
            Err(Failure::Usage(format!(
                "{}: {}; there is nothing to sign in to. \"posthaste account check {}\" tries it",
                account.name,
                words(other),
                shell_words::quote(&account.name)
            )))
        }
    }
}

fn words(secret: &Secret) -> &'static str {
    match secret {
        Secret::Plain(_) => "its password stands in the config",
        Secret::Command(_) => "its password comes from password_command",
        Secret::TokenCommand(_) => "its token comes from token_command",
        Secret::Prompt => "its password is typed when it is needed",
        Secret::None => "it needs no password",
        Secret::Keyring => "its password lies in the keyring",
        Secret::OAuth(_) => "it signs in with OAuth 2",
    }
}

/// Has a secret typed and puts it into the keyring.
fn keep(
    context: &mut Context<'_>,
    runtime: &tokio::runtime::Runtime,
    (keeper, account): (&Keeper, &Account),
    kind: Kind,
) -> Result<Code, Failure> {
    let question = match kind {
        Kind::Password => format!("Password of {}: ", account.name),
        Kind::ClientSecret => format!("Client secret of {}: ", account.name),
        Kind::RefreshToken => format!("Refresh token of {}: ", account.name),
    };
    let typed = prompt::secret(&question).map_err(Failure::Failed)?;
    runtime.block_on(keeper.keep(kind, typed)).map_err(Failure::Failed)?;
    context.out.note(&format!(
        "kept in the keyring, and \"posthaste account check {}\" tries it",
        shell_words::quote(&account.name)
    ));
    Ok(Code::Done)
}

/// Has the user sign in, and says where he has to go.
pub(super) fn sign_in(
    context: &mut Context<'_>,
    runtime: &tokio::runtime::Runtime,
    keeper: &Keeper,
    device: bool,
) -> Result<(), Failure> {
    let opens = has_browser(context.env);
    let (tell, told) = std::sync::mpsc::channel();
    let tell = move |step| drop(tell.send(step));
    let typed = io::stdin().is_terminal().then(pasted);
    let steps = async {
        if device {
            keeper.sign_in(SignInWay::Device, &tell).await
        } else {
            let typed = async {
                match typed {
                    Some(typed) => match typed.await {
                        Ok(address) => address,
                        Err(_) => std::future::pending().await,
                    },
                    None => std::future::pending().await,
                }
            };
            keeper.sign_in_with(&tell, typed).await
        }
    };
    let done = runtime.block_on(async {
        tokio::pin!(steps);
        loop {
            let beat = tokio::time::sleep(std::time::Duration::from_millis(50));
            let ended = tokio::select! {
                biased;
                ended = &mut steps => Some(ended),
                () = beat => None,
            };
            while let Ok(step) = told.try_recv() {
                say(context, &step, opens);
            }
            if let Some(ended) = ended {
                return ended;
            }
        }
    });
    done.map_err(Failure::Failed)
}

fn say(context: &mut Context<'_>, step: &SignInStep, opens: bool) {
    match step {
        SignInStep::Browser { url } => {
            context.out.note("Open this address in a browser, and say yes there:");
            context.out.note(url.as_str());
            if opens && open::that_detached(url.as_str()).is_ok() {
                context.out.note("(a browser is being opened)");
            }
            if io::stdin().is_terminal() {
                context.out.note(
                    "If the browser is on another computer, its last page cannot be shown: paste its address here.",
                );
            }
        }
        SignInStep::Device { url, code } => {
            context.out.note(&format!("Open {url} on any computer, and type this code there: {code}"));
        }
        SignInStep::Done | SignInStep::Failed { .. } => {}
    }
}

/// A line that is pasted at the terminal.
fn pasted() -> tokio::sync::oneshot::Receiver<SecretString> {
    let (give, given) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        if read.is_ok_and(|count| count > 1) {
            // The sign-in may be over.
            let _unheard = give.send(SecretString::from(line));
        }
    });
    given
}

/// Whether a browser can be expected to open here, on the user's screen.
fn has_browser(env: &Env) -> bool {
    let remote = ["SSH_CONNECTION", "SSH_TTY"].iter().any(|name| env.get(name).is_some());
    let display =
        ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| env.get(name).is_some_and(|value| !value.is_empty()));
    !remote && (display || cfg!(target_os = "macos"))
}
