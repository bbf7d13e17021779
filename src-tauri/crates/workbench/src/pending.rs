//! To be replaced.
use std::path::Path;

use crate::{
    Failure, FailureCode,
    broker_rules::{AclRule, FaultRule},
    views::*,
    workbench::Workbench,
};

fn no<T>() -> Result<T, Failure> {
    Err(Failure::new(FailureCode::Internal, "not yet"))
}

#[allow(clippy::unused_async, missing_docs)]
impl Workbench {
    pub async fn set_broker_reach(
        &self,
        _n: bool,
        _m: Option<u32>,
        _c: bool,
    ) -> Result<BrokerView, Failure> {
        no()
    }
    pub async fn renew_broker_certificate(&self) -> Result<BrokerView, Failure> {
        no()
    }
    pub async fn broker_log(&self, _after: u64) -> Result<BrokerLogPage, Failure> {
        no()
    }
    pub async fn broker_client(&self, _id: &str) -> Result<BrokerClientDetail, Failure> {
        no()
    }
    pub async fn broker_packets(&self, _id: &str, _after: u64) -> Result<PacketPage, Failure> {
        no()
    }
    pub async fn broker_packet(&self, _id: &str, _seq: u64) -> Result<PacketDetail, Failure> {
        no()
    }
    pub async fn broker_attempt(&self, _a: u64) -> Result<PacketDetail, Failure> {
        no()
    }
    pub async fn delete_broker_session(&self, _id: &str) -> Result<(), Failure> {
        no()
    }
    pub async fn broker_subscriptions(
        &self,
        _s: &str,
        _a: Option<String>,
    ) -> Result<SubscriptionPage, Failure> {
        no()
    }
    pub async fn publish_as_broker(&self, _m: BrokerPublish) -> Result<u32, Failure> {
        no()
    }
    pub async fn set_broker_anonymous(&self, _a: bool) -> Result<BrokerView, Failure> {
        no()
    }
    pub async fn save_broker_user(&self, _n: String, _p: String) -> Result<BrokerView, Failure> {
        no()
    }
    pub async fn delete_broker_user(&self, _n: &str) -> Result<BrokerView, Failure> {
        no()
    }
    pub async fn save_broker_rules(&self, _r: Vec<AclRule>) -> Result<BrokerView, Failure> {
        no()
    }
    pub async fn save_faults(&self, _f: Vec<FaultRule>) -> Result<BrokerView, Failure> {
        no()
    }
    pub async fn broker_retained(
        &self,
        _f: &str,
        _a: Option<String>,
    ) -> Result<RetainedPage, Failure> {
        no()
    }
    pub async fn clear_retained(&self, _f: &str) -> Result<(), Failure> {
        no()
    }
    pub async fn cancel_clear_retained(&self) {}
    pub async fn export_retained(&self, _f: &str, _p: &Path) -> Result<u32, Failure> {
        no()
    }
    pub async fn import_retained(&self, _p: &Path) -> Result<ImportReport, Failure> {
        no()
    }
    pub async fn export_broker_authority(&self, _p: &Path) -> Result<(), Failure> {
        no()
    }
}
