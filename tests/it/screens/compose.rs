//! Letters: a new one, answers with quotes, what is offered, what is said before one is sent.

use posthaste::app::compose::Open;
use posthaste::app::compose::order::{Begun, Habits, How, News, Stand, Unsent, Waiting};
use posthaste::app::key::{Key, parse_sequence};
use posthaste::app::model::{Face, Glyphs, Model, Ticket};
use posthaste::app::msg::Msg;
use posthaste::app::update::{refresh, update};
use posthaste::compose::Answer;
use posthaste::compose::checks::Facts;
use posthaste::letter::style::{Identity, Style, Writer};
use posthaste::letter::{Attachment, Kin, Letter, LetterId, Mailbox, Seal};
use posthaste::mail::{MessageId, UnixTime};
use posthaste::protocol::{Event, OpId};

use super::sample::{NOW, at, inbox, safe};

fn person(name: &str, address: &str) -> Mailbox {
    Mailbox { name: name.into(), address: address.into() }
}

fn letter() -> Letter {
    Letter {
        id: LetterId(7),
        account: "work".into(),
        from: person("Dana Whitfield", "dana@acme.example"),
        to: Vec::new(),
        cc: Vec::new(),
        bcc: Vec::new(),
        reply_to: Vec::new(),
        subject: String::new(),
        text: "\n\n-- \nDana Whitfield\nAcme GmbH".into(),
        markdown: false,
        seal: Seal::default(),
        attachments: Vec::new(),
        kin: Kin::default(),
        message_id: "m@acme.example".into(),
        draft: None,
        resend: None,
        begun: NOW,
    }
}

fn answer() -> Letter {
    let text = "Hi both,\n\nsigned copy attached. Thank you for being so quick with §4.\n\nDana\n\n\
        On Tue, Priya Raman wrote:\n> Two small edits in §4 and we are done:\n>\n> - the notice period is three months\n\
        > - annex B is gone\n>> We said two.\n>> And annex B stays until the audit, as far as I remember; please look at what was \
        agreed in March before you change it again.\n> Priya";
    Letter {
        to: vec![person("Priya Raman", "priya@partner.example"), person("Noor Haddad", "noor@acme.example")],
        cc: vec![person("", "legal@acme.example")],
        subject: "Re: Contract draft v3 (final-ish)".into(),
        text: text.into(),
        ..letter()
    }
}

fn file(name: &str, size: u64) -> Attachment {
    Attachment {
        name: name.into(),
        media_type: "application/pdf".into(),
        size,
        stored: name.into(),
        origin: String::new(),
        inline: false,
    }
}

fn told(model: &mut Model, news: News) {
    update(model, Msg::Letters(news));
}

fn press(model: &mut Model, keys: &str) {
    for key in parse_sequence(keys).unwrap() {
        update(model, Msg::Key(key));
    }
    refresh(model);
}

fn typed(model: &mut Model, text: &str) {
    for c in text.chars() {
        update(model, Msg::Key(Key::char(c)));
    }
    refresh(model);
}

fn desk(width: u16, height: u16) -> Model {
    let mut model = inbox(width, height);
    let writer = |account: &str, address: &str| Writer {
        account: account.into(),
        identities: vec![Identity { mailbox: person("Dana Whitfield", address), signature: "Dana".into() }],
    };
    let habits = Habits {
        seals: false,
        writers: vec![writer("work", "dana@acme.example"), writer("home", "dana@home.example")],
        style: Style::default(),
        undo: [("work".to_owned(), 10)].into(),
        templates: [("thanks".to_owned(), "Thank you, {first}!".to_owned())].into(),
    };
    told(&mut model, News::Desk(Box::new(habits)));
    told(&mut model, News::Shelf { outbox: Vec::new(), letters: Vec::new() });
    model
}

fn open(width: u16, height: u16, how: How, letter: Letter, cursor: usize) -> Model {
    let mut model = desk(width, height);
    let to_all = matches!(how, How::Answer(_, Answer::All));
    model.letters.begun.insert(Ticket(99), how);
    let facts = Facts { to_all, ..Facts::default() };
    let begun = Begun { letter, cursor, hints: Vec::new(), facts };
    told(&mut model, News::Begun(Ticket(99), Box::new(begun)));
    model
}

fn here(model: &mut Model) -> &mut Open {
    model.letters.open.last_mut().unwrap()
}

/// A new letter, as it is begun.
pub fn new(width: u16, height: u16) -> Model {
    open(width, height, How::New, letter(), 0)
}

/// An answer to all with a folded quote, a file, and what is said of it.
pub fn reply(width: u16, height: u16) -> Model {
    let mut answer = answer();
    answer.attachments = vec![file("contract-v3-signed.pdf", 88_000)];
    answer.seal = Seal { sign: true, encrypt: true, smime: false, plain: false };
    let mut model = open(width, height, How::Answer(MessageId(14), Answer::All), answer, 75);
    told(&mut model, News::Copied(LetterId(7), at(0, 14, 5)));
    model
}

/// The same with the quote unfolded, the cursor in it.
pub fn quote(width: u16, height: u16) -> Model {
    let mut model = reply(width, height);
    press(&mut model, "down down down down down down");
    model
}

/// People are offered.
pub fn people(width: u16, height: u16) -> Model {
    let mut model = new(width, height);
    typed(&mut model, "Noor Haddad <noor@acme.example>, pr");
    let turn = here(&mut model).turn;
    let people = vec![
        person("Priya Raman", "priya@partner.example"),
        person("Prof. Ana Quiroga-Santamaría", "ana.quiroga.santamaria@universidad.example"),
        person("", "press@acme.example"),
    ];
    told(&mut model, News::People { turn, people });
    model
}

/// A path is typed, and files are offered.
pub fn path(width: u16, height: u16) -> Model {
    let mut model = reply(width, height);
    press(&mut model, "ctrl-t");
    typed(&mut model, "~/documents/con");
    let turn = here(&mut model).turn;
    let paths = ["~/documents/contracts/", "~/documents/contract-v3-signed.pdf", "~/documents/contract-v3.odt"];
    told(&mut model, News::Paths { turn, paths: paths.map(str::to_owned).into() });
    press(&mut model, "down");
    model
}

/// Sending was tried: nobody to send it to, no subject.
pub fn blocked(width: u16, height: u16) -> Model {
    let mut model = new(width, height);
    press(&mut model, "tab tab");
    typed(&mut model, "See the attached file.");
    press(&mut model, "ctrl-s");
    model
}

/// A forgotten attachment: send again to send all the same.
pub fn forgotten(width: u16, height: u16) -> Model {
    let mut model = open(width, height, How::Answer(MessageId(14), Answer::Sender), answer(), 0);
    press(&mut model, "ctrl-s");
    model
}

/// Several files, one of them chosen.
pub fn files(width: u16, height: u16) -> Model {
    let mut answer = answer();
    answer.attachments = vec![
        file("contract-v3-signed.pdf", 88_000),
        file("annex B, as it stood in March, with all comments.docx", 1_204_000),
        file("scan.png", 310_000),
    ];
    let mut model = open(width, height, How::Answer(MessageId(14), Answer::Sender), answer, 0);
    press(&mut model, "shift-tab right");
    model
}

/// A pasted path.
pub fn dropped(width: u16, height: u16) -> Model {
    let mut model = reply(width, height);
    let path = "/home/dana/scan.png".to_owned();
    update(&mut model, Msg::Paste(path.clone()));
    told(&mut model, News::Dropped { letter: LetterId(7), text: path.clone(), path: Some(path) });
    model
}

/// A time is typed at which it is sent.
pub fn later(width: u16, height: u16) -> Model {
    let mut model = reply(width, height);
    press(&mut model, "ctrl-l");
    typed(&mut model, "mon 8");
    model
}

/// Sent: the toast that calls it back.
pub fn sending(width: u16, height: u16) -> Model {
    let mut model = reply(width, height);
    press(&mut model, "ctrl-s ctrl-s");
    let op = *model.letters.sending.keys().next().unwrap();
    update(&mut model, Msg::Sync(Event::OpQueued { op, summary: safe("Send"), undoable: true }));
    model
}

/// Much of everything, and the other identity is chosen.
pub fn much(width: u16, height: u16) -> Model {
    let mut long = answer();
    long.to = (1..30).map(|n| person(&format!("Colleague Number {n}"), &format!("c{n}@acme.example"))).collect();
    long.cc.push(person("", "not an address"));
    long.subject =
        "A subject that goes on and on, because nobody ever thought of making it short enough for a screen".into();
    long.text = "lorem ipsum dolor sit amet ".repeat(40);
    let mut model = open(width, height, How::Answer(MessageId(14), Answer::All), long, 600);
    press(&mut model, "tab right");
    model
}

/// Other scripts, in every place.
pub fn scripts(width: u16, height: u16) -> Model {
    let mut other = answer();
    other.to = vec![person("山田 太郎", "taro@例え.jp"), person("דנה לוי", "dana@x.example")];
    other.subject = "返信: 契約書の草案 第3版".into();
    other.text = format!(
        "{}\n\nשלום דנה, מה שלומך?\n\nمرحبا بالعالم 👩‍👩‍👧 e\u{301}\n\n> {}\n\tif tabs {{\n\t\tstay();\n\t}}",
        "拝啓、時下ますますご清栄のこととお慶び申し上げます。".repeat(3),
        "引用された文章も同じように折り返されます。".repeat(4),
    );
    open(width, height, How::Answer(MessageId(14), Answer::Sender), other, 30)
}

/// It cannot be kept.
pub fn unsaved(width: u16, height: u16) -> Model {
    let mut model = reply(width, height);
    typed(&mut model, "x");
    told(&mut model, News::NotKept(LetterId(7), safe("disk is full")));
    model
}

/// A mail is sent again as it is.
pub fn bounce(width: u16, height: u16) -> Model {
    let again = Letter { resend: Some("mail.eml".into()), subject: "Minutes of Monday".into(), ..letter() };
    open(width, height, How::Bounce(MessageId(14)), again, 0)
}

/// Without characters beyond ASCII.
pub fn ascii(width: u16, height: u16) -> Model {
    let mut model = reply(width, height);
    (model.options.glyphs, model.options.utf8) = (Glyphs::Ascii, false);
    model
}

/// On the linear screen.
pub fn linear(width: u16, height: u16) -> Model {
    let mut model = reply(width, height);
    model.options.face = Face::Linear;
    update(&mut model, Msg::Viewport(width, height));
    model
}

/// The palette over a letter.
pub fn palette(width: u16, height: u16) -> Model {
    let mut model = reply(width, height);
    press(&mut model, "ctrl-p");
    typed(&mut model, "send");
    model
}

/// The keys of a letter.
pub fn help(width: u16, height: u16) -> Model {
    let mut model = reply(width, height);
    press(&mut model, "alt-?");
    model
}

fn mail(op: i64, account: &str, subject: &str, to: &str, stand: Stand) -> Waiting {
    let [account, subject, to] = [account, subject, to].map(safe);
    Waiting { op: OpId(op), letter: LetterId(op), account, subject, to, size: 61_000, stand }
}

/// Mails on their way, and letters that were not sent.
pub fn outbox(width: u16, height: u16) -> Model {
    let mut model = desk(width, height);
    press(&mut model, "w");
    let outbox = vec![
        mail(1, "work", "Re: Contract draft v3", "Priya Raman", Stand::Sending),
        mail(2, "home", "Happy birthday!", "Mum", Stand::Waits { at: at(-1, 8, 0), why: None }),
        mail(3, "home", "Re: Keys", "Tom", Stand::Refused(safe("550 5.1.1 no such user here"))),
        mail(
            4,
            "work",
            "Minutes",
            "everybody and 11 more",
            Stand::Unknown { why: safe("the connection was cut after the whole mail was sent"), looked: true },
        ),
    ];
    let letters = vec![Unsent {
        letter: LetterId(9),
        account: safe("work"),
        subject: safe(""),
        to: safe("Lena Ortiz"),
        begun: at(0, 11, 30),
    }];
    // The second answer: it changed meanwhile.
    told(&mut model, News::Shelf { outbox, letters });
    press(&mut model, "j j");
    model
}

/// Quitting while a mail is in its seconds of grace.
pub fn quitting(width: u16, height: u16) -> Model {
    let mut model = outbox(width, height);
    press(&mut model, "esc q");
    model
}

/// The server that mails go to cannot be reached, the one that they come from can.
pub fn stuck(width: u16, height: u16) -> Model {
    let mut model = desk(width, height);
    let why = "Cannot reach smtp.acme.example: Connection refused";
    for stand in [Stand::Sending, Stand::Waits { at: UnixTime(NOW + 60), why: Some(safe(why)) }] {
        let outbox = vec![mail(1, "work", "Re: Contract draft v3", "Priya Raman", stand)];
        told(&mut model, News::Shelf { outbox, letters: Vec::new() });
    }
    model
}

/// Quitting while it cannot.
pub fn quitting_stuck(width: u16, height: u16) -> Model {
    let mut model = stuck(width, height);
    press(&mut model, "q");
    model
}
