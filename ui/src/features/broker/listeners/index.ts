export { CertificateFacts } from './CertificateFacts';
export { ListenersCard } from './ListenersCard';
