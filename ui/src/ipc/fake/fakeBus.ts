/** What a broker does with messages: routes them to matching subscribers and keeps retained ones. */
import type { MessageProperty } from '../bindings';
import { matches } from './topics';

export type BusMessage = {
  topic: string;
  bytes: Uint8Array;
  qos: number;
  retain: boolean;
  properties: MessageProperty[];
};

export type Subscriber = {
  /** The subscriptions it has now, in the order of its profile. */
  filters: () => { filter: string; qos: number }[];
  deliver: (message: BusMessage, subscriptions: number) => void;
};

export class FakeBus {
  readonly retained = new Map<string, BusMessage>();
  private readonly subscribers = new Set<Subscriber>();
  messagesIn = 0;
  messagesOut = 0;
  bytesIn = 0;
  bytesOut = 0;

  join(subscriber: Subscriber): void {
    this.subscribers.add(subscriber);
    for (const { filter } of subscriber.filters()) this.sendRetained(subscriber, filter);
  }

  leave(subscriber: Subscriber): void {
    this.subscribers.delete(subscriber);
  }

  sendRetained(subscriber: Subscriber, filter: string): void {
    for (const message of this.retained.values()) {
      if (matches(filter, message.topic)) this.deliver(subscriber, message, true);
    }
  }

  publish(message: BusMessage): void {
    this.messagesIn += 1;
    this.bytesIn += message.bytes.length;
    if (message.retain) {
      if (message.bytes.length === 0) this.retained.delete(message.topic);
      else this.retained.set(message.topic, message);
    }
    for (const subscriber of this.subscribers) this.deliver(subscriber, message, false);
  }

  private deliver(subscriber: Subscriber, message: BusMessage, retain: boolean) {
    let qos = -1;
    let bits = 0;
    subscriber.filters().forEach((subscription, index) => {
      if (!matches(subscription.filter, message.topic)) return;
      qos = Math.max(qos, Math.min(subscription.qos, message.qos));
      if (index < 32) bits |= 1 << index;
    });
    if (qos < 0) return;
    this.messagesOut += 1;
    this.bytesOut += message.bytes.length;
    subscriber.deliver({ ...message, qos, retain }, bits >>> 0);
  }
}
