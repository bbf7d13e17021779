/** Failures as they arrive from the host, and everything else a `catch` may hold. */
import type { Failure } from './bindings';

/** What a rejected command holds, as a `Failure`; anything else becomes `internal`. */
export function toFailure(error: unknown): Failure {
  if (isFailure(error)) return error;
  return {
    code: 'internal',
    message: error instanceof Error ? error.message : String(error),
    hint: null,
    details: {},
  };
}

function isFailure(error: unknown): error is Failure {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    typeof error.code === 'string' &&
    'message' in error &&
    'details' in error
  );
}
