/** Typed payloads as bytes. */
import type { PayloadInput } from '../bindings';
import { failure } from './failures';

export function encodePayload({ format, text }: PayloadInput): Uint8Array {
  switch (format) {
    case 'hex': {
      const digits = text.replaceAll(/\s/g, '');
      if (!/^([0-9a-f]{2})*$/i.test(digits)) {
        throw failure('invalidPayload', 'not hexadecimal', { format });
      }
      return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    }
    case 'base64':
      try {
        return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
      } catch {
        throw failure('invalidPayload', 'not Base64', { format });
      }
    case 'json':
      try {
        JSON.parse(text);
      } catch {
        throw failure('invalidPayload', 'not JSON', { format });
      }
      return new TextEncoder().encode(text);
    case 'text':
      return new TextEncoder().encode(text);
  }
}
