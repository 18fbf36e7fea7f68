//! The program: arguments, config, log, runtime, exit code.

fn main() {}
