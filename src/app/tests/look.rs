//! Themes that are picked, and a config that changes while the program runs.

use std::sync::Arc;

use super::Screen;
use crate::app::action::Id;
use crate::app::keymap::Keymap;
use crate::app::look::{AUTO, Fresh, named, rows, shown};
use crate::app::model::{Glyphs, Layout, Motion, Overlay};
use crate::app::msg::{Effect, Msg, Timer};
use crate::app::search::Kept;
use crate::config::keys::Preset;
use crate::config::themes::Themes;
use crate::config::{Config, SavedSearch, ThemeChoice};
use crate::mail::{AccountId, UnixTime};
use crate::protocol::{Connection, Event};
use crate::safe_text::SafeText;
use crate::theme::library::Library;

fn screen() -> Screen {
    let mut screen = Screen::new(3);
    screen.model.look.themes = rows(&Library::default());
    screen.take();
    screen
}

fn kept(effects: &[Effect]) -> Vec<String> {
    let name = |effect: &Effect| match effect {
        Effect::KeepTheme(name) => Some(name.clone()),
        _ => None,
    };
    effects.iter().filter_map(name).collect()
}

/// The theme under the cursor is the one that is seen; enter keeps it, for the next start too.
#[test]
fn a_theme_is_seen_before_it_is_picked() {
    let mut screen = screen();
    screen.press(":").type_text("theme").press("enter");
    assert_eq!(shown(&screen.model), AUTO, "the cursor is on what is shown");
    screen.press("down");
    assert_eq!(shown(&screen.model), "dusk");
    screen.type_text("nord");
    assert_eq!((shown(&screen.model), screen.model.look.chosen.as_str()), ("nord", AUTO));
    screen.press("enter");
    assert_eq!((shown(&screen.model), screen.model.look.chosen.as_str()), ("nord", "nord"));
    assert_eq!((kept(&screen.take()), screen.toast()), (vec!["nord".to_owned()], "Theme: nord"));
    screen.press(":").type_text("theme").press("enter up");
    assert_ne!(shown(&screen.model), "nord", "from where it stands");
}

/// Esc brings the old one back, and keeps nothing; a text that no theme has shows the old one too.
#[test]
fn esc_brings_the_old_theme_back() {
    let mut screen = screen();
    screen.press(":").type_text("theme").press("enter down down down");
    assert_ne!(shown(&screen.model), AUTO);
    screen.type_text("xyzzy");
    assert_eq!(shown(&screen.model), AUTO);
    screen.press("esc");
    assert!(screen.model.overlay.is_none());
    assert_eq!((kept(&screen.take()), shown(&screen.model)), (Vec::new(), AUTO));
}

/// The config comes first: another theme lasts until the end, and the screen says so.
#[test]
fn the_theme_of_the_config_comes_first() {
    let mut screen = screen();
    (screen.model.look.config, screen.model.look.chosen) = (Some("dusk".into()), "dusk".into());
    screen.press(":").type_text("theme").press("enter").type_text("paper").press("enter");
    assert_eq!((kept(&screen.take()), shown(&screen.model)), (Vec::new(), "paper"));
    assert_eq!(screen.toast(), "Theme: paper, until you quit: the config names dusk");
}

/// A reading of the config: what held before, and what holds now.
fn fresh(before: &Config, now: &Config) -> Msg {
    let themes = Arc::new(Themes::default());
    Msg::Configured(Box::new(Fresh {
        before: Arc::new(before.clone()),
        config: Arc::new(now.clone()),
        rows: rows(&themes.library),
        themes,
        keymap: Arc::new(Keymap::defaults()),
        warning: None,
        later: Vec::new(),
    }))
}

/// Everything that can change while the program runs does; what was chosen on the screen stays where the config says
/// nothing new.
#[test]
fn a_new_config_holds_at_once() {
    let mut screen = screen();
    screen.press("\\");
    let chosen = screen.model.options.layout;
    assert_ne!(chosen, Layout::Auto);
    let before = Config::default();
    let mut now = before.clone();
    now.ui.theme = ThemeChoice::Named("nord".into());
    (now.ui.glyphs, now.ui.reduced_motion) = (Glyphs::Ascii, true);
    screen.send(fresh(&before, &now));
    let options = screen.model.options;
    assert_eq!((options.glyphs, options.motion, options.layout), (Glyphs::Ascii, Motion::Reduced, chosen));
    assert_eq!((shown(&screen.model), named(&now).as_deref()), ("nord", Some("nord")));
    let mut third = now.clone();
    third.ui.layout = Layout::ListOnly;
    screen.model.look.chosen = "paper".into();
    screen.send(fresh(&now, &third));
    assert_eq!((screen.model.options.layout, shown(&screen.model)), (Layout::ListOnly, "paper"));
    screen.send(fresh(&third, &before));
    assert_eq!(shown(&screen.model), AUTO, "the config does not name one any more");
}

/// A terminal without UTF-8 keeps its letters, whatever a new config says.
#[test]
fn a_new_config_breaks_no_poor_terminal() {
    let mut screen = screen();
    (screen.model.options.utf8, screen.model.options.glyphs) = (false, Glyphs::Ascii);
    let mut now = Config::default();
    now.ui.glyphs = Glyphs::Nerd;
    screen.send(fresh(&Config::default(), &now));
    assert_eq!(screen.model.options.glyphs, Glyphs::Ascii);
}

/// A theme that the config names and that could not be read is shown as soon as it can be; one that goes away while it is
/// shown leaves the terminal's choice.
#[test]
fn a_mended_theme_is_shown() {
    let mut screen = screen();
    let mut config = Config::default();
    config.ui.theme = ThemeChoice::Named("nord".into());
    screen.model.look.themes.retain(|row| row.name != "nord");
    screen.send(fresh(&config, &config));
    assert_eq!(shown(&screen.model), "nord");
    screen.model.look.chosen = "mine".into();
    screen.send(fresh(&Config::default(), &Config::default()));
    assert_eq!(shown(&screen.model), AUTO);
}

/// Saved searches follow the config: one that stays keeps its number and count, those that were saved here stay.
#[test]
fn saved_searches_follow_the_config() {
    let mut screen = screen();
    let search = |name: &str, key| SavedSearch { name: name.into(), query: format!("from:{name}"), key };
    let config = |searches: &[SavedSearch]| Config { searches: searches.to_vec(), ..Config::default() };
    let (none, one) = (config(&[]), config(&[search("ada", Some(1)), search("bob", None)]));
    screen.send(fresh(&none, &one));
    let names = |screen: &Screen| screen.model.search.saved.iter().map(|saved| saved.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&screen), ["ada", "bob"]);
    let bob = screen.model.search.saved[1].id;
    screen.model.search.saved.push(crate::app::search::Saved {
        id: crate::mail::SearchId(77),
        name: "mine".into(),
        text: "is:unread".into(),
        key: Some(2),
        place: Kept::Own,
        tally: None,
    });
    screen.send(fresh(&one, &config(&[search("bob", Some(2)), search("cy", None)])));
    assert_eq!(names(&screen), ["bob", "cy", "mine"]);
    let saved = &screen.model.search.saved;
    assert_eq!((saved[0].id, saved[0].key, saved[2].key), (bob, Some(2), None), "a digit is the config's first");
}

/// Check 9 of UX.md: a mistake changes nothing; the banner says where it is, stays over news of the servers, can be copied,
/// and goes when it is mended or sent away.
#[test]
fn a_mistake_in_the_config_is_told() {
    let mut screen = screen();
    let text = "config.toml:7:1: ui.layuot: there is no such key here; did you mean \"layout\"?";
    let title = |screen: &Screen| screen.model.banner.as_ref().map(|banner| banner.title.to_string());
    let options = screen.model.options;
    screen.send(Msg::ConfigRefused(SafeText::new(text)));
    assert_eq!((title(&screen).as_deref(), screen.model.options), (Some(text), options));
    let offline = Connection::Offline { since: UnixTime(0), retry: None, reason: SafeText::new("no route") };
    screen.send(Msg::Sync(Event::Connection { account: AccountId(1), state: offline }));
    assert_eq!(title(&screen).as_deref(), Some(text));
    screen.press(":").type_text("copy error").press("enter");
    assert!(
        screen.take().iter().any(|effect| matches!(effect, Effect::Copy(copied) if copied.as_str().contains(text)))
    );
    screen.press("esc");
    assert!(title(&screen).unwrap().contains("offline"), "what it stood before comes back: {:?}", title(&screen));
    screen.send(Msg::ConfigRefused(SafeText::new(text)));
    screen.send(fresh(&Config::default(), &Config::default()));
    assert!(title(&screen).unwrap().contains("offline"));
}

/// The config is looked at when the terminal gets the focus, in silence, and aloud when the user wants it.
#[test]
fn the_focus_and_the_user_have_the_config_read() {
    let mut screen = screen();
    screen.send(Msg::Focus(false));
    assert_eq!(screen.take(), []);
    screen.send(Msg::Focus(true));
    assert_eq!(screen.take(), [Effect::ReadConfig { asked: false }]);
    screen.press(":").type_text("reload").press("enter");
    assert_eq!(screen.take(), [Effect::ReadConfig { asked: true }]);
    screen.send(Msg::ConfigSame);
    assert_eq!(screen.toast(), "The config is as it was");
    screen.model.options.demo = true;
    assert!(crate::app::action::available::available(&screen.model, Id::Reload).is_err());
}

/// Reduced motion: nothing turns while the servers are asked.
#[test]
fn nothing_turns_with_reduced_motion() {
    let turns = |motion: Motion| {
        let mut screen = screen();
        screen.model.options.motion = motion;
        screen.send(Msg::Sync(Event::Connection { account: AccountId(1), state: Connection::Syncing }));
        screen.take().iter().any(|effect| matches!(effect, Effect::After(_, Timer::Spinner)))
    };
    assert!(turns(Motion::Full) && !turns(Motion::Reduced));
}

/// A reload under the open picker keeps it open, on what is shown now.
#[test]
fn a_new_config_under_the_picker() {
    let mut screen = screen();
    screen.press(":").type_text("theme").press("enter down");
    let mut now = Config::default();
    now.ui.theme = ThemeChoice::Named("gruvbox-dark".into());
    screen.send(fresh(&Config::default(), &now));
    assert!(matches!(screen.model.overlay, Some(Overlay::Themes(_))));
    assert_eq!(shown(&screen.model), "gruvbox-dark");
}

/// The file of the keys was changed by hand: they hold at once. What the screen wrote itself tells nothing.
#[test]
fn the_keys_are_read_again() {
    let mut screen = screen();
    screen.send(Msg::Rebound(Arc::new(Keymap::defaults()), None));
    assert_eq!(screen.toast(), "");
    screen.send(Msg::Rebound(Arc::new(Keymap::preset(Preset::Vim)), None));
    assert_eq!(screen.toast(), "The keys were read again");
    assert!(screen.model.keymap.is_like(&Keymap::preset(Preset::Vim)));
}
