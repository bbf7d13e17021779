//! The broker cases are played against: one of our own for each case, or any at an address.

use std::{io, net::SocketAddr, num::NonZeroU16, sync::Arc, time::Duration};

use broker::{AccessRules, Accounts, Broker, BrokerConfig, User};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

use crate::case::{Case, Mistake};

/// A connection to a broker.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Where cases are played.
#[derive(Debug)]
pub(crate) enum Target {
    /// A broker in memory, with a clock that does not wait.
    Own(Broker),
    /// A broker that runs somewhere and is not asked to be configured.
    At(SocketAddr),
}

impl Target {
    /// A broker of our own, configured as the case needs it.
    pub(crate) fn own(case: &Case) -> Result<Self, Mistake> {
        let mut config = BrokerConfig::default();
        let mut users = Vec::new();
        for (key, value) in &case.needs {
            let wrong = || Mistake::new(format!("`needs {key}={value}` is not understood"));
            let number = || value.parse::<u32>().map_err(|_| wrong());
            let short = || u16::try_from(number()?).map_err(|_| wrong());
            match &**key {
                "max-keepalive" => config.max_keep_alive = NonZeroU16::new(short()?),
                "max-session-expiry" => {
                    config.max_session_expiry = Some(Duration::from_secs(number()?.into()));
                }
                "packet-size" => config.limits.packet_size = number()?,
                "receive-max" => {
                    config.limits.receive_maximum = NonZeroU16::new(short()?).ok_or_else(wrong)?;
                }
                "alias-max" => config.limits.topic_alias_maximum = short()?,
                "topic-aliases" if value == "on" => config.use_topic_aliases = true,
                "user" => {
                    let (name, password) = value.split_once(':').ok_or_else(wrong)?;
                    users.push(User::new(name, password.as_bytes()));
                }
                _ => return Err(wrong()),
            }
        }
        if !users.is_empty() {
            let rules = AccessRules { anonymous: false, users, acl: Vec::new() };
            config.access = Arc::new(Accounts::new(rules));
        }
        Ok(Self::Own(Broker::start(config)))
    }

    pub(crate) async fn dial(&self) -> io::Result<Box<dyn Stream>> {
        /// More than any case sends without reading.
        const BUFFER: usize = 4 * 1024 * 1024;
        match self {
            Self::Own(broker) => {
                let (ours, theirs) = tokio::io::duplex(BUFFER);
                let (source, sink) = tokio::io::split(theirs);
                broker.serve(source, sink, ([127, 0, 0, 1], 40_000).into());
                Ok(Box::new(ours))
            }
            Self::At(address) => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
        }
    }

    /// How long an answer may take.
    pub(crate) fn patience(&self) -> Duration {
        match self {
            // Does not pass unless everything is idle.
            Self::Own(_) => Duration::from_secs(1),
            Self::At(_) => Duration::from_secs(2),
        }
    }
}
