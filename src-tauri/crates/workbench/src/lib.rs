//! The use cases of Topicscope: owns sessions, the local broker, the history and the profiles.
//!
//! The desktop shell and `tscope` call this crate and nothing below it. What they see is plain
//! data from [`views`]; every error is a [`Failure`].

pub mod address;
mod broker_control;
pub mod broker_rules;
pub mod client;
mod connections;
mod demo;
mod explain;
mod failure;
mod feed;
mod files;
mod journal;
mod live;
pub mod local_broker;
mod messages;
mod profiles;
mod rates;
mod recording;
mod rows;
pub mod settings;
pub mod views;
mod workbench;

pub use failure::{Failure, FailureCode};
pub use workbench::{AppStart, Folders, Workbench, WorkbenchEvent};
