//! `tscope`: the workbench without a window.
//!
//! Exit codes: 0 done · 2 wrong usage or input · 3 not reachable · 4 refused by the server ·
//! 5 the connection was lost · 6 the local broker could not start · 1 anything else.

mod arguments;
mod broker;
mod output;
mod publish;
mod subscribe;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser as _;
use workbench::{Failure, FailureCode};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(FailureCode::Internal, error.to_string()))
        .and_then(|runtime| runtime.block_on(run(arguments.command)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::failure(&failure);
            ExitCode::from(exit_code(failure.code))
        }
    }
}

async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Broker(options) => broker::run(&options).await,
        Command::Sub(options) => subscribe::run(options).await,
        Command::Pub(options) => publish::run(options).await,
    }
}

/// Scripts branch on it: the groups are the layers of a failure.
fn exit_code(code: FailureCode) -> u8 {
    use FailureCode as Code;
    match code {
        Code::InvalidAddress
        | Code::InvalidTopic
        | Code::InvalidFilter
        | Code::InvalidClientId
        | Code::InvalidPayload
        | Code::InvalidField
        | Code::InvalidRule
        | Code::InvalidFault
        | Code::FileUnreadable => 2,
        Code::HostNotFound
        | Code::ConnectionRefused
        | Code::Unreachable
        | Code::ConnectTimeout
        | Code::ConnectionReset
        | Code::NotMqtt
        | Code::TlsOnPlainPort => 3,
        Code::ConnectRefused
        | Code::BadCredentials
        | Code::NotAuthorized
        | Code::ClientIdRejected
        | Code::ServerUnavailable
        | Code::UnsupportedVersion
        | Code::PacketTooLarge
        | Code::PublishRefused => 4,
        Code::ConnectionLost
        | Code::SessionTakenOver
        | Code::ServerDisconnected
        | Code::KeepAliveTimeout
        | Code::ProtocolViolation
        | Code::PublishTimeout
        | Code::NotConnected => 5,
        Code::PortInUse
        | Code::PortForbidden
        | Code::AddressNotAvailable
        | Code::InvalidCertificate => 6,
        _ => 1,
    }
}
