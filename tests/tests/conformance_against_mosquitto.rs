//! The conformance cases against Mosquitto: where it differs is written down.

use std::net::SocketAddr;

use acceptance::Mosquitto;
use conformance::{Case, Outcome, Suite, play_at};

/// Brokers at the same time: the cases mostly wait.
const BROKERS: usize = 16;

/// Plays every `BROKERS`-th case from `first` on; returns those that fail.
///
/// Some are about seconds of a real clock: what fails against expectation is played once more.
async fn play_share(suite: &Suite, first: usize, address: SocketAddr) -> Vec<(String, String)> {
    let mut failed = Vec::new();
    let share: Vec<&Case> = suite.cases().skip(first).step_by(BROKERS).collect();
    for case in share {
        let is_known = suite.differences().iter().any(|known| known.case == case.name);
        let mut outcome = play_at(case, address).await;
        if !is_known && matches!(outcome, Outcome::Failed(_)) {
            outcome = play_at(case, address).await;
        }
        if let Outcome::Failed(why) = outcome {
            failed.push((case.name.clone(), why));
        }
    }
    failed
}

#[test]
fn mosquitto_differs_exactly_where_it_is_written_down() {
    // Arrange
    let suite = Suite::read().unwrap();
    let brokers: Vec<Mosquitto> = (0..BROKERS).map(|_| Mosquitto::start().unwrap()).collect();

    // Act
    let failed = std::thread::scope(|scope| {
        let players: Vec<_> = brokers
            .iter()
            .enumerate()
            .map(|(first, broker)| {
                let (suite, address) = (&suite, ([127, 0, 0, 1], broker.port()).into());
                scope.spawn(move || {
                    let runtime =
                        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    runtime.block_on(play_share(suite, first, address))
                })
            })
            .collect();
        players.into_iter().flat_map(|player| player.join().unwrap()).collect::<Vec<_>>()
    });

    // Assert
    let known = |name: &str| suite.differences().iter().any(|known| known.case == name);
    let news: Vec<_> = failed.iter().filter(|(name, _)| !known(name)).collect();
    assert!(news.is_empty(), "not written down: {news:#?}");
    let outdated: Vec<_> = suite
        .differences()
        .iter()
        .filter(|known| !failed.iter().any(|(name, _)| *name == known.case))
        .collect();
    assert!(outdated.is_empty(), "no difference any more: {outdated:#?}");
}
