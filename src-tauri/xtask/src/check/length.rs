//! One idea a file: none is longer than fits in a head.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    failure::{Failure, Outcome},
    project::Project,
    steps::Done,
};

/// Fails when a source file has more than [`MOST`] lines. Generated files are left out.
pub(crate) fn check(project: &Project) -> Outcome<Done> {
    let long = too_long(project.root(), MOST)
        .map_err(|error| Failure::io("looking through the sources", &error))?;
    if long.is_empty() {
        return Ok(Done::Well);
    }
    let list: Vec<String> =
        long.iter().map(|(path, lines)| format!("\n     {}: {lines}", path.display())).collect();
    Err(Failure::new(format!("files of more than {MOST} lines:{}", list.concat()))
        .advice("split them by idea"))
}

const MOST: usize = 600;
const SOURCES: &[&str] = &["rs", "ts", "tsx"];
const ELSEWHERE: &[&str] = &["node_modules", "target", "dist", "dist-fake", "gen", "artifacts"];
const GENERATED: &[&str] = &["ui/src/ipc/bindings.ts"];

fn too_long(root: &Path, most: usize) -> io::Result<Vec<(PathBuf, usize)>> {
    let mut long = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let path = entry.path();
            let name = entry.file_name();
            if entry.file_type()?.is_dir() {
                let hidden = name.to_string_lossy().starts_with('.');
                if !hidden && !ELSEWHERE.iter().any(|folder| name == *folder) {
                    folders.push(path);
                }
                continue;
            }
            let inside = path.strip_prefix(root).unwrap_or(&path);
            let is_source =
                path.extension().is_some_and(|kind| SOURCES.iter().any(|source| kind == *source));
            if !is_source || GENERATED.iter().any(|file| inside == Path::new(file)) {
                continue;
            }
            let lines = fs::read_to_string(&path)?.lines().count();
            if lines > most {
                long.push((inside.to_path_buf(), lines));
            }
        }
    }
    long.sort();
    Ok(long)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_sources_are_found_and_measured() {
        let found = too_long(Path::new(env!("CARGO_MANIFEST_DIR")), 10).unwrap();

        assert!(
            found.iter().any(|(path, lines)| path == Path::new("src/main.rs") && *lines > 10),
            "{found:?}"
        );
    }
}
