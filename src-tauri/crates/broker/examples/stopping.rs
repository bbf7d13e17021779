//! How long a broker with 1,000 clients takes to stop: `cargo run -p broker --release --example stopping`.
//!
//! Once all clients close when they are told to, once they neither read nor close.

#![allow(clippy::print_stdout, reason = "a report is what it is for")]

use std::{error::Error, net::SocketAddr, time::Instant};

use broker::{Broker, BrokerConfig};
use bytes::BytesMut;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use wire::{Packet, Version, packet::Connect, property::ConnectProperties};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const CLIENTS: usize = 1_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    // Each client is two open files.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    for polite in [true, false] {
        let broker = Broker::start(BrokerConfig::default());
        let address = broker.listen_tcp(([127, 0, 0, 1], 0).into())?.address;
        let mut deaf = Vec::new();
        for number in 0..CLIENTS {
            let mut client = dial(address, number).await?;
            if polite {
                // It reads to the end and closes.
                tokio::spawn(async move { client.read_to_end(&mut Vec::new()).await });
            } else {
                deaf.push(client);
            }
        }
        let began = Instant::now();
        broker.stop().await;
        let took = began.elapsed();
        let next = Broker::start(BrokerConfig::default());
        next.listen_tcp(address)?;
        next.stop().await;
        let kind = if polite { "that close" } else { "that neither read nor close" };
        println!("{CLIENTS} clients {kind}: stopped in {took:.2?}, the port was free at once");
    }
    Ok(())
}

/// Connects and waits for the CONNACK.
async fn dial(address: SocketAddr, number: usize) -> Result<TcpStream> {
    let connect = Connect {
        version: Version::V311,
        clean_start: true,
        keep_alive: 0,
        client_id: format!("c{number}").into(),
        will: None,
        username: None,
        password: None,
        properties: ConnectProperties::default(),
    };
    let mut bytes = BytesMut::new();
    wire::encode(&Packet::Connect(Box::new(connect)), Version::V311, &mut bytes)?;
    let mut client = TcpStream::connect(address).await?;
    client.write_all(&bytes).await?;
    client.read_exact(&mut [0; 4]).await?;
    Ok(client)
}
