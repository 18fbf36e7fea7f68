//! Tests of the environment and of path expansion.

use super::*;

fn env() -> Env {
    Env::of([("HOME", "/home/ada"), ("CERTS", "/etc/certs"), ("EMPTY", "")])
}

/// A path in the config may be written as in a shell.
#[test]
fn expands_home_and_variables() {
    for (text, path) in [
        ("~", "/home/ada"),
        ("~/ca.pem", "/home/ada/ca.pem"),
        ("$CERTS/ca.pem", "/etc/certs/ca.pem"),
        ("${CERTS}2/ca.pem", "/etc/certs2/ca.pem"),
        ("/plain/~/x", "/plain/~/x"),
        ("~bob/x", "~bob/x"),
        ("/a$/b", "/a$/b"),
    ] {
        assert_eq!(env().expand(text).unwrap(), PathBuf::from(path), "{text}");
    }
}

/// A variable that is not set is an error, not an empty string: `$X/ca.pem` must not become `/ca.pem`.
#[test]
fn refuses_what_it_cannot_expand() {
    assert_eq!(env().expand("$NOPE/x").unwrap_err(), "the environment variable NOPE is not set");
    assert_eq!(env().expand("$EMPTY/x").unwrap_err(), "the environment variable EMPTY is not set");
    assert_eq!(env().expand("${CERTS/x").unwrap_err(), "\"${CERTS/x\" has a \"${\" without \"}\"");
}
