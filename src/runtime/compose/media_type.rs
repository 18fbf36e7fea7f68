//! What kind of file something is: by its name, which is what the user means, else by its first bytes.

/// Endings and their types (IANA's registry of media types), for what people send each other.
const ENDINGS: &[(&str, &str)] = &[
    ("7z", "application/x-7z-compressed"),
    ("aac", "audio/aac"),
    ("asc", "text/plain"),
    ("avif", "image/avif"),
    ("bmp", "image/bmp"),
    ("bz2", "application/x-bzip2"),
    ("c", "text/x-c"),
    ("conf", "text/plain"),
    ("css", "text/css"),
    ("csv", "text/csv"),
    ("diff", "text/x-diff"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("eml", "message/rfc822"),
    ("epub", "application/epub+zip"),
    ("flac", "audio/flac"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("heic", "image/heic"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("ics", "text/calendar"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("log", "text/plain"),
    ("m4a", "audio/mp4"),
    ("md", "text/markdown"),
    ("mkv", "video/x-matroska"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("odp", "application/vnd.oasis.opendocument.presentation"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("ogg", "audio/ogg"),
    ("patch", "text/x-diff"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("ps", "application/postscript"),
    ("py", "text/x-python"),
    ("rs", "text/x-rust"),
    ("rst", "text/plain"),
    ("rtf", "application/rtf"),
    ("sh", "text/x-shellscript"),
    ("svg", "image/svg+xml"),
    ("tar", "application/x-tar"),
    ("tex", "text/x-tex"),
    ("tgz", "application/gzip"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("toml", "application/toml"),
    ("tsv", "text/tab-separated-values"),
    ("txt", "text/plain"),
    ("vcf", "text/vcard"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("webp", "image/webp"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("xml", "application/xml"),
    ("xz", "application/x-xz"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
    ("zip", "application/zip"),
    ("zst", "application/zstd"),
];

/// The type of a file of this name that begins with these bytes. Text says its charset; what is called text and is none, or
/// a mail and is none, is bytes.
pub(super) fn of(name: &str, beginning: &[u8]) -> String {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let by_name = ENDINGS.iter().find(|(known, _)| *known == ending).map(|(_, kind)| *kind);
    let by_bytes = || infer::get(beginning).map(|kind| kind.mime_type());
    let text = charset(beginning);
    let kind = by_name.or_else(by_bytes).unwrap_or(if text.is_some() && !beginning.is_empty() {
        "text/plain"
    } else {
        "application/octet-stream"
    });
    match text {
        Some(charset) if kind.starts_with("text/") => format!("{kind}; charset={charset}"),
        None if kind.starts_with("text/") || kind == "message/rfc822" => "application/octet-stream".to_owned(),
        Some(_) | None => kind.to_owned(),
    }
}

/// The charset of bytes that are text; a letter that is cut at their end is none of them.
fn charset(beginning: &[u8]) -> Option<&'static str> {
    if beginning.contains(&0) {
        return None;
    }
    match std::str::from_utf8(beginning) {
        Ok(text) if text.is_ascii() => Some("us-ascii"),
        Ok(_) => Some("utf-8"),
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => Some("utf-8"),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    /// A name says what a file is, whatever its case; without one its bytes do. Text has its charset, and bytes are no text.
    #[test]
    fn files_have_types() {
        for (name, bytes, kind) in [
            ("a.PDF", &b"%PDF-1.4"[..], "application/pdf"),
            ("notes.txt", b"plain", "text/plain; charset=us-ascii"),
            ("notes.txt", "Gr\u{fc}\u{df}e".as_bytes(), "text/plain; charset=utf-8"),
            ("notes.txt", b"Gr\xfc\xdfe", "application/octet-stream"),
            ("notes.txt", b"", "text/plain; charset=us-ascii"),
            ("README", b"plain", "text/plain; charset=us-ascii"),
            ("picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
            ("what", b"\0\x01\x02", "application/octet-stream"),
            ("nothing", b"", "application/octet-stream"),
            ("a.eml", b"Subject: x\r\n\r\ny", "message/rfc822"),
            ("a.eml", b"\xff\xfe\0", "application/octet-stream"),
        ] {
            assert_eq!(of(name, bytes), kind, "{name}");
        }
    }
}
