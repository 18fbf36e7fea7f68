//! Changes of a TOML text at one place each: every other byte stays, comments, line ends and all.

use std::ops::Range;

use super::layout::{Entry, Layout, Section};

/// The table of the accounts.
const ACCOUNTS: &str = "accounts";

/// A TOML text that is being changed.
#[derive(Debug)]
pub(super) struct Text {
    text: String,
    layout: Layout,
}

/// A table that is there, and how it is written.
enum Home {
    /// `{ … }`: where it stands, and what is in it.
    Inline(Range<usize>, Vec<Entry>),
    /// Below a header: the section's place.
    Section(usize),
    /// By dotted keys: the last of them, and how many of its parts lead to the table.
    Dotted(Entry, usize),
    /// The same within an inline table.
    DottedInline(Range<usize>, Vec<Entry>, Vec<String>),
    /// By the headers of tables in it alone: the first one's section.
    Implied(usize),
}

impl Text {
    /// A text that was read as TOML before.
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), layout: Layout::of(text) }
    }

    /// What it is now.
    pub(super) fn into_string(self) -> String {
        self.text
    }

    /// The names of the accounts, in the order in which they are first mentioned.
    pub(super) fn accounts(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let mut add = |path: &[String]| {
            if let [first, name, ..] = path
                && first == ACCOUNTS
                && !names.contains(name)
            {
                names.push(name.clone());
            }
        };
        for section in self.layout.sections.iter().filter(|section| !section.is_list) {
            add(&section.path);
            for entry in &section.entries {
                let path = [section.path.as_slice(), entry.key.as_slice()].concat();
                add(&path);
                if path.len() == 1 {
                    for inner in entry.inner.iter().flatten() {
                        add(&[path.as_slice(), inner.key.as_slice()].concat());
                    }
                }
            }
        }
        names
    }

    /// Gives a key this value, written as TOML; where the key is not there, it is put behind the others of its table, as
    /// that table is written.
    pub(super) fn set(&mut self, path: &[&str], value: &str) {
        if let Some(entry) = self.find(path) {
            let place = entry.value.clone();
            return self.replace(place, value);
        }
        for depth in (0..path.len()).rev() {
            let (table, rest) = path.split_at(depth);
            if let Some(home) = self.home(table) {
                return self.insert(home, (table, rest), value);
            }
        }
    }

    /// Takes a key away, or a table however it is written.
    pub(super) fn remove(&mut self, path: &[&str]) {
        while let Some(range) = self.first_of(path) {
            self.replace(range, "");
        }
    }

    /// Takes an account away, with the comments above and within it.
    pub(super) fn remove_account(&mut self, name: &str) {
        while let Some(block) = self.blocks(name).pop() {
            let with_rest = self.with_blank_lines(block);
            self.replace(with_rest, "");
        }
        self.remove(&[ACCOUNTS, name]);
    }

    /// Adds an account: `lines` are the keys of its tables, by the part of their name behind the account's; the account's
    /// own table comes first.
    pub(super) fn add_account(&mut self, name: &str, tables: &[(&str, Vec<(&str, String)>)]) {
        if let Some(Entry { inner: Some(_), .. }) = self.find(&[ACCOUNTS]) {
            let inline = |lines: &[(&str, String)]| {
                lines.iter().map(|(key, value)| format!("{key} = {value}")).collect::<Vec<_>>().join(", ")
            };
            let mut parts = Vec::new();
            for (table, lines) in tables.iter().filter(|(_, lines)| !lines.is_empty()) {
                let text = inline(lines);
                parts.push(if table.is_empty() { text } else { format!("{table} = {{ {text} }}") });
            }
            return self.set(&[ACCOUNTS, name], &format!("{{ {} }}", parts.join(", ")));
        }
        let (end, newline) = (self.end_of_accounts(), self.newline());
        let mut block = String::new();
        for (table, lines) in tables.iter().filter(|(table, lines)| table.is_empty() || !lines.is_empty()) {
            let dot = if table.is_empty() { "" } else { "." };
            block.extend(["[", ACCOUNTS, ".", &quoted_key(name), dot, table, "]", newline]);
            for (key, value) in lines {
                block.extend([key, " = ", value, newline]);
            }
            block.push_str(newline);
        }
        let before = self.text.get(..end).unwrap_or_default();
        let gap = if before.trim_start_matches('\u{feff}').is_empty() {
            String::new()
        } else if before.ends_with('\n') {
            newline.to_owned()
        } else {
            newline.repeat(2)
        };
        // An empty line is there already, or the file ends.
        let block = block.trim_end().to_owned() + newline;
        let behind = self.text.get(end..).unwrap_or_default();
        let blank = behind.is_empty() || behind.starts_with('\n') || behind.starts_with("\r\n");
        let after = if blank { "" } else { newline };
        self.replace(end..end, &format!("{gap}{block}{after}"));
    }

    /// Puts an account before the one that stands above it. `false`: how they are written does not allow that.
    pub(super) fn lift(&mut self, name: &str) -> bool {
        let names = self.accounts();
        let Some(at) = names.iter().position(|other| other == name) else { return false };
        let Some(above) = at.checked_sub(1).and_then(|at| names.get(at)) else { return true };
        let (own, other) = (self.blocks(name), self.blocks(above));
        let (lines, others) = (self.lines_of(name), self.lines_of(above));
        match (own.is_empty(), other.is_empty(), lines.is_empty(), others.is_empty()) {
            (false, false, true, true) => self.lift_ranges(own, &other, Self::with_blank_lines),
            // The empty lines between keys are nobody's.
            (true, true, false, false) => self.lift_ranges(lines, &others, |_, range| range),
            (true, true, true, true) => return self.swap_inline(name, above),
            _ => return false,
        }
        true
    }

    /// Moves what stands in these places before the first of the others; `cut` says what goes with it.
    fn lift_ranges(
        &mut self,
        own: Vec<Range<usize>>,
        other: &[Range<usize>],
        cut: impl Fn(&Self, Range<usize>) -> Range<usize>,
    ) {
        let Some(to) = other.first().map(|range| range.start) else { return };
        let newline = self.newline();
        let mut moved = String::new();
        for range in own.into_iter().filter(|range| range.start > to).rev() {
            let mut text = self.text.get(range.clone()).unwrap_or_default().to_owned();
            if !text.ends_with('\n') {
                text.push_str(newline);
            }
            let cut = cut(self, range.clone());
            if cut != range {
                text.push_str(newline);
            }
            moved.insert_str(0, &text);
            self.text.replace_range(cut, "");
        }
        self.text.insert_str(to, &moved);
        self.layout = Layout::of(&self.text);
    }

    /// Two that stand in one inline table change places.
    fn swap_inline(&mut self, name: &str, above: &str) -> bool {
        let (Some(own), Some(other)) = (self.find(&[ACCOUNTS, name]), self.find(&[ACCOUNTS, above])) else {
            return false;
        };
        let (own, other) = (own.start..own.value.end, other.start..other.value.end);
        let texts = (self.text.get(own.clone()), self.text.get(other.clone()));
        let (Some(own_text), Some(other_text)) = (texts.0.map(str::to_owned), texts.1.map(str::to_owned)) else {
            return false;
        };
        if other.end > own.start {
            return false;
        }
        self.text.replace_range(own, &other_text);
        self.text.replace_range(other, &own_text);
        self.layout = Layout::of(&self.text);
        true
    }

    fn replace(&mut self, range: Range<usize>, with: &str) {
        self.text.replace_range(range, with);
        self.layout = Layout::of(&self.text);
    }

    fn newline(&self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }

    fn find(&self, path: &[&str]) -> Option<&Entry> {
        let sections = self.layout.sections.iter().filter(|section| !section.is_list);
        sections.into_iter().find_map(|section| find_in(&section.entries, below(path, &section.path)?))
    }

    fn home(&self, table: &[&str]) -> Option<Home> {
        if let Some(entry) = self.find(table) {
            return Some(Home::Inline(entry.value.clone(), entry.inner.clone()?));
        }
        let sections = || self.layout.sections.iter().enumerate().filter(|(_, section)| !section.is_list);
        if let Some((at, _)) = sections().find(|(_, section)| section.path == table) {
            return Some(Home::Section(at));
        }
        for (_, section) in sections() {
            let Some(rest) = below(table, &section.path) else { continue };
            if let Some(home) = dotted(&section.entries, rest) {
                return Some(home);
            }
        }
        sections().find(|(_, section)| is_at_or_below(&section.path, table)).map(|(at, _)| Home::Implied(at))
    }

    fn insert(&mut self, home: Home, (table, rest): (&[&str], &[&str]), value: &str) {
        match home {
            Home::Inline(place, entries) => self.insert_inline(&place, &entries, &nested(rest, value)),
            Home::DottedInline(place, entries, prefix) => {
                let key = dotted_key(prefix.iter().map(String::as_str).chain(rest.iter().copied()));
                self.insert_inline(&place, &entries, &format!("{key} = {value}"));
            }
            Home::Dotted(entry, parts) => {
                let prefix = entry.key.iter().take(parts).map(String::as_str);
                let line = format!("{} = {value}", dotted_key(prefix.chain(rest.iter().copied())));
                self.insert_line(entry.value.end, Some(entry.start), &line);
            }
            Home::Section(at) if rest.len() == 1 => {
                let Some(section) = self.layout.sections.get(at) else { return };
                let line = format!("{} = {value}", dotted_key(rest.iter().copied()));
                let last = section.entries.last().map(|entry| (entry.value.end, entry.start));
                let (end, start) = last.map_or((section.header.end, None), |(end, start)| (end, Some(start)));
                self.insert_line(end, start, &line);
            }
            Home::Implied(at) if rest.len() == 1 => {
                let Some(section) = self.layout.sections.get(at) else { return };
                let (start, newline) = (self.lead(section), self.newline());
                let (header, key) = (dotted_key(table.iter().copied()), dotted_key(rest.iter().copied()));
                self.replace(start..start, &format!("[{header}]{newline}{key} = {value}{newline}{newline}"));
            }
            Home::Section(_) | Home::Implied(_) => {
                let sections = self.layout.sections.iter().enumerate();
                let last =
                    sections.filter(|(_, section)| is_at_or_below(&section.path, table)).map(|(at, _)| at).next_back();
                let end = last.map_or(self.text.len(), |at| self.tail(at));
                let (own, key) = rest.split_at(rest.len().saturating_sub(1));
                let header = dotted_key(table.iter().chain(own).copied());
                let key = dotted_key(key.iter().copied());
                let newline = self.newline();
                let gap = if self.text.get(..end).is_some_and(|text| text.ends_with('\n')) { "" } else { newline };
                let after = if self.begins_with(end, '#') || self.begins_with(end, '[') { newline } else { "" };
                self.replace(end..end, &format!("{gap}{newline}[{header}]{newline}{key} = {value}{newline}{after}"));
            }
        }
    }

    /// A line behind the one in which `end` is, indented as the one of `start`.
    fn insert_line(&mut self, end: usize, start: Option<usize>, line: &str) {
        let (at, newline) = (self.line_end(end), self.newline());
        let indent = start.and_then(|start| self.text.get(self.line_start(start)..start)).unwrap_or_default();
        let indent = if indent.trim().is_empty() { indent } else { "" };
        let gap = if self.text.get(..at).is_some_and(|text| text.ends_with('\n')) { "" } else { newline };
        let line = format!("{gap}{indent}{line}{newline}");
        self.replace(at..at, &line);
    }

    /// Another key at the end of an inline table.
    fn insert_inline(&mut self, place: &Range<usize>, entries: &[Entry], pair: &str) {
        let Some(last) = entries.last() else {
            let inside = self.text.get(place.start + 1..place.end.saturating_sub(1)).unwrap_or_default();
            let (range, text) = if inside.trim().is_empty() {
                (place.clone(), format!("{{ {pair} }}"))
            } else {
                (place.start + 1..place.start + 1, format!(" {pair},"))
            };
            return self.replace(range, &text);
        };
        let indent = self.text.get(self.line_start(last.start)..last.start).unwrap_or_default();
        let newline = self.newline();
        let own_line = indent.trim().is_empty() && self.line_start(last.start) > place.start;
        let (at, text) = match &last.comma {
            Some(comma) if own_line && self.line_end(comma.end) < place.end => {
                (self.line_end(comma.end), format!("{indent}{pair},{newline}"))
            }
            Some(comma) => (comma.end, format!(" {pair},")),
            None if own_line => (last.value.end, format!(",{newline}{indent}{pair}")),
            None => (last.value.end, format!(", {pair}")),
        };
        self.replace(at..at, &text);
    }

    /// The first place in which the key or table at `path` is written.
    fn first_of(&self, path: &[&str]) -> Option<Range<usize>> {
        for (at, section) in self.layout.sections.iter().enumerate() {
            if section.is_list {
                continue;
            }
            if at > 0 && is_at_or_below(&section.path, path) {
                return Some(self.with_blank_lines(self.lead(section)..self.tail(at)));
            }
            let Some(rest) = below(path, &section.path) else { continue };
            if let Some(range) = self.first_in(&section.entries, rest, false) {
                return Some(range);
            }
        }
        None
    }

    fn first_in(&self, entries: &[Entry], path: &[&str], inline: bool) -> Option<Range<usize>> {
        for (at, entry) in entries.iter().enumerate() {
            if is_at_or_below(&entry.key, path) {
                if !inline {
                    return Some(self.line_start(entry.start)..self.line_end(entry.value.end));
                }
                return Some(self.inline_range(entries, at, entry));
            }
            if let (Some(inner), Some(rest)) = (&entry.inner, below(path, &entry.key))
                && let Some(range) = self.first_in(inner, rest, true)
            {
                return Some(range);
            }
        }
        None
    }

    /// What goes with a key of an inline table: one comma, and the spaces beside it; comments stay.
    fn inline_range(&self, entries: &[Entry], at: usize, entry: &Entry) -> Range<usize> {
        if let Some(comma) = &entry.comma {
            let behind = self.text.get(comma.end..).unwrap_or_default();
            let spaces = behind.len() - behind.trim_start_matches([' ', '\t']).len();
            return entry.start..comma.end + spaces;
        }
        let before = at.checked_sub(1).and_then(|at| entries.get(at)).and_then(|entry| entry.comma.clone());
        match before {
            Some(comma) if self.text.get(comma.end..entry.start).is_some_and(|gap| gap.trim().is_empty()) => {
                comma.start..entry.value.end
            }
            Some(_) | None => entry.start..entry.value.end,
        }
    }

    /// Where an account's sections stand, lists too, those that follow each other as one, with the comments that belong to
    /// them.
    fn blocks(&self, name: &str) -> Vec<Range<usize>> {
        let mut blocks: Vec<Range<usize>> = Vec::new();
        let mut last = None;
        for (at, section) in self.layout.sections.iter().enumerate() {
            if !is_at_or_below(&section.path, &[ACCOUNTS, name]) {
                continue;
            }
            let end = self.tail(at);
            match blocks.last_mut() {
                Some(block) if last == Some(at.saturating_sub(1)) => block.end = end,
                Some(_) | None => blocks.push(self.lead(section)..end),
            }
            last = Some(at);
        }
        blocks
    }

    /// The lines of an account that is written by keys, not by headers.
    fn lines_of(&self, name: &str) -> Vec<Range<usize>> {
        let mut lines = Vec::new();
        let account = [ACCOUNTS, name];
        for section in self.layout.sections.iter().filter(|section| !section.is_list) {
            let Some(rest) = below(&account, &section.path) else { continue };
            if rest.is_empty() {
                continue;
            }
            for entry in section.entries.iter().filter(|entry| is_at_or_below(&entry.key, rest)) {
                lines.push(self.line_start(entry.start)..self.line_end(entry.value.end));
            }
        }
        lines
    }

    /// Where an account is put that comes last.
    fn end_of_accounts(&self) -> usize {
        let sections = self.layout.sections.iter().enumerate();
        let last = sections.filter(|(_, section)| is_at_or_below(&section.path, &[ACCOUNTS]));
        last.map(|(at, _)| at).next_back().map_or(self.text.len(), |at| self.tail(at))
    }

    /// Where a section begins: with the comment directly above its header. The head of the file belongs to no section.
    fn lead(&self, section: &Section) -> usize {
        let header = self.line_start(section.header.start);
        let mut start = header;
        while start > 0 {
            let above = self.line_start(start - 1);
            let line = self.text.get(above..start).unwrap_or_default().trim();
            if !line.starts_with('#') {
                return start;
            }
            start = above;
        }
        header
    }

    /// Where a section ends: behind its last line, and the comments that follow without an empty line, unless they lead
    /// straight to another header.
    fn tail(&self, at: usize) -> usize {
        let Some(section) = self.layout.sections.get(at) else { return self.text.len() };
        let last = section.entries.last().map_or(section.header.end, |entry| entry.value.end);
        let own = self.line_end(last);
        let mut end = own;
        while self.begins_with(end, '#') {
            end = self.line_end(end);
        }
        if self.begins_with(end, '[') { own } else { end }
    }

    /// Whether this is the first sign of the line that begins here.
    fn begins_with(&self, line: usize, sign: char) -> bool {
        self.text.get(line..).is_some_and(|rest| rest.trim_start_matches([' ', '\t']).starts_with(sign))
    }

    /// The range with the empty lines behind it; at the end of the text with those before it.
    fn with_blank_lines(&self, range: Range<usize>) -> Range<usize> {
        let Range { mut start, mut end } = range;
        while end < self.text.len() {
            let next = self.line_end(end);
            if !self.text.get(end..next).unwrap_or_default().trim().is_empty() {
                return start..end;
            }
            end = next;
        }
        while start > 0 {
            let above = self.line_start(start - 1);
            if !self.text.get(above..start).unwrap_or_default().trim().is_empty() {
                break;
            }
            start = above;
        }
        start..end
    }

    fn line_start(&self, at: usize) -> usize {
        self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1)
    }

    /// Behind the line break of the line in which `at` is.
    fn line_end(&self, at: usize) -> usize {
        self.text.get(at..).and_then(|rest| rest.find('\n')).map_or(self.text.len(), |length| at + length + 1)
    }
}

/// What of `path` is left below `table`; `None` when it is not in it.
fn below<'p, 's>(path: &'p [&'s str], table: &[String]) -> Option<&'p [&'s str]> {
    let (head, rest) = path.split_at_checked(table.len())?;
    (head == table).then_some(rest)
}

fn is_at_or_below(path: &[String], table: &[&str]) -> bool {
    path.get(..table.len()).is_some_and(|head| head == table)
}

fn find_in<'e>(entries: &'e [Entry], path: &[&str]) -> Option<&'e Entry> {
    entries.iter().find_map(|entry| match below(path, &entry.key)? {
        [] => Some(entry),
        rest => find_in(entry.inner.as_deref()?, rest),
    })
}

/// A table that dotted keys make, within these entries.
fn dotted(entries: &[Entry], table: &[&str]) -> Option<Home> {
    if let Some(entry) = entries.iter().rev().find(|entry| is_at_or_below(&entry.key, table)) {
        return Some(Home::Dotted(entry.clone(), table.len()));
    }
    for entry in entries {
        if let (Some(rest), Some(inner)) = (below(table, &entry.key), &entry.inner) {
            let prefix = || rest.iter().map(|part| (*part).to_owned()).collect();
            return match dotted(inner, rest)? {
                Home::Dotted(..) => Some(Home::DottedInline(entry.value.clone(), inner.clone(), prefix())),
                home @ (Home::Inline(..) | Home::Section(_) | Home::DottedInline(..) | Home::Implied(_)) => Some(home),
            };
        }
    }
    None
}

/// `imap = { host = … }`.
fn nested(rest: &[&str], value: &str) -> String {
    match rest {
        [] => value.to_owned(),
        [key] => format!("{} = {value}", quoted_key(key)),
        [key, rest @ ..] => format!("{} = {{ {} }}", quoted_key(key), nested(rest, value)),
    }
}

fn dotted_key<'k>(parts: impl Iterator<Item = &'k str>) -> String {
    parts.map(quoted_key).collect::<Vec<_>>().join(".")
}

/// A key, in quotes where it needs them.
pub(super) fn quoted_key(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { quoted(key) }
}

/// A string.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
