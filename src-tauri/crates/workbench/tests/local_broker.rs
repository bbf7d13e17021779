//! The local broker as the window uses it: reach, users, faults, settings that change while it runs.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use support::{Home, draft, eventually, online, online_locally, session, tcp_only, text};
use workbench::{
    FailureCode,
    broker_rules::{FaultEffect, FaultMatch, FaultRule, FaultTrigger},
    views::{BrokerLogEvent, BrokerStatus, ListenerState, PasswordChange, SessionView},
};

#[tokio::test(flavor = "multi_thread")]
async fn opening_an_anonymous_broker_to_the_network_has_to_be_confirmed() {
    let home = Home::new();
    let workbench = home.open().await;
    workbench.start_broker().await.unwrap();

    let refused = workbench.set_broker_reach(true, None, false).await.unwrap_err();
    let opened = workbench.set_broker_reach(true, Some(60), true).await.unwrap();
    let closed = workbench.set_broker_reach(false, None, false).await.unwrap();

    assert_eq!(refused.code, FailureCode::AnonymousExposed);
    assert!(opened.reach.network && opened.reach.until.is_some());
    assert_eq!(bound(&opened.status), "0.0.0.0");
    assert_eq!(bound(&closed.status), "127.0.0.1");
    workbench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_opened_for_a_while_is_closed_again_after_a_restart_of_the_application() {
    let home = Home::new();
    let workbench = home.open().await;
    workbench.set_broker_reach(true, Some(60), true).await.unwrap();
    workbench.close().await;

    let reopened = home.open().await;

    assert!(!reopened.broker_view().await.reach.network);
    reopened.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_anonymous_access_only_users_get_in_and_the_applications_own_connection() {
    // Arrange
    let home = Home::new();
    let workbench = home.open().await;
    workbench.set_broker_anonymous(false).await.unwrap();
    workbench.save_broker_user("ada".into(), "engine".into()).await.unwrap();

    // Act
    let local = online_locally(&workbench).await;
    let port = support::broker_port(&workbench).await;
    let mut stranger = draft(port);
    let refused = workbench.save_connection(stranger.clone()).await.unwrap();
    workbench.connect(&refused.id).await.unwrap();
    stranger.username = Some("ada".into());
    stranger.password = PasswordChange::Set { value: "engine".into() };
    let welcome = workbench.save_connection(stranger).await.unwrap();
    workbench.connect(&welcome.id).await.unwrap();

    // Assert
    online(&workbench, &local.id).await;
    online(&workbench, &welcome.id).await;
    session(&workbench, &refused.id, |view| matches!(view, SessionView::Refused { .. })).await;
    let log = workbench.broker_log(0).await.unwrap();
    let told = log.entries.iter().any(|entry| {
        matches!(&entry.event, BrokerLogEvent::ConnectionFailed { reason: Some(0x87), .. })
    });
    assert!(told, "{:?}", log.entries);
    assert_eq!(workbench.broker_view().await.access.users, ["ada"]);
    workbench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_fires_is_counted_and_marked_in_the_packet_log_and_is_off_after_a_restart() {
    // Arrange
    let home = Home::new();
    let workbench = home.open().await;
    let local = online_locally(&workbench).await;
    let fault = FaultRule {
        name: "lose everything".into(),
        on: true,
        only: FaultMatch { topic: Some("plant/#".into()), ..FaultMatch::default() },
        when: FaultTrigger::Always,
        effect: FaultEffect::Drop,
        at_most: None,
        seed: 1,
    };

    // Act
    let view = workbench.save_faults(vec![fault]).await.unwrap();
    workbench.publish(&local.id, text("plant/1", "x", 0)).await.unwrap();

    // Assert
    let fired = eventually("the fault has fired", async || {
        let activity = workbench.broker_activity("").await.unwrap();
        (activity.faults[0].fired > 0).then_some(activity)
    })
    .await;
    let client = &fired.clients[0].client_id;
    let packets = workbench.broker_packets(client, 0).await.unwrap();
    let marked = packets.rows.iter().find(|row| row.fault.is_some()).unwrap();
    assert_eq!(marked.fault.as_deref(), Some("lose everything"));
    assert!(marked.summary.starts_with("plant/1"), "{marked:?}");
    let detail = workbench.broker_packet(client, marked.seq).await.unwrap();
    assert!(detail.fields.iter().any(|field| field.name == "Topic name"));
    assert!(view.faults[0].on);
    workbench.close().await;
    let reopened = home.open().await;
    assert!(!reopened.broker_view().await.faults[0].on);
    reopened.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn retained_messages_survive_a_restart_of_the_application() {
    let home = Home::new();
    let workbench = home.open().await;
    let local = online_locally(&workbench).await;
    let mut kept = text("plant/state", r#"{"on":true}"#, 1);
    kept.retain = true;
    workbench.publish(&local.id, kept).await.unwrap();
    workbench.close().await;

    let reopened = home.open().await;
    reopened.start_broker().await.unwrap();

    let page = reopened.broker_retained("plant/#", None).await.unwrap();
    assert_eq!(page.total, 1);
    assert_eq!(
        (page.messages[0].preview.as_str(), &*page.messages[0].format),
        (r#"{"on":true}"#, "json")
    );
    reopened.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_need_a_new_start_are_in_force_after_it() {
    let home = Home::new();
    let workbench = home.open().await;
    workbench.start_broker().await.unwrap();
    let mut settings = tcp_only(0);
    settings.limits.inflight = 5;

    let saved = workbench.save_broker_settings(settings).await.unwrap();
    workbench.stop_broker().await.unwrap();
    let restarted = workbench.start_broker().await.unwrap();

    assert!(saved.restart_needed);
    assert!(!restarted.restart_needed);
    workbench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_listeners_on_one_port_are_refused_before_anything_changes() {
    let home = Home::new();
    let workbench = home.open().await;
    let mut settings = tcp_only(1883);
    settings.listeners[1].on = true;
    settings.listeners[1].port = 1883;

    let failure = workbench.save_broker_settings(settings).await.unwrap_err();

    assert_eq!((failure.code, &*failure.details["field"]), (FailureCode::InvalidField, "port"));
    workbench.close().await;
}

fn bound(status: &BrokerStatus) -> String {
    let BrokerStatus::On { listeners, .. } = status else { panic!("it is {status:?}") };
    let ListenerState::Listening { address, .. } = &listeners[0].state else {
        panic!("it does not listen: {listeners:?}")
    };
    address.rsplit_once(':').unwrap().0.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_applications_own_connection_comes_back_when_anonymous_access_is_switched_off() {
    let home = Home::new();
    let workbench = home.open().await;
    let local = online_locally(&workbench).await;

    workbench.set_broker_anonymous(false).await.unwrap();

    let view = session(&workbench, &local.id, |view| matches!(view, SessionView::Online { .. }));
    view.await;
    eventually("it is a user now", async || {
        let activity = workbench.broker_activity("").await.unwrap();
        let mut links = activity.clients.iter().filter_map(|client| client.connected.as_ref());
        links.any(|link| link.username.is_some()).then_some(())
    })
    .await;
    workbench.close().await;
}
