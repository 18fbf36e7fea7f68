//! The runtime on a real terminal: one place that waits, one frame for everything that came.

use std::future::poll_fn;
use std::io;
use std::task::Poll;
use std::time::Duration;

use anyhow::Context as _;
use crossterm::event::{Event, EventStream};
use futures::StreamExt as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::app::msg::Msg;
use crate::runtime::input::Input;
use crate::runtime::terminal::Screen;
use crate::runtime::{Request, Runtime};
use crate::ui::theme::Theme;

/// How long the first frame may wait for the cache.
const FIRST_FRAME: Duration = Duration::from_millis(150);

/// Shows the first frame: what the cache has, before any socket opens (invariant 1).
pub async fn first_frame(runtime: &mut Runtime, screen: &mut Screen, theme: &Theme) -> anyhow::Result<()> {
    runtime.idle(FIRST_FRAME).await;
    paint(runtime, screen, theme)
}

/// Runs until the user quits or a signal ends the program.
pub async fn run(runtime: &mut Runtime, screen: &mut Screen, theme: &Theme) -> anyhow::Result<()> {
    let mut events = EventStream::new();
    let mut input = Input::default();
    let mut signals = Signals::listen()?;
    while !runtime.wants_to_quit() {
        tokio::select! {
            biased;
            event = events.next() => match event {
                Some(Ok(event)) => take(runtime, &mut input, event),
                Some(Err(error)) => return Err(error).context("The terminal cannot be read"),
                None => return Ok(()),
            },
            () = signals.wait() => return Ok(()),
            () = runtime.wait() => {}
        }
        // Everything that waits is taken before one frame is painted.
        while let Some(Ok(event)) = waiting(&mut events).await {
            take(runtime, &mut input, event);
        }
        if runtime.wants_to_quit() {
            // The engine's goodbye is not read here: whoever ends the engine waits for it.
            return Ok(());
        }
        runtime.drain();
        serve(runtime, screen)?;
        paint(runtime, screen, theme)?;
    }
    Ok(())
}

/// The next event if it is here already. Asked with this task's own waker: the stream remembers the first waker that it
/// is polled with until the next event, and one that wakes nobody would leave that key unread.
async fn waiting(events: &mut EventStream) -> Option<io::Result<Event>> {
    poll_fn(|context| match events.poll_next_unpin(context) {
        Poll::Ready(event) => Poll::Ready(event),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

fn take(runtime: &mut Runtime, input: &mut Input, event: Event) {
    if let Some(msg) = input.message(event) {
        runtime.input(msg);
    }
}

fn paint(runtime: &mut Runtime, screen: &mut Screen, theme: &Theme) -> anyhow::Result<()> {
    if runtime.take_dirty() {
        screen.draw(&runtime.model, theme).context("The terminal cannot be drawn on")?;
    }
    Ok(())
}

fn serve(runtime: &mut Runtime, screen: &mut Screen) -> anyhow::Result<()> {
    for request in runtime.take_requests() {
        match request {
            Request::Title(title) => screen.title(&title)?,
            Request::Copy(text) => screen.copy(&text)?,
            Request::Bell => screen.bell()?,
            Request::Redraw => screen.forget()?,
            Request::Suspend => {
                screen.suspend()?;
                let (columns, rows) = screen.size()?;
                runtime.input(Msg::Viewport(columns, rows));
            }
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
