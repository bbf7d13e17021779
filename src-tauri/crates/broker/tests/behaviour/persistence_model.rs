//! A broker that is stopped or killed at any moment and comes back does what one does that never went.

use std::{collections::BTreeMap, fs};

use broker::{Broker, BrokerConfig};
use proptest::prelude::*;
use tempfile::TempDir;
use wire::{
    Packet, PacketId, QoS, Version,
    packet::{Publish, RetainHandling, Subscription},
};

use crate::{
    lives::config,
    peer::{Peer, ack, connect, id, persistent, publish, subscription},
};

const TOPICS: [&str; 3] = ["a", "a/b", "c"];
const FILTERS: [&str; 4] = ["a/#", "+/b", "a", "$share/g/c"];
const NAMES: [&str; 3] = ["v5", "v311", "clean"];

#[derive(Clone, Debug)]
enum Step {
    Join {
        client: usize,
        clean: bool,
    },
    Vanish {
        client: usize,
    },
    Subscribe {
        client: usize,
        filter: usize,
        qos: QoS,
        flags: u8,
        identifier: Option<u32>,
    },
    Unsubscribe {
        client: usize,
        filter: usize,
    },
    Publish {
        client: usize,
        topic: usize,
        qos: QoS,
        retain: bool,
        empty: bool,
    },
    /// Begins a `QoS` 2 exchange under this identifier, or begins it again.
    Begin {
        client: usize,
        topic: usize,
        id: u16,
    },
    Release {
        client: usize,
        id: u16,
    },
    /// Acknowledges the oldest messages that are not.
    Acknowledge {
        client: usize,
        count: usize,
    },
    /// And whether the clients are `back` at once.
    Stop {
        back: bool,
    },
    Kill {
        back: bool,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let client = || 0..NAMES.len();
    let qos = || (0..3_u8).prop_map(|level| QoS::from_level(level).unwrap());
    prop_oneof![
        3 => (client(), prop::bool::weighted(0.2))
            .prop_map(|(client, clean)| Step::Join { client, clean }),
        1 => client().prop_map(|client| Step::Vanish { client }),
        4 => (client(), 0..FILTERS.len(), qos(), 0..16_u8, prop::option::of(1..9_u32)).prop_map(
            |(client, filter, qos, flags, identifier)| {
                Step::Subscribe { client, filter, qos, flags, identifier }
            }
        ),
        2 => (client(), 0..FILTERS.len())
            .prop_map(|(client, filter)| Step::Unsubscribe { client, filter }),
        8 => (client(), 0..TOPICS.len(), qos(), any::<bool>(), prop::bool::weighted(0.2)).prop_map(
            |(client, topic, qos, retain, empty)| {
                Step::Publish { client, topic, qos, retain, empty }
            }
        ),
        3 => (client(), 0..TOPICS.len(), 1..3_u16)
            .prop_map(|(client, topic, id)| Step::Begin { client, topic, id: id + 60_000 }),
        3 => (client(), 1..3_u16).prop_map(|(client, id)| Step::Release { client, id: id + 60_000 }),
        6 => (client(), 1..4_usize)
            .prop_map(|(client, count)| Step::Acknowledge { client, count }),
        1 => any::<bool>().prop_map(|back| Step::Stop { back }),
        3 => any::<bool>().prop_map(|back| Step::Kill { back }),
    ]
}

/// A broker and the clients of it.
struct World {
    broker: Broker,
    /// Where its store is; the one without never ends.
    folder: Option<TempDir>,
    peers: BTreeMap<usize, Peer>,
    /// Messages that were received and not acknowledged, on the current connections.
    open: BTreeMap<usize, Vec<(PacketId, QoS)>>,
    payloads: u32,
}

impl World {
    async fn new(folder: Option<TempDir>) -> Self {
        let config =
            folder.as_ref().map_or_else(BrokerConfig::default, |folder| config(folder.path()));
        let broker = Broker::open(config).await;
        let (peers, open) = (BTreeMap::new(), BTreeMap::new());
        Self { broker, folder, peers, open, payloads: 0 }
    }

    /// Does a step; returns everything every client was sent because of it.
    async fn take(&mut self, step: &Step) -> Vec<(usize, Packet)> {
        match *step {
            Step::Join { client, clean } => self.join(client, clean).await,
            Step::Vanish { client } => self.vanish(client).await,
            Step::Stop { back } | Step::Kill { back } => {
                for client in 0..NAMES.len() {
                    if self.folder.is_none() || matches!(step, Step::Stop { .. }) {
                        self.vanish(client).await;
                    }
                }
                if self.folder.is_some() {
                    self.restart(matches!(step, Step::Kill { .. })).await;
                }
                if back {
                    self.join_all().await;
                }
            }
            Step::Acknowledge { client, count } => self.acknowledge(client, count).await,
            ref step => {
                let (client, packet) = self.packet(step);
                if let Some(peer) = self.peers.get_mut(&client) {
                    peer.send(packet).await;
                }
            }
        }
        self.listen().await
    }

    fn packet(&mut self, step: &Step) -> (usize, Packet) {
        self.payloads += 1;
        let payload = self.payloads.to_string();
        match *step {
            Step::Publish { client, topic, qos, retain, empty } => {
                let payload = if empty { "" } else { &payload };
                let message = publish(TOPICS[topic], payload, qos);
                let packet_id = (qos != QoS::AtMostOnce).then(|| id(50_000));
                (client, Packet::Publish(Publish { retain, packet_id, ..message }))
            }
            Step::Begin { client, topic, id: number } => {
                let message = publish(TOPICS[topic], &payload, QoS::ExactlyOnce);
                (client, Packet::Publish(Publish { packet_id: Some(id(number)), ..message }))
            }
            Step::Release { client, id } => (client, Packet::PubRel(ack(id))),
            Step::Subscribe { client, filter, qos, flags, identifier } => {
                let is_v5 = client == 0;
                let is_shared = FILTERS[filter].starts_with("$share");
                let wanted = Subscription {
                    no_local: is_v5 && !is_shared && flags & 1 != 0,
                    retain_as_published: is_v5 && flags & 2 != 0,
                    retain_handling: match (is_v5, flags >> 2) {
                        (true, 1) => RetainHandling::SendIfNew,
                        (true, 2) => RetainHandling::DoNotSend,
                        _ => RetainHandling::Send,
                    },
                    ..subscription(FILTERS[filter], qos)
                };
                // Whose turn it is in a group is not kept: there is one member.
                let client = if is_shared { 0 } else { client };
                let identifier = identifier.filter(|_| client == 0);
                (client, subscribe(wanted, identifier))
            }
            Step::Unsubscribe { client, filter } => (client, unsubscribe(FILTERS[filter])),
            _ => (NAMES.len(), Packet::PingReq),
        }
    }

    async fn join(&mut self, client: usize, clean: bool) {
        self.vanish(client).await;
        let name = NAMES[client];
        let version = if client == 0 { Version::V5 } else { Version::V311 };
        let attempt = if clean || name == "clean" {
            connect(version, name)
        } else {
            persistent(version, name)
        };
        let mut peer = Peer::dial(&self.broker, version);
        peer.send(Packet::Connect(Box::new(attempt))).await;
        self.peers.insert(client, peer);
        self.open.insert(client, Vec::new());
    }

    async fn join_all(&mut self) {
        for client in 0..NAMES.len() {
            self.join(client, false).await;
        }
    }

    async fn vanish(&mut self, client: usize) {
        if let Some(peer) = self.peers.remove(&client) {
            peer.vanish(&self.broker).await;
        }
    }

    /// Ends the broker and starts the next one; a killed one leaves its files as they are now.
    async fn restart(&mut self, kill: bool) {
        let Some(folder) = self.folder.take() else { return };
        let next = if kill {
            let copy = TempDir::new().unwrap();
            for entry in fs::read_dir(folder.path()).unwrap() {
                let from = entry.unwrap();
                fs::copy(from.path(), copy.path().join(from.file_name())).unwrap();
            }
            copy
        } else {
            folder
        };
        self.peers.clear();
        let mut world = Self::new(None).await;
        world.payloads = self.payloads;
        let old = std::mem::replace(self, world);
        old.broker.stop().await;
        let unused = std::mem::replace(&mut self.broker, Broker::open(config(next.path())).await);
        unused.stop().await;
        assert_eq!(self.broker.notices(), []);
        self.folder = Some(next);
    }

    async fn acknowledge(&mut self, client: usize, count: usize) {
        let (Some(peer), Some(open)) = (self.peers.get_mut(&client), self.open.get_mut(&client))
        else {
            return;
        };
        for (packet_id, qos) in open.drain(..count.min(open.len())) {
            let answer = ack(packet_id.get());
            peer.send(match qos {
                QoS::ExactlyOnce => Packet::PubRec(answer),
                _ => Packet::PubAck(answer),
            })
            .await;
        }
    }

    async fn listen(&mut self) -> Vec<(usize, Packet)> {
        let mut heard = Vec::new();
        for (client, peer) in &mut self.peers {
            while let Some(packet) = peer.receive().await {
                match &packet {
                    Packet::Publish(Publish { packet_id: Some(packet_id), qos, .. }) => {
                        self.open.entry(*client).or_default().push((*packet_id, *qos));
                    }
                    // Every other one of these exchanges stays as it is.
                    Packet::PubRel(release) if release.packet_id.get() % 2 == 0 => {
                        peer.send(Packet::PubComp(release.clone())).await;
                    }
                    _ => {}
                }
                heard.push((*client, packet));
            }
        }
        heard
    }

    /// What a person would see of it.
    async fn look(&self) -> (usize, usize, Vec<(String, usize, usize, usize)>) {
        let activity = self.broker.snapshot().await.unwrap();
        let clients = crate::peer::clients(&self.broker).await.into_iter().map(|client| {
            (client.client_id.to_string(), client.subscriptions, client.inflight, client.queued)
        });
        (activity.retained, activity.queued, clients.collect())
    }
}

fn subscribe(wanted: Subscription, subscription_identifier: Option<u32>) -> Packet {
    let properties =
        wire::property::SubscribeProperties { subscription_identifier, ..Default::default() };
    Packet::Subscribe(wire::packet::Subscribe {
        packet_id: id(40_000),
        filters: vec![wanted],
        properties,
    })
}

fn unsubscribe(filter: &str) -> Packet {
    Packet::Unsubscribe(wire::packet::Unsubscribe {
        packet_id: id(40_001),
        filters: vec![filter.parse().unwrap()],
        properties: wire::property::UnsubscribeProperties::default(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn a_broker_that_comes_back_does_what_one_does_that_never_went(
        steps in prop::collection::vec(step(), 20..80),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut mortal = World::new(Some(TempDir::new().unwrap())).await;
            let mut immortal = World::new(None).await;
            mortal.join_all().await;
            immortal.join_all().await;
            prop_assert_eq!(mortal.listen().await, immortal.listen().await);
            for step in &steps {
                let seen = mortal.take(step).await;
                let expected = immortal.take(step).await;
                prop_assert_eq!(seen, expected, "after {:?}", step);
                prop_assert_eq!(mortal.look().await, immortal.look().await, "after {:?}", step);
            }
            mortal.broker.stop().await;
            immortal.broker.stop().await;
            Ok(())
        })?;
    }
}
