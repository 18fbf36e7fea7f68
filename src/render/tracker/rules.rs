//! The list of known trackers, read from `assets/trackers.toml` and arranged for fast look-ups.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use serde::Deserialize;

use crate::render::tracker::url::Url;

/// The list itself; its head explains the format.
const ASSET: &str = include_str!("../../../assets/trackers.toml");

/// Labels at the end of a host that are compared with the list.
const MAX_LABELS: usize = 8;

/// How a redirector shows its target.
#[derive(Debug, Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Way {
    /// As a parameter, percent-encoded.
    #[default]
    Query,
    /// As a parameter or a path segment in Base64 (RFC 4648, either alphabet).
    Base64,
    /// As the member `url` or `href` of a JSON object in Base64, in a parameter or a path segment.
    Json,
    /// As one percent-encoded path segment.
    Segment,
    /// As everything from `http` on.
    Rest,
    /// As host and path without a scheme, after `s/` where that was https.
    Amp,
    /// As one percent-encoded path segment without a scheme, which is https where the pattern's path ends in `s/`.
    Place,
    /// As Proofpoint's URL Defense 2 writes it: `-` for `%` and `_` for `/`.
    Proofpoint2,
    /// As Proofpoint's URL Defense 3 writes it: `*` for characters that follow in Base64.
    Proofpoint3,
}

/// One entry of the list: which URLs it is about.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, serde(deny_unknown_fields))]
pub(super) struct Pattern {
    pub name: String,
    #[serde(default)]
    pub hosts: Vec<String>,
    label: Option<String>,
    #[serde(default)]
    pub path: String,
    end: Option<String>,
    within: Option<String>,
    key: Option<String>,
    #[serde(default)]
    pub small: bool,
    #[serde(default)]
    pub way: Way,
    #[serde(default)]
    pub keys: Vec<String>,
    pub stop: Option<String>,
    #[cfg(test)]
    pub example: String,
    #[cfg(test)]
    pub target: Option<String>,
}

impl Pattern {
    /// Whether everything but the host fits.
    fn fits(&self, url: &Url<'_>) -> bool {
        url.path.starts_with(&self.path)
            && self.end.as_ref().is_none_or(|end| url.path.ends_with(end.as_str()))
            && self.within.as_ref().is_none_or(|within| url.path.contains(within.as_str()))
            && self.label.as_ref().is_none_or(|label| url.host.split('.').next() == Some(label.as_str()))
            && self.key.as_ref().is_none_or(|key| url.value(key).is_some())
    }

    /// Whether it says enough of a URL to go without hosts.
    #[cfg(test)]
    pub(super) fn is_distinct(&self) -> bool {
        let in_path = self.end.is_some() || self.within.is_some() || self.key.is_some() || self.path.len() > 4;
        (self.path.len() > 1 && in_path) || (self.label.is_some() && self.key.is_some()) || self.end.is_some()
    }

    /// Whether it is about certain hosts, not about a path on any host.
    pub(super) fn is_of_hosts(&self) -> bool {
        !self.hosts.is_empty()
    }
}

/// Names of parameters, whole or as prefixes, in lower case.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[cfg_attr(test, serde(deny_unknown_fields))]
pub(super) struct Names {
    pub hosts: Vec<String>,
    #[serde(rename = "names")]
    pub whole: HashSet<String>,
    pub prefixes: Vec<String>,
    pub suffixes: Vec<String>,
}

impl Names {
    /// Whether a name, in lower case, is one of these.
    pub(super) fn has(&self, name: &str) -> bool {
        self.whole.contains(name)
            || self.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))
            || self.suffixes.iter().any(|suffix| name.ends_with(suffix.as_str()))
    }
}

/// The list as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[cfg_attr(test, serde(deny_unknown_fields))]
pub(super) struct Asset {
    pub pixel: Vec<Pattern>,
    pub redirect: Vec<Pattern>,
    pub click: Vec<Pattern>,
    pub parameters: Names,
    pub parameters_on: Vec<Names>,
    pub signatures: Names,
    pub personal: Vec<String>,
    pub spacers: HashSet<String>,
}

/// Reads the list.
pub(super) fn read() -> Result<Asset, toml::de::Error> {
    toml::from_str(ASSET)
}

/// Places of entries by the host they are about.
#[derive(Debug, Default)]
struct Places {
    by_host: HashMap<String, Vec<usize>>,
    anywhere: Vec<usize>,
}

impl Places {
    fn new<'a>(entries: impl Iterator<Item = &'a Vec<String>>) -> Self {
        let mut places = Self::default();
        for (place, hosts) in entries.enumerate() {
            if hosts.is_empty() {
                places.anywhere.push(place);
            }
            for host in hosts {
                places.by_host.entry(host.clone()).or_default().push(place);
            }
        }
        places
    }

    /// The places for a host: those for its longest known suffix first, those for any host last.
    fn of(&self, host: &str) -> Vec<usize> {
        let mut found = Vec::new();
        // Only this many labels of the end can be in the list, and hosts may have over a hundred.
        let skipped = host.split('.').count().saturating_sub(MAX_LABELS);
        let numberless = with_numbers_as_signs(host);
        let mut add = |suffix: &str| found.extend(self.by_host.get(suffix).into_iter().flatten().copied());
        for (suffix, numberless_suffix) in suffixes(host).zip(suffixes(&numberless)).skip(skipped) {
            add(suffix);
            if numberless_suffix != suffix {
                add(numberless_suffix);
            }
        }
        found.extend(&self.anywhere);
        found
    }
}

/// A host and what is left of it after each of its dots.
fn suffixes(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |rest| rest.split_once('.').map(|(_, rest)| rest))
}

/// A host with `#` for every run of digits.
fn with_numbers_as_signs(host: &str) -> String {
    let mut out = String::with_capacity(host.len());
    for c in host.chars() {
        if !c.is_ascii_digit() {
            out.push(c);
        } else if !out.ends_with('#') {
            out.push('#');
        }
    }
    out
}

/// The list arranged for look-ups.
#[derive(Debug)]
pub(super) struct Rules {
    asset: Asset,
    pixels: Places,
    redirects: Places,
    clicks: Places,
    parameters_on: Places,
}

impl Rules {
    fn new(asset: Asset) -> Self {
        Self {
            pixels: Places::new(asset.pixel.iter().map(|entry| &entry.hosts)),
            redirects: Places::new(asset.redirect.iter().map(|entry| &entry.hosts)),
            clicks: Places::new(asset.click.iter().map(|entry| &entry.hosts)),
            parameters_on: Places::new(asset.parameters_on.iter().map(|entry| &entry.hosts)),
            asset,
        }
    }

    /// The tracking pixels that a URL may be, the surest first.
    pub(super) fn pixels<'a>(&'a self, url: &Url<'_>) -> impl Iterator<Item = &'a Pattern> {
        fitting(&self.asset.pixel, &self.pixels, url)
    }

    /// The redirectors with a visible target that a URL may be, the surest first.
    pub(super) fn redirects<'a>(&'a self, url: &Url<'_>) -> impl Iterator<Item = &'a Pattern> {
        fitting(&self.asset.redirect, &self.redirects, url)
    }

    /// The redirectors with a hidden target that a URL may be, the surest first.
    pub(super) fn clicks<'a>(&'a self, url: &Url<'_>) -> impl Iterator<Item = &'a Pattern> {
        fitting(&self.asset.click, &self.clicks, url)
    }

    /// The parameters that only track on the host of a URL.
    pub(super) fn parameters_on(&self, url: &Url<'_>) -> Vec<&Names> {
        self.parameters_on.of(&url.host).into_iter().filter_map(|place| self.asset.parameters_on.get(place)).collect()
    }

    /// Whether a parameter only tracks, wherever it is. The name is in lower case, as in the next ones.
    pub(super) fn is_parameter(&self, name: &str) -> bool {
        self.asset.parameters.has(name)
    }

    /// Whether a parameter is a signature over the others.
    pub(super) fn is_signature(&self, name: &str) -> bool {
        self.asset.signatures.has(name)
    }

    /// Whether a URL leads to something that is done in the reader's name.
    pub(super) fn is_personal(&self, url: &str) -> bool {
        self.asset.personal.iter().any(|word| url.contains(word.as_str()))
    }

    /// Whether a file name without its extension is one for an empty image of a layout.
    pub(super) fn is_spacer(&self, stem: &str) -> bool {
        self.asset.spacers.contains(stem)
    }
}

fn fitting<'a>(list: &'a [Pattern], places: &Places, url: &Url<'_>) -> impl Iterator<Item = &'a Pattern> {
    places.of(&url.host).into_iter().filter_map(|place| list.get(place)).filter(|pattern| pattern.fits(url))
}

/// The list, read once. A list that cannot be read is an empty one: a test sees to it that it can.
pub(super) fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| Rules::new(read().unwrap_or_default()))
}
