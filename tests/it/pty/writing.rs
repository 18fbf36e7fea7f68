//! A mail from the first key to the other side, with a program that is killed on the way.

use std::net::SocketAddr;

use rustix::process::Signal;

use super::tty::{Home, Tty};
use crate::journeys::app::{flags, inbox};
use crate::support::smtp::{Habits, Sink};

/// An account that sends through this server. Called back for so many seconds.
fn sends_by(home: &Home, sink: SocketAddr, undo_seconds: u32) {
    home.configure(&format!(
        "[accounts.work.smtp]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\nauth = \"none\"\n\
         [accounts.work.send]\nundo_seconds = {undo_seconds}\nnotices = \"always\"\n",
        sink.port()
    ));
}

/// A submission server of this process.
pub(super) fn listen(sink: &Sink) -> (SocketAddr, tokio::runtime::Runtime) {
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let sink = sink.clone();
    let addr = tokio.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(sink.clone().serve(stream));
            }
        });
        addr
    });
    (addr, tokio)
}

/// Waits until these words are on the disk.
fn kept(tty: &mut Tty, home: &Home, words: &str) {
    let letters = home.path().join("data").join("letters");
    let there = || {
        let letters = std::fs::read_dir(&letters).into_iter().flatten().flatten();
        let texts = letters.filter_map(|letter| std::fs::read_to_string(letter.path().join("letter.json")).ok());
        texts.into_iter().any(|text| text.contains(words))
    };
    tty.wait_for("the words are on the disk", |_| there());
}

fn killed(mut tty: Tty) {
    tty.signal(Signal::KILL);
    tty.until_end();
}

/// SN05: an answer is typed and the program killed; the words are there at the next start, which is killed while the mail
/// waits for second thoughts; the one after sends it. It arrives once, a copy is in Sent and none in Drafts, and what it
/// answers counts as answered.
#[test]
fn a_mail_outlives_the_program() {
    let sink = Sink::new(Habits::default());
    let (addr, _tokio) = listen(&sink);
    let home = Home::new(inbox(&["alpha"]));
    sends_by(&home, addr, 2);
    let mut tty = home.run();
    tty.until("synced").until("alpha").keys("r").until("Re: alpha").keys("First of all thanks.");
    kept(&mut tty, &home, "First of all thanks.");
    killed(tty);

    let mut tty = home.run();
    tty.until("synced").keys("w").until("DRAFTS").until("Re: alpha").keys("\r").until("First of all thanks.");
    tty.keys("Second sentence. ").until("Second sentence.").keys("\x13").until("Sending to");
    assert_eq!(sink.seen().mails.len(), 0, "it can still be called back");
    killed(tty);

    let mut tty = home.run();
    tty.until("synced").wait_for("it is sent", |_| sink.seen().mails.len() == 1);
    tty.wait_for("a copy is in Sent", |_| home.world.list("ada", "Sent").len() == 1);
    tty.wait_for("no draft is left", |_| home.world.list("ada", "Drafts").is_empty());
    tty.wait_for("it counts as answered", |_| flags(&home.world, "ada", "INBOX", "alpha").contains("\\Answered"));
    let mails = sink.seen().mails.clone();
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    assert!(mail.to[0].contains("NOTIFY=SUCCESS"), "the config wishes for notices: {:?}", mail.to);
    let text = String::from_utf8(mail.bytes.clone()).unwrap();
    assert!(text.contains("Second sentence.") && text.contains("First of all thanks."), "{text}");
    assert!(text.contains("In-Reply-To: <alpha@example.net>\r\n"), "{text}");
    tty.keys("q");
    tty.until_end();
}

/// What was sent by mistake is called back: the letter is there again, whole, and nothing has left.
#[test]
fn a_mail_is_called_back() {
    let sink = Sink::new(Habits::default());
    let (addr, _tokio) = listen(&sink);
    let home = Home::new(inbox(&["alpha"]));
    sends_by(&home, addr, 600);
    let mut tty = home.run();
    tty.until("synced").until("alpha").keys("r").until("Re: alpha").keys("Too early").until("Too early");
    tty.keys("\x13").until("Sending to").keys("z").until("Too early").until("Re: alpha");
    tty.keys("\x1b").until("alpha");
    assert_eq!(sink.seen().connections, 0);
}

/// The window is closed in the middle of a word: every word is on the disk, and the draft gets to the server without anybody
/// opening it again.
#[test]
fn words_outlive_the_terminal() {
    let home = Home::new(inbox(&["alpha"]));
    let mut tty = home.run();
    tty.until("synced").until("alpha").keys("r").until("Re: alpha").keys("Not yet kept").until("Not yet kept");
    tty.signal(Signal::HUP);
    tty.until_end();
    let mut tty = home.run();
    tty.until("synced").wait_for("the draft is on the server", |_| home.world.list("ada", "Drafts").len() == 1);
    tty.keys("w").until("DRAFTS").until("Re: alpha").keys("\r").until("Not yet kept");
    tty.keys("\x03");
    tty.until_end();
}
