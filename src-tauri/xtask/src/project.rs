//! Where things are.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::failure::{Failure, Outcome};

/// The paths of this checkout.
pub(crate) struct Project {
    root: PathBuf,
    target: PathBuf,
}

impl Project {
    /// The checkout that this program was built from.
    pub(crate) fn find() -> Outcome<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest
            .ancestors()
            .find(|folder| folder.join("Cargo.lock").is_file())
            .ok_or_else(|| Failure::new(format!("no Cargo.lock above {}", manifest.display())))?
            .to_path_buf();
        let target = env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root.join("target"), |folder| root.join(folder));
        Ok(Self { root, target })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }

    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Where cargo puts a binary of the product.
    pub(crate) fn binary(&self, name: &str, release: bool) -> PathBuf {
        let profile = if release { "release" } else { "debug" };
        self.target.join(profile).join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// A folder of our own that `cargo clean` removes; created when missing.
    pub(crate) fn scratch(&self, name: &str) -> Outcome<PathBuf> {
        created(self.target.join("xtask").join(name))
    }

    /// Screenshots and logs for people to look at; created when missing.
    pub(crate) fn artifacts(&self) -> Outcome<PathBuf> {
        created(self.root.join("artifacts"))
    }
}

fn created(folder: PathBuf) -> Outcome<PathBuf> {
    fs::create_dir_all(&folder)
        .map_err(|error| Failure::io(format!("creating {}", folder.display()), &error))?;
    Ok(folder)
}
