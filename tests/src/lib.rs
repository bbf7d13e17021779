//! Support for the acceptance tests: real peers and the real window.
//!
//! Everything started here has folders and ports of its own, listens on the loopback address only,
//! and is ended by its process id when the value that stands for it is dropped.

pub mod app;
pub mod client;
pub mod composer;
pub mod display;
pub mod mosquitto;
pub mod other_clients;
pub mod process;
pub mod trouble;
pub mod wait;
pub mod webdriver;

pub use app::AppUnderTest;
pub use mosquitto::Mosquitto;
pub use trouble::{Result, Trouble};
