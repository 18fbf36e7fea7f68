//! The device flow (RFC 8628): the user opens an address on any computer and types a code there; meanwhile the provider is
//! asked now and then.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::{Instant, sleep};

use super::{Client, Error, Grant, Tell, grant, host};
use crate::auth::http::{Form, post};
use crate::config::oauth::is_safe;
use crate::protocol::SignInStep;
use crate::safe_text::SafeText;

/// The grant of a device (RFC 8628, section 3.4).
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// How long is waited between two questions where the provider does not say (section 3.2).
const INTERVAL: u64 = 5;
/// What is added when it asks for patience (section 3.5).
const SLOWER: Duration = Duration::from_secs(5);
/// The longest wait between two questions, whatever it says.
const SLOWEST: Duration = Duration::from_mins(1);
/// The longest time that a code is good for, whatever it says.
const LONGEST: u64 = 3600;

/// What a provider says to a device (RFC 8628, section 3.2).
#[derive(Deserialize)]
struct Told {
    device_code: SecretString,
    user_code: String,
    /// Google called it so before there was a standard.
    #[serde(alias = "verification_url")]
    verification_uri: String,
    expires_in: Option<u64>,
    interval: Option<u64>,
}

/// Signs in on another device: tells address and code, and waits as long as the code is good for.
///
/// # Errors
/// As [`Error`] says; [`Error::Refused`] where the provider has no such way.
pub async fn sign_in(client: &Client<'_>, tell: Tell<'_>) -> Result<Grant, Error> {
    let told = begin(client).await?;
    let until = Instant::now() + Duration::from_secs(told.expires_in.unwrap_or(600).min(LONGEST));
    tell(SignInStep::Device { url: SafeText::new(&told.verification_uri), code: SafeText::new(&told.user_code) });
    let mut pause = Duration::from_secs(told.interval.unwrap_or(INTERVAL)).clamp(Duration::from_secs(1), SLOWEST);
    let late = || Error::NotGranted("the code was not typed in time; begin again for a new one".to_owned());
    loop {
        if Instant::now() + pause >= until {
            return Err(late());
        }
        sleep(pause).await;
        let form = client.form(GRANT).with("device_code", Some(told.device_code.expose_secret()));
        let refusal = match post(&client.endpoints.token_url, &form).await {
            // Section 3.5: a connection that times out is asked again, more slowly.
            Err(_) => {
                pause = (pause * 2).min(SLOWEST);
                continue;
            }
            Ok(answer) => match grant(&answer, &form) {
                Ok(grant) => return Ok(grant),
                Err(refusal) => refusal,
            },
        };
        match refusal.code.as_str() {
            "authorization_pending" => {}
            "slow_down" => pause = (pause + SLOWER).min(SLOWEST),
            "expired_token" => return Err(late()),
            _ => match refusal.error(&client.endpoints.token_url) {
                Error::Unreachable { .. } => pause = (pause * 2).min(SLOWEST),
                // What was granted cannot be over yet: the code is.
                Error::Over(_) => return Err(late()),
                error @ (Error::Refused(_) | Error::NotGranted(_)) => return Err(error),
            },
        }
    }
}

async fn begin(client: &Client<'_>) -> Result<Told, Error> {
    let Some(url) = client.endpoints.device_url.as_deref() else {
        let why = client.endpoints.no_device.as_deref().unwrap_or("no device_url is known for this provider");
        return Err(Error::Refused(format!("{why}; sign in with a browser instead")));
    };
    let scopes = client.endpoints.scopes.join(" ");
    let form = Form::default()
        .with("client_id", Some(client.id))
        .with("client_secret", client.secret.map(ExposeSecret::expose_secret))
        .with("scope", Some(&scopes));
    let answer = post(url, &form).await?;
    let read = serde_json::from_str::<Told>(answer.body.expose_secret());
    let told = match read {
        Ok(told) if answer.status == 200 => told,
        Ok(_) | Err(_) => return Err(refused(&answer, &form, url)),
    };
    // It is opened in a browser, or typed.
    if !is_safe(&told.verification_uri) {
        return Err(Error::Refused(format!("{} names no safe address to type the code at", host(url))));
    }
    Ok(told)
}

fn refused(answer: &crate::auth::http::Answer, form: &Form, url: &str) -> Error {
    match grant(answer, form) {
        Err(refusal) => refusal.error(url),
        Ok(_) => Error::Refused(format!("{} gave a token where a code was asked for", host(url))),
    }
}
