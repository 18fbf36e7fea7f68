//! Signing in (RFC 4954): carries a SASL exchange.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::{COMMAND, Session};
use crate::imap::error::Denied;
use crate::sasl::choice::{after_scram, choose};
use crate::sasl::{self, Credential, Exchange, Mechanism, Response, Wanted};
use crate::send::error::{Answer, Error, Stage};
use crate::send::link::Shown;
use crate::send::reply::Reply;

/// The longest command line with its end (RFC 5321, section 4.5.3.1.4): what is longer goes in a line of its own.
const MAX_COMMAND: usize = 512;

/// Who signs in, and how.
#[derive(Clone, Copy)]
struct Claim<'a> {
    user: &'a str,
    credential: &'a Credential,
    want: Wanted,
}

/// How a try ended that did not fail in itself.
enum Outcome {
    Done,
    /// The server's answer, whether it took the mechanism up, and what it said within the exchange.
    Refused {
        answer: Answer,
        taken_up: bool,
        said: Option<String>,
    },
}

/// Signs in by the mechanism that is chosen. Where that is SCRAM, not by the user's wish, and the server does not understand
/// it though it offers it, the password is told after all, once; an answer that can mean a wrong password ends it, so that no
/// account is locked (RL45).
pub(super) async fn sign_in(
    session: &mut Session,
    user: &str,
    credential: &Credential,
    want: Wanted,
) -> Result<Mechanism, Error> {
    let claim = Claim { user, credential, want };
    hide(session, claim);
    let names: Vec<String> = session.offer.mechanisms().into_iter().map(str::to_owned).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let bound = session.peer.binding.is_some();
    let mechanism = choose(want, credential, &names, (bound, false)).map_err(unsent)?;
    let plus = names.contains(&"SCRAM-SHA-256-PLUS");
    let (answer, taken_up, said) = match by(session, claim, mechanism, plus).await? {
        Outcome::Done => return Ok(mechanism),
        Outcome::Refused { answer, taken_up, said } => (answer, taken_up, said),
    };
    let unknown = want == Wanted::Automatic && is_scram(mechanism) && !taken_up && is_about_the_way(&answer);
    let next = unknown.then(|| after_scram(&names, false)).flatten();
    let Some(next) = next else { return Err(refused(answer, said, claim, mechanism)) };
    match by(session, claim, next, plus).await? {
        Outcome::Done => Ok(next),
        Outcome::Refused { answer, said, .. } => Err(refused(answer, said, claim, next)),
    }
}

/// What the secret may look like in what a server repeats.
fn hide(session: &mut Session, claim: Claim<'_>) {
    let (Credential::Password(secret) | Credential::Token(secret)) = claim.credential else { return };
    let plain = SecretString::from(format!("\0{}\0{}", claim.user, secret.expose_secret()));
    // The longest first: what is shorter may be a part of it.
    for form in [encoded(&plain), encoded(secret), secret.clone()] {
        session.hide(form);
    }
}

async fn by(
    session: &mut Session,
    claim: Claim<'_>,
    mechanism: Mechanism,
    offers_plus: bool,
) -> Result<Outcome, Error> {
    let nonce = STANDARD.encode(rand::random::<[u8; 18]>());
    let exchange = Exchange::new(mechanism, claim.user, claim.credential, &session.peer, (&nonce, offers_plus));
    let mut exchange = exchange.map_err(|error| in_words(error, session))?;
    let command = format!("AUTH {mechanism}");
    let mut first = exchange.initial().map(|first| sealed(session, &first));
    // RFC 4954, section 4: an empty first response is "=", and a long one has to wait for its own line.
    let early = first.take_if(|first| command.len() + 1 + first.expose_secret().len() + 2 <= MAX_COMMAND);
    match early {
        Some(first) if first.expose_secret().is_empty() => session.link.command(&format!("{command} ="), None).await?,
        Some(first) => session.link.command(&format!("{command} "), Some(&first)).await?,
        None => session.link.command(&command, None).await?,
    }
    let mut taken_up = false;
    loop {
        let reply = session.link.reply("AUTH", COMMAND, Shown::Veiled).await?;
        match reply.code {
            235 => {
                exchange.finish().map_err(|error| in_words(error, session))?;
                return Ok(Outcome::Done);
            }
            334 => {
                let response = if let Some(first) = first.take() {
                    first
                } else {
                    taken_up = true;
                    let challenge = challenge(&reply)?;
                    let (next, response) = respond(exchange, challenge).await?;
                    exchange = next;
                    let response = response.map_err(|error| in_words(error, session))?;
                    sealed(session, &response)
                };
                session.link.command("", Some(&response)).await?;
            }
            400..600 => {
                let said = exchange.said().map(str::to_owned);
                return Ok(Outcome::Refused { answer: reply.answer(), taken_up, said });
            }
            _ => return Err(Error::Protocol("an answer to AUTH that does not fit".to_owned())),
        }
    }
}

fn challenge(reply: &Reply) -> Result<Vec<u8>, Error> {
    let text: String = reply.lines.concat();
    let wrong = |_| Error::Protocol("a part of the sign-in that is not base64".to_owned());
    STANDARD.decode(text.trim()).map_err(wrong)
}

/// SCRAM works for its answer, so that it is done where nothing else waits.
async fn respond(
    mut exchange: Exchange,
    challenge: Vec<u8>,
) -> Result<(Exchange, Result<Response, sasl::Error>), Error> {
    let work = tokio::task::spawn_blocking(move || {
        let response = exchange.respond(&challenge);
        (exchange, response)
    });
    work.await.map_err(|_| Error::Closed { what: "the sign-in was given up".to_owned() })
}

/// A response as it is sent; what it tells is hidden from here on.
fn sealed(session: &mut Session, response: &Response) -> SecretString {
    let sealed = encoded(&response.text);
    if response.secret {
        session.hide(sealed.clone());
        session.hide(response.text.clone());
    }
    sealed
}

fn encoded(text: &SecretString) -> SecretString {
    STANDARD.encode(text.expose_secret()).into()
}

fn in_words(error: sasl::Error, session: &Session) -> Error {
    match error {
        sasl::Error::Unsendable(text) => unsent(text.to_owned()),
        sasl::Error::Senseless(text) => Error::Protocol(text.to_owned()),
        sasl::Error::Impostor(text) => Error::Tls {
            host: session.peer.host.clone(),
            reason: text.to_owned(),
            advice: "Your password was not told. Somebody else may be answering for this server".to_owned(),
        },
    }
}

fn is_scram(mechanism: Mechanism) -> bool {
    matches!(mechanism, Mechanism::ScramSha256 | Mechanism::ScramSha256Plus)
}

/// Whether the server does not know the mechanism; no wrong password is answered so (RFC 4954, section 6).
fn is_about_the_way(answer: &Answer) -> bool {
    matches!(answer.code, 500 | 501 | 502 | 504)
}

/// A refusal of the sign-in; "not now" is none.
fn refused(answer: Answer, said: Option<String>, claim: Claim<'_>, mechanism: Mechanism) -> Error {
    if answer.is_transient() {
        return Error::Later { stage: Stage::Auth, answer };
    }
    let denied = if matches!(claim.credential, Credential::Token(_)) { Denied::Token } else { Denied::Password };
    let text = match said {
        Some(said) => format!("{said} ({answer})"),
        // Servers that keep no password in clear, and no key for SCRAM, offer it all the same and then refuse.
        None if is_scram(mechanism) && claim.want == Wanted::Automatic => {
            format!("{answer} (by {mechanism}; if the password is right, try auth = \"plain\")")
        }
        None => answer.to_string(),
    };
    Error::Auth { text, denied }
}

fn unsent(text: String) -> Error {
    Error::Auth { text, denied: Denied::Unsent }
}
