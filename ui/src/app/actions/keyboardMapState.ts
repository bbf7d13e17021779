import { create } from 'zustand';

export const useKeyboardMapState = create<{ isOpen: boolean }>(() => ({ isOpen: false }));

export function openKeyboardMap(): void {
  useKeyboardMapState.setState({ isOpen: true });
}

export function closeKeyboardMap(): void {
  useKeyboardMapState.setState({ isOpen: false });
}
