import type { Store } from '../store/port.ts';
import { createOutbox } from './outbox.ts';
import type { Connectors } from './port.ts';

/** The connectors that are configured. None needs an account today: each message is kept in the outbox and shown. */
export function openConnectors(store: Pick<Store, 'putOutbox'>, now: () => Date): Connectors {
  return createOutbox(store, now);
}
