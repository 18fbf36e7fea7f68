//! AUTHENTICATE (RFC 9051, section 6.2.2; RFC 4959): carries a SASL exchange.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::Claim;
use crate::imap::answer::Answer;
use crate::imap::capability::Capabilities;
use crate::imap::command::Command;
use crate::imap::driver::{Done, Driver, QUIET, Take};
use crate::imap::error::{Denied, Error};
use crate::imap::trace::Speaker;
use crate::sasl::{self, Exchange, Mechanism, Response};

const VERB: &str = "AUTHENTICATE";

/// A sign-in that did not come to its end.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) error: Error,
    /// Why, as the server said it within the exchange.
    pub(super) said: Option<String>,
    /// How far it came.
    reached: Reached,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reached {
    /// The server took the mechanism up and asked for more; or it is not known.
    Further,
    /// It answered the command with NO.
    No,
    /// It answered the command with BAD.
    Bad,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self { error, said: None, reached: Reached::Further }
    }
}

impl Failed {
    /// Whether the server does not know the mechanism; nothing that a wrong password or an unknown user could be answered
    /// with means that.
    pub(super) fn is_about_the_way(&self) -> bool {
        let Error::Rejected { code, text, .. } = &self.error else { return false };
        match self.reached {
            Reached::Further => false,
            Reached::Bad => code.is_none(),
            Reached::No => {
                let text = text.to_ascii_lowercase();
                let way = ["mechanism", "unsupported", "not supported"].iter().any(|word| text.contains(word));
                way && code.as_deref().is_none_or(|code| code == "CANNOT")
            }
        }
    }
}

/// In base64, as IMAP carries it.
pub(super) fn encoded(text: &SecretString) -> SecretString {
    STANDARD.encode(text.expose_secret()).into()
}

/// Signs in by a mechanism. A NO or BAD is [`Error::Rejected`], and then the connection may be used for another try.
pub(super) async fn authenticate(
    driver: &mut Driver,
    offered: &Capabilities,
    claim: Claim<'_>,
    mechanism: Mechanism,
    take: Take<'_>,
) -> Result<Done, Failed> {
    let nonce = STANDARD.encode(rand::random::<[u8; 18]>());
    let offers_plus = offered.has("AUTH=SCRAM-SHA-256-PLUS");
    let exchange = Exchange::new(mechanism, claim.user, claim.credential, claim.peer, (&nonce, offers_plus));
    let mut talk = Talk {
        driver,
        exchange: Some(exchange.map_err(|error| Failed::from(in_words(error, claim)))?),
        claim,
        reached: Reached::No,
    };
    talk.driver.begin()?;
    talk.driver.guard().veil();
    let result = talk.run(offered.has("SASL-IR"), take).await;
    let said = talk.exchange.as_ref().and_then(|exchange| exchange.said().map(str::to_owned));
    let mut reached = talk.reached;
    // A server may say back what it was told.
    let said = said.map(|said| driver.guard().without_secrets(&said));
    driver.guard().unveil();
    let result = driver.end(result.map_err(|error| match error {
        Error::Bad { verb, text } => {
            if reached == Reached::No {
                reached = Reached::Bad;
            }
            Error::Rejected { verb, code: None, text }
        }
        other @ (Error::Auth { .. }
        | Error::Unreachable { .. }
        | Error::Tls { .. }
        | Error::Timeout { .. }
        | Error::Rejected { .. }
        | Error::Throttled { .. }
        | Error::Protocol(_)
        | Error::Closed { .. }) => other,
    }));
    result.map_err(|error| Failed { error, said, reached })
}

/// What of an exchange's errors is told to whom.
fn in_words(error: sasl::Error, claim: Claim<'_>) -> Error {
    match error {
        sasl::Error::Unsendable(text) => Error::Auth { text: text.to_owned(), denied: Denied::Unsent },
        sasl::Error::Senseless(text) => Error::Protocol(text.to_owned()),
        sasl::Error::Impostor(text) => Error::Tls {
            host: claim.peer.host.clone(),
            reason: text.to_owned(),
            advice: "Your password was not told. Somebody else may be answering for this server".to_owned(),
            certificate: None,
        },
    }
}

struct Talk<'a> {
    driver: &'a mut Driver,
    /// Away only while it is at work on another thread.
    exchange: Option<Exchange>,
    claim: Claim<'a>,
    reached: Reached,
}

impl Talk<'_> {
    async fn run(&mut self, early: bool, take: Take<'_>) -> Result<Done, Error> {
        let Some(exchange) = &mut self.exchange else { return Err(lost()) };
        let mut initial = exchange.initial();
        let mut command = Command::new(format!("{VERB} {}", exchange.mechanism()));
        if early && let Some(first) = initial.take() {
            command = command.word(" ").raw_secret(self.sealed(&first, "="));
        }
        let tag = self.driver.send(VERB, &command).await?;
        loop {
            let answer = self.driver.answer(VERB, QUIET, &mut |_| {}).await?;
            if let Answer::Continue(challenge) = answer {
                let response = match initial.take() {
                    Some(first) => first,
                    None => self.respond(&challenge).await?,
                };
                let sealed = self.sealed(&response, "");
                self.driver.guard().trace().line(Speaker::Client, "***");
                self.driver.write(format!("{}\r\n", sealed.expose_secret()).as_bytes()).await?;
                self.driver.flush().await?;
                continue;
            }
            if let Some(done) = self.driver.judge(VERB, &tag, answer, take)? {
                let Some(exchange) = &self.exchange else { return Err(lost()) };
                exchange.finish().map_err(|error| in_words(error, self.claim))?;
                return Ok(done);
            }
        }
    }

    /// The answer to a challenge. SCRAM works for it, so that it is done where nothing else waits.
    async fn respond(&mut self, challenge: &str) -> Result<Response, Error> {
        self.reached = Reached::Further;
        let challenge = STANDARD.decode(challenge);
        let challenge =
            challenge.map_err(|_| Error::Protocol("a part of the sign-in that is not base64".to_owned()))?;
        let Some(mut exchange) = self.exchange.take() else { return Err(lost()) };
        let work = tokio::task::spawn_blocking(move || {
            let response = exchange.respond(&challenge);
            (exchange, response)
        });
        let (exchange, response) = work.await.map_err(|_| lost())?;
        self.exchange = Some(exchange);
        response.map_err(|error| in_words(error, self.claim))
    }

    /// A response as it is sent; what it tells is hidden from here on.
    fn sealed(&mut self, response: &Response, empty: &str) -> SecretString {
        let sealed = encoded(&response.text);
        if response.secret {
            let guard = self.driver.guard();
            guard.hide(sealed.clone());
            guard.hide(response.text.clone());
        }
        if sealed.expose_secret().is_empty() { empty.into() } else { sealed }
    }
}

fn lost() -> Error {
    Error::Closed { what: "the sign-in was given up".to_owned() }
}
