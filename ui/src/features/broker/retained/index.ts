export { RetainedCard } from './RetainedCard';
