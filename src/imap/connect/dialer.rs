//! How a server is reached: through a socket, or, in tests in simulated time, inside this process.

use std::fmt;
use std::io;
use std::sync::Arc;

use tokio::io::DuplexStream;

use super::{Endpoint, Greeted, Security, connect, greet};
use crate::imap::error::Error;
use crate::imap::trace::Trace;

/// Opens a stream to a server in this process; an error stands for a server that cannot be reached.
pub type Open = Arc<dyn Fn() -> io::Result<DuplexStream> + Send + Sync>;

/// The way to a server.
#[derive(Clone, Default)]
pub enum Dialer {
    /// Through the network.
    #[default]
    Network,
    /// Through a stream in this process, in clear text: no byte of it leaves the program.
    Inside(Open),
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Network => "Network",
            Self::Inside(_) => "Inside",
        })
    }
}

/// Whether this failure to connect is an answer of the host, and not a silence or one of the network.
pub(super) fn answered(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset)
}

impl Dialer {
    /// A number from 0 to 1 that spreads what is tried again over time: chance, but in simulated time always the middle,
    /// so that a sequence of events can be run again.
    pub fn jitter(&self) -> f64 {
        match self {
            Self::Network => rand::random(),
            Self::Inside(_) => 0.5,
        }
    }

    /// Connects, makes the connection safe and reads the greeting.
    ///
    /// # Errors
    /// As [`connect`].
    pub async fn dial(&self, endpoint: &Endpoint, trace: &Trace) -> Result<Greeted, Error> {
        match self {
            Self::Network => connect(endpoint, trace).await,
            Self::Inside(_) if endpoint.security != Security::None => Err(Error::Tls {
                host: endpoint.host.clone(),
                reason: "there is no TLS inside this program".to_owned(),
                advice: "Set security to \"none\"".to_owned(),
                certificate: None,
            }),
            Self::Inside(open) => {
                let unreachable = |error: io::Error| Error::Unreachable {
                    host: endpoint.host.clone(),
                    reason: error.to_string(),
                    answered: answered(&error),
                };
                let greeted = greet(open().map_err(unreachable)?, &endpoint.host, trace).await?;
                Ok(greeted.compressed(endpoint.compress.wanted(true)))
            }
        }
    }
}
