//! Texts of editors that were ended before they saved.

use std::fs;
use std::time::{Duration, SystemTime};

use rstest::rstest;

use super::Scene;
use crate::app::compose::order::How;
use crate::letter::Letter;

/// What an editor put aside when its window was closed is the text, and the one before it is kept, too; what was written
/// since is not lost for it.
#[rstest]
#[case::nano("text.eml.save", true)]
#[case::nano_again("text.eml.save.1", true)]
#[case::emacs("#text.md#", true)]
#[case::older("text.eml.save", false)]
fn what_an_editor_put_aside_is_found(#[case] name: &str, #[case] newer: bool) {
    let mut scene = Scene::new();
    let begun = scene.begun(How::New).letter;
    let letter = Letter { text: "Before".into(), ..begun };
    scene.materials.letters.keep(&letter).unwrap();
    let dir = scene.materials.letters.place(letter.id);
    fs::write(dir.join("text.eml"), "Before\n").unwrap();
    let aside = dir.join(name);
    fs::write(&aside, "After\n").unwrap();
    let age = SystemTime::now() - Duration::from_mins(1);
    if !newer {
        fs::File::options().write(true).open(&aside).unwrap().set_modified(age).unwrap();
    }
    let again = scene.begun(How::Kept(letter.id));
    let (text, kept, words) =
        if newer { ("After", "Before\n", "before it saved") } else { ("Before", "After\n", "An older text") };
    assert_eq!(again.letter.text, text);
    assert!(again.hints.len() == 1 && again.hints[0].as_str().contains(words), "{:?}", again.hints);
    assert_eq!(fs::read_to_string(dir.join("editor-1.txt")).unwrap(), kept);
    assert!(!aside.exists() && !dir.join("text.eml").exists());
    assert_eq!(scene.materials.letters.load(letter.id).unwrap().unwrap().text, text);
    assert!(scene.begun(How::Kept(letter.id)).hints.is_empty(), "it is told once");
}
