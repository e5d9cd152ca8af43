import { changedFields, same } from './changed-fields.ts';
import type { IncidentView } from './incident.ts';

/** The lists of a view, which grow at their end and seldom change before it. */
const LISTS = ['symptoms', 'evidence', 'actions', 'log'] as const;
type List = (typeof LISTS)[number];

/**
 * What differs in a list: `changed` fields of items by their index, and all `items` from `from` on, which are new or have
 * other fields than before.
 */
interface ListPatch<Item> {
  changed: [index: number, fields: Partial<Item>][];
  from: number;
  items: Item[];
}

/** What differs between two versions of a view. */
export interface IncidentPatch {
  incident_id: string;
  run_id: string;
  version: number;
  fields: Partial<Omit<IncidentView, List>>;
  lists: Partial<{ [L in List]: ListPatch<IncidentView[L][number]> }>;
}

/** Every record of a whole view would stay in history, and a view is some kilobytes, as is an action. */
export function patchOf(before: IncidentView, after: IncidentView): IncidentPatch {
  const { incident_id, run_id, version } = after;
  const isList = (field: string) => (LISTS as readonly string[]).includes(field);
  const fields = Object.entries(changedFields(before, after)).filter(([field]) => !isList(field));
  const lists = LISTS.flatMap((list) =>
    same(before[list], after[list]) ? [] : [[list, listPatch<object>(before[list], after[list])] as const],
  );
  return {
    incident_id,
    run_id,
    version,
    fields: Object.fromEntries(fields),
    lists: Object.fromEntries(lists),
  };
}

function listPatch<Item extends object>(before: readonly Item[], after: readonly Item[]): ListPatch<Item> {
  const first = after.findIndex((item, i) => i >= before.length || !sameKeys(before[i]!, item));
  const from = first === -1 ? after.length : first;
  const changed = after.slice(0, from).flatMap((item, i): ListPatch<Item>['changed'] => {
    const fields = changedFields(before[i]!, item);
    return Object.keys(fields).length > 0 ? [[i, fields]] : [];
  });
  return { changed, from, items: after.slice(from) };
}

const sameKeys = (a: object, b: object) => same(Object.keys(a).sort(), Object.keys(b).sort());

/** The later version: `applyPatch(before, patchOf(before, after))` equals `after`. */
export function applyPatch(before: IncidentView, patch: IncidentPatch): IncidentView {
  const lists = Object.entries(patch.lists).map(([list, { changed, from, items }]) => {
    const kept: object[] = before[list as List].slice(0, from);
    for (const [i, fields] of changed) kept[i] = { ...kept[i], ...fields };
    return [list, [...kept, ...items]];
  });
  return { ...before, ...patch.fields, ...Object.fromEntries(lists) };
}
