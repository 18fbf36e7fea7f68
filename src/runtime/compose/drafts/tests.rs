//! Drafts that were encrypted are letters again.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::super::clerk::Job;
use super::super::tests::Scene;
use crate::app::compose::order::How;
use crate::compose::{Stamp, draft_of};
use crate::config::compose::Encrypt;
use crate::letter::{Letter, Seal};
use crate::mail::UnixTime;
use crate::runtime::shelf::Opened;
use crate::safe_text::SafeText;

/// An encrypted draft that was opened on the screen keeps its header. It is to be encrypted; but where it is ours and its
/// writer did not say so, the config of this device decides: with "when-possible" it may go to somebody without a key.
#[test]
fn an_encrypted_draft_is_as_its_writer_left_it() {
    let stamp = Stamp { now: UnixTime(0), zone: TimeZone::UTC, agent: None };
    let both = Seal { sign: true, encrypt: true, smime: false, plain: false };
    for (said, habit, encrypts) in [
        (Seal::default(), Encrypt::WhenPossible, false),
        (Seal::default(), Encrypt::Never, true),
        (both, Encrypt::WhenPossible, true),
    ] {
        let mut scene = Scene::new();
        let mut config = (*scene.materials.config).clone();
        config.compose.sealing.encrypt = habit;
        scene.work(Job::Config(Arc::new(config)));
        let begun = scene.begun(How::New).letter;
        let written = Letter { subject: "Plan".to_owned(), seal: said, message_id: "d9@acme.example".into(), ..begun };
        let bytes = draft_of(&written, b"Content-Type: multipart/encrypted; boundary=b\r\n\r\n--b--\r\n", &stamp);
        let draft = scene.put("Drafts", 9, ("Dana", "dana@acme.example"), ("", ""));
        scene.body(draft, std::str::from_utf8(&bytes).unwrap(), true);
        let inside: Arc<[u8]> = b"Content-Type: text/plain\r\n\r\nThe secret.\r\n".to_vec().into();
        scene
            .materials
            .opened
            .put_opened(draft, Opened { words: SafeText::new("x"), inside: Some(inside), encrypted: true });
        let letter = scene.begun(How::Draft(draft)).letter;
        assert_eq!((letter.subject.as_str(), letter.text.trim_end()), ("Plan", "The secret."));
        assert_eq!(letter.seal, Seal { encrypt: encrypts, ..said }, "{habit:?}");
    }
}

/// Whoever opens another program's draft in HTML is told what is not kept of it, and of one in plain text nothing.
#[test]
fn a_formatted_draft_says_what_is_lost() {
    let mut scene = Scene::new();
    for (uid, kind, told) in [(9, "text/html", true), (10, "text/plain", false)] {
        let mail = format!("From: dana@acme.example\r\nContent-Type: {kind}\r\n\r\n<b>Hello</b>\r\n");
        let draft = scene.put("Drafts", uid, ("Dana", "dana@acme.example"), ("", ""));
        scene.body(draft, &mail, true);
        let hints = scene.begun(How::Draft(draft)).hints;
        assert_eq!(hints.iter().any(|hint| hint.as_str().contains("formatted this draft")), told, "{hints:?}");
    }
}
