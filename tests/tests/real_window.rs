//! The real window doing what the product is for, driven as a person would drive it.

use std::{fs, path::Path, time::Duration};

use acceptance::{
    AppUnderTest, Mosquitto,
    app::RunningApp,
    composer,
    mosquitto::{self, Subscriber},
    trouble::{Result, Trouble},
    wait::{self, Look},
    webdriver::Window,
};

#[test]
fn real_window_does_the_main_job_and_remembers_it() {
    // Arrange
    let app = AppUnderTest::new().unwrap();
    let port = app.choose_broker_port().unwrap();
    let running = app.start().unwrap();
    let window = running.window().unwrap();

    // Act and assert: one click from the welcome page to a session that is online
    window.part("welcome-start").unwrap();
    running.screenshot("1-welcome").unwrap();
    window.part("welcome-demo").unwrap().click().unwrap();
    window.part("welcome-start").unwrap().click().unwrap();
    window.has("session-state", "data-state", "online").unwrap();

    // Subscribe and publish
    subscribe(window, "plant/#").unwrap();
    let mut outside = Subscriber::start(port, &["-t", "plant/#"]).unwrap();
    composer::publish(window, "plant/1/temp", PAYLOAD).unwrap();
    let seen = outside.next(Duration::from_secs(5)).unwrap();
    assert_eq!((&*seen.topic, &*seen.payload), ("plant/1/temp", PAYLOAD.as_bytes()));

    // Another client is seen
    mosquitto::publish(port, &["-t", "plant/2/state", "-m", "running", "-q", "1"]).unwrap();
    row_reads(window, "plant/2/state", "running").unwrap();

    // Select: the whole payload
    select(window, "plant/1/temp").unwrap();
    running.screenshot("2-message").unwrap();

    // The theme is remembered, too
    let dark = "data-mantine-color-scheme=dark";
    window.part("theme-toggle").unwrap().click().unwrap();
    window.element(&format!("html[{dark}]")).unwrap();

    // Quit, start again: connection and history are there
    running.quit().unwrap();
    let running = app.start().unwrap();
    let window = running.window().unwrap();
    window.element(&format!("html[{dark}]")).unwrap();
    row_reads(window, "plant/2/state", "running").unwrap();
    select(window, "plant/1/temp").unwrap();
    running.screenshot("3-after-restart").unwrap();
    running.quit().unwrap();
}

#[test]
fn real_window_connects_to_an_external_broker_by_its_address() {
    // Arrange
    let broker = Mosquitto::start().unwrap();
    let app = AppUnderTest::new().unwrap();
    let running = app.start().unwrap();
    let window = running.window().unwrap();

    // Act
    let address = format!("mqtt://127.0.0.1:{}", broker.port());
    window.part("welcome-address").unwrap().type_text(&address).unwrap();
    window.part("welcome-connect").unwrap().click().unwrap();
    window.has("session-state", "data-state", "online").unwrap();
    subscribe(window, "plant/#").unwrap();
    mosquitto::publish(broker.port(), &["-t", "plant/1/temp", "-m", PAYLOAD, "-q", "2"]).unwrap();

    // Assert
    select(window, "plant/1/temp").unwrap();
    running.screenshot("4-external-broker").unwrap();
    running.quit().unwrap();
}

#[test]
fn real_window_explains_a_broker_that_is_not_there() {
    let app = AppUnderTest::new().unwrap();
    let running = app.start().unwrap();
    let window = running.window().unwrap();
    let port = acceptance::process::free_port().unwrap();

    let address = format!("mqtt://127.0.0.1:{port}");
    window.part("welcome-address").unwrap().type_text(&address).unwrap();
    window.part("welcome-connect").unwrap().click().unwrap();

    let text = window.reads("failure", &port.to_string()).unwrap();
    assert!(text.to_lowercase().contains("refused"), "{text}");
    running.screenshot("5-refused").unwrap();
    running.quit().unwrap();
}

#[test]
fn real_window_names_the_program_that_has_the_port_of_the_local_broker() {
    let other = Mosquitto::start().unwrap();
    let app = AppUnderTest::new().unwrap();
    app.set_broker_port(other.port()).unwrap();
    let running = app.start().unwrap();
    let window = running.window().unwrap();

    window.part("welcome-start").unwrap().click().unwrap();

    let text = window.reads("failure", &other.port().to_string()).unwrap();
    assert!(text.contains("mosquitto"), "{text}");
    running.screenshot("7-port-in-use").unwrap();
    running.quit().unwrap();
}

#[test]
fn real_window_shows_the_demo_factory_at_work() {
    // Arrange
    let app = AppUnderTest::new().unwrap();
    app.choose_broker_port().unwrap();
    let running = app.start().unwrap();
    let window = running.window().unwrap();
    window.part("theme-toggle").unwrap().click().unwrap();

    // Act
    window.part("welcome-start").unwrap().click().unwrap();

    // Assert
    let rows = "[data-testid=\"message-row\"][data-kind=\"received\"]";
    window.element(&format!("{rows}:nth-of-type(16)")).unwrap();
    wait::until("a message in the inspector", Duration::from_secs(15), || {
        // The richest payload of the demo.
        let row = format!("{rows}:has([title$=\"/telemetry\"])");
        let clicked = window.element(&row).and_then(|row| row.click());
        let shown = window.elements("[data-testid=\"inspector-topic\"]");
        Ok(match (clicked, shown) {
            (Ok(()), Ok(shown)) if !shown.is_empty() => Look::Found(()),
            (clicked, _) => Look::NotYet(format!("{clicked:?}")),
        })
    })
    .unwrap();
    assert_eq!(window.part("status-dropped").unwrap().text().unwrap().matches('0').count(), 1);
    refresh_readme_picture(&running).unwrap();
    running.quit().unwrap();
}

const PAYLOAD: &str = r#"{"t":21.5}"#;

fn subscribe(window: &Window, filter: &str) -> Result {
    window.part("subscribe-open")?.click()?;
    window.part("subscribe-filter")?.replace_text(filter)?;
    window.part("subscribe-submit")?.click()
}

/// Selects the received message of a topic and checks what the inspector shows of it.
fn select(window: &Window, topic: &str) -> Result {
    let row = composer::received(topic);
    wait::until(&format!("{topic} in the inspector"), Duration::from_secs(15), || {
        // A row may be given to another message between finding and clicking it.
        let clicked = window.element(&row).and_then(|row| row.click());
        let shown = window.part("inspector-topic").and_then(|part| part.text());
        Ok(match (clicked, shown) {
            (Ok(()), Ok(text)) if text.contains(topic) => Look::Found(()),
            (_, shown) => Look::NotYet(format!("{shown:?}")),
        })
    })?;
    let payload = wait::until("the payload in the inspector", Duration::from_secs(15), || {
        let text = window.part("inspector-payload")?.text()?;
        Ok(if text.contains("21.5") { Look::Found(text) } else { Look::NotYet(text) })
    })?;
    if payload.contains("\"t\"") { Ok(()) } else { Err(Trouble::Unexpected(payload)) }
}

/// Waits until the row of a received message contains a text.
fn row_reads(window: &Window, topic: &str, text: &str) -> Result {
    wait::until(&format!("`{text}` in the row of {topic}"), Duration::from_secs(15), || {
        Ok(match window.element(&composer::received(topic))?.text() {
            Ok(row) if row.contains(text) => Look::Found(()),
            Ok(row) => Look::NotYet(row),
            Err(trouble) => Look::NotYet(trouble.to_string()),
        })
    })
}

/// README.md shows what this test saw; written when `TOPICSCOPE_README_PICTURE` is set.
fn refresh_readme_picture(running: &RunningApp) -> Result {
    let picture = running.screenshot("6-demo")?;
    if std::env::var_os("TOPICSCOPE_README_PICTURE").is_none() {
        return Ok(());
    }
    let shown = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src-tauri/docs/screenshot.png");
    fs::copy(picture, shown).map(drop).map_err(Trouble::io("refreshing the picture of README.md"))
}
