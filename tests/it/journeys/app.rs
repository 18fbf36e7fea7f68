//! The program in a test: keys in, the screen out, and the server beside it. Nothing here sleeps; every wait is bounded.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use posthaste::app::key::Key;
use posthaste::app::model::Body;
use posthaste::app::msg::Msg;
use posthaste::app::wizard::Field;
use posthaste::auth::Tools;
use posthaste::auth::vault::{Kind, Vault};
use posthaste::config::env::Env;
use posthaste::config::paths::Paths;
use posthaste::config::secret::Secret;
use posthaste::config::{Account, CachePolicy, Config, FolderNames, Imap, Security};
use posthaste::demo::server::{Options, Server};
use posthaste::demo::world::World;
use posthaste::mail::UnixTime;
use posthaste::mail::flags::Flags;
use posthaste::protocol::SignInStep;
use posthaste::runtime::launch::{self, Launch};
use posthaste::runtime::{Request, Runtime, clock};
use posthaste::safe_text::SafeText;
use posthaste::setup::plan::{End, Offer, Progress, Server as Place, Source, UserForm, Way};
use posthaste::ui;
use posthaste::ui::theme::Theme;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::CellWidth;
use secrecy::SecretString;
use tempfile::TempDir;

use crate::support::latency::{Latencies, type_into};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_mins(1);

/// The accounts of the stories: name in the config and user on the server.
pub const ACCOUNTS: [(&str, &str); 2] = [("work", "ada"), ("home", "bob")];

/// A machine without a keyring.
struct NoKeyring;

impl Vault for NoKeyring {
    fn get(&self, _: &str, _: Kind) -> Result<Option<SecretString>, String> {
        Err("there is no keyring here".to_owned())
    }

    fn set(&self, _: &str, _: Kind, _: &SecretString) -> Result<(), String> {
        Err("there is no keyring here".to_owned())
    }

    fn remove(&self, _: &str, _: Kind) -> Result<(), String> {
        Err("there is no keyring here".to_owned())
    }
}

/// The program on a screen in memory.
pub struct App {
    /// The server's state.
    pub world: World,
    home: TempDir,
    runtime: Runtime,
    terminal: Terminal<TestBackend>,
    copied: Vec<String>,
    /// Sequences that told of new mail.
    pub notices: Vec<Vec<u8>>,
    tokio: tokio::runtime::Runtime,
    server: Server,
}

/// A world with both users, the usual folders and no mail.
pub fn world() -> World {
    let world = World::new();
    for (_, user) in ACCOUNTS {
        world.add_user(user, "secret");
        for (folder, special) in [
            ("Archive", "\\Archive"),
            ("Drafts", "\\Drafts"),
            ("Junk", "\\Junk"),
            ("Sent", "\\Sent"),
            ("Trash", "\\Trash"),
        ] {
            world.add_folder(user, folder, Some(special));
        }
        world.add_folder(user, "Projects/atlas", None);
    }
    world
}

/// A mail's bytes: from a person, about something, with a body that says so.
pub fn mail(from: &str, subject: &str) -> Vec<u8> {
    let id = subject.replace(' ', ".");
    format!(
        "From: {from} <{}@example.net>\r\nTo: ada@example.org\r\nSubject: {subject}\r\nMessage-ID: <{id}@example.net>\r\n\
         \r\nThe body of {subject}.\r\n",
        from.to_lowercase().replace(' ', ".")
    )
    .into_bytes()
}

/// Delivers a mail to a user's inbox, dated so many minutes ago.
pub fn deliver(world: &World, user: &str, subject: &str, minutes: i64) -> u32 {
    deliver_bytes(world, user, &mail("Tom Becker", subject), minutes)
}

/// Delivers these bytes to a user's inbox, dated so many minutes ago.
pub fn deliver_bytes(world: &World, user: &str, bytes: &[u8], minutes: i64) -> u32 {
    world.deliver(user, "INBOX", bytes, Flags::default(), UnixTime(clock().now.0 - minutes * 60))
}

/// A world whose first user has these mails, the first the newest.
pub fn inbox(subjects: &[&str]) -> World {
    let world = world();
    for (minutes, subject) in (1..).zip(subjects).collect::<Vec<_>>().into_iter().rev() {
        deliver(&world, "ada", subject, minutes * 5);
    }
    world
}

/// The Message-IDs, without their host, of what a folder on the server holds.
pub fn ids(world: &World, user: &str, folder: &str) -> Vec<String> {
    let short = |id: String| id.split('@').next().unwrap_or_default().replace('.', " ");
    world.list(user, folder).into_iter().map(|row| short(row.message_id)).collect()
}

/// The flags, as IMAP writes them, of the message with this subject.
pub fn flags(world: &World, user: &str, folder: &str, subject: &str) -> String {
    let id = subject.replace(' ', ".");
    let row = world.list(user, folder).into_iter().find(|row| row.message_id.starts_with(&id));
    row.map(|row| posthaste::demo::fetch::flag_list(&row.flags)).unwrap_or_default()
}

fn account(name: &str, user: &str, port: u16) -> Account {
    Account {
        name: name.to_owned(),
        email: format!("{user}@example.org"),
        display_name: None,
        color: None,
        identities: Vec::new(),
        signature: None,
        imap: Imap {
            host: "127.0.0.1".to_owned(),
            port,
            security: Security::None,
            user: user.to_owned(),
            secret: Secret::Plain("secret".to_owned().into()),
            ca_file: None,
            pin: None,
            compress: posthaste::config::Compress::default(),
            sign_in: posthaste::config::SignIn::default(),
            authserv_ids: Vec::new(),
        },
        outgoing: posthaste::config::outgoing::Outgoing::default(),
        folders: FolderNames::default(),
        cache: CachePolicy::default(),
    }
}

/// A config with these accounts: name, user on the server, and more lines.
fn written(port: u16, accounts: &[(&str, &str, &str)]) -> String {
    let account = |(name, user, more): &(&str, &str, &str)| {
        format!(
            "[accounts.{name}]\nemail = \"{user}@example.org\"\n{more}\n[accounts.{name}.imap]\nhost = \"127.0.0.1\"\nport = {port}\n\
             security = \"none\"\nuser = \"{user}\"\npassword = \"secret\"\n\n"
        )
    };
    accounts.iter().map(account).collect()
}

impl App {
    /// Starts the program on this world with one account, and waits for the inbox.
    pub fn start(world: World) -> Self {
        Self::start_with(world, 1, (120, 40))
    }

    /// Starts the program with the first accounts, at this size, and waits until they are in step.
    pub fn start_with(world: World, accounts: usize, size: (u16, u16)) -> Self {
        let mut app = Self::open(world, accounts, size);
        app.until("✓ synced");
        app
    }

    /// Starts the program with these variables in its environment, and waits until it is in step.
    pub fn start_in(world: World, variables: &[(&str, &str)]) -> Self {
        let mut app = Self::open_in(world, 1, (120, 40), |server| server, variables);
        app.until("✓ synced");
        app
    }

    /// Starts the program without a config, at this size. Whoever asks for servers is told of the one of this world.
    pub fn start_empty(world: World, size: (u16, u16)) -> Self {
        let mut app = Self::open_in(world, 0, size, |server| server, &[]);
        let server = app.server.addr;
        app.tell_of(server, vec![Way::Password]);
        app
    }

    /// The same, with these variables; whoever asks is told of another server, which is signed in to in these ways.
    pub fn start_empty_before(
        server: SocketAddr,
        ways: Vec<Way>,
        variables: &[(&str, &str)],
        size: (u16, u16),
    ) -> Self {
        let mut app = Self::open_in(world(), 0, size, |server| server, variables);
        app.tell_of(server, ways);
        app
    }

    /// Whoever asks for servers is told of this one. There is no keyring.
    fn tell_of(&mut self, server: SocketAddr, ways: Vec<Way>) {
        let receive = Place { host: "127.0.0.1".to_owned(), port: server.port(), security: Security::None };
        let tools = Tools::system(&Paths::under(self.home.path()).data);
        self.runtime.studio().set_tools(Tools { vault: Arc::new(NoKeyring), ..tools });
        self.runtime.studio().set_finder(Arc::new(move |_, tell| {
            let plain = Offer::plain(Source::Autoconfig, receive.clone(), None);
            let offer = Offer { user: UserForm::LocalPart, ways: ways.clone(), ..plain };
            Box::pin(async move {
                let found = Progress::Found { source: Source::Autoconfig, offers: vec![offer] };
                for progress in [Progress::Asking(Source::Autoconfig), found, Progress::Ended(End::Enough)] {
                    tell.send(progress).await.unwrap();
                }
            })
        }));
    }

    /// Whether this field of the wizard has the focus.
    pub fn at_field(&self, field: Field) -> bool {
        self.runtime.model.wizard.as_ref().is_some_and(|wizard| wizard.focus == field)
    }

    /// The address that the wizard sends the browser to, once it does.
    pub fn browser(&mut self) -> String {
        let asked = |app: &mut Self| match app.runtime.model.wizard.as_ref().and_then(|wizard| wizard.sign_in.as_ref())
        {
            Some(SignInStep::Browser { url }) => Some(url.to_string()),
            Some(SignInStep::Device { .. } | SignInStep::Done | SignInStep::Failed { .. }) | None => None,
        };
        self.wait_for("a browser", |app| asked(app).is_some());
        asked(self).unwrap()
    }

    /// Starts the program and waits for nothing.
    pub fn open(world: World, accounts: usize, size: (u16, u16)) -> Self {
        Self::open_through(world, accounts, size, |server| server)
    }

    /// Starts the program before a server that is reached by another way, such as a proxy; waits for nothing.
    pub fn open_through(
        world: World,
        accounts: usize,
        size: (u16, u16),
        way: impl FnOnce(SocketAddr) -> SocketAddr,
    ) -> Self {
        Self::open_in(world, accounts, size, way, &[])
    }

    fn open_in(
        world: World,
        accounts: usize,
        size: (u16, u16),
        way: impl FnOnce(SocketAddr) -> SocketAddr,
        variables: &[(&str, &str)],
    ) -> Self {
        let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let server = tokio.block_on(Server::start(world.clone(), Options::default())).unwrap();
        let home = tempfile::tempdir().unwrap();
        let port = way(server.addr).port();
        let config = Config {
            accounts: ACCOUNTS.iter().take(accounts).map(|(name, user)| account(name, user, port)).collect(),
            downloads: Some(home.path().join("downloads")),
            ..Config::default()
        };
        // The config's directory is not there either before something is saved.
        let file = home.path().join("config").join("config.toml");
        let config = if accounts == 0 { Config { path: Some(file), ..config } } else { config };
        let paths = Paths::under(home.path());
        let launch =
            Launch { config, paths, env: Env::from(variables), trace: None, demo: false, hall: None, letter: None };
        let opened = launch::open(&launch).unwrap().unwrap();
        let runtime = tokio.block_on(async {
            let mut runtime = launch::build(&launch, &opened, size, None).unwrap();
            runtime.idle(PATIENCE).await;
            launch::join_engine(&launch, opened, &mut runtime).await;
            runtime
        });
        let terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
        Self { world, home, runtime, terminal, copied: Vec::new(), notices: Vec::new(), tokio, server }
    }

    /// Starts the program with a config in a file that names these accounts, each with more lines of its own.
    pub fn start_written(world: World, accounts: &[(&str, &str, &str)], size: (u16, u16)) -> Self {
        let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let server = tokio.block_on(Server::start(world.clone(), Options::default())).unwrap();
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config.toml");
        std::fs::write(&path, written(server.addr.port(), accounts)).unwrap();
        let env = Env::from(&[("HOME", home.path().to_str().unwrap())][..]);
        let config = Config::load(Some(&path), &env).unwrap();
        let launch = Launch {
            config,
            paths: Paths::under(home.path()),
            env,
            trace: None,
            demo: false,
            hall: None,
            letter: None,
        };
        let opened = launch::open(&launch).unwrap().unwrap();
        let runtime = tokio.block_on(async {
            let mut runtime = launch::build(&launch, &opened, size, None).unwrap();
            runtime.idle(PATIENCE).await;
            launch::join_engine(&launch, opened, &mut runtime).await;
            runtime
        });
        let terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
        let (copied, notices) = (Vec::new(), Vec::new());
        let mut app = Self { world, home, runtime, terminal, copied, notices, tokio, server };
        app.until("✓ synced");
        app
    }

    /// Writes the config's file anew, and has it read as when the terminal gets the focus.
    pub fn rewrite(&mut self, accounts: &[(&str, &str, &str)]) -> &mut Self {
        let port = self.server.addr.port();
        std::fs::write(self.home.path().join("config.toml"), written(port, accounts)).unwrap();
        self.send(Msg::Focus(true))
    }

    /// The text of the config's file.
    pub fn config(&self) -> String {
        std::fs::read_to_string(self.home.path().join("config.toml")).unwrap()
    }

    /// Presses these keys: characters, and names in angle brackets (`jj<enter>`, `<ctrl-d>`); after each one what the
    /// screen asks of the cache has come, as for a person who looks before the next key.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        let mut rest = keys;
        while let Some(first) = rest.chars().next() {
            let name = rest.strip_prefix('<').and_then(|name| name.split_once('>'));
            let (key, after) = match name {
                Some((name, after)) => (Key::parse(name).unwrap_or_else(|| panic!("no key {name}")), after),
                None => (Key::char(first), rest.get(first.len_utf8()..).unwrap()),
            };
            rest = after;
            self.send(Msg::Key(key));
        }
        self
    }

    /// Types these keys, over and over, so many of them at the pace of a fast hand, into the loop of the real screen;
    /// gives how long each was on its way to its frame (O6).
    pub fn type_keys(&mut self, keys: &str, count: usize) -> Latencies {
        let Self { tokio, runtime, .. } = self;
        let size = runtime.model.size;
        type_into(tokio, runtime, size, keys.chars().cycle().take(count))
    }

    /// Hands this to the screen as the terminal would.
    pub fn send(&mut self, msg: Msg) -> &mut Self {
        let Self { tokio, runtime, .. } = self;
        tokio.block_on(async {
            runtime.input(msg);
            runtime.idle(PATIENCE).await;
        });
        self.collect();
        self
    }

    /// Takes what only the terminal's owner can do.
    pub fn collect(&mut self) {
        for request in self.runtime.take_requests() {
            match request {
                Request::Notice(bytes) => self.notices.push(bytes),
                Request::Copy(lines) => {
                    let lines: Vec<&str> = lines.iter().map(SafeText::as_str).collect();
                    self.copied.push(lines.join("\n"));
                }
                Request::Title(_)
                | Request::Bell
                | Request::Demo(_)
                | Request::Mouse(_)
                | Request::Progress(_)
                | Request::Redraw
                | Request::Suspend
                | Request::Edit { .. }
                | Request::Run(_) => {}
            }
        }
    }

    /// Gives the screen another size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.terminal.backend_mut().resize(columns, rows);
        self.terminal.resize(ratatui::layout::Rect::new(0, 0, columns, rows)).unwrap();
        self.send(Msg::Viewport(columns, rows));
    }

    /// The screen's text.
    pub fn screen(&mut self) -> String {
        let Self { terminal, runtime, .. } = self;
        terminal.draw(|frame| ui::draw(&runtime.model, &Theme::dusk(), frame)).unwrap();
        let buffer = terminal.backend().buffer();
        let mut out = String::new();
        for y in 0..buffer.area.height {
            let mut hidden = 0;
            for x in 0..buffer.area.width {
                if hidden == 0 {
                    let symbol = buffer.cell((x, y)).unwrap().symbol();
                    hidden = symbol.cell_width().max(1);
                    out.push_str(symbol);
                }
                hidden -= 1;
            }
            out.truncate(out.trim_end_matches(' ').len());
            writeln!(out).unwrap();
        }
        out
    }

    /// The name of the theme that is seen.
    pub fn theme(&mut self) -> String {
        self.runtime.theme().name().to_owned()
    }

    /// The subject under the cursor of the list.
    pub fn at(&self) -> String {
        self.runtime.model.list.cursor_row().map(|row| row.subject.to_string()).unwrap_or_default()
    }

    /// The subjects of the list from the top, those on their way out left out.
    pub fn subjects(&self) -> Vec<String> {
        let list = &self.runtime.model.list;
        list.rows.iter().filter(|row| !list.leaving.contains(&row.id)).map(|row| row.subject.to_string()).collect()
    }

    /// What was copied, the latest last.
    pub fn copied(&self) -> &[String] {
        &self.copied
    }

    /// Where the program has its files.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where attachments are saved.
    pub fn downloads(&self) -> PathBuf {
        self.home.path().join("downloads")
    }

    /// Waits until the screen says this.
    #[track_caller]
    pub fn until(&mut self, text: &str) -> &mut Self {
        self.wait_for(&format!("{text:?} on the screen"), |app| app.screen().contains(text))
    }

    /// Waits until the screen no longer says this.
    #[track_caller]
    pub fn until_gone(&mut self, text: &str) -> &mut Self {
        self.wait_for(&format!("no {text:?} on the screen"), |app| !app.screen().contains(text))
    }

    /// Waits until the open message can be read, or cannot be had.
    #[track_caller]
    pub fn until_read(&mut self) -> &mut Self {
        self.wait_for("the text", |app| {
            let reader = &app.runtime.model.reader;
            reader.waiting.is_none() && matches!(reader.body, Body::Ready(_) | Body::Failed(_))
        })
    }

    /// Waits until a folder on the server holds just these subjects, in any order.
    #[track_caller]
    pub fn until_server(&mut self, user: &str, folder: &str, subjects: &[&str]) -> &mut Self {
        let mut wanted: Vec<_> = subjects.iter().map(|subject| (*subject).to_owned()).collect();
        wanted.sort();
        self.wait_for(&format!("{wanted:?} in {user}'s {folder}"), |app| {
            let mut found = ids(&app.world, user, folder);
            found.sort();
            found == wanted
        })
    }

    /// Waits until this holds, looking again whenever something happened here or on the server.
    #[track_caller]
    pub fn wait_for(&mut self, what: &str, holds: impl Fn(&mut Self) -> bool) -> &mut Self {
        let until = tokio::time::Instant::now() + PATIENCE;
        let mut changes = self.world.watch();
        while !holds(self) {
            let Self { tokio, runtime, .. } = self;
            let came = tokio.block_on(async {
                tokio::time::timeout_at(until, async {
                    tokio::select! {
                        () = runtime.wait() => {}
                        _ = changes.changed() => {}
                    }
                })
                .await
            });
            if came.is_err() {
                let (screen, commands) = (self.screen(), self.world.commands().join("\n"));
                let model = &self.runtime.model;
                let (toast, ops) = (&model.toast, &model.tasks.ops);
                panic!(
                    "waited in vain for {what}; the server heard:\n{commands}\nthe toast: {toast:?}\nthe queue: {ops:#?}\n\
                     the screen:\n{screen}"
                );
            }
        }
        self
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if let Some(engine) = self.runtime.part() {
            self.tokio.block_on(launch::stop(&engine));
        }
    }
}
