import { beforeEach, describe, expect, test } from 'vitest';
import type { Action } from '@/shared/actions/actions';
import { keyCaps, keysOf } from '@/shared/actions/keys';
import { findAction } from './useKeyboard';

const action = (id: string, keys: string, more: Partial<Action> = {}): Action => ({
  id,
  title: id,
  group: 'view',
  keys: [keys],
  run: () => undefined,
  ...more,
});

const actions = [
  action('palette', 'mod+k'),
  action('help', '?'),
  action('follow', 'f', { scope: 'rows' }),
  action('find', 'mod+f'),
  action('findInView', 'mod+f'),
];

beforeEach(() => {
  document.body.innerHTML = '<input><div role="grid"><button></button></div><p tabindex="0"></p>';
});

const at = (selector: string) => document.querySelector(selector);

describe('an action is found', () => {
  test('with Ctrl even while typing', () => {
    expect(findAction(actions, 'mod+k', at('input'))?.id).toBe('palette');
  });

  test('by a plain key only when nobody is typing', () => {
    expect(findAction(actions, '?', at('input'))).toBeUndefined();
    expect(findAction(actions, '?', at('p'))?.id).toBe('help');
  });

  test('by a letter of the rows only inside a table', () => {
    expect(findAction(actions, 'f', at('p'))).toBeUndefined();
    expect(findAction(actions, 'f', at('button'))?.id).toBe('follow');
  });

  test('that was registered last', () => {
    expect(findAction(actions, 'mod+f', at('p'))?.id).toBe('findInView');
  });
});

describe('keys have names', () => {
  const press = (init: KeyboardEventInit) => keysOf(new KeyboardEvent('keydown', init), false);

  test('with modifiers in a fixed order', () => {
    expect(press({ key: 'S', ctrlKey: true, shiftKey: true })).toBe('mod+shift+s');
    expect(press({ key: '?', shiftKey: true })).toBe('?');
    expect(press({ key: 'F6', shiftKey: true })).toBe('shift+F6');
  });

  test('for a person', () => {
    expect(keyCaps('mod+shift+s', false)).toEqual(['Ctrl', 'Shift', 'S']);
    expect(keyCaps('mod+k', true)).toEqual(['⌘', 'K']);
  });
});
