//! TNEF, the `winmail.dat` of Outlook and Exchange, opened: the texts and the files inside it (\[MS-OXTNEF\]).
//!
//! Every length is checked against the bytes that are left, nothing is allocated for a length field alone, and damage
//! ends the reading, not the showing: what came before is given out, with [`Tnef::cut`] set. Checksums are not
//! verified: programs of old write wrong ones (2.3.3.4), and they protect nobody. All strings are as the sender wrote
//! them: the caller makes each a `SafeText` before it is shown, and a safe file name before it is saved under.

mod code_page;
mod compressed;
mod property;
mod reader;
mod rtf;

use std::borrow::Cow;

use code_page::Pages;
use property::{Property, Value};
use reader::Reader;

pub(crate) use rtf::{RtfBody, rtf_text};

/// Files listed; with more, [`Tnef::cut`] is set.
pub(crate) const MAX_FILES: usize = 500;

/// The first four bytes, little-endian (\[MS-OXTNEF\] 2.1.3).
const SIGNATURE: u32 = 0x223e_9f78;

/// Level of an attribute that belongs to the message (\[MS-OXTNEF\] 2.1.3).
const LEVEL_MESSAGE: u8 = 1;
/// Level of an attribute that belongs to an attachment.
const LEVEL_ATTACHMENT: u8 = 2;

// Attributes ([MS-OXTNEF] 2.1.3.3): the upper half is the type, the lower half the id.
const ATT_SUBJECT: u32 = 0x0001_8004;
const ATT_MESSAGE_CLASS: u32 = 0x0007_8008;
const ATT_BODY: u32 = 0x0002_800c;
const ATT_MSG_PROPS: u32 = 0x0006_9003;
const ATT_OEM_CODEPAGE: u32 = 0x0006_9007;
const ATT_ATTACH_RENDDATA: u32 = 0x0006_9002;
const ATT_ATTACH_DATA: u32 = 0x0006_800f;
const ATT_ATTACH_TITLE: u32 = 0x0001_8010;
const ATT_ATTACH_TRANSPORT_FILENAME: u32 = 0x0006_9001;
const ATT_ATTACHMENT: u32 = 0x0006_9005;

// Properties ([MS-OXPROPS]): `PidTag` and the name.
const MESSAGE_CLASS: u16 = 0x001a;
const SUBJECT: u16 = 0x0037;
const BODY: u16 = 0x1000;
const RTF_COMPRESSED: u16 = 0x1009;
const HTML: u16 = 0x1013;
const DISPLAY_NAME: u16 = 0x3001;
const ATTACH_DATA: u16 = 0x3701;
const ATTACH_FILENAME: u16 = 0x3704;
const ATTACH_METHOD: u16 = 0x3705;
const ATTACH_LONG_FILENAME: u16 = 0x3707;
const ATTACH_MIME_TAG: u16 = 0x370e;
const ATTACH_CONTENT_ID: u16 = 0x3712;
const INTERNET_CODEPAGE: u16 = 0x3fde;
const MESSAGE_CODEPAGE: u16 = 0x3ffd;

/// `afEmbeddedMessage` of `PidTagAttachMethod` (\[MS-OXCMSG\] 2.2.2.9).
const METHOD_EMBEDDED: u32 = 5;

/// Bytes of the checksum after an attribute.
const CHECKSUM: usize = 2;

/// Bytes of the GUID before the data of an object.
const GUID: usize = 16;

/// `IID_IMessage`: the object after it is a message (\[MS-OXTNEF\] 2.1.3).
const IID_MESSAGE: [u8; GUID] = [0x07, 0x03, 0x02, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46];

/// What is inside a TNEF stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Tnef<'a> {
    /// Subject, may be empty.
    pub(crate) subject: String,
    /// Text of the message, unless there is none; its line ends are the sender's.
    pub(crate) plain: Option<String>,
    /// HTML of the message, unless there is none.
    pub(crate) html: Option<String>,
    /// RTF of the message, decompressed, at most 4 MB: for [`rtf_text`].
    pub(crate) rtf: Option<Vec<u8>>,
    /// Attachments in their order, at most [`MAX_FILES`].
    pub(crate) files: Vec<File<'a>>,
    /// Whether something was damaged or over a limit, so that only what came before it is here.
    pub(crate) cut: bool,
    /// Message class such as `IPM.Note`, may be empty.
    pub(crate) message_class: String,
}

/// An attachment inside a TNEF stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct File<'a> {
    /// File name, the long one where there are two; may be empty, and may be a path.
    pub(crate) name: String,
    /// Media type (`PidTagAttachMimeTag`).
    pub(crate) media_type: Option<String>,
    /// Content-ID without brackets (`PidTagAttachContentId`).
    pub(crate) content_id: Option<String>,
    /// Its bytes; those of an embedded message are a TNEF stream of their own.
    pub(crate) data: Cow<'a, [u8]>,
    /// Whether it is an embedded message.
    pub(crate) embedded: bool,
}

/// Reads a TNEF stream. `None` when the signature is not that of TNEF.
pub(crate) fn open(bytes: &[u8]) -> Option<Tnef<'_>> {
    let mut reader = Reader::new(bytes);
    if reader.u32()? != SIGNATURE {
        return None;
    }
    let mut contents = Contents::default();
    // The legacy key says nothing to a reader ([MS-OXTNEF] 2.1.3).
    contents.cut = reader.u16().is_none() || !contents.read(&mut reader);
    Some(contents.finish())
}

/// What the attributes hold, not decoded yet: the code page may be named last.
#[derive(Default)]
struct Contents<'a> {
    oem: Option<u32>,
    message_class: &'a [u8],
    subject: &'a [u8],
    body: &'a [u8],
    properties: Vec<Property<'a>>,
    attachments: Vec<Attachment<'a>>,
    cut: bool,
}

/// What the attributes of one attachment hold.
#[derive(Default)]
struct Attachment<'a> {
    title: &'a [u8],
    transport_name: &'a [u8],
    data: &'a [u8],
    properties: Vec<Property<'a>>,
}

impl<'a> Contents<'a> {
    /// Reads attributes up to the end or the first damage; whether all could be read.
    fn read(&mut self, reader: &mut Reader<'a>) -> bool {
        let mut whole = true;
        while !reader.is_padding() {
            let Some((level, id, data)) = attribute(reader) else { return false };
            let read = match level {
                LEVEL_MESSAGE => self.message_attribute(id, data),
                LEVEL_ATTACHMENT if id == ATT_ATTACH_RENDDATA && self.attachments.len() == MAX_FILES => return false,
                LEVEL_ATTACHMENT => self.attachment_attribute(id, data),
                _ => return false,
            };
            // Some writers leave the last checksum out, and nothing is lost by it.
            reader.skip(CHECKSUM);
            whole = whole && read;
        }
        whole
    }

    fn message_attribute(&mut self, id: u32, data: &'a [u8]) -> bool {
        match id {
            ATT_SUBJECT => self.subject = data,
            ATT_MESSAGE_CLASS => self.message_class = data,
            ATT_BODY => self.body = data,
            // The first of two numbers is the primary code page ([MS-OXTNEF] 2.1.3.3.2).
            ATT_OEM_CODEPAGE => self.oem = Reader::new(data).u32(),
            ATT_MSG_PROPS => return property::read(data, &mut self.properties),
            _ => {}
        }
        true
    }

    fn attachment_attribute(&mut self, id: u32, data: &'a [u8]) -> bool {
        // It comes first in every attachment ([MS-OXTNEF] 2.1.3.3.15); a writer that left it out gets one anyway.
        if id == ATT_ATTACH_RENDDATA || self.attachments.is_empty() {
            self.attachments.push(Attachment::default());
        }
        let Some(attachment) = self.attachments.last_mut() else { return false };
        match id {
            ATT_ATTACH_DATA => attachment.data = data,
            ATT_ATTACH_TITLE => attachment.title = data,
            ATT_ATTACH_TRANSPORT_FILENAME => attachment.transport_name = data,
            ATT_ATTACHMENT => return property::read(data, &mut attachment.properties),
            _ => {}
        }
        true
    }

    fn finish(self) -> Tnef<'a> {
        let pages = Pages::new(
            [self.oem, number(&self.properties, MESSAGE_CODEPAGE)],
            number(&self.properties, INTERNET_CODEPAGE),
        );
        let rtf = binary(&self.properties, RTF_COMPRESSED).map(|bytes| (compressed::decompress(bytes), bytes.len()));
        let damaged_rtf = matches!(&rtf, Some((unpacked, 1..)) if unpacked.as_ref().is_none_or(|rtf| !rtf.whole));
        let text = |id, attribute| text(&self.properties, id, &pages).or_else(|| filled(pages.narrow(attribute)));
        Tnef {
            subject: text(SUBJECT, self.subject).unwrap_or_default(),
            plain: text(BODY, self.body),
            html: html(&self.properties, &pages),
            rtf: rtf.and_then(|(unpacked, _)| unpacked).map(|rtf| rtf.bytes).filter(|rtf| !rtf.is_empty()),
            message_class: text(MESSAGE_CLASS, self.message_class).map(plain_class).unwrap_or_default(),
            files: self
                .attachments
                .iter()
                .filter(|attachment| attachment.says_something())
                .map(|a| a.file(&pages))
                .collect(),
            cut: self.cut || damaged_rtf,
        }
    }
}

impl<'a> Attachment<'a> {
    /// Whether anything came after the attribute that began it.
    fn says_something(&self) -> bool {
        !(self.title.is_empty() && self.transport_name.is_empty() && self.data.is_empty() && self.properties.is_empty())
    }

    fn file(&self, pages: &Pages) -> File<'a> {
        let (data, embedded) = self.contents();
        let named = |id| text(&self.properties, id, pages);
        let (transport, title) = (pages.narrow(self.transport_name), pages.narrow(self.title));
        // An embedded message is called by its subject, which is its display name.
        let subject = if embedded { named(DISPLAY_NAME) } else { None };
        let name = named(ATTACH_LONG_FILENAME)
            .or(subject)
            .or_else(|| filled(transport))
            .or_else(|| named(ATTACH_FILENAME))
            .or_else(|| filled(title))
            .or_else(|| named(DISPLAY_NAME))
            .unwrap_or_default();
        let content_id = named(ATTACH_CONTENT_ID).map(|id| id.trim_matches(['<', '>']).to_owned());
        File { name, media_type: named(ATTACH_MIME_TAG), content_id, data: Cow::Borrowed(data), embedded }
    }

    /// Its bytes, and whether they are an embedded message.
    fn contents(&self) -> (&'a [u8], bool) {
        let method = number(&self.properties, ATTACH_METHOD);
        let object = self.properties.iter().filter(|property| property.id == ATTACH_DATA).find_map(|p| match p.value {
            Value::Object(bytes) => Some((bytes.get(GUID..).unwrap_or_default(), bytes.starts_with(&IID_MESSAGE))),
            Value::Binary(bytes) => Some((bytes, false)),
            Value::Number(_) | Value::Narrow(_) | Value::Wide(_) | Value::Other => None,
        });
        let (bytes, is_message) = object.filter(|(bytes, _)| !bytes.is_empty()).unwrap_or((self.data, false));
        (bytes, is_message || method == Some(METHOD_EMBEDDED))
    }
}

/// The next attribute: level, id and data (\[MS-OXTNEF\] 2.1.3). Its checksum is left to the caller.
fn attribute<'a>(reader: &mut Reader<'a>) -> Option<(u8, u32, &'a [u8])> {
    let level = reader.u8()?;
    let id = reader.u32()?;
    let data = reader.counted()?;
    Some((level, id, data))
}

fn filled(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// The first number of that id.
fn number(properties: &[Property<'_>], id: u16) -> Option<u32> {
    properties.iter().filter(|property| property.id == id).find_map(|property| match property.value {
        Value::Number(number) => Some(number),
        Value::Narrow(_) | Value::Wide(_) | Value::Binary(_) | Value::Object(_) | Value::Other => None,
    })
}

/// The first bytes of that id.
fn binary<'a>(properties: &[Property<'a>], id: u16) -> Option<&'a [u8]> {
    properties.iter().filter(|property| property.id == id).find_map(|property| match property.value {
        Value::Binary(bytes) => Some(bytes),
        Value::Number(_) | Value::Narrow(_) | Value::Wide(_) | Value::Object(_) | Value::Other => None,
    })
}

/// The first string of that id, unless it is empty.
fn text(properties: &[Property<'_>], id: u16, pages: &Pages) -> Option<String> {
    let found = properties.iter().filter(|property| property.id == id).find_map(|property| match property.value {
        Value::Narrow(bytes) => Some(pages.narrow(bytes)),
        Value::Wide(bytes) => Some(code_page::wide(bytes)),
        Value::Number(_) | Value::Binary(_) | Value::Object(_) | Value::Other => None,
    });
    found.and_then(filled)
}

/// The HTML: bytes in the code page of the message, or a string.
fn html(properties: &[Property<'_>], pages: &Pages) -> Option<String> {
    let bytes = binary(properties, HTML).and_then(|bytes| filled(pages.html(bytes)));
    bytes.or_else(|| text(properties, HTML, pages))
}

/// Today's name of a message class that the attribute has under its old one (\[MS-OXTNEF\] 2.3.3.4).
fn plain_class(class: String) -> String {
    let today = match class.strip_prefix("Microsoft Mail v3.0 ").unwrap_or(&class) {
        "IPM.Microsoft Mail.Note" => "IPM.Note",
        "IPM.Microsoft Mail.Read Receipt" => "Report.IPM.Note.IPNRN",
        "IPM.Microsoft Mail.Non-Delivery" => "Report.IPM.Note.NDR",
        "IPM.Microsoft Schedule.MtgReq" => "IPM.Schedule.Meeting.Request",
        "IPM.Microsoft Schedule.MtgRespP" => "IPM.Schedule.Meeting.Resp.Pos",
        "IPM.Microsoft Schedule.MtgRespN" => "IPM.Schedule.Meeting.Resp.Neg",
        "IPM.Microsoft Schedule.MtgRespA" => "IPM.Schedule.Meeting.Resp.Tent",
        "IPM.Microsoft Schedule.MtgCncl" => "IPM.Schedule.Meeting.Canceled",
        _ => return class,
    };
    today.to_owned()
}

#[cfg(test)]
mod tests;
