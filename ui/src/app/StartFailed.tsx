import { toFailure } from '@/ipc';
import { failureReport } from '@/shared/lib/failureText';
import classes from './StartFailed.module.css';

/** Shown when not even the first state could be read; no language is known yet, so it says both. */
export function StartFailed({ error }: { error: unknown }) {
  return (
    <main className={classes.page}>
      <h1>Topicscope could not start · 无法启动</h1>
      <pre>{failureReport(toFailure(error))}</pre>
      <button type="button" onClick={() => window.location.reload()}>
        Try again · 重试
      </button>
    </main>
  );
}
