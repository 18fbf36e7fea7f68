//! Letters: begun, typed, kept, completed, attached, sent, called back, discarded.

mod around;
mod awaited;
mod coming;
mod offers;
mod outbox;
mod prospect;
mod several;
mod written;

use rstest::rstest;

use super::{ARCHIVE, NOW, Screen, commands};
use crate::app::action::Id;
use crate::app::compose::order::{Begun, Habits, How, News, Order};
use crate::app::compose::{Field, Kept, Open, Tool, seal, shown};
use crate::app::key::Key;
use crate::app::model::{Clock, Ticket};
use crate::app::msg::{Effect, Msg, Timer};
use crate::app::update::act;
use crate::compose::Answer;
use crate::compose::checks::{Facts, Weight};
use crate::letter::style::{Identity, Style, Writer};
use crate::letter::{Attachment, Kin, Letter, LetterId, Mailbox, Seal};
use crate::mail::{MessageId, UnixTime};
use crate::safe_text::SafeText;

fn person(name: &str, address: &str) -> Mailbox {
    Mailbox { name: name.into(), address: address.into() }
}

fn letter(id: i64) -> Letter {
    Letter {
        id: LetterId(id),
        account: "work".into(),
        from: person("Dana", "dana@work.example"),
        to: Vec::new(),
        cc: Vec::new(),
        bcc: Vec::new(),
        reply_to: Vec::new(),
        subject: String::new(),
        text: String::new(),
        markdown: false,
        seal: Seal::default(),
        attachments: Vec::new(),
        kin: Kin::default(),
        message_id: "m@work.example".into(),
        draft: None,
        resend: None,
        begun: NOW,
    }
}

fn answer() -> Letter {
    Letter {
        to: vec![person("Priya Raman", "priya@x.example")],
        subject: "Re: Contract".into(),
        text: "\n\n> Two small edits".into(),
        ..letter(7)
    }
}

/// A letter with a long quote.
pub(super) fn begun_news(ticket: Ticket) -> News {
    let letter = Letter { text: "\n\n> a\n> b\n> c\n> d\n> e\n> f".into(), ..answer() };
    News::Begun(ticket, Box::new(Begun { letter, cursor: 0, hints: Vec::new(), facts: Facts::default() }))
}

fn writer(account: &str, address: &str, signature: &str) -> Writer {
    let identity = Identity { mailbox: person("Dana", address), signature: signature.into() };
    Writer { account: account.into(), identities: vec![identity] }
}

fn habits() -> Habits {
    Habits {
        seals: false,
        writers: vec![writer("work", "dana@work.example", "Dana at work"), writer("home", "dana@home.example", "D.")],
        style: Style::default(),
        undo: [("work".to_owned(), 12)].into(),
        templates: [("thanks".to_owned(), "Thank you, {first}! {cursor}Dana".to_owned())].into(),
    }
}

fn orders(effects: &[Effect]) -> Vec<Order> {
    let order = |effect: &Effect| match effect {
        Effect::Letters(order) => Some(order.clone()),
        _ => None,
    };
    effects.iter().filter_map(order).filter(|order| *order != Order::Shelf).collect()
}

impl Screen {
    fn told(&mut self, news: News) -> &mut Self {
        self.send(Msg::Letters(news))
    }

    fn ordered(&mut self) -> Vec<Order> {
        orders(&self.take())
    }

    fn run(&mut self, id: Id) -> &mut Self {
        let mut effects = Vec::new();
        act::run(&mut self.model, &mut effects, id);
        self.effects.extend(effects);
        self
    }

    fn open_letter(&self) -> &Open {
        shown(&self.model).expect("a letter is open")
    }

    /// The letter that is asked for is here.
    fn begin(&mut self, letter: Letter) -> &mut Self {
        let ordered = self.ordered();
        let Some(Order::Begin { ticket, .. } | Order::Restore(ticket, _)) = ordered.last() else {
            panic!("{ordered:?}");
        };
        self.begun(*ticket, letter)
    }

    fn begun(&mut self, ticket: Ticket, letter: Letter) -> &mut Self {
        let begun = Begun { letter, cursor: 0, hints: Vec::new(), facts: Facts::default() };
        self.told(News::Begun(ticket, Box::new(begun)))
    }

    fn keep_timer(&mut self) -> &mut Self {
        self.send(Msg::Timer(Timer::KeepLetter))
    }
}

fn screen() -> Screen {
    let mut screen = Screen::new(20);
    screen.told(News::Desk(Box::new(habits())));
    screen.take();
    screen
}

/// An empty letter.
fn new() -> Screen {
    let mut screen = screen();
    screen.press("c").begin(letter(7));
    screen
}

/// An answer, the cursor at its beginning.
fn reply() -> Screen {
    let mut screen = screen();
    screen.press("r").begin(answer());
    screen
}

/// The keys of writing ask for the right letter, about the right message, in its account.
#[rstest]
#[case("c", How::New)]
#[case("r", How::Answer(MessageId(1), Answer::Sender))]
#[case("a", How::Answer(MessageId(1), Answer::All))]
#[case("f", How::Forward(MessageId(1)))]
#[case("x x f", How::ForwardAttached(vec![MessageId(1), MessageId(2)]))]
fn letters_are_begun(#[case] keys: &str, #[case] expected: How) {
    let mut screen = screen();
    screen.press(keys);
    let ordered = screen.ordered();
    let [Order::Begin { how, account, .. }] = &ordered[..] else { panic!("{ordered:?}") };
    assert_eq!((how, account.as_str()), (&expected, "work"));
}

/// A draft on the server is gone on with by enter, and by its own key.
#[rstest]
#[case("enter")]
#[case("E")]
fn drafts_are_gone_on_with(#[case] key: &str) {
    let mut screen = screen();
    for row in &mut screen.model.list.rows {
        row.folder = crate::mail::FolderId(2);
    }
    screen.press(key);
    let ordered = screen.ordered();
    assert!(matches!(&ordered[..], [Order::Begin { how: How::Draft(MessageId(1)), .. }]), "{ordered:?}");
}

/// What is typed is on its way to the disk when the timer is due, which runs from the first key on, and once.
#[test]
fn words_are_kept_within_a_second() {
    let mut screen = reply();
    screen.take();
    screen.type_text("Hi");
    let timers: Vec<_> =
        screen.take().into_iter().filter(|effect| matches!(effect, Effect::After(_, Timer::KeepLetter))).collect();
    let [Effect::After(millis, _)] = &timers[..] else { panic!("{timers:?}") };
    assert!(*millis < 1000);
    assert_eq!(screen.open_letter().kept, Kept::Saving);
    screen.keep_timer();
    let ordered = screen.ordered();
    let [Order::Keep(kept)] = &ordered[..] else { panic!("{ordered:?}") };
    assert_eq!(kept.text, "Hi\n\n> Two small edits");
    screen.told(News::Kept(LetterId(7), UnixTime(NOW)));
    assert_eq!(screen.open_letter().kept, Kept::Saved);
    screen.keep_timer();
    assert_eq!(screen.ordered(), [], "nothing new, nothing kept");
}

/// What was typed while a letter was on its way to the disk is kept, too, and is not called saved before.
#[test]
fn saved_means_all_of_it() {
    let mut screen = reply();
    screen.type_text("a").keep_timer().type_text("b");
    screen.told(News::Kept(LetterId(7), UnixTime(NOW)));
    assert_eq!(screen.open_letter().kept, Kept::Saving);
    screen.take();
    screen.keep_timer();
    assert!(matches!(&screen.ordered()[..], [Order::Keep(letter)] if letter.text.starts_with("ab")));
}

/// A full disk is said, the letter stays, and it is tried again.
#[test]
fn what_cannot_be_kept_is_said() {
    let mut screen = reply();
    screen.type_text("a").keep_timer();
    screen.take();
    screen.told(News::NotKept(LetterId(7), SafeText::new("disk is full")));
    assert_eq!(screen.open_letter().kept, Kept::Failed(SafeText::new("disk is full")));
    assert!(screen.take().iter().any(|effect| matches!(effect, Effect::After(5000, Timer::KeepLetter))));
    screen.keep_timer();
    assert!(matches!(&screen.ordered()[..], [Order::Keep(_)]));
    screen.told(News::Kept(LetterId(7), UnixTime(NOW)));
    assert_eq!(screen.open_letter().kept, Kept::Saved);
}

/// Esc keeps: the list is where it was, the letter is let go once the disk has it, and comes back if it has not.
#[test]
fn esc_keeps_the_draft() {
    let mut screen = screen();
    screen.press("j j r").begin(answer()).type_text("Hi");
    screen.take();
    screen.press("esc");
    assert!(shown(&screen.model).is_none());
    assert_eq!(screen.cursor(), Some(3));
    assert!(matches!(&screen.ordered()[..], [Order::Keep(letter)] if letter.text.starts_with("Hi")));
    screen.told(News::Kept(LetterId(7), UnixTime(NOW)));
    assert_eq!(screen.ordered(), [Order::Closed(LetterId(7))]);
    screen.press("E");
    assert!(matches!(&screen.ordered()[..], [Order::Begin { how: How::Kept(LetterId(7)), .. }]));
}

/// A letter that was closed before a full disk could keep it is open again.
#[test]
fn a_closed_letter_is_not_lost() {
    let mut screen = reply();
    screen.type_text("Hi").press("esc");
    screen.told(News::NotKept(LetterId(7), SafeText::new("disk is full")));
    assert!(screen.open_letter().lines.body.text().starts_with("Hi"));
    assert!(screen.toast().contains("disk is full"));
}

/// A letter in which nothing was written leaves no draft.
#[test]
fn nothing_written_leaves_nothing() {
    let mut screen = new();
    screen.take();
    screen.press("esc");
    assert_eq!(screen.ordered(), [Order::Discard(LetterId(7))]);
    assert!(shown(&screen.model).is_none());
}

/// Tab goes through the fields, and round; enter goes on from a line.
#[test]
fn fields_are_gone_through() {
    let mut screen = new();
    assert_eq!(screen.open_letter().field, Field::To);
    screen.press("tab tab");
    assert_eq!(screen.open_letter().field, Field::Body);
    screen.press("tab");
    assert_eq!(screen.open_letter().field, Field::From);
    screen.press("shift-tab shift-tab enter");
    assert_eq!(screen.open_letter().field, Field::Body);
    screen.press("alt-c");
    assert_eq!(screen.open_letter().field, Field::Cc);
    screen.press("shift-tab tab tab");
    assert_eq!(screen.open_letter().field, Field::Subject);
}

/// People are asked for as they are typed; tab takes, a comma goes on, and old answers are dropped.
#[test]
fn people_are_completed() {
    let mut screen = new();
    screen.take();
    screen.type_text("pr");
    let asked = screen.ordered();
    let turns: Vec<u64> = asked
        .iter()
        .filter_map(|order| match order {
            Order::People { turn, account, .. } if account == "work" => Some(*turn),
            _ => None,
        })
        .collect();
    let [old, now] = turns[..] else { panic!("{asked:?}") };
    assert!(matches!(&asked[1], Order::People { text, .. } if text == "pr"));
    let priya = person("Priya Raman", "priya@x.example");
    screen.told(News::People { turn: old, people: vec![person("", "prx@x.example")] });
    assert!(screen.open_letter().completion.is_none(), "an answer to what was typed before");
    screen.told(News::People { turn: now, people: vec![person("", "pr@x.example"), priya.clone()] });
    screen.press("down tab");
    assert_eq!(screen.open_letter().letter.to, std::slice::from_ref(&priya));
    assert_eq!(screen.open_letter().lines.to.text(), "Priya Raman <priya@x.example>, ");
    assert_eq!(screen.open_letter().field, Field::To);
    screen.type_text("noor@x.example, z").press("tab");
    let to = &screen.open_letter().letter.to;
    assert_eq!(to.len(), 3);
    assert_eq!((to[1].address.as_str(), to[2].address.as_str()), ("noor@x.example", "z"));
    assert_eq!(screen.open_letter().field, Field::Subject, "with no list tab goes on");
}

/// Where what is typed is an address, enter does not put another in its place.
#[test]
fn a_whole_address_is_meant() {
    let mut screen = new();
    screen.type_text("ada@x.org");
    let turn = screen.open_letter().turn;
    screen.told(News::People { turn, people: vec![person("", "ada@x.org.example")] });
    assert!(screen.open_letter().completion.is_some());
    screen.press("enter");
    assert_eq!(screen.open_letter().letter.to[0].address, "ada@x.org");
    assert_eq!(screen.open_letter().field, Field::Subject);
}

/// Esc closes the list first, then the letter.
#[test]
fn esc_closes_the_list_first() {
    let mut screen = new();
    screen.type_text("p");
    let turn = screen.open_letter().turn;
    screen.told(News::People { turn, people: vec![person("P", "p@x.example")] });
    screen.press("esc");
    assert!(screen.open_letter().completion.is_none());
    screen.press("esc");
    assert!(shown(&screen.model).is_none());
}

fn file(name: &str) -> Attachment {
    Attachment {
        name: name.into(),
        media_type: "application/pdf".into(),
        size: 88_000,
        stored: name.into(),
        origin: String::new(),
        inline: false,
    }
}

/// A file is attached by its path, completed on the way; it can be taken off, and put back.
#[test]
fn files_are_attached() {
    let mut screen = reply();
    screen.take();
    screen.press("ctrl-t").type_text("~/d");
    let turn = screen.open_letter().turn;
    assert!(matches!(screen.ordered().last(), Some(Order::Paths { text, .. }) if text == "~/d"));
    screen.told(News::Paths { turn, paths: vec!["~/docs/".into()] });
    screen.press("enter");
    assert!(matches!(screen.ordered().last(), Some(Order::Paths { text, .. }) if text == "~/docs/"));
    let turn = screen.open_letter().turn;
    screen.told(News::Paths { turn, paths: vec!["~/docs/a.pdf".into(), "~/docs/b.pdf".into()] });
    screen.press("down tab");
    assert_eq!(screen.ordered(), [Order::AttachFile(LetterId(7), "~/docs/b.pdf".into())]);
    screen.told(News::Attached(LetterId(7), file("b.pdf")));
    assert_eq!(screen.open_letter().field, Field::Body);
    screen.press("shift-tab delete");
    assert_eq!(screen.open_letter().letter.attachments, []);
    screen.press("alt-z");
    assert_eq!(screen.open_letter().letter.attachments, [file("b.pdf")]);
}

/// A pasted path is offered; enter attaches it, esc and every other key paste it as text, and so does the news that there is
/// no such file.
#[rstest]
#[case(true, "enter", true, "")]
#[case(true, "esc", false, "/tmp/a.pdf")]
#[case(true, "x", false, "/tmp/a.pdfx")]
#[case(false, "x", false, "/tmp/a.pdfx")]
fn pasted_paths_are_offered(#[case] there: bool, #[case] key: &str, #[case] attaches: bool, #[case] text: &str) {
    let mut screen = reply();
    screen.send(Msg::Paste("/tmp/a.pdf".into()));
    assert_eq!(screen.ordered().last(), Some(&Order::Drop(LetterId(7), "/tmp/a.pdf".into())));
    assert!(screen.open_letter().lines.body.text().starts_with('\n'));
    let path = there.then(|| "/tmp/a.pdf".to_owned());
    screen.told(News::Dropped { letter: LetterId(7), text: "/tmp/a.pdf".into(), path });
    screen.take();
    screen.press(key);
    let attached = screen.ordered().contains(&Order::AttachFile(LetterId(7), "/tmp/a.pdf".into()));
    assert_eq!(attached, attaches);
    assert_eq!(screen.open_letter().lines.body.line_text(0), text);
}

/// A paste is text, whatever it holds, and is taken back in one step.
#[test]
fn pastes_are_text() {
    let mut screen = reply();
    screen.send(Msg::Paste("one\r\ntwo q\u{1b}[A".into()));
    assert!(screen.open_letter().lines.body.text().starts_with("one\ntwo q[A\n\n> Two"));
    screen.press("alt-z");
    assert_eq!(screen.open_letter().lines.body.text(), "\n\n> Two small edits");
    assert!(shown(&screen.model).is_some());
}

/// Nobody to send it to: it is said when it is tried, and the field gets the focus.
#[test]
fn what_blocks_is_mended() {
    let mut screen = new();
    screen.press("tab tab").type_text("Hello");
    assert_eq!(screen.open_letter().said().count(), 0, "nobody is told what was just begun");
    screen.take();
    screen.press("ctrl-s");
    assert_eq!(screen.ordered(), []);
    let open = screen.open_letter();
    assert_eq!(open.field, Field::To);
    assert!(open.said().any(|check| check.weight == Weight::Blocks));
}

/// What should be looked at is asked once: a second ctrl-s sends, a change asks again.
#[test]
fn what_asks_is_asked_once() {
    let mut screen = reply();
    screen.type_text("See attached.");
    screen.take();
    screen.press("ctrl-s");
    assert_eq!(screen.ordered(), []);
    assert!(screen.open_letter().asked);
    screen.type_text("!");
    assert!(!screen.open_letter().asked);
    screen.take();
    screen.press("ctrl-s ctrl-s");
    assert!(matches!(&screen.ordered()[..], [Order::Send { .. }]));
}

/// Several letters are open: the latest is shown, a key goes round, closing one shows the next.
#[test]
fn several_letters_are_open() {
    let mut screen = reply();
    screen.run(Id::Write(crate::app::compose::Write::New)).begin(letter(8));
    screen.type_text("a@x.example");
    assert_eq!(screen.open_letter().letter.id, LetterId(8));
    screen.press("alt-n");
    assert_eq!(screen.open_letter().letter.id, LetterId(7));
    screen.press("alt-n").keep_timer();
    assert!(screen.ordered().iter().any(|order| matches!(order, Order::Keep(letter) if letter.id == LetterId(8))));
    screen.press("esc");
    assert_eq!(screen.open_letter().letter.id, LetterId(7));
}

/// Another identity brings its account and its signature.
#[test]
fn identities_are_gone_through() {
    let mut screen = screen();
    screen.press("c").begin(Letter { text: "\n\n-- \nDana at work".into(), ..letter(7) });
    screen.press("shift-tab right");
    let open = screen.open_letter();
    assert_eq!((open.letter.account.as_str(), open.letter.from.address.as_str()), ("home", "dana@home.example"));
    assert_eq!(open.lines.body.text(), "\n\n-- \nD.");
    screen.press("left");
    assert_eq!(screen.open_letter().lines.body.text(), "\n\n-- \nDana at work");
    // Also where an answer is from it with the tag that a mail came to.
    let tagged =
        Letter { from: person("Dana", "dana+l@work.example"), text: "\n\n-- \nDana at work".into(), ..letter(8) };
    let mut screen = self::screen();
    screen.press("c").begin(tagged).press("shift-tab right");
    assert_eq!(screen.open_letter().letter.from.address, "dana@home.example");
    assert_eq!(screen.open_letter().lines.body.text(), "\n\n-- \nD.");
    // Above a quote it stands without its mark.
    let mut screen = Screen::new(20);
    screen.told(News::Desk(Box::new(habits()))).press("r");
    let text = "\n\nDana at work\n\nOn Tue, Priya wrote:\n> Two small edits";
    screen.begin(Letter { text: text.into(), ..answer() }).type_text("Yes.").press("up up up up right");
    assert_eq!(screen.open_letter().lines.body.text(), "Yes.\n\nD.\n\nOn Tue, Priya wrote:\n> Two small edits");
}

/// A template goes in where the cursor is, its fields filled in, the cursor where it says.
#[test]
fn templates_are_filled_in() {
    let mut screen = reply();
    screen.press("alt-t").type_text("than").press("enter").type_text("x");
    assert_eq!(screen.open_letter().lines.body.line_text(0), "Thank you, Priya! xDana");
}

/// The seal goes round, each step in words.
#[test]
fn seals_go_round() {
    let mut words = Vec::new();
    let mut way = Seal::default();
    for _ in 0..5 {
        words.push(seal::words(way));
        way = seal::next(way, false);
    }
    assert_eq!(words, ["not signed", "sign", "sign + encrypt", "sign by S/MIME", "sign + encrypt by S/MIME"]);
    assert_eq!(way, Seal::default());
    // What answers an encrypted mail is begun encrypted alone: whoever signs it, too, does not open it.
    for smime in [false, true] {
        let encrypted = Seal { sign: false, encrypt: true, smime, plain: false };
        assert_eq!(seal::next(encrypted, false), Seal { sign: true, encrypt: true, smime, plain: false });
    }
    // Where the config seals by itself, that can be left for one letter.
    let last = Seal { sign: true, encrypt: true, smime: true, plain: false };
    let plain = Seal { plain: true, ..Seal::default() };
    assert_eq!((seal::next(last, true), seal::next(plain, true)), (plain, Seal::default()));
    let mut screen = reply();
    screen.press("ctrl-g");
    assert!(screen.open_letter().letter.seal.sign);
}

/// $EDITOR gets the text and the cursor; what it saved can be taken back.
#[test]
fn the_editor_is_given_the_text() {
    let mut screen = reply();
    screen.type_text("Hi");
    screen.take();
    screen.press("ctrl-e");
    let ordered = screen.ordered();
    assert!(matches!(ordered.last(), Some(Order::Edit { cursor: 2, .. })), "{ordered:?}");
    screen.told(News::Edited { letter: LetterId(7), text: Some("Hello\n".into()), trouble: None });
    assert_eq!(screen.open_letter().lines.body.text(), "Hello\n");
    screen.press("alt-z");
    assert!(screen.open_letter().lines.body.text().starts_with("Hi\n"));
}

/// While a letter is open, letters are text and nothing behind it is touched.
#[test]
fn letters_are_text() {
    let mut screen = reply();
    screen.take();
    screen.type_text("qdeZ:?/7gg");
    assert_eq!(screen.open_letter().lines.body.line_text(0), "qdeZ:?/7gg");
    screen.run(Id::Trash);
    assert_eq!(commands(&screen.take()), []);
    assert!(screen.toast().contains("A letter is open"));
}

/// A link that is an address begins a mail.
#[test]
fn mailto_links_begin_letters() {
    let mut screen = screen();
    let mut effects = Vec::new();
    crate::app::update::compose::follow(&mut screen.model, &mut effects, SafeText::new("MAILTO:ada@x.example"));
    assert!(
        matches!(&orders(&effects)[..], [Order::Begin { how: How::Link(link), .. }] if link == "MAILTO:ada@x.example")
    );
}

/// A message is attached to the letter that was closed last.
#[test]
fn messages_are_attached_to_the_draft() {
    let mut screen = reply();
    screen.type_text("Hi").press("esc");
    screen.told(News::Kept(LetterId(7), UnixTime(NOW)));
    screen.take();
    screen.press("j").run(Id::Write(crate::app::compose::Write::AttachTo)).begin(answer());
    assert_eq!(screen.ordered(), [Order::AttachMessage(LetterId(7), MessageId(2))]);
}

/// Of a mail that is sent again as it is, only the recipients are written.
#[test]
fn a_bounce_has_recipients_alone() {
    let mut screen = screen();
    screen
        .run(Id::Write(crate::app::compose::Write::Bounce))
        .begin(Letter { resend: Some("x.eml".into()), ..letter(7) });
    screen.press("ctrl-t ctrl-e tab tab tab").type_text("x");
    assert!(screen.open_letter().field != Field::Body && screen.open_letter().field != Field::Path);
    assert_eq!(screen.open_letter().lines.body.text(), "");
}

/// A letter that nobody asked for does not open over what the user does.
#[test]
fn nothing_opens_by_itself() {
    let mut screen = screen();
    screen.begun(Ticket(999), letter(7));
    assert!(shown(&screen.model).is_none());
    assert_ne!(screen.model.list.source, Some(crate::mail::list::Source::Folder(ARCHIVE)));
}

/// Time does not send by itself, and the clock's ticks leave a letter alone.
#[test]
fn time_changes_nothing() {
    let mut screen = reply();
    screen.type_text("Hi");
    screen.send(Msg::Now(Clock { now: UnixTime(NOW + 100), offset: 0 }));
    screen.send(Msg::Viewport(120, 40));
    assert!(screen.open_letter().lines.body.text().starts_with("Hi"));
    screen.send(Msg::Key(Key::char('!')));
    assert!(screen.open_letter().lines.body.text().starts_with("Hi!"));
    assert!(!screen.open_letter().letter.seal.sign && screen.open_letter().title == "Reply");
    screen.run(Id::Tool(Tool::Markdown));
    assert!(screen.open_letter().letter.markdown);
}
