//! The program in a home where nothing is.

use super::tty::Home;
use super::writing::listen;
use crate::journeys::app::inbox;
use crate::support::smtp::{Habits, Sink};

/// The wizard opens, finds the account of another program, and leads to its mail: five keys, and nobody on the net is asked.
#[test]
fn an_empty_home_opens_the_wizard() {
    let home = Home::new(inbox(&["alpha", "beta"]));
    std::fs::remove_file(home.path().join("config.toml")).unwrap();
    let aerc = home.path().join(".config").join("aerc");
    std::fs::create_dir_all(&aerc).unwrap();
    let account = format!(
        "[Work]\nfrom = Ada <ada@example.org>\nsource = imap+insecure://ada@{}\nsource-cred-cmd = echo secret\n",
        home.addr()
    );
    std::fs::write(aerc.join("accounts.conf"), account).unwrap();
    let mut tty = home.run();
    tty.until("Let us add your first account").until("ada@example.org  of aerc");
    tty.keys("\t\t\r").until("127.0.0.1:").keys("\r").until("echo secret").keys("\r").until("is saved in");
    tty.keys("\r").until("alpha");
    let config = std::fs::read_to_string(home.path().join("config.toml")).unwrap();
    assert!(config.contains("email = \"ada@example.org\""), "{config}");
    tty.keys("q");
}

/// The way out is tried with the account: whether it lets the user in is told, and the mail is there either way.
#[rstest::rstest]
#[case::open("235 welcome", "mail leaves by 127.0.0.1", false)]
#[case::shut("535 5.7.8 not you", "mail does not leave yet", true)]
fn the_way_out_is_tried(#[case] answer: &'static str, #[case] said: &str, #[case] refused: bool) {
    let home = Home::new(inbox(&["alpha"]));
    std::fs::remove_file(home.path().join("config.toml")).unwrap();
    let sink = Sink::new(Habits { answers: vec![("AUTH", answer)], ..Habits::default() });
    let (addr, _tokio) = listen(&sink);
    let aerc = home.path().join(".config").join("aerc");
    std::fs::create_dir_all(&aerc).unwrap();
    let account = format!(
        "[Work]\nfrom = Ada <ada@example.org>\nsource = imap+insecure://ada@{}\nsource-cred-cmd = echo secret\n\
         outgoing = smtp+insecure+plain://ada@{addr}\noutgoing-cred-cmd = echo another\n",
        home.addr(),
    );
    std::fs::write(aerc.join("accounts.conf"), account).unwrap();
    let mut tty = home.run();
    tty.until("ada@example.org  of aerc").keys("\t\t\r").until("127.0.0.1:").keys("\r").until("echo secret");
    tty.keys("\r").until("is saved in").until(said);
    assert_eq!(tty.screen().contains("not you"), refused, "{}", tty.screen());
    assert!(sink.heard().contains("AUTH PLAIN"), "{}", sink.heard());
    assert!(sink.seen().mails.is_empty() && !sink.heard().contains("MAIL FROM"), "{}", sink.heard());
    tty.keys("\r").until("alpha").keys("q");
}

/// The demo is one key away, and leaving it leads back.
#[test]
fn the_demo_is_one_key_away() {
    let home = Home::new(inbox(&[]));
    std::fs::remove_file(home.path().join("config.toml")).unwrap();
    let mut tty = home.run();
    tty.until("Let us add your first account").keys("\x04").until("Q3 numbers").keys("q");
    tty.until("Let us add your first account").keys("\x1b");
}
