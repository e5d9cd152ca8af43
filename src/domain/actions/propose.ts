import { canonicalJson, contentHash } from '../keys.ts';
import type { ActionEntry, ActionFacts } from './entry.ts';
import type { ActionRecord } from './record.ts';

/** The hash that binds approvals, keys and the call to one exact action. */
export function actionHash({
  action,
  tool,
  params,
}: Pick<ActionRecord, 'action' | 'tool' | 'params'>): string {
  return contentHash([action, tool, params]);
}

/**
 * A new record of an action. An impossible one is `skipped` at once, with the reason.
 * @param needed approvals that policy asks for; 0: it may run without
 */
export function propose(entry: ActionEntry, id: string, facts: ActionFacts, needed: number): ActionRecord {
  const prepared = entry.prepare(facts);
  const blank: ActionRecord = {
    action_id: id,
    action: entry.name,
    tool: entry.tool,
    params: {},
    hash: '',
    title: entry.name,
    why: '',
    risk: '',
    undo: '',
    facts: [],
    live: liveOf(facts),
    state: 'proposed',
    details: '',
    proposed_at: facts.now,
    at: facts.now,
    needed,
    decisions: [],
    approval: null,
    replaced: [],
    attempt: 1,
    result: null,
    done_at: null,
    checks: [],
    ended_at: null,
  };
  if ('impossible' in prepared)
    return { ...blank, state: 'skipped', details: String(prepared.impossible), ended_at: facts.now };
  const record = { ...blank, params: entry.params.parse(prepared), title: '' };
  return withCard(record, entry, facts);
}

/** The record with texts and hash made from its own parameters. */
export function withCard(record: ActionRecord, entry: ActionEntry, facts: ActionFacts): ActionRecord {
  const texts = entry.card(record.params, facts);
  return Object.assign(record, texts, {
    hash: actionHash(record),
    live: liveOf(facts),
    details: record.details || texts.title,
  });
}

function liveOf({ status }: ActionFacts): ActionRecord['live'] {
  const registry = status?.registry;
  return registry ? { version: registry.activeVersion, baseline_f1: registry.baselineF1 } : null;
}

/**
 * The parameters after a person's edit, or why they are refused. Only the entry's editable parameters may differ; the whole is
 * checked by its schema.
 */
export function editedParams(
  entry: ActionEntry,
  record: ActionRecord,
  edit: Record<string, unknown>,
): { params: Record<string, unknown> } | { refused: string } {
  const foreign = Object.keys(edit).filter((name) => !entry.editable.includes(name));
  if (foreign.length > 0) {
    const allowed = entry.editable.join(', ') || 'none';
    return {
      refused: `expected parameters of ${entry.name} that can be edited (${allowed}), got ${foreign.join(', ')}`,
    };
  }
  const read = entry.params.safeParse({ ...record.params, ...edit });
  if (!read.success) {
    const issue = read.error.issues[0]!;
    return { refused: `params.${issue.path.join('.')}: ${issue.message}` };
  }
  if (canonicalJson(read.data) === canonicalJson(record.params))
    return { refused: 'the parameters are the same as on the card: approve it instead' };
  return { params: read.data };
}

/** Why an approved action no longer fits the world, or null. The call itself is never changed. */
export function outdated(entry: ActionEntry, record: ActionRecord, facts: ActionFacts): string | null {
  const { status } = facts;
  if (!status) return null;
  const live = status.registry?.activeVersion;
  if (record.live && live !== record.live.version)
    return `the card was for ${record.live.version}, but ${live ?? 'no version'} is live now`;
  return entry.outdated?.(record.params, status) ?? null;
}
