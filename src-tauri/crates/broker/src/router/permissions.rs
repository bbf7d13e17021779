//! Access rules that change while clients are connected.

use tokio::sync::watch;

use super::{Leave, Router};
use crate::event::DisconnectCause;

/// Resolves when the rules have changed, and marks that as seen.
pub(super) async fn changed(rules: &mut Option<watch::Receiver<u64>>) {
    if let Some(rules) = rules
        && rules.changed().await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}

impl Router {
    /// Follows a change of the rules before anything that comes after it.
    pub(super) fn keep_to_the_rules(&mut self) {
        if let Some(rules) = &mut self.rule_changes
            && rules.has_changed().unwrap_or(false)
        {
            rules.mark_unchanged();
            self.renew_rights();
        }
    }

    /// Gives every connected client the rights it has now, and ends the connections of those who
    /// would not be let in any more.
    pub(super) fn renew_rights(&mut self) {
        let mut leaving = Vec::new();
        for key in self.connections.values() {
            let session = &mut self.sessions[key.index()];
            let Some(link) = &mut session.link else { continue };
            match self.config.access.rights(&link.identity) {
                Ok(rights) => {
                    link.rights = rights;
                    let rights = &link.rights;
                    if session.will.take_if(|will| !rights.may_publish(&will.topic)).is_some() {
                        self.tally.refused.add(1);
                    }
                }
                Err(denied) => {
                    if session.will.take().is_some() {
                        self.tally.refused.add(1);
                    }
                    let cause = DisconnectCause::Kicked { reason: denied.reason() };
                    leaving.push(Leave { connection: link.connection, cause, expiry: None });
                }
            }
        }
        for leave in leaving {
            self.leave(leave);
        }
    }
}
