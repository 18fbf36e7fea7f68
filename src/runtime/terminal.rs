//! The terminal: entered, drawn on, and always given back as it was (TM15).

mod child;
pub mod hangup;
mod secret;

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead as _, BufWriter, Stdout, Write, stdout};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
};
use crossterm::execute;
use crossterm::terminal::{
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use rustix::termios::OptionalActions;
use secrecy::SecretString;

use crate::app::lend::{Lend, Purpose};
use crate::app::model::Model;
use crate::letter::LetterId;
use crate::runtime::backend::{QuietBackend, Tail};
use crate::runtime::outside::Opener;
use crate::runtime::pictures::stage::Stage;
use crate::runtime::pictures::{self, Encoded};
use crate::runtime::shelf::Shelf;
use crate::safe_text::SafeText;
use crate::ui;
use crate::ui::theme::Theme;

/// Whether the terminal is ours now; the panic hook and the signals look at it.
static ENTERED: AtomicBool = AtomicBool::new(false);
/// Whether the terminal's frame shows progress.
static PROGRESS: AtomicBool = AtomicBool::new(false);
/// Takes it away.
const NO_PROGRESS: &[u8] = b"\x1b]9;4;0;0\x07";
/// The largest copy that goes to the clipboard (TM20).
const MAX_COPY: usize = 100_000;
/// How many bytes a frame may have before it is written in pieces.
const FRAME: usize = 128 * 1024;
/// Reports buttons and drags, in numbers of any size; not where the pointer goes without a button, which would wake the
/// program for nothing.
const MOUSE: &[u8] = b"\x1b[?1000h\x1b[?1002h\x1b[?1006h";
/// What an editor that was killed did not undo: cursor keys and keypad as they were, the mouse, the cursor's shape, and that
/// it is seen.
const AFTER_A_DEATH: &[u8] = b"\x1b[?1l\x1b>\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[0 q\x1b[?25h";
/// Keeps the window's title on the terminal's stack, and brings it back from there (XTWINOPS); most terminals have one.
const KEEP_TITLE: &[u8] = b"\x1b[22;2t";
const BRING_TITLE: &[u8] = b"\x1b[23;2t";

/// The screen. Dropping it gives the terminal back.
pub struct Screen {
    terminal: Terminal<QuietBackend<BufWriter<Stdout>>>,
    pictures: Pictures,
    /// Who is to have the terminal, one after the other.
    guests: VecDeque<Guest>,
    /// Whether the mouse is ours.
    mouse: bool,
    /// Whether it is where nobody says.
    unasked: bool,
    /// The window's title.
    title: Option<SafeText>,
}

/// Who may have the terminal for a while.
#[derive(Debug)]
pub enum Guest {
    /// A command.
    Command(Lend),
    /// What edits the text of a letter.
    Editor {
        /// Of which letter.
        letter: LetterId,
        /// The program.
        program: OsString,
        /// Its arguments.
        arguments: Vec<OsString>,
    },
    /// The demo.
    Demo {
        /// With its linear screen.
        linear: bool,
    },
}

/// The pictures on the screen.
#[derive(Default)]
struct Pictures {
    shelf: Shelf,
    stage: Stage,
    tail: Tail,
}

impl Screen {
    /// Takes the terminal: raw mode, the alternate screen, paste, focus and, if wished, mouse events; `unasked`: also where
    /// nothing is wished.
    pub fn enter(mouse: Option<bool>, unasked: bool) -> io::Result<Self> {
        hook_panics();
        let terminal = Terminal::new(QuietBackend::new(BufWriter::with_capacity(FRAME, stdout())))?;
        let pictures = Pictures { tail: terminal.backend().tail(), ..Pictures::default() };
        let mut screen =
            Self { terminal, pictures, guests: VecDeque::new(), mouse: mouse.unwrap_or(unasked), unasked, title: None };
        screen.take()?;
        Ok(screen)
    }

    fn take(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        ENTERED.store(true, Ordering::SeqCst);
        let writer = self.terminal.backend_mut().writer();
        writer.write_all(KEEP_TITLE)?;
        execute!(writer, EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange)?;
        if self.mouse {
            writer.write_all(MOUSE)?;
        }
        if let Some(title) = self.title.clone() {
            self.title(&title)?;
        }
        self.forget()
    }

    /// Takes the mouse, or leaves it to the terminal.
    pub fn set_mouse(&mut self, mouse: Option<bool>) -> io::Result<()> {
        self.mouse = mouse.unwrap_or(self.unasked);
        let writer = self.terminal.backend_mut().writer();
        if self.mouse {
            writer.write_all(MOUSE)?;
            Write::flush(writer)
        } else {
            execute!(writer, DisableMouseCapture)
        }
    }

    /// Columns and rows.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Paints what of the model is not on the screen yet.
    pub fn draw(&mut self, model: &Model, theme: &Theme) -> io::Result<()> {
        let Self { terminal, pictures, .. } = self;
        let (shown, covered) = (pictures.placed(model), ui::pictures::covered(model));
        for (picture, _) in &shown {
            if let Some(bytes) = pictures.stage.transmit(picture) {
                terminal.backend_mut().writer().write_all(&bytes)?;
            }
        }
        terminal.draw(|frame| {
            ui::draw(model, theme, frame);
            pictures.draw(&shown, &covered, frame.buffer_mut());
        })?;
        Ok(())
    }

    /// Shows the pictures on this shelf from now on.
    pub fn show_pictures(&mut self, things: Shelf) {
        self.pictures.shelf = things;
    }

    /// Gives the terminal to a command, and takes it back when the user has read what it said: at once where a passphrase was
    /// typed, or a secret printed.
    pub fn run(&mut self, lend: &Lend) -> io::Result<Ended> {
        // The user's own command line, or ours; no name and no byte of a mail is in one that a shell reads.
        let mut command = if lend.purpose == Purpose::Open {
            Opener::read(&lend.command).map_err(io::Error::other)?.command(&lend.input)
        } else {
            let mut command = Command::new("sh");
            command.arg("-c").arg(&lend.command);
            command
        };
        let heard = match lend.purpose {
            Purpose::Secret(_) => Some(secret::listen(&mut command)?),
            Purpose::Open => None,
            Purpose::Pipe | Purpose::Unlock(_) => {
                command.stdin(std::fs::File::open(&lend.input)?);
                None
            }
        };
        self.withdraw()?;
        let status = with_modes(|| child::run(&mut command));
        // It holds the pipe open.
        drop(command);
        let good = status.as_ref().is_ok_and(ExitStatus::success);
        let said = heard.filter(|_| good).map(secret::Heard::line).transpose();
        let ended = Ended { done: good && said.is_ok(), said: said.as_ref().ok().cloned().flatten() };
        if ended.done && matches!(lend.purpose, Purpose::Unlock(_) | Purpose::Secret(_)) {
            self.take()?;
            return Ok(ended);
        }
        let mut out = stdout();
        match (status, said) {
            (_, Err(reason)) => write!(out, "\n[{reason}; enter goes back to posthaste] ")?,
            (Ok(status), Ok(_)) if status.success() => write!(out, "\n[enter goes back to posthaste] ")?,
            (Ok(status), Ok(_)) => write!(out, "\n[{status}; enter goes back to posthaste] ")?,
            (Err(error), Ok(_)) => write!(out, "\n[{error}; enter goes back to posthaste] ")?,
        }
        out.flush()?;
        io::stdin().lock().read_line(&mut String::new())?;
        self.take()?;
        Ok(ended)
    }

    /// Lets the demo have the terminal until it ends.
    pub fn run_demo(&mut self, linear: bool) -> io::Result<()> {
        let program = std::env::current_exe()?;
        self.withdraw()?;
        let status = child::run(Command::new(program).args(linear.then_some("--linear")).arg("demo"));
        self.take()?;
        match status? {
            status if status.success() => Ok(()),
            status => Err(io::Error::other(format!("the demo ended with {status}"))),
        }
    }

    /// Gives the terminal to an editor, and takes it back however that ends. Gives what went wrong, in a sentence.
    ///
    /// # Errors
    /// When the terminal cannot be taken back.
    pub fn edit(&mut self, program: &OsStr, arguments: &[OsString]) -> io::Result<Option<String>> {
        self.withdraw()?;
        let ended = with_modes(|| child::run(Command::new(program).args(arguments)));
        if ended.as_ref().is_ok_and(|status| status.code().is_none()) {
            stdout().write_all(AFTER_A_DEATH)?;
        }
        self.take()?;
        Ok(match ended {
            Ok(status) if status.success() => None,
            Ok(status) => Some(format!("the editor ended with {status}")),
            Err(error) => Some(format!("{} could not be run: {error}", program.display())),
        })
    }

    /// Keeps a guest for the moment when nothing else reads the terminal.
    pub fn keep_guest(&mut self, guest: Guest) {
        self.guests.push_back(guest);
    }

    /// Whether somebody is to have the terminal.
    pub fn has_guest(&self) -> bool {
        !self.guests.is_empty()
    }

    /// Who is to have it now.
    pub fn next_guest(&mut self) -> Option<Guest> {
        self.guests.pop_front()
    }

    /// Gives the terminal back for a while.
    fn withdraw(&mut self) -> io::Result<()> {
        let gone = self.pictures.stage.forget();
        self.terminal.backend_mut().writer().write_all(&gone)?;
        Write::flush(self.terminal.backend_mut().writer())?;
        give_back();
        Ok(())
    }

    /// Paints everything anew with the next frame.
    pub fn forget(&mut self) -> io::Result<()> {
        // `Terminal::clear` asks the terminal where its cursor is, and not every terminal answers; this clears unasked.
        self.pictures.stage.cleared();
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::new(0, 0, size.width, size.height))
    }

    /// Sets the window's title.
    pub fn title(&mut self, title: &SafeText) -> io::Result<()> {
        self.title = Some(title.clone());
        execute!(self.terminal.backend_mut().writer(), SetTitle(title.as_str()))
    }

    /// Copies to the clipboard (OSC 52), which works over ssh as well.
    pub fn copy(&mut self, lines: &[SafeText]) -> io::Result<()> {
        let text = lines.iter().map(SafeText::as_str).collect::<Vec<_>>().join("\n");
        let bytes = text.as_bytes().get(..text.floor_char_boundary(MAX_COPY)).unwrap_or_default();
        let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
        write!(self.terminal.backend_mut().writer(), "\x1b]52;c;{encoded}\x07")?;
        Write::flush(self.terminal.backend_mut().writer())
    }

    /// Tells of new mail.
    pub fn notice(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.terminal.backend_mut().writer().write_all(bytes)?;
        Write::flush(self.terminal.backend_mut().writer())
    }

    /// Shows in the terminal's frame how far something is (OSC 9;4).
    pub fn progress(&mut self, percent: Option<u8>) -> io::Result<()> {
        PROGRESS.store(percent.is_some(), Ordering::SeqCst);
        let writer = self.terminal.backend_mut().writer();
        match percent {
            Some(percent) => write!(writer, "\x1b]9;4;1;{}\x07", percent.min(100))?,
            None => writer.write_all(NO_PROGRESS)?,
        }
        Write::flush(writer)
    }

    /// Rings the bell.
    pub fn bell(&mut self) -> io::Result<()> {
        write!(self.terminal.backend_mut().writer(), "\x07")?;
        Write::flush(self.terminal.backend_mut().writer())
    }

    /// Gives the terminal back, stops this process until the shell brings it to the front again, and takes it again.
    pub fn suspend(&mut self) -> io::Result<()> {
        self.withdraw()?;
        child::stop()?;
        self.take()
    }
}

/// How a command ended that had the terminal.
#[derive(Debug)]
pub struct Ended {
    /// Whether it came to a good end.
    pub done: bool,
    /// The secret that it printed, where it was run for one.
    pub said: Option<SecretString>,
}

/// What one who died leaves behind of the terminal's modes is not what the shell is to find at the end.
fn with_modes<T>(guest: impl FnOnce() -> T) -> T {
    let modes = rustix::termios::tcgetattr(io::stdin()).ok();
    let ended = guest();
    if let Some(modes) = modes
        && let Err(error) = rustix::termios::tcsetattr(io::stdin(), OptionalActions::Now, &modes)
    {
        tracing::warn!("the terminal is as it was left: {error}");
    }
    ended
}

/// A picture and where it is: its area, and how many of its rows are scrolled off above.
type Placed = (Arc<Encoded>, (Rect, u16));

impl Pictures {
    /// The pictures that are on the screen and ready.
    fn placed(&self, model: &Model) -> Vec<Placed> {
        let ready = |spot: ui::pictures::Place| {
            let picture = self.shelf.drawn(&(spot.message, spot.source, spot.cells)).flatten()?;
            Some((picture, (spot.area, spot.skip)))
        };
        ui::pictures::places(model).into_iter().filter_map(ready).collect()
    }

    /// Draws them over the text.
    fn draw(&mut self, placed: &[Placed], covered: &[Rect], buffer: &mut Buffer) {
        for (picture, (area, skip)) in placed {
            self.stage.draw(picture, *area, *skip, covered, buffer);
        }
        *self.tail.borrow_mut() = self.stage.overlay();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Gives the terminal back as it was. Does nothing the second time, and cannot fail: there is nobody left to tell.
pub fn give_back() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    let pictures = stdout().write_all(&pictures::forget());
    if PROGRESS.swap(false, Ordering::SeqCst) && stdout().write_all(NO_PROGRESS).is_err() {
        tracing::warn!("the progress of the terminal's frame stays");
    }
    let restored = execute!(
        stdout(),
        EndSynchronizedUpdate,
        DisableMouseCapture,
        DisableFocusChange,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        SetTitle(""),
        Show
    );
    let title = stdout().write_all(BRING_TITLE).and_then(|()| stdout().flush());
    let raw = disable_raw_mode();
    if title.is_err() || pictures.is_err() || restored.is_err() || raw.is_err() {
        tracing::warn!("the terminal could not be given back whole");
    }
}

/// A panic gives the terminal back before it speaks, and speaks without a mail's bytes in its mouth.
fn hook_panics() {
    std::panic::set_hook(Box::new(move |info| {
        let words: Vec<SafeText> = info.to_string().lines().map(SafeText::new).collect();
        tracing::error!("panic: {}", words.iter().map(SafeText::as_str).collect::<Vec<_>>().join(" "));
        let main = std::thread::current().name() == Some("main");
        // A task under a supervisor recovers; only the screen's own end is the user's business.
        if main {
            give_back();
            let mut out = io::stderr().lock();
            let said = words.iter().try_for_each(|line| writeln!(out, "{line}"));
            let trace = std::backtrace::Backtrace::capture();
            if said.is_ok() && trace.status() == std::backtrace::BacktraceStatus::Captured {
                // Nobody is left to tell.
                let _unheard = writeln!(out, "{trace}");
            }
        }
    }));
}
