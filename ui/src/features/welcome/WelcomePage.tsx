/** The first page: three ways to live messages. */
import { IconShieldCheck } from '@tabler/icons-react';
import { useMemo, useRef, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { useTranslation } from '@/i18n';
import { useActions, type Action } from '@/shared/actions/actions';
import { Keys } from '@/shared/components/Kbd';
import { Logo } from '@/shared/components/Logo';
import { routes } from '@/shared/lib/routes';
import { AddressCard } from './AddressCard';
import { EditorCard } from './EditorCard';
import { LocalCard } from './LocalCard';
import { useStartLocal } from './useStart';
import classes from './welcome.module.css';

export function WelcomePage({ themeChoice }: { themeChoice: ReactNode }) {
  const { t } = useTranslation('welcome');
  const [, navigate] = useLocation();
  const address = useRef<HTMLInputElement>(null);
  const local = useStartLocal();
  const { start } = local;
  const actions = useMemo(
    (): Action[] => [
      { id: 'welcome.local', title: t('local.title'), group: 'go', keys: ['1'], run: start },
      {
        id: 'welcome.address',
        title: t('address.title'),
        group: 'go',
        keys: ['2'],
        run: () => address.current?.focus(),
      },
      {
        id: 'welcome.editor',
        title: t('editor.title'),
        group: 'go',
        keys: ['3'],
        run: () => navigate(routes.newConnection),
      },
    ],
    [t, start, navigate],
  );
  useActions(actions);
  return (
    <div className={classes.page}>
      <div className={classes.content}>
        <header className={classes.header}>
          <Logo size={52} />
          <div className="ts-grow">
            <h1 className={classes.title}>{t('title')}</h1>
            <p className={classes.subtitle}>{t('subtitle')}</p>
          </div>
          <div className={classes.theme}>
            <div className="ts-label">{t('theme')}</div>
            {themeChoice}
          </div>
        </header>
        <div className={classes.cards} data-pane>
          <LocalCard {...local} />
          <AddressCard inputRef={address} />
          <EditorCard />
        </div>
        <footer className={classes.footer}>
          <span className="ts-row">
            <IconShieldCheck size={16} stroke={1.75} className="ts-ok ts-icon" aria-hidden />
            {t('localFirst')}
          </span>
          <span className="ts-grow" />
          <span className="ts-row ts-nowrap">
            <Keys keys="mod+k" /> {t('allCommands')}
          </span>
          <span className="ts-row ts-nowrap">
            <Keys keys="F1" /> {t('keyboardMap')}
          </span>
        </footer>
      </div>
    </div>
  );
}
