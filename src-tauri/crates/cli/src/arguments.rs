//! The command line.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use workbench::{Failure, address::Address, views::MqttVersion};

use crate::broker::BrokerOptions;

/// MQTT test client and broker.
#[derive(Debug, Parser)]
#[command(name = "tscope", version, about)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a broker until it is interrupted.
    Broker(Box<BrokerOptions>),
    /// Subscribe and print what arrives.
    Sub(SubOptions),
    /// Publish one message.
    Pub(PubOptions),
}

#[derive(Args, Debug)]
pub(crate) struct SubOptions {
    #[command(flatten)]
    pub(crate) server: ServerOptions,
    /// Topic filter; can be given several times.
    #[arg(short, long = "topic", value_name = "FILTER", required = true)]
    pub(crate) topics: Vec<String>,
    /// Largest quality of service wanted.
    #[arg(short, long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=2))]
    pub(crate) qos: u8,
    /// Print one JSON object a line, with the payload as text or Base64.
    #[arg(long)]
    pub(crate) json: bool,
    /// End after this many messages.
    #[arg(short = 'C', long, value_name = "N")]
    pub(crate) count: Option<u64>,
}

#[derive(Args, Debug)]
#[command(group(ArgGroup::new("payload").required(true)))]
pub(crate) struct PubOptions {
    #[command(flatten)]
    pub(crate) server: ServerOptions,
    /// Topic to publish to.
    #[arg(short, long)]
    pub(crate) topic: String,
    /// The payload as text.
    #[arg(short, long, value_name = "TEXT", group = "payload", allow_hyphen_values = true)]
    pub(crate) message: Option<String>,
    /// The payload from a file, as it is; `-` reads the standard input.
    #[arg(short, long, value_name = "FILE", group = "payload")]
    pub(crate) file: Option<PathBuf>,
    /// Quality of service.
    #[arg(short, long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=2))]
    pub(crate) qos: u8,
    /// Let the server keep the message for later subscribers.
    #[arg(short, long)]
    pub(crate) retain: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ServerOptions {
    /// `mqtt://user:password@host:port` or `host:port`.
    #[arg(value_name = "URL")]
    pub(crate) url: String,
    /// Client id; the server chooses one when it is left out.
    #[arg(short = 'i', long)]
    pub(crate) client_id: Option<String>,
    /// Version of the protocol.
    #[arg(short = 'V', long, value_enum, default_value_t = Protocol::V5)]
    pub(crate) protocol: Protocol,
    /// Seconds between packets; 0 switches keep-alive off.
    #[arg(short, long, default_value_t = 60)]
    pub(crate) keep_alive: u16,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Protocol {
    #[value(name = "3.1.1")]
    V311,
    #[value(name = "5")]
    V5,
}

impl ServerOptions {
    /// What a client needs to connect.
    pub(crate) fn config(&self) -> Result<workbench::client::Config, Failure> {
        let address: Address = self.url.parse()?;
        let version = match self.protocol {
            Protocol::V311 => MqttVersion::V311,
            Protocol::V5 => MqttVersion::V5,
        };
        let mut config = workbench::client::config(&address, version);
        config.client_id = self.client_id.clone().unwrap_or_default();
        config.keep_alive = self.keep_alive;
        Ok(config)
    }
}
