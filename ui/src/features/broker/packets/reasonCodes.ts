/**
 * Reason codes of MQTT 5.0 (§2.4) with the specification's names, and which of them a broker may
 * send in which packet. The names are the protocol's own words, so they are not translated.
 */
const NAMES: Readonly<Record<number, string>> = {
  0x00: 'Success',
  0x04: 'Disconnect with Will Message',
  0x10: 'No matching subscribers',
  0x11: 'No subscription existed',
  0x18: 'Continue authentication',
  0x19: 'Re-authenticate',
  0x80: 'Unspecified error',
  0x81: 'Malformed Packet',
  0x82: 'Protocol Error',
  0x83: 'Implementation specific error',
  0x84: 'Unsupported Protocol Version',
  0x85: 'Client Identifier not valid',
  0x86: 'Bad User Name or Password',
  0x87: 'Not authorized',
  0x88: 'Server unavailable',
  0x89: 'Server busy',
  0x8a: 'Banned',
  0x8b: 'Server shutting down',
  0x8c: 'Bad authentication method',
  0x8d: 'Keep Alive timeout',
  0x8e: 'Session taken over',
  0x8f: 'Topic Filter invalid',
  0x90: 'Topic Name invalid',
  0x91: 'Packet Identifier in use',
  0x92: 'Packet Identifier not found',
  0x93: 'Receive Maximum exceeded',
  0x94: 'Topic Alias invalid',
  0x95: 'Packet too large',
  0x96: 'Message rate too high',
  0x97: 'Quota exceeded',
  0x98: 'Administrative action',
  0x99: 'Payload format invalid',
  0x9a: 'Retain not supported',
  0x9b: 'QoS not supported',
  0x9c: 'Use another server',
  0x9d: 'Server moved',
  0x9e: 'Shared Subscriptions not supported',
  0x9f: 'Connection rate exceeded',
  0xa0: 'Maximum connect time',
  0xa1: 'Subscription Identifiers not supported',
  0xa2: 'Wildcard Subscriptions not supported',
};

/** A DISCONNECT of a server (§3.14.2.1). */
export const DISCONNECT_CODES: readonly number[] = [
  0x98, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96,
  0x97, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
];

/** A CONNACK that refuses (§3.2.2.2). */
export const CONNACK_CODES: readonly number[] = [
  0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99,
  0x9a, 0x9b, 0x9c, 0x9d, 0x9f,
];

/** Failures of PUBACK and PUBREC (§3.4.2.1), PUBREL and PUBCOMP, SUBACK, UNSUBACK. */
export const ACK_CODES = {
  pubAck: [0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99],
  pubRec: [0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99],
  pubRel: [0x92],
  pubComp: [0x92],
  subAck: [0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2],
  unsubAck: [0x80, 0x83, 0x87, 0x8f, 0x91],
} as const satisfies Record<string, readonly number[]>;

/** `0x97`. */
export function reasonNumber(code: number): string {
  return `0x${code.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** `Quota exceeded (0x97)`: words first, the code behind. */
export function reasonText(code: number): string {
  const name = NAMES[code];
  return name === undefined ? reasonNumber(code) : `${name} (${reasonNumber(code)})`;
}

/** `0x97 Quota exceeded`, for lists that are read by number. */
export function reasonOption(code: number): string {
  return `${reasonNumber(code)} ${NAMES[code] ?? ''}`.trim();
}
