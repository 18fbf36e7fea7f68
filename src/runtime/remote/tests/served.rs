//! Fetches from a server of the tests' own, on 127.0.0.1.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc;
use std::time::Duration;

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{Ssl, SslContext, SslMethod, SslStream};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Name};
use ureq::tls::Certificate;

use crate::reach;
use crate::runtime::remote::{Fetcher, LATE, Limits, RootCerts, Wanted};
use crate::sync::post::{Clicker as _, Missed};
use std::thread;
use std::time::Instant;

type Stream = SslStream<std::net::TcpStream>;

/// A certificate for 127.0.0.1 that signs itself, and its key.
fn issue() -> (X509, PKey<Private>) {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_nid(Nid::COMMONNAME, "pictures").unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(2).unwrap()).unwrap();
    builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    let names = SubjectAlternativeName::new().ip("127.0.0.1").build(&builder.x509v3_context(None, None)).unwrap();
    builder.append_extension(names).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    (builder.build(), key)
}

/// A server: where it is, who trusts it, and each request's head.
struct Server {
    port: u16,
    fetcher: Fetcher,
    heads: mpsc::Receiver<String>,
}

impl Server {
    /// One that answers a request's head, and its own port, so.
    fn start(answer: impl Fn(&str, u16, &mut Stream) + Send + Sync + 'static) -> Self {
        let (certificate, key) = issue();
        let mut context = SslContext::builder(SslMethod::tls_server()).unwrap();
        context.set_private_key(&key).unwrap();
        context.set_certificate(&certificate).unwrap();
        let context = context.build();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (told, heads) = mpsc::channel();
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (context, told, answer) = (context.clone(), told.clone(), Arc::clone(&answer));
                thread::spawn(move || {
                    let Ok(mut stream) = Ssl::new(&context).unwrap().accept(stream) else {
                        return;
                    };
                    // Several requests may come over a connection.
                    while let Some(head) = head(&mut stream) {
                        told.send(head.clone()).ok();
                        answer(&head, port, &mut stream);
                    }
                });
            }
        });
        let trusted = Certificate::from_der(&certificate.to_der().unwrap()).to_owned();
        let fetcher = Fetcher {
            limits: Limits { bytes: 100_000, all_bytes: 150_000, each: Duration::from_secs(5), ..Limits::default() },
            allowed: Arc::new(|address| address == IpAddr::V4(Ipv4Addr::LOCALHOST)),
            roots: RootCerts::new_with_certs(&[trusted]),
            proxy: None,
        };
        Self { port, fetcher, heads }
    }

    /// Fetches these paths.
    fn fetch(&self, paths: &[&str]) -> Vec<Result<Vec<u8>, String>> {
        let url = |path: &&str| Wanted { url: format!("https://127.0.0.1:{}{path}", self.port) };
        self.fetcher.fetch(&paths.iter().map(url).collect::<Vec<_>>(), &AtomicBool::new(false))
    }
}

/// A request's head; none at the connection's end.
fn head(stream: &mut Stream) -> Option<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    String::from_utf8(head).ok()
}

fn picture(length: usize) -> Vec<u8> {
    let mut bytes = b"GIF89a".to_vec();
    bytes.resize(length, 0);
    bytes
}

fn ok(stream: &mut Stream, headers: &str, body: &[u8]) {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    stream.write_all(&[head.as_bytes(), body].concat()).ok();
}

fn redirect(stream: &mut Stream, location: &str) {
    let head = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nSet-Cookie: a=b\r\n\r\n");
    stream.write_all(head.as_bytes()).ok();
}

/// Protects the reader's privacy: a request says what it must and nothing more, also behind a redirect and a cookie.
#[test]
fn a_request_says_little() {
    let server = Server::start(|head, _, stream| {
        if head.starts_with("GET /1?a=b%20c ") {
            redirect(stream, "/2");
        } else {
            ok(stream, "Content-Type: text/html\r\nSet-Cookie: c=d\r\n", &picture(40));
        }
    });
    assert_eq!(server.fetch(&["/1?a=b c#part"]), [Ok(picture(40))], "the bytes decide, not the content type");
    let heads = [server.heads.recv().unwrap(), server.heads.recv().unwrap()];
    assert!(heads[0].starts_with("GET /1?a=b%20c HTTP/1.1\r\n"), "{}", heads[0]);
    assert!(heads[1].starts_with("GET /2 HTTP/1.1\r\n"), "{}", heads[1]);
    for head in heads {
        let mut lines: Vec<String> = head.lines().skip(1).map(str::to_ascii_lowercase).collect();
        lines.retain(|line| !line.is_empty());
        lines.sort();
        let host = format!("host: 127.0.0.1:{}", server.port);
        assert_eq!(lines, ["accept: image/*", &host, "user-agent: mozilla/5.0"]);
    }
}

/// Protects the user's network and the line's secrecy from what a server redirects to.
#[test]
fn a_redirect_is_checked() {
    let server = Server::start(|head, port, stream| match head.split(' ').nth(1).unwrap() {
        "/plain" => redirect(stream, &format!("http://127.0.0.1:{port}/picture")),
        "/private" => redirect(stream, &format!("https://127.0.0.2:{port}/picture")),
        "/named" => redirect(stream, &format!("https://localhost:{port}/picture")),
        "/nowhere" => redirect(stream, "https://"),
        "/round" => redirect(stream, "/round"),
        _ => ok(stream, "", &picture(20)),
    });
    let results = server.fetch(&["/plain", "/private", "/named", "/nowhere", "/round", "/picture"]);
    assert_eq!(results[0], Err("the address is not https".to_owned()));
    assert_eq!(results[1], Err(reach::PRIVATE.to_owned()));
    assert_eq!(results[2], Err(reach::PRIVATE.to_owned()));
    assert!(results[3].as_ref().unwrap_err().starts_with("the server redirects to no address"));
    assert_eq!(results[4], Err("more than 3 redirects".to_owned()));
    assert_eq!(results[5], Ok(picture(20)));
    let asked = server.heads.try_iter().filter(|head| head.starts_with("GET /round ")).count();
    assert_eq!(asked, 4);
}

/// Protects memory and the line: a body is cut off, whether it says its length or not, and all together are bounded.
#[test]
fn a_long_body_is_cut_off() {
    let mut server = Server::start(|head, _, stream| match head.split(' ').nth(1).unwrap() {
        "/says" => ok(stream, "", &picture(100_001)),
        "/endless" => {
            let chunk = [b"2000\r\n".as_slice(), &picture(0x2000), b"\r\n"].concat();
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").ok();
            while stream.write_all(&chunk).is_ok() {}
        }
        "/text" => ok(stream, "Content-Type: image/png\r\n", b"<html>not a picture</html>"),
        "/gone" => drop(stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")),
        _ => ok(stream, "", &picture(100_000)),
    });
    let results = server.fetch(&["/says", "/text", "/gone", "/endless"]);
    assert_eq!(results[0], Err("the picture has more than 100000 bytes".to_owned()));
    assert_eq!(results[1], Err("it is not a PNG, JPEG, GIF or WebP picture".to_owned()));
    assert_eq!(results[2], Err("the server answered 404".to_owned()));
    assert_eq!(results[3], Err("the picture has more than 100000 bytes".to_owned()));
    // One after the other: what a picture that is given up has cost counts as well.
    server.fetcher.limits.at_once = 1;
    let results = server.fetch(&["/a", "/b"]);
    assert_eq!(results[0], Ok(picture(100_000)));
    assert_eq!(results[1], Err("the message's pictures have more than 150000 bytes".to_owned()));
}

/// Protects the number of pictures a message may ask for.
#[test]
fn so_many_pictures_and_no_more() {
    let mut server = Server::start(|_, _, stream| ok(stream, "", &picture(20)));
    server.fetcher.limits.pictures = 2;
    let results = server.fetch(&["/a", "/b", "/c"]);
    assert_eq!(results[2], Err("the message has more than 2 pictures".to_owned()));
    assert_eq!(results[..2], [Ok(picture(20)), Ok(picture(20))]);
    assert_eq!(server.heads.try_iter().count(), 2);
}

/// Protects patience: a server that is silent, or that drips, is left in time.
#[test]
fn a_slow_server_is_left() {
    let mut server = Server::start(|head, _, stream| {
        if head.starts_with("GET /drip ") {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\nGIF89a\0\0\0\0\0\0").ok();
        }
        // Silence, until the client leaves.
        stream.read_exact(&mut [0]).ok();
    });
    server.fetcher.limits.each = Duration::from_millis(400);
    let started = Instant::now();
    assert_eq!(server.fetch(&["/silent", "/drip"]), vec![Err(LATE.to_owned()); 2]);
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    server.fetcher.limits.each = Duration::from_mins(1);
    server.fetcher.limits.all = Duration::from_millis(400);
    server.fetcher.limits.at_once = 1;
    assert_eq!(server.fetch(&["/silent", "/drip"]), vec![Err(LATE.to_owned()); 2], "all together");
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
}

/// Protects the line: a server that nobody vouches for is not asked.
#[test]
fn an_unknown_certificate_is_refused() {
    let mut server = Server::start(|_, _, stream| ok(stream, "", &picture(20)));
    server.fetcher.roots = RootCerts::PlatformVerifier;
    assert!(server.fetch(&["/a"])[0].is_err());
    assert_eq!(server.heads.try_iter().count(), 0);
}

/// RFC 8058: a click posts what is to be posted and nothing more; what leads elsewhere, fails or lies in a private network is
/// told, and not followed.
#[test]
fn one_click_posts() {
    let server = Server::start(|head, _, stream| match head.split(' ').nth(1).unwrap() {
        "/gone" => drop(stream.write_all(b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")),
        "/busy" => drop(stream.write_all(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")),
        "/slow" => drop(stream.write_all(b"HTTP/1.1 429 Slow\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")),
        "/away" => redirect(stream, "/u"),
        _ => {
            let mut body = [0; 26];
            stream.read_exact(&mut body).unwrap();
            assert_eq!(&body, b"List-Unsubscribe=One-Click");
            ok(stream, "Set-Cookie: c=d\r\n", b"bye");
        }
    });
    let click = |path: &str| server.fetcher.click(&format!("https://127.0.0.1:{}{path}", server.port));
    assert_eq!(click("/u?id=1"), Ok(()));
    let head = server.heads.recv().unwrap();
    assert!(head.starts_with("POST /u?id=1 HTTP/1.1\r\n"), "{head}");
    let mut lines: Vec<String> = head.lines().skip(1).map(str::to_ascii_lowercase).collect();
    lines.retain(|line| !line.is_empty());
    lines.sort();
    let host = format!("host: 127.0.0.1:{}", server.port);
    let wanted = ["accept: image/*", "content-length: 26", "content-type: application/x-www-form-urlencoded", &host];
    assert_eq!(lines, [&wanted[..], &["user-agent: mozilla/5.0"]].concat());
    assert_eq!(click("/gone"), Err(Missed::Refused("the server answered 410".to_owned())));
    assert_eq!(click("/busy"), Err(Missed::Busy("the server answered 503".to_owned())));
    assert_eq!(click("/slow"), Err(Missed::Busy("the server answered 429".to_owned())));
    assert!(matches!(click("/away"), Err(Missed::Refused(why)) if why.contains("lead elsewhere")));
    assert_eq!(server.heads.try_iter().filter(|head| head.contains("/u ")).count(), 0);
    let refused = |why: &str| Err(Missed::Refused(why.to_owned()));
    assert_eq!(server.fetcher.click("http://127.0.0.1/u"), refused("the address is not https"));
    assert_eq!(server.fetcher.click("https://127.0.0.2/u"), refused(reach::PRIVATE));
    // Where nobody listens, as without a network, is another matter than who says no.
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let unheard = server.fetcher.click(&format!("https://127.0.0.1:{deaf}/u"));
    assert!(matches!(unheard, Err(Missed::Unreached(_))), "{unheard:?}");
}
