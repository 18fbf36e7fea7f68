//! The only sockets: name to address, TCP, TLS, greeting, sign-in. Each step can be tried on its own (`doctor`).

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::answer::Answer;
use super::capability::Capabilities;
use super::command::Command;
use super::driver::Driver;
use super::error::{self, Error, Refusal, bounded};
use super::guard::Transport;
use super::lines::Status;
use super::session::Session;
use super::trace::{Speaker, Trace};
use crate::sasl::{Credential, Peer, Wanted};
use login::Claim;
use starttls::{starttls, tampered};
use tls::certificate::{Certificate, Fingerprint};
use tls::client::ClientCertificate;
use tls::flaw::Flaw;
use tls::{Refused, look, tls};

pub(super) mod command;
pub mod dialer;
mod login;
pub mod starttls;
pub mod tls;

/// How a connection is made safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// STARTTLS before anything else (RFC 9051, section 6.2.1).
    StartTls,
    /// None: for loopback addresses alone.
    None,
}

/// Where an account's server is.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is made safe.
    pub security: Security,
    /// A PEM file with more trusted roots.
    pub ca_file: Option<PathBuf>,
    /// The one certificate that is taken, whoever signed it.
    pub pin: Option<Fingerprint>,
    /// Whether what is said is compressed.
    pub compress: Compress,
    /// The certificate that this side shows.
    pub client: Option<ClientCertificate>,
    /// A command for `sh -c` that is spoken to in place of a socket: host, port and TLS are its own affair.
    pub command: Option<String>,
}

impl Endpoint {
    /// A server at this place, and nothing special about it.
    pub fn new(host: &str, port: u16, security: Security) -> Self {
        Self {
            host: host.to_owned(),
            port,
            security,
            ca_file: None,
            pin: None,
            compress: Compress::Auto,
            client: None,
            command: None,
        }
    }
}

/// Whether what is said after the sign-in is compressed, where the server offers it (RFC 4978).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compress {
    /// Unless the server is on this computer: there it costs time and saves nothing.
    #[default]
    Auto,
    /// To every server.
    Always,
    /// Never.
    Never,
}

impl Compress {
    /// Whether a connection to a server here (on this computer) or elsewhere is to be compressed.
    fn wanted(self, here: bool) -> bool {
        match self {
            Self::Auto => !here,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// A connection whose greeting was read: safe, not yet signed in.
#[derive(Debug)]
pub struct Greeted {
    driver: Driver,
    capabilities: Capabilities,
    compress: bool,
    peer: Peer,
    signed_in: bool,
}

/// Time for a name, for TCP, and for TLS.
const CONNECT: Duration = Duration::from_secs(10);
/// Time for the greeting: so long that a server that never greets is asked less than ten times in ten minutes (RL44),
/// though it is asked again soon.
const GREETING: Duration = Duration::from_mins(1);
/// How long one address may keep the next one waiting (RFC 8305, section 5).
const STAGGER: Duration = Duration::from_millis(250);

/// Connects, makes the connection safe and reads the greeting.
///
/// # Errors
/// [`Error::Unreachable`], [`Error::Timeout`], [`Error::Tls`]; [`Error::Closed`] and [`Error::Throttled`] when the
/// server greets with BYE; [`Error::Protocol`] when it is no IMAP server.
pub async fn connect(endpoint: &Endpoint, trace: &Trace) -> Result<Greeted, Error> {
    if let Some(command) = &endpoint.command {
        return behind(command, endpoint, trace).await;
    }
    let host = endpoint.host.as_str();
    let addresses = resolve(host, endpoint.port).await?;
    if endpoint.security == Security::None && !addresses.iter().all(|address| address.ip().is_loopback()) {
        return Err(Error::Tls {
            host: host.to_owned(),
            reason: "a connection without TLS is allowed to this computer alone".to_owned(),
            advice: "Set security to \"tls\" or \"starttls\"".to_owned(),
            certificate: None,
        });
    }
    let mut stream = tcp(host, &addresses).await?;
    keep_alive(&stream, trace);
    let peer = stream.peer_addr().ok();
    if let Some(address) = peer {
        trace.line(Speaker::Note, &format!("connected to {address}"));
    }
    let here = peer.is_some_and(|address| address.ip().to_canonical().is_loopback());
    let safe = match endpoint.security {
        Security::None => {
            let greeted = greet(stream, host, trace).await?;
            return Ok(greeted.compressed(endpoint.compress.wanted(here)));
        }
        Security::Tls => tls(endpoint, stream).await,
        Security::StartTls => {
            starttls(&mut stream, host, trace).await?;
            tls(endpoint, stream).await
        }
    };
    let stream = match safe {
        Ok(stream) => stream,
        Err(refused) => return Err(in_words(endpoint, &addresses, refused, trace).await),
    };
    let binding = stream.tls_server_end_point().ok().flatten();
    let peer = Peer { host: host.to_owned(), port: Some(endpoint.port), binding };
    let greeted = match endpoint.security {
        Security::None | Security::Tls => greet(stream, host, trace).await,
        Security::StartTls => after_starttls(stream, host, trace).await,
    };
    greeted.map(|greeted| Greeted { peer, ..greeted }.compressed(endpoint.compress.wanted(here)))
}

/// Speaks to a command. It is trusted like a socket under TLS: it is the user's own, and may say that he is signed in.
async fn behind(command: &str, endpoint: &Endpoint, trace: &Trace) -> Result<Greeted, Error> {
    let (stream, complaints) = command::start(command, trace)?;
    let greeted = greet_as(stream, &endpoint.host, trace, PreAuth::Taken).await;
    let greeted = greeted.map_err(|error| command::in_words(error, &complaints))?;
    Ok(greeted.compressed(endpoint.compress.wanted(true)))
}

/// The error of a refused handshake. A library that refuses a certificate does not show it: it is fetched once more, to
/// tell the user its dates, names and fingerprint; nothing is said to whoever shows it.
async fn in_words(endpoint: &Endpoint, addresses: &[SocketAddr], refused: Refused, trace: &Trace) -> Error {
    let host = endpoint.host.as_str();
    if endpoint.security == Security::StartTls && matches!(refused.flaw, Flaw::NoTls) {
        return tampered(host);
    }
    let certificate = match refused.certificate {
        None if refused.flaw.is_of_certificate() => {
            timeout(CONNECT, look_again(endpoint, addresses, trace)).await.ok().flatten()
        }
        seen => seen,
    };
    Refused { certificate, ..refused }.error(host, jiff::Timestamp::now())
}

async fn look_again(endpoint: &Endpoint, addresses: &[SocketAddr], trace: &Trace) -> Option<Certificate> {
    let host = endpoint.host.as_str();
    let mut stream = tcp(host, addresses).await.ok()?;
    if endpoint.security == Security::StartTls {
        starttls(&mut stream, host, trace).await.ok()?;
    }
    look(host, stream).await
}

/// The addresses of a name, IPv6 and IPv4 by turns.
///
/// # Errors
/// [`Error::Unreachable`], also after ten seconds without an answer.
pub async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, Error> {
    let unreachable = |reason: String| Error::Unreachable { host: host.to_owned(), reason, answered: false };
    let found = timeout(CONNECT, tokio::net::lookup_host((host, port))).await;
    let found = found.map_err(|_| unreachable("the DNS does not answer".to_owned()))?;
    let found = found.map_err(|error| unreachable(format!("the name cannot be resolved: {error}")))?;
    let (six, four): (Vec<SocketAddr>, Vec<SocketAddr>) = found.partition(SocketAddr::is_ipv6);
    let longest = six.len().max(four.len());
    let pairs = (0..longest).flat_map(|index| [six.get(index), four.get(index)]);
    let addresses: Vec<SocketAddr> = pairs.flatten().copied().collect();
    if addresses.is_empty() { Err(unreachable("the name has no address".to_owned())) } else { Ok(addresses) }
}

/// A TCP connection to the first address that answers; a silent one does not hold up the next (RL13).
///
/// # Errors
/// [`Error::Unreachable`] with the first reason, also after ten seconds.
pub async fn tcp(host: &str, addresses: &[SocketAddr]) -> Result<TcpStream, Error> {
    let unreachable =
        |(reason, answered): (String, bool)| Error::Unreachable { host: host.to_owned(), reason, answered };
    let silence = |reason: &str| unreachable((reason.to_owned(), false));
    let race = async {
        let mut waiting = addresses.iter().copied();
        let mut trying = FuturesUnordered::new();
        let mut failure = None;
        loop {
            if let Some(address) = waiting.next() {
                trying.push(TcpStream::connect(address));
            } else if trying.is_empty() {
                return Err(failure.unwrap_or_else(|| ("no address".to_owned(), false)));
            }
            let more = waiting.len() > 0;
            tokio::select! {
                Some(connected) = trying.next() => match connected {
                    Ok(stream) => return Ok(stream),
                    Err(error) => {
                        let answered = dialer::answered(&error);
                        let (first, ever) = failure.unwrap_or_else(|| (error.to_string(), false));
                        failure = Some((first, ever || answered));
                    }
                },
                () = sleep(STAGGER), if more => {}
            }
        }
    };
    let stream = timeout(CONNECT, race).await.map_err(|_| silence("no answer in 10 seconds"))?;
    let stream = stream.map_err(unreachable)?;
    Ok(stream)
}

/// A dead link is noticed within 90 seconds, also while we only listen (RL08). Where the system cannot do it, the
/// time limits of IDLE do it later.
fn keep_alive(stream: &TcpStream, trace: &Trace) {
    use rustix::net::sockopt;
    let quarter = Duration::from_secs(15);
    drop(stream.set_nodelay(true));
    let set = sockopt::set_socket_keepalive(stream, true)
        .and_then(|()| sockopt::set_tcp_keepidle(stream, quarter * 3))
        .and_then(|()| sockopt::set_tcp_keepintvl(stream, quarter))
        .and_then(|()| sockopt::set_tcp_keepcnt(stream, 3))
        .and_then(|()| give_up_unheard(stream));
    if let Err(error) = set {
        trace.line(Speaker::Note, &format!("no TCP keepalive: {error}"));
    }
}

/// Keepalive asks nothing while something that was sent is not acknowledged; that has a limit of its own.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn give_up_unheard(stream: &TcpStream) -> rustix::io::Result<()> {
    rustix::net::sockopt::set_tcp_user_timeout(stream, 90_000)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn give_up_unheard(_: &TcpStream) -> rustix::io::Result<()> {
    Ok(())
}

/// Speaks IMAP over a stream that is safe already, from the greeting on.
///
/// # Errors
/// As [`connect`]. A PREAUTH greeting is refused: nobody has signed in here (PS05, PS06).
pub async fn greet<T>(stream: T, host: &str, trace: &Trace) -> Result<Greeted, Error>
where
    T: AsyncRead + AsyncWrite + Send + Sync + Unpin + 'static,
{
    greet_as(stream, host, trace, PreAuth::Refused).await
}

/// What a greeting that says that somebody has signed in already is (RFC 9051, section 7.1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PreAuth {
    /// An attack: nobody has.
    Refused,
    /// True: a command has.
    Taken,
}

async fn greet_as<T>(stream: T, host: &str, trace: &Trace, preauth: PreAuth) -> Result<Greeted, Error>
where
    T: AsyncRead + AsyncWrite + Send + Sync + Unpin + 'static,
{
    let mut driver = Driver::new(boxed(stream), trace.clone());
    let Answer::Status { outcome, code, text } = driver.answer(error::GREETING, GREETING, &mut |_| {}).await? else {
        return Err(Error::Protocol("this is no IMAP server".to_owned()));
    };
    match outcome {
        Status::Ok => {}
        Status::PreAuth if preauth == PreAuth::Taken => {}
        Status::PreAuth => {
            return Err(Error::Tls {
                host: host.to_owned(),
                reason: "the server says that somebody has signed in already (PREAUTH)".to_owned(),
                advice: "Check host and port; if they are right, do not trust this network".to_owned(),
                certificate: None,
            });
        }
        Status::Bye => return Err(Error::bye(code.as_ref().map(|code| code.name.as_str()), &text)),
        Status::No | Status::Bad => {
            let error = Error::refused("greeting", Refusal::No, code.map(|code| code.name), &text);
            return Err(if error.fatal() { error } else { Error::Closed { what: bounded(&text) } });
        }
    }
    let capabilities = code.and_then(|code| code.capabilities()).unwrap_or_default();
    let greeted = Greeted::with(driver, capabilities).await?;
    let peer = Peer { host: host.to_owned(), ..Peer::default() };
    Ok(Greeted { peer, signed_in: outcome == Status::PreAuth, ..greeted })
}

/// Speaks IMAP over a stream that STARTTLS has just made safe: there is no second greeting, and nothing that was said
/// before counts (PS08).
pub async fn after_starttls<T>(stream: T, host: &str, trace: &Trace) -> Result<Greeted, Error>
where
    T: AsyncRead + AsyncWrite + Send + Sync + Unpin + 'static,
{
    trace.line(Speaker::Note, &format!("TLS with {host}"));
    let mut driver = Driver::new(boxed(stream), trace.clone());
    driver.guard().expect_no_greeting();
    Greeted::with(driver, Capabilities::default()).await
}

fn boxed<T: Transport + 'static>(stream: T) -> Box<dyn Transport> {
    Box::new(stream)
}

impl Greeted {
    async fn with(mut driver: Driver, capabilities: Capabilities) -> Result<Self, Error> {
        let capabilities = if capabilities.is_empty() { ask_capabilities(&mut driver).await? } else { capabilities };
        driver.learn(&capabilities);
        Ok(Self { driver, capabilities, compress: false, peer: Peer::default(), signed_in: false })
    }

    /// Whether the connection is to be compressed after the sign-in, where the server offers it.
    #[must_use]
    pub fn compressed(self, compress: bool) -> Self {
        Self { compress, ..self }
    }

    /// What the server offers before the sign-in, said over the safe connection.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Whether nobody has to sign in: the command behind this connection did (PREAUTH), and no secret is needed.
    pub fn is_signed_in(&self) -> bool {
        self.signed_in
    }

    /// Signs in, by the mechanism that is wanted or the best that both sides know; then asks for the capabilities again and
    /// sends ID. With a password that is SCRAM-SHA-256-PLUS, SCRAM-SHA-256, PLAIN, LOGIN, and IMAP's LOGIN command where it
    /// is allowed; with a token OAUTHBEARER, XOAUTH2; with nothing EXTERNAL.
    ///
    /// # Errors
    /// [`Error::Auth`] when the server refuses, when there is no way that both sides know or that is wanted (the error
    /// names the server's mechanisms), and for what cannot be sent, before a byte of it is; [`Error::Tls`] when a server
    /// that has to know the password does not.
    pub async fn login(self, user: &str, credential: &Credential, want: Wanted) -> Result<Session, Error> {
        let mut session = if self.signed_in {
            login::begin(self.driver, self.capabilities).await?
        } else {
            let claim = Claim { user, credential, want, peer: &self.peer };
            login::login(self.driver, &self.capabilities, claim).await?
        };
        if self.compress {
            session.want_compress();
        }
        Ok(session)
    }
}

/// CAPABILITY (RFC 9051, section 6.1.1).
pub(super) async fn ask_capabilities(driver: &mut Driver) -> Result<Capabilities, Error> {
    let mut told = Capabilities::default();
    let mut take = |answer: Answer| {
        let Answer::Capability(capabilities) = answer else { return Some(answer) };
        told = capabilities;
        None
    };
    let done = driver.run("CAPABILITY", Command::new("CAPABILITY"), &mut take).await?;
    let told = done.code.and_then(|code| code.capabilities()).unwrap_or(told);
    if told.is_empty() {
        return Err(Error::Protocol("the server does not say what it can do".to_owned()));
    }
    Ok(told)
}

#[cfg(test)]
mod tests;
