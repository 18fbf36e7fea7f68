//! Programs that flood, hang and lie.

use crate::crypto::words;
use crate::crypto::{Kind, Locked, Outcome, Programs, State, Trust, check, terminal};
use crate::render::protected::Covers;
use crate::render::protected::Protected;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::mpsc::channel;
use std::time::Duration;
use tempfile::TempDir;

use super::{DANA, PART, script};

/// A false gpg in a directory of its own.
struct Fake {
    dir: TempDir,
}

impl Fake {
    fn new(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        script(&dir.path().join("gpg"), &format!("#!/bin/sh\n{text}\n"));
        Self { dir }
    }

    fn programs(&self) -> Programs {
        let gpg = self.dir.path().join("gpg");
        Programs { gpg: gpg.clone(), gpgsm: gpg, home: Some("/nowhere".into()), ..Programs::default() }
    }

    fn named_pipe(&self, name: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.dir.path().join(name)).unwrap()
    }
}

fn encrypted() -> Protected {
    Protected::PgpEncrypted { data: b"DATA".to_vec(), covers: Covers::All }
}

fn signed() -> Protected {
    Protected::PgpSigned { signed: PART.into(), signature: b"SIG".to_vec(), covers: Covers::All }
}

fn ran(programs: &Programs, protected: &Protected) -> Outcome {
    check(programs, protected, DANA, &AtomicBool::new(false))
}

const GOOD: &str = "[GNUPG:] NEWSIG
[GNUPG:] GOODSIG 5F81763939FDB5E3 Dana Whitfield <dana@example.org>
[GNUPG:] VALIDSIG 44E9CCF67CE0A0B71773081E5F81763939FDB5E3 2026-11-27 1 0 4 0 22 8 00 44E9CCF67CE0A0B71773081E5F81763939FDB5E3
[GNUPG:] TRUST_FULLY 0 pgp";

const LISTING: &str = "pub:f:255:22:5F81763939FDB5E3:1:::-:::scESC::::::::0:
fpr:::::::::44E9CCF67CE0A0B71773081E5F81763939FDB5E3:
uid:f::::1::AA::Dana Whitfield <dana@example.org>:";

/// A script that answers a listing, and anything else with these commands.
fn with_listing(otherwise: &str) -> String {
    format!("case \"$*\" in *--list-keys*) cat <<'EOF'\n{LISTING}\nEOF\n;;\n*)\n{otherwise}\n;;\nesac")
}

/// Status lines count on their own channel, descriptor 0.
#[test]
fn status_on_its_channel_counts() {
    // A here-document takes descriptor 0: the channel is kept as 3 first.
    let fake = Fake::new(&format!("exec 3>&0\n{}", with_listing(&format!("cat >&3 <<'EOF'\n{GOOD}\nEOF"))));
    let outcome = ran(&fake.programs(), &signed());
    assert!(matches!(outcome.signature, Some(State::Good { trust: Trust::Full, .. })), "{outcome:?}");
}

/// The same lines as output or as errors are nothing.
#[test]
fn status_elsewhere_does_not_count() {
    let text = with_listing(&format!("cat <<'EOF'\n{GOOD}\nEOF\ncat >&2 <<'EOF'\n{GOOD}\nEOF"));
    let outcome = ran(&Fake::new(&text).programs(), &signed());
    assert!(matches!(outcome.signature, Some(State::Failed(_))), "{outcome:?}");
}

/// A verdict on something that the program unpacked is none on the message, should it ever call that a success.
#[test]
fn verdict_on_another_content() {
    let text = with_listing(&format!("cat >&3 <<'EOF'\n[GNUPG:] PLAINTEXT 62 1 x\n{GOOD}\nEOF"));
    let outcome = ran(&Fake::new(&format!("exec 3>&0\n{text}")).programs(), &signed());
    assert_eq!(outcome.words, words::NOT_DETACHED);
}

/// A good verdict with a failed run is no good verdict, nor is one of a program that was killed.
#[test]
fn good_verdict_of_a_failed_run() {
    for end in ["exit 1", "kill -9 $$"] {
        let text = format!("exec 3>&0\n{}", with_listing(&format!("cat >&3 <<'EOF'\n{GOOD}\nEOF\n{end}")));
        let outcome = ran(&Fake::new(&text).programs(), &signed());
        assert!(matches!(outcome.signature, Some(State::Failed(_))), "{end}: {outcome:?}");
    }
}

/// Output without end is cut off and thrown away; so are status lines without end.
#[test]
fn flood() {
    for to in ["", ">&0"] {
        let programs = Programs { output: 1 << 20, ..Fake::new("true").programs() };
        let fake = Fake::new(&format!("exec yes {to}"));
        let programs = Programs { gpg: fake.dir.path().join("gpg"), ..programs };
        let outcome = ran(&programs, &encrypted());
        assert_eq!(outcome.decrypted, None);
        assert!(outcome.words.contains("too large"), "{}", outcome.words);
    }
}

/// A program that never ends is ended with all that it started.
#[test]
fn hang() {
    let fake = Fake::new("exec 3> \"${0%/*}/alive\"\ntail -f /dev/null & tail -f /dev/null");
    let alive = fake.named_pipe("alive");
    let (sender, gone) = channel();
    // Reading ends when nobody holds the pipe open any more.
    std::thread::spawn(move || sender.send(std::fs::read(alive)));
    let programs = Programs { time: Duration::from_millis(500), ..fake.programs() };
    assert_eq!(ran(&programs, &encrypted()).words, "gpg took too long and was stopped");
    gone.recv_timeout(Duration::from_secs(20)).expect("something was left behind").unwrap();
}

/// A program that closes all of its streams and runs on is ended too, even if it ignores the polite signal.
#[test]
fn hang_with_closed_streams() {
    let fake = Fake::new("trap '' TERM\nexec </dev/null >/dev/null\ntail -f /dev/null");
    let programs = Programs { time: Duration::from_millis(100), ..fake.programs() };
    assert_eq!(ran(&programs, &signed()).words, "gpg took too long and was stopped");
}

/// The reader goes on to the next message: the program is ended at once.
#[test]
fn cancel() {
    let fake = Fake::new("echo begun > \"${0%/*}/begun\"\ntail -f /dev/null");
    let begun = fake.named_pipe("begun");
    let flag = AtomicBool::new(false);
    let outcome = std::thread::scope(|scope| {
        scope.spawn(|| {
            // Opening a named pipe waits for the program to write to it.
            std::fs::read(&begun).unwrap();
            flag.store(true, Ordering::Relaxed);
        });
        check(&fake.programs(), &encrypted(), DANA, &flag)
    });
    assert_eq!(outcome.words, "gpg was stopped");
}

/// What is cancelled before is not begun.
#[test]
fn cancelled_before() {
    let fake = Fake::new("echo > \"$0.ran\"");
    let outcome = check(&fake.programs(), &encrypted(), DANA, &AtomicBool::new(true));
    assert_eq!(outcome.words, "gpg was stopped");
    assert!(!fake.dir.path().join("gpg.ran").exists());
}

/// The program is not there.
#[test]
fn not_installed() {
    let programs = Programs { gpg: "/nowhere/gpg".into(), gpgsm: "/nowhere/gpgsm".into(), ..Programs::default() };
    assert_eq!(ran(&programs, &signed()).words, "gpg is not installed");
    assert_eq!(ran(&programs, &encrypted()).words, "gpg is not installed");
    let smime = Protected::SmimeSigned { signed: PART.into(), signature: vec![0x30], covers: Covers::All };
    assert_eq!(ran(&programs, &smime).words, "gpgsm is not installed");
}

/// No network, no prompt on the terminal, nothing of the environment that is not needed, input in a private directory
/// that is gone afterwards.
#[test]
fn arguments_and_environment() {
    let text = "env > \"$0.env\"\necho \"$*\" > \"$0.args\"\nfor last; do :; done\nls -ld \"${last%/*}\" > \"$0.dir\"\n\
                ls -l \"$last\" >> \"$0.dir\"";
    let fake = Fake::new(text);
    ran(&fake.programs(), &signed());
    let (environment, arguments, listed) = (fake.file("gpg.env"), fake.file("gpg.args"), fake.file("gpg.dir"));
    assert!(environment.contains("LANG=C\n") && environment.contains("GNUPGHOME=/nowhere\n"), "{environment}");
    assert!(!environment.contains("CARGO") && !environment.contains("GPG_TTY"), "{environment}");
    for option in ["--batch", "--no-tty", "--no-auto-key-retrieve", "--no-auto-key-locate", "--disable-dirmngr"] {
        assert!(arguments.contains(option), "{arguments}");
    }
    assert!(listed.starts_with("drwx------") && listed.contains("\n-rw-------"), "{listed}");
    let scratch = Path::new(arguments.trim().rsplit_once(' ').unwrap().1).parent().unwrap();
    assert!(scratch.is_absolute() && !scratch.exists(), "{}", scratch.display());
}

/// A prompt that needs a terminal and had none leaves what it was to open to one that has it; another failure does not.
#[test]
fn a_prompt_without_a_terminal() {
    let failed = |code: u32| {
        let status = format!("[GNUPG:] ERROR pkdecrypt_failed {code}\n[GNUPG:] DECRYPTION_FAILED");
        let fake = Fake::new(&format!("exec 3>&0\ncat >&3 <<'EOF'\n{status}\nEOF\nexit 2"));
        ran(&fake.programs(), &encrypted())
    };
    // GPG_ERR_SOURCE_PINENTRY with ENOTTY and ENOENT.
    for code in [83_918_950, 83_918_929] {
        let outcome = failed(code);
        assert_eq!(outcome.locked, Some(Locked { kind: Kind::Pgp, data: b"DATA".to_vec() }));
        assert_eq!(outcome.words, "Encrypted; not opened: the passphrase has to be typed at the terminal");
    }
    // Cancelled, and no prompt at all, which gpg-agent says.
    for code in [83_886_179, 67_108_949] {
        assert_eq!(failed(code).locked, None, "{code}");
    }
}

/// What unlocks a key goes into no file, not even that which takes everything: `gpg` removes what it could not finish.
#[test]
fn what_unlocks_writes_nothing() {
    let [sign, read] = [
        terminal::to_sign(Kind::Pgp, "44E9CCF67CE0A0B71773081E5F81763939FDB5E3").unwrap(),
        terminal::to_read(Kind::Smime),
    ];
    assert!(
        sign.contains(" gpg ")
            && sign.contains("--local-user 0x44E9CCF67CE0A0B71773081E5F81763939FDB5E3 --detach-sign"),
        "{sign}"
    );
    assert!(read.contains(" gpgsm ") && read.contains("--disable-crl-checks"), "{read}");
    for command in [sign, read] {
        assert!(command.contains("--output - ") && command.contains("--disable-dirmngr"), "{command}");
    }
    assert_eq!(terminal::to_sign(Kind::Pgp, "1; rm 44E9CCF67CE0A0B71773081E5F8176"), None);
}
