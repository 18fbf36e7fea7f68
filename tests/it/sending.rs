//! Submission against servers of every kind of manners.
#![cfg(test)]

mod cuts;
mod manners;
mod sign_in;
mod starttls;
#[cfg(target_os = "linux")]
mod tls;

use posthaste::imap::trace::Trace;
use posthaste::letter::Parcel;
use posthaste::send::error::Error;
use posthaste::send::{Report, submit};

use crate::support::smtp::Sink;

/// Sends through this server.
async fn send(sink: &Sink, parcel: &Parcel) -> Result<Report, Error> {
    submit(&sink.outlet(), &"secret".into(), parcel, None, &Trace::default()).await
}

fn kind(error: &Error) -> &'static str {
    match error {
        Error::Auth { .. } => "auth",
        Error::Unreachable { .. } => "unreachable",
        Error::Tls { .. } => "tls",
        Error::Timeout { .. } => "timeout",
        Error::Closed { .. } => "closed",
        Error::Protocol(_) => "protocol",
        Error::Later { .. } => "later",
        Error::Refused { .. } => "refused",
        Error::Recipients { .. } => "recipients",
        Error::TooLarge { .. } => "too large",
        Error::Unable(_) => "unable",
        Error::Unsendable(_) => "unsendable",
        Error::Command { .. } => "command",
        Error::Unknown { .. } => "unknown",
    }
}
