//! What is said to a provider: one POST of a form, over https or to this computer, answered in bounded size and time.
//! Redirects are not followed: what is sent is for this address alone.

use std::io::Read as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use ureq::config::AutoHeaderValue;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Proxy};
use url::Url;
use url::form_urlencoded::Serializer;

use super::vault::off_the_loop;
use crate::config::oauth::is_safe;

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(20);
/// How large it may be.
const LONGEST: u64 = 256 * 1024;

/// A form that may hold secrets; wiped when it is dropped.
#[derive(Default)]
pub(super) struct Form(Vec<(&'static str, SecretString)>);

impl Form {
    /// With this field; `None` is left out.
    pub(super) fn with(mut self, name: &'static str, value: Option<&str>) -> Self {
        self.0.extend(value.map(|value| (name, SecretString::from(value.to_owned()))));
        self
    }

    /// The values that no error may show.
    pub(super) fn hide(&self, text: &str) -> String {
        let secret = |name: &str| !matches!(name, "grant_type" | "scope" | "redirect_uri" | "client_id");
        self.0
            .iter()
            .filter(|(name, value)| secret(name) && !value.expose_secret().is_empty())
            .flat_map(|(_, value)| spelt(value.expose_secret()))
            .fold(text.to_owned(), |text, value| text.replace(value.expose_secret(), "***"))
    }

    fn encoded(&self) -> SecretString {
        let mut form = Serializer::new(String::new());
        for (name, value) in &self.0 {
            form.append_pair(name, value.expose_secret());
        }
        SecretString::from(form.finish())
    }
}

/// A secret as a text may hold it: as it is, in a URL, in base64. The longest first.
fn spelt(secret: &str) -> Vec<SecretString> {
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut all = [
        secret.to_owned(),
        encoded.replace('+', "%20"),
        encoded,
        STANDARD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
    ];
    all.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
    all.map(SecretString::from).into()
}

/// What came back.
pub(super) struct Answer {
    /// The status (RFC 9110, section 15).
    pub(super) status: u16,
    /// Its text.
    pub(super) body: SecretString,
}

/// Why nothing came back: a sentence, and whether somebody answered at all.
#[derive(Debug)]
pub(super) struct Silence {
    /// Whom it was said to.
    pub(super) host: String,
    /// Why.
    pub(super) reason: String,
}

/// Sends the form.
///
/// # Errors
/// [`Silence`] when there was no answer, or none that may be read.
pub(super) async fn post(url: &str, form: &Form) -> Result<Answer, Silence> {
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let silence = |reason: &str| Silence { host: host.clone(), reason: reason.to_owned() };
    if !is_safe(url) {
        return Err(silence("its address is neither https nor of this computer"));
    }
    let (url, body) = (url.to_owned(), form.encoded());
    match off_the_loop(LIMIT + Duration::from_secs(1), move || blocking(&url, &body, LIMIT)).await {
        Some(Ok(answer)) => Ok(answer),
        Some(Err(reason)) => Err(silence(&reason)),
        None => Err(silence("no answer in 20 seconds")),
    }
}

fn blocking(url: &str, body: &SecretString, limit: Duration) -> Result<Answer, String> {
    let tls = TlsConfig::builder().provider(TlsProvider::NativeTls).root_certs(RootCerts::PlatformVerifier).build();
    let here = url.starts_with("http:");
    let config = Agent::config_builder()
        .https_only(!here)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("posthaste/", env!("CARGO_PKG_VERSION")))
        .accept("application/json")
        .accept_encoding(AutoHeaderValue::None)
        .max_response_header_size(16 * 1024)
        // What is on this computer is asked without a detour.
        .proxy(if here { None } else { Proxy::try_from_env() })
        .timeout_global(Some(limit))
        .tls_config(tls)
        .build();
    let agent = Agent::new_with_config(config);
    let request = agent.post(url).header("Content-Type", "application/x-www-form-urlencoded");
    let response = request.send(body.expose_secret().as_bytes()).map_err(|error| words(&error))?;
    let status = response.status().as_u16();
    if response.status().is_redirection() {
        return Err("it sends us somewhere else, and what we have to say is for nobody else".to_owned());
    }
    let mut text = String::new();
    let read = response.into_body().into_reader().take(LONGEST + 1).read_to_string(&mut text);
    let body = SecretString::from(text);
    match read {
        Ok(length) if length as u64 > LONGEST => Err("its answer is too long".to_owned()),
        Ok(_) => Ok(Answer { status, body }),
        Err(_) => Err("its answer broke off, or is no text".to_owned()),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "not ours, and it grows")]
fn words(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "no answer in time".to_owned(),
        ureq::Error::HostNotFound => "the name cannot be resolved".to_owned(),
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::ConnectionFailed => "no connection".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
