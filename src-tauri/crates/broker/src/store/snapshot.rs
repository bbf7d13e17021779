//! Writing the whole state anew, so that journals can be removed.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Write},
    sync::Arc,
};

use super::{
    files::Folder,
    image::Image,
    read::{Clock, Damage, FORMAT, LoadError, bodies, file_header, load},
    record::{Frame, Record},
};
use crate::message::Message;

/// Where a snapshot gets the state from.
#[derive(Debug)]
pub(crate) enum Source {
    /// From the router.
    Memory { image: Box<Image>, messages: HashMap<u64, Arc<Message>>, clock: Clock },
    /// From the files of the store before this snapshot: the router need not copy anything.
    Files,
}

/// Why a snapshot was not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SnapshotError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Damaged(#[from] Damage),
}

/// Writes snapshot `number` and removes what it replaces; returns its size in bytes.
pub(super) fn write(folder: &Folder, number: u64, source: &Source) -> Result<u64, SnapshotError> {
    let path = folder.snapshot(number);
    let new = folder.unfinished();
    let written = write_new(folder, number, source, &new);
    let written = written.and_then(|bytes| {
        fs::rename(&new, &path)?;
        folder.sync()?;
        Ok(bytes)
    });
    match &written {
        Ok(_) => folder.remove_before(number),
        // The room it took may be what is missing.
        Err(_) => drop(fs::remove_file(&new)),
    }
    written
}

fn write_new(
    folder: &Folder,
    number: u64,
    source: &Source,
    path: &std::path::Path,
) -> Result<u64, SnapshotError> {
    let mut out = Output { file: File::create(path)?, bytes: 0 };
    out.write(&file_header(FORMAT))?;
    let mut frame = Frame::new();
    match source {
        Source::Memory { image, messages, clock } => {
            for (number, message) in messages {
                push_message(&mut frame, *number, message, *clock);
                out.flush_full(&mut frame)?;
            }
            image.write(&mut frame, |frame| out.flush_full(frame))?;
        }
        Source::Files => {
            let (mut files, _) = folder.files()?;
            files.retain(|file| file.number < number);
            let image = load(&files)?.image;
            bodies(&files, &image, |record, packet| {
                frame.push_raw(record, packet);
                out.flush_full(&mut frame).map_err(SnapshotError::from)
            })?;
            image.write(&mut frame, |frame| out.flush_full(frame))?;
        }
    }
    frame.push(&Record::End);
    out.flush(&mut frame)?;
    out.file.sync_all()?;
    Ok(out.bytes)
}

/// Appends a message to a frame; returns whether it could be written.
pub(super) fn push_message(
    frame: &mut Frame,
    number: u64,
    message: &Message,
    clock: Clock,
) -> bool {
    let received = clock.wall_at(message.received);
    let pushed =
        frame.push_body(&message.to_packet(), number, received, message.publisher.as_deref());
    if let Err(error) = &pushed {
        tracing::error!(%error, topic = %message.topic, "a message cannot be stored");
    }
    pushed.is_ok()
}

struct Output {
    file: File,
    bytes: u64,
}

impl Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    fn flush_full(&mut self, frame: &mut Frame) -> io::Result<()> {
        const FULL: usize = 256 * 1024;
        if frame.len() < FULL { Ok(()) } else { self.flush(frame) }
    }

    fn flush(&mut self, frame: &mut Frame) -> io::Result<()> {
        let sealed = frame.seal().ok_or(io::ErrorKind::FileTooLarge)?;
        self.write(sealed)?;
        frame.clear();
        Ok(())
    }
}

impl From<LoadError> for SnapshotError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Io(error) => Self::Io(error),
            LoadError::Damaged(damage) => Self::Damaged(damage),
            LoadError::Newer { .. } => Self::Damaged(Damage::Header),
        }
    }
}
