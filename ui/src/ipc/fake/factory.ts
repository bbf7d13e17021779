/** The demo publisher "a small factory": two presses, an oven, a conveyor, a robot and a camera. */

export type FactoryMessage = { topic: string; text: string; qos: number; retain: boolean };

/** One message; `tick` makes it deterministic, so that screenshots look alike. */
export function factoryMessage(tick: number): FactoryMessage {
  const wave = (period: number, low: number, high: number) =>
    low + ((Math.sin((tick / period) * Math.PI * 2) + 1) / 2) * (high - low);
  const station = `press-0${(tick % 2) + 1}`;
  switch (tick % 9) {
    case 0:
      return message(`factory/${station}/temp`, 1, {
        c: round(wave(90, 58, 64)),
        sensor: 'pt100-a',
      });
    case 1:
      return message(`factory/${station}/telemetry`, 1, {
        state: 'RUNNING',
        hydraulics: {
          pressure_bar: round(wave(60, 180, 190)),
          oil_temp_c: round(wave(140, 52, 56)),
        },
        motor: { rpm: 1450 + Math.round(wave(40, 0, 60)), load_pct: Math.round(wave(50, 55, 80)) },
        filter_clogged: false,
      });
    case 2:
      return message(`factory/conveyor/count`, 0, { n: 184_000 + tick });
    case 3:
      return message(`factory/${station}/cycle`, 2, {
        n: 4_000 + tick,
        ms: Math.round(wave(30, 4080, 4180)),
      });
    case 4:
      return message('factory/oven/temp', 0, { c: round(wave(200, 178, 184)) });
    case 5:
      return { topic: `factory/${station}/status`, text: 'online', qos: 1, retain: true };
    case 6:
      return message('factory/robot/joints', 0, {
        a: [round(wave(33, -90, 90)), round(wave(44, -45, 45)), round(wave(55, 0, 120))],
      });
    case 7:
      return message('factory/energy', 1, {
        kwh: round(1204 + tick / 500),
        kw: round(wave(80, 11, 19)),
      });
    default:
      return message(`factory/${station}/oee`, 1, {
        oee: round(wave(120, 0.81, 0.88)),
        availability: 0.97,
      });
  }
}

function message(topic: string, qos: number, value: unknown): FactoryMessage {
  return { topic, text: JSON.stringify(value), qos, retain: false };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
