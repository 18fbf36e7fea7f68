//! Letters whose drafts another device sent or removed.

use super::Scene;
use crate::app::compose::order::{How, News, Order};
use crate::letter::{DraftCopy, Letter, LetterId};
use crate::letters::copies::{Copies, digest};

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
