/** Numbers, sizes, times and durations as every page writes them. */
import { currentLocale } from '@/i18n';

/** `48,213`; from a million on `18.4 M`. */
export function formatCount(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)} G`;
  if (count >= 1e7) return `${(count / 1e6).toFixed(1)} M`;
  return Math.round(count).toLocaleString('en-US');
}

/** `0`, `0.6`, `11.8`, `417`, `12,400`: a rate a second. */
export function formatRate(perSecond: number): string {
  if (perSecond === 0) return '0';
  if (perSecond < 100) return perSecond.toFixed(1);
  return formatCount(perSecond);
}

/** `0 B`, `417 B`, `2.6 KB`, `18.4 MB`, `1.24 GB`; powers of 1000, as disks are sold. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  // 999.95 would round to 1000.0.
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(unit >= 2 && value < 10 ? 2 : 1)} ${units[unit] ?? ''}`;
}

/** `14:32:07.482` in local time, 24 h. `time` is ms since the epoch. */
export function formatTime(time: number): string {
  const date = new Date(time);
  const ms = String(date.getMilliseconds()).padStart(3, '0');
  return `${formatClock(time)}:${String(date.getSeconds()).padStart(2, '0')}.${ms}`;
}

/** `14:32` in local time, 24 h. */
export function formatClock(time: number): string {
  const date = new Date(time);
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
}

/** `3 Nov 2026, 14:32:07` in local time and the language on screen. */
export function formatDateTime(time: number): string {
  return new Date(time).toLocaleString(currentLocale() === 'en' ? 'en-GB' : 'zh-CN', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
  });
}

/** `14 ms`, `4.2 s`, `3 min`, `1 h 08 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
