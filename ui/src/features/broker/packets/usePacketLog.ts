import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { host, toFailure, type Failure, type PacketDetail } from '@/ipc';
import { useInterval } from '@/shared/lib/useInterval';
import { createPacketLog, type PacketLog, type PacketSnapshot } from './packetLog';

/** ms between two looks. */
const PERIOD = 500;
/** Pages asked for in one look, so that a flood does not hold the window. */
const PAGES = 20;

/** The packets of one client for as long as its log is on screen; `failure` when it is gone. */
export function usePacketLog(clientId: string): PacketSnapshot & { failure: Failure | null } {
  const [log] = useState(() => createPacketLog());
  const [failure, setFailure] = useState<Failure | null>(null);
  const isAsking = useRef(false);
  useInterval(() => {
    if (isAsking.current) return;
    isAsking.current = true;
    void pull(log, clientId)
      .then(() => setFailure(null))
      .catch((error: unknown) => setFailure(toFailure(error)))
      .finally(() => {
        isAsking.current = false;
      });
  }, PERIOD);
  const snapshot = useSyncExternalStore(log.subscribe, log.getSnapshot);
  return { ...snapshot, failure };
}

/** Asks for pages until there is nothing new. */
async function pull(log: PacketLog, clientId: string): Promise<void> {
  for (let page = 0; page < PAGES; page += 1) {
    const { next } = log.getSnapshot();
    const answer = await host().commands.brokerPackets(clientId, next);
    log.append(answer);
    if (answer.rows.length === 0) return;
  }
}

export type PacketReading = {
  readonly detail: PacketDetail | null;
  readonly failure: Failure | null;
};

const NOTHING: PacketReading = { detail: null, failure: null };

/** One packet, asked for when `key` changes; the one before stays until the answer is there. */
export function usePacketDetail(
  key: string | null,
  ask: () => Promise<PacketDetail>,
): PacketReading {
  const [reading, setReading] = useState<PacketReading>(NOTHING);
  const asked = useRef(ask);
  useEffect(() => {
    asked.current = ask;
  });
  useEffect(() => {
    if (key === null) return;
    let isWanted = true;
    asked
      .current()
      .then((detail) => {
        if (isWanted) setReading({ detail, failure: null });
      })
      .catch((error: unknown) => {
        if (isWanted) setReading({ detail: null, failure: toFailure(error) });
      });
    return () => {
      isWanted = false;
    };
  }, [key]);
  return key === null ? NOTHING : reading;
}
