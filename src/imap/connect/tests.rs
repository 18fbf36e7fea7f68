//! Connecting: what is sent before TLS and what is refused.

use std::net::{Ipv4Addr, SocketAddr};

use super::{Compress, Endpoint, Security, connect, resolve, tcp};
use crate::imap::error::Error;
use crate::imap::trace::Trace;

/// P9: without TLS, no address but this computer's is ever connected to.
#[tokio::test]
async fn plain_text_stays_on_this_computer() {
    let endpoint = Endpoint::new("192.0.2.1", 143, Security::None);
    assert!(matches!(connect(&endpoint, &Trace::default()).await, Err(Error::Tls { .. })));
}

/// RL13: a refused address is followed by the next; when all refuse, the reason is told.
#[tokio::test]
async fn tries_every_address() {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let open = listener.local_addr().unwrap();
    let closed = {
        let other = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        other.local_addr().unwrap()
    };
    assert_eq!(tcp("x", &[closed, open]).await.unwrap().peer_addr().unwrap(), open);
    assert!(matches!(tcp("x", &[closed]).await, Err(Error::Unreachable { .. })));
}

/// A name that cannot be, and an address as it stands.
#[tokio::test]
async fn resolves() {
    assert_eq!(resolve("127.0.0.1", 993).await.unwrap(), [SocketAddr::from((Ipv4Addr::LOCALHOST, 993))]);
    assert!(matches!(resolve("", 993).await, Err(Error::Unreachable { .. })));
}

/// RL08: the system gives a dead connection up within 90 seconds, read back from the socket: 45 of silence and three
/// questions 15 apart, and 90 for what was sent and not acknowledged.
#[tokio::test]
async fn a_socket_is_kept_alive() {
    use rustix::net::sockopt;
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let stream = tcp("x", &[listener.local_addr().unwrap()]).await.unwrap();
    super::keep_alive(&stream, &Trace::default());
    assert!(sockopt::socket_keepalive(&stream).unwrap() && sockopt::tcp_nodelay(&stream).unwrap());
    let idle = sockopt::tcp_keepidle(&stream).unwrap();
    let limit = idle + sockopt::tcp_keepintvl(&stream).unwrap() * sockopt::tcp_keepcnt(&stream).unwrap();
    assert_eq!(limit, std::time::Duration::from_secs(90));
    #[cfg(any(target_os = "linux", target_os = "android"))]
    assert_eq!(sockopt::tcp_user_timeout(&stream).unwrap(), 90_000);
}

/// RL08, RL44: a host that refuses is there; a network without a way to it has heard nothing.
#[tokio::test]
async fn a_refusal_is_an_answer() {
    let closed = {
        let other = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        other.local_addr().unwrap()
    };
    let refused = tcp("x", &[closed]).await.unwrap_err();
    assert!(matches!(refused, Error::Unreachable { answered: true, .. }) && !refused.is_silence());
    let silent = Error::Unreachable { host: String::new(), reason: String::new(), answered: false };
    assert!(silent.is_silence() && resolve("", 993).await.unwrap_err().is_silence());
}

/// Compressing is left to servers elsewhere unless it is asked for: on this computer it costs time and saves nothing.
#[test]
fn compresses_what_travels() {
    let wanted = |compress: Compress| (compress.wanted(true), compress.wanted(false));
    assert_eq!(wanted(Compress::Auto), (false, true));
    assert_eq!(wanted(Compress::Always), (true, true));
    assert_eq!(wanted(Compress::Never), (false, false));
}
