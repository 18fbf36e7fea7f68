//! The yardstick: a client that asks for the same headers and throws them away.
#![cfg(test)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::dovecot::PASSWORD;
use crate::program::USER;

/// Signs in, opens INBOX, fetches `items` of every message and reads the answer to its end. How long it took, and how
/// many bytes came.
pub fn drain(server: SocketAddr, items: &str) -> (Duration, u64) {
    drain_as(server, USER, items)
}

/// The same as another user.
pub fn drain_as(server: SocketAddr, user: &str, items: &str) -> (Duration, u64) {
    let started = Instant::now();
    let mut stream = TcpStream::connect(server).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut buffer = vec![0; 256 * 1024];
    let mut bytes = 0;
    for (number, command) in [
        format!("LOGIN {user} \"{PASSWORD}\""),
        "SELECT INBOX (CONDSTORE)".to_owned(),
        format!("UID FETCH 1:* {items}"),
    ]
    .iter()
    .enumerate()
    {
        stream.write_all(format!("d{number} {command}\r\n").as_bytes()).unwrap();
        let end = format!("\r\nd{number} OK");
        let mut tail: Vec<u8> = b"\r\n".to_vec();
        loop {
            let read = stream.read(&mut buffer).unwrap();
            assert!(read > 0, "the server ended the connection");
            bytes += read as u64;
            // The end is in what came last, and may lie over two reads.
            tail.extend_from_slice(&buffer[read.saturating_sub(4096)..read]);
            if tail.windows(end.len()).any(|window| window == end.as_bytes()) {
                break;
            }
            let keep = tail.len().saturating_sub(512);
            tail.drain(..keep);
        }
    }
    (started.elapsed(), bytes)
}
