//! What is known of the terminal without asking it anything.

use std::io::IsTerminal;

use crate::config::env::Env;

/// Columns and rows of the terminal behind stdout; `None` when stdout is none.
pub(super) fn size() -> Option<(u16, u16)> {
    let stdout = std::io::stdout();
    if !stdout.is_terminal() {
        return None;
    }
    let size = rustix::termios::tcgetwinsize(&stdout).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
}

/// Whether the locale says UTF-8.
pub(super) fn utf8(env: &Env) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| env.get(name));
    locale.and_then(|locale| locale.into_string().ok()).is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}
