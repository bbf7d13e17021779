//! Errors of the local broker.

use broker::{AccessRulesError, FaultError, StoreNotice};

use crate::{Failure, FailureCode};

/// Users or rules that make no sense.
pub(crate) fn access_rules(error: &AccessRulesError) -> Failure {
    let (code, index) = match error {
        AccessRulesError::EmptyUserName { index }
        | AccessRulesError::DuplicateUser { index, .. } => (FailureCode::InvalidField, *index),
        AccessRulesError::Rule { index, .. } => (FailureCode::InvalidRule, *index),
    };
    let reason = error.to_string();
    Failure::new(code, format!("The access rules were not changed: {reason}."))
        .detail("field", "name")
        .detail("index", index)
        .detail("reason", reason)
}

/// A fault that makes no sense.
pub(crate) fn fault(error: &FaultError) -> Failure {
    let reason = error.what.to_string();
    Failure::new(FailureCode::InvalidFault, format!("The faults were not changed: {reason}."))
        .detail("index", error.index)
        .detail("reason", reason)
}

/// What the store of the broker has to say.
pub(crate) fn store_notice(notice: &StoreNotice) -> Failure {
    let code = match notice {
        StoreNotice::SetAside { .. } => FailureCode::BrokerStoreDamaged,
        StoreNotice::Unavailable(_) | StoreNotice::Paused { .. } | StoreNotice::Resumed => {
            FailureCode::BrokerStoreUnavailable
        }
    };
    let failure = Failure::new(code, format!("The local broker: {notice}."));
    match notice {
        StoreNotice::SetAside { path, cause } => failure
            .hint("It began without retained messages and sessions; nothing was deleted.")
            .detail("keptAs", path.display())
            .detail("reason", cause),
        notice => failure
            .hint("Retained messages and sessions do not survive a restart now.")
            .detail("reason", notice),
    }
}
