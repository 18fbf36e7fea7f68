//! Themes: roles, colours, contrast.

use super::*;

const DUSK: &str = include_str!("../../../assets/themes/dusk.toml");
const PAPER: &str = include_str!("../../../assets/themes/paper.toml");
const TERMINAL: &str = include_str!("../../../assets/themes/terminal16.toml");
const PLAIN: &str = include_str!("../../../assets/themes/plain.toml");

/// Protects every screen: a built-in theme that does not parse would silently paint nothing.
#[test]
fn every_built_in_theme_parses_at_every_depth() {
    for text in [DUSK, PAPER, TERMINAL, PLAIN] {
        for depth in [Depth::None, Depth::Sixteen, Depth::Indexed, Depth::True] {
            Theme::parse(text, depth).unwrap();
        }
    }
    assert_eq!(Theme::dusk().name(), "dusk");
    assert_eq!(Theme::no_color().name(), "plain");
    assert!(Theme::no_color().is_plain() && !Theme::terminal().is_plain());
}

fn luminance(color: Color) -> f64 {
    let Color::Rgb(r, g, b) = color else { panic!("{color:?} is not 24-bit") };
    let part = |c: u8| {
        let c = f64::from(c) / 255.0;
        if c <= 0.03928 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
}

fn contrast(a: Color, b: Color) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Protects readability: text keeps 4.5 to 1 on the background and 3.4 to 1 on the selected row, in both themes.
#[test]
fn every_text_role_can_be_read() {
    for theme in [Theme::dusk(), Theme::paper()] {
        let theme = theme.with_background(Background::Painted);
        let (bg, sel) = (theme.style(Role::Bg).bg.unwrap(), theme.style(Role::Sel).bg.unwrap());
        for (name, role) in Role::NAMES {
            if role.is_ground() || matches!(role, Role::Rule | Role::OnAccent) {
                continue;
            }
            let fg = theme.style(role).fg.unwrap();
            assert!(contrast(fg, bg) >= 4.5, "{} {name} on bg: {:.1}", theme.name(), contrast(fg, bg));
            assert!(contrast(fg, sel) >= 3.35, "{} {name} on sel: {:.1}", theme.name(), contrast(fg, sel));
        }
        let chip = theme.style(Role::OnAccent);
        assert!(contrast(chip.fg.unwrap(), chip.bg.unwrap()) >= 4.5, "text on accent");
    }
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

/// Protects people on few colours: a theme by name never gives a terminal more than it can show.
#[test]
fn a_named_theme_falls_back_with_the_terminal() {
    assert_eq!(Theme::named("dusk", Depth::None), Some(Theme::no_color()));
    assert_eq!(Theme::named("paper", Depth::Sixteen), Some(Theme::terminal()));
    let indexed = Theme::named("dusk", Depth::Indexed).unwrap();
    assert_eq!(indexed.style(Role::Accent).fg, Some(Color::Indexed(111)));
    assert_eq!(Theme::named("no such theme", Depth::True), None);
}

/// Protects whoever writes a theme: each mistake is named.
#[test]
fn mistakes_in_a_theme_are_named() {
    let with = |from: &str, to: &str| Theme::parse(&DUSK.replacen(from, to, 1), Depth::True).unwrap_err();
    assert_eq!(with("star =", "sta ="), ThemeError::UnknownRole("sta".into()));
    assert_eq!(with("#f2c879", "#f2c87"), ThemeError::BadColor("#f2c87".into()));
    assert_eq!(with("\"bold\"", "\"loud\""), ThemeError::BadModifier("loud".into()));
    let without: Vec<&str> = DUSK.lines().filter(|line| !line.starts_with("link")).collect();
    assert_eq!(Theme::parse(&without.join("\n"), Depth::True).unwrap_err(), ThemeError::MissingRole("link"));
    assert!(matches!(Theme::parse("name = ", Depth::True), Err(ThemeError::Shape(_))));
}

/// Protects the terminal's own background: it is painted only when asked for.
#[test]
fn the_background_is_the_terminals_unless_asked_for() {
    assert_eq!(Theme::dusk().style(Role::Bg).bg, None);
    let painted = Theme::dusk().with_background(Background::Painted);
    assert_eq!(painted.style(Role::Bg).bg, Some(Color::Rgb(0x15, 0x17, 0x1c)));
}
