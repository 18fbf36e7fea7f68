//! What the threads of the reader share: images that were loaded, messages that were opened, pictures that are drawn.
//!
//! Everything here is kept in memory alone and goes with the program.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::mail::MessageId;
use crate::render::facts::PictureSource;
use crate::runtime::pictures::Encoded;
use crate::safe_text::SafeText;

/// Bytes of loaded images that are kept; the oldest message's go first.
const MAX_LOADED: usize = 64 << 20;
/// Pictures that are kept as they are drawn.
const MAX_DRAWN: usize = 48;
/// Opened messages that are kept.
const MAX_OPENED: usize = 20;

/// An image from the net.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Its URL, as the document has it.
    pub url: String,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// Columns and rows of pixels.
    pub size: (u32, u32),
}

/// A message whose signature was checked or that was decrypted.
#[derive(Debug, Clone)]
pub struct Opened {
    /// What was found.
    pub words: SafeText,
    /// What was inside, as a message of its own.
    pub inside: Option<Arc<[u8]>>,
    /// Whether it was encrypted, in whichever layer.
    pub encrypted: bool,
}

/// Which picture of which message, in how many cells.
pub type Key = (MessageId, PictureSource, (u16, u16));

/// The shelf; cheap to share.
#[derive(Clone, Default)]
pub struct Shelf(Arc<Mutex<Things>>);

#[derive(Default)]
struct Things {
    loaded: VecDeque<(MessageId, Vec<Loaded>)>,
    opened: VecDeque<(MessageId, Opened)>,
    drawn: VecDeque<(Key, Option<Arc<Encoded>>)>,
    /// How often what is here of a message changed.
    versions: BTreeMap<MessageId, u64>,
}

impl Shelf {
    fn things(&self) -> MutexGuard<'_, Things> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the images of a message.
    pub fn put_loaded(&self, message: MessageId, images: Vec<Loaded>) {
        let mut things = self.things();
        *things.versions.entry(message).or_default() += 1;
        things.loaded.retain(|(other, _)| *other != message);
        things.loaded.push_back((message, images));
        let bytes = |things: &Things| -> usize {
            things.loaded.iter().flat_map(|(_, images)| images).map(|image| image.bytes.len()).sum()
        };
        while things.loaded.len() > 1 && bytes(&things) > MAX_LOADED {
            things.loaded.pop_front();
        }
    }

    /// The images of a message.
    pub fn loaded(&self, message: MessageId) -> Vec<Loaded> {
        let things = self.things();
        things.loaded.iter().find(|(other, _)| *other == message).map(|(_, images)| images.clone()).unwrap_or_default()
    }

    /// Keeps what was found in a message.
    pub fn put_opened(&self, message: MessageId, opened: Opened) {
        let mut things = self.things();
        *things.versions.entry(message).or_default() += 1;
        things.opened.retain(|(other, _)| *other != message);
        things.opened.push_back((message, opened));
        if things.opened.len() > MAX_OPENED {
            things.opened.pop_front();
        }
        // Its parts are others now.
        things.drawn.retain(|((other, _, _), _)| *other != message);
    }

    /// What was found in a message.
    pub fn opened(&self, message: MessageId) -> Option<Opened> {
        self.things().opened.iter().find(|(other, _)| *other == message).map(|(_, opened)| opened.clone())
    }

    /// How often what is here of a message changed: it looks different each time.
    pub fn version(&self, message: MessageId) -> u64 {
        self.things().versions.get(&message).copied().unwrap_or_default()
    }

    /// Forgets how the pictures of a message are drawn: more of it is here now.
    pub fn forget_drawn(&self, message: MessageId) {
        self.things().drawn.retain(|((other, _, _), _)| *other != message);
    }

    /// Keeps a picture as it is drawn; none for one that cannot be.
    pub fn put_drawn(&self, key: Key, picture: Option<Arc<Encoded>>) {
        let mut things = self.things();
        things.drawn.retain(|(other, _)| *other != key);
        things.drawn.push_back((key, picture));
        if things.drawn.len() > MAX_DRAWN {
            things.drawn.pop_front();
        }
    }

    /// The picture as it is drawn: `None` if nobody has tried, `Some(None)` if it cannot be drawn.
    pub fn drawn(&self, key: &Key) -> Option<Option<Arc<Encoded>>> {
        self.things().drawn.iter().find(|(other, _)| other == key).map(|(_, picture)| picture.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::{Loaded, MAX_LOADED, Opened, Shelf};
    use crate::mail::MessageId;
    use crate::render::facts::PictureSource;
    use crate::safe_text::SafeText;

    /// Protects the memory: images of the message loaded first go when there are too many, the newest always stay.
    #[test]
    fn loaded_images_are_bounded() {
        let shelf = Shelf::default();
        let image = |bytes: usize| Loaded { url: "u".into(), bytes: vec![0; bytes].into(), size: (1, 1) };
        shelf.put_loaded(MessageId(1), vec![image(MAX_LOADED / 2)]);
        shelf.put_loaded(MessageId(2), vec![image(MAX_LOADED / 2 + 1)]);
        assert!(shelf.loaded(MessageId(1)).is_empty());
        assert_eq!(shelf.loaded(MessageId(2)).len(), 1);
        shelf.put_loaded(MessageId(3), vec![image(MAX_LOADED + 1)]);
        assert_eq!(shelf.loaded(MessageId(3)).len(), 1);
    }

    /// Protects an opened message from pictures of what it was before.
    #[test]
    fn opening_forgets_pictures() {
        let shelf = Shelf::default();
        let key = (MessageId(1), PictureSource::Part(0), (10, 5));
        shelf.put_drawn(key.clone(), None);
        assert!(shelf.drawn(&key).is_some());
        shelf.put_opened(MessageId(1), Opened { words: SafeText::new("x"), inside: None, encrypted: false });
        assert!(shelf.drawn(&key).is_none() && shelf.opened(MessageId(1)).is_some());
    }
}
