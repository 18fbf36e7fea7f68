//! TLS servers as no sound one is: certificates of every kind, old protocols, weak ciphers, rude endings.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::ssl::{Ssl, SslContext, SslMethod, SslStream, SslVersion};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509Name};

use super::proxy::reset;

/// What a certificate says.
#[derive(Debug, Clone, Copy)]
pub struct Leaf<'a> {
    /// The common name.
    pub common: &'a str,
    /// DNS names of the subjectAltName.
    pub names: &'a [&'a str],
    /// Its addresses.
    pub addresses: &'a [&'a str],
    /// Days from today to the first and the last moment.
    pub days: (i64, i64),
    /// An RSA key of this length; without one an elliptic key.
    pub rsa: Option<u32>,
}

/// A good one for `localhost` and 127.0.0.1.
pub const GOOD: Leaf<'static> =
    Leaf { common: "localhost", names: &["localhost"], addresses: &["127.0.0.1"], days: (-2, 20), rsa: None };

/// A key and its certificate.
#[derive(Clone)]
pub struct Issued {
    pub key: PKey<Private>,
    pub certificate: X509,
}

impl Issued {
    /// One that signs itself.
    pub fn by_itself(leaf: &Leaf<'_>) -> Self {
        issue(leaf, None, false)
    }

    /// An authority.
    pub fn authority() -> Self {
        issue(&Leaf { common: "Test CA", names: &[], addresses: &[], ..GOOD }, None, true)
    }

    /// An authority below this one.
    pub fn below(&self) -> Self {
        issue(&Leaf { common: "Test CA 2", names: &[], addresses: &[], ..GOOD }, Some(self), true)
    }

    /// A certificate that this authority signs.
    pub fn sign(&self, leaf: &Leaf<'_>) -> Self {
        issue(leaf, Some(self), false)
    }

    /// Its certificate as a PEM file in this directory.
    pub fn write(&self, dir: &Path) -> PathBuf {
        let path = dir.join("ca.pem");
        std::fs::write(&path, self.certificate.to_pem().unwrap()).unwrap();
        path
    }

    /// The SHA-256 of its certificate, by a library that is not ours.
    pub fn sha256(&self) -> [u8; 32] {
        self.certificate.digest(MessageDigest::sha256()).unwrap().to_vec().try_into().unwrap()
    }

    /// What a server with it is like: TLS 1.2 or newer.
    pub fn context(&self) -> SslContext {
        self.context_with(None, None)
    }

    /// A server that speaks this version alone, with these ciphers; as weak as the library can be made.
    pub fn context_with(&self, version: Option<SslVersion>, ciphers: Option<&str>) -> SslContext {
        let mut builder = SslContext::builder(SslMethod::tls_server()).unwrap();
        builder.set_security_level(0);
        builder.set_private_key(&self.key).unwrap();
        builder.set_certificate(&self.certificate).unwrap();
        builder.set_min_proto_version(version).unwrap();
        builder.set_max_proto_version(version).unwrap();
        if let Some(ciphers) = ciphers {
            builder.set_cipher_list(ciphers).unwrap();
        }
        builder.build()
    }
}

fn issue(leaf: &Leaf<'_>, issuer: Option<&Issued>, authority: bool) -> Issued {
    let key = if let Some(bits) = leaf.rsa {
        PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap()
    } else {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
    };
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_nid(Nid::COMMONNAME, leaf.common).unwrap();
    let name = name.build();
    let mut builder = X509Builder::new().unwrap();
    builder.set_version(2).unwrap();
    let serial = BigNum::from_u32(rand::random::<u32>() >> 1).unwrap().to_asn1_integer().unwrap();
    builder.set_serial_number(&serial).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(issuer.map_or(&*name, |issuer| issuer.certificate.subject_name())).unwrap();
    builder.set_pubkey(&key).unwrap();
    let at = |days: i64| Asn1Time::from_unix(jiff::Timestamp::now().as_second() + days * 86_400).unwrap();
    builder.set_not_before(&at(leaf.days.0)).unwrap();
    builder.set_not_after(&at(leaf.days.1)).unwrap();
    if authority {
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    }
    if !leaf.names.is_empty() || !leaf.addresses.is_empty() {
        let mut names = SubjectAlternativeName::new();
        for one in leaf.names {
            names.dns(one);
        }
        for one in leaf.addresses {
            names.ip(&one.parse::<IpAddr>().unwrap().to_string());
        }
        let extension = names.build(&builder.x509v3_context(None, None)).unwrap();
        builder.append_extension(extension).unwrap();
    }
    builder.sign(issuer.map_or(&key, |issuer| &issuer.key), MessageDigest::sha256()).unwrap();
    Issued { key, certificate: builder.build() }
}

/// What happened at a server.
#[derive(Debug, Default, Clone)]
pub struct Heard {
    /// Connections that are over.
    pub ended: usize,
    /// Every byte that clients sent behind their handshakes.
    pub bytes: Vec<u8>,
}

/// A server of one's own making; a thread a connection.
pub struct TlsServer {
    /// Where it listens, on 127.0.0.1.
    pub addr: SocketAddr,
    heard: Arc<(Mutex<Heard>, Condvar)>,
}

impl TlsServer {
    /// Does this with each connection and its number; what it gives back are the bytes that the client sent.
    pub fn start(serve: impl Fn(TcpStream, usize) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let heard = Arc::new((Mutex::new(Heard::default()), Condvar::new()));
        let (told, serve) = (Arc::clone(&heard), Arc::new(serve));
        thread::spawn(move || {
            for (number, stream) in listener.incoming().flatten().enumerate() {
                let (told, serve) = (Arc::clone(&told), Arc::clone(&serve));
                thread::spawn(move || {
                    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                    stream.set_nodelay(true).unwrap();
                    let bytes = serve(stream, number);
                    let mut heard = told.0.lock().unwrap();
                    heard.ended += 1;
                    heard.bytes.extend(bytes);
                    told.1.notify_all();
                });
            }
        });
        Self { addr, heard }
    }

    /// A server that shakes hands, greets and listens.
    pub fn greeting(context: SslContext) -> Self {
        Self::start(move |stream, _| greet(&context, stream))
    }

    /// What was heard, once so many connections are over.
    #[track_caller]
    pub fn heard(&self, connections: usize) -> Heard {
        let waited = Duration::from_mins(1);
        let guard = self.heard.0.lock().unwrap();
        let (heard, late) = self.heard.1.wait_timeout_while(guard, waited, |heard| heard.ended < connections).unwrap();
        assert!(!late.timed_out(), "waited in vain for {connections} connections to end: {heard:?}");
        heard.clone()
    }
}

/// Shakes hands, greets and reads to the end: what came behind the handshake.
pub fn greet(context: &SslContext, stream: TcpStream) -> Vec<u8> {
    let mut heard = Vec::new();
    if let Ok(mut stream) = Ssl::new(context).unwrap().accept(stream) {
        stream.write_all(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello\r\n").ok();
        stream.read_to_end(&mut heard).ok();
    }
    heard
}

/// How a TLS connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goodbye {
    /// The stream ends, without `close_notify`.
    Fin,
    /// A reset.
    Reset,
    /// `close_notify`, and then the stream ends.
    Notify,
}

/// Ends a TLS connection.
pub fn end(stream: &mut SslStream<TcpStream>, goodbye: Goodbye) {
    match goodbye {
        Goodbye::Fin => {}
        Goodbye::Reset => reset(stream.get_ref()),
        Goodbye::Notify => drop(stream.shutdown()),
    }
    stream.get_ref().shutdown(std::net::Shutdown::Both).ok();
}

/// Passes everything between a client and a server in clear text, until the server has said `cut`: then what comes
/// before it, and `more` bytes of it, pass, and the client's connection ends. True: it did.
pub fn front(
    stream: &mut SslStream<TcpStream>,
    upstream: SocketAddr,
    cut: Option<(&str, usize, Goodbye)>,
) -> std::io::Result<bool> {
    let turn = Some(Duration::from_millis(2));
    let mut server = TcpStream::connect(upstream)?;
    server.set_nodelay(true)?;
    server.set_read_timeout(turn)?;
    stream.get_ref().set_read_timeout(turn)?;
    let (mut chunk, mut said) = (vec![0; 16 * 1024], Vec::new());
    let waits = |error: &std::io::Error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => return Ok(false),
            Ok(count) => server.write_all(&chunk[..count])?,
            Err(error) if waits(&error) => {}
            Err(error) => return Err(error),
        }
        let count = match server.read(&mut chunk) {
            Ok(0) => return Ok(false),
            Ok(count) => count,
            Err(error) if waits(&error) => continue,
            Err(error) => return Err(error),
        };
        let passed = said.len();
        said.extend_from_slice(&chunk[..count]);
        if let Some((needle, more, goodbye)) = cut
            && let Some(at) = said.windows(needle.len()).position(|window| window == needle.as_bytes())
        {
            stream.write_all(said.get(passed..at + more).unwrap_or_default())?;
            end(stream, goodbye);
            return Ok(true);
        }
        stream.write_all(&chunk[..count])?;
    }
}
