import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { drawInstances, drawn } from '../../bench/eval/draw.ts';
import { extremes } from '../../bench/eval/draw-check.ts';
import { readOptions } from '../../bench/eval/options.ts';
import { parseScenario, readScenarios, ScenarioError } from '../../bench/eval/scenario.ts';
import { ALERT_TYPES } from '../../src/domain/alert.ts';
import { categoriesOf } from '../../src/reasoning/causes/index.ts';
import { FAULTS } from '../../src/sandbox/faults/index.ts';
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
          narrow: { between: [1.23456, 1.23457] },
          whole: { whole: [2, 4] },
          one: { one_of: ['x', { between: [5, 6] }] },
          list: { some_of: { of: ['a', 'b', 'c'], count: [1, 3] } },
          keyed: { some_of: { of: ['a', 'b'], count: [2, 2], each: { whole: [1, 1] } } },
        },
        random,
      ) as { number: number; narrow: number; whole: number; one: string | number; list: string[] };
      expect(value).toMatchObject({ kept: [1, 'a', null], keyed: { a: 1, b: 1 } });
      expect(value.number).toBeGreaterThanOrEqual(0.5);
      expect(value.number).toBeLessThanOrEqual(2);
      expect(value.narrow).toBeGreaterThanOrEqual(1.23456);
      expect(value.narrow).toBeLessThanOrEqual(1.23457);
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

test('herrings are timed from when a fault begins by itself, where nothing is said', () => {
  const untimed = FILE.replace(/ +minutes_ago.*\n/, '').replace('[-5, 40]', '[10, 10]');
  const [instance] = drawInstances([parseScenario(untimed, 'a.yaml')], 1);
  expect(instance).toMatchObject({ faults: [{ minutesAgo: null }], herrings: [{ minutesAgo: 70 }] });
});

test('the extremes of a value are values that may be drawn, each end of a range and each item among them', () => {
  const value = {
    n: { between: [1, 3] },
    one: { one_of: ['x', { whole: [5, 6] }] },
    list: { some_of: { of: ['a', 'b', 'c'], count: [1, 2] } },
  };
  const all = extremes(value) as { n: number; one: unknown; list: string[] }[];
  expect(new Set(all.map(({ n }) => n))).toEqual(new Set([1, 3, 1 + 0.618 * 2]));
  expect(new Set(all.map(({ one }) => one))).toEqual(new Set(['x', 5, 6]));
  expect(new Set(all.map(({ list }) => list.join('')))).toEqual(new Set(['a', 'b', 'c', 'ab', 'bc', 'ca']));
  const keyed = { some_of: { of: ['a', 'b'], count: [2, 2], each: { whole: [1, 2] } } };
  expect(extremes(keyed)).toContainEqual({ a: 1, b: 1 });
});

const SHIFT = '{ shift: { between: [1, 2] } }';
const NONE = 'first_action: [none]';
const FAULT = /name: upstream_change[\s\S]*(?=herrings)/;
const fault = (name: string, params: string) => `name: ${name}\n    params: ${params}\n`;
const DRAWN = 'features: drawn';

test.each<[what: string, from: string | RegExp, to: string, message: string | RegExp]>([
  ['a count', 'count: 3', 'count: 0', /^count: .*>=1, got 0$/],
  ['an action', NONE, 'first_action: [drop_table]', /^expect\.first_action\.0: .*"none", got "drop_table"$/],
  [
    'no list',
    'category: [upstream_change]',
    'category: upstream_change',
    /^expect\.category: .*expected array, received string, got "upstream_change"$/,
  ],
  [
    'a feature',
    DRAWN,
    'features: [V99]',
    'expect.features: expected drawn, or a list of features (V1 to V28, amount), got ["V99"]',
  ],
  [
    'features of none',
    FAULT,
    'name: slow_model\n',
    'expect.features: expected a fault whose params give features, as they are drawn, got none',
  ],
  ['a herring', 'what: schema_bump', 'what: earthquake', /^herrings\.0\.what: .*, got "earthquake"$/],
  ['a missing field', /^title.*\n/m, '', 'title: Invalid input: expected string, received undefined'],
  [
    'a field too many',
    'count: 3',
    'colour: red',
    'colour: expected a field of tests/scenarios/README.md, got "colour"',
  ],
  ['no YAML', '  alert_type: [model_drift]', '  alert_type: [model_drift', /^not YAML: /],
  [
    'half a range',
    '[20, 90]',
    '[20]',
    /^faults\.0\.minutes_ago: expected a number of minutes, or \{between: \[a, b\]\} with a ≤ b, got /,
  ],
  [
    'a range turned round',
    '[20, 90]',
    '[90, 20]',
    'faults.0.minutes_ago.between: expected two numbers [a, b] with a ≤ b, got [90,20]',
  ],
  ['too long ago', '[20, 90]', '[20, 361]', /^faults\.0\.minutes_ago: expected 1 to 360 minutes, got .*361/],
  [
    'a herring turned round',
    '[-5, 40]',
    '[40, -5]',
    'herrings.0.minutes_before.between: expected two numbers [a, b] with a ≤ b, got [40,-5]',
  ],
  [
    'a herring to come',
    '[-5, 40]',
    '[-30, 40]',
    'herrings.0.minutes_before: expected a schema_bump 1 to 360 minutes ago, got -10 to 130',
  ],
  [
    'a redeployment that is not over',
    '{ what: schema_bump, minutes_before: { between: [-5, 40] } }',
    '{ what: redeployment, minutes_before: -19 }',
    'herrings.0.minutes_before: expected a redeployment 2 to 360 minutes ago, got 1 to 71',
  ],
  ['a fault', 'name: upstream_change', 'name: upstream_chance', /^faults\.0\.name: .*"upstream_chance"$/],
  [
    'a parameter',
    FAULT,
    fault('attack_wave', '{ sharee: 0.2 }'),
    'faults.0.params.sharee: expected a field of docs/faults.md, got "sharee"',
  ],
  [
    'a time',
    FAULT,
    fault('attack_wave', '{ start: "2026-11-24T02:00:00Z" }'),
    'faults.0.params.start: expected minutes_ago instead, got start',
  ],
  [
    'a parameter’s feature',
    'V3]',
    'V99]',
    'faults.0.params.features.V99: expected a field of docs/faults.md, got "V99"',
  ],
  [
    'a value that may be drawn',
    FAULT,
    fault('attack_wave', '{ share: { between: [0.1, 0.9] } }'),
    /^faults\.0\.params\.share: .*<=0\.5, got 0\.9$/,
  ],
  [
    'a part of a whole',
    FAULT,
    fault('duplicate_load', '{ times: { between: [2, 4] } }'),
    /^faults\.0\.params\.times: .*expected int.*, got 3\.23/,
  ],
  [
    'too few of a list',
    FAULT,
    fault('seasonal_shift', '{ features: { some_of: { of: [V1, V2], count: [1, 2] } } }'),
    /^faults\.0\.params\.features: .*>=2 items, got \["V1"\]$/,
  ],
  [
    'a misspelt draw',
    SHIFT,
    '{ shift: { betwen: [1, 2] } }',
    /^faults\.0\.params\.features\.V1\.shift: .*expected number, received object, got \{"betwen":\[1,2\]\}$/i,
  ],
  [
    'a drawn range turned round',
    SHIFT,
    '{ shift: { between: [2, 1] } }',
    'faults.0.params.features.some_of.each.shift.between: expected two numbers [a, b] with a ≤ b, got [2,1]',
  ],
  [
    'no number',
    SHIFT,
    '{ shift: { between: [1, a] } }',
    /shift\.between: expected two numbers \[a, b\] with a ≤ b, got \[1,"a"\]$/,
  ],
  [
    'a broken whole',
    SHIFT,
    '{ shift: { whole: [0.5, 2] } }',
    /shift\.whole: expected two whole numbers .*, got \[0\.5,2\]$/,
  ],
  [
    'nothing to choose',
    SHIFT,
    '{ shift: { one_of: [] } }',
    /shift\.one_of: expected a list with at least one item, got \[\]$/,
  ],
  [
    'more than there are',
    'count: [1, 2]',
    'count: [1, 4]',
    /features\.some_of: expected .* with 1 ≤ a ≤ b ≤ items to choose from, and perhaps each, got /,
  ],
])('refused in one line by file and field: %s', (_, from, to, message) => {
  const text = FILE.replace(from, to);
  expect(text).not.toBe(FILE);
  let error: unknown;
  try {
    parseScenario(text, 'a.yaml');
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(ScenarioError);
  const said = (error as Error).message;
  expect(said).toMatch(/^a\.yaml: [^\n]+$/);
  const rest = said.slice('a.yaml: '.length);
  if (typeof message === 'string') expect(rest).toBe(message);
  else expect(rest).toMatch(message);
});

test('a seed is a whole number that is given', () => {
  expect(readOptions([])).toEqual({ seed: 1, scenarios: 'tests/scenarios', json: false });
  expect(readOptions(['--seed=-7', '--json'])).toMatchObject({ seed: -7, json: true });
  for (const given of ['', ' ', '1.5', '1e3', 'x', '99999999999999999999'])
    expect(() => readOptions([`--seed=${given}`])).toThrow(`--seed: expected a whole number, got "${given}"`);
});

test('a folder that is not there, or has no scenario, is said so', () => {
  expect(() => readScenarios('tests/nowhere')).toThrow(/tests\/nowhere: no such folder/);
  expect(() => readScenarios('src/domain')).toThrow(/src\/domain: expected \*\.yaml files, found none/);
});

test('whatever the scenarios of the project draw, their faults take', () => {
  const scenarios = readScenarios('tests/scenarios');
  for (let seed = 1; seed <= 30; seed++)
    for (const { id, faults } of drawInstances(scenarios, seed))
      for (const { name, params } of faults) {
        const { success } = FAULTS[name as keyof typeof FAULTS].parameters.safeParse(params);
        expect([seed, id, success]).toEqual([seed, id, true]);
      }
});

test('the scenarios of the project cover every category and every type of alert, several of them healthy or hostile', () => {
  const instances = drawInstances(readScenarios('tests/scenarios'), 1);
  expect(instances.length).toBeGreaterThanOrEqual(60);
  const expected = instances.map(({ scenario }) => scenario.expect);
  for (const category of categoriesOf())
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
