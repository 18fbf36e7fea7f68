//! Link trackers and tracking pixels: whose they are, and links without them.
//!
//! What is known of them is data: `assets/trackers.toml`. Nothing here asks the network. The texts that come out are
//! plain strings of the message: the caller normalises a target again and makes it a `SafeText` before it is shown.

use crate::render::tracker::rules::{Pattern, rules};
use crate::render::tracker::url::Url;

mod rules;
mod unwrap;
mod url;

/// Redirectors inside of redirectors that are followed.
const MAX_UNWRAPPED: usize = 5;

/// Targets longer than this are left as they are; the caller keeps none that are longer either.
const MAX_TARGET: usize = 8_192;

/// Images of at most this many pixels a side are there to be fetched, not to be seen.
const MAX_PIXEL: u32 = 2;

/// Folders with longer names may stand for a reader.
const MAX_FOLDER: usize = 15;

/// Folders with more digits than a year has may stand for a reader.
const MAX_FOLDER_DIGITS: usize = 4;

/// Whose tracking pixel an image is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pixel {
    /// A tracker that the list knows, by its product's name.
    Named(&'static str),
    /// An image too small to be seen, and the host it comes from (lower case, as in the URL).
    ByHost(String),
}

/// A link target without its trackers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cleaned {
    /// The target; when `unwrapped`, it comes out of another URL and needs to be normalised again.
    pub target: String,
    /// The tracker that still counts the click, else the one that was unwrapped, by its product's name.
    pub tracker: Option<&'static str>,
    /// Whether a redirector was left out.
    pub unwrapped: bool,
    /// How many tracking parameters were removed.
    pub removed: usize,
}

/// Whether an image is a tracking pixel, and whose.
///
/// `target` is a normalised http or https URL (all others are no pixels: nothing is fetched for them); `size` is the
/// width and the height in CSS pixels where the page gives them.
pub(crate) fn pixel(target: &str, size: (Option<u32>, Option<u32>)) -> Option<Pixel> {
    let url = Url::parse(target)?;
    let small = |side: Option<u32>| side.is_none_or(|side| side <= MAX_PIXEL);
    let unseen = size != (None, None) && small(size.0) && small(size.1);
    if let Some(pattern) = rules().pixels(&url).find(|pattern| unseen || !pattern.small) {
        return Some(Pixel::Named(&pattern.name));
    }
    (unseen && !is_spacer(&url)).then_some(Pixel::ByHost(url.host))
}

/// Whether an image is one of the empty ones that hold a layout together: everybody gets the same file.
fn is_spacer(url: &Url<'_>) -> bool {
    let (folders, file) = url.path.rsplit_once('/').unwrap_or(("", url.path));
    let file = file.to_ascii_lowercase();
    let stem = file.split_once('.').map_or(file.as_str(), |(stem, _)| stem);
    let may_be_number = |folder: &str| {
        folder.len() > MAX_FOLDER || folder.bytes().filter(u8::is_ascii_digit).count() > MAX_FOLDER_DIGITS
    };
    url.query.is_none() && rules().is_spacer(stem) && !folders.split('/').any(may_be_number)
}

/// A link target without redirectors that show where they lead and without parameters that only track.
///
/// Redirectors that hide their target are named and left as they are. A target that is not http or https comes back
/// unchanged.
pub(crate) fn clean(target: &str) -> Cleaned {
    let mut cleaned = Cleaned { target: target.to_owned(), tracker: None, unwrapped: false, removed: 0 };
    if target.len() > MAX_TARGET {
        return cleaned;
    }
    for _ in 0..MAX_UNWRAPPED {
        match redirected(&cleaned.target) {
            Redirected::To(inner, name) => {
                cleaned.target = inner;
                cleaned.unwrapped = true;
                cleaned.tracker = Some(name);
            }
            Redirected::Hidden(name) => {
                cleaned.tracker = Some(name);
                return cleaned;
            }
            Redirected::Not => break,
        }
    }
    if let Some((target, removed)) = without_parameters(&cleaned.target) {
        cleaned.target = target;
        cleaned.removed = removed;
    }
    cleaned
}

/// What a URL redirects to.
enum Redirected {
    /// To the target that it shows, by the named redirector.
    To(String, &'static str),
    /// Somewhere, by the named redirector.
    Hidden(&'static str),
    /// It is no known redirector.
    Not,
}

fn redirected(target: &str) -> Redirected {
    let Some(url) = Url::parse(target) else { return Redirected::Not };
    let mut hidden = None;
    for pattern in rules().redirects(&url) {
        if let Some(inner) = unwrap::inner(pattern, &url) {
            return Redirected::To(inner, &pattern.name);
        }
        // A path that anybody may have says nothing when there is no target in it.
        hidden = hidden.or(pattern.is_of_hosts().then_some(pattern));
    }
    let name = |pattern: &'static Pattern| Redirected::Hidden(&pattern.name);
    rules().clicks(&url).next().or(hidden).map_or(Redirected::Not, name)
}

/// The target without parameters that only track, and how many there were; nothing when it stays as it is.
fn without_parameters(target: &str) -> Option<(String, usize)> {
    let url = Url::parse(target)?;
    let query = url.query?;
    let rules = rules();
    // A signature covers the whole query.
    if url.pairs().any(|(name, _)| rules.is_signature(&name.to_ascii_lowercase())) {
        return None;
    }
    let on_host = rules.parameters_on(&url);
    let is_kept = |piece: &&str| {
        let name = url::name_of(piece).to_ascii_lowercase();
        !rules.is_parameter(&name) && !on_host.iter().any(|names| names.has(&name))
    };
    let kept: Vec<&str> = query.split('&').filter(is_kept).collect();
    let removed = query.split('&').count().saturating_sub(kept.len());
    if removed == 0 {
        return None;
    }
    let kept = kept.join("&");
    let mark = if kept.is_empty() { "" } else { "?" };
    let cleaned = format!("{}{mark}{kept}{}", url.before_query, url.fragment);
    // Pages that act on the reader's behalf may need to know who that is.
    (!rules.is_personal(&cleaned.to_ascii_lowercase())).then_some((cleaned, removed))
}

#[cfg(test)]
mod tests;
