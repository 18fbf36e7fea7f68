//! What `posthaste --version` says: the version and what it was built with.

use std::fmt::Write as _;
use std::sync::LazyLock;

/// The version and what it was built with, a line each: compiler, system, parts that can be left out, SQLite, TLS.
pub static LONG: LazyLock<String> = LazyLock::new(|| {
    let mut text = env!("CARGO_PKG_VERSION").to_owned();
    if let Some(commit) = option_env!("POSTHASTE_COMMIT") {
        // Writing to a String cannot fail.
        let _ = write!(text, " ({commit})");
    }
    for (what, with) in lines() {
        let _ = write!(text, "\n{what:<9} {with}");
    }
    text
});

/// The same as JSON.
pub fn json() -> serde_json::Value {
    let with = lines().into_iter().map(|(what, with)| (what.replace(' ', "_").to_lowercase(), with.into()));
    let mut all: serde_json::Map<String, serde_json::Value> = with.collect();
    all.insert("version".to_owned(), env!("CARGO_PKG_VERSION").into());
    all.insert("commit".to_owned(), option_env!("POSTHASTE_COMMIT").into());
    all.into()
}

fn lines() -> [(&'static str, String); 5] {
    let profile = match env!("POSTHASTE_PROFILE") {
        "release" => "",
        _ => ", without optimizations",
    };
    [
        ("built by", format!("{}{profile}", env!("POSTHASTE_RUSTC"))),
        ("for", env!("POSTHASTE_TARGET").to_owned()),
        ("TLS", tls().to_owned()),
        ("keyring", if cfg!(feature = "keyring") { "built in" } else { "left out" }.to_owned()),
        ("SQLite", crate::store::sqlite_version().to_owned()),
    ]
}

/// Whose TLS it speaks (native-tls).
const fn tls() -> &'static str {
    if cfg!(target_vendor = "apple") {
        "Secure Transport, of the system"
    } else if cfg!(windows) {
        "SChannel, of the system"
    } else if cfg!(feature = "vendored-tls") {
        "OpenSSL, built in"
    } else {
        "OpenSSL, of the system"
    }
}

#[cfg(test)]
mod tests;
