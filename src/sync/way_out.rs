//! The way out of an account, from what its config says.

use super::connection::endpoint;
use crate::config;
use crate::config::outgoing::Way;
use crate::config::{Account, Imap};
use crate::imap::connect::dialer::Dialer;
use crate::send::{Outlet, SignIn, Smtp};

/// The way out of an account; `None` where sending is not set up ([`crate::send::not_set_up`]).
pub fn way_out(account: &Account, dialer: &Dialer) -> Option<Outlet> {
    match account.outgoing.way.as_ref()? {
        Way::Command(command) => Some(Outlet::Command(command.clone())),
        Way::Smtp(smtp) => Some(Outlet::Smtp(Box::new(Smtp {
            endpoint: endpoint(&as_imap(&account.imap, smtp)),
            user: smtp.user.clone(),
            sign_in: smtp.auth.map_or(SignIn::Not, SignIn::Auth),
            dialer: dialer.clone(),
        }))),
    }
}

/// A connection is described alike for both.
fn as_imap(imap: &Imap, smtp: &config::outgoing::Smtp) -> Imap {
    Imap {
        host: smtp.host.clone(),
        port: smtp.port,
        security: smtp.security,
        ca_file: smtp.ca_file.clone(),
        pin: smtp.pin,
        sign_in: config::SignIn { client: smtp.client.clone(), command: None, ..imap.sign_in.clone() },
        ..imap.clone()
    }
}
