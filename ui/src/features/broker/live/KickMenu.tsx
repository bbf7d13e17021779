/** What can be done to a client: disconnect it with a reason, or delete its session. */
import { Menu } from '@mantine/core';
import { IconChevronDown, IconLogout, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import { host, toFailure, type BrokerClient } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { announce } from '@/shared/lib/announce';
import { cx } from '@/shared/lib/cx';
import { formatCount } from '@/shared/lib/format';
import { notifyFailure } from '@/shared/lib/notify';
import { DISCONNECT_CODES, reasonOption } from '../packets/reasonCodes';
import { Question } from '../parts/Question';
import { lookNow } from '../state/activity';
import classes from './live.module.css';

export function KickMenu({
  client,
  isLarge = false,
}: {
  client: BrokerClient;
  /** With an outline, for a header. */
  isLarge?: boolean;
}) {
  const { t } = useTranslation('brokerLive');
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const { clientId } = client;
  const isOnline = client.connected !== null;
  const run = (command: Promise<null>, done: string) => {
    setBusy(true);
    command
      .then(
        () => announce(done),
        (error: unknown) => notifyFailure(toFailure(error)),
      )
      .finally(() => {
        setBusy(false);
        lookNow();
      });
  };
  const kick = (reason: number) =>
    run(host().commands.kickClient(clientId, reason), t('kick.kicked', { client: clientId }));
  const remove = () =>
    run(host().commands.deleteBrokerSession(clientId), t('kick.deleted', { client: clientId }));
  return (
    // A click here is not a click on the row.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions
    <span onClick={(event) => event.stopPropagation()} className={classes.kick}>
      <Menu
        position="bottom-end"
        // In a landmark: the drawer of a client is one; a table would clip it, so there it is in the page.
        withinPortal={!isLarge}
        portalProps={{ target: '#main' }}
        withInitialFocusPlaceholder={false}
      >
        <Menu.Target>
          <Button
            size={isLarge ? 'md' : 'sm'}
            variant={isLarge ? 'quiet' : 'ghost'}
            disabled={busy}
          >
            {isOnline ? t('kick.kick') : t('kick.session')}
            <span className="ts-hidden">{clientId}</span>
            {isOnline && !isLarge ? (
              <IconLogout size={14} stroke={1.75} aria-hidden />
            ) : (
              <IconChevronDown size={14} stroke={1.75} aria-hidden />
            )}
          </Button>
        </Menu.Target>
        <Menu.Dropdown className={classes.codes}>
          {isOnline && (
            <div role="group" aria-label={t('kick.label')}>
              <Menu.Label role="presentation">{t('kick.label')}</Menu.Label>
              {DISCONNECT_CODES.map((code) => (
                <Menu.Item key={code} onClick={() => kick(code)}>
                  {reasonOption(code)}
                </Menu.Item>
              ))}
              <Menu.Divider />
            </div>
          )}
          <Menu.Item
            className={cx('ts-err', classes.delete)}
            leftSection={<IconTrash size={14} stroke={1.75} aria-hidden />}
            onClick={() => setAsking(true)}
          >
            {t('kick.delete')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {asking && (
        <Question
          title={t('kick.deleteTitle', { client: clientId })}
          answer={t('kick.deleteAnswer')}
          onAnswer={remove}
          onClose={() => setAsking(false)}
        >
          <p>
            {t('kick.deleteText', {
              subscriptions: formatCount(client.subscriptions),
              queued: formatCount(client.queued),
            })}
          </p>
          {isOnline && <p>{t('kick.deleteOnline')}</p>}
        </Question>
      )}
    </span>
  );
}
