//! What is sent, and what is not waited for.

use super::*;

/// A server that takes the connection and never answers is given up.
#[test]
fn silence_has_an_end() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/token", silent.local_addr().unwrap());
    let answer = blocking(&url, &"a=b".to_owned().into(), Duration::from_millis(100));
    assert_eq!(answer.err().as_deref(), Some("no answer in time"));
}

/// Nothing is sent in clear text to another computer, whatever the config says.
#[tokio::test]
async fn clear_text_stays_here() {
    let answer = post("http://192.0.2.1/token", &Form::default()).await;
    assert!(answer.is_err_and(|silence| silence.reason.contains("neither https")));
}

/// PS21: what was sent is not told again, but for what is no secret.
#[test]
fn forms_hide_their_secrets() {
    let form = Form::default()
        .with("client_id", Some("me"))
        .with("client_secret", Some("s3cret+"))
        .with("refresh_token", Some("t0ken"))
        .with("code", None);
    assert_eq!(form.hide("me: s3cret+ and t0ken"), "me: *** and ***");
    assert_eq!(
        form.hide("s3cret%2B in a URL, czNjcmV0Kw== and dDBrZW4 in base64"),
        "*** in a URL, *** and *** in base64"
    );
    assert_eq!(form.encoded().expose_secret(), "client_id=me&client_secret=s3cret%2B&refresh_token=t0ken");
}
