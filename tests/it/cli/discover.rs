//! `account discover`: what the built-in table knows needs no net, and it says what to do next.

use super::Home;

/// A provider of the table: servers, ways to sign in and what it needs, for people and as JSON, without a connection.
#[test]
fn a_known_provider_needs_no_net() {
    let home = Home::new("");
    let ran = home.run("account discover ada@gmail.com").ends(0);
    ran.is_safe();
    assert!(ran.out.starts_with("found    built-in list of providers: Gmail\n"), "{}", ran.out);
    for line in ["receive  imap.gmail.com:993  TLS", "send     smtp.gmail.com:465  TLS", "user     ada@gmail.com"] {
        assert!(ran.out.lines().any(|told| told == line), "{line} in {}", ran.out);
    }
    assert!(ran.out.contains("note     Gmail refuses the normal password"), "{}", ran.out);
    let json = home.run("account discover --json ada@gmail.com").ends(0).json();
    let offer = &json["offers"][0];
    assert_eq!((&offer["receive"]["port"], &offer["receive"]["security"]), (&993.into(), &"tls".into()));
    assert_eq!((&offer["ways"][0], &offer["source"]), (&"app-password".into(), &"table".into()));
    assert_eq!(json["lookups"].as_array().unwrap().len(), 7);
}

/// One without IMAP, one that nobody knows, and what is no address: each ends with its code and words.
#[test]
fn what_cannot_be_found_is_told() {
    let home = Home::new("");
    assert!(home.run("account discover ada@tutanota.com").ends(1).err.contains("Tuta has no IMAP"));
    let ran = home.run("account discover --offline ada@example.org").ends(1);
    assert!(ran.err.contains("ask your provider"), "{}", ran.err);
    assert!(home.run("account discover ada").ends(2).err.contains("it should look like ada@example.org"));
}
