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

/// Shows again what is typed, however this ends.
struct Quiet<'t> {
    terminal: &'t File,
    before: Termios,
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        // There is nobody left to tell.
        let _untold = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}

fn read(mut terminal: &File, question: &str) -> io::Result<SecretString> {
    let before = tcgetattr(terminal)?;
    let mut hidden = before.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    hidden.local_modes.insert(LocalModes::ICANON | LocalModes::ISIG);
    let quiet = Quiet { terminal, before };
    // What was typed ahead was not meant for this.
    tcsetattr(terminal, OptionalActions::Flush, &hidden)?;
    write!(terminal, "{}", SafeText::new(question))?;
    terminal.flush()?;
    let mut line = String::with_capacity(usize::try_from(LONGEST).unwrap_or_default());
    let read = BufReader::new(io::Read::take(terminal, LONGEST)).read_line(&mut line);
    let line = SecretString::from(line);
    drop(quiet);
    writeln!(terminal)?;
    read?;
    Ok(SecretString::from(line.expose_secret().trim_end_matches(['\r', '\n']).to_owned()))
}
