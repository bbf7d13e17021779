/** Every fault rule: the list in its order at the left, the chosen one at the right. */
import { Switch } from '@mantine/core';
import {
  IconAlertCircle,
  IconArrowDown,
  IconArrowUp,
  IconCopy,
  IconPlus,
  IconTrash,
} from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import { host, type Failure, type FaultRule } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { Dialog } from '@/shared/components/Dialog';
import { IconButton } from '@/shared/components/IconButton';
import { cx } from '@/shared/lib/cx';
import { failureText } from '@/shared/lib/failureText';
import { formatCount } from '@/shared/lib/format';
import { DialogFoot, Question } from '../parts/Question';
import { useActivity } from '../state/activity';
import { useBrokerControl } from '../state/control';
import { checkRule, newRule } from './faultRules';
import { PresetsMenu } from './PresetsMenu';
import { RuleForm } from './RuleForm';
import { ruleSentence } from './ruleText';
import classes from './faults.module.css';

export function RulesDialog({
  rules: saved,
  onClose,
}: {
  rules: readonly FaultRule[];
  onClose: () => void;
}) {
  const { t } = useTranslation('brokerFaults');
  const { busy, ask } = useBrokerControl();
  const [rules, setRules] = useState<readonly FaultRule[]>(saved);
  const [chosen, setChosen] = useState(0);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [isLeaving, setLeaving] = useState(false);
  const rule = rules[chosen];
  const wrong = rules.filter((one) => checkRule(one).length > 0).length;
  const isChanged = JSON.stringify(rules) !== JSON.stringify(saved);

  const change = (next: readonly FaultRule[], place = chosen) => {
    setFailure(null);
    setRules(next);
    setChosen(Math.max(0, Math.min(place, next.length - 1)));
  };
  const move = (by: -1 | 1) => {
    const other = rules[chosen + by];
    if (rule === undefined || other === undefined) return;
    change(rules.with(chosen, other).with(chosen + by, rule), chosen + by);
  };
  const save = async () => {
    const problem = await ask(() => host().commands.saveFaults([...rules]));
    if (problem === null) {
      onClose();
      return;
    }
    setFailure(problem);
    const index = Number(problem.details.index);
    if (rules[index] !== undefined) setChosen(index);
  };

  return (
    <Dialog
      isOpen
      width={1090}
      title={t('editor.title')}
      onClose={() => {
        if (isChanged) setLeaving(true);
        else onClose();
      }}
      testId="fault-editor"
    >
      <p className="ts-small ts-t2">{t('editor.intro')}</p>
      <div className={classes.editor}>
        <div className={classes.side}>
          <RuleList rules={rules} chosen={chosen} onChoose={setChosen} onChange={change} />
          <div className={classes.tools}>
            <Button
              size="sm"
              onClick={() => {
                const name = t('editor.newName', { number: rules.length + 1 });
                change([...rules, newRule(name)], rules.length);
              }}
              data-testid="fault-add"
            >
              <IconPlus size={14} stroke={1.75} aria-hidden />
              {t('editor.add')}
            </Button>
            <span className="ts-grow" />
            <IconButton label={t('editor.up')} disabled={chosen <= 0} onClick={() => move(-1)}>
              <IconArrowUp size={16} stroke={1.75} aria-hidden />
            </IconButton>
            <IconButton
              label={t('editor.down')}
              disabled={chosen >= rules.length - 1}
              onClick={() => move(1)}
            >
              <IconArrowDown size={16} stroke={1.75} aria-hidden />
            </IconButton>
            <IconButton
              label={t('editor.copy')}
              disabled={rule === undefined}
              onClick={() => {
                if (rule === undefined) return;
                const copy = { ...rule, name: t('editor.copyName', { name: rule.name }) };
                change(rules.toSpliced(chosen + 1, 0, copy), chosen + 1);
              }}
            >
              <IconCopy size={16} stroke={1.75} aria-hidden />
            </IconButton>
            <IconButton
              label={t('editor.remove')}
              disabled={rule === undefined}
              onClick={() => change(rules.toSpliced(chosen, 1))}
            >
              <IconTrash size={16} stroke={1.75} aria-hidden />
            </IconButton>
          </div>
        </div>
        {rule === undefined ? (
          <div className={classes.none}>
            <p>{t('editor.empty')}</p>
            <PresetsMenu onAdd={(added) => change([...rules, ...added], rules.length)} />
          </div>
        ) : (
          <RuleForm
            key={chosen}
            rule={rule}
            onChange={(next) => change(rules.with(chosen, next))}
          />
        )}
      </div>
      <DialogFoot
        start={
          <span className="ts-small ts-err" role="alert">
            {failure !== null && failureText(failure).why}
            {failure === null &&
              wrong > 0 &&
              t('editor.wrong', { count: wrong, number: formatCount(wrong) })}
          </span>
        }
      >
        <Button onClick={() => (isChanged ? setLeaving(true) : onClose())}>
          {t('editor.cancel')}
        </Button>
        <Button
          variant="primary"
          disabled={wrong > 0 || !isChanged || busy}
          onClick={() => void save()}
          data-testid="fault-save"
        >
          {t('editor.save')}
        </Button>
      </DialogFoot>
      {isLeaving && (
        <Question
          title={t('editor.leaveTitle')}
          answer={t('editor.leave')}
          onAnswer={onClose}
          onClose={() => setLeaving(false)}
        >
          <p>{t('editor.leaveText')}</p>
        </Question>
      )}
    </Dialog>
  );
}

function RuleList({
  rules,
  chosen,
  onChoose,
  onChange,
}: {
  rules: readonly FaultRule[];
  chosen: number;
  onChoose: (index: number) => void;
  onChange: (rules: readonly FaultRule[]) => void;
}) {
  const { t } = useTranslation('brokerFaults');
  const views = useActivity()?.activity.faults ?? [];
  return (
    <ol className={classes.list} aria-label={t('editor.list')}>
      {rules.map((rule, index) => {
        const view = views[index];
        // Counters belong to the rule as it is in force, not as it is being changed.
        const isSame = view !== undefined && JSON.stringify(view.rule) === JSON.stringify(rule);
        const isWrong = checkRule(rule).length > 0;
        return (
          <li
            // Rules have no identity but their place.
            key={index}
            className={cx(classes.item, index === chosen && classes.chosen)}
            data-off={!rule.on || undefined}
          >
            <Switch
              aria-label={t('editor.onOf', { name: rule.name })}
              checked={rule.on}
              onChange={(event) =>
                onChange(rules.with(index, { ...rule, on: event.currentTarget.checked }))
              }
            />
            <button
              type="button"
              className={classes.itemText}
              aria-current={index === chosen}
              onClick={() => onChoose(index)}
            >
              <span className={classes.itemName}>
                {isWrong && (
                  <IconAlertCircle size={14} stroke={1.75} className="ts-err" aria-hidden />
                )}
                <span className="ts-ellipsis">{rule.name}</span>
              </span>
              <span className={classes.itemSentence}>{ruleSentence(rule, t)}</span>
              {isSame && rule.on && (
                <span className="ts-small ts-t3">
                  {t('editor.counters', {
                    seen: formatCount(view.seen),
                    fired: formatCount(view.fired),
                  })}
                </span>
              )}
            </button>
          </li>
        );
      })}
    </ol>
  );
}
