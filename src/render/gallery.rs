//! The images that a page names: parts of the message, content on the net, and pixels that only report.

use std::collections::{HashMap, HashSet};

use crate::render::facts::{MAX_REMOTE, Picture, PictureSource, Remote};
use crate::render::link::web_host;
use crate::render::tracker::{self, Pixel};
use crate::safe_text::SafeText;

/// Pictures of one message that can be shown; more stay words.
const MAX_PICTURES: usize = 100;

/// Characters of the words for an image.
const MAX_WORDS: usize = 120;

/// An image inside the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inline {
    /// Its place among the parts that are listed.
    pub(crate) part: usize,
    /// Its name.
    pub(crate) name: SafeText,
    /// Its decoded bytes.
    pub(crate) bytes: u64,
    /// Columns and rows of pixels, where its header says them.
    pub(crate) size: Option<(u32, u32)>,
}

/// Images inside a message by their Content-ID.
pub(crate) type Inlines = HashMap<String, Inline>;

/// What a tag says of an image.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tag<'a> {
    /// `src`.
    pub(crate) source: &'a str,
    /// `alt`.
    pub(crate) alt: &'a str,
    /// `width` and `height` in CSS pixels.
    pub(crate) size: (Option<u32>, Option<u32>),
    /// Whether the page hides it.
    pub(crate) hidden: bool,
}

/// How an image is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Not at all.
    Nothing,
    /// As these words.
    Words(String),
    /// As a picture, by its place, where there is room; else as these words.
    Picture(u16, String),
}

/// The images of one message.
#[derive(Debug, Default)]
pub(crate) struct Gallery {
    inlines: Inlines,
    loaded: HashMap<String, (u32, u32)>,
    pictures: Vec<Picture>,
    remote: Remote,
    seen: HashSet<String>,
}

impl Gallery {
    /// An empty one that knows the images inside the message and those that were loaded.
    pub(crate) fn new(inlines: &Inlines, loaded: &[(String, (u32, u32))]) -> Self {
        Self { inlines: inlines.clone(), loaded: loaded.iter().cloned().collect(), ..Self::default() }
    }

    /// Notes that the page names something else to be loaded.
    pub(crate) fn other(&mut self) {
        self.remote.other = true;
    }

    /// The pictures, and what was not loaded.
    pub(crate) fn into_parts(self) -> (Vec<Picture>, Remote) {
        (self.pictures, self.remote)
    }

    /// Takes an image in and says how it is shown.
    pub(crate) fn image(&mut self, tag: Tag<'_>) -> Shown {
        let alt: String = tag.alt.chars().take(MAX_WORDS).collect();
        let alt = SafeText::squeezed(&alt);
        let small = |side: Option<u32>| side.is_some_and(|side| side <= 2);
        let unseen = tag.hidden || small(tag.size.0) || small(tag.size.1);
        let source = tag.source.trim();
        if source.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("cid:")) {
            return if unseen { Shown::Nothing } else { self.inside(source, &alt) };
        }
        let Some((url, host)) = web_host(source) else { return words(&alt, unseen) };
        if let Some(pixel) = tracker::pixel(&url, tag.size) {
            let name = match pixel {
                Pixel::Named(name) => SafeText::from_static(name),
                Pixel::ByHost(host) => SafeText::squeezed(&host).cut(60),
            };
            if !self.remote.trackers.contains(&name) && self.remote.trackers.len() < MAX_REMOTE {
                self.remote.trackers.push(name);
            }
            return words(&alt, true);
        }
        self.outside(&url, &host, &alt, unseen)
    }

    /// An image that is a part of the message: its words, and how large it is.
    fn inside(&mut self, source: &str, alt: &SafeText) -> Shown {
        let id = source.get(4..).unwrap_or("").trim_matches(['<', '>', ' ']).to_lowercase();
        let Some(inline) = self.inlines.get(&id) else { return words(alt, false) };
        let name = if alt.is_empty() { &inline.name } else { alt };
        let words = format!("[{name}, {}]", size_words(inline.bytes));
        let picture = inline.size.map(|size| Picture { source: PictureSource::Part(inline.part), size });
        self.hang(picture, words)
    }

    /// An image on the net: blocked, unless the reader asked for it.
    fn outside(&mut self, url: &str, host: &str, alt: &SafeText, unseen: bool) -> Shown {
        if unseen {
            self.remote.other = true;
            return Shown::Nothing;
        }
        let label = if alt.is_empty() { "[image]".to_owned() } else { format!("[{alt}]") };
        if let Some(size) = self.loaded.get(url).copied() {
            self.remote.loaded += usize::from(self.seen.insert(url.to_owned()));
            return self.hang(Some(Picture { source: PictureSource::Remote(SafeText::new(url)), size }), label);
        }
        if self.seen.insert(url.to_owned()) {
            self.remote.count += 1;
            if self.remote.images.len() < MAX_REMOTE {
                self.remote.images.push(SafeText::new(url));
                let host = SafeText::squeezed(host).cut(80);
                if !self.remote.hosts.contains(&host) {
                    self.remote.hosts.push(host);
                }
            }
        }
        words(alt, false)
    }

    fn hang(&mut self, picture: Option<Picture>, words: String) -> Shown {
        let place = u16::try_from(self.pictures.len()).ok().filter(|place| usize::from(*place) < MAX_PICTURES);
        match (picture.filter(|picture| is_worth_showing(picture.size)), place) {
            (Some(picture), Some(place)) => {
                self.pictures.push(picture);
                Shown::Picture(place, words)
            }
            _ => Shown::Words(words),
        }
    }

    /// Adds a picture that no page names; gives its place.
    pub(crate) fn add(&mut self, part: usize, size: (u32, u32)) -> Option<u16> {
        match self.hang(Some(Picture { source: PictureSource::Part(part), size }), String::new()) {
            Shown::Picture(place, _) => Some(place),
            Shown::Words(_) | Shown::Nothing => None,
        }
    }

    /// Whether a picture of this part is shown already.
    pub(crate) fn shows(&self, part: usize) -> bool {
        self.pictures.iter().any(|picture| picture.source == PictureSource::Part(part))
    }
}

/// Icons and lines of a layout are not: their words are shorter than they are.
fn is_worth_showing((width, height): (u32, u32)) -> bool {
    width >= 48 && height >= 32
}

fn words(alt: &SafeText, unseen: bool) -> Shown {
    if alt.is_empty() || unseen { Shown::Nothing } else { Shown::Words(format!("[{alt}]")) }
}

/// "84 KB"
pub(crate) fn size_words(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} KB", bytes.div_ceil(1_000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests;
