//! Mails that are sent without the composer: answers to invitations, and those that leave a mailing.

use std::path::Path;

use posthaste::config::paths::Paths;
use posthaste::letters::Letters;

use super::app::{App, deliver_bytes, flags, world};

const INVITATION: &str = "From: Tom <tom@acme.example>\r\nTo: ada@example.org\r\nSubject: Team lunch\r\n\
    Message-ID: <Team.lunch@acme.example>\r\nMIME-Version: 1.0\r\n\
    Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\n\
    BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1@x\r\nSUMMARY:Team lunch\r\n\
    DTSTART:20260404T120000Z\r\nDTEND:20260404T130000Z\r\nORGANIZER;CN=Tom:mailto:tom@acme.example\r\n\
    ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:a.lovelace@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

const MAILING: &str = "From: News <news@shop.example>\r\nTo: a.lovelace+shop@example.org\r\nSubject: Offers\r\n\
    Message-ID: <Offers@shop.example>\r\nList-Unsubscribe: <mailto:off@shop.example?subject=leave%20me>\r\n\r\nBuy.\r\n";

/// One account, whose mails go into files of this directory; they can be called back for so long.
fn start(mail: &str, sent: &Path, undo_seconds: u16) -> App {
    let world = world();
    deliver_bytes(&world, "ada", mail.as_bytes(), 1);
    let more = format!(
        "name = \"Ada Lovelace\"\nidentities = [{{ email = \"A.Lovelace@example.org\" }}]\n[accounts.work.send]\n\
         command = \"cat > '{}/$$' && true\"\nundo_seconds = {undo_seconds}",
        sent.display()
    );
    App::start_written(world, &[("work", "ada", &more)], (120, 40))
}

/// The mails that were sent; a command gets them with the line ends of this system.
fn sent(dir: &Path) -> Vec<String> {
    let files = std::fs::read_dir(dir).unwrap().flatten();
    let texts = files.filter_map(|file| std::fs::read_to_string(file.path()).ok());
    texts.filter(|text| text.contains("\n\n")).map(|text| text.replace('\n', "\r\n")).collect()
}

/// The answer goes to the organizer, by the address that was invited, in the form that calendars read; the invitation counts as
/// answered, and a copy is in Sent.
#[test]
fn an_invitation_is_answered() {
    let dir = tempfile::tempdir().unwrap();
    let mut app = start(INVITATION, dir.path(), 0);
    app.until("Team lunch").press("<enter>").until("Invitation").press("A").until("Will you come?").press("ye<enter>");
    app.until("Accepted: Team lunch").wait_for("it is sent", |_| sent(dir.path()).len() == 1);
    let mails = sent(dir.path());
    let text = mails[0].as_str();
    assert!(text.contains("From: \"Ada Lovelace\" <A.Lovelace@example.org>\r\n"), "{text}");
    assert!(
        text.contains("To: <tom@acme.example>\r\n") && text.contains("In-Reply-To: <Team.lunch@acme.example>\r\n"),
        "{text}"
    );
    assert!(text.contains("multipart/alternative") && !text.contains("filename"), "{text}");
    let parts = text.split("Content-Type: text/calendar; ").nth(1).unwrap();
    assert!(
        parts.starts_with("method=\"REPLY\"; charset=\"utf-8\"\r\n") || parts.starts_with("method=REPLY"),
        "{text}"
    );
    app.wait_for("it counts as answered", |app| flags(&app.world, "ada", "INBOX", "Team lunch").contains("\\Answered"));
    app.wait_for("there is a copy", |app| app.world.list("ada", "Sent").len() == 1);
}

/// The mail that leaves a mailing is from the address that the mailing came to, and can be called back as any mail: nothing was sent then, and no letter of it is left.
#[test]
fn a_mailing_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let mut app = start(MAILING, dir.path(), 600);
    app.until("Offers").press("W").until("Unsubscribe: a mail to off@shop.example").press("m");
    app.until("Send \"leave me\" to off@shop.example").press("z").until("Taken back").press("<esc>");
    app.wait_for("its letter is gone", |app| {
        Letters::of(&Paths::under(app.home()).data).list().is_ok_and(|all| all.letters.is_empty())
    });
    assert_eq!(sent(dir.path()), Vec::<String>::new());
    drop(app);
    let mut app = start(MAILING, dir.path(), 0);
    app.until("Offers").press("W").until("Unsubscribe: a mail to off@shop.example").press("m");
    app.wait_for("it is sent", |_| sent(dir.path()).len() == 1);
    let mails = sent(dir.path());
    assert!(mails[0].contains("Subject: leave me\r\n") && mails[0].contains("To: <off@shop.example>\r\n"), "{mails:?}");
    // The list knows the very address that it sends to.
    assert!(mails[0].contains("From: \"Ada Lovelace\" <a.lovelace+shop@example.org>\r\n"), "{mails:?}");
}

/// Where sending is not set up that is said at once: nothing stands in the outbox, and nothing looks as if it had been sent.
#[test]
fn a_mailing_is_not_left_where_nothing_can_be_sent() {
    let world = world();
    deliver_bytes(&world, "ada", MAILING.as_bytes(), 1);
    let mut app = App::start_written(world, &[("work", "ada", "")], (120, 40));
    app.until("Offers").press("W").until("Unsubscribe: a mail to off@shop.example").press("m");
    app.until("sending is not set up for this account");
    assert!(!app.screen().contains("Send \"leave me\""), "{}", app.screen());
}
