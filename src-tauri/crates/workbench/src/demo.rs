//! The demo publisher: a small factory on the local broker, so that there is something to see.
//!
//! It is an ordinary client and shows up as one in the broker's list.

use std::{sync::Arc, time::Duration};

use rand::{Rng as _, SeedableRng as _, rngs::SmallRng};
use session::{AckHandle, Config, Sink, Target};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use wire::Message;

use crate::{
    Failure,
    client::Client,
    views::{PayloadFormat, PayloadInput, PublishRequest},
};

/// Its name on the broker.
const CLIENT_ID: &str = "small-factory";
/// One round of the factory.
const ROUND: Duration = Duration::from_millis(400);

/// A running demo.
#[derive(Debug)]
pub(crate) struct Demo {
    stop: CancellationToken,
    task: TaskTracker,
}

impl Demo {
    /// Starts publishing to the broker on `port` of this computer.
    pub(crate) fn start(port: u16) -> Result<Self, Failure> {
        let config =
            Config { client_id: CLIENT_ID.into(), ..Config::new(Target::new("127.0.0.1", port)) };
        let client = Client::start(config, Arc::new(Nothing), 1)?;
        let demo = Self { stop: CancellationToken::new(), task: TaskTracker::new() };
        let stop = demo.stop.clone();
        demo.task.spawn(async move {
            stop.run_until_cancelled(run(&client)).await;
            client.disconnect().await;
        });
        demo.task.close();
        Ok(demo)
    }

    /// Stops and disconnects.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.task.wait().await;
    }
}

/// The demo subscribes to nothing.
struct Nothing;

impl Sink for Nothing {
    fn accept(&self, _: Arc<Message>, _: Option<AckHandle>) {}
}

async fn run(client: &Client) {
    while client.online().await.is_err() {
        sleep(ROUND).await;
    }
    let mut factory = Factory::new();
    let mut rounds = interval(ROUND);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        for request in factory.round() {
            // Offline for a moment: the next round will do.
            if let Err(failure) = client.publish(request).await {
                tracing::debug!("the demo could not publish: {failure}");
                break;
            }
        }
    }
}

/// Two presses, an oven and a gateway with a slow drift in their numbers.
struct Factory {
    random: SmallRng,
    started: Instant,
    round: u64,
    oil: f64,
    oven: f64,
}

impl Factory {
    fn new() -> Self {
        Self {
            random: SmallRng::seed_from_u64(7),
            started: Instant::now(),
            round: 0,
            oil: 54.0,
            oven: 212.0,
        }
    }

    fn round(&mut self) -> Vec<PublishRequest> {
        self.round += 1;
        self.oil += self.random.random_range(-0.4..0.42);
        self.oven += self.random.random_range(-1.5..1.5);
        let seconds = self.started.elapsed().as_secs();
        let round = self.round;
        let mut messages = Vec::new();
        if round == 1 {
            messages.push(message("factory/gateway/status", "online".into(), 1, true));
        }
        messages.push(message(
            "factory/press-1/temperature",
            format!(r#"{{"c":{:.1},"sensor":"pt100-a"}}"#, self.oil),
            0,
            false,
        ));
        if round.is_multiple_of(2) {
            let (state, force) =
                if round.is_multiple_of(14) { ("IDLE", 0.0) } else { ("RUNNING", 187.4) };
            let force = force * self.random.random_range(0.97..1.03);
            messages.push(message(
                "factory/press-1/cycle",
                format!(
                    r#"{{"n":{},"state":"{state}","force_kn":{force:.1},"hydraulics":{{"pressure_bar":{:.1},"oil_c":{:.1}}}}}"#,
                    184_000 + round,
                    force * 0.92,
                    self.oil,
                ),
                1,
                false,
            ));
        }
        if round.is_multiple_of(3) {
            messages.push(message(
                "factory/oven/zone-2/celsius",
                format!("{:.2}", self.oven),
                0,
                false,
            ));
        }
        if round.is_multiple_of(10) {
            let health = format!(
                r#"{{"uptime_s":{seconds},"rssi":{}}}"#,
                self.random.random_range(-71..-58)
            );
            messages.push(message("factory/gateway/health", health, 1, true));
        }
        messages
    }
}

fn message(topic: &str, text: String, qos: u8, retain: bool) -> PublishRequest {
    let payload = PayloadInput { format: PayloadFormat::Text, text };
    PublishRequest { topic: topic.into(), payload, qos, retain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn everything_the_factory_says_in_an_hour_can_be_published() {
        let mut factory = Factory::new();

        for request in (0..9000).flat_map(|_| factory.round()) {
            assert!(request.topic.parse::<wire::TopicName>().is_ok());
            if request.payload.text.starts_with('{') {
                serde_json::from_str::<serde_json::Value>(&request.payload.text).unwrap();
            }
        }
    }
}
