//! What is to be seen of a page, from its DOM: the words of what is not hidden, and the links around them.

use std::collections::BTreeSet;

use html5ever::tendril::TendrilSink as _;
use html5ever::tree_builder::TreeBuilderOpts;
use html5ever::{Attribute, ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// What a reader is to show.
#[derive(Debug, Default)]
pub struct Reference {
    /// The text, a line for each box.
    pub text: String,
    /// Targets of links with something to see.
    pub links: BTreeSet<String>,
}

/// Elements that stand on lines of their own.
const BOXES: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "html",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
];

/// Elements of which nothing is text.
const SILENT: &[&str] = &[
    "audio", "canvas", "head", "iframe", "math", "noembed", "noframes", "object", "script", "select", "style", "svg",
    "template", "textarea", "title", "video",
];

#[derive(Clone, Copy, Default)]
struct State {
    tiny: bool,
    link: Option<usize>,
}

enum Step {
    Node(Handle, State),
    Line,
}

/// Reads a page.
pub fn of(html: &str) -> Reference {
    let builder = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
    let options = ParseOpts { tree_builder: builder, ..ParseOpts::default() };
    let dom = parse_document(RcDom::default(), options).one(html);
    let hidden = hidden_names(&sheets(&dom));
    let mut out = Reference::default();
    let mut targets: Vec<(String, bool)> = Vec::new();
    let mut steps = vec![Step::Node(dom.document.clone(), State::default())];
    while let Some(step) = steps.pop() {
        let Step::Node(node, mut state) = step else {
            out.text.push('\n');
            continue;
        };
        match &node.data {
            NodeData::Text { contents } if !state.tiny => {
                let text = contents.borrow();
                see(&mut targets, state, &text);
                out.text.push_str(&text);
            }
            NodeData::Element { name, attrs, .. } => {
                let (name, attrs) = (&*name.local, attrs.borrow());
                if SILENT.contains(&name) || is_hidden(&attrs, &hidden) {
                    continue;
                }
                match name {
                    "br" => out.text.push('\n'),
                    "img" => {
                        let alt = alternative(&attrs);
                        see(&mut targets, state, &alt);
                        out.text.push_str(&alt);
                    }
                    "a" => {
                        if let Some(target) = attribute(&attrs, "href").filter(|target| leads_out(target)) {
                            state.link = Some(targets.len());
                            targets.push((target.to_owned(), false));
                        }
                    }
                    _ => {}
                }
                if let Some(size) = property(attribute(&attrs, "style").unwrap_or(""), "font-size") {
                    state.tiny = is_zero(&size);
                }
                let boxed = BOXES.contains(&name);
                if boxed {
                    out.text.push('\n');
                    steps.push(Step::Line);
                }
                push_children(&node, state, &mut steps);
            }
            NodeData::Document => push_children(&node, state, &mut steps),
            NodeData::Text { .. }
            | NodeData::Doctype { .. }
            | NodeData::Comment { .. }
            | NodeData::ProcessingInstruction { .. } => {}
        }
    }
    out.links = targets.into_iter().filter(|(_, seen)| *seen).map(|(target, _)| target).collect();
    out
}

fn push_children(node: &Handle, state: State, steps: &mut Vec<Step>) {
    steps.extend(node.children.borrow().iter().rev().map(|child| Step::Node(child.clone(), state)));
}

fn see(targets: &mut [(String, bool)], state: State, text: &str) {
    if text.chars().any(char::is_alphanumeric)
        && let Some((_, seen)) = state.link.and_then(|link| targets.get_mut(link))
    {
        *seen = true;
    }
}

/// A target outside of the page.
fn leads_out(target: &str) -> bool {
    let target = target.trim().to_ascii_lowercase();
    ["http://", "https://", "mailto:", "ftp://", "tel:"].iter().any(|scheme| target.starts_with(scheme))
}

fn attribute<'a>(attrs: &'a [Attribute], name: &str) -> Option<&'a str> {
    attrs.iter().find(|attr| &*attr.name.local == name).map(|attr| &*attr.value)
}

/// What stands for an image; nothing for one of a pixel or two.
fn alternative(attrs: &[Attribute]) -> String {
    let pixel = |name: &str| attribute(attrs, name).is_some_and(|size| matches!(size.trim(), "0" | "1" | "2"));
    if pixel("width") || pixel("height") {
        return String::new();
    }
    let alt: String = attribute(attrs, "alt").unwrap_or("").chars().take(120).collect();
    format!(" {alt} ")
}

/// The value of a property of an inline style, the last one of that name.
fn property(style: &str, name: &str) -> Option<String> {
    let mut found = None;
    for declaration in style.split(';') {
        if let Some((key, value)) = declaration.split_once(':')
            && key.trim().eq_ignore_ascii_case(name)
        {
            found = Some(value.trim().to_ascii_lowercase());
        }
    }
    found
}

fn is_zero(value: &str) -> bool {
    let value = value.trim_end_matches("!important").trim();
    let number = value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
    number.parse::<f64>().is_ok_and(|number| number.abs() < f64::EPSILON)
}

fn hides(style: &str) -> bool {
    let has = |name: &str, value: &str| property(style, name).is_some_and(|found| found.starts_with(value));
    let zero = |name: &str| property(style, name).is_some_and(|found| is_zero(&found));
    has("display", "none")
        || has("visibility", "hidden")
        || has("mso-hide", "all")
        || zero("opacity")
        || (zero("max-height") || zero("height")) && has("overflow", "hidden")
}

fn is_hidden(attrs: &[Attribute], hidden: &BTreeSet<String>) -> bool {
    let named = |attr: &str, sign: char| {
        let names = attribute(attrs, attr).unwrap_or("");
        names.split_whitespace().any(|name| hidden.contains(&format!("{sign}{name}")))
    };
    attribute(attrs, "hidden").is_some()
        || attribute(attrs, "style").is_some_and(hides)
        || named("class", '.')
        || named("id", '#')
}

/// The text of all style sheets.
fn sheets(dom: &RcDom) -> String {
    let mut all = String::new();
    let mut open = vec![(dom.document.clone(), false)];
    while let Some((node, in_sheet)) = open.pop() {
        if let NodeData::Text { contents } = &node.data
            && in_sheet
        {
            all.push_str(&contents.borrow());
        }
        let sheet = matches!(&node.data, NodeData::Element { name, .. } if &*name.local == "style");
        open.extend(node.children.borrow().iter().rev().map(|child| (child.clone(), sheet)));
    }
    all
}

/// Classes and ids that a rule of its own hides on every screen.
fn hidden_names(sheets: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let (mut depth, mut selector, mut body) = (0, String::new(), String::new());
    let mut bare = String::new();
    let mut rest = sheets;
    while let Some((before, after)) = rest.split_once("/*") {
        bare.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    bare.push_str(rest);
    for c in bare.replace("<!--", " ").replace("-->", " ").chars() {
        match (c, depth) {
            ('{', _) => depth += 1,
            ('}', 1) => {
                if !selector.trim_start().starts_with('@') && hides(&body) {
                    names.extend(selector.split(',').filter_map(simple));
                }
                depth = 0;
                selector.clear();
                body.clear();
            }
            ('}' | ';', 0) => selector.clear(),
            ('}', _) => depth -= 1,
            (_, 0) => selector.push(c),
            (_, 1) => body.push(c),
            _ => {}
        }
    }
    names
}

fn simple(selector: &str) -> Option<String> {
    let selector = selector.trim();
    let name = selector.get(selector.find(['.', '#'])?..)?;
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let tag = selector.strip_suffix(name)?;
    (plain(tag) && plain(name.get(1..)?)).then(|| name.to_owned())
}
