//! Themes as styles: what a terminal can show of them.

use super::*;
use crate::theme::library::Library;

/// Protects every screen: every built-in theme has a style for what matters at every depth.
#[test]
fn every_theme_is_shown_at_every_depth() {
    let library = Library::default();
    for name in library.names() {
        let scheme = library.resolve(name).unwrap().unwrap();
        for depth in [Depth::None, Depth::Sixteen, Depth::Indexed, Depth::True] {
            let theme = Theme::of(&scheme, depth);
            let seen = |role| theme.style(role) != Style::new();
            assert!([Role::Sel, Role::Accent, Role::Unread, Role::Error, Role::Match].into_iter().all(seen), "{name}");
            assert_eq!(theme.is_plain(), depth == Depth::None, "{name}");
        }
    }
    assert_eq!(Theme::dusk().name(), "dusk");
    assert_eq!(Theme::no_color().name(), "plain");
}

/// Protects terminals without 24-bit colour, and people who set `NO_COLOR`.
#[test]
fn the_environment_decides_how_many_colours() {
    let depth = |pairs: &[(&str, &str)]| {
        Depth::detect(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    };
    assert_eq!(depth(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]), Depth::True);
    assert_eq!(depth(&[("TERM", "xterm-256color")]), Depth::Indexed);
    assert_eq!(depth(&[("TERM", "linux")]), Depth::Sixteen);
    assert_eq!(depth(&[("TERM", "dumb")]), Depth::None);
    assert_eq!(depth(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("NO_COLOR", "1")]), Depth::None);
    assert_eq!(depth(&[("TERM", "xterm"), ("NO_COLOR", "")]), Depth::Sixteen, "an empty NO_COLOR is not set");
}

/// Protects people in GNU screen, whose `COLORTERM` is that of the terminal outside.
#[test]
fn gnu_screen_goes_by_its_own_name() {
    let depth = |pairs: &[(&str, &str)]| {
        let all = [pairs, &[("COLORTERM", "truecolor")]].concat();
        Depth::detect(|name| all.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    };
    assert_eq!(depth(&[("TERM", "screen.xterm-256color"), ("STY", "1.pts")]), Depth::Indexed);
    assert_eq!(depth(&[("TERM", "screen"), ("STY", "1.pts")]), Depth::Sixteen);
    assert_eq!(depth(&[("TERM", "xterm-256color"), ("STY", "1.pts")]), Depth::Indexed, "another TERM of the user's");
    assert_eq!(depth(&[("TERM", "screen-256color")]), Depth::Indexed, "over ssh STY is lost");
    assert_eq!(depth(&[("TERM", "screen-256color"), ("TMUX", "/tmp/1")]), Depth::True, "tmux by its old name");
    assert_eq!(depth(&[("TERM", "tmux-256color"), ("TMUX", "/tmp/1"), ("STY", "1.pts")]), Depth::True, "tmux in it");
}

/// Protects people on few colours: no theme ever gives a terminal more than it can show, and `NO_COLOR` holds whatever the
/// theme says.
#[test]
fn a_theme_falls_back_with_the_terminal() {
    let mut library = Library::default();
    library.add("mine", "inherits = \"nord\"\n[roles]\naccent = { rgb = \"#ff0000\", color = \"red\" }".to_owned());
    let mine = library.resolve("mine").unwrap().unwrap();
    assert_eq!(Theme::of(&mine, Depth::None), Theme::no_color());
    assert_eq!(Theme::of(&built_in("paper"), Depth::Sixteen).styles, Theme::terminal().styles);
    let sixteen = Theme::of(&mine, Depth::Sixteen);
    assert_eq!(sixteen.style(Role::Accent).fg, Some(Color::Red));
    assert_eq!(sixteen.style(Role::Star), Theme::terminal().style(Role::Star));
    assert_eq!(Theme::of(&built_in("dusk"), Depth::Indexed).style(Role::Accent).fg, Some(Color::Indexed(111)));
    let indexed = Theme::of(&mine, Depth::Indexed);
    let fine = |role| matches!(indexed.style(role).fg, Some(Color::Indexed(16..)));
    assert!(Role::NAMES.into_iter().filter(|(_, role)| role.is_text()).all(|(_, role)| fine(role)));
}

/// Protects the terminal's own background: it is painted only when asked for.
#[test]
fn the_background_is_the_terminals_unless_asked_for() {
    assert_eq!(Theme::dusk().style(Role::Bg).bg, None);
    let painted = Theme::dusk().with_background(Background::Painted);
    assert_eq!(painted.style(Role::Bg).bg, Some(Color::Rgb(0x15, 0x17, 0x1c)));
}
