//! Publishing from the window's composer, and how long it takes until the message is on screen.

use std::{thread, time::Duration};

use crate::{
    trouble::Result,
    wait::{self, Look},
    webdriver::Window,
};

/// Publishes from the composer; returns how long the page took to show the message that came back.
pub fn publish(window: &Window, topic: &str, payload: &str) -> Result<Duration> {
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
    // Asking the page takes its time away from showing the message.
    thread::sleep(Duration::from_millis(500));
    let milliseconds = wait::until(&format!("a row for {topic}"), Duration::from_secs(15), || {
        let shown = window.run("return window.shownAfter;")?;
        Ok(shown.as_f64().map_or_else(|| Look::NotYet("no row".to_owned()), Look::Found))
    })?;
    Ok(Duration::from_secs_f64(milliseconds / 1000.0))
}

/// The selector of the row of a received message.
pub fn received(topic: &str) -> String {
    format!("[data-testid=\"message-row\"][data-kind=\"received\"]:has([title=\"{topic}\"])")
}
