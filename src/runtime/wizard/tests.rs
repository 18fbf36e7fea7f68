//! What an order of the wizard does to what is kept: nothing before an account works, and never anything of another one.

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;
use crate::auth::command::Terminal;
use crate::auth::vault::{Memory, Vault};

struct Home {
    dir: tempfile::TempDir,
    studio: Studio,
    vault: Arc<Memory>,
    told: UnboundedReceiver<Msg>,
}

impl Home {
    fn new(config: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        std::fs::write(&path, config).unwrap();
        let vault = Arc::new(Memory::default());
        let tokens = Some(dir.path().join("tokens"));
        let tools = Tools { vault: Arc::<Memory>::clone(&vault), tokens, ask: None, terminal: Terminal::Away };
        let (reply, told) = unbounded_channel();
        Self { studio: Studio::new(path, tools, Env::default(), None, reply), dir, vault, told }
    }

    fn password(&self, account: &str) -> Option<String> {
        self.vault.get(account, Kind::Password).unwrap().map(|kept| kept.expose_secret().to_owned())
    }

    /// The first word of the wizard's of this kind.
    async fn word<T>(&mut self, wanted: impl Fn(&News) -> Option<T>) -> T {
        loop {
            let told = tokio::time::timeout(Duration::from_mins(1), self.told.recv()).await;
            if let Some(Msg::Wizard(news)) = told.expect("the wizard is told").as_ref()
                && let Some(found) = wanted(news)
            {
                return found;
            }
        }
    }

    async fn saved(&mut self) -> Result<(), String> {
        self.word(|news| {
            let News::Saved(_, outcome) = news else { return None };
            Some(outcome.clone().map_err(|reason| reason.to_string()))
        })
        .await
    }
}

fn settings(name: &str, from: Source) -> Settings {
    let receive = Server { host: "imap.example.org".to_owned(), port: 993, security: Security::Tls };
    let email = "ada@example.org".to_owned();
    Settings { name: name.to_owned(), email, receive: Some(receive), from, ..Settings::default() }
}

const DISABLED: &str = "[accounts.Work]\nenabled = false\nemail = \"a@example.org\"\n[accounts.Work.imap]\nhost = \"h\"\n\
                        keyring = true\n";

/// Protects the password of an account that is disabled, or came by another process while this one was tried: its name is
/// refused before the keyring is asked for anything, whatever its letters' case.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_there_is_refused() {
    let mut home = Home::new(DISABLED);
    home.vault.set("Work", Kind::Password, &"old".into()).unwrap();
    home.vault.set("work", Kind::Password, &"old".into()).unwrap();
    for from in [Source::Typed(Kept::Keyring), Source::Typed(Kept::File)] {
        let settings = Box::new(settings("work", from));
        home.studio.carry_out(Order::Save { turn: 1, settings, secret: Some(crate::protocol::Typed("new".into())) });
        let refused = home.saved().await.unwrap_err();
        assert!(refused.contains("there is an account \"work\" already"), "{refused}");
    }
    let from =
        Source::OAuth { provider: "google".into(), client: Some("c".into()), has_secret: false, kept: Kept::File };
    let settings = Box::new(settings("work", from));
    home.studio.carry_out(Order::Check { turn: 2, settings, secret: None, way: SignInWay::Browser });
    let words = home.word(|news| {
        let News::Told(_, Told::Ends(Step::Name, Outcome::Bad { words, .. })) = news else { return None };
        Some(words.to_string())
    });
    assert!(words.await.contains("already"));
    assert_eq!((home.password("work"), home.password("Work")), (Some("old".into()), Some("old".into())));
    assert_eq!(std::fs::read_to_string(home.dir.path().join("config.toml")).unwrap(), DISABLED);
}

/// A password is kept with its account, and goes again where the account could not be saved.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_kept_with_its_account() {
    let mut home = Home::new("# mine\n");
    let order = |name: &str| Order::Save {
        turn: 1,
        settings: Box::new(settings(name, Source::Typed(Kept::Keyring))),
        secret: Some(crate::protocol::Typed("word".into())),
    };
    home.studio.carry_out(order("work"));
    home.saved().await.unwrap();
    assert_eq!(home.password("work").as_deref(), Some("word"));
    let mut bad = settings("home", Source::Typed(Kept::Keyring));
    bad.email = "no address".to_owned();
    let secret = Some(crate::protocol::Typed("word".into()));
    home.studio.carry_out(Order::Save { turn: 2, settings: Box::new(bad), secret });
    home.saved().await.unwrap_err();
    assert_eq!(home.password("home"), None);
}

/// With the last of an account on the disk its secrets go: each kind, and the file with a token.
#[test]
fn secrets_go_with_what_was_left() {
    let mut home = Home::new("");
    for kind in Kind::ALL {
        home.vault.set("gone", kind, &"secret".into()).unwrap();
        home.vault.set("stays", kind, &"secret".into()).unwrap();
    }
    let tokens = home.dir.path().join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    std::fs::write(tokens.join("gone.token"), "secret").unwrap();
    let kept = SafeText::from_static("1 change waits");
    home.studio.hears(&Msg::Sync(Event::AccountRemoved { name: "stays".to_owned(), outcome: Err(kept) }));
    home.studio.hears(&Msg::Sync(Event::AccountRemoved { name: "gone".to_owned(), outcome: Ok(()) }));
    let left = |name: &str| Kind::ALL.into_iter().filter(|kind| home.vault.get(name, *kind).unwrap().is_some()).count();
    let until = std::time::Instant::now() + Duration::from_mins(1);
    while (left("gone") > 0 || tokens.join("gone.token").exists()) && std::time::Instant::now() < until {
        std::thread::yield_now();
    }
    assert_eq!((left("gone"), left("stays"), tokens.join("gone.token").exists()), (0, 3, false));
}
