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

/// A file of an organisation's own providers comes before the table; one that cannot be read is told with its name.
#[test]
fn an_organisation_has_its_own() {
    let built_in = providers(&Env::default()).unwrap();
    assert_eq!(built_in.first().unwrap().name, "google");
    let file = tempfile::NamedTempFile::new().unwrap();
    let env = Env::of([(MORE, file.path().to_str().unwrap())]);
    let text = "[[provider]]\nname = \"company\"\nhosts = [\".company.example\"]\nauth_url = \"https://a.company.example/\"\n\
                token_url = \"https://t.company.example/\"\nscopes = [\"mail\"]\n";
    std::fs::write(file.path(), text).unwrap();
    let all = providers(&env).unwrap();
    assert_eq!((all.len(), all[0].name.as_str()), (built_in.len() + 1, "company"));
    assert!(all[0].serves("imap.company.example"));
    std::fs::write(file.path(), "[[provider]]\nname = 1\n").unwrap();
    let why = providers(&env).unwrap_err();
    assert!(why.contains(MORE) && why.contains(file.path().to_str().unwrap()), "{why}");
    let gone = providers(&Env::of([(MORE, "/nowhere/oauth.toml")])).unwrap_err();
    assert!(gone.contains("/nowhere/oauth.toml"), "{gone}");
}
