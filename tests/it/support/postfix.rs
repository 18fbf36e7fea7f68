//! A private Postfix that takes mail from whoever Dovecot lets in, and delivers into Dovecot's Maildirs.
//!
//! Postfix starts as root alone; elsewhere its tests say that they are skipped.
#![cfg(test)]

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::dovecot::{Dovecot, free_ports, identity, listens};

/// What Dovecot needs to know of it.
pub const AUTH: &str = "service auth {\n unix_listener postfix-auth {\n  mode = 0666\n }\n}\n";
/// The largest mail that it takes.
pub const MOST: u64 = 100_000;

/// A running server, stopped when dropped.
pub struct Postfix {
    /// Clear text and STARTTLS.
    pub port: u16,
    /// TLS from the first byte.
    pub tls_port: u16,
    dir: PathBuf,
    master: Child,
    _temporary: tempfile::TempDir,
}

/// Whether it can be started here.
pub fn available() -> bool {
    let required = std::env::var("POSTHASTE_REQUIRE_DOVECOT").is_ok_and(|value| value == "1");
    if identity("-u") != "0" {
        println!("skipped: Postfix starts as root alone");
        return false;
    }
    let there = Path::new("/usr/sbin/postfix").exists();
    assert!(there || !required, "Postfix is not installed: run tests/run, or install it");
    if !there {
        println!("skipped: Postfix is not installed (tests/run installs it, or says how)");
    }
    there
}

const SERVICES: &str = "\
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
proxymap  unix  -       -       n       -       -       proxymap
anvil     unix  -       -       n       -       1       anvil
virtual   unix  -       n       n       -       -       virtual
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
postlog   unix-dgram n  -       n       -       1       postlogd
";

fn configure(dir: &Path, dovecot: &Dovecot, users: &[&str], (port, tls_port): (u16, u16)) {
    let (d, mail) = (dir.display(), dovecot.dir.join("mail"));
    let owner = fs::metadata(&mail).unwrap();
    let own = format!(
        "compatibility_level = 3.6\nqueue_directory = {d}/queue\ndata_directory = {d}/data\nmaillog_file = {d}/log\n\
         maillog_file_prefixes = {d}\nmyhostname = mx.example.org\nmydestination =\nmynetworks =\n\
         inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nalias_maps =\nalias_database =\n\
         smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = {}\n\
         smtpd_recipient_restrictions = permit_sasl_authenticated, reject\n\
         smtpd_relay_restrictions = permit_sasl_authenticated, reject\n\
         smtpd_tls_cert_file = {}\nsmtpd_tls_key_file = {}\nsmtpd_tls_security_level = may\nsmtpd_tls_auth_only = yes\n\
         virtual_mailbox_domains = example.org\nvirtual_mailbox_base = {}\nvirtual_mailbox_maps = texthash:{d}/boxes\n\
         virtual_uid_maps = static:{}\nvirtual_gid_maps = static:{}\nvirtual_minimum_uid = 1\nvirtual_mailbox_limit = 0\n\
         message_size_limit = {MOST}\nsmtputf8_enable = yes\n",
        dovecot.dir.join("run/postfix-auth").display(),
        dovecot.dir.join("cert.pem").display(),
        dovecot.dir.join("key.pem").display(),
        mail.display(),
        owner.uid(),
        owner.gid(),
    );
    let mut master = format!("127.0.0.1:{port} inet n - n - - smtpd\n127.0.0.1:{tls_port} inet n - n - - smtpd\n");
    writeln!(master, "  -o smtpd_tls_wrappermode=yes\n{SERVICES}").unwrap();
    let boxes: Vec<String> = users.iter().map(|user| format!("{user}@example.org {user}/Maildir/\n")).collect();
    fs::write(dir.join("conf/main.cf"), own).unwrap();
    fs::write(dir.join("conf/master.cf"), master).unwrap();
    fs::write(dir.join("boxes"), boxes.concat()).unwrap();
}

impl Postfix {
    /// Starts one in front of this Dovecot, which was told [`AUTH`], for these users at example.org.
    #[track_caller]
    pub fn start(dovecot: &Dovecot, users: &[&str]) -> Self {
        let temporary = tempfile::Builder::new().prefix("post").tempdir_in("/tmp").unwrap();
        let dir = temporary.path().canonicalize().unwrap();
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["conf", "queue", "data"] {
            fs::create_dir(dir.join(name)).unwrap();
        }
        let owned = Command::new("chown").arg("postfix").arg(dir.join("data")).status().unwrap();
        assert!(owned.success());
        let ports = free_ports();
        configure(&dir, dovecot, users, ports);
        let stderr = fs::File::create(dir.join("stderr")).unwrap();
        let master = Command::new("/usr/sbin/postfix")
            .arg("-c")
            .arg(dir.join("conf"))
            .arg("start-fg")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .unwrap();
        let mut server = Self { port: ports.0, tls_port: ports.1, dir, master, _temporary: temporary };
        let began = Instant::now();
        while !(listens(server.port) && listens(server.tls_port)) {
            let gone = server.master.try_wait().unwrap().is_some();
            let late = began.elapsed() > Duration::from_mins(1);
            assert!(!gone && !late, "Postfix does not answer:\n{}", server.log());
            // The only thing to wait for is another process; there is no event for it.
            thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// The mails in this directory, once there are so many.
    #[track_caller]
    pub fn delivered(&self, new: &Path, count: usize) -> Vec<String> {
        let began = Instant::now();
        loop {
            let files = fs::read_dir(new).into_iter().flatten().flatten();
            let mails: Vec<String> = files.filter_map(|file| fs::read_to_string(file.path()).ok()).collect();
            if mails.len() >= count {
                return mails;
            }
            assert!(began.elapsed() < Duration::from_mins(1), "{}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What it logged.
    pub fn log(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.dir.join(name)).unwrap_or_default();
        format!("{}{}", read("stderr"), read("log"))
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let conf = self.dir.join("conf");
        drop(Command::new("/usr/sbin/postfix").arg("-c").arg(conf).arg("stop").stderr(Stdio::null()).status());
        drop(self.master.kill());
        drop(self.master.wait());
    }
}
