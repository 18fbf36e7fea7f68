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
use crate::config::edit::{self, Edit, NewSecret};
use crate::config::env::Env;
use crate::config::{Account, Config, Security};
use crate::imap::trace::{Sink, Trace};
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
    pub fn new(path: PathBuf, env: Env, trace: Option<Sink>, reply: UnboundedSender<Msg>) -> Self {
        let unwatched = path.parent().is_some_and(|parent| !parent.is_dir());
        let finder: Finder = Arc::new(|address, tell| {
            Box::pin(async move {
                discover::discover(Arc::new(Real::new()), address, Asked::Everybody, tell).await;
            })
        });
        Self { path, env, trace, finder, reply, running: None, unwatched }
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
            Order::Check { turn, settings, password } => {
                let password = password.map(|typed| typed.0);
                self.run(try_it(turn, *settings, password, self.bench()));
            }
            Order::Save { turn, settings, password } => self.save(turn, *settings, password.map(|typed| typed.0)),
            Order::Stop => self.stop(),
            Order::Demo => {}
        }
    }

    /// Whether the config's directory is new since the start: true once.
    pub fn has_new_directory(&mut self) -> bool {
        std::mem::take(&mut self.unwatched)
    }

    fn bench(&self) -> Bench {
        Bench { path: self.path.clone(), env: self.env.clone(), trace: self.trace.clone(), reply: self.reply.clone() }
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
            let keeps = vec![Keep::Command, Keep::File];
            let path = SafeText::new(&short(&bench.path, &bench.env));
            bench.say(News::Keeps { keeps, oauth: false, path });
            let found = import::find(None, None, &bench.env);
            bench.say(News::Offered(found.accounts.into_iter().map(offered).collect()));
        });
    }

    /// Writes the account into the config. The disk is not waited for.
    fn save(&self, turn: u64, settings: Settings, password: Option<SecretString>) {
        let bench = self.bench();
        std::thread::spawn(move || {
            let account = settings.account(password.as_ref());
            let outcome = edit::edit(&bench.path, &bench.env, &[Edit::Add(Box::new(account))]);
            let outcome = outcome.map(drop).map_err(|error| SafeText::new(&error.to_string()));
            bench.say(News::Saved(turn, outcome));
        });
    }
}

/// What an order needs that runs by itself.
struct Bench {
    path: PathBuf,
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
    fn account(&self, settings: &Settings) -> Result<Account, String> {
        let mut new = settings.account(None);
        if matches!(settings.from, Source::Typed(_)) {
            // What was typed is given to the check itself, and stands in no text.
            new.imap.secret = NewSecret::Plain("-".into());
        }
        let text = edit::apply("", &self.path, &Edit::Add(Box::new(new))).map_err(|error| error.to_string())?;
        let config = Config::parse_with(&text, &self.path, &self.env).map_err(|error| match error {
            // The text is not the user's: of its lines nothing is said.
            crate::config::error::Error::Invalid(problem) => problem.text,
            other => other.to_string(),
        })?;
        config.accounts.into_iter().next().ok_or_else(|| "the account could not be made".to_owned())
    }
}

/// Tries an account.
async fn try_it(turn: u64, settings: Settings, password: Option<SecretString>, bench: Bench) {
    let mut tell = |told: Told| bench.say(News::Told(turn, told));
    let account = match bench.account(&settings) {
        Ok(account) => account,
        Err(words) => {
            let next = SafeText::from_static("mend the field that this is about");
            tell(Told::Ends(Step::Name, Outcome::Bad { words: SafeText::new(&words), next, unreachable: false }));
            return tell(Told::Ended);
        }
    };
    let trace = bench.trace.clone().map_or_else(Trace::default, |sink| Trace::to(sink, account.name.clone()));
    let secret = account.imap.secret.clone();
    let credential = || async move {
        match password {
            Some(password) => Ok(Credential::Password(password)),
            None => secret.resolve().await,
        }
    };
    let session = check::check(&account, credential, account.imap.sign_in.auth, &trace, &mut tell).await;
    if let Some(session) = session {
        session.logout().await;
    }
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
        NewSecret::OAuth(oauth) => Source::OAuth { provider: oauth.provider, client: oauth.client_id },
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
