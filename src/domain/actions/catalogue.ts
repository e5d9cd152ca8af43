import { z } from 'zod';
import { ENTRIES } from './entries.ts';
import type { ActionEntry } from './entry.ts';

/** Every action that can run (design §2). */
export const CATALOGUE: readonly ActionEntry[] = ENTRIES;

/** Names of all actions, in the order of the catalogue. */
export const ACTIONS = ENTRIES.map(({ name }) => name);
export const Action = z.enum(ACTIONS).meta({ id: 'Action' });
export type Action = z.infer<typeof Action>;

/** Actions that change production or cost money; they need a person unless policy says otherwise. */
export const RISKY_ACTIONS: readonly Action[] = ENTRIES.filter(({ risky }) => risky).map(({ name }) => name);

/** The entry of an action. @throws RangeError for a name that is not in the catalogue */
export function entryOf(action: string): ActionEntry {
  const entry = CATALOGUE.find(({ name }) => name === action);
  if (!entry)
    throw new RangeError(`expected an action of the catalogue (${ACTIONS.join(', ')}), got "${action}"`);
  return entry;
}
