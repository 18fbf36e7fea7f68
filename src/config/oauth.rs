//! OAuth 2 as the config says it: whose endpoints, which client, where the refresh token is kept. The table of providers
//! is data (`assets/oauth.toml`). Nothing is asked of anybody here: that is `auth`.

use std::collections::BTreeMap;
use std::net::IpAddr;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::{Host, Url};

use crate::config::env::Env;

/// How an account signs in with OAuth 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuth {
    /// The user's own client id (RFC 6749, section 2.2).
    pub client_id: String,
    /// Where its secret comes from.
    pub client_secret: ClientSecret,
    /// Where tokens come from and what is asked for.
    pub endpoints: Endpoints,
    /// Where the refresh token is kept.
    pub store: Store,
}

/// A provider's addresses and habits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Where the user says yes, in a browser (RFC 6749, section 3.1).
    pub auth_url: String,
    /// Where tokens are given out (section 3.2); https, or a loopback address.
    pub token_url: String,
    /// Where a sign-in on another device begins (RFC 8628, section 3.1), where there is such a thing.
    pub device_url: Option<String>,
    /// Why there is none, if that is known.
    pub no_device: Option<String>,
    /// What is asked for (RFC 6749, section 3.3).
    pub scopes: Vec<String>,
    /// What else the first address wants to be told.
    pub extra: Vec<(String, String)>,
    /// What the provider takes for "this computer" in the address that the browser is sent back to.
    pub redirect_host: String,
}

/// Where the secret of the client comes from.
#[derive(Debug, Clone)]
pub enum ClientSecret {
    /// It has none: PKCE takes its place (RFC 7636).
    None,
    /// It stands in the config file. Of a program on a user's computer it is hardly one (RFC 8252, section 8.5).
    Plain(SecretString),
    /// A command for `sh -c` prints it on the first line of its output.
    Command(String),
    /// It lies in the system's keyring.
    Keyring,
}

impl PartialEq for ClientSecret {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Plain(one), Self::Plain(other)) => one.expose_secret() == other.expose_secret(),
            (Self::Command(one), Self::Command(other)) => one == other,
            (Self::None, Self::None) | (Self::Keyring, Self::Keyring) => true,
            (Self::None | Self::Plain(_) | Self::Command(_) | Self::Keyring, _) => false,
        }
    }
}

impl Eq for ClientSecret {}

/// Where a refresh token is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Store {
    /// In the system's keyring.
    #[default]
    Keyring,
    /// In a file below the data directory that its owner alone may read: for servers, which have no keyring.
    File,
}

/// What `assets/oauth.toml` says of a provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its name in the config.
    pub name: String,
    /// Its IMAP servers; a name with a dot in front stands for all below it.
    pub hosts: Vec<String>,
    auth_url: String,
    token_url: String,
    device_url: Option<String>,
    no_device: Option<String>,
    scopes: Vec<String>,
    #[serde(default)]
    extra: BTreeMap<String, String>,
    redirect_host: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    provider: Vec<Provider>,
}

/// The default of [`Endpoints::redirect_host`] (RFC 8252, section 7.3).
pub const LOOPBACK: &str = "127.0.0.1";

/// The variable that names a file of more providers.
pub const MORE: &str = "POSTHASTE_OAUTH_PROVIDERS";

/// The providers whose endpoints are known. Those of the file that the environment names come first: an organisation's own,
/// written as `assets/oauth.toml` is.
///
/// # Errors
/// Why that file cannot be read, in a sentence.
pub fn providers(env: &Env) -> Result<Vec<Provider>, String> {
    let mut all = match env.path(MORE) {
        Some(path) => {
            let failed = |why: &dyn std::fmt::Display| format!("{MORE} ({}): {why}", path.display());
            let text = std::fs::read_to_string(&path).map_err(|error| failed(&error))?;
            toml::from_str::<Table>(&text).map_err(|error| failed(&error.message()))?.provider
        }
        None => Vec::new(),
    };
    // A test reads it: what is built in can be read.
    let built_in = toml::from_str::<Table>(include_str!("../../assets/oauth.toml"));
    all.extend(built_in.map(|table| table.provider).unwrap_or_default());
    Ok(all)
}

impl Provider {
    /// Whether this IMAP server is one of its.
    pub fn serves(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.hosts.iter().any(|known| if known.starts_with('.') { host.ends_with(known) } else { host == *known })
    }

    /// Its addresses and habits.
    pub fn endpoints(&self) -> Endpoints {
        Endpoints {
            auth_url: self.auth_url.clone(),
            token_url: self.token_url.clone(),
            device_url: self.device_url.clone(),
            no_device: self.no_device.clone(),
            scopes: self.scopes.clone(),
            extra: self.extra.clone().into_iter().collect(),
            redirect_host: self.redirect_host.clone().unwrap_or_else(|| LOOPBACK.to_owned()),
        }
    }
}

/// Whether secrets may be sent to this address: https, or http on this computer alone.
pub fn is_safe(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    if !url.username().is_empty() || url.password().is_some() {
        return false;
    }
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
            Some(Host::Domain(_)) | None => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests;
