//! Messages made by hand, and what must be cut out of them.

use super::*;

fn crlf(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").into_bytes()
}

/// A signed message around the raw text of its first part; `tail` follows the closing boundary line.
fn message(first: &str, tail: &str) -> String {
    format!(
        "From: Dana <dana@example.org>\nMIME-Version: 1.0\nContent-Type: multipart/signed; boundary=\"b1\";\n \
         protocol=\"application/pgp-signature\"; micalg=pgp-sha256\n\n--b1\n{first}\n--b1\n\
         Content-Type: application/pgp-signature; name=\"signature.asc\"\n\nSIGNATURE\n--b1--\n{tail}"
    )
}

fn pgp_signed(bytes: &[u8]) -> (String, String, Covers) {
    let found = find(bytes);
    let Some(Protected::PgpSigned { signed, signature, covers }) = found else { panic!("not signed: {found:?}") };
    (String::from_utf8(signed).unwrap(), String::from_utf8(signature).unwrap(), covers)
}

/// The signed bytes are the first part to the byte, without the line break before the boundary.
#[test]
fn signed_bytes_are_the_first_part() {
    let first = "Content-Type: text/plain\n\nHello\n";
    let (signed, signature, covers) = pgp_signed(&crlf(&message(first, "")));
    assert_eq!(signed, "Content-Type: text/plain\r\n\r\nHello\r\n");
    assert_eq!(signature, "SIGNATURE");
    assert_eq!(covers, Covers::All);
}

/// Blank lines at the end and blanks at line ends are signed too.
#[test]
fn trailing_blank_lines_are_signed() {
    let first = "Content-Type: text/plain\n\nHello  \n\n\n\n";
    let (signed, _, covers) = pgp_signed(&crlf(&message(first, "")));
    assert_eq!(signed.as_bytes(), crlf(first));
    assert_eq!(covers, Covers::All);
}

/// A store with LF alone gives the bytes that were sent.
#[test]
fn lf_only_message_is_made_crlf() {
    let first = "Content-Type: text/plain\n\nHello\n\n";
    let (signed, _, covers) = pgp_signed(message(first, "").as_bytes());
    assert_eq!(signed.as_bytes(), crlf(first));
    assert_eq!(covers, Covers::All);
}

/// A multipart as the signed part keeps its own boundary lines, its preamble and its epilogue.
#[test]
fn nested_multipart_is_signed_as_a_whole() {
    let first = "Content-Type: multipart/mixed; boundary=\"in\"\n\npreamble\n--in\nContent-Type: text/plain\n\nOne\n\
                 --in\nContent-Type: text/plain\n\nTwo\n--in--\n\nepilogue\n";
    for text in [crlf(&message(first, "")), message(first, "").into_bytes()] {
        let (signed, _, covers) = pgp_signed(&text);
        assert_eq!(signed.as_bytes(), crlf(first));
        assert_eq!(covers, Covers::All);
    }
}

/// The same without an epilogue: the inner closing line is followed by the outer boundary at once.
#[test]
fn nested_multipart_that_ends_at_the_boundary() {
    let first =
        "Content-Type: multipart/alternative; boundary=\"in\"\n\n--in\nContent-Type: text/plain\n\nOne\n\n--in--";
    let (signed, _, covers) = pgp_signed(&crlf(&message(first, "")));
    assert_eq!(signed.as_bytes(), crlf(first));
    assert_eq!(covers, Covers::All);
}

/// Blanks after a boundary belong to the boundary line, and a preamble and an epilogue belong to nobody.
#[test]
fn boundary_with_blanks_preamble_and_epilogue() {
    let first = "Content-Type: text/plain\n\nHello";
    let text =
        message(first, "epilogue\n").replace("\n--b1\n", "\n--b1 \t\n").replace("\n\n--b1", "\n\npreamble\n--b1");
    let (signed, signature, _) = pgp_signed(&crlf(&text));
    assert_eq!(signed.as_bytes(), crlf(first));
    assert_eq!(signature, "SIGNATURE");
}

/// A signature part in base64 is decoded; the signed part never is.
#[test]
fn signature_part_is_decoded() {
    let first = "Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\nCaf=C3=A9=\n!";
    let text = message(first, "").replace("\n\nSIGNATURE", "\nContent-Transfer-Encoding: base64\n\nU0lHTkFU\nVVJF");
    let (signed, signature, _) = pgp_signed(&crlf(&text));
    assert_eq!(signed.as_bytes(), crlf(first));
    assert_eq!(signature, "SIGNATURE");
}

/// Lines that only begin like the boundary do not end the signed part, and the reader is told that it sees less.
#[test]
fn lines_like_the_boundary_do_not_cut() {
    let first = "Content-Type: text/plain\n\nHello\n--b1x\nmore --b1 more";
    let (signed, _, covers) = pgp_signed(&crlf(&message(first, "")));
    assert_eq!(signed.as_bytes(), crlf(first));
    assert_eq!(covers, Covers::Part);
}

/// A third part that nobody signed must not pass as signed.
#[test]
fn a_third_part_is_not_covered() {
    let text = message("Content-Type: text/plain\n\nHello", "")
        .replace("--b1--", "--b1\nContent-Type: text/plain\n\nPay at once\n--b1--");
    assert_eq!(pgp_signed(&crlf(&text)).2, Covers::Part);
}

/// A mailing list's footer around a signed message: a part alone is signed.
#[test]
fn list_footer_makes_it_a_part() {
    let first = "Content-Type: text/plain\n\nHello\n";
    let whole = message(first, "");
    let (_, inner) = whole.split_once("MIME-Version: 1.0\n").unwrap();
    let text = format!(
        "From: list@example.org\nContent-Type: multipart/mixed; boundary=\"list\"\n\n--list\n{inner}\n--list\n\
         Content-Type: text/plain\n\n____\nfooter\n--list--\n"
    );
    let (signed, _, covers) = pgp_signed(&crlf(&text));
    assert_eq!(signed.as_bytes(), crlf(first));
    assert_eq!(covers, Covers::Part);
}

/// What was cut off on its way is not taken for a shorter message.
#[test]
fn cut_off_message_is_not_found() {
    let text = message("Content-Type: text/plain\n\nHello", "");
    let (start, _) = text.split_once("--b1--").unwrap();
    assert_eq!(find(start.as_bytes()), None);
}

/// A signed part that is a message of its own is signed with its header.
#[test]
fn signed_message_part() {
    let first = "Content-Type: message/rfc822\n\nFrom: a@example.org\nSubject: Inner\n\nText\n";
    let (signed, _, covers) = pgp_signed(&crlf(&message(first, "")));
    assert_eq!(signed.as_bytes(), crlf(first));
    assert_eq!(covers, Covers::All);
}

/// A signed message that somebody forwards says nothing about the one who forwards it.
#[test]
fn forwarded_message_is_not_looked_into() {
    let inner = message("Content-Type: text/plain\n\nHello", "");
    let text = format!("From: eve@example.org\nContent-Type: message/rfc822\n\n{inner}");
    assert_eq!(find(&crlf(&text)), None);
}

/// S/MIME, signed with the signature apart.
#[test]
fn smime_detached() {
    let text = message("Content-Type: text/plain\n\nHello", "")
        .replace("application/pgp-signature", "application/pkcs7-signature")
        .replace("\n\nSIGNATURE", "\nContent-Transfer-Encoding: base64\n\nU0lH");
    assert_eq!(
        find(&crlf(&text)),
        Some(Protected::SmimeSigned {
            signed: b"Content-Type: text/plain\r\n\r\nHello".to_vec(),
            signature: b"SIG".to_vec(),
            covers: Covers::All,
        })
    );
}

/// S/MIME in one piece; certificates alone are neither signed nor encrypted.
#[test]
fn smime_opaque() {
    let text = |kind: &str| {
        format!(
            "From: a@example.org\nContent-Type: application/pkcs7-mime; smime-type={kind}; name=smime.p7m\n\
             Content-Transfer-Encoding: base64\n\nMAMC\nAQE=\n"
        )
    };
    let der = vec![0x30, 3, 2, 1, 1];
    assert_eq!(find(&crlf(&text("enveloped-data"))), Some(Protected::SmimeOpaque { der, covers: Covers::All }));
    assert_eq!(find(&crlf(&text("certs-only"))), None);
}

const ENCRYPTED: &str = "From: a@example.org\nContent-Type: multipart/encrypted; boundary=b1;\n \
    protocol=\"application/pgp-encrypted\"\n\n--b1\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n--b1\n\
    Content-Type: application/octet-stream; name=encrypted.asc\n\nDATA\n--b1--\n";

/// PGP/MIME, encrypted.
#[test]
fn pgp_encrypted() {
    assert_eq!(find(&crlf(ENCRYPTED)), Some(Protected::PgpEncrypted { data: b"DATA".to_vec(), covers: Covers::All }));
}

/// What Exchange makes of an encrypted message can be opened still.
#[test]
fn pgp_encrypted_as_exchange_leaves_it() {
    let text = ENCRYPTED.replace("multipart/encrypted", "multipart/mixed").replacen(
        "--b1\n",
        "--b1\nContent-Type: text/plain\n\n\n--b1\n",
        1,
    );
    assert_eq!(find(&crlf(&text)), Some(Protected::PgpEncrypted { data: b"DATA".to_vec(), covers: Covers::Part }));
}

const CLEAR: &str = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello\n- -----BEGIN PGP MESSAGE-----\n\
    -----BEGIN PGP SIGNATURE-----\n\nSIG\n-----END PGP SIGNATURE-----\n";

fn inline(text: &str) -> Option<(String, bool, Covers)> {
    let found = find(&crlf(text))?;
    let Protected::InlinePgp { text, signed_only, covers, .. } = found else { panic!("not inline: {found:?}") };
    Some((String::from_utf8(text).unwrap(), signed_only, covers))
}

/// A signed text is the whole message only when nothing stands around it.
#[test]
fn inline_signed_text() {
    let head = "From: a@example.org\n\n";
    let armour = CLEAR.replace('\n', "\r\n");
    assert_eq!(inline(&format!("{head}\n{CLEAR}\n\n")), Some((armour.clone(), true, Covers::All)));
    assert_eq!(inline(&format!("{head}Pay at once\n{CLEAR}")), Some((armour.clone(), true, Covers::Part)));
    assert_eq!(inline(&format!("{head}{CLEAR}footer")), Some((armour, true, Covers::Part)));
}

/// Quoted-printable, as many servers make it, is undone first: "=" is in every armour's check sum.
#[test]
fn inline_encrypted_in_quoted_printable() {
    let text = "From: a@example.org\nContent-Type: text/plain; charset=utf-8\n\
        Content-Transfer-Encoding: quoted-printable\n\n-----BEGIN PGP MESSAGE-----\n\nhQ=\nEM\n=3Dabcd\n\
        -----END PGP MESSAGE-----\n";
    let armour = "-----BEGIN PGP MESSAGE-----\r\n\r\nhQEM\r\n=abcd\r\n-----END PGP MESSAGE-----\r\n";
    assert_eq!(inline(text), Some((armour.to_owned(), false, Covers::All)));
}

/// Quoted armour, half an armour and armour within armour are text.
#[test]
fn what_is_no_armour() {
    let head = "From: a@example.org\n\n";
    let quoted = CLEAR.replace('\n', "\n> ");
    assert_eq!(inline(&format!("{head}> {quoted}")), None);
    assert_eq!(inline(&format!("{head}-----BEGIN PGP SIGNED MESSAGE-----\n\nHello\n")), None);
    assert_eq!(inline(&format!("{head}-----BEGIN PGP SIGNED MESSAGE-----\n\n{CLEAR}")), None);
}

/// Messages nested without end are not parsed at all.
#[test]
fn too_many_nested_messages() {
    let text = format!("{}{CLEAR}", "Content-Type: message/rfc822\n\n".repeat(100_000));
    assert_eq!(find(text.as_bytes()), None);
}

/// Multiparts within multiparts are cut a few times, not each of them: the last one would be found else.
#[test]
fn many_multiparts() {
    let nested = |count: usize| {
        let open = |n: usize| format!("Content-Type: multipart/mixed; boundary=m{n}x\n\n--m{n}x\n");
        let inner = message("Content-Type: text/plain\n\nHello", "").replace("From: Dana <dana@example.org>\n", "");
        let start: Vec<String> = (0..count).map(open).collect();
        let end: Vec<String> = (0..count).rev().map(|n| format!("\n--m{n}x--")).collect();
        crlf(&[start.concat(), inner, end.concat()].concat())
    };
    assert!(find(&nested(MAX_CUTS - 1)).is_some());
    assert_eq!(find(&nested(20_000)), None);
}

/// No beginning of any of these messages makes the search fail.
#[test]
fn every_prefix_is_survived() {
    let signed = message("Content-Type: multipart/mixed; boundary=in\n\n--in\n\nOne\n--in--", "");
    for text in [signed.as_str(), ENCRYPTED, CLEAR] {
        let bytes = crlf(text);
        let found = (0..bytes.len()).filter(|end| find(&bytes[..*end]).is_some()).count();
        assert!(found < 10, "{found} prefixes of {text}");
    }
}

/// The header alone says that what is cut off is encrypted; what is signed or compressed does not count.
#[test]
fn encryption_is_announced() {
    let of = |kind: &str| announced(&crlf(&format!("From: a@example.org\nContent-Type: {kind}\n\nx")));
    assert_eq!(of("multipart/encrypted; boundary=b"), Some(Announced::Pgp));
    assert_eq!(of("Application/PKCS7-mime; smime-type=enveloped-data"), Some(Announced::Smime));
    assert_eq!(of("application/pkcs7-mime; smime-type=authEnveloped-data"), Some(Announced::Smime));
    assert_eq!(of("application/pkcs7-mime; smime-type=signed-data"), None);
    assert_eq!(of("text/plain; smime-type=enveloped-data"), None);
    assert_eq!(announced(b""), None);
}
