//! The table of providers, and to whom secrets may be sent.

use super::*;

/// What is built in can be read; every address in it is safe, and no two providers have the same name or server.
#[test]
fn the_table_is_sound() {
    let providers = toml::from_str::<Table>(include_str!("../../../assets/oauth.toml")).unwrap().provider;
    assert!(providers.len() >= 7);
    let mut seen = std::collections::BTreeSet::new();
    for provider in providers {
        assert!(seen.insert(provider.name.clone()), "{provider:?}");
        assert!(provider.hosts.iter().all(|host| seen.insert(host.clone())), "{provider:?}");
        assert!(provider.hosts.iter().all(|host| provider.serves(&host.to_uppercase())));
        let endpoints = provider.endpoints();
        assert!(!endpoints.scopes.is_empty() && [LOOPBACK, "localhost"].contains(&endpoints.redirect_host.as_str()));
        let addresses = [Some(endpoints.auth_url), Some(endpoints.token_url), endpoints.device_url];
        assert!(addresses.into_iter().flatten().all(|address| is_safe(&address) && address.starts_with("https://")));
    }
}

/// Secrets go over https, or to this very computer; a name is not this computer, whatever it says.
#[test]
fn secrets_go_to_safe_addresses_alone() {
    for safe in ["https://auth.example.org/token", "http://127.0.0.1:8080/token", "http://[::1]:1/"] {
        assert!(is_safe(safe), "{safe}");
    }
    for unsafe_ in [
        "http://auth.example.org/",
        "http://localhost/",
        "http://10.0.0.1/",
        "ftp://127.0.0.1/",
        "token",
        "https://user:pw@auth.example.org/",
        "file:///etc/passwd",
    ] {
        assert!(!is_safe(unsafe_), "{unsafe_}");
    }
}
