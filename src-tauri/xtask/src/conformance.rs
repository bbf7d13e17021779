//! `cargo xtask conformance`: what MQTT asks of a server, asked of any broker.

use crate::{failure::Outcome, project::Project, tool};

/// Plays the cases against a broker, or writes the page that lists them.
pub(crate) fn conformance(project: &Project, options: &[&str]) -> Outcome {
    if options == ["--table"] {
        // The test that finds the page out of date writes it when it is asked to.
        let test = ["test", "--package", "conformance", "--quiet", "the_page_is_current"];
        tool::run(tool::cargo(project, test).env("UPDATE_CONFORMANCE", "1"))?;
        println!("wrote {}", project.root().join("src-tauri/docs/conformance.md").display());
        return Ok(());
    }
    let mut command = tool::cargo(project, ["run", "--quiet", "--package", "conformance", "--"]);
    tool::run(command.args(options))
}
