/** Whether a person is being asked to open the broker to the network; any page may ask. */
import { create } from 'zustand';

export const useOpenRequest = create<{ isOpen: boolean }>(() => ({ isOpen: false }));

export function askToOpen(): void {
  useOpenRequest.setState({ isOpen: true });
}

export function closeRequest(): void {
  useOpenRequest.setState({ isOpen: false });
}
