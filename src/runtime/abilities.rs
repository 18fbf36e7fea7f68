//! What the terminal can do beyond cells: notices, a progress line in its frame. By what the environment says; what is not
//! known is not used, for a terminal may show what it does not understand.

/// A terminal, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// How it tells of something.
    pub notice: Channel,
    /// What stands between it and the program.
    pub between: Between,
    /// Whether it takes OSC 9;4 for progress. To some others that is a notice with the text "4;1;20".
    pub progress: bool,
}

/// How a terminal tells of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// OSC 9 (iTerm2).
    Osc9,
    /// OSC 777;notify (rxvt).
    Osc777,
    /// OSC 99 (kitty).
    Osc99,
    /// The bell.
    Bell,
}

/// What stands between the program and the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Between {
    /// Nothing.
    Nothing,
    /// tmux: what is not its own has to be wrapped, and goes through where `allow-passthrough` is on.
    Tmux,
    /// GNU screen, or another one that lets nothing through.
    Other,
}

/// The programs that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Program {
    Kitty,
    Iterm2,
    WezTerm,
    Ghostty,
    Foot,
    Rxvt,
    Windows,
    Vte,
    Unknown,
}

impl Abilities {
    /// What this environment says.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let has = |name: &str| variable(name).filter(|value| !value.is_empty());
        let term = has("TERM").unwrap_or_default();
        let between = if has("TMUX").is_some() || term.starts_with("tmux") {
            Between::Tmux
        } else if has("STY").is_some() || has("ZELLIJ").is_some() || term.starts_with("screen") {
            Between::Other
        } else {
            Between::Nothing
        };
        let program = match between {
            Between::Nothing => direct(&term, &has),
            // It was started by the terminal, or attached from another one: its variables are the best guess.
            Between::Tmux => inherited(&has),
            Between::Other => Program::Unknown,
        };
        let notice = match program {
            Program::Kitty => Channel::Osc99,
            Program::Iterm2 | Program::WezTerm => Channel::Osc9,
            Program::Ghostty | Program::Foot | Program::Rxvt => Channel::Osc777,
            Program::Windows | Program::Vte | Program::Unknown => Channel::Bell,
        };
        let progress = between == Between::Nothing && takes_progress(program, &has);
        Self { notice, between, progress }
    }
}

/// `TERM` first: it crosses ssh, and each terminal sets its own.
fn direct(term: &str, has: &impl Fn(&str) -> Option<String>) -> Program {
    match term {
        "xterm-kitty" => return Program::Kitty,
        "xterm-ghostty" | "ghostty" => return Program::Ghostty,
        "wezterm" => return Program::WezTerm,
        _ if term.starts_with("foot") => return Program::Foot,
        _ if term.starts_with("rxvt") => return Program::Rxvt,
        "linux" | "dumb" | "" => return Program::Unknown,
        _ => {}
    }
    match has("TERM_PROGRAM").as_deref() {
        Some("iTerm.app") => Program::Iterm2,
        Some("WezTerm") => Program::WezTerm,
        Some("ghostty") => Program::Ghostty,
        Some("kitty") => Program::Kitty,
        None if has("LC_TERMINAL").is_some_and(|name| name == "iTerm2") => Program::Iterm2,
        None if has("WT_SESSION").is_some() || has("ConEmuANSI").is_some_and(|on| on == "ON") => Program::Windows,
        None if has("VTE_VERSION").is_some() => Program::Vte,
        // One that is not known says so by its name, and no variable that it inherited speaks for it.
        Some(_) | None => Program::Unknown,
    }
}

fn inherited(has: &impl Fn(&str) -> Option<String>) -> Program {
    let any = |names: &[&str]| names.iter().any(|name| has(name).is_some());
    if any(&["KITTY_WINDOW_ID"]) {
        Program::Kitty
    } else if any(&["GHOSTTY_RESOURCES_DIR", "GHOSTTY_BIN_DIR"]) {
        Program::Ghostty
    } else if any(&["WEZTERM_PANE", "WEZTERM_EXECUTABLE"]) {
        Program::WezTerm
    } else if any(&["ITERM_SESSION_ID"]) || has("LC_TERMINAL").is_some_and(|name| name == "iTerm2") {
        Program::Iterm2
    } else {
        Program::Unknown
    }
}

/// Versions from which on OSC 9;4 is progress: iTerm2 3.6.6, Ghostty 1.2, `WezTerm` of February 2025, VTE 0.79. kitty ignores
/// it, and before that showed it as a notice.
fn takes_progress(program: Program, has: &impl Fn(&str) -> Option<String>) -> bool {
    let version = has("TERM_PROGRAM_VERSION").or_else(|| has("LC_TERMINAL_VERSION")).unwrap_or_default();
    let part = |place: usize| -> u32 {
        let parts = version.split(['.', '-', '+', ' ']).nth(place).unwrap_or_default();
        let digits: String = parts.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or(0)
    };
    let number = (part(0), part(1), part(2));
    match program {
        Program::Windows => true,
        Program::Iterm2 => number >= (3, 6, 6),
        Program::Ghostty => number >= (1, 2, 0),
        Program::WezTerm => number.0 >= 20_250_209,
        Program::Vte => has("VTE_VERSION").and_then(|version| version.parse::<u32>().ok()).is_some_and(|v| v >= 7900),
        Program::Kitty | Program::Foot | Program::Rxvt | Program::Unknown => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Abilities, Between, Channel};

    fn detect(variables: &[(&str, &str)]) -> Abilities {
        Abilities::detect(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    /// Protects who is told: each terminal in its own way, and one that is not known by its bell.
    #[test]
    fn terminals_by_their_names() {
        for (variables, channel) in [
            (&[("TERM", "xterm-kitty")][..], Channel::Osc99),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")], Channel::Osc9),
            (&[("TERM", "xterm-256color"), ("LC_TERMINAL", "iTerm2")], Channel::Osc9),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")], Channel::Osc9),
            (&[("TERM", "xterm-ghostty")], Channel::Osc777),
            (&[("TERM", "foot")], Channel::Osc777),
            (&[("TERM", "rxvt-unicode-256color")], Channel::Osc777),
            (&[("TERM", "xterm-256color")], Channel::Bell),
            (&[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "1")], Channel::Bell),
            (&[("TERM", "linux")], Channel::Bell),
            (&[("TERM", "xterm-256color"), ("WT_SESSION", "x")], Channel::Bell),
            (&[("TERM", "screen"), ("TERM_PROGRAM", "WezTerm")], Channel::Bell),
            (&[("TERM", "tmux-256color"), ("TMUX", "x"), ("TERM_PROGRAM", "tmux")], Channel::Bell),
            (&[("TERM", "screen-256color"), ("TMUX", "x"), ("KITTY_WINDOW_ID", "1")], Channel::Osc99),
        ] {
            assert_eq!(detect(variables).notice, channel, "{variables:?}");
        }
        assert_eq!(detect(&[("TERM", "tmux-256color")]).between, Between::Tmux);
        assert_eq!(detect(&[("TERM", "screen.xterm"), ("STY", "1")]).between, Between::Other);
    }

    /// Protects from a notice "4;1;20": progress goes to terminals alone that are known to take it, in a version that does.
    #[test]
    fn progress_goes_to_few() {
        let program = |name: &str, version: &str| {
            let variables = [("TERM", "xterm-256color"), ("TERM_PROGRAM", name), ("TERM_PROGRAM_VERSION", version)];
            detect(&variables).progress
        };
        assert!(program("iTerm.app", "3.6.6") && program("iTerm.app", "3.7.0beta1") && !program("iTerm.app", "3.5.14"));
        assert!(program("ghostty", "1.2.3") && !program("ghostty", "1.1.3") && !program("ghostty", ""));
        assert!(program("WezTerm", "20250301-110809-5046fc22") && !program("WezTerm", "20240203-110809-5046fc22"));
        assert!(!program("vscode", "1.99.0") && !program("Apple_Terminal", "455"));
        let other = |variables: &[(&str, &str)]| detect(variables).progress;
        assert!(other(&[("TERM", "xterm-256color"), ("WT_SESSION", "x")]));
        assert!(other(&[("TERM", "xterm-256color"), ("VTE_VERSION", "8000")]));
        assert!(!other(&[("TERM", "xterm-256color"), ("VTE_VERSION", "7600")]));
        assert!(!other(&[("TERM", "xterm-kitty")]) && !other(&[("TERM", "xterm-256color")]) && !other(&[]));
        assert!(!other(&[("TERM", "tmux-256color"), ("TMUX", "x"), ("WT_SESSION", "x")]));
    }
}
