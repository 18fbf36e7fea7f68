//! The two ways to a first token.

use std::sync::Arc;

use posthaste::auth::Keeper;
use posthaste::auth::Tools;
use posthaste::config::oauth::Store;
use posthaste::config::secret::Secret;
use posthaste::protocol::{SignInStep, SignInWay};
use url::Url;

use super::{address, keeper, listener, signs_in, token};
use crate::support::provider::{Provider, browse, raw};

/// RFC 6749, RFC 7636, RFC 8252: the browser comes back with a code, which with our verifier is worth a token; the page
/// says that it can be closed, and shows and loads nothing; then the port is closed.
#[tokio::test(flavor = "multi_thread")]
async fn with_a_browser() {
    let provider = Provider::start();
    let keeper = Arc::new(keeper(&provider));
    assert!(token(&keeper).await.unwrap_err().contains("nobody has signed in"));
    keeper.look_again();
    let (tell, mut told) = listener();
    let signs = Arc::clone(&keeper);
    let task = tokio::spawn(async move { signs.sign_in(SignInWay::Browser, &tell).await });
    let url = address(&mut told).await;
    assert!(url.contains("login_hint=alice%40example.org"), "{url}");
    let back = provider.yes(&url);
    let page = browse(&back);
    assert!(page.starts_with("HTTP/1.1 200 OK") && page.contains("You can close this page"), "{page}");
    assert!(page.contains("default-src 'none'") && page.contains("Referrer-Policy: no-referrer"), "{page}");
    assert!(!page.contains("code-") && !page.contains("state"), "{page}");
    assert_eq!(task.await.unwrap(), Ok(()));
    assert_eq!(raw(back.port().unwrap(), "GET / HTTP/1.1\r\n\r\n"), "", "the port is closed");
    assert_eq!(token(&keeper).await.unwrap(), "access-2.~x/y+z==");
    assert_eq!(provider.asked("authorization_code"), 1);
    assert_eq!(provider.asked("refresh_token"), 0, "the token that came is used");
}

/// Other programs and pages of this computer find the port and cannot do anything with it: not without the state, not under
/// another name, not with another method or path, not by holding it open; the right one is heard all the same.
#[tokio::test(flavor = "multi_thread")]
async fn rude_visitors_change_nothing() {
    let provider = Provider::start();
    let keeper = Arc::new(keeper(&provider));
    let (tell, mut told) = listener();
    let signs = Arc::clone(&keeper);
    let task = tokio::spawn(async move { signs.sign_in(SignInWay::Browser, &tell).await });
    let back = provider.yes(&address(&mut told).await);
    let port = back.port().unwrap();
    let query = back.query().unwrap();
    let mut idle: Vec<_> = (0..8).map(|_| std::net::TcpStream::connect(("127.0.0.1", port)).unwrap()).collect();
    let host = format!("Host: 127.0.0.1:{port}\r\n\r\n");
    for (asked, status) in [
        (format!("GET /?code=stolen&state=wrong HTTP/1.1\r\n{host}"), "400"),
        (format!("GET /?code=stolen HTTP/1.1\r\n{host}"), "400"),
        (format!("GET /?error=access_denied&state=wrong HTTP/1.1\r\n{host}"), "400"),
        (format!("GET /?{query}&state=twice HTTP/1.1\r\n{host}"), "400"),
        (format!("GET /?{query} HTTP/1.1\r\nHost: evil.example:{port}\r\n\r\n"), "400"),
        (format!("GET /?{query} HTTP/1.1\r\n\r\n"), "400"),
        (format!("POST /?{query} HTTP/1.1\r\n{host}"), "405"),
        (format!("GET /other?{query} HTTP/1.1\r\n{host}"), "404"),
        (format!("GET / HTTP/1.1\r\n{host}"), "404"),
        (format!("GET /?{} HTTP/1.1\r\n{host}", "x".repeat(20_000)), ""),
        ("\u{0}\u{1}\r\n\r\n".to_owned(), "400"),
    ] {
        let answer = raw(port, &asked);
        let right =
            if status.is_empty() { answer.is_empty() } else { answer.starts_with(&format!("HTTP/1.1 {status}")) };
        assert!(right, "{asked:.80}: {answer:.80}");
    }
    assert!(!task.is_finished());
    assert_eq!(provider.asked("authorization_code"), 0);
    idle.truncate(4);
    assert!(browse(&back).starts_with("HTTP/1.1 200"));
    assert_eq!(task.await.unwrap(), Ok(()));
}

/// The user says no; the reason is told, and nothing is kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_no_is_told() {
    let provider = Provider::start();
    let keeper = Arc::new(keeper(&provider));
    let (tell, mut told) = listener();
    let signs = Arc::clone(&keeper);
    let task = tokio::spawn(async move { signs.sign_in(SignInWay::Browser, &tell).await });
    let mut back = provider.yes(&address(&mut told).await);
    let state = back.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    back.query_pairs_mut().clear().append_pair("error", "access_denied").append_pair("state", &state);
    assert!(browse(&back).contains("was not let in"));
    assert_eq!(task.await.unwrap(), Err("the provider says: access_denied".to_owned()));
    assert!(token(&keeper).await.is_err());
}

/// Over ssh the browser is on another computer: the address that it ended at is pasted. Another one is none.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_address_may_be_pasted() {
    let provider = Provider::start();
    for right in [false, true] {
        let keeper = Arc::new(keeper(&provider));
        let (tell, mut told) = listener();
        let (paste, pasted) = tokio::sync::oneshot::channel::<String>();
        let signs = Arc::clone(&keeper);
        let task = tokio::spawn(async move { signs.sign_in_with(&tell, async { pasted.await.unwrap().into() }).await });
        let mut back = provider.yes(&address(&mut told).await);
        if !right {
            back.set_query(Some("code=stolen&state=wrong"));
        }
        paste.send(format!(" {back}\n")).unwrap();
        assert_eq!(task.await.unwrap().is_ok(), right);
    }
}

/// Nobody comes: after five minutes the port is closed and that is said.
#[tokio::test]
async fn nobody_comes() {
    let provider = Provider::start();
    let keeper = keeper(&provider);
    let (tell, mut told) = listener();
    tokio::time::pause();
    let ended = keeper.sign_in(SignInWay::Browser, &tell).await;
    assert_eq!(ended, Err("nobody said yes in five minutes".to_owned()));
    let url = Url::parse(&address(&mut told).await).unwrap();
    let redirect = url.query_pairs().find(|(name, _)| name == "redirect_uri").unwrap().1.into_owned();
    assert_eq!(raw(Url::parse(&redirect).unwrap().port().unwrap(), "GET / HTTP/1.1\r\n\r\n"), "");
}

/// RFC 8628: address and code are told; a pending answer and one that asks for patience are waited for.
#[tokio::test(flavor = "multi_thread")]
async fn on_another_device() {
    let provider = Provider::start();
    provider.state().device = ["authorization_pending", "slow_down"].into();
    let keeper = keeper(&provider);
    let (tell, mut told) = listener();
    keeper.sign_in(SignInWay::Device, &tell).await.unwrap();
    let Some(SignInStep::Device { url, code }) = told.recv().await else { panic!() };
    assert_eq!((url.to_string(), code.as_str()), (provider.url("/activate"), "WDJB-MJHT"));
    assert_eq!(provider.asked("urn:ietf:params:oauth:grant-type:device_code"), 3);
    assert!(token(&keeper).await.unwrap().starts_with("access-"));
}

/// RFC 8628, section 3.5: what ends it, and how it is said.
#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_refused() {
    for (word, told) in [
        ("access_denied", "127.0.0.1 says: no: access_denied (access_denied)"),
        ("expired_token", "the code was not typed in time; begin again for a new one"),
        ("invalid_client", "127.0.0.1 says: no: invalid_client (invalid_client)"),
    ] {
        let provider = Provider::start();
        provider.state().device = [word].into();
        let ended = keeper(&provider).sign_in(SignInWay::Device, &listener().0).await;
        assert_eq!(ended, Err(told.to_owned()));
    }
    let provider = Provider::start();
    let mut account = signs_in(&provider, Store::Keyring);
    let Secret::OAuth(oauth) = &mut account.imap.secret else { panic!() };
    (oauth.endpoints.device_url, oauth.endpoints.no_device) = (None, Some("Google has no such way".to_owned()));
    let keeper = Keeper::new(&account, Tools::in_memory());
    let ended = keeper.sign_in(SignInWay::Device, &listener().0).await;
    assert_eq!(ended, Err("Google has no such way; sign in with a browser instead".to_owned()));
}
