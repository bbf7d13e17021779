import { Checkbox, SegmentedControl, TextInput } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import { host, type AclRule, type Failure } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { Dialog } from '@/shared/components/Dialog';
import { FailurePanel } from '@/shared/components/FailurePanel';
import { useBroker } from '@/shared/state/workbench';
import { DialogFoot } from '../parts/Question';
import { useBrokerControl } from '../state/control';
import { checkRule, fieldOf, fillTopics } from './rules';
import { useProblemText } from './useProblemText';
import { WhoFields } from './WhoFields';
import classes from './access.module.css';

/** One rule: who, may or may not, what, on which topics; checked while it is typed. */
export function RuleDialog({
  index,
  initial,
  onClose,
}: {
  /** Its place in the list; null for a new one. */
  index: number | null;
  initial: AclRule;
  onClose: () => void;
}) {
  const { t } = useTranslation('brokerAccess');
  const { access } = useBroker();
  const control = useBrokerControl();
  const problemText = useProblemText();
  const [rule, setRule] = useState(initial);
  const [isTouched, setIsTouched] = useState(index !== null);
  const [failed, setFailed] = useState<Failure | null>(null);
  const change = (part: Partial<AclRule>) => setRule((now) => ({ ...now, ...part }));
  const problem = checkRule(rule);
  const shown = problem !== null && (isTouched || problem.problem !== 'empty') ? problem : null;
  const wrong = (field: 'who' | 'what' | 'topics') =>
    shown !== null && fieldOf(shown) === field ? problemText(shown) : null;
  const save = async (rules: AclRule[]) => {
    const failure = await control.ask(() => host().commands.saveBrokerRules(rules));
    setFailed(failure);
    if (failure === null) onClose();
  };
  const withRule = () =>
    index === null
      ? [...access.rules, rule]
      : access.rules.map((one, at) => (at === index ? rule : one));
  return (
    <Dialog
      isOpen
      onClose={onClose}
      width={480}
      title={t(index === null ? 'newRule' : 'editRule')}
      testId="rule-dialog"
    >
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          setIsTouched(true);
          if (problem === null) void save(withRule());
        }}
      >
        <WhoFields who={rule.who} problem={wrong('who')} onChange={(who) => change({ who })} />
        <div className={classes.what}>
          <SegmentedControl
            aria-label={t('effect')}
            value={rule.effect}
            onChange={(effect) => change({ effect })}
            data={[
              { value: 'allow', label: t('allow') },
              { value: 'deny', label: t('deny') },
            ]}
          />
          {(['publish', 'subscribe', 'receive'] as const).map((kind) => (
            <Checkbox
              key={kind}
              label={t(`kind.${kind}`)}
              checked={rule[kind]}
              onChange={(event) => change({ [kind]: event.currentTarget.checked })}
            />
          ))}
        </div>
        {wrong('what') !== null && (
          <p className="ts-small ts-err" role="alert">
            {wrong('what')}
          </p>
        )}
        <TextInput
          label={t('topics')}
          description={t('topicsHint')}
          value={rule.topics}
          onChange={(event) => {
            setIsTouched(true);
            change({ topics: event.currentTarget.value });
          }}
          error={wrong('topics')}
          placeholder="plant/%u/#"
          spellCheck={false}
          autoComplete="off"
          classNames={{ input: classes.mono }}
          data-testid="rule-topics"
        />
        <Example rule={rule} isRight={problem === null} />
        <p className="ts-small ts-t3">{t(`meaning.${rule.effect}`)}</p>
        {failed !== null && <FailurePanel failure={failed} />}
        <DialogFoot
          start={
            index !== null && (
              <Button
                variant="danger"
                disabled={control.busy}
                onClick={() => void save(access.rules.filter((_, at) => at !== index))}
                data-testid="rule-delete"
              >
                <IconTrash size={16} stroke={1.75} aria-hidden />
                {t('deleteRule')}
              </Button>
            )
          }
        >
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button
            type="submit"
            variant="primary"
            disabled={problem !== null || control.busy}
            data-testid="rule-save"
          >
            {t(index === null ? 'saveNewRule' : 'saveRule')}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

/** What `%u` and `%c` become, when they are used. */
function Example({ rule, isRight }: { rule: AclRule; isRight: boolean }) {
  const { t } = useTranslation('brokerAccess');
  if (!isRight || !/%[uc]/.test(rule.topics)) return null;
  const user = rule.who.kind === 'user' ? rule.who.name : 'esp32';
  const client = 'greenhouse-7';
  return (
    <p className="ts-small ts-t2" data-testid="rule-example">
      {t('example', { user, client })}{' '}
      <span className={`ts-mono ${classes.breaks ?? ''}`}>
        {fillTopics(rule.topics, user, client)}
      </span>
    </p>
  );
}
