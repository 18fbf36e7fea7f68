//! What the user has done with a message: programs, images, seals, invitations. Each only on its own key.

use std::sync::Arc;

use rstest::rstest;

use super::{NOW, Screen, commands};
use crate::app::compose::order::{Stand, Waiting};
use crate::app::lend::{Lend, Purpose, Unlock};
use crate::app::model::{Deed, Overlay};
use crate::app::msg::{Effect, Msg};
use crate::app::notice::{lines, notices};
use crate::app::reading::Errand;
use crate::letter::LetterId;
use crate::mail::flags::ANSWERED;
use crate::mail::{MessageId, UnixTime};
use crate::protocol::{Command, Event, Priority};
use crate::render::facts::{Answer, Remote, Seal, Trust};
use crate::render::{Document, Head, Laid, Link, Part, Person};
use crate::safe_text::SafeText;

/// When a mail is sent.
const SOON: UnixTime = UnixTime(NOW + 30);

fn safe(text: &str) -> SafeText {
    SafeText::new(text)
}

/// A screen with this document open.
fn reading(document: Document) -> Screen {
    let mut screen = Screen::new(3);
    screen.press("enter");
    arrive(&mut screen, document);
    screen
}

/// The layout of the open message comes.
fn arrive(screen: &mut Screen, document: Document) {
    let ticket = screen.lay_ticket();
    let laid = Some(Arc::new(Laid { width: 76, document, ..Laid::default() }));
    screen.send(Msg::Laid { ticket, message: MessageId(1), laid, whole: true });
}

fn with_images(hosts: &[&str]) -> Document {
    let images = hosts.iter().map(|host| safe(&format!("https://{host}/a.png"))).collect();
    let hosts: Vec<SafeText> = hosts.iter().copied().map(safe).collect();
    let from = vec![Person { name: safe("Acme"), address: safe("News@Acme.example") }];
    Document {
        head: Head { from, ..Head::default() },
        remote: Remote { images, count: hosts.len(), hosts, ..Remote::default() },
        ..Document::default()
    }
}

fn loads(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| matches!(effect, Effect::LoadImages { .. })).count()
}

/// PV01: nothing is loaded unasked; the hosts stand above the text before the key is pressed, and where they do not all,
/// the user is asked with all of them named.
#[test]
fn images_are_loaded_on_a_key_alone() {
    let mut screen = reading(with_images(&["img.acme.example"]));
    assert_eq!(loads(&screen.take()), 0);
    let notice = notices(&screen.model).pop().unwrap();
    assert!(notice.text.as_str().contains("img.acme.example"));
    screen.press("i");
    let urls = vec![safe("https://img.acme.example/a.png")];
    assert!(screen.take().contains(&Effect::LoadImages { message: MessageId(1), urls }));

    let mut screen = reading(with_images(&["a.example", "b.example", "c.example"]));
    screen.take();
    screen.press("i");
    assert_eq!(loads(&screen.take()), 0);
    let Some(Overlay::Confirm { question, deed: Deed::Images { always: false, .. } }) = &screen.model.overlay else {
        panic!()
    };
    assert!(["a.example", "b.example", "c.example"].iter().all(|host| question.as_str().contains(host)));
    screen.press("esc");
    assert_eq!(loads(&screen.take()), 0);
    screen.press("i y");
    assert_eq!(loads(&screen.take()), 1);
}

/// PV01: `I` is kept for the sender, loads at once and the next time unasked, not for a mail that only pretends to be from
/// there, and is taken back by the same key.
#[test]
fn images_of_a_sender_are_always_shown() {
    let mut screen = reading(with_images(&["img.acme.example"]));
    screen.take();
    screen.press("I");
    let effects = screen.take();
    assert!(effects.contains(&Effect::TrustImages { sender: "news@acme.example".into(), on: true }));
    assert_eq!(loads(&effects), 1);

    let mut again = Screen::new(3);
    again.model.image_senders.insert("news@acme.example".into());
    again.press("enter").take();
    let mut forged = with_images(&["img.acme.example"]);
    forged.trust = Trust::Failed(safe("acme.example"));
    again.event(Event::BodyReady(MessageId(1)));
    arrive(&mut again, forged);
    assert_eq!(loads(&again.take()), 0);
    again.event(Event::BodyReady(MessageId(1)));
    arrive(&mut again, with_images(&["img.acme.example"]));
    assert_eq!(loads(&again.take()), 1);
    again.send(Msg::Changed { message: MessageId(1), failed: None });
    let shown = Remote { loaded: 1, ..Remote::default() };
    arrive(&mut again, Document { remote: shown, ..with_images(&[]) });
    again.press("I");
    assert!(again.take().contains(&Effect::TrustImages { sender: "news@acme.example".into(), on: false }));
}

/// Protects the text from a loading that failed: it says why, and the message is laid out anew with what came.
#[test]
fn what_came_is_shown() {
    let mut screen = reading(with_images(&["a.example"]));
    screen.press("i");
    assert!(notices(&screen.model)[0].text.as_str().starts_with("Loading"));
    screen.take();
    screen.send(Msg::Changed { message: MessageId(1), failed: Some(safe("1 image could not be loaded: late")) });
    assert!(screen.take().iter().any(|effect| matches!(effect, Effect::Lay { .. })));
    assert_eq!(screen.toast(), "1 image could not be loaded: late");
    assert!(screen.model.reader.busy.is_none());
}

/// Protects attachments: a program is named first, an empty command is refused, and nothing is started by esc.
#[test]
fn programs_are_named_first() {
    let mut screen = reading(Document { parts: vec![Part::default()], ..Document::default() });
    screen.take();
    screen.press("| down enter").type_text("wc -l").press("enter");
    let take = |errand: Errand| Effect::Take { message: MessageId(1), part: Some(0), errand };
    assert_eq!(screen.take(), [take(Errand::Pipe("wc -l".into()))]);
    screen.press("X enter");
    assert_eq!(screen.toast(), "Type a command");
    screen.type_text("gimp").press("enter");
    assert!(screen.take().contains(&take(Errand::OpenWith("gimp".into()))));
    screen.press("X").type_text("x").press("esc");
    assert!(!screen.take().iter().any(|effect| matches!(effect, Effect::Take { .. })));
}

/// A command is given the message with what is attached, or a part of it that is picked; a picture within the text is not
/// taken for it, and links are not counted among what is offered.
#[rstest]
#[case::logo_alone(1, 0, "", None)]
#[case::first_of_all(1, 1, "enter", None)]
#[case::picked(1, 1, "down down enter", Some(1))]
#[case::typed(0, 2, "w h o l e enter", None)]
fn the_message_is_piped(
    #[case] pictures: usize,
    #[case] files: usize,
    #[case] keys: &str,
    #[case] part: Option<usize>,
) {
    let picture = Part { name: safe("logo.png"), inline: true, ..Part::default() };
    let file = Part { name: safe("a.patch"), ..Part::default() };
    let parts = [vec![picture; pictures], vec![file; files]].concat();
    let links = vec![Link { target: safe("https://x.example"), ..Link::default() }; 3];
    let mut screen = reading(Document { parts, links, ..Document::default() });
    screen.take();
    screen.press("|");
    if files > 0 {
        let Some(Overlay::Links(picker)) = &screen.model.overlay else { panic!("nothing is offered") };
        assert_eq!((picker.of, picker.hits.len()), (pictures + files + 1, pictures + files + 1));
        screen.press(keys);
    }
    screen.type_text("git am").press("enter");
    let errand = Errand::Pipe("git am".into());
    assert_eq!(screen.take(), [Effect::Take { message: MessageId(1), part, errand }]);
}

/// Protects a large attachment: its way here is shown, esc gives it up and nothing is opened later.
#[test]
fn fetching_can_be_given_up() {
    let mut screen = reading(Document { parts: vec![Part::default()], partial: true, ..Document::default() });
    screen.take();
    screen.press("S");
    let whole = Command::WantBody { message: MessageId(1), priority: Priority::Open, whole: true };
    assert_eq!(commands(&screen.take()), [whole]);
    screen.event(Event::BodyProgress { message: MessageId(1), done: 3_000_000, total: 20_000_000 });
    assert_eq!(notices(&screen.model)[0].text.as_str(), "Fetching the rest: 3 of 20 MB");
    screen.press("esc");
    assert_eq!(commands(&screen.take()), [Command::Unwant(MessageId(1))]);
    assert!(screen.model.reader.message.is_some() && screen.model.reader.fetching.is_none());
    screen.event(Event::BodyReady(MessageId(1)));
    arrive(&mut screen, Document { parts: vec![Part::default()], ..Document::default() });
    assert!(!screen.take().iter().any(|effect| matches!(effect, Effect::Take { .. })));
}

/// Protects from programs that reading would start: a seal is only said, and opened on its key.
#[test]
fn seals_are_opened_on_a_key_alone() {
    let mut screen = reading(Document { seal: Seal::Encrypted, ..Document::default() });
    assert!(!screen.take().iter().any(|effect| matches!(effect, Effect::Unseal { .. })));
    assert_eq!(notices(&screen.model)[0].text.as_str(), "Encrypted");
    screen.press("V");
    assert!(screen.take().contains(&Effect::Unseal { message: MessageId(1), asked: false }));
    let mut plain = reading(Document::default());
    plain.press("V");
    assert_eq!(plain.toast(), "This message is neither signed nor encrypted");
}

/// What was taken back before it was written is not sent, and what cannot be written is told.
#[test]
fn a_letter_that_comes_too_late_is_not_sent() {
    let mut screen = reading(Document { invitation: true, ..Document::default() });
    screen.take();
    let answered = |screen: &mut Screen| {
        let effects = screen.press("A").type_text("ye").press("enter").take();
        let Some(Effect::Answer { op, .. }) = effects.first() else { panic!("{effects:?}") };
        *op
    };
    let op = answered(&mut screen);
    screen.press("z").take();
    screen.send(Msg::Written { op, outcome: Ok((LetterId(9), SOON)) });
    assert_eq!(screen.take(), [Effect::Sync(Command::DiscardLetter(LetterId(9)))]);
    let op = answered(&mut screen);
    screen.send(Msg::Written { op, outcome: Err(SafeText::new("nobody to answer")) }).take();
    assert_eq!(screen.toast(), "nobody to answer");
    screen.model.options.read_only = Some(crate::app::rights::ReadOnly::Another);
    let effects = screen.press("A").type_text("ye").press("enter").take();
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Answer { .. })), "{effects:?}");
}

/// An invitation that was answered is not said to wait for that; another answer can be given.
#[test]
fn an_answered_invitation_says_so() {
    let mut screen = reading(Document { invitation: true, ..Document::default() });
    let said =
        |screen: &Screen| notices(&screen.model).pop().map(|notice| (notice.text.to_string(), notice.keys.len()));
    assert_eq!(said(&screen), Some(("An answer is asked for".to_owned(), 1)));
    screen.model.reader.message.as_mut().unwrap().flags.system |= ANSWERED;
    assert_eq!(said(&screen), Some(("You answered this".to_owned(), 1)));
}

/// Protects invitations: the answer is chosen, written, and sent by an operation that is taken back as any other.
#[test]
fn invitations_are_answered() {
    let mut screen = reading(Document { invitation: true, ..Document::default() });
    screen.take();
    screen.press("A").type_text("ma").press("enter");
    let effects = screen.take();
    let [Effect::Answer { op, message: MessageId(1), said: Answer::Maybe }] = effects[..] else {
        panic!("{effects:?}")
    };
    assert!(screen.model.overlay.is_none());
    screen.send(Msg::Written { op, outcome: Ok((LetterId(9), SOON)) });
    let send = Command::Send { op, letter: LetterId(9), at: Some(SOON) };
    assert_eq!(screen.take(), [Effect::Sync(send)]);
    screen.send(Msg::Sync(Event::OpQueued { op, summary: SafeText::new("Send it"), undoable: true })).take();
    assert_eq!(screen.toast(), "Send it");
    let Some(toast) = &screen.model.toast else { panic!("nothing is said") };
    assert_eq!((toast.undo, toast.seconds), (Some(op), 30), "as long as it can be called back");
    screen.event(Event::OpDone(op));
    assert_eq!(screen.toast(), "Sent");
    screen.press("z");
    assert!(!commands(&screen.take()).contains(&Command::Undo(op)), "what was sent is not called back");
}

/// An answer that was not typed is taken back as everything else, whether or not it was seen among what waits: no letter
/// opens, none is left, and `Z` does not send it again. Where more is to be known of it, its letter opens.
#[rstest]
#[case::before_it_is_seen(None, true)]
#[case::seen(Some(Stand::Waits { at: SOON, why: None }), true)]
#[case::refused(Some(Stand::Refused(SafeText::from_static("no"))), false)]
fn an_answer_is_taken_back(#[case] stand: Option<Stand>, #[case] quietly: bool) {
    let mut screen = reading(Document { invitation: true, ..Document::default() });
    let effects = screen.press("A").type_text("ye").press("enter").take();
    let Some(Effect::Answer { op, .. }) = effects.last() else { panic!("{effects:?}") };
    let op = *op;
    screen.send(Msg::Written { op, outcome: Ok((LetterId(9), SOON)) });
    screen.event(Event::OpQueued { op, summary: SafeText::new("Send it"), undoable: true });
    let named = (safe("work"), safe("Team lunch"), safe("Tom"));
    let stands = |stand| {
        let (account, subject, to) = named.clone();
        Waiting { op, letter: LetterId(9), account, subject, to, size: 900, stand }
    };
    screen.model.letters.shelf.outbox = stand.map(stands).into_iter().collect();
    screen.take();
    screen.press("z");
    assert_eq!(commands(&screen.take()), [Command::Undo(op)]);
    screen.event(Event::OpUndone(op));
    let effects = screen.take();
    assert_eq!(effects.contains(&Effect::Sync(Command::DiscardLetter(LetterId(9)))), quietly, "{effects:?}");
    assert_eq!(screen.toast(), if quietly { "Taken back: Send it" } else { "Called back: it was not sent" });
    assert_eq!(screen.model.letters.begun.is_empty(), quietly);
    assert!(screen.model.redo.is_empty(), "it is not sent again");
}

/// A passphrase that has to be typed at the terminal is asked for there, unless the message was left; the screen goes on with
/// what it brought, and asks once.
#[test]
fn a_passphrase_is_typed_at_the_terminal() {
    let mut screen = reading(Document { seal: Seal::Encrypted, ..Document::default() });
    let lend = |message| Lend {
        command: "gpg --decrypt".to_owned(),
        input: "/run/encrypted".into(),
        purpose: Purpose::Unlock(Unlock::Message(MessageId(message))),
    };
    screen.press("V").take();
    screen.send(Msg::Ready(lend(2)));
    assert_eq!(screen.take(), []);
    screen.send(Msg::Ready(lend(1)));
    assert_eq!(screen.take(), [Effect::Run(lend(1))]);
    screen.send(Msg::Unlocked { lend: lend(1), done: true, said: None });
    assert_eq!(screen.take(), [Effect::Unseal { message: MessageId(1), asked: true }]);
    assert!(screen.model.reader.busy.is_some());
    screen.send(Msg::Unlocked { lend: lend(1), done: false, said: None });
    assert_eq!(screen.toast(), "Not opened: the passphrase was not given");
    assert!(screen.model.reader.busy.is_none());
}

/// What is said of a seal is read to its end in a narrow reader, too; keys stay on their line.
#[test]
fn words_of_a_seal_are_not_cut() {
    let words = "Signed by Dana Whitfield <dana@example.org>, but this is not the sender's key";
    let opened = Some(safe(words));
    let screen = reading(Document { opened, invitation: true, ..Document::default() });
    for (columns, count) in [(200, 1), (60, 2), (30, 3), (3, 4)] {
        let told = lines(&screen.model, columns);
        let (seal, rest) = told.split_at(told.len() - 1);
        let texts: Vec<&str> = seal.iter().map(|notice| notice.text.as_str()).collect();
        assert_eq!((texts.join(" ").as_str(), seal.len()), (words, count));
        assert_eq!(rest[0].keys.len(), 1);
    }
}
