//! libFuzzer over `targets::keys`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../it/fuzz/targets.rs"]
#[expect(dead_code, reason = "each program runs one of the targets")]
mod targets;

fuzz_target!(|input: &[u8]| targets::keys(input));
