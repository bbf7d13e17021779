//! Frames (RFC 6455 §5.2).

use bytes::{BufMut, BytesMut};

use super::{BrokenFrame, Role};

pub(super) const CONTINUATION: u8 = 0;
pub(super) const TEXT: u8 = 1;
pub(super) const BINARY: u8 = 2;
pub(super) const CLOSE: u8 = 8;
pub(super) const PING: u8 = 9;
pub(super) const PONG: u8 = 10;

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;

/// In place of a length: it follows in two, or in eight bytes.
const TWO_BYTES: u8 = 126;
const EIGHT_BYTES: u8 = 127;

/// The most a control frame carries (§5.5).
const LARGEST_CONTROL: u8 = 125;

/// Header bytes: two, up to eight of the length, four of the mask.
const LARGEST_HEADER: usize = 14;

type Mask = [u8; 4];

/// The body of a control frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Control {
    bytes: [u8; LARGEST_CONTROL as usize],
    length: u8,
}

/// What a piece of a stream meant.
#[derive(Debug)]
pub(super) enum Happened {
    /// Payload, or not yet anything.
    Nothing,
    /// To be answered with the same body.
    Ping(Control),
    /// The peer is done, perhaps with a code.
    Close(Option<u16>),
}

/// Where in a stream of frames the next byte belongs.
#[derive(Debug)]
pub(super) struct Parser {
    peer_masks: bool,
    /// A message was begun and has not ended.
    in_message: bool,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Header { bytes: [u8; LARGEST_HEADER], length: usize },
    Payload { left: u64, mask: Mask },
    Control { opcode: u8, left: u8, mask: Mask, body: Control },
}

impl Parser {
    pub(super) fn new(role: Role) -> Self {
        Self { peer_masks: role == Role::Server, in_message: false, place: Place::header() }
    }

    /// Goes on at `bytes[at]`, to the end of a header or a body at most. Payload is unmasked and moved
    /// to `bytes[kept]`, which is never after `at`.
    pub(super) fn next(
        &mut self,
        bytes: &mut [u8],
        at: &mut usize,
        kept: &mut usize,
    ) -> Result<Happened, BrokenFrame> {
        match &mut self.place {
            Place::Header { bytes: header, length } => {
                // One byte at a time: how many there are is known only while reading them.
                header[*length] = bytes[*at];
                *length += 1;
                *at += 1;
                let header = &header[..*length];
                if let Some(place) = begin(header, self.peer_masks, &mut self.in_message)? {
                    self.place = place;
                    return self.finish();
                }
            }
            Place::Payload { left, mask } => {
                let count = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len() - *at);
                bytes.copy_within(*at..*at + count, *kept);
                apply(mask, &mut bytes[*kept..*kept + count]);
                *at += count;
                *kept += count;
                *left -= count as u64;
                return self.finish();
            }
            Place::Control { left, mask, body, .. } => {
                let count = usize::from(*left).min(bytes.len() - *at);
                let piece = &mut bytes[*at..*at + count];
                apply(mask, piece);
                body.append(piece);
                *at += count;
                // It was at most `left`.
                *left -= u8::try_from(count).unwrap_or(*left);
                return self.finish();
            }
        }
        Ok(Happened::Nothing)
    }

    /// After the end of a frame comes a header.
    fn finish(&mut self) -> Result<Happened, BrokenFrame> {
        let happened = match &self.place {
            Place::Payload { left: 0, .. } => Happened::Nothing,
            Place::Control { opcode, left: 0, body, .. } => match (*opcode, body.bytes()) {
                (PING, _) => Happened::Ping(*body),
                (CLOSE, []) => Happened::Close(None),
                (CLOSE, [_]) => return Err(BrokenFrame::CloseBody),
                (CLOSE, &[high, low, ..]) => Happened::Close(Some(u16::from_be_bytes([high, low]))),
                _ => Happened::Nothing,
            },
            _ => return Ok(Happened::Nothing),
        };
        self.place = Place::header();
        Ok(happened)
    }
}

impl Place {
    fn header() -> Self {
        Self::Header { bytes: [0; LARGEST_HEADER], length: 0 }
    }
}

impl Control {
    fn empty() -> Self {
        Self { bytes: [0; LARGEST_CONTROL as usize], length: 0 }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    fn append(&mut self, piece: &[u8]) {
        for byte in piece {
            self.bytes[usize::from(self.length)] = *byte;
            self.length += 1;
        }
    }
}

/// Reads a header; `None` when it goes on. What is wrong is found with the first byte that shows it.
fn begin(
    header: &[u8],
    peer_masks: bool,
    in_message: &mut bool,
) -> Result<Option<Place>, BrokenFrame> {
    let &[first, ref rest @ ..] = header else { return Ok(None) };
    let opcode = first & 0x0F;
    let is_control = opcode >= CLOSE;
    let is_last = first & FIN != 0;
    if rest.is_empty() {
        check_first(first, *in_message)?;
        return Ok(None);
    }
    let (short, rest) = (rest[0] & !MASKED, &rest[1..]);
    match (peer_masks, header[1] & MASKED != 0) {
        (true, false) => return Err(BrokenFrame::Unmasked),
        (false, true) => return Err(BrokenFrame::Masked),
        _ => {}
    }
    let length_bytes = match short {
        TWO_BYTES => 2,
        EIGHT_BYTES => 8,
        _ => 0,
    };
    if is_control && short > LARGEST_CONTROL {
        if rest.len() < length_bytes {
            return Ok(None);
        }
        return Err(BrokenFrame::LongControl { length: number(&rest[..length_bytes]) });
    }
    let mask_bytes = if peer_masks { 4 } else { 0 };
    if rest.len() < length_bytes + mask_bytes {
        return Ok(None);
    }
    let (length, mask) = rest.split_at(length_bytes);
    let length = match (short, number(length)) {
        (TWO_BYTES, length) if length > LARGEST_CONTROL.into() => length,
        (EIGHT_BYTES, length) if length > 0xFFFF && length >> 63 == 0 => length,
        (TWO_BYTES | EIGHT_BYTES, _) => return Err(BrokenFrame::Length),
        (short, _) => short.into(),
    };
    let mask = Mask::try_from(mask).unwrap_or_default();
    if is_control {
        let left = u8::try_from(length).unwrap_or(LARGEST_CONTROL);
        return Ok(Some(Place::Control { opcode, left, mask, body: Control::empty() }));
    }
    *in_message = !is_last;
    Ok(Some(Place::Payload { left: length, mask }))
}

fn check_first(first: u8, in_message: bool) -> Result<(), BrokenFrame> {
    if first & RESERVED != 0 {
        return Err(BrokenFrame::ReservedBits);
    }
    match first & 0x0F {
        CONTINUATION if !in_message => Err(BrokenFrame::Continuation),
        TEXT => Err(BrokenFrame::Text),
        BINARY if in_message => Err(BrokenFrame::Interrupted),
        CLOSE | PING | PONG if first & FIN == 0 => Err(BrokenFrame::FragmentedControl),
        CONTINUATION | BINARY | CLOSE | PING | PONG => Ok(()),
        opcode => Err(BrokenFrame::Opcode { opcode }),
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Masks or unmasks, and turns the mask so that it fits the byte that follows.
fn apply(mask: &mut Mask, bytes: &mut [u8]) {
    if *mask == Mask::default() {
        return;
    }
    // Eight at a time; what is left over is shorter.
    let wide = u64::from_ne_bytes(std::array::from_fn(|at| mask[at % 4]));
    let mut words = bytes.chunks_exact_mut(8);
    for word in &mut words {
        let value = u64::from_ne_bytes(word.try_into().unwrap_or_default()) ^ wide;
        word.copy_from_slice(&value.to_ne_bytes());
    }
    let rest = words.into_remainder();
    for (byte, key) in rest.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
    mask.rotate_left(rest.len() % 4);
}

/// Appends a frame of its own message; `payload` has at most 65,535 bytes.
pub(super) fn write(opcode: u8, payload: &[u8], role: Role, queue: &mut BytesMut) {
    let masked = if role == Role::Client { MASKED } else { 0 };
    queue.reserve(LARGEST_HEADER + payload.len());
    queue.put_u8(FIN | opcode);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length), _) if length <= LARGEST_CONTROL => queue.put_u8(masked | length),
        (_, Ok(length)) => {
            queue.put_u8(masked | TWO_BYTES);
            queue.put_u16(length);
        }
        _ => {
            queue.put_u8(masked | EIGHT_BYTES);
            queue.put_u64(payload.len() as u64);
        }
    }
    if role == Role::Server {
        queue.extend_from_slice(payload);
        return;
    }
    let mut mask: Mask = rand::random();
    queue.extend_from_slice(&mask);
    let start = queue.len();
    queue.extend_from_slice(payload);
    apply(&mut mask, &mut queue[start..]);
}
