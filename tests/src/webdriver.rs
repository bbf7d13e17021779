//! A small WebDriver client (W3C WebDriver, the classic commands over HTTP) for `WebKitWebDriver`.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    process::{self, Running},
    trouble::{Result, Trouble},
    wait::{self, Look},
};

/// A running `WebKitWebDriver`.
#[derive(Debug)]
pub struct Driver {
    port: u16,
    agent: ureq::Agent,
    running: Running,
}

impl Driver {
    /// Starts the driver; what it opens inherits the environment that `prepare` sets.
    pub fn start(prepare: impl FnOnce(&mut Command)) -> Result<Self> {
        let program = process::find("WebKitWebDriver").ok_or(Trouble::Missing {
            what: "WebKitWebDriver".to_owned(),
            advice: "`cargo xtask setup` installs it (Debian: apt-get install webkit2gtk-driver)",
        })?;
        let port = process::free_port()?;
        let mut command = Command::new(program);
        command
            .arg(format!("--port={port}"))
            .arg("--host=127.0.0.1")
            .env("TAURI_WEBVIEW_AUTOMATION", "true");
        command.stdout(Stdio::null());
        prepare(&mut command);
        let running = Running::start(&mut command)?;
        wait::until("WebKitWebDriver listening", Duration::from_secs(10), || {
            Ok(if process::is_listening(port) {
                Look::Found(())
            } else {
                Look::NotYet("nothing".to_owned())
            })
        })?;
        let agent = ureq::Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(90)))
            .build()
            .into();
        Ok(Self { port, agent, running })
    }

    /// Opens the application and waits until its page is there.
    pub fn open(&self, binary: &Path) -> Result<Window> {
        let options = json!({ "binary": binary, "args": [] });
        let wanted =
            json!({ "capabilities": { "alwaysMatch": { "webkitgtk:browserOptions": options } } });
        let server = format!("http://127.0.0.1:{}", self.port);
        let mut window = Window { base: server, agent: self.agent.clone() };
        let session = window.call("POST", "/session", &wanted)?;
        let id = session.get("sessionId").and_then(Value::as_str).unwrap_or_default();
        window.base = format!("{}/session/{id}", window.base);
        window.call("POST", "/timeouts", &json!({ "script": 80_000 }))?;
        Ok(window)
    }

    /// Its process id; the application is a child of it.
    pub fn id(&self) -> u32 {
        self.running.id()
    }
}

/// The window of a running application.
#[derive(Debug)]
pub struct Window {
    base: String,
    agent: ureq::Agent,
}

impl Window {
    /// The element with this `data-testid`, waiting until it is there.
    pub fn part(&self, id: &str) -> Result<Element<'_>> {
        self.element(&format!("[data-testid=\"{id}\"]"))
    }

    /// The first element of a CSS selector, waiting until it is there.
    pub fn element(&self, selector: &str) -> Result<Element<'_>> {
        wait::until(selector, PATIENCE, || {
            // A page that changes while it is searched makes the driver fail.
            Ok(match self.elements(selector).map(|found| found.into_iter().next()) {
                Ok(Some(element)) => Look::Found(element),
                Ok(None) => Look::NotYet("not in the page".to_owned()),
                Err(trouble) => Look::NotYet(trouble.to_string()),
            })
        })
    }

    /// All elements of a CSS selector that are there now.
    pub fn elements(&self, selector: &str) -> Result<Vec<Element<'_>>> {
        let found =
            self.call("POST", "/elements", &json!({ "using": "css selector", "value": selector }))?;
        let ids = found
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|element| element.get(ELEMENT)?.as_str());
        Ok(ids
            .map(|id| Element { window: self, id: id.to_owned(), selector: selector.to_owned() })
            .collect())
    }

    /// Waits until an attribute of a part is `wanted`.
    pub fn has(&self, id: &str, attribute: &str, wanted: &str) -> Result {
        wait::until(&format!("{attribute}={wanted} of {id}"), PATIENCE, || {
            let value = self.part(id).and_then(|part| part.attribute(attribute));
            Ok(match value {
                Ok(value) if value == wanted => Look::Found(()),
                Ok(value) => Look::NotYet(format!("`{value}`")),
                Err(trouble) => Look::NotYet(trouble.to_string()),
            })
        })
    }

    /// Waits until the text of a part contains `wanted`, and returns it.
    pub fn reads(&self, id: &str, wanted: &str) -> Result<String> {
        wait::until(&format!("`{wanted}` in {id}"), PATIENCE, || {
            // The element may be replaced between finding and reading it.
            Ok(match self.part(id)?.text() {
                Ok(text) if text.contains(wanted) => Look::Found(text),
                Ok(text) => Look::NotYet(format!("`{text}`")),
                Err(trouble) => Look::NotYet(trouble.to_string()),
            })
        })
    }

    /// Runs JavaScript, the body of a function, in the page and returns what it returns.
    pub fn run(&self, script: &str) -> Result<Value> {
        self.call("POST", "/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Calls a command of the application, as its pages do.
    pub fn invoke(&self, command: &str, arguments: &Value) -> Result<Value> {
        self.run(&format!("return window.__TAURI_INTERNALS__.invoke('{command}', {arguments});"))
    }

    /// Presses a key, with modifiers held: `press("k", &[CONTROL])`.
    pub fn press(&self, key: &str, held: &[&str]) -> Result {
        let down = held.iter().copied().chain([key]).map(key_down);
        let up = [key].into_iter().chain(held.iter().rev().copied()).map(key_up);
        self.keyboard(&down.chain(up).collect::<Vec<_>>())
    }

    /// Types a text into whatever has the focus.
    pub fn type_text(&self, text: &str) -> Result {
        let keys = text.chars().map(String::from);
        self.keyboard(&keys.flat_map(|key| [key_down(&key), key_up(&key)]).collect::<Vec<_>>())
    }

    fn keyboard(&self, actions: &[Value]) -> Result {
        let keyboard =
            json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] });
        self.call("POST", "/actions", &keyboard).map(drop)
    }

    /// What the window shows, as PNG.
    pub fn screenshot(&self) -> Result<Vec<u8>> {
        let picture = self.call("GET", "/screenshot", &Value::Null)?;
        let text = picture.as_str().unwrap_or_default();
        STANDARD
            .decode(text)
            .map_err(|error| Trouble::Unexpected(format!("the screenshot is not Base64: {error}")))
    }

    /// Closes the window, as its close button does.
    pub fn close(&self) -> Result {
        self.call("DELETE", "/window", &Value::Null).map(drop)
    }

    /// Ends the session with the driver, which ends the application if it still runs.
    pub fn end(&self) -> Result {
        self.call("DELETE", "", &Value::Null).map(drop)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let failed = |message: String| Trouble::Window {
            command: format!("{method} {path} {}", short(body)),
            message,
        };
        let url = format!("{}{path}", self.base);
        let answer = match method {
            "POST" => self.agent.post(&url).send_json(body),
            "DELETE" => self.agent.delete(&url).call(),
            _ => self.agent.get(&url).call(),
        };
        let mut answer = answer.map_err(|error| failed(error.to_string()))?;
        let mut said: Value = answer
            .body_mut()
            .with_config()
            .limit(64 << 20)
            .read_json()
            .map_err(|error| failed(error.to_string()))?;
        let value = said.get_mut("value").map(Value::take).unwrap_or_default();
        match value.get("error") {
            Some(error) => {
                let message = value.get("message").and_then(Value::as_str).unwrap_or_default();
                Err(failed(format!("{} {message}", error.as_str().unwrap_or_default())))
            }
            None => Ok(value),
        }
    }
}

/// An element of the page.
#[derive(Debug)]
pub struct Element<'a> {
    window: &'a Window,
    id: String,
    selector: String,
}

impl Element<'_> {
    /// Clicks it, once nothing covers it.
    pub fn click(&self) -> Result {
        wait::until(&format!("a click on {}", self.selector), PATIENCE, || {
            Ok(match self.call("/click", &json!({})) {
                Ok(_) => Look::Found(()),
                Err(trouble) => Look::NotYet(trouble.to_string()),
            })
        })
    }

    /// Types a text, as a person would.
    pub fn type_text(&self, text: &str) -> Result {
        self.call("/value", &json!({ "text": text })).map(drop)
    }

    /// Replaces what a field or an editor contains.
    pub fn replace_text(&self, text: &str) -> Result {
        self.click()?;
        self.window.press("a", &[CONTROL])?;
        self.window.type_text(text)
    }

    /// Its text as it is laid out. (The driver's own command leaves out what it believes to be clipped.)
    pub fn text(&self) -> Result<String> {
        self.get("/property/innerText")
    }

    /// An attribute; empty when it has none.
    pub fn attribute(&self, name: &str) -> Result<String> {
        self.get(&format!("/attribute/{name}"))
    }

    fn get(&self, what: &str) -> Result<String> {
        let value =
            self.window.call("GET", &format!("/element/{}{what}", self.id), &Value::Null)?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    fn call(&self, what: &str, body: &Value) -> Result<Value> {
        self.window.call("POST", &format!("/element/{}{what}", self.id), body)
    }
}

/// The control key, for [`Window::press`].
pub const CONTROL: &str = "\u{e009}";
/// The enter key.
pub const ENTER: &str = "\u{e007}";

/// How long the page may take for anything.
const PATIENCE: Duration = Duration::from_secs(15);
/// The name that the specification gives to references to elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

fn key_down(key: &str) -> Value {
    json!({ "type": "keyDown", "value": key })
}

fn key_up(key: &str) -> Value {
    json!({ "type": "keyUp", "value": key })
}

fn short(body: &Value) -> String {
    if body.is_null() { String::new() } else { body.to_string().chars().take(200).collect() }
}
