//! Status lines as `GnuPG` writes them, and as nobody should.

use super::*;

const FINGERPRINT: &str = "44E9CCF67CE0A0B71773081E5F81763939FDB5E3";

fn good(user: &str) -> String {
    format!(
        "[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG 5F81763939FDB5E3 {user}\n\
         [GNUPG:] VALIDSIG {FINGERPRINT} 2026-11-27 1795812386 0 4 0 22 8 00 {FINGERPRINT}\n[GNUPG:] TRUST_FULLY 0 pgp\n"
    )
}

/// One good signature, its name unescaped.
#[test]
fn good_signature() {
    let status = Status::parse(good("Dana %25 %0AW\u{e9} <d@example.org>").as_bytes());
    let [signature] = status.signatures.as_slice() else { panic!("{status:?}") };
    assert_eq!(signature.verdict, Some(Verdict::Good));
    assert_eq!(signature.user, "Dana % \nW\u{e9} <d@example.org>");
    assert_eq!((signature.primary.as_str(), signature.trust), (FINGERPRINT, Trust::Full));
    assert!(signature.is_valid(true) && !status.garbled);
}

/// A good verdict without the line that bears it out, with another key in it, or on a key instead of a document.
#[test]
fn good_verdict_must_be_borne_out() {
    let all = good("Dana");
    for (what, with) in [("VALIDSIG", "OTHER"), ("GOODSIG 5F81", "GOODSIG 0000"), (" 00 44", " 10 44"), ("44E9", "zz")]
    {
        let status = Status::parse(all.replace(what, with).as_bytes());
        assert!(!status.signatures[0].is_valid(true), "{what}");
    }
}

/// Two verdicts on one announced signature are two signatures: none overwrites the other.
#[test]
fn second_verdict_does_not_overwrite() {
    let text = good("Dana").replace("[GNUPG:] GOODSIG", "[GNUPG:] BADSIG 5F81763939FDB5E3 Eve\n[GNUPG:] GOODSIG");
    let verdicts: Vec<_> = Status::parse(text.as_bytes()).signatures.iter().map(|found| found.verdict).collect();
    assert_eq!(verdicts, [Some(Verdict::Bad), Some(Verdict::Good)]);
}

/// Other lines on the channel, and signatures without end, make all of it worthless.
#[test]
fn garbled() {
    assert!(Status::parse(format!("gpg: hello\n{}", good("Dana")).as_bytes()).garbled);
    let many = Status::parse(good("Dana").repeat(10_000).as_bytes());
    assert!(many.garbled && many.signatures.len() == MAX_SIGNATURES + 1);
}

const OPENED: &str = "[GNUPG:] ENC_TO 14C990945E822EC6 18 0\n[GNUPG:] BEGIN_DECRYPTION\n\
    [GNUPG:] DECRYPTION_INFO 2 9 0\n[GNUPG:] PLAINTEXT 62 1795812386 d\n[GNUPG:] DECRYPTION_OKAY\n[GNUPG:] GOODMDC\n\
    [GNUPG:] END_DECRYPTION\n";

/// An encryption is opened only when it is whole, single and checked against changes (EFAIL).
#[test]
fn opened_or_not() {
    let opened = |text: &str| Status::parse(text.as_bytes()).opened();
    assert!(opened(OPENED));
    assert!(opened(&OPENED.replace("INFO 2 9 0", "INFO 0 9 2")), "AEAD");
    assert!(!opened(&OPENED.replace("INFO 2 9 0", "INFO 0 9 0")));
    assert!(!opened(&OPENED.replace("INFO 2 9 0", "INFO 0 9")));
    assert!(!opened(&OPENED.replace("[GNUPG:] DECRYPTION_INFO 2 9 0\n", "")));
    assert!(!opened(&OPENED.replace("DECRYPTION_OKAY", "DECRYPTION_FAILED")));
    assert!(!opened(&OPENED.replace("GOODMDC", "BADMDC")));
    assert!(!opened(&OPENED.replace("[GNUPG:] END_DECRYPTION\n", "")));
    assert!(!opened(&OPENED.repeat(2)));
    assert!(!opened(&OPENED.replace("[GNUPG:] GOODMDC", "GOODMDC")), "garbled");
}

/// A signature that was put around an encryption is told from one inside.
#[test]
fn signatures_inside_and_outside() {
    let inside = OPENED.replace("[GNUPG:] DECRYPTION_OKAY", &format!("{}[GNUPG:] DECRYPTION_OKAY", good("Dana")));
    assert!(Status::parse(inside.as_bytes()).signatures[0].inside);
    assert!(!Status::parse(format!("{OPENED}{}", good("Dana")).as_bytes()).signatures[0].inside);
}

/// A missing key is told from other errors.
#[test]
fn missing_key() {
    let text = |code: u8| format!("[GNUPG:] NEWSIG\n[GNUPG:] ERRSIG 5F81763939FDB5E3 22 8 00 1795812386 {code} -\n");
    assert_eq!(Status::parse(text(9).as_bytes()).signatures[0].verdict, Some(Verdict::NoKey));
    assert_eq!(Status::parse(text(9).as_bytes()).signatures[0].key, "5F81763939FDB5E3");
    assert_eq!(Status::parse(text(4).as_bytes()).signatures[0].verdict, Some(Verdict::Unchecked));
}
