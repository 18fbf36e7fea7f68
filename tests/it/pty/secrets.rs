//! No secret reaches the terminal, and none comes out of a panic in the middle of a sign-in.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use posthaste::cli::logging;
use posthaste::config::env::Env;
use posthaste::config::paths::Paths;
use posthaste::demo::server::Options;
use posthaste::imap::trace::Trace;
use posthaste::runtime::terminal::Screen;
use posthaste::sasl::Credential;
use posthaste::setup::check;

use super::count;
use super::tty::{Home, Tty};
use crate::journeys::app::inbox;
use crate::support::engine::{Embedded, account};
use crate::support::secrets::{assert_hidden, assert_hidden_below};

/// With a character for each encoding.
const PASSWORD: &str = "p4 \"ss\\w\u{f6}rd=+/%{}";

/// Set where this test is the program on the terminal.
const CHILD: &str = "POSTHASTE_TEST_PANICS_SIGNING_IN";

/// Panics on the screen's own thread while the password is on its way to the server.
fn panics_while_signing_in() {
    let paths = Paths::under(Path::new(&std::env::var_os("POSTHASTE_HOME").unwrap()));
    paths.create().unwrap();
    let main = std::thread::Builder::new().name("main".to_owned());
    let thread = main.spawn(move || {
        let _log = logging::start(&paths, &Env::of([("POSTHASTE_LOG", "trace")])).unwrap();
        let _screen = Screen::enter(Some(true), true).unwrap();
        let server = Embedded::start(Options::default(), &["m1"]);
        server.world.set_password("dana", PASSWORD);
        let account = account("work", server.server.addr, "dana", PASSWORD);
        let file = logging::trace_sink(&paths).unwrap();
        let sink = Arc::new(move |line: &str| {
            file(line);
            assert!(!line.contains("AUTHENTICATE"), "no room for the line {line:?}");
        });
        let trace = Trace::to(sink, "work".to_owned());
        let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let credential = || async { Ok(Credential::Password(PASSWORD.into())) };
        tokio.block_on(check::check(&account, credential, &trace, &mut |_| {})).is_some()
    });
    thread.unwrap().join().unwrap_err();
}

/// PS21: a panic in the middle of a sign-in says nothing of the password: not on the terminal, with its backtrace, nor in
/// the log or the trace.
#[test]
fn a_panic_while_signing_in_has_no_password() {
    if std::env::var_os(CHILD).is_some() {
        return panics_while_signing_in();
    }
    let mut tty = Tty::this_test("pty::secrets::a_panic_while_signing_in_has_no_password", CHILD);
    tty.until_end();
    assert!(count(tty.bytes(), b"no room for the line") > 0, "{}", tty.screen());
    let log = std::fs::read_to_string(tty.home().join("state/posthaste.log")).unwrap();
    assert!(log.contains("panic: ") && log.contains("no room for the line"), "{log}");
    let secrets = [PASSWORD.to_owned()];
    assert_hidden(&secrets, "the terminal", tty.bytes());
    assert!(assert_hidden_below(&secrets, tty.home(), &[]) >= 2);
}

/// PS21: a password that is typed is on the screen as dots, and nowhere in what the terminal was sent, nor in a file.
#[test]
fn a_typed_password_is_not_on_the_terminal() {
    let world = inbox(&["alpha"]);
    world.set_password("ada", PASSWORD);
    let home = Home::new(world);
    let path = home.path().join("config.toml");
    let config = std::fs::read_to_string(&path).unwrap().replace("password = \"secret\"", "prompt = true");
    std::fs::write(&path, config).unwrap();
    let mut tty = home.run_as(&[("POSTHASTE_LOG", "trace"), ("RUST_BACKTRACE", "full")]);
    // It is asked for by itself, before a key was pressed.
    tty.until("Password of Work").keys(PASSWORD);
    tty.until(&"•".repeat(PASSWORD.chars().count())).quiet(Duration::from_millis(100));
    let secrets = [PASSWORD.to_owned()];
    assert_hidden(&secrets, "the screen", tty.screen().as_bytes());
    tty.keys("\r")
        .until("synced")
        .keys("w")
        .quiet(Duration::from_millis(100))
        .keys("\x1b")
        .quiet(Duration::from_millis(100));
    tty.keys("q").until_end();
    assert_hidden(&secrets, "the terminal", tty.bytes());
    assert!(assert_hidden_below(&secrets, home.path(), &[]) >= 4);
}
