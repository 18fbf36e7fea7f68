//! Targets, hosts and what a link pretends to be.

use super::{Links, ascii_host, honest_address, same_site, shown_host, superscript};

fn target(text: &str) -> Option<(String, String)> {
    let mut links = Links::default();
    links.add(text)?;
    let link = links.into_list().pop()?;
    Some((link.target.as_str().to_owned(), link.host.as_str().to_owned()))
}

/// Protects from targets that start programs or read files (H53, PV04): only the web and mail are links.
#[test]
fn only_web_and_mail_are_links() {
    for bad in
        ["javascript:alert(1)", "file:///etc/passwd", "ssh://-oProxyCommand=x", "data:text/html,x", "/x", "#a", ""]
    {
        assert_eq!(target(bad), None, "{bad}");
    }
    let (full, host) = target("HTTP://user:pw@Pay.Example:8080/a b?q=ü").unwrap();
    assert_eq!(full, "http://user:pw@pay.example:8080/a%20b?q=%C3%BC");
    assert_eq!(host, "pay.example");
    assert_eq!(target("//cdn.example/x").unwrap().0, "https://cdn.example/x");
    assert_eq!(target("java\nscript:x"), None);
}

/// Protects from look-alike letters in hosts and addresses (H16, SP03).
#[test]
fn other_alphabets_are_punycode() {
    assert_eq!(ascii_host("аррӏе.com"), "xn--80ak6aa92e.com");
    assert_eq!(ascii_host("bücher.example"), "xn--bcher-kva.example");
    assert_eq!(honest_address("no-reply@аррӏе.com"), "no-reply@xn--80ak6aa92e.com");
    assert_eq!(honest_address("a@bücher.de"), "a@bücher.de");
    assert_eq!(honest_address("a@日本.jp"), "a@日本.jp");
}

/// Protects from link text that names another site than its target.
#[test]
fn shown_hosts_are_compared() {
    assert_eq!(shown_host("visit www.bank.example/login now").as_deref(), Some("www.bank.example"));
    assert_eq!(shown_host("https://bank.test/x").as_deref(), Some("bank.test"));
    assert_eq!(shown_host("see render.rs"), None);
    assert_eq!(shown_host("Click here"), None);
    assert!(same_site("www.bank.example", "login.bank.example"));
    assert!(!same_site("bank.example", "bank.example.evil.test"));
    assert!(!same_site("bank.example", "evilbank.example"));
}

/// Protects the numbers that the reader types to open a link.
#[test]
fn numbers_start_at_one_and_repeat_for_the_same_target() {
    let mut links = Links::default();
    assert_eq!(links.add("https://a.example/"), Some(0));
    assert_eq!(links.add("https://b.example/"), Some(1));
    assert_eq!(links.add("https://a.example/"), Some(0));
    assert_eq!((superscript(0), superscript(11)), ("¹".to_owned(), "¹²".to_owned()));
}
