//! The local broker's switch, its settings, its connection and its demo.

use std::sync::Arc;

use crate::{
    Failure, FailureCode,
    demo::Demo,
    local_broker::{Status, listener_view},
    profiles::Profile,
    views::{
        BrokerAccess, BrokerActivity, BrokerReach, BrokerSettings, BrokerStatus, BrokerView,
        Connection, ListenerProtocol,
    },
    workbench::{Workbench, WorkbenchEvent, edit},
};

impl Workbench {
    /// Switches the broker on.
    pub async fn start_broker(&self) -> Result<BrokerView, Failure> {
        let port = tcp_port(&self.settings().broker);
        let outcome = self.broker.start(port).await;
        if outcome.is_ok() {
            self.point_local_connection(port).await?;
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

    /// Keeps port and start-up; a running broker moves to the new port.
    pub async fn save_broker_settings(
        &self,
        settings: BrokerSettings,
    ) -> Result<BrokerView, Failure> {
        let before = self.settings().broker;
        let wanted = settings.clone();
        edit(&self.settings, move |store| store.change(|document| document.broker = wanted))
            .await?;
        let running = matches!(self.broker.status().await, Status::On { .. });
        if running && tcp_port(&before) != tcp_port(&settings) {
            let demo = self.stop_demo().await;
            self.broker.stop().await;
            self.start_broker().await?;
            if demo {
                return self.set_demo(true).await;
            }
        }
        Ok(self.tell_broker().await)
    }

    /// Counters and clients right now.
    pub async fn broker_activity(&self, _search: &str) -> Result<BrokerActivity, Failure> {
        self.broker.activity().await
    }

    /// Disconnects a client.
    pub async fn kick_client(&self, client_id: &str, _reason: u8) -> Result<(), Failure> {
        self.broker.kick(client_id).await
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
        self.point_local_connection(port).await?;
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
            let mut demo = self.demo.lock().await;
            if demo.is_none() {
                *demo = Some(Demo::start(port)?);
            }
        } else {
            self.stop_demo().await;
        }
        Ok(self.tell_broker().await)
    }

    /// The broker as the window shows it.
    pub async fn broker_view(&self) -> BrokerView {
        let status = match self.broker.status().await {
            Status::Off => BrokerStatus::Off,
            Status::On { since, addresses } => BrokerStatus::On {
                since: since.0 / 1000,
                listeners: addresses.into_iter().map(listener_view).collect(),
            },
            Status::Failed(cause) => BrokerStatus::Failed { cause },
        };
        BrokerView {
            settings: self.settings().broker,
            demo: self.demo.lock().await.is_some(),
            status,
            reach: BrokerReach { network: false, until: None, addresses: Vec::new() },
            access: BrokerAccess { anonymous: true, ..BrokerAccess::default() },
            certificate: None,
            faults: Vec::new(),
            notices: Vec::new(),
        }
    }

    async fn broker_port(&self) -> Result<u16, Failure> {
        match self.broker.status().await {
            Status::On { addresses, .. } => addresses.first().map(std::net::SocketAddr::port),
            Status::Off | Status::Failed(_) => None,
        }
        .ok_or_else(|| Failure::new(FailureCode::BrokerNotRunning, "The local broker is off."))
    }

    /// Returns whether it was running.
    async fn stop_demo(&self) -> bool {
        match self.demo.lock().await.take() {
            Some(demo) => {
                demo.stop().await;
                true
            }
            None => false,
        }
    }

    /// The connection to the local broker follows the port it really has.
    async fn point_local_connection(&self, asked: u16) -> Result<(), Failure> {
        let port = if asked == 0 { self.broker_port().await? } else { asked };
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
        self.tell(WorkbenchEvent::Broker(view.clone()));
        view
    }
}

fn tcp_port(settings: &BrokerSettings) -> u16 {
    let tcp = settings.listeners.iter().find(|l| l.protocol == ListenerProtocol::Tcp);
    tcp.map_or(1883, |listener| listener.port)
}
