//! The demo publisher: a small factory on the local broker, so that there is something to see.
//!
//! It is an ordinary client and shows up as one in the broker's list.

use std::{sync::Arc, time::Duration};

use rand::{Rng as _, SeedableRng as _, rngs::SmallRng};
use serde_json::{Value, json};
use session::{AckHandle, Config, Credentials, Sink, Target};
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
    pub(crate) fn start(port: u16, credentials: Option<Credentials>) -> Result<Self, Failure> {
        let config = Config {
            client_id: CLIENT_ID.into(),
            credentials,
            ..Config::new(Target::new("127.0.0.1", port))
        };
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

/// Two presses, an oven, a robot, a conveyor and their gateway, with a slow drift in the numbers.
struct Factory {
    random: SmallRng,
    started: Instant,
    round: u64,
    oil: f64,
    oven: f64,
    pieces: u64,
}

impl Factory {
    fn new() -> Self {
        Self {
            random: SmallRng::seed_from_u64(7),
            started: Instant::now(),
            round: 0,
            oil: 54.0,
            oven: 181.0,
            pieces: 184_000,
        }
    }

    /// What is published in one round: a temperature always, the rest now and then.
    fn round(&mut self) -> Vec<PublishRequest> {
        self.round += 1;
        self.oil += self.random.random_range(-0.3..0.3) + (54.0 - self.oil) * 0.02;
        self.oven += self.random.random_range(-1.2..1.2) + (181.0 - self.oven) * 0.05;
        let press = if self.round.is_multiple_of(2) { "press-02" } else { "press-01" };
        let mut messages = vec![event(
            &format!("factory/{press}/temp"),
            &json!({ "c": tenth(self.oil), "sensor": "pt100-a" }),
            0,
        )];
        if self.round == 1 {
            messages.push(retained("factory/gateway/status", "online".into()));
        }
        if self.round.is_multiple_of(3) {
            messages.push(event(&format!("factory/{press}/telemetry"), &self.telemetry(), 1));
        }
        if self.round.is_multiple_of(4) {
            self.pieces += self.random.random_range(1..4);
            messages.push(event("factory/conveyor/count", &json!({ "n": self.pieces }), 2));
        }
        if self.round.is_multiple_of(5) {
            let text = format!("{:.2}", self.oven);
            messages.push(message("factory/oven/celsius", text, 0, false));
        }
        if self.round.is_multiple_of(7) {
            let joints: [f64; 3] =
                [88.0, -12.5, 91.0].map(|angle| tenth(angle + self.random.random_range(-2.0..2.0)));
            messages.push(event("factory/robot/joints", &json!({ "a": joints }), 0));
        }
        if self.round.is_multiple_of(20) {
            let health = json!({
                "uptime_s": self.started.elapsed().as_secs(),
                "rssi": self.random.random_range(-71..-58),
            });
            messages.push(retained("factory/gateway/health", health.to_string()));
        }
        messages
    }

    fn telemetry(&mut self) -> Value {
        json!({
            "state": if self.round.is_multiple_of(30) { "IDLE" } else { "RUNNING" },
            "hydraulics": {
                "pressure_bar": tenth(self.random.random_range(181.0..189.0)),
                "oil_temp_c": tenth(self.oil),
                "filter_clogged": false,
            },
            "motor": {
                "rpm": self.random.random_range(1470..1490),
                "load_pct": self.random.random_range(58..72),
            },
        })
    }
}

fn tenth(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

fn event(topic: &str, value: &Value, qos: u8) -> PublishRequest {
    message(topic, value.to_string(), qos, false)
}

fn retained(topic: &str, text: String) -> PublishRequest {
    message(topic, text, 1, true)
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
                serde_json::from_str::<Value>(&request.payload.text).unwrap();
            }
        }
    }
}
