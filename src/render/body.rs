//! Which parts of a message are its text, and their blocks.

use std::borrow::Cow;

use mail_parser::{Encoding, Message, MessagePart, MimeHeaders, PartType};

use crate::render::facts::Seal;
use crate::render::gallery::Gallery;
use crate::render::limits::{GLIMPSE, MAX_COMPARED, MAX_HTML, MAX_TEXT, cut_text};
use crate::render::link::Links;
use crate::render::part::{Images, contents, media_type};
use crate::render::plain::Flow;
use crate::render::{
    Block, BlockKind, Context, Document, Extent, Person, Reach, Span, SpanRole, View, cards, gallery, header, html,
    plain, source, winmail,
};
use crate::safe_text::SafeText;

/// The parts that make up the text in one view.
pub(crate) struct Body {
    /// Places in [`Message::parts`], in reading order.
    pub(crate) parts: Vec<usize>,
    /// Places of all parts that are text in one view or another: none of them is listed as an attachment.
    pub(crate) text: Vec<usize>,
    /// Places of those of `parts` that are files too: they are shown below their names, and listed.
    pub(crate) files: Vec<usize>,
    /// The views that the message offers.
    pub(crate) offers: Vec<View>,
}

/// Text parts of one message that are shown; more is an attack.
const MAX_SHOWN: usize = 100;

/// Files that are shown in the text.
const MAX_FILES: usize = 20;

/// Bytes of such a file that are shown.
const MAX_FILE: usize = 128 << 10;

/// A plain text of at least this many letters is no stub.
const REAL_TEXT: usize = 400;

/// Chooses the parts to show. [`View::Headers`] and [`View::Source`] go with the parts of the best view.
pub(crate) fn choose(message: &Message<'_>, view: View) -> Body {
    let places = |list: &[u32]| -> Vec<usize> {
        let text = |place: &usize| message.parts.get(*place).is_some_and(MessagePart::is_text);
        list.iter().map(|place| *place as usize).filter(text).take(MAX_SHOWN).collect()
    };
    let (plain, html) = (places(&message.text_body), places(&message.html_body));
    let part_at = |place: &usize| message.parts.get(*place);
    let has_plain = plain.iter().filter_map(part_at).any(|part| matches!(part.body, PartType::Text(_)));
    let has_html = html.iter().filter_map(part_at).any(|part| matches!(part.body, PartType::Html(_)));
    let mut offers = vec![View::Best];
    if has_plain {
        offers.push(View::Plain);
    }
    if has_html {
        offers.push(View::Html);
    }
    offers.extend([View::Headers, View::Source]);
    let prefer_html = match view {
        View::Html => has_html,
        View::Plain => !has_plain,
        View::Best | View::Headers | View::Source => has_html && (!has_plain || is_stub(message, &plain)),
    };
    let mut text = [plain.as_slice(), html.as_slice()].concat();
    let mut parts = if prefer_html { html } else { plain };
    if parts.is_empty() {
        parts = fallback(message);
    }
    parts.extend(mislabelled(message, &parts));
    parts.extend(reports(message));
    text.extend(&parts);
    let files = inline_files(message, &text);
    parts.extend(&files);
    parts.sort_unstable();
    parts.dedup();
    Body { parts, text, files, offers }
}

/// Files of text that their author wants to be read where they stand (RFC 2183, section 2.1): patches, listings, logs.
fn inline_files(message: &Message<'_>, text: &[usize]) -> Vec<usize> {
    let is_inline = |part: &MessagePart<'_>| {
        part.content_disposition().is_some_and(mail_parser::ContentType::is_inline)
            && matches!(part.body, PartType::Text(_))
            && !part.is_encoding_problem
    };
    let is_read = |part: &MessagePart<'_>| {
        let kind = media_type(part);
        kind.starts_with("text/") && kind != "text/html" && !is_told(&kind)
    };
    let parts = message.parts.iter().enumerate().filter(|(place, _)| !text.contains(place));
    parts.filter(|(_, part)| is_inline(part) && is_read(part)).map(|(place, _)| place).take(MAX_FILES).collect()
}

/// Kinds of text that are told in words, or that nobody reads.
fn is_told(kind: &str) -> bool {
    matches!(
        kind,
        "text/calendar" | "text/x-vcalendar" | "text/x-vcard" | "text/vcard" | "text/directory" | "text/rfc822-headers"
    )
}

/// Text that the parser counts as attachments though nothing else is there to read: text/enriched and the like.
fn fallback(message: &Message<'_>) -> Vec<usize> {
    let readable = |part: &MessagePart<'_>| {
        part.is_text()
            && part.attachment_name().is_none()
            && !part.content_disposition().is_some_and(mail_parser::ContentType::is_attachment)
            && !is_told(&media_type(part))
    };
    message.parts.iter().enumerate().filter(|(_, part)| readable(part)).map(|(place, _)| place).take(1).collect()
}

/// Text that is not encoded as it says, which the parser takes for an attachment: it is shown as it came.
fn mislabelled(message: &Message<'_>, shown: &[usize]) -> Vec<usize> {
    let parts = message.parts.iter().enumerate();
    parts
        .filter(|(place, part)| part.is_encoding_problem && !shown.contains(place))
        .filter(|(_, part)| matches!(part.body, PartType::Text(_)) && media_type(part).starts_with("text/"))
        .filter(|(_, part)| part.attachment_name().is_none())
        .filter(|(_, part)| !part.content_disposition().is_some_and(mail_parser::ContentType::is_attachment))
        .map(|(place, _)| place)
        .take(MAX_SHOWN)
        .collect()
}

/// How a message is protected, as far as its types say.
pub(crate) fn seal(message: &Message<'_>) -> Seal {
    let kinds: Vec<String> = message.parts.iter().take(1_000).map(media_type).collect();
    let has = |wanted: &[&str]| kinds.iter().any(|kind| wanted.contains(&kind.as_str()));
    let armoured = |text: &str| {
        let text = text.trim_start().get(..60).unwrap_or(text.trim_start());
        (text.starts_with("-----BEGIN PGP MESSAGE-----"), text.starts_with("-----BEGIN PGP SIGNED MESSAGE-----"))
    };
    let inline = message.parts.iter().take(50).find_map(|part| match &part.body {
        PartType::Text(text) => Some(armoured(text)).filter(|found| *found != (false, false)),
        PartType::Html(_)
        | PartType::Binary(_)
        | PartType::InlineBinary(_)
        | PartType::Message(_)
        | PartType::Multipart(_) => None,
    });
    if has(&["multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"])
        || inline.is_some_and(|(encrypted, _)| encrypted)
    {
        Seal::Encrypted
    } else if has(&["multipart/signed"]) || inline.is_some() {
        Seal::Signed
    } else {
        Seal::None
    }
}

/// What the parts of a message are in words: nothing of it is acted on.
pub(crate) fn notes(message: &Message<'_>) -> Vec<SafeText> {
    let has = |kinds: &[&str]| message.parts.iter().take(1_000).any(|part| kinds.contains(&media_type(part).as_str()));
    let mut notes = Vec::new();
    if has(&["message/external-body"]) {
        notes.push("Refers to content elsewhere: not fetched");
    }
    if has(&["message/partial"]) {
        notes.push("One piece of a message that was sent in several");
    }
    notes.into_iter().map(SafeText::from_static).collect()
}

/// Delivery reports are made to be read (RFC 3464, RFC 6533).
fn reports(message: &Message<'_>) -> Vec<usize> {
    let is_report = |part: &MessagePart<'_>| {
        matches!(
            media_type(part).as_str(),
            "message/delivery-status"
                | "message/global-delivery-status"
                | "message/disposition-notification"
                | "message/global-disposition-notification"
        )
    };
    let parts = message.parts.iter().enumerate();
    parts.filter(|(_, part)| is_report(part)).map(|(place, _)| place).take(MAX_SHOWN).collect()
}

/// Whether the plain text only says that there is HTML, or says much less than it.
fn is_stub(message: &Message<'_>, plain: &[usize]) -> bool {
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
    let text: String = plain
        .iter()
        .filter_map(|place| message.parts.get(*place))
        .filter_map(|part| match &part.body {
            PartType::Text(text) => Some(text.as_ref()),
            PartType::Html(_)
            | PartType::Binary(_)
            | PartType::InlineBinary(_)
            | PartType::Message(_)
            | PartType::Multipart(_) => None,
        })
        .collect();
    // Somebody's template that forgot the plain part sends its tags in it.
    if text.trim_start().get(..1) == Some("<") && text.contains("</") {
        return true;
    }
    let count = letters(&text);
    if count == 0 {
        return true;
    }
    if count >= REAL_TEXT {
        return false;
    }
    let lower = text.to_lowercase();
    let says_so = ["html", "view this e", "view online", "in your browser", "in a browser", "im browser"];
    says_so.iter().any(|words| lower.contains(words)) || html_letters(message) > count * 10
}

fn html_letters(message: &Message<'_>) -> usize {
    let mut count = 0;
    for place in &message.html_body {
        let Some(PartType::Html(text)) = message.parts.get(*place as usize).map(|part| &part.body) else { continue };
        let (text, _) = cut_text(text, MAX_COMPARED);
        count += html::page(text, &mut Links::default(), &mut Gallery::default()).letters;
    }
    count
}

/// Messages inside of a message whose text is shown; [`crate::render::limits`] bounds what is parsed at all.
const MAX_FORWARDED: usize = 20;

/// Fills in the author's own words alone: no forwarded message, no picture, no card.
pub(crate) fn own_words(message: &Message<'_>, body: &Body, document: &mut Document) {
    let mut page = Pages::default();
    for place in &body.parts {
        let Some(part) = message.parts.get(*place) else { continue };
        page.add(message, part, MAX_TEXT, &mut document.blocks);
    }
}

/// What the parts of a text share while they are read.
#[derive(Default)]
struct Pages {
    links: Links,
    gallery: Gallery,
    facts: Facts,
    reach: Reach,
}

impl Pages {
    /// Adds the blocks of all parts, those of a file below its name.
    fn add_all(&mut self, message: &Message<'_>, body: &Body, blocks: &mut Vec<Block>) {
        for place in &body.parts {
            let Some(part) = message.parts.get(*place) else { continue };
            if body.files.contains(place) {
                let kind = media_type(part);
                let name = SafeText::squeezed(part.attachment_name().unwrap_or(&kind)).cut(80);
                let span = Span { text: name, role: SpanRole::Muted, strong: true, ..Span::default() };
                blocks.push(block(BlockKind::Paragraph, vec![span]));
                self.add(message, part, MAX_FILE, blocks);
            } else {
                self.add(message, part, MAX_TEXT, blocks);
            }
        }
    }

    /// Adds a part's blocks, set apart from what is above; of plain text at most so many bytes.
    fn add(&mut self, message: &Message<'_>, part: &MessagePart<'_>, most: usize, blocks: &mut Vec<Block>) {
        let mut more = part_blocks(message, part, most, self);
        if let Some(first) = more.first_mut() {
            first.tight = false;
        }
        blocks.append(&mut more);
    }

    fn limit(&self, most: usize) -> usize {
        match self.reach {
            Reach::All => most,
            Reach::FirstScreens => GLIMPSE,
        }
    }

    fn html(&mut self, text: &str) -> Vec<Block> {
        let (text, cut) = cut_text(text, self.limit(MAX_HTML));
        let page = html::page(text, &mut self.links, &mut self.gallery);
        self.facts.deep |= page.deep;
        self.facts.cut |= cut || page.cut;
        page_block(page)
    }
}

/// Fills in blocks, links, pictures and notes.
pub(crate) fn show(message: &Message<'_>, body: &Body, images: &Images, context: &Context, document: &mut Document) {
    let gallery = Gallery::new(&images.inline, &context.loaded);
    let links = Links::new(context.links);
    let mut pages = Pages { links, gallery, facts: Facts::default(), reach: context.reach };
    if document.view == View::Headers {
        document.blocks.push(all_headers(message));
    }
    let (invitations, asks) = cards::invitations(message, context.zone.as_ref(), &mut pages.links);
    document.invitation = asks;
    document.blocks.extend(invitations);
    let before = document.blocks.len();
    pages.add_all(message, body, &mut document.blocks);
    if document.blocks.len() == before {
        match winmail::text(message) {
            Some(winmail::Text::Html(text)) => document.blocks.append(&mut pages.html(&text)),
            Some(winmail::Text::Plain(text)) => {
                document.blocks.append(&mut plain::blocks(&text, Flow::Hard, &mut pages.links));
            }
            None => {}
        }
    }
    let mut left = MAX_FORWARDED;
    inner_messages(message, document, &mut pages, &mut left);
    document.blocks.extend(cards::business_cards(message, &mut pages.links));
    document.blocks.extend(cards::elsewhere(message, &mut pages.links));
    show_pictures(images, document, &mut pages.gallery);
    document.links = pages.links.into_list();
    (document.pictures, document.remote) = pages.gallery.into_parts();
    if context.reach == Reach::FirstScreens && std::mem::take(&mut pages.facts.cut) {
        document.reach = Reach::FirstScreens;
    }
    // What is cut off is not wrong by that.
    pages.facts.undecoded &= context.extent == Extent::Whole;
    pages.facts.tell(document);
}

/// Pictures that came with the message and stand nowhere in its text, below it.
fn show_pictures(images: &Images, document: &mut Document, gallery: &mut Gallery) {
    let listed = document.parts.iter().enumerate().filter(|(_, part)| part.media_type.as_str().starts_with("image/"));
    let whole = listed.take(MAX_PICTURES).filter_map(|(place, part)| Some((place, part.name.clone(), part.size?)));
    let listed: Vec<(usize, SafeText, u64)> = whole.collect();
    for (place, name, bytes) in listed {
        if gallery.shows(place) {
            continue;
        }
        let size = images.pixels.get(place).copied().flatten();
        let Some(picture) = size.and_then(|size| gallery.add(place, size)) else { continue };
        let text = SafeText::new(&format!("[{name}, {}]", gallery::size_words(bytes)));
        // In italics: it keeps its words above the picture, since no text speaks of it.
        let span = Span { text, role: SpanRole::Picture, emphasis: true, link: Some(picture), ..Span::default() };
        document.blocks.push(block(BlockKind::Paragraph, vec![span]));
    }
}

/// Pictures below the text.
const MAX_PICTURES: usize = 10;

/// The messages inside of a message, in its order: a rule, the header, the text, and what is inside of them in turn.
fn inner_messages(message: &Message<'_>, document: &mut Document, pages: &mut Pages, left: &mut usize) {
    for part in &message.parts {
        let PartType::Message(inner) = &part.body else { continue };
        if *left == 0 {
            return;
        }
        *left -= 1;
        if !document.blocks.is_empty() {
            document.blocks.push(block(BlockKind::Rule, Vec::new()));
        }
        document.blocks.push(block(BlockKind::Paragraph, header_lines(inner)));
        let view = if document.view == View::Headers { View::Best } else { document.view };
        pages.add_all(inner, &choose(inner, view), &mut document.blocks);
        inner_messages(inner, document, pages, left);
    }
}

fn block(kind: BlockKind, spans: Vec<Span>) -> Block {
    Block { kind, spans, quote: 0, indent: 0, tight: false, page: None }
}

/// Who, to whom, when and what, a line each, of a message inside of another.
fn header_lines(message: &Message<'_>) -> Vec<Span> {
    let head = header::head(message, &Context::default());
    let people = |list: &[Person]| -> String {
        let one = |person: &Person| match (person.name.as_str(), person.address.as_str()) {
            ("", address) => address.to_owned(),
            (name, "") => name.to_owned(),
            (name, address) => format!("{name} <{address}>"),
        };
        list.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    let date = message.date().filter(|_| head.sent.is_some()).map(mail_parser::DateTime::to_rfc822);
    let fields = [
        ("From:", people(&head.from)),
        ("To:", people(&head.to)),
        ("Cc:", people(&head.cc)),
        ("Date:", date.unwrap_or_default()),
        ("Subject:", head.subject.as_str().to_owned()),
    ];
    let mut spans = Vec::new();
    for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
        if !spans.is_empty() {
            spans.push(Span { role: SpanRole::Break, ..Span::default() });
        }
        let text = SafeText::from_static(name);
        spans.push(Span { text, role: SpanRole::Muted, strong: true, ..Span::default() });
        spans.push(Span { text: SafeText::new(&format!(" {}", SafeText::squeezed(&value))), ..Span::default() });
    }
    if spans.is_empty() {
        let text = SafeText::from_static("(a message without a header)");
        spans.push(Span { text, role: SpanRole::Muted, ..Span::default() });
    }
    spans
}

/// What was noticed on the way.
#[derive(Default)]
struct Facts {
    deep: bool,
    cut: bool,
    undecoded: bool,
    charset: Option<String>,
}

impl Facts {
    fn tell(self, document: &mut Document) {
        let mut note = |text: String| document.notes.push(SafeText::squeezed(&text));
        if self.cut {
            note("The text is very long: only its beginning is shown".to_owned());
        }
        if self.deep {
            note("Nested too deeply: shown without its layout".to_owned());
        }
        if self.undecoded {
            note("A part is not encoded as it says: shown as it came".to_owned());
        }
        if let Some(charset) = self.charset {
            note(format!("Unknown charset {}", SafeText::squeezed(&charset).cut(40)));
        }
    }
}

fn part_blocks(message: &Message<'_>, part: &MessagePart<'_>, most: usize, pages: &mut Pages) -> Vec<Block> {
    let facts = &mut pages.facts;
    facts.undecoded |= part.is_encoding_problem && !part.contents().is_empty();
    match &part.body {
        PartType::Html(text) => {
            let text = readable(message, part, text, facts);
            pages.html(&text)
        }
        PartType::Text(text) => {
            let text = readable(message, part, text, facts);
            let (text, cut) = cut_text(&text, pages.limit(most));
            pages.facts.cut |= cut;
            plain::blocks(text, flow(part), &mut pages.links)
        }
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
            let text = source::decode(bytes);
            let mut block = source::lines(SafeText::lines(text.trim_end()));
            block.tight = false;
            vec![block]
        }
        PartType::Message(_) | PartType::Multipart(_) => Vec::new(),
    }
}

fn page_block(page: html::Page) -> Vec<Block> {
    if page.source.is_empty() {
        return Vec::new();
    }
    let source = Some(page.source.into());
    vec![Block { kind: BlockKind::Page, spans: page.shown, quote: 0, indent: 0, tight: false, page: source }]
}

/// The text of a part, and whether it is a page of HTML.
pub(crate) fn text_of<'a>(message: &Message<'_>, part: &'a MessagePart<'_>) -> Option<(Cow<'a, str>, bool)> {
    let facts = &mut Facts::default();
    match &part.body {
        PartType::Html(text) => Some((readable(message, part, text, facts), true)),
        PartType::Text(text) => Some((readable(message, part, text, facts), false)),
        PartType::Binary(_) | PartType::InlineBinary(_) | PartType::Message(_) | PartType::Multipart(_) => None,
    }
}

/// The part's text; what has no charset that we know and is no UTF-8 either is read as windows-1252.
fn readable<'a>(message: &Message<'_>, part: &MessagePart<'_>, text: &'a str, facts: &mut Facts) -> Cow<'a, str> {
    let charset = part.content_type().and_then(|field| field.attribute("charset"));
    let known = charset.is_some_and(|name| encoding_rs::Encoding::for_label(name.trim().as_bytes()).is_some());
    let lossy = text.contains('\u{fffd}');
    if let Some(name) = charset.filter(|name| lossy && !known && !is_ascii_name(name)) {
        facts.charset = Some(name.to_owned());
    }
    // A label that says nothing, or the one that programs put on everything: bytes that are UTF-8 are meant to be.
    let is_vague = charset.is_none_or(|name| !known || is_ascii_name(name) || is_latin_name(name));
    if is_vague && !text.is_ascii() {
        let bytes = contents(message, part);
        // Bytes that are ASCII and text that is not: a charset of its own kind (UTF-7) was read.
        if let Some(text) = String::from_utf8(bytes).ok().filter(|text| !text.is_ascii()) {
            return Cow::Owned(text);
        }
    }
    if lossy && part.encoding == Encoding::None && (!known || charset.is_some_and(is_utf8_name)) {
        let raw = message.raw_message.get(part.offset_body as usize..part.offset_end as usize);
        if let Some(raw) = raw {
            return Cow::Owned(source::decode(raw));
        }
    }
    as_windows(text)
}

/// Controls from 80 to 9F (hexadecimal) stand in no text: they are windows-1252 that somebody took for Latin-1, most of
/// them quotation marks and dashes (WHATWG HTML, section 13.2.5.80, reads their numbers so).
fn as_windows(text: &str) -> Cow<'_, str> {
    let is_control = |c: char| matches!(c, '\u{80}'..='\u{9f}');
    if !text.contains(is_control) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match u8::try_from(c) {
            Ok(byte) if is_control(c) => {
                out.push_str(&encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[byte]).0);
            }
            Ok(_) | Err(_) => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn is_ascii_name(name: &str) -> bool {
    matches!(
        name.trim().to_ascii_lowercase().as_str(),
        "us-ascii" | "ascii" | "x-unknown" | "unknown" | "unknown-8bit" | ""
    )
}

fn is_latin_name(name: &str) -> bool {
    matches!(name.trim().to_ascii_lowercase().as_str(), "iso-8859-1" | "latin1" | "windows-1252" | "cp1252")
}

fn is_utf8_name(name: &str) -> bool {
    matches!(name.trim().to_ascii_lowercase().as_str(), "utf-8" | "utf8")
}

/// How a text/plain part is folded (RFC 3676, section 4).
fn flow(part: &MessagePart<'_>) -> Flow {
    let attribute = |name: &str| part.content_type().and_then(|field| field.attribute(name)).unwrap_or("");
    let flowed = attribute("format").eq_ignore_ascii_case("flowed");
    match (flowed, attribute("delsp").eq_ignore_ascii_case("yes")) {
        (true, true) => Flow::FlowedDelSp,
        (true, false) => Flow::Flowed,
        (false, _) => Flow::Hard,
    }
}

/// Every header field, unfolded, as it came.
fn all_headers(message: &Message<'_>) -> Block {
    let mut spans = Vec::new();
    for header in message.headers() {
        let range = header.offset_start as usize..header.offset_end as usize;
        let value = source::decode(message.raw_message.get(range).unwrap_or_default());
        if !spans.is_empty() {
            spans.push(Span { role: SpanRole::Break, ..Span::default() });
        }
        let name = SafeText::squeezed(&format!("{}:", header.name())).cut(80);
        spans.push(Span { text: name, role: SpanRole::Muted, strong: true, ..Span::default() });
        let value = SafeText::squeezed(&value);
        spans.push(Span { text: SafeText::new(&format!(" {value}")), ..Span::default() });
    }
    Block { kind: BlockKind::Paragraph, spans, quote: 0, indent: 0, tight: true, page: None }
}

#[cfg(test)]
mod tests;
