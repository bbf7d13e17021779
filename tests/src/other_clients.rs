//! MQTT clients of other people: where they are.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{
    process,
    trouble::{Result, Trouble},
};

const ADVICE: &str = "`cargo xtask setup` installs it";

/// A script of `tests/clients`.
pub fn script(name: &str) -> PathBuf {
    folder().join(name)
}

/// A Python that has paho-mqtt.
pub fn python_with_paho() -> Result<PathBuf> {
    // The one on the PATH may not be the one the system's packages are for.
    let system = PathBuf::from("/usr/bin/python3");
    [Some(system), process::find("python3"), process::find("python")]
        .into_iter()
        .flatten()
        .find(|python| has_paho(python))
        .ok_or_else(|| Trouble::Missing { what: "paho-mqtt for Python".to_owned(), advice: ADVICE })
}

/// Node, if the packages of `tests/clients` are installed.
pub fn node_with_mqtt_js() -> Result<PathBuf> {
    let node = process::find("node").filter(|_| folder().join("node_modules/mqtt").is_dir());
    node.ok_or_else(|| Trouble::Missing { what: "mqtt.js for Node".to_owned(), advice: ADVICE })
}

fn has_paho(python: &Path) -> bool {
    let mut import = Command::new(python);
    import.args(["-c", "import paho.mqtt.client"]);
    import.stdout(Stdio::null()).stderr(Stdio::null());
    import.status().is_ok_and(|status| status.success())
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients")
}
