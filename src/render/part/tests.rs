//! Names that a message gives to its parts.

use super::safe_name;

/// Protects every directory that attachments are saved to (H40, FL01, RL: aerc's CVE-2025-49466).
#[test]
fn names_are_never_paths() {
    let cases = [
        ("../../.ssh/authorized_keys", "authorized_keys"),
        ("/etc/cron.d/x", "x"),
        ("..\\..\\Startup\\a.bat", "a.bat"),
        ("C:\\Windows\\x", "x"),
        (".profile", "profile"),
        ("-rf", "rf"),
        ("..", "part-7.pdf"),
        ("", "part-7.pdf"),
        ("a\0b.txt", "b.txt"),
        ("a\nb\u{202e}.txt", "a b\u{fffd}.txt"),
        ("x\u{2215}..\u{2215}y", "y"),
        ("NUL.txt", "_NUL.txt"),
        ("lpt1", "_lpt1"),
        ("a\"; touch pwned; \".pdf", "a__ touch pwned_ _.pdf"),
        ("%s`x`", "_s_x_"),
    ];
    for (raw, expected) in cases {
        assert_eq!(safe_name(raw, "application/pdf", 7), expected, "{raw:?}");
    }
    let long = format!("{}.pdf", "ü".repeat(300));
    let name = safe_name(&long, "application/pdf", 1);
    assert!(name.len() <= 200 && name.contains(".pdf"));
}
