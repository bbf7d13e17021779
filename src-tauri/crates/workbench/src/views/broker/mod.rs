//! The local broker.

mod activity;
mod log;
mod packets;
mod retained;
mod settings;

pub use activity::{
    BrokerActivity, BrokerClient, BrokerClientDetail, BrokerClientLink, BrokerSubscription,
    Dropped, LastPacket, SubscriptionPage, SubscriptionRow,
};
pub use log::{BrokerLogEntry, BrokerLogEvent, BrokerLogPage};
pub use packets::{PacketDetail, PacketField, PacketPage, PacketRow};
pub use retained::{
    BrokerPublish, ImportReport, RejectedLine, RetainedMessage, RetainedPage, Transfer,
};
use serde::Serialize;
pub use settings::{
    BrokerLimits, BrokerSettings, CertificateSource, ClientCertificates, ListenerProtocol,
    ListenerSettings,
};
use specta::Type;

use crate::Failure;

/// The broker as the window shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BrokerView {
    /// What is kept between starts.
    pub settings: BrokerSettings,
    /// Whether the running broker has to be started again for all of the settings to be in force.
    pub restart_needed: bool,
    /// Whether the demo publisher is running.
    pub demo: bool,
    /// Whether it runs.
    pub status: BrokerStatus,
    /// Who can reach it.
    pub reach: BrokerReach,
    /// Who may do what.
    pub access: BrokerAccess,
    /// What TLS listeners show; `None` until the first one has been started.
    pub certificate: Option<BrokerCertificate>,
    /// What it does wrong on purpose.
    pub faults: Vec<broker::FaultRule>,
    /// What is worth knowing, e.g. a damaged store that was set aside.
    pub notices: Vec<Failure>,
}

/// Whether the broker runs.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum BrokerStatus {
    /// Switched off.
    Off,
    /// Running.
    On {
        /// ms since the epoch.
        since: i64,
        /// In the order of the settings; only those that are switched on.
        listeners: Vec<ListenerView>,
    },
    /// It could not start.
    Failed {
        /// Why.
        cause: Failure,
    },
}

/// A place where the broker can be reached, or why it cannot.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct ListenerView {
    /// As in the settings.
    pub id: String,
    /// What it speaks.
    pub protocol: ListenerProtocol,
    /// Whether it listens.
    pub state: ListenerState,
}

/// Whether a listener listens.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum ListenerState {
    /// It accepts connections.
    #[serde(rename_all = "camelCase")]
    Listening {
        /// `address:port` as bound.
        address: String,
        /// What to paste into another client on this computer, then on the network.
        urls: Vec<ListenerUrl>,
        /// Clients connected through it.
        clients: u32,
    },
    /// It could not start; the others run.
    Failed {
        /// Why.
        cause: Failure,
    },
}

/// An address of the broker as a client writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct ListenerUrl {
    /// E.g. `mqtts://192.168.1.34:8883`.
    pub url: String,
    /// Name of the network interface; `None` for this computer.
    pub interface: Option<String>,
}

/// Who can reach the broker.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BrokerReach {
    /// Whether it listens on all network interfaces, or on the loopback address only.
    pub network: bool,
    /// When it goes back to this computer only; ms since the epoch.
    pub until: Option<i64>,
    /// Addresses of this computer that a device could use.
    pub addresses: Vec<NetworkAddress>,
}

/// An address of this computer.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Type)]
pub struct NetworkAddress {
    /// Name of the network interface.
    pub interface: String,
    /// The address.
    pub address: String,
}

/// Who may do what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Type)]
pub struct BrokerAccess {
    /// Whether clients without a user name are let in.
    pub anonymous: bool,
    /// User names.
    pub users: Vec<String>,
    /// Rules for everyone and for single users.
    pub rules: Vec<broker::AclRule>,
}

/// What TLS listeners show.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub struct BrokerCertificate {
    pub subject: String,
    pub issuer: String,
    /// Names and addresses it is for.
    pub names: Vec<String>,
    /// ms since the epoch.
    pub not_before: i64,
    /// ms since the epoch.
    pub not_after: i64,
    pub fingerprint: String,
    /// Made here, so that clients need its authority to trust it.
    pub self_made: bool,
    /// PEM of the authority to give to clients; `None` when it came from a file.
    pub authority: Option<String>,
}

/// A fault as it does its work.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FaultView {
    /// What was asked for.
    pub rule: broker::FaultRule,
    /// Packets it concerned.
    pub seen: u64,
    /// Packets it fired at.
    pub fired: u64,
    /// ms since the epoch.
    pub last: Option<i64>,
}

/// Faults that belong together.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct FaultPreset {
    /// E.g. `flaky-wifi`.
    pub id: String,
    /// Its rules.
    pub rules: Vec<broker::FaultRule>,
}
