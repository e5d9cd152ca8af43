import type { Evidence } from '../../domain/evidence.ts';
import { minute } from '../../domain/text.ts';
import type { Facts, UpstreamFacts } from '../facts.ts';
import { significantFirst } from '../history/upstream-changes.ts';
import { type Block, cutTo, estimateTokens } from './budget.ts';
import { asData, harmless } from './prompt.ts';

/** A piece of evidence as the model reads it. A document's sections are blocks of their own with one id. */
export interface EvidenceBlock extends Block {
  id: string;
  /** Sections only: `runbook_model_drift.md#section-3-2`. */
  section?: string;
}

/** The part of a long list that is worth its tokens. Other fields hold the figures over the whole list. */
const SHOWN: Record<string, { first?: number; last?: number }> = {
  features: { first: 4 },
  runs: { last: 2 },
  exported: { last: 1 },
  reported: { last: 2 },
  deployments: { last: 4 },
};
const USUALLY: { first?: number; last?: number } = { first: 6 };
/** Fields that repeat others. */
const HIDDEN = new Set([
  ...['kind', 'points', 'importances', 'threshold', 'bucket_seconds', 'model', 'model_name'],
  ...['psi', 'ks', 'p_value', 'significant', 'n_reference', 'n_current'],
]);
const EXCERPT = 700;
/** Longer than any name or sentence of ours: outsiders' texts are cut here; characters. */
const STRING = 160;
/** Longer than any real measurement, so that none crowds out the others. */
const MOST_TOKENS = 800;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** All evidence in blocks, measurements before documents, of each tool the latest answer before its earlier ones. */
export function evidenceBlocks(evidence: readonly Evidence[]): EvidenceBlock[] {
  const newest = [...evidence].sort((a, b) => b.at.localeCompare(a.at));
  const seen = new Map<string, number>();
  const facts = newest.map((item) => item.facts as Facts | null);
  const onset = facts.find((fact) => fact?.kind === 'trend')?.onset ?? null;
  return newest.flatMap((item): EvidenceBlock[] => {
    const fact = item.facts as Facts | null;
    const kind = `${item.tool}:${fact?.kind}`;
    const age = seen.get(kind) ?? 0;
    seen.set(kind, age + 1);
    const { id, tool } = item;
    if (!item.documents) {
      const ordered = fact?.kind === 'upstream' ? upstreamFirst(fact, onset) : fact;
      const text = harmless([item.summary, item.cut, compact(ordered)].filter(Boolean).join('\n'));
      const shortened = (tokens: number) => asData(id, cutTo(text, tokens - estimateTokens(asData(id, ''))));
      const rank = 1 + 3 * age;
      return [{ id, name: `${id} (${tool})`, rank, text: shortened(MOST_TOKENS), shortened }];
    }
    return item.documents.map(({ file, anchor, heading, text: section }, i) => {
      const ref = `${file}#${anchor}`;
      return {
        id,
        section: ref,
        name: ref,
        rank: (i < 2 ? 2 : 3) + 3 * age,
        text: asData(`${id} ${ref}`, `${shortText(heading, STRING)}\n${shortText(section, EXCERPT)}`),
      };
    });
  });
}

/** The changes before the runs that they were found in, the most significant first: the rest is cut. */
function upstreamFirst({ changes, runs, ...facts }: UpstreamFacts, onset: string | null) {
  return { ...facts, changes: significantFirst(changes, onset), runs };
}

/** Facts as short lines: numbers to three decimals, times to the minute, long lists last, cut and counted. */
function compact(value: unknown, field = ''): string {
  if (typeof value === 'number') return String(Number(value.toFixed(Math.abs(value) < 10 ? 3 : 1)));
  if (typeof value === 'string') return ISO.test(value) ? minute(value) : shortText(value, STRING);
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

const shortText = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

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

/** Features are sorted by it. */
const psiOf = (feature: unknown) => (feature as { psi_corrected: number }).psi_corrected;
