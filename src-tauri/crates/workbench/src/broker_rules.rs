//! Rules of the local broker as they are described: in the window, in files, on the command line.

use std::path::Path;

pub use broker::{
    AccessRules, AclEffect, AclRule, AclWho, FaultClose, FaultDirection, FaultEffect, FaultMatch,
    FaultMoment, FaultPacket, FaultRule, FaultTrigger,
};
use broker::{Credentials, User};

use crate::{Failure, FailureCode, explain, views::FaultPreset};

/// Faults that belong together, ready to use.
pub fn fault_presets() -> Vec<FaultPreset> {
    let view =
        |preset: broker::FaultPreset| FaultPreset { id: preset.id.into(), rules: preset.rules };
    broker::faults::presets().into_iter().map(view).collect()
}

/// A user with this password. Takes a core some ten milliseconds.
pub fn user(name: &str, password: &str) -> User {
    User { name: name.to_owned(), credentials: Credentials::from_password(password.as_bytes()) }
}

/// The rules, if they make sense.
pub fn checked(rules: AccessRules) -> Result<AccessRules, Failure> {
    rules.check().map_err(|error| explain::access_rules(&error))?;
    Ok(rules)
}

/// Access rules in the text of a file.
pub fn acl_from(path: &Path, text: &str) -> Result<Vec<AclRule>, Failure> {
    broker::parse_acl(text).map_err(|error| in_file(FailureCode::InvalidRule, path, &error))
}

/// Faults in the text of a file.
pub fn faults_from(path: &Path, text: &str) -> Result<Vec<FaultRule>, Failure> {
    broker::faults::from_json(text)
        .map_err(|error| in_file(FailureCode::InvalidFault, path, &error))
}

fn in_file(code: FailureCode, path: &Path, error: &impl ToString) -> Failure {
    let reason = error.to_string();
    Failure::new(code, format!("{}: {reason}.", path.display()))
        .detail("path", path.display())
        .detail("reason", reason)
}
