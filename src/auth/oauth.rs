//! OAuth 2 (RFC 6749): what is asked of a provider's token endpoint and how its answers are read. The two ways to a first
//! token are `loopback` (a browser on this computer) and `device` (any browser); both end in a [`Grant`].

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::http::{Answer, Form, Silence, post};
use crate::config::oauth::Endpoints;
use crate::protocol::SignInStep;

pub mod device;
pub mod loopback;

/// Who asks.
pub struct Client<'c> {
    /// The client's id.
    pub id: &'c str,
    /// Its secret, if it has one.
    pub secret: Option<&'c SecretString>,
    /// Where, and for what.
    pub endpoints: &'c Endpoints,
}

/// What a provider gave.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The access token.
    pub access: SecretString,
    /// How long it is good for, if the provider said so.
    pub lasts: Option<Duration>,
    /// A refresh token; at a refresh it takes the place of the one that was used (RFC 6749, section 6).
    pub refresh: Option<SecretString>,
}

/// Why there is no token. The texts are sentences with the provider's words in them, not sanitised for a screen; no secret
/// that was sent is in them.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The provider could not be asked, or is not well: later it may work.
    #[error("Cannot reach {host}: {reason}")]
    Unreachable {
        /// Its host.
        host: String,
        /// Why.
        reason: String,
        /// Whether somebody answered.
        answered: bool,
    },
    /// What was granted is over: expired, or taken back by the user or the provider. He has to sign in again.
    #[error("{0}")]
    Over(String),
    /// The provider does not want this client, or what it asks for: the config has to change.
    #[error("{0}")]
    Refused(String),
    /// The user said no, or too late.
    #[error("{0}")]
    NotGranted(String),
}

/// Told of each step of a sign-in.
pub type Tell<'t> = &'t (dyn Fn(SignInStep) + Send + Sync);

/// What a token endpoint says (RFC 6749, sections 5.1 and 5.2), as far as it is looked at.
#[derive(Deserialize, Default)]
struct Told {
    access_token: Option<SecretString>,
    refresh_token: Option<SecretString>,
    token_type: Option<String>,
    /// A number; some send it in quotes.
    expires_in: Option<serde_json::Value>,
    error: Option<String>,
    error_description: Option<String>,
}

/// A new access token for this refresh token.
///
/// # Errors
/// As [`Error`] says.
pub async fn refresh(client: &Client<'_>, token: &SecretString) -> Result<Grant, Error> {
    let form = client.form("refresh_token").with("refresh_token", Some(token.expose_secret()));
    client.ask(&form).await
}

impl Client<'_> {
    /// A form that says who asks.
    fn form(&self, grant: &str) -> Form {
        Form::default()
            .with("grant_type", Some(grant))
            .with("client_id", Some(self.id))
            .with("client_secret", self.secret.map(ExposeSecret::expose_secret))
    }

    /// Asks the token endpoint.
    async fn ask(&self, form: &Form) -> Result<Grant, Error> {
        let answer = post(&self.endpoints.token_url, form).await?;
        grant(&answer, form).map_err(|refusal| refusal.error(&self.endpoints.token_url))
    }
}

impl From<Silence> for Error {
    fn from(silence: Silence) -> Self {
        Self::Unreachable { host: silence.host, reason: silence.reason, answered: false }
    }
}

/// What a token endpoint refused, by its code.
struct Refusal {
    code: String,
    words: String,
    status: u16,
}

impl Refusal {
    fn error(self, url: &str) -> Error {
        let text = format!("{} says: {}", host(url), self.words);
        match self.code.as_str() {
            // RFC 6749, section 5.2: expired, taken back, or another client's.
            "invalid_grant" | "interaction_required" | "consent_required" | "login_required" => Error::Over(text),
            "access_denied" => Error::NotGranted(text),
            "temporarily_unavailable" | "server_error" | "slow_down" => {
                Error::Unreachable { host: host(url), reason: self.words, answered: true }
            }
            "" if self.status >= 500 || self.status == 429 || self.status == 408 => {
                Error::Unreachable { host: host(url), reason: self.words, answered: true }
            }
            _ => Error::Refused(text),
        }
    }
}

fn host(url: &str) -> String {
    url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

fn grant(answer: &Answer, form: &Form) -> Result<Grant, Refusal> {
    let refusal = |code: &str, words: String| Refusal { code: code.to_owned(), words, status: answer.status };
    // Serde's words may quote what was sent: they are not told.
    let Ok(told) = serde_json::from_str::<Told>(answer.body.expose_secret()) else {
        return Err(refusal("", format!("its answer (status {}) cannot be read", answer.status)));
    };
    if let Some(code) = told.error.filter(|_| told.access_token.is_none()) {
        let words = match told.error_description {
            Some(words) if !words.trim().is_empty() => format!("{} ({code})", words.trim()),
            Some(_) | None => code.clone(),
        };
        let words: String = form.hide(&words).chars().take(300).collect();
        return Err(refusal(&code, words));
    }
    let Some(access) = told.access_token.filter(|token| answer.status == 200 && !token.expose_secret().is_empty())
    else {
        return Err(refusal("", format!("there is no token in its answer (status {})", answer.status)));
    };
    if told.token_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(refusal("token_type", "its tokens are of a kind that mail servers do not take".to_owned()));
    }
    let seconds = told.expires_in.and_then(|value| value.as_u64().or_else(|| value.as_str()?.trim().parse().ok()));
    let refresh = told.refresh_token.filter(|token| !token.expose_secret().is_empty());
    Ok(Grant { access, lasts: seconds.map(Duration::from_secs), refresh })
}

/// So many random bytes, as text for an address (RFC 4648, section 5).
fn random_text() -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}
