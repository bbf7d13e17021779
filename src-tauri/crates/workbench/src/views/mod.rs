//! What the window and the command line see: plain data, generated into TypeScript.

mod broker;
mod connection;
mod history;
mod message;
mod session;

pub use broker::*;
pub use connection::{
    Connection, ConnectionDraft, MqttVersion, PasswordChange, Subscription, SubscriptionState,
};
pub use history::{HistoryChoice, HistoryView, SecretsView};
pub use message::{
    MessageDetail, MessageDirection, MessageProperty, PayloadFormat, PayloadInput, PublishReceipt,
    PublishRequest,
};
pub use session::{ReasonView, SessionView};
