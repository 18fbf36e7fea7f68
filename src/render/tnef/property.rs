//! A list of MAPI properties (\[MS-OXTNEF\] 2.1.3).

use super::reader::Reader;

/// Properties read of the message and of each attachment.
pub(super) const MAX_PROPERTIES: usize = 1_000;

/// A property that came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Property<'a> {
    /// Property id: the lower ones have a fixed meaning, those from 0x8000 are named.
    pub(super) id: u16,
    /// Its value.
    pub(super) value: Value<'a>,
}

/// The value of a property, as far as a reader of mail needs it. Of several values it is the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// `PtypInteger32`.
    Number(u32),
    /// `PtypString8`: in a code page.
    Narrow(&'a [u8]),
    /// `PtypString`: UTF-16LE.
    Wide(&'a [u8]),
    /// `PtypBinary`.
    Binary(&'a [u8]),
    /// `PtypObject`: a GUID, then the data.
    Object(&'a [u8]),
    /// Times, flags and all else.
    Other,
}

/// Property ids from here on are named.
const FIRST_NAMED: u16 = 0x8000;

/// Set in a property type when there are several values.
const MULTIPLE: u16 = 0x1000;

// Property types (\[MS-OXCDATA\] 2.11.1).
const INTEGER32: u16 = 0x0003;
const OBJECT: u16 = 0x000d;
const STRING8: u16 = 0x001e;
const STRING: u16 = 0x001f;
const BINARY: u16 = 0x0102;

/// Reads a property list and adds it to `into`, which never grows over [`MAX_PROPERTIES`]. Whether all of it was read.
pub(super) fn read<'a>(bytes: &'a [u8], into: &mut Vec<Property<'a>>) -> bool {
    let mut reader = Reader::new(bytes);
    let Some(count) = reader.u32() else { return false };
    for _ in 0..count {
        if into.len() == MAX_PROPERTIES {
            return false;
        }
        let Some(property) = property(&mut reader) else { return false };
        into.push(property);
    }
    true
}

fn property<'a>(reader: &mut Reader<'a>) -> Option<Property<'a>> {
    let kind = reader.u16()?;
    let id = reader.u16()?;
    if id >= FIRST_NAMED {
        skip_name(reader)?;
    }
    Some(Property { id, value: value(reader, kind)? })
}

/// The name of a property: a GUID and then a number or a string (\[MS-OXTNEF\], `NamedPropSpec`).
fn skip_name(reader: &mut Reader<'_>) -> Option<()> {
    reader.take(super::GUID)?;
    match reader.u32()? {
        0 => reader.u32().map(drop),
        1 => reader.padded().map(drop),
        _ => None,
    }
}

fn value<'a>(reader: &mut Reader<'a>, kind: u16) -> Option<Value<'a>> {
    let single = kind & !MULTIPLE;
    match single {
        OBJECT | STRING8 | STRING | BINARY => {
            let count = reader.u32()?;
            let mut first = None;
            // Each takes four bytes at least, so that the bytes end before a forged count does.
            for _ in 0..count {
                let bytes = reader.padded()?;
                first.get_or_insert(bytes);
            }
            Some(first.map_or(Value::Other, |bytes| variable(single, bytes)))
        }
        _ => fixed(reader, kind),
    }
}

fn variable(kind: u16, bytes: &[u8]) -> Value<'_> {
    match kind {
        STRING8 => Value::Narrow(bytes),
        STRING => Value::Wide(bytes),
        BINARY => Value::Binary(bytes),
        OBJECT => Value::Object(bytes),
        _ => Value::Other,
    }
}

/// A value of fixed width or several of them; `None` for an unknown type, after which nothing can be found.
fn fixed<'a>(reader: &mut Reader<'a>, kind: u16) -> Option<Value<'a>> {
    let width: usize = match kind & !MULTIPLE {
        // PtypNull.
        0x0001 => 0,
        // 16-bit numbers and flags are padded to four bytes.
        0x0002 | INTEGER32 | 0x0004 | 0x000a | 0x000b => 4,
        // Doubles, money, times, 64-bit numbers.
        0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => 8,
        // PtypGuid.
        0x0048 => 16,
        _ => return None,
    };
    if kind == INTEGER32 {
        return reader.u32().map(Value::Number);
    }
    let count = if kind & MULTIPLE == 0 { 1 } else { usize::try_from(reader.u32()?).ok()? };
    reader.take(width.checked_mul(count)?).map(|_| Value::Other)
}
