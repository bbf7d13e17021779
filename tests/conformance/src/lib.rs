//! What MQTT asks of a server, as cases that can be played against any broker.
//!
//! The cases are text files in `cases/<version>/`, the statements of the specifications are in
//! `statements/`. The codec here is on purpose not the product's: a case has to say what the product
//! cannot, and must not share its mistakes.

mod case;
mod decode;
mod encode;
mod expect;
mod field;
mod packet;
mod play;
mod statement;
mod table;
mod target;
mod text;

use std::{
    fs,
    path::{Path, PathBuf},
};

pub use case::{Case, Chapter, Mistake, Version};
pub use play::{Outcome, play_at, play_own};
pub use statement::{Statement, coverage, gaps};
pub use table::page;

/// All cases and all statements.
#[derive(Debug)]
pub struct Suite {
    chapters: Vec<Chapter>,
    v5: Vec<Statement>,
    v311: Vec<Statement>,
    differences: Vec<Difference>,
}

/// A case that Mosquitto fails.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Difference {
    /// Its name.
    pub case: String,
    /// What the specification says about it.
    pub decision: String,
}

impl Suite {
    /// Reads everything that belongs to this crate.
    ///
    /// # Errors
    ///
    /// The first mistake, with file and line.
    pub fn read() -> Result<Self, Mistake> {
        let root = root();
        let mut chapters = Vec::new();
        for name in chapter_names()? {
            chapters.push(Chapter::read(&root.join("cases"), &name)?);
        }
        let statements = root.join("statements");
        let suite = Self {
            chapters,
            v5: statement::read(&statements, Version::V5)?,
            v311: statement::read(&statements, Version::V311)?,
            differences: differences(&root.join("mosquitto.txt"))?,
        };
        let mut names: Vec<_> = suite.cases().map(|case| &case.name).collect();
        names.sort();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(Mistake::new(format!("two cases are called {}", pair[0]))),
            None => Ok(suite),
        }
    }

    /// Every case.
    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        self.chapters.iter().flat_map(|chapter| &chapter.cases)
    }

    /// The statements of 5.0 or 3.1.1.
    pub fn statements(&self, version: Version) -> &[Statement] {
        match version {
            Version::V5 => &self.v5,
            Version::V311 => &self.v311,
            Version::V31 => &[],
        }
    }

    /// Where Mosquitto is known to differ.
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }
}

/// Where cases and statements are.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files of cases, e.g. `v5/3.1-connect`, in order.
///
/// # Errors
///
/// When the folders cannot be read.
pub fn chapter_names() -> Result<Vec<String>, Mistake> {
    let mut names = Vec::new();
    for version in [Version::V5, Version::V311, Version::V31] {
        let folder = root().join("cases").join(version.folder());
        let error = |error| Mistake::new(format!("{}: {error}", folder.display()));
        let mut found = Vec::new();
        for entry in fs::read_dir(&folder).map_err(error)? {
            let name = entry.map_err(error)?.file_name();
            let name = name.to_string_lossy();
            found.extend(
                name.strip_suffix(".case").map(|name| format!("{}/{name}", version.folder())),
            );
        }
        found.sort();
        names.extend(found);
    }
    Ok(names)
}

/// `name: decision` in each line.
fn differences(path: &Path) -> Result<Vec<Difference>, Mistake> {
    let text = fs::read_to_string(path)
        .map_err(|error| Mistake::new(format!("{}: {error}", path.display())))?;
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (case, decision) = line
                .split_once(": ")
                .ok_or_else(|| Mistake::new(format!("`{line}` is not `case: decision`")))?;
            Ok(Difference { case: case.to_owned(), decision: decision.to_owned() })
        })
        .collect()
}
