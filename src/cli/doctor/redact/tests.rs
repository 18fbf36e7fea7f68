//! Tests of what is taken out of a report, and of what stays.

use std::path::Path;

use rstest::rstest;

use super::*;

const CONFIG: &str = r#"
[accounts.acme]
email = "dana.whitfield@acme.example"
name = "Dana Whitfield"
[accounts.acme.imap]
host = "mx7.acme.example"
user = "dwhit"
password = "s3cret+word"
[accounts.acme.smtp]
host = "out9.elsewhere.example"
user = "relayer"
[accounts.private]
email = "dana@gmail.com"
[accounts.private.imap]
host = "imap.gmail.com"
password_command = "pass show private"
"#;

fn redactor() -> Redactor {
    let home = tempfile::tempdir().unwrap();
    let config = Config::parse(CONFIG, Path::new("/home/dana/posthaste.toml")).unwrap();
    let env = Env::of([("HOME", "/home/dana"), ("USER", "dana")]);
    Redactor::new(&env, &Paths::under(home.path()), Some(&config))
}

/// What the config knows goes by name, the rest by its shape; servers that everybody knows, ports and our own words stay.
#[rstest]
#[case("mx7.acme.example port 993", "<host-1> port 993")]
#[case("MX7.ACME.EXAMPLE is 203.0.113.7, 2001:db8::7", "<host-1> is <ip>, <ip>")]
#[case("imap.gmail.com:993 and 127.0.0.1:1143", "imap.gmail.com:993 and 127.0.0.1:1143")]
#[case("as dwhit", "as <user>")]
#[case("out9.elsewhere.example port 465, as relayer", "<smtp-1> port 465, as <user>")]
#[case("Whitfield, dana.whitfield@acme.example", "<name>, <address-1>")]
#[case("<bob@other.example>: gone", "<<address>>: gone")]
#[case("the other server.example:25 says no.", "the other <host>:25 says no.")]
#[case("/home/dana/secret plans/ca.pem: no such file", "~/<path> <path>: no such file")]
#[case("run with s3cret+words", "run with <secret>s")]
#[case("9210 of 10512 messages and 3 texts", "~9000 of ~10000 messages and 3 texts")]
#[case("see https://acme.example/help/7", "see <url><domain>/<path>")]
#[case("ya29.a0AfH6SMBx7RtQ2yyZ3", "<token>")]
#[case("mail2.acme.example, bob@acme.example", "<…><domain>, <address><domain>")]
#[case("dwhit-laptop", "<user><…>")]
#[case("Clients/Acme is gone", "<path><account-1> is gone")]
#[case(
    "use password_command, prompt = true, or oauth.store = \"file\"",
    "use password_command, prompt = true, or oauth.store = \"file\""
)]
#[case("name it in [accounts.acme.folders]", "name it in [accounts.<account-1>.folders]")]
#[case("posthaste account login acme", "posthaste account login <account-1>")]
#[case(
    "Its certificate is sha256:2690f5a1b2c3d4e5f60718293a4b5c6d7e8f90a1. Check it",
    "Its certificate is <fingerprint>. Check it"
)]
#[case("SHA256:26:90:F5 and 26:90:F5:A1:B2:C3:D4:E5:F6:07:18:29:3A:4B:5C:6D", "<fingerprint> and <fingerprint>")]
#[case(
    "check smtp.host, smtp.port and smtp.security; a firewall",
    "check smtp.host, smtp.port and smtp.security; a firewall"
)]
#[case("set imap.pin; smtp.elsewhere and imap.example stay out", "set imap.pin; <host> and <host> stay out")]
#[case(
    "password_command ended with exit code 2 and said: gpg: encrypted with ID 5E2A, \"Ann Ode\"\ngpg: token hvs.CAES",
    "password_command ended with exit code 2 and said: …"
)]
#[case("OSC 9;4, UTF-8, TLS 1.3, posthaste::sync", "OSC 9;4, UTF-8, TLS 1.3, posthaste::sync")]
fn private_texts_go(#[case] text: &str, #[case] shown: &str) {
    assert_eq!(redactor().text(text), shown);
}

/// What stands in quotes came from elsewhere; a quote that is never closed goes to the end.
#[rstest]
#[case("failed: \"it \\\"is\\\" so\" (3)", "failed: \"…\" (3)")]
#[case("failed: `x` and \"open", "failed: `…` and \"…")]
fn quotes_are_emptied(#[case] text: &str, #[case] shown: &str) {
    assert_eq!(redactor().without_quotes(text), shown);
}

/// Of a config that cannot be read every value is private, also one that lacks its quotes.
#[test]
fn a_broken_config_is_private() {
    let home = tempfile::tempdir().unwrap();
    let paths = Paths::under(home.path());
    std::fs::write(&paths.config, "[accounts.acme]\npassword = hunter2 x\nemail = \"dana@acme.example\"\n").unwrap();
    let redactor = Redactor::new(&Env::default(), &paths, None);
    let text = redactor.text("acme: hunter2 is wrong, so is dana at acme.example");
    assert_eq!(text, "<private>: <private> is wrong, so is <user> at <domain>");
}

/// Every key of an account that a sentence of ours may name stays as it is.
#[test]
fn keys_of_the_config_are_no_hosts() {
    let schema: serde_json::Value = serde_json::from_str(&crate::config::schema::text()).unwrap();
    for (table, name) in [("Imap", "imap"), ("Smtp", "smtp"), ("Send", "send"), ("OAuth", "oauth")] {
        let keys = schema["$defs"][table]["properties"].as_object().unwrap();
        for key in keys.keys() {
            let text = format!("check {name}.{key}");
            assert_eq!(redactor().text(&text), text);
        }
    }
}
