//! The runtime on a real terminal: one place that waits, one frame for everything that came.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use crossterm::event::{Event, EventStream};
use futures::{Stream, StreamExt as _};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::app::model::Model;
use crate::app::msg::Msg;
use crate::protocol::Typed;
use crate::runtime::input::Input;
use crate::runtime::terminal::hangup::Hangup;
use crate::runtime::terminal::{Guest, Screen};
use crate::runtime::{Request, Runtime};
use crate::safe_text::SafeText;
use crate::ui::theme::Theme;

/// How long the first frame may wait for the cache.
const FIRST_FRAME: Duration = Duration::from_millis(150);

/// Shows the first frame: what the cache has, before any socket opens (invariant 1).
pub async fn first_frame(runtime: &mut Runtime, screen: &mut Screen) -> anyhow::Result<()> {
    runtime.idle(FIRST_FRAME).await;
    paint(runtime, screen)
}

/// What the loop paints on: the terminal, or a screen in memory.
pub trait Surface {
    /// Paints what of the model is not on it yet.
    ///
    /// # Errors
    /// When it cannot be written.
    fn draw(&mut self, model: &Model, theme: &Theme) -> io::Result<()>;

    /// Does what only its owner can do. Gives columns and rows where they may have changed unheard.
    ///
    /// # Errors
    /// When it cannot be written.
    fn serve(&mut self, request: &Request) -> io::Result<Option<(u16, u16)>>;

    /// Whether something else is to have the terminal now.
    fn is_wanted(&self) -> bool {
        false
    }
}

impl Surface for Screen {
    fn draw(&mut self, model: &Model, theme: &Theme) -> io::Result<()> {
        Self::draw(self, model, theme)
    }

    fn serve(&mut self, request: &Request) -> io::Result<Option<(u16, u16)>> {
        match request {
            Request::Title(title) => self.title(title)?,
            Request::Copy(text) => self.copy(text)?,
            Request::Bell => self.bell()?,
            Request::Notice(bytes) => self.notice(bytes)?,
            Request::Progress(percent) => self.progress(*percent)?,
            Request::Mouse(on) => self.set_mouse(*on)?,
            Request::Run(lend) => self.keep_guest(Guest::Command(lend.clone())),
            Request::Edit { letter, program, arguments } => {
                let (program, arguments) = (program.clone(), arguments.clone());
                self.keep_guest(Guest::Editor { letter: *letter, program, arguments });
            }
            Request::Demo(linear) => self.keep_guest(Guest::Demo { linear: *linear }),
            Request::Redraw => self.forget()?,
            Request::Suspend => {
                self.suspend()?;
                return self.size().map(Some);
            }
        }
        Ok(None)
    }

    fn is_wanted(&self) -> bool {
        self.has_guest()
    }
}

/// Runs until the user quits, the terminal is closed or a signal ends the program. However it ends, letters that are open are
/// kept.
pub async fn run(runtime: &mut Runtime, screen: &mut Screen) -> anyhow::Result<()> {
    let outcome = rounds(runtime, screen).await;
    runtime.input(Msg::Leave);
    outcome
}

async fn rounds(runtime: &mut Runtime, screen: &mut Screen) -> anyhow::Result<()> {
    let hangup = Hangup::watch();
    loop {
        // The events end while a command has the terminal: it is the one that reads the keys, and that ctrl-c ends.
        let mut signals = Signals::listen()?;
        let ended = async {
            tokio::select! {
                () = signals.wait() => {}
                () = hangup.closed() => {}
            }
        };
        turns(runtime, &mut EventStream::new(), ended, screen).await?;
        let Some(guest) = screen.next_guest() else { return Ok(()) };
        match guest {
            Guest::Editor { letter, program, arguments } => {
                runtime.edited(letter, screen.edit(&program, &arguments)?);
            }
            Guest::Demo { linear } => told(runtime, screen.run_demo(linear)),
            Guest::Command(lend) => {
                let ended = screen.run(&lend);
                let (done, said) = match &ended {
                    Ok(ended) => (ended.done, ended.said.clone().map(Typed)),
                    Err(_) => (false, None),
                };
                told(runtime, ended.map(drop));
                runtime.input(Msg::Unlocked { lend, done, said });
            }
        }
        let (columns, rows) = screen.size()?;
        runtime.input(Msg::Viewport(columns, rows));
    }
}

fn told(runtime: &mut Runtime, done: io::Result<()>) {
    if let Err(error) = done {
        runtime.input(Msg::EffectFailed(SafeText::new(&format!("the command could not be run: {error}"))));
    }
}

/// The loop: takes what the terminal says and what the engine tells, and paints one frame for all that has come, until
/// the user quits, the events end or `ended` does. Nothing in a turn waits for a disk or a network (invariant 1).
///
/// # Errors
/// When the terminal cannot be read or drawn on.
pub async fn turns(
    runtime: &mut Runtime,
    events: &mut (impl Stream<Item = io::Result<Event>> + Unpin),
    ended: impl Future<Output = ()>,
    surface: &mut impl Surface,
) -> anyhow::Result<()> {
    let mut input = Input::default();
    let mut ended = pin!(ended);
    // After something else had the terminal nothing may come for long.
    paint(runtime, surface)?;
    while !runtime.wants_to_quit() {
        let until = input.until();
        tokio::select! {
            biased;
            event = events.next() => match event {
                Some(Ok(event)) => take(runtime, &mut input, event),
                Some(Err(error)) => return Err(error).context("The terminal cannot be read"),
                None => return Ok(()),
            },
            () = &mut ended => return Ok(()),
            () = past(until) => input.release().into_iter().for_each(|msg| runtime.input(msg)),
            () = runtime.wait() => {}
        }
        // Everything that waits is taken before one frame is painted.
        while let Some(Ok(event)) = waiting(events).await {
            take(runtime, &mut input, event);
        }
        if runtime.wants_to_quit() {
            // The engine's goodbye is not read here: whoever ends the engine waits for it.
            return Ok(());
        }
        runtime.drain();
        serve(runtime, surface)?;
        if surface.is_wanted() {
            return Ok(());
        }
        paint(runtime, surface)?;
    }
    Ok(())
}

/// The next event if it is here already. Asked with this task's own waker: the stream remembers the first waker that it
/// is polled with until the next event, and one that wakes nobody would leave that key unread.
async fn waiting(events: &mut (impl Stream<Item = io::Result<Event>> + Unpin)) -> Option<io::Result<Event>> {
    poll_fn(|context| match events.poll_next_unpin(context) {
        Poll::Ready(event) => Poll::Ready(event),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

fn take(runtime: &mut Runtime, input: &mut Input, event: Event) {
    for msg in input.messages(event) {
        runtime.input(msg);
    }
}

/// Waits for this moment; for ever without one.
async fn past(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until.into()).await,
        None => std::future::pending().await,
    }
}

fn paint(runtime: &mut Runtime, surface: &mut impl Surface) -> anyhow::Result<()> {
    if runtime.take_dirty() {
        let theme = runtime.theme();
        surface.draw(&runtime.model, &theme).context("The terminal cannot be drawn on")?;
    }
    Ok(())
}

fn serve(runtime: &mut Runtime, surface: &mut impl Surface) -> anyhow::Result<()> {
    for request in runtime.take_requests() {
        if let Some((columns, rows)) = surface.serve(&request)? {
            runtime.input(Msg::Viewport(columns, rows));
        }
    }
    Ok(())
}

/// The signals that end the program with the terminal given back.
struct Signals {
    term: Signal,
    hangup: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.hangup.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
