//! From the name of a theme to what it looks like on this terminal; and the file that keeps which one was picked.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::app::look::AUTO;
use crate::config::themes::Themes;
use crate::config::{self, Ui};
use crate::theme::{Ground, Scheme};
use crate::ui::theme::{Background, Depth, Theme};

/// The themes and the terminal that they are shown on.
#[derive(Debug)]
pub struct Looks {
    themes: Arc<Themes>,
    ui: Ui,
    depth: Depth,
    ground: Option<Ground>,
    /// The latest, by its name: it is made once.
    made: Option<(String, Arc<Theme>)>,
}

impl Looks {
    /// These themes, as this config wants them, for a terminal of which no more is known than its colours.
    pub const fn new(themes: Arc<Themes>, ui: Ui, depth: Depth) -> Self {
        Self { themes, ui, depth, ground: None, made: None }
    }

    /// What the terminal says of its background.
    pub fn set_ground(&mut self, ground: Option<Ground>) {
        (self.ground, self.made) = (ground, None);
    }

    /// Other themes, or another config.
    pub fn adopt(&mut self, themes: Arc<Themes>, ui: Ui) {
        (self.themes, self.ui, self.made) = (themes, ui, None);
    }

    /// What the theme of this name looks like.
    pub fn theme(&mut self, name: &str) -> Arc<Theme> {
        if let Some((made, theme)) = &self.made
            && made == name
        {
            return Arc::clone(theme);
        }
        let theme = Arc::new(self.make(name));
        self.made = Some((name.to_owned(), Arc::clone(&theme)));
        theme
    }

    fn make(&self, name: &str) -> Theme {
        let scheme = self.scheme(name).with(&self.ui.roles);
        let background = match self.ui.background {
            config::Background::Theme => Background::Painted,
            config::Background::Terminal => Background::Terminal,
            // Colours that are made for one ground are not read on the other, nor on one that is not known.
            config::Background::Auto => match scheme.ground() {
                Some(ground) if self.ground != Some(ground) => Background::Painted,
                Some(_) | None => Background::Terminal,
            },
        };
        Theme::of(&scheme, self.depth).with_background(background)
    }

    fn scheme(&self, name: &str) -> Scheme {
        let name = match (name, self.ground) {
            (AUTO, Some(Ground::Dark)) => &self.ui.theme_dark,
            (AUTO, Some(Ground::Light)) => &self.ui.theme_light,
            (AUTO, None) => "terminal",
            (name, _) => name,
        };
        let resolve = |name: &str| self.themes.library.resolve(name)?.ok();
        resolve(name).or_else(|| resolve("terminal")).unwrap_or_default()
    }
}

/// The file in the state directory with the theme that was picked on the screen.
#[derive(Debug, Clone)]
pub struct ThemeFile {
    path: PathBuf,
    /// The number of the latest writing: an older one that comes late writes nothing.
    latest: Arc<Mutex<u64>>,
}

impl ThemeFile {
    /// The file in this state directory.
    pub fn new(state: &Path) -> Self {
        Self { path: state.join("theme"), latest: Arc::default() }
    }

    /// The theme that was picked, if one was.
    pub fn read(&self) -> Option<String> {
        let text = std::fs::read_to_string(&self.path).ok()?;
        text.lines().next().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
    }

    /// Gives a writing its place; [`ThemeFile::write`] may then run on any thread.
    pub fn due(&self) -> u64 {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        *latest += 1;
        *latest
    }

    /// Keeps this theme: the new file takes the place of the old one whole.
    ///
    /// # Errors
    /// The system's; the old file then stays.
    pub fn write(&self, name: &str, number: u64) -> io::Result<()> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if *latest != number {
            return Ok(());
        }
        let new = self.path.with_extension("new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        writeln!(file, "{name}")?;
        std::fs::rename(&new, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::{Looks, ThemeFile};
    use crate::app::look::AUTO;
    use crate::config::{self, ThemeChoice, Ui};
    use crate::theme::Ground;
    use crate::ui::theme::{Depth, Role};

    fn looks(ui: Ui, ground: Option<Ground>) -> Looks {
        let mut looks = Looks::new(std::sync::Arc::default(), ui, Depth::True);
        looks.set_ground(ground);
        looks
    }

    /// Protects the choice by the terminal: dark, light, and, where it does not say, the sixteen colours that fit any (rule 7
    /// of UX.md).
    #[test]
    fn auto_goes_by_the_terminal() {
        let name = |ground| looks(Ui::default(), ground).theme(AUTO).name().to_owned();
        assert_eq!(name(Some(Ground::Dark)), "dusk");
        assert_eq!(name(Some(Ground::Light)), "paper");
        assert_eq!(name(None), "terminal");
        let ui = Ui { theme_dark: "nord".into(), theme_light: "solarized-light".into(), ..Ui::default() };
        assert_eq!(looks(ui.clone(), Some(Ground::Dark)).theme(AUTO).name(), "nord");
        assert_eq!(looks(ui, Some(Ground::Light)).theme(AUTO).name(), "solarized-light");
        let ui = Ui { theme: ThemeChoice::Auto, ..Ui::default() };
        assert_eq!(looks(ui, None).theme("no such theme").name(), "terminal");
    }

    /// Protects readability: dark text never stands on a dark terminal, whichever theme is picked; where theme and terminal
    /// agree, the terminal's own background stays.
    #[test]
    fn the_background_is_painted_where_the_terminal_has_another() {
        let painted = |background, name: &str, ground| {
            looks(Ui { background, ..Ui::default() }, ground).theme(name).style(Role::Bg).bg.is_some()
        };
        let auto = config::Background::Auto;
        assert!(painted(auto, "paper", Some(Ground::Dark)) && painted(auto, "dusk", Some(Ground::Light)));
        assert!(painted(auto, "dusk", None), "an unknown ground");
        assert!(!painted(auto, "nord", Some(Ground::Dark)) && !painted(auto, AUTO, Some(Ground::Light)));
        assert!(!painted(auto, "terminal", None) && !painted(auto, AUTO, None));
        assert!(painted(config::Background::Theme, "nord", Some(Ground::Dark)));
        assert!(!painted(config::Background::Terminal, "paper", Some(Ground::Dark)), "the user's word holds");
    }

    /// Protects a pick: it is there at the next start, and the latest of several is the one.
    #[test]
    fn a_pick_is_kept() {
        let home = tempfile::tempdir().unwrap();
        let file = ThemeFile::new(home.path());
        assert_eq!(file.read(), None);
        let (first, second) = (file.due(), file.due());
        file.write("nord", second).unwrap();
        file.write("dusk", first).unwrap();
        assert_eq!(ThemeFile::new(home.path()).read().as_deref(), Some("nord"));
    }
}
