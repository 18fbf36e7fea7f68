//! Themes and keys on the command line.

use super::{CONFIG, Home, keys};

/// Themes: listed with the one that is in use, the user's own too; printed; made from a scheme; and a mistake in one is
/// told with its place.
#[test]
fn themes() {
    let home = Home::new(CONFIG);
    let line =
        |out: &str, name: &str| out.lines().find(|line| line.starts_with(&format!("{name}\t"))).unwrap().to_owned();
    let listed = home.run("theme list").ends(0).out;
    assert_eq!(line(&listed, "dusk"), "dusk\tdark\tbuilt in\tin use on a dark terminal");
    assert_eq!(line(&listed, "nord"), "nord\tdark\tbuilt in\t");
    let line_of = |n: i32| format!("base{n:02X}: \"{:02x}{:02x}{:02x}\"\n", n * 16, n * 15, n * 14);
    let scheme = (0..16).map(line_of).collect::<Vec<_>>().concat();
    let file = home.config().with_file_name("scheme.yaml");
    std::fs::write(&file, scheme).unwrap();
    let theme = home.run(&format!("theme import {}", file.display())).ends(0).out;
    let own = home.config().with_file_name("themes");
    std::fs::create_dir(&own).unwrap();
    std::fs::write(own.join("mine.toml"), &theme).unwrap();
    std::fs::write(home.config(), format!("{CONFIG}\n[ui]\ntheme = \"mine\"\n")).unwrap();
    let listed = home.run("theme list").ends(0).out;
    assert_eq!(line(&listed, "mine"), format!("mine\tdark\t{}\tin use", own.join("mine.toml").display()));
    assert!(line(&listed, "dusk").ends_with("built in\t"));
    assert_eq!(home.run("theme show mine").ends(0).out, theme);
    assert!(home.run("theme show dusk").ends(0).out.contains("accent = { rgb"));
    assert!(home.run("theme show drusk").ends(2).err.contains("did you mean \"dusk\"?"));
    assert!(home.run("theme import config.toml").ends(1).err.contains("cannot read"));
    assert!(home.run(&format!("theme import {}", home.config().display())).ends(1).err.contains("base00 is missing"));
    std::fs::write(own.join("mine.toml"), "inherits = \"dusk\"\n[roles]\nacent = \"#ffffff\"\n").unwrap();
    let told = format!(
        "{}:3:1: roles.acent: there is no such role; did you mean \"accent\"?",
        own.join("mine.toml").display()
    );
    assert_eq!(home.run("config check").ends(2).err, format!("posthaste: {told}\n"));
    assert!(home.run("theme list").ends(2).err.contains(&told));
    assert_eq!(home.run("list --offline").ends(1).err.lines().count(), 1, "mail is read whatever the theme");
    std::fs::write(home.config(), "[ui]\ntheem = 3\n").unwrap();
    assert!(home.run("theme show dusk").ends(0).out.contains("accent"), "it helps to mend a config");
    let ran = home.run("theme list").ends(2);
    assert!(ran.out.contains("dusk\t") && ran.err.contains("config.toml:2:1: ui.theem"), "{}", ran.err);
}

/// `keys` prints the defaults with the user's choices over them; a wrong one is told and holds nothing else up.
#[test]
fn keys_with_the_users_choices() {
    let home = Home::new(&format!("{CONFIG}\n[keys.list]\n\"D\" = \"delete\"\n\"d\" = false\n\"X\" = \"archve\"\n"));
    let ran = home.run("keys").ends(0);
    let lines: Vec<Vec<&str>> = ran.out.lines().map(|line| line.split('\t').collect()).collect();
    let bound = |keys: &str| lines.iter().find(|line| line[0] == "list" && line[1] == keys).map(|line| line[2]);
    assert_eq!((bound("D"), bound("d"), bound("e")), (Some("delete"), None, Some("archive")));
    assert!(ran.err.contains("there is no action \"archve\", did you mean \"archive\"?"), "{}", ran.err);
    assert!(home.run("config check").ends(0).err.contains("archve"));
    let json = home.run("keys --json").ends(0).json();
    let mut found = keys(&json[0]);
    found.sort_unstable();
    assert_eq!(found, ["action", "keys", "name", "place"]);
    std::fs::remove_file(home.config()).unwrap();
    assert!(home.run("keys").ends(0).out.contains("list\tg i\tinbox\t"), "works without a config");
}

/// `keys` prints one context, a preset, and tables; what is changed on the screen and the config's preset are in it.
#[test]
fn keys_of_presets_and_files() {
    let home = Home::new(&format!("{CONFIG}\n[keys]\npreset = \"mutt\"\n[keys.list]\n\"g w\" = \"move Work/Done\"\n"));
    std::fs::write(
        home.config().with_file_name("keys.toml"),
        "[list]\n\"Z Z\" = [\"archive\", \"undo\"]\n\"g w\" = \"star\"\n",
    )
    .unwrap();
    let out = home.run("keys --context list").ends(0).out;
    for line in
        ["list\ts\tmove\t", "list\tg w\tmove Work/Done\tMove to folder: Work/Done\n", "list\tZ Z\tarchive, undo\t"]
    {
        assert!(out.contains(line), "{line:?} in {out}");
    }
    assert!(!out.contains("reader\t"));
    let markdown = home.run("keys --preset gmail -c reader --markdown").ends(0).out;
    assert!(markdown.starts_with("## reader\n\n| Keys | Action | |\n|---|---|---|\n"), "{markdown}");
    assert!(markdown.contains("| `e` | `archive` | Archive |\n") && markdown.contains("`\\|`"), "{markdown}");
    let wrong = home.run("keys --preset pine").ends(2);
    assert!(wrong.err.contains("there are: default, vim, mutt, gmail, aerc, emacs"), "{}", wrong.err);
    home.run("keys --context nowhere").ends(2);
    let untold = home.run("keys --test").ends(1);
    assert!(untold.err.contains("terminal"), "{}", untold.err);
}

/// Keys that hide each other are told with both lines, by `config check` and by `doctor`, and the program works.
#[test]
fn key_conflicts_are_told() {
    let home = Home::new(&format!("{CONFIG}\n[keys.list]\n\"E\" = \"archive\"\n\"E x\" = \"delete\"\n"));
    let line =
        std::fs::read_to_string(home.config()).unwrap().lines().position(|line| line.starts_with("\"E\"")).unwrap() + 1;
    let file = home.config().display().to_string();
    let told = format!("{file}:{}:1: keys.list: \"E x\" takes the place of \"E\" ({file}:{line}:1)", line + 1);
    let err = home.run("config check").ends(0).err;
    assert!(err.contains(&told), "{told} in {err}");
    let json = home.run("config check --json").ends(0).json();
    assert!(json["warnings"].to_string().contains("takes the place of"), "{json}");
    let doctor = home.run("doctor --offline");
    assert!(doctor.out.contains("takes the place of"), "{}", doctor.out);
}
