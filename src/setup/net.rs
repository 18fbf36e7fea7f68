//! What discovery asks of the net, behind a trait, so that tests answer it themselves.

use std::future::Future;

use super::plan::Server;
use super::services::Service;

pub mod dns;
pub mod real;

mod greeting;
mod http;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Miss {
    /// There is nothing: no such name, no such page, nobody listens.
    Nothing,
    /// It could not be found out, and why, in words that may hold what a server said.
    Failed(String),
}

/// What is spoken on a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Speech {
    /// IMAP.
    Imap,
    /// SMTP submission (RFC 6409).
    Submission,
}

/// The net.
pub trait Net: Send + Sync + 'static {
    /// The file at an https URL. Bounded in size, time and redirects; never http, never a private address.
    fn get(&self, url: String) -> impl Future<Output = Result<Vec<u8>, Miss>> + Send;

    /// The service records of a name; an empty target stands for ".".
    fn services(&self, name: String) -> impl Future<Output = Result<Vec<Service>, Miss>> + Send;

    /// The hosts that take the mail of a domain, the preferred one first; an empty one stands for "." (RFC 7505).
    fn mail_servers(&self, domain: String) -> impl Future<Output = Result<Vec<String>, Miss>> + Send;

    /// Connects safely, with a certificate that is good for the host, and reads the greeting. Nothing of the user is sent.
    fn greets(&self, server: Server, speech: Speech) -> impl Future<Output = Result<(), Miss>> + Send;
}
