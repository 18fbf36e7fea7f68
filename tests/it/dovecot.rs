//! Against a real Dovecot.
#![cfg(test)]

mod engine;
mod filing;
pub mod oauth;
mod program;
mod protocol;
mod search;
mod setup;
mod sharing;
mod sign_in;

use std::io::Read;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::dovecot::{Dovecot, Options, available, listens};
use crate::support::proxy::{Direction, Mode, Proxy};
use crate::support::raw_client::RawClient;

fn message(id: &str) -> Vec<u8> {
    format!("From: a@example.org\r\nSubject: {id}\r\nMessage-ID: <{id}@example.org>\r\n\r\nhello\r\n").into_bytes()
}

/// The harness itself: a private server starts, shows what was delivered, and is gone when dropped.
#[test]
fn a_private_server_serves_and_stops() {
    if !available() {
        return;
    }
    let started = Instant::now();
    let server = Dovecot::start(&Options::default());
    println!("started in {:?}", started.elapsed());
    server.deliver("alice", "INBOX", &message("one"), "");
    server.deliver("alice", "Projects/atlas", &message("two"), "SF");
    let mut client = server.client("alice");
    let all = client.list_all();
    let seen: Vec<(&str, &str, String)> =
        all.iter().map(|m| (m.folder.as_str(), m.message_id.as_str(), m.flags.join(" "))).collect();
    assert_eq!(
        seen,
        [
            ("INBOX", "one@example.org", String::new()),
            ("Projects/atlas", "two@example.org", "\\Flagged \\Seen".to_owned())
        ]
    );
    assert!(server.client("bob").list_all().is_empty());
    let (port, tls_port) = (server.port, server.tls_port);
    assert!(listens(tls_port));
    drop(server);
    assert!(!listens(port));
}

/// Capabilities can be cut down, so that one server stands for poorer ones.
#[test]
fn capabilities_can_be_cut_down() {
    if !available() {
        return;
    }
    let capability = Some("IMAP4rev1 LITERAL+ UIDPLUS".to_owned());
    let server = Dovecot::start(&Options { capability, ..Options::default() });
    let answer = server.client("alice").command("CAPABILITY").ok();
    assert_eq!(answer.lines, ["* CAPABILITY IMAP4rev1 LITERAL+ UIDPLUS"]);
}

/// The proxy passes, cuts after the byte it was told, refuses, and passes again.
#[test]
fn the_proxy_does_what_the_test_says() {
    if !available() {
        return;
    }
    let server = Dovecot::start(&Options::default());
    let proxy = Proxy::start(server.addr(), 1);
    let (mut client, greeting) = RawClient::connect(proxy.addr).unwrap();
    assert_eq!(proxy.passed(Direction::Down), greeting.len() as u64 + 2);
    proxy.cut_after(Direction::Down, 3);
    assert!(client.try_command("NOOP").is_err());
    assert_eq!((proxy.cuts(), proxy.passed(Direction::Down)), (1, greeting.len() as u64 + 5));
    proxy.set(Mode::Refuse);
    assert!(RawClient::connect(proxy.addr).is_err());
    proxy.set(Mode::Pass);
    let (mut client, _) = RawClient::connect(proxy.addr).unwrap();
    assert_eq!(proxy.connections(), 3);
    let up = proxy.passed(Direction::Up);
    proxy.set(Mode::BlackHole);
    client.send("a NOOP\r\n").unwrap();
    proxy.cut_now();
    assert!(client.read_line().is_err());
    assert_eq!(proxy.passed(Direction::Up), up, "nothing passed");
    proxy.set(Mode::Pass);
    let (mut client, _) = RawClient::connect(proxy.addr).unwrap();
    proxy.delay(Duration::from_millis(20));
    let asked = Instant::now();
    client.command("NOOP").ok();
    assert!(asked.elapsed() >= Duration::from_millis(40), "there and back");
    let at = proxy.cut_somewhere(Direction::Up, 6);
    assert!(client.try_command("NOOP").is_err(), "cut after {at} bytes");
}

/// The certificate is good for `localhost` and for nothing else, and only when it is trusted.
#[test]
fn tls_works_with_the_certificate_that_the_harness_names() {
    if !available() {
        return;
    }
    let server = Dovecot::start(&Options::default());
    let pem = std::fs::read(&server.ca_pem).unwrap();
    let root = native_tls::Certificate::from_pem(&pem).unwrap();
    let trusting = native_tls::TlsConnector::builder().add_root_certificate(root).build().unwrap();
    let stream = || TcpStream::connect(("127.0.0.1", server.tls_port)).unwrap();
    let mut greeting = [0; 4];
    trusting.connect("localhost", stream()).unwrap().read_exact(&mut greeting).unwrap();
    assert_eq!(&greeting, b"* OK");
    assert!(trusting.connect("example.org", stream()).is_err());
    assert!(native_tls::TlsConnector::new().unwrap().connect("localhost", stream()).is_err());
}
