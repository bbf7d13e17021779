//! `cargo +nightly fuzz run topics`, from `src-tauri/crates/wire`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::fuzzing::match_any(data));
