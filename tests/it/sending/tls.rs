//! Submission over real TLS: what was said before it does not count, and whose certificate is not right hears nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use openssl::ssl::Ssl;
use posthaste::config::Config;
use posthaste::imap::connect::dialer::Dialer;
use posthaste::imap::connect::{Endpoint, Security};
use posthaste::imap::trace::Trace;
use posthaste::sasl::{Credential, Mechanism, Wanted};
use posthaste::send::{Outlet, SignIn, Smtp, check};
use posthaste::setup::plan::checks::Outcome;
use posthaste::setup::sending::sending;
use rstest::rstest;

use super::kind;
use crate::support::tls::{GOOD, Issued, TlsServer};

fn outlet(server: &TlsServer, ca: std::path::PathBuf, security: Security) -> Outlet {
    Outlet::Smtp(Box::new(Smtp {
        endpoint: Endpoint { ca_file: Some(ca), ..Endpoint::new("localhost", server.addr.port(), security) },
        user: "ada".to_owned(),
        sign_in: SignIn::Auth(Wanted::Automatic),
        dialer: Dialer::Network,
    }))
}

/// What the client says in clear before TLS, and the answers; the last of them is this one.
fn prelude(stream: &mut TcpStream, last: &[u8]) -> Vec<u8> {
    let mut heard = Vec::new();
    let mut read = BufReader::new(stream.try_clone().unwrap());
    stream.write_all(b"220 hi\r\n").unwrap();
    read.read_until(b'\n', &mut heard).unwrap();
    stream.write_all(b"250-mx\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n").unwrap();
    read.read_until(b'\n', &mut heard).unwrap();
    stream.write_all(last).unwrap();
    assert!(read.buffer().is_empty());
    heard
}

/// PS04, PS08: what the server offers is what it says under TLS; PLAIN, which was offered in clear, is not taken.
#[tokio::test]
async fn what_was_offered_in_clear_does_not_count() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Issued::authority();
    let (ca, context) = (authority.write(dir.path()), authority.sign(&GOOD).context());
    let server = TlsServer::start(move |mut stream, _| {
        prelude(&mut stream, b"220 go\r\n");
        let mut stream = BufReader::new(Ssl::new(&context).unwrap().accept(stream).unwrap());
        let mut heard = Vec::new();
        for answer in ["250-mx\r\n250 AUTH LOGIN\r\n", "334 \r\n", "334 \r\n", "235 in\r\n", "221 bye\r\n"] {
            stream.read_until(b'\n', &mut heard).unwrap();
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
        }
        heard
    });
    let found = check(&outlet(&server, ca, Security::StartTls), &"secret".into(), &Trace::default()).await.unwrap();
    assert_eq!(found.signed_in, Some(Mechanism::Login));
    let heard = String::from_utf8(tokio::task::spawn_blocking(move || server.heard(1)).await.unwrap().bytes).unwrap();
    assert_eq!(heard, "EHLO [127.0.0.1]\r\nAUTH LOGIN\r\nYWRh\r\nc2VjcmV0\r\nQUIT\r\n");
}

/// PS04: answers that come with the 220 end it before the handshake; nothing but two lines in clear was said.
#[tokio::test]
async fn injected_answers_end_it() {
    let dir = tempfile::tempdir().unwrap();
    let ca = Issued::authority().write(dir.path());
    let server = TlsServer::start(move |mut stream, _| {
        let mut heard = prelude(&mut stream, b"220 go\r\n250-EVIL\r\n250 AUTH PLAIN\r\n250 ok\r\n");
        stream.read_to_end(&mut heard).ok();
        heard
    });
    let error = check(&outlet(&server, ca, Security::StartTls), &"secret".into(), &Trace::default()).await.unwrap_err();
    assert_eq!(kind(&error), "tls", "{error}");
    assert!(!error.to_string().contains("EVIL"));
    let heard = tokio::task::spawn_blocking(move || server.heard(1)).await.unwrap().bytes;
    assert_eq!(String::from_utf8(heard).unwrap(), "EHLO [127.0.0.1]\r\nSTARTTLS\r\n");
}

/// PS16: a certificate for another name, or of an unknown issuer, ends it before anything is said.
#[rstest]
#[case::other_name(true)]
#[case::unknown(false)]
#[tokio::test]
async fn a_wrong_certificate_hears_nothing(#[case] known: bool) {
    let dir = tempfile::tempdir().unwrap();
    let authority = Issued::authority();
    let ca = authority.write(dir.path());
    let leaf = crate::support::tls::Leaf { common: "other", names: &["other.example"], addresses: &[], ..GOOD };
    let issued = if known { authority.sign(&leaf) } else { Issued::authority().sign(&GOOD) };
    let server = TlsServer::greeting(issued.context());
    let error = check(&outlet(&server, ca, Security::Tls), &"secret".into(), &Trace::default()).await.unwrap_err();
    assert_eq!(kind(&error), "tls", "{error}");
    assert!(!error.to_string().contains("imap."), "{error}");
    assert!(tokio::task::spawn_blocking(move || server.heard(1)).await.unwrap().bytes.is_empty());
}

/// PS33: what a server says in its refusal reaches a report without its sequences.
#[tokio::test]
async fn a_refusal_brings_no_sequence() {
    let server = TlsServer::start(|mut stream, _| {
        stream.write_all("554 5.7.1 \x1b[2J\x1b]52;c;eA==\x07\u{9b}5m\u{202e}EVIL\r\n".as_bytes()).unwrap();
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).ok();
        heard
    });
    let text = format!(
        "[accounts.work]\nemail = \"ada@example.org\"\n[accounts.work.imap]\nhost = \"imap.example.org\"\n\
         password = \"secret\"\n[accounts.work.smtp]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\nauth = \"none\"\n",
        server.addr.port()
    );
    let config = Config::parse(&text, std::path::Path::new("/etc/ph/config.toml")).unwrap();
    let credential = || async { Ok(Credential::None) };
    let outcome = sending(&config.accounts[0], credential, &Trace::default(), std::time::Duration::from_mins(1)).await;
    let Outcome::Bad { words, .. } = outcome else { panic!("{outcome:?}") };
    let words = words.to_string();
    assert!(words.contains("EVIL") && !words.contains(['\x1b', '\x07', '\u{9b}', '\u{202e}']), "{words:?}");
}
