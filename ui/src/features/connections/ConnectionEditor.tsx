/** A connection's profile as a page of its own. Nothing is sent until it is saved. */
import {
  IconKey,
  IconPencil,
  IconPlugConnected,
  IconPlus,
  IconRefreshDot,
} from '@tabler/icons-react';
import { useEffect, useEffectEvent, useState, type ReactNode } from 'react';
import { useTranslation } from '@/i18n';
import { host, toFailure, type Connection, type Failure } from '@/ipc';
import { registerActions } from '@/shared/actions/actions';
import { Button } from '@/shared/components/Button';
import { Dialog } from '@/shared/components/Dialog';
import { FailurePanel } from '@/shared/components/FailurePanel';
import { Keys } from '@/shared/components/Kbd';
import { Pill } from '@/shared/components/Pill';
import { attempt } from '@/shared/lib/notify';
import { putConnection } from '@/shared/state/workbench';
import { AddressField, GeneralFields, SessionFields, SignInFields } from './EditorFields';
import {
  changedFields,
  draftOf,
  keepDraft,
  keptDraft,
  problemsOf,
  toConnectionDraft,
  type EditorDraft,
} from './editorDraft';
import classes from './ConnectionEditor.module.css';

export type ConnectionEditorProps = {
  /** null makes a new one. */
  readonly connection: Connection | null;
  /** After it is saved (and, if asked for, told to connect). */
  readonly onSaved: (connection: Connection) => void;
  readonly onCancel: () => void;
};

export function ConnectionEditor(props: ConnectionEditorProps) {
  return <Editor key={props.connection?.id ?? 'new'} {...props} />;
}

function Editor({ connection, onSaved, onCancel }: ConnectionEditorProps) {
  const { t } = useTranslation('connections');
  const id = connection?.id ?? null;
  const saved = draftOf(connection);
  const [draft, setDraft] = useState(() => keptDraft(id, saved) ?? saved);
  const [isTried, setIsTried] = useState(false);
  const [isSaving, setIsSaving] = useState(false);
  const [isAsking, setIsAsking] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const changed = changedFields(draft, saved);
  const problems = problemsOf(draft);
  const isRight = Object.keys(problems).length === 0;

  const change = (part: Partial<EditorDraft>) => {
    const next = { ...draft, ...part };
    setDraft(next);
    keepDraft(id, changedFields(next, saved).size === 0 ? null : next);
  };
  const save = async (andConnect: boolean) => {
    setIsTried(true);
    if (!isRight || isSaving) return;
    setIsSaving(true);
    try {
      const result = await host().commands.saveConnection(toConnectionDraft(draft, id));
      keepDraft(id, null);
      putConnection(result);
      if (andConnect) attempt(host().commands.connect(result.id));
      onSaved(result);
    } catch (error) {
      setFailure(toFailure(error));
      setIsSaving(false);
    }
  };
  const discard = () => {
    keepDraft(id, null);
    onCancel();
  };
  const cancel = () => {
    if (changed.size > 0) setIsAsking(true);
    else discard();
  };
  useEditorActions(save, cancel);

  const fields = {
    draft,
    changed,
    onChange: change,
    problems: isTried ? problems : shown(problems, changed),
  };
  const title = draft.name.trim() === '' ? draft.host.trim() : draft.name.trim();
  return (
    <form
      className={classes.editor}
      aria-label={t('editor.label')}
      data-testid="connection-editor"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save(true);
      }}
    >
      <header className={classes.head}>
        <h1>{title === '' ? t('editor.new') : title}</h1>
        <Pill>
          {id === null ? (
            <IconPlus size={14} stroke={1.75} aria-hidden />
          ) : (
            <IconPencil size={14} stroke={1.75} aria-hidden />
          )}
          {t(id === null ? 'editor.newPill' : 'editor.editing')}
        </Pill>
        <span className="ts-small ts-t3 ts-nowrap" role="status">
          {changed.size > 0 && t('editor.changes', { count: changed.size })}
        </span>
        <span className="ts-grow" />
        <Button variant="ghost" onClick={cancel}>
          {t('cancel')}
          <Keys keys="esc" />
        </Button>
        <Button
          variant="quiet"
          disabled={isSaving}
          data-testid="editor-save"
          onClick={() => void save(false)}
        >
          {t('editor.save')}
        </Button>
        <Button type="submit" variant="primary" disabled={isSaving} data-testid="editor-connect">
          {t('editor.saveAndConnect')}
          <Keys keys="mod+Enter" />
        </Button>
      </header>
      <div className={classes.body}>
        <Sections draft={draft} />
        <div className={classes.fields}>
          {failure !== null && <FailurePanel failure={failure} className={classes.failure} />}
          {connection?.isLocalBroker !== true && <AddressField draft={draft} onChange={change} />}
          <Section id="general" title={t('section.general')}>
            <GeneralFields {...fields} isLocal={connection?.isLocalBroker === true} />
          </Section>
          <Section id="signIn" title={t('section.signIn')}>
            <SignInFields {...fields} hasSavedPassword={connection?.hasPassword === true} />
          </Section>
          <Section id="session" title={t('section.session')}>
            <SessionFields {...fields} />
          </Section>
        </div>
      </div>
      <Dialog
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        width={480}
        title={t('editor.discardTitle')}
      >
        <p className="ts-t2">{t('editor.changes', { count: changed.size })}</p>
        <div className={classes.answers}>
          <Button data-autofocus onClick={() => setIsAsking(false)}>
            {t('editor.keepEditing')}
          </Button>
          <Button variant="danger" data-testid="editor-discard" onClick={discard}>
            {t('editor.discard')}
          </Button>
        </div>
      </Dialog>
    </form>
  );
}

/** Problems of fields the person has touched; an empty new form is not blamed. */
function shown(problems: ReturnType<typeof problemsOf>, changed: ReadonlySet<string>) {
  return Object.fromEntries(
    Object.entries(problems).filter(([field]) => changed.has(field)),
  ) as typeof problems;
}

/** The sections at the left, with what is set in each. */
function Sections({ draft }: { readonly draft: EditorDraft }) {
  const { t } = useTranslation('connections');
  const user = draft.username === '' ? t('section.none') : draft.username;
  const items = [
    ['general', IconPlugConnected, draft.version === 'v5' ? 'MQTT 5' : 'MQTT 3.1.1'],
    ['signIn', IconKey, user],
    ['session', IconRefreshDot, t(draft.cleanStart ? 'section.clean' : 'section.kept')],
  ] as const;
  return (
    <nav className={classes.sections} aria-label={t('section.label')}>
      {items.map(([id, Icon, value]) => (
        <button
          key={id}
          type="button"
          onClick={() => {
            const section = document.getElementById(`editor-${id}`);
            section?.scrollIntoView({ block: 'start' });
            section?.querySelector<HTMLElement>('input, select, button')?.focus();
          }}
        >
          <Icon size={16} stroke={1.75} aria-hidden />
          <span className="ts-grow">{t(`section.${id}`)}</span>
          <span className={classes.value}>{value}</span>
        </button>
      ))}
      <p>{t('section.hint')}</p>
    </nav>
  );
}

function Section({
  id,
  title,
  children,
}: {
  readonly id: string;
  readonly title: string;
  readonly children: ReactNode;
}) {
  return (
    <section id={`editor-${id}`} className={classes.section} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function useEditorActions(onSave: (andConnect: boolean) => Promise<void>, onCancel: () => void) {
  const { t } = useTranslation('connections');
  const save = useEffectEvent(onSave);
  const cancel = useEffectEvent(onCancel);
  useEffect(() => {
    // A plain key in a field is the field's; Esc is not.
    const onKeyDown = (event: KeyboardEvent) => {
      const isInDialog = document.querySelector('[role="dialog"]') !== null;
      if (event.key !== 'Escape' || event.defaultPrevented || isInDialog) return;
      event.preventDefault();
      cancel();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
  useEffect(
    () =>
      registerActions([
        {
          id: 'editor.saveAndConnect',
          title: t('editor.saveAndConnect'),
          group: 'connection',
          keys: ['mod+Enter'],
          run: () => void save(true),
        },
        {
          id: 'editor.save',
          title: t('editor.save'),
          group: 'connection',
          keys: ['mod+s'],
          run: () => void save(false),
        },
      ]),
    [t],
  );
}
