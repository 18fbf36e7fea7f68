//! A disk without room, and one that is mounted to be read only: real ones, which only root can mount. Elsewhere the test
//! says that it did nothing.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use posthaste::app::rights::ReadOnly;
use posthaste::config::Config;
use posthaste::config::env::Env;
use posthaste::config::paths::Paths;
use posthaste::demo::server::Options;
use posthaste::runtime::launch::{self, Launch};

use super::steps::{IDS, configure, program, sync_well};
use crate::support::engine::{Embedded, Home};

/// A small file system in memory.
struct Disk(PathBuf);

impl Disk {
    /// `None`, said aloud, where it cannot be mounted.
    fn mount(at: &Path) -> Option<Self> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=8m", "none"]).arg(at).output();
        if mounted.as_ref().is_ok_and(|output| output.status.success()) {
            return Some(Self(at.to_owned()));
        }
        eprintln!("skipped: no file system can be mounted here: {mounted:?}");
        None
    }

    /// Leaves not a byte free.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.0.join("fill")).unwrap();
        for size in [65_536, 4_096, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn forbid(&self) {
        assert!(Command::new("mount").args(["-o", "remount,ro"]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
    }
}

/// What the screen would open: to be looked at, and why; with how many accounts.
fn opened(home: &Home) -> (Option<ReadOnly>, usize) {
    let config = Config::load(Some(&home.path().join("config.toml")), &Env::default()).unwrap();
    let paths = Paths::under(home.path());
    let launch = Launch { config, paths, env: Env::default(), trace: None, demo: false, hall: None, letter: None };
    let opened = launch::open(&launch).unwrap().unwrap();
    assert_eq!(opened.journal.is_none(), opened.read_only.is_some());
    (opened.read_only, opened.ids.len())
}

/// Without room, and without the right to write, mail is read all the same: the screen opens to look and says why,
/// commands that only read work beside it, nothing is taken for damaged, and with room again all is as before.
#[test]
fn a_disk_that_takes_nothing_is_read() {
    let server = Embedded::start(Options::default(), &IDS);
    let home = server.home();
    let Some(disk) = Disk::mount(home.path()) else { return };
    configure(&home);
    sync_well(&home, "there is room");
    let listed = |what: &str| {
        let output = program(&home, &["list", "--offline"]).output().unwrap();
        assert!(output.status.success(), "{what}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let doctor = || {
        let output = program(&home, &["doctor", "--offline"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let before = listed("there is room");
    disk.fill();
    assert_eq!(opened(&home), (Some(ReadOnly::Full), 1));
    assert_eq!(listed("full"), before);
    let told = doctor();
    assert!(told.contains("fail  disk: 0 MB free") && told.contains("ok    cache: "), "{told}");
    assert!(!told.contains("it can be deleted"), "{told}");
    std::fs::remove_file(home.path().join("fill")).unwrap();
    assert_eq!(opened(&home), (None, 1));
    disk.forbid();
    assert_eq!(opened(&home), (Some(ReadOnly::Disk), 1));
    assert_eq!(listed("read-only"), before);
    let told = doctor();
    assert!(told.contains("is read-only") && !told.contains("it can be deleted"), "{told}");
}
