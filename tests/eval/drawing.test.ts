import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { drawInstances, drawn } from '../../bench/eval/draw.ts';
import { parseScenario, readScenarios, ScenarioError } from '../../bench/eval/scenario.ts';
import { ALERT_TYPES } from '../../src/domain/alert.ts';
import { CATEGORIES } from '../../src/domain/catalogue.ts';
import { randomStream } from '../../src/sandbox/random.ts';

const FILE = `
title: A vendor changes its features
count: 3
faults:
  - name: upstream_change
    minutes_ago: { between: [20, 90] }
    params:
      features: { some_of: { of: [V1, V2, V3], count: [1, 2], each: { shift: { between: [1, 2] } } } }
herrings:
  - { what: schema_bump, minutes_before: { between: [-5, 40] } }
expect:
  alert_type: [model_drift]
  category: [upstream_change]
  features: drawn
  first_action: [none]
`;

test('one seed draws the same instances again, another seed others, and a new file changes no other', () => {
  const scenario = parseScenario(FILE, 'a.yaml');
  const other = parseScenario(FILE, 'b.yaml');
  const once = drawInstances([scenario], 7);
  expect(once.map(({ id }) => id)).toEqual(['a.yaml#1', 'a.yaml#2', 'a.yaml#3']);
  expect(drawInstances([scenario], 7)).toEqual(once);
  expect(drawInstances([other, scenario], 7).slice(3)).toEqual(once);
  expect(drawInstances([scenario], 8)).not.toEqual(once);
  expect(new Set(once.map(({ faults }) => JSON.stringify(faults))).size).toBe(3);
});

test('what is drawn lies in its range', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = randomStream('test', seed);
      const value = drawn(
        {
          kept: [1, 'a', null],
          number: { between: [0.5, 2] },
          whole: { whole: [2, 4] },
          one: { one_of: ['x', { between: [5, 6] }] },
          list: { some_of: { of: ['a', 'b', 'c'], count: [1, 3] } },
          keyed: { some_of: { of: ['a', 'b'], count: [2, 2], each: { whole: [1, 1] } } },
        },
        random,
      ) as { number: number; whole: number; one: string | number; list: string[] };
      expect(value).toMatchObject({ kept: [1, 'a', null], keyed: { a: 1, b: 1 } });
      expect(value.number).toBeGreaterThanOrEqual(0.5);
      expect(value.number).toBeLessThanOrEqual(2);
      expect([2, 3, 4]).toContain(value.whole);
      expect(value.one === 'x' || (Number(value.one) >= 5 && Number(value.one) <= 6)).toBe(true);
      expect(value.list.length).toBeGreaterThanOrEqual(1);
      expect(new Set(value.list).size).toBe(value.list.length);
    }),
  );
});

test('herrings are timed from the fault, and the drawn features are known', () => {
  for (const { faults, herrings, features } of drawInstances([parseScenario(FILE, 'a.yaml')], 1)) {
    const before = herrings[0]!.minutesAgo - faults[0]!.minutesAgo!;
    expect(before).toBeGreaterThanOrEqual(-5);
    expect(before).toBeLessThanOrEqual(40);
    expect(features).toEqual(Object.keys(faults[0]!.params.features as object));
  }
});

test.each([
  ['count: 3', 'count: 0', /^a\.yaml: count: /],
  ['first_action: [none]', 'first_action: [drop_table]', /^a\.yaml: expect\.first_action\.0: /],
  ['category: [upstream_change]', 'category: upstream_change', /^a\.yaml: expect\.category: /],
  ['what: schema_bump', 'what: earthquake', /^a\.yaml: herrings\.0\.what: /],
  ['title:', 'tittle:', /^a\.yaml: title: /],
  ['between: [20, 90]', 'between: [20]', /^a\.yaml: faults\.0\.minutes_ago/],
  ['  alert_type: [model_drift]', '  alert_type: [model_drift', /^a\.yaml: not YAML: /],
])('a bad file is refused by file and field: %s → %s', (from, to, message) => {
  expect(() => parseScenario(FILE.replace(from, to), 'a.yaml')).toThrow(ScenarioError);
  expect(() => parseScenario(FILE.replace(from, to), 'a.yaml')).toThrow(message);
});

test('a folder that is not there, or has no scenario, is said so', () => {
  expect(() => readScenarios('tests/nowhere')).toThrow(/tests\/nowhere: no such folder/);
  expect(() => readScenarios('src/domain')).toThrow(/src\/domain: expected \*\.yaml files, found none/);
});

test('the scenarios of the project cover every category and every type of alert, several of them healthy or hostile', () => {
  const instances = drawInstances(readScenarios('tests/scenarios'), 1);
  expect(instances.length).toBeGreaterThanOrEqual(60);
  const expected = instances.map(({ scenario }) => scenario.expect);
  for (const category of CATEGORIES)
    expect([category, expected.filter((e) => e.category[0] === category).length >= 2]).toEqual([
      category,
      true,
    ]);
  for (const type of ALERT_TYPES)
    expect([type, expected.filter((e) => e.alert_type[0] === type).length >= 4]).toEqual([type, true]);
  expect(expected.filter(({ healthy }) => healthy).length).toBeGreaterThanOrEqual(10);
  expect(instances.filter(({ scenario }) => scenario.hostile.length > 0).length).toBeGreaterThanOrEqual(4);
  expect(instances.filter(({ herrings }) => herrings.length > 0).length).toBeGreaterThanOrEqual(10);
});
