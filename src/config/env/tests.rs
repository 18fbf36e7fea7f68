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

/// TM19: a terminal whose locale has another charset than UTF-8 gets ASCII.
#[test]
fn the_locale_says_the_charset() {
    for (lc_all, lc_ctype, lang, utf8) in [
        ("", "", "", true),
        ("", "", "C", false),
        ("", "", "POSIX", false),
        ("", "", "C.UTF-8", true),
        ("", "", "de_DE.utf8@euro", true),
        ("", "", "de_DE.ISO-8859-1", false),
        ("", "", "en_US", true),
        ("", "en_US.UTF-8", "C", true),
        ("C", "en_US.UTF-8", "en_US.UTF-8", false),
    ] {
        let env = Env::of([("LC_ALL", lc_all), ("LC_CTYPE", lc_ctype), ("LANG", lang)]);
        assert_eq!(env.is_utf8(), utf8, "{lc_all} {lc_ctype} {lang}");
    }
}
