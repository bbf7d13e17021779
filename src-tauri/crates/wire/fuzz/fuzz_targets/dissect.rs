//! `cargo +nightly fuzz run dissect`, from `src-tauri/crates/wire`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::fuzzing::dissect_any(data));
