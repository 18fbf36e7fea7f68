//! The table of providers that comes with the program, and what each needs: `assets/providers.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::plan::{Closed, Offer, Server, Source, UserForm, Way};
use crate::config::Security;
use crate::safe_text::SafeText;

/// The table, as it is built in.
const TABLE: &str = include_str!("../../assets/providers.toml");

/// It is ours, and a test reads it: one that cannot be read knows nobody.
static PROVIDERS: LazyLock<Vec<Provider>> = LazyLock::new(|| read(TABLE).unwrap_or_default());

/// A provider.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Provider {
    name: String,
    domains: Vec<String>,
    mx: Vec<String>,
    servers: Option<Servers>,
    note: Option<String>,
    help: Option<String>,
}

/// What a provider that has IMAP offers.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Servers {
    receive: Server,
    send: Option<Server>,
    user: UserForm,
    ways: Vec<Way>,
}

/// What the table says of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// These servers.
    Offer(Offer),
    /// There is no IMAP.
    Closed(Closed),
}

/// What the table says of a domain whose addresses a provider gives out.
pub fn of_domain(domain: &str) -> Option<Known> {
    let provider = PROVIDERS.iter().find(|provider| provider.domains.iter().any(|known| known == domain))?;
    Some(provider.known(Source::Table))
}

/// What the table says of a domain whose mail this server takes (MX).
pub fn of_mail_server(host: &str) -> Option<Known> {
    let below = |suffix: &String| host == suffix || host.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.'));
    let provider = PROVIDERS.iter().find(|provider| provider.mx.iter().any(below))?;
    Some(provider.known(Source::Mx))
}

/// Adds to an offer what the table knows of its server. The table vouches for a host that it has itself, whoever named it.
pub fn complete(offer: &mut Offer) {
    let Some((provider, servers)) = by_host(&offer.receive.host) else { return };
    offer.confirm = false;
    offer.ways.clone_from(&servers.ways);
    offer.send = offer.send.take().or_else(|| servers.send.clone());
    offer.note = provider.note.as_deref().map(SafeText::new);
    offer.help.clone_from(&provider.help);
    offer.provider = Some(SafeText::new(&provider.name));
}

/// Where mail is sent to by whoever receives it from this server. On this computer a server may be anybody's: it is the
/// provider's for an address of his.
pub fn sending(host: &str, domain: Option<&str>) -> Option<Server> {
    by_host_of(host, domain)?.1.send.clone()
}

/// The ways to sign in to this server, for an address; none where the table does not know it.
pub fn ways(host: &str, domain: Option<&str>) -> Vec<Way> {
    by_host_of(host, domain).map(|(_, servers)| servers.ways.clone()).unwrap_or_default()
}

/// What a provider needs of those who sign in, in a sentence with the place where it is explained; by the server's name, and
/// on this computer by the address's domain too.
pub fn needs(host: &str, domain: Option<&str>) -> Option<String> {
    let (provider, _) = by_host_of(host, domain)?;
    let note = provider.note.clone()?;
    Some(provider.help.as_ref().map_or_else(|| note.clone(), |help| format!("{note}: {help}")))
}

/// Whether this is a server that everybody knows: it tells nothing about whoever uses it.
pub fn knows_host(host: &str) -> bool {
    let same = |server: &Server| server.host.eq_ignore_ascii_case(host);
    let mut servers = PROVIDERS.iter().filter_map(|provider| provider.servers.as_ref());
    servers.any(|servers| same(&servers.receive) || servers.send.as_ref().is_some_and(same))
}

fn by_host(host: &str) -> Option<(&'static Provider, &'static Servers)> {
    let served = PROVIDERS.iter().filter_map(|provider| Some((provider, provider.servers.as_ref()?)));
    let mut here = served.filter(|(_, servers)| servers.receive.host.eq_ignore_ascii_case(host));
    here.next()
}

/// Who has this server, for an address: of several that have the server the one whose domain it is, else the last, which has
/// domains of others; a server on this computer is a provider's by the domain alone.
fn by_host_of(host: &str, domain: Option<&str>) -> Option<(&'static Provider, &'static Servers)> {
    let here = host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    let of = |provider: &Provider| {
        domain.is_some_and(|domain| provider.domains.iter().any(|known| known.eq_ignore_ascii_case(domain)))
    };
    let served = PROVIDERS.iter().filter_map(|provider| Some((provider, provider.servers.as_ref()?)));
    let with = served.filter(|(_, servers)| servers.receive.host.eq_ignore_ascii_case(host));
    with.filter(|(provider, _)| !here || of(provider)).max_by_key(|(provider, _)| of(provider))
}

impl Provider {
    fn known(&self, source: Source) -> Known {
        let provider = SafeText::new(&self.name);
        let note = self.note.as_deref().map(SafeText::new);
        match &self.servers {
            Some(servers) => Known::Offer(Offer {
                source,
                provider: Some(provider),
                receive: servers.receive.clone(),
                send: servers.send.clone(),
                user: servers.user,
                ways: servers.ways.clone(),
                note,
                help: self.help.clone(),
                confirm: false,
            }),
            None => Known::Closed(Closed { provider, note: note.unwrap_or_default(), help: self.help.clone() }),
        }
    }
}

/// The table's shape.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    provider: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    #[serde(default)]
    domains: Vec<String>,
    #[serde(default)]
    mx: Vec<String>,
    imap: Option<String>,
    smtp: Option<String>,
    #[serde(default)]
    user: User,
    #[serde(default)]
    ways: Vec<String>,
    note: Option<String>,
    help: Option<String>,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum User {
    #[default]
    Address,
    Local,
    Own,
}

fn read(text: &str) -> Result<Vec<Provider>, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    file.provider.into_iter().map(provider).collect()
}

fn provider(row: Row) -> Result<Provider, String> {
    let ways = row.ways.iter().map(|word| way(word)).collect::<Option<Vec<Way>>>();
    let ways = ways.ok_or_else(|| format!("{}: no such way to sign in", row.name))?;
    let servers = match &row.imap {
        Some(imap) => Some(Servers {
            receive: server(imap).ok_or_else(|| format!("{}: {imap} is no server", row.name))?,
            send: match &row.smtp {
                Some(smtp) => Some(server(smtp).ok_or_else(|| format!("{}: {smtp} is no server", row.name))?),
                None => None,
            },
            user: match row.user {
                User::Address => UserForm::Address,
                User::Local => UserForm::LocalPart,
                User::Own => UserForm::Own,
            },
            ways,
        }),
        None => None,
    };
    let Row { name, domains, mx, note, help, .. } = row;
    Ok(Provider { name, domains, mx, servers, note, help })
}

/// `imap.example.org:993 tls`.
fn server(text: &str) -> Option<Server> {
    let (place, how) = text.split_once(' ')?;
    let (host, port) = place.rsplit_once(':')?;
    let security = match how {
        "tls" => Security::Tls,
        "starttls" => Security::StartTls,
        _ => return None,
    };
    Some(Server { host: host.to_owned(), port: port.parse().ok().filter(|port| *port != 0)?, security })
}

fn way(word: &str) -> Option<Way> {
    match word {
        "password" => Some(Way::Password),
        "app-password" => Some(Way::AppPassword),
        _ => Some(Way::OAuth { provider: word.strip_prefix("oauth:")?.to_owned() }),
    }
}

#[cfg(test)]
mod tests;
