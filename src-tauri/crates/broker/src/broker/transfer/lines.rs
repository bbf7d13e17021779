//! Lines of bounded length.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// Reads lines and holds no more than the longest one allowed.
#[derive(Debug)]
pub(super) struct Lines<R> {
    reader: R,
    line: Vec<u8>,
    number: usize,
    limit: usize,
}

/// What comes next.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Next<'a> {
    /// A line without its end.
    Line(&'a [u8]),
    /// A line that was skipped.
    TooLong {
        limit: usize,
    },
    End,
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    pub(super) fn new(reader: R, limit: usize) -> Self {
        Self { reader, line: Vec::new(), number: 0, limit }
    }

    /// The number of the line that was returned last, from 1.
    pub(super) fn number(&self) -> usize {
        self.number
    }

    pub(super) async fn next(&mut self) -> io::Result<Next<'_>> {
        self.line.clear();
        let (mut is_too_long, mut has_begun) = (false, false);
        loop {
            let bytes = self.reader.fill_buf().await?;
            if bytes.is_empty() {
                break;
            }
            has_begun = true;
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let part = &bytes[..end.unwrap_or(bytes.len())];
            if self.line.len() + part.len() > self.limit {
                is_too_long = true;
            } else {
                self.line.extend_from_slice(part);
            }
            let used = end.map_or(bytes.len(), |end| end + 1);
            self.reader.consume(used);
            if end.is_some() {
                break;
            }
        }
        if !has_begun {
            return Ok(Next::End);
        }
        self.number += 1;
        Ok(if is_too_long { Next::TooLong { limit: self.limit } } else { Next::Line(&self.line) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_that_is_too_long_is_skipped_and_the_next_one_is_read() {
        let mut lines = Lines::new(&b"ab\nabcdef\n\nlast"[..], 4);

        assert_eq!(lines.next().await.unwrap(), Next::Line(b"ab"));
        assert_eq!(lines.next().await.unwrap(), Next::TooLong { limit: 4 });
        assert_eq!(lines.next().await.unwrap(), Next::Line(b""));
        assert_eq!(lines.next().await.unwrap(), Next::Line(b"last"));
        assert_eq!(lines.number(), 4);
        assert_eq!(lines.next().await.unwrap(), Next::End);
    }
}
