/** @jest-environment ./tests/support/native-arrays.ts */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openOnnxEmbedder } from '../../src/knowledge/embedding/onnx-embedder.ts';
import { openReranker } from '../../src/knowledge/search/reranker.ts';
import { tinyCrossEncoder, tinySentenceModel } from './embedder-tiny.ts';

const words = {
  drift: [0, 1, 0],
  fraud: [0, 0, 1],
  cause: [0, 3, 4],
  '##s': [0, 3, -4],
  ask: [9, 9, 9],
  ':': [5, 5, 5],
} as const satisfies Record<string, readonly number[]>;
const dir = tinySentenceModel(words as never);
const model = { name: 'tiny', dimensions: 3, pooling: 'cls', queryPrefix: '' } as const;
const rounded = (vector: Float32Array) => [...vector].map((x) => Number(x.toFixed(3)));

test('the first token stands for the text, or the mean of all that count, of unit length', async () => {
  const cls = await openOnnxEmbedder(model, dir);
  const mean = await openOnnxEmbedder({ ...model, pooling: 'mean' }, dir);
  const texts = ['drift', 'drift drift drift fraud'];
  expect((await cls.passages(texts)).map(({ vector }) => rounded(vector))).toEqual([
    [1, 0, 0],
    [1, 0, 0],
  ]);
  // Of the sums [2, 1, 0] and [2, 3, 1].
  expect((await mean.passages(texts)).map(({ vector }) => rounded(vector))).toEqual([
    [0.894, 0.447, 0],
    [0.535, 0.802, 0.267],
  ]);
  await Promise.all([cls.close(), mean.close()]);
});

test('words are whole words without marks and punctuation, and the query prefix is none of them', async () => {
  const embedder = await openOnnxEmbedder({ ...model, queryPrefix: 'ask: ' }, dir);
  const query = await embedder.query('Causes: drift?');
  expect(query.words.map(({ word }) => word)).toEqual(['causes', 'drift']);
  expect(query.words.map(({ vector }) => rounded(vector))).toEqual([
    [0, 1, 0],
    [0, 1, 0],
  ]);
  const [passage] = await embedder.passages(['ask drift']);
  expect(passage!.words.map(({ word }) => word)).toEqual(['ask', 'drift']);
  await embedder.close();
});

test('texts come back in their order, and past 512 tokens nothing is seen', async () => {
  const embedder = await openOnnxEmbedder(model, dir);
  const texts = Array.from({ length: 9 }, (_, i) => 'drift '.repeat(1 + ((i * 7) % 9)));
  const lengths = (await embedder.passages(texts)).map(({ words: seen }) => seen.length);
  expect(lengths).toEqual(texts.map((text) => text.trim().split(' ').length));
  const [long] = await embedder.passages(['drift '.repeat(2000)]);
  expect(long!.words).toHaveLength(510);
  await embedder.close();
});

test('a cross-encoder scores each pair, and a folder without one is named', async () => {
  const reranker = await openReranker(tinyCrossEncoder(['low', 'high']));
  expect(await reranker.score('high', ['low', 'high', 'low low'])).toEqual([4, 5, 4]);
  await reranker.close();
  const empty = mkdtempSync(join(tmpdir(), 'agentops-empty-'));
  await expect(openReranker(empty)).rejects.toThrow(`${empty}: expected a cross-encoder's model.onnx`);
});
