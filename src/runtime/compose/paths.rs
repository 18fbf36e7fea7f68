//! Paths: what the beginning of one may mean, and whether a pasted text is one. On a thread of its own: a directory may be on
//! a disk that does not answer.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;

use super::Materials;
use crate::app::compose::order::News;
use crate::config::env::Env;
use crate::letter::LetterId;

/// Entries of a directory that are looked at.
const LOOKED_AT: usize = 20_000;
/// Paths that are offered.
const MOST: usize = 50;
/// The longest pasted text that may be a path, in bytes (`PATH_MAX`, and room for what a shell writes before its letters).
const LONGEST: usize = 3 * 4096;

/// What the thread is asked for.
pub(super) enum Job {
    /// Paths that begin like this.
    Complete(u64, String),
    /// Whether this text, pasted into a letter, is a path.
    Drop(LetterId, String),
}

impl Job {
    /// Nobody looks: a pasted text is a text.
    pub(super) fn refuse(self, materials: &Materials) {
        if let Self::Drop(letter, text) = self {
            materials.say(News::Dropped { letter, text, path: None });
        }
    }
}

/// Answers until nobody asks any more.
pub(super) fn serve(materials: &Materials, newest: &AtomicU64, inbox: &Receiver<Job>) {
    for job in inbox {
        match job {
            Job::Complete(turn, _) if turn != newest.load(Ordering::SeqCst) => {}
            Job::Complete(turn, text) => {
                let paths = complete(&text, &materials.env);
                materials.say(News::Paths { turn, paths });
            }
            Job::Drop(letter, text) => {
                let path = dropped(&text, &materials.env);
                materials.say(News::Dropped { letter, text, path });
            }
        }
        materials.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A path as it was typed, `~/` being the home directory.
pub(super) fn expanded(text: &str, env: &Env) -> PathBuf {
    let home = text.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'));
    match home.zip(env.path("HOME")) {
        Some((rest, home)) => home.join(rest.trim_start_matches('/')),
        None => PathBuf::from(text),
    }
}

/// The file that a typed path means: as it stands there, else as a shell or a link would have it, quoted, with escaped spaces, or
/// with variables. Where there is none it is the path as it was typed.
pub(super) fn meant(text: &str, env: &Env) -> PathBuf {
    let typed = expanded(text, env);
    let one = shell_words::split(text).ok().and_then(|words| <[String; 1]>::try_from(words).ok());
    let word = one.map(|[word]| word);
    let link = url::Url::parse(text).ok().filter(|url| url.scheme() == "file").and_then(|url| url.to_file_path().ok());
    let unquoted = word.as_deref().map(|word| expanded(word, env));
    let with_variables = word.as_deref().and_then(|word| env.expand(word).ok());
    let others = [link, unquoted, with_variables].into_iter().flatten();
    std::iter::once(typed.clone()).chain(others).find(|path| path.exists()).unwrap_or(typed)
}

/// Files and directories that this beginning of a path may mean, in their order; what is hidden only where a dot asks for it.
/// Where nothing was typed it begins at home.
fn complete(text: &str, env: &Env) -> Vec<String> {
    if matches!(text, "" | "~") {
        return complete("~/", env);
    }
    let (above, begun) = text.rsplit_once('/').map_or(("", text), |(above, begun)| (above, begun));
    let before = text.strip_suffix(begun).unwrap_or_default();
    let directory = match (above, before) {
        ("", "") => PathBuf::from("."),
        ("", _) => PathBuf::from("/"),
        (above, _) => expanded(above, env),
    };
    // A capital is meant, a small letter may be either.
    let exact = begun.chars().any(char::is_uppercase);
    let fits = |name: &str| {
        if exact { name.starts_with(begun) } else { name.to_lowercase().starts_with(&begun.to_lowercase()) }
    };
    let Ok(entries) = std::fs::read_dir(&directory) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries.take(LOOKED_AT).flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let hidden = name.starts_with('.') && !begun.starts_with('.');
        if hidden || !fits(&name) || name.contains(char::is_control) {
            continue;
        }
        // A link is what it leads to.
        let Ok(meta) = std::fs::metadata(entry.path()) else { continue };
        if meta.is_dir() {
            found.push(format!("{before}{name}/"));
        } else if meta.is_file() {
            found.push(format!("{before}{name}"));
        }
    }
    found.sort_by_cached_key(|path| (path.to_lowercase(), path.clone()));
    found.truncate(MOST);
    found
}

/// The file that a pasted text is the path of: whole and from the root or from home on, as terminals paste what is dropped on
/// them; a word that happens to be the name of a file here is a word.
fn dropped(text: &str, env: &Env) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST || text.contains(['\n', '\r', '\0']) {
        return None;
    }
    let is_file = |path: &Path| std::fs::metadata(path).is_ok_and(|meta| meta.is_file());
    let told = |path: PathBuf| path.into_os_string().into_string().ok();
    if text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:")) {
        // Of this computer alone: url knows the others' names.
        let path = url::Url::parse(text).ok()?.to_file_path().ok()?;
        return if is_file(&path) { told(path) } else { None };
    }
    let whole = |text: &str| {
        let path = expanded(text, env);
        (path.is_absolute() && is_file(&path)).then(|| told(path)).flatten()
    };
    whole(text).or_else(|| match shell_words::split(text).ok()?.as_slice() {
        [one] => whole(one),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::{complete, dropped, meant};
    use crate::config::env::Env;

    fn home() -> (tempfile::TempDir, Env) {
        let dir = tempfile::tempdir().unwrap();
        for name in ["Report.pdf", "report 2.pdf", "it's.txt", ".hidden", "Grüße.txt"] {
            std::fs::write(dir.path().join(name), "x").unwrap();
        }
        std::fs::create_dir_all(dir.path().join("Reports/old")).unwrap();
        let env = Env::from(&[("HOME", dir.path().to_str().unwrap())][..]);
        (dir, env)
    }

    /// Paths are offered as they were begun; a capital is meant, a dot asks for what is hidden, a directory ends with a slash.
    #[test]
    fn paths_are_completed() {
        let (dir, env) = home();
        let root = dir.path().display();
        assert_eq!(complete("", &env).len(), 5);
        assert_eq!(complete("~", &env), complete("~/", &env));
        assert_eq!(complete("~/rep", &env), ["~/report 2.pdf", "~/Report.pdf", "~/Reports/"]);
        assert_eq!(complete("~/Rep", &env), ["~/Report.pdf", "~/Reports/"]);
        assert_eq!(complete("~/Reports/", &env), ["~/Reports/old/"]);
        assert_eq!(complete("~/.h", &env), ["~/.hidden"]);
        assert_eq!(complete(&format!("{root}/grü"), &env), [format!("{root}/Grüße.txt")]);
        assert!(complete("~/nothing/at/all", &env).is_empty());
        assert!(complete("/", &env).contains(&"/etc/".to_owned()) && complete("/et", &env) == ["/etc/"]);
    }

    /// A path is typed as in a shell, too; what is a name as it stands is that name.
    #[test]
    fn typed_paths_are_unquoted() {
        let (dir, env) = home();
        let two = dir.path().join("report 2.pdf");
        let root = dir.path().display();
        for text in [
            format!("{root}/report 2.pdf"),
            format!("\"{root}/report 2.pdf\""),
            format!("'{root}/report 2.pdf'"),
            format!("{root}/report\\ 2.pdf"),
            format!("file://{root}/report%202.pdf"),
            "~/report 2.pdf".to_owned(),
            "~/report\\ 2.pdf".to_owned(),
            "$HOME/report\\ 2.pdf".to_owned(),
            "\"${HOME}/report 2.pdf\"".to_owned(),
        ] {
            assert_eq!(meant(&text, &env), two, "{text}");
        }
        assert_eq!(meant("~/it's.txt", &env), dir.path().join("it's.txt"));
        std::fs::write(dir.path().join("$HOME"), "x").unwrap();
        assert_eq!(meant("~/$HOME", &env), dir.path().join("$HOME"));
        assert_eq!(meant("$NOWHERE/x", &env), std::path::Path::new("$NOWHERE/x"));
        assert_eq!(meant("'~/gone", &env), std::path::Path::new("'~/gone"));
    }

    /// However a terminal writes what is dropped on it, it is the path of that file; a text is a text.
    #[test]
    fn what_is_dropped_is_a_path() {
        let (dir, env) = home();
        let root = dir.path().to_str().unwrap().to_owned();
        let two = format!("{root}/report 2.pdf");
        for text in [
            two.clone(),
            format!("{two}\n"),
            format!("'{two}' "),
            format!("\"{two}\""),
            two.replace(' ', "\\ "),
            "~/report\\ 2.pdf".to_owned(),
            format!("file://{}", two.replace(' ', "%20")),
            format!("file://localhost{}", two.replace(' ', "%20")),
            format!("FILE://{}", two.replace(' ', "%20")),
        ] {
            assert_eq!(dropped(&text, &env).as_deref(), Some(two.as_str()), "{text:?}");
        }
        assert_eq!(dropped(&format!("'{root}/it'\\''s.txt'"), &env), Some(format!("{root}/it's.txt")));
        assert_eq!(dropped(&format!("{root}/it's.txt"), &env), Some(format!("{root}/it's.txt")));
        let umlauts = format!("file://{root}/Gr%C3%BC%C3%9Fe.txt");
        assert_eq!(dropped(&umlauts, &env), Some(format!("{root}/Grüße.txt")));
        for text in [
            "Report.pdf".to_owned(),
            root.clone(),
            format!("{root}/gone"),
            format!("{root}/Report.pdf\nand more"),
            format!("{root}/Report.pdf {root}/it\\'s.txt"),
            format!("file://elsewhere{root}/Report.pdf"),
            "file://".to_owned(),
            "'".to_owned(),
            String::new(),
        ] {
            assert_eq!(dropped(&text, &env), None, "{text:?}");
        }
    }
}
