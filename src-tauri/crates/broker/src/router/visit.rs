//! Something that is asked of the router, or done in it, now and then.

use std::fmt;

use tokio::sync::{mpsc, oneshot};

use super::{Command, Router};

/// What somebody wants to do with the router. It holds everything up, so it must be short: long work
/// is many visits.
pub(crate) struct Visit(Box<dyn FnOnce(&mut Router) + Send>);

/// The router has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gone;

impl Visit {
    /// Does `what` in the router, between two commands, and returns what comes of it.
    pub(crate) async fn to<T: Send + 'static>(
        router: &mpsc::Sender<Command>,
        what: impl FnOnce(&mut Router) -> T + Send + 'static,
    ) -> Result<T, Gone> {
        let (reply, answer) = oneshot::channel();
        let visit = Self(Box::new(move |router| {
            let done = what(router);
            // The answer is a promise: what was done survives the end of the process.
            router.commit();
            // Whoever asked may have gone.
            let _ = reply.send(done);
        }));
        router.send(Command::Visit(visit)).await.map_err(|_| Gone)?;
        answer.await.map_err(|_| Gone)
    }

    pub(super) fn pay(self, router: &mut Router) {
        (self.0)(router);
    }
}

impl fmt::Debug for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Visit")
    }
}
