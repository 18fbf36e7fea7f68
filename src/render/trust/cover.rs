//! Whether a good signature covers certain header fields: what a link that acts at one click needs (RFC 8058, section 4).

use super::server::{self, Expected};
use super::{Outcome, domain, of, outcome};

/// Signatures of a mail that are looked at.
const MAX_SIGNATURES: usize = 20;

/// A DKIM-Signature field, as far as it is asked for (RFC 6376, section 3.5).
struct Signature {
    domain: String,
    selector: String,
    /// The signature itself, without white space.
    data: String,
    /// Names of the fields that it covers, in lower case.
    covered: Vec<String>,
}

impl Signature {
    fn parse(value: &str) -> Option<Self> {
        let tag = |name: &str| {
            let mut tags = value.split(';').filter_map(|tag| tag.split_once('='));
            let found = tags.find(|(key, _)| key.trim().eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.chars().filter(|c| !c.is_whitespace()).collect::<String>())
        };
        Some(Self {
            domain: domain::ascii(&tag("d")?)?,
            selector: tag("s").unwrap_or_default().to_lowercase(),
            data: tag("b").unwrap_or_default(),
            covered: tag("h")?.split(':').map(str::to_lowercase).collect(),
        })
    }
}

/// Whether the own server says of a signature that it is good, and that signature covers all of these fields (their names
/// in lower case). `fields` are the header's names and values from top to bottom.
pub fn is_covered(fields: &[(&str, &str)], expected: &Expected, names: &[&str]) -> bool {
    let statements = server::statements(fields, expected);
    let signatures = fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case("DKIM-Signature"));
    let covers = |one: &Signature| names.iter().all(|name| one.covered.iter().any(|field| field == name));
    signatures.take(MAX_SIGNATURES).filter_map(|(_, value)| Signature::parse(value)).filter(covers).any(|signature| {
        of(&statements, "dkim").filter(|one| outcome(&one.result) == Outcome::Pass).any(|one| {
            let signer = one.property("header.d").or_else(|| one.property("header.i")?.rsplit('@').next());
            let same = signer.and_then(domain::ascii).is_some_and(|domain| domain == signature.domain);
            let selector = one.property("header.s").is_none_or(|s| s.eq_ignore_ascii_case(&signature.selector));
            // Its beginning tells signatures of one domain apart (RFC 6008).
            same && selector && one.property("header.b").is_none_or(|b| signature.data.starts_with(b))
        })
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{Expected, is_covered};

    const SIGNED: &str = "v=1; a=rsa-sha256; d=shop.example; s=k1;\r\n h=From:Subject: List-Unsubscribe :\r\n List-Unsubscribe-Post; b=AbC\r\n dEf=";

    /// RFC 8058: the signature that the own server calls good is the one that covers both fields.
    #[rstest]
    #[case("mx.home.example; dkim=pass header.d=shop.example", SIGNED, true)]
    #[case("mx.home.example; dkim=pass header.d=shop.example header.s=k1 header.b=AbCdEf", SIGNED, true)]
    #[case("mx.home.example; dkim=pass header.i=@shop.example", SIGNED, true)]
    #[case("mx.home.example; dkim=fail header.d=shop.example", SIGNED, false)]
    #[case("mx.home.example; dkim=pass header.d=other.example", SIGNED, false)]
    #[case("mx.home.example; dkim=pass header.d=shop.example header.s=k2", SIGNED, false)]
    #[case("mx.home.example; dkim=pass header.d=shop.example header.b=Xyz", SIGNED, false)]
    #[case("mx.evil.example; dkim=pass header.d=shop.example", SIGNED, false)]
    #[case("mx.home.example; spf=pass smtp.mailfrom=shop.example", SIGNED, false)]
    #[case("mx.home.example; dkim=pass header.d=shop.example", "d=shop.example; h=From:List-Unsubscribe; b=x", false)]
    #[case("mx.home.example; dkim=pass header.d=shop.example", "garbage", false)]
    fn the_good_signature_covers_both(#[case] results: &str, #[case] signature: &str, #[case] covered: bool) {
        let fields = [
            ("Authentication-Results", results),
            ("Received", "from mail.shop.example ([203.0.113.5]) by mx.home.example with ESMTPS; Tue"),
            ("DKIM-Signature", signature),
            ("List-Unsubscribe", "<https://shop.example/u>"),
        ];
        let expected = Expected::new(&["mx.home.example".to_owned()], "imap.home.example", "dana@home.example");
        assert_eq!(is_covered(&fields, &expected, &["list-unsubscribe", "list-unsubscribe-post"]), covered);
    }
}
