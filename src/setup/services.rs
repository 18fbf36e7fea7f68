//! What a domain says of its mail servers in the DNS (RFC 6186, RFC 8314 section 5.1): records to offers. Pure.

use super::plan::{Offer, Server, Source, name};
use crate::config::Security;

/// A service record (RFC 2782).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Lower is tried first.
    pub priority: u16,
    /// Among equals, more is better.
    pub weight: u16,
    /// The port; 0 for none.
    pub port: u16,
    /// The host; empty: the service is not offered.
    pub target: String,
}

/// What was answered to the four questions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Services {
    /// `_imaps._tcp`.
    pub imaps: Vec<Service>,
    /// `_imap._tcp`.
    pub imap: Vec<Service>,
    /// `_submissions._tcp`.
    pub submissions: Vec<Service>,
    /// `_submission._tcp`.
    pub submission: Vec<Service>,
}

/// The offers in the records, TLS from the first byte before STARTTLS, and then in the order that the domain wishes.
/// A weight is a share of a crowd; one user takes the heaviest. Hosts of another domain are to be confirmed: the DNS is
/// not signed, and whoever can forge an answer could name his own (RFC 6186, section 6).
pub fn offers(services: &Services, domain: &str) -> Vec<Offer> {
    let receive = places(&services.imaps, Security::Tls).chain(places(&services.imap, Security::StartTls));
    let mut send = places(&services.submissions, Security::Tls).chain(places(&services.submission, Security::StartTls));
    let send = send.next();
    receive
        .map(|server| {
            let confirm = !name::related(&server.host, domain);
            Offer { confirm, ..Offer::plain(Source::Srv, server, send.clone()) }
        })
        .collect()
}

fn places(records: &[Service], security: Security) -> impl Iterator<Item = Server> {
    let mut records: Vec<&Service> = records.iter().collect();
    records.sort_by_key(|record| (record.priority, u16::MAX - record.weight));
    let places: Vec<Server> =
        records.into_iter().filter_map(|record| Server::named(&record.target, record.port, security)).collect();
    places.into_iter()
}

#[cfg(test)]
mod tests;
