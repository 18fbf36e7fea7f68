//! The embedded IMAP server: what it offers, its socket, a task for each connection.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::io::DuplexStream;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use crate::demo::session::Session;
use crate::demo::world::World;

/// What the server offers unless told otherwise.
const CAPABILITIES: [&str; 20] = [
    "IMAP4rev1",
    "LITERAL+",
    "SASL-IR",
    "AUTH=PLAIN",
    "ENABLE",
    "ID",
    "IDLE",
    "NAMESPACE",
    "UIDPLUS",
    "MOVE",
    "ESEARCH",
    "UNSELECT",
    "SPECIAL-USE",
    "LIST-EXTENDED",
    "LIST-STATUS",
    "CHILDREN",
    "CONDSTORE",
    "QRESYNC",
    "NOTIFY",
    "COMPRESS=DEFLATE",
];

/// Where the server tells the new UIDs after COPY and MOVE; real servers differ (RL29).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CopyUid {
    /// Tagged after COPY, untagged before the EXPUNGEs of MOVE (RFC 6851, section 4.3): Dovecot.
    #[default]
    Standard,
    /// In the tagged answer of both: Gmail.
    Tagged,
    /// A line `[COPYUID …]` without `* OK`: Exchange 2013.
    Bare,
    /// Never.
    Absent,
}

/// What a server offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Capabilities; a verb whose capability is missing is answered BAD.
    pub capabilities: Vec<String>,
    /// Where COPYUID is told.
    pub copy_uid: CopyUid,
    /// The prefix of the personal namespace, such as `INBOX.`; mailboxes are named with it.
    pub prefix: String,
    /// Whether it takes IDLE and then tells nothing in it, as some servers do.
    pub silent_idle: bool,
    /// Whether it keeps keywords; if not, it says OK to them and forgets them.
    pub keywords: bool,
}

impl Default for Options {
    fn default() -> Self {
        let capabilities = CAPABILITIES.iter().map(|name| (*name).to_owned());
        Self {
            capabilities: capabilities.collect(),
            copy_uid: CopyUid::Standard,
            prefix: String::new(),
            silent_idle: false,
            keywords: true,
        }
    }
}

impl Options {
    /// Whether mailboxes count their changes: QRESYNC includes CONDSTORE (RFC 7162, section 3.2.3).
    pub fn counts_changes(&self) -> bool {
        self.has("CONDSTORE") || self.has("QRESYNC")
    }

    /// Without this capability.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.capabilities.retain(|capability| !capability.eq_ignore_ascii_case(name));
        self
    }

    /// With this capability too; the server only says so.
    #[must_use]
    pub fn with(mut self, name: &str) -> Self {
        self.capabilities.push(name.to_owned());
        self
    }

    /// Without a word in IDLE.
    #[must_use]
    pub fn with_silent_idle(mut self) -> Self {
        self.silent_idle = true;
        self
    }

    /// Keeping no keywords.
    #[must_use]
    pub fn without_keywords(mut self) -> Self {
        self.keywords = false;
        self
    }

    /// With COPYUID told in this way.
    #[must_use]
    pub fn with_copy_uid(mut self, copy_uid: CopyUid) -> Self {
        self.copy_uid = copy_uid;
        self
    }

    /// Whether this capability is offered.
    pub fn has(&self, name: &str) -> bool {
        self.capabilities.iter().any(|capability| capability.eq_ignore_ascii_case(name))
    }
}

/// A running server; dropping it closes the socket and every connection.
#[derive(Debug)]
pub struct Server {
    /// Where it listens: loopback, a free port.
    pub addr: SocketAddr,
    world: World,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Starts a server on a free loopback port, on the tokio runtime of the caller.
    ///
    /// # Errors
    /// When there is no loopback address to listen at.
    pub async fn start(world: World, options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let accepting = tokio::spawn(accept(listener, world.clone(), Arc::new(options)));
        Ok(Self { addr, world, accepting })
    }

    /// The port it listens at.
    pub fn port(&self) -> u16 {
        self.addr.port()
    }

    /// The state behind it.
    pub fn world(&self) -> &World {
        &self.world
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// How much a stream inside this process holds before its writer waits.
const PIPE: usize = 64 * 1024;

/// Connects a client in this process, without a socket: the session is a task of the caller's tokio runtime and ends
/// with the stream that is returned.
pub fn connect_inside(world: &World, options: &Arc<Options>) -> DuplexStream {
    let (ours, theirs) = tokio::io::duplex(PIPE);
    tokio::spawn(Session::new(theirs, world.clone(), Arc::clone(options)).run());
    ours
}

async fn accept(listener: TcpListener, world: World, options: Arc<Options>) {
    // The set dies with this task, and the sessions with the set.
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                // Answers are small and a client waits for each.
                stream.set_nodelay(true).ok();
                let (world, options) = (world.clone(), Arc::clone(&options));
                sessions.spawn(async move { Session::new(stream, world, options).run().await });
            }
            Some(_) = sessions.join_next() => {}
        }
    }
}
