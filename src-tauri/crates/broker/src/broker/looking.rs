//! What a broker is doing.

use super::{Broker, BrokerError};
use crate::{
    activity::Activity,
    query::{
        ClientDetail, ClientPage, ClientQuery, RetainedPage, RetainedQuery, SubscriptionPage,
        SubscriptionQuery,
    },
    router::{ClientScan, RetainedScan, Router, SubscriptionScan},
};

/// Each fails with [`BrokerError::NotRunning`] and with nothing else.
impl Broker {
    /// Sums: what the broker is doing now.
    ///
    /// # Errors
    ///
    /// [`BrokerError::NotRunning`].
    pub async fn snapshot(&self) -> Result<Activity, BrokerError> {
        self.visit(Router::snapshot).await
    }

    /// A page of the sessions, online and kept, by client identifier.
    ///
    /// # Errors
    ///
    /// [`BrokerError::NotRunning`].
    pub async fn clients(&self, query: ClientQuery) -> Result<ClientPage, BrokerError> {
        let mut scan = ClientScan::new(query);
        while !scan.is_done {
            let mut next = scan;
            scan = self
                .visit(move |router| {
                    router.scan_clients(&mut next);
                    next
                })
                .await?;
        }
        Ok(scan.page)
    }

    /// One session and its subscriptions by filter; `None` when there is none of that name.
    ///
    /// # Errors
    ///
    /// [`BrokerError::NotRunning`].
    pub async fn client(&self, client_id: &str) -> Result<Option<ClientDetail>, BrokerError> {
        let client_id: Box<str> = client_id.into();
        let mut detail = self.visit(move |router| router.client(&client_id)).await?;
        if let Some(detail) = &mut detail {
            detail.subscriptions.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        }
        Ok(detail)
    }

    /// A page of the filters that are subscribed to, and who holds them.
    ///
    /// # Errors
    ///
    /// [`BrokerError::NotRunning`].
    pub async fn subscriptions(
        &self,
        query: SubscriptionQuery,
    ) -> Result<SubscriptionPage, BrokerError> {
        let mut scan = SubscriptionScan::new(query);
        while !scan.is_done {
            let mut next = scan;
            scan = self
                .visit(move |router| {
                    router.scan_subscriptions(&mut next);
                    next
                })
                .await?;
        }
        Ok(scan.page)
    }

    /// A page of the retained messages, and how many there are on all pages.
    ///
    /// # Errors
    ///
    /// [`BrokerError::NotRunning`].
    pub async fn retained(&self, query: RetainedQuery) -> Result<RetainedPage, BrokerError> {
        self.scan_retained(RetainedScan::counting(query)).await
    }

    pub(super) async fn scan_retained(
        &self,
        mut scan: RetainedScan,
    ) -> Result<RetainedPage, BrokerError> {
        while !scan.is_done {
            let mut next = scan;
            scan = self
                .visit(move |router| {
                    router.scan_retained(&mut next);
                    next
                })
                .await?;
        }
        Ok(scan.page)
    }
}
