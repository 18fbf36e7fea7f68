//! The program under the eyes of strace while hostile mail is read: no program is started, no file opened outside of its own,
//! no connection made but to its server.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::journeys::app::{deliver_bytes, world};
use crate::pty::hostile;
use crate::pty::tty::Home;

/// Whether strace may watch here: containers forbid it now and then.
fn may_watch() -> bool {
    let watched = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).status();
    let may = watched.is_ok_and(|status| status.success());
    if !may {
        println!("SKIPPED: strace is not here, or may not watch");
    }
    may
}

/// The paths that a line of the log opens or runs.
fn path(line: &str) -> Option<&str> {
    line.split('"').nth(1)
}

/// Whether the program may look at this while a mail is read: its own files, and what the system says of itself.
fn is_own(path: &str, home: &Path) -> bool {
    let system = ["/proc/", "/sys/", "/dev/", "/usr/share/zoneinfo", "/etc/localtime"];
    Path::new(path).starts_with(home) || system.iter().any(|prefix| path.starts_with(prefix))
}

/// What the program did that reading a mail is no reason for.
fn deeds(log: &str, home: &Path, port: u16) -> Vec<String> {
    let server = format!("sin_port=htons({port})");
    let bad = |line: &&str| {
        if line.contains("execve(") || line.contains("fork(") {
            true
        } else if line.contains("connect(") {
            !line.contains(&server)
        } else if line.contains("open(") || line.contains("openat(") || line.contains("openat2(") {
            !path(line).is_some_and(|path| is_own(path, home))
        } else {
            false
        }
    };
    log.lines().filter(bad).map(str::to_owned).collect()
}

/// The watch would see it: each kind of deed is found in a log, and the program's own are not.
#[test]
fn deeds_are_seen() {
    let home = PathBuf::from("/home/x");
    let own = "1 openat(AT_FDCWD, \"/home/x/cache/posthaste.db\", O_RDONLY) = 3\n\
               1 connect(3, {sa_family=AF_INET, sin_port=htons(1143), sin_addr=inet_addr(\"127.0.0.1\")}, 16) = 0\n";
    assert!(deeds(own, &home, 1143).is_empty());
    for line in [
        "1 execve(\"/bin/sh\", [\"sh\"], 0x1) = 0",
        "1 openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY) = 3",
        "1 connect(3, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr(\"1.2.3.4\")}, 16) = 0",
        "1 connect(3, {sa_family=AF_UNIX, sun_path=\"/run/nscd/socket\"}, 110) = -1",
    ] {
        assert_eq!(deeds(line, &home, 1143).len(), 1, "{line}");
    }
}

/// Invariant 10, PV01, PV03, PV05, FL02, FL03: each hostile mail is opened, scrolled, shown with headers, source and the other
/// form and listed with its links, and nothing happens but that.
#[test]
fn reading_starts_nothing() {
    let Some(mails) = hostile() else { return };
    if !may_watch() {
        return;
    }
    let world = world();
    for (minutes, (_, bytes)) in (1..).zip(&mails) {
        deliver_bytes(&world, "ada", bytes, minutes);
    }
    let home = Home::new(world);
    let log = home.path().join("strace.log");
    let mut tty =
        home.run_under(&["strace", "-f", "-qq", "-e", "trace=execve,connect,open,openat,openat2", "-o"], &log);
    tty.until("Today").until("synced").keys("\r").quiet(Duration::from_millis(500));
    // What the program needs once, it has by now.
    tty.keys("J").quiet(Duration::from_millis(300));
    let before = std::fs::read_to_string(&log).unwrap().len();
    for _ in &mails {
        for keys in ["G", "H", "H", "U", "U", "T", "o"] {
            tty.keys(keys).quiet(Duration::from_millis(25));
        }
        tty.keys("\x1b").quiet(Duration::from_millis(60));
        tty.keys("J").quiet(Duration::from_millis(25));
    }
    tty.keys("q").quiet(Duration::from_millis(200)).keys("q").until_end();
    let all = std::fs::read_to_string(&log).unwrap();
    let bad = deeds(all.get(before..).unwrap(), home.path(), home.addr().port());
    assert!(all.contains("connect(") && before > 0, "the watch saw the program start");
    assert!(bad.is_empty(), "{bad:#?}");
}
