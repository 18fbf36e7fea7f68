//! Which addresses a stranger, in a mail or on the net, may make this machine connect to: public ones.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Why an address is not connected to.
pub const PRIVATE: &str = "the address lies in a private network";

/// Whether an address may be connected to.
pub type Allowed = Arc<dyn Fn(IpAddr) -> bool + Send + Sync>;

/// The system's resolver, which gives out allowed addresses alone. The connection is made to what it gives out.
pub struct Guard {
    inner: DefaultResolver,
    allowed: Allowed,
}

impl Guard {
    /// One that allows these.
    pub fn new(allowed: Allowed) -> Self {
        Self { inner: DefaultResolver::default(), allowed }
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}

impl Resolver for Guard {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        // The proxy that the user chose may well be on his own network.
        if config.proxy().is_some_and(|proxy| proxy.uri() == uri) {
            return Ok(found);
        }
        let mut allowed = self.empty();
        for address in found.iter().filter(|address| (self.allowed)(address.ip())) {
            allowed.push(*address);
        }
        if allowed.is_empty() {
            return Err(ureq::Error::Io(io::Error::new(io::ErrorKind::PermissionDenied, PRIVATE)));
        }
        Ok(allowed)
    }
}

/// Whether a name may stand for a public host by its form: not one of those that are local (RFC 6761, RFC 6762,
/// RFC 8375), and of more than one label.
pub fn global(name: &str) -> bool {
    const LOCAL: [&str; 7] = [".localhost", ".local", ".internal", ".home.arpa", ".lan", ".intranet", ".test"];
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name.contains('.') && !LOCAL.iter().any(|suffix| name.ends_with(suffix))
}

/// Whether an address is public (IANA's registries of special-purpose addresses, RFC 6890). An IPv6 address that stands
/// for an IPv4 one is what that one is.
pub fn public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => public_v4(address),
        IpAddr::V6(address) => public_v6(address),
    }
}

fn public_v4(address: Ipv4Addr) -> bool {
    let special = matches!(
        address.octets(),
        // this network, carriers' NAT (and a cloud's metadata in it), protocol assignments, 6to4 relays, benchmarks
        // multicast, reserved, broadcast
        [0 | 224..=255, ..] | [100, 64..=127, ..] | [192, 0, 0, _] | [192, 88, 99, _] | [198, 18 | 19, ..]
    );
    !(special || address.is_private() || address.is_loopback() || address.is_link_local() || address.is_documentation())
}

fn public_v6(address: Ipv6Addr) -> bool {
    let low = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        // v4-mapped, NAT64 (RFC 6052), the only way to IPv4 in some networks, and 6to4
        [0, 0, 0, 0, 0, 0xffff, c, d] | [0x64, 0xff9b, 0, 0, 0, 0, c, d] | [0x2002, c, d, ..] => low(c, d),
        // Teredo, ORCHID and other protocol assignments; documentation
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // global unicast; all that is loopback, unique local, link local, site local, multicast lies outside
        [0x2000..=0x3fff, ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
