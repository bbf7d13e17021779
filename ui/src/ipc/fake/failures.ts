/** Failures as Rust would report them. */
import type { Failure, FailureCode } from '../bindings';

export function failure(
  code: FailureCode,
  message: string,
  details: Record<string, string> = {},
): Failure {
  return { code, message, hint: null, details };
}

/** What a dial to this address fails with, on demand: the host says it. `null`: it works. */
export function dialFailure(host: string, port: number): { cause: Failure; final: boolean } | null {
  const details = { host, address: `${host}:${port}`, port: String(port) };
  switch (host) {
    case 'refused.invalid':
      return final(false, failure('connectionRefused', `${host}:${port} refused`, details));
    case 'slow.invalid':
      return final(false, failure('connectTimeout', 'no answer', { ...details, seconds: '10' }));
    case 'tls.invalid':
      return final(false, failure('tlsOnPlainPort', 'this port speaks TLS', { what: 'TLS' }));
    case 'http.invalid':
      return final(
        false,
        failure('notMqtt', 'not an MQTT server', { what: 'HTTP (HTTP/1.1 400 Bad Request)' }),
      );
    case 'login.invalid':
      return final(
        true,
        failure('badCredentials', 'Bad User Name or Password (0x86)', {
          reason: 'Bad User Name or Password (0x86)',
          code: '0x86',
          serverSays: 'user unknown in realm demo',
        }),
      );
    default:
      return host.endsWith('.invalid')
        ? final(false, failure('hostNotFound', `${host} was not found`, details))
        : null;
  }
}

function final(isFinal: boolean, cause: Failure) {
  return { cause, final: isFinal };
}
