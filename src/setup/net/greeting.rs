//! Whether somebody speaks IMAP or SMTP on a port, over a connection that is safe.

use std::time::Duration;

use async_native_tls::{Protocol, TlsConnector};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::Miss;
use crate::config::Security;
use crate::imap::connect::{self, Endpoint};
use crate::imap::error::Error;
use crate::imap::trace::Trace;
use crate::setup::plan::Server;

/// Time for a port: discovery ends soon after.
const LIMIT: Duration = Duration::from_secs(4);

/// Bytes of an answer; a greeting has a line.
const ANSWER: usize = 4 * 1024;

/// Connects, looks at the certificate and reads the greeting of an IMAP server.
pub(super) async fn imap(server: &Server) -> Result<(), Miss> {
    let security = match server.security {
        Security::Tls => connect::Security::Tls,
        Security::StartTls => connect::Security::StartTls,
        Security::None => return Err(Miss::Nothing),
    };
    let endpoint = Endpoint::new(&server.host, server.port, security);
    match timeout(LIMIT, connect::connect(&endpoint, &Trace::default())).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(Error::Unreachable { reason, .. })) => Err(unreached(&reason)),
        Err(_) => Err(Miss::Failed("no answer in time".to_owned())),
        Ok(Err(error)) => Err(Miss::Failed(error.to_string())),
    }
}

/// Nobody is there; or it is this computer that reaches nobody, which says nothing of who is there.
fn unreached(reason: &str) -> Miss {
    let here = ["Temporary failure", "DNS does not answer", "unreachable", "No route"];
    if here.iter().any(|words| reason.contains(words)) { Miss::Failed(reason.to_owned()) } else { Miss::Nothing }
}

/// The same for a server that takes mail to be sent. It gets EHLO at most, with no name of this computer (PV06).
pub(super) async fn submission(server: &Server) -> Result<(), Miss> {
    timeout(LIMIT, submits(server)).await.unwrap_or_else(|_| Err(Miss::Failed("no answer in time".to_owned())))
}

async fn submits(server: &Server) -> Result<(), Miss> {
    let host = server.host.as_str();
    let nothing = |error| {
        if let Error::Unreachable { reason, .. } = error { unreached(&reason) } else { Miss::Nothing }
    };
    let addresses = connect::resolve(host, server.port).await.map_err(nothing)?;
    let mut stream = connect::tcp(host, &addresses).await.map_err(nothing)?;
    if server.security == Security::StartTls {
        expect(&mut stream, "220").await?;
        say(&mut stream, "EHLO [127.0.0.1]\r\n").await?;
        expect(&mut stream, "250").await?;
        say(&mut stream, "STARTTLS\r\n").await?;
        expect(&mut stream, "220").await?;
    }
    let connector = TlsConnector::new().min_protocol_version(Some(Protocol::Tlsv12));
    let safe = connector.connect(host, stream).await;
    let mut safe = safe.map_err(|error| Miss::Failed(format!("no safe connection to {host}: {error}")))?;
    match server.security {
        Security::Tls => expect(&mut safe, "220").await,
        // The greeting came before; the handshake is the answer.
        Security::StartTls | Security::None => Ok(()),
    }
}

async fn say(stream: &mut (impl AsyncWrite + Unpin), line: &str) -> Result<(), Miss> {
    stream.write_all(line.as_bytes()).await.map_err(|_| Miss::Nothing)
}

/// Reads an answer, which may have several lines, to its last one (RFC 5321, section 4.2.1).
async fn expect(stream: &mut (impl AsyncRead + Unpin), code: &str) -> Result<(), Miss> {
    let (mut answer, mut chunk) = (Vec::new(), [0; 512]);
    while answer.len() < ANSWER {
        let count = stream.read(&mut chunk).await.map_err(|_| Miss::Nothing)?;
        answer.extend_from_slice(chunk.get(..count).unwrap_or_default());
        let text = String::from_utf8_lossy(&answer);
        let last = text.lines().last().filter(|_| text.ends_with('\n'));
        if let Some(last) = last.filter(|line| line.as_bytes().get(3) != Some(&b'-')) {
            let fine = last.starts_with(code);
            return if fine { Ok(()) } else { Err(Miss::Failed("it is no mail server".to_owned())) };
        }
        if count == 0 {
            break;
        }
    }
    Err(Miss::Nothing)
}

#[cfg(test)]
mod tests {
    use super::{Miss, unreached};

    /// A computer without a network finds nothing out; where a host says no, or has no name, there is nothing.
    #[test]
    fn offline_is_not_nothing() {
        for reason in [
            "the name cannot be resolved: failed to lookup address information: Temporary failure in name resolution",
            "the DNS does not answer",
            "Network is unreachable (os error 101)",
            "No route to host (os error 113)",
        ] {
            assert!(matches!(unreached(reason), Miss::Failed(_)), "{reason}");
        }
        for reason in [
            "Connection refused (os error 111)",
            "the name cannot be resolved: failed to lookup address information: Name or service not known",
        ] {
            assert_eq!(unreached(reason), Miss::Nothing, "{reason}");
        }
    }
}
