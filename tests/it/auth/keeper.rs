//! Tokens that expire, rotate, are taken back, and a provider that is away.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use posthaste::auth::command::Terminal;
use posthaste::auth::vault::{Kind, Memory, Vault};
use posthaste::auth::{Failure, Keeper, Tools};
use posthaste::config::oauth::Store;
use posthaste::protocol::{Need, SignInWay};
use secrecy::ExposeSecret;

use super::{signs_in, token};
use crate::support::provider::{CLIENT_SECRET, Provider};

/// A keeper of an account that was signed in to in an earlier run, and where its refresh token lies.
fn known(provider: &Provider) -> (Keeper, Arc<Memory>) {
    let vault = Arc::new(Memory::default());
    vault.set("work", Kind::RefreshToken, &provider.grant().into()).unwrap();
    let tools = Tools { vault: Arc::<Memory>::clone(&vault), ..Tools::in_memory() };
    (Keeper::new(&signs_in(provider, Store::Keyring), tools), vault)
}

fn kept(vault: &Memory) -> String {
    vault.get("work", Kind::RefreshToken).unwrap().unwrap().expose_secret().to_owned()
}

/// An access token is used until shortly before its end; many who ask at once cause one refresh; a rotated refresh token is
/// kept before the access token is used.
#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_refreshed_in_time() {
    let provider = Provider::start();
    let (keeper, vault) = known(&provider);
    let keeper = Arc::new(keeper);
    let before = kept(&vault);
    let all: Vec<_> = (0..8)
        .map(|_| {
            let keeper = Arc::clone(&keeper);
            tokio::spawn(async move { token(&keeper).await.unwrap() })
        })
        .collect();
    let mut seen = std::collections::BTreeSet::new();
    for one in all {
        seen.insert(one.await.unwrap());
    }
    assert_eq!((seen.len(), provider.asked("refresh_token")), (1, 1));
    let rotated = kept(&vault);
    assert_ne!(before, rotated);
    // One that is nearly over is not used any more.
    provider.state().lasts = 59;
    keeper.refused();
    token(&keeper).await.unwrap();
    token(&keeper).await.unwrap();
    assert_eq!(provider.asked("refresh_token"), 3);
    assert_ne!(kept(&vault), rotated);
}

/// PS22: after a refusal one new token is got; is that refused too, the user has to sign in again, and nothing more is
/// asked until he did. A token that was taken begins anew.
#[tokio::test(flavor = "multi_thread")]
async fn one_refresh_after_a_refusal() {
    let provider = Provider::start();
    let (keeper, _vault) = known(&provider);
    let first = token(&keeper).await.unwrap();
    assert_eq!(keeper.refused(), None);
    let second = token(&keeper).await.unwrap();
    assert_ne!(first, second);
    keeper.accepted().await;
    assert_eq!(keeper.refused(), None);
    token(&keeper).await.unwrap();
    assert_eq!(keeper.refused(), Some(Need::SignIn));
    for _ in 0..3 {
        assert!(matches!(keeper.credential().await, Err(Failure::Needed(Need::SignIn, _))));
    }
    assert_eq!(provider.asked("refresh_token"), 3);
    keeper.look_again();
    assert!(token(&keeper).await.is_ok());
}

/// What was granted was taken back: that is said once, without the token that the server repeats, and the server is not
/// asked again and again.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_back() {
    let provider = Provider::start();
    let (keeper, vault) = known(&provider);
    provider.revoke();
    let secret = kept(&vault);
    for _ in 0..3 {
        let Err(Failure::Needed(Need::SignIn, text)) = keeper.credential().await else { panic!() };
        assert_eq!(text, "127.0.0.1 says: *** was revoked (invalid_grant)");
        assert!(!text.contains(&secret));
    }
    assert_eq!(provider.asked("refresh_token"), 1);
}

/// Another process refreshed, and the token that it got took the place of ours: it is read and used.
#[tokio::test(flavor = "multi_thread")]
async fn another_process_rotated_it() {
    let provider = Provider::start();
    let (keeper, vault) = known(&provider);
    token(&keeper).await.unwrap();
    provider.revoke();
    vault.set("work", Kind::RefreshToken, &provider.grant().into()).unwrap();
    keeper.refused();
    assert!(token(&keeper).await.is_ok());
    assert_eq!(provider.asked("refresh_token"), 3);
}

/// A provider that is away, or not well, is no refusal; neither is one that sends us elsewhere, with our secrets. What makes
/// no sense, or is endless, is told; no answer shows a secret.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_away() {
    let provider = Provider::start();
    for (status, body) in [
        (503, "{}".to_owned()),
        (429, "too many".to_owned()),
        (302, String::new()),
        (400, "{\"error\": \"temporarily_unavailable\"}".to_owned()),
        (200, "x".repeat(300_000)),
    ] {
        let (keeper, _vault) = known(&provider);
        provider.state().instead.push_back((status, body));
        let failed = keeper.credential().await;
        assert!(matches!(failed, Err(Failure::Unreachable { .. })), "{status}: {failed:?}");
        assert!(token(&keeper).await.is_ok(), "later it works");
    }
    assert!(!provider.state().heard.iter().any(|(path, _)| path == "/elsewhere"));
    for (status, body) in [
        (200, "<html>".to_owned()),
        (200, "{\"access_token\": 7}".to_owned()),
        (200, "{\"access_token\": \"a\", \"token_type\": \"mac\"}".to_owned()),
        (401, format!("{{\"error\": \"invalid_client\", \"error_description\": \"{CLIENT_SECRET} is wrong\"}}")),
    ] {
        let (keeper, _vault) = known(&provider);
        provider.state().instead.push_back((status, body));
        let Err(Failure::Failed(text)) = keeper.credential().await else { panic!("{status}") };
        assert!(!text.contains("GOCSPX"), "{text}");
    }
    let gone = Provider::start();
    let (keeper, vault) = known(&gone);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    drop(keeper);
    let mut account = signs_in(&gone, Store::Keyring);
    let posthaste::config::secret::Secret::OAuth(oauth) = &mut account.imap.secret else { panic!() };
    oauth.endpoints.token_url = format!("http://{closed}/token");
    let keeper = Keeper::new(&account, Tools { vault, ..Tools::in_memory() });
    let failed = keeper.credential().await;
    assert!(matches!(&failed, Err(Failure::Unreachable { host, .. }) if host == "127.0.0.1"), "{failed:?}");
}

/// FL07: where there is no keyring the token lies in a file for its owner alone, and a later run finds it.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_a_file() {
    let provider = Provider::start();
    let home = tempfile::tempdir().unwrap();
    let tools = Tools { tokens: Some(home.path().join("tokens")), ..Tools::in_memory() };
    let account = signs_in(&provider, Store::File);
    let file = home.path().join("tokens/work.token");
    std::fs::create_dir(home.path().join("tokens")).unwrap();
    std::fs::write(&file, provider.grant()).unwrap();
    let first = Keeper::new(&account, tools.clone());
    token(&first).await.unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let later = Keeper::new(&account, tools.clone());
    token(&later).await.unwrap();
    assert_eq!(provider.asked("refresh_token"), 2);
    assert_eq!(later.place(), Some(file.display().to_string()));
    posthaste::auth::forget("work", Some(&account), &tools).unwrap();
    assert!(!file.exists());
}

/// A provider that gives no new refresh token: the old one stays.
#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_that_stays() {
    let provider = Provider::start();
    provider.state().rotates = false;
    let (keeper, vault) = known(&provider);
    let before = kept(&vault);
    for _ in 0..2 {
        token(&keeper).await.unwrap();
        keeper.refused();
        keeper.accepted().await;
    }
    assert_eq!(kept(&vault), before);
}

/// A provider may say anything of how long a token holds; the largest number is no more than "long".
#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_ever() {
    let provider = Provider::start();
    provider.state().lasts = u64::MAX;
    let (keeper, _) = known(&provider);
    let first = token(&keeper).await.unwrap();
    assert_eq!(token(&keeper).await.unwrap(), first, "it is used again");
}

/// PS22: a connection beside the one that works was refused. A token that is over is not given out again, and the one try
/// that there is with a new one is not spent; of a token that was renewed meanwhile nothing is forgotten.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_aside_spends_nothing() {
    let provider = Provider::start();
    let (keeper, _) = known(&provider);
    let old = keeper.credential().await.unwrap();
    keeper.refused_aside(&old);
    let new = token(&keeper).await.unwrap();
    assert_eq!(provider.asked("refresh_token"), 2);
    keeper.refused_aside(&old);
    assert_eq!(token(&keeper).await.unwrap(), new);
    assert_eq!(keeper.refused(), None, "the working connection has its own try");
    assert!(token(&keeper).await.is_ok());
    // After a sleep nobody knows how old a token is.
    keeper.slept();
    token(&keeper).await.unwrap();
    assert_eq!(provider.asked("refresh_token"), 4);
}

/// A keyring that gives and does not take.
struct Worn(Memory);

impl Vault for Worn {
    fn get(&self, account: &str, kind: Kind) -> Result<Option<secrecy::SecretString>, String> {
        self.0.get(account, kind)
    }

    fn set(&self, _: &str, _: Kind, _: &secrecy::SecretString) -> Result<(), String> {
        Err("it is locked".to_owned())
    }

    fn remove(&self, account: &str, kind: Kind) -> Result<(), String> {
        self.0.remove(account, kind)
    }
}

/// A token that took the place of another and could not be kept is held for this run, whatever is looked at again and
/// whatever else of the account changes.
#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_kept_is_held() {
    let provider = Provider::start();
    let vault = Worn(Memory::default());
    vault.0.set("work", Kind::RefreshToken, &provider.grant().into()).unwrap();
    let tools = Tools { vault: Arc::new(vault), ..Tools::in_memory() };
    let account = signs_in(&provider, Store::Keyring);
    let keeper = Keeper::new(&account, tools.clone());
    token(&keeper).await.unwrap();
    keeper.look_again();
    keeper.slept();
    assert!(token(&keeper).await.is_ok(), "the one that is kept is over");
    let next = Keeper::new(&account, tools);
    next.inherit(&keeper);
    next.slept();
    assert!(token(&next).await.is_ok());
}

/// Protects the secrets of others while an account is tried: what the user granted is in memory alone until the account is
/// saved, and then lies where its config says, under its name.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_tried_is_handed_over() {
    let provider = Provider::start();
    let home = tempfile::tempdir().unwrap();
    let vault = Arc::new(Memory::default());
    let tools = Tools {
        vault: Arc::<Memory>::clone(&vault),
        tokens: Some(home.path().join("tokens")),
        ask: None,
        terminal: Terminal::Away,
    };
    let trial = Keeper::new(&signs_in(&provider, Store::Keyring), Tools::in_memory());
    assert!(!trial.is_signed_in());
    trial.sign_in(SignInWay::Device, &|_| ()).await.unwrap();
    assert!(trial.is_signed_in() && vault.get("work", Kind::RefreshToken).unwrap().is_none());
    token(&trial).await.unwrap();
    trial.hand_over(&signs_in(&provider, Store::Keyring), &tools).await.unwrap();
    assert!(kept(&vault).starts_with("refresh-"));
    trial.hand_over(&signs_in(&provider, Store::File), &tools).await.unwrap();
    let later = Keeper::new(&signs_in(&provider, Store::File), tools);
    token(&later).await.unwrap();
    assert!(home.path().join("tokens/work.token").exists());
}
