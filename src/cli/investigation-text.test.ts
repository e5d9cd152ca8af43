import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NumberedText } from './investigation-text.ts';

const TEXT =
  'V14 drifts [ev_a_1, ev_b_2] since 11:00 [at least]. F1 fell [ev_b_2]. See [ev_c_3 runbook.md#section-3]; [ev_d';
const SHOWN = 'V14 drifts [1, 2] since 11:00 [at least]. F1 fell [2]. See [3]; [ev_d';

test('citations are numbered by first appearance, wherever the pieces are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: TEXT.length })), (cuts) => {
      const text = new NumberedText();
      const edges = [0, ...cuts.sort((a, b) => a - b), TEXT.length];
      const shown = edges.slice(1).map((edge, i) => text.add(TEXT.slice(edges[i], edge)));
      expect(shown.join('') + text.end()).toBe(SHOWN);
    }),
  );
});

test('a piece is shown at once but for a bracket that is still open', () => {
  const text = new NumberedText();
  expect(text.add('F1 fell [ev_')).toBe('F1 fell ');
  expect(text.add('b_2]. And')).toBe('[1]. And');
});
