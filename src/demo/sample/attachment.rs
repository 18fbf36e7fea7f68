//! Small attachments that are really what they say: a PDF that opens, a PNG that shows, a calendar entry.

use std::fmt::Write as _;

/// An attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// File name.
    pub name: String,
    /// MIME type, with parameters other than the name.
    pub content_type: &'static str,
    /// Content.
    pub bytes: Vec<u8>,
}

/// Makes what a `%attach` line asks; `None` when it asks nothing known.
pub fn make(words: &[&str], content: &str) -> Option<Attachment> {
    let (kind, name) = (words.first()?, words.get(1)?);
    let crlf = || content.trim_end().replace('\n', "\r\n").into_bytes();
    let (content_type, bytes) = match *kind {
        "pdf" => ("application/pdf", pdf(content)),
        "png" => {
            let (width, height) = words.get(2)?.split_once('x')?;
            let seed = words.get(3).and_then(|seed| seed.parse().ok()).unwrap_or(0);
            ("image/png", png(width.parse().ok()?, height.parse().ok()?, seed))
        }
        "ics" => ("text/calendar; charset=utf-8; method=REQUEST", crlf()),
        "patch" => ("text/x-patch; charset=utf-8", content.as_bytes().to_vec()),
        "text" => ("text/plain; charset=utf-8", crlf()),
        _ => return None,
    };
    Some(Attachment { name: (*name).to_owned(), content_type, bytes })
}

/// A page with these lines on it (PDF 1.4), ASCII only.
pub fn pdf(lines: &str) -> Vec<u8> {
    // Writing to a String cannot fail, here and below.
    let mut page = String::from("BT /F1 12 Tf 72 770 Td 16 TL\n");
    for line in lines.lines() {
        let line: String = line.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect();
        let line = line.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
        writeln!(page, "({line}) '").ok();
    }
    page.push_str("ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{page}\nendstream", page.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut out = String::from("%PDF-1.4\n");
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(out.len());
        write!(out, "{} 0 obj\n{object}\nendobj\n", number + 1).ok();
    }
    let table = out.len();
    write!(out, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).ok();
    for place in places {
        writeln!(out, "{place:010} 00000 n ").ok();
    }
    write!(out, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1).ok();
    out.into_bytes()
}

/// A picture of coloured hills under a sky, stored uncompressed (PNG, 8 bits a channel).
pub fn png(width: u32, height: u32, seed: u32) -> Vec<u8> {
    let (width, height) = (width.clamp(1, 2000), height.clamp(1, 2000));
    let mut rows = Vec::with_capacity((height * (width * 3 + 1)) as usize);
    for y in 0..height {
        rows.push(0);
        for x in 0..width {
            let hill = (height / 2) + ((x * (7 + seed % 5)) % width) * ((x * 3) % height) / (width * 6 + 1);
            let shade = |base: u32| u8::try_from((base + (x ^ y).wrapping_mul(seed) % 9).min(255)).unwrap_or(u8::MAX);
            let colour = if y < hill {
                [shade(120 + 100 * y / height), shade(170 + 60 * y / height), shade(230)]
            } else {
                [shade(60 + seed * 17 % 120), shade(130 + (y - hill) % 60), shade(70)]
            };
            rows.extend(colour);
        }
    }
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut head = Vec::new();
    head.extend(width.to_be_bytes());
    head.extend(height.to_be_bytes());
    head.extend([8, 2, 0, 0, 0]);
    chunk(&mut out, *b"IHDR", &head);
    chunk(&mut out, *b"IDAT", &stored(&rows));
    chunk(&mut out, *b"IEND", &[]);
    out
}

/// A zlib stream of stored blocks (RFC 1950, RFC 1951 section 3.2.4).
fn stored(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let blocks = data.chunks(0xFFFF);
    let last = blocks.len().saturating_sub(1);
    for (number, block) in blocks.enumerate() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(u8::from(number == last));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    out.extend(((b << 16) | a).to_be_bytes());
    out
}

fn chunk(out: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    out.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes());
    let checked: Vec<u8> = name.iter().chain(data).copied().collect();
    out.extend_from_slice(&checked);
    out.extend(crc32(&checked).to_be_bytes());
}

fn crc32(data: &[u8]) -> u32 {
    let table: Vec<u32> = (0..256_u32)
        .map(|number| (0..8).fold(number, |c, _| if c & 1 == 1 { 0xEDB8_8320 ^ (c >> 1) } else { c >> 1 }))
        .collect();
    !data.iter().fold(u32::MAX, |crc, byte| {
        let slot = usize::from((crc as u8) ^ byte);
        table.get(slot).copied().unwrap_or_default() ^ (crc >> 8)
    })
}
