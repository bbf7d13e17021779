/** A JSON payload as a tree; every value by its own characters. */
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useId, useMemo, useState, type KeyboardEvent } from 'react';
import { useTranslation } from '@/i18n';
import { CopyButton } from '@/shared/components/CopyButton';
import { cx } from '@/shared/lib/cx';
import { formatCount } from '@/shared/lib/format';
import type { JsonKind, JsonOutline } from '@/shared/lib/jsonOutline';
import {
  initiallyCollapsed,
  isContainer,
  nameOf,
  parentOf,
  pathOf,
  sourceOf,
  visibleNodes,
} from './jsonRows';
import { previewTokens } from '@/shared/lib/previewTokens';
import { VirtualList } from '@/shared/components/VirtualList';
import classes from './Payload.module.css';

const ROW_HEIGHT = 22;
const INDENT = 16;
/** Longest part of a value on its row, characters; the strip below the tree shows more. */
const VALUE_CHARACTERS = 300;
/** Longest part of a value in the strip below the tree, characters. */
const SOURCE_CHARACTERS = 2_000;

export function JsonTree({ outline }: { readonly outline: JsonOutline }) {
  const { t } = useTranslation('messages');
  const id = useId();
  const [collapsed, setCollapsed] = useState(() => initiallyCollapsed(outline));
  const [cursor, setCursor] = useState<number | null>(null);
  const nodes = useMemo(() => visibleNodes(outline, collapsed), [outline, collapsed]);
  const baseDepth = (outline.childCounts[0] ?? 0) > 0 ? 1 : 0;
  const cursorRow = cursor === null ? -1 : nodes.indexOf(cursor);

  const setOpen = (node: number, isOpen: boolean) => {
    const next = new Set(collapsed);
    if (isOpen) next.delete(node);
    else next.add(node);
    setCollapsed(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const node = cursor ?? nodes[0];
    if (node === undefined) return;
    const row = Math.max(0, nodes.indexOf(node));
    const canOpen = isContainer(outline, node);
    const isOpen = canOpen && !collapsed.has(node);
    const goTo = (index: number) =>
      setCursor(nodes[Math.min(Math.max(0, index), nodes.length - 1)] ?? null);
    const moves: Partial<Record<string, () => void>> = {
      ArrowDown: () => goTo(cursor === null ? 0 : row + 1),
      ArrowUp: () => goTo(row - 1),
      Home: () => goTo(0),
      End: () => goTo(nodes.length - 1),
      ArrowRight: () => {
        if (isOpen) goTo(row + 1);
        else if (canOpen) setOpen(node, true);
      },
      ArrowLeft: () => {
        if (isOpen) setOpen(node, false);
        else if (parentOf(outline, node) >= baseDepth) setCursor(parentOf(outline, node));
      },
      ' ': () => {
        if (canOpen) setOpen(node, !isOpen);
      },
    };
    const action = moves[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  };

  return (
    <>
      <VirtualList
        role="tree"
        aria-label={t('payload.tree')}
        aria-activedescendant={cursorRow === -1 ? undefined : `${id}-${cursorRow}`}
        className={classes.tree}
        total={nodes.length}
        rowHeight={ROW_HEIGHT}
        reveal={cursorRow === -1 ? null : cursorRow}
        onKeyDown={onKeyDown}
        renderRow={(row) => {
          const node = nodes[row];
          if (node === undefined) return null;
          return (
            <TreeRow
              id={`${id}-${row}`}
              outline={outline}
              node={node}
              level={(outline.depths[node] ?? 0) - baseDepth}
              isOpen={isContainer(outline, node) ? !collapsed.has(node) : null}
              isSelected={node === cursor}
              onSelect={() => setCursor(node)}
              onToggle={() => setOpen(node, collapsed.has(node))}
            />
          );
        }}
      />
      <SourceStrip outline={outline} node={cursor ?? 0} />
    </>
  );
}

function TreeRow({
  id,
  outline,
  node,
  level,
  isOpen,
  isSelected,
  onSelect,
  onToggle,
}: {
  readonly id: string;
  readonly outline: JsonOutline;
  readonly node: number;
  readonly level: number;
  /** null: nothing to open. */
  readonly isOpen: boolean | null;
  readonly isSelected: boolean;
  readonly onSelect: () => void;
  readonly onToggle: () => void;
}) {
  const Chevron = isOpen === true ? IconChevronDown : IconChevronRight;
  return (
    // The keys are handled by the tree, which has the focus.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      id={id}
      role="treeitem"
      aria-level={level + 1}
      aria-selected={isSelected}
      aria-expanded={isOpen ?? undefined}
      tabIndex={-1}
      className={cx(classes.treeRow, isSelected && classes.selected)}
      style={{ paddingLeft: 10 + level * INDENT }}
      onClick={onSelect}
      onDoubleClick={isOpen === null ? undefined : onToggle}
    >
      {/* Opening is on the keys → and ← as well. */}
      <span className={classes.twist} aria-hidden onClick={isOpen === null ? undefined : onToggle}>
        {isOpen !== null && <Chevron size={12} stroke={1.75} />}
      </span>
      {node > 0 && (
        <span className={classes.name}>
          {nameOf(outline, node)}
          <i>:</i>
        </span>
      )}
      <Value outline={outline} node={node} isOpen={isOpen} />
    </div>
  );
}

const VALUE_CLASSES: Record<JsonKind, string | undefined> = {
  object: classes.punctuation,
  array: classes.punctuation,
  string: classes.string,
  number: classes.number,
  boolean: classes.word,
  null: classes.word,
};

function Value({
  outline,
  node,
  isOpen,
}: {
  readonly outline: JsonOutline;
  readonly node: number;
  readonly isOpen: boolean | null;
}) {
  const kind = outline.kinds[node] ?? 'null';
  const start = outline.starts[node] ?? 0;
  const end = Math.min(outline.ends[node] ?? 0, start + VALUE_CHARACTERS);
  const source = outline.text.slice(start, end);
  if (isOpen === null) {
    return <span className={cx('ts-ellipsis', VALUE_CLASSES[kind])}>{source}</span>;
  }
  const count = formatCount(outline.childCounts[node] ?? 0);
  const tally = kind === 'object' ? `{${count}}` : `[${count}]`;
  if (isOpen) return <span className="ts-t3">{tally}</span>;
  return (
    <>
      <span className="ts-t3">{tally}</span>
      <span className="ts-ellipsis">
        {previewTokens(source).map((token) => (
          <span key={token.start} className={classes[token.kind]}>
            {token.text}
          </span>
        ))}
      </span>
    </>
  );
}

/** The selected value, or the whole payload, exactly as it was sent. */
function SourceStrip({ outline, node }: { readonly outline: JsonOutline; readonly node: number }) {
  const { t } = useTranslation('messages');
  const source = sourceOf(outline, node);
  const isCut = source.length > SOURCE_CHARACTERS;
  return (
    <div className={classes.strip}>
      <div className={classes.stripHead}>
        <span
          className={cx('ts-mono ts-accent ts-ellipsis', 'ts-grow')}
          title={pathOf(outline, node)}
        >
          {pathOf(outline, node)}
        </span>
        <span className="ts-label">{t('payload.asSent')}</span>
        <CopyButton value={source} label={t('payload.copyValue')} />
      </div>
      <code className={classes.source}>{source.slice(0, SOURCE_CHARACTERS)}</code>
      {isCut && (
        <p className="ts-label">
          {t('payload.cut', {
            shown: formatCount(SOURCE_CHARACTERS),
            total: formatCount(source.length),
          })}
        </p>
      )}
    </div>
  );
}
