//! TLS as an attacker, an old server, a hotel and a bad line would have it: nothing is said, and nothing half is taken.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use openssl::ssl::{Ssl, SslVersion};
use posthaste::config::Security as ConfigSecurity;
use posthaste::demo::server::Options;
use posthaste::imap::connect::tls::certificate::Fingerprint;
use posthaste::imap::connect::{Endpoint, Greeted, Security, connect, tcp};
use posthaste::imap::error::Error;
use posthaste::imap::session::Mode;
use posthaste::imap::trace::Trace;
use posthaste::imap::uid_set::UidSet;
use posthaste::sasl::Wanted;
use rstest::rstest;

use crate::support::engine::{Embedded, Home};
use crate::support::tls::{GOOD, Goodbye, Issued, Leaf, TlsServer, end, front, greet};

/// Connects to it under this name; this authority alone is trusted besides the system's.
async fn tried(
    addr: SocketAddr,
    host: &str,
    authority: &Issued,
    security: Security,
    pin: Option<Fingerprint>,
) -> Result<Greeted, Error> {
    let dir = tempfile::tempdir().unwrap();
    let ca_file = pin.is_none().then(|| authority.write(dir.path()));
    let compress = posthaste::imap::connect::Compress::Never;
    let endpoint = Endpoint { ca_file, pin, compress, ..Endpoint::new(host, addr.port(), security) };
    connect(&endpoint, &Trace::default()).await
}

/// The error of a refused connection, after the server has heard nothing behind its handshakes.
#[track_caller]
fn refused(result: Result<Greeted, Error>, server: &TlsServer, connections: usize) -> String {
    let Err(Error::Tls { .. }) = &result else { panic!("{result:?}") };
    assert_eq!(server.heard(connections).bytes, b"", "nothing is said to a server that is not the right one");
    result.unwrap_err().to_string()
}

fn hex(issued: &Issued) -> String {
    Fingerprint(issued.sha256()).to_string()
}

/// The whole way works: without this the refusals below would prove nothing.
#[rstest]
#[case("localhost", GOOD)]
#[case("127.0.0.1", GOOD)]
#[case("localhost", Leaf { rsa: Some(2048), ..GOOD })]
#[case("localhost", Leaf { common: "another", ..GOOD })]
#[tokio::test]
async fn a_good_certificate_is_taken(#[case] host: &str, #[case] leaf: Leaf<'static>) {
    let authority = Issued::authority();
    let server = TlsServer::greeting(authority.sign(&leaf).context());
    let greeted = tried(server.addr, host, &authority, Security::Tls, None).await.unwrap();
    assert!(greeted.capabilities().has("AUTH=PLAIN"));
}

/// PS15: self-signed, by an unknown authority, or by one whose certificate is not shown: refused, with the reason and
/// the SHA-256, and no byte of IMAP.
#[tokio::test]
async fn unknown_issuers_are_refused() {
    let (authority, unknown) = (Issued::authority(), Issued::authority());
    let between = authority.below();
    for (issued, reason) in [
        (Issued::by_itself(&GOOD), "self-signed"),
        (unknown.sign(&GOOD), "unknown issuer"),
        (between.sign(&GOOD), "unknown issuer"),
    ] {
        let server = TlsServer::greeting(issued.context());
        let result = tried(server.addr, "localhost", &authority, Security::Tls, None).await;
        let text = refused(result, &server, 2);
        assert!(text.contains(reason) && text.contains(&hex(&issued)), "{text}");
    }
}

/// PS16: only an exact name of the subjectAltName counts: no common name, no star for a host of one label, no name that
/// goes on behind a NUL, no address in place of a name.
#[rstest]
#[case("localhost", &["mail.example.org"], &[])]
#[case("localhost", &[], &[])]
#[case("localhost", &[], &["127.0.0.1"])]
#[case("localhost", &["*.com"], &["127.0.0.1"])]
#[case("localhost", &["*"], &[])]
#[case("localhost", &["*.localhost", "localhost.example.org"], &[])]
#[case("localhost", &["localhost."], &[])]
#[case("localhost", &["localhost\0.example.org"], &[])]
#[case("127.0.0.1", &["localhost"], &["127.0.0.2"])]
#[case("127.0.0.1", &["127.0.0.1"], &[])]
#[tokio::test]
async fn other_names_are_refused(
    #[case] host: &'static str,
    #[case] names: &'static [&'static str],
    #[case] addresses: &'static [&'static str],
) {
    let authority = Issued::authority();
    let issued = authority.sign(&Leaf { common: host, names, addresses, ..GOOD });
    let server = TlsServer::greeting(issued.context());
    let result = tried(server.addr, host, &authority, Security::Tls, None).await;
    let connections = if result.as_ref().is_err_and(|_| server.heard(1).ended > 1) { 2 } else { 1 };
    let text = refused(result, &server, connections);
    assert!(text.contains("another name") && text.contains(&hex(&issued)), "{text}");
}

/// PS17: out of date, and not valid yet, by days or by five years: refused, with the dates and this computer's clock.
#[rstest]
#[case((-20, -10), "has expired")]
#[case((-5 * 365 - 30, -5 * 365), "has expired")]
#[case((10, 20), "not valid yet")]
#[case((5 * 365, 5 * 365 + 30), "not valid yet")]
#[tokio::test]
async fn certificates_out_of_date_are_refused(#[case] days: (i64, i64), #[case] reason: &str) {
    let authority = Issued::authority();
    let issued = authority.sign(&Leaf { days, ..GOOD });
    let server = TlsServer::greeting(issued.context());
    let result = tried(server.addr, "localhost", &authority, Security::Tls, None).await;
    let text = refused(result, &server, 2);
    let day = |days: i64| {
        let time = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() + days * 86_400).unwrap();
        time.strftime("%Y-%m-%d").to_string()
    };
    for told in [reason, "clock says", &day(days.0), &day(days.1), &day(0), &hex(&issued)] {
        assert!(text.contains(told), "{told}: {text}");
    }
}

/// PS18: TLS 1.0 and 1.1, no encryption at all, and a key of 1024 bits are refused.
#[tokio::test]
async fn old_tls_is_refused() {
    let authority = Issued::authority();
    let good = authority.sign(&GOOD);
    for (context, reason) in [
        (good.context_with(Some(SslVersion::TLS1), None), "no longer safe"),
        (good.context_with(Some(SslVersion::TLS1_1), None), "no longer safe"),
        (good.context_with(Some(SslVersion::TLS1_2), Some("eNULL:@SECLEVEL=0")), "no longer safe"),
        (authority.sign(&Leaf { rsa: Some(1024), ..GOOD }).context(), "too short"),
    ] {
        let server = TlsServer::greeting(context);
        let result = tried(server.addr, "localhost", &authority, Security::Tls, None).await;
        let text = refused(result, &server, 1);
        assert!(text.contains(reason), "{text}");
    }
}

/// PS18: a server that answers with a cipher that nobody offered (RC4, export RC4, NULL) is refused.
#[rstest]
#[case(0x0005)]
#[case(0x0003)]
#[case(0x0002)]
#[tokio::test]
async fn weak_ciphers_are_refused(#[case] cipher: u16) {
    let server = TlsServer::start(move |mut stream, _| {
        let mut hello = [0; 5];
        stream.read_exact(&mut hello).unwrap();
        let mut body = vec![3, 3];
        body.extend([7; 32]);
        // No session, the cipher, no compression.
        body.push(0);
        body.extend(cipher.to_be_bytes());
        body.push(0);
        let mut record = vec![0x16, 3, 3, 0, u8::try_from(body.len() + 4).unwrap(), 2, 0, 0];
        record.push(u8::try_from(body.len()).unwrap());
        record.extend(body);
        stream.write_all(&record).unwrap();
        drop(stream.read_to_end(&mut Vec::new()));
        Vec::new()
    });
    let result = tried(server.addr, "localhost", &Issued::authority(), Security::Tls, None).await;
    let text = refused(result, &server, 1);
    assert!(text.contains("no longer safe"), "{text}");
}

/// PS19: the pinned certificate is taken, self-signed, for another name and out of date as it is; another is refused,
/// and the error shows both.
#[tokio::test]
async fn only_the_pinned_certificate_is_taken() {
    let authority = Issued::authority();
    let pinned = Issued::by_itself(&Leaf { names: &["bridge"], days: (-20, -10), ..GOOD });
    let pin = Some(Fingerprint(pinned.sha256()));
    let server = TlsServer::greeting(pinned.context());
    drop(tried(server.addr, "127.0.0.1", &authority, Security::Tls, pin).await.unwrap());

    let changed = authority.sign(&GOOD);
    let server = TlsServer::greeting(changed.context());
    let result = tried(server.addr, "127.0.0.1", &authority, Security::Tls, pin).await;
    let text = refused(result, &server, 1);
    assert!(text.contains(&hex(&pinned)) && text.contains(&hex(&changed)) && text.contains("imap.pin"), "{text}");
}

/// Where the bytes come that were not sent under TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Injected {
    WithTheOk,
    AMomentLater,
    AfterTheHello,
}

/// PS03: what comes in clear after the OK, with it, a moment later or in place of the handshake's answer, ends the
/// connection; nothing of it is in the error, and nothing is said behind TLS.
#[rstest]
#[case(Injected::WithTheOk)]
#[case(Injected::AMomentLater)]
#[case(Injected::AfterTheHello)]
#[tokio::test]
async fn injected_bytes_end_it(#[case] when: Injected) {
    const EVIL: &[u8] = b"* PREAUTH [CAPABILITY IMAP4rev1 EVIL] EVIL\r\n";
    let authority = Issued::authority();
    let context = authority.sign(&GOOD).context();
    let server = TlsServer::start(move |mut stream, _| {
        let said = until_line(&mut stream, b"* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n");
        let tag = said.split(' ').next().unwrap().to_owned();
        let mut answer = format!("{tag} OK begin\r\n").into_bytes();
        if when == Injected::WithTheOk {
            answer.extend(EVIL);
        }
        stream.write_all(&answer).ok();
        match when {
            Injected::WithTheOk => {}
            Injected::AMomentLater => {
                // The case itself: a segment of its own, a millisecond later.
                std::thread::sleep(Duration::from_millis(1));
                stream.write_all(EVIL).ok();
            }
            Injected::AfterTheHello => {
                stream.peek(&mut [0]).ok();
                stream.write_all(EVIL).ok();
            }
        }
        greet(&context, stream)
    });
    let result = tried(server.addr, "localhost", &authority, Security::StartTls, None).await;
    assert!(!format!("{result:?}").contains("EVIL"), "{result:?}");
    let text = refused(result, &server, 1);
    assert!(text.contains("tampering"), "{text}");
}

/// Says this and reads a line.
fn until_line(stream: &mut TcpStream, said: &[u8]) -> String {
    stream.write_all(said).ok();
    read_line(stream)
}

fn read_line(stream: &mut impl Read) -> String {
    let mut line = Vec::new();
    let mut byte = [0];
    while !line.ends_with(b"\n") && matches!(stream.read(&mut byte), Ok(1)) {
        line.push(byte[0]);
    }
    String::from_utf8(line).unwrap()
}

/// PS20: an end in the middle of a FETCH, inside a row and between two, without a goodbye, by a reset and with a polite
/// one, is a lost connection and never the end of the answer.
#[rstest]
#[tokio::test]
async fn a_truncated_answer_is_a_lost_connection(
    #[values(Goodbye::Fin, Goodbye::Reset, Goodbye::Notify)] goodbye: Goodbye,
    #[values("* 2 FETCH (UID 2 FLAGS (", "")] part: &'static str,
) {
    let authority = Issued::authority();
    let context = authority.sign(&GOOD).context();
    let server = TlsServer::start(move |stream, _| {
        let mut stream = Ssl::new(&context).unwrap().accept(stream).unwrap();
        stream.write_all(b"* OK [CAPABILITY IMAP4rev1] hello\r\n").unwrap();
        for answer in ["", "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n"] {
            let line = read_line(&mut stream);
            let tag = line.split(' ').next().unwrap();
            let code = if answer.is_empty() { "[CAPABILITY IMAP4rev1]" } else { "[READ-WRITE]" };
            stream.write_all(format!("{answer}{tag} OK {code} done\r\n").as_bytes()).unwrap();
        }
        read_line(&mut stream);
        stream.write_all(format!("* 1 FETCH (UID 1 FLAGS ())\r\n{part}").as_bytes()).unwrap();
        end(&mut stream, goodbye);
        Vec::new()
    });
    let greeted = tried(server.addr, "localhost", &authority, Security::Tls, None).await.unwrap();
    let mut session = greeted.login("ada", &"secret".into(), Wanted::Automatic).await.unwrap();
    session.select("INBOX", Mode::ReadWrite).await.unwrap();
    let result = session.fetch_flags(&UidSet::parse("1:3").unwrap(), None, &mut |_, _, _| {}).await;
    assert!(matches!(result, Err(Error::Closed { .. })), "{result:?}");
    assert!(matches!(session.noop().await, Err(Error::Closed { .. })), "the session is over");
}

/// An embedded server behind TLS; the n-th connection gets what `serve` makes of it.
fn behind_tls(
    server: &Embedded,
    serve: impl Fn(TcpStream, usize, SocketAddr) + Send + Sync + 'static,
    authority: &Issued,
    dir: &std::path::Path,
) -> (TlsServer, Home) {
    let upstream = server.server.addr;
    let tls = TlsServer::start(move |stream, number| {
        serve(stream, number, upstream);
        Vec::new()
    });
    let mut account = server.account();
    account.imap.port = tls.addr.port();
    account.imap.security = ConfigSecurity::Tls;
    account.imap.ca_file = Some(authority.write(dir));
    (tls, Home::new(vec![account]))
}

/// PS20, RL02: the same under the engine: the first FETCH is cut, inside a row or between two; nothing is taken for
/// synchronised that did not come, nothing is removed, and the next connection fetches the rest.
#[rstest]
fn a_truncated_fetch_is_gone_on_with(
    #[values(Goodbye::Fin, Goodbye::Reset, Goodbye::Notify)] goodbye: Goodbye,
    #[values(0, 12)] more: usize,
) {
    let embedded = Embedded::start(Options::default(), &["m1", "m2", "m3", "m4"]);
    let (authority, dir) = (Issued::authority(), tempfile::tempdir().unwrap());
    let (context, cuts) = (authority.sign(&GOOD).context(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&cuts);
    let serve = move |stream: TcpStream, _: usize, upstream: SocketAddr| {
        let Ok(mut stream) = Ssl::new(&context).unwrap().accept(stream) else { return };
        let cut = (counted.load(Ordering::SeqCst) == 0).then_some(("* 2 FETCH", more, goodbye));
        if front(&mut stream, upstream, cut).unwrap_or(false) {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    };
    let (_tls, home) = behind_tls(&embedded, serve, &authority, dir.path());
    let mut driver = home.start();
    driver.in_step(&|| embedded.all());
    assert!(cuts.load(Ordering::SeqCst) >= 1, "it was cut");
    assert_eq!(embedded.all().len(), 4);
}

/// RL13, PS16: behind a captive portal somebody else answers, over TLS or in clear: nothing is said to him, and once he
/// is gone the account comes online by itself.
#[test]
fn it_heals_behind_a_captive_portal() {
    let embedded = Embedded::start(Options::default(), &["m1"]);
    let (authority, dir) = (Issued::authority(), tempfile::tempdir().unwrap());
    let good = authority.sign(&GOOD).context();
    let portal = Issued::authority().sign(&Leaf { names: &["portal.example.org"], addresses: &[], ..GOOD }).context();
    let heard: Arc<Mutex<Vec<u8>>> = Arc::default();
    let said = Arc::clone(&heard);
    let serve = move |mut stream: TcpStream, number: usize, upstream: SocketAddr| match number {
        0 | 1 => said.lock().unwrap().extend(greet(&portal, stream)),
        2 => {
            drop(stream.write_all(b"HTTP/1.1 302 Found\r\nLocation: http://portal.example.org/\r\n\r\n"));
            drop(stream.read_to_end(&mut Vec::new()));
        }
        _ => {
            let Ok(mut stream) = Ssl::new(&good).unwrap().accept(stream) else { return };
            drop(front(&mut stream, upstream, None));
        }
    };
    let (tls, home) = behind_tls(&embedded, serve, &authority, dir.path());
    let mut driver = home.start();
    driver.hurry = false;
    driver.in_step(&|| embedded.all());
    assert!(tls.heard(3).ended >= 3);
    assert_eq!(heard.lock().unwrap().as_slice(), b"", "nothing was said to the portal");
}

/// An address at which connections are neither accepted nor refused: its queue is full. With what keeps it so.
fn black_hole() -> (SocketAddr, (TcpListener, Vec<TcpStream>)) {
    use rustix::net::{AddressFamily, SocketType, bind, listen, socket};
    let six = socket(AddressFamily::INET6, SocketType::STREAM, None)
        .and_then(|fd| bind(&fd, &"[::1]:0".parse::<std::net::SocketAddrV6>().unwrap()).map(|()| fd));
    let fd = six.unwrap_or_else(|_| {
        // A machine without IPv6: the hole is what counts.
        let fd = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        bind(&fd, &"127.0.0.1:0".parse::<std::net::SocketAddrV4>().unwrap()).unwrap();
        fd
    });
    listen(&fd, 0).unwrap();
    let listener = TcpListener::from(fd);
    let addr = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&addr, Duration::from_millis(200)) {
        waiting.push(stream);
        assert!(waiting.len() < 20, "the queue of {addr} is never full");
    }
    (addr, (listener, waiting))
}

/// RL13: an IPv6 address behind which packets vanish holds the IPv4 one up for less than two seconds.
#[tokio::test]
async fn a_black_hole_is_passed_by() {
    let (hole, _kept) = black_hole();
    let sound = TcpListener::bind("127.0.0.1:0").unwrap();
    let began = Instant::now();
    let stream = tcp("mail.example.org", &[hole, sound.local_addr().unwrap()]).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap(), sound.local_addr().unwrap());
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}
