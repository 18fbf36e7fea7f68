//! The oracle of secrets (O5): whether a secret is in anything that a run left behind, as it is or in any of its encodings.

use std::fmt::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// What a secret would look like: how it is written, and the bytes.
fn forms(secret: &str) -> Vec<(String, Vec<u8>)> {
    let bytes = secret.as_bytes();
    let hex: String = bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let json = serde_json::to_string(secret).unwrap();
    let mut forms = vec![
        ("plain".to_owned(), bytes.to_vec()),
        ("hex".to_owned(), hex.clone().into_bytes()),
        ("HEX".to_owned(), hex.to_uppercase().into_bytes()),
        ("json".to_owned(), json.trim_matches('"').as_bytes().to_vec()),
        ("debug".to_owned(), format!("{secret:?}").trim_matches('"').as_bytes().to_vec()),
        ("form".to_owned(), url::form_urlencoded::byte_serialize(bytes).collect::<String>().into_bytes()),
        ("utf-16".to_owned(), secret.encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ];
    for (name, keep) in [("percent", "-._~"), ("percent, loosely", "-._~+/=!*'()"), ("quoted-printable", "")] {
        let (sign, printable) = if keep.is_empty() { ('=', true) } else { ('%', false) };
        let text = bytes.iter().fold(String::new(), |mut text, &byte| {
            let plain = byte.is_ascii_alphanumeric()
                || keep.as_bytes().contains(&byte)
                || printable && (b' '..=b'~').contains(&byte) && byte != b'=';
            if plain {
                text.push(char::from(byte));
            } else {
                write!(text, "{sign}{byte:02X}").unwrap();
            }
            text
        });
        forms.push((name.to_owned(), text.into_bytes()));
    }
    for (name, engine) in [("base64", &STANDARD), ("base64url", &URL_SAFE)] {
        for before in 0..3 {
            // What stands before and behind it decides on the letters at the edges: only those between are its own.
            let text = engine.encode([vec![0; before], bytes.to_vec()].concat());
            let first = (before * 8).div_ceil(6);
            let last = (before + bytes.len()) * 8 / 6;
            let inner = text.as_bytes()[first..last].to_vec();
            forms.push((format!("{name} at {before}"), inner));
        }
    }
    forms
}

/// Where a secret stands in these bytes: how it is written there.
pub fn found(secret: &str, bytes: &[u8]) -> Option<String> {
    forms(secret).into_iter().find(|(_, form)| memchr::memmem::find(bytes, form).is_some()).map(|(name, _)| name)
}

/// Fails where one of these secrets is in these bytes.
#[track_caller]
pub fn assert_hidden(secrets: &[String], what: &str, bytes: &[u8]) {
    for secret in secrets {
        if let Some(form) = found(secret, bytes) {
            panic!("{secret} is in {what} ({form}):\n{}", String::from_utf8_lossy(bytes));
        }
    }
}

/// Fails where one of these secrets is in a file below this directory, but for those at these paths; gives how many files
/// were looked at.
#[track_caller]
pub fn assert_hidden_below(secrets: &[String], dir: &Path, but: &[&Path]) -> usize {
    let mut count = 0;
    let mut open = vec![dir.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).unwrap() {
            let entry = entry.unwrap();
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            if but.contains(&path.as_path()) {
                continue;
            }
            assert_hidden(secrets, "a file's name", path.as_os_str().as_encoded_bytes());
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_file() {
                assert_hidden(secrets, &path.display().to_string(), &std::fs::read(&path).unwrap());
                count += 1;
            }
        }
    }
    count
}

/// The oracle sees what it is for: each way to write a secret is found, wherever it stands, and nothing else is.
#[test]
fn the_oracle_sees() {
    let secret = "p4 \"ss\\w\u{f6}rd=+/%{}";
    for (name, form) in forms(secret) {
        let around = [b"before ".to_vec(), form, b" behind".to_vec()].concat();
        assert!(found(secret, &around).is_some(), "{name}");
    }
    for before in ["", "a", "ab", "abc", "\0dana\0"] {
        let text = STANDARD.encode(format!("{before}{secret}\r\n"));
        assert!(found(secret, text.as_bytes()).is_some(), "{before:?}");
    }
    assert_eq!(found(secret, b"p4 ss word, as it is not"), None);
}
