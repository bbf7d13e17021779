//! `cargo +nightly fuzz run decode`, from `src-tauri/crates/wire`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::fuzzing::decode_any(data));
