/** The two ways to start that connect at once. */
import { useCallback, useState } from 'react';
import { useLocation } from 'wouter';
import { host, toFailure, type Address, type Connection, type Failure } from '@/ipc';
import { routes } from '@/shared/lib/routes';
import { putConnection, useWorkbench } from '@/shared/state/workbench';

export type StartLocal = {
  demo: boolean;
  setDemo: (demo: boolean) => void;
  busy: boolean;
  failure: Failure | null;
  start: () => void;
};

/** Starts the local broker, connects, and shows the connection. */
export function useStartLocal(): StartLocal {
  const [, navigate] = useLocation();
  const [demo, setDemo] = useState(true);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const start = useCallback(() => {
    setBusy(true);
    setFailure(null);
    host()
      .commands.startLocal(demo)
      .then(
        (connection) => {
          putConnection(connection);
          navigate(routes.connection(connection.id));
        },
        (error: unknown) => {
          setFailure(toFailure(error));
          setBusy(false);
        },
      );
  }, [demo, navigate]);
  return { demo, setDemo, busy, failure, start };
}

export type ConnectTo = {
  busy: boolean;
  failure: Failure | null;
  clear: () => void;
  connectTo: (text: string) => void;
};

/** Connects to a pasted address: makes a profile of it, or takes the one that is there. */
export function useConnectTo(): ConnectTo {
  const [, navigate] = useLocation();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const connectTo = async (text: string) => {
    setBusy(true);
    setFailure(null);
    try {
      const { commands } = host();
      const address = await commands.parseAddress(text);
      const connection = known(address) ?? (await save(address));
      putConnection(connection);
      await commands.connect(connection.id);
      navigate(routes.connection(connection.id));
    } catch (error) {
      setFailure(toFailure(error));
      setBusy(false);
    }
  };
  return {
    busy,
    failure,
    clear: () => setFailure(null),
    connectTo: (text) => void connectTo(text),
  };
}

/** The profile this address already has, unless the address brings a password of its own. */
function known({ host: name, port, username, password }: Address): Connection | undefined {
  if (password !== null) return undefined;
  return useWorkbench
    .getState()
    .connections.find((one) => one.host === name && one.port === port && one.username === username);
}

function save({ host: name, port, username, password }: Address): Promise<Connection> {
  return host().commands.saveConnection({
    id: null,
    name: port === 1883 ? name : `${name}:${port}`,
    host: name,
    port,
    version: 'v5',
    clientId: '',
    username,
    password: password === null ? { action: 'clear' } : { action: 'set', value: password },
    keepAliveSeconds: 60,
    cleanStart: true,
  });
}
