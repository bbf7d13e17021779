//! The entry point for fuzzing the reader of stores.

use std::convert::Infallible;

use super::{
    image::Image,
    read::{Clock, FrameReader, LoadError, Next, message},
    record::{Frame, Record, records},
};

/// Reads any bytes as a file of a store or, behind another first byte, as the records of one frame.
///
/// # Panics
///
/// When a promise is broken: what is read can be written as a snapshot, and that leads to the
/// same state.
pub fn read_store_any(data: &[u8]) {
    let Some((&choice, bytes)) = data.split_first() else { return };
    let mut image = Image::default();
    let read = if choice % 2 == 0 {
        read_file(bytes, &mut image)
    } else {
        read_payload(bytes, &mut image).map_err(LoadError::from)
    };
    if read.is_ok() {
        let written = write(&image);
        let mut again = Image::default();
        let read = read_payload(&written, &mut again);
        assert_eq!(read, Ok(()), "a snapshot cannot be read");
        assert_eq!(write(&again), written, "a snapshot leads to another state");
    }
}

fn read_file(bytes: &[u8], image: &mut Image) -> Result<(), LoadError> {
    let mut reader = FrameReader::new(bytes, bytes.len() as u64)?;
    while let Next::Frame(payload) = reader.next()? {
        read_payload(payload, image)?;
    }
    assert!(reader.good <= bytes.len() as u64, "more is good than there is");
    Ok(())
}

fn read_payload(payload: &[u8], image: &mut Image) -> Result<(), super::Damage> {
    let clock = Clock::read();
    records(payload, |record, packet| {
        if matches!(record, Record::Body { .. }) {
            message(&record, packet, clock)?;
        }
        image.apply(&record, packet)
    })
}

/// The records that lead to this state.
fn write(image: &Image) -> Vec<u8> {
    let mut frame = Frame::new();
    let written: Result<(), Infallible> = image.write(&mut frame, |_| Ok(()));
    let Ok(()) = written;
    frame.payload().to_vec()
}
