//! Brokers that end, and others that come after them with the same store.

use std::{
    fs::{File, TryLockError},
    path::Path,
    time::Duration,
};

use broker::{Broker, BrokerConfig};

/// How a broker ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum End {
    /// [`Broker::stop`].
    Stop,
    /// In the middle of everything: none of its tasks runs any more.
    Crash,
}

/// A broker with a store.
pub fn config(store: &Path) -> BrokerConfig {
    BrokerConfig { store: Some(store.to_owned()), ..BrokerConfig::default() }
}

/// Runs `scenario` on a broker of its own, with a paused clock.
pub fn live<T>(config: BrokerConfig, end: End, scenario: impl AsyncFnOnce(&Broker) -> T) -> T {
    let store = config.store.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let told = runtime.block_on(async {
        let broker = Broker::start(config);
        let told = scenario(&broker).await;
        match end {
            End::Stop => broker.stop().await,
            // Dropped with the runtime, it would still have a chance to end in order.
            End::Crash => std::mem::forget(broker),
        }
        told
    });
    drop(runtime);
    if let Some(store) = store {
        wait_until_free(&store);
    }
    told
}

/// The threads of a broker that crashed with its runtime take a moment to let go of its store.
fn wait_until_free(store: &Path) {
    let Ok(lock) = File::open(store.join("lock")) else { return };
    for _ in 0..1_000 {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(5)),
            _ => return,
        }
    }
    panic!("the store is still in use");
}
