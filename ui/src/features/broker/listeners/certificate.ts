/** What to say of a certificate. */
import type { BrokerCertificate } from '@/ipc';

const DAY = 86_400_000;
/** Days before the end from which on it is a warning. */
const SOON = 30;

/** The CN of a distinguished name, or all of it where there is none. */
export function commonName(subject: string): string {
  return /(?:^|,\s*)CN=((?:\\.|[^,])+)/i.exec(subject)?.[1] ?? subject;
}

/** Whole days that are left; negative when it has ended. */
export function daysLeft({ notAfter }: BrokerCertificate, now: number): number {
  return Math.floor((notAfter - now) / DAY);
}

export function isExpiring(certificate: BrokerCertificate, now: number): boolean {
  return daysLeft(certificate, now) < SOON;
}
