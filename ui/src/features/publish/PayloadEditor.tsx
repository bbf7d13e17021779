/** A CodeMirror editor for a payload. It is driven through a ref; its text never lives in React. */
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  placeholder as placeholderText,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useEffectEvent, useRef } from 'react';
import type { PayloadFormat } from '@/ipc';

export type PayloadEditorProps = {
  readonly value: string;
  readonly format: PayloadFormat;
  readonly label: string;
  readonly placeholder: string;
  readonly isInvalid: boolean;
  readonly onChange: (text: string) => void;
  /** Ctrl Enter; also with Shift. */
  readonly onSubmit: (withShift: boolean) => void;
  readonly className?: string | undefined;
};

export function PayloadEditor({
  value,
  format,
  label,
  placeholder,
  isInvalid,
  onChange,
  onSubmit,
  className,
}: PayloadEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(null);
  const changed = useEffectEvent(onChange);
  const submitted = useEffectEvent(onSubmit);
  const firstState = useEffectEvent(() =>
    EditorState.create({
      doc: value,
      extensions: [
        keymap.of([
          { key: 'Mod-Enter', run: () => (submitted(false), true) },
          { key: 'Shift-Mod-Enter', run: () => (submitted(true), true) },
        ]),
        BASICS,
        LANGUAGE.of(languageOf(format)),
        ATTRIBUTES.of(attributesOf(label, isInvalid)),
        PLACEHOLDER.of(placeholderText(placeholder)),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) changed(update.state.doc.toString());
        }),
      ],
    }),
  );

  useEffect(() => {
    if (host.current === null) return undefined;
    const view = new EditorView({ state: firstState(), parent: host.current });
    editor.current = view;
    return () => {
      view.destroy();
      editor.current = null;
    };
  }, []);

  useEffect(() => {
    const view = editor.current;
    if (view === null || view.state.doc.toString() === value) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    editor.current?.dispatch({
      effects: [
        LANGUAGE.reconfigure(languageOf(format)),
        ATTRIBUTES.reconfigure(attributesOf(label, isInvalid)),
        PLACEHOLDER.reconfigure(placeholderText(placeholder)),
      ],
    });
  }, [format, label, isInvalid, placeholder]);

  return <div ref={host} className={className} data-testid="composer-payload" />;
}

const LANGUAGE = new Compartment();
const ATTRIBUTES = new Compartment();
const PLACEHOLDER = new Compartment();

function languageOf(format: PayloadFormat): Extension {
  return format === 'json' ? json() : [];
}

function attributesOf(label: string, isInvalid: boolean): Extension {
  return EditorView.contentAttributes.of({
    'aria-label': label,
    'aria-invalid': String(isInvalid),
    spellcheck: 'false',
  });
}

const THEME = EditorView.theme({
  '&': { height: '100%', color: 'var(--ts-text-1)', backgroundColor: 'transparent' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': {
    fontFamily: 'var(--ts-font-mono)',
    fontSize: 'var(--ts-fs-mono)',
    lineHeight: '19px',
    letterSpacing: '-0.015em',
  },
  '.cm-content': { padding: '4px 0', caretColor: 'var(--ts-accent)' },
  '.cm-line': { padding: '0 9px 0 0' },
  '.cm-gutters': {
    border: '0',
    backgroundColor: 'transparent',
    color: 'var(--ts-text-3)',
  },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '32px', padding: '0 9px 0 0' },
  '.cm-cursor': { borderLeft: '1.5px solid var(--ts-accent)' },
  '.cm-placeholder': { color: 'var(--ts-text-3)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground':
    { background: 'var(--ts-accent-soft)' },
  '&.cm-focused .cm-matchingBracket': {
    backgroundColor: 'transparent',
    outline: '1px solid var(--ts-line-3)',
  },
  '&.cm-focused .cm-nonmatchingBracket': {
    backgroundColor: 'transparent',
    color: 'var(--ts-err)',
  },
  '.cm-specialChar': { color: 'var(--ts-warn)' },
});

const COLORS = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--ts-syn-key)' },
  { tag: tags.string, color: 'var(--ts-syn-str)' },
  { tag: tags.number, color: 'var(--ts-syn-num)' },
  { tag: [tags.bool, tags.null], color: 'var(--ts-syn-bool)' },
  { tag: [tags.punctuation, tags.separator, tags.bracket], color: 'var(--ts-syn-punc)' },
]);

const BASICS: Extension = [
  lineNumbers(),
  highlightSpecialChars(),
  history(),
  drawSelection(),
  bracketMatching(),
  EditorView.lineWrapping,
  syntaxHighlighting(COLORS),
  THEME,
  keymap.of([...defaultKeymap, ...historyKeymap]),
];
