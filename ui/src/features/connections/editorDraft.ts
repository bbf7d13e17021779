/**
 * What stands in the connection editor: the fields as text, what changed, what is wrong, and keeping
 * it over a reload. The password never leaves memory.
 */
import type { Address, Connection, ConnectionDraft, MqttVersion, PasswordChange } from '@/ipc';

export type EditorDraft = {
  readonly name: string;
  readonly host: string;
  /** As typed. */
  readonly port: string;
  readonly version: MqttVersion;
  readonly clientId: string;
  readonly username: string;
  readonly password: PasswordChange;
  /** As typed, seconds. */
  readonly keepAlive: string;
  readonly cleanStart: boolean;
};

export type Field = keyof EditorDraft;

export type FieldProblem =
  | 'hostEmpty'
  | 'hostCharacters'
  | 'port'
  | 'keepAlive'
  | 'clientIdTooLong'
  | 'clientIdCharacters'
  | 'passwordWithoutUser';

const NEW_DRAFT: EditorDraft = {
  name: '',
  host: '',
  port: '1883',
  version: 'v5',
  clientId: '',
  username: '',
  password: { action: 'clear' },
  keepAlive: '60',
  cleanStart: true,
};

/** The fields of a connection as it is saved, or of a new one. */
export function draftOf(connection: Connection | null): EditorDraft {
  if (connection === null) return NEW_DRAFT;
  return {
    name: connection.name,
    host: connection.host,
    port: String(connection.port),
    version: connection.version,
    clientId: connection.clientId,
    username: connection.username ?? '',
    password: { action: connection.hasPassword ? 'keep' : 'clear' },
    keepAlive: String(connection.keepAliveSeconds),
    cleanStart: connection.cleanStart,
  };
}

/** The fields that differ from what is saved. */
export function changedFields(draft: EditorDraft, saved: EditorDraft): Set<Field> {
  const fields = Object.keys(saved) as Field[];
  return new Set(
    fields.filter((field) =>
      field === 'password'
        ? draft.password.action === 'set' || draft.password.action !== saved.password.action
        : draft[field] !== saved[field],
    ),
  );
}

/** What is wrong with each field; a field that is right is not in it. */
export function problemsOf(draft: EditorDraft): Partial<Record<Field, FieldProblem>> {
  const problems: Partial<Record<Field, FieldProblem>> = {};
  if (draft.host.trim() === '') problems.host = 'hostEmpty';
  else if (/[\s/@#?]/.test(draft.host.trim())) problems.host = 'hostCharacters';
  if (!isNumber(draft.port, 1, 65_535)) problems.port = 'port';
  if (!isNumber(draft.keepAlive, 0, 65_535)) problems.keepAlive = 'keepAlive';
  if (new TextEncoder().encode(draft.clientId).length > 65_535) {
    problems.clientId = 'clientIdTooLong';
  } else if (/\p{Cc}/u.test(draft.clientId)) {
    problems.clientId = 'clientIdCharacters';
  }
  // MQTT 3.1.1 §3.1.2.9: a password needs a user name.
  const hasPassword = draft.password.action === 'set' || draft.password.action === 'keep';
  if (draft.version === 'v311' && hasPassword && draft.username === '') {
    problems.password = 'passwordWithoutUser';
  }
  return problems;
}

/** What is saved. The name is made from the host when there is none. */
export function toConnectionDraft(draft: EditorDraft, id: string | null): ConnectionDraft {
  const host = draft.host.trim();
  return {
    id,
    name: draft.name.trim() === '' ? host : draft.name.trim(),
    host,
    port: Number(draft.port),
    version: draft.version,
    clientId: draft.clientId,
    username: draft.username === '' ? null : draft.username,
    password: draft.password,
    keepAliveSeconds: Number(draft.keepAlive),
    cleanStart: draft.cleanStart,
  };
}

/** The fields a pasted address fills. */
export function fieldsOf(address: Address): Partial<EditorDraft> {
  return {
    host: address.host,
    port: String(address.port),
    ...(address.username !== null && { username: address.username }),
    ...(address.password !== null && {
      password: { action: 'set' as const, value: address.password },
    }),
  };
}

/** A client identifier of our own: short enough for MQTT 3.1 servers, and not anybody else's. */
export function generateClientId(random: () => number = Math.random): string {
  const digits = Array.from({ length: 8 }, () => Math.floor(random() * 36).toString(36));
  return `topicscope-${digits.join('')}`;
}

const keyOf = (connection: string | null) => `topicscope.connectionDraft.${connection ?? 'new'}`;

/** Keeps an unsaved draft over a reload, without the password; null forgets it. */
export function keepDraft(connection: string | null, draft: EditorDraft | null): void {
  if (draft === null) {
    localStorage.removeItem(keyOf(connection));
    return;
  }
  const { password: _password, ...kept } = draft;
  localStorage.setItem(keyOf(connection), JSON.stringify(kept));
}

/** The draft that was kept, on top of what is saved; null when there is none that can be read. */
export function keptDraft(connection: string | null, saved: EditorDraft): EditorDraft | null {
  const text = localStorage.getItem(keyOf(connection));
  if (text === null) return null;
  try {
    const kept: unknown = JSON.parse(text);
    if (typeof kept !== 'object' || kept === null) return null;
    const fields = kept as Record<string, unknown>;
    const known = (Object.keys(saved) as Field[]).filter(
      (field) => field !== 'password' && typeof fields[field] === typeof saved[field],
    );
    const version = fields.version === 'v311' ? 'v311' : 'v5';
    return {
      ...saved,
      ...(Object.fromEntries(known.map((field) => [field, fields[field]])) as Partial<EditorDraft>),
      version,
    };
  } catch {
    return null;
  }
}

function isNumber(text: string, least: number, most: number): boolean {
  const value = Number(text);
  return /^\d+$/.test(text) && value >= least && value <= most;
}
