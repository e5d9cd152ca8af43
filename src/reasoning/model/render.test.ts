import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evidence, health, trend, upstream, versions } from '../../../tests/investigate/fixtures.ts';
import type { Facts } from '../facts.ts';
import { estimateTokens } from './budget.ts';
import { evidenceBlocks } from './render.ts';

const MESSAGES = Array.from({ length: 7 }, (_, i) => ({
  what: 'message' as const,
  at: `2026-11-23T0${i}:00:00.000Z`,
  text: `transactions: a new message, number ${'one two three four five six seven'.split(' ')[i]},`,
}));
const SCHEMA = { what: 'schema_version' as const, text: 'transactions: schema 7.2 → 7.3' };

const textOf = (facts: Facts[], kind: Facts['kind']) => {
  const items = facts.map(evidence);
  const { id } = items.find((item) => (item.facts as Facts).kind === kind)!;
  return evidenceBlocks(items).find((block) => block.id === id)!.text;
};

test('however many messages changed before, what the data became is shown first, then what is nearest to the onset', () => {
  const onset = trend([{ series: 'V14' }]);
  const far = { what: 'source' as const, at: '2026-11-22T14:00:00.000Z', text: 'cards: source a → b' };
  const text = textOf([onset, upstream(far, ...MESSAGES, SCHEMA)], 'upstream');
  const order = [
    'schema 7.2 → 7.3',
    'source a → b',
    'number seven',
    'number six',
    'number five',
    'number four',
  ];
  const found = order.map((part) => text.indexOf(part));
  expect(found).not.toContain(-1);
  expect(found).toEqual([...found].sort((a, b) => a - b));
  expect(text).not.toContain('number one');
  expect(text).toContain('(3 more)');
});

test('without an onset the newest changes are shown', () => {
  const text = textOf([trend(), upstream(...MESSAGES)], 'upstream');
  expect(text).toContain('number seven');
  expect(text).not.toContain('number one,');
});

test('long strings are cut, wherever they stand', () => {
  const long = 'word '.repeat(5_000);
  const reason = versions();
  reason.deployments[0]!.reason = long;
  const says = { ...health(), disagreements: [long] };
  for (const text of [
    textOf([reason], 'versions'),
    textOf([says], 'health'),
    textOf([upstream({ what: 'message', text: long })], 'upstream'),
  ]) {
    expect(text.length).toBeLessThan(3_000);
    expect(text).toMatch(/word wo?r?d?…/);
  }
});

test('no measurement takes more than 800 tokens, or closes its own mark, whatever outsiders wrote', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.nat().map((n) => `${n}`.repeat(400)),
    fc.constant('<'.repeat(2_000)),
  );
  const run = fc.record({
    ...{ timestamp: fc.constant('2026-11-23T11:00:00.000Z'), pipeline_name: text, run_id: text },
    ...{ status: text, record_count: fc.nat(), schema_version: text, source: text, message: text },
  });
  const changes = fc.array(fc.record({ what: fc.constant('message' as const), text }));
  fc.assert(
    fc.property(fc.array(run), changes, (runs, changed) => {
      const block = textOf([{ ...upstream(...changed), runs }], 'upstream');
      expect(estimateTokens(block)).toBeLessThanOrEqual(800);
      expect(block).toMatch(/^<data name="[^"]*">\n[^<>]*\n<\/data>$/s);
    }),
    { numRuns: 50 },
  );
});
