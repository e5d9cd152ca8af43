import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chunksOf } from './chunks.ts';

const wordsOf = (text: string) => text.match(/\S+/g) ?? [];

test('a section that fits is one passage, as it stands', () => {
  expect(chunksOf('a\n\nb')).toEqual(['a\n\nb']);
  expect(chunksOf('')).toEqual(['']);
});

test('a long one is cut at line ends, and each passage begins with the last lines of the one before', () => {
  const lines = Array.from({ length: 60 }, (_, i) => `line ${i} has ten words in it of this very`);
  const chunks = chunksOf(lines.join('\n'));
  expect(chunks).toHaveLength(3);
  expect(chunks.flatMap((chunk) => chunk.split('\n')).every((line) => lines.includes(line))).toBe(true);
  const [first, second] = chunks.map((chunk) => chunk.split('\n'));
  expect(second!.slice(0, 3)).toEqual(first!.slice(-3));
});

test('no passage is longer than 220 words, and no word is lost or out of order', () => {
  const line = fc
    .array(fc.constantFrom('a', 'bb', 'ccc'), { maxLength: 600 })
    .map((words) => words.join(' '));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const text = lines.map((l, i) => `${i} ${l}`).join('\n');
      const chunks = chunksOf(text).map(wordsOf);
      for (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(220);
      // Each passage goes on where the one before ended, at most 30 words earlier.
      const all = wordsOf(text);
      let reached = 0;
      for (const chunk of chunks) {
        const overlap = Array.from({ length: 31 }, (_, back) => back).find((back) => {
          const from = reached - back;
          return from >= 0 && chunk.every((word, i) => word === all[from + i]);
        });
        expect(overlap).toBeDefined();
        reached += chunk.length - overlap!;
      }
      expect(reached).toBe(all.length);
    }),
  );
});
