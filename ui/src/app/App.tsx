/** The whole window: providers around the shell. */
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { Router } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import { cssVariablesResolver, theme } from '@/theme';
import { useColorScheme } from './appearance';
import { Shell } from './shell/Shell';

export function App() {
  const colorScheme = useColorScheme();
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariablesResolver}
      forceColorScheme={colorScheme}
    >
      <Router hook={useHashLocation}>
        <Shell />
      </Router>
      <Notifications position="bottom-right" limit={4} containerWidth={380} />
    </MantineProvider>
  );
}
