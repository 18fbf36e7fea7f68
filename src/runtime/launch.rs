//! From a config to a running screen: files opened, first frame painted, then, and only then, the engine started.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::Instant;

use crate::app::compose::order::{How, News};
use crate::app::keymap::problem::{Kind, Problem};
use crate::app::keymap::{Keymap, Sources};
use crate::app::look::{self, Look};
use crate::app::model::{Model, Motion, Options};
use crate::app::msg::Msg;
use crate::app::rights::ReadOnly;
use crate::app::search::{Kept, Saved, Searches};
use crate::app::start::Setup as Start;
use crate::auth::Tools;
use crate::config::env::Env;
use crate::config::paths::Paths;
use crate::config::themes::Themes;
use crate::config::{self, Config};
use crate::crypto::Programs;
use crate::imap::trace::Sink;
use crate::journal::Journal;
use crate::letters::Letters;
use crate::mail::AccountId;
use crate::priority;
use crate::protocol::{Command, Event, OpId};
use crate::render;
use crate::render::facts::{Gist, LinkStyle};
use crate::runtime::abilities::Abilities;
use crate::runtime::compose::Bureau;
use crate::runtime::hall::Hall;
use crate::runtime::image_senders::ImageSenders;
use crate::runtime::key_file::KeyFile;
use crate::runtime::layout::{Layout, Materials};
use crate::runtime::loader::Loader;
use crate::runtime::looks::{Looks, ThemeFile};
use crate::runtime::outside::Room;
use crate::runtime::pictures::protocol::{self, Graphics};
use crate::runtime::reload::{self, ConfigFile};
use crate::runtime::remote::Fetcher;
use crate::runtime::roster::Roster;
use crate::runtime::searches::{SavedSearch, SearchFiles};
use crate::runtime::senders::Senders;
use crate::runtime::shelf::Shelf;
use crate::runtime::terminal::Screen;
use crate::runtime::wizard::Studio;
use crate::runtime::workshop::Workshop;
use crate::runtime::{Desk, Parts, Runtime, hold, screen, zone};
use crate::safe_text::SafeText;
use crate::seal;
use crate::store::index::{TEXT_MAX, Text};
use crate::store::{Access, Cache};
use crate::sync::account::{Digest, Digester, Mode, TextReader, now};
use crate::sync::post::Post;
use crate::sync::seat::LONGEST;
use crate::sync::{Engine, Setup};
use crate::theme::Ground;
use crate::ui::theme::{Depth, is_gnu_screen};

/// How long the engine gets to say goodbye. Nothing is lost when it takes longer, unless it says so: what was asked for is on
/// disk.
const GOODBYE: Duration = Duration::from_secs(1);

/// What the screen is started with.
pub struct Launch {
    /// The checked config.
    pub config: Config,
    /// Where files lie.
    pub paths: Paths,
    /// The environment.
    pub env: Env,
    /// Where the protocol is written down, if anywhere.
    pub trace: Option<Sink>,
    /// Whether this is the demo.
    pub demo: bool,
    /// Who carries mails and leaves mailings, where it is not the network.
    pub hall: Option<Arc<Hall>>,
    /// The letter that the screen begins with.
    pub letter: Option<How>,
}

/// Cache and journal, opened.
pub struct Opened {
    /// The cache.
    pub cache: Cache,
    /// The journal; `None` when only looking is possible.
    pub journal: Option<Journal>,
    /// Why only looking is possible, if it is so.
    pub read_only: Option<ReadOnly>,
    /// The accounts' numbers in the cache with their names, in the order of the config; none yet in a cache that was never
    /// written.
    pub ids: Vec<(AccountId, String)>,
    /// The first free operation number.
    pub next_op: OpId,
}

/// Runs the screen until the user ends it.
///
/// # Errors
/// When the terminal or the files cannot be had.
pub fn run(launch: Launch) -> anyhow::Result<()> {
    let Some(opened) = open(&launch)? else { return Ok(()) };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .on_thread_start(priority::step_back)
        .enable_all()
        .build()
        .context("Cannot start the program's tasks")?;
    let outcome = runtime.block_on(show(launch, opened));
    runtime.shutdown_timeout(Duration::from_millis(200));
    outcome
}

/// Runs the demo: a server of its own on loopback, a temporary directory, nothing left behind.
///
/// # Errors
/// When the terminal, a temporary directory or loopback cannot be had.
pub fn run_demo(env: Env, linear: bool) -> anyhow::Result<()> {
    let home = tempfile::Builder::new().prefix("posthaste-demo-").tempdir().context("No temporary directory")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .on_thread_start(priority::step_back)
        .enable_all()
        .build()
        .context("Cannot start the program's tasks")?;
    let demo = runtime.block_on(crate::demo::start(now())).context("The demo's server cannot listen on loopback")?;
    let launch = of_demo(&demo, home.path(), env, linear);
    let Some(opened) = open(&launch)? else { return Ok(()) };
    let outcome = runtime.block_on(show(launch, opened));
    drop(demo);
    runtime.shutdown_timeout(Duration::from_millis(200));
    outcome
}

/// The screen on a demo, with all of its files in this directory.
pub fn of_demo(demo: &crate::demo::Demo, home: &Path, env: Env, linear: bool) -> Launch {
    let mut config = Config { accounts: demo.accounts.iter().map(demo_account).collect(), ..Config::default() };
    config.ui.face = config::Face::of(linear);
    // What is saved in the demo goes with it.
    config.downloads = Some(home.join("downloads"));
    let hall = Some(Arc::new(Hall::of(demo)));
    Launch { config, paths: Paths::under(home), env, trace: None, demo: true, hall, letter: None }
}

fn demo_account(account: &crate::demo::DemoAccount) -> config::Account {
    config::Account {
        name: account.name.clone(),
        email: account.email.clone(),
        display_name: Some(account.full_name.clone()),
        color: None,
        identities: Vec::new(),
        signature: None,
        imap: config::Imap {
            host: account.host.clone(),
            port: account.port,
            security: config::Security::None,
            user: account.user.clone(),
            secret: config::secret::Secret::Plain(account.password.clone().into()),
            ca_file: None,
            pin: None,
            compress: config::Compress::default(),
            sign_in: config::SignIn::default(),
            authserv_ids: Vec::new(),
        },
        // The demo's own post takes what is sent: nobody runs this.
        outgoing: config::outgoing::Outgoing {
            way: Some(config::outgoing::Way::Command(String::new())),
            ..config::outgoing::Outgoing::default()
        },
        folders: config::FolderNames::default(),
        cache: config::CachePolicy::default(),
    }
}

/// Opens the files. `None`: another instance holds them and the user does not want to look only. On a disk that takes
/// nothing they are opened to be looked at.
///
/// # Errors
/// When a directory cannot be made or a file cannot be opened, not even to be read.
pub fn open(launch: &Launch) -> anyhow::Result<Option<Opened>> {
    hold::open(launch)
}

async fn show(launch: Launch, opened: Opened) -> anyhow::Result<()> {
    let ground = ground(&launch);
    let read_only = opened.read_only;
    let variable = |name: &str| launch.env.get(name).and_then(|value| value.into_string().ok());
    let mut screen =
        Screen::enter(launch.config.ui.mouse, !is_gnu_screen(variable)).context("posthaste needs a terminal")?;
    let size = screen.size()?;
    let mut runtime = build(&launch, &opened, size, graphics(&launch))?;
    screen.show_pictures(runtime.shelf());
    runtime.set_ground(ground);
    screen::first_frame(&mut runtime, &mut screen).await?;
    runtime.watch_config();
    join_engine(&launch, opened, &mut runtime).await;
    debug_assert!(read_only == runtime.model.options.read_only, "the screen knows whether it may act");
    let outcome = screen::run(&mut runtime, &mut screen).await;
    drop(screen);
    runtime.last_words().await;
    if let Some(engine) = runtime.part() {
        stop(&engine).await;
    }
    outcome
}

/// Starts the sync engine and joins it to the screen, unless only looking is possible; says so when it cannot start.
pub async fn join_engine(launch: &Launch, opened: Opened, runtime: &mut Runtime) {
    let Some(journal) = opened.journal else {
        if opened.read_only == Some(ReadOnly::Another)
            && let Err(error) = hold::look_on(&launch.paths, &opened.cache, runtime.reply.clone())
        {
            tracing::warn!("what the other program does is not seen: {error}");
        }
        return;
    };
    let mut post = seal::post(runtime.sealing(), programs(&launch.env), Arc::new(Fetcher::default()));
    if let Some(hall) = &launch.hall {
        post = Post { carrier: Arc::<Hall>::clone(hall), clicker: Arc::<Hall>::clone(hall), ..post };
    }
    let setup = Setup {
        accounts: launch.config.accounts.clone(),
        cache: opened.cache,
        journal,
        digester: digester(),
        text_reader: text_reader(),
        index_mb: launch.config.index_mb,
        tools: Tools::system(&launch.paths.data),
        post,
        trace: launch.trace.clone(),
        mode: Mode::Live,
    };
    match Engine::start(setup).await {
        Ok(engine) => runtime.join(engine),
        Err(error) => {
            let text = SafeText::new(&format!("sync could not start: {error}"));
            runtime.input(Msg::EffectFailed(text));
        }
    }
}

/// The programs that sign, encrypt and read what is sealed. No passphrase is asked for at the terminal, on which the screen is.
fn programs(env: &Env) -> Programs {
    Programs { home: env.path("GNUPGHOME"), ..Programs::default() }
}

/// Ends the engine; what is queued stays queued. Where it waits for something that would be lost, that is said on the
/// terminal, on which there is no screen any more, and `ctrl-c` ends it at once.
pub async fn stop(engine: &Engine) {
    engine.send(Command::Shutdown);
    let mut until = Instant::now() + GOODBYE;
    let mut hurried = pin!(hurried());
    loop {
        let events = tokio::select! {
            events = engine.outlet().next() => events,
            () = tokio::time::sleep_until(until) => return tracing::warn!("the connections did not end in time"),
            () = &mut hurried => return tracing::warn!("what the end waited for was not waited for"),
        };
        if events.iter().any(|event| matches!(event, Event::Stopped)) {
            return;
        }
        let waits =
            events.iter().rev().find_map(|event| if let Event::Ending(what) = event { Some(what) } else { None });
        if let Some(what) = waits {
            until = Instant::now() + LONGEST;
            // Where there is no terminal any more nobody reads it.
            drop(writeln!(std::io::stderr(), "{what}"));
        }
    }
}

/// The user, or the system, does not want to wait any longer.
async fn hurried() {
    let (Ok(mut interrupt), Ok(mut term)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = term.recv() => {}
    }
}

/// A runtime on these files, without an engine.
///
/// # Errors
/// When a thread cannot be started or the cache cannot be read.
pub fn build(
    launch: &Launch,
    opened: &Opened,
    size: (u16, u16),
    graphics: Option<Graphics>,
) -> anyhow::Result<Runtime> {
    let (reply, replies) = unbounded_channel();
    let roll = opened.cache.roll();
    roll.show(opened.ids.iter().map(|(id, _)| *id));
    let mut roster = Roster::new(&launch.config.accounts, roll);
    let (accounts, profiles) = roster.numbered(&opened.ids);
    let reader = opened.cache.reader()?;
    let journal = Journal::open(&launch.paths.data, Access::ReadOnly).ok();
    let loader = Loader::start(reader, journal, reply.clone())?;
    let shelf = Shelf::default();
    let programs = programs(&launch.env);
    let workshop = Workshop::start(
        opened.cache.reader()?,
        shelf.clone(),
        graphics,
        (programs, Room::new(launch.env.clone())),
        reply.clone(),
    )?;
    let workshop = Arc::new(workshop);
    let senders = Senders::new(opened.cache.reader()?.for_scans()?);
    let image_senders = ImageSenders::new(&launch.paths.data);
    let layout = Layout::start(
        Materials {
            cache: opened.cache.reader()?,
            profiles,
            downloads: downloads(&launch.config),
            letters: Letters::of(&launch.paths.data),
            shelf: shelf.clone(),
            senders,
            workshop: Arc::clone(&workshop),
            links: LinkStyle::of(launch.config.ui.links_as_sent),
            zone: zone().clone(),
            env: launch.env.clone(),
        },
        reply.clone(),
    )?;
    let (keymap, wrong) = logged_keymap(launch);
    let (mut model, effects) = Model::start(Start {
        accounts,
        options: options(launch, opened.read_only),
        next_op: opened.next_op,
        size,
        start: None,
        keymap,
    });
    model.zone = zone().clone();
    model.shelved.disabled = launch.config.disabled.iter().map(|account| account.name.clone()).collect();
    model.cell = graphics.map(|graphics| graphics.cell);
    model.image_senders = image_senders.read();
    let searches = SearchFiles::new(&launch.paths.data);
    model.search.history = searches.history().into();
    model.arrangements = searches.arrangements();
    model.dividers = searches.dividers();
    model.notices = launch.config.notices.clone();
    saved_searches(&mut model.search, &launch.config, searches.saved());
    let (themes, trouble) = themes(launch);
    let (themes, theme_file) = (Arc::new(themes), ThemeFile::new(&launch.paths.state));
    model.look = look(&launch.config, &themes, theme_file.read());
    let config_path = launch.config.path.clone().unwrap_or_else(|| launch.paths.config.clone());
    let studio = Studio::new(
        config_path,
        Tools::system(&launch.paths.data),
        launch.env.clone(),
        launch.trace.clone(),
        reply.clone(),
    );
    let bureau = Bureau::new(
        &launch.paths.data,
        opened.cache.reader()?.readers(),
        shelf.clone(),
        (&launch.env, &launch.config),
        reply.clone(),
    );
    let desk = Desk {
        studio,
        bureau,
        roster,
        workshop,
        shelf,
        image_senders,
        searches,
        looks: Looks::new(Arc::clone(&themes), launch.config.ui.clone(), depth(launch)),
        theme_file,
        keys: KeyFile::new(&launch.paths.keys()),
        config_file: ConfigFile::new(
            &launch.config,
            themes,
            (&launch.env, &launch.paths),
            reply.clone(),
            trouble.clone(),
        ),
        copy_command: launch.config.ui.copy_command.clone(),
        env: launch.env.clone(),
        abilities: Abilities::detect(|name| launch.env.get(name).and_then(|value| value.into_string().ok())),
    };
    let mut runtime = Runtime::new(Parts { model, effects, loader, layout, desk, replies, reply });
    if let Some(trouble) = trouble {
        runtime.handle(Msg::ConfigRefused(trouble));
    }
    // Accounts that are switched off are accounts: who has some knows the way.
    if launch.config.accounts.is_empty() && launch.config.disabled.is_empty() && !launch.demo {
        runtime.input(Msg::AddAccount);
    }
    if let Some(wrong) = wrong {
        runtime.input(Msg::EffectFailed(wrong));
    }
    if let Some(how) = &launch.letter {
        runtime.input(Msg::Letters(News::Wanted(how.clone())));
    }
    Ok(runtime)
}

/// The searches with a name: those of the config first, then those that were saved from the screen under another name. A
/// digit is the first one's that has it.
fn saved_searches(search: &mut Searches, config: &Config, own: Vec<SavedSearch>) {
    let config = config.searches.iter().map(|one| (one.name.clone(), one.query.clone(), one.key, Kept::Config));
    let own = own.into_iter().map(|one| (one.name, one.query, one.key, Kept::Own));
    for (name, text, key, place) in config.chain(own) {
        if search.saved.iter().any(|saved| saved.name.eq_ignore_ascii_case(&name)) {
            continue;
        }
        let free = |digit: &u8| (1..=9).contains(digit) && search.saved.iter().all(|saved| saved.key != Some(*digit));
        let key = key.filter(free);
        let id = search.next_id();
        search.saved.push(Saved { id, name, text, key, place, tally: None });
    }
}

/// How the terminal draws pictures, if it does.
fn graphics(launch: &Launch) -> Option<Graphics> {
    // Half blocks and placeholders are no ASCII.
    let setting = if launch.env.is_utf8() { launch.config.ui.pictures } else { config::Pictures::Off };
    let variable = |name: &str| launch.env.get(name).and_then(|value| value.into_string().ok());
    Graphics::detect(setting, depth(launch), protocol::cell_size(), variable)
}

fn options(launch: &Launch, read_only: Option<ReadOnly>) -> Options {
    let (config, utf8) = (&launch.config, launch.env.is_utf8());
    Options {
        glyphs: if utf8 { config.ui.glyphs } else { config::Glyphs::Ascii },
        utf8,
        after_triage: config.ui.after_triage,
        layout: config.ui.layout,
        list: config.ui.list,
        read_only,
        demo: launch.demo,
        motion: Motion::of(config.ui.reduced_motion || config.ui.face.is_linear()),
        face: config.ui.face,
        hours: config.ui.hours,
    }
}

/// The keys that this config and these files ask for, and what is wrong with them.
pub fn keymap(config: &Config, paths: &Paths) -> (Keymap, Vec<Problem>) {
    let (own, unreadable) = KeyFile::new(&paths.keys()).read();
    let sources = Sources {
        preset: config.keys.preset,
        own,
        config: config.keys.lines.clone(),
        own_file: Some(paths.keys()),
        config_file: config.path.clone(),
    };
    let (keymap, mut problems) = Keymap::build(sources);
    problems.extend(unreadable.map(Problem::of_file));
    (keymap, problems)
}

/// The keys, and what is said on the screen of what is wrong with them. Everything is logged, and `config check` says it.
fn logged_keymap(launch: &Launch) -> (Keymap, Option<SafeText>) {
    let (keymap, problems) = keymap(&launch.config, &launch.paths);
    for problem in &problems {
        tracing::warn!("keys: {problem}");
    }
    // Who takes the place of default keys means it.
    let mut wrong = problems.iter().filter(|problem| !matches!(problem.kind, Kind::Hides(_)));
    let said = wrong.next().map(|first| {
        // Short: a toast is one line.
        let file = first.file.as_ref().and_then(|file| file.file_name()).map(|name| name.to_string_lossy());
        let at = first.at.map_or(String::new(), |at| format!(", line {}", at.line));
        SafeText::new(&format!("Wrong keys in {}{at}: see posthaste config check", file.unwrap_or("keys.toml".into())))
    });
    (keymap, said)
}

fn downloads(config: &Config) -> PathBuf {
    config
        .downloads
        .clone()
        .or_else(|| directories::UserDirs::new().and_then(|dirs| dirs.download_dir().map(PathBuf::from)))
        .or_else(|| directories::UserDirs::new().map(|dirs| dirs.home_dir().to_path_buf()))
        .unwrap_or_else(std::env::temp_dir)
}

/// What list and index show of a body. Parsed on a stack that hostile mail cannot exhaust.
pub fn digester() -> Digester {
    Arc::new(|bytes: &[u8]| render::run(|| digest(bytes)).unwrap_or_default())
}

/// What list and index show of a body; on a thread with a large stack.
pub fn digest(bytes: &[u8]) -> Digest {
    let Gist { snippet, attachments, body, cut, files, link, invite } = render::gist(bytes, TEXT_MAX);
    Digest { snippet, attachments, text: Text { body, cut, files, link, invite } }
}

/// Reads the texts of bodies for the index, on one thread for all of them. A mail that no limit foresaw costs itself alone.
pub fn text_reader() -> TextReader {
    Arc::new(|mails: &[&[u8]]| {
        let read = |mail: &&[u8]| {
            let text = std::panic::catch_unwind(|| text(mail));
            text.unwrap_or_else(|_| Text { cut: true, ..Text::default() })
        };
        render::run(|| mails.iter().map(read).collect()).unwrap_or_default()
    })
}

fn text(mail: &[u8]) -> Text {
    let Gist { body, cut, files, link, invite, .. } = render::gist_for_index(mail, TEXT_MAX);
    Text { body, cut, files, link, invite }
}

/// How many colours the terminal shows.
fn depth(launch: &Launch) -> Depth {
    Depth::detect(|name: &str| launch.env.get(name).and_then(|value| value.into_string().ok()))
}

/// The themes at hand, and what is wrong with those that the config names.
fn themes(launch: &Launch) -> (Themes, Option<SafeText>) {
    let Some(path) = &launch.config.path else { return (Themes::default(), None) };
    let wrong = |(path, error): (PathBuf, std::io::Error)| SafeText::new(&format!("{}: {error}", path.display()));
    match Themes::read(path).map_err(wrong) {
        Ok(themes) => {
            let trouble = themes.check(&launch.config).err().map(|problem| reload::told(&problem, path));
            (themes, trouble)
        }
        Err(trouble) => (Themes::default(), Some(trouble)),
    }
}

/// The themes to choose from; the one of the config is chosen, else the one that was picked on the screen the last time.
fn look(config: &Config, themes: &Themes, picked: Option<String>) -> Look {
    let (rows, named) = (look::rows(&themes.library), look::named(config));
    let known = |name: &String| rows.iter().any(|row| row.name == *name);
    let chosen = named.clone().or(picked).filter(known).unwrap_or_else(|| look::AUTO.to_owned());
    Look { themes: rows, chosen, config: named }
}

/// Asks the terminal for its background, for at most 200 ms; never where that is not wanted, or of no use.
fn ground(launch: &Launch) -> Option<Ground> {
    if launch.env.get("POSTHASTE_NO_PROBE").is_some() || depth(launch) <= Depth::Sixteen {
        return None;
    }
    let mut options = terminal_colorsaurus::QueryOptions::default();
    options.timeout = Duration::from_millis(200);
    match terminal_colorsaurus::background_color(options) {
        Ok(color) if color.perceived_lightness() > 0.5 => Some(Ground::Light),
        Ok(_) => Some(Ground::Dark),
        Err(_) => None,
    }
}
