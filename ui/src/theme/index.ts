/** The look: tokens, fonts, and Mantine dressed in them. */
import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import '@mantine/spotlight/styles.layer.css';
import './fonts.css';
import './tokens.css';
import './base.css';

export { cssVariablesResolver, theme } from './theme';
