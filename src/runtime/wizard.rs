//! What the wizard orders: servers are found, an account is tried and saved, other programs are looked at. Each runs beside
//! the loop, tells what it does as it goes, and ends when nobody wants it any more.

use std::future::Future;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::mpsc;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use crate::app::msg::Msg;
use crate::app::wizard::order::{News, Offered, Order};
use crate::app::wizard::settings::{Keep, Kept, SecretFrom as Source, Sending, Settings, Submission};
use crate::auth::vault::{self, Kind};
use crate::auth::{self, Keeper, Tools};
use crate::config::edit::sending::NewSend;
use crate::config::edit::{self, Edit, NewSecret};
use crate::config::env::Env;
use crate::config::error::Error as Wrong;
use crate::config::outgoing::Smtp;
use crate::config::{Account, Config, Security};
use crate::imap::trace::{Sink, Trace};
use crate::protocol::{Event, SignInStep, SignInWay};
use crate::safe_text::SafeText;
use crate::sasl::Credential;
use crate::setup::discover::{self, Asked};
use crate::setup::import::{self, Imported};
use crate::setup::net::real::Real;
use crate::setup::plan::checks::{Outcome, Step, Told};
use crate::setup::plan::{Address, Progress, Server};
use crate::setup::{check, sending};

/// Finds servers and tells what it finds; the real one asks the net.
pub type Finder =
    Arc<dyn Fn(Address, mpsc::Sender<Progress>) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// How many words of a discovery may wait: more than it has.
const WORDS: usize = 64;

/// How long the way out of an account may take: mail is there already, and somebody waits to read it.
const WAY_OUT: Duration = Duration::from_secs(10);

/// Where the wizard's orders are done.
pub struct Studio {
    /// The config that is written.
    path: PathBuf,
    /// Where secrets are kept.
    tools: Tools,
    env: Env,
    trace: Option<Sink>,
    finder: Finder,
    reply: UnboundedSender<Msg>,
    /// What runs.
    running: Option<AbortHandle>,
    /// Takes the address that a browser elsewhere ended at.
    paste: Option<oneshot::Sender<SecretString>>,
    /// Who signed in with OAuth 2 for an account that is not saved yet.
    trial: Arc<Mutex<Option<Trial>>>,
    /// Whether the config's directory was not there when the program started, and so is not watched.
    unwatched: bool,
}

impl Studio {
    /// For this config, which need not be there.
    pub fn new(path: PathBuf, tools: Tools, env: Env, trace: Option<Sink>, reply: UnboundedSender<Msg>) -> Self {
        let unwatched = path.parent().is_some_and(|parent| !parent.is_dir());
        let finder: Finder = Arc::new(|address, tell| {
            Box::pin(async move {
                discover::discover(Arc::new(Real::new()), address, Asked::Everybody, tell).await;
            })
        });
        Self { path, tools, env, trace, finder, reply, running: None, paste: None, trial: Arc::default(), unwatched }
    }

    /// Has servers found by this from now on.
    pub fn set_finder(&mut self, finder: Finder) {
        self.finder = finder;
    }

    /// Does what is ordered. The demo is for the terminal's owner.
    pub fn carry_out(&mut self, order: Order) {
        match order {
            Order::Look => {
                // Whoever begins anew signs in anew.
                *self.trial.lock().unwrap_or_else(PoisonError::into_inner) = None;
                self.look();
            }
            Order::Discover { turn, address } => self.discover(turn, address),
            Order::Check { turn, settings, secret, way } => {
                let secret = secret.map(|typed| typed.0);
                let (paste, pasted) = oneshot::channel();
                self.paste = Some(paste);
                self.run(try_it(turn, *settings, secret, (way, pasted), self.bench()));
            }
            Order::Redirected(address) => {
                if let Some(paste) = self.paste.take() {
                    // The sign-in may be over.
                    let _unheard = paste.send(address.0);
                }
            }
            Order::Save { turn, settings, secret } => {
                let (bench, secret) = (self.bench(), secret.map(|typed| typed.0));
                // What is being written is not called off.
                tokio::spawn(save(turn, *settings, secret, bench));
            }
            Order::Stop => self.stop(),
            Order::Demo => {}
        }
    }

    /// Has secrets kept here from now on.
    pub fn set_tools(&mut self, tools: Tools) {
        self.tools = tools;
    }

    /// Where secrets are kept.
    pub fn tools(&self) -> Tools {
        self.tools.clone()
    }

    /// What is told to the screen: with what was left of an account its secrets go. True once, when the config's directory
    /// is new since the start.
    pub fn hears(&mut self, msg: &Msg) -> bool {
        if let Msg::Sync(Event::AccountRemoved { name, outcome: Ok(()) }) = msg {
            let (name, tools, reply) = (name.clone(), self.tools(), self.reply.clone());
            // The keyring is not waited for.
            std::thread::spawn(move || {
                if let Err(reason) = auth::forget(&name, None, &tools) {
                    let _unheard = reply.send(Msg::EffectFailed(SafeText::new(&reason)));
                }
            });
        }
        matches!(msg, Msg::Wizard(News::Saved(_, Ok(())))) && std::mem::take(&mut self.unwatched)
    }

    fn bench(&self) -> Bench {
        Bench {
            path: self.path.clone(),
            tools: self.tools.clone(),
            env: self.env.clone(),
            trace: self.trace.clone(),
            reply: self.reply.clone(),
            trial: Arc::clone(&self.trial),
        }
    }

    fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
        }
    }

    /// Runs this in place of what ran.
    fn run(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        self.stop();
        self.running = Some(tokio::spawn(work).abort_handle());
    }

    fn discover(&mut self, turn: u64, address: Address) {
        let (tell, mut told) = mpsc::channel(WORDS);
        let (finding, reply) = ((self.finder)(address, tell), self.reply.clone());
        self.run(async move {
            let hear = async {
                while let Some(progress) = told.recv().await {
                    // Nobody hears it after the end.
                    let _unheard = reply.send(Msg::Wizard(News::Found(turn, progress)));
                }
            };
            tokio::join!(finding, hear);
        });
    }

    /// Looks at what there is on this computer. The disk is not waited for.
    fn look(&self) {
        let bench = self.bench();
        std::thread::spawn(move || {
            let path = SafeText::new(&short(&bench.path, &bench.env));
            let without = vec![Keep::Ask, Keep::Command, Keep::File];
            bench.say(News::Keeps { keeps: without, oauth: true, path: path.clone() });
            // A keyring that cannot be asked keeps nothing; one that is slow is not waited for.
            let keyring = bench.tools.vault.get("posthaste", Kind::Password).is_ok();
            let keeps = keyring.then_some(Keep::Keyring).into_iter();
            let keeps = keeps.chain([Keep::Ask, Keep::Command, Keep::File]).collect();
            bench.say(News::Keeps { keeps, oauth: true, path });
            let found = import::find(None, None, &bench.env);
            bench.say(News::Offered(found.accounts.into_iter().map(offered).collect()));
        });
    }
}

/// What an order needs that runs by itself.
struct Bench {
    path: PathBuf,
    tools: Tools,
    env: Env,
    trace: Option<Sink>,
    reply: UnboundedSender<Msg>,
    trial: Arc<Mutex<Option<Trial>>>,
}

/// A sign-in with OAuth 2 that is tried: all of it in memory, until the account is saved.
struct Trial {
    /// The address, the provider and the client's id.
    who: (String, String, Option<String>),
    secret: Option<SecretString>,
    keeper: Arc<Keeper>,
}

impl Trial {
    fn is_for(&self, settings: &Settings, secret: Option<&SecretString>) -> bool {
        let exposed = |secret: Option<&SecretString>| secret.map(|secret| secret.expose_secret().to_owned());
        who(settings).as_ref() == Some(&self.who) && exposed(self.secret.as_ref()) == exposed(secret)
    }
}

/// Who signs in with OAuth 2: address, provider, client's id.
fn who(settings: &Settings) -> Option<(String, String, Option<String>)> {
    let Source::OAuth { provider, client, .. } = &settings.from else { return None };
    Some((settings.email.clone(), provider.clone(), client.clone()))
}

impl Bench {
    fn say(&self, news: News) {
        // Nobody hears it after the end.
        let _unheard = self.reply.send(Msg::Wizard(news));
    }

    /// The account as the config would have it, checked as the config is.
    fn account(&self, settings: &Settings, secret: Option<&SecretString>) -> Result<Account, String> {
        let oauth = matches!(settings.from, Source::OAuth { .. });
        let mut new = settings.account(secret.filter(|_| oauth));
        if matches!(settings.from, Source::Typed(_)) {
            // What was typed is given to the check itself, and stands in no text.
            new.imap.secret = NewSecret::Plain("-".into());
        }
        let text = edit::apply("", &self.path, &Edit::Add(Box::new(new))).map_err(|error| error.to_string())?;
        let config = Config::parse_with(&text, &self.path, &self.env).map_err(|error| match error {
            // The text is not the user's: of its lines nothing is said.
            Wrong::Invalid(problem) => problem.text,
            other @ (Wrong::Missing { .. } | Wrong::Unreadable { .. } | Wrong::NoHome | Wrong::Directory { .. }) => {
                other.to_string()
            }
        })?;
        config.accounts.into_iter().next().ok_or_else(|| "the account could not be made".to_owned())
    }
}

impl Bench {
    fn trial(&self) -> MutexGuard<'_, Option<Trial>> {
        self.trial.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// That the config has no account of this name: what is kept under it would be another's. It may have come by another
    /// process.
    async fn is_free(&self, name: &str) -> Result<(), String> {
        let (path, env, name) = (self.path.clone(), self.env.clone(), name.to_owned());
        let looked = vault::off_the_loop(vault::LIMIT, move || {
            let text = match std::fs::read_to_string(&path) {
                Ok(text) => text,
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(format!("{}: {error}", short(&path, &env))),
            };
            let config = Config::parse_with(&text, &path, &env).map_err(|error| error.to_string())?;
            let mut all = config.accounts.iter().chain(&config.disabled);
            if all.any(|account| account.name.eq_ignore_ascii_case(&name)) {
                return Err(format!("there is an account \"{name}\" already"));
            }
            Ok(())
        });
        looked.await.unwrap_or_else(|| Err("the config cannot be read".to_owned()))
    }

    /// Who signs in for an account that is tried: the one who has the grant, if it was tried before. Nothing is kept.
    async fn keeper(
        &self,
        account: &Account,
        settings: &Settings,
        secret: Option<&SecretString>,
    ) -> Result<Arc<Keeper>, String> {
        let Source::OAuth { provider, client, has_secret, .. } = &settings.from else {
            return Ok(Arc::new(Keeper::new(account, self.tools.clone())));
        };
        let known =
            self.trial().as_ref().filter(|trial| trial.is_for(settings, secret)).map(|trial| Arc::clone(&trial.keeper));
        if let Some(keeper) = known {
            return Ok(keeper);
        }
        let from = Source::OAuth {
            provider: provider.clone(),
            client: client.clone(),
            has_secret: *has_secret,
            kept: Kept::Keyring,
        };
        let in_memory = self.account(&Settings { from, ..settings.clone() }, None)?;
        let keeper = Arc::new(Keeper::new(&in_memory, Tools::in_memory()));
        if let Some(secret) = secret {
            keeper.keep(Kind::ClientSecret, secret.clone()).await?;
        }
        let trial = who(settings).map(|who| Trial { who, secret: secret.cloned(), keeper: Arc::clone(&keeper) });
        *self.trial() = trial;
        Ok(keeper)
    }

    /// Keeps what the account signs in with where its settings say.
    async fn keep(&self, settings: &Settings, secret: Option<&SecretString>) -> Result<(), String> {
        match (&settings.from, secret) {
            (Source::Typed(Kept::Keyring), Some(password)) => {
                let (name, password) = (settings.name.clone(), password.clone());
                let kept =
                    vault::apart(&self.tools.vault, move |vault| vault.set(&name, Kind::Password, &password)).await;
                kept.map_err(|reason| format!("the password could not be kept in the keyring: {reason}"))
            }
            (Source::OAuth { .. }, _) => {
                let account = self.account(settings, secret)?;
                let keeper = self.trial().as_ref().map(|trial| Arc::clone(&trial.keeper));
                let Some(keeper) = keeper else { return Ok(()) };
                let kept = keeper.hand_over(&account, &self.tools).await;
                kept.map_err(|reason| format!("what you signed in with could not be kept: {reason}"))
            }
            (Source::Typed(_) | Source::Nowhere | Source::Command(_) | Source::TokenCommand(_), _) => Ok(()),
        }
    }
}

/// Tries an account. Of it nothing is kept.
async fn try_it(
    turn: u64,
    settings: Settings,
    secret: Option<SecretString>,
    (way, pasted): (SignInWay, oneshot::Receiver<SecretString>),
    bench: Bench,
) {
    let mut refused = false;
    let mut tell = |told: Told| {
        refused |= matches!(told, Told::Ends(Step::SignIn, Outcome::Bad { unreachable: false, .. }));
        bench.say(News::Told(turn, told));
    };
    let fail = |tell: &mut dyn FnMut(Told), step: Step, words: &str, next: &'static str| {
        let (words, next) = (SafeText::new(words), SafeText::from_static(next));
        tell(Told::Ends(step, Outcome::Bad { words, next, unreachable: false }));
        tell(Told::Ended);
    };
    if let Err(words) = bench.is_free(&settings.name).await {
        return fail(&mut tell, Step::Name, &words, "call this one otherwise, or mend the config");
    }
    let made = bench.account(&settings, secret.as_ref());
    let account = match made {
        Ok(account) => account,
        Err(words) => return fail(&mut tell, Step::Name, &words, "mend the field that this is about"),
    };
    let keeper = match bench.keeper(&account, &settings, secret.as_ref()).await {
        Ok(keeper) => keeper,
        Err(words) => return fail(&mut tell, Step::SignIn, &words, "mend the field that this is about"),
    };
    let trace = bench.trace.clone().map_or_else(Trace::default, |sink| Trace::to(sink, account.name.clone()));
    if keeper.oauth().is_some() && !keeper.is_signed_in() {
        // Nobody goes through a browser for a server that is not there. It would not wait for that long, either.
        if !check::greets(&account, &trace, &mut tell).await {
            return tell(Told::Ended);
        }
        tell(Told::Begins(Step::SignIn));
        let say = |step| bench.say(News::SignIn(turn, step));
        let pasted = async {
            match pasted.await {
                Ok(address) => address,
                Err(_) => std::future::pending().await,
            }
        };
        let signed_in = match way {
            SignInWay::Browser => keeper.sign_in_with(&say, pasted).await,
            SignInWay::Device => keeper.sign_in(way, &say).await,
        };
        if let Err(words) = signed_in {
            let next = "see that the client is the one that you registered, and try again";
            return fail(&mut tell, Step::SignIn, &words, next);
        }
        bench.say(News::SignIn(turn, SignInStep::Done));
    }
    let password = secret.filter(|_| keeper.oauth().is_none());
    let (by, typed) = (Arc::clone(&keeper), password.clone());
    let credential = || async move {
        match password {
            Some(password) => Ok(Credential::Password(password)),
            None => by.credential().await.map_err(|failure| failure.to_string()),
        }
    };
    // The way out comes behind it, where this works.
    let mut inward = |told: Told| {
        if told != Told::Ended {
            tell(told);
        }
    };
    let session = check::check(&account, credential, &trace, &mut inward).await;
    if let Some(session) = session {
        tell(Told::Begins(Step::Sending));
        let ((), found) = tokio::join!(session.logout(), sends(&account, &keeper, typed, &bench.tools, &trace));
        tell(Told::Ends(Step::Sending, found));
    }
    tell(Told::Ended);
    if refused {
        // The wrong person may have signed in: the next try begins anew.
        *bench.trial() = None;
    }
}

/// Whether the account can send. What does not work there is told, and does not keep anybody from his mail.
async fn sends(
    account: &Account,
    keeper: &Keeper,
    typed: Option<SecretString>,
    tools: &Tools,
    trace: &Trace,
) -> Outcome {
    let own = Keeper::for_sending(account, tools.clone());
    let credential = || async {
        match (typed, &own) {
            (Some(typed), None) => Ok(Credential::Password(typed)),
            (_, own) => own.as_ref().unwrap_or(keeper).credential().await.map_err(|failure| failure.to_string()),
        }
    };
    match sending::sending(account, credential, trace, WAY_OUT).await {
        Outcome::Bad { words, next, .. } => Outcome::Fair { words, next },
        found @ (Outcome::Good(_) | Outcome::Fair { .. }) => found,
    }
}

/// Saves the account: first what it signs in with, where that is kept, and then the config.
async fn save(turn: u64, settings: Settings, secret: Option<SecretString>, bench: Bench) {
    let kept = match bench.is_free(&settings.name).await {
        Ok(()) => bench.keep(&settings, secret.as_ref()).await,
        Err(reason) => {
            return bench.say(News::Saved(turn, Err(SafeText::new(&format!("{reason}: nothing was saved")))));
        }
    };
    // The disk is not waited for by the loop.
    std::thread::spawn(move || {
        let account = settings.account(secret.as_ref());
        let saved = kept.map_err(|reason| format!("{reason}; nothing was saved"));
        let saved = saved.and_then(|()| {
            let added = edit::edit(&bench.path, &bench.env, &[Edit::Add(Box::new(account))]);
            added.map(drop).map_err(|error| error.to_string())
        });
        if saved.is_ok() {
            *bench.trial() = None;
        } else if let Err(reason) = auth::forget(&settings.name, None, &bench.tools) {
            tracing::warn!("something of an account that was not saved is still there: {reason}");
        }
        bench.say(News::Saved(turn, saved.map_err(|reason| SafeText::new(&reason))));
    });
}

/// An account of another program, as the wizard shows it. A password that stands in the other's file is not taken along.
fn offered(found: Imported) -> Offered {
    let Imported { account, program, notes, password, ways, .. } = found;
    let security = account.imap.security.unwrap_or(Security::Tls);
    let port = account.imap.port.unwrap_or_else(|| Account::default_port(security));
    let from = match account.imap.secret {
        NewSecret::Command(command) => Source::Command(command),
        NewSecret::TokenCommand(command) => Source::TokenCommand(command),
        NewSecret::Prompt => Source::Typed(Kept::Nowhere),
        NewSecret::Keyring | NewSecret::Plain(_) => Source::Typed(Kept::Keyring),
        NewSecret::OAuth(oauth) => {
            Source::OAuth { provider: oauth.provider, client: oauth.client_id, has_secret: false, kept: Kept::Keyring }
        }
        NewSecret::None => Source::Nowhere,
    };
    let said = notes.iter().map(|note| SafeText::new(note));
    let stays =
        password.map(|_| SafeText::from_static("the password stands in that file and stays there: type it here"));
    Offered {
        program: SafeText::from_static(program.as_str()),
        settings: Settings {
            name: account.name,
            email: account.email,
            display_name: account.display_name,
            receive: account.imap.host.map(|host| Server { host, port, security }),
            send: account.send.map(way_out),
            user: account.imap.user,
            command: account.imap.command,
            from,
            pin: account.imap.pin,
            ca_file: account.imap.ca_file,
            folders: account.folders,
        },
        ways,
        notes: said.chain(stays).collect(),
    }
}

/// How another program's account sends.
fn way_out(send: NewSend) -> Sending {
    let smtp = match send {
        NewSend::Server(smtp) => smtp,
        NewSend::Command(command) => return Sending::Command(command),
    };
    let security = smtp.security.unwrap_or(Security::Tls);
    let port = smtp.port.unwrap_or_else(|| Smtp::default_port(security));
    Sending::Server(Submission {
        server: Server { host: smtp.host, port, security },
        user: smtp.user,
        from: match smtp.secret {
            NewSecret::Command(command) => Source::Command(command),
            NewSecret::TokenCommand(command) => Source::TokenCommand(command),
            NewSecret::None | NewSecret::Plain(_) | NewSecret::Keyring | NewSecret::Prompt | NewSecret::OAuth(_) => {
                Source::Nowhere
            }
        },
        without_sign_in: smtp.without_sign_in,
    })
}

/// A path as people write it.
fn short(path: &Path, env: &Env) -> String {
    let below = env.path("HOME").and_then(|home| path.strip_prefix(home).ok().map(Path::to_owned));
    below.map_or_else(|| path.display().to_string(), |below| format!("~/{}", below.display()))
}

#[cfg(test)]
mod tests;
