import { useNewestAnnouncement } from '@/shared/lib/announce';

/** Reads out changes of state; politely, after what is being read. */
export function LiveRegion() {
  const { text, count } = useNewestAnnouncement();
  return (
    <div className="ts-hidden" role="status" aria-live="polite">
      <span key={count}>{text}</span>
    </div>
  );
}
