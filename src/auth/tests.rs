//! What a keeper holds, and when it asks again.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::vault::Memory;
use super::*;
use crate::config::{CachePolicy, Compress, FolderNames, Imap, Security};

fn account(secret: Secret) -> Account {
    Account {
        name: "work".to_owned(),
        email: "ada@example.org".to_owned(),
        display_name: None,
        color: None,
        identities: Vec::new(),
        signature: None,
        imap: Imap {
            host: "127.0.0.1".to_owned(),
            port: 143,
            security: Security::None,
            user: "ada".to_owned(),
            secret,
            ca_file: None,
            pin: None,
            compress: Compress::default(),
            sign_in: crate::config::SignIn::default(),
            authserv_ids: Vec::new(),
        },
        outgoing: crate::config::outgoing::Outgoing::default(),
        folders: FolderNames::default(),
        cache: CachePolicy::default(),
    }
}

async fn word(keeper: &Keeper) -> Result<String, Failure> {
    Ok(match keeper.credential().await? {
        Credential::Password(word) | Credential::Token(word) => word.expose_secret().to_owned(),
        Credential::None => String::new(),
    })
}

fn needs_password(got: &Result<String, Failure>) -> bool {
    matches!(got, Err(Failure::Needed(Need::Password, _)))
}

/// A command is run once, again after a refusal and when the user asks for a new try; its token is a token.
#[tokio::test]
async fn commands_are_run_again_when_they_were_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("runs");
    let command = format!("echo x >> {0}; grep -c x {0}", file.display());
    let keeper = Keeper::new(&account(Secret::TokenCommand(command)), Tools::in_memory());
    assert!(matches!(keeper.credential().await, Ok(Credential::Token(_))));
    assert_eq!(word(&keeper).await.unwrap(), "1");
    assert_eq!(keeper.refused(), None);
    assert_eq!(word(&keeper).await.unwrap(), "2");
    keeper.look_again();
    assert_eq!(word(&keeper).await.unwrap(), "3");
}

/// A command that fails waits for the user. What it printed at the terminal then holds for this run, also through a new try,
/// until a server refuses it: the command may have nobody to ask next time.
#[tokio::test]
async fn what_a_command_printed_for_the_user_holds() {
    for secret in [Secret::Command("exit 3".to_owned()), Secret::TokenCommand("exit 3".to_owned())] {
        let keeper = Keeper::new(&account(secret), Tools::in_memory());
        let failed = word(&keeper).await;
        assert!(matches!(&failed, Err(Failure::Needed(Need::Command, text)) if text.contains("code 3")), "{failed:?}");
        keeper.answer("printed".into());
        keeper.look_again();
        keeper.refused_aside(&Credential::Password("printed".into()));
        assert_eq!(word(&keeper).await.unwrap(), "printed");
        keeper.refused();
        assert!(word(&keeper).await.is_err());
    }
}

/// What has to be typed is asked for, kept until it is refused, and not thrown away by a new try.
#[tokio::test]
async fn a_typed_password_holds_until_it_is_refused() {
    let keeper = Keeper::new(&account(Secret::Prompt), Tools::in_memory());
    assert!(needs_password(&word(&keeper).await));
    keeper.answer("typed".into());
    keeper.look_again();
    assert_eq!(word(&keeper).await.unwrap(), "typed");
    assert_eq!(keeper.refused(), Some(Need::Password));
    assert!(needs_password(&word(&keeper).await));
}

/// What is refused beside the connection that works is got anew where that costs nobody anything; what was typed stays.
#[tokio::test]
async fn a_refusal_aside_keeps_what_was_typed() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("runs");
    let command = format!("echo x >> {0}; grep -c x {0}", file.display());
    for secret in [Secret::TokenCommand(command.clone()), Secret::Command(command)] {
        let keeper = Keeper::new(&account(secret), Tools::in_memory());
        let first = keeper.credential().await.unwrap();
        let before = word(&keeper).await.unwrap();
        keeper.refused_aside(&first);
        let next = word(&keeper).await.unwrap();
        assert_ne!(next, before);
        // Of what was got meanwhile nothing is forgotten.
        keeper.refused_aside(&first);
        assert_eq!(word(&keeper).await.unwrap(), next);
    }
    for secret in [Secret::Prompt, Secret::Keyring] {
        let keeper = Keeper::new(&account(secret), Tools::in_memory());
        keeper.answer("typed".into());
        keeper.refused_aside(&keeper.credential().await.unwrap());
        assert_eq!(word(&keeper).await.unwrap(), "typed");
    }
}

/// Where there is somebody to ask he is asked once; where nobody answers, that is no password.
#[tokio::test]
async fn who_can_be_asked_is_asked() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let ask: Ask = Arc::new(move |question| {
        assert_eq!(question, "Password of work: ");
        count.fetch_add(1, Ordering::SeqCst);
        Ok("typed".into())
    });
    let keeper = Keeper::new(&account(Secret::Prompt), Tools { ask: Some(ask), ..Tools::in_memory() });
    assert_eq!(word(&keeper).await.unwrap(), "typed");
    assert_eq!(word(&keeper).await.unwrap(), "typed");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let ask: Ask = Arc::new(|_| Err("there is no terminal to type it at".to_owned()));
    let keeper = Keeper::new(&account(Secret::Prompt), Tools { ask: Some(ask), ..Tools::in_memory() });
    let Err(Failure::Needed(Need::Password, text)) = word(&keeper).await else { panic!() };
    assert_eq!(text, "the password has to be typed, and there is no terminal to type it at");
}

/// A password that the keyring does not have is asked for, and goes there once a server took it, not before.
#[tokio::test]
async fn the_keyring_learns_what_a_server_took() {
    let vault = Arc::new(Memory::default());
    let tools = Tools { vault: Arc::<Memory>::clone(&vault), ..Tools::in_memory() };
    let keeper = Keeper::new(&account(Secret::Keyring), tools.clone());
    assert!(needs_password(&word(&keeper).await));
    keeper.answer("wrong".into());
    assert_eq!(word(&keeper).await.unwrap(), "wrong");
    keeper.refused();
    assert!(vault.get("work", Kind::Password).unwrap().is_none());
    keeper.answer("right".into());
    assert_eq!(word(&keeper).await.unwrap(), "right");
    keeper.accepted().await;
    let next = Keeper::new(&account(Secret::Keyring), tools.clone());
    assert_eq!(word(&next).await.unwrap(), "right");
    forget("work", Some(&account(Secret::Keyring)), &tools).unwrap();
    next.look_again();
    assert!(needs_password(&word(&next).await));
}

/// A keyring that is locked, or not there, is told in its own words; its user may take a while.
#[tokio::test(start_paused = true)]
async fn a_keyring_that_does_not_answer() {
    struct Silent;
    impl Vault for Silent {
        fn get(&self, _: &str, _: Kind) -> Result<Option<SecretString>, String> {
            std::thread::park();
            Ok(None)
        }
        fn set(&self, _: &str, _: Kind, _: &SecretString) -> Result<(), String> {
            Err("locked".to_owned())
        }
        fn remove(&self, _: &str, _: Kind) -> Result<(), String> {
            Ok(())
        }
    }
    let tools = Tools { vault: Arc::new(Silent), ..Tools::in_memory() };
    let keeper = Keeper::new(&account(Secret::Keyring), tools);
    let Err(Failure::Needed(Need::Unlock, text)) = word(&keeper).await else { panic!() };
    assert_eq!(text, "the keyring gave no answer in a minute: unlock it, and try again");
    // Time that stands still runs ahead while a thread is waited for.
    tokio::time::resume();
    assert_eq!(keeper.keep(Kind::Password, "x".into()).await, Err("locked".to_owned()));
}

/// PS21: nothing that may reach a log shows a secret.
#[test]
fn debug_hides_secrets() {
    for secret in [Secret::Plain("hunter2".into()), Secret::Prompt] {
        assert!(!format!("{:?}", account(secret)).contains("hunter2"));
    }
    let typed = crate::protocol::Typed("hunter2".into());
    assert!(!format!("{typed:?}").contains("hunter2") && typed == typed.clone());
}
