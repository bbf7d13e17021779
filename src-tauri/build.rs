//! Generates Tauri's context: permissions, icons, configuration.

fn main() {
    tauri_build::build();
}
