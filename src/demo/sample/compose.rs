//! Builds a mail's bytes from what its script says: header, text, HTML, attachments.

use jiff::tz::TimeZone;

use crate::demo::sample::attachment::{self, Attachment};
use crate::demo::sample::encode::{base64_lines, charset_bytes, header_value, quoted_printable};
use crate::demo::sample::script::Mail;
use crate::demo::sample::when::date_field;
use crate::mail::UnixTime;

/// The bytes of a mail. `id` is the left half of its Message-ID when it names none.
pub fn message(mail: &Mail<'_>, date: UnixTime, zone: &TimeZone, id: &str) -> Vec<u8> {
    let charset = mail.option("charset").unwrap_or("utf-8");
    let mut out = Vec::new();
    for (name, value) in &mail.header {
        push(&mut out, &format!("{name}: {}\r\n", fold(name, &header_value(name, value, charset))));
    }
    push(&mut out, &format!("Date: {}\r\n", date_field(date, zone)));
    if !mail.header.iter().any(|(name, _)| name.eq_ignore_ascii_case("Message-ID")) {
        push(&mut out, &format!("Message-ID: <{id}@demo.posthaste.example>\r\n"));
    }
    push(&mut out, "MIME-Version: 1.0\r\n");
    let body = body(mail, charset);
    if mail.attachments.is_empty() {
        out.extend(body);
        return out;
    }
    let boundary = format!("=_mixed_{id}");
    push(&mut out, &format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n"));
    out.extend(body);
    for (words, content) in &mail.attachments {
        let Some(attachment) = attachment::make(words, content) else {
            continue;
        };
        push(&mut out, &format!("\r\n--{boundary}\r\n"));
        push_attachment(&mut out, &attachment);
    }
    push(&mut out, &format!("\r\n--{boundary}--\r\n"));
    out
}

fn push(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// Folds a header line before a space once it is longer than 76 characters (RFC 5322, section 2.2.3).
fn fold(name: &str, value: &str) -> String {
    let mut out = String::new();
    let mut width = name.len() + 2;
    for (at, word) in value.split(' ').enumerate() {
        if at > 0 {
            if width + word.len() > 76 {
                out.push_str("\r\n");
                width = 0;
            }
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width = word.rsplit_once('\n').map_or(width + word.len(), |(_, last)| last.len());
    }
    out
}

fn body(mail: &Mail<'_>, charset: &str) -> Vec<u8> {
    let flowed = if mail.words.contains(&"flowed") { "; format=flowed" } else { "" };
    if mail.html.is_empty() {
        return part(&format!("text/plain; charset={charset}{flowed}"), &mail.text, charset);
    }
    let html = part(&format!("text/html; charset={charset}"), &mail.html, charset);
    if mail.text.trim().is_empty() {
        return html;
    }
    let boundary = "=_alternative";
    let mut out = Vec::new();
    push(&mut out, &format!("Content-Type: multipart/alternative; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n"));
    out.extend(part(&format!("text/plain; charset={charset}{flowed}"), &mail.text, charset));
    push(&mut out, &format!("\r\n--{boundary}\r\n"));
    out.extend(html);
    push(&mut out, &format!("\r\n--{boundary}--\r\n"));
    out
}

fn part(content_type: &str, text: &str, charset: &str) -> Vec<u8> {
    let bytes = charset_bytes(&text.replace('\n', "\r\n"), charset);
    let long = bytes.split(|byte| *byte == b'\n').any(|line| line.len() > 900);
    let html = content_type.starts_with("text/html");
    let (encoding, bytes) = if bytes.is_ascii() && !long && !html {
        // ISO-2022-JP is 7 bit too.
        ("7bit", bytes)
    } else if html || charset.starts_with("iso-8859") || charset.starts_with("windows-125") {
        ("quoted-printable", quoted_printable(&bytes))
    } else if charset == "utf-8" {
        ("8bit", bytes)
    } else {
        ("base64", base64_lines(&bytes))
    };
    let mut out = format!("Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n").into_bytes();
    out.extend(bytes);
    out
}

fn push_attachment(out: &mut Vec<u8>, attachment: &Attachment) {
    let Attachment { name, content_type, bytes } = attachment;
    push(out, &format!("Content-Type: {content_type}; name=\"{name}\"\r\n"));
    push(out, &format!("Content-Disposition: attachment; filename=\"{name}\"; size={}\r\n", bytes.len()));
    push(out, "Content-Transfer-Encoding: base64\r\n\r\n");
    out.extend(base64_lines(bytes));
}
