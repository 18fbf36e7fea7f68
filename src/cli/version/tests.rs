//! What the program says of itself.

use super::*;

/// Protects whoever reads a report of a fault: it says what the program was built with.
#[test]
fn it_says_what_it_was_built_with() {
    let text = LONG.as_str();
    assert!(text.starts_with(env!("CARGO_PKG_VERSION")), "{text}");
    for part in ["built by  rustc 1.", "\nfor ", "\nTLS       OpenSSL", "\nkeyring   ", "\nSQLite    3."] {
        assert!(text.contains(part), "{part:?} is missing in {text}");
    }
}
