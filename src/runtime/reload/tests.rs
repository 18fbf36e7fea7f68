//! The config's file while the program runs: what is told of it, and what is not.

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;
use crate::auth::command::Terminal;
use crate::auth::vault::{self, Vault};
use secrecy::SecretString;

struct Home {
    dir: tempfile::TempDir,
    file: ConfigFile,
    told: UnboundedReceiver<Msg>,
}

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_mins(1);

const CONFIG: &str = "[ui]\ntheme = \"nord\"\n";

impl Home {
    fn new(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        let config = Config::parse(text, &path).unwrap();
        let themes = Arc::new(Themes::read(&path).unwrap());
        let (reply, told) = unbounded_channel();
        let place = |name: &str| dir.path().join(name);
        let paths = Paths { config: path, cache: place("cache"), data: place("data"), state: place("state") };
        let file = ConfigFile::new(&config, themes, (&Env::default(), &paths), reply, None).unwrap();
        Self { dir, file, told }
    }

    /// Puts a file in another's place, so that no half of it is ever seen.
    fn write(&self, name: &str, text: &str) {
        let (path, new) = (self.dir.path().join(name), self.dir.path().join("being-written"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&new, text).unwrap();
        std::fs::rename(new, path).unwrap();
    }

    /// What a reading tells, in words.
    fn read(&self, asked: bool) -> Option<String> {
        self.file.reading.read(asked).as_ref().map(words)
    }

    /// Waits for what the watch tells.
    fn next(&mut self) -> String {
        let tokio = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let told = tokio.block_on(async { tokio::time::timeout(PATIENCE, self.told.recv()).await });
        words(&told.expect("the watch tells it").unwrap())
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the file tells nothing else")]
fn words(msg: &Msg) -> String {
    match msg {
        Msg::Configured(fresh) => {
            let theme = crate::app::look::named(&fresh.config).unwrap_or_default();
            fresh.later.iter().fold(format!("holds: {theme}"), |words, key| words + " later " + key)
        }
        Msg::ConfigRefused(text) => text.to_string(),
        Msg::ConfigSame => "same".to_owned(),
        other => format!("{other:?}"),
    }
}

/// Protects the screen: what did not change tells nothing, what did is told once, a mistake leaves what held, and is told
/// again when the user asks.
#[test]
fn changes_are_told_once() {
    let home = Home::new(CONFIG);
    assert_eq!((home.read(false), home.read(true).as_deref()), (None, Some("same")));
    home.write("config.toml", "[ui]\ntheme = \"paper\" # longer\n");
    assert_eq!((home.read(false).as_deref(), home.read(false)), (Some("holds: paper"), None));
    home.write("config.toml", "[ui]\ntheem = \"dusk\"\n");
    let told = "config.toml:2:1: ui.theem: there is no such key here; did you mean \"theme\"?";
    assert_eq!((home.read(false).as_deref(), home.read(false)), (Some(told), None));
    assert_eq!(home.read(true).as_deref(), Some(told));
    home.write("config.toml", "[ui]\ntheme = \"papers\"\n");
    assert!(home.read(false).unwrap().starts_with("config.toml:2:9: ui.theme: there is no theme \"papers\""));
    std::fs::remove_file(home.dir.path().join("config.toml")).unwrap();
    assert!(home.read(false).unwrap().starts_with("config.toml: "));
    home.write("config.toml", CONFIG);
    assert_eq!(home.read(false).as_deref(), Some("holds: nord"));
}

/// Protects from a half truth: what cannot change while the program runs is named, as long as it waits.
#[test]
fn what_waits_for_the_next_start_is_named() {
    let account = "[accounts.work]\nemail = \"ada@example.org\"\nimap = { host = \"127.0.0.1\", password = \"x\" }\n";
    let home = Home::new(&format!("{CONFIG}{account}"));
    home.write("config.toml", &format!("{CONFIG}pictures = \"off\"\n{}", account.replace("ada", "bob")));
    assert_eq!(home.read(false).as_deref(), Some("holds: nord later ui.pictures"));
    home.write("config.toml", &format!("index_mb = 3\n{CONFIG}{account}"));
    assert_eq!(home.read(false).as_deref(), Some("holds: nord later index_mb"));
}

/// Protects a theme that is being written: it is shown as it is saved, and a mistake in it is told with its place.
#[test]
fn themes_are_read_again() {
    let home = Home::new("[ui]\ntheme = \"dusk\"\n");
    home.write("themes/dusk.toml", "inherits = \"dusk\"\n[roles]\naccent = \"#ff0000\"\n");
    assert_eq!(home.read(false).as_deref(), Some("holds: dusk"));
    home.write("themes/dusk.toml", "inherits = \"dusk\"\n[roles]\naccent = \"red-ish\"\n");
    assert!(
        home.read(false).unwrap().starts_with("themes/dusk.toml:3:10: roles.accent: there is no colour \"red-ish\"")
    );
    home.write("themes/dusk.toml", "inherits = \"dusk\"\n[roles]\naccent = \"#ff00ff\" # violet\n");
    assert_eq!(home.read(false).as_deref(), Some("holds: dusk"));
}

/// Protects who mends the file of the keys by hand: it holds at once, also when it is gone.
#[test]
fn keys_are_read_again() {
    let mut home = Home::new(CONFIG);
    home.file.watch();
    let line = |key: &str| format!("[list]\n\"{key}\" = \"archive\"\n");
    home.write("keys.toml", &line("ctrl-x"));
    assert!(home.next().starts_with("Rebound"));
    std::fs::remove_file(home.dir.path().join("keys.toml")).unwrap();
    assert!(home.next().starts_with("Rebound"));
    home.write("config.toml", "[ui]\ntheme = \"paper\"\n");
    assert_eq!(home.next(), "holds: paper");
}

/// Protects the watch: a file that is saved in place or that takes another's place, and a theme in a directory that was not
/// there at first, are seen without anybody asking; and reading wakes nobody.
#[test]
fn the_watch_sees_every_way_to_save() {
    let mut home = Home::new(CONFIG);
    home.file.watch();
    home.write("config.toml", "[ui]\ntheme = \"gruvbox-dark\" # before or after it begins\n");
    assert_eq!(home.next(), "holds: gruvbox-dark");
    std::fs::write(home.dir.path().join("config.toml"), "[ui]\ntheme = \"paper\" # in place\n").unwrap();
    assert_eq!(home.next(), "holds: paper");
    home.write("themes/mine.toml", "inherits = \"dusk\"\n");
    home.write("config.toml", "[ui]\ntheme = \"mine\" # renamed\n");
    assert_eq!(home.next(), "holds: mine");
    home.write("themes/mine.toml", "inherits = \"paper\"\n");
    assert_eq!(home.next(), "holds: mine");
    home.write("themes/mine.toml", "inherits = \"papers\"\n");
    assert!(home.next().starts_with("themes/mine.toml:1:12: inherits: there is no theme \"papers\""));
}

/// Protects from half a config: who has a file open to write is waited for, who put a whole one there is not.
#[rstest::rstest]
#[case::written(EventKind::Modify(ModifyKind::Data(notify::event::DataChange::Any)), cfg!(target_os = "linux"))]
#[case::made(EventKind::Create(CreateKind::File), cfg!(target_os = "linux"))]
#[case::closed(EventKind::Access(AccessKind::Close(AccessMode::Write)), false)]
#[case::renamed(EventKind::Modify(ModifyKind::Name(notify::event::RenameMode::To)), false)]
#[case::removed(EventKind::Remove(notify::event::RemoveKind::File), false)]
fn half_a_file_is_waited_for(#[case] kind: EventKind, #[case] waited: bool) {
    assert_eq!(is_being_written(kind), waited);
}

/// Protects those whose config is a link into a directory that they keep elsewhere: a change there is seen.
#[test]
fn the_watch_follows_a_link() {
    let elsewhere = tempfile::tempdir().unwrap();
    let real = elsewhere.path().join("posthaste.toml");
    let mut home = Home::new(CONFIG);
    std::fs::write(&real, CONFIG).unwrap();
    let path = home.dir.path().join("config.toml");
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(&real, &path).unwrap();
    home.file.watch();
    let new = elsewhere.path().join("new.toml");
    std::fs::write(&new, "[ui]\ntheme = \"gruvbox-dark\"\n").unwrap();
    std::fs::rename(&new, &real).unwrap();
    assert_eq!(home.next(), "holds: gruvbox-dark");
}

/// Protects from secrets that nobody looks for any more: what is kept of an account goes when it is taken out of the config,
/// and only then; a machine without a keyring is no trouble.
#[test]
fn secrets_go_with_their_account() {
    struct Absent;
    impl Vault for Absent {
        fn get(&self, _: &str, _: vault::Kind) -> Result<Option<SecretString>, String> {
            Err("there is no keyring".to_owned())
        }
        fn set(&self, _: &str, _: vault::Kind, _: &SecretString) -> Result<(), String> {
            Err("there is no keyring".to_owned())
        }
        fn remove(&self, _: &str, _: vault::Kind) -> Result<(), String> {
            Err("there is no keyring".to_owned())
        }
    }
    let account = |name: &str, how: &str| {
        format!("[accounts.{name}]\nemail = \"{name}@example.org\"\nimap = {{ host = \"h\", {how} }}\n")
    };
    let text =
        account("work", "keyring = true") + &account("home", "prompt = true") + &account("club", "prompt = true");
    let mut home = Home::new(&text);
    let memory = Arc::new(vault::Memory::default());
    let tokens = home.dir.path().join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    for name in ["work", "home"] {
        std::fs::write(tokens.join(format!("{name}.token")), "secret").unwrap();
        for kind in vault::Kind::ALL {
            memory.set(name, kind, &"secret".into()).unwrap();
        }
    }
    let tools = Tools {
        vault: Arc::<vault::Memory>::clone(&memory),
        tokens: Some(tokens.clone()),
        ask: None,
        terminal: Terminal::Away,
    };
    let left =
        |name: &str| vault::Kind::ALL.into_iter().filter(|kind| memory.get(name, *kind).unwrap().is_some()).count();
    let change = |home: &mut Home, change: Change, tools: &Tools| {
        home.file.change(change, tools.clone());
        while home.file.waiting() > 0 {
            std::thread::yield_now();
        }
        let mut told = Vec::new();
        while let Ok(msg) = home.told.try_recv() {
            told.push(words(&msg));
        }
        told
    };
    change(&mut home, Change::Disable("work".to_owned()), &tools);
    assert_eq!(left("work"), 3);
    change(&mut home, Change::Remove("work".to_owned()), &tools);
    assert_eq!((left("work"), left("home"), tokens.join("work.token").exists()), (0, 3, false));
    let absent = Tools { vault: Arc::new(Absent), tokens: Some(tokens.clone()), ask: None, terminal: Terminal::Away };
    let told = change(&mut home, Change::Remove("home".to_owned()), &absent);
    assert!(told.iter().all(|told| !told.contains("keyring")) && !tokens.join("home.token").exists(), "{told:?}");
}
