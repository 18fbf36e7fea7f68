//! Verdicts as the reader sees them.

use super::domain::display_domain;
use super::*;

const OUTSIDE: (&str, &str) = ("Received", "from b.test (b.test [192.0.2.9]) by mx.own.example with ESMTPS id 1");

fn judge(results: &str, from: &[&str]) -> Verdict {
    let value = format!("mx.own.example; {results}");
    let expected = Expected::new(&[], "imap.own.example", "me@own.example");
    verdict(&[("Authentication-Results", &value), OUTSIDE], from, &expected)
}

fn state_of(results: &str) -> State {
    judge(results, &["Ann@acme.example"]).state
}

/// A DMARC pass for the From domain is the proof, and the screen says whose.
#[test]
fn a_dmarc_pass_proves_the_from_domain() {
    let verdict = judge(
        "spf=softfail smtp.mailfrom=x.test; dkim=fail header.d=y.test; dkim=pass header.d=acme.example;\r\n dmarc=pass (p=REJECT) header.from=ACME.example",
        &["ann@Acme.Example"],
    );
    assert_eq!((verdict.spf, verdict.dkim, verdict.dmarc), (Outcome::Inconclusive, Outcome::Pass, Outcome::Pass));
    assert_eq!((verdict.state, verdict.domain.as_str()), (State::Proved, "acme.example"));
}

/// The proof of one domain never puts a tick on another.
#[test]
fn a_proof_for_another_domain_is_none() {
    for results in [
        "dmarc=pass header.from=evil.test",
        "dmarc=pass header.from=evil.test; dkim=pass header.d=acme.example",
        "dmarc=pass header.from=notacme.example",
        "dmarc=pass header.from=mail.acme.example",
        "dmarc=pass header.from=\"acme.example evil\"",
        "dmarc=pass header.from=acme.example; dmarc=pass header.from=evil.test",
        "dmarc=pass",
        "dkim=pass header.d=evil.test header.i=@acme.example",
        "dkim=pass header.i=acme.example@evil.test",
        "dkim=pass header.i=@",
        "dkim=pass",
        "dkim=none header.d=acme.example",
        "spf=pass smtp.helo=acme.example",
        "spf=pass smtp.mailfrom=ann@acme.example.evil.test",
        "spf=pass smtp.mailfrom=ann@acme.example; spf=pass smtp.mailfrom=evil.test",
        "spf=pass smtp.mailfrom=acme.example; spf=fail smtp.mailfrom=acme.example",
        "spf=pass (google.com: best guess record for domain of a@acme.example) smtp.mailfrom=a@acme.example",
        "x-dkim=pass header.d=acme.example",
        "none",
    ] {
        let verdict = judge(results, &["ann@acme.example"]);
        assert_eq!((verdict.state, verdict.domain.as_str()), (State::Unknown, ""), "{results}");
    }
}

/// Without a DMARC result, a signature or an envelope sender of the same organisation proves the domain.
#[test]
fn aligned_results_prove_without_dmarc() {
    for results in [
        "dkim=fail header.d=acme.example; dkim=pass header.d=acme.example",
        "dkim=pass header.i=news@mail.acme.example",
        "dkim=pass header.d=mail.acme.example",
        "spf=pass smtp.mailfrom=bounce@em1.acme.example",
        "spf=none smtp.helo=x.test; spf=pass smtp.mailfrom=acme.example",
        "dmarc=none header.from=acme.example; dkim=pass header.d=acme.example",
        "dmarc=temperror; dkim=pass header.d=acme.example",
    ] {
        assert_eq!(state_of(results), State::Proved, "{results}");
    }
    assert_eq!(judge("dkim=pass header.d=evil.co.uk", &["a@acme.co.uk"]).state, State::Unknown);
    assert_eq!(judge("dmarc=pass header.from=acme.example", &["a@mail.acme.example"]).state, State::Proved);
}

/// A failure is told where the domain asks for it; a domain that only watches has lists break it all the time.
#[test]
fn a_dmarc_failure_is_told() {
    let verdict = judge(
        "dkim=pass header.d=evil.test; dmarc=fail (p=REJECT dis=NONE) header.from=acme.example",
        &["a@acme.example"],
    );
    assert_eq!((verdict.state, verdict.domain.as_str()), (State::Failed, "acme.example"));
    for results in [
        "dmarc=fail",
        "dmarc=fail; dmarc=pass header.from=acme.example",
        "dkim=pass header.d=acme.example; dmarc=fail (p=quarantine sp=none)",
    ] {
        assert_eq!(state_of(results), State::Failed, "{results}");
    }
    for results in [
        "dmarc=fail (p=NONE sp=NONE dis=NONE) header.from=acme.example",
        "dmarc=fail reason=\"no alignment\" header.from=acme.example (policy=none)",
        "dmarc=fail policy.published-domain-policy=none header.from=acme.example",
        "dmarc=fail header.from=other.example",
    ] {
        assert_eq!(state_of(results), State::Unknown, "{results}");
    }
}

/// Several From addresses, or none that is one, prove nothing: the screen might show the other one.
#[test]
fn only_one_from_address_can_be_proved() {
    let pass = "dmarc=pass header.from=acme.example; dkim=pass header.d=acme.example";
    for from in [
        &["ann@acme.example", "eve@evil.test"][..],
        &["ann@acme.example", "bob@acme.example"],
        &[],
        &["acme.example"],
        &["a@b@"],
        &["@acme.example"],
    ] {
        let verdict = judge(pass, from);
        assert_eq!((verdict.state, verdict.domain.as_str()), (State::Unknown, ""), "{from:?}");
        assert_eq!(verdict.dmarc, Outcome::Pass);
    }
}

/// Punycode and Unicode are one domain, and a look-alike is shown as what it is.
#[test]
fn international_domains_compare_as_ascii() {
    let verdict = judge("dmarc=pass header.from=xn--bcher-kva.example", &["a@bücher.example"]);
    assert_eq!((verdict.state, display_domain(&verdict.domain).0.as_str()), (State::Proved, "bücher.example"));
    let verdict = judge("dmarc=pass header.from=xn--80ak6aa92e.com", &["a@аррӏе.com"]);
    assert_eq!(display_domain(&verdict.domain).0, "xn--80ak6aa92e.com");
}

/// Thousands of statements and fields take no time to speak of and prove nothing.
#[test]
fn hostile_sizes_prove_nothing() {
    assert_eq!(state_of(&"dkim=pass header.d=acme.example; ".repeat(10_000)), State::Unknown);
    let expected = Expected::new(&[], "imap.own.example", "me@own.example");
    let long = format!("mx.own.example; {}", "x=y;".repeat(15_000));
    let mut fields = vec![("Authentication-Results", long.as_str()); 1_000];
    fields.push(OUTSIDE);
    assert_eq!(verdict(&fields, &["a@acme.example"], &expected), Verdict::default());
}
