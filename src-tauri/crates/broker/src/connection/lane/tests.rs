use proptest::prelude::*;

use super::*;

fn parcel(number: usize, len: usize) -> Parcel {
    let mut bytes = number.to_be_bytes().to_vec();
    bytes.resize(len.max(bytes.len()), 0);
    Parcel { bytes: bytes.into(), faults: Vec::new(), is_logged: false, is_message: false }
}

fn number(parcel: &Parcel) -> usize {
    usize::from_be_bytes(parcel.bytes[..size_of::<usize>()].try_into().unwrap())
}

/// Everything that has left by `now`, as numbers.
fn left(lane: &mut Lane, now: Instant) -> Vec<usize> {
    let leaving = std::iter::from_fn(|| lane.next(now)).filter_map(|leaving| match leaving {
        Leaving::Packet(parcel) => Some(number(&parcel)),
        Leaving::End(_) => None,
    });
    leaving.collect()
}

/// What happens to one packet on the lane.
#[derive(Clone, Copy, Debug)]
enum Step {
    Enter { delay: u64, rate: Option<u32> },
    Hold { time: Option<u64> },
    SetAside,
}

fn delays() -> impl Strategy<Value = Step> {
    (0_u64..500, prop::option::of(1_u32..100_000))
        .prop_map(|(delay, rate)| Step::Enter { delay, rate })
}

fn anything() -> impl Strategy<Value = Step> {
    let hold = prop::option::of(0_u64..2_000).prop_map(|time| Step::Hold { time });
    prop_oneof![4 => delays(), 1 => hold, 1 => Just(Step::SetAside)]
}

fn walk(lane: &mut Lane, steps: &[(Step, u64)], now: &mut Instant) -> Vec<usize> {
    let mut out = Vec::new();
    for (at, (step, pause)) in steps.iter().enumerate() {
        let parcel = parcel(at, 20);
        match *step {
            Step::Enter { delay, rate } => {
                lane.enter(parcel, Duration::from_millis(delay), rate, *now);
            }
            Step::Hold { time } => lane.hold(parcel, time.map(Duration::from_millis), *now),
            Step::SetAside => lane.set_aside(parcel, *now),
        }
        *now += Duration::from_millis(*pause);
        out.extend(left(lane, *now));
    }
    out
}

proptest! {
    #[test]
    fn with_delays_only_what_enters_leaves_once_and_in_order(
        steps in prop::collection::vec((delays(), 0_u64..50), 0..200)
    ) {
        let (mut lane, mut now) = (Lane::default(), Instant::now());

        let mut out = walk(&mut lane, &steps, &mut now);
        while let Some(due) = lane.due() {
            prop_assert!(left(&mut lane, due - Duration::from_nanos(1)).is_empty());
            out.extend(left(&mut lane, due));
        }

        prop_assert_eq!(out, (0..steps.len()).collect::<Vec<_>>());
        prop_assert!(lane.is_bare() && lane.queued_bytes == 0);
    }

    #[test]
    fn whatever_happens_each_packet_leaves_exactly_once(
        steps in prop::collection::vec((anything(), 0_u64..50), 0..200)
    ) {
        let (mut lane, mut now) = (Lane::default(), Instant::now());

        let mut out = walk(&mut lane, &steps, &mut now);
        lane.let_go(now);
        out.extend(left(&mut lane, now));
        out.sort_unstable();

        prop_assert_eq!(out, (0..steps.len()).collect::<Vec<_>>());
        prop_assert!(lane.is_bare() && lane.queued_bytes == 0 && lane.held_bytes == 0);
    }

    #[test]
    fn what_is_on_the_lane_leaves_and_nothing_after_an_end(
        steps in prop::collection::vec(delays(), 1..50)
    ) {
        let (mut lane, now) = (Lane::default(), Instant::now());
        let latest = steps.iter().map(|step| match step {
            Step::Enter { delay, .. } => *delay,
            _ => 0,
        });
        let latest = Duration::from_millis(latest.max().unwrap_or(0));
        let steps: Vec<_> = steps.into_iter().map(|step| (step, 0)).collect();

        let mut out = walk(&mut lane, &steps, &mut now.clone());
        lane.end(Ending { how: End::Silence, rule: "r".into() }, now);
        lane.enter(parcel(999, 20), Duration::ZERO, None, now);
        lane.let_go(now + latest);
        out.extend(left(&mut lane, now + latest));

        prop_assert_eq!(out, (0..steps.len()).collect::<Vec<_>>());
        prop_assert!(!lane.has_room());
    }
}

#[test]
fn held_packets_are_bounded_in_bytes_and_number() {
    let (mut lane, now) = (Lane::default(), Instant::now());

    for at in 0..3 {
        lane.hold(parcel(at, ROOM / 2), None, now);
    }
    let by_bytes = left(&mut lane, now);
    for at in 3..HELD + 10 {
        lane.hold(parcel(at, 0), None, now);
    }
    let by_number = left(&mut lane, now);

    assert_eq!(by_bytes, [0]);
    assert!(lane.held_bytes <= ROOM && lane.stuck.len() <= HELD);
    assert_eq!(by_number.len() + lane.stuck.len(), HELD + 9);
}

#[test]
fn a_lane_is_full_after_a_mebibyte_or_many_packets() {
    let now = Instant::now();
    let count = |len| {
        let mut lane = Lane::default();
        let mut count = 0;
        while lane.has_room() {
            lane.enter(parcel(count, len), Duration::from_secs(1), None, now);
            count += 1;
        }
        count
    };

    assert_eq!((count(ROOM / 4), count(ROOM * 8), count(8)), (4, 1, PACKETS));
}
