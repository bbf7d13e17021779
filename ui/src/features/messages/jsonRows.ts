/** Which nodes of a JSON outline are rows on screen, and how they are named. */
import type { JsonOutline } from '@/shared/lib/jsonOutline';

/** The nodes that are shown: all but those inside a collapsed container. A root that has children is no row. */
export function visibleNodes(outline: JsonOutline, collapsed: ReadonlySet<number>): number[] {
  const nodes: number[] = [];
  const isRootHidden = (outline.childCounts[0] ?? 0) > 0;
  let node = isRootHidden ? 1 : 0;
  while (node < outline.kinds.length) {
    nodes.push(node);
    node = collapsed.has(node) ? (outline.next[node] ?? outline.kinds.length) : node + 1;
  }
  return nodes;
}

/** Beyond this many nodes only the first two levels are open. */
const OPEN_NODES = 2_000;
/** Longest array of plain values that is shown on one line, characters. */
const INLINE_CHARACTERS = 48;

/** What is collapsed at first: short arrays of plain values, and all but the top of a large text. */
export function initiallyCollapsed(outline: JsonOutline): Set<number> {
  const collapsed = new Set<number>();
  const isLarge = outline.kinds.length > OPEN_NODES;
  for (let node = 1; node < outline.kinds.length; node += 1) {
    if (!isContainer(outline, node)) continue;
    const isDeep = isLarge && (outline.depths[node] ?? 0) >= 2;
    if (isDeep || isInlineArray(outline, node)) collapsed.add(node);
  }
  return collapsed;
}

/** Whether a node has something to open. */
export function isContainer(outline: JsonOutline, node: number): boolean {
  return (outline.childCounts[node] ?? 0) > 0;
}

function isInlineArray(outline: JsonOutline, node: number): boolean {
  const length = (outline.ends[node] ?? 0) - (outline.starts[node] ?? 0);
  const isFlat = outline.next[node] === node + 1 + (outline.childCounts[node] ?? 0);
  return outline.kinds[node] === 'array' && isFlat && length <= INLINE_CHARACTERS;
}

/** The characters of a node's value as they were sent. */
export function sourceOf(outline: JsonOutline, node: number): string {
  return outline.text.slice(outline.starts[node], outline.ends[node]);
}

/** The key of a node without its quotes, its index in an array, or '' for the root. */
export function nameOf(outline: JsonOutline, node: number): string {
  const keyStart = outline.keyStarts[node] ?? -1;
  if (keyStart >= 0) return outline.text.slice(keyStart + 1, (outline.keyEnds[node] ?? 0) - 1);
  return node === 0 ? '' : String(outline.indexes[node] ?? 0);
}

/** The container a node is in; -1 for the root. */
export function parentOf(outline: JsonOutline, node: number): number {
  const depth = outline.depths[node] ?? 0;
  let parent = node - 1;
  while (parent >= 0 && (outline.depths[parent] ?? 0) >= depth) parent -= 1;
  return parent;
}

/** Where a node is: `$.alarms[0].code`. */
export function pathOf(outline: JsonOutline, node: number): string {
  const steps: string[] = [];
  for (let at = node; at > 0; at = parentOf(outline, at)) {
    const name = nameOf(outline, at);
    if ((outline.keyStarts[at] ?? -1) < 0) steps.push(`[${name}]`);
    else steps.push(/^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `["${name}"]`);
  }
  return `$${steps.reverse().join('')}`;
}
