//! Sign-in against servers that check every byte of it, that lie, and that want a certificate of this side.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use openssl::ssl::{Ssl, SslContext, SslContextBuilder, SslMethod, SslVerifyMode, SslVersion};
use openssl::symm::Cipher;
use posthaste::imap::connect::tls::client::ClientCertificate;
use posthaste::imap::connect::{Endpoint, Security, connect};
use posthaste::imap::error::{Denied, Error};
use posthaste::imap::trace::Trace;
use posthaste::sasl::{Credential, Mechanism, Wanted};
use rstest::rstest;
use tempfile::TempDir;

use crate::support::scram::{Lie, Scram};
use crate::support::tls::{GOOD, Issued, TlsServer, greet};

const BOTH: &str = "AUTH=PLAIN AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-256-PLUS";
const UNBOUND: &str = "AUTH=PLAIN AUTH=SCRAM-SHA-256";

fn scram(offers: &str) -> Scram {
    Scram { offers: offers.to_owned(), password: "secret".to_owned(), ..Scram::default() }
}

/// A server under TLS with a certificate of this authority; what it is bound to is its own certificate, or another's.
fn under_tls(server: Scram, authority: &Issued, another: bool) -> TlsServer {
    let leaf = authority.sign(&GOOD);
    let binding = if another { authority.sha256() } else { leaf.sha256() }.to_vec();
    let (server, context) = (Scram { binding, ..server }, leaf.context());
    TlsServer::start(move |stream, _| match Ssl::new(&context).unwrap().accept(stream) {
        Ok(mut stream) => server.serve(&mut stream),
        Err(_) => Vec::new(),
    })
}

fn trusting(addr: SocketAddr, authority: &Issued, dir: &TempDir) -> Endpoint {
    let ca_file = Some(authority.write(dir.path()));
    Endpoint { ca_file, ..Endpoint::new("localhost", addr.port(), Security::Tls) }
}

/// Signs in with this password, and hangs up.
async fn login(endpoint: &Endpoint, password: &str, want: Wanted, trace: &Trace) -> Result<(), Error> {
    let greeted = connect(endpoint, trace).await?;
    greeted.login("ada", &password.into(), want).await.map(drop)
}

/// The mechanisms that a server was asked for.
fn asked(server: &TlsServer) -> Vec<String> {
    let heard = String::from_utf8(server.heard(1).bytes).unwrap();
    let words = heard.split("AUTHENTICATE ").skip(1);
    words.map(|rest| rest.split([' ', '\r']).next().unwrap_or_default().to_owned()).collect()
}

/// SCRAM-SHA-256-PLUS is taken where it is offered, and what it is bound to is the server's certificate (RFC 5929, section 4);
/// nothing that the password could be guessed from is in the trace.
#[tokio::test]
async fn scram_is_bound_to_the_certificate() {
    let (authority, dir) = (Issued::authority(), tempfile::tempdir().unwrap());
    let server = under_tls(scram(BOTH), &authority, false);
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    let trace = Trace::to(Arc::new(move |line: &str| sink.lock().unwrap().push(line.to_owned())), "work".to_owned());
    login(&trusting(server.addr, &authority, &dir), "secret", Wanted::Automatic, &trace).await.unwrap();
    assert_eq!(asked(&server), ["SCRAM-SHA-256-PLUS"]);
    let lines = lines.lock().unwrap().join("\n");
    assert!(lines.contains("work S: + ***") && lines.contains("work C: ***"), "{lines}");
    assert!(lines.lines().all(|line| line.len() < 120), "{lines}");
}

/// A sign-in that is bound to another certificate than the server's is refused, and the password is not told instead.
#[tokio::test]
async fn another_certificate_is_found_out() {
    let (authority, dir) = (Issued::authority(), tempfile::tempdir().unwrap());
    let server = under_tls(scram(BOTH), &authority, true);
    let error = login(&trusting(server.addr, &authority, &dir), "secret", Wanted::Automatic, &Trace::default()).await;
    let Err(Error::Auth { text, denied: Denied::Password }) = error else { panic!("{error:?}") };
    assert!(text.contains("somebody ends TLS in between") && text.contains("scram-sha-256"), "{text}");
    assert_eq!(asked(&server), ["SCRAM-SHA-256-PLUS"]);
}

/// RFC 5802, section 6: who is not offered the bound kind under TLS says that he could; who does not want it says so.
#[rstest]
#[case(UNBOUND, Wanted::Automatic)]
#[case(BOTH, Wanted::Only(Mechanism::ScramSha256))]
#[tokio::test]
async fn scram_without_a_binding(#[case] offers: &str, #[case] want: Wanted) {
    let (authority, dir) = (Issued::authority(), tempfile::tempdir().unwrap());
    let server = under_tls(scram(offers), &authority, false);
    login(&trusting(server.addr, &authority, &dir), "secret", want, &Trace::default()).await.unwrap();
    assert_eq!(asked(&server), ["SCRAM-SHA-256"]);
}

/// A wrong password is told as one, and tried once; a server that does not know it is not believed, and told nothing more.
#[rstest]
#[case(None, "another", "user name or password is wrong")]
#[case(Some(Lie::Proof), "secret", "its proof that it knows your password is wrong")]
#[case(Some(Lie::NoProof), "secret", "did not prove that it knows your password")]
#[case(Some(Lie::Rounds), "secret", "unreasonable number of rounds")]
#[tokio::test]
async fn both_sides_have_to_know(#[case] lie: Option<Lie>, #[case] password: &str, #[case] words: &str) {
    let (authority, dir) = (Issued::authority(), tempfile::tempdir().unwrap());
    let server = under_tls(Scram { lie, ..scram(BOTH) }, &authority, false);
    let endpoint = trusting(server.addr, &authority, &dir);
    let error = login(&endpoint, password, Wanted::Automatic, &Trace::default()).await.unwrap_err();
    assert!(error.to_string().contains(words), "{error}");
    let right = match lie {
        None => matches!(error, Error::Auth { .. }),
        Some(Lie::Proof | Lie::NoProof) => matches!(error, Error::Tls { .. }),
        Some(Lie::Rounds) => matches!(error, Error::Protocol(_)),
    };
    assert!(right, "{error:?}");
    assert_eq!(asked(&server), ["SCRAM-SHA-256-PLUS"]);
}

/// A server that wants a certificate of whoever comes, of one of TLS 1.2 and 1.3.
fn picky(authority: &Issued, version: SslVersion) -> TlsServer {
    let leaf = authority.sign(&GOOD);
    let mut builder: SslContextBuilder = SslContext::builder(SslMethod::tls_server()).unwrap();
    builder.set_private_key(&leaf.key).unwrap();
    builder.set_certificate(&leaf.certificate).unwrap();
    builder.set_min_proto_version(Some(version)).unwrap();
    builder.set_max_proto_version(Some(version)).unwrap();
    builder.cert_store_mut().add_cert(authority.certificate.clone()).unwrap();
    builder.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
    let context = builder.build();
    TlsServer::start(move |stream, _| greet(&context, stream))
}

fn file(dir: &Path, name: &str, text: &[u8]) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// The files of this certificate.
fn written(issued: &Issued, dir: &Path) -> ClientCertificate {
    let certificate = file(dir, "client.pem", &issued.certificate.to_pem().unwrap());
    ClientCertificate { certificate, key: file(dir, "client.key", &issued.key.private_key_to_pem_pkcs8().unwrap()) }
}

/// A server that wants a certificate gets the configured one, from one file or from two; without one, or with one that it
/// does not trust, the error says that this is what is wrong, whichever version of TLS it comes in.
#[rstest]
#[case(SslVersion::TLS1_2)]
#[case(SslVersion::TLS1_3)]
#[tokio::test]
async fn a_certificate_of_this_side(#[case] version: SslVersion) {
    let (authority, dir) = (Issued::authority(), tempfile::tempdir().unwrap());
    let server = picky(&authority, version);
    let endpoint = trusting(server.addr, &authority, &dir);
    let with = |client: Option<ClientCertificate>| Endpoint { client, ..endpoint.clone() };
    let good = written(&authority.sign(&GOOD), dir.path());
    connect(&with(Some(good.clone())), &Trace::default()).await.unwrap();
    let both = [std::fs::read(&good.certificate).unwrap(), std::fs::read(&good.key).unwrap()].concat();
    let both = file(dir.path(), "both.pem", &both);
    let one = ClientCertificate { certificate: both.clone(), key: both };
    connect(&with(Some(one)), &Trace::default()).await.unwrap();
    let other = tempfile::tempdir().unwrap();
    let foreign = written(&Issued::authority().sign(&GOOD), other.path());
    for client in [None, Some(foreign)] {
        let error = connect(&with(client), &Trace::default()).await.unwrap_err();
        let words = error.to_string();
        let told = words.contains("this side's certificate") || words.contains("set client_cert");
        assert!(matches!(error, Error::Tls { .. }) && told, "{error}");
    }
}

/// Files that are not there or of the wrong kind are named, with what to do; nothing of the key is told.
#[tokio::test]
async fn wrong_files_are_named() {
    let (authority, dir) = (Issued::authority(), tempfile::tempdir().unwrap());
    let server = TlsServer::greeting(authority.sign(&GOOD).context());
    let good = written(&authority.sign(&GOOD), dir.path());
    let key = openssl::rsa::Rsa::generate(2048).unwrap();
    let pkcs1 = file(dir.path(), "pkcs1", &key.private_key_to_pem().unwrap());
    let sealed = openssl::pkey::PKey::from_rsa(key).unwrap();
    let other = authority.sign(&GOOD).key.private_key_to_pem_pkcs8().unwrap();
    let foreign = file(dir.path(), "foreign", &other);
    let damaged = file(dir.path(), "damaged", &other[..other.len() / 2]);
    let sealed = sealed.private_key_to_pem_pkcs8_passphrase(Cipher::aes_128_cbc(), b"x").unwrap();
    let sealed = file(dir.path(), "sealed", &sealed);
    let (nothing, text) = (dir.path().join("nothing"), file(dir.path(), "text", b"hello"));
    let with_key = |key: &PathBuf| ClientCertificate { key: key.clone(), ..good.clone() };
    for (client, words) in [
        (ClientCertificate { certificate: nothing.clone(), ..good.clone() }, "client_cert = "),
        (ClientCertificate { certificate: text.clone(), ..good.clone() }, "not in PEM form"),
        (with_key(&nothing), "No such file"),
        (with_key(&text), "no private key in PEM form"),
        (with_key(&pkcs1), "not PKCS #8"),
        (with_key(&sealed), "is encrypted"),
        (with_key(&foreign), "does not belong to the certificate"),
        (with_key(&damaged), "is damaged"),
    ] {
        let endpoint = Endpoint { client: Some(client), ..trusting(server.addr, &authority, &dir) };
        let error = connect(&endpoint, &Trace::default()).await.unwrap_err();
        assert!(matches!(error, Error::Tls { .. }) && error.to_string().contains(words), "{words}: {error}");
    }
}

/// Without TLS there is nothing to bind to: a wish for it is refused before a byte is sent.
#[tokio::test]
async fn nothing_to_bind_to() {
    let server = TlsServer::start(|mut stream, _| scram(BOTH).serve(&mut stream));
    let endpoint = Endpoint::new("127.0.0.1", server.addr.port(), Security::None);
    let want = Wanted::Only(Mechanism::ScramSha256Plus);
    let greeted = connect(&endpoint, &Trace::default()).await.unwrap();
    let error = greeted.login("ada", &Credential::from("secret"), want).await.unwrap_err();
    assert!(matches!(error, Error::Auth { denied: Denied::Unsent, .. }), "{error}");
    assert_eq!(server.heard(1).bytes, b"");
}
