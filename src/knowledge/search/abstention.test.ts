import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BGE, MINILM } from '../../install/embedding-models.ts';
import { answerable, type Signals } from './abstention.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const signals = fc.record({ interaction: share, coverage: share, density: share }) as fc.Arbitrary<Signals>;

test.each([BGE.name, MINILM.name, null])(
  'with %s, more evidence never makes an answer less likely',
  (embedder) => {
    fc.assert(
      fc.property(signals, signals, (a, b) => {
        const both: Signals = {
          interaction: Math.max(a.interaction!, b.interaction!),
          coverage: Math.max(a.coverage, b.coverage),
          density: Math.max(a.density, b.density),
        };
        expect(answerable(embedder, both).score).toBeGreaterThanOrEqual(answerable(embedder, a).score);
      }),
    );
    const [none, all] = [0, 1].map((value) =>
      answerable(embedder, { interaction: value, coverage: value, density: value }),
    );
    expect(none!.score).toBeLessThan(none!.limit);
    expect(all!.score).toBeGreaterThan(all!.limit);
  },
);

test('a model that is not calibrated is judged by words alone', () => {
  const seen: Signals = { interaction: 0.9, coverage: 0.3, density: 0.4 };
  expect(answerable('another', seen)).toEqual(answerable(null, seen));
});
