//! Access rules that change while clients are connected.

use tokio::sync::watch;
use wire::packet::Will;

use super::{Leave, Router};
use crate::{
    activity::{Dropped, Loss},
    counters::Tally,
    event::DisconnectCause,
};

/// Resolves when the rules have changed, and marks that as seen.
pub(super) async fn changed(rules: &mut Option<watch::Receiver<u64>>) {
    if let Some(rules) = rules
        && rules.changed().await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}

/// Counts a will that will not be published.
fn refused(dropped: &mut Dropped, tally: &Tally) {
    dropped.add(Loss::Refused, 1);
    tally.dropped.add(Loss::Refused, 1);
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
            let connection = link.connection;
            match self.config.access.rights(&link.identity) {
                Ok(rights) => {
                    link.rights = rights.clone();
                    let forbidden = |will: &mut Will| !rights.may_publish(&will.topic);
                    if session.take_will_if(self.store.as_ref(), forbidden).is_some() {
                        refused(&mut session.dropped, &self.tally);
                    }
                }
                Err(denied) => {
                    if session.take_will_if(self.store.as_ref(), |_| true).is_some() {
                        refused(&mut session.dropped, &self.tally);
                    }
                    let cause = DisconnectCause::Kicked { reason: denied.reason_to_disconnect() };
                    leaving.push(Leave { connection, cause, expiry: None });
                }
            }
        }
        for leave in leaving {
            self.leave(leave);
        }
    }
}
