//! Mechanisms against the vectors of their RFCs, and against servers that lie.

use rstest::rstest;
use secrecy::ExposeSecret;

use super::choice::choose;
use super::{Credential, Error, Exchange, Mechanism, Peer, Response, Wanted};

/// RFC 7677, section 3.
const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";
const FIRST: &str = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
const SERVER_FIRST: &str = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
const FINAL: &str =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
const SERVER_FINAL: &str = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

fn begin(mechanism: Mechanism, user: &str, credential: &Credential, peer: &Peer) -> Result<Exchange, Error> {
    Exchange::new(mechanism, user, credential, peer, (NONCE, false))
}

fn password(mechanism: Mechanism, user: &str, password: &str) -> Exchange {
    begin(mechanism, user, &password.into(), &Peer::default()).unwrap()
}

#[expect(clippy::needless_pass_by_value, reason = "it is asked of what was made on the spot")]
fn text(response: Response) -> String {
    response.text.expose_secret().to_owned()
}

fn first(exchange: &mut Exchange) -> String {
    text(exchange.initial().unwrap())
}

/// RFC 7677, section 3: the whole exchange, byte for byte, with the server's proof.
#[test]
fn scram_as_in_the_rfc() {
    let mut exchange = password(Mechanism::ScramSha256, "user", "pencil");
    assert_eq!(first(&mut exchange), FIRST);
    assert!(exchange.finish().is_err(), "an early OK is no proof");
    assert_eq!(text(exchange.respond(SERVER_FIRST.as_bytes()).unwrap()), FINAL);
    assert!(exchange.finish().is_err(), "an OK without a proof is none");
    assert_eq!(text(exchange.respond(SERVER_FINAL.as_bytes()).unwrap()), "");
    exchange.finish().unwrap();
}

/// A server that does not know the password, or repeats another sign-in, is found out; a number of rounds that is there to
/// cheat or to keep us busy is refused before it is begun.
#[rstest]
#[case("r=another%hv,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "another sign-in")]
#[case("r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "another sign-in")]
#[case("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4095", "rounds")]
#[case("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4000001", "rounds")]
#[case("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=99999999999", "rounds")]
#[case("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-1", "rounds")]
#[case("r=rOprNGfwEbeRWgbNEkqOx,s=,i=4096", "no sense")]
#[case("r=rOprNGfwEbeRWgbNEkqOx,s=!,i=4096", "no sense")]
#[case("m=new,r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "no sense")]
#[case("", "no sense")]
#[case("\u{e9}", "no sense")]
fn scram_believes_nothing(#[case] challenge: &str, #[case] words: &str) {
    let mut exchange = password(Mechanism::ScramSha256, "user", "pencil");
    first(&mut exchange);
    let error = exchange.respond(challenge.as_bytes()).unwrap_err();
    assert!(error.to_string().contains(words), "{error}");
    assert!(exchange.respond(SERVER_FIRST.as_bytes()).is_err(), "there is no second try");
    assert!(exchange.finish().is_err());
}

/// A wrong signature of the server, a cut one, none.
#[rstest]
#[case("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G8=")]
#[case("v=6rri")]
#[case("v=")]
#[case("")]
#[case("e")]
fn scram_wants_a_proof(#[case] challenge: &str) {
    let mut exchange = password(Mechanism::ScramSha256, "user", "pencil");
    first(&mut exchange);
    exchange.respond(SERVER_FIRST.as_bytes()).unwrap();
    assert!(exchange.respond(challenge.as_bytes()).is_err());
    assert!(exchange.finish().is_err());
}

/// What a server says within SCRAM is kept in plain words for the error, and the exchange is never done after it.
#[test]
fn scram_hears_the_reason() {
    let mut exchange = password(Mechanism::ScramSha256, "user", "pencil");
    first(&mut exchange);
    exchange.respond(SERVER_FIRST.as_bytes()).unwrap();
    assert_eq!(text(exchange.respond(b"e=invalid-proof").unwrap()), "");
    assert_eq!(exchange.said(), Some("user name or password is wrong"));
    assert!(exchange.finish().is_err());
}

/// RFC 5802, section 6: `n` where we cannot bind, `y` where we could and are not offered it, `p` with the data where both
/// can; a user who wants it unbound from a server that offers both says `n`.
#[test]
fn scram_says_what_it_is_bound_to() {
    let bound = Peer { binding: Some(vec![1, 2, 3]), ..Peer::default() };
    let start = |mechanism, peer: &Peer, offers| {
        Exchange::new(mechanism, "user", &"pencil".into(), peer, (NONCE, offers)).map(|mut exchange| {
            let start = first(&mut exchange);
            (start, text(exchange.respond(SERVER_FIRST.as_bytes()).unwrap()))
        })
    };
    let (scram, plus) = (Mechanism::ScramSha256, Mechanism::ScramSha256Plus);
    for (mechanism, peer, offers, header, input) in [
        (scram, &Peer::default(), false, "n,,n=user", "c=biws,"),
        (scram, &bound, false, "y,,n=user", "c=eSws,"),
        (scram, &bound, true, "n,,n=user", "c=biws,"),
        (plus, &bound, true, "p=tls-server-end-point,,n=user", "c=cD10bHMtc2VydmVyLWVuZC1wb2ludCwsAQID,"),
    ] {
        let (start, end) = start(mechanism, peer, offers).unwrap();
        assert!(start.starts_with(header) && end.starts_with(input), "{start} {end}");
    }
    assert!(start(plus, &Peer::default(), true).is_err());
}

/// RFC 4013, section 3, and RFC 5802, section 5.1: names are escaped, signs that look alike are one; what `SASLprep` refuses
/// goes as it was typed.
#[test]
fn scram_prepares_what_is_typed() {
    for (user, sent) in
        [("a,b=c", "n=a=2Cb=3Dc,"), ("I\u{ad}X", "n=IX,"), ("\u{aa}", "n=a,"), ("\u{1f600}", "n=\u{1f600},")]
    {
        assert!(first(&mut password(Mechanism::ScramSha256, user, "x")).contains(sent), "{user}");
    }
    let last = |word: &str| {
        let mut exchange = password(Mechanism::ScramSha256, "user", word);
        first(&mut exchange);
        text(exchange.respond(SERVER_FIRST.as_bytes()).unwrap())
    };
    assert_eq!(last("I\u{ad}X"), last("IX"));
    assert_eq!(last("\u{2168}"), last("IX"));
    assert_ne!(last("ix"), last("IX"));
}

/// RFC 4616, section 4.
#[test]
fn plain_is_one_message() {
    let mut exchange = password(Mechanism::Plain, "tim", "tanstaaftanstaaf");
    let response = exchange.initial().unwrap();
    assert!(response.secret);
    assert_eq!(text(response), "\0tim\0tanstaaftanstaaf");
    assert!(exchange.respond(b"").is_err() && exchange.initial().is_none());
}

/// LOGIN asks twice, whatever words it asks with; only the second answer is a secret.
#[test]
fn login_is_two() {
    let mut exchange = password(Mechanism::Login, "tim", "tanstaaftanstaaf");
    assert!(exchange.initial().is_none());
    let (name, secret) = (exchange.respond(b"User Name\0").unwrap(), exchange.respond(b"Password\0").unwrap());
    assert!(!name.secret && secret.secret);
    assert_eq!((text(name).as_str(), text(secret).as_str()), ("tim", "tanstaaftanstaaf"));
    assert!(exchange.respond(b"and?").is_err());
}

/// RFC 4422, appendix A: the name that is wanted, or nothing where the certificate says it.
#[test]
fn external_names_whom_it_wants_to_be() {
    for user in ["fred@example.com", ""] {
        assert_eq!(first(&mut begin(Mechanism::External, user, &Credential::None, &Peer::default()).unwrap()), user);
    }
}

fn token(token: &str) -> Credential {
    Credential::Token(token.to_owned().into())
}

/// RFC 7628, section 4.1, and Google's page on XOAUTH2.
#[test]
fn tokens_are_wrapped() {
    let peer = Peer { host: "server.example.com".to_owned(), port: Some(143), binding: None };
    let rfc = token("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
    let mut exchange = begin(Mechanism::OAuthBearer, "user@example.com", &rfc, &peer).unwrap();
    assert_eq!(
        first(&mut exchange),
        "n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01"
    );
    let google = token("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg");
    let mut exchange = begin(Mechanism::XOauth2, "someuser@example.com", &google, &peer).unwrap();
    assert_eq!(
        first(&mut exchange),
        "user=someuser@example.com\x01auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\x01\x01"
    );
}

/// PS22: a refused token is acknowledged with nothing of it, and the reason is told in plain words.
#[rstest]
#[case(
    Mechanism::XOauth2,
    r#"{"status":"401","schemes":"bearer mac","scope":"https://mail.google.com/"}"#,
    "",
    "not valid"
)]
#[case(Mechanism::OAuthBearer, r#"{"status":"invalid_token","scope":"x"}"#, "\x01", "not valid")]
#[case(Mechanism::OAuthBearer, r#"{"status":"insufficient_scope","scope":"mail"}"#, "\x01", "it needs mail")]
#[case(Mechanism::XOauth2, r#"{"status":"400"}"#, "", "another account")]
#[case(Mechanism::XOauth2, r#"{"status":"418"}"#, "", "418")]
#[case(Mechanism::XOauth2, "no json", "", "does not say why")]
#[case(Mechanism::XOauth2, r#"{"status":401}"#, "", "does not say why")]
fn refused_tokens(#[case] mechanism: Mechanism, #[case] json: &str, #[case] answer: &str, #[case] words: &str) {
    let mut exchange = begin(mechanism, "ada", &token("abc"), &Peer::default()).unwrap();
    first(&mut exchange);
    assert_eq!(text(exchange.respond(json.as_bytes()).unwrap()), answer);
    assert!(exchange.said().unwrap().contains(words), "{:?}", exchange.said());
    assert!(exchange.respond(json.as_bytes()).is_err(), "one reason is enough");
}

/// PS23: what would end a message early is refused before a byte of it is sent.
#[test]
fn what_cannot_be_sent() {
    let begin = |mechanism, user: &str, credential: &Credential| begin(mechanism, user, credential, &Peer::default());
    for bad in ["a\rb", "a\nb", "a\0b"] {
        for mechanism in [Mechanism::Plain, Mechanism::Login, Mechanism::ScramSha256] {
            assert!(begin(mechanism, "ada", &bad.into()).is_err());
            assert!(begin(mechanism, bad, &"fine".into()).is_err());
        }
    }
    for bad in ["", "a b", "a\x01auth=x", "\u{e9}"] {
        assert!(begin(Mechanism::XOauth2, "ada", &token(bad)).is_err(), "{bad:?}");
        assert!(begin(Mechanism::OAuthBearer, "ada", &token(bad)).is_err(), "{bad:?}");
    }
    assert!(begin(Mechanism::Plain, "ada", &Credential::None).is_err());
    assert!(begin(Mechanism::XOauth2, "ada", &"password".into()).is_err());
}

/// The best that both sides know, by what there is to sign in with.
#[rstest]
#[case(&"x".into(), &["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"], true, Mechanism::ScramSha256Plus)]
#[case(&"x".into(), &["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"], false, Mechanism::ScramSha256)]
#[case(&"x".into(), &["CRAM-MD5", "LOGIN", "PLAIN"], true, Mechanism::Plain)]
#[case(&"x".into(), &["LOGIN"], true, Mechanism::Login)]
#[case(&token("x"), &["PLAIN", "XOAUTH2"], true, Mechanism::XOauth2)]
#[case(&token("x"), &["OAUTHBEARER", "PLAIN", "XOAUTH2"], true, Mechanism::OAuthBearer)]
#[case(&Credential::None, &["EXTERNAL", "PLAIN"], true, Mechanism::External)]
fn the_best_is_taken(
    #[case] credential: &Credential,
    #[case] offered: &[&str],
    #[case] bound: bool,
    #[case] taken: Mechanism,
) {
    assert_eq!(choose(Wanted::Automatic, credential, offered, (bound, false)).unwrap(), taken);
}

/// PS14: no way in common, or not the wanted one: the error names what the server offers.
#[test]
fn no_way_is_told() {
    let offered = ["GSSAPI", "XOAUTH2"];
    let told = |want, credential: &Credential| choose(want, credential, &offered, (false, false)).unwrap_err();
    assert_eq!(
        told(Wanted::Automatic, &"x".into()),
        "The server takes no password here; the ways it offers: GSSAPI, XOAUTH2"
    );
    assert_eq!(
        told(Wanted::Only(Mechanism::ScramSha256), &"x".into()),
        "The server does not offer SCRAM-SHA-256, which auth asks for; the ways it offers: GSSAPI, XOAUTH2"
    );
    assert_eq!(
        told(Wanted::Only(Mechanism::XOauth2), &"x".into()),
        "XOAUTH2, which auth asks for, needs an access token, and there is a password"
    );
    assert!(told(Wanted::Only(Mechanism::ScramSha256Plus), &"x".into()).contains("needs a TLS connection"));
    assert!(told(Wanted::Automatic, &Credential::None).contains("takes no certificate"));
    assert!(choose(Wanted::Automatic, &"x".into(), &[], (false, true)).is_ok_and(|way| way == Mechanism::Login));
    assert!(choose(Wanted::Automatic, &"x".into(), &[], (false, false)).unwrap_err().ends_with("it offers: none"));
}

/// Secrets are not in what a debugger's print shows.
#[test]
fn nothing_shows_secrets() {
    for mechanism in [Mechanism::Plain, Mechanism::Login, Mechanism::ScramSha256] {
        let mut exchange = password(mechanism, "user", "pencil");
        assert!(!format!("{exchange:?} {:?}", exchange.initial()).contains("pencil"));
    }
}
