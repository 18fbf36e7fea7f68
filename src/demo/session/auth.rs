//! Signing in: LOGIN and AUTHENTICATE PLAIN.

use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use imap_codec::imap_types::auth::AuthMechanism;
use imap_codec::imap_types::command::CommandBody;

use super::{Reply, Session};

impl Session {
    /// A command before the client has signed in.
    #[expect(clippy::wildcard_enum_match_arm, reason = "whatever else there is needs a signed-in client")]
    pub(super) async fn authenticate(&mut self, body: &CommandBody<'static>) -> io::Result<Reply> {
        match body {
            CommandBody::Login { .. } if self.options.has("LOGINDISABLED") => {
                Ok(Reply::No("[PRIVACYREQUIRED] LOGIN is disabled.".to_owned()))
            }
            CommandBody::Login { username, password } => {
                let user = String::from_utf8_lossy(username.as_ref()).into_owned();
                let password = String::from_utf8_lossy(password.declassify().as_ref()).into_owned();
                Ok(self.admit(user, &password))
            }
            CommandBody::Authenticate { mechanism: AuthMechanism::Plain, initial_response } => {
                let response = if let Some(secret) = initial_response {
                    secret.declassify().to_vec()
                } else {
                    self.wire.say("+ \r\n");
                    self.wire.flush().await?;
                    let line = self.wire.read_line().await?;
                    let Ok(response) = STANDARD.decode(line.trim_ascii()) else {
                        return Ok(Reply::Bad("Invalid base64 data or cancelled.".to_owned()));
                    };
                    response
                };
                // authorisation identity NUL user NUL password (RFC 4616)
                let mut fields = response.split(|byte| *byte == 0).skip(1).map(String::from_utf8_lossy);
                let (Some(user), Some(password)) = (fields.next(), fields.next()) else {
                    return Ok(Reply::Bad("Invalid PLAIN response.".to_owned()));
                };
                Ok(self.admit(user.into_owned(), &password))
            }
            CommandBody::Authenticate { .. } => Ok(Reply::No("[CANNOT] Unsupported mechanism.".to_owned())),
            _ => Ok(Reply::Bad("Please login first.".to_owned())),
        }
    }

    fn admit(&mut self, user: String, password: &str) -> Reply {
        if !self.world.lock().admits(&user, password) {
            return Reply::No("[AUTHENTICATIONFAILED] Authentication failed.".to_owned());
        }
        self.user = Some(user);
        Reply::Ok(format!("[CAPABILITY {}] Logged in", self.capabilities()))
    }
}
