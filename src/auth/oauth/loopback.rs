//! The authorization code with PKCE (RFC 6749, section 4.1; RFC 7636), by a browser that is sent back to this computer
//! (RFC 8252, section 7.3).
//!
//! For a few minutes a port of 127.0.0.1 is open to every program and every page of this computer. So: one path is
//! answered, one method, for one name; what does not bring the state that we made up is told off and changes nothing; each
//! visitor has little time and few bytes; and a code alone is of no use without the verifier, which never leaves us.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{sleep, timeout};
use url::Url;

use super::{Client, Error, Grant, Tell, random_text};
use crate::protocol::SignInStep;
use crate::safe_text::SafeText;

/// How long the user may take.
pub const LIMIT: Duration = Duration::from_mins(5);
/// How long a visitor may take.
const VISIT: Duration = Duration::from_secs(5);
/// How long what he says may be.
const LONGEST: usize = 16 * 1024;
/// How many may be there at once.
const VISITORS: usize = 16;

/// A sign-in that waits for its browser.
pub struct Waiting {
    listener: Option<TcpListener>,
    port: u16,
    redirect: String,
    state: String,
    verifier: SecretString,
    /// Where the user says yes.
    pub url: String,
}

/// What somebody brought.
enum Brought {
    /// The code, with the right state.
    Code(SecretString),
    /// The user, or the provider, said no.
    No(String),
}

/// Opens a port of this computer and makes the address for the browser; `hint` is the user's address.
///
/// # Errors
/// [`Error::Refused`] when there is no port, or the provider's address is none.
pub async fn begin(client: &Client<'_>, hint: &str) -> Result<Waiting, Error> {
    let refused = |what: &str| Error::Refused(what.to_owned());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let listener = listener.map_err(|error| Error::Refused(format!("no port of this computer can be had: {error}")))?;
    let port = listener.local_addr().map_err(|_| refused("no port of this computer can be had"))?.port();
    let redirect = format!("http://{}:{port}/", client.endpoints.redirect_host);
    let (state, verifier) = (random_text(), SecretString::from(random_text()));
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose_secret().as_bytes()));
    let mut url = Url::parse(&client.endpoints.auth_url).map_err(|_| refused("auth_url is no address"))?;
    {
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", client.id)
            .append_pair("redirect_uri", &redirect)
            .append_pair("scope", &client.endpoints.scopes.join(" "))
            .append_pair("state", &state)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("login_hint", hint);
        for (name, value) in &client.endpoints.extra {
            query.append_pair(name, value);
        }
    }
    Ok(Waiting { listener: Some(listener), port, redirect, state, verifier, url: url.into() })
}

/// Signs in: tells where the user has to go, waits at most five minutes for the browser, and gets the tokens. Dropping it
/// closes the port.
///
/// # Errors
/// As [`Error`] says.
pub async fn sign_in(client: &Client<'_>, hint: &str, tell: Tell<'_>) -> Result<Grant, Error> {
    sign_in_or_typed(client, hint, tell, std::future::pending()).await
}

/// As [`sign_in`]; the browser may be on another computer, and the address that it ended at is typed here.
///
/// # Errors
/// As [`Error`] says.
pub async fn sign_in_or_typed(
    client: &Client<'_>,
    hint: &str,
    tell: Tell<'_>,
    typed: impl Future<Output = SecretString>,
) -> Result<Grant, Error> {
    let mut waiting = begin(client, hint).await?;
    tell(SignInStep::Browser { url: SafeText::new(&waiting.url) });
    waiting.finish(client, typed).await
}

impl Waiting {
    /// Waits for the browser, or for the address that the user says it ended at, and gets the tokens.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub async fn finish(
        &mut self,
        client: &Client<'_>,
        typed: impl Future<Output = SecretString>,
    ) -> Result<Grant, Error> {
        let Some(listener) = self.listener.take() else {
            return Err(Error::NotGranted("this sign-in is over".to_owned()));
        };
        let brought = tokio::select! {
            brought = self.listen(listener) => brought,
            address = typed => self.pasted(&address),
            () = sleep(LIMIT) => Brought::No("nobody said yes in five minutes".to_owned()),
        };
        let code = match brought {
            Brought::Code(code) => code,
            Brought::No(words) => return Err(Error::NotGranted(words)),
        };
        let form = client
            .form("authorization_code")
            .with("code", Some(code.expose_secret()))
            .with("redirect_uri", Some(&self.redirect))
            .with("code_verifier", Some(self.verifier.expose_secret()));
        client.ask(&form).await
    }

    /// Answers whoever comes until the right one does. The port is closed with the end of it.
    async fn listen(&self, listener: TcpListener) -> Brought {
        let (found, mut first) = mpsc::channel(1);
        let places = Arc::new(Semaphore::new(VISITORS));
        let mut visits = tokio::task::JoinSet::new();
        loop {
            tokio::select! {
                biased;
                Some(brought) = first.recv() => {
                    // Its page is on its way; the others are shown the door.
                    return brought;
                }
                Some(_) = visits.join_next(), if !visits.is_empty() => {}
                accepted = listener.accept() => {
                    let Ok((stream, _)) = accepted else {
                        sleep(Duration::from_millis(50)).await;
                        continue;
                    };
                    let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
                    let door = Door { port: self.port, state: self.state.clone() };
                    let found = found.clone();
                    visits.spawn(async move {
                        let brought = timeout(VISIT, door.visit(stream)).await.ok().flatten();
                        if let Some(brought) = brought {
                            // Only the first one counts.
                            drop(found.try_send(brought));
                        }
                        drop(place);
                    });
                }
            }
        }
    }

    /// The address that the browser ended at, as the user pasted it: over ssh the browser is on another computer.
    fn pasted(&self, address: &SecretString) -> Brought {
        let door = Door { port: self.port, state: self.state.clone() };
        let query = Url::parse(address.expose_secret().trim()).ok().and_then(|url| url.query().map(str::to_owned));
        query
            .and_then(|query| door.read(&query))
            .unwrap_or_else(|| Brought::No("this is not the address that the browser was sent to".to_owned()))
    }
}

/// What is known at the door.
struct Door {
    port: u16,
    state: String,
}

impl Door {
    /// Hears one visitor and answers him. The answer is written before what he brought counts, so that the page is there.
    async fn visit(&self, mut stream: TcpStream) -> Option<Brought> {
        let head = head(&mut stream).await?;
        let (status, brought) = self.judge(&head);
        let page = page(status, brought.as_ref());
        // A browser that is gone already has brought its code all the same.
        drop(stream.write_all(page.as_bytes()).await);
        drop(stream.shutdown().await);
        brought
    }

    /// The status of the answer, and what the request brought.
    fn judge(&self, head: &SecretString) -> (&'static str, Option<Brought>) {
        let mut lines = head.expose_secret().split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let host = lines.find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("host").then(|| value.trim().to_ascii_lowercase())
        });
        // Another name would be a page that found us by a name of its own (DNS rebinding).
        let ours = ["127.0.0.1", "localhost"].map(|name| format!("{name}:{}", self.port));
        if !host.is_some_and(|host| ours.contains(&host)) {
            return ("400 Bad Request", None);
        }
        if method != "GET" {
            return ("405 Method Not Allowed", None);
        }
        let Some(query) = target.strip_prefix("/?") else {
            return ("404 Not Found", None);
        };
        match self.read(query) {
            Some(brought) => ("200 OK", Some(brought)),
            None => ("400 Bad Request", None),
        }
    }

    /// Code or refusal, if the state is ours; what comes twice is not read (RFC 6749, section 3.1).
    fn read(&self, query: &str) -> Option<Brought> {
        let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
        let one = |wanted: &str| {
            let mut found = pairs.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.as_ref());
            let first = found.next()?;
            found.next().is_none().then_some(first)
        };
        if !same(one("state")?, &self.state) {
            return None;
        }
        if let Some(error) = one("error") {
            let words = one("error_description").filter(|words| !words.is_empty()).unwrap_or(error);
            return Some(Brought::No(format!("the provider says: {}", words.chars().take(300).collect::<String>())));
        }
        one("code").filter(|code| !code.is_empty()).map(|code| Brought::Code(SecretString::from(code.to_owned())))
    }
}

/// Whether two texts are the same, in a time that does not say where they differ.
fn same(one: &str, other: &str) -> bool {
    let differ = one.bytes().zip(other.bytes()).fold(0, |sum, (one, other)| sum | (one ^ other));
    one.len() == other.len() && differ == 0
}

/// The head of a request; `None` where it is too long, no text, or breaks off.
async fn head(stream: &mut TcpStream) -> Option<SecretString> {
    let mut bytes = Vec::with_capacity(2048);
    let mut chunk = [0; 2048];
    while !bytes.windows(4).any(|window| window == b"\r\n\r\n") {
        let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(chunk.get(..count)?);
        if bytes.len() > LONGEST {
            return None;
        }
    }
    String::from_utf8(bytes).ok().map(SecretString::from)
}

/// The page that the browser shows. Nothing that was brought is in it, and nothing is loaded for it.
fn page(status: &str, brought: Option<&Brought>) -> String {
    let words = match brought {
        Some(Brought::Code(_)) => "Posthaste has what it needs. You can close this page.",
        Some(Brought::No(_)) => "Posthaste was not let in, and says why. You can close this page.",
        None => "There is nothing here.",
    };
    let body = format!("<!doctype html><meta charset=utf-8><title>posthaste</title><p>{words}");
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n\
         Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n\r\n{body}",
        body.len()
    )
}
