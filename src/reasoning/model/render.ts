import type { Evidence } from '../../domain/evidence.ts';
import type { Facts } from '../facts.ts';
import { minute } from '../text.ts';
import type { Block } from './budget.ts';
import { asData } from './prompt.ts';

/** A piece of evidence as the model reads it. A document's sections are blocks of their own with one id. */
export interface EvidenceBlock extends Block {
  id: string;
  /** Sections only: `runbook_model_drift.md#section-3-2`. */
  section?: string;
}

/** How much of a long list is worth its tokens, and from which end. What is computed over all of it is in other fields. */
const SHOWN: Record<string, { first?: number; last?: number }> = {
  features: { first: 4 },
  runs: { last: 2 },
  exported: { last: 1 },
  reported: { last: 2 },
  deployments: { last: 4 },
};
const USUALLY: { first?: number; last?: number } = { first: 6 };
/** What other fields say as well, or say better. */
const HIDDEN = new Set([
  ...['kind', 'points', 'importances', 'threshold', 'bucket_seconds', 'model', 'model_name'],
  ...['psi', 'ks', 'p_value', 'significant', 'n_reference', 'n_current', 'std_reference', 'std_current'],
]);
const EXCERPT = 700;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** All evidence in blocks, measurements before documents, of each tool the latest answer before its earlier ones. */
export function evidenceBlocks(evidence: readonly Evidence[]): EvidenceBlock[] {
  const newest = [...evidence].sort((a, b) => b.at.localeCompare(a.at));
  const seen = new Map<string, number>();
  return newest.flatMap((item) => {
    const kind = `${item.tool}:${(item.facts as Facts | null)?.kind}`;
    const age = seen.get(kind) ?? 0;
    seen.set(kind, age + 1);
    const { id, tool } = item;
    const text = [item.summary, compact(item.facts), item.cut].filter(Boolean).join('\n');
    if (!item.documents) return [{ id, name: `${id} (${tool})`, rank: 1 + 3 * age, text: asData(id, text) }];
    return item.documents.map(({ file, anchor, heading, text: section }, i) => {
      const ref = `${file}#${anchor}`;
      const excerpt = section.length > EXCERPT ? `${section.slice(0, EXCERPT - 1)}…` : section;
      return {
        id,
        section: ref,
        name: ref,
        rank: (i < 2 ? 2 : 3) + 3 * age,
        text: asData(`${id} ${ref}`, `${heading}\n${excerpt}`),
      };
    });
  });
}

/** Facts as short lines: numbers to three decimals, times to the minute, long lists last, cut and counted. */
function compact(value: unknown, field = ''): string {
  if (typeof value === 'number') return String(Number(value.toFixed(Math.abs(value) < 10 ? 3 : 1)));
  if (typeof value === 'string') return ISO.test(value) ? minute(value) : value;
  if (Array.isArray(value)) return listed(value, field);
  if (value === null || typeof value !== 'object') return String(value);
  const fields = Object.entries(value).filter(([name]) => !HIDDEN.has(name));
  const isList = ([, inner]: [string, unknown]) => Array.isArray(inner);
  return [...fields.filter((entry) => !isList(entry)), ...fields.filter(isList)]
    .map(([name, inner]) => {
      const text = compact(inner, name);
      return inner !== null && typeof inner === 'object' && !Array.isArray(inner)
        ? `${name} (${text})`
        : `${name} ${text}`;
    })
    .join('; ');
}

function listed(items: readonly unknown[], field: string): string {
  const sorted = field === 'features' ? [...items].sort((a, b) => psiOf(b) - psiOf(a)) : items;
  const { first, last } = SHOWN[field] ?? USUALLY;
  const shown = last ? sorted.slice(-last) : sorted.slice(0, first);
  const more = items.length - shown.length;
  const lines = shown.map((item) => compact(item));
  if (items.length === 0) return 'none';
  if (more === 0 && shown.every((item) => typeof item !== 'object')) return lines.join(', ');
  return [...lines, ...(more > 0 ? [`(${more} more)`] : [])].map((line) => `\n- ${line}`).join('');
}

/** What matters most of a list of features. */
const psiOf = (feature: unknown) => (feature as { psi_corrected: number }).psi_corrected;
