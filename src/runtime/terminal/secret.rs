//! What a command prints that has the terminal to ask for a passphrase: read here, and shown to nobody.

use std::io::{self, PipeReader, Read as _, pipe};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use secrecy::SecretString;

use crate::auth::command::{OUTPUT, first_line};

/// How long the line of a command that has ended is waited for: what it left behind may hold the pipe open.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What is heard of a command.
pub(super) struct Heard(Receiver<Vec<u8>>);

/// Listens to what this command will print. Its input and its errors stay at the terminal, where it asks.
///
/// # Errors
/// There is no room for one more pipe or thread.
pub(super) fn listen(command: &mut Command) -> io::Result<Heard> {
    let (reader, writer) = pipe()?;
    let (sender, receiver) = channel();
    let job = move || {
        let mut reader = reader;
        // Nobody listens any more where the command left something behind.
        sender.send(line(&mut reader)).ok();
        // Whoever prints more must not wait for us.
        io::copy(&mut reader, &mut io::sink()).ok();
    };
    std::thread::Builder::new().name("secrets".to_owned()).spawn(job)?;
    command.stdout(writer);
    Ok(Heard(receiver))
}

/// The first line, a byte at a time: no buffer keeps a copy.
fn line(reader: &mut PipeReader) -> Vec<u8> {
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while bytes.len() < OUTPUT && reader.read_exact(&mut byte).is_ok() && byte != *b"\n" {
        bytes.extend(byte);
    }
    bytes
}

impl Heard {
    /// What the command printed on its first line.
    ///
    /// # Errors
    /// A sentence: that was nothing.
    pub(super) fn line(self) -> Result<SecretString, String> {
        first_line("the command", self.0.recv_timeout(LAST_WORDS).unwrap_or_default())
    }
}
