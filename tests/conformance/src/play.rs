//! Plays a case: sends what it says and compares what comes.

use std::{collections::BTreeMap, io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    runtime,
    time::{sleep, timeout},
};

use crate::{
    case::{Action, Case, Expected, Mistake, Part, Version},
    decode::{self, Received},
    encode::{self, Found},
    expect,
    field::{self, Value},
    packet::{Kind, Template},
    target::{Stream, Target},
    text::shown,
};

/// How a case ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// Everything came as it must.
    Passed,
    /// The step that failed, and how.
    Failed(String),
    /// It needs a broker that is configured for it.
    NotRun(String),
}

/// Which of the answers a case allows are good enough.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Strictness {
    /// Any of them: that is what the specification asks.
    Allowed,
    /// The first one: the one that tells a client most.
    Preferred,
}

/// Plays a case against a broker of our own, in no time: the clock jumps when all is idle.
pub fn play_own(case: &Case) -> Outcome {
    let runtime = runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return Outcome::Failed(format!("no runtime: {error}")),
    };
    runtime.block_on(async {
        match Target::own(case) {
            Ok(target) => outcome(play(case, &target, Strictness::Preferred).await),
            Err(mistake) => Outcome::Failed(mistake.to_string()),
        }
    })
}

/// Plays a case against the broker at an address, and removes what it leaves there.
pub async fn play_at(case: &Case, address: SocketAddr) -> Outcome {
    if let Some((key, value)) = case.needs.first() {
        return Outcome::NotRun(format!("needs {key}={value}"));
    }
    let target = Target::At(address);
    let result = match tidy(case, &target).await {
        Ok(()) => play(case, &target, Strictness::Allowed).await,
        Err(mistake) => Err(mistake),
    };
    let tidied = tidy(case, &target).await;
    outcome(result.and(tidied))
}

fn outcome(result: Result<(), Mistake>) -> Outcome {
    match result {
        Ok(()) => Outcome::Passed,
        Err(mistake) => Outcome::Failed(mistake.to_string()),
    }
}

async fn play(case: &Case, target: &Target, strictness: Strictness) -> Result<(), Mistake> {
    let mut player = Player {
        target,
        strictness,
        version: case.version,
        links: BTreeMap::new(),
        found: Found::new(),
    };
    for step in &case.steps {
        let result = player.step(&step.action).await;
        result
            .map_err(|why| Mistake::new(format!("line {}: `{}`: {why}", step.line, step.text)))?;
    }
    Ok(())
}

struct Player<'a> {
    target: &'a Target,
    strictness: Strictness,
    version: Version,
    links: BTreeMap<String, Link>,
    found: Found,
}

/// One connection of a case.
struct Link {
    stream: Box<dyn Stream>,
    buffer: Vec<u8>,
    version: Version,
    is_closed: bool,
    /// CONNACK came and was good.
    is_greeted: bool,
}

enum Event {
    Packet(Received),
    Closed,
    /// Patience is at its end.
    Silence,
}

/// Long enough for a broker to handle what was sent before.
const SETTLE: Duration = Duration::from_millis(50);

impl Player<'_> {
    async fn step(&mut self, action: &Action) -> Result<(), Mistake> {
        match action {
            Action::Send { connection, parts } => self.send(connection, parts).await,
            Action::Receive { connection, alternatives } => {
                self.receive(connection, alternatives).await
            }
            Action::ReceiveAll { connection, packets } => {
                self.receive_all(connection, packets).await
            }
            Action::Drop { connection } => {
                self.links.remove(connection);
                sleep(SETTLE).await;
                Ok(())
            }
            Action::Wait { millis } => {
                sleep(Duration::from_millis(*millis)).await;
                Ok(())
            }
        }
    }

    async fn send(&mut self, connection: &str, parts: &[Part]) -> Result<(), Mistake> {
        let is_open = self.links.get(connection).is_some_and(|link| !link.is_closed);
        if !is_open {
            let stream = self.target.dial().await.map_err(|error| from_io(&error))?;
            let version = self.version;
            let link =
                Link { stream, buffer: Vec::new(), version, is_closed: false, is_greeted: false };
            self.links.insert(connection.to_owned(), link);
        }
        let link = link(&mut self.links, connection)?;
        let mut bytes = Vec::new();
        for part in parts {
            match part {
                Part::Raw(raw) => bytes.extend(raw),
                Part::Packet(template) => {
                    let template = with_client(template, connection);
                    if template.kind == Kind::Connect {
                        link.version = encode::version_of(&template, self.version);
                    }
                    bytes.extend(encode::encode(&template, link.version, &self.found)?);
                }
            }
        }
        let written = timeout(self.target.patience(), link.stream.write_all(&bytes)).await;
        match written {
            // A broker may close before it has read everything; what it says comes next.
            Ok(_) => Ok(()),
            Err(_) => Err(Mistake::new("the broker does not read")),
        }
    }

    async fn receive(
        &mut self,
        connection: &str,
        alternatives: &[Expected],
    ) -> Result<(), Mistake> {
        if let [Expected::Nothing] = alternatives {
            return self.nothing(connection).await;
        }
        let patience = self.target.patience();
        let link = link(&mut self.links, connection)?;
        let event = link.next(patience).await?;
        let alternatives = match self.strictness {
            Strictness::Allowed => alternatives,
            Strictness::Preferred => &alternatives[..1],
        };
        let mut complaints = Vec::new();
        for expected in alternatives {
            match matches(expected, &event, link.version, self.strictness, &mut self.found) {
                Ok(Then::Go) => return Ok(()),
                Ok(Then::MustClose) => {
                    return match link.next(patience).await? {
                        Event::Closed => Ok(()),
                        other => Err(came(&other, "the connection must end")),
                    };
                }
                Err(why) => complaints.push(why),
            }
        }
        Err(came(&event, &complaints.join("; ")))
    }

    async fn receive_all(&mut self, connection: &str, packets: &[Template]) -> Result<(), Mistake> {
        let patience = self.target.patience();
        let link = link(&mut self.links, connection)?;
        let mut missing: Vec<&Template> = packets.iter().collect();
        while !missing.is_empty() {
            let event = link.next(patience).await?;
            let Event::Packet(received) = &event else {
                let names: Vec<_> = missing.iter().map(|packet| packet.kind.name()).collect();
                return Err(came(&event, &format!("still to come: {}", names.join(", "))));
            };
            let found = &mut self.found;
            let at = missing
                .iter()
                .position(|template| expect::compare(template, received, found).is_ok());
            match at {
                Some(at) => drop(missing.remove(at)),
                None => return Err(came(&event, "it is none of these")),
            }
        }
        Ok(())
    }

    /// Nothing comes before the answer to a PINGREQ, or for a moment when there can be none.
    async fn nothing(&mut self, connection: &str) -> Result<(), Mistake> {
        let can_wait = matches!(self.target, Target::Own(_));
        let link = link(&mut self.links, connection)?;
        if can_wait || !link.is_greeted {
            let moment = if can_wait { 2 * SETTLE } else { 4 * SETTLE };
            return match link.next(moment).await? {
                Event::Silence => Ok(()),
                other => Err(came(&other, "nothing must come")),
            };
        }
        sleep(SETTLE).await;
        link.stream.write_all(b"\xC0\x00").await.map_err(|error| from_io(&error))?;
        match link.next(self.target.patience()).await? {
            Event::Packet(received) if received.kind == Kind::PingResp => Ok(()),
            other => Err(came(&other, "nothing must come but the answer to a PINGREQ")),
        }
    }
}

impl Link {
    async fn next(&mut self, patience: Duration) -> Result<Event, Mistake> {
        let next = async {
            loop {
                if let Some(length) = decode::frame(&self.buffer)? {
                    let bytes: Vec<u8> = self.buffer.drain(..length).collect();
                    return decode::decode(&bytes, self.version).map(Event::Packet);
                }
                match self.stream.read_buf(&mut self.buffer).await {
                    Ok(0) | Err(_) if !self.buffer.is_empty() => {
                        return Err(format!("half a packet: {}", shown(&self.buffer)));
                    }
                    Ok(0) | Err(_) => {
                        self.is_closed = true;
                        return Ok(Event::Closed);
                    }
                    Ok(_) => {}
                }
            }
        };
        let event = match timeout(patience, next).await {
            Ok(event) => event
                .map_err(|why| Mistake::new(format!("the broker sent what it must not: {why}")))?,
            Err(_) => Event::Silence,
        };
        if let Event::Packet(packet) = &event
            && packet.kind == Kind::ConnAck
        {
            self.is_greeted = packet.all(field::CODE) == [Value::Number(0)];
        }
        Ok(event)
    }
}

/// What follows an event that was expected.
enum Then {
    Go,
    MustClose,
}

fn matches(
    expected: &Expected,
    event: &Event,
    version: Version,
    strictness: Strictness,
    found: &mut Found,
) -> Result<Then, String> {
    let farewell = |kind: Kind, codes: &[u8]| match event {
        Event::Closed => {
            let may_be_silent =
                codes.is_empty() || (kind == Kind::Disconnect && version != Version::V5);
            if strictness == Strictness::Preferred && !may_be_silent {
                return Err(format!("a {} should say why", kind.name()));
            }
            Ok(Then::Go)
        }
        Event::Packet(received) if received.kind == kind => {
            let codes = match strictness {
                Strictness::Allowed => codes,
                Strictness::Preferred => &codes[..codes.len().min(1)],
            };
            let says = |code: &u8| received.all(field::CODE) == [Value::Number((*code).into())];
            if codes.is_empty() || codes.iter().any(says) {
                Ok(Then::MustClose)
            } else {
                Err("code is another".to_owned())
            }
        }
        _ => Err("the connection must end".to_owned()),
    };
    match expected {
        Expected::Nothing => match event {
            Event::Silence => Ok(Then::Go),
            _ => Err("nothing must come".to_owned()),
        },
        Expected::Closed => match event {
            Event::Closed => Ok(Then::Go),
            _ => Err("the connection must end".to_owned()),
        },
        Expected::Refused(codes) => farewell(Kind::ConnAck, codes),
        Expected::Ended(codes) => farewell(Kind::Disconnect, codes),
        Expected::Packet(template) => match event {
            Event::Packet(received) => {
                expect::compare(template, received, found).map(|()| Then::Go)
            }
            _ => Err(format!("a {} must come", template.kind.name())),
        },
        Expected::Raw(bytes) => match event {
            Event::Packet(received) if received.bytes == *bytes => Ok(Then::Go),
            _ => Err("exactly these bytes must come".to_owned()),
        },
    }
}

fn came(event: &Event, complaint: &str) -> Mistake {
    let what = match event {
        Event::Packet(received) => received.shown(),
        Event::Closed => "the end of the connection".to_owned(),
        Event::Silence => "nothing".to_owned(),
    };
    Mistake::new(format!("{complaint}, but there came {what}"))
}

fn link<'a>(links: &'a mut BTreeMap<String, Link>, name: &str) -> Result<&'a mut Link, Mistake> {
    links.get_mut(name).ok_or_else(|| Mistake::new(format!("there is no connection `{name}`")))
}

fn from_io(error: &io::Error) -> Mistake {
    Mistake::new(error.to_string())
}

/// A CONNECT without a client identifier has the name of its connection.
fn with_client(template: &Template, connection: &str) -> Template {
    let mut template = template.clone();
    let has_one = template.fields.iter().any(|given| given.field == field::CLIENT);
    if template.kind == Kind::Connect && !has_one {
        template.set(field::CLIENT, Value::Bytes(connection.as_bytes().to_vec()));
    }
    template
}

/// Removes the sessions and retained messages a case leaves in a broker it shares with others.
async fn tidy(case: &Case, target: &Target) -> Result<(), Mistake> {
    let mut clients = Vec::new();
    let mut topics = Vec::new();
    for step in &case.steps {
        let Action::Send { connection, parts } = &step.action else { continue };
        for part in parts {
            let Part::Packet(template) = part else { continue };
            let template = with_client(template, connection);
            let literal = |field| match template.literal(field) {
                Some(Value::Bytes(bytes)) if !bytes.is_empty() => Some(bytes.clone()),
                _ => None,
            };
            if template.kind == Kind::Connect {
                clients.extend(literal(field::CLIENT));
                topics.extend(literal(field::WILL));
            } else if template.number(field::RETAIN) == Some(1) {
                topics.extend(literal(field::TOPIC));
            }
        }
    }
    clients.sort();
    clients.dedup();
    let plain = |bytes: &Vec<u8>| std::str::from_utf8(bytes).is_ok() && !bytes.contains(&0);
    for client in clients.iter().filter(|client| plain(client)) {
        visit(target, client, &[]).await?;
    }
    topics.retain(|topic| plain(topic) && !topic.iter().any(|byte| matches!(byte, b'+' | b'#')));
    if topics.is_empty() { Ok(()) } else { visit(target, b"tidy", &topics).await }
}

/// Connects, clears retained messages and leaves.
async fn visit(target: &Target, client: &[u8], topics: &[Vec<u8>]) -> Result<(), Mistake> {
    let mut stream = target.dial().await.map_err(|error| from_io(&error))?;
    let mut connect = Template { kind: Kind::Connect, fields: Vec::new(), absent: Vec::new() };
    connect.set(field::CLIENT, Value::Bytes(client.to_vec()));
    let mut bytes = encode::encode(&connect, Version::V311, &Found::new())?;
    for topic in topics {
        let mut publish = Template { kind: Kind::Publish, fields: Vec::new(), absent: Vec::new() };
        publish.set(field::TOPIC, Value::Bytes(topic.clone()));
        publish.set(field::RETAIN, Value::Number(1));
        bytes.extend(encode::encode(&publish, Version::V311, &Found::new())?);
    }
    bytes.extend(b"\xE0\x00");
    stream.write_all(&bytes).await.map_err(|error| from_io(&error))?;
    let mut answer = Vec::new();
    match timeout(target.patience(), stream.read_to_end(&mut answer)).await {
        Ok(_) => Ok(()),
        Err(_) => Err(Mistake::new("the broker does not close after a DISCONNECT")),
    }
}
