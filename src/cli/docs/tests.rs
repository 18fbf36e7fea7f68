//! Tests of what is made from the tables.

use super::*;

/// The man page has every command and every default key, and no line of it is taken for a roff request by mistake.
#[test]
fn the_man_page_is_whole() {
    let page = man_page().unwrap();
    for command in Args::command().get_subcommands() {
        assert!(page.contains(&format!("\\fBposthaste {}", command.get_name())), "{}", command.get_name());
    }
    assert!(!page.contains("posthaste help") && !page.contains("posthaste account help"), "{page}");
    assert!(page.contains("posthaste config schema") && page.contains(&roff("--limit <COUNT>")), "{page}");
    for row in rows(&Keymap::defaults()) {
        assert!(page.contains(&format!("\\fB{}\\fR\n{} ({})", roff(&row.keys), roff(&row.name), roff(&row.action))));
    }
    for line in page.lines().filter(|line| line.starts_with('.')) {
        let request: String = line.chars().skip(1).take_while(char::is_ascii_alphabetic).collect();
        assert!(
            ["TH", "SH", "SS", "TP", "ie", "el", "RS", "RE", "br", "PP", "nf", "fi"].contains(&request.as_str()),
            "{line}"
        );
    }
    assert_eq!(roff(".x-\\y\nz"), "\\&.x\\-\\\\y z");
}
