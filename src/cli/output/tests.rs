//! Tests of what reaches stdout.

use std::sync::{Arc, Mutex};

use super::*;

/// A writer whose bytes can be looked at.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn written(work: impl FnOnce(&mut Output)) -> String {
    let shared = Shared::default();
    work(&mut Output::to(Format::Text, Box::new(shared.clone()), Box::new(shared.clone())));
    let bytes = shared.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

/// TM: a mail's text cannot steer the terminal through the command line either, on stdout or stderr.
#[test]
fn no_control_byte_gets_through() {
    let evil = "a\u{1b}]52;c;eHg=\u{7}b\u{9b}31mc\rd\ne";
    let text = written(|out| {
        out.line(evil).unwrap();
        out.fields([evil, "x\ty"]).unwrap();
        out.note(evil);
        out.error(evil);
        out.json(&[evil]).unwrap();
    });
    let bad = |c: char| c.is_control() && c != '\n' && c != '\t';
    assert!(!text.contains(bad), "{text:?}");
    assert_eq!(text.lines().count(), 7, "a line break in a value makes no new line: {text:?}");
    assert_eq!(text.matches('\t').count(), 1, "a tab in a value makes no new field: {text:?}");
}

/// JSON keeps the value: what is escaped reads back as it was.
#[test]
fn json_reads_back() {
    let value = "e\u{301} \u{9b} \u{1f600} \u{7f} \"q\" \\ \n\t";
    let text = written(|out| out.json(&value).unwrap());
    assert_eq!(serde_json::from_str::<String>(&text).unwrap(), value);
    assert!(!text.trim_end().contains(char::is_control), "{text:?}");
}
