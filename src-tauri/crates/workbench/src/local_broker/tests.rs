use std::net::{Ipv4Addr, SocketAddr};

use super::*;
use crate::views::{ListenerProtocol, ListenerState};

fn free() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

fn plan(listeners: Vec<PlannedListener>) -> Plan {
    Plan { listeners, ..Plan::default() }
}

async fn listeners(broker: &LocalBroker) -> Vec<ListenerView> {
    match broker.status().await {
        Status::On(on) => on.listeners,
        other => panic!("the broker is {other:?}"),
    }
}

fn address(view: &ListenerView) -> SocketAddr {
    match &view.state {
        ListenerState::Listening { address, .. } => address.parse().unwrap(),
        ListenerState::Failed { cause } => panic!("it does not listen: {cause}"),
    }
}

#[tokio::test]
async fn a_port_in_use_names_the_program_that_has_it() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let broker = LocalBroker::default();

    let failure = broker.start(plan(vec![PlannedListener::tcp(address)])).await.unwrap_err();

    assert_eq!(failure.code, FailureCode::PortInUse);
    assert_eq!(failure.details["port"], address.port().to_string());
    assert_eq!(failure.details["pid"], std::process::id().to_string());
    assert_eq!(broker.status().await, Status::Failed(failure));
}

#[tokio::test]
async fn it_starts_again_on_the_same_port() {
    let broker = LocalBroker::default();
    broker.start(plan(vec![PlannedListener::tcp(free())])).await.unwrap();
    let first = address(&listeners(&broker).await[0]);

    broker.stop().await;
    broker.start(plan(vec![PlannedListener::tcp(first)])).await.unwrap();

    assert_eq!(address(&listeners(&broker).await[0]), first);
    broker.stop().await;
}

#[tokio::test]
async fn a_listener_that_cannot_start_leaves_the_others_alone() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let broker = LocalBroker::default();
    let wanted = vec![
        PlannedListener::tcp(free()),
        PlannedListener::new(ListenerProtocol::Ws, taken.local_addr().unwrap()),
        PlannedListener::new(ListenerProtocol::Tls, free()),
    ];

    broker.start(plan(wanted)).await.unwrap();

    let views = listeners(&broker).await;
    let states = views.iter().map(|view| matches!(view.state, ListenerState::Listening { .. }));
    assert_eq!(states.collect::<Vec<_>>(), [true, false, true]);
    broker.stop().await;
}

#[tokio::test]
async fn a_listener_that_did_not_change_keeps_its_port_while_others_come_and_go() {
    let broker = LocalBroker::default();
    let kept = PlannedListener { id: "tcp".into(), ..PlannedListener::tcp(free()) };
    let other = PlannedListener::new(ListenerProtocol::Ws, free());
    broker.start(plan(vec![kept.clone()])).await.unwrap();
    let before = address(&listeners(&broker).await[0]);

    broker.apply(plan(vec![other, kept])).await.unwrap();

    let views = listeners(&broker).await;
    assert_eq!((views.len(), address(&views[1])), (2, before));
    broker.stop().await;
}

#[tokio::test]
async fn a_certificate_that_cannot_be_read_fails_only_the_listeners_that_need_it() {
    let broker = LocalBroker::default();
    let nowhere = String::from("/nowhere/at/all.pem");
    let source = crate::views::CertificateSource::Files {
        certificate: nowhere.clone(),
        key: nowhere.clone(),
    };
    let wanted =
        vec![PlannedListener::tcp(free()), PlannedListener::new(ListenerProtocol::Wss, free())];
    let tls = TlsPlan { source, ..TlsPlan::default() };

    broker.start(Plan { tls, ..plan(wanted) }).await.unwrap();

    let views = listeners(&broker).await;
    let ListenerState::Failed { cause } = &views[1].state else { panic!("{views:?}") };
    assert_eq!(cause.code, FailureCode::FileUnreadable);
    assert_eq!(cause.details["path"], nowhere);
    assert!(matches!(views[0].state, ListenerState::Listening { .. }));
    broker.stop().await;
}

#[tokio::test]
async fn a_certificate_that_cannot_be_read_is_told_while_the_old_one_goes_on() {
    let broker = LocalBroker::default();
    let wanted = vec![PlannedListener::new(ListenerProtocol::Tls, free())];
    broker.start(plan(wanted.clone())).await.unwrap();
    let Status::On(before) = broker.status().await else { panic!("it is off") };
    let nowhere = String::from("/nowhere/at/all.pem");
    let source =
        crate::views::CertificateSource::Files { certificate: nowhere.clone(), key: nowhere };
    let tls = TlsPlan { source, ..TlsPlan::default() };

    let failure = broker.apply(Plan { tls, ..plan(wanted) }).await.unwrap_err();

    let Status::On(after) = broker.status().await else { panic!("it is off") };
    assert_eq!(failure.code, FailureCode::FileUnreadable);
    assert_eq!((after.certificate, after.listeners), (before.certificate, before.listeners));
    broker.stop().await;
}
