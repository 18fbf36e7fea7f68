//! What the codes of a refusal mean, in plain sentences (RFC 3463, RFC 5248, RFC 7372; RFC 5321, section 4.2.3).

use super::error::Status;

/// The sentence for a refusal; `None` where the server's own words have to do.
pub(super) fn plain(code: u16, status: Option<Status>) -> Option<&'static str> {
    status.and_then(by_status).or_else(|| by_code(code))
}

fn by_status(status: Status) -> Option<&'static str> {
    let for_good = status.class == 5;
    Some(match (status.subject, status.detail) {
        (1, 0 | 1) => "There is no such address",
        (1, 2) => "The domain behind the @ takes no mail",
        (1, 3) => "This is no address",
        (1, 6) => "The mailbox has moved, and nobody says where to",
        (1, 7) => "The server does not take your own address for one",
        (1, 8) => "The domain of your own address is not known there",
        (1, 10) => "The domain behind the @ takes no mail at all",
        (2, 1) => "The mailbox is switched off",
        (2, 2) => "The mailbox is full",
        (2, 3) => "The mail is too large for this mailbox",
        (2, 4) => "The mailing list could not be expanded",
        (3, 1) => "The server has no room for more mail",
        (3, 2) if !for_good => "The server takes no mail at the moment",
        (3, 2) => "The server takes no mail",
        (3, 4) => "The mail is too large",
        (4, 1) => "The recipient's server does not answer",
        (4, 2) => "The connection to the recipient's server is bad",
        (4, 4) => "The way to the recipient's domain is not known",
        (4, 5) => "The server is overloaded",
        (4, 6) => "The mail would go round in circles",
        (4, 7) => "It could not be delivered in time",
        (5, 3) => "The mail has more recipients than the server takes at once",
        (6, 7) => "The address has letters beyond ASCII, and the server does not take them",
        (7, 0 | 1) if !for_good => {
            "The server does not take it now; some want a second try from whoever is new to them"
        }
        (7, 0 | 1) => "The server does not allow it",
        (7, 2) => "You may not write to this mailing list",
        (7, 3) => "The recipient's server does not allow it",
        (7, 8) => "User name or password is not right",
        (7, 9) => "This way to sign in is not allowed; an app password may be",
        (7, 10) => "The server wants encryption",
        (7, 11) => "The server wants an encrypted connection for this sign-in",
        (7, 13) => "The account is switched off",
        (7, 14) => "The server wants you to sign in somewhere else first",
        (7, 20..=22) => "The signature of your domain (DKIM) was not accepted",
        (7, 23 | 24) => "Your provider is not known to send for your domain (SPF)",
        (7, 25) => "The sending server has no proper name in the DNS",
        (7, 26) => "Your mail could not be proved to be from your domain (SPF, DKIM or DMARC)",
        (7, 27) => "Your own domain takes no mail, so nobody could answer you",
        (7, 28) => "You send too much at once",
        _ => return None,
    })
}

/// Where there is no enhanced code, or one that says nothing.
fn by_code(code: u16) -> Option<&'static str> {
    Some(match code {
        421 => "The server ends the connection",
        450 => "The mailbox is busy, or the server wants a second try later",
        451 => "The server has trouble of its own",
        452 | 431 => "The server has no room at the moment",
        454 => "The sign-in does not work at the moment",
        530 => "The server wants you to sign in",
        534 => "This way to sign in is not allowed; an app password may be",
        535 => "User name or password is not right",
        550 | 554 => "It was refused",
        551 => "The mailbox is elsewhere",
        552 => "There is no room for it, or it is too large",
        553 => "The server does not take the address",
        556 => "The domain behind the @ takes no mail at all",
        _ => return None,
    })
}
