//! What the local broker does wrong on purpose.

use broker::FaultRule;

use crate::{
    Failure, explain,
    views::BrokerView,
    workbench::{Workbench, edit},
};

impl Workbench {
    /// Replaces the faults. They are kept, but switched off at the next start of the application:
    /// a forgotten fault would cost somebody a day.
    pub async fn save_faults(&self, faults: Vec<FaultRule>) -> Result<BrokerView, Failure> {
        broker::faults::check(&faults).map_err(|error| explain::fault(&error))?;
        edit(&self.settings, move |store| store.change(|document| document.broker_faults = faults))
            .await?;
        self.apply_broker().await
    }
}
