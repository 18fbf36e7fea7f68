//! OAuth 2 against an authorization server of our own: both ways in, refresh, rotation, revocation, and rude visitors.
#![cfg(test)]

mod flows;
mod keeper;

use std::sync::{Arc, Mutex};

use posthaste::auth::{Keeper, Tools};
use posthaste::config::Account;
use posthaste::config::oauth::Store;
use posthaste::config::secret::Secret;
use posthaste::protocol::SignInStep;
use posthaste::sasl::Credential;
use secrecy::ExposeSecret;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::support::engine::account;
use crate::support::provider::Provider;

/// An account that signs in with this provider.
fn signs_in(provider: &Provider, store: Store) -> Account {
    let mut account = account("work", provider.addr, "alice", "");
    account.imap.secret = Secret::OAuth(Box::new(provider.oauth(store)));
    account
}

/// A keeper whose refresh tokens are kept in a keyring in memory.
fn keeper(provider: &Provider) -> Keeper {
    Keeper::new(&signs_in(provider, Store::Keyring), Tools::in_memory())
}

/// The access token that there is now, or why there is none.
async fn token(keeper: &Keeper) -> Result<String, String> {
    match keeper.credential().await {
        Ok(Credential::Token(token)) => Ok(token.expose_secret().to_owned()),
        Ok(other) => panic!("{other:?}"),
        Err(failure) => Err(failure.to_string()),
    }
}

/// Something that hears the steps of a sign-in.
fn listener() -> (impl Fn(SignInStep) + Send + Sync, UnboundedReceiver<SignInStep>) {
    let (tell, told) = unbounded_channel();
    let tell = Arc::new(Mutex::new(tell));
    (move |step| drop(tell.lock().unwrap().send(step)), told)
}

/// The address that the user has to open.
async fn address(told: &mut UnboundedReceiver<SignInStep>) -> String {
    match told.recv().await {
        Some(SignInStep::Browser { url } | SignInStep::Device { url, .. }) => url.to_string(),
        other => panic!("{other:?}"),
    }
}
