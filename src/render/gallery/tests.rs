//! What becomes of images.

use super::{Gallery, Inline, Inlines, Shown, Tag, size_words};
use crate::render::facts::{Picture, PictureSource};
use crate::safe_text::SafeText;

fn gallery() -> Gallery {
    let logo = Inline { part: 2, name: SafeText::new("logo.png"), bytes: 84_000, size: Some((200, 100)) };
    let icon = Inline { part: 3, name: SafeText::new("icon.png"), bytes: 500, size: Some((16, 16)) };
    let inlines = Inlines::from([("logo@x".to_owned(), logo), ("icon@x".to_owned(), icon)]);
    Gallery::new(&inlines, &[("https://a.example/here.png".to_owned(), (640, 480))])
}

fn tag<'a>(source: &'a str, alt: &'a str) -> Tag<'a> {
    Tag { source, alt, ..Tag::default() }
}

/// Protects images inside the mail: they are pictures with words and size beside them; icons are words alone.
#[test]
fn images_inside_are_pictures() {
    let mut gallery = gallery();
    assert_eq!(gallery.image(tag("cid:Logo@x", "Acme")), Shown::Picture(0, "[Acme, 84 KB]".into()));
    assert_eq!(gallery.image(tag("CID:icon@x", "")), Shown::Words("[icon.png, 500 B]".into()));
    assert_eq!(gallery.image(tag("cid:gone@x", "")), Shown::Nothing);
    assert!(gallery.shows(2) && !gallery.shows(3));
    let (pictures, remote) = gallery.into_parts();
    assert_eq!(pictures, [Picture { source: PictureSource::Part(2), size: (200, 100) }]);
    assert_eq!(remote.words(), None);
}

/// Protects the reader from being watched (PV01): images on the net are counted by host and stay words, pixels are named
/// and never even offered; what was asked for is a picture.
#[test]
fn images_outside_are_blocked() {
    let mut gallery = gallery();
    assert_eq!(gallery.image(tag("https://img.acme.example/a.png", "Sale")), Shown::Words("[Sale]".into()));
    assert_eq!(gallery.image(tag("//img.acme.example/a.png", "Sale")), Shown::Words("[Sale]".into()));
    assert_eq!(gallery.image(tag("http://cdn.example/b.png", "")), Shown::Nothing);
    let pixel = Tag { size: (Some(1), Some(1)), ..tag("https://us1.list-manage.com/track/open.php?u=1&id=2", "x") };
    assert_eq!(gallery.image(pixel), Shown::Nothing);
    assert_eq!(gallery.image(tag("https://a.example/here.png", "")), Shown::Picture(0, "[image]".into()));
    assert_eq!(gallery.image(tag("file:///etc/passwd", "no")), Shown::Words("[no]".into()));
    let (_, remote) = gallery.into_parts();
    assert_eq!((remote.count, remote.images.len(), remote.loaded), (2, 2, 1));
    assert_eq!(remote.hosts.iter().map(SafeText::as_str).collect::<Vec<_>>(), ["img.acme.example", "cdn.example"]);
    assert_eq!(
        remote.words().unwrap(),
        "2 images blocked from img.acme.example and cdn.example, 1 tracker (Mailchimp)"
    );
}

/// Protects the words for sizes.
#[test]
fn sizes_are_short() {
    assert_eq!([0, 999, 1_000, 84_001, 2_340_000].map(size_words), ["0 B", "999 B", "1 KB", "85 KB", "2.3 MB"]);
}
