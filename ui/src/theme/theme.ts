/**
 * Mantine dressed in the tokens of `tokens.css`. Components keep Mantine's behaviour and
 * accessibility; every colour, size and radius they show is one of the `--ts-*` variables.
 */
import {
  createTheme,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  Button,
  Checkbox,
  Modal,
  NumberInput,
  PasswordInput,
  Popover,
  SegmentedControl,
  Select,
  Switch,
  Textarea,
  TextInput,
  Tooltip,
  Menu,
} from '@mantine/core';
import classes from './mantine.module.css';

/** Mantine wants ten shades; the ones it uses are overridden by the variables below. */
const accent: MantineColorsTuple = [
  '#e3f0fb',
  '#c8e2f8',
  '#a5d0f3',
  '#8fc0e8',
  '#63bbf7',
  '#56b3f2',
  '#2f8fd6',
  '#0b69b7',
  '#0a62aa',
  '#084f8a',
];

const inputClasses = {
  wrapper: classes.wrapper,
  input: classes.input,
  label: classes.label,
  description: classes.hint,
  error: classes.error,
};

export const theme = createTheme({
  primaryColor: 'accent',
  colors: { accent },
  defaultRadius: 6,
  fontFamily: 'var(--ts-font-ui)',
  fontFamilyMonospace: 'var(--ts-font-mono)',
  fontSizes: { xs: '12px', sm: '13px', md: '13px', lg: '15px', xl: '18px' },
  lineHeights: { xs: '18px', sm: '20px', md: '20px', lg: '22px', xl: '24px' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  radius: { xs: '4px', sm: '6px', md: '6px', lg: '8px', xl: '12px' },
  focusRing: 'auto',
  cursorType: 'default',
  respectReducedMotion: true,
  components: {
    Button: Button.extend({ defaultProps: { variant: 'default' } }),
    TextInput: TextInput.extend({ classNames: inputClasses }),
    PasswordInput: PasswordInput.extend({
      classNames: { ...inputClasses, innerInput: classes.innerInput },
    }),
    NumberInput: NumberInput.extend({ classNames: inputClasses }),
    Textarea: Textarea.extend({ classNames: inputClasses }),
    Select: Select.extend({
      defaultProps: { allowDeselect: false, checkIconPosition: 'right' },
      classNames: { ...inputClasses, dropdown: classes.dropdown, option: classes.option },
    }),
    Checkbox: Checkbox.extend({
      defaultProps: { size: 'xs' },
      classNames: { body: classes.center, input: classes.check, label: classes.checkLabel },
    }),
    Switch: Switch.extend({
      defaultProps: { size: 'xs', withThumbIndicator: false },
      classNames: {
        body: classes.center,
        track: classes.track,
        thumb: classes.thumb,
        label: classes.checkLabel,
      },
    }),
    SegmentedControl: SegmentedControl.extend({
      defaultProps: { size: 'xs', transitionDuration: 90 },
      classNames: {
        root: classes.segments,
        label: classes.segment,
        indicator: classes.segmentThumb,
        control: classes.segmentControl,
      },
    }),
    Modal: Modal.extend({
      defaultProps: {
        radius: 12,
        centered: true,
        overlayProps: { color: 'var(--ts-scrim)', backgroundOpacity: 1 },
        transitionProps: { duration: 140 },
      },
      classNames: {
        content: classes.dialog,
        header: classes.dialogHead,
        title: classes.dialogTitle,
        body: classes.dialogBody,
      },
    }),
    Menu: Menu.extend({
      defaultProps: { shadow: 'none', offset: 4 },
      classNames: { dropdown: classes.dropdown, item: classes.menuItem, divider: classes.menuLine },
    }),
    Popover: Popover.extend({ classNames: { dropdown: classes.dropdown } }),
    Tooltip: Tooltip.extend({
      defaultProps: { openDelay: 400, transitionProps: { duration: 90 }, offset: 6 },
      classNames: { tooltip: classes.tooltip },
    }),
  },
});

const shared = {
  '--mantine-color-body': 'var(--ts-bg-frame)',
  '--mantine-color-text': 'var(--ts-text-1)',
  '--mantine-color-bright': 'var(--ts-text-1)',
  '--mantine-color-dimmed': 'var(--ts-text-3)',
  '--mantine-color-placeholder': 'var(--ts-text-3)',
  '--mantine-color-error': 'var(--ts-err)',
  '--mantine-color-anchor': 'var(--ts-accent)',
  '--mantine-color-default': 'var(--ts-bg-raised)',
  '--mantine-color-default-hover': 'var(--ts-bg-hover)',
  '--mantine-color-default-color': 'var(--ts-text-1)',
  '--mantine-color-default-border': 'var(--ts-line-2)',
  '--mantine-primary-color-filled': 'var(--ts-accent-fill)',
  '--mantine-primary-color-contrast': 'var(--ts-accent-on)',
  '--mantine-color-accent-filled': 'var(--ts-accent-fill)',
  '--mantine-color-accent-light': 'var(--ts-accent-soft)',
  '--mantine-color-accent-outline': 'var(--ts-accent)',
};

/** Points Mantine's variables at the tokens, which know the colour scheme themselves. */
export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  dark: shared,
  light: shared,
});
