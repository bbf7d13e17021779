//! System packages: what is needed, how to see that it is there, where to get it.

use std::{env, process::Command};

use super::apt;
use crate::{
    failure::{Failure, Outcome},
    steps::Done,
    tool,
};

/// What somebody is about to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Purpose {
    /// Compile the product.
    Build,
    /// Show a window where there is no display.
    Display,
    /// Run the tests.
    Test,
}

/// Sees to it that everything needed is there: installs it on Debian and Ubuntu, names it elsewhere.
pub(crate) fn ensure(purposes: &[Purpose]) -> Outcome<Done> {
    let missing: Vec<&Requirement> = REQUIREMENTS
        .iter()
        .filter(|need| purposes.contains(&need.purpose) && !need.is_met())
        .collect();
    if missing.is_empty() {
        return Ok(Done::NotNeeded("all there"));
    }
    if apt::is_here() {
        let packages: Vec<String> = missing.iter().map(|need| need.debian.to_owned()).collect();
        apt::install(&packages)?;
        return match missing.iter().find(|need| !need.is_met()) {
            None => Ok(Done::Well),
            Some(need) => Err(Failure::new(format!("{} is still missing", need.what))
                .advice(format!("look at what apt-get said about {}", need.debian))),
        };
    }
    let list: Vec<String> =
        missing.iter().map(|need| format!("\n     {}: {}", need.what, need.elsewhere)).collect();
    Err(Failure::new("something is missing on this system")
        .advice(format!("install{}", list.concat())))
}

struct Requirement {
    what: &'static str,
    purpose: Purpose,
    probe: Probe,
    /// Package of Debian and Ubuntu.
    debian: &'static str,
    elsewhere: &'static str,
}

enum Probe {
    /// Any of these programs.
    Program(&'static [&'static str]),
    /// A development package that pkg-config knows; needed on Linux only.
    Library(&'static str),
    /// Linux only: this program.
    LinuxProgram(&'static str),
    /// A Python that has this module.
    Python(&'static str),
    /// Linux only: a font with these characters, as hexadecimal numbers.
    Font(&'static str),
}

impl Requirement {
    fn is_met(&self) -> bool {
        let linux = cfg!(target_os = "linux");
        match self.probe {
            Probe::Program(names) => {
                cfg!(windows) || names.iter().any(|name| tool::find(name).is_some())
            }
            Probe::LinuxProgram(name) => !linux || tool::find(name).is_some(),
            Probe::Library(name) => {
                !linux || tool::succeeds(Command::new("pkg-config").args(["--exists", name]))
            }
            Probe::Python(module) => {
                let import = format!("import {module}");
                // The one on the PATH may not be the one the system's packages are for.
                ["/usr/bin/python3", "python3", "python"]
                    .iter()
                    .any(|python| tool::succeeds(Command::new(python).args(["-c", &import])))
            }
            Probe::Font(characters) => {
                // Asking for the language would want all of its characters, rare ones too.
                let fonts = Command::new("fc-list").arg(format!(":charset={characters}")).output();
                !linux || fonts.is_ok_and(|found| !found.stdout.is_empty())
            }
        }
    }
}

/// Whether windows can be shown.
pub(crate) fn has_display() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

// mosquitto and Chromium need more than a package: see their modules.
const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        what: "a C compiler and linker",
        purpose: Purpose::Build,
        probe: Probe::Program(&["cc", "gcc", "clang"]),
        debian: "build-essential",
        elsewhere: "Fedora: dnf install gcc; Arch: pacman -S base-devel; macOS: xcode-select --install",
    },
    Requirement {
        what: "pkg-config",
        purpose: Purpose::Build,
        probe: Probe::LinuxProgram("pkg-config"),
        debian: "pkg-config",
        elsewhere: "Fedora: dnf install pkgconf-pkg-config; Arch: pacman -S pkgconf",
    },
    Requirement {
        what: "WebKitGTK 4.1 with its headers",
        purpose: Purpose::Build,
        probe: Probe::Library("webkit2gtk-4.1"),
        debian: "libwebkit2gtk-4.1-dev",
        elsewhere: "Fedora: dnf install webkit2gtk4.1-devel; Arch: pacman -S webkit2gtk-4.1",
    },
    Requirement {
        what: "a virtual display (Xvfb)",
        purpose: Purpose::Display,
        probe: Probe::LinuxProgram("Xvfb"),
        debian: "xvfb",
        elsewhere: "Fedora: dnf install xorg-x11-server-Xvfb; Arch: pacman -S xorg-server-xvfb",
    },
    Requirement {
        what: "a driver for the real window (WebKitWebDriver)",
        purpose: Purpose::Test,
        probe: Probe::LinuxProgram("WebKitWebDriver"),
        debian: "webkit2gtk-driver",
        elsewhere: "Fedora: dnf install webkit2gtk-driver; Arch: part of webkit2gtk-4.1",
    },
    Requirement {
        what: "the mosquitto command line clients",
        purpose: Purpose::Test,
        probe: Probe::Program(&["mosquitto_pub"]),
        debian: "mosquitto-clients",
        elsewhere: "Fedora: dnf install mosquitto; Arch: pacman -S mosquitto; macOS: brew install mosquitto",
    },
    Requirement {
        what: "paho-mqtt for Python",
        purpose: Purpose::Test,
        probe: Probe::Python("paho.mqtt.client"),
        debian: "python3-paho-mqtt",
        elsewhere: "Fedora: dnf install python3-paho-mqtt; elsewhere: pip install paho-mqtt",
    },
    Requirement {
        what: "the list of fonts (fontconfig)",
        purpose: Purpose::Display,
        probe: Probe::LinuxProgram("fc-list"),
        debian: "fontconfig",
        elsewhere: "Fedora: dnf install fontconfig; Arch: pacman -S fontconfig",
    },
    Requirement {
        // The window in Chinese shows boxes in screenshots without one. This is the smallest.
        what: "a font with Chinese characters",
        purpose: Purpose::Test,
        probe: Probe::Font("4e2d 8fde 7b80 9605"),
        debian: "fonts-droid-fallback",
        elsewhere: "Fedora: dnf install google-droid-sans-fonts; Arch: pacman -S noto-fonts-cjk",
    },
];
