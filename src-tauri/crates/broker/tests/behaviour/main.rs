//! The broker as its clients see it: one sentence of MQTT a test.

#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    unreachable_pub,
    missing_docs,
    reason = "test support"
)]

mod access;
mod acting;
mod authentication;
mod connecting;
mod faults;
mod lifecycle;
mod limits;
mod listeners;
mod lives;
mod observing;
mod packet_log;
mod peer;
mod persistence;
mod persistence_compaction;
mod persistence_damage;
mod persistence_model;
mod persistence_process;
mod publishing;
mod punishment;
mod retained;
mod sessions;
mod subscribing;
mod sys;
mod wills;
