//! The proxy itself: each trouble is what it says, before others rely on it.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use posthaste::demo::server::Options;
use rstest::rstest;

use crate::support::dovecot::{self, Dovecot, available};
use crate::support::engine::{Embedded, set};
use crate::support::proxy::{Direction, Ending, Mode, Proxy, Trouble};

/// A server that sends back what it gets and closes when its client does.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || std::io::copy(&mut &stream, &mut &stream));
        }
    });
    addr
}

fn connect(proxy: &Proxy) -> TcpStream {
    let stream = TcpStream::connect(proxy.addr).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Reads to the end; what came, and how it ended.
fn rest(mut stream: &TcpStream) -> (Vec<u8>, Option<ErrorKind>) {
    let mut all = Vec::new();
    let mut chunk = [0; 64];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => return (all, None),
            Ok(read) => all.extend_from_slice(&chunk[..read]),
            Err(error) => return (all, Some(error.kind())),
        }
    }
}

/// A cut comes after exactly the byte that was named, in either direction, as an end of the stream or as a reset.
#[rstest]
#[case(Direction::Up, Ending::Fin, None)]
#[case(Direction::Down, Ending::Fin, None)]
#[case(Direction::Up, Ending::Reset, Some(ErrorKind::ConnectionReset))]
#[case(Direction::Down, Ending::Reset, Some(ErrorKind::ConnectionReset))]
fn a_cut_comes_after_its_byte(#[case] direction: Direction, #[case] ending: Ending, #[case] end: Option<ErrorKind>) {
    let proxy = Proxy::start(echo(), 1);
    proxy.trouble(1, &[Trouble::Cut { direction, after: 3, ending }]);
    let mut stream = connect(&proxy);
    stream.write_all(b"hello").unwrap();
    let (came, ended) = rest(&stream);
    assert_eq!(ended, end);
    assert_eq!((proxy.passed(direction), proxy.cuts()), (3, 1));
    if direction == Direction::Down && ending == Ending::Fin {
        assert_eq!(came, b"hel");
    }
    // The one after it is whole again.
    let mut stream = connect(&proxy);
    stream.write_all(b"hello").unwrap();
    let mut all = [0; 5];
    stream.read_exact(&mut all).unwrap();
    assert_eq!(&all, b"hello");
}

/// A TLS connection is cut inside a record. A stream's end without `close_notify` looks to this library like a polite one:
/// only a tagged answer may count as the end of anything (PS20).
#[rstest]
#[case(Ending::Fin, true)]
#[case(Ending::Reset, false)]
fn a_cut_in_tls_is_without_a_goodbye(#[case] ending: Ending, #[case] looks_polite: bool) {
    if !available() {
        return;
    }
    let server = Dovecot::start(&dovecot::Options::default());
    let proxy = Proxy::start(SocketAddr::from(([127, 0, 0, 1], server.tls_port)), 1);
    let pem = std::fs::read(PathBuf::from(&server.ca_pem)).unwrap();
    let root = native_tls::Certificate::from_pem(&pem).unwrap();
    let connector = native_tls::TlsConnector::builder().add_root_certificate(root).build().unwrap();
    let mut stream = connector.connect("localhost", connect(&proxy)).unwrap();
    let mut greeting = [0; 4];
    stream.read_exact(&mut greeting).unwrap();
    proxy.end_by(ending);
    proxy.cut_after(Direction::Down, 20);
    stream.write_all(b"a CAPABILITY\r\n").unwrap();
    let mut left = Vec::new();
    assert_eq!(stream.read_to_end(&mut left).is_ok(), looks_polite);
    assert!(!String::from_utf8_lossy(&left).contains("a OK"), "the answer was cut");
    assert_eq!(proxy.cuts(), 1);
}

/// Refused and black-holed connections are just so many, and the next ones are sound.
#[test]
fn refusals_and_black_holes_are_counted() {
    let proxy = Proxy::start(echo(), 1);
    proxy.trouble(2, &[Trouble::Refuse]);
    proxy.trouble(1, &[Trouble::BlackHole]);
    for _ in 0..2 {
        let (came, _) = rest(&connect(&proxy));
        assert!(came.is_empty());
    }
    let mut hole = connect(&proxy);
    hole.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    hole.write_all(b"anybody?").unwrap();
    assert_eq!(rest(&hole), (Vec::new(), Some(ErrorKind::WouldBlock)));
    let mut sound = connect(&proxy);
    sound.write_all(b"x").unwrap();
    sound.read_exact(&mut [0]).unwrap();
    assert_eq!(proxy.connections(), 4);
}

/// Split bytes come one at a time, coalesced ones at once.
#[test]
fn bytes_are_split_and_coalesced() {
    let proxy = Proxy::start(echo(), 1);
    proxy.trouble(1, &[Trouble::Trickle(200)]);
    proxy.trouble(1, &[Trouble::Coalesce(6)]);
    let mut stream = connect(&proxy);
    let began = Instant::now();
    stream.write_all(b"abcdef").unwrap();
    let mut sizes = Vec::new();
    while sizes.iter().sum::<usize>() < 6 {
        sizes.push(stream.read(&mut [0; 64]).unwrap());
    }
    assert!(sizes.len() > 1, "they came apart: {sizes:?}");
    assert!(began.elapsed() >= Duration::from_millis(30), "200 bytes a second");
    let mut stream = connect(&proxy);
    for byte in b"abcdef" {
        stream.write_all(&[*byte]).unwrap();
    }
    let mut chunk = [0; 64];
    assert_eq!(stream.read(&mut chunk).unwrap(), 6, "they came together");
}

/// A delay holds each chunk back, there and back.
#[test]
fn a_delay_is_one_way() {
    let proxy = Proxy::start(echo(), 1);
    proxy.trouble(1, &[Trouble::Delay(Duration::from_millis(20))]);
    let mut stream = connect(&proxy);
    let began = Instant::now();
    stream.write_all(b"x").unwrap();
    stream.read_exact(&mut [0]).unwrap();
    assert!(began.elapsed() >= Duration::from_millis(40));
}

/// The same seed makes the same choices, another one others.
#[test]
fn troubles_are_repeatable() {
    let dead = SocketAddr::from(([127, 0, 0, 1], 1));
    let choices = |seed| {
        let proxy = Proxy::start(dead, seed);
        (0..20).map(|_| proxy.random_trouble(500)).collect::<Vec<_>>()
    };
    assert_eq!(choices(7), choices(7));
    assert_ne!(choices(7), choices(8));
}

/// RL10, RL51: the program does the same over lines that split at every byte, coalesce, trickle and delay.
#[rstest]
#[case(Trouble::Split(1))]
#[case(Trouble::Split(3))]
#[case(Trouble::Coalesce(1 << 20))]
#[case(Trouble::Trickle(20_000))]
#[case(Trouble::Delay(Duration::from_millis(5)))]
fn the_engine_works_over_a_slow_line(#[case] trouble: Trouble) {
    let server = Embedded::start(Options::default(), &["m1", "m2", "m3"]);
    let proxy = Proxy::start(server.server.addr, 1);
    proxy.trouble(u32::MAX, &[trouble]);
    let mut driver = Embedded::home_through(&proxy).start();
    driver.online();
    driver.act(posthaste::protocol::Action::Archive, &[driver.message("m1")]);
    driver.act(set(&["\\Flagged"]), &[driver.message("m2")]);
    driver.in_step(&|| server.all());
    assert_eq!(server.places("m1"), ["Archive"]);
}

/// RL08, RL13: a server that cannot be reached, then a hole, then sound again: the first success heals everything.
#[test]
fn it_heals_when_the_way_is_back() {
    let server = Embedded::start(Options::default(), &["m1"]);
    let proxy = Proxy::start(server.server.addr, 1);
    proxy.trouble(2, &[Trouble::Refuse]);
    proxy.trouble(2, &[Trouble::Cut { direction: Direction::Down, after: 40, ending: Ending::Reset }]);
    let mut driver = Embedded::home_through(&proxy).start();
    driver.online();
    assert!(proxy.connections() >= 5);
    proxy.set(Mode::Refuse);
    let op = driver.queue(set(&["\\Seen"]), &[driver.message("m1")]);
    proxy.set(Mode::Pass);
    driver.done(op);
    driver.in_step(&|| server.all());
}
