import { sha256 } from '@noble/hashes/sha2.js';

/** Crockford's base 32 in lower case: no i, l, o, u, so that a person can read an id out and type it. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** JSON with sorted keys: equal values have equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

function digest(parts: unknown[], characters: number): string {
  const bytes = sha256(new TextEncoder().encode(canonicalJson(parts)));
  return [...bytes.slice(0, characters)].map((byte) => ALPHABET[byte % 32]).join('');
}

/**
 * The id of an approval: eight characters bound to the exact action shown. Another parameter, step or epoch (a reset
 * run) is another approval, so that an old decision never counts for it (design §3).
 */
export function approvalId(incidentId: string, step: string, action: unknown, epoch: string): string {
  return digest([incidentId, step, action, epoch], 8);
}

/** Sixteen characters that stand for a value: equal values have equal ones. */
export function contentHash(value: unknown): string {
  return digest([value], 16);
}

/**
 * The key under which a side effect happens once: equal for every retry, restart and reset of the same attempt of the same
 * step, so it holds neither a run nor an activity id. `attempt` rises only when a person continues a failed step.
 */
export function sideEffectKey(incidentId: string, step: string, attempt: number, action: unknown): string {
  return `${incidentId}:${step}:${attempt}:${digest([incidentId, step, attempt, action], 16)}`;
}
