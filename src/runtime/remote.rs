//! Pictures from the web, fetched when the user asks for them and never before.
//!
//! A sender learns from a fetch that the mail was read, when, and from which address: nothing more. There are no
//! cookies, no referrer, no name of this program. And a mail cannot reach into the user's network: only public
//! addresses are connected to, and the address that is checked is the one that is connected to (no rebinding).
//!
//! A proxy is used if the environment names one (`ALL_PROXY`, `HTTPS_PROXY`, `HTTP_PROXY`, and `NO_PROXY` beside it; an
//! HTTP or HTTPS proxy). Then the proxy resolves the names, and names that are local by their form alone are refused
//! here.

mod one_click;

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use ureq::config::AutoHeaderValue;
use ureq::http::header::{CONTENT_LENGTH, LOCATION};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body, Proxy, ProxyProtocol, http};
use url::{Host, Url};

use crate::reach::{self, Allowed, Guard};
use crate::runtime::pictures::header::sniff;

/// What every client says that wants to be nobody.
const USER_AGENT: &str = "Mozilla/5.0";
/// How many bytes show a picture's format.
const MAGIC: usize = 12;
/// The longest address that is asked for.
const MAX_URL: usize = 8 * 1024;

const STOPPED: &str = "stopped";
const LATE: &str = "the server took too long";

/// A picture to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its address, as the mail writes it.
    pub url: String,
}

/// How much a message may fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a picture.
    pub bytes: usize,
    /// Bytes of all pictures together.
    pub all_bytes: usize,
    /// Pictures.
    pub pictures: usize,
    /// Redirects of a picture.
    pub redirects: usize,
    /// Time for a picture, redirects included.
    pub each: Duration,
    /// Time for all.
    pub all: Duration,
    /// Pictures at once.
    pub at_once: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 5 * 1024 * 1024,
            all_bytes: 20 * 1024 * 1024,
            pictures: 40,
            redirects: 3,
            each: Duration::from_secs(10),
            all: Duration::from_secs(20),
            at_once: 4,
        }
    }
}

/// Fetches pictures.
#[derive(Clone)]
pub struct Fetcher {
    limits: Limits,
    allowed: Allowed,
    roots: RootCerts,
    proxy: Option<Proxy>,
}

impl Default for Fetcher {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

/// What the fetches of a message share.
struct Shared<'a> {
    agent: Agent,
    cancel: &'a AtomicBool,
    deadline: Instant,
    bytes: AtomicUsize,
}

impl Fetcher {
    /// One with these limits, that trusts the system's authorities, reaches public addresses alone, and asks the
    /// environment for a proxy.
    pub fn new(limits: Limits) -> Self {
        let roots = RootCerts::PlatformVerifier;
        Self { limits, allowed: Arc::new(reach::public), roots, proxy: Proxy::try_from_env() }
    }

    /// Fetches these, and gives for each, in order, its bytes or words for why not. The bytes begin as one of the
    /// formats that are decoded, and may be anything behind that; the words may hold what a server or the mail said,
    /// so they go through `SafeText`. Blocks, at most for the limit of time: it belongs on its own thread. Once
    /// `cancel` is set nothing new begins; what is on its way is given up with its next bytes, or at its limit.
    pub fn fetch(&self, wanted: &[Wanted], cancel: &AtomicBool) -> Vec<Result<Vec<u8>, String>> {
        let deadline = Instant::now() + self.limits.all;
        let shared = Shared { agent: self.agent(), cancel, deadline, bytes: AtomicUsize::new(0) };
        let results = Mutex::new(vec![None; wanted.len()]);
        let next = AtomicUsize::new(0);
        let work = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(one) = wanted.get(number) else {
                    return;
                };
                let result = if number < self.limits.pictures {
                    self.one(&shared, &one.url)
                } else {
                    Err(format!("the message has more than {} pictures", self.limits.pictures))
                };
                if let Some(place) = results.lock().unwrap_or_else(PoisonError::into_inner).get_mut(number) {
                    *place = Some(result);
                }
            }
        };
        thread::scope(|scope| {
            let threads: Vec<_> = (0..self.limits.at_once.min(wanted.len()))
                .filter_map(|_| thread::Builder::new().name("pictures".to_owned()).spawn_scoped(scope, work).ok())
                .collect();
            for thread in threads {
                // A panic in the HTTP library costs the picture that it was at.
                if thread.join().is_err() {
                    tracing::warn!("fetching a picture panicked");
                }
            }
        });
        let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        results.into_iter().map(|result| result.unwrap_or_else(|| Err("it was not fetched".to_owned()))).collect()
    }

    fn agent(&self) -> Agent {
        let tls = TlsConfig::builder().provider(TlsProvider::NativeTls).root_certs(self.roots.clone()).build();
        // Redirects are followed here: each step is checked, and its body is not read.
        let config = Agent::config_builder()
            .https_only(true)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(USER_AGENT)
            .accept("image/*")
            .accept_encoding(AutoHeaderValue::None)
            .max_response_header_size(16 * 1024)
            .proxy(self.proxy.clone())
            .timeout_global(Some(self.limits.each))
            .tls_config(tls)
            .build();
        Agent::with_parts(config, DefaultConnector::default(), Guard::new(Arc::clone(&self.allowed)))
    }

    fn one(&self, shared: &Shared<'_>, url: &str) -> Result<Vec<u8>, String> {
        let deadline = shared.deadline.min(Instant::now() + self.limits.each);
        let mut url = parse(url)?;
        for _ in 0..=self.limits.redirects {
            self.check(&url)?;
            let response = call(shared, &url, deadline)?;
            let status = response.status();
            if status.is_redirection() {
                url = target(&url, &response)?;
                continue;
            }
            if status != http::StatusCode::OK {
                return Err(format!("the server answered {}", status.as_u16()));
            }
            return self.body(shared, response, deadline);
        }
        Err(format!("more than {} redirects", self.limits.redirects))
    }

    /// Whether an address may be asked for at all. The resolver looks once more at what its name stands for.
    fn check(&self, url: &Url) -> Result<(), String> {
        if url.scheme() != "https" {
            return Err("the address is not https".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("the address holds a name or a password".to_owned());
        }
        let reachable = match url.host() {
            Some(Host::Ipv4(address)) => (self.allowed)(address.into()),
            Some(Host::Ipv6(address)) => (self.allowed)(address.into()),
            Some(Host::Domain(name)) => reach::global(name),
            None => false,
        };
        if !reachable {
            return Err(reach::PRIVATE.to_owned());
        }
        let socks = |proxy: &Proxy| !matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https);
        if self.proxy.as_ref().is_some_and(socks) {
            return Err("the proxy is of a kind that is not supported".to_owned());
        }
        Ok(())
    }

    fn body(&self, shared: &Shared<'_>, response: http::Response<Body>, by: Instant) -> Result<Vec<u8>, String> {
        let too_long = || format!("the picture has more than {} bytes", self.limits.bytes);
        let length = response.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if length.is_some_and(|length| length > self.limits.bytes as u64) {
            return Err(too_long());
        }
        let mut reader = response.into_body().into_reader();
        let (mut chunk, mut bytes) = (vec![0; 16 * 1024], Vec::new());
        loop {
            in_time(shared, by)?;
            let count = match reader.read(&mut chunk) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(words(&ureq::Error::from(error), by)),
            };
            bytes.extend_from_slice(chunk.get(..count).unwrap_or_default());
            if bytes.len() > self.limits.bytes {
                return Err(too_long());
            }
            if shared.bytes.fetch_add(count, Ordering::Relaxed) + count > self.limits.all_bytes {
                return Err(format!("the message's pictures have more than {} bytes", self.limits.all_bytes));
            }
            let ended = count == 0;
            if (ended || bytes.len() >= MAGIC) && sniff(&bytes).is_none() {
                return Err("it is not a PNG, JPEG, GIF or WebP picture".to_owned());
            }
            if ended {
                return Ok(bytes);
            }
        }
    }
}

fn parse(url: &str) -> Result<Url, String> {
    if url.len() > MAX_URL {
        return Err("the address is too long".to_owned());
    }
    let mut url = Url::parse(url).map_err(|error| format!("the address is not one: {error}"))?;
    url.set_fragment(None);
    Ok(url)
}

/// Asks once. The answer's body is not read yet.
fn call(shared: &Shared<'_>, url: &Url, by: Instant) -> Result<http::Response<Body>, String> {
    let left = in_time(shared, by)?;
    let request = shared.agent.get(url.as_str()).config().timeout_global(Some(left)).build();
    request.call().map_err(|error| words(&error, by))
}

/// The time that is left.
fn in_time(shared: &Shared<'_>, by: Instant) -> Result<Duration, String> {
    if shared.cancel.load(Ordering::Relaxed) {
        return Err(STOPPED.to_owned());
    }
    let left = by.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(LATE.to_owned()) } else { Ok(left) }
}

/// Where a redirect leads (RFC 9110, 10.2.2).
fn target(url: &Url, response: &http::Response<Body>) -> Result<Url, String> {
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let location = location.ok_or_else(|| format!("the server answered {}", response.status().as_u16()))?;
    let target = url.join(location).map_err(|error| format!("the server redirects to no address: {error}"))?;
    parse(target.as_str())
}

fn words(error: &ureq::Error, by: Instant) -> String {
    let late = matches!(error, ureq::Error::Timeout(_)) || Instant::now() >= by;
    if late {
        return LATE.to_owned();
    }
    if matches!(error, ureq::Error::HostNotFound) {
        return "the server's name is not known".to_owned();
    }
    // What the guard says comes wrapped, and needs no wrapping.
    if let ureq::Error::Io(error) = error {
        return error.to_string();
    }
    error.to_string()
}

/// The hosts that would be contacted for these addresses, each once, in order. A name is as it is looked up (IDNA), so
/// that none looks like another one. What is refused before anybody is contacted is left out.
pub fn hosts(urls: &[String]) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let host = |url: &String| {
        let url = parse(url).ok().filter(|url| url.scheme() == "https")?;
        url.host_str().map(str::to_owned)
    };
    urls.iter().filter_map(host).filter(|host| seen.insert(host.clone())).collect()
}

#[cfg(test)]
mod tests;
