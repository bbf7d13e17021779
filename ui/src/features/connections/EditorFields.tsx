/** The fields of the connection editor. */
import { PasswordInput, SegmentedControl, Switch } from '@mantine/core';
import { IconAlertCircle, IconDice3, IconLink } from '@tabler/icons-react';
import { useId, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from '@/i18n';
import { host, toFailure } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { cx } from '@/shared/lib/cx';
import { failureText } from '@/shared/lib/failureText';
import { useWorkbench } from '@/shared/state/workbench';
import { addressOf } from './address';
import {
  fieldsOf,
  generateClientId,
  type EditorDraft,
  type Field,
  type FieldProblem,
} from './editorDraft';
import classes from './ConnectionEditor.module.css';

export type FieldsProps = {
  readonly draft: EditorDraft;
  readonly changed: ReadonlySet<Field>;
  readonly problems: Partial<Record<Field, FieldProblem>>;
  readonly onChange: (part: Partial<EditorDraft>) => void;
};

/** Takes any pasted address and fills the fields below with it. */
export function AddressField({ draft, onChange }: Pick<FieldsProps, 'draft' | 'onChange'>) {
  const { t } = useTranslation('connections');
  const id = useId();
  /** null: not touched, so it shows what the fields say. */
  const [text, setText] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const newest = useRef(0);
  const own = draft.host === '' ? '' : addressOf({ host: draft.host, port: Number(draft.port) });

  const read = (typed: string) => {
    setText(typed);
    newest.current += 1;
    const attemptNumber = newest.current;
    if (typed.trim() === '') {
      setProblem(null);
      return;
    }
    host()
      .commands.parseAddress(typed)
      .then(
        (address) => {
          if (attemptNumber !== newest.current) return;
          setProblem(null);
          onChange(fieldsOf(address));
        },
        (error: unknown) => {
          if (attemptNumber === newest.current) setProblem(failureText(toFailure(error)).why);
        },
      );
  };
  return (
    <div className={classes.addressStrip}>
      <div className={cx(classes.addressField, problem !== null && classes.bad)}>
        <IconLink size={16} stroke={1.75} aria-hidden />
        <input
          value={text ?? own}
          aria-label={t('field.address')}
          aria-invalid={problem !== null}
          aria-describedby={id}
          placeholder="mqtt://user@host:1883"
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          data-testid="editor-address"
          onChange={(event) => read(event.currentTarget.value)}
          onBlur={() => {
            // What was understood now stands in the fields; a wrong text stays to be corrected.
            if (problem === null) setText(null);
          }}
        />
      </div>
      <p id={id} className={cx('ts-small', problem === null ? 'ts-t3' : 'ts-err')} role="status">
        {problem ?? t('field.addressHint')}
      </p>
    </div>
  );
}

export function GeneralFields({
  draft,
  changed,
  problems,
  onChange,
  isLocal,
}: FieldsProps & { readonly isLocal: boolean }) {
  const { t } = useTranslation('connections');
  return (
    <>
      <Row field="name" label={t('field.name')} changed={changed} hint={t('field.nameHint')}>
        {(ids) => (
          <TextField
            ids={ids}
            value={draft.name}
            placeholder={draft.host === '' ? t('field.namePlaceholder') : draft.host}
            onChange={(name) => onChange({ name })}
          />
        )}
      </Row>
      <Row
        field="host"
        label={t('field.host')}
        changed={changed}
        problem={problems.host}
        hint={isLocal ? t('field.localHint') : undefined}
      >
        {(ids) => (
          <TextField
            ids={ids}
            isMono
            value={draft.host}
            readOnly={isLocal}
            placeholder="broker.example"
            testId="editor-host"
            onChange={(hostName) => onChange({ host: hostName })}
          />
        )}
      </Row>
      <Row field="port" label={t('field.port')} changed={changed} problem={problems.port}>
        {(ids) => (
          <TextField
            ids={ids}
            isMono
            width={96}
            value={draft.port}
            readOnly={isLocal}
            inputMode="numeric"
            testId="editor-port"
            onChange={(port) => onChange({ port })}
          />
        )}
      </Row>
      <Row field="version" label={t('field.version')} changed={changed}>
        {({ label }) => (
          <SegmentedControl
            aria-labelledby={label}
            value={draft.version}
            onChange={(version) => onChange({ version: version })}
            data={[
              { value: 'v5', label: 'MQTT 5' },
              { value: 'v311', label: 'MQTT 3.1.1' },
            ]}
          />
        )}
      </Row>
    </>
  );
}

export function SignInFields({
  draft,
  changed,
  problems,
  onChange,
  hasSavedPassword,
}: FieldsProps & { readonly hasSavedPassword: boolean }) {
  const { t } = useTranslation('connections');
  return (
    <>
      <Row
        field="clientId"
        label={t('field.clientId')}
        changed={changed}
        problem={problems.clientId}
        hint={t('field.clientIdHint')}
      >
        {(ids) => (
          <div className="ts-row">
            <TextField
              ids={ids}
              isMono
              value={draft.clientId}
              placeholder={t('field.clientIdPlaceholder')}
              testId="editor-client-id"
              onChange={(clientId) => onChange({ clientId })}
            />
            <Button variant="quiet" onClick={() => onChange({ clientId: generateClientId() })}>
              <IconDice3 size={14} stroke={1.75} aria-hidden />
              {t('field.generate')}
            </Button>
          </div>
        )}
      </Row>
      <Row field="username" label={t('field.user')} changed={changed}>
        {(ids) => (
          <TextField
            ids={ids}
            value={draft.username}
            placeholder={t('section.none')}
            testId="editor-user"
            onChange={(username) => onChange({ username })}
          />
        )}
      </Row>
      <Row
        field="password"
        label={t('field.password')}
        changed={changed}
        problem={problems.password}
        hint={<SecretsHint />}
      >
        {(ids) => (
          <PasswordField
            ids={ids}
            draft={draft}
            hasSavedPassword={hasSavedPassword}
            onChange={onChange}
          />
        )}
      </Row>
    </>
  );
}

/** Keeps, replaces or removes a saved password; it is never shown, because it is never read back. */
function PasswordField({
  ids,
  draft: { password },
  hasSavedPassword,
  onChange,
}: {
  readonly ids: FieldIds;
  readonly draft: EditorDraft;
  readonly hasSavedPassword: boolean;
  readonly onChange: FieldsProps['onChange'];
}) {
  const { t } = useTranslation('connections');
  const typed = password.action === 'set' ? password.value : '';
  const isKept = password.action === 'keep';
  return (
    <div className="ts-row">
      <PasswordInput
        id={ids.input}
        aria-describedby={ids.hint}
        className="ts-grow"
        value={typed}
        placeholder={isKept ? t('field.passwordKept') : t('section.none')}
        autoComplete="off"
        data-testid="editor-password"
        visibilityToggleButtonProps={{ 'aria-label': t('field.showPassword'), tabIndex: 0 }}
        onChange={(event) => {
          const { value } = event.currentTarget;
          const untouched = { action: hasSavedPassword ? 'keep' : 'clear' } as const;
          onChange({ password: value === '' ? untouched : { action: 'set', value } });
        }}
      />
      {hasSavedPassword &&
        (password.action === 'clear' ? (
          <Button variant="quiet" onClick={() => onChange({ password: { action: 'keep' } })}>
            {t('field.keepPassword')}
          </Button>
        ) : (
          <Button variant="quiet" onClick={() => onChange({ password: { action: 'clear' } })}>
            {t('field.clearPassword')}
          </Button>
        ))}
    </div>
  );
}

/** Where a password goes, as it is on this computer. */
function SecretsHint() {
  const { t } = useTranslation('connections');
  const kind = useWorkbench(({ secrets }) => secrets.kind);
  return t(`field.in.${kind}`);
}

export function SessionFields({ draft, changed, problems, onChange }: FieldsProps) {
  const { t } = useTranslation('connections');
  return (
    <>
      <Row
        field="keepAlive"
        label={t('field.keepAlive')}
        changed={changed}
        problem={problems.keepAlive}
        hint={t('field.keepAliveHint')}
      >
        {(ids) => (
          <div className="ts-row">
            <TextField
              ids={ids}
              isMono
              width={96}
              value={draft.keepAlive}
              inputMode="numeric"
              onChange={(keepAlive) => onChange({ keepAlive })}
            />
            <span className="ts-t2">{t('field.seconds')}</span>
          </div>
        )}
      </Row>
      <Row
        field="cleanStart"
        label={t(draft.version === 'v5' ? 'field.cleanStart' : 'field.cleanSession')}
        changed={changed}
        hint={t(draft.cleanStart ? 'field.cleanHint' : 'field.keptHint')}
      >
        {(ids) => (
          <Switch
            id={ids.input}
            className={classes.switch}
            aria-describedby={ids.hint}
            checked={draft.cleanStart}
            onChange={(event) => onChange({ cleanStart: event.currentTarget.checked })}
          />
        )}
      </Row>
    </>
  );
}

type FieldIds = { readonly input: string; readonly label: string; readonly hint: string };

/** Label at the left with a dot when changed, field at the right, hint or problem below it. */
function Row({
  field,
  label,
  changed,
  problem,
  hint,
  children,
}: {
  readonly field: Field;
  readonly label: string;
  readonly changed: ReadonlySet<Field>;
  readonly problem?: FieldProblem | undefined;
  readonly hint?: ReactNode;
  readonly children: (ids: FieldIds) => ReactNode;
}) {
  const { t } = useTranslation('connections');
  const id = useId();
  const ids = { input: `${id}-input`, label: `${id}-label`, hint: `${id}-hint` };
  return (
    <div className={cx(classes.row, problem !== undefined && classes.wrongRow)}>
      <label id={ids.label} htmlFor={ids.input}>
        {label}
        {changed.has(field) && (
          <i className={classes.dot} title={t('editor.changed')}>
            <span className="ts-hidden">{t('editor.changed')}</span>
          </i>
        )}
      </label>
      <div>
        {children(ids)}
        <p
          id={ids.hint}
          className={classes.hint}
          data-tone={problem === undefined ? undefined : 'err'}
          role="status"
        >
          {problem === undefined ? (
            hint
          ) : (
            <>
              <IconAlertCircle size={14} stroke={1.75} aria-hidden />
              {t(`problem.${problem}`)}
            </>
          )}
        </p>
      </div>
    </div>
  );
}

function TextField({
  ids,
  value,
  onChange,
  placeholder,
  isMono = false,
  readOnly = false,
  width,
  inputMode,
  testId,
}: {
  readonly ids: FieldIds;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly placeholder?: string | undefined;
  readonly isMono?: boolean;
  readonly readOnly?: boolean;
  readonly width?: number | undefined;
  readonly inputMode?: 'numeric' | undefined;
  readonly testId?: string | undefined;
}) {
  return (
    <input
      id={ids.input}
      className={cx(classes.input, isMono && 'ts-mono')}
      style={width === undefined ? undefined : { width }}
      value={value}
      readOnly={readOnly}
      placeholder={placeholder}
      inputMode={inputMode}
      aria-describedby={ids.hint}
      spellCheck={false}
      autoCapitalize="off"
      autoComplete="off"
      data-testid={testId}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
