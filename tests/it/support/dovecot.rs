//! A private Dovecot in a temporary directory: the real server of the tests.
//!
//! It runs as whoever runs the tests. As root, mail belongs to `nobody`, so that the mail processes are unprivileged.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::raw_client::RawClient;

/// The password of every user.
pub const PASSWORD: &str = "correct horse";

/// What the server is to be like.
#[derive(Debug, Clone)]
pub struct Options {
    /// Users; each gets an INBOX and the usual special folders.
    pub users: Vec<String>,
    /// The capabilities it tells after login, in place of its own.
    pub capability: Option<String>,
    /// Whether users may share folders: the ACL plugin, and what a user shares is below `shared/<user>/` to the others.
    /// A change of rights counts at once, in open sessions too.
    pub sharing: bool,
    /// How much a user may have: kilobytes and messages.
    pub quota: Option<(u32, u32)>,
    /// Whether it offers COMPRESS=DEFLATE.
    pub compress: bool,
    /// Whether its log tells of each message that is expunged. Not together with sharing and quota.
    pub tells_expunges: bool,
    /// More configuration, at the end of its file.
    pub extra: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            users: vec!["alice".to_owned(), "bob".to_owned()],
            capability: None,
            sharing: false,
            quota: None,
            compress: false,
            tells_expunges: false,
            extra: String::new(),
        }
    }
}

/// A running server, stopped when dropped.
pub struct Dovecot {
    /// Clear text and STARTTLS.
    pub port: u16,
    /// TLS from the first byte.
    pub tls_port: u16,
    /// The certificate to trust; it is for `localhost` and 127.0.0.1.
    pub ca_pem: PathBuf,
    /// Everything of it.
    pub dir: PathBuf,
    master: Child,
    _temporary: tempfile::TempDir,
}

fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let more = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", "/opt/homebrew/opt/dovecot/sbin"];
    let mut places = std::env::split_paths(&path).chain(more.iter().map(PathBuf::from));
    places.find_map(|place| Some(place.join("dovecot")).filter(|file| file.is_file()))
}

/// Whether Dovecot is installed. Where it is not, says so; fails where `POSTHASTE_REQUIRE_DOVECOT=1` demands it.
#[track_caller]
pub fn available() -> bool {
    if program().is_some() {
        return true;
    }
    let required = std::env::var("POSTHASTE_REQUIRE_DOVECOT").is_ok_and(|value| value == "1");
    assert!(!required, "Dovecot is not installed, and POSTHASTE_REQUIRE_DOVECOT=1: run tests/run, or install it");
    println!("skipped: Dovecot is not installed (tests/run installs it, or says how)");
    false
}

fn identity(flag: &str) -> String {
    let output = Command::new("id").arg(flag).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn free_ports() -> (u16, u16) {
    // Both are held until both are known, so that they differ.
    let (one, two) = (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    (one.local_addr().unwrap().port(), two.local_addr().unwrap().port())
}

fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {text}");
    text
}

fn make_certificate(dir: &Path) -> PathBuf {
    let certificate = dir.join("cert.pem");
    run(Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        .arg("-keyout")
        .arg(dir.join("key.pem"))
        .arg("-out")
        .arg(&certificate));
    certificate
}

/// Who the mail processes run as.
struct Owner {
    user: String,
    group: String,
    uid: String,
    gid: String,
    is_root: bool,
}

impl Owner {
    fn find() -> Self {
        let is_root = identity("-u") == "0";
        if !is_root {
            let numbers = (identity("-u"), identity("-g"));
            return Self { user: identity("-un"), group: identity("-gn"), uid: numbers.0, gid: numbers.1, is_root };
        }
        let of = |flag: &str| {
            let output = Command::new("id").args([flag, "nobody"]).output().unwrap();
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        };
        Self { user: of("-un"), group: of("-gn"), uid: of("-u"), gid: of("-g"), is_root }
    }
}

/// The settings that changed their names between 2.3 and 2.4.
fn dialect(version: &str, dir: &Path, owner: &Owner, options: &Options) -> String {
    let d = dir.display();
    let (uid, gid) = (&owner.uid, &owner.gid);
    let capability = options.capability.as_deref();
    let old = version.starts_with("2.2") || version.starts_with("2.3");
    let mut text = String::new();
    if old {
        write!(
            text,
            "ssl_cert = <{d}/cert.pem\nssl_key = <{d}/key.pem\ndisable_plaintext_auth = no\n\
             mail_location = maildir:{d}/mail/%u/Maildir\n\
             passdb {{\n driver = passwd-file\n args = {d}/users\n}}\n\
             userdb {{\n driver = static\n args = uid={uid} gid={gid} home={d}/mail/%u\n}}\n"
        )
        .unwrap();
    } else {
        let short = version.split_whitespace().next().unwrap_or("2.4.0");
        text = format!(
            "dovecot_config_version = {short}\ndovecot_storage_version = {short}\n\
             ssl_server_cert_file = {d}/cert.pem\nssl_server_key_file = {d}/key.pem\nauth_allow_cleartext = yes\n\
             mail_driver = maildir\nmail_path = {d}/mail/%{{user}}/Maildir\nmail_home = {d}/mail/%{{user}}\n\
             passdb passwd-file {{\n passwd_file_path = {d}/users\n}}\n\
             userdb static {{\n fields {{\n  uid = {uid}\n  gid = {gid}\n  home = {d}/mail/%{{user}}\n }}\n}}\n"
        );
    }
    if options.compress && old {
        // A plugin until 2.3; always there since.
        writeln!(text, "protocol imap {{\n mail_plugins = imap_zlib\n}}").unwrap();
    }
    if let Some(capability) = capability {
        writeln!(text, "imap_capability = {capability}").unwrap();
    }
    text.push_str(&plugins(old, dir, options));
    if options.tells_expunges {
        text.push_str(mail_log(old));
    }
    text
}

fn mail_log(old: bool) -> &'static str {
    if old {
        return "mail_plugins = notify mail_log\nprotocol imap {\n mail_plugins = notify mail_log\n}\n\
                plugin {\n mail_log_events = expunge\n mail_log_fields = uid box msgid\n}\n";
    }
    "mail_plugins {\n notify = yes\n mail_log = yes\n}\nmail_log_events = expunge\nmail_log_fields = uid box msgid\n"
}

/// ACL and quota.
fn plugins(old: bool, dir: &Path, options: &Options) -> String {
    let names = [("acl", options.sharing), ("quota", options.quota.is_some())];
    let names: Vec<&str> = names.into_iter().filter(|(_, wanted)| *wanted).map(|(name, _)| name).collect();
    if names.is_empty() {
        return String::new();
    }
    let sharing = if options.sharing { sharing(old, dir) } else { String::new() };
    let quota = options.quota.map_or_else(String::new, |limits| quota(old, limits));
    let d = dir.display();
    if old {
        let all = names.join(" ");
        let imap = names.join(" imap_");
        return format!(
            "mail_plugins = {all}\nprotocol imap {{\n mail_plugins = {all} imap_{imap}\n rawlog_dir = {d}/wire/%u\n}}\n\
             {sharing}{quota}"
        );
    }
    let all = names.join(" = yes\n ");
    let imap = names.join(" = yes\n  imap_");
    format!(
        "mail_plugins {{\n {all} = yes\n}}\nprotocol imap {{\n mail_plugins {{\n  imap_{imap} = yes\n }}\n \
         rawlog_dir = {d}/wire/%{{user}}\n}}\n{sharing}{quota}"
    )
}

fn sharing(old: bool, dir: &Path) -> String {
    let d = dir.display();
    let namespace = "type = shared\n separator = /\n subscriptions = no\n list = children";
    if old {
        return format!(
            "namespace shared {{\n {namespace}\n prefix = shared/%%u/\n location = maildir:{d}/mail/%%u/Maildir\n}}\n\
             plugin {{\n acl = vfile::cache_secs=0\n acl_shared_dict = file:{d}/mail/shared.db\n}}\n"
        );
    }
    format!(
        "namespace shared {{\n {namespace}\n prefix = shared/$user/\n mail_driver = maildir\n \
         mail_path = {d}/mail/%{{owner_user}}/Maildir\n}}\nacl_driver = vfile\nacl_cache_ttl = 0\n\
         acl_sharing_map {{\n dict file {{\n  path = {d}/mail/shared.db\n }}\n}}\n"
    )
}

fn quota(old: bool, (kilobytes, messages): (u32, u32)) -> String {
    if old {
        return format!(
            "plugin {{\n quota = count:User quota\n quota_vsizes = yes\n \
             quota_rule = *:storage={kilobytes}K:messages={messages}\n}}\n"
        );
    }
    format!("quota \"User quota\" {{\n quota_storage_size = {kilobytes}K\n quota_message_count = {messages}\n}}\n")
}

fn configuration(version: &str, dir: &Path, owner: &Owner, ports: (u16, u16), options: &Options) -> String {
    let d = dir.display();
    let (port, tls_port) = ports;
    let (user, group) = (&owner.user, &owner.group);
    // The version comes first: 2.4 insists on it.
    let mut text = dialect(version, dir, owner, options);
    write!(
        text,
        "base_dir = {d}/run\nstate_dir = {d}/state\nlog_path = {d}/dovecot.log\nprotocols = imap\nlisten = 127.0.0.1\n\
         ssl = yes\nauth_mechanisms = plain login\nmail_max_userip_connections = 100\n\
         first_valid_uid = 0\nfirst_valid_gid = 0\nauth_verbose = yes\nmail_fsync = never\n\
         namespace inbox {{\n inbox = yes\n separator = /\n"
    )
    .unwrap();
    for name in ["Archive", "Drafts", "Sent", "Trash", "Junk"] {
        write!(text, " mailbox {name} {{\n  auto = subscribe\n  special_use = \\{name}\n }}\n").unwrap();
    }
    write!(
        text,
        "}}\nservice imap-login {{\n chroot =\n client_limit = 200\n inet_listener imap {{\n  port = {port}\n }}\n \
         inet_listener imaps {{\n  port = {tls_port}\n  ssl = yes\n }}\n}}\n\
         service imap {{\n process_limit = 100\n}}\nservice anvil {{\n chroot =\n}}\n"
    )
    .unwrap();
    if !owner.is_root {
        // As root Dovecot's own users serve; anyone else can only be himself.
        writeln!(text, "default_internal_user = {user}\ndefault_login_user = {user}").unwrap();
        writeln!(text, "default_internal_group = {group}").unwrap();
    }
    text.push_str(&options.extra);
    text.push('\n');
    text
}

impl Dovecot {
    /// Starts a server and waits until it answers; panics with its log when it does not.
    #[track_caller]
    pub fn start(options: &Options) -> Self {
        for _ in 0..5 {
            match Self::launch(options) {
                Ok(server) => return server,
                // A port that was free when it was looked at was taken by another test meanwhile.
                Err(log) if log.contains("Address already in use") => {}
                Err(log) => panic!("Dovecot does not answer:\n{log}"),
            }
        }
        panic!("no free port for Dovecot in five tries")
    }

    /// One try; what Dovecot logged if it does not answer.
    fn launch(options: &Options) -> Result<Self, String> {
        let program = program().expect("Dovecot is installed: ask available() first");
        // A short path: the sockets in it must stay under 108 bytes.
        let temporary = tempfile::Builder::new().prefix("dove").tempdir_in("/tmp").unwrap();
        let dir = temporary.path().canonicalize().unwrap();
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["run", "state", "mail", "wire"] {
            fs::create_dir(dir.join(name)).unwrap();
        }
        for user in &options.users {
            fs::create_dir(dir.join("wire").join(user)).unwrap();
        }
        let ca_pem = make_certificate(&dir);
        let users: String =
            options.users.iter().fold(String::new(), |text, user| text + user + ":{PLAIN}" + PASSWORD + "::::\n");
        fs::write(dir.join("users"), users).unwrap();
        let owner = Owner::find();
        let version = run(Command::new(&program).arg("--version"));
        let ports = free_ports();
        let conf = dir.join("dovecot.conf");
        fs::write(&conf, configuration(&version, &dir, &owner, ports, options)).unwrap();
        if owner.is_root {
            let to = format!("{}:{}", owner.uid, owner.gid);
            run(Command::new("chown").arg("-R").arg(to).args(["mail", "users", "wire"].map(|name| dir.join(name))));
        }
        let stderr = fs::File::create(dir.join("stderr")).unwrap();
        let master = Command::new(&program)
            .arg("-F")
            .arg("-c")
            .arg(&conf)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr)
            .process_group(0)
            .spawn()
            .unwrap();
        let mut server = Self { port: ports.0, tls_port: ports.1, ca_pem, dir, master, _temporary: temporary };
        server.wait_until_it_answers(&options.users)?;
        Ok(server)
    }

    fn wait_until_it_answers(&mut self, users: &[String]) -> Result<(), String> {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let greeting = RawClient::connect(self.addr()).map(|(_, greeting)| greeting);
            if greeting.is_ok_and(|greeting| greeting.starts_with("* OK")) {
                break;
            }
            let dead = self.master.try_wait().unwrap();
            if dead.is_some() || Instant::now() >= deadline {
                return Err(format!("{dead:?}\n{}", self.log()));
            }
            // The only thing to wait for is another process; there is no event for it.
            std::thread::sleep(Duration::from_millis(10));
        }
        if let Some(user) = users.first() {
            self.client(user);
        }
        Ok(())
    }

    /// Where it listens in clear text.
    pub fn addr(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// A command that speaks IMAP on its input and output, for this user, who is signed in from the start.
    pub fn mail_command(&self, user: &str) -> String {
        let d = self.dir.display();
        let owner = Owner::find();
        let drop = if owner.is_root {
            format!("setpriv --reuid {} --regid {} --clear-groups ", owner.uid, owner.gid)
        } else {
            String::new()
        };
        format!("export USER={user} HOME={d}/mail/{user}; exec {drop}doveadm -c {d}/dovecot.conf exec imap")
    }

    /// Another client, signed in.
    #[track_caller]
    pub fn client(&self, user: &str) -> RawClient {
        match RawClient::connect(self.addr()) {
            Err(error) => panic!("{error}\n{}", self.log()),
            Ok((mut client, _)) => {
                let answer = client.try_command(&format!("LOGIN \"{user}\" \"{PASSWORD}\""));
                match answer {
                    Ok(answer) if answer.status.starts_with("OK") => client,
                    other => panic!("{other:?}\n{}", self.log()),
                }
            }
        }
    }

    /// Its log so far, for failure messages.
    pub fn log(&self) -> String {
        ["stderr", "dovecot.log"]
            .iter()
            .map(|name| fs::read_to_string(self.dir.join(name)).unwrap_or_default())
            .collect()
    }

    /// The commands that this user's clients sent after they signed in, without their tags; those of one connection stand
    /// in their order. Kept where users share folders or have a quota.
    pub fn heard(&self, user: &str) -> Vec<String> {
        let wire = self.dir.join("wire").join(user);
        let mut names: Vec<PathBuf> = fs::read_dir(wire)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "in"))
            .collect();
        names.sort();
        let text: String = names.iter().map(|path| fs::read_to_string(path).unwrap_or_default()).collect();
        // "1795629554.024544 a2 NOOP"
        text.lines().map(|line| line.splitn(3, ' ').last().unwrap_or(line).to_owned()).collect()
    }

    /// Puts a message into a folder (`INBOX`, `a/b`, raw names) by writing its file, as a delivery agent does.
    /// `flags` are Maildir letters: S seen, F flagged, R answered, D draft, T deleted.
    #[track_caller]
    pub fn deliver(&self, user: &str, folder: &str, message: &[u8], flags: &str) {
        self.deliver_all(user, folder, std::iter::once((message.to_vec(), flags.to_owned())));
    }

    /// Puts many messages into a folder; quick enough for a hundred thousand.
    #[track_caller]
    pub fn deliver_all(&self, user: &str, folder: &str, messages: impl IntoIterator<Item = (Vec<u8>, String)>) {
        static COUNTER: AtomicU64 = AtomicU64::new(1);
        let mut maildir = self.dir.join("mail").join(user).join("Maildir");
        if folder != "INBOX" {
            maildir.push(format!(".{}", folder.replace('/', ".")));
        }
        for name in ["cur", "new", "tmp"] {
            fs::create_dir_all(maildir.join(name)).unwrap();
        }
        if folder != "INBOX" {
            fs::write(maildir.join("maildirfolder"), "").unwrap();
        }
        for (message, flags) in messages {
            let number = COUNTER.fetch_add(1, Ordering::SeqCst);
            // The name carries the order: Dovecot gives UIDs by it.
            let name = format!("{}.M{number:09}P{}.test:2,{flags}", 1_700_000_000 + number, std::process::id());
            let before = maildir.join("tmp").join(&name);
            let mut file = fs::File::create(&before).unwrap();
            file.write_all(&message).unwrap();
            fs::rename(before, maildir.join("cur").join(&name)).unwrap();
        }
        self.give_away(user);
    }

    fn give_away(&self, user: &str) {
        let owner = Owner::find();
        if owner.is_root {
            let to = format!("{}:{}", owner.uid, owner.gid);
            run(Command::new("chown").arg("-R").arg(to).arg(self.dir.join("mail").join(user)));
        }
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // The whole group at once: asked politely, Dovecot gives its clients seconds to leave, and nothing here is kept.
        if let Some(group) = rustix::process::Pid::from_raw(self.master.id().cast_signed()) {
            rustix::process::kill_process_group(group, rustix::process::Signal::KILL).ok();
        }
        self.master.wait().ok();
    }
}

/// Whether something listens at a loopback port.
pub fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}
