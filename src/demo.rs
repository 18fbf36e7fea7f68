//! An embedded IMAP server and its sample mailbox, for the demo and for tests.
//!
//! [`start`] is all that `posthaste demo` needs. Tests build a [`world::World`] of their own, start a
//! [`server::Server`] on it, and arm [`faults`].

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::task::JoinHandle;

use crate::demo::server::{Options, Server};
use crate::demo::world::World;
use crate::mail::UnixTime;

pub mod command;
pub mod faults;
pub mod fetch;
pub mod header;
pub mod mailbox;
pub mod sample;
pub mod search;
pub mod server;
pub mod session;
pub mod tree;
pub mod wire;
pub mod world;

/// The first mail arrives so long after the start.
const FIRST_ARRIVAL: Duration = Duration::from_secs(6);
/// The later ones arrive so many seconds apart, at random.
const GAP: std::ops::Range<u64> = 20..40;

/// One account of the demo: what its config says. Security is "none", for the server is on loopback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoAccount {
    /// The account's name in the config.
    pub name: String,
    /// The user's address.
    pub email: String,
    /// The user's own name.
    pub full_name: String,
    /// `127.0.0.1`.
    pub host: String,
    /// The server's port.
    pub port: u16,
    /// The user name to sign in with.
    pub user: String,
    /// The password to sign in with; no secret.
    pub password: String,
}

/// A running demo; dropping it ends the server and everything in it.
#[derive(Debug)]
pub struct Demo {
    /// The accounts, in the order in which they are shown.
    pub accounts: Vec<DemoAccount>,
    server: Server,
    arrivals: JoinHandle<()>,
}

impl Demo {
    /// Where the server listens.
    pub fn addr(&self) -> SocketAddr {
        self.server.addr
    }

    /// The state behind the server.
    pub fn world(&self) -> &World {
        self.server.world()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.arrivals.abort();
    }
}

/// Starts the server with the sample mailbox, dated relative to `now`, on the tokio runtime of the caller. New mail
/// arrives while it runs, a dozen in all.
///
/// # Errors
/// When there is no loopback address to listen at.
pub async fn start(now: UnixTime) -> io::Result<Demo> {
    let world = World::new();
    let zone = TimeZone::system();
    sample::fill(&world, now, &zone);
    let server = Server::start(world.clone(), Options::default()).await?;
    let accounts = sample::OWNERS
        .iter()
        .map(|owner| DemoAccount {
            name: owner.name.to_owned(),
            email: owner.email.to_owned(),
            full_name: owner.full_name.to_owned(),
            host: server.addr.ip().to_string(),
            port: server.port(),
            user: owner.email.to_owned(),
            password: sample::PASSWORD.to_owned(),
        })
        .collect();
    let arrivals = tokio::spawn(arrive(world, now, zone));
    Ok(Demo { accounts, server, arrivals })
}

/// Lets mail arrive. Its dates go on from `now` by tokio's clock, so that a test may run it in simulated time.
async fn arrive(world: World, now: UnixTime, zone: TimeZone) {
    let started = tokio::time::Instant::now();
    let mut gap = FIRST_ARRIVAL;
    for arrival in sample::arriving() {
        tokio::time::sleep(gap).await;
        let passed = i64::try_from(started.elapsed().as_secs()).unwrap_or_default();
        arrival.deliver(&world, UnixTime(now.0 + passed), &zone);
        gap = Duration::from_secs(rand::random_range(GAP));
    }
}
