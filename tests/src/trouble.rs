//! Why a test could not go on.

/// The result of every support function.
pub type Result<T = ()> = std::result::Result<T, Trouble>;

/// What stopped a test, in words for whoever reads its output.
#[derive(thiserror::Error)]
pub enum Trouble {
    /// Something is not on this machine.
    #[error("{what} is missing; {advice}")]
    Missing {
        /// What was looked for.
        what: String,
        /// Where to get it.
        advice: &'static str,
    },
    /// The operating system refused.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A program ended or said something that was not expected.
    #[error("{0}")]
    Unexpected(String),
    /// Something did not become true in time.
    #[error("{what} did not happen within {seconds} s; last seen: {last}")]
    TooLate {
        /// What was waited for.
        what: String,
        /// How long.
        seconds: u64,
        /// What was there instead.
        last: String,
    },
    /// The driver of the window refused a command.
    #[error("{command}: {message}")]
    Window {
        /// Method and path of the command.
        command: String,
        /// What the driver said.
        message: String,
    },
}

impl Trouble {
    /// Names what was `doing` when the system refused.
    pub fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        |source| Self::Io { doing, source }
    }
}

/// Tests that return it print it this way: the sentence, not the structure.
impl std::fmt::Debug for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}
