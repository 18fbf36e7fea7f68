//! Tests of where files lie.

use super::*;

/// The places that DESIGN.md, section 6, promises to scripts.
#[test]
#[cfg(target_os = "linux")]
fn follows_the_xdg_directories() {
    let env =
        Env::of([("HOME", "/home/ada"), ("XDG_CACHE_HOME", "/fast/cache"), ("XDG_DATA_HOME", "relative/ignored")]);
    let paths = Paths::find(None, &env).unwrap();
    assert_eq!(paths.config, Path::new("/home/ada/.config/posthaste/config.toml"));
    assert_eq!(paths.cache, Path::new("/fast/cache/posthaste"));
    assert_eq!(paths.data, Path::new("/home/ada/.local/share/posthaste"), "XDG: a relative path is to be ignored");
    assert_eq!(paths.state, Path::new("/home/ada/.local/state/posthaste"));
}

/// `POSTHASTE_HOME` moves what the program writes, not the config; `POSTHASTE_CONFIG` and --config name the config.
#[test]
fn variables_move_the_places() {
    let env = Env::of([("HOME", "/home/ada"), ("POSTHASTE_HOME", "/p"), ("POSTHASTE_CONFIG", "/c.toml")]);
    let paths = Paths::find(None, &env).unwrap();
    assert_eq!((paths.config.as_path(), paths.cache.as_path()), (Path::new("/c.toml"), Path::new("/p/cache")));
    assert_eq!((paths.data.as_path(), paths.state.as_path()), (Path::new("/p/data"), Path::new("/p/state")));
    assert_eq!(Paths::find(Some(Path::new("/d.toml")), &env).unwrap().config, Path::new("/d.toml"));
}

/// FL07: what the program makes, others cannot read.
#[test]
fn makes_private_directories() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let paths = Paths::under(&dir.path().join("a"));
    paths.create().unwrap();
    for made in [&paths.cache, &paths.data, &paths.state] {
        assert_eq!(std::fs::metadata(made).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
