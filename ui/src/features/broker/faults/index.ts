export { FaultsCard } from './FaultsCard';
