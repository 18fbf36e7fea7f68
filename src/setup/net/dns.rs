//! Questions to the name servers of this computer that the system's own resolver does not ask: SRV and MX.
//!
//! Two questions do not need a library of a dozen crates with caches and DNSSEC: a packet goes out, a packet comes back.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

use super::Miss;
use crate::setup::services::Service;
use message::{Data, Kind, Reply, Wrong};

mod message;

/// Time for a name server to answer before the next one is asked.
const LIMIT: Duration = Duration::from_millis(1500);

/// Name servers that are asked, one after the other.
const SERVERS: usize = 3;

/// The longest answer that is taken: what fits into a datagram, and over TCP no more than that.
const ANSWER: usize = 16 * 1024;

/// Asks name servers.
#[derive(Debug, Clone)]
pub struct Resolver {
    servers: Vec<SocketAddr>,
}

impl Resolver {
    /// One that asks the system's name servers, or this computer where none are named (resolv.conf(5)).
    pub fn system() -> Self {
        let text = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
        Self { servers: servers(&text) }
    }

    /// One that asks these.
    pub fn of(servers: Vec<SocketAddr>) -> Self {
        Self { servers }
    }

    /// The service records of a name.
    pub(super) async fn services(&self, name: &str) -> Result<Vec<Service>, Miss> {
        let data = self.ask(name, Kind::Srv).await?;
        let service = |data| match data {
            Data::Srv(service) => Some(service),
            Data::Mx(..) => None,
        };
        Ok(data.into_iter().filter_map(service).collect())
    }

    /// The hosts that take a domain's mail, the preferred one first.
    pub(super) async fn mail_servers(&self, domain: &str) -> Result<Vec<String>, Miss> {
        let host = |data| match data {
            Data::Mx(preference, host) => Some((preference, host)),
            Data::Srv(_) => None,
        };
        let mut hosts: Vec<(u16, String)> = self.ask(domain, Kind::Mx).await?.into_iter().filter_map(host).collect();
        hosts.sort();
        Ok(hosts.into_iter().map(|(_, host)| host).collect())
    }

    async fn ask(&self, name: &str, kind: Kind) -> Result<Vec<Data>, Miss> {
        let mut last = Miss::Failed("no name server answers".to_owned());
        for server in self.servers.iter().take(SERVERS) {
            match timeout(LIMIT, ask(*server, name, kind)).await {
                Ok(Ok(data)) if data.is_empty() => return Err(Miss::Nothing),
                Ok(Ok(data)) => return Ok(data),
                Ok(Err(Wrong::NoSuchName)) => return Err(Miss::Nothing),
                Ok(Err(wrong)) => last = Miss::Failed(wrong.to_string()),
                Err(_) => {}
            }
        }
        Err(last)
    }
}

/// The name servers of a resolv.conf.
fn servers(text: &str) -> Vec<SocketAddr> {
    let address = |line: &str| {
        let mut words = line.split_whitespace();
        let named = words.next() == Some("nameserver");
        words.next().filter(|_| named)?.parse::<IpAddr>().ok()
    };
    let mut found: Vec<SocketAddr> = text.lines().filter_map(address).map(|ip| SocketAddr::new(ip, 53)).collect();
    if found.is_empty() {
        found.push(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 53));
    }
    found
}

/// Asks one server: by a datagram, and over TCP where the answer does not fit (RFC 1035, section 4.2).
async fn ask(server: SocketAddr, name: &str, kind: Kind) -> Result<Vec<Data>, Wrong> {
    let id: u16 = rand::random();
    let question = message::question(id, name, kind).ok_or(Wrong::NoSuchName)?;
    match datagram(server, &question, id, kind).await? {
        Reply::All(data) => Ok(data),
        Reply::Truncated => match over_tcp(server, &question, id, kind).await? {
            Reply::All(data) => Ok(data),
            Reply::Truncated => Err(Wrong::Nonsense),
        },
    }
}

async fn datagram(server: SocketAddr, question: &[u8], id: u16, kind: Kind) -> Result<Reply, Wrong> {
    let local = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    // Its port is the system's choice and random, as the number is; once connected it hears this server alone.
    let socket = UdpSocket::bind(local).await?;
    socket.connect(server).await?;
    socket.send(question).await?;
    let mut answer = vec![0; ANSWER];
    loop {
        let count = socket.recv(&mut answer).await?;
        match message::read(answer.get(..count).unwrap_or_default(), question, id, kind) {
            // Somebody else's, or made up: the true answer may still come.
            Err(Wrong::Foreign) => {}
            read => return read,
        }
    }
}

async fn over_tcp(server: SocketAddr, question: &[u8], id: u16, kind: Kind) -> Result<Reply, Wrong> {
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(question.len()).map_err(|_| Wrong::Nonsense)?;
    stream.write_all(&[&length.to_be_bytes(), question].concat()).await?;
    let length = usize::from(stream.read_u16().await?);
    if length > ANSWER {
        return Err(Wrong::Nonsense);
    }
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer).await?;
    message::read(&answer, question, id, kind)
}

#[cfg(test)]
mod tests;
