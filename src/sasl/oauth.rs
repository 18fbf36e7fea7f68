//! OAUTHBEARER (RFC 7628) and XOAUTH2: an access token in one message, and why it was refused.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{Error, Mechanism, Peer, Response};

/// XOAUTH2's only message.
pub(super) fn xoauth2(user: &str, token: &SecretString) -> Result<Response, Error> {
    Ok(Response::secret(format!("user={user}\x01auth=Bearer {}\x01\x01", sendable(token)?)))
}

/// OAUTHBEARER's only message (RFC 7628, section 3.1).
pub(super) fn bearer(user: &str, token: &SecretString, peer: &Peer) -> Result<Response, Error> {
    let token = sendable(token)?;
    let host = if peer.host.is_empty() { String::new() } else { format!("\x01host={}", peer.host) };
    let port = peer.port.map_or_else(String::new, |port| format!("\x01port={port}"));
    let user = user.replace('=', "=3D").replace(',', "=2C");
    Ok(Response::secret(format!("n,a={user},{host}{port}\x01auth=Bearer {token}\x01\x01")))
}

/// A token is of visible ASCII (RFC 6750, section 2.1): anything else would end the message.
fn sendable(token: &SecretString) -> Result<&str, Error> {
    let token = token.expose_secret();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::Unsendable("The access token has a space or a character in it that no token has"));
    }
    Ok(token)
}

/// What a server says of a token that it does not take (RFC 7628, section 3.2.2).
#[derive(Deserialize, Default)]
#[serde(default)]
struct Told {
    status: String,
    scope: String,
}

/// Why the token was refused, in plain words; server text in it is not sanitised.
pub(super) fn status(challenge: &[u8]) -> String {
    let told: Told = serde_json::from_slice(challenge).unwrap_or_default();
    let short = |text: &str| text.chars().take(100).collect::<String>();
    match told.status.as_str() {
        // Google writes HTTP's numbers, the RFC has the words of RFC 6750.
        "401" | "invalid_token" => "the access token is not valid, or no longer".to_owned(),
        "403" | "insufficient_scope" if told.scope.is_empty() => "the access token is not for mail".to_owned(),
        "403" | "insufficient_scope" => format!("the access token is not for mail: it needs {}", short(&told.scope)),
        "400" | "invalid_request" => {
            "the server does not take the access token: it may be for another account or another service".to_owned()
        }
        "" => "the server does not take the access token, and does not say why".to_owned(),
        other => format!("the server does not take the access token: {}", short(other)),
    }
}

/// What is said to that, so that the server ends the exchange: nothing of the token (RFC 7628, section 3.2.3).
pub(super) fn acknowledge(mechanism: Mechanism) -> Response {
    Response::open(if mechanism == Mechanism::OAuthBearer { "\x01" } else { "" })
}
