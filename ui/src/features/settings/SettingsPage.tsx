/** The few things there are to set, and the facts a person wants to know about the data. */
import { Select } from '@mantine/core';
import { useId, type ReactNode } from 'react';
import { useTranslation } from '@/i18n';
import type { Language, Settings } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { Card } from '@/shared/components/Card';
import { CopyButton } from '@/shared/components/CopyButton';
import { Logo } from '@/shared/components/Logo';
import { ThemeChoice } from '@/shared/components/ThemeChoice';
import { failureText } from '@/shared/lib/failureText';
import { formatBytes } from '@/shared/lib/format';
import { useHistory, useWorkbench } from '@/shared/state/workbench';
import classes from './settings.module.css';

export function SettingsPage({
  onChange,
  onKeyboardMap,
}: {
  onChange: (part: Partial<Settings>) => void;
  onKeyboardMap: () => void;
}) {
  const { t } = useTranslation('settings');
  return (
    <div className={classes.page}>
      <header className={classes.header}>
        <h1>{t('title')}</h1>
      </header>
      <div className={classes.content} data-pane>
        <AppearanceCard onChange={onChange} />
        <DataCard />
        <Card title={t('keyboard.title')}>
          <Row label={t('keyboard.text')}>
            <Button onClick={onKeyboardMap}>{t('keyboard.open')}</Button>
          </Row>
        </Card>
        <AboutCard />
      </div>
    </div>
  );
}

function AppearanceCard({ onChange }: { onChange: (part: Partial<Settings>) => void }) {
  const { t } = useTranslation('settings');
  const id = useId();
  const { theme, language } = useWorkbench(({ settings }) => settings);
  const languages: { value: Language; label: string }[] = [
    { value: 'system', label: t('language.system') },
    { value: 'en', label: 'English' },
    { value: 'zh-CN', label: '简体中文' },
  ];
  return (
    <Card title={t('appearance')}>
      <Row label={t('theme.label')}>
        <ThemeChoice value={theme} onChange={(next) => onChange({ theme: next })} />
      </Row>
      <Row label={t('language.label')} htmlFor={id}>
        <Select
          id={id}
          className={classes.select}
          data={languages}
          value={language}
          onChange={(value) => {
            const chosen = languages.find((one) => one.value === value);
            if (chosen !== undefined) onChange({ language: chosen.value });
          }}
          data-testid="settings-language"
        />
      </Row>
    </Card>
  );
}

function DataCard() {
  const { t } = useTranslation('settings');
  const history = useHistory();
  const secrets = useWorkbench((workbench) => workbench.secrets);
  return (
    <Card title={t('data.title')}>
      <Row label={t('data.history')} hint={t('data.historyHint')}>
        <code className={`ts-mono ${classes.path ?? ''}`}>{history.path}</code>
        <CopyButton value={history.path} label={t('data.copyPath')} />
      </Row>
      <Row label={t('data.size')}>
        {history.state === 'blocked' ? (
          <span className="ts-err">{failureText(history.cause).title}</span>
        ) : (
          formatBytes(history.bytes)
        )}
        {history.state === 'paused' && (
          <span className="ts-warn">{failureText(history.cause).title}</span>
        )}
      </Row>
      <Row label={t('data.secrets')} hint={t(`data.secretsHint.${secrets.kind}`)}>
        {t(`data.secretsIn.${secrets.kind}`)}
      </Row>
    </Card>
  );
}

function AboutCard() {
  const { t } = useTranslation('settings');
  const version = useWorkbench((workbench) => workbench.version);
  return (
    <Card title={t('about.title')}>
      <div className={classes.about}>
        <Logo size={40} />
        <div className="ts-grow">
          <p className="ts-semi">Topicscope {version}</p>
          <p className="ts-small ts-t2">{t('about.text')}</p>
          <p className="ts-small ts-t3">{t('about.licence')}</p>
        </div>
        <CopyButton value={`Topicscope ${version}`} label={t('about.copy')} />
      </div>
    </Card>
  );
}

function Row({
  label,
  hint,
  htmlFor,
  children,
}: {
  label: string;
  hint?: string;
  htmlFor?: string;
  children: ReactNode;
}) {
  return (
    <div className={classes.row}>
      <div className={classes.rowLabel}>
        {htmlFor === undefined ? <span>{label}</span> : <label htmlFor={htmlFor}>{label}</label>}
        {hint !== undefined && <p className="ts-small ts-t3">{hint}</p>}
      </div>
      <div className={classes.rowValue}>{children}</div>
    </div>
  );
}
