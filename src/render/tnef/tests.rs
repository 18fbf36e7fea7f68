//! Streams put together here, whole, cut off and forged.

use proptest::prelude::{ProptestConfig, any};
use proptest::{collection, proptest};

use super::property::MAX_PROPERTIES;
use super::{IID_MESSAGE, MAX_FILES, RtfBody, Tnef, open, rtf_text};

/// Builds a stream and remembers where its lengths and counts stand and where its attributes end.
#[derive(Default)]
struct Builder {
    bytes: Vec<u8>,
    lengths: Vec<usize>,
    ends: Vec<usize>,
}

/// Builds a property list; the places of its lengths count from its beginning.
#[derive(Default)]
struct Properties {
    count: u32,
    bytes: Vec<u8>,
    lengths: Vec<usize>,
}

impl Properties {
    fn number(&mut self, value: u32) {
        self.bytes.extend(value.to_le_bytes());
    }

    fn length(&mut self, value: usize) {
        self.lengths.push(self.bytes.len());
        self.number(u32::try_from(value).unwrap());
    }

    fn padded(&mut self, data: &[u8]) {
        self.length(data.len());
        self.bytes.extend(data);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    fn tag(&mut self, kind: u16, id: u16) {
        self.count += 1;
        self.bytes.extend(kind.to_le_bytes());
        self.bytes.extend(id.to_le_bytes());
    }

    fn fixed(mut self, kind: u16, id: u16, value: &[u8]) -> Self {
        self.tag(kind, id);
        self.bytes.extend(value);
        self
    }

    fn variable(mut self, kind: u16, id: u16, values: &[&[u8]]) -> Self {
        self.tag(kind, id);
        self.length(values.len());
        for value in values {
            self.padded(value);
        }
        self
    }

    fn wide(self, id: u16, text: &str) -> Self {
        self.variable(0x001f, id, &[&utf16(text)])
    }

    /// A flag with a number for its name, then one with a string.
    fn named(mut self) -> Self {
        for (kind, id) in [(0x000b, 0x8001), (0x0102, 0x8002)] {
            self.tag(kind, id);
            self.bytes.extend([7; 16]);
            if kind == 0x000b {
                self.number(0);
                self.number(0x8554);
                self.number(1);
            } else {
                self.number(1);
                self.padded(&utf16("Keywords"));
                self.length(1);
                self.padded(b"odd");
            }
        }
        self
    }
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

impl Builder {
    fn new() -> Self {
        Self { bytes: vec![0x78, 0x9f, 0x3e, 0x22, 1, 0], ..Self::default() }
    }

    fn attribute(mut self, level: u8, id: u32, data: &[u8]) -> Self {
        self.bytes.push(level);
        self.bytes.extend(id.to_le_bytes());
        self.lengths.push(self.bytes.len());
        self.bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        self.bytes.extend(data);
        let sum = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        self.bytes.extend(sum.to_le_bytes());
        self.ends.push(self.bytes.len());
        self
    }

    fn properties(mut self, level: u8, id: u32, properties: &Properties) -> Self {
        let data = [&properties.count.to_le_bytes(), properties.bytes.as_slice()].concat();
        let start = self.bytes.len() + 9;
        self.lengths.push(start);
        self.lengths.extend(properties.lengths.iter().map(|place| start + 4 + place));
        self.attribute(level, id, &data)
    }

    /// An attachment's beginning: position and size of its icon.
    fn attachment(self) -> Self {
        self.attribute(2, 0x0006_9002, &[1, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0])
    }
}

/// RTF that is not compressed, with its header.
fn stored(rtf: &[u8]) -> Vec<u8> {
    let size = u32::try_from(rtf.len()).unwrap();
    let header = [size + 12, size, 0x414c_454d, 0].map(u32::to_le_bytes).concat();
    [header.as_slice(), rtf].concat()
}

/// A message with everything: both kinds of names, several values, three texts, a file and a message inside.
fn sample() -> Builder {
    let message = Properties::default()
        .named()
        .fixed(0x0002, 0x0001, &[1, 0, 0, 0])
        .fixed(0x0040, 0x0039, &[9; 8])
        .fixed(0x0048, 0x0002, &[9; 16])
        .variable(0x101f, 0x0003, &[&utf16("one"), &utf16("two!")])
        .wide(0x0037, "Grüße")
        .variable(0x001e, 0x1000, &[b"Stra\xdfe\0"])
        .variable(0x0102, 0x1013, &["<p>¥ 100</p>".as_bytes()])
        .variable(0x0102, 0x1009, &[&stored(b"{\\rtf1 rich\\par}")])
        .fixed(0x0003, 0x3fde, &65001_u32.to_le_bytes());
    let file = Properties::default()
        .variable(0x001e, 0x3704, &[b"REPORT~1.PDF\0"])
        .wide(0x3707, "Report für alle.pdf")
        .wide(0x370e, "application/pdf")
        .wide(0x3712, "<a@b>");
    let inner = [IID_MESSAGE.as_slice(), b"\x78\x9f\x3e\x22\x01\x00"].concat();
    let embedded = Properties::default()
        .wide(0x3001, "Re: inside")
        .fixed(0x0003, 0x3705, &5_u32.to_le_bytes())
        .variable(0x000d, 0x3701, &[&inner]);
    Builder::new()
        .attribute(1, 0x0008_9006, &[0, 0, 1, 0])
        .attribute(1, 0x0006_9007, &[0xe4, 4, 0, 0, 0, 0, 0, 0])
        .attribute(1, 0x0007_8008, b"IPM.Microsoft Mail.Note\0")
        .attribute(1, 0x0001_8004, b"old\0")
        .properties(1, 0x0006_9003, &message)
        .attachment()
        .attribute(2, 0x0006_800f, b"%PDF-")
        .attribute(2, 0x0001_8010, b"REPORT~1.PDF\0")
        .properties(2, 0x0006_9005, &file)
        .attachment()
        .attribute(2, 0x0001_8010, b"Untitled\0")
        .properties(2, 0x0006_9005, &embedded)
}

/// Protects the purpose: every text and every file of a whole stream, in its own code page.
#[test]
fn a_whole_stream_is_read() {
    let bytes = sample().bytes;
    let found = open(&bytes).unwrap();
    assert!(!found.cut);
    assert_eq!(found.message_class, "IPM.Note");
    assert_eq!(found.subject, "Grüße");
    assert_eq!(found.plain.as_deref(), Some("Straße"));
    assert_eq!(found.html.as_deref(), Some("<p>¥ 100</p>"));
    assert_eq!(rtf_text(&found.rtf.unwrap()), RtfBody::Text("rich\n".to_owned()));
    let [file, embedded] = found.files.as_slice() else { panic!("two files, not {}", found.files.len()) };
    assert_eq!((file.name.as_str(), file.data.as_ref(), file.embedded), ("Report für alle.pdf", &b"%PDF-"[..], false));
    assert_eq!(file.media_type.as_deref(), Some("application/pdf"));
    assert_eq!(file.content_id.as_deref(), Some("a@b"));
    assert_eq!((embedded.name.as_str(), embedded.embedded), ("Re: inside", true));
    assert_eq!(embedded.data.as_ref(), b"\x78\x9f\x3e\x22\x01\x00");
}

/// Whether what was found is the beginning of the whole, or less.
fn is_part_of(found: &Tnef<'_>, whole: &Tnef<'_>) -> bool {
    let text = |a: &Option<String>, b: &Option<String>| a.is_none() || a == b;
    (found.subject == whole.subject || ["", "old"].contains(&found.subject.as_str()))
        && text(&found.plain, &whole.plain)
        && found.files.len() <= whole.files.len()
        && found.files.iter().zip(&whole.files).all(|(a, b)| a.data.is_empty() || a.data == b.data)
}

/// Protects the reader from half a file: no cut passes unnoticed unless it falls between two attributes.
#[test]
fn every_truncation_is_noticed_and_keeps_what_came_before() {
    let sample = sample();
    let whole = open(&sample.bytes).unwrap();
    for length in 0..sample.bytes.len() {
        let Some(found) = open(&sample.bytes[..length]) else {
            assert!(length < 4, "{length} bytes have the signature");
            continue;
        };
        // Before or inside the checksum of an attribute nothing is missing.
        let between = length == 6 || sample.ends.iter().any(|end| (end - 2..=*end).contains(&length));
        assert_eq!(found.cut, !between, "cut at {length}");
        assert!(is_part_of(&found, &whole), "cut at {length}: {found:?}");
    }
}

/// Protects from allocations and loops by a forged length: each is noticed, and what came before it is shown.
#[test]
fn every_forged_length_is_noticed() {
    let sample = sample();
    let whole = open(&sample.bytes).unwrap();
    assert!(sample.lengths.len() > 40, "the sample has its lengths listed");
    for place in &sample.lengths {
        let mut bytes = sample.bytes.clone();
        bytes[*place..*place + 4].fill(0xff);
        let found = open(&bytes).unwrap();
        assert!(found.cut, "the length at {place} was believed");
        assert!(is_part_of(&found, &whole), "forged at {place}: {found:?}");
        // The class is in the third attribute.
        assert!(*place < sample.ends[2] || found.message_class == "IPM.Note", "forged at {place}");
    }
}

/// Protects mail that is no TNEF from being taken for it, and the bare beginning from a panic.
#[test]
fn the_signature_decides() {
    assert_eq!(open(b""), None);
    assert_eq!(open(b"\x78\x9f\x3e"), None);
    assert_eq!(open(b"\x78\x9f\x3e\x23\x01\x00"), None);
    assert_eq!(open(b"\x78\x9f\x3e\x22\x01\x00"), Some(Tnef::default()));
    assert_eq!(open(b"\x78\x9f\x3e\x22\x01\x00\r\n\0"), Some(Tnef::default()));
    assert!(open(b"\x78\x9f\x3e\x22").unwrap().cut);
    assert!(open(b"\x78\x9f\x3e\x22\x01\x00\x03garbage that is no attribute").unwrap().cut);
}

/// Protects the limits: the files and properties up to them are there, the rest is not, and it is said.
#[test]
fn files_and_properties_have_a_limit() {
    let file = |builder: Builder| builder.attachment().attribute(2, 0x0001_8010, b"a.txt\0");
    let full = (0..MAX_FILES).fold(Builder::new(), |builder, _| file(builder));
    let over = file((0..MAX_FILES).fold(Builder::new(), |builder, _| file(builder)));
    let found = open(&full.bytes).unwrap();
    assert_eq!((found.files.len(), found.cut), (MAX_FILES, false));
    let found = open(&over.bytes).unwrap();
    assert_eq!((found.files.len(), found.cut), (MAX_FILES, true));

    let flags = |count| (0..count).fold(Properties::default(), |list, _| list.fixed(0x000b, 1, &[0; 4]));
    let message =
        |count: usize| Builder::new().properties(1, 0x0006_9003, &flags(count - 1).wide(0x0037, "last")).bytes;
    let bytes = message(MAX_PROPERTIES);
    let found = open(&bytes).unwrap();
    assert_eq!((found.subject.as_str(), found.cut), ("last", false));
    let bytes = message(MAX_PROPERTIES + 1);
    let found = open(&bytes).unwrap();
    assert_eq!((found.subject.as_str(), found.cut), ("", true));
}

/// Protects strings in the sender's code page, named before or after them, and those that name none or an unknown one.
#[test]
fn strings_are_read_in_their_code_page() {
    let cases: [(Option<u32>, &[u8], &str); 6] = [
        (Some(1251), b"\xcf\xf0\xe8\xe2\xe5\xf2\0", "Привет"),
        (Some(932), b"\x93\xfa\x96\x7b", "日本"),
        (Some(65001), "日本\0x".as_bytes(), "日本"),
        (Some(437), b"caf\xe9", "café"),
        (None, "café".as_bytes(), "café"),
        // A wide code page cannot be that of a narrow string.
        (Some(1200), b"plain", "plain"),
    ];
    for (page, bytes, expected) in cases {
        let mut builder = Builder::new().attribute(1, 0x0001_8004, bytes);
        if let Some(page) = page {
            builder = builder.attribute(1, 0x0006_9007, &[page.to_le_bytes(), [0; 4]].concat());
        }
        assert_eq!(open(&builder.bytes).unwrap().subject, expected, "{page:?}");
    }
}

/// Protects HTML in another code page than the strings, with a byte order mark, and HTML kept as a string.
#[test]
fn html_is_read_in_its_own_code_page() {
    let html = |page: u32, kind: u16, bytes: &[u8]| {
        let list = Properties::default().fixed(0x0003, 0x3fde, &page.to_le_bytes()).variable(kind, 0x1013, &[bytes]);
        let builder = Builder::new().attribute(1, 0x0006_9007, &[0xe4, 4, 0, 0, 0, 0, 0, 0]);
        open(&builder.properties(1, 0x0006_9003, &list).bytes).unwrap().html
    };
    assert_eq!(html(50220, 0x0102, b"<b>\x1b$BF|K\\\x1b(B</b>\0\0").as_deref(), Some("<b>日本</b>"));
    assert_eq!(html(1252, 0x0102, b"\xef\xbb\xbf\xc3\xa9").as_deref(), Some("é"));
    assert_eq!(html(1200, 0x0102, &utf16("<i>ä</i>")).as_deref(), Some("<i>ä</i>"));
    assert_eq!(html(65001, 0x001e, b"<i>\xe4</i>\0").as_deref(), Some("<i>ä</i>"));
    assert_eq!(html(65001, 0x0102, b"\0\0"), None);
}

/// Protects attachments of other writers: no long name, the data as a property, and an object that is no message.
#[test]
fn names_and_data_have_their_fallbacks() {
    let object = [[1; 16].as_slice(), b"ole"].concat();
    let builder = Builder::new()
        .attachment()
        .attribute(2, 0x0001_8010, b"title.txt\0")
        .properties(2, 0x0006_9005, &Properties::default().variable(0x0102, 0x3701, &[b"data"]))
        .attachment()
        .attribute(2, 0x0001_8010, b"SHORT~1.TXT\0")
        .attribute(2, 0x0006_9001, b"a long name.txt\0")
        .attachment()
        .properties(2, 0x0006_9005, &Properties::default().variable(0x000d, 0x3701, &[&object]).wide(0x3001, "Sheet"))
        .attachment();
    let found = open(&builder.bytes).unwrap();
    let files: Vec<_> = found.files.iter().map(|f| (f.name.as_str(), f.data.as_ref(), f.embedded)).collect();
    let expected = [("title.txt", &b"data"[..], false), ("a long name.txt", b"", false), ("Sheet", b"ole", false)];
    assert_eq!(files, expected);
    assert!(!found.cut);
}

/// Protects the note to the reader: RTF that is damaged or of an unknown kind is said to be.
#[test]
fn damaged_rtf_is_said_to_be() {
    let message = |rtf: &[u8]| {
        let list = Properties::default().variable(0x0102, 0x1009, &[rtf]);
        let bytes = Builder::new().properties(1, 0x0006_9003, &list).bytes;
        open(&bytes).map(|found| (found.rtf, found.cut)).unwrap()
    };
    let rtf = stored(b"{\\rtf1 x}");
    assert_eq!(message(&rtf), (Some(b"{\\rtf1 x}".to_vec()), false));
    assert_eq!(message(&rtf[..20]), (Some(b"{\\rt".to_vec()), true));
    assert_eq!(message(&rtf[..15]), (None, true));
    assert_eq!(message(b""), (None, false));
    assert_eq!(message(&[0; 40]), (None, true));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Protects from panics and from more coming out than went in, whatever bytes are changed.
    #[test]
    fn changed_bytes_are_survived(changes in collection::vec((any::<u16>(), any::<u8>()), 1..12)) {
        let mut bytes = sample().bytes;
        let length = bytes.len();
        for (place, byte) in changes {
            bytes[usize::from(place) % length] = byte;
        }
        if let Some(found) = open(&bytes) {
            let data: usize = found.files.iter().map(|file| file.data.len()).sum();
            assert!(data <= bytes.len() && found.subject.len() <= 3 * bytes.len());
        }
    }
}
