import { changedFields, same } from './changed-fields.ts';
import type { IncidentView } from './incident.ts';

/** The lists of a view, which grow at their end and seldom change before it. */
const LISTS = ['symptoms', 'evidence', 'actions', 'log'] as const;
type List = (typeof LISTS)[number];

/** What differs between two versions of a view: fields as they are now, lists from their first item that differs on. */
export interface IncidentPatch {
  incident_id: string;
  run_id: string;
  version: number;
  fields: Partial<Omit<IncidentView, List>>;
  lists: Partial<{ [L in List]: { from: number; items: IncidentView[L] } }>;
}

/** Every record of a whole view would stay in history, and a view is some kilobytes. */
export function patchOf(before: IncidentView, after: IncidentView): IncidentPatch {
  const { incident_id, run_id, version } = after;
  const isList = (field: string) => (LISTS as readonly string[]).includes(field);
  const fields = Object.entries(changedFields(before, after)).filter(([field]) => !isList(field));
  const lists = LISTS.flatMap((list) => {
    const [old, now] = [before[list], after[list]];
    if (same(old, now)) return [];
    const first = now.findIndex((item, i) => !same(item, old[i]));
    const from = first === -1 ? now.length : first;
    return [[list, { from, items: now.slice(from) }] as const];
  });
  return {
    incident_id,
    run_id,
    version,
    fields: Object.fromEntries(fields),
    lists: Object.fromEntries(lists),
  };
}

/** The later version: `applyPatch(before, patchOf(before, after))` equals `after`. */
export function applyPatch(before: IncidentView, patch: IncidentPatch): IncidentView {
  const lists = Object.entries(patch.lists).map(([list, { from, items }]) => [
    list,
    [...before[list as List].slice(0, from), ...items],
  ]);
  return { ...before, ...patch.fields, ...Object.fromEntries(lists) };
}
