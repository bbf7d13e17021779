//! What the broker does wrong when it is told to.

mod connecting;
mod ending;
mod files;
mod lines;
mod packets;
mod rules;

use broker::{Broker, BrokerConfig, FaultEffect, FaultMatch, FaultPacket, FaultRule, FaultTrigger};
use wire::Version;

const VERSIONS: [Version; 3] = [Version::V31, Version::V311, Version::V5];

/// A broker with these faults that logs packets.
fn start(rules: impl IntoIterator<Item = FaultRule>) -> Broker {
    let broker = Broker::start(BrokerConfig { packet_log: true, ..BrokerConfig::default() });
    broker.set_faults(rules.into_iter().collect()).unwrap();
    broker
}

/// A rule for every packet.
fn always(effect: FaultEffect) -> FaultRule {
    FaultRule {
        name: "test".into(),
        on: true,
        only: FaultMatch::default(),
        when: FaultTrigger::Always,
        effect,
        at_most: None,
        seed: 7,
    }
}

/// A rule for every packet of a type.
fn at(packet: FaultPacket, effect: FaultEffect) -> FaultRule {
    FaultRule {
        only: FaultMatch { packet: Some(packet), ..FaultMatch::default() },
        ..always(effect)
    }
}

fn fired(broker: &Broker) -> Vec<u64> {
    broker.faults().iter().map(|state| state.fired).collect()
}

/// The packets of client `c` that a fault marks, as first byte and effect.
fn marked(broker: &Broker) -> Vec<(u8, FaultEffect)> {
    let page = broker.packets("c", 0, usize::MAX);
    let marks = page
        .entries
        .iter()
        .flat_map(|entry| entry.faults.iter().map(|mark| (entry.bytes[0], mark.effect)));
    marks.collect()
}
