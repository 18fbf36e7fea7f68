//! Reading: space to the next unread message, J and K, HTML, large messages, attachments, links.

use base64::Engine as _;

use super::app::{App, deliver_bytes, flags, inbox, world};

/// Protects reading on: space pages down, then opens the next unread message; each one read is read on the server.
#[test]
fn space_reads_through_the_unread() {
    let mut app = App::start(inbox(&["alpha", "beta", "gamma"]));
    app.press("<enter>").until("The body of alpha");
    app.wait_for("read", |app| flags(&app.world, "ada", "INBOX", "alpha").contains("\\Seen"));
    app.press("<space>").until("The body of beta").press("<space>").until("The body of gamma");
    app.wait_for("all read", |app| flags(&app.world, "ada", "INBOX", "gamma").contains("\\Seen"));
    app.press("<space>").until("No more unread messages");
}

/// Protects J and K: the reader goes to the neighbours, and archiving there goes on to the next.
#[test]
fn the_reader_walks() {
    let mut app = App::start_with(inbox(&["alpha", "beta", "gamma"]), 1, (80, 24));
    app.press("<enter>").until("The body of alpha").press("J").until("The body of beta");
    app.press("J").until("The body of gamma").press("K").until("The body of beta");
    app.press("e").until("The body of gamma").until_server("ada", "Archive", &["beta"]);
    app.press("<esc>").until("newest first");
    app.wait_for("the list without it", |app| app.subjects() == ["alpha", "gamma"]);
}

/// Protects words in a folded quote, and the mail that was found by them: the quote is opened for them, and folded
/// again after.
#[test]
fn words_in_a_folded_quote_are_found() {
    let world = world();
    let quoted =
        (0..30).map(|line| if line == 15 { "> the kumquat\r\n" } else { "> some words\r\n" }).collect::<String>();
    let mail = format!(
        "From: Tom <tom@example.net>\r\nTo: ada@example.org\r\nSubject: fruit\r\nMessage-ID: <fruit@x>\r\n\r\n\
         Thanks.\r\n\r\nOn Monday Ada wrote:\r\n{quoted}"
    );
    deliver_bytes(&world, "ada", mail.as_bytes(), 5);
    let mut app = App::start(world);
    app.press("<enter>").until("Thanks.").until("quoted lines");
    app.press("/kumquat").until("1 of 1 found").until("the kumquat");
    app.press("<enter><esc>").until("quoted lines");
    app.press("<esc>/kumquat<enter>").until("1 found").press("<enter>").until("1 found, n shows");
    app.press("n").until("the kumquat");
}

/// Protects HTML mail: laid out as text, its links numbered and copied by number, and its source a key away.
#[test]
fn html_is_readable() {
    let world = world();
    let html = "From: Shop <shop@example.net>\r\nTo: ada@example.org\r\nSubject: offer\r\nMessage-ID: <offer@x>\r\n\
        MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
        <html><body><h1>Hello Ada</h1><p>Read <a href=\"https://shop.example.net/deal\">the deal</a>.</p>\
        <img src=\"https://track.example.net/pixel.gif\" width=1 height=1></body></html>\r\n";
    deliver_bytes(&world, "ada", html.as_bytes(), 5);
    let mut app = App::start(world);
    app.press("<enter>").until("Hello Ada").until("the deal");
    app.press("yy");
    if app.copied().is_empty() {
        app.press("<enter>");
    }
    assert_eq!(app.copied(), ["https://shop.example.net/deal"]);
    app.press("U").until("<h1>Hello Ada</h1>");
}

fn with_attachment(size: usize) -> (Vec<u8>, Vec<u8>) {
    let content: Vec<u8> = (0..size).map(|place| u8::try_from(place * 7 % 251).unwrap()).collect();
    let encoded = base64::engine::general_purpose::STANDARD.encode(&content);
    let lines: Vec<&str> = encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let mail = format!(
        "From: Tom <tom@example.net>\r\nTo: ada@example.org\r\nSubject: pictures\r\nMessage-ID: <pictures@x>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
         Here they are.\r\n--b\r\nContent-Type: application/octet-stream; name=\"garden.bin\"\r\n\
         Content-Disposition: attachment; filename=\"garden.bin\"\r\nContent-Transfer-Encoding: base64\r\n\r\n\
         {}\r\n--b--\r\n",
        lines.join("\r\n")
    );
    (mail.into_bytes(), content)
}

/// Protects saving: a small message is here whole, and its attachment lands on disk as it was sent.
#[test]
fn an_attachment_is_saved() {
    let world = world();
    let (mail, content) = with_attachment(3_000);
    deliver_bytes(&world, "ada", &mail, 5);
    let mut app = App::start(world);
    app.press("<enter>").until("Here they are").until("garden.bin").press("S").until("Saved as");
    assert_eq!(std::fs::read(app.downloads().join("garden.bin")).unwrap(), content);
}

/// Protects large messages: the text is shown from a prefix, the rest is fetched only when the attachment is wanted, and it
/// is then saved by itself.
#[test]
fn a_large_message_comes_in_two_steps() {
    let world = world();
    let (mail, content) = with_attachment(2_000_000);
    deliver_bytes(&world, "ada", &mail, 5);
    let mut app = App::start(world);
    app.press("<enter>").until("Here they are");
    let whole = |app: &App| app.world.commands().iter().any(|line| line.contains("BODY.PEEK[]") && !line.contains('<'));
    assert!(!whole(&app), "only the beginning was asked for: {:?}", app.world.commands());
    app.press("S").until("Saved as");
    assert_eq!(std::fs::read(app.downloads().join("garden.bin")).unwrap(), content);
}
