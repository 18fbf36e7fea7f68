//! Faults that a test scripts: what goes wrong, and when.

use std::time::Duration;

/// When a fault strikes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// A client connects, before the greeting.
    Connect,
    /// This verb comes, named as in the command log: `"LOGIN"`, `"UID MOVE"`, `"IDLE"`.
    Verb(&'static str),
    /// The headers of a range are asked for that holds this UID: a message that a server cannot send.
    Header(u32),
    /// The n-th command from now on, counted over all connections, from 1: to cut at each step of a dialogue.
    Command(u64),
    /// The server has sent this many bytes from now on, counted over all connections: to cut after each byte.
    /// What goes wrong then is always a closed connection.
    Sent(u64),
    /// The server is about to send this text; what [`Then::Say`] has is sent in its place.
    Text(&'static str),
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// The connection closes and the command is not carried out.
    Close,
    /// The command is carried out, and the connection closes before a word of the answer.
    DoThenClose,
    /// The command is not carried out; a tagged NO with this text (code in brackets included). At Connect: `* BYE`.
    No(String),
    /// The command is not carried out; a tagged BAD with this text. At Connect: `* BYE`.
    Bad(String),
    /// These bytes are sent first, as they are; then all goes on as usual.
    Say(Vec<u8>),
    /// All goes on as usual after this long, on tokio's clock.
    Delay(Duration),
    /// The server never answers again, and keeps the connection open.
    Hang,
}

/// One scripted fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// When it strikes.
    pub when: When,
    /// What it does.
    pub then: Then,
    /// How many times it strikes before it is used up.
    pub times: u32,
}

impl Fault {
    /// A fault that strikes once.
    pub fn once(when: When, then: Then) -> Self {
        Self { when, then, times: 1 }
    }

    /// A fault that strikes every time.
    pub fn always(when: When, then: Then) -> Self {
        Self { when, then, times: u32::MAX }
    }
}

/// The faults that are still to come.
#[derive(Debug, Default)]
pub struct Script {
    faults: Vec<Fault>,
}

impl Script {
    /// Adds a fault.
    pub fn arm(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Forgets every fault.
    pub fn clear(&mut self) {
        self.faults.clear();
    }

    /// What goes wrong as a client connects.
    pub fn connect(&mut self) -> Option<Then> {
        self.strike(|fault| fault.when == When::Connect)
    }

    /// What goes wrong with this command, given as its verb and as the log has it. Counts it.
    pub fn command(&mut self, verb: &str, line: &str) -> Option<Then> {
        for fault in &mut self.faults {
            if let When::Command(left) = &mut fault.when {
                *left = left.saturating_sub(1);
            }
        }
        self.strike(|fault| match &fault.when {
            When::Verb(name) => name.eq_ignore_ascii_case(verb),
            When::Command(left) => *left == 0,
            When::Header(uid) => asks_header(line, *uid),
            When::Connect | When::Sent(_) | When::Text(_) => false,
        })
    }

    /// How many of these bytes may still be sent; fewer than asked for: then the connection is to be closed.
    pub fn allow(&mut self, bytes: usize) -> usize {
        let asked = bytes as u64;
        let mut allowed = asked;
        for fault in &mut self.faults {
            if let When::Sent(left) = &mut fault.when {
                allowed = allowed.min(*left);
                *left = left.saturating_sub(asked);
            }
        }
        if allowed < asked {
            self.faults.retain(|fault| fault.when != When::Sent(0));
        }
        usize::try_from(allowed).unwrap_or(bytes)
    }

    /// The answer with everything replaced that is to be said in another way.
    pub fn rewrite(&mut self, mut answer: Vec<u8>) -> Vec<u8> {
        for fault in &mut self.faults {
            let (When::Text(text), Then::Say(instead)) = (&fault.when, &fault.then) else { continue };
            let mut from = 0;
            while fault.times > 0
                && let Some(at) = find(&answer, from, text.as_bytes())
            {
                answer.splice(at..at + text.len(), instead.iter().copied());
                from = at + instead.len();
                fault.times -= u32::from(fault.times < u32::MAX);
            }
        }
        answer
    }

    fn strike(&mut self, hit: impl Fn(&Fault) -> bool) -> Option<Then> {
        let at = self.faults.iter().position(hit)?;
        let fault = self.faults.get_mut(at)?;
        let then = fault.then.clone();
        fault.times = fault.times.saturating_sub(1);
        if fault.times == 0 {
            self.faults.remove(at);
        }
        Some(then)
    }
}

/// Where this text begins at or behind a place.
fn find(bytes: &[u8], from: usize, text: &[u8]) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.windows(text.len().max(1)).position(|window| window == text).map(|at| from + at)
}

/// Whether this command asks for the headers of this UID, as a list of mails needs them.
fn asks_header(line: &str, uid: u32) -> bool {
    let Some((set, items)) = line.strip_prefix("UID FETCH ").and_then(|rest| rest.split_once(' ')) else {
        return false;
    };
    let number = |text: &str| text.parse().unwrap_or(u32::MAX);
    let holds = |part: &str| {
        let (low, high) = part.split_once(':').unwrap_or((part, part));
        (number(low)..=number(high)).contains(&uid)
    };
    items.contains("HEADER.FIELDS (DATE") && set.split(',').any(holds)
}

#[cfg(test)]
mod tests;
