/** A payload in the view that suits it best, or in the one the person chose. */
import { SegmentedControl } from '@mantine/core';
import { IconAlertCircle, IconCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import { CopyButton } from '@/shared/components/CopyButton';
import { cx } from '@/shared/lib/cx';
import { formatCount } from '@/shared/lib/format';
import { MAX_DEPTH, MAX_NODES, type JsonProblem } from '@/shared/lib/jsonOutline';
import { HexView } from './HexView';
import { JsonTree } from './JsonTree';
import { toHex } from './payloadText';
import { RawView } from './RawView';
import { usePayload, type JsonReading } from './usePayload';
import classes from './Payload.module.css';

type View = 'json' | 'raw' | 'hex';

/** The last choice, for the next message too; null: whatever suits the payload. */
let chosenView: View | null = null;

export function PayloadView({ bytes }: { readonly bytes: Uint8Array }) {
  const { t } = useTranslation('messages');
  const [chosen, setChosen] = useState(chosenView);
  const { text, json } = usePayload(bytes);
  const outline = json.state === 'done' && json.result.ok ? json.result.outline : null;
  const best: View = !text.isUtf8 ? 'hex' : isMaybeJson(json) ? 'json' : 'raw';
  const view = chosen === 'json' && !isMaybeJson(json) ? best : (chosen ?? best);

  const choose = (next: string) => {
    chosenView = next as View;
    setChosen(chosenView);
  };
  if (bytes.length === 0) {
    return (
      <div className={classes.payload} data-testid="inspector-payload">
        <p className={classes.empty}>{t('payload.empty')}</p>
      </div>
    );
  }
  return (
    <div className={classes.payload}>
      <div className={classes.bar}>
        <SegmentedControl
          aria-label={t('payload.view')}
          value={view}
          onChange={choose}
          data={[
            { value: 'json', label: t('payload.json'), disabled: !isMaybeJson(json) },
            { value: 'raw', label: t('payload.raw') },
            { value: 'hex', label: t('payload.hex') },
          ]}
        />
        {outline !== null && (
          <span className={cx(classes.mark, 'ts-ok')}>
            <IconCheck size={14} stroke={1.75} aria-hidden />
            {t('payload.valid')}
          </span>
        )}
        <span className="ts-grow" />
        <CopyButton
          value={text.exact ?? toHex(bytes)}
          label={text.exact === null ? t('payload.copyHex') : t('payload.copy')}
          withText
        />
      </div>
      <JsonProblemNote json={json} text={text.text} />
      <div className={classes.body} data-testid="inspector-payload" data-view={view}>
        {view === 'hex' && <HexView bytes={bytes} />}
        {view === 'raw' && <RawView payload={text} />}
        {view === 'json' &&
          (outline === null ? (
            <p className={classes.empty} role="status">
              {t('payload.readingJson')}
            </p>
          ) : (
            <JsonTree key={outline.text} outline={outline} />
          ))}
      </div>
    </div>
  );
}

function isMaybeJson(json: JsonReading): boolean {
  return json.state === 'reading' || (json.state === 'done' && json.result.ok);
}

/** Why it is no JSON and where. Plain text is not blamed for not being JSON. */
function JsonProblemNote({ json, text }: { readonly json: JsonReading; readonly text: string }) {
  const looksLikeJson = /^\s*[[{]/.test(text);
  if (json.state !== 'done' || json.result.ok || !looksLikeJson) return null;
  return (
    <p className={classes.problem} role="note">
      <IconAlertCircle size={14} stroke={1.75} aria-hidden />
      <ProblemText problem={json.result.problem} />
    </p>
  );
}

function ProblemText({ problem }: { readonly problem: JsonProblem }) {
  const { t } = useTranslation('messages');
  switch (problem.problem) {
    case 'syntax':
      return t('payload.notJson', {
        reason: t(`payload.reason.${problem.reason}`),
        line: problem.at.line,
        column: problem.at.column,
      });
    case 'tooMany':
      return t('payload.tooMany', { number: formatCount(MAX_NODES) });
    case 'tooDeep':
      return t('payload.tooDeep', { number: formatCount(MAX_DEPTH) });
  }
}
