//! Markdown as a page. What a mail program shows of it cannot do harm: HTML in the text stays text.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// The page: a fragment of HTML in a body, LF lines.
pub(super) fn page(text: &str) -> String {
    let text = for_readers(text);
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let events = Parser::new_ext(&text, options).map(tame);
    let mut page = String::from("<!DOCTYPE html>\n<html><body>\n");
    html::push_html(&mut page, events);
    page.push_str("</body></html>\n");
    page
}

/// Nothing that a browser would run or fetch: HTML is shown as it was typed, links lead to the web or to an address, and a
/// picture is a link to it.
fn tame(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        // A line is a line, as in the text beside it.
        Event::SoftBreak | Event::HardBreak => Event::HardBreak,
        Event::Start(Tag::Link { link_type, dest_url, title, id } | Tag::Image { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Link { link_type, dest_url: safe(dest_url), title, id })
        }
        Event::End(TagEnd::Image) => Event::End(TagEnd::Link),
        event @ (Event::Start(_)
        | Event::End(_)
        | Event::Text(_)
        | Event::Code(_)
        | Event::InlineMath(_)
        | Event::DisplayMath(_)
        | Event::FootnoteReference(_)
        | Event::Rule
        | Event::TaskListMarker(_)) => event,
    }
}

/// The target of a link, or nothing.
fn safe(target: CowStr<'_>) -> CowStr<'_> {
    let scheme = target.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let known = target.contains(':') && ["http", "https", "mailto", "tel"].contains(&scheme.as_str());
    if known { target } else { CowStr::Borrowed("#") }
}

/// Deeper quotes have marks without blanks between them, which Markdown reads as well; the line above a signature would
/// make a heading of what is above it.
fn for_readers(text: &str) -> String {
    let signature = |line| if line == super::flowed::SIGNATURE { "\n\\-- " } else { line };
    text.split('\n').map(signature).collect::<Vec<_>>().join("\n")
}
