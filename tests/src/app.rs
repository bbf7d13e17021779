//! The application under test: the real binary in its real window.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    display::Display,
    process::{self, Stat},
    trouble::{Result, Trouble},
    wait::{self, Look},
    webdriver::{Driver, Window},
};

/// One installation of the application, with data of its own; it can be started again and again.
#[derive(Debug)]
pub struct AppUnderTest {
    binary: PathBuf,
    home: TempDir,
    display: Display,
}

impl AppUnderTest {
    /// A fresh one: nobody has ever started it. `TOPICSCOPE_APP` names another binary than the debug build.
    pub fn new() -> Result<Self> {
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/debug/topicscope");
        let binary = env::var_os("TOPICSCOPE_APP").map_or(built, PathBuf::from);
        if !binary.is_file() {
            return Err(Trouble::Missing {
                what: binary.display().to_string(),
                advice: "build it: `cargo xtask setup`, then `cargo build -p topicscope`",
            });
        }
        let home = TempDir::new().map_err(Trouble::io("making a home for the application"))?;
        Ok(Self { binary, home, display: Display::start()? })
    }

    /// Gives the local broker a port that nothing else on this machine uses; before the first start.
    pub fn choose_broker_port(&self) -> Result<u16> {
        let port = process::free_port()?;
        self.set_broker_port(port)?;
        Ok(port)
    }

    /// Gives the local broker this port; before the first start.
    pub fn set_broker_port(&self, port: u16) -> Result {
        self.write_settings(&json!({ "port": port, "startWithApp": false }))
    }

    /// Gives every listener of the local broker a port that nothing else on this machine uses; before
    /// the first start. Only the one without TLS is on.
    pub fn choose_broker_ports(&self) -> Result<BrokerPorts> {
        let free = process::free_port;
        let ports = BrokerPorts { tcp: free()?, tls: free()?, ws: free()?, wss: free()? };
        let listener = |protocol: &str, port: u16| {
            json!({
                "id": protocol, "on": protocol == "tcp", "protocol": protocol, "port": port,
                "path": "/mqtt", "clientCertificates": "off", "commonNameIsUser": false,
            })
        };
        let listeners = [
            listener("tcp", ports.tcp),
            listener("tls", ports.tls),
            listener("ws", ports.ws),
            listener("wss", ports.wss),
        ];
        self.write_settings(&json!({ "listeners": listeners, "startWithApp": false }))?;
        Ok(ports)
    }

    fn write_settings(&self, broker: &Value) -> Result {
        let folder = self.home.path().join("config").join(IDENTIFIER);
        let settings = json!({
            "window": { "theme": "system", "language": "system" },
            "broker": broker,
        });
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(folder.join("settings.json"), settings.to_string()))
            .map_err(Trouble::io("writing settings"))
    }

    /// Starts it and waits for its page.
    pub fn start(&self) -> Result<RunningApp> {
        let driver = Driver::start(|command| self.prepare(command))?;
        let window = driver.open(&self.binary)?;
        let id = child_of(driver.id(), &self.binary)?;
        Ok(RunningApp { window: Some(window), id, _driver: driver })
    }

    /// The folder in which it keeps its data.
    pub fn data(&self) -> PathBuf {
        self.home.path().join("data").join(IDENTIFIER)
    }

    fn prepare(&self, command: &mut Command) {
        command
            .env("DISPLAY", self.display.name())
            .env("GDK_BACKEND", "x11")
            .env("HOME", self.home.path());
        for (variable, folder) in [
            ("XDG_DATA_HOME", "data"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_STATE_HOME", "state"),
        ] {
            command.env(variable, self.home.path().join(folder));
        }
        // The language of the texts that tests look for.
        command.env("LANG", "C.UTF-8").env("LC_ALL", "C.UTF-8").env_remove("WAYLAND_DISPLAY");
    }
}

/// Where the listeners of the local broker are.
#[derive(Clone, Copy, Debug)]
pub struct BrokerPorts {
    /// MQTT over TCP.
    pub tcp: u16,
    /// MQTT over TLS.
    pub tls: u16,
    /// MQTT over WebSocket.
    pub ws: u16,
    /// MQTT over WebSocket over TLS.
    pub wss: u16,
}

/// The application while it runs. Dropping it ends it.
#[derive(Debug)]
pub struct RunningApp {
    window: Option<Window>,
    id: u32,
    _driver: Driver,
}

impl RunningApp {
    /// Its window.
    pub fn window(&self) -> Result<&Window> {
        self.window
            .as_ref()
            .ok_or_else(|| Trouble::Unexpected("the application has ended".to_owned()))
    }

    /// The process id of the application itself.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Writes what the window shows to `artifacts/<name>.png`.
    pub fn screenshot(&self, name: &str) -> Result<PathBuf> {
        let folder = artifacts()?;
        let file = folder.join(format!("{name}.png"));
        fs::write(&file, self.window()?.screenshot()?)
            .map_err(Trouble::io("writing a screenshot"))?;
        Ok(file)
    }

    /// Closes the window and waits until the process is gone.
    pub fn quit(mut self) -> Result {
        if let Some(window) = self.window.take() {
            window.close()?;
            self.wait_for_the_end()?;
            // The driver may have ended the session with its last window.
            let _ = window.end();
        }
        Ok(())
    }

    /// Kills the process, as a crash or a power cut would.
    pub fn kill(mut self) -> Result {
        process::signal("KILL", self.id)?;
        self.wait_for_the_end()?;
        self.window = None;
        Ok(())
    }

    fn wait_for_the_end(&self) -> Result {
        wait::until("the end of the application", Duration::from_secs(10), || {
            Ok(if is_alive(self.id) {
                Look::NotYet("still running".to_owned())
            } else {
                Look::Found(())
            })
        })
    }
}

impl Drop for RunningApp {
    fn drop(&mut self) {
        if thread::panicking() {
            // What the window showed when the test failed; the failure itself is told by the test.
            let test = thread::current().name().unwrap_or("test").to_owned();
            let _ = self.screenshot(&format!("failed-{test}"));
        }
        if let Some(window) = self.window.take() {
            // The driver ends the application with the session. Nothing more can be done when it refuses.
            let _ = window.end();
        }
        if is_alive(self.id) {
            let _ = process::signal("KILL", self.id);
        }
    }
}

/// The application's identifier, which names its folders.
const IDENTIFIER: &str = "io.github.topicscope";

/// The folder for what people may want to look at after a run.
pub fn artifacts() -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../artifacts");
    fs::create_dir_all(&folder).map_err(Trouble::io("making the folder for screenshots"))?;
    Ok(folder)
}

/// The process that `parent` started from `binary`.
fn child_of(parent: u32, binary: &Path) -> Result<u32> {
    let binary = fs::canonicalize(binary).map_err(Trouble::io("looking for the binary"))?;
    let processes = fs::read_dir("/proc").map_err(Trouble::io("listing processes"))?;
    processes
        .filter_map(std::result::Result::ok)
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .find(|id| Stat::of(*id).is_some_and(|stat| stat.parent == parent) && runs(*id, &binary))
        .ok_or_else(|| Trouble::Unexpected("the driver started no application".to_owned()))
}

fn runs(id: u32, binary: &Path) -> bool {
    fs::read_link(format!("/proc/{id}/exe")).is_ok_and(|exe| exe == binary)
}

fn is_alive(id: u32) -> bool {
    Stat::of(id).is_some_and(|stat| stat.state != 'Z')
}
