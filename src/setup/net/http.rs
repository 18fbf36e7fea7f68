//! Small files over https: public addresses alone, at most three redirects, so many bytes and so much time.

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::config::AutoHeaderValue;
use ureq::http::header::LOCATION;
use ureq::http::{Response, StatusCode};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body, Proxy};
use url::{Host, Url};

use super::Miss;
use crate::reach::{self, Allowed, Guard};

/// The longest file. The longest of the database has a tenth of it.
const MAX_BYTES: u64 = 256 * 1024;

/// Redirects: some providers send from the domain to where the file is.
const REDIRECTS: usize = 3;

/// Time for a file with all its redirects.
const LIMIT: Duration = Duration::from_secs(5);

/// Fetches. What it says of us is what every program says: nothing.
#[derive(Clone)]
pub(super) struct Getter {
    allowed: Allowed,
    roots: RootCerts,
    proxy: Option<Proxy>,
}

impl std::fmt::Debug for Getter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Getter").finish_non_exhaustive()
    }
}

impl Getter {
    /// One that trusts the system's roots and asks the environment for a proxy.
    pub(super) fn new() -> Self {
        Self { allowed: Arc::new(reach::public), roots: RootCerts::PlatformVerifier, proxy: Proxy::try_from_env() }
    }

    /// The file. Blocks.
    pub(super) fn get(&self, url: &str) -> Result<Vec<u8>, Miss> {
        let by = Instant::now() + LIMIT;
        let agent = self.agent();
        let mut url = Url::parse(url).map_err(|_| failed("the address is not one"))?;
        for _ in 0..=REDIRECTS {
            self.check(&url)?;
            let left = by.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(failed("no answer in time"));
            }
            let request = agent.get(url.as_str()).config().timeout_global(Some(left)).build();
            let response = request.call().map_err(|error| miss(&error))?;
            let status = response.status();
            if status == StatusCode::OK {
                return body(response);
            }
            if !status.is_redirection() {
                let gone = status.is_client_error();
                return Err(if gone { Miss::Nothing } else { failed(&format!("it answers {}", status.as_u16())) });
            }
            let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            let target = location.and_then(|location| url.join(location).ok());
            url = target.ok_or_else(|| failed("it redirects to nowhere"))?;
        }
        Err(failed("it redirects without end"))
    }

    fn agent(&self) -> Agent {
        let tls = TlsConfig::builder().provider(TlsProvider::NativeTls).root_certs(self.roots.clone()).build();
        // Redirects are followed here, so that each step is looked at.
        let config = Agent::config_builder()
            .https_only(true)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent("Mozilla/5.0")
            .accept("text/xml, application/xml")
            .accept_encoding(AutoHeaderValue::None)
            .max_response_header_size(16 * 1024)
            .proxy(self.proxy.clone())
            .timeout_global(Some(LIMIT))
            .tls_config(tls)
            .build();
        Agent::with_parts(config, DefaultConnector::default(), Guard::new(Arc::clone(&self.allowed)))
    }

    /// Whether an address may be asked. The resolver looks once more at what its name stands for.
    fn check(&self, url: &Url) -> Result<(), Miss> {
        if url.scheme() != "https" {
            return Err(failed("it leads to an address that is not https"));
        }
        let bare = url.username().is_empty() && url.password().is_none() && url.as_str().len() <= 2048;
        let fine = match url.host() {
            Some(Host::Domain(name)) => reach::global(name),
            Some(Host::Ipv4(address)) => (self.allowed)(address.into()),
            Some(Host::Ipv6(address)) => (self.allowed)(address.into()),
            None => false,
        };
        if fine && bare { Ok(()) } else { Err(failed(reach::PRIVATE)) }
    }
}

fn body(response: Response<Body>) -> Result<Vec<u8>, Miss> {
    let mut bytes = Vec::new();
    let mut reader = response.into_body().into_reader().take(MAX_BYTES + 1);
    reader.read_to_end(&mut bytes).map_err(|error| miss(&ureq::Error::from(error)))?;
    if bytes.len() as u64 > MAX_BYTES { Err(failed("the file is too long")) } else { Ok(bytes) }
}

fn failed(words: &str) -> Miss {
    Miss::Failed(words.to_owned())
}

fn miss(error: &ureq::Error) -> Miss {
    if let ureq::Error::Io(error) = error {
        let refused = error.kind() == std::io::ErrorKind::ConnectionRefused;
        return if refused { Miss::Nothing } else { by_name(&error.to_string()) };
    }
    if matches!(error, ureq::Error::Timeout(_)) {
        return failed("no answer in time");
    }
    if matches!(error, ureq::Error::HostNotFound) { Miss::Nothing } else { failed(&error.to_string()) }
}

/// A name that is not there has no kind of its own, only the system's words.
fn by_name(words: &str) -> Miss {
    match words {
        words if words.contains("Temporary failure") => failed("the DNS does not answer"),
        words if words.starts_with("failed to lookup address") => Miss::Nothing,
        words => failed(words),
    }
}

#[cfg(test)]
mod tests;
