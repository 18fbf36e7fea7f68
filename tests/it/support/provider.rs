//! An authorization server on loopback: both ways to a first token, refresh with rotation, revocation, and introspection
//! for Dovecot. Written by hand, so that a test can have it answer anything.

use std::collections::{BTreeMap, VecDeque};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use posthaste::config::oauth::{ClientSecret, Endpoints, LOOPBACK, OAuth, Store};
use sha2::{Digest as _, Sha256};
use url::Url;

/// The client that it knows.
pub const CLIENT: &str = "test-client";
/// Its secret: with characters that each encoding writes otherwise.
pub const CLIENT_SECRET: &str = "GOCSPX-s3cr3t+/=&% \u{e9}";

/// A form as it came: name and value.
pub type Fields = BTreeMap<String, String>;

/// What it remembers.
#[derive(Default)]
pub struct State {
    /// Every request: its path and its fields.
    pub heard: Vec<(String, Fields)>,
    /// What the next requests are answered with, instead of the right thing: status and body.
    pub instead: VecDeque<(u16, String)>,
    /// Seconds that an access token is said to last.
    pub lasts: u64,
    /// Whether a refresh token is good for one refresh.
    pub rotates: bool,
    codes: BTreeMap<String, (String, String)>,
    refresh: Vec<String>,
    access: Vec<String>,
    count: u32,
    /// What devices are told while they wait, in order; then they get their token.
    pub device: VecDeque<&'static str>,
}

/// A running one; it ends with the test's process.
#[derive(Clone)]
pub struct Provider {
    pub addr: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Provider {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let state = State { lasts: 3600, rotates: true, ..State::default() };
        let provider = Self { addr: listener.local_addr().unwrap(), state: Arc::new(Mutex::new(state)) };
        let serves = provider.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serves = serves.clone();
                std::thread::spawn(move || serves.serve(stream));
            }
        });
        provider
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// How an account signs in with it.
    pub fn oauth(&self, store: Store) -> OAuth {
        OAuth {
            client_id: CLIENT.to_owned(),
            client_secret: ClientSecret::Plain(CLIENT_SECRET.into()),
            endpoints: Endpoints {
                auth_url: self.url("/authorize?prompt=consent"),
                token_url: self.url("/token"),
                device_url: Some(self.url("/device")),
                no_device: None,
                scopes: vec!["mail".to_owned(), "offline".to_owned()],
                extra: vec![("access_type".to_owned(), "offline".to_owned())],
                redirect_host: LOOPBACK.to_owned(),
            },
            store,
        }
    }

    /// The user says yes: where his browser is sent then.
    pub fn yes(&self, url: &str) -> Url {
        let url = Url::parse(url).unwrap();
        let asked: Fields = url.query_pairs().into_owned().collect();
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["client_id"], CLIENT);
        assert_eq!(asked["code_challenge_method"], "S256");
        assert_eq!(asked["scope"], "mail offline");
        assert_eq!((asked["prompt"].as_str(), asked["access_type"].as_str()), ("consent", "offline"));
        assert!(asked["state"].len() >= 43 && asked["code_challenge"].len() == 43);
        let mut state = self.state();
        state.count += 1;
        let code = format!("code-{}+/=", state.count);
        state.codes.insert(code.clone(), (asked["redirect_uri"].clone(), asked["code_challenge"].clone()));
        let mut back = Url::parse(&asked["redirect_uri"]).unwrap();
        back.query_pairs_mut().append_pair("state", &asked["state"]).append_pair("code", &code);
        back
    }

    /// A refresh token out of nothing, as of an earlier sign-in.
    pub fn grant(&self) -> String {
        self.state().next_refresh()
    }

    /// Takes everything back that was granted.
    pub fn revoke(&self) {
        let mut state = self.state();
        state.refresh.clear();
        state.access.clear();
    }

    /// The access tokens are over; what was granted is not.
    pub fn expire(&self) {
        self.state().access.clear();
    }

    /// How many tokens were asked for in this way.
    pub fn asked(&self, grant: &str) -> usize {
        let heard = &self.state().heard;
        heard
            .iter()
            .filter(|(path, form)| path == "/token" && form.get("grant_type").is_some_and(|g| g == grant))
            .count()
    }

    /// Every token that it ever gave out.
    pub fn secrets(&self) -> Vec<String> {
        let count = self.state().count;
        (1..=count).flat_map(|n| [format!("refresh-{n}.~x/y+z=="), format!("access-{n}.~x/y+z==")]).collect()
    }

    fn serve(&self, mut stream: TcpStream) {
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let Some((path, body)) = request(&mut stream) else { return };
        let form: Fields = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let (status, body) = self.answer(&path, &form);
        let more = if status == 302 { format!("Location: {}\r\n", self.url("/elsewhere")) } else { String::new() };
        let text = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{more}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(text.as_bytes()).ok();
    }

    fn answer(&self, path: &str, form: &Fields) -> (u16, String) {
        let mut state = self.state();
        state.heard.push((path.to_owned(), form.clone()));
        if path != "/introspect"
            && let Some(instead) = state.instead.pop_front()
        {
            return instead;
        }
        match path {
            "/introspect" => {
                let good = form.get("token").is_some_and(|token| state.access.contains(token));
                (200, format!("{{\"active\": {good}, \"username\": \"alice\"}}"))
            }
            "/device" => (
                200,
                format!(
                    "{{\"device_code\": \"device-secret\", \"user_code\": \"WDJB-MJHT\", \"expires_in\": 600, \
                     \"interval\": 1, \"verification_uri\": \"{}\"}}",
                    self.url("/activate")
                ),
            ),
            "/token" => state.token(form),
            _ => (404, "{}".to_owned()),
        }
    }
}

impl State {
    fn next_refresh(&mut self) -> String {
        self.count += 1;
        let token = format!("refresh-{}.~x/y+z==", self.count);
        self.refresh.push(token.clone());
        token
    }

    fn token(&mut self, form: &Fields) -> (u16, String) {
        let no = |error: &str| (400, format!("{{\"error\": \"{error}\", \"error_description\": \"no: {error}\"}}"));
        let is = |name: &str, value: &str| form.get(name).is_some_and(|found| found == value);
        if !is("client_id", CLIENT) || !is("client_secret", CLIENT_SECRET) {
            return no("invalid_client");
        }
        match form.get("grant_type").map(String::as_str) {
            Some("authorization_code") => {
                let Some((redirect, challenge)) = form.get("code").and_then(|code| self.codes.remove(code)) else {
                    return no("invalid_grant");
                };
                let verifier = form.get("code_verifier").cloned().unwrap_or_default();
                let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
                if proof != challenge || !is("redirect_uri", &redirect) {
                    return no("invalid_grant");
                }
            }
            Some("refresh_token") => {
                let found = self.refresh.iter().position(|token| is("refresh_token", token));
                let Some(at) = found else {
                    let echo = form.get("refresh_token").cloned().unwrap_or_default();
                    return (
                        400,
                        format!("{{\"error\": \"invalid_grant\", \"error_description\": \"{echo} was revoked\"}}"),
                    );
                };
                if self.rotates {
                    self.refresh.remove(at);
                }
            }
            Some(_) if is("device_code", "device-secret") => {
                if let Some(word) = self.device.pop_front() {
                    return no(word);
                }
            }
            Some(_) | None => return no("unsupported_grant_type"),
        }
        let rotated = form.get("grant_type").is_some_and(|grant| grant == "refresh_token") && !self.rotates;
        let refresh = if rotated { String::new() } else { self.next_refresh() };
        let access = format!("access-{}.~x/y+z==", self.count);
        if rotated {
            self.count += 1;
        }
        self.access.push(access.clone());
        let refresh = if rotated { String::new() } else { format!("\"refresh_token\": \"{refresh}\", ") };
        let lasts = self.lasts;
        (
            200,
            format!("{{{refresh}\"access_token\": \"{access}\", \"token_type\": \"Bearer\", \"expires_in\": {lasts}}}"),
        )
    }
}

/// Path and body of a request.
fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                let path = head.split(' ').nth(1)?.split('?').next()?.to_owned();
                return Some((path, body.to_owned()));
            }
        }
        let count = stream.read(&mut chunk).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&chunk[..count]);
    }
}

/// What a browser gets at this address of this computer: the whole answer.
pub fn browse(url: &Url) -> String {
    let (host, port) = (url.host_str().unwrap(), url.port().unwrap());
    let target = &url[url::Position::BeforePath..];
    raw(port, &format!("GET {target} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: */*\r\n\r\n"))
}

/// What is answered to these bytes; nothing where the port is closed.
pub fn raw(port: u16, bytes: &str) -> String {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return String::new() };
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(bytes.as_bytes()).ok();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok();
    answer
}
