/**
 * The structure of a JSON text as flat arrays of offsets into it. Nothing is converted: a number is
 * shown by its own characters, so `21.50` and integers beyond 2^53 stay as they were sent, keys keep
 * their order and duplicate keys are all there.
 *
 * # Invariants
 *
 * * Nodes stand in the order of the text; the children of node n are between n and `next[n]`.
 * * Strict RFC 8259: comments, trailing commas and a byte order mark are errors.
 * * No recursion, so nesting is bounded by `MAX_DEPTH` and not by the stack; no value is built.
 */
import { createScanner, type JSONScanner } from 'jsonc-parser';

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

export type JsonOutline = {
  readonly text: string;
  readonly kinds: readonly JsonKind[];
  readonly depths: readonly number[];
  /** Value without its key: characters `starts[n]` up to `ends[n]`. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Characters of the key with its quotes; -1 when the node is in an array or the root. */
  readonly keyStarts: readonly number[];
  readonly keyEnds: readonly number[];
  /** Position among the children of its parent. */
  readonly indexes: readonly number[];
  readonly childCounts: readonly number[];
  /** First node after this one and all below it. */
  readonly next: readonly number[];
};

/** Why a text is not shown as a JSON tree. */
export type JsonProblem =
  | { readonly problem: 'syntax'; readonly reason: JsonSyntaxReason; readonly at: TextPosition }
  /** More than `MAX_NODES` values. */
  | { readonly problem: 'tooMany' }
  /** Deeper than `MAX_DEPTH`. */
  | { readonly problem: 'tooDeep' };

export type JsonSyntaxReason =
  | 'empty'
  | 'valueExpected'
  | 'keyExpected'
  | 'colonExpected'
  | 'commaExpected'
  | 'notClosed'
  | 'afterEnd'
  | 'badString'
  | 'badNumber'
  | 'comment';

/** Where in a text, counted from 1; `offset` from 0, in UTF-16 units. */
export type TextPosition = {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
};

export type JsonResult =
  | { readonly ok: true; readonly outline: JsonOutline }
  | { readonly ok: false; readonly problem: JsonProblem };

export const MAX_NODES = 1_000_000;
export const MAX_DEPTH = 512;

/** Reads a text in one go; for texts that are known to be short. */
export function outlineJson(text: string): JsonResult {
  const steps = outlineSteps(text);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/**
 * Reads a text of any length without holding up the window: it pauses every few milliseconds.
 *
 * @throws the signal's reason when it is aborted
 */
export async function outlineJsonInSlices(text: string, signal: AbortSignal): Promise<JsonResult> {
  const steps = outlineSteps(text);
  for (;;) {
    const sliceEnd = performance.now() + SLICE_MS;
    do {
      const step = steps.next();
      if (step.done === true) return step.value;
    } while (performance.now() < sliceEnd);
    await new Promise((resolve) => setTimeout(resolve));
    signal.throwIfAborted();
  }
}

/** Longest uninterrupted work, ms: half a frame. */
const SLICE_MS = 8;
/** Tokens between two looks at the clock. */
const TOKENS_PER_STEP = 2_000;

/** `SyntaxKind` and `ScanError` of the scanner are ambient const enums; these are their values. */
const TOKEN = {
  openBrace: 1,
  closeBrace: 2,
  openBracket: 3,
  closeBracket: 4,
  comma: 5,
  colon: 6,
  null: 7,
  true: 8,
  false: 9,
  string: 10,
  number: 11,
  lineComment: 12,
  blockComment: 13,
  lineBreak: 14,
  trivia: 15,
  end: 17,
} as const;

const LITERALS: Readonly<Partial<Record<number, JsonKind>>> = {
  [TOKEN.null]: 'null',
  [TOKEN.true]: 'boolean',
  [TOKEN.false]: 'boolean',
  [TOKEN.string]: 'string',
  [TOKEN.number]: 'number',
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

/** What the grammar allows next. */
type Expecting = 'value' | 'valueOrClose' | 'key' | 'keyOrClose' | 'colon' | 'commaOrClose' | 'end';

function* outlineSteps(text: string): Generator<undefined, JsonResult, undefined> {
  const scanner = createScanner(text, false);
  const builder = new OutlineBuilder(text);
  for (let tokens = 1; ; tokens += 1) {
    const result = builder.take(scanner.scan(), scanner);
    if (result !== null) return result;
    if (tokens % TOKENS_PER_STEP === 0) yield;
  }
}

class OutlineBuilder {
  readonly #outline: Mutable<JsonOutline>;
  readonly #text: string;
  /** The containers that are open, outermost first. */
  readonly #open: number[] = [];
  #expecting: Expecting = 'value';
  #keyStart = -1;
  #keyEnd = -1;

  constructor(text: string) {
    this.#text = text;
    this.#outline = {
      text,
      kinds: [],
      depths: [],
      starts: [],
      ends: [],
      keyStarts: [],
      keyEnds: [],
      indexes: [],
      childCounts: [],
      next: [],
    };
  }

  /** Takes the next token; answers when the text has ended or is no JSON. */
  take(token: number, scanner: JSONScanner): JsonResult | null {
    if (token === TOKEN.lineBreak || token === TOKEN.trivia) return null;
    const start = scanner.getTokenOffset();
    const end = start + scanner.getTokenLength();
    const fail = (reason: JsonSyntaxReason) => this.#fail(reason, start);
    if (token === TOKEN.lineComment || token === TOKEN.blockComment) return fail('comment');
    const tokenError: number = scanner.getTokenError();
    if (tokenError !== 0) {
      return fail(token === TOKEN.string ? 'badString' : 'badNumber');
    }
    if (token === TOKEN.end && this.#expecting !== 'end') {
      return fail(this.#outline.kinds.length === 0 ? 'empty' : 'notClosed');
    }
    switch (this.#expecting) {
      case 'value':
        return this.#value(token, start, end);
      case 'valueOrClose':
        if (token === TOKEN.closeBracket) return this.#close(end);
        return this.#value(token, start, end);
      case 'keyOrClose':
        if (token === TOKEN.closeBrace) return this.#close(end);
        return this.#key(token, start, end);
      case 'key':
        return this.#key(token, start, end);
      case 'colon':
        if (token !== TOKEN.colon) return fail('colonExpected');
        this.#expecting = 'value';
        return null;
      case 'commaOrClose':
        return this.#commaOrClose(token, start, end);
      case 'end':
        if (token !== TOKEN.end) return fail('afterEnd');
        return { ok: true, outline: this.#outline };
    }
  }

  #key(token: number, start: number, end: number): JsonResult | null {
    if (token !== TOKEN.string) return this.#fail('keyExpected', start);
    this.#keyStart = start;
    this.#keyEnd = end;
    this.#expecting = 'colon';
    return null;
  }

  #value(token: number, start: number, end: number): JsonResult | null {
    const isObject = token === TOKEN.openBrace;
    if (isObject || token === TOKEN.openBracket) {
      if (this.#open.length === MAX_DEPTH) return { ok: false, problem: { problem: 'tooDeep' } };
      this.#add(isObject ? 'object' : 'array', start, end);
      this.#open.push(this.#outline.kinds.length - 1);
      this.#expecting = isObject ? 'keyOrClose' : 'valueOrClose';
    } else {
      const kind = LITERALS[token];
      if (kind === undefined) return this.#fail('valueExpected', start);
      this.#add(kind, start, end);
      this.#expectAfterValue();
    }
    if (this.#outline.kinds.length > MAX_NODES) {
      return { ok: false, problem: { problem: 'tooMany' } };
    }
    return null;
  }

  #commaOrClose(token: number, start: number, end: number): JsonResult | null {
    const isObject = this.#outline.kinds[this.#open.at(-1) ?? 0] === 'object';
    if (token === (isObject ? TOKEN.closeBrace : TOKEN.closeBracket)) return this.#close(end);
    if (token !== TOKEN.comma) return this.#fail('commaExpected', start);
    this.#expecting = isObject ? 'key' : 'value';
    return null;
  }

  #close(end: number): null {
    const node = this.#open.pop() ?? 0;
    this.#outline.ends[node] = end;
    this.#outline.next[node] = this.#outline.kinds.length;
    this.#expectAfterValue();
    return null;
  }

  #add(kind: JsonKind, start: number, end: number) {
    const outline = this.#outline;
    const parent = this.#open.at(-1);
    const index = parent === undefined ? 0 : (outline.childCounts[parent] ?? 0);
    if (parent !== undefined) outline.childCounts[parent] = index + 1;
    outline.kinds.push(kind);
    outline.depths.push(this.#open.length);
    outline.starts.push(start);
    outline.ends.push(end);
    outline.keyStarts.push(this.#keyStart);
    outline.keyEnds.push(this.#keyEnd);
    outline.indexes.push(index);
    outline.childCounts.push(0);
    outline.next.push(outline.kinds.length);
    this.#keyStart = -1;
    this.#keyEnd = -1;
  }

  #expectAfterValue() {
    this.#expecting = this.#open.length === 0 ? 'end' : 'commaOrClose';
  }

  #fail(reason: JsonSyntaxReason, offset: number): JsonResult {
    const at = positionOf(this.#text, offset);
    return { ok: false, problem: { problem: 'syntax', reason, at } };
  }
}

/** Line and column of an offset. */
export function positionOf(text: string, offset: number): TextPosition {
  let line = 1;
  let lineStart = 0;
  for (;;) {
    const lineBreak = text.indexOf('\n', lineStart);
    if (lineBreak === -1 || lineBreak >= offset) break;
    line += 1;
    lineStart = lineBreak + 1;
  }
  return { offset, line, column: offset - lineStart + 1 };
}
