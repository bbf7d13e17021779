//! The TCP stage: resolve the name, try its addresses, give the first connection that opens.
//!
//! Addresses are tried in the order of RFC 8305 (families alternate, the resolver's first choice
//! leads), the next one starting when the one before has failed or has not answered in
//! [`DialOptions::attempt_delay`].

use std::{collections::VecDeque, fmt, io, net::SocketAddr, time::Duration};

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, sleep_until, timeout_at},
};

/// Where to connect to.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Target {
    /// A host name or an IP address, without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

impl Target {
    /// A target from its parts.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// How long to try.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DialOptions {
    /// For name resolution and all addresses together.
    pub timeout: Duration,
    /// How long one address has before the next one is tried beside it.
    pub attempt_delay: Duration,
}

impl Default for DialOptions {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(10), attempt_delay: Duration::from_millis(250) }
    }
}

/// Opens a TCP connection to `target`, with `TCP_NODELAY` on.
///
/// When every address fails, the error is that of the address tried first: it is the one the
/// resolver prefers, so it is the one a person expects to read about.
pub async fn dial(target: &Target, options: DialOptions) -> Result<TcpStream, DialError> {
    let deadline = Instant::now() + options.timeout;
    let (first, others) = resolve(target, deadline, options.timeout).await?;
    let stream = race(first, others, options, deadline).await?;
    if let Err(error) = stream.set_nodelay(true) {
        // It only costs latency, and some emulated stacks refuse it.
        tracing::debug!(%error, "TCP_NODELAY is not available");
    }
    Ok(stream)
}

/// Why no connection was opened.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DialError {
    /// The name has no address, or no name server answered.
    #[error("the host `{host}` was not found: {reason}")]
    HostNotFound {
        /// The name as given.
        host: Box<str>,
        /// What the resolver of the system said.
        reason: Box<str>,
    },
    /// The name service did not answer in time.
    #[error("looking up `{host}` took longer than {after:?}")]
    ResolveTimeout {
        /// The name as given.
        host: Box<str>,
        /// The time given.
        after: Duration,
    },
    /// The host is there and nothing listens on the port.
    #[error("{address} refused the connection")]
    Refused {
        /// The address tried.
        address: SocketAddr,
    },
    /// There is no way to the host: no route, no network, or a firewall that says so.
    #[error("{address} cannot be reached: {reason}")]
    Unreachable {
        /// The address tried.
        address: SocketAddr,
        /// What the system said.
        reason: Box<str>,
    },
    /// Nobody answered: the host is off, or a firewall drops the packets.
    #[error("{address} did not answer within {after:?}")]
    Timeout {
        /// The address tried first.
        address: SocketAddr,
        /// The time given.
        after: Duration,
    },
    /// The connection was reset while it was opened.
    #[error("{address} reset the connection")]
    Reset {
        /// The address tried.
        address: SocketAddr,
    },
    /// Anything else the system reports, such as too many open files.
    #[error("the connection to {address} cannot be opened: {reason}")]
    System {
        /// The address tried.
        address: SocketAddr,
        /// What the system said.
        reason: Box<str>,
    },
}

async fn resolve(
    target: &Target,
    deadline: Instant,
    timeout: Duration,
) -> Result<(SocketAddr, VecDeque<SocketAddr>), DialError> {
    let host = || Box::from(target.host.as_str());
    let looked_up = timeout_at(deadline, lookup_host((target.host.as_str(), target.port))).await;
    let addresses: Vec<_> = match looked_up {
        Err(_) => return Err(DialError::ResolveTimeout { host: host(), after: timeout }),
        Ok(Err(error)) => {
            return Err(DialError::HostNotFound { host: host(), reason: error.to_string().into() });
        }
        Ok(Ok(addresses)) => addresses.collect(),
    };
    let mut ordered = interleave(addresses);
    match ordered.pop_front() {
        Some(first) => Ok((first, ordered)),
        None => Err(DialError::HostNotFound { host: host(), reason: "it has no address".into() }),
    }
}

/// Families in turn, beginning with the family of the first address (RFC 8305 §4).
fn interleave(addresses: Vec<SocketAddr>) -> VecDeque<SocketAddr> {
    let leads_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (mut lead, mut follow): (VecDeque<_>, VecDeque<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == leads_v6);
    let mut ordered = VecDeque::with_capacity(lead.len() + follow.len());
    while !(lead.is_empty() && follow.is_empty()) {
        ordered.extend(lead.pop_front());
        ordered.extend(follow.pop_front());
    }
    ordered
}

async fn race(
    first: SocketAddr,
    mut others: VecDeque<SocketAddr>,
    options: DialOptions,
    deadline: Instant,
) -> Result<TcpStream, DialError> {
    let attempt = |address| async move { (address, TcpStream::connect(address).await) };
    let mut running = FuturesUnordered::from_iter([attempt(first)]);
    let mut next_start = Instant::now() + options.attempt_delay;
    let mut failure = DialError::Timeout { address: first, after: options.timeout };
    loop {
        tokio::select! {
            Some((address, outcome)) = running.next() => match outcome {
                Ok(stream) => return Ok(stream),
                Err(error) => {
                    if address == first {
                        failure = classify(address, &error, options.timeout);
                    }
                    match others.pop_front() {
                        // RFC 8305 §5: a failure starts the next attempt at once.
                        Some(next) => {
                            running.push(attempt(next));
                            next_start = Instant::now() + options.attempt_delay;
                        }
                        None if running.is_empty() => return Err(failure),
                        None => {}
                    }
                }
            },
            () = sleep_until(next_start), if !others.is_empty() => {
                running.extend(others.pop_front().map(attempt));
                next_start = Instant::now() + options.attempt_delay;
            }
            () = sleep_until(deadline) => return Err(failure),
        }
    }
}

fn classify(address: SocketAddr, error: &io::Error, timeout: Duration) -> DialError {
    use io::ErrorKind as Kind;

    match error.kind() {
        Kind::ConnectionRefused => DialError::Refused { address },
        Kind::ConnectionReset | Kind::ConnectionAborted => DialError::Reset { address },
        Kind::TimedOut => DialError::Timeout { address, after: timeout },
        Kind::HostUnreachable
        | Kind::NetworkUnreachable
        | Kind::NetworkDown
        | Kind::AddrNotAvailable
        | Kind::PermissionDenied => {
            DialError::Unreachable { address, reason: error.to_string().into() }
        }
        _ => DialError::System { address, reason: error.to_string().into() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(last: u8) -> SocketAddr {
        ([127, 0, 0, last], 1883).into()
    }

    fn v6(last: u16) -> SocketAddr {
        ([0, 0, 0, 0, 0, 0, 0, last], 1883).into()
    }

    #[test]
    fn families_take_turns_and_the_preferred_one_leads() {
        let ordered = interleave(vec![v6(1), v6(2), v6(3), v4(1), v4(2)]);

        assert_eq!(ordered, [v6(1), v4(1), v6(2), v4(2), v6(3)]);
    }

    #[test]
    fn one_family_keeps_the_order_of_the_resolver() {
        assert_eq!(interleave(vec![v4(2), v4(1)]), [v4(2), v4(1)]);
    }
}
