//! What the wizard orders: servers are found, an account is tried and saved, other programs are looked at. Each runs beside
//! the loop, tells what it does as it goes, and ends when nobody wants it any more.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use secrecy::SecretString;
use tokio::sync::mpsc;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;

use crate::app::msg::Msg;
use crate::app::wizard::order::{News, Offered, Order};
use crate::app::wizard::settings::{Keep, Kept, SecretFrom as Source, Settings};
use crate::auth::vault::{self, Kind};
use crate::auth::{self, Keeper, Tools};
use crate::config::edit::{self, Edit, NewSecret};
use crate::config::env::Env;
use crate::config::error::Error as Wrong;
use crate::config::{Account, Config, Security};
use crate::imap::trace::{Sink, Trace};
use crate::protocol::SignInWay;
use crate::safe_text::SafeText;
use crate::sasl::Credential;
use crate::setup::check;
use crate::setup::discover::{self, Asked};
use crate::setup::import::{self, Imported};
use crate::setup::net::real::Real;
use crate::setup::plan::checks::{Outcome, Step, Told};
use crate::setup::plan::{Address, Progress, Server};

/// Finds servers and tells what it finds; the real one asks the net.
pub type Finder =
    Arc<dyn Fn(Address, mpsc::Sender<Progress>) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// How many words of a discovery may wait: more than it has.
const WORDS: usize = 64;

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
        Self { path, tools, env, trace, finder, reply, running: None, unwatched }
    }

    /// Has servers found by this from now on.
    pub fn set_finder(&mut self, finder: Finder) {
        self.finder = finder;
    }

    /// Does what is ordered. The demo is for the terminal's owner.
    pub fn carry_out(&mut self, order: Order) {
        match order {
            Order::Look => self.look(),
            Order::Discover { turn, address } => self.discover(turn, address),
            Order::Check { turn, settings, secret, way } => {
                let secret = secret.map(|typed| typed.0);
                self.run(try_it(turn, *settings, secret, way, self.bench()));
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

    /// Whether the config's directory is new since the start: true once.
    pub fn has_new_directory(&mut self) -> bool {
        std::mem::take(&mut self.unwatched)
    }

    fn bench(&self) -> Bench {
        Bench {
            path: self.path.clone(),
            tools: self.tools.clone(),
            env: self.env.clone(),
            trace: self.trace.clone(),
            reply: self.reply.clone(),
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
    /// Has the user sign in with OAuth 2.
    async fn sign_in(
        &self,
        turn: u64,
        keeper: &Keeper,
        (settings, secret): (&Settings, Option<SecretString>),
        way: SignInWay,
    ) -> Result<(), String> {
        let in_keyring = matches!(settings.from, Source::OAuth { kept: Kept::Keyring, .. });
        if let Some(secret) = secret.filter(|_| in_keyring) {
            keeper.keep(Kind::ClientSecret, secret).await?;
        }
        keeper.sign_in(way, &|step| self.say(News::SignIn(turn, step))).await
    }
}

/// Tries an account.
async fn try_it(turn: u64, settings: Settings, secret: Option<SecretString>, way: SignInWay, bench: Bench) {
    let mut tell = |told: Told| bench.say(News::Told(turn, told));
    let fail = |tell: &mut dyn FnMut(Told), step: Step, words: &str, next: &'static str| {
        let (words, next) = (SafeText::new(words), SafeText::from_static(next));
        tell(Told::Ends(step, Outcome::Bad { words, next, unreachable: false }));
        tell(Told::Ended);
    };
    let account = match bench.account(&settings, secret.as_ref()) {
        Ok(account) => account,
        Err(words) => return fail(&mut tell, Step::Name, &words, "mend the field that this is about"),
    };
    let keeper = Arc::new(Keeper::new(&account, bench.tools.clone()));
    let oauth = matches!(settings.from, Source::OAuth { .. });
    if oauth && let Err(words) = bench.sign_in(turn, &keeper, (&settings, secret.clone()), way).await {
        return fail(
            &mut tell,
            Step::SignIn,
            &words,
            "see that the client is the one that you registered, and try again",
        );
    }
    let trace = bench.trace.clone().map_or_else(Trace::default, |sink| Trace::to(sink, account.name.clone()));
    let password = secret.filter(|_| !oauth);
    let by = Arc::clone(&keeper);
    let credential = || async move {
        match password {
            Some(password) => Ok(Credential::Password(password)),
            None => by.credential().await.map_err(|failure| failure.to_string()),
        }
    };
    let session = check::check(&account, credential, &trace, &mut tell).await;
    if let Some(session) = session {
        session.logout().await;
    } else if oauth {
        // What was granted is kept for an account that is saved alone.
        if let Err(reason) = auth::erase(&account, &bench.tools).await {
            tracing::warn!("a token of an account that was not saved is still there: {reason}");
        }
    }
}

/// Saves the account: its password first, where that is kept, and then the config.
async fn save(turn: u64, settings: Settings, secret: Option<SecretString>, bench: Bench) {
    if let (Source::Typed(Kept::Keyring), Some(password)) = (&settings.from, secret.clone()) {
        let name = settings.name.clone();
        let kept = vault::apart(&bench.tools.vault, move |vault| vault.set(&name, Kind::Password, &password)).await;
        if let Err(reason) = kept {
            let text = format!("the password could not be kept in the keyring, and nothing was saved: {reason}");
            return bench.say(News::Saved(turn, Err(SafeText::new(&text))));
        }
    }
    // The disk is not waited for by the loop.
    std::thread::spawn(move || {
        let account = settings.account(secret.as_ref());
        let outcome = edit::edit(&bench.path, &bench.env, &[Edit::Add(Box::new(account))]);
        let outcome = outcome.map(drop).map_err(|error| SafeText::new(&error.to_string()));
        bench.say(News::Saved(turn, outcome));
    });
}

/// An account of another program, as the wizard shows it. A password that stands in the other's file is not taken along.
fn offered(found: Imported) -> Offered {
    let Imported { account, program, notes, password, .. } = found;
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
            send: None,
            user: account.imap.user,
            command: account.imap.command,
            from,
            pin: account.imap.pin,
            ca_file: account.imap.ca_file,
            folders: account.folders,
        },
        notes: said.chain(stays).collect(),
    }
}

/// A path as people write it.
fn short(path: &Path, env: &Env) -> String {
    let below = env.path("HOME").and_then(|home| path.strip_prefix(home).ok().map(Path::to_owned));
    below.map_or_else(|| path.display().to_string(), |below| format!("~/{}", below.display()))
}
