/** Key names: from a keyboard event, and for a person. */

export const IS_MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);

const NAMES: Readonly<Record<string, string>> = {
  ' ': 'space',
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
  Escape: 'esc',
};

/** The name of the keys that were pressed, in the form actions use: `mod+shift+s`. */
export function keysOf(event: KeyboardEvent, mac = IS_MAC): string {
  const mod = mac ? event.metaKey : event.ctrlKey;
  const key = NAMES[event.key] ?? (event.key.length === 1 ? event.key.toLowerCase() : event.key);
  const isSymbol = event.key.length === 1 && !/[a-z0-9 ]/i.test(event.key);
  return [
    mod && 'mod',
    mac && event.ctrlKey && 'ctrl',
    event.altKey && 'alt',
    // A symbol is already what shift made of it.
    event.shiftKey && !isSymbol && 'shift',
    key,
  ]
    .filter((part) => part !== false)
    .join('+');
}

/** The keys as caps to show: `['Ctrl', 'Shift', 'S']`. */
export function keyCaps(keys: string, mac = IS_MAC): string[] {
  return keys.split('+').map((part) => {
    switch (part) {
      case 'mod':
        return mac ? '⌘' : 'Ctrl';
      case 'shift':
        return mac ? '⇧' : 'Shift';
      case 'alt':
        return mac ? '⌥' : 'Alt';
      case 'ctrl':
        return mac ? '⌃' : 'Ctrl';
      case 'Enter':
        return '↵';
      case 'up':
        return '↑';
      case 'down':
        return '↓';
      case 'left':
        return '←';
      case 'right':
        return '→';
      case 'esc':
        return 'Esc';
      case 'space':
        return 'Space';
      default:
        return part.length === 1 ? part.toUpperCase() : part;
    }
  });
}
