//! Letters whose drafts another device sent or removed.

use super::super::clerk::Job;
use super::Scene;
use crate::app::compose::order::{How, News, Order};
use crate::letter::{DraftCopy, Letter, LetterId};
use crate::letters::copies::{Copies, digest};
use crate::safe_text::SafeText;

/// What another device wrote of the letter `m9@x.example`.
const ELSEWHERE: &str = "From: dana@acme.example\r\nSubject: Plan\r\nMessage-ID: <m9@x.example>\r\n\r\nMore words.\r\n";

fn listed(scene: &mut Scene) -> Vec<LetterId> {
    match scene.order(Order::Shelf).pop() {
        Some(News::Shelf { letters, .. }) => letters.iter().map(|unsent| unsent.letter).collect(),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn told(scene: &mut Scene, id: LetterId, words: &str) {
    let hints = scene.begun(How::Kept(id)).hints;
    assert!(hints.len() == 1 && hints[0].as_str().starts_with(words), "{hints:?}");
}

/// What another device sent or removed is no letter that waits here, unless something was written in it since; whoever opens
/// it is told.
#[test]
fn what_another_device_did_is_told() {
    let mut scene = Scene::new();
    let letters = scene.materials.letters.clone();
    let begun = scene.begun(How::New).letter;
    let letter = Letter { subject: "Plan".into(), message_id: "m8@x.example".into(), ..begun };
    let id = letter.id;
    letters.keep(&letter).unwrap();
    assert_eq!((listed(&mut scene), scene.begun(How::Kept(id)).hints.len()), (vec![id], 0));
    let there = Copies {
        account: "work".into(),
        newest: Some(DraftCopy { folder: "Drafts".into(), validity: 7, uid: 4 }),
        holds: Some(digest(&letter)),
        ..Copies::default()
    };
    letters.note_copies(id, &there).unwrap();
    assert_eq!(listed(&mut scene), [id]);
    letters.note_copies(id, &Copies { left: true, ..there }).unwrap();
    assert_eq!(listed(&mut scene), []);
    told(&mut scene, id, "Another device removed this draft");
    scene.put("Sent", 8, ("Dana", "dana@acme.example"), ("Ada", "ada@x.example"));
    told(&mut scene, id, "This was sent already");
    letters.keep(&Letter { text: "More.".into(), ..letter }).unwrap();
    assert_eq!(listed(&mut scene), [id]);
}

/// A letter that another device went on with is gone on with from there, whichever way it is opened; where that cannot be
/// had, and where words were written here since, the one of here opens, and its writer is told.
#[test]
fn what_another_device_wrote_is_gone_on_with() {
    for written_here in [false, true] {
        let mut scene = Scene::new();
        let letters = scene.materials.letters.clone();
        let begun = scene.begun(How::New).letter;
        let letter = Letter { text: "Words.".into(), message_id: "m9@x.example".into(), ..begun };
        let (id, account) = (letter.id, scene.account);
        letters.keep(&letter).unwrap();
        let newest = Some(DraftCopy { folder: "Drafts".into(), validity: 7, uid: 4 });
        let holds = Some(digest(&letter));
        let copies = Copies { account: "work".into(), newest, holds, left: true, ..Copies::default() };
        letters.note_copies(id, &copies).unwrap();
        if written_here {
            letters.keep(&Letter { text: "Words of here.".into(), ..letter.clone() }).unwrap();
        }
        let draft = scene.put("Drafts", 9, ("Dana", "dana@acme.example"), ("", ""));
        let changed = "Another device changed this draft";
        if written_here {
            told(&mut scene, id, changed);
            assert_eq!(scene.begun(How::Kept(id)).letter.text, "Words of here.");
            continue;
        }
        assert!(scene.begin(How::Kept(id)).is_empty());
        let alone = super::begun(scene.work(Job::Offline(account, SafeText::new("no network"))));
        assert_eq!((alone.letter.id, alone.letter.text.as_str()), (id, "Words."));
        assert!(alone.hints[0].as_str().starts_with(changed), "{:?}", alone.hints);
        scene.body(draft, ELSEWHERE, true);
        let begun = scene.begun(How::Kept(id));
        assert_eq!((begun.letter.id, begun.letter.text.trim_end(), begun.hints.len()), (id, "More words.", 0));
        assert_eq!(letters.copies(id).newest.map(|copy| copy.uid), Some(9));
        assert_eq!(listed(&mut scene), [id]);
    }
}
