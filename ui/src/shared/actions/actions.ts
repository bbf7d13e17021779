/**
 * Every action of the program: one registry behind the keyboard, the command palette and the
 * keyboard map. A component contributes its actions with `useActions` while it is on screen.
 *
 * # Invariants
 *
 * * The action registered last wins a key, so that a view can take a key from the shell.
 * * Single-letter keys only act when a table or a tree has the focus (`scope: 'rows'`).
 */
import { useEffect } from 'react';
import { create } from 'zustand';

export type ActionGroup = 'go' | 'connection' | 'messages' | 'publish' | 'broker' | 'view' | 'help';

export type Action = {
  /** Unique, e.g. `messages.follow`. */
  id: string;
  title: string;
  group: ActionGroup;
  /** e.g. `mod+k`, `mod+shift+s`, `alt+1`, `F1`, `?`, `[`; `mod` is Cmd on macOS, else Ctrl. */
  keys?: readonly string[];
  /** `rows`: only while a table or tree has the focus. Default: everywhere. */
  scope?: 'anywhere' | 'rows';
  /** More words to find it by in the palette. */
  keywords?: readonly string[];
  /** Left out of the palette (e.g. moving a row). */
  keyboardOnly?: boolean;
  run: () => void;
};

const useRegistry = create<{ sets: readonly { actions: readonly Action[] }[] }>(() => ({
  sets: [],
}));

/** Registers actions; returns what removes them. */
export function registerActions(actions: readonly Action[]): () => void {
  const set = { actions };
  useRegistry.setState(({ sets }) => ({ sets: [...sets, set] }));
  return () => useRegistry.setState(({ sets }) => ({ sets: sets.filter((one) => one !== set) }));
}

/** Registers `actions` while the component is mounted; memoise the array. */
export function useActions(actions: readonly Action[]): void {
  useEffect(() => registerActions(actions), [actions]);
}

/** All actions that can run now, in the order they were registered. */
export function currentActions(): Action[] {
  return useRegistry.getState().sets.flatMap(({ actions }) => actions);
}

export function useCurrentActions(): Action[] {
  const sets = useRegistry(({ sets }) => sets);
  return sets.flatMap(({ actions }) => actions);
}
