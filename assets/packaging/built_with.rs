//! Tells the program what it is built with, for `posthaste --version`.

#![expect(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]

use std::env::var;
use std::process::Command;

fn main() {
    let rustc = var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let output = Command::new(rustc).arg("--version").output().ok();
    let compiler = output.and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    let compiler = compiler.split(" (").next().unwrap_or_default().trim().to_owned();
    println!("cargo::rustc-env=POSTHASTE_RUSTC={compiler}");
    for (name, cargo) in [("POSTHASTE_TARGET", "TARGET"), ("POSTHASTE_PROFILE", "PROFILE")] {
        println!("cargo::rustc-env={name}={}", var(cargo).unwrap_or_default());
    }
    println!("cargo::rerun-if-changed=assets/packaging/built_with.rs");
    // Whoever packages it may say from which commit.
    println!("cargo::rerun-if-env-changed=POSTHASTE_COMMIT");
}
