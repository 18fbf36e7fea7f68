//! Which protocol which terminal gets.

use rstest::rstest;

use super::*;

fn detect(setting: Pictures, depth: Depth, pairs: &[(&str, &str)]) -> Option<Protocol> {
    let variable = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    Graphics::detect(setting, depth, ASSUMED_CELL, variable).map(|graphics| graphics.protocol)
}

/// Protects each terminal's own protocol, also behind ssh and within a terminal that inherited variables.
#[rstest]
#[case(&[("TERM", "xterm-kitty")], Protocol::Kitty)]
#[case(&[("TERM", "xterm-kitty"), ("TERM_PROGRAM", "WezTerm"), ("WEZTERM_PANE", "0")], Protocol::Kitty)]
#[case(&[("TERM", "xterm-ghostty")], Protocol::Kitty)]
#[case(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")], Protocol::Iterm2)]
#[case(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")], Protocol::Iterm2)]
#[case(&[("TERM", "xterm-256color"), ("LC_TERMINAL", "iTerm2")], Protocol::Iterm2)]
#[case(&[("TERM", "foot")], Protocol::Sixel)]
#[case(&[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "1")], Protocol::Kitty)]
#[case(&[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "1"), ("VTE_VERSION", "7600")], Protocol::Blocks)]
#[case(&[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "1"), ("TERM_PROGRAM", "vscode")], Protocol::Blocks)]
#[case(&[("TERM", "xterm-256color"), ("KONSOLE_VERSION", "230805")], Protocol::Iterm2)]
#[case(&[("TERM", "xterm-256color"), ("KONSOLE_VERSION", "210400")], Protocol::Blocks)]
#[case(&[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "")], Protocol::Blocks)]
#[case(&[("TERM", "tmux-256color"), ("TMUX", "/tmp/tmux,1,0"), ("KITTY_WINDOW_ID", "1")], Protocol::Blocks)]
#[case(&[("TERM", "xterm-kitty"), ("STY", "1.pts")], Protocol::Blocks)]
fn the_environment_names_the_protocol(#[case] pairs: &[(&str, &str)], #[case] protocol: Protocol) {
    assert_eq!(detect(Pictures::Auto, Depth::True, pairs), Some(protocol));
}

/// Protects people without colours, and those who said what they want.
#[test]
fn settings_and_colours_decide() {
    let kitty = [("TERM", "xterm-kitty")];
    assert_eq!(detect(Pictures::Off, Depth::True, &kitty), None);
    assert_eq!(detect(Pictures::Auto, Depth::None, &kitty), None, "NO_COLOR");
    assert_eq!(detect(Pictures::Kitty, Depth::None, &kitty), None, "NO_COLOR is stronger than the setting");
    assert_eq!(detect(Pictures::Auto, Depth::Sixteen, &kitty), Some(Protocol::Kitty), "ssh drops COLORTERM");
    assert_eq!(detect(Pictures::Auto, Depth::Sixteen, &[("TERM", "xterm")]), None);
    assert_eq!(detect(Pictures::Sixel, Depth::True, &kitty), Some(Protocol::Sixel));
    let tmux = [("TERM", "tmux-256color"), ("TMUX", "/tmp/tmux,1,0")];
    assert_eq!(detect(Pictures::Kitty, Depth::Indexed, &tmux), Some(Protocol::Kitty));
    assert_eq!(detect(Pictures::Iterm2, Depth::Indexed, &tmux), Some(Protocol::Blocks), "tmux cannot place it");
}

/// Protects sizes from drivers that say nothing, or nonsense.
#[test]
fn an_unknown_cell_is_assumed() {
    assert_eq!(cell_of((800, 480), (80, 24)), (10, 20));
    assert_eq!(cell_of((0, 0), (80, 24)), ASSUMED_CELL);
    assert_eq!(cell_of((800, 480), (0, 0)), ASSUMED_CELL);
    assert_eq!(cell_of((u16::MAX, 480), (1, 24)), ASSUMED_CELL);
}
