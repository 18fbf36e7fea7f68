//! A secret typed at the terminal, without being shown: read from the terminal itself, never from standard input, which
//! may be a script's.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use secrecy::{ExposeSecret, SecretString};

use crate::auth::Ask;
use crate::safe_text::SafeText;

/// The longest that can be typed: what a terminal takes in a line.
const LONGEST: u64 = 4096;

/// Asks one at a time: two accounts that ask at once would share one line.
static TERMINAL: Mutex<()> = Mutex::new(());

/// The terminal while it shows nothing of what is typed, and how it was before. `None` once the program ends.
static HIDDEN: Mutex<Option<Hidden>> = Mutex::new(Some(Hidden(None)));

/// A terminal that is to be as it was.
struct Hidden(Option<(File, Termios)>);

/// Asks at the terminal of this process.
pub fn ask() -> Ask {
    Arc::new(secret)
}

/// What the user types, until the end of the line. Blocks.
///
/// # Errors
/// In words: there is no terminal, or nothing was typed.
pub fn secret(question: &str) -> Result<SecretString, String> {
    let _one_at_a_time = TERMINAL.lock().unwrap_or_else(PoisonError::into_inner);
    let terminal = File::options().read(true).write(true).open("/dev/tty");
    let terminal = terminal.map_err(|_| "there is no terminal to type it at".to_owned())?;
    let typed = read(&terminal, question).map_err(|error| format!("the terminal cannot be read: {error}"))?;
    if typed.expose_secret().is_empty() { Err("nothing was typed".to_owned()) } else { Ok(typed) }
}

/// The program ends: what is typed is shown again, though somebody may still wait for a line, and nothing hides it any more.
pub fn end() {
    show(&mut HIDDEN.lock().unwrap_or_else(PoisonError::into_inner).take());
}

/// As it was, if it was changed.
fn show(hidden: &mut Option<Hidden>) {
    if let Some((mut terminal, before)) = hidden.as_mut().and_then(|hidden| hidden.0.take()) {
        // There is nobody left to tell.
        let _untold = tcsetattr(&terminal, OptionalActions::Flush, &before);
        let _untold = writeln!(terminal);
    }
}

/// Shows again what is typed, however this ends.
struct Quiet;

impl Quiet {
    /// Hides it from now on.
    fn begin(terminal: &File) -> io::Result<Self> {
        let mut held = HIDDEN.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Hidden(hidden)) = held.as_mut() else { return Err(io::Error::other("the program is ending")) };
        let before = tcgetattr(terminal)?;
        let mut modes = before.clone();
        modes.local_modes.remove(LocalModes::ECHO);
        modes.local_modes.insert(LocalModes::ICANON | LocalModes::ISIG);
        *hidden = Some((terminal.try_clone()?, before));
        // What was typed ahead was not meant for this.
        tcsetattr(terminal, OptionalActions::Flush, &modes)?;
        Ok(Self)
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        show(&mut HIDDEN.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn read(mut terminal: &File, question: &str) -> io::Result<SecretString> {
    let quiet = Quiet::begin(terminal)?;
    write!(terminal, "{}", SafeText::new(question))?;
    terminal.flush()?;
    let mut line = String::with_capacity(usize::try_from(LONGEST).unwrap_or_default());
    let read = BufReader::new(io::Read::take(terminal, LONGEST)).read_line(&mut line);
    let line = SecretString::from(line);
    drop(quiet);
    read?;
    Ok(SecretString::from(line.expose_secret().trim_end_matches(['\r', '\n']).to_owned()))
}

#[cfg(test)]
mod tests {
    use portable_pty::{PtySize, native_pty_system};

    use super::{File, LocalModes, Quiet, end, tcgetattr};

    /// Somebody still waits for a line when the program ends: what is typed is shown again, and nobody hides it any more.
    #[test]
    fn the_end_shows_what_is_typed() {
        let pair = native_pty_system().openpty(PtySize::default()).unwrap();
        let path = pair.master.tty_name().unwrap();
        let terminal = File::options().read(true).write(true).open(path).unwrap();
        let echoes = || tcgetattr(&terminal).unwrap().local_modes.contains(LocalModes::ECHO);
        assert!(echoes());
        let quiet = Quiet::begin(&terminal).unwrap();
        assert!(!echoes());
        end();
        assert!(echoes() && Quiet::begin(&terminal).is_err());
        drop(quiet);
    }
}
