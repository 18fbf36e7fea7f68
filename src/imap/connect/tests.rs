//! Connecting: what is sent before TLS and what is refused.

use std::net::{Ipv4Addr, SocketAddr};

use super::{Endpoint, Security, connect, resolve, tcp};
use crate::imap::error::Error;
use crate::imap::trace::Trace;

/// P9: without TLS, no address but this computer's is ever connected to.
#[tokio::test]
async fn plain_text_stays_on_this_computer() {
    let endpoint =
        Endpoint { host: "192.0.2.1".to_owned(), port: 143, security: Security::None, ca_file: None, pin: None };
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
