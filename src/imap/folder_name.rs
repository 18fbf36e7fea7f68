//! Folder names: modified UTF-7 to Unicode and back (RFC 3501, section 5.1.3). Pure.

/// The name in Unicode. Pieces that are no modified UTF-7 stay as they are, so that every name can be shown.
pub fn decode(raw: &str) -> String {
    let mut name = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, after)) = rest.split_once('&') {
        name.push_str(plain);
        let Some((shifted, tail)) = after.split_once('-') else {
            name.push('&');
            name.push_str(after);
            return name;
        };
        match (shifted.is_empty(), decode_shifted(shifted)) {
            (true, _) => name.push('&'),
            (false, Some(text)) => name.push_str(&text),
            (false, None) => {
                // Only the `&` is given up: what follows may hold a sound piece.
                name.push('&');
                rest = after;
                continue;
            }
        }
        rest = tail;
    }
    name.push_str(rest);
    name
}

/// The name as `IMAP4rev1` wants it on the wire.
pub fn encode(name: &str) -> String {
    let mut raw = String::with_capacity(name.len());
    let mut shifted: Vec<u16> = Vec::new();
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            flush_shifted(&mut raw, &mut shifted);
            raw.push(c);
            if c == '&' {
                raw.push('-');
            }
        } else {
            shifted.extend_from_slice(c.encode_utf16(&mut [0; 2]));
        }
    }
    flush_shifted(&mut raw, &mut shifted);
    raw
}

/// The digits of modified base64 (RFC 3501, section 5.1.3): `,` in the place of `/`.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

fn decode_shifted(shifted: &str) -> Option<String> {
    let mut units: Vec<u16> = Vec::new();
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in shifted.bytes() {
        let digit = DIGITS.iter().position(|known| *known == byte)?;
        bits = (bits << 6) | u32::try_from(digit).ok()?;
        count += 6;
        if count >= 16 {
            count -= 16;
            units.push(u16::try_from((bits >> count) & 0xFFFF).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    // What is left over must be padding: fewer than six bits, all zero.
    if count >= 6 || bits != 0 {
        return None;
    }
    String::from_utf16(&units).ok()
}

fn flush_shifted(raw: &mut String, shifted: &mut Vec<u16>) {
    if shifted.is_empty() {
        return;
    }
    raw.push('&');
    let mut push = |digit: u32| raw.extend(DIGITS.get(digit as usize).map(|byte| char::from(*byte)));
    let (mut bits, mut count) = (0_u32, 0_u32);
    for unit in shifted.drain(..) {
        bits = (bits << 16) | u32::from(unit);
        count += 16;
        while count >= 6 {
            count -= 6;
            push((bits >> count) & 63);
        }
        bits &= (1 << count) - 1;
    }
    if count > 0 {
        push((bits << (6 - count)) & 63);
    }
    raw.push('-');
}

#[cfg(test)]
mod tests;
