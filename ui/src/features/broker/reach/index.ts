export { OpenDialog } from './OpenDialog';
export { askToOpen } from './openRequest';
export { PhoneCard } from './PhoneCard';
export { ReachBanner } from './ReachBanner';
export { ReachChoice } from './ReachChoice';
export { TryItCard } from './TryItCard';
