//! The local broker's switch, its settings, its connection and its demo.

mod access;
mod faults;
mod questions;
mod reach;

use std::{path::PathBuf, sync::Arc};

pub(crate) use self::{access::OwnAccess, reach::Reach};
use crate::{
    Failure, FailureCode,
    demo::Demo,
    local_broker::{Fixed, On, Plan, Status, TlsPlan, listeners, network},
    profiles::Profile,
    views::{BrokerAccess, BrokerReach, BrokerSettings, BrokerStatus, BrokerView, Connection},
    workbench::{Workbench, WorkbenchEvent, edit},
};

impl Workbench {
    /// Switches the broker on.
    pub async fn start_broker(self: &Arc<Self>) -> Result<BrokerView, Failure> {
        let outcome = self.broker.start(self.broker_plan().await?).await;
        if outcome.is_ok() {
            self.point_local_connection().await?;
        }
        let view = self.tell_broker().await;
        outcome.map(|()| view)
    }

    /// Switches the broker off; clients are told.
    pub async fn stop_broker(&self) -> Result<BrokerView, Failure> {
        self.stop_demo().await;
        self.broker.stop().await;
        Ok(self.tell_broker().await)
    }

    /// Keeps the settings. In a running broker, listeners that changed are started, moved or
    /// stopped one by one; the view says when a new start is needed for the rest.
    pub async fn save_broker_settings(
        &self,
        settings: BrokerSettings,
    ) -> Result<BrokerView, Failure> {
        check(&settings)?;
        edit(&self.settings, move |store| store.change(|document| document.broker = settings))
            .await?;
        self.apply_broker().await
    }

    /// Makes a new certificate with the names and addresses this computer has now.
    pub async fn renew_broker_certificate(&self) -> Result<BrokerView, Failure> {
        self.broker.renew_certificate().await?;
        Ok(self.tell_broker().await)
    }

    /// Starts the broker if need be, makes or finds the connection to it, and connects. A new
    /// connection subscribes to everything.
    pub async fn start_local(self: &Arc<Self>, demo: bool) -> Result<Connection, Failure> {
        self.start_broker().await?;
        let port = self.broker_port().await?;
        let known = self.profiles().all().iter().find(|p| p.is_local_broker).cloned();
        let profile = if let Some(profile) = known {
            profile
        } else {
            let mut profile = Profile::local_broker(port);
            profile.subscribe(&crate::client::filter_from("#")?, wire::QoS::ExactlyOnce);
            let added = profile.clone();
            edit(&self.profiles, |store| {
                store.change(|all| {
                    all.push(added);
                    Ok(())
                })
            })
            .await?;
            profile
        };
        self.tell_connections();
        self.connect(&profile.id).await?;
        if demo {
            self.set_demo(true).await?;
        }
        let connections = self.connections();
        let found = connections.into_iter().find(|connection| connection.id == profile.id);
        found.ok_or_else(|| {
            Failure::new(FailureCode::ConnectionNotFound, "The connection was deleted meanwhile.")
        })
    }

    /// Starts or stops the demo publisher.
    pub async fn set_demo(&self, on: bool) -> Result<BrokerView, Failure> {
        if on {
            let port = self.broker_port().await?;
            let credentials = self.own_credentials().await?;
            let mut demo = self.demo.lock().await;
            if demo.is_none() {
                *demo = Some(Demo::start(port, credentials)?);
            }
        } else {
            self.stop_demo().await;
        }
        Ok(self.tell_broker().await)
    }

    /// The broker as the window shows it.
    pub async fn broker_view(&self) -> BrokerView {
        let document = self.settings();
        let status = self.broker.status().await;
        let on = match &status {
            Status::On(on) => Some(on.clone()),
            Status::Off | Status::Failed(_) => None,
        };
        let restart_needed = on.as_ref().is_some_and(|on| on.fixed != self.fixed(&document.broker));
        let (certificate, notices) = match on {
            Some(On { certificate, notices, .. }) => (certificate, notices),
            None => (None, Vec::new()),
        };
        let (network, until) = self.reach.get();
        BrokerView {
            demo: self.demo.lock().await.is_some(),
            status: match status {
                Status::Off => BrokerStatus::Off,
                Status::On(on) => {
                    BrokerStatus::On { since: on.since.0 / 1000, listeners: on.listeners }
                }
                Status::Failed(cause) => BrokerStatus::Failed { cause },
            },
            settings: document.broker,
            restart_needed,
            reach: BrokerReach { network, until, addresses: network::addresses() },
            access: BrokerAccess {
                anonymous: document.broker_access.anonymous,
                users: document.broker_access.users.into_iter().map(|user| user.name).collect(),
                rules: document.broker_access.acl,
            },
            certificate,
            faults: document.broker_faults,
            notices,
        }
    }

    /// Brings a running broker in line with what is kept.
    pub(super) async fn apply_broker(&self) -> Result<BrokerView, Failure> {
        let outcome = self.broker.apply(self.broker_plan().await?).await;
        if matches!(self.broker.status().await, Status::On(_)) {
            self.point_local_connection().await?;
        }
        let view = self.tell_broker().await;
        outcome.map(|()| view)
    }

    async fn broker_plan(&self) -> Result<Plan, Failure> {
        let document = self.settings();
        let (network, _) = self.reach.get();
        let mut access = document.broker_access;
        access.users.extend(self.own_user(access.anonymous).await?);
        Ok(Plan {
            listeners: listeners(&document.broker, network),
            tls: TlsPlan {
                source: document.broker.certificate.clone(),
                client_authority: document.broker.client_authority.as_ref().map(PathBuf::from),
                folder: Some(self.folders.config.clone()),
            },
            access,
            faults: document.broker_faults,
            fixed: self.fixed(&document.broker),
            sys_topics: document.broker.sys_topics,
        })
    }

    fn fixed(&self, settings: &BrokerSettings) -> Fixed {
        Fixed {
            store: settings.persistence.then(|| self.folders.data.join("broker")),
            check_payload_format: settings.check_payload_format,
            topic_aliases: settings.topic_aliases,
            packet_log: true,
            limits: settings.limits,
        }
    }

    /// The port of its TCP listener: where this application's own clients connect.
    async fn broker_port(&self) -> Result<u16, Failure> {
        let Status::On(on) = self.broker.status().await else {
            let message = "The local broker is off.";
            return Err(Failure::new(FailureCode::BrokerNotRunning, message).hint("Switch it on."));
        };
        on.tcp_port().ok_or_else(|| {
            let message = "The local broker has no TCP listener for this application.";
            Failure::new(FailureCode::NoTcpListener, message).hint("Switch one on.")
        })
    }

    /// Returns whether it was running.
    pub(super) async fn stop_demo(&self) -> bool {
        match self.demo.lock().await.take() {
            Some(demo) => {
                demo.stop().await;
                true
            }
            None => false,
        }
    }

    /// The connection to the local broker follows the port it really has.
    async fn point_local_connection(&self) -> Result<(), Failure> {
        // Without a TCP listener there is nothing to follow.
        let Ok(port) = self.broker_port().await else { return Ok(()) };
        let outdated = self.profiles().all().iter().any(|p| p.is_local_broker && p.port != port);
        if !outdated {
            return Ok(());
        }
        edit(&self.profiles, move |store| {
            store.change(|all| {
                all.iter_mut().filter(|p| p.is_local_broker).for_each(|p| p.port = port);
                Ok(())
            })
        })
        .await?;
        self.tell_connections();
        Ok(())
    }

    async fn tell_broker(&self) -> BrokerView {
        let view = self.broker_view().await;
        self.tell(WorkbenchEvent::Broker(Box::new(view.clone())));
        view
    }
}

/// Refuses settings a broker could not follow.
fn check(settings: &BrokerSettings) -> Result<(), Failure> {
    let invalid = |field: &str, reason: &str| {
        Failure::new(FailureCode::InvalidField, reason)
            .detail("field", field)
            .detail("reason", reason)
    };
    for (index, listener) in settings.listeners.iter().enumerate() {
        let others = &settings.listeners[..index];
        if others.iter().any(|other| other.id == listener.id) {
            return Err(invalid("id", "Two listeners have the same identifier."));
        }
        let is_shared = |other: &&crate::views::ListenerSettings| {
            other.on && listener.on && other.port == listener.port && listener.port != 0
        };
        if others.iter().any(|other| is_shared(&other)) {
            return Err(invalid("port", "Two listeners cannot share a port."));
        }
        if !listener.path.is_empty() && !listener.path.starts_with('/') {
            return Err(invalid("path", "The path of a WebSocket begins with a slash."));
        }
    }
    let limits = settings.limits;
    let least = [
        ("connections", limits.connections),
        ("packetSize", limits.packet_size),
        ("topicLength", limits.topic_length.into()),
        ("topicLevels", limits.topic_levels.into()),
        ("inflight", limits.inflight.into()),
        ("outboundBytes", limits.outbound_bytes),
    ];
    match least.into_iter().find(|(_, value)| *value == 0) {
        Some((field, _)) => Err(invalid(field, "This limit must be at least 1.")),
        None => Ok(()),
    }
}
