//! A network between client and server: every byte is late by the same time, as on a long line, and none waits for
//! another, unless the line is a narrow one. Keeps what the client said and when, so that turnarounds can be counted.
#![cfg(test)]

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::proxy::Direction;

/// How many bytes of a piece are kept.
const KEPT: usize = 4096;

/// A piece of what was said.
#[derive(Debug, Clone)]
pub struct Said {
    /// When the link took it.
    pub at: Instant,
    /// Which connection, counted from 0.
    pub connection: usize,
    /// Which way.
    pub direction: Direction,
    /// How much.
    pub bytes: usize,
    /// Its beginning, as text.
    pub text: String,
}

/// What the line is like.
#[derive(Clone, Copy)]
struct Line {
    one_way: Duration,
    rate: Option<u32>,
}

impl Line {
    /// How many pieces are under way at most.
    fn room(self) -> usize {
        if self.rate.is_some() { 4 } else { 4096 }
    }

    /// How long a piece occupies the line.
    fn takes(self, bytes: usize) -> Duration {
        #[expect(clippy::cast_precision_loss, reason = "64 KiB")]
        self.rate.map_or(Duration::ZERO, |rate| Duration::from_secs_f64(bytes as f64 / f64::from(rate)))
    }
}

/// A running link.
pub struct Link {
    /// Where clients connect.
    pub addr: SocketAddr,
    said: Arc<Mutex<Vec<Said>>>,
}

impl Link {
    /// A link before this server; each byte takes `one_way` in each direction.
    pub fn start(upstream: SocketAddr, one_way: Duration) -> Self {
        Self::new(upstream, Line { one_way, rate: None })
    }

    /// A link that carries so many bytes in a second in each direction; the server cannot be faster.
    pub fn narrow(upstream: SocketAddr, rate: u32) -> Self {
        Self::new(upstream, Line { one_way: Duration::ZERO, rate: Some(rate) })
    }

    fn new(upstream: SocketAddr, line: Line) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&said);
        thread::spawn(move || {
            for (connection, client) in listener.incoming().flatten().enumerate() {
                let server = TcpStream::connect(upstream).unwrap();
                client.set_nodelay(true).unwrap();
                server.set_nodelay(true).unwrap();
                let (client_out, server_out) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                carry(client, server_out, line, (connection, Direction::Up), Arc::clone(&all));
                carry(server, client_out, line, (connection, Direction::Down), Arc::clone(&all));
            }
        });
        Self { addr, said }
    }

    /// Everything said so far, in order.
    pub fn said(&self) -> Vec<Said> {
        self.said.lock().unwrap().clone()
    }

    /// What was said on the first connection after its sign-in was answered.
    pub fn after_login(&self) -> Vec<Said> {
        let first: Vec<Said> = self.said().into_iter().filter(|said| said.connection == 0).collect();
        let login = first.iter().position(|said| said.direction == Direction::Up && said.is_login());
        let answered = login.and_then(|login| {
            first.iter().skip(login).position(|said| said.direction == Direction::Down).map(|more| login + more)
        });
        first.into_iter().skip(answered.map_or(usize::MAX, |at| at + 1)).collect()
    }

    /// Prints the last of what was said, for whoever must find out why it was not what was awaited.
    pub fn tell(&self) {
        let said = self.said();
        for one in said.iter().skip(said.len().saturating_sub(40)) {
            let text: String = one.text.chars().take(200).collect();
            eprintln!("{:?} {} {:?} {text:?}", one.at.elapsed(), one.connection, one.direction);
        }
    }

    /// When something was last said; `None` until the client has said this, and then nothing for `quiet`.
    pub fn quiet_since(&self, word: &str, quiet: Duration) -> Option<Instant> {
        let said = self.said.lock().unwrap();
        let last = said.last().filter(|last| last.at.elapsed() > quiet)?.at;
        said.iter().any(|said| said.direction == Direction::Up && said.text.contains(word)).then_some(last)
    }

    /// Waits until the client has said this, and then nothing for `quiet`.
    pub fn wait_for_quiet(&self, word: &str, quiet: Duration, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        while Instant::now() < until {
            if self.quiet_since(word, quiet).is_some() {
                return true;
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Said {
    fn is_login(&self) -> bool {
        self.text.contains("AUTHENTICATE") || self.text.contains("LOGIN ")
    }
}

/// How often the client spoke after the server had.
pub fn turnarounds(said: &[Said]) -> usize {
    let mut last = Direction::Down;
    let mut count = 0;
    for one in said {
        count += usize::from(one.direction == Direction::Up && last == Direction::Down);
        last = one.direction;
    }
    count
}

/// How many bytes went both ways.
pub fn bytes(said: &[Said]) -> usize {
    said.iter().map(|said| said.bytes).sum()
}

fn carry(
    mut from: TcpStream,
    mut to: TcpStream,
    line: Line,
    (connection, direction): (usize, Direction),
    all: Arc<Mutex<Vec<Said>>>,
) {
    let (late, arriving) = sync_channel::<(Instant, Vec<u8>)>(line.room());
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            let (at, piece) = (Instant::now(), &buffer[..read]);
            let text = String::from_utf8_lossy(&piece[..read.min(KEPT)]).into_owned();
            all.lock().unwrap().push(Said { at, connection, direction, bytes: read, text });
            if late.send((at + line.one_way, piece.to_vec())).is_err() {
                break;
            }
        }
    });
    thread::spawn(move || {
        let mut free = Instant::now();
        for (due, piece) in arriving {
            free = free.max(Instant::now()) + line.takes(piece.len());
            // The line's delay: this is what the link is for.
            thread::sleep(due.max(free).saturating_duration_since(Instant::now()));
            if to.write_all(&piece).is_err() {
                break;
            }
        }
        // It may be closed already.
        to.shutdown(Shutdown::Both).ok();
    });
}
