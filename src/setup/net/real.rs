//! The net itself.

use super::{Miss, Net, Speech, dns, greeting, http};
use crate::setup::plan::Server;
use crate::setup::services::Service;

/// The net as this computer sees it: its name servers, its trusted roots, its proxy.
#[derive(Debug, Clone)]
pub struct Real {
    dns: dns::Resolver,
    http: http::Getter,
}

impl Real {
    /// With the system's settings, which are read here: a small file and the environment.
    pub fn new() -> Self {
        Self { dns: dns::Resolver::system(), http: http::Getter::new() }
    }
}

impl Default for Real {
    fn default() -> Self {
        Self::new()
    }
}

impl Net for Real {
    async fn get(&self, url: String) -> Result<Vec<u8>, Miss> {
        let getter = self.http.clone();
        // The library blocks; its time is bounded, so that a thread that nobody waits for any more ends soon.
        let got = tokio::task::spawn_blocking(move || getter.get(&url)).await;
        got.unwrap_or_else(|_| Err(Miss::Failed("the request broke off".to_owned())))
    }

    async fn services(&self, name: String) -> Result<Vec<Service>, Miss> {
        self.dns.services(&name).await
    }

    async fn mail_servers(&self, domain: String) -> Result<Vec<String>, Miss> {
        self.dns.mail_servers(&domain).await
    }

    async fn greets(&self, server: Server, speech: Speech) -> Result<(), Miss> {
        match speech {
            Speech::Imap => greeting::imap(&server).await,
            Speech::Submission => greeting::submission(&server).await,
        }
    }
}
