import type { Store } from '../store/port.ts';
import type { Connectors } from './port.ts';

/**
 * The connectors without any account: each message is kept in the store and shown, and its answer says so (`recorded`).
 * Idempotent by key, so safe to retry.
 */
export function createOutbox(store: Pick<Store, 'putOutbox'>, now: () => Date): Connectors {
  return {
    async send(message, signal) {
      signal?.throwIfAborted();
      return store.putOutbox(message, now());
    },
  };
}
