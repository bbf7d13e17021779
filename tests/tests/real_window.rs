//! The real window doing what the product is for, driven as a person would drive it.

use std::{fs, path::Path, time::Duration};

use acceptance::{
    AppUnderTest, Mosquitto,
    app::RunningApp,
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
    window.part("welcome-start").unwrap().click().unwrap();
    window.has("session-state", "data-state", "online").unwrap();

    // Subscribe and publish
    subscribe(window, "plant/#").unwrap();
    let mut outside = Subscriber::start(port, &["-t", "plant/#"]).unwrap();
    let shown = publish(window, "plant/1/temp", PAYLOAD).unwrap();
    assert!(shown < Duration::from_millis(100), "the message showed only after {shown:?}");
    let seen = outside.next(Duration::from_secs(5)).unwrap();
    assert_eq!((&*seen.topic, &*seen.payload), ("plant/1/temp", PAYLOAD.as_bytes()));

    // Another client is seen
    mosquitto::publish(port, &["-t", "plant/2/state", "-m", "running", "-q", "1"]).unwrap();
    let row = window.element(&received("plant/2/state")).unwrap();
    assert!(row.text().unwrap().contains("running"));

    // Select: the whole payload
    select(window, "plant/1/temp").unwrap();
    running.screenshot("2-message").unwrap();
    refresh_readme_picture(&running).unwrap();

    // Quit, start again: connection and history are there
    running.quit().unwrap();
    let running = app.start().unwrap();
    let window = running.window().unwrap();
    window.element(&received("plant/2/state")).unwrap();
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

const PAYLOAD: &str = r#"{"t":21.5}"#;

fn subscribe(window: &Window, filter: &str) -> Result {
    window.part("subscribe-open")?.click()?;
    window.part("subscribe-filter")?.replace_text(filter)?;
    window.part("subscribe-submit")?.click()
}

/// Publishes from the composer; returns how long the page took to show the message that came back.
fn publish(window: &Window, topic: &str, payload: &str) -> Result<Duration> {
    window.part("composer-topic")?.replace_text(topic)?;
    window.part("composer-payload")?.replace_text(payload)?;
    let selector = received(topic);
    window.run(&format!(
        "window.shownAfter = null;
         const button = document.querySelector('[data-testid=\"composer-publish\"]');
         button.addEventListener('click', () => {{
             const clicked = performance.now();
             const look = () => {{
                 if (document.querySelector('{selector}')) window.shownAfter = performance.now() - clicked;
                 else requestAnimationFrame(look);
             }};
             look();
         }}, {{ once: true, capture: true }});"
    ))?;
    window.part("composer-publish")?.click()?;
    let milliseconds = wait::until(&format!("a row for {topic}"), Duration::from_secs(15), || {
        let shown = window.run("return window.shownAfter;")?;
        Ok(shown.as_f64().map_or_else(|| Look::NotYet("no row".to_owned()), Look::Found))
    })?;
    Ok(Duration::from_secs_f64(milliseconds / 1000.0))
}

/// Selects the received message of a topic and checks what the inspector shows of it.
fn select(window: &Window, topic: &str) -> Result {
    let row = received(topic);
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

/// The selector of the row of a received message.
fn received(topic: &str) -> String {
    format!("[data-testid=\"message-row\"][data-kind=\"received\"]:has([title=\"{topic}\"])")
}

/// README.md shows what this test saw; written when `TOPICSCOPE_README_PICTURE` is set.
fn refresh_readme_picture(running: &RunningApp) -> Result {
    if std::env::var_os("TOPICSCOPE_README_PICTURE").is_none() {
        return Ok(());
    }
    let picture = running.screenshot("2-message")?;
    let shown = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src-tauri/docs/screenshot.png");
    fs::copy(picture, shown).map(drop).map_err(Trouble::io("refreshing the picture of README.md"))
}
