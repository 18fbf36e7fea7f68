//! A search on all servers, for as long as it may hold up what the cache knows at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::{PATIENCE, unreachable};
use crate::cli::engine::{Error, Searched};
use crate::config::Config;
use crate::config::secret::Secret;
use crate::mail::{AccountId, SearchId};
use crate::protocol::{Command, Connection, Event, ServerSearch};
use crate::query::Query;
use crate::sync::Engine;

/// How long a server may take to let us in: what the cache has is not to wait for one that says nothing.
const SIGN_IN: Duration = Duration::from_secs(10);
/// The same where a command or a keyring gives the secret: it may have to ask for a passphrase.
const COMMAND: Duration = Duration::from_secs(30);

/// How far the search is on one account's server.
#[derive(Debug, Clone, Default)]
struct Standing {
    state: Option<ServerSearch>,
    /// It has let us in.
    met: bool,
    /// How long that may take.
    patience: Duration,
}

impl Standing {
    fn is_over(&self) -> bool {
        self.state.as_ref().is_some_and(|state| !matches!(state, ServerSearch::Running { .. }))
    }
}

/// How long to wait for the next word, at a time so long after the beginning; `None`: no longer.
fn patience(standings: &BTreeMap<AccountId, Standing>, since: Duration) -> Option<Duration> {
    let open = || standings.values().filter(|standing| !standing.is_over());
    if open().any(|standing| standing.met) {
        return Some(PATIENCE);
    }
    open().map(|standing| standing.patience.saturating_sub(since)).max().filter(|wait| !wait.is_zero())
}

/// Searches on all servers, until each has ended or patience has. `typing`: how many questions stand on the terminal.
pub(super) async fn run(
    engine: &Engine,
    query: Arc<Query>,
    (config, typing): (&Config, &AtomicUsize),
) -> Result<Searched, Error> {
    let this = SearchId(1);
    let patience_of = |name: &str| {
        let secret = config.account(name).map(|account| &account.imap.secret);
        match secret {
            Some(Secret::Command(_) | Secret::TokenCommand(_) | Secret::Keyring | Secret::OAuth(_)) => COMMAND,
            Some(Secret::Plain(_) | Secret::Prompt | Secret::None) | None => SIGN_IN,
        }
    };
    let standing = |name: &str| Standing { patience: patience_of(name), ..Standing::default() };
    let mut standings: BTreeMap<AccountId, Standing> =
        engine.accounts().iter().map(|(id, name)| (*id, standing(name))).collect();
    let mut hits = Vec::new();
    engine.send(Command::Search { search: this, query, within: None });
    let mut begun = Instant::now();
    while let Some(wait) = patience(&standings, begun.elapsed()) {
        let Ok(events) = tokio::time::timeout(wait, engine.outlet().next()).await else {
            if typing.load(Ordering::Relaxed) > 0 {
                // It is the user who takes his time.
                begun = Instant::now();
                continue;
            }
            break;
        };
        for event in events {
            match event {
                Event::SearchHits { search, messages } if search == this => hits.extend(messages),
                Event::SearchProgress { search, account, state } if search == this => {
                    standings.entry(account).or_default().state = Some(state);
                }
                Event::Connection { account, state } => {
                    let standing = standings.entry(account).or_default();
                    standing.met |= matches!(state, Connection::Syncing | Connection::Online { .. });
                    // It may come back, but nobody waits for that.
                    if unreachable(&state).is_some() && !standing.is_over() {
                        standing.state = Some(ServerSearch::Offline);
                    }
                }
                _ => {}
            }
        }
    }
    let silent = ServerSearch::Running { done: 0, of: 0 };
    let state = |id| standings.get(id).and_then(|standing| standing.state.clone()).unwrap_or_else(|| silent.clone());
    let accounts = engine.accounts().iter().map(|(id, name)| (name.clone(), state(id))).collect();
    Ok(Searched { hits, accounts })
}

#[cfg(test)]
mod tests {
    use super::{BTreeMap, COMMAND, Duration, PATIENCE, SIGN_IN, ServerSearch, Standing, patience};
    use crate::mail::AccountId;

    /// A server that accepts and says nothing holds up what is found for seconds alone; one that searches has its time.
    #[test]
    fn a_silent_server_is_not_waited_for() {
        let silent = Standing { patience: SIGN_IN, ..Standing::default() };
        let done = Standing { state: Some(ServerSearch::Done { folders: 1 }), ..silent.clone() };
        let busy = Standing { met: true, ..silent.clone() };
        let slow = Standing { patience: COMMAND, ..silent.clone() };
        let of = |standings: &[&Standing], since: u64| {
            let numbered = (1..).zip(standings).map(|(id, standing)| (AccountId(id), (*standing).clone()));
            patience(&numbered.collect::<BTreeMap<_, _>>(), Duration::from_secs(since))
        };
        assert_eq!(of(&[&done], 0), None);
        assert_eq!(of(&[&done, &silent], 4), Some(Duration::from_secs(6)));
        assert_eq!(of(&[&done, &silent], 10), None);
        assert_eq!(of(&[&slow, &silent], 10), Some(Duration::from_secs(20)));
        assert_eq!(of(&[&busy, &silent], 30), Some(PATIENCE));
    }
}
