import { NumberInput, SegmentedControl, Select, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import { host, type ClientCertificates, type Failure, type ListenerProtocol } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { Dialog } from '@/shared/components/Dialog';
import { FailurePanel } from '@/shared/components/FailurePanel';
import { useBroker } from '@/shared/state/workbench';
import { FieldRow } from '../parts/Field';
import { DialogFoot } from '../parts/Question';
import { useBrokerControl } from '../state/control';
import {
  checkListener,
  hasPath,
  hasTls,
  listenerOf,
  newListener,
  putListener,
  type ListenerDraft,
} from './listenerDraft';
import classes from './listeners.module.css';

const PROTOCOLS: readonly ListenerProtocol[] = ['tcp', 'tls', 'ws', 'wss'];
const MODES: readonly ClientCertificates[] = ['off', 'optional', 'required'];

/** A new listener, or the port and the manners of one. */
export function ListenerDialog({
  draft: initial,
  isNew,
  onClose,
}: {
  draft: ListenerDraft;
  isNew: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation('brokerListeners');
  const { settings, status } = useBroker();
  const control = useBrokerControl();
  const [draft, setDraft] = useState(initial);
  const [failed, setFailed] = useState<Failure | null>(null);
  const others = settings.listeners.filter(({ id }) => id !== initial.id);
  const problems = checkListener(draft, others);
  const isRight = problems.port === undefined && problems.path === undefined;
  const view =
    status.state === 'on' ? status.listeners.find(({ id }) => id === draft.id) : undefined;
  const clients = view?.state.state === 'listening' ? view.state.clients : 0;
  const change = (part: Partial<ListenerDraft>) => setDraft((now) => ({ ...now, ...part }));
  const save = async () => {
    const next = putListener(settings, listenerOf(draft));
    const failure = await control.ask(() => host().commands.saveBrokerSettings(next));
    setFailed(failure);
    if (failure === null) onClose();
  };
  const name = t(`protocol.${draft.protocol}`);
  return (
    <Dialog
      isOpen
      onClose={onClose}
      width={480}
      title={isNew ? t('addTitle') : t('editTitle', { name })}
      testId="listener-dialog"
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isRight) void save();
        }}
      >
        <div className={classes.form}>
          {isNew && (
            <FieldRow label={t('protocolName')}>
              {({ id }) => (
                <Select
                  id={id}
                  className={classes.wide}
                  value={draft.protocol}
                  data={PROTOCOLS.map((one) => ({ value: one, label: t(`protocol.${one}`) }))}
                  onChange={(value) => {
                    const protocol = PROTOCOLS.find((one) => one === value);
                    if (protocol !== undefined) setDraft(newListener(settings, protocol));
                  }}
                />
              )}
            </FieldRow>
          )}
          <FieldRow
            label={t('port')}
            hint={t('portHint')}
            problem={problems.port && t(`problem.${problems.port}`)}
          >
            {({ id, describedBy }) => (
              <NumberInput
                id={id}
                aria-describedby={describedBy}
                className={classes.narrow}
                value={draft.port}
                onChange={(port) => change({ port })}
                hideControls
                allowDecimal={false}
                allowNegative={false}
                error={problems.port !== undefined}
                data-autofocus
                data-testid="broker-port"
              />
            )}
          </FieldRow>
          {hasPath(draft.protocol) && (
            <FieldRow
              label={t('path')}
              hint={t('pathHint')}
              problem={problems.path && t(`problem.${problems.path}`)}
            >
              {({ id, describedBy }) => (
                <TextInput
                  id={id}
                  aria-describedby={describedBy}
                  className={classes.narrow}
                  value={draft.path}
                  onChange={(event) => change({ path: event.currentTarget.value })}
                  spellCheck={false}
                  error={problems.path !== undefined}
                />
              )}
            </FieldRow>
          )}
          {hasTls(draft.protocol) && <TlsFields draft={draft} onChange={change} />}
        </div>
        {!isNew && clients > 0 && (
          <p className={classes.effect}>{t('effect', { count: clients })}</p>
        )}
        {failed !== null && <FailurePanel failure={failed} className={classes.failed} />}
        <DialogFoot>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button
            type="submit"
            variant="primary"
            disabled={!isRight || control.busy}
            data-testid="broker-port-apply"
          >
            {isNew ? t('addButton') : t('save')}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

function TlsFields({
  draft,
  onChange,
}: {
  draft: ListenerDraft;
  onChange: (part: Partial<ListenerDraft>) => void;
}) {
  const { t } = useTranslation('brokerListeners');
  return (
    <>
      <div className={classes.stacked}>
        <span id="client-certificates">{t('clientCertificatesName')}</span>
        <SegmentedControl
          aria-labelledby="client-certificates"
          value={draft.clientCertificates}
          onChange={(mode) => onChange({ clientCertificates: mode })}
          data={MODES.map((mode) => ({ value: mode, label: t(`mode.${mode}`) }))}
        />
        <p className="ts-small ts-t3">{t(`clientCertificates.${draft.clientCertificates}`)}</p>
      </div>
      <FieldRow label={t('commonName')} hint={t('commonNameHint')}>
        {({ id, describedBy }) => (
          <Switch
            id={id}
            aria-describedby={describedBy}
            checked={draft.commonNameIsUser && draft.clientCertificates !== 'off'}
            disabled={draft.clientCertificates === 'off'}
            onChange={(event) => onChange({ commonNameIsUser: event.currentTarget.checked })}
          />
        )}
      </FieldRow>
    </>
  );
}
