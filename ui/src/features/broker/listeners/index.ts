export { ListenersCard } from './ListenersCard';
