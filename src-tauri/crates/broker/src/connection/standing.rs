//! Who a client is and what it may do now.

use std::sync::Arc;

use tokio::sync::watch;

use crate::access::{Access, Denied, Identity, Rights};

/// The identity of a connection with its rights, which follow the rules as they change.
#[derive(Clone)]
pub(super) struct Standing {
    pub(super) identity: Identity,
    access: Arc<dyn Access>,
    changes: Option<watch::Receiver<u64>>,
    rights: Rights,
}

impl Standing {
    pub(super) fn new(identity: Identity, access: &Arc<dyn Access>) -> Result<Self, Denied> {
        // Before the rights, so that no change between the two is missed.
        let changes = access.changes();
        let rights = access.rights(&identity)?;
        Ok(Self { identity, access: Arc::clone(access), changes, rights })
    }

    /// What it may do under the rules of now.
    pub(super) fn rights(&mut self) -> &Rights {
        if let Some(changes) = &mut self.changes
            && changes.has_changed().unwrap_or(false)
        {
            changes.mark_unchanged();
            // Who may not stay is about to be disconnected by the router.
            self.rights = self.access.rights(&self.identity).unwrap_or_else(|_| Rights::nothing());
        }
        &self.rights
    }
}
