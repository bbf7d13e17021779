/** What the broker does wrong on purpose: the common faults as switches, and the way to all of them. */
import { Select, Switch } from '@mantine/core';
import { IconBug } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import { host, type FaultRule, type FaultView } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { Card } from '@/shared/components/Card';
import { Pill } from '@/shared/components/Pill';
import { announce } from '@/shared/lib/announce';
import { formatClock, formatCount } from '@/shared/lib/format';
import { useBroker } from '@/shared/state/workbench';
import { useActivity } from '../state/activity';
import { useBrokerControl } from '../state/control';
import { PresetsMenu } from './PresetsMenu';
import { RulesDialog } from './RulesDialog';
import { SimpleControls } from './SimpleControls';
import {
  clientsOf,
  findSimple,
  otherRules,
  putSimple,
  SIMPLE_DEFAULTS,
  SIMPLE_KINDS,
  simpleValues,
  type SimpleKind,
  type SimpleValues,
} from './simpleFaults';
import classes from './faults.module.css';

export function FaultsCard() {
  const { t } = useTranslation('brokerFaults');
  const { faults: rules, status } = useBroker();
  const { run } = useBrokerControl();
  const [client, setClient] = useState<string | null>(null);
  const [drafts, setDrafts] = useState(SIMPLE_DEFAULTS);
  const [isEditing, setEditing] = useState(false);
  const active = rules.filter(({ on }) => on).length;
  const save = (next: FaultRule[]) => run(() => host().commands.saveFaults(next));
  const change = <K extends SimpleKind>(kind: K, on: boolean, values: SimpleValues[K]) => {
    setDrafts((before) => ({ ...before, [kind]: values }));
    // Numbers of a fault that was never on are only remembered.
    if (!on && findSimple(rules, kind, client) === -1) return;
    save(putSimple(rules, kind, client, { on, values, name: t(`simple.${kind}`) }));
  };
  const others = otherRules(rules, client).length;
  return (
    <Card
      title={t('title')}
      className={classes.card}
      badge={
        active > 0 && (
          <Pill tone="warn" data-testid="faults-active">
            <IconBug size={13} stroke={1.75} aria-hidden />
            {t('active', { count: active, number: formatCount(active) })}
          </Pill>
        )
      }
      actions={<ApplyTo rules={rules} client={client} onChange={setClient} />}
    >
      {SIMPLE_KINDS.map((kind) => {
        const rule = rules[findSimple(rules, kind, client)];
        const isOn = rule?.on === true;
        const values = simpleValues(rules, kind, client, drafts);
        return (
          <div key={kind} className={classes.row} data-on={isOn || undefined}>
            <Switch
              label={t(`simple.${kind}`)}
              checked={isOn}
              onChange={(event) => change(kind, event.currentTarget.checked, values)}
              data-testid={`fault-${kind}`}
            />
            <span className="ts-grow" />
            <SimpleControls
              kind={kind}
              values={values}
              onChange={(next) => change(kind, isOn, next)}
            />
          </div>
        );
      })}
      <div className={classes.foot}>
        <span className={classes.fired} role="status" data-testid="faults-fired">
          <Fired isOn={status.state === 'on'} active={active} />
          {others > 0 && ` · ${t('others', { count: others, number: formatCount(others) })}`}
        </span>
      </div>
      <div className={classes.foot}>
        <PresetsMenu onAdd={(added) => save([...rules, ...added])} />
        <Button
          size="sm"
          variant="quiet"
          onClick={() => setEditing(true)}
          data-testid="fault-rules"
        >
          {t('allRules')}
        </Button>
        <span className="ts-grow" />
        <Button
          size="sm"
          variant="quiet"
          disabled={active === 0}
          onClick={() => {
            save(rules.map((rule) => ({ ...rule, on: false })));
            announce(t('stopped'));
          }}
          data-testid="faults-stop"
        >
          {t('stopAll')}
        </Button>
      </div>
      {isEditing && <RulesDialog rules={rules} onClose={() => setEditing(false)} />}
    </Card>
  );
}

/** For whom the switches are: everybody, or one client that is there or that a rule names. */
function ApplyTo({
  rules,
  client,
  onChange,
}: {
  rules: readonly FaultRule[];
  client: string | null;
  onChange: (client: string | null) => void;
}) {
  const { t } = useTranslation('brokerFaults');
  const clients = useActivity()?.activity.clients ?? [];
  const known = new Set([
    ...clientsOf(rules),
    ...clients.map(({ clientId }) => clientId),
    ...(client === null ? [] : [client]),
  ]);
  return (
    <>
      <span className="ts-small ts-t3">{t('applyTo')}</span>
      <Select
        className={classes.applyTo}
        aria-label={t('applyTo')}
        value={client === null ? ALL : `=${client}`}
        searchable={known.size > SEARCHED}
        limit={100}
        data={[
          { value: ALL, label: t('allClients') },
          // A client may be called anything, even like the value for all.
          ...[...known].map((one) => ({ value: `=${one}`, label: one })),
        ]}
        onChange={(value) => onChange(value === null || value === ALL ? null : value.slice(1))}
      />
    </>
  );
}

const ALL = '*';
/** Clients above which the list can be searched. */
const SEARCHED = 8;

/** How often the faults that are on have fired, and when last. */
function Fired({ isOn, active }: { isOn: boolean; active: number }) {
  const { t } = useTranslation('brokerFaults');
  const views: readonly FaultView[] = useActivity()?.activity.faults ?? [];
  if (active === 0) return t('noneOn');
  if (!isOn) return t('whenOn');
  const fired = views.reduce((sum, view) => sum + view.fired, 0);
  const last = Math.max(0, ...views.map((view) => view.last ?? 0));
  if (fired === 0) return t('notFired');
  return t('fired', { count: fired, number: formatCount(fired), time: formatClock(last) });
}
