//! The config edited while the real program runs: its look changes, and a mistake changes nothing.

use std::time::Duration;

use super::tty::Home;
use crate::journeys::app::inbox;

/// The terminal got the focus.
const FOCUS: &str = "\x1b[I";

/// Check 9 of UX.md: the config is edited in another window. Back in this one the theme is another; after a mistake the banner
/// says file, line and column and the look stays; mended, the banner goes. The user's file is as it was written, and idle
/// writes no byte.
#[test]
fn the_config_changes_while_it_runs() {
    let home = Home::new(inbox(&["alpha", "beta"]));
    let path = home.path().join("config.toml");
    let accounts = std::fs::read_to_string(&path).unwrap();
    let lines = accounts.lines().count();
    let write = |ui: &str| std::fs::write(&path, format!("{accounts}[ui]\n{ui}\n")).unwrap();
    let mut tty = home.run();
    tty.until("The body of alpha").until("synced");
    // On a terminal of which nothing is known, the theme paints its own background.
    let nord = vt100::Color::Rgb(0x2e, 0x34, 0x40);
    assert_eq!(tty.background(), vt100::Color::Default);
    write("theme = \"nord\"");
    tty.keys(FOCUS).until("The config was read again");
    assert_eq!(tty.background(), nord);
    write("theem = \"dusk\"");
    let place = format!("config.toml:{}:1: ui.theem:", lines + 2);
    tty.keys(FOCUS).until(&place).until("\"theme\"?").keys("j").until("The body of beta");
    assert_eq!(tty.background(), nord, "what was set before holds");
    tty.quiet(Duration::from_secs(5));
    let written = tty.bytes().len();
    tty.watch(Duration::from_secs(1));
    assert_eq!(tty.bytes().len(), written, "idle writes nothing");
    // Nobody tells it that this one is saved: it sees it.
    write("theme = \"gruvbox-dark\"\nglyphs = \"ascii\"");
    tty.wait_for("the other theme", |tty| tty.background() == vt100::Color::Rgb(0x28, 0x28, 0x28));
    assert!(!tty.screen().contains("ui.theem") && !tty.screen().contains('●'), "{}", tty.screen());
    assert!(std::fs::read_to_string(&path).unwrap().ends_with("glyphs = \"ascii\"\n"));
    tty.keys("q").until_end();
}

/// A theme that there is not keeps nobody from their mail: it starts, and the banner says what is meant.
#[test]
fn a_wrong_theme_keeps_nobody_out() {
    let home = Home::new(inbox(&["alpha"]));
    home.configure("[ui]\ntheme = \"gruvbox\"\n");
    let mut tty = home.run();
    tty.until("The body of alpha").until("ui.theme: there is no").until("\"gruvbox\"").until("\"gruvbox-");
    // The first leads out of the banner.
    tty.keys("q").quiet(Duration::from_millis(100)).keys("q").until_end();
}
