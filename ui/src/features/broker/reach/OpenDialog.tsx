import { IconAlertTriangle } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import { host, type BrokerView, type Failure } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { Dialog } from '@/shared/components/Dialog';
import { FailurePanel } from '@/shared/components/FailurePanel';
import { useBroker } from '@/shared/state/workbench';
import { DialogFoot } from '../parts/Question';
import { useBrokerControl } from '../state/control';
import { closeRequest, useOpenRequest } from './openRequest';
import { SignInFields, useSignIn } from './SignInFields';
import classes from './reach.module.css';

/** How long it stays open by itself. */
const MINUTES = 60;

/** Asks before the broker is opened to the network; while the question is open, nothing is. */
export function OpenDialog() {
  const isOpen = useOpenRequest((request) => request.isOpen);
  return isOpen ? <OpenQuestion /> : null;
}

function OpenQuestion() {
  const { t } = useTranslation('broker');
  const broker = useBroker();
  const control = useBrokerControl();
  const [failed, setFailed] = useState<Failure | null>(null);
  const signIn = useSignIn();
  const { commands } = host();
  const { anonymous } = broker.access;
  const act = async (command: () => Promise<BrokerView>) => {
    const failure = await control.ask(command);
    setFailed(failure);
    if (failure === null) closeRequest();
  };
  const open = (confirmed: boolean) => act(() => commands.setBrokerReach(true, MINUTES, confirmed));
  const openWithUser = () =>
    act(async () => {
      await commands.saveBrokerUser(signIn.name.trim(), signIn.password);
      await commands.setBrokerAnonymous(false);
      return commands.setBrokerReach(true, MINUTES, false);
    });
  const openWithUsers = () =>
    act(async () => {
      await commands.setBrokerAnonymous(false);
      return commands.setBrokerReach(true, MINUTES, false);
    });
  const hasUsers = broker.access.users.length > 0;
  return (
    <Dialog isOpen onClose={closeRequest} width={480} title={t('open.title')} testId="open-dialog">
      <form
        className={classes.question}
        onSubmit={(event) => {
          event.preventDefault();
          if (!anonymous) void open(false);
          else if (hasUsers) void openWithUsers();
          else if (signIn.isComplete) void openWithUser();
        }}
      >
        <p className="ts-t2">{t('open.text')}</p>
        <Addresses broker={broker} />
        <p className="ts-small ts-t2">{t('open.closes')}</p>
        {anonymous && (
          <div className={classes.exposed}>
            <p>
              <IconAlertTriangle size={16} stroke={1.75} aria-hidden />
              <span>
                <strong className="ts-semi">{t('open.exposed')}</strong>{' '}
                <span className="ts-t2">
                  {hasUsers
                    ? t('open.exposedUsers', { users: broker.access.users.join(t('reach.comma')) })
                    : t('open.exposedText')}
                </span>
              </span>
            </p>
            {!hasUsers && <SignInFields {...signIn} />}
          </div>
        )}
        {failed !== null && <FailurePanel failure={failed} />}
        <DialogFoot
          start={
            anonymous && (
              <Button
                variant="danger"
                disabled={control.busy}
                onClick={() => void open(true)}
                data-testid="open-anyway"
              >
                {t('open.anyway')}
              </Button>
            )
          }
        >
          <Button onClick={closeRequest}>{t('open.cancel')}</Button>
          <Button
            type="submit"
            variant="primary"
            disabled={control.busy || (anonymous && !hasUsers && !signIn.isComplete)}
            data-testid="open-confirm"
          >
            {!anonymous
              ? t('open.confirm')
              : hasUsers
                ? t('open.confirmUsers')
                : t('open.confirmUser')}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

function Addresses({ broker: { reach } }: { broker: BrokerView }) {
  const { t } = useTranslation('broker');
  if (reach.addresses.length === 0) return <p className="ts-warn">{t('reach.noAddress')}</p>;
  return (
    <ul className={classes.addresses} aria-label={t('open.addresses')}>
      {reach.addresses.map((one) => (
        <li key={`${one.interface} ${one.address}`}>
          <span className="ts-t2">{one.interface}</span>
          <span className="ts-mono">{one.address}</span>
        </li>
      ))}
    </ul>
  );
}
