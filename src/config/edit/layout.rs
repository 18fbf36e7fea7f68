//! Where things stand in a TOML text: headers, keys and values by their bytes, as the parser of our TOML library sees them.

use std::ops::Range;

use toml_parser::Source;
use toml_parser::parser::{Event, EventKind, parse_document};

/// A text's tables, in the order of the text. The first one is the root, which has no header.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) sections: Vec<Section>,
}

/// A header, and what stands below it.
#[derive(Debug, Default)]
pub(super) struct Section {
    pub(super) path: Vec<String>,
    /// `[[…]]`.
    pub(super) is_list: bool,
    /// From bracket to bracket.
    pub(super) header: Range<usize>,
    pub(super) entries: Vec<Entry>,
}

/// A key and its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The parts of a dotted key; one part otherwise.
    pub(super) key: Vec<String>,
    /// Where the key begins.
    pub(super) start: usize,
    pub(super) value: Range<usize>,
    /// What stands in an inline table.
    pub(super) inner: Option<Vec<Entry>>,
    /// The comma behind it, within an inline table.
    pub(super) comma: Option<Range<usize>>,
}

impl Layout {
    /// The layout of a text that was read as TOML before.
    pub(super) fn of(text: &str) -> Self {
        let source = Source::new(text);
        let tokens = source.lex().into_vec();
        let mut builder = Builder::new(source);
        let mut take = |event: Event| builder.take(&event);
        parse_document(&tokens, &mut take, &mut ());
        Self { sections: builder.sections }
    }
}

/// A table or a list whose end has not come.
enum Open {
    Table { start: usize, entries: Vec<Entry> },
    List { start: usize },
}

struct Builder<'t> {
    source: Source<'t>,
    sections: Vec<Section>,
    /// The parts of the key that is being read, and where it begins.
    key: (Vec<String>, usize),
    /// Keys whose value has not ended.
    waiting: Vec<(Vec<String>, usize)>,
    open: Vec<Open>,
    header: usize,
}

impl<'t> Builder<'t> {
    fn new(source: Source<'t>) -> Self {
        Self {
            source,
            sections: vec![Section::default()],
            key: (Vec::new(), 0),
            waiting: Vec::new(),
            open: Vec::new(),
            header: 0,
        }
    }

    fn take(&mut self, event: &Event) {
        let span = event.span().start()..event.span().end();
        match event.kind() {
            EventKind::StdTableOpen | EventKind::ArrayTableOpen => {
                self.header = span.start;
                self.key.0.clear();
            }
            EventKind::StdTableClose | EventKind::ArrayTableClose => {
                let path = std::mem::take(&mut self.key.0);
                let is_list = event.kind() == EventKind::ArrayTableClose;
                let header = self.header..span.end;
                self.sections.push(Section { path, is_list, header, entries: Vec::new() });
            }
            EventKind::SimpleKey => {
                let mut part = String::new();
                if let Some(raw) = self.source.get(event) {
                    raw.decode_key(&mut part, &mut ());
                }
                if self.key.0.is_empty() {
                    self.key.1 = span.start;
                }
                self.key.0.push(part);
            }
            EventKind::KeyValSep => self.waiting.push(std::mem::take(&mut self.key)),
            EventKind::InlineTableOpen => self.open.push(Open::Table { start: span.start, entries: Vec::new() }),
            EventKind::ArrayOpen => self.open.push(Open::List { start: span.start }),
            EventKind::Scalar => self.value(span, None),
            EventKind::InlineTableClose | EventKind::ArrayClose => match self.open.pop() {
                Some(Open::Table { start, entries }) => self.value(start..span.end, Some(entries)),
                Some(Open::List { start }) => self.value(start..span.end, None),
                None => {}
            },
            EventKind::ValueSep => {
                if let Some(Open::Table { entries, .. }) = self.open.last_mut()
                    && let Some(last) = entries.last_mut()
                {
                    last.comma = Some(span);
                }
            }
            EventKind::KeySep | EventKind::Whitespace | EventKind::Comment | EventKind::Newline | EventKind::Error => {}
        }
    }

    /// A value ended: its key is done, unless it is one of a list.
    fn value(&mut self, value: Range<usize>, inner: Option<Vec<Entry>>) {
        let entries = match self.open.last_mut() {
            Some(Open::List { .. }) => return,
            Some(Open::Table { entries, .. }) => entries,
            None => match self.sections.last_mut() {
                Some(section) => &mut section.entries,
                None => return,
            },
        };
        if let Some((key, start)) = self.waiting.pop() {
            entries.push(Entry { key, start, value, inner, comma: None });
        }
    }
}
