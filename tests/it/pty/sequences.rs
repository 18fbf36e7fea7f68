//! Which control sequences were written: everything that is not on the list of the program's own (O3).

/// Private modes that the program sets and resets: cursor, mouse, focus, alternate screen, paste, synchronized output.
const MODES: [&str; 9] = ["25", "1000", "1002", "1003", "1004", "1006", "1015", "1049", "2004"];
/// The query for the background colour and its fence, and the default cursor style of a library's reset.
const QUERIES: [&str; 2] = ["]11;?", "[c"];

/// The sequences and characters that are not the program's own, each as text.
pub fn foreign(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut found = Vec::new();
    let mut rest = text.as_ref();
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..).unwrap_or_default();
        if first == '\u{1b}' {
            let length = sequence(after);
            let (body, left) = after.split_at_checked(length).unwrap_or((after, ""));
            if !own(body) {
                found.push(format!("ESC {}", body.escape_debug()));
            }
            rest = left;
            continue;
        }
        if first.is_control() || hidden(first) {
            found.push(format!("{first:?}"));
        }
        rest = after;
    }
    found
}

/// Bidi controls and tag characters.
fn hidden(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e0fff}')
}

/// How many bytes after ESC belong to its sequence.
fn sequence(after: &str) -> usize {
    match after.chars().next() {
        Some('[') => {
            let body = after.get(1..).unwrap_or_default();
            body.find(|c: char| ('@'..='~').contains(&c)).map_or(after.len(), |end| end + 2)
        }
        Some(']' | 'P' | '_' | '^' | 'X') => {
            let ends = [after.find('\u{7}').map(|at| at + 1), after.find("\u{1b}\\").map(|at| at + 2)];
            ends.into_iter().flatten().min().unwrap_or(after.len())
        }
        Some(other) => other.len_utf8(),
        None => 0,
    }
}

fn own(body: &str) -> bool {
    if QUERIES.iter().any(|query| body.trim_end_matches(['\u{7}', '\u{1b}', '\\']) == *query) {
        return true;
    }
    if let Some(title) = body.strip_prefix("]0;") {
        let title = title.trim_end_matches('\u{7}');
        let number = title.strip_prefix("posthaste (").and_then(|title| title.strip_suffix(')'));
        return title.is_empty() || title == "posthaste" || number.is_some_and(|n| n.parse::<u64>().is_ok());
    }
    let Some(csi) = body.strip_prefix('[') else { return false };
    // The title is kept, and brought back.
    if csi == "22;2t" || csi == "23;2t" {
        return true;
    }
    if let Some(mode) = csi.strip_prefix('?').and_then(|mode| mode.strip_suffix(['h', 'l'])) {
        return mode == "2026" || MODES.contains(&mode);
    }
    // Styles, positions, erasing.
    let parameters = csi.trim_end_matches(['m', 'H', 'J', 'K']);
    parameters.len() + 1 == csi.len() && parameters.chars().all(|c| c.is_ascii_digit() || c == ';')
}

/// Protects the check itself: what is the program's own passes, what is not is found.
#[test]
fn the_list_is_strict() {
    assert_eq!(
        foreign(b"\x1b[?1049h\x1b[2J\x1b[38;2;1;2;3mInbox\x1b[0m\x1b]0;posthaste (3)\x07\x1b[4;5H\x1b[?2026l"),
        [""; 0]
    );
    for bad in [
        "\x1b]52;c;ZXZpbA==\x07",
        "\x1b]0;owned\x07",
        "\x1b]8;;https://evil\x1b\\",
        "\x1b[?1047h",
        "\x1b[5n",
        "\x1bPq\x1b\\",
        "\x1b_x\x1b\\",
        "\x1bc",
        "\u{9b}2J",
        "\u{202e}",
        "\r",
    ] {
        assert_eq!(foreign(bad.as_bytes()).len(), 1, "{}", bad.escape_debug());
    }
}
