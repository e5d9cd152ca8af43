import { expect, test } from '@jest/globals';
import type { PassageIndex } from '../search/passages.ts';
import type { Embedder } from './embedder.ts';
import { createEmbedding, type Vectors } from './embedding.ts';

test('a store that fails costs a while, not the model', async () => {
  let closed = false;
  const embedder: Embedder = {
    name: 'm',
    dimensions: 1,
    passages: async () => [],
    query: async () => ({ vector: new Float32Array(1), words: [] }),
    close: async () => {
      closed = true;
    },
  };
  let missing = 2;
  let locked = true;
  const vectors: Vectors = {
    missing: () => missing,
    model: () => 'm',
    adopt: () => {},
    async embedNext() {
      if (locked) throw new Error('database is locked');
      return missing--;
    },
  };
  const embedding = createEmbedding(
    { index: {} as PassageIndex, vectors, isOpen: () => true },
    { embedder: Promise.resolve({ embedder }) },
  );
  await embedding.ready();
  expect((await embedding.means()).wordsOnlyReason).toBe(
    '2 passages have no vectors yet, and the last attempt to make them failed: database is locked',
  );
  locked = false;
  await embedding.ready();
  expect(await embedding.means()).toMatchObject({ embedder: { name: 'm' } });
  expect(closed).toBe(false);
  embedding.close();
});
