//! Numbers that look random and are the same whenever the same is asked.

use super::rule::FaultDirection;

/// The numbers of one decision.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

/// What a decision depends on, and nothing else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decision<'a> {
    pub(crate) seed: u32,
    /// Position of the rule in the list.
    pub(crate) rule: usize,
    pub(crate) client_id: &'a str,
    pub(crate) direction: FaultDirection,
    /// Packets of this client the rule was asked about before, this way.
    pub(crate) number: u64,
}

impl Random {
    pub(crate) fn new(decision: Decision<'_>) -> Self {
        // FNV-1a, for a value that no version of a library changes.
        const OFFSET: u64 = 0xCBF2_9CE4_8422_2325;
        const PRIME: u64 = 0x0100_0000_01B3;
        let Decision { seed, rule, client_id, direction, number } = decision;
        let bytes = seed.to_le_bytes().into_iter();
        let bytes = bytes.chain((rule as u64).to_le_bytes()).chain([direction as u8]);
        let bytes = bytes.chain(number.to_le_bytes()).chain(client_id.bytes());
        Self(bytes.fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME)))
    }

    /// `SplitMix64`.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to and without `end`, which is at least 1.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        // The bias is at most one in 2⁶⁴ / `end`.
        self.next() % end.max(1)
    }

    /// True in `percent` of a hundred cases.
    pub(crate) fn happens(&mut self, percent: f64) -> bool {
        const STEPS: u32 = 1 << 30;
        let step = u32::try_from(self.below(u64::from(STEPS))).unwrap_or(0);
        f64::from(step) * 100.0 < percent * f64::from(STEPS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(number: u64) -> Decision<'static> {
        let direction = FaultDirection::In;
        Decision { seed: 7, rule: 0, client_id: "c", direction, number }
    }

    #[test]
    fn the_same_decision_is_taken_again_and_any_difference_makes_another() {
        let base = decision(3);
        let others = [
            Decision { seed: 8, ..base },
            Decision { rule: 1, ..base },
            Decision { client_id: "d", ..base },
            Decision { direction: FaultDirection::Out, ..base },
            Decision { number: 4, ..base },
        ];

        let first = Random::new(base).next();

        assert_eq!(Random::new(base).next(), first);
        // A number that was written down: a file of faults means the same in every version.
        assert_eq!(first, 0x6C53_4911_DA4D_F45E);
        for other in others {
            assert_ne!(Random::new(other).next(), first, "{other:?}");
        }
    }

    #[test]
    fn a_chance_is_taken_about_as_often_as_it_says() {
        let count = |percent| {
            (0..10_000).filter(|number| Random::new(decision(*number)).happens(percent)).count()
        };

        assert_eq!((count(0.0), count(100.0)), (0, 10_000));
        assert!((2_300..2_700).contains(&count(25.0)), "{}", count(25.0));
    }
}
