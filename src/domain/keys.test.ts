import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { approvalId, canonicalJson, sideEffectKey } from './keys.ts';

test('equal values have equal text, whatever the order of their keys', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: undefined })).toBe('{"b":[1,{"c":"x","d":null}]}');
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const shuffled = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(shuffled)).toBe(canonicalJson(value));
    }),
  );
});

test('a side effect has the same key in every run, and another one only for another attempt, step or action', () => {
  const key = sideEffectKey('INC-1', 'deploy.1.swap', 1, { version: 'v3' });
  expect(sideEffectKey('INC-1', 'deploy.1.swap', 1, { version: 'v3' })).toBe(key);
  const others = [
    sideEffectKey('INC-2', 'deploy.1.swap', 1, { version: 'v3' }),
    sideEffectKey('INC-1', 'deploy.2.swap', 1, { version: 'v3' }),
    sideEffectKey('INC-1', 'deploy.1.swap', 2, { version: 'v3' }),
    sideEffectKey('INC-1', 'deploy.1.swap', 1, { version: 'v4' }),
  ];
  expect(new Set([key, ...others]).size).toBe(5);
});

test('approval ids hardly ever meet', () => {
  const ids = Array.from({ length: 20_000 }, (_, i) => approvalId('INC-1', `step.${i}`, {}, 'e'));
  expect(new Set(ids).size).toBe(20_000);
});
