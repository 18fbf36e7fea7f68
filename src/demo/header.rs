//! Header fields of a message as raw bytes, for FETCH and SEARCH.

/// The header with its closing blank line, and the body.
pub fn split(message: &[u8]) -> (&[u8], &[u8]) {
    let end = if message.starts_with(b"\r\n") {
        2
    } else {
        message.windows(4).position(|window| window == b"\r\n\r\n").map_or(message.len(), |at| at + 4)
    };
    message.split_at_checked(end).unwrap_or((message, &[]))
}

/// The fields of a header: name and the raw lines with their CRLF, folded lines kept together.
pub fn fields(header: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    for line in header.split_inclusive(|byte| *byte == b'\n') {
        let end = at + line.len();
        let folded = line.starts_with(b" ") || line.starts_with(b"\t");
        match found.last_mut() {
            Some(last) if folded => last.1 = end,
            _ if line == b"\r\n" => {}
            _ => found.push((at, end)),
        }
        at = end;
    }
    found
        .into_iter()
        .filter_map(|(from, to)| {
            let raw = header.get(from..to)?;
            let colon = raw.iter().position(|byte| *byte == b':')?;
            Some((raw.get(..colon)?.trim_ascii(), raw))
        })
        .collect()
}

/// The first field of this name, unfolded, not decoded.
pub fn value(message: &[u8], name: &str) -> Option<String> {
    let (header, _) = split(message);
    let (_, raw) = fields(header).into_iter().find(|(field, _)| field.eq_ignore_ascii_case(name.as_bytes()))?;
    let text = String::from_utf8_lossy(raw).into_owned();
    let (_, value) = text.split_once(':')?;
    Some(value.replace("\r\n", "").trim().to_owned())
}
