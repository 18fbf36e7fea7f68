//! The IMAP layer against scripted servers.

#![expect(clippy::unwrap_used, reason = "a transcript that cannot begin is a failed test")]

mod bodies;
mod changes;
mod compress;
mod faults;
mod floods;
mod folders;
mod hostile;
mod idle;
mod manners;
mod notify;
mod quirks;
mod resync;
mod sasl;
mod search;
mod sign_in;
mod starttls;

use posthaste::imap::connect::greet;
use posthaste::imap::error::Error;
use posthaste::imap::session::Session;
use posthaste::imap::trace::Trace;
use posthaste::imap::uid_set::UidSet;
use posthaste::mail::Uid;
use posthaste::sasl::Wanted;
use tokio::task::JoinHandle;

use crate::support::script::script_in_pieces;

/// A session signed in by LOGIN on a server with these capabilities, and then this transcript.
async fn signed_in(capabilities: &str, transcript: &str) -> (Session, JoinHandle<String>) {
    signed_in_by_pieces(capabilities, transcript, usize::MAX).await
}

async fn signed_in_by_pieces(capabilities: &str, transcript: &str, piece: usize) -> (Session, JoinHandle<String>) {
    let capabilities = format!("IMAP4rev1 {capabilities}");
    let text = format!(
        "S: * OK [CAPABILITY IMAP4rev1] hello\n\
         C: LOGIN \"ada\" \"secret\"\n\
         S: $ OK [CAPABILITY {}] in\n--\n{transcript}",
        capabilities.trim()
    );
    let (stream, server) = script_in_pieces(&text, piece);
    let greeted = greet(stream, "mail.example.org", &Trace::default()).await.unwrap();
    (greeted.login("ada", &"secret".into(), Wanted::Automatic).await.unwrap(), server)
}

/// With a folder open whose UIDVALIDITY is 7.
async fn opened(capabilities: &str, transcript: &str) -> (Session, JoinHandle<String>) {
    let text = format!(
        "C* SELECT\n\
         S: * 3 EXISTS\n\
         S: * OK [UIDVALIDITY 7] valid\n\
         S: $ OK [READ-WRITE] open\n--\n{transcript}"
    );
    let (mut session, server) = signed_in(capabilities, &text).await;
    session.select("INBOX", posthaste::imap::session::Mode::ReadWrite).await.unwrap();
    (session, server)
}

fn uids(text: &str) -> UidSet {
    UidSet::parse(text).unwrap()
}

fn uid(number: u32) -> Uid {
    Uid(number)
}

fn kind(error: &Error) -> &'static str {
    match error {
        Error::Auth { .. } => "auth",
        Error::Unreachable { .. } => "unreachable",
        Error::Tls { .. } => "tls",
        Error::Timeout { .. } => "timeout",
        Error::Rejected { .. } => "rejected",
        Error::Bad { .. } => "bad",
        Error::Throttled { .. } => "throttled",
        Error::Protocol(_) => "protocol",
        Error::Closed { .. } => "closed",
    }
}
