import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { readConfig } from '../../src/config/config.ts';
import { openEmbedder } from '../../src/knowledge/open.ts';
import { fuse, ranked } from '../../src/knowledge/search/ranking.ts';
import { type JudgedSearch, judge, look } from '../../src/knowledge/search/search.ts';
import { ownCorpus, type Query, readCorpus, readQueries, withIndex } from './corpus.ts';
import { mean, quality, seeded } from './metrics.ts';

/**
 * How the shares of src/knowledge/search.ts were chosen: every way to divide 1 among the four parts in tenths, judged by
 * nDCG@10 on the `tune` questions about our own corpus, and on a set of others by cross-validation, in which what is best
 * on four fifths of the queries is measured on the last: `node bench/retrieval/tune.ts --corpus DIR --queries FILE.jsonl`.
 */
const FOLDS = 5;
const REPEATS = 10;
const SHOWN = 10;

const GRID: number[][] = [];
for (let a = 0; a <= 10; a++)
  for (let b = 0; a + b <= 10; b++)
    for (let c = 0; a + b + c <= 10; c++) GRID.push([a, b, c, 10 - a - b - c].map((tenths) => tenths / 10));

/** For each query nDCG@10 at each point of the grid. */
async function surface(
  texts: ReturnType<typeof ownCorpus>,
  queries: readonly Pick<Query, 'text' | 'relevant'>[],
): Promise<number[][]> {
  const rows: number[][] = [];
  const found = await openEmbedder(readConfig(), console.error);
  await withIndex(found, texts, async (means) => {
    for (const { text, relevant } of queries) {
      const judged = await judge(means, await look(means, { query: text }), { query: text });
      rows.push(GRID.map((shares) => (judged ? ndcg(judged, shares, relevant) : 0)));
    }
  });
  return rows;
}

function ndcg({ passages, parts }: JudgedSearch, shares: readonly number[], relevant: string[]): number {
  const ids = passages.map(({ id }) => id);
  const scores = fuse(
    ids,
    parts.map((part, i) => ({ ...part, weight: shares[i]! })),
  );
  const files = new Map(passages.map(({ id, hit }) => [id, hit.file]));
  const ranking = [...new Set(ranked(scores).map((id) => files.get(id)!))];
  return quality(ranking, new Set(relevant))['ndcg@10'];
}

/** The points of the grid by their mean over the rows, best first. */
function order(rows: number[][]): { point: number; value: number }[] {
  const points = GRID.map((_, point) => ({ point, value: mean(rows.map((row) => row[point]!)) }));
  return points.sort((a, b) => b.value - a.value);
}

/** What the best point of four folds reaches on the fifth, over all folds and repeats. */
function crossValidated(rows: number[][]): number {
  const random = seeded(1);
  const measured: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const folds = rows.map((row) => ({ row, at: random() })).sort((a, b) => a.at - b.at);
    for (let fold = 0; fold < FOLDS; fold++) {
      const [best] = order(folds.filter((_, i) => i % FOLDS !== fold).map(({ row }) => row));
      measured.push(...folds.filter((_, i) => i % FOLDS === fold).map(({ row }) => row[best!.point]!));
    }
  }
  return mean(measured);
}

const { values } = parseArgs({ options: { corpus: { type: 'string' }, queries: { type: 'string' } } });
const questions = parse(readFileSync('tests/knowledge/questions.yaml', 'utf8')) as {
  answerable: { tune: { text: string; files: string[] }[] };
};
const own = await surface(
  ownCorpus(),
  questions.answerable.tune.map(({ text, files }) => ({ text, relevant: files })),
);
const sets = { own };
if (values.corpus && values.queries) {
  const corpus = readCorpus(values.corpus);
  const names = new Map(corpus.map(({ path }, i) => [path, `${i + 1}.md`]));
  const hidden = corpus.map(({ path, content }) => ({ path: names.get(path)!, content }));
  const queries = readQueries(values.queries, corpus).map(({ text, relevant }) => ({
    text,
    relevant: relevant.map((file) => names.get(file)!),
  }));
  Object.assign(sets, { others: await surface(hidden, queries) });
}
console.log('shares of passage, document, meaning, comparison; nDCG@10');
for (const [name, rows] of Object.entries(sets)) {
  console.log(`${name}, ${rows.length} queries, cross-validated ${crossValidated(rows).toFixed(3)}`);
  for (const { point, value } of order(rows).slice(0, SHOWN))
    console.log(`  ${GRID[point]!.join(' ')}  ${value.toFixed(3)}`);
}
const both = GRID.map((shares, point) => ({
  shares,
  value: mean(Object.values(sets).map((rows) => mean(rows.map((row) => row[point]!)))),
})).sort((a, b) => b.value - a.value);
console.log('mean of the sets');
for (const { shares, value } of both.slice(0, SHOWN))
  console.log(`  ${shares.join(' ')}  ${value.toFixed(3)}`);
