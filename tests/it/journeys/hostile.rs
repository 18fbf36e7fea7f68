//! A mailbox of hostile mail in the whole program: stored, listed, opened, searched and saved, each byte as it came.

use std::time::Instant;

use super::app::{App, deliver, deliver_bytes, mail, world};
use crate::pty::hostile;

/// DC06, H61, DC07: every hostile mail is saved byte for byte as the server has it.
#[test]
fn what_is_saved_is_what_came() {
    let Some(mails) = hostile() else { return };
    let world = world();
    let mut kept = Vec::new();
    for (minutes, (name, bytes)) in (1..).zip(mails) {
        let uid = deliver_bytes(&world, "ada", &bytes, minutes);
        kept.push((name, world.bytes("ada", "INBOX", uid).unwrap()));
    }
    let mut app = App::start(world);
    // A row for each of them, in the order in which they came.
    app.press("<ctrl-o>").until("Single messages");
    for (name, bytes) in &kept {
        app.press("<enter>").until_read().press("<ctrl-s>");
        let downloads = app.downloads();
        app.wait_for(&format!("the bytes of {name}"), |_| {
            let files = std::fs::read_dir(&downloads).into_iter().flatten().flatten();
            files.map(|file| std::fs::read(file.path()).unwrap()).any(|saved| saved == **bytes)
        });
        app.press("<esc><esc>j");
    }
}

/// DC05, H32: messages that share a Message-ID, or have none, are all there, and an action on one leaves the others alone.
#[test]
fn a_message_id_is_no_identity() {
    let world = world();
    for (minutes, body) in [(1, "one"), (2, "two"), (3, "three")] {
        let bytes = format!("From: x@y\r\nSubject: {body}\r\nMessage-ID: <same@x>\r\n\r\n{body}\r\n");
        deliver_bytes(&world, "ada", bytes.as_bytes(), minutes);
    }
    deliver_bytes(&world, "ada", b"From: x@y\r\nSubject: none\r\n\r\nnone\r\n", 4);
    deliver_bytes(&world, "ada", b"From: x@y\r\nSubject: empty\r\nMessage-ID: <>\r\n\r\nempty\r\n", 5);
    let mut app = App::start(world);
    for subject in ["one", "two", "three", "none", "empty"] {
        app.until(subject);
    }
    app.press("jd").wait_for("one message in Trash", |app| app.world.list("ada", "Trash").len() == 1);
    assert_eq!(app.world.list("ada", "INBOX").len(), 4);
    app.press("gt").until("two");
}

/// RS14 and O6: ten times each hostile mail among 4,500 ordinary ones are synced, scrolled through, opened, shown as
/// conversations and searched; no panic, the screen answers all along, and server and client together stay below 300 MB.
#[test]
fn a_mailbox_full_of_traps_is_survived() {
    let Some(mails) = hostile() else { return };
    let world = world();
    let mut minutes = 0;
    for round in 0..10 {
        for (_, bytes) in &mails {
            minutes += 1;
            deliver_bytes(&world, "ada", bytes, minutes);
        }
        for number in 0..450 {
            minutes += 1;
            deliver(&world, "ada", &format!("ordinary {round} {number}"), minutes);
        }
    }
    deliver_bytes(&world, "ada", &mail("Ada", "the newest"), 0);
    let mut app = App::start(world);
    let began = Instant::now();
    app.press("G").press("gg").until("the newest");
    app.press("<enter>").until_read();
    for _ in 0..mails.len() {
        app.press("J").until_read().press("G").press("O").press("O");
    }
    app.press("<esc>");
    let times = app.type_keys("jjk", 200);
    // Shown by `cargo nextest run --no-capture`: a bar is for a release build on an idle machine.
    println!("{minutes} messages in {:?}; a key to its frame: {times:?}", began.elapsed());
    app.press("G").press("gg").until("the newest");
    // Among them by words of theirs, by their parts, and by what most of them have not.
    for query in ["/subject:*e* -ordinary", "/-ordinary is:unread or has:link", "/ordinary 9 44*"] {
        app.press(query).press("<enter>").until("found").press("<enter>").until_read();
        app.press("J").until_read().press("<esc>").press("<esc>").until("Inbox");
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    assert!(peak.is_none_or(|kib| kib < 300 << 10), "{peak:?} KiB");
}

/// TM18: a storm of sizes on mails of stacked marks, of a line without end and of a bomb of quotes never panics, and the last
/// frame is as large as the screen.
#[test]
fn a_storm_of_sizes_is_survived() {
    let Some(mails) = hostile() else { return };
    let world = world();
    let wanted = ["H11", "H26", "H28", "H29"];
    for (minutes, (_, bytes)) in
        (1..).zip(mails.iter().filter(|(name, _)| wanted.iter().any(|id| name.starts_with(id))))
    {
        deliver_bytes(&world, "ada", bytes, minutes);
    }
    let mut app = App::start(world);
    app.press("<enter>").until_read();
    for _ in 0..wanted.len() {
        for step in 0_u16..50 {
            let size = (1 + step * 37 % 500, 1 + step * 53 % 200);
            app.resize(size.0, size.1);
            assert_eq!(app.screen().lines().count(), usize::from(size.1));
        }
        app.resize(120, 40);
        app.press("J").until_read();
    }
}

/// SP05, H18: a body that imitates our own screen stays in the body: what stands above it is the program's own word.
#[test]
fn a_body_cannot_pose_as_the_screen() {
    let Some(mails) = hostile() else { return };
    let world = world();
    let (_, bytes) = mails.iter().find(|(name, _)| name.starts_with("H18")).unwrap();
    deliver_bytes(&world, "ada", bytes, 1);
    let mut app = App::start(world);
    app.press("<enter>").until_read();
    let screen = app.screen();
    let text = String::from_utf8_lossy(bytes);
    let (_, body) = text.split_once("\r\n\r\n").or_else(|| text.split_once("\n\n")).unwrap();
    let said: Vec<&str> = body.lines().map(str::trim).filter(|line| line.chars().count() > 8).collect();
    // The head of the reader and the bars: everything above the rule, and the last row.
    let rule = screen.lines().position(|line| line.contains("├───")).unwrap();
    let chrome: Vec<&str> = screen.lines().take(rule + 1).chain(screen.lines().last()).collect();
    for line in said {
        assert!(!chrome.iter().any(|row| row.contains(line)), "{line:?} stands among:\n{}", chrome.join("\n"));
    }
}

/// TM20: what is copied is what is shown: no controls, no hidden characters, only on a key, and at most 100 kB.
#[test]
fn what_is_copied_is_what_is_shown() {
    let world = world();
    let body = "a\x1b]52;c;eA==\x07b \u{200b}c\u{202e}d\r\nsecond\r\n";
    let bytes = format!("From: x@y\r\nSubject: s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}");
    deliver_bytes(&world, "ada", bytes.as_bytes(), 1);
    let mut app = App::start(world);
    app.press("<enter>").until_read();
    assert!(app.copied().is_empty());
    app.press("yt");
    assert_eq!(app.copied(), ["a]52;c;eA==b c\u{fffd}d\nsecond"]);
}
