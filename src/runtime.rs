//! The loop around the screen: events in, `update`, effects out, one frame when something changed.
//!
//! [`Runtime`] is the loop without a terminal, so that tests drive the real thing; [`screen`] puts it on one.

pub mod abilities;
pub mod backend;
pub mod compose;
pub mod files;
pub mod hall;
mod hold;
pub mod image_senders;
pub mod input;
mod keeping;
pub mod key_file;
pub mod key_test;
pub mod launch;
pub mod layout;
pub mod loader;
pub mod looks;
pub mod notices;
pub mod once;
pub mod outside;
pub mod pictures;
pub mod reload;
pub mod remote;
pub mod roster;
pub mod screen;
pub mod searcher;
pub mod searches;
pub mod senders;
pub mod shelf;
pub mod terminal;
pub mod wizard;
pub mod workshop;

use std::ffi::OsString;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::app::lend::Lend;
use crate::app::look::{self, Fresh};
use crate::app::model::{Clock, Model, Ticket};
use crate::app::msg::{Effect, Mouse, Msg, Notice, Query};
use crate::app::update::{refresh, results, update};
use crate::app::wizard::order::Order;
use crate::config::env::Env;
use crate::config::notices::Via;
use crate::letter::LetterId;
use crate::protocol::{Command, Event, Priority};
use crate::render::facts::LinkStyle;
use crate::runtime::abilities::Abilities;
use crate::runtime::compose::{Bureau, Wish};
use crate::runtime::image_senders::ImageSenders;
use crate::runtime::key_file::KeyFile;
use crate::runtime::layout::{Job, Layout};
use crate::runtime::loader::Loader;
use crate::runtime::looks::{Looks, ThemeFile};
use crate::runtime::reload::ConfigFile;
use crate::runtime::roster::Roster;
use crate::runtime::searches::{Keep, SearchFiles};
use crate::runtime::shelf::Shelf;
use crate::runtime::wizard::Studio;
use crate::runtime::workshop::Workshop;
use crate::safe_text::SafeText;
use crate::sync::Engine;
use crate::sync::account::now;
use crate::sync::staff::Removal;
use crate::theme::Ground;
use crate::ui;
use crate::ui::theme::Theme;

/// How often [`Runtime::idle`] looks whether everything has been answered.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// The loop's state.
pub struct Runtime {
    /// The screen's state.
    pub model: Model,
    loader: Loader,
    layout: Layout,
    desk: Desk,
    replies: UnboundedReceiver<Msg>,
    reply: UnboundedSender<Msg>,
    engine: Option<Engine>,
    requests: Vec<Request>,
    dirty: bool,
    quit: bool,
}

/// What only the terminal's owner can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Set the window's title.
    Title(SafeText),
    /// Copy these lines to the clipboard.
    Copy(Vec<SafeText>),
    /// Run this command with the terminal for itself.
    Run(Lend),
    /// Run this program with the terminal for itself: it edits the text of a letter.
    Edit {
        /// Of which letter.
        letter: LetterId,
        /// The program.
        program: OsString,
        /// Its arguments.
        arguments: Vec<OsString>,
    },
    /// Let the demo have the terminal until it ends; true: with its linear screen.
    Demo(bool),
    /// Ring the bell.
    Bell,
    /// Write this sequence, which tells of new mail.
    Notice(Vec<u8>),
    /// Show in the terminal's frame how far something is, in percent; `None`: nothing runs any more.
    Progress(Option<u8>),
    /// Take the mouse, or leave it to the terminal; `None`: as it goes best there.
    Mouse(Option<bool>),
    /// Paint everything anew.
    Redraw,
    /// Suspend.
    Suspend,
}

/// What woke the loop.
enum Woken {
    Events(Vec<Event>),
    Msg(Option<Msg>),
    Wish(Option<Wish>),
}

/// What is at hand beside the cache.
pub struct Desk {
    /// Where accounts are added.
    pub studio: Studio,
    /// Where letters are written.
    pub bureau: Bureau,
    /// The accounts.
    pub roster: Roster,
    /// What draws, loads and opens.
    pub workshop: Arc<Workshop>,
    /// What the reader's threads share.
    pub shelf: Shelf,
    /// Whose images are loaded unasked.
    pub image_senders: ImageSenders,
    /// What was searched for, and what was saved.
    pub searches: SearchFiles,
    /// What themes look like here.
    pub looks: Looks,
    /// Which theme was picked.
    pub theme_file: ThemeFile,
    /// The config's file, unless the program made the config itself.
    pub config_file: Option<ConfigFile>,
    /// What was changed of the keys on the screen.
    pub keys: KeyFile,
    /// A program that takes what is copied.
    pub copy_command: Option<String>,
    /// The environment.
    pub env: Env,
    /// What the terminal can do.
    pub abilities: Abilities,
}

/// What a runtime is made of.
pub struct Parts {
    /// The first model.
    pub model: Model,
    /// Its first effects.
    pub effects: Vec<Effect>,
    /// Reads the cache.
    pub loader: Loader,
    /// Lays messages out.
    pub layout: Layout,
    /// What else is at hand.
    pub desk: Desk,
    /// The other end of what loader and layout answer into.
    pub replies: UnboundedReceiver<Msg>,
    /// The end itself, for timers.
    pub reply: UnboundedSender<Msg>,
}

impl Runtime {
    /// A runtime without an engine: it shows what the cache has.
    pub fn new(parts: Parts) -> Self {
        let mut runtime = Self {
            model: parts.model,
            loader: parts.loader,
            layout: parts.layout,
            desk: parts.desk,
            replies: parts.replies,
            reply: parts.reply,
            engine: None,
            requests: Vec::new(),
            dirty: true,
            quit: false,
        };
        runtime.handle(Msg::Now(clock()));
        for effect in parts.effects {
            runtime.perform(effect);
        }
        // Whichever answer comes is true.
        runtime.perform(Effect::Load(Ticket(0), Query::Stock));
        runtime
    }

    /// Joins the sync engine to the screen. What the screen wanted of it before is not lost: folders are opened anew.
    pub fn join(&mut self, engine: Engine) {
        // The config may have been read again since the engine was started.
        if let Some(accounts) = self.desk.roster.for_engine() {
            engine.set_accounts(accounts);
        }
        self.engine = Some(engine);
        if let Some(crate::mail::list::Source::Folder(folder)) = self.model.list.source {
            self.perform(Effect::Sync(Command::Open(folder)));
        }
        if let Some(search) = results::command(&self.model) {
            self.perform(Effect::Sync(search));
        }
    }

    /// Where accounts are added.
    pub const fn studio(&mut self) -> &mut Studio {
        &mut self.desk.studio
    }

    /// What the reader's threads share, for the terminal's owner.
    pub fn shelf(&self) -> Shelf {
        self.desk.shelf.clone()
    }

    /// Gives the engine back, for the end.
    pub fn part(&mut self) -> Option<Engine> {
        self.engine.take()
    }

    /// What the screen looks like now.
    pub fn theme(&mut self) -> Arc<Theme> {
        let name = look::shown(&self.model);
        self.desk.looks.theme(name)
    }

    /// What the terminal says of its background.
    pub fn set_ground(&mut self, ground: Option<Ground>) {
        self.desk.looks.set_ground(ground);
    }

    /// Reads the config from now on whenever it changes.
    pub fn watch_config(&mut self) {
        if let Some(file) = &mut self.desk.config_file {
            file.watch();
        }
    }

    /// What of a config is not the model's.
    fn adopt(&mut self, fresh: &mut Fresh) {
        if self.desk.roster.adopt(&fresh.config.accounts) {
            match (&self.engine, self.desk.roster.for_engine()) {
                (Some(engine), Some(accounts)) => engine.set_accounts(accounts),
                // Who only looks keeps what it looks at.
                (None, _) if self.model.options.read_only.is_some() => fresh.later.push("accounts".to_owned()),
                (Some(_) | None, _) => {}
            }
        }
        self.desk.bureau.adopt(&fresh.config);
        let ui = &fresh.config.ui;
        self.desk.copy_command.clone_from(&ui.copy_command);
        if fresh.before.ui.mouse != ui.mouse {
            self.requests.push(Request::Mouse(ui.mouse));
        }
        self.desk.looks.adopt(Arc::clone(&fresh.themes), ui.clone());
        if fresh.before.ui.links_as_sent != ui.links_as_sent {
            self.layout.ask(Job::Links(LinkStyle::of(ui.links_as_sent)));
        }
    }

    /// Lets a message change the model and does what follows.
    pub fn handle(&mut self, mut msg: Msg) {
        self.dirty = true;
        if let Msg::Configured(fresh) = &mut msg {
            self.adopt(fresh);
        } else if let Msg::Sync(Event::Accounts(ids)) = &msg {
            let (views, profiles) = self.desk.roster.numbered(ids);
            self.desk.bureau.hear_accounts(ids);
            self.layout.ask(Job::Profiles(profiles));
            msg = Msg::Accounts(views);
        } else if self.desk.studio.hears(&msg) {
            // It could not be watched before it was there.
            self.watch_config();
        }
        if let Msg::Sync(event) = &msg {
            self.desk.bureau.hear(event);
        }
        for effect in update(&mut self.model, msg) {
            self.perform(effect);
        }
    }

    /// Handles everything that has come, with the time told first.
    pub fn drain(&mut self) {
        let mut told = false;
        let mut tell = |runtime: &mut Self| {
            if !std::mem::replace(&mut told, true) {
                runtime.handle(Msg::Now(clock()));
            }
        };
        let events = self.engine.as_ref().map(|engine| engine.outlet().take()).unwrap_or_default();
        for event in events {
            tell(self);
            self.handle(Msg::Sync(event));
        }
        while let Ok(msg) = self.replies.try_recv() {
            tell(self);
            self.handle(msg);
        }
        while let Some(wish) = self.desk.bureau.next_wish() {
            self.grant(wish);
        }
        refresh(&mut self.model);
    }

    /// Handles a message from outside, with the time told first.
    pub fn input(&mut self, msg: Msg) {
        self.handle(Msg::Now(clock()));
        let msg = self.pointed(msg);
        self.handle(msg);
    }

    /// A click on what drawing alone knows the place of says what it is for.
    fn pointed(&mut self, msg: Msg) -> Msg {
        let Msg::Mouse(Mouse::Click | Mouse::DoubleClick, column, row) = msg else { return msg };
        let theme = self.theme();
        ui::pressed(&self.model, &theme, (column, row)).map_or(msg, Msg::Press)
    }

    /// Waits until something comes from the engine or from an effect, and handles it.
    pub async fn wait(&mut self) {
        let events = async {
            match &self.engine {
                Some(engine) => engine.outlet().next().await,
                None => std::future::pending().await,
            }
        };
        let woken = tokio::select! {
            events = events => Woken::Events(events),
            msg = self.replies.recv() => Woken::Msg(msg),
            wish = self.desk.bureau.wish() => Woken::Wish(wish),
        };
        match woken {
            Woken::Events(events) => {
                self.handle(Msg::Now(clock()));
                for event in events {
                    self.handle(Msg::Sync(event));
                }
            }
            Woken::Msg(Some(msg)) => {
                self.handle(Msg::Now(clock()));
                self.handle(msg);
            }
            // It changes nothing on the screen.
            Woken::Wish(Some(wish)) => self.grant(wish),
            Woken::Msg(None) | Woken::Wish(None) => {}
        }
        self.drain();
    }

    /// Waits until no question to the cache and no layout is on its way, at most this long: for the first frame, and
    /// for tests. Timers and the network are not waited for.
    pub async fn idle(&mut self, longest: Duration) {
        let until = tokio::time::Instant::now() + longest;
        loop {
            self.drain();
            let read = self.desk.config_file.as_ref().map_or(0, ConfigFile::waiting);
            let (loader, layout) = (self.loader.waiting(), self.layout.waiting());
            let at_work = loader + layout + self.desk.workshop.waiting() + self.desk.bureau.waiting() + read;
            if at_work == 0 && self.replies.is_empty() {
                return;
            }
            // A thread counts its answer after it has sent it: with every answer here, the count may still be on its way,
            // and nothing would wake us for it.
            let look = until.min(tokio::time::Instant::now() + LOOK_AGAIN);
            match tokio::time::timeout_at(look, self.replies.recv()).await {
                Ok(Some(msg)) => self.handle(msg),
                Ok(None) => return,
                Err(_) if look == until => return,
                Err(_) => {}
            }
        }
    }

    /// Whether the model changed since this was asked the last time.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    /// What the terminal's owner is to do.
    pub fn take_requests(&mut self) -> Vec<Request> {
        std::mem::take(&mut self.requests)
    }

    /// Whether the user wants to end.
    pub fn wants_to_quit(&self) -> bool {
        self.quit
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Load(ticket, query) => self.loader.ask(ticket, query),
            Effect::Sync(command) => self.command(command),
            Effect::Lay { ticket, message, sheet, aside } => {
                self.layout.ask(Job::Lay { ticket, message, sheet, aside });
            }
            Effect::Find { ticket, message, sheet, text, query, others } => {
                self.layout.ask(Job::Find { ticket, message, sheet, text, query, others });
            }
            Effect::After(milliseconds, timer) => {
                let reply = self.reply.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
                    // Nobody hears it after the end.
                    let _unheard = reply.send(Msg::Timer(timer));
                });
            }
            Effect::OpenLink(target) => self.open_link(&target),
            Effect::Take { message, part, errand } => {
                let whole = self.model.reader.message.as_ref().is_some_and(|row| row.id == message && row.cached);
                if !whole {
                    self.command(Command::WantBody { message, priority: Priority::Open, whole: true });
                }
                self.layout.ask(Job::Take { message, part, errand });
            }
            Effect::Answer { op, message, said } => self.layout.ask(Job::Answer { op, message, said }),
            Effect::Leave { op, account, message, mail } => self.layout.ask(Job::Leave { op, account, message, mail }),
            Effect::WaysOut(message) => self.layout.ask(Job::WaysOut(message)),
            Effect::Unseal { message, asked } => self.layout.ask(Job::Unseal(message, asked)),
            Effect::LoadImages { message, urls } => self.desk.workshop.load_images(message, &urls),
            Effect::TrustImages { sender, on } => self.trust_images(&sender, on),
            Effect::KeepHistory(lines) => self.keep(Keep::History(lines)),
            Effect::KeepArrangements(arrangements) => self.keep(Keep::Arrangements(arrangements)),
            Effect::KeepDividers(dividers) => self.keep(Keep::Dividers(dividers)),
            Effect::KeepSearches(saved) => self.keep(Keep::Saved(saved)),
            Effect::KeepTheme(name) => self.keep_theme(name),
            Effect::ReadConfig { asked } => match &self.desk.config_file {
                Some(file) => file.read(asked),
                // Through the queue: update is not entered twice.
                None if asked => drop(self.reply.send(Msg::ConfigSame)),
                None => {}
            },
            Effect::EditAccounts(change) => {
                if let Some(file) = &self.desk.config_file {
                    file.change(change, self.desk.studio.tools());
                }
            }
            Effect::RemoveAccount { name, discard } => {
                if let Some(engine) = &self.engine {
                    engine.remove_account(Removal { name, discard });
                } else {
                    let text = SafeText::from_static("nothing can be removed: the sync engine is not running");
                    let _unheard = self.reply.send(Msg::EffectFailed(text));
                }
            }
            Effect::KeepKeys(lines) => self.keep_keys(lines),
            Effect::Run(lend) => self.requests.push(Request::Run(lend)),
            Effect::RunSecret(account) => match self.desk.roster.secret(account) {
                Some(lend) => self.requests.push(Request::Run(lend)),
                None => drop(self.reply.send(Msg::EffectFailed(SafeText::from_static(roster::NO_COMMAND)))),
            },
            Effect::Wizard(Order::Demo) => {
                self.requests.push(Request::Demo(self.model.options.face.is_linear()));
            }
            Effect::Wizard(order) => self.desk.studio.carry_out(order),
            Effect::Letters(order) => compose::carry_out(self, order),
            Effect::Copy(text) => self.copy(vec![text]),
            Effect::CopyLines(lines) => self.copy(lines),
            Effect::Title(title) => self.requests.push(Request::Title(title)),
            Effect::Notify(notice) => self.notify(&notice),
            Effect::Progress(percent) => {
                if self.desk.abilities.progress {
                    self.requests.push(Request::Progress(percent));
                }
            }
            Effect::Bell => self.requests.push(Request::Bell),
            Effect::Redraw => self.requests.push(Request::Redraw),
            Effect::Suspend => self.requests.push(Request::Suspend),
            Effect::Quit => self.quit = true,
        }
    }

    /// Without an engine only looking is possible; an action is refused aloud, never dropped in silence.
    fn command(&mut self, command: Command) {
        if let Some(engine) = &self.engine {
            engine.send(command);
            return;
        }
        let refused = match command {
            Command::Apply { op, .. }
            | Command::Always { op, .. }
            | Command::Undo(op)
            | Command::Redo { op, .. }
            | Command::Retry(op)
            | Command::Discard(op)
            | Command::Send { op, .. }
            | Command::Click { op, .. }
            | Command::SendNow(op)
            | Command::WasSent(op) => {
                let reason = SafeText::new("nothing can be changed: the sync engine is not running");
                Event::OpFailed { op, reason, kept: false }
            }
            Command::WantBody { message, .. } => {
                let reason = SafeText::new("this message is not on disk, and nothing is fetched now");
                Event::BodyFailed { message, reason }
            }
            Command::Rule { .. } => {
                let reason = SafeText::from_static("nothing can be changed: the sync engine is not running");
                Event::RulesChanged(Err(reason))
            }
            Command::Open(_)
            | Command::RebuildIndex
            | Command::Refresh(_)
            | Command::Reconnect(_)
            | Command::Secret { .. }
            | Command::SignIn { .. }
            | Command::EndSignIn(_)
            | Command::Unwant(_)
            | Command::KeepDraft(_)
            | Command::DiscardLetter(_)
            | Command::RestoreLetter(_)
            | Command::EndSearch
            | Command::Search { .. }
            | Command::Shutdown => {
                return;
            }
        };
        // Through the queue: update is not entered twice.
        let _unheard = self.reply.send(Msg::Sync(refused));
    }

    /// Copies to the clipboard: through the terminal, and through the desktop's own program where there is one.
    fn copy(&mut self, lines: Vec<SafeText>) {
        let words = match lines.as_slice() {
            [one] => format!("Copied {}", one.cut(50)),
            lines => format!("Copied {} lines", lines.len()),
        };
        let text = lines.iter().map(SafeText::as_str).collect::<Vec<_>>().join("\n");
        outside::copy(self.desk.copy_command.as_deref(), &self.desk.env, text);
        self.requests.push(Request::Copy(lines));
        let _unheard = self.reply.send(Msg::EffectDone(SafeText::new(&words)));
    }

    /// Tells of new mail: through the terminal, or by a program of the user's.
    fn notify(&mut self, notice: &Notice) {
        let via = &self.model.notices.via;
        if let Via::Command(words) = via
            && let Err(reason) = notices::run(words, notice)
        {
            let _unheard = self.reply.send(Msg::EffectFailed(SafeText::new(&reason)));
        }
        let bytes = notices::bytes(via, self.desk.abilities, notice);
        if !bytes.is_empty() {
            self.requests.push(Request::Notice(bytes));
        }
    }

    /// Opens a link with the system's program. The target went through the sanitiser; only links that a browser or a
    /// mail program takes are opened, and no shell sees them (PS32).
    fn open_link(&mut self, target: &SafeText) {
        let fine = ["https://", "http://", "mailto:"].iter().any(|scheme| target.as_str().starts_with(scheme));
        let msg = if fine {
            match outside::launch(target.as_str(), "the link") {
                Ok(()) => Msg::EffectDone(SafeText::new(&format!("Opening {target}"))),
                Err(words) => Msg::EffectFailed(SafeText::new(&words)),
            }
        } else {
            Msg::EffectFailed(SafeText::new(&format!("{target} is no link that is opened")))
        };
        let _unheard = self.reply.send(msg);
    }
}

/// The time now, and the offset of this place.
pub fn clock() -> Clock {
    let now = now();
    Clock { now, offset: jiff::Timestamp::from_second(now.0).map_or(0, |time| zone().to_offset(time).seconds()) }
}

/// The time zone of this place. The file that says it is read as it is: looking its name up walks the whole database of
/// zones, tens of milliseconds before the first frame (S1).
pub fn zone() -> &'static TimeZone {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    ZONE.get_or_init(|| {
        let file = std::env::var_os("TZ").is_none().then(|| std::fs::read("/etc/localtime").ok()).flatten();
        file.and_then(|bytes| TimeZone::tzif("Local", &bytes).ok()).unwrap_or_else(TimeZone::system)
    })
}
