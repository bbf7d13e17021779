//! From the frame buffer file of Xvfb (the format of `xwd`, X11's `XWDFile.h`) to a PNG.

use std::{
    fs::File,
    io::BufWriter,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use crate::failure::{Failure, Outcome};

/// Waits until the screen shows something that stays the same for a moment, and writes it as PNG.
///
/// After `patience` whatever is there is written.
pub(crate) fn take(screen: &Path, png: &Path, patience: Duration) -> Outcome {
    let until = Instant::now() + patience;
    let mut before = Picture::read(screen)?;
    loop {
        thread::sleep(STILL);
        let now = Picture::read(screen)?;
        if (now.shows_something() && now == before) || Instant::now() > until {
            return now.write(png);
        }
        before = now;
    }
}

/// How long a picture has to stay the same to be done.
const STILL: Duration = Duration::from_millis(700);
/// Bytes of the header before the window name; its fields are big endian words.
const HEADER: usize = 100;

/// A picture of red, green and blue bytes.
#[derive(Debug, Eq, PartialEq)]
struct Picture {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Picture {
    fn read(screen: &Path) -> Outcome<Self> {
        let bytes = std::fs::read(screen)
            .map_err(|error| Failure::io(format!("reading {}", screen.display()), &error))?;
        Self::of_xwd(&bytes)
            .ok_or_else(|| Failure::new(format!("{} is not a 24 bit screen", screen.display())))
    }

    /// Only what Xvfb writes for a 24 bit screen: four bytes a pixel, blue first.
    fn of_xwd(bytes: &[u8]) -> Option<Self> {
        let word = |index: usize| {
            let field = bytes.get(index * 4..index * 4 + 4)?;
            Some(u32::from_be_bytes(field.try_into().ok()?))
        };
        let size = |index: usize| usize::try_from(word(index)?).ok();
        let (header, width, height) = (size(0)?, word(4)?, word(5)?);
        let (bits, line, colours) = (word(11)?, size(12)?, size(19)?);
        if header < HEADER || bits != 32 {
            return None;
        }
        // Each colour of the table takes twelve bytes.
        let image = bytes.get(header + colours * 12..)?;
        let wide = usize::try_from(width).ok()?;
        let mut pixels = Vec::with_capacity(wide * usize::try_from(height).ok()? * 3);
        for row in image.chunks_exact(line).take(usize::try_from(height).ok()?) {
            pixels.extend(
                row.chunks_exact(4).take(wide).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]),
            );
        }
        Some(Self { width, height, pixels })
    }

    /// Whether it has more than the few colours of an empty screen or an empty window.
    fn shows_something(&self) -> bool {
        let mut colours: Vec<&[u8]> = Vec::new();
        for pixel in self.pixels.chunks_exact(3).step_by(7) {
            if !colours.contains(&pixel) {
                colours.push(pixel);
            }
            if colours.len() > 8 {
                return true;
            }
        }
        false
    }

    fn write(&self, png: &Path) -> Outcome {
        let file = File::create(png)
            .map_err(|error| Failure::io(format!("creating {}", png.display()), &error))?;
        let mut encoder = png::Encoder::new(BufWriter::new(file), self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        let failed =
            |error: png::EncodingError| Failure::new(format!("writing {}: {error}", png.display()));
        let mut writer = encoder.write_header().map_err(failed)?;
        writer.write_image_data(&self.pixels).map_err(failed)?;
        writer.finish().map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blue_first_pixels_become_red_first() {
        // Arrange
        let mut bytes = vec![0; HEADER];
        for (index, value) in [(0, 100_u32), (4, 1), (5, 2), (11, 32), (12, 8), (19, 1)] {
            bytes[index * 4..index * 4 + 4].copy_from_slice(&value.to_be_bytes());
        }
        bytes.extend([0; 12]);
        bytes.extend([3, 2, 1, 0, 9, 9, 9, 9]);
        bytes.extend([6, 5, 4, 0, 9, 9, 9, 9]);

        // Act
        let picture = Picture::of_xwd(&bytes);

        // Assert
        assert_eq!(picture, Some(Picture { width: 1, height: 2, pixels: vec![1, 2, 3, 4, 5, 6] }));
    }

    #[test]
    fn cut_header_is_refused() {
        assert_eq!(Picture::of_xwd(&[0; 40]), None);
    }
}
