import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readCorpus, readQueries } from '../../bench/retrieval/corpus.ts';
import { fitLogistic } from '../../bench/retrieval/logistic.ts';
import { bootstrap, percentile, quality, seeded } from '../../bench/retrieval/metrics.ts';

const run = promisify(execFile);

test('measures a ranking as computed by hand', () => {
  const ranking = ['a', 'b', 'c', 'd', 'e', 'f'];
  // Relevant at 2 and 6: DCG = 1/log2(3) + 1/log2(7) = 0.9871; ideal = 1 + 1/log2(3) = 1.6309.
  const measured = quality(ranking, new Set(['b', 'f']));
  expect(measured).toEqual({ 'hit@1': 0, 'recall@5': 0.5, 'mrr@10': 0.5, 'ndcg@10': expect.any(Number) });
  expect(measured['ndcg@10']).toBeCloseTo(0.98714 / 1.63093, 4);
  expect(quality(ranking, new Set(['a']))).toEqual({ 'hit@1': 1, 'recall@5': 1, 'mrr@10': 1, 'ndcg@10': 1 });
  expect(quality(ranking, new Set(['z']))).toEqual({ 'hit@1': 0, 'recall@5': 0, 'mrr@10': 0, 'ndcg@10': 0 });
  const late = [...Array.from({ length: 10 }, (_, i) => `x${i}`), 'z'];
  expect(quality(late, new Set(['z']))).toEqual({ 'hit@1': 0, 'recall@5': 0, 'mrr@10': 0, 'ndcg@10': 0 });
  expect(() => quality(ranking, new Set())).toThrow(RangeError);
});

test('the best ranking has nDCG 1, and no ranking more', () => {
  const files = Array.from({ length: 15 }, (_, i) => `f${i}`);
  fc.assert(
    fc.property(
      fc.shuffledSubarray(files, { minLength: 15 }),
      fc.integer({ min: 1, max: 15 }),
      (ranking, count) => {
        const relevant = new Set(files.slice(0, count));
        expect(quality(ranking, relevant)['ndcg@10']).toBeLessThanOrEqual(1 + 1e-9);
        expect(quality(files, relevant)['ndcg@10']).toBeCloseTo(1, 9);
      },
    ),
  );
});

test('percentiles are values that are there', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect([0.5, 0.95, 1].map((share) => percentile(values, share))).toEqual([50, 95, 100]);
  expect(percentile([7], 0.95)).toBe(7);
});

test('the bootstrap is repeatable and about as wide as theory says', () => {
  const draw = seeded(3);
  const differences = Array.from({ length: 400 }, () => draw() - 0.4);
  const interval = bootstrap(differences, 2_000, seeded(1));
  expect(bootstrap(differences, 2_000, seeded(1))).toEqual(interval);
  const mean = differences.reduce((sum, d) => sum + d, 0) / 400;
  expect(interval.mean).toBeCloseTo(mean, 12);
  // Uniform: standard deviation 0.2887, standard error 0.0144.
  expect(interval.high - interval.low).toBeGreaterThan(2 * 1.96 * 0.0144 * 0.85);
  expect(interval.high - interval.low).toBeLessThan(2 * 1.96 * 0.0144 * 1.15);
});

test('logistic regression parts what can be scoreParts, at the middle, however uneven the classes', () => {
  const rows = [
    ...Array.from({ length: 90 }, (_, i) => ({ features: [2 + (i % 10) / 10, i % 7], positive: true })),
    ...Array.from({ length: 10 }, (_, i) => ({ features: [(i % 10) / 10, i % 7], positive: false })),
  ];
  const { weights, constant } = fitLogistic(rows);
  const at = (x: number) => weights[0]! * x + weights[1]! * 3 + constant;
  expect(at(0.9)).toBeLessThan(0);
  expect(at(2)).toBeGreaterThan(0);
  expect(Math.abs(weights[1]!)).toBeLessThan(Math.abs(weights[0]!) / 10);
});

const folder = () => mkdtempSync(join(tmpdir(), 'agentops-bench-'));
function bench(...args: string[]) {
  const node = [process.execPath, '--no-warnings', 'bench/retrieval/main.ts'];
  return run(node[0]!, [...node.slice(1), ...args]).then(
    ({ stdout }) => ({ stdout, stderr: '' }),
    ({ stdout, stderr }: { stdout: string; stderr: string }) => ({ stdout, stderr }),
  );
}

test('one JSON object with all systems, from one run; file names are hidden unless asked for', async () => {
  const corpus = folder();
  writeFileSync(join(corpus, 'walrus.md'), '## One\n\nit swims north\n');
  writeFileSync(join(corpus, 'eagle.md'), '## Two\n\nit flies south\n');
  const queries = join(folder(), 'queries.jsonl');
  const lines = [
    { id: '1', text: 'swims north', relevant: ['walrus.md'] },
    { id: '2', text: 'eagle', relevant: ['eagle.md'] },
  ];
  writeFileSync(queries, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
  const args = ['--corpus', corpus, '--queries', queries, '--embedder', 'none', '--json'];
  const hidden = JSON.parse((await bench(...args)).stdout);
  expect(hidden).toMatchObject({ embedder: null, documents: 2, queries: 2, file_names: 'hidden' });
  for (const system of ['bm25', 'rrf', 'default'])
    expect(hidden.systems[system]).toEqual(
      expect.objectContaining({
        'hit@1': expect.any(Number),
        'recall@5': expect.any(Number),
        'mrr@10': expect.any(Number),
        'ndcg@10': expect.any(Number),
        ms_per_query: expect.any(Number),
      }),
    );
  expect(hidden.systems.bm25['hit@1']).toBe(0.5);
  // What is not there has no figures, rather than zeros.
  expect(new Set(Object.values(hidden.systems.vector))).toEqual(new Set([null]));
  expect(hidden.note).toBe('asked for words alone: vector is not measured, and rrf is bm25');
  const named = JSON.parse((await bench(...args, '--names')).stdout);
  expect(named.systems.bm25['hit@1']).toBe(1);
});

const OWN_QUERIES = join(folder(), 'queries.jsonl');
writeFileSync(OWN_QUERIES, JSON.stringify({ text: 'drift', relevant: ['runbook_model_drift.md'] }));

test('a corpus is read with its subfolders, strictly, and a folder that is called like a file is none', () => {
  const corpus = folder();
  mkdirSync(join(corpus, 'kafka', 'notes.md'), { recursive: true });
  writeFileSync(join(corpus, 'kafka', 'lag.md'), 'lag');
  writeFileSync(join(corpus, 'a.txt'), 'a');
  expect(readCorpus(corpus)).toEqual([
    { path: 'a.txt', content: 'a' },
    { path: 'kafka/lag.md', content: 'lag' },
  ]);
  writeFileSync(join(corpus, 'latin.md'), Buffer.from([0xe9]));
  expect(() => readCorpus(corpus)).toThrow(`${join(corpus, 'latin.md')}: not UTF-8`);
});

test('queries may begin with a byte order mark and need no id; what is wrong with one is said', () => {
  const file = join(folder(), 'queries.jsonl');
  const read = (...lines: object[]) => {
    writeFileSync(file, `\uFEFF${lines.map((line) => JSON.stringify(line)).join('\n')}`);
    return readQueries(file, [{ path: 'a.md', content: '' }]);
  };
  expect(read({ id: 7, text: ' x ', relevant: ['a.md'] }, { text: 'y', relevant: ['a.md'] })).toEqual([
    { text: 'x', relevant: ['a.md'] },
    { text: 'y', relevant: ['a.md'] },
  ]);
  expect(() => read({ text: ' ', relevant: ['a.md'] })).toThrow(/line 1: expected .*; text: /);
  expect(() => read({ text: 'x', relevant: [3] })).toThrow(/line 1: expected .*; relevant\.0: /);
});

test.each([
  [['--corpus', '/nowhere', '--queries', 'x'], '/nowhere: no such folder of documents'],
  [['--corpus', 'runbooks', '--queries', '/nowhere.jsonl'], '/nowhere.jsonl: cannot be read: ENOENT'],
  [
    ['--corpus', 'runbooks', '--queries', 'package.json'],
    'package.json, line 1: expected {"id", "text", "relevant"',
  ],
  [
    ['--corpus', 'runbooks', '--queries', OWN_QUERIES, '--embedder', 'toString'],
    '--embedder: expected best, bge, minilm or none, got "toString"',
  ],
  [[], 'expected --corpus DIR and --queries FILE.jsonl'],
])('%j is refused in one line', async (args, line) => {
  const { stdout, stderr } = await bench(...args);
  expect(stdout).toBe('');
  expect(stderr).toContain(`bench:retrieval: ${line}`);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});
