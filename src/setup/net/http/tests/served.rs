//! Files from a server of the tests' own, on 127.0.0.1.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::ssl::{Ssl, SslContext, SslMethod, SslStream};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Name};
use ureq::tls::{Certificate, RootCerts};

use crate::reach;
use crate::setup::net::Miss;
use crate::setup::net::http::{Getter, failed};

/// A server that answers a path so; and a getter that trusts it.
fn serve(answer: impl Fn(&str, u16, &mut SslStream<TcpStream>) + Send + 'static) -> (Getter, u16) {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_nid(Nid::COMMONNAME, "autoconfig").unwrap();
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
    let certificate = builder.build();
    let mut context = SslContext::builder(SslMethod::tls_server()).unwrap();
    context.set_private_key(&key).unwrap();
    context.set_certificate(&certificate).unwrap();
    let context = context.build();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let Ok(mut stream) = Ssl::new(&context).unwrap().accept(stream) else { continue };
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
                head.push(byte[0]);
            }
            let head = String::from_utf8(head).unwrap();
            answer(head.split(' ').nth(1).unwrap_or_default(), port, &mut stream);
            stream.shutdown().ok();
        }
    });
    let trusted = Certificate::from_der(&certificate.to_der().unwrap()).to_owned();
    let getter = Getter {
        allowed: Arc::new(|address| address == IpAddr::V4(Ipv4Addr::LOCALHOST)),
        roots: RootCerts::new_with_certs(&[trusted]),
        proxy: None,
    };
    (getter, port)
}

fn redirect(stream: &mut SslStream<TcpStream>, location: &str) {
    let head = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).ok();
}

/// A file is fetched, also behind a redirect; to http, to a private address, to nowhere and in a ring nobody follows; what
/// is longer than it may be is not read to its end, whether it says so or not.
#[test]
fn files_are_fetched_with_care() {
    let (getter, port) = serve(|path, port, stream| match path {
        "/here" => redirect(stream, "/file"),
        "/plain" => redirect(stream, &format!("http://127.0.0.1:{port}/file")),
        "/private" => redirect(stream, &format!("https://127.0.0.2:{port}/file")),
        "/named" => redirect(stream, &format!("https://localhost:{port}/file")),
        "/secret" => redirect(stream, &format!("https://ada:secret@127.0.0.1:{port}/file")),
        "/nowhere" => redirect(stream, "https://"),
        "/ring" => redirect(stream, "/ring"),
        "/endless" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").ok();
            while stream.write_all(&[b'<'; 8192]).is_ok() {}
        }
        "/file" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi").ok();
        }
        "/broken" => drop(stream.write_all(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")),
        _ => drop(stream.write_all(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")),
    });
    let get = |path: &str| getter.get(&format!("https://127.0.0.1:{port}{path}"));
    assert_eq!(get("/file"), Ok(b"hi".to_vec()));
    assert_eq!(get("/here"), Ok(b"hi".to_vec()));
    assert_eq!(get("/gone"), Err(Miss::Nothing));
    assert_eq!(get("/broken"), Err(failed("it answers 503")));
    assert_eq!(get("/plain"), Err(failed("it leads to an address that is not https")));
    for path in ["/private", "/named", "/secret"] {
        assert_eq!(get(path), Err(failed(reach::PRIVATE)), "{path}");
    }
    assert_eq!(get("/nowhere"), Err(failed("it redirects to nowhere")));
    assert_eq!(get("/ring"), Err(failed("it redirects without end")));
    assert_eq!(get("/endless"), Err(failed("the file is too long")));
}

/// A server that nobody vouches for is not believed.
#[test]
fn an_unknown_certificate_is_refused() {
    let (getter, port) = serve(|_, _, stream| drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")));
    let getter = Getter { roots: RootCerts::PlatformVerifier, ..getter };
    assert!(matches!(getter.get(&format!("https://127.0.0.1:{port}/file")), Err(Miss::Failed(_))));
}
