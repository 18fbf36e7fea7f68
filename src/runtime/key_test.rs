//! `posthaste keys --test`: reads keys from the terminal and says what each is called, and what it means.

use std::io::{self, IsTerminal};

use crossterm::event::{Event, KeyEventKind, read};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

use crate::app::action::Context;
use crate::app::action::argument::names;
use crate::app::key::{Key, write_sequence};
use crate::app::keymap::{Keymap, Meaning};
use crate::runtime::input::translate;

/// The terminal takes keys one by one as long as this lives.
struct Raw;

impl Raw {
    fn begin() -> io::Result<Self> {
        enable_raw_mode()?;
        Ok(Self)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        if let Err(error) = disable_raw_mode() {
            tracing::warn!("the terminal stays raw: {error}");
        }
    }
}

/// Says what keys mean in this context until ctrl-c has come twice in a row, or there is no more input. The terminal is raw
/// meanwhile, so what says a line leads back to the left edge too.
///
/// # Errors
/// When the terminal cannot be read; when what is said cannot be written.
pub fn run(keymap: &Keymap, context: Context, say: &mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()> {
    if !io::stdin().is_terminal() {
        return Err(io::Error::other("keys are read from a terminal, and there is none"));
    }
    say(&format!("Press keys: what they are called, and what they do in \"{context}\". ctrl-c twice ends."))?;
    let mut sequence: Vec<Key> = Vec::new();
    let end = Key { ctrl: true, ..Key::char('c') };
    let mut last = None;
    // From the first key to the last: between two of them ctrl-c would be a signal.
    let _raw = Raw::begin()?;
    loop {
        let Event::Key(event) = read()? else { continue };
        if event.kind == KeyEventKind::Release {
            continue;
        }
        let Some(key) = translate(event) else {
            say(&format!("{:?}: this key has no name here, so nothing can be bound to it", event.code))?;
            sequence.clear();
            continue;
        };
        let line = describe(keymap, context, &mut sequence, key);
        say(&line)?;
        if key == end && last == Some(end) {
            return Ok(());
        }
        last = Some(key);
    }
}

/// What a key is called and does, after the keys that wait for more.
fn describe(keymap: &Keymap, context: Context, sequence: &mut Vec<Key>, key: Key) -> String {
    sequence.push(key);
    let keys = write_sequence(sequence);
    let meaning = match keymap.meaning(context, sequence) {
        Meaning::Runs(calls) => {
            let slugs: Vec<String> = calls.iter().map(ToString::to_string).collect();
            format!("{}: {}", slugs.join(", "), names(calls))
        }
        Meaning::Prefix => {
            let more = keymap.continuations(context, sequence).len();
            return format!("{keys}  … begins {more} sequences");
        }
        Meaning::Nothing if key.is_legacy() => "nothing".to_owned(),
        Meaning::Nothing => "nothing; not every terminal can send it, so nothing can be bound to it".to_owned(),
    };
    sequence.clear();
    format!("{keys}  {meaning}")
}

#[cfg(test)]
mod tests {
    use super::describe;
    use crate::app::action::Context;
    use crate::app::key::Key;
    use crate::app::keymap::Keymap;

    /// A key is named as the config writes it, and sequences are followed to their end.
    #[test]
    fn keys_are_described() {
        let keymap = Keymap::defaults();
        let mut waiting = Vec::new();
        let mut say = |key: &str| describe(&keymap, Context::List, &mut waiting, Key::parse(key).unwrap());
        assert_eq!(say("e"), "e  archive: Archive");
        assert!(say("g").starts_with("g  … begins "));
        assert_eq!(say("i"), "g i  inbox: Inbox");
        assert_eq!(say("%"), "%  nothing");
        assert!(say("ctrl-enter").ends_with("so nothing can be bound to it"));
    }
}
