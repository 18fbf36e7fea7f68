//! Unsubscribing by one click: a POST, and nothing of the answer but whether it was taken (RFC 8058, section 3.2).
//!
//! As with pictures the sender learns that the mail was read, and from where, which the user was told before; there are no
//! cookies, and nothing that leads elsewhere is followed.

use std::time::Instant;

use super::{Fetcher, parse, words};

/// What is posted (RFC 8058, section 3.1).
const BODY: &str = "List-Unsubscribe=One-Click";

impl Fetcher {
    /// Posts to this link, which has to be an https one of a public host. Blocks, at most for the time that a picture may
    /// take.
    ///
    /// # Errors
    /// Why it was not taken, in words that may hold what a server said.
    pub fn one_click(&self, url: &str) -> Result<(), String> {
        let by = Instant::now() + self.limits.each;
        let url = parse(url)?;
        self.check(&url)?;
        let request = self.agent().post(url.as_str()).content_type("application/x-www-form-urlencoded");
        let response = request.send(BODY).map_err(|error| words(&error, by))?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        if status.is_redirection() {
            return Err("the server wants to lead elsewhere, which a click must not: open the link instead".to_owned());
        }
        Err(format!("the server answered {}", status.as_u16()))
    }
}
