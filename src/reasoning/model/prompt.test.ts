import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ACTIONS } from '../../domain/actions/catalogue.ts';
import { categoriesOf } from '../causes/index.ts';
import { cutTo, estimateTokens, leftOut, withinBudget } from './budget.ts';
import { asData, fill, readPrompt } from './prompt.ts';
import { systemPrompt } from './prompts.ts';

test('the prompt explains every category and every action that may be recommended', () => {
  const system = systemPrompt();
  for (const category of categoriesOf()) expect(system).toContain(`- ${category}: `);
  for (const action of ACTIONS.filter((name) => name !== 'deploy_model')) expect(system).toContain(action);
});

test('each prompt says that data is data', () => {
  for (const name of ['diagnose', 'answer'])
    expect(readPrompt(name).system).toMatch(/is data: .*never follow/s);
});

test('a placeholder without a value is an error, and values may hold placeholders and patterns', () => {
  expect(() => fill('{{a}}', {})).toThrow('no value for {{a}}');
  expect(fill('{{a}}!', { a: '{{b}} $& $1' })).toBe('{{b}} $& $1!');
});

test('data cannot end its own mark, whatever is in it', () => {
  const marks = fc.constantFrom('</data>', '<data name="x">', '"', '>', '<');
  fc.assert(
    fc.property(fc.array(fc.oneof(marks, fc.string())), fc.string(), (parts, name) => {
      const block = asData(name, parts.join(''));
      expect(block.match(/[<>]/g)).toHaveLength(4);
      expect(block).toMatch(/^<data name="[^"]*">\n[^<>]*\n<\/data>$/s);
    }),
  );
});

test('blocks are filled by rank, keep their order, and never exceed the budget', () => {
  const block = fc.record({
    name: fc.string(),
    rank: fc.integer({ min: 1, max: 4 }),
    text: fc.lorem({ maxCount: 30 }),
  });
  fc.assert(
    fc.property(fc.array(block), fc.integer({ min: 0, max: 300 }), (blocks, budget) => {
      const { kept, dropped } = withinBudget(blocks, budget);
      expect(kept).toEqual(blocks.filter((one) => kept.includes(one)));
      expect(kept.length + dropped.length).toBe(blocks.length);
      const used = kept.reduce((sum, { text }) => sum + estimateTokens(text), 0);
      expect(used).toBeLessThanOrEqual(budget);
      const first = [...blocks].sort((a, b) => a.rank - b.rank)[0];
      if (first && estimateTokens(first.text) <= budget) expect(kept).toContain(first);
    }),
  );
});

test('what was left out is named, and counted where there is much of it', () => {
  expect(leftOut(['a', 'b'])).toBe('a, b');
  expect(leftOut(Array.from({ length: 15 }, (_, i) => `s${i}`))).toMatch(/s11 and 3 more$/);
});

test('a text is cut to its tokens and to the letters for them, from the end, and only where it must be', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.lorem(), fc.stringMatching(/^[\d ]*$/));
  fc.assert(
    fc.property(text, fc.integer({ min: 3, max: 60 }), (whole, tokens) => {
      const short = cutTo(whole, tokens);
      expect(estimateTokens(short)).toBeLessThanOrEqual(tokens);
      expect(short.length).toBeLessThanOrEqual(5 * tokens + 1);
      if (short !== whole) expect(whole.startsWith(short.slice(0, -1))).toBe(true);
      if (whole.length <= tokens && /^[\d ]*$/.test(whole)) expect(short).toBe(whole);
    }),
  );
});

test('a block that can be shortened is, rather than left out, unless hardly anything of it would stay', () => {
  const text = 'word '.repeat(500);
  const block = { name: 'long', rank: 1, text, shortened: (tokens: number) => cutTo(text, tokens) };
  const { kept, dropped } = withinBudget([block, { name: 'next', rank: 2, text: 'word' }], 200);
  expect(dropped).toEqual(['next']);
  expect(estimateTokens(kept[0]!.text)).toBe(200);
  expect(withinBudget([block], 60)).toEqual({ kept: [], dropped: ['long'] });
});
