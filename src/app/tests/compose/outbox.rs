//! Mails on their way: sent, called back, refused, sent later; the tasks screen's lines for them; quitting.

use rstest::rstest;

use super::{NOW, Screen, answer, commands, letter, orders, reply, screen, shown};
use crate::app::action::Id;
use crate::app::compose::Write;
use crate::app::compose::order::{How, News, Order, Stand, Unsent, Waiting};
use crate::app::model::Overlay;
use crate::app::msg::{Effect, Msg};
use crate::app::tasks::failed;
use crate::app::tests::overlay::op;
use crate::letter::{Letter, LetterId};
use crate::mail::UnixTime;
use crate::protocol::{Command, Event, OpId, OpRow, OpState};
use crate::safe_text::SafeText;

/// Sends the answer; gives the operation.
fn sent(screen: &mut Screen) -> OpId {
    screen.type_text("Fine.");
    screen.take();
    screen.press("ctrl-s");
    let ordered = screen.ordered();
    let [Order::Send { op, letter, at }] = &ordered[..] else { panic!("{ordered:?}") };
    assert_eq!(*at, Some(UnixTime(NOW + 12)), "as long as the account says");
    assert!(letter.text.starts_with("Fine."));
    *op
}

/// Sent: back to the list, a toast once the journal has it, z calls it back, and the letter is open again.
#[test]
fn a_mail_can_be_called_back() {
    let mut screen = reply();
    let op = sent(&mut screen);
    assert!(shown(&screen.model).is_none());
    assert_eq!(screen.toast(), "", "nothing is said before the journal has it");
    screen.event(Event::OpQueued { op, summary: SafeText::new("Send"), undoable: true });
    let toast = screen.model.toast.as_ref().unwrap();
    assert_eq!((toast.undo, toast.seconds), (Some(op), 12));
    screen.take();
    screen.press("z");
    assert_eq!(commands(&screen.take()), [Command::Undo(op)]);
    screen.event(Event::OpUndone(op));
    screen.begin(Letter { text: "Fine.".into(), ..answer() });
    assert_eq!(screen.open_letter().lines.body.text(), "Fine.");
    assert!(screen.model.redo.is_empty(), "a mail is not sent again by Z");
}

/// Before the journal has it, z takes back nothing: the order to send would come after that.
#[test]
fn z_waits_for_the_journal() {
    let mut screen = reply();
    let op = sent(&mut screen);
    screen.press("z");
    assert!(!commands(&screen.take()).contains(&Command::Undo(op)));
}

/// What could not be queued is open again as it was, and says why.
#[test]
fn a_mail_that_cannot_be_queued_is_open_again() {
    let mut screen = reply();
    let op = sent(&mut screen);
    screen.event(Event::OpFailed { op, reason: SafeText::new("disk is full"), kept: false });
    assert!(screen.open_letter().lines.body.text().starts_with("Fine."));
    assert_eq!(screen.toast(), "Not sent: disk is full");
}

/// A refusal of the server is told with what to press, and the letter does not jump up.
#[test]
fn a_refused_mail_stays_in_the_outbox() {
    let mut screen = reply();
    let op = sent(&mut screen);
    screen.event(Event::OpQueued { op, summary: SafeText::new("Send \"Re: Contract\""), undoable: true });
    screen.event(Event::OpFailed { op, reason: SafeText::new("550 no such user"), kept: true });
    assert!(shown(&screen.model).is_none());
    assert!(screen.toast().contains("550 no such user") && screen.toast().contains("w shows it"));
}

/// Sent is sent: z takes back something else then.
#[test]
fn a_sent_mail_is_not_called_back() {
    let mut screen = reply();
    let op = sent(&mut screen);
    screen.event(Event::OpQueued { op, summary: SafeText::new("Send"), undoable: true });
    screen.event(Event::OpDone(op));
    assert_eq!(screen.toast(), "Sent to Priya Raman");
    screen.take();
    screen.press("z");
    assert_eq!(commands(&screen.take()), []);
}

/// Later: the time is typed as everywhere.
#[test]
fn mails_are_sent_later() {
    let mut screen = reply();
    screen.type_text("Fine.").press("ctrl-l");
    assert!(matches!(screen.model.overlay, Some(Overlay::SendLater(_))));
    screen.type_text("tomorrow 8");
    screen.take();
    screen.press("enter");
    let ordered = screen.ordered();
    let [Order::Send { op, at: Some(at), .. }] = &ordered[..] else { panic!("{ordered:?}") };
    // Tuesday 14:02 is now.
    assert_eq!(at.0, NOW - 2 * 60 - 14 * 3600 + 32 * 3600);
    screen.event(Event::OpQueued { op: *op, summary: SafeText::new("Send"), undoable: true });
    assert_eq!(screen.toast(), "To Priya Raman: Wed 8 Apr 08:00");
}

/// A discarded draft is kept as it was, and z brings it back.
#[test]
fn discarded_drafts_come_back() {
    let mut screen = reply();
    screen.type_text("Hi");
    screen.take();
    screen.press("alt-x");
    assert!(matches!(&screen.ordered()[..], [Order::Keep(_), Order::Discard(LetterId(7))]));
    assert_eq!(screen.toast(), "Draft discarded");
    screen.press("z").begin(answer());
    assert!(shown(&screen.model).is_some());
}

/// z takes back what was done last, be it an action or a discarded draft.
#[test]
fn z_goes_by_time() {
    let mut screen = reply();
    screen.press("alt-x").press("e");
    let op = OpId(screen.model.next_op.0 - 1);
    screen.queued(op.0, "Archived");
    screen.take();
    screen.press("z");
    assert_eq!(commands(&screen.take()), [Command::Undo(op)]);
    screen.press("z");
    assert!(matches!(&screen.ordered()[..], [Order::Restore(_, LetterId(7))]));
}

fn waiting(op: i64, stand: Stand) -> Waiting {
    Waiting {
        op: OpId(op),
        letter: LetterId(op),
        account: SafeText::new("work"),
        subject: SafeText::new("Re: Contract"),
        to: SafeText::new("Priya"),
        size: 61_000,
        stand,
    }
}

fn unsent(letter: i64) -> Unsent {
    Unsent {
        letter: LetterId(letter),
        account: SafeText::new("work"),
        subject: SafeText::new("Notes"),
        to: SafeText::default(),
        begun: UnixTime(NOW),
    }
}

/// The tasks screen with four mails and a letter.
fn tasks() -> Screen {
    let mut screen = screen();
    screen.press("w");
    let outbox = vec![
        waiting(50, Stand::Waits { at: UnixTime(NOW + 60_000), why: None }),
        waiting(51, Stand::Unknown { why: SafeText::new("cut"), looked: false }),
        waiting(52, Stand::Refused(SafeText::new("550 no"))),
        waiting(53, Stand::Waits { at: UnixTime(NOW + 58), why: Some(SafeText::new("no route")) }),
    ];
    screen.told(News::Shelf { outbox, letters: vec![unsent(9)] });
    screen.take();
    screen
}

/// What can be done with what is on its way.
#[rstest]
#[case("enter", Command::Undo(OpId(50)))]
#[case("s", Command::SendNow(OpId(50)))]
#[case("j m", Command::WasSent(OpId(51)))]
#[case("j r y", Command::Retry(OpId(51)))]
#[case("j enter y", Command::Undo(OpId(51)))]
#[case("j j r", Command::Retry(OpId(52)))]
#[case("j j x", Command::Discard(OpId(52)))]
#[case("x", Command::Discard(OpId(50)))]
#[case("j j j r", Command::SendNow(OpId(53)))]
#[case("j j j x", Command::Discard(OpId(53)))]
#[case("z", Command::Undo(OpId(50)))]
fn the_outbox_has_keys(#[case] keys: &str, #[case] expected: Command) {
    let mut screen = tasks();
    screen.press(keys);
    assert_eq!(commands(&screen.take()), [expected]);
}

/// SN04: a mail that may have been sent goes out again, and opens again, only after a question; what it is called then is
/// never that it was not sent.
#[rstest]
#[case("j r")]
#[case("j enter")]
fn an_unknown_mail_asks(#[case] keys: &str) {
    let mut screen = tasks();
    screen.press(keys);
    let Some(Overlay::Confirm { question, .. }) = &screen.model.overlay else { panic!("{:?}", screen.model.overlay) };
    assert!(question.as_str().starts_with("It may have been sent"), "{question}");
    screen.press("esc");
    assert_eq!(commands(&screen.take()), []);
    assert!(matches!(screen.model.overlay, Some(Overlay::Tasks { cursor: 1, .. })), "it leads back");
    // What is known by now is not asked for again.
    screen.press(keys.trim_start_matches("j ")).told(News::Shelf { outbox: Vec::new(), letters: Vec::new() });
    screen.press("y");
    assert_eq!(commands(&screen.take()), []);
}

/// What waits for the time that the user chose was not tried yet.
#[test]
fn what_was_not_tried_is_not_tried_again() {
    let mut screen = tasks();
    screen.press("r");
    assert_eq!(commands(&screen.take()), []);
    assert!(screen.toast().starts_with("Only what did not work can be tried again"), "{}", screen.toast());
}

/// A mail that is let go is a draft again, and does not open; one that may have been sent is never said to be unsent, in
/// whichever run it was sent.
#[rstest]
#[case("x", 50, "It was not sent; it is a draft again")]
#[case("j x", 51, "It may have been sent; its text is a draft again")]
#[case("j j x", 52, "It was not sent; it is a draft again")]
fn what_is_let_go_is_a_draft(#[case] keys: &str, #[case] op: i64, #[case] words: &str) {
    let mut screen = tasks();
    screen.press(keys).take();
    screen.event(Event::OpUndone(OpId(op)));
    assert_eq!(screen.toast(), words);
    assert_eq!(screen.ordered(), []);
}

/// A mail of an earlier run that may have been sent is told with its subject, and does not count as refused.
#[test]
fn a_mail_of_an_earlier_run_is_named() {
    let mut screen = screen();
    screen.press("w");
    let (ticket, _) = screen.loads()[0].clone();
    let sends = OpRow { summary: SafeText::new("Send \"Re: Contract\" to Priya"), ..op(7, OpState::Failed) };
    screen.send(Msg::Ops { ticket, rows: vec![sends, op(8, OpState::Failed)], last_undone: None });
    assert_eq!(failed(&screen.model), "2 refused");
    let stand = Stand::Unknown { why: SafeText::new("cut"), looked: false };
    screen.told(News::Shelf { outbox: vec![waiting(7, stand)], letters: Vec::new() });
    assert_eq!(failed(&screen.model), "1 refused, 1 may have been sent");
    let reason = SafeText::new("It is not known whether the mail was sent: the program ended");
    screen.event(Event::OpFailed { op: OpId(7), reason, kept: true });
    let told =
        "Send \"Re: Contract\" to Priya: It is not known whether the mail was sent: the program ended - w shows it";
    assert_eq!(screen.toast(), told);
}

/// SN04: what may have been sent is not said to be unsent, whichever way it came back.
#[rstest]
#[case("j enter y", Command::Undo)]
#[case("j x", Command::Discard)]
fn an_unknown_mail_is_called_that(#[case] keys: &str, #[case] command: fn(OpId) -> Command) {
    let mut screen = reply();
    let op = sent(&mut screen);
    screen.event(Event::OpQueued { op, summary: SafeText::new("Send"), undoable: true });
    screen.event(Event::OpFailed { op, reason: SafeText::new("cut"), kept: true });
    let stand = Stand::Unknown { why: SafeText::new("cut"), looked: false };
    let mails = vec![waiting(50, Stand::Refused(SafeText::new("550 no"))), Waiting { op, ..waiting(7, stand) }];
    screen.told(News::Shelf { outbox: mails, letters: Vec::new() });
    screen.press("w").take();
    screen.press(keys);
    assert_eq!(commands(&screen.take()), [command(op)]);
    screen.event(Event::OpUndone(op));
    if command(op) == Command::Discard(op) {
        assert_eq!(screen.toast(), "It may have been sent; its text is a draft again");
    } else {
        screen.begin(answer());
        assert_eq!(screen.toast(), "It may have been sent: what you send now is another mail");
    }
}

/// A mail that is called back from the tasks screen is open; a draft is gone on with, or discarded.
#[test]
fn the_tasks_screen_opens_letters() {
    let mut screen = tasks();
    screen.press("enter").event(Event::OpUndone(OpId(50))).begin(letter(50));
    assert_eq!(screen.open_letter().letter.id, LetterId(50));
    assert!(screen.model.overlay.is_none());
    let mut screen = tasks();
    screen.press("j j j j enter");
    assert!(matches!(&screen.ordered()[..], [Order::Begin { how: How::Kept(LetterId(9)), .. }]));
    let mut screen = tasks();
    screen.press("j j j j x");
    assert_eq!(screen.ordered(), [Order::Discard(LetterId(9))]);
}

/// Whoever writes on a mail that was refused sees what the server said until it is sent again.
#[test]
fn a_refused_mail_says_why_while_it_is_mended() {
    let mut screen = tasks();
    let why = "Nothing was sent, because not everybody can get it. tom@x: No such mailbox (550); ada@x: Full (552)";
    screen.told(News::Shelf { outbox: vec![waiting(52, Stand::Refused(SafeText::new(why)))], letters: Vec::new() });
    screen.press("enter").event(Event::OpUndone(OpId(52))).begin(letter(52));
    let hints = screen.open_letter().hints.iter().map(SafeText::as_str).collect::<Vec<_>>();
    let said =
        ["Nothing was sent, because not everybody can get it", "tom@x: No such mailbox (550)", "ada@x: Full (552)"];
    assert_eq!(hints, said);
    let mut screen = tasks();
    screen.press("enter").event(Event::OpUndone(OpId(50))).begin(letter(50));
    assert!(screen.open_letter().hints.is_empty());
}

/// The cursor stays on its mail when others go.
#[test]
fn the_cursor_stays_on_its_mail() {
    let mut screen = tasks();
    screen.press("j j");
    screen
        .told(News::Shelf { outbox: vec![waiting(52, Stand::Refused(SafeText::new("550 no")))], letters: Vec::new() });
    screen.press("r");
    assert_eq!(commands(&screen.take()), [Command::Retry(OpId(52))]);
}

/// q asks where a mail is in its seconds of grace, and only there; what is typed is kept before the program ends.
#[test]
fn quitting_asks_for_mails_that_are_leaving() {
    let mut screen = reply();
    let op = sent(&mut screen);
    let mail = Waiting { op, ..waiting(0, Stand::Waits { at: UnixTime(NOW + 12), why: None }) };
    screen.told(News::Shelf { outbox: vec![mail], letters: Vec::new() });
    screen.take();
    screen.press("q");
    assert!(matches!(screen.model.overlay, Some(Overlay::Confirm { .. })));
    screen.press("y");
    assert!(screen.take().contains(&Effect::Quit));
    let mut screen = self::screen();
    let tomorrow = Stand::Waits { at: UnixTime(NOW + 60_000), why: None };
    screen.told(News::Shelf { outbox: vec![waiting(50, tomorrow)], letters: Vec::new() });
    screen.press("q");
    assert!(screen.take().contains(&Effect::Quit), "what waits for tomorrow holds nobody up");
    let mut screen = reply();
    screen.type_text("Hi");
    screen.take();
    screen.press("ctrl-c");
    let effects = screen.take();
    assert!(matches!(&orders(&effects)[..], [Order::Keep(_), Order::Closed(LetterId(7))]));
    assert!(effects.contains(&Effect::Quit));
}

/// q asks for mails that were tried in vain, and says that they are kept.
#[rstest]
#[case(1, "1 mail cannot be sent yet: it is kept, ")]
#[case(2, "2 mails cannot be sent yet: they are kept, ")]
fn quitting_asks_for_mails_that_cannot_be_sent(#[case] count: i64, #[case] words: &str) {
    let mut screen = screen();
    let stand = Stand::Waits { at: UnixTime(NOW + 600), why: Some(SafeText::new("no route")) };
    let outbox = (0..count).map(|op| waiting(50 + op, stand.clone())).collect();
    screen.told(News::Shelf { outbox, letters: Vec::new() });
    screen.press("q");
    let Some(Overlay::Confirm { question, .. }) = &screen.model.overlay else { panic!("{:?}", screen.model.overlay) };
    assert!(question.as_str().starts_with(words), "{question}");
    screen.press("y");
    assert!(screen.take().contains(&Effect::Quit));
}

/// A mail that cannot be sent yet is told once, and counts until it goes; what an earlier run left is not news.
#[test]
fn a_mail_that_cannot_be_sent_is_told_once() {
    let mut screen = reply();
    let op = sent(&mut screen);
    screen.event(Event::OpQueued { op, summary: SafeText::new("Send"), undoable: true });
    let shelf = |screen: &mut Screen, stand: Stand| {
        let outbox = vec![Waiting { op, ..waiting(7, stand) }];
        screen.model.toast = None;
        screen.told(News::Shelf { outbox, letters: Vec::new() });
        (screen.model.toast.as_ref().map(|toast| toast.text.as_str().to_owned()), screen.model.letters.stuck.len())
    };
    let failed = || Stand::Waits { at: UnixTime(NOW + 60), why: Some(SafeText::new("Cannot reach mx: no route")) };
    let told = "1 mail to Priya cannot be sent yet, and is tried again: Cannot reach mx: no route".to_owned();
    assert_eq!(shelf(&mut screen, Stand::Sending), (None, 0));
    assert_eq!(shelf(&mut screen, failed()), (Some(told), 1));
    assert_eq!(shelf(&mut screen, Stand::Sending), (None, 1));
    assert_eq!(shelf(&mut screen, failed()), (None, 1));
    assert_eq!(shelf(&mut screen, Stand::Refused(SafeText::new("550 no"))), (None, 0));
    let mut screen = self::screen();
    assert_eq!(shelf(&mut screen, failed()), (None, 1));
}

/// q asks, too, while a mail is being made: it is in no outbox yet, and may never get there.
#[test]
fn quitting_asks_for_mails_that_are_made() {
    let mut screen = reply();
    let op = sent(&mut screen);
    screen.take();
    screen.press("q");
    let Some(Overlay::Confirm { question, .. }) = &screen.model.overlay else { panic!("it is asked") };
    assert!(question.as_str().contains("may stay a draft"), "{question}");
    assert!(!screen.take().contains(&Effect::Quit));
    screen.press("esc").event(Event::OpQueued { op, summary: SafeText::new("Send"), undoable: true });
    screen.press("q");
    assert!(screen.take().contains(&Effect::Quit));
}

/// At the end every letter is kept and closed, whether it is shown or not and however the program ends; a letter in which
/// nothing was written goes; the engine is not stopped before it heard of them.
#[rstest]
#[case(true)]
#[case(false)]
fn the_end_closes_every_letter(#[case] told: bool) {
    let mut screen = reply();
    screen.type_text("Hi").keep_timer().told(News::Kept(LetterId(7), UnixTime(NOW)));
    screen.run(Id::Write(Write::New)).begin(letter(8));
    screen.run(Id::Write(Write::New)).begin(letter(9));
    screen.press("tab tab").send(Msg::Paste("/tmp/a.pdf".into()));
    screen.take();
    if told {
        screen.press("ctrl-c");
    }
    screen.send(Msg::Leave);
    let effects = screen.take();
    let ordered = orders(&effects);
    let [Order::Closed(LetterId(7)), Order::Discard(LetterId(8)), Order::Keep(kept), Order::Closed(LetterId(9))] =
        &ordered[..]
    else {
        panic!("{ordered:?}")
    };
    assert_eq!((kept.id, kept.text.as_str()), (LetterId(9), "/tmp/a.pdf"));
    assert_eq!(commands(&effects), []);
    assert_eq!(effects.iter().filter(|effect| **effect == Effect::Quit).count(), 1);
}
