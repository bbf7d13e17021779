/** The mark of the program. */
export function Logo({ size }: { size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" aria-hidden="true">
      <rect x="1.5" y="1.5" width="21" height="21" rx="6" fill="var(--ts-accent-fill)" />
      <path
        d="M5.500 12h2.700l2-5.200 3.600 10.400 2-5.200h2.700"
        stroke="var(--ts-accent-on)"
        strokeWidth="1.9"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
