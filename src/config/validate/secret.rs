//! Where a password or token comes from: exactly one way may be named.

use secrecy::{ExposeSecret, SecretString};

use super::Checker;
use crate::config::error::{Error, nearest};
use crate::config::oauth::{ClientSecret, Endpoints, LOOPBACK, OAuth, Provider, Store, is_safe, providers};
use crate::config::secret::Secret;
use crate::config::{SignIn, raw};

/// The ways, by their keys, in the order in which they stand in the schema.
const WAYS: [&[&str]; 6] = [
    &["imap", "password_command"],
    &["imap", "password"],
    &["imap", "token_command"],
    &["imap", "keyring"],
    &["imap", "prompt"],
    &["oauth"],
];

impl Checker<'_> {
    /// The one way that is named, if one is.
    pub(super) fn secret(
        &self,
        raw: &mut raw::Imap,
        oauth: Option<raw::OAuth>,
        (sign_in, host): (&SignIn, &str),
        warnings: &mut Vec<String>,
    ) -> Result<Secret, Error> {
        let named = [
            raw.password_command.is_some(),
            raw.password.is_some(),
            raw.token_command.is_some(),
            raw.keyring == Some(true),
            raw.prompt == Some(true),
            oauth.is_some(),
        ];
        let mut ways: Vec<(usize, &[&str])> = WAYS
            .into_iter()
            .zip(named)
            .filter(|(_, named)| *named)
            .map(|(key, _)| (self.problem(key, "").line, key))
            .collect();
        ways.sort_by_key(|(line, _)| *line);
        if let [(line, first), (_, second), ..] = ways.as_slice() {
            let name = |key: &[&str]| key.last().copied().unwrap_or_default().to_owned();
            let text =
                format!("{} and {} (line {line}) exclude each other: keep one of them", name(second), name(first));
            return Err(self.problem(second, text).into());
        }
        if let Some(oauth) = oauth {
            return Ok(Secret::OAuth(Box::new(self.oauth(&oauth, host)?)));
        }
        if raw.keyring == Some(true) {
            return Ok(Secret::Keyring);
        }
        if raw.prompt == Some(true) {
            return Ok(Secret::Prompt);
        }
        if let Some(command) = raw.password_command.take() {
            return Ok(Secret::Command(self.command(&["imap", "password_command"], command)?));
        }
        if let Some(command) = raw.token_command.take() {
            return Ok(Secret::TokenCommand(self.command(&["imap", "token_command"], command)?));
        }
        match raw.password.take() {
            Some(password) if password.expose_secret().is_empty() => {
                Err(self.problem(&["imap", "password"], "the password is empty").into())
            }
            Some(password) => {
                warnings.push(format!(
                    "accounts.{}.imap.password: the password stands in the config file; keyring = true or \
                     password_command keeps it out",
                    self.name
                ));
                Ok(Secret::Plain(password))
            }
            // A command may say that the user is signed in; a certificate may do for a password.
            None if sign_in.command.is_some() || sign_in.by_certificate(&Secret::None) => Ok(Secret::None),
            None => {
                let text = "no password is configured: add password_command, for example \
                            password_command = \"pass show mail/work\", or keyring = true, or prompt = true, or \
                            [accounts.….oauth]";
                Err(self.problem(&["imap"], text).into())
            }
        }
    }

    fn command(&self, key: &[&str], command: String) -> Result<String, Error> {
        if command.trim().is_empty() {
            return Err(self.problem(key, "the command is empty").into());
        }
        Ok(command)
    }

    fn oauth(&self, raw: &raw::OAuth, host: &str) -> Result<OAuth, Error> {
        if raw.client_id.trim().is_empty() {
            return Err(self.problem(&["oauth", "client_id"], "the client id is empty").into());
        }
        let client_secret = self.client_secret(raw.client_secret.clone(), raw)?;
        let store = match raw.store {
            raw::TokenStore::Keyring => Store::Keyring,
            raw::TokenStore::File => Store::File,
        };
        let endpoints = self.endpoints(raw, host)?;
        Ok(OAuth { client_id: raw.client_id.trim().to_owned(), client_secret, endpoints, store })
    }

    /// The provider's endpoints, by its name or by the server's, with what the config says otherwise.
    fn endpoints(&self, raw: &raw::OAuth, host: &str) -> Result<Endpoints, Error> {
        let known = providers(self.env).map_err(|why| self.problem(&["oauth"], why))?;
        let provider = match raw.provider.as_deref() {
            Some(name) => {
                let found = known.iter().find(|provider| provider.name == name);
                if found.is_none() {
                    let names: Vec<&str> = known.iter().map(|provider| provider.name.as_str()).collect();
                    let text = format!("\"{name}\" is none of {}", names.join(", "));
                    let mut problem = self.problem(&["oauth", "provider"], text);
                    problem.nearest = nearest(name, names);
                    return Err(problem.into());
                }
                found
            }
            None => known.iter().find(|provider| provider.serves(host)),
        };
        let base = provider.map(Provider::endpoints);
        let pick = |key: &str, own: &Option<String>, base: Option<String>| match own.clone().or(base) {
            Some(url) if is_safe(&url) => Ok(Some(url)),
            Some(_) => {
                let text = "this must be an https address; http is for 127.0.0.1 and ::1 alone";
                Err(Error::from(self.problem(&["oauth", key], text)))
            }
            None => Ok(None),
        };
        let auth = pick("auth_url", &raw.auth_url, base.as_ref().map(|base| base.auth_url.clone()))?;
        let token = pick("token_url", &raw.token_url, base.as_ref().map(|base| base.token_url.clone()))?;
        let device = pick("device_url", &raw.device_url, base.as_ref().and_then(|base| base.device_url.clone()))?;
        let (Some(auth_url), Some(token_url)) = (auth, token) else {
            let text = format!(
                "where to sign in for {host} is not known: name a provider ({}), or auth_url, token_url and scopes",
                known.iter().map(|provider| provider.name.as_str()).collect::<Vec<_>>().join(", ")
            );
            return Err(self.problem(&["oauth"], text).into());
        };
        let scopes = raw.scopes.clone().or_else(|| base.as_ref().map(|base| base.scopes.clone())).unwrap_or_default();
        Ok(Endpoints {
            auth_url,
            token_url,
            device_url: device,
            no_device: base.as_ref().and_then(|base| base.no_device.clone()),
            scopes,
            extra: base.as_ref().map(|base| base.extra.clone()).unwrap_or_default(),
            redirect_host: base.map_or_else(|| LOOPBACK.to_owned(), |base| base.redirect_host),
        })
    }

    fn client_secret(&self, plain: Option<SecretString>, raw: &raw::OAuth) -> Result<ClientSecret, Error> {
        let keyring = raw.client_secret_keyring == Some(true);
        let text =
            "client_secret, client_secret_command and client_secret_keyring exclude each other: keep one of them";
        match (plain, raw.client_secret_command.clone(), keyring) {
            (None, None, false) => Ok(ClientSecret::None),
            (Some(secret), None, false) if secret.expose_secret().is_empty() => {
                Err(self.problem(&["oauth", "client_secret"], "the secret is empty").into())
            }
            (Some(secret), None, false) => Ok(ClientSecret::Plain(secret)),
            (None, Some(command), false) => {
                Ok(ClientSecret::Command(self.command(&["oauth", "client_secret_command"], command)?))
            }
            (None, None, true) => Ok(ClientSecret::Keyring),
            (_, Some(_), _) => Err(self.problem(&["oauth", "client_secret_command"], text).into()),
            (_, None, true) => Err(self.problem(&["oauth", "client_secret_keyring"], text).into()),
        }
    }
}
