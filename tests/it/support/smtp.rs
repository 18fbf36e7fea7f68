//! A submission server of one's own making, within this process: it keeps the mails that it took, refuses what it is told to,
//! and hangs up at any byte.
#![cfg(test)]

use std::sync::{Arc, Mutex, MutexGuard};

use posthaste::imap::connect::dialer::Dialer;
use posthaste::imap::connect::{Endpoint, Security};
use posthaste::letter::Parcel;
use posthaste::sasl::Wanted;
use posthaste::send::{Outlet, SignIn, Smtp};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// What the server does.
#[derive(Debug, Clone)]
pub struct Habits {
    /// The keywords of EHLO.
    pub offers: Vec<&'static str>,
    /// Answers to what begins so, in place of yes; `.` is the last dot. An empty answer is none, ever.
    pub answers: Vec<(&'static str, &'static str)>,
    /// It hangs up when it has heard so many bytes.
    pub deaf_after: Option<usize>,
    /// Of the answer to the last dot it says so many bytes, and hangs up.
    pub mute_after: Option<usize>,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            offers: vec!["PIPELINING", "SIZE 1000000", "8BITMIME", "ENHANCEDSTATUSCODES", "AUTH PLAIN", "DSN"],
            answers: Vec::new(),
            deaf_after: None,
            mute_after: None,
        }
    }
}

/// A mail that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// MAIL, as it was sent.
    pub from: String,
    /// RCPT, as it was sent.
    pub to: Vec<String>,
    /// The mail, dots single again.
    pub bytes: Vec<u8>,
}

/// What it heard.
#[derive(Debug, Default, Clone)]
pub struct Seen {
    /// Everything, of all connections.
    pub heard: Vec<u8>,
    /// Connections.
    pub connections: usize,
    /// The mails.
    pub mails: Vec<Taken>,
}

/// The server.
#[derive(Clone, Default)]
pub struct Sink {
    habits: Arc<Mutex<Habits>>,
    seen: Arc<Mutex<Seen>>,
}

/// The answer to the last dot.
pub const QUEUED: &str = "250 2.0.0 Ok: queued as 4F1\r\n";

impl Sink {
    pub fn new(habits: Habits) -> Self {
        Self { habits: Arc::new(Mutex::new(habits)), seen: Arc::default() }
    }

    /// From the next connection on.
    pub fn change(&self, change: impl FnOnce(&mut Habits)) {
        change(&mut self.habits.lock().unwrap());
    }

    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    pub fn heard(&self) -> String {
        String::from_utf8_lossy(&self.seen().heard).into_owned()
    }

    /// The way to it; it signs in as ada.
    pub fn outlet(&self) -> Outlet {
        let sink = self.clone();
        let dial = move || {
            let (client, server) = tokio::io::duplex(1 << 16);
            tokio::spawn(sink.clone().serve(server));
            Ok(client)
        };
        Outlet::Smtp(Box::new(Smtp {
            endpoint: Endpoint::new("smtp.example.org", 465, Security::None),
            user: "ada".to_owned(),
            sign_in: SignIn::Auth(Wanted::Automatic),
            dialer: Dialer::Inside(Arc::new(dial)),
        }))
    }

    /// One connection, to its end.
    pub async fn serve<T: AsyncRead + AsyncWrite + Unpin>(self, mut stream: T) {
        let habits = self.habits.lock().unwrap().clone();
        self.seen().connections += 1;
        let mut mail: Option<Vec<u8>> = None;
        let (mut from, mut to) = (String::new(), Vec::new());
        let (mut buffer, mut heard) = (Vec::new(), 0);
        let mut answer = habits.answer("GREETING", "220 mx.example.org ESMTP\r\n");
        loop {
            if answer.is_empty() {
                // It reads on and says nothing.
                let mut rest = Vec::new();
                drop(stream.read_to_end(&mut rest).await);
                return;
            }
            if stream.write_all(answer.as_bytes()).await.is_err() || stream.flush().await.is_err() {
                return;
            }
            let line = loop {
                if let Some(end) = buffer.windows(2).position(|two| two == b"\r\n") {
                    let line: Vec<u8> = buffer.drain(..end + 2).collect();
                    if let Some(mail) = mail.as_mut().filter(|_| line != b".\r\n") {
                        mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
                        continue;
                    }
                    break String::from_utf8_lossy(&line).trim_end().to_owned();
                }
                let mut piece = [0; 4096];
                let room = habits.deaf_after.map_or(piece.len(), |most| (most - heard).min(piece.len()));
                let count = if room == 0 { 0 } else { stream.read(&mut piece[..room]).await.unwrap_or(0) };
                if count == 0 {
                    return;
                }
                heard += count;
                buffer.extend_from_slice(&piece[..count]);
                self.seen().heard.extend_from_slice(&piece[..count]);
            };
            if line == "." {
                answer = habits.answer(".", QUEUED);
                let bytes = mail.take().unwrap_or_default();
                if answer.starts_with('2') {
                    self.seen().mails.push(Taken { from: from.clone(), to: std::mem::take(&mut to), bytes });
                }
                if let Some(most) = habits.mute_after {
                    drop(stream.write_all(&answer.as_bytes()[..most]).await);
                    drop(stream.flush().await);
                    return;
                }
                continue;
            }
            let yes = match line.split([' ', ':']).next().unwrap_or_default() {
                "EHLO" => {
                    let keywords: Vec<String> = habits.offers.iter().map(|offer| format!("250-{offer}\r\n")).collect();
                    format!("250-mx.example.org\r\n{}250 HELP\r\n", keywords.concat())
                }
                "AUTH" => "235 2.7.0 in\r\n".to_owned(),
                "DATA" => "354 go\r\n".to_owned(),
                "QUIT" => "221 2.0.0 bye\r\n".to_owned(),
                _ => "250 2.1.0 Ok\r\n".to_owned(),
            };
            answer = habits.answer(&line, &yes);
            match line.get(..4) {
                Some("MAIL") => from.clone_from(&line),
                Some("RCPT") if answer.starts_with('2') => to.push(line),
                Some("DATA") if answer.starts_with('3') => mail = Some(Vec::new()),
                _ => {}
            }
        }
    }
}

impl Habits {
    /// What is answered to this line, where yes would be this.
    fn answer(&self, line: &str, yes: &str) -> String {
        match self.answers.iter().find(|(start, _)| line.starts_with(start)) {
            None => yes.to_owned(),
            Some((_, "")) => String::new(),
            Some((_, answer)) => format!("{answer}\r\n"),
        }
    }
}

/// A mail to these.
pub fn parcel(to: &[&str], bytes: &[u8]) -> Parcel {
    Parcel {
        from: "ada@example.org".to_owned(),
        to: to.iter().map(|&one| one.to_owned()).collect(),
        bytes: bytes.to_vec(),
        message_id: "1.x@example.org".to_owned(),
    }
}

/// A mail with dots at the beginnings of lines.
pub const MAIL: &[u8] = b"From: ada@example.org\r\nTo: bob@example.org\r\nSubject: hi\r\n\r\n.\r\n..two\r\nend\r\n";
