//! A server that floods the real program: memory stays bounded, the screen answers, and quitting takes no longer.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rstest::rstest;

use super::tty::Tty;

/// What it floods with, in answer to what, and how many of them there are.
#[derive(Debug, Clone, Copy)]
struct Kind {
    verb: &'static str,
    row: fn(u64) -> String,
    rows: u64,
}

/// A server that answers one verb with a flood and all others as they should be.
struct Flood {
    port: u16,
    sent: Arc<AtomicU64>,
    /// The flood is over: all was sent, or the client hung up.
    over: Arc<AtomicBool>,
}

impl Flood {
    fn start(kind: Kind) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sent, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, end) = (Arc::clone(&sent), Arc::clone(&over));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (count, end) = (Arc::clone(&count), Arc::clone(&end));
                std::thread::spawn(move || serve(stream, kind, &count, &end));
            }
        });
        Self { port, sent, over }
    }

    fn has_sent(&self, rows: u64) -> bool {
        self.sent.load(Ordering::Relaxed) >= rows || self.over.load(Ordering::Relaxed)
    }
}

/// One connection. It ends with the client: `None` is what a broken pipe comes to.
fn serve(mut stream: TcpStream, kind: Kind, sent: &AtomicU64, over: &AtomicBool) -> Option<()> {
    stream.write_all(b"* OK [CAPABILITY IMAP4rev1] ready\r\n").ok()?;
    let commands = BufReader::new(stream.try_clone().ok()?).lines();
    for command in commands {
        let command = command.ok()?;
        let (tag, rest) = command.split_once(' ')?;
        if rest.starts_with(kind.verb) {
            for first in (0..kind.rows).step_by(1_000) {
                let rows: String = (first..first + 1_000).map(kind.row).collect();
                if stream.write_all(rows.as_bytes()).is_err() {
                    over.store(true, Ordering::Relaxed);
                    return None;
                }
                sent.fetch_add(1_000, Ordering::Relaxed);
            }
            over.store(true, Ordering::Relaxed);
        }
        let answer = match rest.split(' ').next()? {
            "LOGIN" => "* CAPABILITY IMAP4rev1\r\n",
            "LIST" => "* LIST () \"/\" INBOX\r\n",
            "SELECT" => "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 4] x\r\n",
            _ => "",
        };
        stream.write_all(format!("{answer}{tag} OK done\r\n").as_bytes()).ok()?;
    }
    Some(())
}

/// The most memory that a process ever had, in MiB.
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

/// PS29, O6: ten million OKs, a million folders, counts and removals: less than 200 MiB, the help opens while they come,
/// and `q` ends the program, flood or not.
#[cfg(target_os = "linux")]
#[rstest]
#[case::oks(Kind { verb: "SELECT", row: |_| "* OK still here and still talking\r\n".to_owned(), rows: 10_000_000 })]
#[case::folders(Kind { verb: "LIST", row: |n| format!("* LIST (\\HasNoChildren) \"/\" \"Folder {n}\"\r\n"), rows: 1_000_000 })]
#[case::counts(Kind { verb: "SELECT", row: |n| format!("* {n} EXISTS\r\n"), rows: 1_000_000 })]
#[case::later_counts(Kind { verb: "UID FETCH", row: |n| format!("* {n} EXISTS\r\n"), rows: 1_000_000 })]
#[case::removals(Kind { verb: "UID FETCH", row: |_| "* 1 EXPUNGE\r\n".to_owned(), rows: 1_000_000 })]
fn a_flood_is_survived(#[case] kind: Kind) {
    let flood = Flood::start(kind);
    let mut tty = Tty::at(flood.port);
    tty.until("help").wait_for("the flood", |_| flood.has_sent(100_000));
    tty.keys("?").until("Keys in");
    // Escape and a letter in one read would be a letter with Alt.
    tty.keys("\x1b").wait_for("the help to close", |tty| !tty.screen().contains("Keys in"));
    tty.wait_for("the end of the flood, or enough of it", |_| flood.has_sent(400_000));
    let began = Instant::now();
    let peak = peak(tty.pid());
    tty.keys("q").until_end();
    let took = began.elapsed();
    // Shown by `cargo nextest run --no-capture`.
    println!("{} of {} rows, {peak} MiB, ended within {took:?}", flood.sent.load(Ordering::Relaxed), kind.rows);
    assert!(peak < 200, "{peak} MiB");
    // A second is promised; what is above it is this machine's.
    assert!(took < Duration::from_secs(4), "{took:?}");
}
