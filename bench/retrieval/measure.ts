import { type Knowledge, SEARCH_MODES, type SearchMode } from '../../src/knowledge/port.ts';
import type { Query } from './corpus.ts';
import { mean, percentile, type Quality, quality } from './metrics.ts';

export interface Measured {
  /** In the order of the queries. */
  qualities: Quality[];
  milliseconds: number[];
  abstained: number;
}

export interface Summary extends Quality {
  ms_per_query: number;
  ms_p95: number;
  /** Queries that got no answer, and count as missed. */
  abstained: number;
}

/** A system that there is none of: nothing was measured, which is not zero. */
export const NOT_MEASURED: Record<keyof Summary, null> = {
  'hit@1': null,
  'recall@5': null,
  'mrr@10': null,
  'ndcg@10': null,
  ms_per_query: null,
  ms_p95: null,
  abstained: null,
};

/** Sections asked for, so that ten documents are among them. */
const SECTIONS = 50;
const WARM_UP = 5;

/**
 * Asks each query in each mode, one mode after the other. A document counts where its first section stands.
 * @param names the name that each indexed file has in the queries
 */
export async function measure(
  knowledge: Pick<Knowledge, 'search'>,
  queries: readonly Query[],
  names: ReadonlyMap<string, string>,
): Promise<Record<SearchMode, Measured>> {
  const measured = {} as Record<SearchMode, Measured>;
  for (const mode of SEARCH_MODES) {
    const ask = (query: string) => knowledge.search({ query, mode, limit: SECTIONS });
    for (const { text } of queries.slice(0, WARM_UP)) await ask(text);
    const of: Measured = { qualities: [], milliseconds: [], abstained: 0 };
    for (const { text, relevant } of queries) {
      const begun = performance.now();
      const { hits, abstained } = await ask(text);
      of.milliseconds.push(performance.now() - begun);
      if (abstained) of.abstained++;
      const documents = [...new Set(hits.map(({ file }) => names.get(file)!))];
      of.qualities.push(quality(documents, new Set(relevant)));
    }
    measured[mode] = of;
  }
  return measured;
}

/** Means over the queries. */
export function summary(measured: Record<SearchMode, Measured>): Record<SearchMode, Summary> {
  const of = ({ qualities, milliseconds, abstained }: Measured): Summary => {
    const average = (metric: keyof Quality) => mean(qualities.map((q) => q[metric]));
    return {
      'hit@1': average('hit@1'),
      'recall@5': average('recall@5'),
      'mrr@10': average('mrr@10'),
      'ndcg@10': average('ndcg@10'),
      ms_per_query: mean(milliseconds),
      ms_p95: percentile(milliseconds, 0.95),
      abstained,
    };
  };
  return Object.fromEntries(SEARCH_MODES.map((mode) => [mode, of(measured[mode])])) as Record<
    SearchMode,
    Summary
  >;
}

/** The report for people: one line a system. */
export function textOf(report: {
  embedder: string | null;
  documents: number;
  queries: number;
  systems: Record<string, Summary | typeof NOT_MEASURED>;
  note: string | null;
}): string {
  const { embedder, documents, queries, systems, note } = report;
  const lines = Object.entries(systems).map(([name, s]) =>
    [
      name.padEnd(8),
      ...[s['hit@1'], s['recall@5'], s['mrr@10'], s['ndcg@10']].map((value) => shown(value, 3, 5)),
      shown(s.ms_per_query, 1, 6),
      shown(s.ms_p95, 1, 6),
      shown(s.abstained, 0, 9),
    ].join('  '),
  );
  const head = `${documents} documents, ${queries} queries, embedder ${embedder ?? 'none: words alone'}`;
  return `${head}\n${'system'.padEnd(8)}  hit@1  rec@5  mrr10  ndcg10  ms/q     p95  abstained\n${lines.join('\n')}\n${note ? `${note}\n` : ''}`;
}

const shown = (value: number | null, digits: number, width: number) =>
  (value?.toFixed(digits) ?? '–').padStart(width);
