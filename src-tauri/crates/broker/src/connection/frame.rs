//! Where one packet ends and the next begins (MQTT 5.0 §2.1).

/// What the front of a buffer is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Front {
    /// A whole packet, its fixed header included.
    Whole { header: usize, size: usize },
    /// The beginning of a packet.
    Part,
    /// No remaining length can be read: no packet ends here.
    Broken,
    /// A packet of more bytes than allowed.
    TooLarge,
}

impl Front {
    pub(super) fn of(bytes: &[u8], limit: usize) -> Self {
        let mut length = 0;
        for at in 1..=4 {
            let Some(&byte) = bytes.get(at) else { return Self::Part };
            length |= usize::from(byte & 0x7F) << (7 * (at - 1));
            if byte & 0x80 == 0 {
                let (header, size) = (at + 1, at + 1 + length);
                return match size {
                    size if size > limit => Self::TooLarge,
                    size if size <= bytes.len() => Self::Whole { header, size },
                    _ => Self::Part,
                };
            }
        }
        Self::Broken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_of_a_buffer_is_told_apart() {
        let of = |bytes: &[u8]| Front::of(bytes, 300);

        assert_eq!(of(&[]), Front::Part);
        assert_eq!(of(&[0xC0]), Front::Part);
        assert_eq!(of(&[0xC0, 0, 0xC0]), Front::Whole { header: 2, size: 2 });
        assert_eq!(of(&[0x30, 3, 0, 1]), Front::Part);
        assert_eq!(of(&[0x30, 0x80]), Front::Part);
        assert_eq!(of(&[0x30, 0x80, 0x80, 0x80, 0x80]), Front::Broken);
        assert_eq!(of(&[0x30, 0xFF, 0x7F]), Front::TooLarge);
        assert_eq!(
            of(&[&[0x30, 0x80, 1][..], &[0; 128]].concat()),
            Front::Whole { header: 3, size: 131 }
        );
    }
}
