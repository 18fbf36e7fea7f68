//! A directory of ours on disk: private to the user, and owned by one process at a time.
//!
//! A leaf. The lock is the kernel's (`flock`), so a process that is killed gives it back at once; the pid in the file is
//! only there to be told to people.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{Error, ErrorKind, Read as _, Result, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

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
        let mut file = private_file(&dir.join("lock"))?;
        match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {
                file.set_len(0)?;
                write!(file, "{}", std::process::id())?;
                Ok(Claim::Ours(Self { _file: file }))
            }
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut text = String::new();
                file.take(20).read_to_string(&mut text)?;
                Ok(Claim::Theirs(text.trim().parse().ok()))
            }
            Err(errno) => Err(Error::from(errno)),
        }
    }
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
