import { expect, test } from 'vitest';
import { qrPath } from './QrCode';

test('a code has its finder pattern at the corner, inside the margin', () => {
  const { path, modules } = qrPath('mqtt://192.168.1.34:1883');

  // Version 2 has 25 modules; three light ones at each side.
  expect(modules).toBe(31);
  expect(path.startsWith('M3 3h7v1H3z')).toBe(true);
});

test('other text makes another code', () => {
  expect(qrPath('mqtt://a').path).not.toBe(qrPath('mqtt://b').path);
});
