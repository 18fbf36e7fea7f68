//! The user's own themes: read, and their mistakes told with file, line and column.

use super::*;

struct Home(tempfile::TempDir);

impl Home {
    fn new(config: &str, themes: &[(&str, &str)]) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        std::fs::write(home.config(), config).unwrap();
        std::fs::create_dir(directory(&home.config())).unwrap();
        for (file, text) in themes {
            std::fs::write(directory(&home.config()).join(file), text).unwrap();
        }
        home
    }

    fn config(&self) -> PathBuf {
        self.0.path().join("config.toml")
    }

    /// What the check of the config's themes says, its directory left out.
    fn check(&self) -> Result<(), String> {
        let config = Config::parse(&std::fs::read_to_string(self.config()).unwrap(), &self.config()).unwrap();
        let themes = Themes::read(&self.config()).unwrap();
        let directory = format!("{}/", self.0.path().display());
        themes.check(&config).map_err(|problem| problem.to_string().replace(&directory, ""))
    }
}

const MINE: (&str, &str) = ("mine.toml", "inherits = \"dusk\"\n[roles]\naccent = \"#ff8800\"\n");

/// Protects a theme of the user's own: it is found beside the config, by the name of its file.
#[test]
fn own_themes_lie_beside_the_config() {
    let home = Home::new("[ui]\ntheme = \"mine\"\n", &[MINE, (".mine.toml", "[[["), ("notes.txt", "no theme")]);
    assert_eq!(home.check(), Ok(()));
    let themes = Themes::read(&home.config()).unwrap();
    assert_eq!(themes.library.names().last(), Some(&"mine"));
    assert_eq!(themes.file("mine"), Some(home.0.path().join("themes/mine.toml")));
    assert_eq!((themes.file("dusk"), themes.problems()), (None, Vec::new()));
    assert_eq!(Home::new("", &[]).check(), Ok(()));
    let none = tempfile::tempdir().unwrap();
    assert!(Themes::read(&none.path().join("config.toml")).is_ok(), "no directory is no mistake");
}

/// Check 9 of UX.md, for themes: file, line, column and the nearest name, wherever the mistake is.
#[test]
fn mistakes_have_their_place() {
    let check = |config: &str, themes: &[(&str, &str)]| Home::new(config, themes).check().unwrap_err();
    assert_eq!(
        check("[ui]\ntheme = \"gruvbox-darc\"\n", &[]),
        "config.toml:2:9: ui.theme: there is no theme \"gruvbox-darc\" here or in themes; did you mean \"gruvbox-dark\"?"
    );
    assert_eq!(
        check("[ui]\ntheme_light = \"papre\"\n", &[]),
        "config.toml:2:15: ui.theme_light: there is no theme \"papre\" here or in themes; did you mean \"paper\"?"
    );
    let broken = "inherits = \"dusk\"\n[roles]\n  acent = \"#ff8800\"\n";
    let told = "themes/mine.toml:3:3: roles.acent: there is no such role; did you mean \"accent\"?";
    assert_eq!(check("[ui]\ntheme = \"mine\"\n", &[("mine.toml", broken)]), told);
    // A mistake in what it inherits is told where it is.
    let child = ("child.toml", "inherits = \"mine\"\n");
    assert_eq!(check("[ui]\ntheme = \"child\"\n", &[child, ("mine.toml", broken)]), told);
    let home = Home::new("", &[child, ("mine.toml", broken)]);
    assert_eq!(home.check(), Ok(()), "what is not shown stops nobody");
    let problems = Themes::read(&home.config()).unwrap().problems();
    assert_eq!((problems.len(), problems[0].line, problems[0].column), (1, 3, 3), "once");
}
