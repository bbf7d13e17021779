/** Line drawings of the three ways. Decorative: the cards say the same in words. */
import { useTranslation } from '@/i18n';

const frame = {
  viewBox: '0 0 320 112',
  width: 320,
  height: 112,
  fill: 'none',
  strokeWidth: 1.5,
  'aria-hidden': true,
} as const;

/** Sensors into the broker, and out to this window. */
export function BrokerPicture({ address }: { address: string }) {
  const { t } = useTranslation('welcome');
  return (
    <svg {...frame}>
      <g stroke="var(--ts-line-3)">
        <circle cx="52" cy="30" r="5" />
        <circle cx="52" cy="56" r="5" />
        <circle cx="52" cy="82" r="5" />
      </g>
      <path d="M60 30c30 0 30 26 62 26" stroke="var(--ts-sub-1)" />
      <path d="M60 56h62" stroke="var(--ts-sub-2)" />
      <path d="M60 82c30 0 30-26 62-26" stroke="var(--ts-sub-3)" />
      <rect
        x="122"
        y="34"
        width="76"
        height="44"
        rx="10"
        fill="var(--ts-accent-soft)"
        stroke="var(--ts-accent)"
      />
      <g stroke="var(--ts-accent)" strokeLinecap="round" strokeLinejoin="round">
        <path d="M142 56h7l5-11 10 22 5-11h9" strokeWidth="2" />
        <path d="M198 56h46m-6-5 6 5-6 5" />
      </g>
      <rect
        x="250"
        y="36"
        width="50"
        height="40"
        rx="5"
        fill="var(--ts-bg-raised)"
        stroke="var(--ts-line-3)"
      />
      <path d="M257 47h18M257 56h28M257 65h22" stroke="var(--ts-text-3)" strokeLinecap="round" />
      <g fontSize="11" textAnchor="middle" fill="var(--ts-text-2)">
        <text x="52" y="104">
          {t('local.sensors')}
        </text>
        <text x="160" y="98" fill="var(--ts-text-1)">
          {address}
        </text>
        <text x="275" y="98">
          {t('local.window')}
        </text>
      </g>
    </svg>
  );
}

const addressParts = [
  { x: 24, text: 'mqtt', fill: 'var(--ts-accent)' },
  { x: 55.2, text: '://', fill: 'var(--ts-text-3)' },
  { x: 78.6, text: 'ops', fill: 'var(--ts-syn-bool)' },
  { x: 102, text: '@', fill: 'var(--ts-text-3)' },
  { x: 109.8, text: 'broker.example', fill: 'var(--ts-text-1)' },
  { x: 219, text: ':', fill: 'var(--ts-text-3)' },
  { x: 226.8, text: '1883', fill: 'var(--ts-syn-num)' },
];

/** The parts of an address. */
export function AddressPicture() {
  const { t } = useTranslation('welcome');
  const parts = [
    { x: 24, width: 31, label: t('address.protocol') },
    { x: 79, width: 23, label: t('address.user') },
    { x: 111, width: 109, label: t('address.host') },
    { x: 229, width: 31, label: t('address.port') },
  ];
  return (
    <svg {...frame} strokeWidth={1}>
      {/* A text for each part: WebKit loses the place of text between tspans. */}
      <g fontSize="13" fontFamily="var(--ts-font-mono)">
        {addressParts.map(({ x, text, fill }) => (
          <text key={x} x={x} y="58" fill={fill} textLength={text.length * 7.8}>
            {text}
          </text>
        ))}
      </g>
      {parts.map(({ x, width, label }) => (
        <g key={x}>
          <path d={`M${x} 66h${width}M${x + width / 2} 66v10`} stroke="var(--ts-line-3)" />
          <text x={x + width / 2} y="90" fontSize="11" textAnchor="middle" fill="var(--ts-text-2)">
            {label}
          </text>
        </g>
      ))}
    </svg>
  );
}

/** A form with its fields. */
export function EditorPicture() {
  return (
    <svg {...frame}>
      <rect
        x="62"
        y="16"
        width="196"
        height="80"
        rx="8"
        fill="var(--ts-bg-raised)"
        stroke="var(--ts-line-3)"
      />
      <g stroke="var(--ts-text-3)" strokeLinecap="round">
        <path d="M78 36h26M78 56h34M78 76h20" />
      </g>
      <g fill="var(--ts-bg-inset)" stroke="var(--ts-line-3)">
        <rect x="130" y="28" width="112" height="16" rx="4" />
        <rect x="130" y="68" width="112" height="16" rx="4" />
      </g>
      <rect
        x="130"
        y="48"
        width="112"
        height="16"
        rx="4"
        fill="var(--ts-accent-soft)"
        stroke="var(--ts-accent)"
      />
      <g strokeLinecap="round">
        <path d="M138 36h58" stroke="var(--ts-text-2)" />
        <path d="M138 56h36" stroke="var(--ts-accent)" />
        <path d="M180 51v10" stroke="var(--ts-accent)" />
        <path
          d="M138 76h.01M146 76h.01M154 76h.01M162 76h.01M170 76h.01"
          stroke="var(--ts-text-2)"
          strokeWidth="3.500"
        />
      </g>
    </svg>
  );
}
