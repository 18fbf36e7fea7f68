//! What is fetched, and what is refused unasked.

use super::*;

/// Protects the confirmation: every host is named once, as it is looked up, and no one that is not contacted.
#[test]
fn hosts_are_named_once() {
    let urls = [
        "https://img.acme.example/a.png",
        "https://IMG.acme.example:444/b.png",
        "http://plain.example/",
        "https://b\u{fc}cher.example/",
        "cid:part1",
        "https://img.acme.example@evil.example/",
    ];
    let hosts = hosts(&urls.map(str::to_owned));
    assert_eq!(hosts, ["img.acme.example", "xn--bcher-kva.example", "evil.example"]);
}

/// Protects the user's network, and his trust in a fetch: what may not be asked for is refused unasked.
#[test]
fn an_address_that_is_not_for_mails_is_refused() {
    let fetcher = Fetcher { proxy: None, ..Fetcher::default() };
    let cancel = AtomicBool::new(false);
    let long = format!("https://a.example/{}", "x".repeat(MAX_URL));
    let cases = [
        ("http://a.example/a.png", "the address is not https"),
        ("file:///etc/passwd", "the address is not https"),
        ("https://user:secret@a.example/a.png", "the address holds a name or a password"),
        ("https://127.0.0.1/a.png", reach::PRIVATE),
        ("https://0x7f.1/a.png", reach::PRIVATE),
        ("https://[::ffff:10.0.0.1]/a.png", reach::PRIVATE),
        ("https://localhost/a.png", reach::PRIVATE),
        (long.as_str(), "the address is too long"),
    ];
    let wanted: Vec<_> = cases.iter().map(|(url, _)| Wanted { url: (*url).to_owned() }).collect();
    for (result, (url, words)) in fetcher.fetch(&wanted, &cancel).into_iter().zip(cases) {
        assert_eq!(result, Err(words.to_owned()), "{url}");
    }
}

/// Protects patience: a fetch that was called off asks nobody.
#[test]
fn a_cancelled_fetch_asks_nobody() {
    let wanted = vec![Wanted { url: "https://a.example/a.png".to_owned() }; 3];
    let fetcher = Fetcher { proxy: None, ..Fetcher::default() };
    assert_eq!(fetcher.fetch(&wanted, &AtomicBool::new(true)), vec![Err(STOPPED.to_owned()); 3]);
}

#[cfg(target_os = "linux")]
mod served;
