//! The local broker's page in the real window, with the mosquitto clients on the other side.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::Duration,
};

use acceptance::{
    AppUnderTest,
    app::{BrokerPorts, RunningApp},
    mosquitto::{self, Subscriber},
    trouble::{Result, Trouble},
    wait::{self, Look},
    webdriver::{ENTER, Window},
};
use serde_json::json;

#[test]
fn real_window_opens_tls_and_websocket_to_clients_that_trust_its_authority() {
    // Arrange
    let (app, ports) = app_with_ports().unwrap();
    let running = open_broker(&app).unwrap();
    let window = running.window().unwrap();

    // Act: both listeners on, the authority into a file
    window.element("[data-testid=\"listener-tls\"] input + span").unwrap().click().unwrap();
    window.element("[data-testid=\"listener-ws\"] input + span").unwrap().click().unwrap();
    window.element("[data-testid=\"listener-ws\"]:not([data-off])").unwrap();
    window.element("[data-testid=\"listener-tls\"]:not([data-off])").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("authority.pem");
    fs::write(&authority, authority_of(window).unwrap()).unwrap();
    let trust = ["--cafile", authority.to_str().unwrap()];
    let arguments = [&trust[..], &["-i", "cellar", "-t", "#"]].concat();
    let mut cellar = Subscriber::start(ports.tls, &arguments).unwrap();
    let arguments = [&trust[..], &["-i", "attic", "-t", "attic/temp", "-m", "21.5"]].concat();
    mosquitto::publish(ports.tls, &arguments).unwrap();

    // Assert
    assert_eq!(cellar.next(Duration::from_secs(5)).unwrap().payload, b"21.5");
    assert!(upgrades(ports.ws).unwrap().starts_with("HTTP/1.1 101"));
    row_reads(window, "clients", "cellar", "TLS").unwrap();
    clients_of(window, "tls", "1").unwrap();
    running.screenshot("broker-1-listeners").unwrap();
    window.part("broker-view-log").unwrap().click().unwrap();
    row_reads(window, "broker-log", "attic", "TLS").unwrap();
    running.screenshot("broker-2-log").unwrap();
    running.quit().unwrap();
}

#[test]
fn real_window_drops_messages_on_purpose_and_marks_them() {
    // Arrange
    let (app, ports) = app_with_ports().unwrap();
    let running = open_broker(&app).unwrap();
    let window = running.window().unwrap();
    let mut cellar = Subscriber::start(ports.tcp, &["-i", "cellar", "-t", "cellar/#"]).unwrap();

    // Act
    window.element("input[aria-label=\"Share in percent\"]").unwrap().replace_text("100").unwrap();
    window.press(ENTER, &[]).unwrap();
    window.part("fault-drop").unwrap().click().unwrap();
    window.reads("faults-active", "1").unwrap();
    mosquitto::publish(ports.tcp, &["-t", "cellar/temp", "-m", "21.5", "-q", "1"]).unwrap();

    // Assert
    assert!(cellar.next(Duration::from_secs(1)).is_err(), "the message arrived");
    window.reads("faults-fired", "Fired").unwrap();
    running.screenshot("broker-3-fault").unwrap();
    click_row(window, "clients", "cellar").unwrap();
    row_reads(window, "packet-list", "cellar/temp", "fired here").unwrap();
    thread::sleep(UNTIL_IT_STANDS);
    running.screenshot("broker-4-packets").unwrap();
    running.quit().unwrap();
}

#[test]
fn real_window_asks_for_a_user_and_says_who_was_not_let_in() {
    // Arrange
    let (app, ports) = app_with_ports().unwrap();
    let running = open_broker(&app).unwrap();
    let window = running.window().unwrap();

    // Act
    window.part("user-add").unwrap().click().unwrap();
    window.part("user-name").unwrap().replace_text("olga").unwrap();
    window.part("user-password").unwrap().replace_text("a secret").unwrap();
    window.part("user-save").unwrap().click().unwrap();
    gone(window, "user-dialog").unwrap();
    window.part("anonymous").unwrap().click().unwrap();
    window.element("[data-testid=\"anonymous\"]:not(:checked)").unwrap();
    let nobody = ["-i", "stranger", "-t", "a", "-m", "1", "-q", "1"];
    mosquitto::publish(ports.tcp, &nobody).unwrap_err();

    // Assert
    let olga = ["-i", "cellar", "-u", "olga", "-P", "a secret", "-t", "a", "-m", "1", "-q", "1"];
    mosquitto::publish(ports.tcp, &olga).unwrap();
    running.screenshot("broker-5-access").unwrap();
    window.part("broker-view-log").unwrap().click().unwrap();
    let refused = row_reads(window, "broker-log", "stranger", "Not let in").unwrap();
    assert!(refused.contains("(0x8"), "{refused}");
    row_reads(window, "broker-log", "cellar", "olga").unwrap();
    running.screenshot("broker-6-refused").unwrap();
    window.part("rail-connections").unwrap().click().unwrap();
    window.has("session-state", "data-state", "online").unwrap();
    running.quit().unwrap();
}

/// What slides in is on its way for a moment.
const UNTIL_IT_STANDS: Duration = Duration::from_millis(500);

fn app_with_ports() -> Result<(AppUnderTest, BrokerPorts)> {
    let app = AppUnderTest::new()?;
    let ports = app.choose_broker_ports()?;
    Ok((app, ports))
}

/// Starts the broker and the application's own connection to it, without the demo; shows the page.
fn open_broker(app: &AppUnderTest) -> Result<RunningApp> {
    let running = app.start()?;
    let window = running.window()?;
    window.part("welcome-demo")?.click()?;
    window.part("welcome-start")?.click()?;
    window.has("session-state", "data-state", "online")?;
    window.part("rail-broker")?.click()?;
    window.part("listener-tcp")?;
    Ok(running)
}

fn authority_of(window: &Window) -> Result<String> {
    wait::until("the certificate", Duration::from_secs(15), || {
        let view = window.invoke("app_start", &json!({}))?;
        let pem = view.pointer("/broker/certificate/authority").and_then(|pem| pem.as_str());
        Ok(pem.map_or_else(|| Look::NotYet("none".to_owned()), |pem| Look::Found(pem.to_owned())))
    })
}

/// What a WebSocket client is answered.
fn upgrades(port: u16) -> Result<String> {
    let doing = "asking for a WebSocket";
    let mut socket = TcpStream::connect(("127.0.0.1", port)).map_err(Trouble::io(doing))?;
    socket.set_read_timeout(Some(Duration::from_secs(5))).map_err(Trouble::io(doing))?;
    let request = format!(
        "GET /mqtt HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Protocol: mqtt\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).map_err(Trouble::io(doing))?;
    let mut answer = [0; 512];
    let length = socket.read(&mut answer).map_err(Trouble::io(doing))?;
    Ok(String::from_utf8_lossy(answer.get(..length).unwrap_or_default()).into_owned())
}

/// Waits until the Clients column of a listener shows a number.
fn clients_of(window: &Window, listener: &str, wanted: &str) -> Result {
    let cell = format!("[data-testid=\"listener-{listener}\"] td:nth-child(6)");
    wait::until(&format!("{wanted} clients of {listener}"), Duration::from_secs(15), || {
        let text = window.element(&cell)?.text()?;
        Ok(if text.trim() == wanted { Look::Found(()) } else { Look::NotYet(text) })
    })
}

/// Waits until a row with `name` in a list contains `wanted`; returns the row's text.
fn row_reads(window: &Window, list: &str, name: &str, wanted: &str) -> Result<String> {
    wait::until(&format!("`{wanted}` beside {name} in {list}"), Duration::from_secs(15), || {
        let mut seen = Vec::new();
        for row in window.elements(&rows(list))? {
            // A row may be replaced between finding and reading it.
            let text = row.text().unwrap_or_default();
            if text.contains(name) && text.contains(wanted) {
                return Ok(Look::Found(text));
            }
            seen.push(text);
        }
        Ok(Look::NotYet(seen.join(" | ")))
    })
}

/// Clicks the row with `name` in a list.
fn click_row(window: &Window, list: &str, name: &str) -> Result {
    row_reads(window, list, name, "")?;
    for row in window.elements(&rows(list))? {
        if row.text()?.contains(name) {
            return row.click();
        }
    }
    Err(Trouble::Unexpected(format!("no row of {name} in {list}")))
}

fn rows(list: &str) -> String {
    format!("[data-testid=\"{list}\"] [role=\"row\"]")
}

fn gone(window: &Window, part: &str) -> Result {
    wait::until(&format!("the end of {part}"), Duration::from_secs(15), || {
        if window.elements(&format!("[data-testid=\"{part}\"]"))?.is_empty() {
            Ok(Look::Found(()))
        } else {
            Ok(Look::NotYet("still there".to_owned()))
        }
    })
}
