//! The file that keeps a refresh token.

use super::*;
use crate::auth::vault::Memory;

fn tokens(account: &str, dir: &Path) -> Tokens {
    Tokens::new(account, Store::File, Arc::new(Memory::default()), Some(dir))
}

/// FL07: a token's file is for its owner alone, whatever lay there before, and a later token takes its place.
#[tokio::test]
async fn a_file_is_for_its_owner_alone() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("tokens");
    let kept = tokens("my work", &dir);
    assert!(kept.get().await.unwrap().is_none());
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("my%20work.new"), "left by a crash").unwrap();
    fs::set_permissions(dir.join("my%20work.new"), fs::Permissions::from_mode(0o666)).unwrap();
    for token in ["first", "second"] {
        kept.set(&token.into()).await.unwrap();
        assert_eq!(kept.get().await.unwrap().unwrap().expose_secret(), token);
        assert_eq!(fs::metadata(kept.file().unwrap()).unwrap().permissions().mode() & 0o777, 0o600);
    }
    remove(&dir, "my work").unwrap();
    remove(&dir, "my work").unwrap();
    assert!(kept.get().await.unwrap().is_none());
}

/// No account reads another one's file, and none lies outside of the directory.
#[test]
fn names_do_not_meet() {
    let dir = Path::new("/t");
    let names = ["a b", "a%20b", "a.b", "../a", "A"].map(|name| tokens(name, dir).file().unwrap());
    for (at, name) in names.iter().enumerate() {
        assert_eq!(name.parent(), Some(dir));
        assert!(!names[..at].contains(name), "{name:?}");
    }
}
