//! Unsubscribing by one click: a POST, and nothing of the answer but whether it was taken (RFC 8058, section 3.2).
//!
//! As with pictures the sender learns that the mail was read, and from where, which the user was told before; there are no
//! cookies, and nothing that leads elsewhere is followed.

use std::io::ErrorKind;
use std::time::Instant;

use super::{Fetcher, parse, words};
use crate::sync::post::{Clicker, Missed};

/// What is posted (RFC 8058, section 3.1).
const BODY: &str = "List-Unsubscribe=One-Click";

impl Clicker for Fetcher {
    /// The link has to be an https one of a public host. Blocks, at most for the time that a picture may take.
    fn click(&self, url: &str) -> Result<(), Missed> {
        let by = Instant::now() + self.limits.each;
        let url = parse(url).map_err(Missed::Refused)?;
        self.check(&url).map_err(Missed::Refused)?;
        let request = self.agent().post(url.as_str()).content_type("application/x-www-form-urlencoded");
        let response = request.send(BODY).map_err(|error| missed(&error, by))?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        if status.is_redirection() {
            let why = "the server wants to lead elsewhere, which a click must not: open the link instead";
            return Err(Missed::Refused(why.to_owned()));
        }
        let why = format!("the server answered {}", status.as_u16());
        // 408 and 429 are those among the others that are about the moment (RFC 9110, section 15.5.9; RFC 6585, section 4).
        let moment = status.is_server_error() || matches!(status.as_u16(), 408 | 429);
        Err(if moment { Missed::Busy(why) } else { Missed::Refused(why) })
    }
}

/// What the way to the server failed by: without a network names are not known and nothing answers, which says nothing
/// about the link. What the guard does not let through, and a certificate that nobody vouches for, stay so.
fn missed(error: &ureq::Error, by: Instant) -> Missed {
    let why = words(error, by);
    let unreached = if let ureq::Error::Io(error) = error {
        error.kind() != ErrorKind::PermissionDenied
    } else {
        matches!(error, ureq::Error::Timeout(_) | ureq::Error::HostNotFound | ureq::Error::ConnectionFailed)
            || Instant::now() >= by
    };
    if unreached { Missed::Unreached(why) } else { Missed::Refused(why) }
}
