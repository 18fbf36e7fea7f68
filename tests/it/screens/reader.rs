//! The reader: what its head has room for, and what stands there while there is no text.

use std::sync::Arc;

use posthaste::app::model::{Body, Model, Overlay, Picker, Ticket};
use posthaste::mail::UnixTime;
use posthaste::protocol::Connection;
use posthaste::render::{Laid, Part};
use posthaste::ui::theme::Theme;

use super::cases::{conversation, loading};
use super::paint::{paint, text};
use super::sample::{reading, safe};
use super::states::first_start;

fn seen(model: &Model) -> String {
    text(&paint(model, &Theme::dusk()).0)
}

fn offline(model: &mut Model) {
    for view in &mut model.accounts {
        view.state = Connection::Offline { since: UnixTime(0), retry: None, reason: safe("no route to the host") };
    }
}

/// The message that is read, with its document changed.
fn changed(size: (u16, u16), change: impl FnOnce(&mut Laid)) -> Model {
    let mut model = reading(size.0, size.1);
    let Body::Ready(laid) = &model.reader.body else { unreachable!() };
    let mut laid: Laid = (**laid).clone();
    change(&mut laid);
    model.reader.body = Body::Ready(Arc::new(laid));
    model
}

/// Without a connection nothing is loading: it is said what the text waits for, once the cache was asked.
#[test]
fn a_text_that_is_not_here_says_what_it_waits_for() {
    let words = "not on this disk; it comes when Work is connected";
    for make in [loading, conversation] {
        let mut model = make(120, 90);
        assert!(seen(&model).contains("loading") && !seen(&model).contains(words));
        offline(&mut model);
        assert!(seen(&model).contains(words) && !seen(&model).contains("loading"), "{}", seen(&model));
    }
    let mut model = loading(80, 24);
    offline(&mut model);
    model.reader.waiting = Some(Ticket(7));
    assert!(seen(&model).contains("loading"));
}

/// A start without a connection and without anything on the disk says so, and why.
#[test]
fn an_empty_start_says_what_it_waits_for() {
    let mut model = first_start(80, 24);
    offline(&mut model);
    let screen = seen(&model);
    for words in
        ["nothing is on this computer yet", "Work is offline: no route to the host", "once there is a connection"]
    {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
    assert!(!screen.contains("opening"));
    // The cache was not asked yet.
    model.work.folders.answered = false;
    assert!(seen(&model).contains("opening"));
}

/// How many attachments there are is told whatever their names are.
#[test]
fn attachments_that_have_no_room_are_counted() {
    let (width, height) = (80, 24);
    for count in [2, 4, 21] {
        let part = |number: usize| Part {
            media_type: safe("application/pdf"),
            name: safe(&format!("file-{number:02}-of-the-quarter.pdf")),
            size: Some(84_200),
            inline: false,
        };
        let parts = (1..=count).map(part).collect();
        let model = changed((width, height), |laid| laid.document.parts = parts);
        let screen = seen(&model);
        // Beside the reader stand other signs of attachments.
        let mut parts = screen.lines().flat_map(|line| line.split('│'));
        let head = |part: &&str| part.trim_start().starts_with("to ") && part.contains('≡');
        let line = parts.find(head).unwrap_or_else(|| panic!("{width}x{height}:\n{screen}"));
        let shown = line.matches('≡').count();
        let more = line.split_whitespace().find_map(|word| word.strip_prefix('+')?.parse::<usize>().ok());
        assert_eq!(shown + more.unwrap_or(0), count, "{width}x{height}: {line}");
    }
}

/// Beside a name stands at least the registered domain of its address, or nothing; a name that could pass for an address is
/// never alone.
#[test]
fn the_head_has_no_scrap_of_an_address() {
    let head = |size, name: &str, address: &str| {
        let mut model = changed(size, |laid| {
            let from = &mut laid.document.head.from[0];
            (from.name, from.address) = (safe(name), safe(address));
        });
        // Of the list beside it the sender is another one.
        for row in &mut model.list.rows {
            row.from = safe("someone");
        }
        let screen = seen(&model);
        screen.lines().find(|line| line.contains(name.get(..5).unwrap())).map(str::to_owned).unwrap()
    };
    for width in 70..160 {
        for (name, address, domain) in [
            ("Bob Jones", "bob@mail.people.example", "people.example"),
            ("Ingo Mustermann", "ingo.mustermann@posta.kozpont.hu", "kozpont.hu"),
        ] {
            let line = head((width, 30), name, address);
            let told = line.contains(domain);
            let scrap = line.contains("ple ") || line.contains(".hu ");
            assert!(told || !scrap, "{width}: {line}");
        }
        let name = "billing@bank.example";
        let line = head((width, 30), name, "eve@a-very-long-name-of-a-host.evil-people.example");
        assert!(line.replace(name, "").contains("ple "), "{width}: {line}");
    }
}

/// In the list of links stand their words and where they lead.
#[test]
fn the_list_of_links_has_their_words() {
    let mut model = changed((80, 24), |laid| {
        let spans = laid.lines.iter_mut().flat_map(|line| &mut line.spans);
        spans.filter(|span| span.text.as_str() == "Pay now").for_each(|span| span.link = Some(0));
    });
    model.overlay = Some(Overlay::Links(Picker { hits: vec![0, 1, 2], of: 3, ..Picker::default() }));
    let screen = seen(&model);
    let line = screen.lines().find(|line| line.contains("pay.acme.example/i/8842")).unwrap();
    assert!(line.contains("Pay now"), "{line}");
}
