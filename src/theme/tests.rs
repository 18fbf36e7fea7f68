//! Themes as data: contrast, inheritance, mistakes, import.

use proptest::prelude::{any, prop_assert, proptest};

use super::base16;
use super::color::{Rgb, nearest, of_index};
use super::file::{Mistake, overrides, parse};
use super::library::{Library, Wrong, built_in};
use super::{Ground, Modifiers, Role, Scheme};

fn texts() -> impl Iterator<Item = (&'static str, Role)> {
    Role::NAMES.into_iter().filter(|(_, role)| role.is_text())
}

fn grounds() -> impl Iterator<Item = (&'static str, Role)> {
    Role::NAMES.into_iter().filter(|(_, role)| role.is_ground())
}

/// Asserts that each text is read on each background, as the role wants it and at least as `least` says.
fn assert_read(scheme: &Scheme, least: f64, color: impl Fn(Role) -> Rgb) {
    for (text, role) in texts() {
        for (ground, on) in grounds() {
            let contrast = color(role).contrast(color(on));
            let wanted = role.least_contrast(on).max(least);
            assert!(contrast >= wanted, "{}: {text} on {ground}: {contrast:.2}, not {wanted}", scheme.name);
        }
    }
    let contrast = color(Role::OnAccent).contrast(color(Role::Accent));
    assert!(contrast >= 4.5_f64.max(least), "{}: text on accent: {contrast:.2}", scheme.name);
}

fn with_colors(library: &Library) -> Vec<Scheme> {
    let all = library.names().into_iter().map(|name| library.resolve(name).unwrap().unwrap());
    all.filter(|scheme| scheme.ground().is_some()).collect()
}

/// Protects readability: in every theme, every text is read on the window, on bars, popups, banners and the selected row;
/// in those for high contrast at 7 to 1 (WCAG 2, 1.4.6), faint text too.
#[test]
fn every_text_role_can_be_read() {
    let library = Library::default();
    let schemes = with_colors(&library);
    assert_eq!(schemes.len(), library.names().len() - 1, "all but the sixteen colours");
    for scheme in &schemes {
        let least = if scheme.name.starts_with("contrast-") { 7.0 } else { 0.0 };
        assert_read(scheme, least, |role| scheme.paint(role).rgb.unwrap());
    }
}

/// Protects terminals of 256 colours: where the program chooses the number, the text is read as well as in 24 bits.
#[test]
fn text_can_be_read_in_256_colours() {
    // Those of these two were chosen by hand.
    for scheme in with_colors(&Library::default())
        .into_iter()
        .map(Scheme::numbered)
        .filter(|scheme| !["dusk", "paper"].contains(&&*scheme.name))
    {
        for (text, role) in texts() {
            for (ground, on) in grounds() {
                let color = |role| of_index(scheme.paint(role).index.unwrap());
                let (contrast, wanted) = (color(role).contrast(color(on)), role.least_contrast(on));
                assert!(contrast >= wanted, "{}: {text} on {ground}: {contrast:.2}, not {wanted}", scheme.name);
            }
        }
    }
}

/// Protects the picker's word for a theme, and the background that is painted by it.
#[test]
fn a_theme_knows_its_ground() {
    let ground = |name: &str| built_in(name).ground();
    assert_eq!((ground("dusk"), ground("paper")), (Some(Ground::Dark), Some(Ground::Light)));
    assert_eq!((ground("nord"), ground("tokyo-night-day")), (Some(Ground::Dark), Some(Ground::Light)));
    assert_eq!(ground("terminal"), None);
}

fn library(themes: &[(&str, &str)]) -> Library {
    let mut library = Library::default();
    for (name, text) in themes {
        library.add(name, (*text).to_owned());
    }
    library
}

/// Protects whoever changes a theme a little: what is not said stays, a colour leaves the weight as it is, and a palette
/// may be exchanged under the roles that name it.
#[test]
fn a_theme_inherits() {
    let library = library(&[
        ("base", "inherits = \"dusk\"\n[palette]\nsea = \"#2e8b9a\"\n[roles]\naccent = \"sea\"\nunread = \"#eeeeee\""),
        (
            "mine",
            "inherits = \"base\"\n[palette]\nsea = { rgb = \"#40c0d0\", index = 44 }\n[roles]\nstar = { modifiers = [\"bold\"] }",
        ),
    ]);
    let (dusk, mine) = (built_in("dusk"), library.resolve("mine").unwrap().unwrap());
    assert_eq!(mine.paint(Role::Accent).rgb, Some(Rgb(0x40, 0xc0, 0xd0)));
    assert_eq!(mine.paint(Role::Accent).index, Some(44));
    assert_eq!(mine.paint(Role::Unread).modifiers, dusk.paint(Role::Unread).modifiers, "still bold");
    assert_eq!(mine.paint(Role::Star).rgb, dusk.paint(Role::Star).rgb, "still its colour");
    assert_ne!(mine.paint(Role::Star).modifiers, Modifiers::default());
    assert_eq!(mine.paint(Role::Link), dusk.paint(Role::Link));
}

/// Protects a theme of the user's that has the name of one of the program's: it stands in its place, and may inherit it.
#[test]
fn a_theme_may_take_the_place_of_a_built_in_one() {
    let library = library(&[("dusk", "inherits = \"dusk\"\n[roles]\nstar = \"#ff0000\"")]);
    let mine = library.resolve("dusk").unwrap().unwrap();
    assert_eq!(mine.paint(Role::Star).rgb, Some(Rgb(255, 0, 0)));
    assert_eq!(mine.paint(Role::Accent), built_in("dusk").paint(Role::Accent));
    assert!(library.is_own("dusk") && library.names().iter().filter(|name| **name == "dusk").count() == 1);
    assert!(library.resolve("dusky").is_none());
}

/// The mistake in the last of these themes, with the text from where it is.
fn mistake(themes: &[(&str, &str)]) -> (Wrong, String) {
    let (name, _) = themes.last().unwrap();
    let library = library(themes);
    let wrong = library.resolve(name).unwrap().unwrap_err();
    let place = library.text(&wrong.theme).unwrap().get(wrong.mistake.at..).unwrap().to_owned();
    (wrong, place)
}

/// Protects from an endless search: a circle of themes is told where it closes.
#[test]
fn a_circle_of_themes_is_told() {
    let (wrong, place) = mistake(&[("one", "inherits = \"two\""), ("two", "inherits = \"one\"")]);
    assert_eq!((wrong.theme.as_str(), place.as_str()), ("one", "\"two\""));
    let (wrong, _) = mistake(&[("alone", "inherits = \"alone\"")]);
    assert!(wrong.mistake.text.contains("no theme \"alone\""), "{wrong:?}");
}

/// Protects whoever writes a theme: each mistake is told, with its place and the words that may be meant.
#[test]
fn mistakes_in_a_theme_are_told() {
    let of = |text: &str| mistake(&[("mine", text)]);
    let meant = |wrong: &Wrong| wrong.mistake.meant.clone().map(|(word, known)| (word, known.len() > 3)).unwrap();
    let (wrong, place) = of("inherits = \"dusk\"\n[roles]\nsta = \"#ffffff\"");
    assert_eq!((wrong.mistake.key.as_str(), place.as_str()), ("roles.sta", "sta = \"#ffffff\""));
    assert_eq!(meant(&wrong), ("sta".to_owned(), true));
    let (wrong, place) = of("inherits = \"dusk\"\n[palette]\nsea = \"#2e8b9a\"\n[roles]\nstar = \"see\"");
    assert_eq!((meant(&wrong), place.as_str()), (("see".to_owned(), true), "\"see\""));
    let (_, place) = of("inherits = \"dusk\"\n[roles]\nstar = { rgb = \"#f2c87\" }");
    assert_eq!(place, "\"#f2c87\" }");
    let (wrong, place) = of("inherits = \"dusk\"\n[roles]\nstar = { modifiers = [\"bold\", \"loud\"] }");
    assert_eq!((meant(&wrong), place.as_str()), (("loud".to_owned(), true), "\"loud\"] }"));
    assert_eq!(of("inherits = \"dusc\"").1, "\"dusc\"");
    assert_eq!(of("color = 3").0.mistake.key, "color");
    assert_eq!(of("[roles]\nbg = \"#000000\"").0.mistake.key, "roles.surface", "a theme never has holes");
    assert_eq!(parse("inherits = ").unwrap_err().key, "");
}

/// Protects changes in the config: they are colours by value, since a palette belongs to one theme.
#[test]
fn roles_are_changed_over_any_theme() {
    let text = "[ui.roles]\naccent = \"#ff5500\"\nstar = { color = \"bright yellow\", modifiers = [] }";
    let changes = overrides(text, &["ui", "roles"]).unwrap();
    let nord = built_in("nord").with(&changes).numbered();
    assert_eq!(nord.paint(Role::Accent).rgb, Some(Rgb(255, 0x55, 0)));
    assert!(nord.paint(Role::Accent).index.is_some() && nord.paint(Role::Star).rgb.is_none());
    assert_eq!(nord.paint(Role::Link).rgb, built_in("nord").paint(Role::Link).rgb);
    assert_eq!(overrides("[ui]\n", &["ui", "roles"]), Ok(Vec::new()));
    let wrong: Mistake = overrides("[ui.roles]\naccent = \"frost\"", &["ui", "roles"]).unwrap_err();
    assert_eq!((wrong.key.as_str(), wrong.at), ("ui.roles.accent", 20));
}

/// A scheme as it is published, with text that is too faint for a mail.
const SCHEME: &str = r##"
system: "base16"
name: "Faint forest"  # by nobody
variant: "dark"
palette:
  base00: "#1b1f1c"
  base01: "#2a2f2b"
  base02: "#3c433e"
  base03: "#5b645d"
  base04: "#7b857d"
  base05: "#b9c4bb"
  base06: "#d5ddd6"
  base07: "#eef3ef"
  base08: "#a8585a"
  base09: "#a87a4e"
  base0A: "#a89a4e"
  base0B: "#5f8f5a"
  base0C: "#4f8a8a"
  base0D: "#4f6fa0"
  base0E: "#8a5fa0"
  base0F: "#7a5548"
"##;

/// Protects whoever brings a scheme along: it becomes a theme in which every text is read, whatever the scheme says, in
/// YAML old and new and in TOML, dark and light.
#[test]
fn a_scheme_becomes_a_theme() {
    let old = SCHEME.replace("name:", "scheme:").replace("palette:\n", "").replace("\"#", "\"");
    let toml = SCHEME.replace(": ", " = ").replace("palette:", "[palette]");
    let greys = ["fafafa", "eeeeee", "dddddd", "bbbbbb", "999999", "444444", "222222", "111111"];
    let colors = greys.into_iter().chain(std::iter::repeat("c0a080")).take(16);
    let light =
        colors.enumerate().fold(String::new(), |text, (at, color)| text + &format!("base{at:02X}: '{color}'\n"));
    for (text, name, ground) in [
        (SCHEME, "Faint forest", Ground::Dark),
        (&old, "Faint forest", Ground::Dark),
        (&toml, "Faint forest", Ground::Dark),
        (&light, "Imported", Ground::Light),
    ] {
        let scheme = base16::parse(text).unwrap();
        assert_eq!(scheme.name, name);
        let theme = scheme.theme();
        let library = library(&[("imported", &theme)]);
        let imported = library.resolve("imported").unwrap().unwrap();
        assert_eq!(imported.ground(), Some(ground), "{theme}");
        assert_read(&imported, 0.0, |role| imported.paint(role).rgb.unwrap());
        assert!(theme.contains("bg = \"base00\""), "{theme}");
    }
    let (line, text) = base16::parse(&SCHEME.replace("#2a2f2b", "#2a2f2")).unwrap_err();
    assert!(line == 7 && text.contains("#2a2f2"), "{line} {text}");
    let (_, text) = base16::parse("base00: \"000000\"").unwrap_err();
    assert!(text.contains("base01"), "{text}");
}

/// Protects colours on 256: the nearest is found, and the user's own sixteen are never taken.
#[test]
fn the_nearest_of_256_is_found() {
    let any = |color| nearest(color, |_| true);
    assert_eq!((any(Rgb(0, 0, 0)), any(Rgb(255, 255, 255)), any(Rgb(255, 0, 0))), (16, 231, 196));
    assert_eq!((any(Rgb(8, 8, 8)), any(Rgb(118, 118, 118))), (232, 243));
    assert_eq!(of_index(111), Rgb(0x87, 0xaf, 0xff));
    assert_eq!(nearest(Rgb(0, 0, 0), |color| color.2 == 255), 21, "the nearest that satisfies");
}

proptest! {
    /// Protects from a theme or a scheme out of the net: no text makes the readers stumble, and a mistake lies within it.
    #[test]
    fn no_text_makes_them_stumble(text in any::<String>(), color in "[#0-9a-fA-F]{0,8}") {
        for text in [text.clone(), format!("inherits = \"dusk\"\n[roles]\nbg = \"{color}\"\n{text}")] {
            if let Err(mistake) = parse(&text) {
                prop_assert!(mistake.at <= text.len());
            }
        }
        drop(base16::parse(&text));
        drop(base16::parse(&SCHEME.replace("#3c433e", &color)).map(|scheme| scheme.theme()));
    }
}
