/** One listener for all keys: finds the action and runs it. */
import { useEffect } from 'react';
import { currentActions, type Action } from '@/shared/actions/actions';
import { keysOf } from '@/shared/actions/keys';

export function useKeyboard(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const action = findAction(currentActions(), keysOf(event), event.target);
      if (action === undefined) return;
      event.preventDefault();
      action.run();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}

/** The action registered last that has these keys and may act where the focus is. */
export function findAction(
  actions: readonly Action[],
  keys: string,
  target: EventTarget | null,
): Action | undefined {
  const element = target instanceof Element ? target : null;
  if (element?.closest('[role="dialog"]') !== null && element !== null) return undefined;
  const isPlain = !/^(mod|alt|ctrl)\+|^(shift\+)?F\d/.test(keys);
  if (isPlain && isTyping(element)) return undefined;
  const inRows = element?.closest('[role="grid"], [role="tree"], [role="treegrid"]') != null;
  return actions.findLast(
    (action) => action.keys?.includes(keys) === true && (action.scope !== 'rows' || inRows),
  );
}

function isTyping(element: Element | null): boolean {
  return (
    element?.closest('input:not([type="checkbox"], [type="radio"]), textarea, select') != null ||
    (element instanceof HTMLElement && element.isContentEditable)
  );
}
