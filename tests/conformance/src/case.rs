//! Cases: what is sent, and what must come back. `tests/conformance/README.md` describes how they
//! are written.

use std::{fmt, fs, path::Path};

use crate::{
    packet::{Kind, Template},
    text::{self, Word},
};

/// A version of the protocol, by what stands in CONNECT.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Version {
    /// MQTT 3.1.
    V31,
    /// MQTT 3.1.1.
    V311,
    /// MQTT 5.0.
    V5,
}

/// The cases of one file.
#[derive(Debug)]
pub struct Chapter {
    /// Folder and file without its ending, e.g. `v5/3.1-connect`.
    pub name: String,
    /// In the order they are written.
    pub cases: Vec<Case>,
}

/// Steps that show one thing.
#[derive(Debug)]
pub struct Case {
    /// Folder of the version and the name, e.g. `v5/a-second-connect-ends-the-connection`.
    pub name: String,
    /// Version its connections speak unless they say otherwise.
    pub version: Version,
    /// Numbers of the statements it shows, e.g. `MQTT-3.1.0-2`.
    pub statements: Vec<String>,
    /// What the broker must have been told, e.g. `max-keepalive=5`.
    pub needs: Vec<(String, String)>,
    pub(crate) steps: Vec<Step>,
}

/// One line of a case.
#[derive(Debug)]
pub(crate) struct Step {
    /// Where it stands, for people.
    pub(crate) line: usize,
    pub(crate) text: String,
    pub(crate) action: Action,
}

#[derive(Debug)]
pub(crate) enum Action {
    /// Sends all of these at once.
    Send { connection: String, parts: Vec<Part> },
    /// One of these must come.
    Receive { connection: String, alternatives: Vec<Expected> },
    /// All of these must come, in any order.
    ReceiveAll { connection: String, packets: Vec<Template> },
    /// The connection is closed without a word.
    Drop { connection: String },
    /// Time passes, in milliseconds.
    Wait { millis: u64 },
}

#[derive(Debug)]
pub(crate) enum Part {
    Packet(Template),
    Raw(Vec<u8>),
}

#[derive(Debug)]
pub(crate) enum Expected {
    Packet(Template),
    Raw(Vec<u8>),
    /// The broker closes the connection, and says nothing more.
    Closed,
    /// Nothing comes, and the connection stays open.
    Nothing,
    /// CONNACK with one of these codes and the end, or only the end.
    Refused(Vec<u8>),
    /// DISCONNECT with one of these codes and the end, or only the end.
    Ended(Vec<u8>),
}

/// What is wrong with the text of a case.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mistake(String);

impl Mistake {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Mistake {}

impl Version {
    /// The version whose cases are in this folder.
    pub fn of_folder(folder: &str) -> Option<Self> {
        [Self::V31, Self::V311, Self::V5].into_iter().find(|version| version.folder() == folder)
    }

    /// The folder of its cases.
    pub fn folder(self) -> &'static str {
        match self {
            Self::V31 => "v3.1",
            Self::V311 => "v3.1.1",
            Self::V5 => "v5",
        }
    }
}

impl Chapter {
    /// Reads a file of cases in the folder of a version.
    ///
    /// # Errors
    ///
    /// The first mistake, with its line.
    pub fn read(root: &Path, name: &str) -> Result<Self, Mistake> {
        let path = root.join(format!("{name}.case"));
        let text = fs::read_to_string(&path)
            .map_err(|error| Mistake::new(format!("{}: {error}", path.display())))?;
        Self::parse(name, &text)
    }

    /// Reads the cases in `text`; `name` begins with the folder of their version.
    ///
    /// # Errors
    ///
    /// The first mistake, with its line.
    pub fn parse(name: &str, text: &str) -> Result<Self, Mistake> {
        let folder = name.split('/').next().unwrap_or_default();
        let version = Version::of_folder(folder)
            .ok_or_else(|| Mistake::new(format!("{name}: no version has this folder")))?;
        let mut cases: Vec<Case> = Vec::new();
        for (number, line) in lines(text) {
            let at = |mistake: Mistake| Mistake::new(format!("{name}:{number}: {mistake}"));
            let words = text::words(&line).map_err(at)?;
            if words.is_empty() {
                continue;
            }
            if let Some(Word::Bare(first)) = words.first()
                && first == "case"
            {
                cases.push(heading(folder, version, &words).map_err(at)?);
                continue;
            }
            let case = cases.last_mut().ok_or_else(|| at(Mistake::new("a step before `case`")))?;
            if let [Word::Bare(first), needs @ ..] = &words[..]
                && first == "needs"
            {
                for need in needs {
                    case.needs.push(pair(need).map_err(at)?);
                }
                continue;
            }
            let action = action(&words).map_err(at)?;
            case.steps.push(Step { line: number, text: line.trim().to_owned(), action });
        }
        Ok(Self { name: name.to_owned(), cases })
    }
}

/// Lines with their numbers; one that ends with `\` goes on in the next.
fn lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut goes_on = false;
    for (index, line) in text.lines().enumerate() {
        let (content, more) = match line.strip_suffix('\\') {
            Some(content) => (content, true),
            None => (line, false),
        };
        match lines.last_mut() {
            Some((_, last)) if goes_on => {
                last.push(' ');
                last.push_str(content.trim());
            }
            _ => lines.push((index + 1, content.to_owned())),
        }
        goes_on = more;
    }
    lines
}

/// `case name [MQTT-1.2.3-4] …`
fn heading(folder: &str, version: Version, words: &[Word]) -> Result<Case, Mistake> {
    let [_, Word::Bare(name), rest @ ..] = words else {
        return Err(Mistake::new("a case has a name"));
    };
    let statement = |word: &Word| match word {
        Word::Bare(text) => text
            .strip_prefix("[MQTT-")
            .and_then(|text| text.strip_suffix(']'))
            .map(|number| format!("MQTT-{number}"))
            .ok_or_else(|| Mistake::new(format!("`{text}` is not the number of a statement"))),
        _ => Err(Mistake::new("after the name come the numbers of statements")),
    };
    let statements = rest.iter().map(statement).collect::<Result<_, _>>()?;
    let name = format!("{folder}/{name}");
    Ok(Case { name, version, statements, needs: Vec::new(), steps: Vec::new() })
}

fn pair(word: &Word) -> Result<(String, String), Mistake> {
    match word {
        Word::Pair(key, value) => {
            Ok((key.clone(), String::from_utf8_lossy(&value.bytes()).into_owned()))
        }
        _ => Err(Mistake::new("what a case needs is written `name=value`")),
    }
}

fn action(words: &[Word]) -> Result<Action, Mistake> {
    let (Word::Bare(first), rest) = (&words[0], &words[1..]) else {
        return Err(Mistake::new("a step begins with the name of a connection"));
    };
    if first == "wait" {
        let [Word::Bare(seconds)] = rest else {
            return Err(Mistake::new("`wait` needs a number of seconds"));
        };
        return Ok(Action::Wait { millis: millis(seconds)? });
    }
    let connection = first.clone();
    match rest {
        [Word::Bare(sign), parts @ ..] if sign == ">" => {
            let parts = split(parts, "+").map(part).collect::<Result<_, _>>()?;
            Ok(Action::Send { connection, parts })
        }
        [Word::Bare(sign), parts @ ..] if sign == "<" => receive(connection, parts),
        [Word::Bare(word)] if word == "drop" => Ok(Action::Drop { connection }),
        _ => Err(Mistake::new("after the connection comes `>`, `<` or `drop`")),
    }
}

fn millis(seconds: &str) -> Result<u64, Mistake> {
    let wrong = || Mistake::new(format!("`{seconds}` is not a number of seconds"));
    let (whole, part) = seconds.split_once('.').unwrap_or((seconds, ""));
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    let part: u64 = format!("{part:0<3}").parse().map_err(|_| wrong())?;
    Ok(whole * 1_000 + part)
}

fn split<'a>(words: &'a [Word], sign: &'a str) -> impl Iterator<Item = &'a [Word]> {
    words.split(move |word| matches!(word, Word::Bare(text) if text == sign))
}

fn receive(connection: String, words: &[Word]) -> Result<Action, Mistake> {
    let together: Vec<_> = split(words, "&").collect();
    if together.len() > 1 {
        let packet = |words: &[Word]| match expected(words)? {
            Expected::Packet(template) => Ok(template),
            _ => Err(Mistake::new("only packets can be joined with `&`")),
        };
        let packets = together.into_iter().map(packet).collect::<Result<_, _>>()?;
        return Ok(Action::ReceiveAll { connection, packets });
    }
    let alternatives = split(words, "|").map(expected).collect::<Result<_, _>>()?;
    Ok(Action::Receive { connection, alternatives })
}

fn part(words: &[Word]) -> Result<Part, Mistake> {
    match words {
        [Word::Bare(word), rest @ ..] if word == "raw" => text::raw(rest).map(Part::Raw),
        _ => packet(words).map(Part::Packet),
    }
}

fn packet(words: &[Word]) -> Result<Template, Mistake> {
    let [Word::Bare(name), rest @ ..] = words else {
        return Err(Mistake::new("the name of a packet is missing"));
    };
    let kind =
        Kind::named(name).ok_or_else(|| Mistake::new(format!("no packet is called `{name}`")))?;
    Template::parse(kind, rest)
}

fn expected(words: &[Word]) -> Result<Expected, Mistake> {
    let [Word::Bare(name), rest @ ..] = words else {
        return Err(Mistake::new("it is not said what must come"));
    };
    match &**name {
        "closed" if rest.is_empty() => Ok(Expected::Closed),
        "nothing" if rest.is_empty() => Ok(Expected::Nothing),
        "refused" => codes(rest).map(Expected::Refused),
        "ended" => codes(rest).map(Expected::Ended),
        "raw" => text::raw(rest).map(Expected::Raw),
        _ => packet(words).map(Expected::Packet),
    }
}

fn codes(words: &[Word]) -> Result<Vec<u8>, Mistake> {
    let code = |word: &Word| match word {
        Word::Bare(text) => text
            .strip_prefix("0x")
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .ok_or_else(|| Mistake::new(format!("a code is written like 0x82, not `{text}`"))),
        _ => Err(Mistake::new("a code is written like 0x82")),
    };
    words.iter().map(code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(text: &str) -> String {
        Chapter::parse("v5/x", text).unwrap_err().to_string()
    }

    #[test]
    fn a_case_is_read() {
        let text = "\
            # What it is about\n\
            case two-at-once [MQTT-3.1.0-1] [MQTT-3.1.0-2]\n\
            needs max-keepalive=5\n\
            a > connect x expiry=10 \\\n\
                keepalive=1 + pingreq\n\
            a < connack 0x00 sp=0 !reason | refused 0x80\n\
            wait 0.25\n";

        let chapter = Chapter::parse("v5/x", text).unwrap();

        let case = &chapter.cases[0];
        assert_eq!(case.name, "v5/two-at-once");
        assert_eq!(case.statements, ["MQTT-3.1.0-1", "MQTT-3.1.0-2"]);
        assert_eq!(case.needs, [("max-keepalive".to_owned(), "5".to_owned())]);
        let Action::Send { parts, .. } = &case.steps[0].action else { panic!("{case:?}") };
        assert_eq!(parts.len(), 2);
        let Action::Receive { alternatives, .. } = &case.steps[1].action else { panic!() };
        assert!(matches!(&alternatives[1], Expected::Refused(codes) if codes == &[0x80]));
        assert!(matches!(case.steps[2].action, Action::Wait { millis: 250 }));
    }

    #[test]
    fn mistakes_name_their_line() {
        assert_eq!(mistake("a > pingreq"), "v5/x:1: a step before `case`");
        assert_eq!(mistake("case c\na > ping"), "v5/x:2: no packet is called `ping`");
        assert_eq!(mistake("case c\na > connect kea=1"), "v5/x:2: no field is called `kea`");
        assert_eq!(mistake("case c\n\na > publish t p q"), "v5/x:3: publish has no part 3");
        assert_eq!(
            mistake("case c\na ~ b"),
            "v5/x:2: after the connection comes `>`, `<` or `drop`"
        );
        assert_eq!(mistake("case c [3.1]"), "v5/x:1: `[3.1]` is not the number of a statement");
    }
}
