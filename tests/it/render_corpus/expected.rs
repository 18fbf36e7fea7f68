//! The fields that upstream test suites assert, against ours.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;

use posthaste::render::{Context, Document, Person, SpanRole, View, lay, parse};
use posthaste::safe_text::SafeText;
use serde_json::Value;

use super::{for_all, shared};

/// Where we differ on purpose, or where upstream libraries disagree about mail that is broken: file, field, reason.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "chatmail-core/attach_filename_apostrophed_windows1251.eml",
        "attachment[0].filename",
        "windows-1251 in pieces by RFC 2231: mail-parser decodes each piece as UTF-8, three letters are lost",
    ),
    (
        "chatmail-core/attach_filename_encoded_words_bad_delimiter.eml",
        "attachment[0].filename",
        "an encoded word without a space after it: decoding it as well gives the reader foo.bar",
    ),
    (
        "ruby-mail/rfc2822__example10.eml",
        "from_addresses",
        "obsolete syntax: ruby mail keeps the comment in the address",
    ),
    ("ruby-mail/rfc2822__example10.eml", "to_addresses", "obsolete syntax: a comment after the group is one more name"),
    ("ruby-mail/rfc2822__example13.eml", "from_addresses", "obsolete syntax: spaces and comments around the dots"),
    ("ruby-mail/rfc2822__example13.eml", "to_addresses", "obsolete syntax: ruby mail gives the field as one string"),
    ("ruby-mail/rfc2822__example13.eml", "message_id", "obsolete syntax: spaces inside of the id"),
];

/// Protects the header block and the text: subject, people, dates, ids, names of attachments and texts are what the
/// test suites of mail-parser, ruby mail, `CPython`, Pony Mail and others say.
#[test]
fn fields_are_what_other_libraries_say() {
    let Some(folder) = shared("corpora/mail") else { return };
    let table = std::fs::read_to_string(folder.join("expected.jsonl")).unwrap();
    let mut by_file: BTreeMap<String, Vec<(String, Value)>> = BTreeMap::new();
    for line in table.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| row.get(key).and_then(Value::as_str).unwrap().to_owned();
        by_file.entry(text("file")).or_default().push((text("field"), row.get("value").unwrap().clone()));
    }
    let paths: Vec<_> = by_file.keys().map(|file| folder.join(file)).collect();
    let (checked, wrong) = (Mutex::new(0), Mutex::new(BTreeSet::new()));
    for_all(&paths, |_, path| {
        let file = path.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
        let document = read(path);
        for (field, value) in by_file.get(&file).unwrap() {
            match agrees(&document, path, field, value) {
                Some(true) => *checked.lock().unwrap() += 1,
                Some(false) => {
                    if std::env::var_os("SHOW_DIFFERENCES").is_some() {
                        println!("{file} {field}: {value}\n    {:?} {:?}", document.head, document.parts);
                    }
                    wrong.lock().unwrap().insert((file.clone(), field.clone()));
                }
                None => {}
            }
        }
    });
    let excused: BTreeSet<_> =
        EXCEPTIONS.iter().map(|(file, field, _)| ((*file).to_owned(), (*field).to_owned())).collect();
    let wrong = wrong.into_inner().unwrap();
    assert_eq!(wrong.difference(&excused).collect::<Vec<_>>(), Vec::<&(String, String)>::new(), "not as expected");
    assert_eq!(excused.difference(&wrong).collect::<Vec<_>>(), Vec::<&(String, String)>::new(), "no longer exceptions");
    let checked = checked.into_inner().unwrap();
    assert!(checked > 1_000, "only {checked} values were compared");
}

fn read(path: &Path) -> Document {
    parse(&std::fs::read(path).unwrap(), View::Best, &Context::default())
}

/// Whether the document agrees with a value; `None` when the field is not one that rendering answers.
fn agrees(document: &Document, path: &Path, field: &str, value: &Value) -> Option<bool> {
    let head = &document.head;
    let text = value.as_str();
    Some(match field {
        "subject" => same(&squeeze(text?), head.subject.as_str()),
        "message_id" => text?.trim_matches(['<', '>', ' ']) == head.message_id.as_str().trim_matches(['<', '>', ' ']),
        "from" => same_people(&people(value), &ours(&head.from)),
        "to" => same_people(&people(value), &ours(&head.to)),
        "cc" => same_people(&people(value), &ours(&head.cc)),
        "from_addresses" => addresses(value) == bare(&head.from),
        "to_addresses" => addresses(value) == bare(&head.to),
        "cc_addresses" => addresses(value) == bare(&head.cc),
        "date" => {
            let expected: jiff::Timestamp = text?.parse().ok()?;
            head.sent.map(|sent| sent.0) == Some(expected.as_second())
        }
        "has_attachments" => value.as_bool()? != document.parts.is_empty(),
        "attachment_names" => {
            let names = value.as_array()?.iter().filter_map(Value::as_str).filter(|name| !name.is_empty());
            names.map(squeeze).all(|name| document.parts.iter().any(|part| similar(part.name.as_str(), &name)))
        }
        "attachments" => {
            let named = value.as_array()?.iter().filter_map(|one| one.get("filename").and_then(Value::as_str));
            named.map(squeeze).all(|name| document.parts.iter().any(|part| similar(part.name.as_str(), &name)))
        }
        "attachment[0].filename" | "attachment[1].filename" => {
            document.parts.iter().any(|part| similar(part.name.as_str(), &squeeze(text.unwrap_or(""))))
        }
        "body_text" | "body_text_contains" => {
            let bytes = std::fs::read(path).unwrap();
            [View::Plain, View::Best].into_iter().any(|view| {
                let ours = letters_of(&parse(&bytes, view, &Context::default()));
                contains(&ours, text.unwrap_or(""))
            })
        }
        _ => return None,
    })
}

/// Equal; where upstream has U+FFFD for raw 8-bit letters without a charset, which we read as windows-1252, only what is
/// ASCII is compared.
fn same(theirs: &str, ours: &str) -> bool {
    let ascii = |text: &str| text.chars().filter(char::is_ascii).collect::<String>();
    if theirs.contains('\u{fffd}') { ascii(theirs) == ascii(ours) } else { theirs == ours }
}

fn same_people(theirs: &[(String, String)], ours: &[(String, String)]) -> bool {
    let pairs = theirs.iter().zip(ours);
    theirs.len() == ours.len() && pairs.into_iter().all(|(one, two)| same(&one.0, &two.0) && one.1 == two.1)
}

fn contains(ours: &str, theirs: &str) -> bool {
    let ascii = |text: &str| text.chars().filter(char::is_ascii).collect::<String>();
    if theirs.contains('\u{fffd}') {
        ascii(ours).contains(&ascii(&letters(theirs)))
    } else {
        ours.contains(&letters(theirs))
    }
}

fn squeeze(text: &str) -> String {
    SafeText::squeezed(text).as_str().to_owned()
}

/// Equal but for what a safe file name leaves out or replaces.
fn similar(ours: &str, theirs: &str) -> bool {
    let last = theirs.rsplit(['/', '\\']).next().unwrap_or("");
    letters(ours) == letters(last) || letters(ours).starts_with(&letters(last)) && !letters(last).is_empty()
}

fn ours(list: &[Person]) -> Vec<(String, String)> {
    list.iter().map(|person| (person.name.as_str().to_owned(), person.address.as_str().to_owned())).collect()
}

fn bare(list: &[Person]) -> Vec<String> {
    list.iter().map(|person| person.address.as_str().to_owned()).collect()
}

fn addresses(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(squeeze).collect(),
        Value::String(one) => vec![squeeze(one)],
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

/// Lists of {name, address}; groups are flattened.
fn people(value: &Value) -> Vec<(String, String)> {
    let text = |one: &Value, key: &str| squeeze(one.get(key).and_then(Value::as_str).unwrap_or(""));
    let mut out = Vec::new();
    for one in value.as_array().unwrap() {
        match one.get("addresses").and_then(Value::as_array) {
            Some(members) => out.extend(members.iter().map(|one| (text(one, "name"), text(one, "address")))),
            None => out.push((text(one, "name"), text(one, "address"))),
        }
    }
    out.retain(|(name, address)| !name.is_empty() || !address.is_empty());
    out
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The letters and digits of the text, without the numbers of links.
fn letters_of(document: &Document) -> String {
    let laid = lay(document.clone(), 200);
    let spans = laid.lines.iter().flat_map(|line| &line.spans);
    let text: String = spans.filter(|span| span.role != SpanRole::LinkNote).map(|span| span.text.as_str()).collect();
    letters(&text)
}
