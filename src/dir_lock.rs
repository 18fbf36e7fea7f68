//! A directory of ours on disk: private to the user, and owned by one process at a time.
//!
//! A leaf. The lock is the kernel's (`flock`), so a process that is killed gives it back at once; the pid in the file is
//! only there to be told to people.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{Error, ErrorKind, Read as _, Result, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::io::Errno;

/// What a process may do with a directory of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Read and write; only one process at a time.
    Owner,
    /// Only read, while another process may own the files.
    ReadOnly,
}

/// What came of asking for the lock.
#[derive(Debug)]
pub enum Claim {
    /// This process owns the directory for as long as the lock lives.
    Ours(DirLock),
    /// Another process owns it: the pid it wrote down, if that can be read.
    Theirs(Option<u32>),
}

/// The lock on a directory; dropping it, or dying, gives it back.
#[derive(Debug)]
pub struct DirLock {
    _file: File,
}

impl DirLock {
    /// Tries to own `dir`, which must be there, by locking `dir/lock`. Never waits.
    ///
    /// # Errors
    /// When the file cannot be made, or the file system knows no locks (some NFS): to go on without would risk two owners.
    pub fn claim(dir: &Path) -> Result<Claim> {
        Self::claim_by(dir, |file| rustix::fs::flock(file, rustix::fs::FlockOperation::NonBlockingLockExclusive))
    }

    /// As [`DirLock::claim`], with the system's part done by `lock`.
    fn claim_by(dir: &Path, lock: impl FnOnce(&File) -> rustix::io::Result<()>) -> Result<Claim> {
        let mut file = private_file(&dir.join("lock"))?;
        match lock(&file) {
            Ok(()) => {
                file.set_len(0)?;
                write!(file, "{}", std::process::id())?;
                Ok(Claim::Ours(Self { _file: file }))
            }
            Err(Errno::WOULDBLOCK) => {
                let mut text = String::new();
                file.take(20).read_to_string(&mut text)?;
                Ok(Claim::Theirs(text.trim().parse().ok()))
            }
            Err(Errno::NOLCK | Errno::NOSYS | Errno::OPNOTSUPP) => Err(Error::new(
                ErrorKind::Unsupported,
                "its file system knows no locks, so that two programs could write at once; is it NFS? Put it on a local disk",
            )),
            Err(errno) => Err(Error::from(errno)),
        }
    }
}

/// That nobody of us writes in a directory for as long as this lives: its file system is read-only, or owners are kept away.
#[derive(Debug)]
pub struct Still(#[expect(dead_code, reason = "held")] Option<DirLock>);

impl Still {
    /// Keeps owners away, beside others who do the same; `None` where there is one, or where that cannot be known.
    pub fn hold(dir: &Path) -> Option<Self> {
        let path = dir.join("lock");
        let file = File::open(&path).or_else(|_| private_file(&path));
        match file.map(|file| (rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockShared), file)) {
            Ok((Ok(()), file)) => Some(Self(Some(DirLock { _file: file }))),
            Ok((Err(Errno::WOULDBLOCK), _)) => None,
            Ok((Err(_), _)) | Err(_) => is_read_only(dir).then_some(Self(None)),
        }
    }
}

/// Whether the file system that this lies on is mounted to be read only.
pub fn is_read_only(path: &Path) -> bool {
    rustix::fs::statvfs(path).is_ok_and(|stat| stat.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY))
}

/// The name by which SQLite opens a file that nobody writes, without files beside it (sqlite.org/uri.html, "immutable").
pub fn immutable(path: &Path) -> PathBuf {
    use std::fmt::Write as _;
    let mut name = "file:".to_owned();
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(byte) {
            name.push(char::from(*byte));
        } else {
            // A String takes everything.
            let _taken = write!(name, "%{byte:02X}");
        }
    }
    name.push_str("?immutable=1");
    PathBuf::from(name)
}

/// Makes `dir` with its parents, for nobody but the user (0700 whatever the umask). A looser one is tightened.
///
/// # Errors
/// When it cannot be made, or something else bears its name.
pub fn private_dir(dir: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    tighten(dir, 0o700)
}

/// Opens a file for reading and writing, made if it is not there, for nobody but the user (0600 whatever the umask).
///
/// # Errors
/// When it cannot be opened or made; a symbolic link in its place is not followed.
pub fn private_file(path: &Path) -> Result<File> {
    let no_follow =
        i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).map_err(|_| Error::from(ErrorKind::Unsupported))?;
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(no_follow)
        .open(path)?;
    tighten(path, 0o600)?;
    Ok(file)
}

/// Takes away what group and others may do. One that belongs to somebody else stays as it is.
fn tighten(path: &Path, mode: u32) -> Result<()> {
    let open_to_others = std::fs::metadata(path)?.permissions().mode() & 0o077;
    if open_to_others == 0 {
        return Ok(());
    }
    match std::fs::set_permissions(path, Permissions::from_mode(mode)) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
        other => other,
    }
}

/// Makes the directory's entries durable, so that a file made in it is still there after a power cut.
///
/// # Errors
/// When the directory cannot be opened or synced.
pub fn sync_dir(dir: &Path) -> Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use rstest::rstest;
    use rustix::io::Errno;

    use super::{Claim, DirLock};

    /// RL38: a file system without locks (NFS) is found out, told in words, and not used as if it had them.
    #[rstest]
    #[case(Errno::NOLCK, ErrorKind::Unsupported)]
    #[case(Errno::OPNOTSUPP, ErrorKind::Unsupported)]
    #[case(Errno::NOSYS, ErrorKind::Unsupported)]
    #[case(Errno::ACCESS, ErrorKind::PermissionDenied)]
    fn a_file_system_without_locks_is_refused(#[case] errno: Errno, #[case] kind: ErrorKind) {
        let dir = tempfile::tempdir().unwrap();
        let error = DirLock::claim_by(dir.path(), |_| Err(errno)).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!(error.to_string().contains("knows no locks"), kind == ErrorKind::Unsupported, "{error}");
    }

    /// RL38: one owner at a time, who is named to the second and makes room by leaving.
    #[test]
    fn one_owner_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let first = DirLock::claim(dir.path()).unwrap();
        assert!(matches!(first, Claim::Ours(_)));
        let second = DirLock::claim(dir.path()).unwrap();
        assert!(matches!(second, Claim::Theirs(Some(pid)) if pid == std::process::id()), "{second:?}");
        drop(first);
        assert!(matches!(DirLock::claim(dir.path()).unwrap(), Claim::Ours(_)));
    }
}
