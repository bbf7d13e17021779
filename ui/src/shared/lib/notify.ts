/** Messages in the corner, for what happens away from where the person looks. */
import { notifications } from '@mantine/notifications';
import { toFailure, type Failure } from '@/ipc';
import { failureText } from './failureText';

/** A failure; stays until it is closed, and is read out at once. */
export function notifyFailure(failure: Failure): void {
  const { title, why, fixes } = failureText(failure);
  notifications.show({
    id: `failure-${failure.code}`,
    title,
    message: [why, fixes[0]].filter((part) => part !== undefined).join(' '),
    color: 'var(--ts-err)',
    autoClose: false,
  });
}

/** Runs a command whose failure nobody else shows: it becomes a notification. */
export function attempt(work: Promise<unknown>): void {
  work.catch((error: unknown) => notifyFailure(toFailure(error)));
}
