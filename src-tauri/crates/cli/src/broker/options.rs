//! The options of `tscope broker`, and the plan they make.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use clap::Args;
use workbench::{
    Failure, FailureCode,
    broker_rules::{self, AccessRules, FaultRule},
    local_broker::{Fixed, Plan, PlannedListener, TlsPlan},
    views::{BrokerLimits, CertificateSource, ClientCertificates, ListenerProtocol},
};

/// Where it listens when nothing is said.
const DEFAULT: &str = "127.0.0.1:1883";

#[derive(Args, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "switches of a command line")]
pub(crate) struct BrokerOptions {
    /// Listen for MQTT over TCP [default: 127.0.0.1:1883 when no listener is given]. Port 0 takes a
    /// free one. Every listener option can be given several times.
    #[arg(long, value_name = "ADDRESS:PORT")]
    tcp: Vec<SocketAddr>,
    /// Listen for MQTT over TLS.
    #[arg(long, value_name = "ADDRESS:PORT")]
    tls: Vec<SocketAddr>,
    /// Listen for MQTT over WebSocket.
    #[arg(long, value_name = "ADDRESS:PORT")]
    ws: Vec<SocketAddr>,
    /// Listen for MQTT over secure WebSocket.
    #[arg(long, value_name = "ADDRESS:PORT")]
    wss: Vec<SocketAddr>,
    /// Path of WebSocket listeners; empty takes any.
    #[arg(long, value_name = "PATH", default_value = "/mqtt")]
    ws_path: String,
    /// Certificate chain for TLS, PEM. Without it, one is made by an authority of the broker's own.
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,
    /// Private key of the certificate, PEM.
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// Ask clients for a certificate of this authority, PEM.
    #[arg(long, value_name = "FILE")]
    client_ca: Option<PathBuf>,
    /// Let nobody in without a client certificate.
    #[arg(long, requires = "client_ca")]
    require_client_cert: bool,
    /// Take the common name of a client certificate as its user name.
    #[arg(long, requires = "client_ca")]
    common_name_is_user: bool,
    /// Keep retained messages, sessions and the broker's own authority here.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Let this user in. Can be given several times.
    #[arg(long = "user", value_name = "NAME:PASSWORD")]
    users: Vec<String>,
    /// Let nobody in without a user name.
    #[arg(long)]
    no_anonymous: bool,
    /// Access rules: a JSON array.
    #[arg(long, value_name = "FILE")]
    acl: Option<PathBuf>,
    /// Faults: a JSON array, or the name of a preset. Can be given several times.
    #[arg(long = "fault", value_name = "FILE|PRESET")]
    faults: Vec<String>,
    /// Publish `$SYS/#` every 10 seconds.
    #[arg(long)]
    sys: bool,
    /// Refuse payloads that are said to be UTF-8 and are not (5.0).
    #[arg(long)]
    check_payload_format: bool,
    /// Abbreviate topics for 5.0 clients that allow it.
    #[arg(long)]
    topic_aliases: bool,
    #[command(flatten)]
    limits: LimitOptions,
    /// Print what happens, and what goes on each second, as one JSON object a line; take commands
    /// the same way from the standard input (see README).
    #[arg(long)]
    pub(crate) json: bool,
}

/// Limits that are left out have the default the window shows.
#[derive(Args, Debug)]
#[allow(clippy::struct_field_names, reason = "the names are those of the options")]
struct LimitOptions {
    /// Connections at the same time.
    #[arg(long, value_name = "N")]
    max_connections: Option<u32>,
    /// Largest packet.
    #[arg(long, value_name = "BYTES")]
    max_packet_size: Option<u32>,
    /// Unacknowledged messages on the way to one client.
    #[arg(long, value_name = "N")]
    max_inflight: Option<u16>,
    /// Messages waiting for one client.
    #[arg(long, value_name = "N")]
    max_queued_messages: Option<u32>,
    /// Bytes of them.
    #[arg(long, value_name = "BYTES")]
    max_queued_bytes: Option<u32>,
    /// Bytes waiting for the socket of one client.
    #[arg(long, value_name = "BYTES")]
    max_outbound_bytes: Option<u32>,
    /// Longest keep-alive in seconds.
    #[arg(long, value_name = "SECONDS")]
    max_keep_alive: Option<u16>,
    /// Longest time a session is kept in seconds.
    #[arg(long, value_name = "SECONDS")]
    max_session_expiry: Option<u32>,
}

impl BrokerOptions {
    /// What to start.
    pub(crate) fn plan(&self) -> Result<Plan, Failure> {
        if let Some(folder) = &self.data {
            std::fs::create_dir_all(folder).map_err(|error| unusable(folder, &error))?;
        }
        Ok(Plan {
            listeners: self.listeners()?,
            tls: TlsPlan {
                source: match (&self.cert, &self.key) {
                    (Some(certificate), Some(key)) => CertificateSource::Files {
                        certificate: certificate.display().to_string(),
                        key: key.display().to_string(),
                    },
                    _ => CertificateSource::SelfMade,
                },
                client_authority: self.client_ca.clone(),
                folder: self.data.clone(),
            },
            access: self.access()?,
            faults: self.faults()?,
            fixed: Fixed {
                store: self.data.clone().map(|folder| folder.join("broker")),
                check_payload_format: self.check_payload_format,
                topic_aliases: self.topic_aliases,
                packet_log: self.json,
                limits: self.limits.limits(),
            },
            sys_topics: self.sys,
        })
    }

    fn listeners(&self) -> Result<Vec<PlannedListener>, Failure> {
        use ListenerProtocol as Protocol;
        let client_certificates = match (&self.client_ca, self.require_client_cert) {
            (None, _) => ClientCertificates::Off,
            (Some(_), false) => ClientCertificates::Optional,
            (Some(_), true) => ClientCertificates::Required,
        };
        let given = [
            (Protocol::Tcp, &self.tcp),
            (Protocol::Tls, &self.tls),
            (Protocol::Ws, &self.ws),
            (Protocol::Wss, &self.wss),
        ];
        let given = given.into_iter().flat_map(|(protocol, addresses)| {
            addresses.iter().map(move |address| (protocol, *address))
        });
        let planned = given.enumerate().map(|(index, (protocol, address))| PlannedListener {
            id: index.to_string(),
            path: self.ws_path.clone(),
            client_certificates,
            common_name_is_user: self.common_name_is_user,
            ..PlannedListener::new(protocol, address)
        });
        let planned: Vec<_> = planned.collect();
        if !planned.is_empty() {
            return Ok(planned);
        }
        let address = DEFAULT.parse().map_err(|_| invalid("tcp", DEFAULT))?;
        Ok(vec![PlannedListener::tcp(address)])
    }

    fn access(&self) -> Result<AccessRules, Failure> {
        let users = self.users.iter().map(|user| -> Result<_, Failure> {
            let (name, password) = user.split_once(':').ok_or_else(|| invalid("user", user))?;
            Ok(broker_rules::user(name, password))
        });
        let acl = match &self.acl {
            Some(path) => broker_rules::acl_from(path, &read(path)?)?,
            None => Vec::new(),
        };
        let users = users.collect::<Result<_, _>>()?;
        broker_rules::checked(AccessRules { anonymous: !self.no_anonymous, users, acl })
    }

    fn faults(&self) -> Result<Vec<FaultRule>, Failure> {
        let mut rules = Vec::new();
        for given in &self.faults {
            let preset = broker_rules::fault_presets().into_iter().find(|known| known.id == *given);
            if let Some(preset) = preset {
                rules.extend(preset.rules);
            } else {
                let path = Path::new(given);
                rules.extend(broker_rules::faults_from(path, &read(path)?)?);
            }
        }
        Ok(rules)
    }
}

impl LimitOptions {
    fn limits(&self) -> BrokerLimits {
        let default = BrokerLimits::default();
        BrokerLimits {
            connections: self.max_connections.unwrap_or(default.connections),
            packet_size: self.max_packet_size.unwrap_or(default.packet_size),
            inflight: self.max_inflight.unwrap_or(default.inflight),
            queued_messages: self.max_queued_messages.unwrap_or(default.queued_messages),
            queued_bytes: self.max_queued_bytes.unwrap_or(default.queued_bytes),
            outbound_bytes: self.max_outbound_bytes.unwrap_or(default.outbound_bytes),
            max_keep_alive: self.max_keep_alive.unwrap_or(default.max_keep_alive),
            max_session_expiry: self.max_session_expiry.unwrap_or(default.max_session_expiry),
            ..default
        }
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| unusable(path, &error))
}

fn unusable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(FailureCode::FileUnreadable, format!("{}: {error}.", path.display()))
        .detail("path", path.display())
        .detail("reason", error)
}

fn invalid(field: &str, given: &str) -> Failure {
    let message = match field {
        "user" => "A user is given as NAME:PASSWORD.".to_owned(),
        _ => format!("`{given}` is no value for --{field}."),
    };
    Failure::new(FailureCode::InvalidField, message).detail("field", field).detail("reason", given)
}
